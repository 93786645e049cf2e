//! `deliver` to destinations that take events in a lesser way than it seems: nothing of that is silent.

use tests::server::{Reply, Server};

use crate::deliver::cell;
use crate::support::{BINARY, End, Place, events, lines, names};

struct Run {
    place: Place,
    end: End,
}

/// Delivers three events to a destination that answers so.
fn run(kind: &str, settings: &str, reply: Reply, arguments: &[&str], log: Option<&str>) -> Run {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Server::start(move |_| reply.clone()));
    let place = Place::new();
    place.write(
        ".sanctum/config.toml",
        format!(
            "[[export.adapters]]\nid = \"one\"\ntype = \"{kind}\"\n[export.adapters.config]\n\
             endpoint = \"{}\"\nallow_insecure = true\n{settings}",
            server.url()
        ),
    );
    place.write("audit.log", events("a", 0..3));
    let mut command = place.command(BINARY);
    command.args(["deliver", "audit.log", "--dead-letters", "dead"]).args(arguments);
    command.env("TOKEN", "00000000-0000-0000-0000-000000000000");
    if let Some(log) = log {
        command.env("RUST_LOG", log);
    }
    Run { place, end: End::of(&command.output().unwrap()) }
}

const OTLP: &str = "protocol = \"http/json\"\n";
const ELASTIC: &str = "index = \"audit\"\napi_key_env = \"TOKEN\"\n";
const SPLUNK: &str = "token_env = \"TOKEN\"\n";

fn json(text: &str) -> Reply {
    Reply::status(200, text).header("content-type", "application/json")
}

fn partial(rejected: u32) -> Reply {
    json(&format!(
        r#"{{"partialSuccess":{{"rejectedLogRecords":{rejected},"errorMessage":"CANARY"}}}}"#
    ))
}

fn failure_store() -> Reply {
    let item = r#"{"create":{"status":201,"failure_store":"used"}}"#;
    json(&format!(r#"{{"took":1,"errors":false,"items":[{item},{item},{item}]}}"#))
}

#[test]
fn what_is_dropped_or_taken_in_a_lesser_way_is_counted_and_said() {
    let crowded = || json(r#"{"text":"Queues are filling up","code":24}"#);
    let rows = [
        // kind, settings, reply; delivered, degraded, dropped, rejected; code, words
        ("otlp", OTLP, partial(2), [1, 0, 2, 0], 3, "2 events were dropped by the destination"),
        (
            "otlp",
            OTLP,
            partial(0),
            [3, 3, 0, 0],
            0,
            "the collector took the records with a warning",
        ),
        // All refused alike are hardly the events' fault: they wait.
        ("otlp", OTLP, partial(3), [0, 0, 0, 0], 5, "rejected every record"),
        ("elastic", ELASTIC, failure_store(), [3, 3, 0, 0], 0, "they are in its failure store"),
        ("splunk_hec", SPLUNK, crowded(), [3, 3, 0, 0], 0, "queues are filling up"),
    ];
    for (kind, settings, reply, expected, code, words) in rows {
        let Run { place, end } = run(kind, settings, reply, &[], None);
        let found =
            ["delivered", "degraded", "dropped", "rejected"].map(|name| cell(&end, "one", name));
        assert_eq!((found, end.code), (expected, code), "{kind}: {}", end.stderr);
        assert!(end.stderr.contains(words), "{kind}: {}", end.stderr);
        assert!(!end.stderr.contains("CANARY"), "{kind}: {}", end.stderr);
        // Known by id, they are kept.
        let kept = place.path("dead/one.ndjson").exists().then(|| place.read("dead/one.ndjson"));
        let letters = lines(kept.as_deref().unwrap_or_default());
        let ids: Vec<&str> =
            letters.iter().map(|letter| letter["event"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, names("a", 0..usize::try_from(expected[3]).unwrap()), "{kind}");
    }
}

const LINE: &str = "warning: the data stream could not index some events; \
                    they are in its failure store (degraded: 3)";

#[test]
fn how_much_is_said_can_be_chosen_and_warnings_come_through_quiet() {
    let stderr = |arguments: &[&str], log| {
        let run = run("elastic", ELASTIC, failure_store(), arguments, log);
        run.end.done().stderr
    };
    for (arguments, log) in [(&[][..], None), (&["-q"], None), (&["-vv"], None)] {
        let said = stderr(arguments, log);
        assert!(said.lines().any(|line| line == LINE), "{arguments:?}: {said}");
    }
    assert!(!stderr(&[], Some("error")).contains(LINE));
    assert!(stderr(&[], Some("elastic=warn")).contains(LINE));
    let said = stderr(&[], Some("elastic=loud"));
    assert!(said.contains("RUST_LOG: not a list of levels") && said.contains(LINE), "{said}");
    // A pipe is no terminal.
    assert!(!stderr(&["-vvv"], None).contains('\x1b'));
}
