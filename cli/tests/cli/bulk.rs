//! Request bodies for intakes, parsed back.

use serde_json::{Value, json};

use crate::support::{Place, event, event_at, events, lines};

fn body(flags: &[&str], input: &str) -> String {
    let arguments = [&["export", "-"], flags].concat();
    Place::new().run_with(&arguments, input).done().stdout
}

#[test]
fn elastic_gets_an_action_and_a_document_for_each_event_in_each_format() {
    let index = "logs-vault.audit-default";
    for format in ["json", "jsonl", "flat_json", "ocsf"] {
        let flags = ["--bulk-format", "elastic", "--format", format, "--index", index];
        let text = body(&flags, &events("a", 0..2));
        assert!(text.ends_with("}\n"));
        let lines = lines(&text);
        assert_eq!(lines.len(), 4);
        for (pair, id) in lines.chunks(2).zip(["a0", "a1"]) {
            assert_eq!(pair[0], json!({"create": {"_index": index, "_id": id}}));
            assert_eq!(pair[1]["@timestamp"], "2026-02-14T22:30:01.482Z");
            assert!(pair[1].as_object().unwrap().len() > 5);
        }
    }
}

#[test]
fn splunk_gets_envelopes_one_after_the_other() {
    let text = body(&["--bulk-format", "splunk", "--index", "vault"], &events("a", 0..2));
    let envelopes: Vec<Value> =
        serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect();
    assert_eq!(envelopes.len(), 2);
    let first = envelopes[0].as_object().unwrap();
    let mut keys: Vec<&str> = first.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["event", "fields", "host", "index", "source", "sourcetype", "time"]);
    assert!(text.starts_with("{\"time\":1771108201.482913,"), "{text}");
    assert_eq!(first["fields"], json!({"event_id": "a0"}));
    assert_eq!(first["event"]["id"], "a0");
    assert_eq!((&first["sourcetype"], &first["index"]), (&json!("_json"), &json!("vault")));
}

#[test]
fn splunk_gets_cef_as_text() {
    let text = body(&["--bulk-format", "splunk", "--format", "cef"], &event("a"));
    let envelope: Value = serde_json::from_str(&text).unwrap();
    assert!(envelope["event"].as_str().unwrap().starts_with("CEF:0|"));
    assert_eq!(envelope["sourcetype"], "cef");
}

#[test]
fn datadog_gets_arrays_within_its_limits() {
    let text = body(&["--bulk-format", "datadog"], &events("e", 0..2500));
    let arrays = lines(&text);
    let counts: Vec<usize> = arrays.iter().map(|array| array.as_array().unwrap().len()).collect();
    assert_eq!(counts, [1000, 1000, 500]);
    let log = &arrays[0][0];
    assert_eq!(log["evt"]["id"], "e0");
    assert_eq!(log["vault"]["id"], "e0");
    assert_eq!(log["status"], "warning");
    assert_eq!(log["ddtags"], "env:production,late:true");
    assert_eq!(log.get("timestamp"), None);
    assert_eq!(body(&["--bulk-format", "datadog"], "").trim(), "[]");
}

#[test]
fn datadog_gets_the_time_of_a_fresh_event() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let moment = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap()).unwrap();
    let text = body(&["--bulk-format", "datadog"], &event_at("a", &moment.to_string()));
    let logs: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(logs[0]["timestamp"], moment.as_millisecond());
    assert_eq!(logs[0]["ddtags"], "env:production");
}

#[test]
fn a_format_that_the_intake_cannot_read_is_refused() {
    for flags in [
        &["--bulk-format", "elastic", "--format", "cef"][..],
        &["--bulk-format", "datadog", "--format", "otlp_logs"],
        &["--bulk-format", "datadog", "--index", "main"],
        &["--index", "x"],
    ] {
        let arguments = [&["export", "-"], flags].concat();
        let end = Place::new().run_with(&arguments, event("a"));
        assert_eq!((end.code, end.stdout.as_str()), (2, ""), "{flags:?}");
    }
}
