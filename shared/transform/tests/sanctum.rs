//! SanctumAI's export events, audit entries and API rows, on lines that its own library wrote.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fmt::Write;

use common::{at, event, event_with, gist, reader, refusal};
use serde_json::{Value, json};
use transform::event::{IntegrityStatus, Severity};
use transform::format::Format;
use transform::source::{Reader, Record};

const EVENTS: &str = include_str!("samples/sanctum/sanctum_events.jsonl");
const ENTRIES: &str = include_str!("samples/sanctum/audit_entries.jsonl");

#[test]
fn each_of_the_18_kinds_has_its_class_action_and_outcome() {
    let expected = [
        "VaultLifecycle init success",
        "VaultLifecycle unlock success",
        "IdentityChange register success",
        "PolicyChange update success",
        "SecretChange store success",
        "Authentication login success",
        "SecretAccess retrieve success",
        "LeaseLifecycle grant success",
        "LeaseLifecycle expire success",
        "LeaseLifecycle revoke success",
        "CredentialRotation rotate success",
        "Authentication login failure",
        "PolicyViolation retrieve denied",
        "ConfigChange update success",
        "ConfigChange admin success",
        "SecretChange delete success",
        "IdentityChange deregister success",
        "ExportHealth deliver failure",
    ];
    for (line, expected) in EVENTS.lines().zip(expected) {
        let given: Value = serde_json::from_str(line).unwrap();
        let event = event(line);
        assert_eq!(gist(&event), expected);
        assert_eq!(at(&event, "/id"), given["id"]);
        assert_eq!(at(&event, "/origin/event_type"), given["kind"]);
        assert_eq!(at(&event, "/resource/path"), given["target"].as_str().unwrap_or_default());
        assert_eq!(at(&event, "/message"), given["detail"].as_str().unwrap_or_default());
    }
    assert_eq!(EVENTS.lines().count(), expected.len());
}

#[test]
fn reasons_actors_and_leases_are_read_out_of_the_words() {
    let of = |place: usize| event(EVENTS.lines().nth(place).unwrap());
    let granted = of(6);
    assert_eq!(
        granted["policy"],
        json!({"decision": "allow", "names": ["cursor-access"], "reason_code": "granted"})
    );
    assert_eq!(
        granted["actor"],
        json!({"id": "agent:cursor-agent", "type": "agent", "name": "cursor-agent"})
    );
    let refused = of(12);
    assert_eq!(at(&refused, "/attempted_class"), "SecretAccess");
    assert_eq!(
        refused["policy"],
        json!({"decision": "deny", "reason_code": "no_matching_policy", "reason": "No matching policy"})
    );
    assert_eq!(at(&refused, "/error/code"), "ACCESS_DENIED");
    assert_eq!(at(&of(7), "/lease/ttl_seconds"), "300");
    assert_eq!(at(&of(0), "/actor/id"), "user:admin");
    assert_eq!(at(&of(0), "/actor/type"), "human");
    assert_eq!(at(&of(17), "/actor/type"), "system");
}

#[test]
fn the_ocsf_that_an_event_may_carry_is_passed_over() {
    let mut line: Value = serde_json::from_str(EVENTS.lines().nth(6).unwrap()).unwrap();
    let plain = event(&line.to_string());
    line["ocsf_json"] = json!({"class_uid": 6005, "unmapped": "canary"});
    assert_eq!(event(&line.to_string()), plain);
}

#[test]
fn an_update_is_a_rotation_only_when_it_says_so() {
    let line = |detail: &str| {
        format!(
            r#"{{"id":"u1","timestamp":"2026-11-21T20:57:40Z","kind":"CredentialUpdate","actor":"ci","target":"a/b","detail":"{detail}","success":true}}"#
        )
    };
    assert_eq!(gist(&event(&line("tags changed"))), "SecretChange update success");
    assert_eq!(gist(&event(&line("Rotation by schedule"))), "CredentialRotation rotate success");
}

#[test]
fn an_anomaly_has_its_own_severity_and_reason() {
    let line = r#"{"id":"a1","timestamp":"2026-11-21T20:57:40Z","kind":"PolicyViolation","actor":"ci","target":"a/b","detail":"[RapidBurstAccess] [Critical] 80 retrievals in 10 s","success":false}"#;
    let event = event(line);
    assert_eq!(at(&event, "/class"), "PolicyViolation");
    assert_eq!(at(&event, "/severity"), "Critical");
    assert_eq!(at(&event, "/policy/reason_code"), "rapid_burst_access");
}

#[test]
fn entries_are_verified_along_their_chain() {
    let mut reader = reader();
    for line in ENTRIES.lines() {
        let event = event_with(&mut reader, line);
        assert_eq!(at(&event, "/integrity/status"), "verified");
        assert_eq!(at(&event, "/id"), format!("sanctum:{}", at(&event, "/integrity/hash")));
        assert_eq!(at(&event, "/integrity/chain_id"), "acme-hub");
        assert!(reader.take_findings().is_empty());
    }
}

