//! The contract's own examples: what is valid comes back member by member, what is not is refused by name.
#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::Timestamp;
use serde_json::Value;
use transform::format::Format;
use transform::source::{Reader, Record, Settings, native};

const VALID: &str = include_str!("samples/events.jsonl");
const INVALID: &str = include_str!("samples/invalid.jsonl");

fn reader() -> Reader {
    Reader::new(Settings::at("2026-11-21T21:00:00Z".parse::<Timestamp>().unwrap()))
}

fn written(line: &str) -> Value {
    let Ok(Record::Event(event)) = reader().read(line) else { panic!("not an event: {line}") };
    let mut out = Vec::new();
    Format::Json.encode(&event, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Times are written with as few digits as they need; all else must be the same.
fn with_equal_times(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(time) = transform::event::Time::parse(text) {
                    *text = time.to_string();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Object(members) => members.values_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}

#[test]
fn every_valid_example_comes_back_whole() {
    for line in VALID.lines() {
        let given: Value = serde_json::from_str(line).unwrap();
        let mut given = with_equal_times(given);
        let got = written(line);
        if let Some(members) = given.as_object_mut() {
            // Always there on output, whatever the source sent.
            members.entry("observed_time").or_insert("2026-11-21T21:00:00Z".into());
            members.insert("category".into(), got["category"].clone());
            members.entry("severity").or_insert(got["severity"].clone());
        }
        assert_eq!(got, given);
    }
}

/// The reader guesses the contract's order and compact text; whoever writes otherwise is read the same.
#[test]
fn neither_the_order_of_members_nor_white_space_matters() {
    for line in VALID.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let sorted = value.to_string(); // serde_json's objects are sorted by name
        let printed = serde_json::to_string_pretty(&value).unwrap();
        let event = native::parse(line).unwrap();
        for other in [sorted, printed] {
            let mut other = native::parse(&other).unwrap();
            other.labels.0.sort_by_key(|(key, _)| place(key, &event.labels.0));
            other.details.0.sort_by_key(|(key, _)| place(key, &event.details.0));
            assert_eq!(other, event);
        }
    }
}

fn place<V>(key: &str, among: &[(transform::event::Text<'_>, V)]) -> Option<usize> {
    among.iter().position(|(name, _)| name.as_str() == key)
}

#[test]
fn a_member_is_there_once_wherever_it_stands() {
    let line = VALID.lines().next().unwrap();
    let member = r#""action":"again","#;
    for (twice, problem) in [
        (line.replacen('{', &format!("{{{member}"), 1), "`action` is there twice"),
        (
            line.replacen(r#""actor":"#, &format!("{member}\"actor\":"), 1),
            "`action` is there twice",
        ),
        (line.replacen('{', r#"{"action":null,"#, 1), ""),
        (line.replacen(r#""actor":"#, r#""action":null,"actor":"#, 1), "`action` is there twice"),
    ] {
        let answer = native::parse(&twice).err().map(|error| error.to_string());
        assert_eq!(answer.unwrap_or_default(), problem, "{twice}");
    }
}

#[test]
fn every_invalid_example_is_refused_by_the_name_of_the_member_at_fault() {
    let expected = [
        ("missing id", "`id` is missing"),
        ("bad class", "`class` must be one of"),
        ("unknown top-level field", "is not a member of the contract"),
        ("raw secret field in resource", "`resource."),
        ("bad time", "`time` must be an RFC 3339 time"),
        ("label too long", "`labels."),
        ("negative sequence", "`integrity.sequence`"),
        ("action uppercase", "`action` must be"),
    ];
    for (line, (why, words)) in INVALID.lines().zip(expected) {
        let case: Value = serde_json::from_str(line).unwrap();
        assert_eq!(case["why"], why);
        let error = native::parse(&case["event"].to_string()).unwrap_err().to_string();
        assert!(error.contains(words), "{why}: {error}");
        assert!(!error.contains("yesterday") && !error.contains("SecretRead"), "{error}");
    }
    assert_eq!(INVALID.lines().count(), expected.len());
}

/// A router that is newer than a function must not send its events to a dead-letter queue.
#[test]
fn the_hop_passes_over_what_it_does_not_know() {
    let newer = r#"{"schema":"vault-audit/1","id":"1","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve",
        "outcome":"success","actor":{"id":"a","type":"service","badge":{"deep":[1,{"x":null}]}},"newer":true,
        "source":{"product":"p","instance":"i"},"resource":{"type":"hologram","path":"kv/a","shelf":"b"}}"#;
    let event = native::parse_hop(newer).unwrap();
    assert_eq!(event.actor.id.as_str(), "a");
    let resource = event.resource.unwrap();
    assert_eq!(resource.kind.as_str(), "other");
    assert_eq!(resource.path.unwrap().as_str(), "kv/a");

    assert!(native::parse(newer).is_err(), "whoever sends an event must not mistype a member");
    for broken in [
        newer.replace("true", "truth"),
        newer.replace(r#""id":"1","#, ""),
        newer.replace(r#""newer":true"#, r#""id":"2""#),
    ] {
        assert!(native::parse_hop(&broken).is_err(), "{broken}");
    }
}

/// Every string of an event, by its pointer.
fn strings(value: &Value, pointer: String, out: &mut Vec<String>) {
    match value {
        Value::String(_) => out.push(pointer),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| strings(item, format!("{pointer}/{at}"), out));
        }
        Value::Object(members) => {
            members.iter().for_each(|(key, item)| strings(item, format!("{pointer}/{key}"), out));
        }
        _ => {}
    }
}

/// What a mark would make too long, or no id, verb or code any more, would be refused by whoever reads it next.
#[test]
fn what_is_redacted_is_still_of_the_contract() {
    let secrets = ["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", "password:hunter2", "password=ab"];
    let mut redacted = std::collections::BTreeSet::new();
    for line in VALID.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let mut pointers = Vec::new();
        strings(&event, String::new(), &mut pointers);
        for (pointer, secret) in pointers.iter().flat_map(|one| secrets.map(|secret| (one, secret)))
        {
            // As long as the member may be, so that the marks do not fit.
            for times in [80, 40, 20, 11, 8, 6, 4, 3, 2, 1] {
                let mut event = event.clone();
                *event.pointer_mut(pointer).unwrap() = vec![secret; times].join(":").into();
                let line = event.to_string();
                if native::parse(&line).is_err() {
                    continue;
                }
                let written = written(&line).to_string();
                assert!(!written.contains(secret), "{pointer}");
                let again = native::parse(&written).map(drop);
                assert_eq!(again, Ok(()), "{pointer}, {times} times");
                redacted.insert(pointer.clone());
                break;
            }
        }
    }
    for must in ["/id", "/action", "/policy/reason_code", "/actor/id", "/origin/record_id"] {
        assert!(redacted.contains(must), "{must} was never filled: {redacted:?}");
    }
}
