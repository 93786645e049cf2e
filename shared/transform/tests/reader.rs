//! What holds for records of every source: nothing panics, what is made keeps the contract, errors tell no content.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{Read, at, event, read_with, reader, refusal};
use proptest::prelude::*;
use serde_json::{Value, json};
use transform::event::{Time, check};
use transform::source::{Record, Skipped};
use transform::split;

const SAMPLES: [&str; 6] = [
    include_str!("samples/events.jsonl"),
    include_str!("samples/sanctum/sanctum_events.jsonl"),
    include_str!("samples/sanctum/audit_entries.jsonl"),
    include_str!("samples/syncropel/audit_export.jsonl"),
    include_str!("samples/syncropel/secret_audit_records.jsonl"),
    include_str!("samples/hashicorp_vault/lines.jsonl"),
];

fn lines() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().flat_map(|sample| sample.lines())
}

/// The same record with its members in reverse order: recognised by names, not by the place of a member.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let inside: Vec<String> = members
                .iter()
                .rev()
                .map(|(key, member)| format!("{}:{}", Value::from(key.as_str()), reversed(member)))
                .collect();
            format!("{{{}}}", inside.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn the_order_of_members_does_not_matter() {
    for line in lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let (mut plain, mut other) = (event(line), event(&reversed(&value)));
        if at(&plain, "/id").starts_with("sha256:") {
            plain["id"] = Value::Null;
            other["id"] = Value::Null;
        }
        assert_eq!(plain, other);
    }
}

#[test]
fn a_record_printed_over_many_lines_is_the_same_event() {
    for line in lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let printed = format!("prefix: {}\n", serde_json::to_string_pretty(&value).unwrap());
        let records: Vec<_> = split::records(&printed).collect();
        assert_eq!(records.len(), 1);
        let (mut plain, mut other) = (event(line), event(records[0].text));
        if at(&plain, "/id").starts_with("sha256:") {
            plain["id"] = Value::Null;
            other["id"] = Value::Null;
        }
        assert_eq!(plain, other);
    }
}

#[test]
fn blank_and_comment_lines_are_no_records() {
    for text in ["", "  \r\n", "# since 65m", "\u{feff}"] {
        let read = read_with(&mut reader(), text);
        assert!(matches!(read, Read::Skipped(Skipped::Comment)), "{read:?}");
    }
}

#[test]
fn what_is_no_known_format_is_answered_with_the_nearest() {
    assert_eq!(refusal(r#"{"hunter2":"hunter2"}"#), "no known audit format");
    assert_eq!(
        refusal(r#"{"type":"response","auth":"hunter2"}"#),
        "no known audit format; nearest is a HashiCorp Vault or OpenBao audit line, but `request` is missing"
    );
    assert!(refusal("hunter2").starts_with("not valid JSON at line 1, column 1"));
    assert!(refusal("[1]").starts_with("no known audit format"));
}

#[test]
fn a_time_far_ahead_is_kept_and_flagged() {
    let at_time = |time: &str| {
        event(&format!(
            r#"{{"schema":"vault-audit/1","id":"t","time":"{time}","class":"SystemActivity","action":"read","outcome":"success","actor":{{"id":"a","type":"service"}},"source":{{"product":"p","instance":"i"}}}}"#
        ))
    };
    let ahead = at_time("2026-11-21T21:10:01Z");
    assert_eq!(at(&ahead, "/time"), "2026-11-21T21:10:01Z");
    assert_eq!(at(&ahead, "/details/time_ahead_seconds"), "601");
    assert_eq!(at(&at_time("2026-11-21T21:10:00Z"), "/details"), "");
}

#[test]
fn records_and_events_beyond_the_limits_are_refused() {
    let mut large: Value = serde_json::from_str(lines().next().unwrap()).unwrap();
    large["actor"]["groups"] =
        (0..32).map(|place| json!(format!("{place}{}", "é".repeat(250)))).collect();
    large["policy"]["names"] = large["actor"]["groups"].clone();
    for place in 0..32 {
        large["labels"][format!("k{place}")] = "é".repeat(250).into();
        large["labels"].as_object_mut().unwrap().retain(|key, _| key.starts_with('k'));
    }
    large["redactions"] = (0..64).map(|_| json!("é".repeat(250))).collect();
    assert_eq!(refusal(&large.to_string()), "larger than 65536 bytes");
    let huge =
        format!("{{\"type\":\"response\",\"request\":{{\"data\":\"{}\"}}}}", "x".repeat(262_144));
    assert_eq!(refusal(&huge), "larger than 262144 bytes");
    let bomb = format!(
        "{{\"type\":\"response\",\"request\":{{\"data\":{}{}}}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    event(&bomb);
}

/// Every value of every sample, one at a time, replaced by the canary in many types: the answer is an event that
/// keeps the contract or an error that does not repeat the canary.
#[test]
fn errors_never_tell_content_and_events_always_keep_the_contract() {
    let canary = "AKIAZZZZZZZZcanary";
    let odd = [
        json!(canary),
        json!(canary.repeat(100)),
        json!([canary]),
        json!({canary: canary}),
        json!(-9_007_199_254_740_993_i64),
        json!(1e300),
        json!(null),
        json!("\u{0}\n\u{2028}"),
    ];
    for line in lines().step_by(3) {
        let whole: Value = serde_json::from_str(line).unwrap();
        for pointer in pointers(&whole, "") {
            for value in &odd {
                let mut changed = whole.clone();
                *changed.pointer_mut(&pointer).unwrap() = value.clone();
                match reader().read(&changed.to_string()) {
                    Ok(Record::Event(event)) => check::check(&event).unwrap(),
                    Ok(Record::Skipped(_)) => {}
                    Err(error) => {
                        let text = error.to_string();
                        assert!(!text.contains("canary"), "{pointer}: {text}");
                    }
                }
            }
        }
    }
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let Value::Object(members) = value else { return Vec::new() };
    let mut out = Vec::new();
    for (key, member) in members {
        let pointer = format!("{at}/{key}");
        out.extend(pointers(member, &pointer));
        out.push(pointer);
    }
    out
}

/// A line cut off at any byte is refused or, where it is whole by chance, read; it never panics.
#[test]
fn a_line_cut_off_anywhere_is_refused() {
    for line in lines() {
        for end in (0..line.len()).filter(|end| line.is_char_boundary(*end)).step_by(7) {
            let read = read_with(&mut reader(), line.split_at(end).0);
            assert!(!matches!(read, Read::Event(_)), "{read:?}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let mut reader = reader();
        for record in split::records(&text) {
            let _read = reader.read(record.text);
        }
    }

    #[test]
    fn a_changed_byte_never_panics_and_what_is_read_keeps_the_contract(
        place in 0_usize..200, at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f,
    ) {
        let all: Vec<&str> = lines().collect();
        let mut bytes = all[place % all.len()].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(Record::Event(event)) = reader().read(&text)
        {
            prop_assert!(check::check(&event).is_ok());
            prop_assert!(event.observed_time == Time::parse(common::NOW) || event.origin.is_some());
        }
    }
}