#[test]
fn entries_may_come_newest_first_or_twice() {
    let mut reader = reader();
    for line in ENTRIES.lines().rev().flat_map(|line| [line, line]) {
        assert_eq!(at(&event_with(&mut reader, line), "/integrity/status"), "verified");
        assert!(reader.take_findings().is_empty());
    }
}

#[test]
fn a_missing_entry_is_a_gap_and_reported() {
    let mut reader = reader();
    let (mut statuses, mut findings) = (Vec::new(), Vec::new());
    for (_, line) in ENTRIES.lines().enumerate().filter(|(place, _)| *place != 3) {
        statuses.push(at(&event_with(&mut reader, line), "/integrity/status"));
        findings.extend(reader.take_findings());
    }
    assert_eq!(statuses.iter().filter(|status| *status == "gap").count(), 1);
    assert_eq!(statuses[3], "gap");
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].action.as_str(), findings[0].severity()), ("gap", Severity::High));
    assert_eq!(findings[0].integrity.as_ref().unwrap().status, Some(IntegrityStatus::Gap));
    assert!(reader.take_findings().is_empty());
}

/// Whoever does not ask for findings does not gather them either, and a record that is read a second time, from
/// what was made of it the first time, is not found out about again.
#[test]
fn a_finding_belongs_to_one_reading_of_one_record() {
    let line = ENTRIES.lines().nth(4).unwrap().replace("\"allowed\":false", "\"allowed\":true");
    let mut reader = reader();
    event_with(&mut reader, &line);
    event_with(&mut reader, &line);
    let finding = reader.take_findings();
    assert_eq!(finding.len(), 1);
    let event = event_with(&mut reader, &line).to_string();
    let mut written = Vec::new();
    Format::Json.encode(&finding[0], &mut written).unwrap();
    for told in [event, String::from_utf8(written).unwrap()] {
        event_with(&mut reader, &told);
        assert!(reader.take_findings().is_empty(), "{told}");
    }
    event_with(&mut reader, &line);
    assert!(reader.read("no JSON").is_err());
    assert!(reader.take_findings().is_empty());
}

#[test]
fn a_changed_entry_is_a_mismatch_reported_and_not_dropped() {
    let line = ENTRIES.lines().nth(4).unwrap().replace("\"allowed\":false", "\"allowed\":true");
    let mut reader = reader();
    let event = event_with(&mut reader, &line);
    assert_eq!(at(&event, "/integrity/status"), "mismatch");
    let findings = reader.take_findings();
    assert_eq!((findings.len(), findings[0].severity()), (1, Severity::Critical));
}

#[test]
fn hashes_may_be_hex_too_and_another_body_is_another_chain() {
    let hex = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        for member in ["entry_hash", "prev_hash"] {
            let mut text = String::new();
            for byte in line[member].as_array().unwrap() {
                write!(text, "{:02x}", byte.as_u64().unwrap()).unwrap();
            }
            line[member] = text.into();
        }
        line.to_string()
    };
    let mut reader = reader();
    let lines: Vec<String> = ENTRIES.lines().map(hex).collect();
    assert_eq!(at(&event_with(&mut reader, &lines[0]), "/integrity/status"), "verified");
    reader.begin();
    assert_eq!(at(&event_with(&mut reader, &lines[5]), "/integrity/status"), "verified");
    assert!(reader.take_findings().is_empty());
}

/// Its class numbers would make other kinds of it.
#[test]
fn ocsf_that_was_written_here_is_not_taken_for_sanctums() {
    let mut reader = reader();
    let mut told = 0;
    for line in EVENTS.lines() {
        let Ok(Record::Event(event)) = reader.read(line) else { panic!("{line}") };
        let mut written = Vec::new();
        Format::Ocsf.encode(&event, &mut written).unwrap();
        let error = reader.read(std::str::from_utf8(&written).unwrap()).unwrap_err();
        // Classes without an actor are of no known shape at all.
        told += usize::from(error.to_string().contains("cannot be read back"));
    }
    assert!(told > 10, "{told}");
}

#[test]
fn an_entry_is_mapped_by_its_action() {
    let entry = |action: &str, allowed: bool| {
        event(&format!(
            r#"{{"timestamp":1795294660.0064,"agent_name":"ci","action":"{action}","resource":"a/b","policy_name":"p","allowed":{allowed},"reason":"Rate limit exceeded: 3/2 retrievals per hour"}}"#
        ))
    };
    assert_eq!(gist(&entry("use:http_header", true)), "SecretAccess use:http_header success");
    assert_eq!(gist(&entry("rotate", true)), "CredentialRotation rotate success");
    let refused = entry("store", false);
    assert_eq!(gist(&refused), "PolicyViolation store denied");
    assert_eq!(at(&refused, "/attempted_class"), "SecretChange");
    assert_eq!(at(&refused, "/policy/reason_code"), "rate_limited");
    assert_eq!(at(&refused, "/policy/names/0"), "p");
    assert_eq!(at(&refused, "/error/code"), "RATE_LIMITED");
    assert_eq!(at(&refused, "/time"), "2026-11-21T20:57:40.006Z");
    assert_eq!(at(&refused, "/integrity/status"), "unverified");
}

