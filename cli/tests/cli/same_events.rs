//! `export`, `ship`, `deliver` and the router make the same events of the same files, findings included.

use std::path::Path;

use serde_json::{Value, json};
use transform::format::Format;
use transform::source::{HashKey, Reader, Record, Settings};
use transform::wrapper;

use crate::queue::Queue;
use crate::receivers::Receivers;
use crate::support::{End, Place, lines};

/// The same for all, so that names typed at failed log-ons become the same pseudonyms.
const KEY: &str = "key";

/// Files that are read one after the other, and what they show.
struct Case {
    name: &'static str,
    files: Vec<String>,
    findings: usize,
}

fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Lines of a text, by number.
fn part(text: &str, numbers: impl Iterator<Item = usize>) -> String {
    numbers.map(|number| text.lines().nth(number).unwrap().to_owned() + "\n").collect()
}

/// As Docker writes them.
fn docker(text: &str) -> String {
    let time = "2026-11-26T20:00:00Z";
    let wrap = |line| json!({"log": format!("{line}\n"), "stream": "stdout", "time": time});
    text.lines().map(|line| wrap(line).to_string() + "\n").collect()
}

fn cases() -> Vec<Case> {
    let case = |name, files: &[&String], findings| {
        let files = files.iter().map(|file| (*file).clone()).collect();
        Case { name, files, findings }
    };
    let entries = sample("sanctum/audit_entries.jsonl");
    let changed = entries.replacen("\"allowed\":true", "\"allowed\":false", 1);
    let records = sample("syncropel/audit_export.jsonl");
    let vault = sample("hashicorp_vault/audit.jsonl");
    let large = json!({"big": "x".repeat(400_000)});
    let huge = vault.lines().find(|line| line.contains("\"data\":{")).unwrap().replacen(
        "\"data\":{",
        &format!("\"data\":{{\"large\":{large},"),
        1,
    );
    vec![
        case("a whole chain", &[&entries], 0),
        case("newest first", &[&part(&entries, (0..9).rev())], 0),
        case("a gap", &[&part(&entries, (0..9).filter(|at| *at != 4))], 1),
        case("two gaps", &[&part(&entries, [0, 1, 3, 4, 6, 7].into_iter())], 2),
        case("a changed entry", &[&changed], 1),
        case("two parts of a chain", &[&part(&entries, 0..3), &part(&entries, 5..9)], 0),
        case("a chain twice", &[&entries, &entries], 0),
        case("a gap in the second", &[&entries, &part(&entries, [0, 2].into_iter())], 1),
        case("wrapped", &[&docker(&part(&entries, [0, 1, 5].into_iter()))], 1),
        case("wrong ids", &[&records.replace("\"hard\"", "\"soft\"")], 1),
        case("mixed", &[&format!("{}{entries}{records}", part(&vault, 0..5))], 0),
        case("hashicorp_vault", &[&vault], 0),
        case("a huge line", &[&(huge + "\n" + &vault)], 0),
        case("events", &[&sample("sanctum/sanctum_events.jsonl")], 0),
        case("ocsf", &[&sample("sanctum/sanctum_events_ocsf.jsonl")], 0),
        case("records", &[&records, &sample("syncropel/secret_audit_records.jsonl")], 0),
        case("bulk", &[&sample("syncropel/audit_export.bulk-elastic.ndjson")], 0),
    ]
}

/// What a body is read as: by the router, or by whoever takes `transform` alone.
fn read(body: &str, settings: &Settings) -> Vec<Value> {
    let mut reader = Reader::new(settings.clone());
    let mut out = Vec::new();
    for raw in wrapper::records(body) {
        let record = raw.text.as_ref().map(|text| reader.read_from(text, &raw.context));
        if let Ok(Ok(Record::Event(event))) = record {
            Format::Json.encode(&event, &mut out).unwrap();
            out.push(b'\n');
            for finding in reader.take_findings() {
                Format::Json.encode(&finding, &mut out).unwrap();
                out.push(b'\n');
            }
        }
    }
    lines(&String::from_utf8(out).unwrap())
}

/// Without what depends on when it was read, and in one order.
fn timeless(mut events: Vec<Value>) -> Vec<String> {
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        event.remove("observed_time");
        event.remove("@timestamp");
        if event.get("time_quality") == Some(&json!("ingest")) {
            event.remove("time");
        }
        if let Some(details) = event.get_mut("details").and_then(Value::as_object_mut) {
            details.remove("time_ahead_seconds");
            if details.is_empty() {
                event.remove("details");
            }
        }
    }
    let mut texts: Vec<String> = events.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

fn exported(place: &Place, names: &[&str]) -> Vec<Value> {
    let mut command = place.command(crate::support::BINARY);
    command.args(["export", "--format", "jsonl"]).args(names).env("VAULT_EXPORT_HASH_KEY", KEY);
    let end = End::of(&command.output().unwrap());
    assert!(matches!(end.code, 0 | 3), "{}", end.stderr);
    lines(&end.stdout)
}

fn settings() -> Settings {
    let now = "2026-11-27T00:00:00Z".parse().unwrap();
    Settings { hash_key: HashKey::new(KEY), ..Settings::at(now) }
}

fn shipped(place: &Place, names: &[&str], flags: &[&str]) -> Vec<Value> {
    bodies(place, names, flags).iter().flat_map(|body| read(body, &settings())).collect()
}

