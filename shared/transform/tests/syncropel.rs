//! Syncropel's audit export, bulk pairs, bare records and daemon log.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fmt::Write;

use common::{Read, at, event, event_with, gist, read_with, reader};
use serde_json::{Value, json};
use transform::source::Skipped;

const EXPORT: &str = include_str!("samples/syncropel/audit_export.jsonl");
const BULK: &str = include_str!("samples/syncropel/audit_export.bulk-elastic.ndjson");
const SECRETS: &str = include_str!("samples/syncropel/secret_audit_records.jsonl");

#[test]
fn each_line_of_the_export_has_its_class_action_and_outcome_and_its_id_is_verified() {
    let expected = [
        ("SystemActivity engine_bootstrap unknown", "system"),
        ("SystemActivity proposal unknown", "system"),
        ("ActorDecision accept success", "decision"),
        ("ActorDecision reject denied", "decision"),
        ("Dispatch complete success", "dispatch"),
        ("Dispatch complete failure", "dispatch"),
        ("Governance kill.hard success", "governance"),
        ("PolicyViolation namespace.use denied", "governance"),
        ("PolicyViolation record_delete denied", "governance"),
    ];
    for (line, (expected, category)) in EXPORT.lines().zip(expected) {
        let event = event(line);
        assert_eq!(gist(&event), expected);
        assert_eq!(at(&event, "/origin/event_type"), category);
        assert_eq!(at(&event, "/integrity/status"), "verified");
    }
    assert_eq!(EXPORT.lines().count(), expected.len());
}

#[test]
fn the_contracts_example_of_a_rejection_is_met() {
    let id = "8fb15816b28ae446a75e6640895443599ff4f214e21dff7c69c84fd26503359f";
    let thread = "th_03f822528448c2a0439a7292df96518dd8c899436f7386d2ba88c45113fc0e6c";
    let expected = json!({
        "schema": "vault-audit/1", "id": id, "time": common::NOW, "observed_time": common::NOW,
        "time_quality": "ingest", "class": "ActorDecision", "category": "aitl", "action": "reject",
        "outcome": "denied", "severity": "Medium", "message": "Budget exceeds the namespace ceiling.",
        "actor": {"id": "did:sync:agent:reviewer", "type": "agent", "name": "reviewer"},
        "source": {"product": "syncropel", "vendor": "Syncropel", "instance": "acme-hub"},
        "resource": {"type": "thread", "id": thread},
        "integrity": {"alg": "syncropel-sha256", "hash": id, "status": "verified"},
        "origin": {"format": "syncropel.audit_export", "event_type": "decision", "record_id": id, "thread": thread, "clock": 13},
        "details": {"domain": "ops"}
    });
    assert_eq!(event(EXPORT.lines().nth(3).unwrap()), expected);
}

#[test]
fn dispatches_switches_and_refusals_keep_what_they_say() {
    let failed = event(EXPORT.lines().nth(5).unwrap());
    assert_eq!(at(&failed, "/error/code"), "budget_exceeded");
    assert_eq!(
        failed["details"],
        json!({"cost_usd": 0.1847, "cost_source": "accumulated_from_events", "completion_codepath": "budget_deadline", "latency_ms": 1_119_200, "tokens_in": 34127, "tokens_out": 8821, "domain": "code"})
    );
    let kill = event(EXPORT.lines().nth(6).unwrap());
    assert_eq!(kill["resource"], json!({"type": "namespace", "name": "acme-corp/payments"}));
    assert_eq!(at(&kill, "/time"), "2026-11-21T20:57:40.012Z");
    assert_eq!(at(&kill, "/time_quality"), "derived");
    assert_eq!(at(&kill, "/message"), "suspected key exfiltration");
    let refused = event(EXPORT.lines().nth(8).unwrap());
    assert_eq!(at(&refused, "/actor/id"), "did:sync:agent:dev");
    assert_eq!(at(&refused, "/policy/names/0"), "agents_never_delete");
    assert_eq!(at(&refused, "/category"), "policy");
}

#[test]
fn bulk_pairs_give_the_same_events_as_the_plain_export() {
    let mut reader = reader();
    let mut events = Vec::new();
    for line in BULK.lines() {
        match read_with(&mut reader, line) {
            Read::Event(event) => events.push(event),
            Read::Skipped(skipped) => assert_eq!(skipped, Skipped::BulkAction),
            Read::Refused(error) => panic!("{error}"),
        }
    }
    assert_eq!(events, EXPORT.lines().map(event).collect::<Vec<_>>());
}