#[test]
fn an_answer_of_the_audit_api_is_read_row_by_row() {
    let hmac = "ab".repeat(32);
    let body = format!(
        r#"{{"data":[{{"id":17,"timestamp":"2026-11-21T20:57:40.000001Z","event_type":"credential.retrieve","agent_name":"ci","resource":"a/b","action":"retrieve","result":"allowed","hmac":"{hmac}"}},
        {{"id":"r2","timestamp":"2026-11-21T20:57:41Z","event_type":"policy.deny","agent_name":"ci","resource":"a/b","result":"denied"}},
        {{"id":"r3","timestamp":"2026-11-21T20:57:42Z","event_type":"vault.lock","agent_name":"admin","resource":"","result":"allowed"}}],"meta":{{"total":3,"limit":100,"offset":0}}}}"#
    );
    let mut reader: Reader = reader();
    let events: Vec<Value> = transform::split::records(&body)
        .map(|record| event_with(&mut reader, record.text))
        .collect();
    let gists: Vec<String> = events.iter().map(gist).collect();
    assert_eq!(
        gists,
        [
            "SecretAccess retrieve success",
            "PolicyViolation deny denied",
            "VaultLifecycle lock success"
        ]
    );
    assert_eq!(at(&events[0], "/id"), "17");
    assert_eq!(
        events[0]["integrity"],
        json!({"alg": "hmac-sha256", "hash": hmac, "status": "unverified"})
    );
}

#[test]
fn what_is_wrong_is_refused_by_name_and_without_content() {
    let error = refusal(r#"{"kind":"AuthSuccess","actor":"a","success":"hunter2"}"#);
    assert!(error.starts_with("`success` must be") && !error.contains("hunter2"), "{error}");
    let error = refusal(r#"{"kind":"AuthSuccess","actor":"a","actor":"b","success":true}"#);
    assert_eq!(error, "`actor` is there twice");
}

/// Its own OCSF tells less than the event does, and what it tells is read as the same.
#[test]
fn an_event_after_sanctums_own_ocsf_mapper_is_the_same_event() {
    let plain = include_str!("samples/sanctum/sanctum_events.jsonl");
    let mapped = include_str!("samples/sanctum/sanctum_events_ocsf.jsonl");
    let mut compared = 0;
    for (plain, mapped) in plain.lines().zip(mapped.lines()) {
        let (plain, mapped) = (event(plain), event(mapped));
        for member in ["/id", "/actor", "/outcome", "/origin/event_type", "/source"] {
            assert_eq!(at(&plain, member), at(&mapped, member), "{member}");
        }
        // Without the word `rotated` nobody can tell a rotation from an update.
        if at(&plain, "/action") != "rotate" {
            assert_eq!(gist(&plain), gist(&mapped));
        }
        assert_eq!(at(&plain, "/resource/path"), at(&mapped, "/resource/path"));
        assert_eq!(at(&plain, "/time").get(..23), at(&mapped, "/time").get(..23));
        assert_eq!(at(&mapped, "/origin/format"), "sanctum.ocsf");
        compared += 1;
    }
    assert_eq!(compared, 18);
}

/// A word that the table does not have is told apart, and counted.
#[test]
fn a_word_without_a_row_is_kept_and_marked() {
    for (line, expected) in [
        (
            r#"{"kind":"VaultTeleport","actor":"a","success":true}"#,
            "SystemActivity vaultteleport success",
        ),
        (
            r#"{"agent_name":"a","action":"teleport:far","allowed":true}"#,
            "SystemActivity teleport:far success",
        ),
        (
            r#"{"agent_name":"a","event_type":"vault.teleport","result":"success"}"#,
            "SystemActivity vault.teleport success",
        ),
        (
            r#"{"agent_name":"a","action":"teleport","allowed":false}"#,
            "PolicyViolation teleport denied",
        ),
    ] {
        let mut reader = reader();
        let written = event_with(&mut reader, line);
        assert_eq!(gist(&written), expected);
        assert_eq!(written["details"]["unmapped"], json!(true));
        assert_eq!(reader.take_unmapped().events, 1);
    }
    for line in EVENTS.lines().chain(ENTRIES.lines()) {
        assert!(event(line)["details"].get("unmapped").is_none(), "{line}");
    }
}