fn bodies(place: &Place, names: &[&str], flags: &[&str]) -> Vec<String> {
    let queue = Queue::start(&[]);
    let mut command = place.command(crate::support::BINARY);
    command.arg("ship").args(names).args(flags).envs(queue.environment());
    command.env("VAULT_EXPORT_HASH_KEY", KEY);
    let end = End::of(&command.output().unwrap());
    assert!(matches!(end.code, 0 | 3), "{}", end.stderr);
    queue.bodies()
}

fn delivered(place: &Place, names: &[&str]) -> Vec<Value> {
    let receivers = Receivers::start();
    place.write("config.toml", format!(
        "[[export.adapters]]\nid = \"elastic\"\ntype = \"elastic\"\n[export.adapters.config]\nendpoint = \"{}\"\n\
         allow_insecure = true\nindex = \"audit\"\napi_key_env = \"SANCTUM_ELASTIC_KEY\"\nformat = \"json\"\n",
        receivers.url("elastic")
    ));
    let mut command = place.command(crate::support::BINARY);
    command.args(["deliver", "--config", "config.toml"]).args(names);
    command.envs(receivers.environment()).env("VAULT_EXPORT_HASH_KEY", KEY);
    let end = End::of(&command.output().unwrap());
    assert!(matches!(end.code, 0 | 3), "{}", end.stderr);
    let requests = receivers.requests("elastic");
    let bulk = requests.iter().filter(|request| request.path.contains("_bulk"));
    let documents = bulk.flat_map(|request| lines(&request.text()).into_iter().skip(1).step_by(2));
    documents.map(|document| document["vault"].clone()).collect()
}

#[test]
fn every_way_gives_the_same_events_and_findings() {
    for Case { name, files, findings } in cases() {
        let place = Place::new();
        let names: Vec<String> = (0..files.len()).map(|number| format!("{number}.jsonl")).collect();
        for (name, file) in names.iter().zip(&files) {
            place.write(name, file);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let expected = exported(&place, &names);
        let found = expected.iter().filter(|event| event["source"]["product"] == "vault-export");
        assert_eq!(found.count(), findings, "{name}");
        assert!(!expected.is_empty(), "{name}");
        let expected = timeless(expected);
        for (way, events) in [
            // Memory holds no line of this length; that is for streams.
            (
                "transform",
                if name == "a huge line" {
                    None
                } else {
                    Some(files.iter().flat_map(|file| read(file, &settings())).collect())
                },
            ),
            ("ship", Some(shipped(&place, &names, &[]))),
            ("ship with a cursor", Some(shipped(&place, &names, &["--cursor", "cursor"]))),
            ("ship --raw", Some(shipped(&place, &names, &["--raw"]))),
            ("deliver", Some(delivered(&place, &names))),
        ] {
            let Some(events) = events else { continue };
            similar(&format!("{name}, {way}"), &timeless(events), &expected);
        }
    }
}

/// What the router is told of its sources holds for what `ship` has mapped too.
#[test]
fn the_routers_instance_and_labels_hold_whoever_maps() {
    let labels = vec![("env".to_owned(), "production".to_owned())];
    let told = Settings { instance: Some("vault-1".into()), labels, ..settings() };
    for Case { name, files, .. } in cases() {
        let place = Place::new();
        place.write("0.jsonl", &files[0]);
        let [mapped, raw] = [&[][..], &["--raw"]].map(|flags| {
            let bodies = bodies(&place, &["0.jsonl"], flags);
            timeless(bodies.iter().flat_map(|body| read(body, &told)).collect())
        });
        similar(name, &mapped, &raw);
        assert!(mapped.iter().all(|event| event.contains("production")), "{name}");
    }
}

fn similar(what: &str, events: &[String], expected: &[String]) {
    for (event, expected) in events.iter().zip(expected) {
        assert_eq!(event, expected, "{what}");
    }
    assert_eq!(events.len(), expected.len(), "{what}");
}

/// What was mapped here and read again is neither verified nor redacted another time.
#[test]
fn what_was_shipped_may_be_shipped_again() {
    let entries = sample("sanctum/audit_entries.jsonl");
    let place = Place::new();
    place.write("0.jsonl", part(&entries, [0, 1, 3, 4].into_iter()));
    let once = exported(&place, &["0.jsonl"]);
    place.write("1.jsonl", once.iter().map(|event| event.to_string() + "\n").collect::<String>());
    similar("again", &timeless(shipped(&place, &["1.jsonl"], &[])), &timeless(once));
}

/// A chain that is followed goes on from one look at the file to the next, and begins anew in a new file.
#[test]
fn a_followed_chain_is_checked_across_looks_and_not_across_files() {
    let entries = sample("sanctum/audit_entries.jsonl");
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("audit.log", part(&entries, 0..2));
    let mut command = place.command(crate::support::BINARY);
    command.args(["ship", "audit.log", "--follow", "--cursor", "cursor"]);
    let mut child = command.envs(queue.environment()).spawn().unwrap();
    let wait = |events: usize| {
        queue.wait_for(events);
        let found = lines(&queue.records().join("\n"));
        found.iter().filter(|event| event["source"]["product"] == "vault-export").count()
    };
    assert_eq!(wait(2), 0);
    place.append("audit.log", &part(&entries, 2..4));
    assert_eq!(wait(4), 0);
    place.append("audit.log", &part(&entries, 6..7));
    assert_eq!(wait(6), 1, "two entries are missing");
    std::fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.write("audit.log", part(&entries, 0..2));
    assert_eq!(wait(8), 1, "a new file is a new chain");
    child.kill().unwrap();
    child.wait().unwrap();
}