#[test]
fn a_pair_whose_ids_differ_is_refused_and_the_next_is_not() {
    let mut reader = reader();
    let lines: Vec<&str> = BULK.lines().collect();
    for (place, line) in [lines[0], lines[3], lines[2], lines[3]].into_iter().enumerate() {
        match (place, read_with(&mut reader, line)) {
            (1, Read::Refused(error)) => assert!(error.to_string().starts_with("`_id`"), "{error}"),
            (0 | 2, Read::Skipped(_)) | (3, Read::Event(_)) => {}
            (_, other) => panic!("{place}: {other:?}"),
        }
    }
}

#[test]
fn the_records_of_the_secret_audit_are_secret_events() {
    let expected = [
        "SecretAccess retrieve success",
        "PolicyViolation retrieve denied",
        "CredentialRotation rotate success",
        "CredentialRotation invalidate success",
    ];
    for (line, expected) in SECRETS.lines().zip(expected) {
        let event = event(line);
        assert_eq!(gist(&event), expected);
        assert_eq!(at(&event, "/integrity/status"), "verified");
        assert!(!event.to_string().contains("wit_01J9"), "a token's id is a handle");
    }
    let read = event(SECRETS.lines().next().unwrap());
    assert_eq!(at(&read, "/resource/path"), "anthropic-prod");
    assert_eq!(at(&read, "/request/purpose"), "call model provider");
    assert!(at(&read, "/session/token_ref").starts_with("h1:"));
}

/// A record as the export has it, with this body; its id is not checked, as it has no parents.
fn record(act: &str, actor: &str, body: &Value) -> String {
    json!({"category": "system", "thread": "th_x", "record": {"id": "r-1", "act": act, "actor": actor, "clock": 4, "body": body}}).to_string()
}

#[test]
fn documented_kinds_have_their_classes() {
    for (body, expected) in [
        (
            json!({"kind": "secret.access.v1", "operation": "list", "outcome": "allowed"}),
            "SecretAccess list success",
        ),
        (
            json!({"kind": "secret.access.v1", "operation": "set", "outcome": "backend_unavailable"}),
            "SecretChange store failure",
        ),
        (
            json!({"kind": "secret.access.v1", "operation": "delete", "outcome": "allowed"}),
            "SecretChange delete success",
        ),
        (json!({"topic": "permission_rule"}), "PolicyChange update success"),
        (
            json!({"topic": "kill_switch", "level": "emergency"}),
            "Governance kill.emergency success",
        ),
        (json!({"kind": "core.consent_state_change.v1"}), "Governance consent.update success"),
        (json!({"kind": "core.token_lifecycle_event.v1"}), "IdentityChange token.update success"),
        (
            json!({"kind": "core.impersonation.event.v1", "outcome": "denied"}),
            "Governance impersonate denied",
        ),
        (json!({"kind": "core.identity.grant.v1"}), "IdentityChange grant success"),
        (json!({"kind": "core.work.guardrail.v1"}), "Governance guardrail success"),
        (json!({"kind": "core.work.decision_request.v1"}), "ActorDecision request pending"),
        (
            json!({"kind": "core.agent.aitl.v1", "verdict": "accept"}),
            "ActorDecision accept success",
        ),
        (json!({"topic": "task_verdict", "verdict": "reject"}), "ActorDecision reject denied"),
        (json!({"topic": "dispatch_complete", "success": true}), "Dispatch complete success"),
        (json!({"code": "NAMESPACE_REJECTED"}), "PolicyViolation namespace.use denied"),
        (json!({"topic": "odd Topic!"}), "SystemActivity odd_topic_ unknown"),
        (json!("no object"), "SystemActivity know unknown"),
        (json!(null), "SystemActivity know unknown"),
    ] {
        assert_eq!(gist(&event(&record("KNOW", "did:sync:agent:x", &body))), expected, "{body}");
    }
}

#[test]
fn of_several_categories_the_first_counts() {
    let governed =
        event(&record("KNOW", "did:sync:system:governance", &json!({"topic": "review"})));
    assert_eq!(gist(&governed), "Governance review success");
    assert_eq!(at(&governed, "/origin/event_type"), "governance");
}

