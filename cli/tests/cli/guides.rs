//! Every command of the two origin guides, with the program's name put in.

use serde_json::Value;

use crate::support::{Place, event_at, ids, lines};

/// A vault's own log where SanctumAI's users have it, with one event before 2026-02-01.
fn sanctum() -> Place {
    let place = Place::new();
    let login = event_at("login", "2026-02-02T08:00:00Z")
        .replace("SecretAccess", "Authentication")
        .replace("retrieve", "login");
    let log = [
        event_at("old", "2026-01-31T23:59:59.999Z"),
        event_at("first", "2026-02-01T00:00:00Z"),
        login,
    ];
    place.write(".sanctum/audit.jsonl", log.concat());
    place
}

#[test]
fn ocsf_of_everything_since_a_date_goes_into_a_file() {
    let place = sanctum();
    let line = r#"vault-export export --format ocsf --since "2026-02-01" --output events.json"#;
    let end = place.shell(line).done();
    assert_eq!(end.stdout, "");
    assert!(end.stderr.contains("2 events written to events.json"), "{}", end.stderr);
    let written = lines(&place.read("events.json"));
    let uids: Vec<&str> =
        written.iter().map(|event| event["metadata"]["uid"].as_str().unwrap()).collect();
    assert_eq!(uids, ["first", "login"]);
    assert_eq!(written[0]["type_uid"], 600_302);
}

#[test]
fn cef_goes_through_tee() {
    let place = sanctum();
    let end = place.shell("vault-export export --format cef | tee sanctum.cef").done();
    assert_eq!(end.stdout.lines().count(), 3);
    assert!(end.stdout.lines().all(|line| line.starts_with("CEF:0|")), "{}", end.stdout);
    assert_eq!(place.read("sanctum.cef"), end.stdout);
}

#[test]
fn json_is_one_array_with_the_action_on_top() {
    let place = sanctum();
    for line in ["vault-export export --format json", "vault-export export"] {
        let end = place.shell(line).done();
        let array: Vec<Value> = serde_json::from_str(&end.stdout).unwrap();
        // What jq does with '.[] | select(.action == "retrieve")'.
        let retrieved: Vec<&str> = array
            .iter()
            .filter(|event| event["action"] == "retrieve")
            .map(|event| event["id"].as_str().unwrap())
            .collect();
        assert_eq!(retrieved, ["old", "first"]);
        assert_eq!(array.len(), 3);
    }
}

#[test]
fn an_empty_result_is_an_empty_array() {
    let end = sanctum().run(&["export", "--since", "2030-01-01"]).done();
    assert_eq!(end.stdout, "[]\n");
}

const RECORDS: [(&str, &str, &str); 5] = [
    ("system", "did:sync:system:engine", r#"{"topic":"config_reload"}"#),
    ("aitl", "did:sync:agent:reviewer", r#"{"topic":"task_verdict","verdict":"accept"}"#),
    ("dispatch", "did:sync:agent:dev", r#"{"topic":"dispatch_complete","success":true}"#),
    ("governance", "did:sync:system:governance", r#"{"topic":"kill_switch","level":"hard"}"#),
    (
        "governance",
        "did:sync:system:governance",
        r#"{"topic":"permission_denied","actor_did":"did:sync:agent:x","rule":"r1"}"#,
    ),
];

/// `spl audit export` lines: one or two of each category that the guide names, now and 66 minutes ago. Without
/// `parents` an id cannot be recomputed, so that any will do.
fn syncropel() -> Place {
    let place = Place::new();
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let mut log = String::from("# exported\n");
    for (age, mark) in [(66 * 60_000, "ago"), (0, "now")] {
        let clock = now - age;
        for (number, (category, actor, body)) in RECORDS.iter().enumerate() {
            let id = format!("{mark}{number}");
            let thread = format!("th_{number:064x}");
            let line = format!(
                r#"{{"category":"{category}","thread":"{thread}","record":{{"id":"{id}","act":"KNOW","actor":"{actor}","thread":"{thread}","clock":{clock},"data_type":"SCALAR","body":{body}}}}}"#
            );
            log.push_str(&(line + "\n"));
        }
    }
    place.write("audit.jsonl", log);
    place.write(".sanctum/config.toml", "[export]\nsource = \"../audit.jsonl\"\n");
    place
}

#[test]
fn audit_export_is_a_stream_of_lines_of_the_last_65_minutes() {
    let end = syncropel().shell("vault-export audit export --since 65m").done();
    assert_eq!(end.ids(), ["now0", "now1", "now2", "now3", "now4"]);
}

#[test]
fn categories_narrow_the_stream_and_denials_are_governance() {
    let place = syncropel();
    let line = "vault-export audit export --since 65m --categories aitl,governance";
    assert_eq!(place.shell(line).done().ids(), ["now1", "now3", "now4"]);
    let line = "vault-export audit export --since 65m --categories decision";
    assert_eq!(place.shell(line).done().ids(), ["now1"]);
}

#[test]
fn elastic_bulk_lines_go_through_a_pipe_as_they_are() {
    let place = syncropel();
    let line = "vault-export audit export --since 65m --bulk-format elastic | cat > body";
    place.shell(line).done();
    let body = place.read("body");
    assert!(body.ends_with('\n'));
    let lines = lines(&body);
    assert_eq!(lines.len(), 10);
    for pair in lines.chunks(2) {
        assert_eq!(pair[0]["create"]["_id"], pair[1]["id"]);
    }
}

#[test]
fn what_the_export_wrote_can_be_read_again_with_the_same_ids() {
    let place = syncropel();
    let first = place.shell("vault-export audit export").done();
    let again = place.run_with(&["audit", "export", "-"], &first.stdout).done();
    assert_eq!(again.ids(), first.ids());
    assert_eq!(ids(&first.stdout).len(), 10);
}

#[test]
fn the_actor_and_thread_flags_of_syncropel_work() {
    let place = syncropel();
    let flags = ["audit", "export", "--since", "65m", "--actor", "did:sync:agent:reviewer"];
    assert_eq!(place.run(&flags).done().ids(), ["now1"]);
    let thread = format!("th_{:064x}", 2);
    let flags = ["audit", "export", "--since", "65m", "--thread", &thread];
    assert_eq!(place.run(&flags).done().ids(), ["now2"]);
}