#[test]
fn what_is_not_allow_listed_does_not_leave() {
    let body =
        json!({"topic": "t", "goal": "canary", "summary": "canary", "prompt": {"text": "canary"}});
    let text = event(&record("KNOW", "did:sync:agent:x", &body)).to_string();
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn an_id_without_parents_is_unverified_and_a_wrong_one_is_reported() {
    let unverified = event(&record("KNOW", "did:sync:agent:x", &json!({})));
    assert_eq!(at(&unverified, "/integrity/status"), "unverified");
    let changed = EXPORT.lines().nth(6).unwrap().replace("\"hard\"", "\"soft\"");
    let mut reader = reader();
    let event = event_with(&mut reader, &changed);
    assert_eq!(at(&event, "/integrity/status"), "mismatch");
    assert_eq!(gist(&event), "Governance kill.soft success");
    assert_eq!(reader.take_findings().len(), 1);
}

/// Older hubs leave `data_type` out of the hash; this id is the SHA-256 of the six members written out by hand.
#[test]
fn an_id_of_six_members_is_verified_too() {
    use sha2::{Digest, Sha256};
    let canonical = r#"{"act":"KNOW","actor":"did:sync:user:a","body":{"topic":"t"},"clock":1,"parents":["p1","p2"],"thread":"th_x"}"#;
    let mut id = String::new();
    for byte in Sha256::digest(canonical) {
        write!(id, "{byte:02x}").unwrap();
    }
    let line = format!(
        r#"{{"id":"{id}","act":"KNOW","actor":"did:sync:user:a","thread":"th_x","clock":1,"data_type":"SCALAR","body":{{"topic":"t"}},"parents":["p2","p1"]}}"#
    );
    assert_eq!(at(&event(&line), "/integrity/status"), "verified");
}

#[test]
fn a_refusal_in_the_daemon_log_is_a_violation_in_any_usual_shape() {
    let flat = r#"{"timestamp":"2026-11-21T20:00:00.5Z","level":"WARN","target":"spl::permissions","message":"PERMISSION DENIED","actor_did":"did:sync:agent:dev","rule":"agents_never_delete","resource":"record_delete","namespace":"default"}"#;
    let nested = r#"{"timestamp":"2026-11-21T20:00:00.5Z","level":"WARN","fields":{"message":"PERMISSION DENIED","actor":"did:sync:agent:dev","rule_id":"agents_never_delete","operation":"record_delete","namespace":"default"},"target":"spl::permissions"}"#;
    let words = r#"{"ts":"2026-11-21T20:00:00.5Z","level":"warn","target":"spl::permissions","message":"permission denied for did:sync:agent:dev.","policy":"agents_never_delete","action":"record_delete"}"#;
    for line in [flat, nested, words] {
        let event = event(line);
        assert_eq!(gist(&event), "PolicyViolation record_delete denied");
        assert_eq!(at(&event, "/actor/id"), "did:sync:agent:dev");
        assert_eq!(at(&event, "/policy/names/0"), "agents_never_delete");
        assert_eq!(at(&event, "/time"), "2026-11-21T20:00:00.5Z");
        assert_eq!(at(&event, "/origin/event_type"), "governance");
    }
    let other = r#"{"level":"INFO","target":"spl","message":"started","token":"canary"}"#;
    assert!(matches!(read_with(&mut reader(), other), Read::Skipped(Skipped::LogLine)));
}

/// What no row names is told apart, and counted.
#[test]
fn a_record_without_a_row_is_kept_and_marked() {
    for (actor, body, expected) in [
        ("system:engine", json!({"kind": "core.new.v1"}), "SystemActivity know unknown"),
        (
            "agent:x",
            json!({"kind": "secret.access.v1", "operation": "teleport", "outcome": "allowed"}),
            "SystemActivity teleport success",
        ),
        (
            "agent:x",
            json!({"kind": "core.agent.aitl.v1", "verdict": "shrug"}),
            "ActorDecision shrug unknown",
        ),
    ] {
        let written = event(&record("KNOW", &format!("did:sync:{actor}"), &body));
        assert_eq!(gist(&written), expected);
        assert_eq!(written["details"]["unmapped"], json!(true), "{body}");
    }
    let bare = json!({"id": "r-1", "act": "KNOW", "actor": "did:sync:agent:x", "clock": 4,
        "data_type": "SCALAR", "thread": "th_x", "body": {"topic": "teleport"}});
    let bare = event(&bare.to_string());
    assert_eq!(gist(&bare), "SystemActivity teleport unknown");
    assert_eq!(bare["details"]["unmapped"], json!(true));
    let known = record("KNOW", "did:sync:system:engine", &json!({"topic": "engine_bootstrap"}));
    assert!(event(&known)["details"].get("unmapped").is_none());
}
