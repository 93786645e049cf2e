//! Audit lines of HashiCorp Vault and OpenBao: every rule of contract 3.5 on lines of the documented shape.
//!
//! Each line holds the same canary word wherever content may stand: data, headers, tokens, lease ids, mistyped
//! user names, plain accessors.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{Read, at, event, event_with, gist, read_with, refusal, settings};
use serde_json::{Value, json};
use transform::source::{HashKey, Phases, Reader, Settings, Skipped};

const LINES: &str = include_str!("samples/hashicorp_vault/lines.jsonl");
const EXPECTED: &str = include_str!("samples/hashicorp_vault/expected.txt");
const WORKED: &str = include_str!("samples/hashicorp_vault/worked_example.json");
const CANARY: &str = "canary-must-not-leave";

/// A line on this path, with nothing else that matters.
fn line(path: &str, change: impl Fn(&mut Value)) -> String {
    let mut line: Value = serde_json::from_str(LINES.lines().nth(30).unwrap()).unwrap();
    line["request"]["path"] = path.into();
    change(&mut line);
    line.to_string()
}

#[test]
fn every_path_has_its_class_action_and_outcome() {
    for (line, expected) in LINES.lines().zip(EXPECTED.lines()) {
        let event = event(line);
        assert_eq!(gist(&event), expected, "{}", at(&event, "/resource/path"));
    }
    assert_eq!(LINES.lines().count(), EXPECTED.lines().count());
}

#[test]
fn nothing_that_is_secret_leaves() {
    for line in LINES.lines() {
        assert!(line.contains(CANARY), "the line proves nothing");
        let text = event(line).to_string();
        assert!(!text.contains(CANARY), "{text}");
        assert!(!text.contains("client_token") && !text.contains("x-custom"), "{text}");
    }
}

#[test]
fn the_worked_example_of_the_contract_is_met() {
    let mut reader = Reader::new(settings("vault-prod"));
    let event = event_with(&mut reader, WORKED);
    let accessor = "hmac-sha256:8fa4f7f3d1fd812064950025cde2b1565829a9dc5075253399e5ede8f8a1d98e";
    let expected = json!({
        "schema": "vault-audit/1",
        "id": "0042ad1b-1400-7eb7-5e25-1dfc898c1998:response",
        "time": "2021-06-29T17:26:11.409840527Z",
        "observed_time": common::NOW,
        "time_quality": "source",
        "class": "SecretAccess", "category": "vault", "action": "retrieve",
        "outcome": "success", "severity": "Medium",
        "actor": {"id": accessor, "type": "service", "name": "token-375f9cb3-4355-42c7-eab5-029f8a310ca7-runner"},
        "session": {"token_type": "service", "issued_at": "2021-04-29T21:53:46Z", "ttl_seconds": 259_200, "token_ref": accessor},
        "source": {"product": "hashicorp_vault", "vendor": "HashiCorp", "instance": "vault-prod"},
        "resource": {"type": "secret", "path": "secret/data/apps/continuous-delivery/aws-bucket-sse-c", "namespace": "root", "version": "1", "mount": {"type": "kv"}},
        "policy": {"decision": "not_evaluated"},
        "request": {"id": "0042ad1b-1400-7eb7-5e25-1dfc898c1998", "protocol": "http", "method": "read"},
        "network": {"source_ip": "10.6.8.36"},
        "origin": {"format": "hashicorp_vault.audit", "event_type": "response"},
        // Kept since the example was written: what the token may do.
        "details": {"policies": ["default", "cd"]}
    });
    assert_eq!(event, expected);
}

#[test]
fn a_request_line_is_passed_over_or_pending() {
    let request = line("secret/data/a", |line| {
        line["type"] = "request".into();
        line["response"] = Value::Null;
    });
    let skipped = read_with(&mut common::reader(), &request);
    assert!(matches!(skipped, Read::Skipped(Skipped::RequestPhase)), "{skipped:?}");

    let both = Settings { phases: Phases::Both, ..settings("v") };
    let event = event_with(&mut Reader::new(both), &request);
    assert_eq!(gist(&event), "SecretAccess retrieve pending");
    assert!(at(&event, "/id").ends_with(":request"));
    assert_eq!(at(&event, "/severity"), "Informational");
}

#[test]
fn the_id_is_the_requests_and_the_phase_else_the_lines_hash() {
    let with = line("secret/data/a", |line| line["request"]["id"] = "abc".into());
    assert_eq!(at(&event(&with), "/id"), "abc:response");
    let without = line("secret/data/a", |line| {
        line["request"].as_object_mut().unwrap().remove("id");
    });
    let id = at(&event(&without), "/id");
    assert!(id.starts_with("sha256:") && id.len() == 71, "{id}");
    assert_eq!(at(&event(&without), "/id"), id);
    let strange = line("secret/data/a", |line| line["request"]["id"] = "a b\nc".into());
    assert!(at(&event(&strange), "/id").starts_with("sha256:"));
}

#[test]
fn a_refusal_keeps_what_was_tried_and_what_the_policy_said() {
    let refused = line("secret/data/a", |line| {
        line["error"] = "1 error occurred:\n\t* permission denied\n\n".into();
    });
    let event = event(&refused);
    assert_eq!(gist(&event), "PolicyViolation retrieve denied");
    assert_eq!(at(&event, "/attempted_class"), "SecretAccess");
    assert_eq!(at(&event, "/policy/decision"), "allow", "a bad token is refused though allowed");
    assert_eq!(at(&event, "/policy/names/0"), "app");
    assert_eq!(at(&event, "/error/code"), "permission_denied");
    assert_eq!(at(&event, "/severity"), "High");
}

#[test]
fn the_actor_is_the_entity_else_the_accessor_else_the_certificate_else_nobody() {
    let entity = |line: &mut Value| line["auth"]["entity_id"] = "e-1".into();
    assert_eq!(at(&event(&line("secret/data/a", entity)), "/actor/id"), "e-1");

    let accessor = |line: &mut Value| line["auth"]["entity_id"] = "".into();
    let id = at(&event(&line("secret/data/a", accessor)), "/actor/id");
    assert!(id.starts_with("hmac-sha256:"), "{id}");

    let bare = |line: &mut Value| {
        line["auth"] = json!({});
        line["request"].as_object_mut().unwrap().remove("client_token_accessor");
        line["request"]["client_certificate_serial_number"] = "7a:0b".into();
    };
    assert_eq!(at(&event(&line("secret/data/a", bare)), "/actor/id"), "7a:0b");

    let nobody = |line: &mut Value| {
        bare(line);
        line["request"].as_object_mut().unwrap().remove("client_certificate_serial_number");
    };
    let event = event(&line("secret/data/a", nobody));
    assert_eq!(at(&event, "/actor/id"), "unauthenticated");
    assert_eq!(at(&event, "/actor/type"), "unknown");
}

#[test]
fn people_services_and_agents_are_told_apart() {
    for (name, kind) in [
        ("oidc-maria", "human"),
        ("userpass-maria", "human"),
        ("ldap-maria", "human"),
        ("okta-maria", "human"),
        ("github-maria", "human"),
        ("saml-maria", "human"),
        ("ldapsync", "service"),
        ("approle", "service"),
        ("root", "service"),
    ] {
        let named = line("secret/data/a", |line| line["auth"]["display_name"] = name.into());
        assert_eq!(at(&event(&named), "/actor/type"), kind, "{name}");
    }
    let agent = line("secret/data/a", |line| {
        line["auth"]["metadata"] = json!({"ai": "cursor"});
    });
    let by_key = Settings { agent_keys: vec!["ai".into()], ..settings("v") };
    assert_eq!(at(&event_with(&mut Reader::new(by_key), &agent), "/actor/type"), "agent");
    let by_label = Settings {
        agent_keys: vec!["fleet".into()],
        labels: vec![("fleet".into(), "cursor".into())],
        ..settings("v")
    };
    assert_eq!(at(&event_with(&mut Reader::new(by_label), &agent), "/actor/type"), "agent");
}

#[test]
fn handles_are_hashed_with_the_key_that_is_set() {
    let leased = line("database/creds/ro", |line| {
        line["request"]["mount_type"] = "database".into();
        line["request"]["mount_point"] = "database/".into();
        line["response"]["secret"] = json!({"lease_id": "abc"});
        line["auth"]["accessor"] = "plainaccessor".into();
        line["auth"]["entity_id"] = "".into();
    });
    let plain = event(&leased);
    // SHA-256 of "abc", FIPS 180-2.
    assert_eq!(
        at(&plain, "/lease/id"),
        "h1:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert!(at(&plain, "/session/token_ref").starts_with("h1:"));
    assert_eq!(at(&plain, "/actor/id"), at(&plain, "/session/token_ref"));
    let keyed = Settings { hash_key: HashKey::new(b"k".to_vec()), ..settings("v") };
    let keyed = event_with(&mut Reader::new(keyed), &leased);
    assert_ne!(at(&keyed, "/lease/id"), at(&plain, "/lease/id"));
}

#[test]
fn the_version_is_read_only_where_it_is_no_secret() {
    let versioned = line("secret/data/a", |_| {});
    assert_eq!(at(&event(&versioned), "/resource/version"), "7");
    // In the first version of the engine `metadata` and `version` are the user's own keys.
    for path in ["secret/a", "secret/metadata/a"] {
        let own = line(path, |line| line["response"]["data"]["version"] = 1234.into());
        assert_eq!(at(&event(&own), "/resource/version"), "", "{path}");
    }
    let text = line("secret/data/a", |line| {
        line["response"]["data"]["metadata"]["version"] = CANARY.into();
    });
    assert_eq!(at(&event(&text), "/resource/version"), "");
}

#[test]
fn a_log_on_names_who_logged_on_and_its_token() {
    let event = event(LINES.lines().next().unwrap());
    assert_eq!(at(&event, "/actor/id"), "e-maria");
    assert_eq!(at(&event, "/actor/type"), "human");
    assert_eq!(at(&event, "/lease/ttl_seconds"), "2764800");
    assert!(at(&event, "/session/token_ref").starts_with("hmac-sha256:"));
}

#[test]
fn addresses_come_with_and_without_a_port() {
    for (address, port, ip, expected) in [
        (json!("10.0.0.1:4711"), json!(null), "10.0.0.1", "4711"),
        (json!("[2001:db8::1]:8200"), json!(5), "2001:db8::1", "5"),
        (json!("2001:db8::1"), json!("7"), "2001:db8::1", "7"),
        (json!("10.0.0.1"), json!(70000), "10.0.0.1", ""),
        (json!(7), json!(true), "", ""),
    ] {
        let addressed = line("secret/data/a", |line| {
            line["request"]["remote_address"] = address.clone();
            line["request"]["remote_port"] = port.clone();
        });
        let event = event(&addressed);
        assert_eq!(at(&event, "/network/source_ip"), ip);
        assert_eq!(at(&event, "/network/source_port"), expected);
    }
}

#[test]
fn openbao_is_known_by_its_plugins_or_by_a_setting() {
    let bao = line("secret/data/a", |line| {
        line["request"]["mount_running_version"] = "v2.3.1+builtin.bao".into();
    });
    assert_eq!(at(&event(&bao), "/source/product"), "openbao");
    let set = Settings { product: Some("openbao".into()), ..settings("v") };
    let event = event_with(&mut Reader::new(set), &line("secret/data/a", |_| {}));
    assert_eq!(at(&event, "/source/product"), "openbao");
    assert_eq!(at(&event, "/origin/format"), "openbao.audit");
}

/// Whatever stands in a member that is not needed, the record is read.
#[test]
fn no_member_that_is_not_needed_costs_the_record() {
    let whole: Value = serde_json::from_str(LINES.lines().nth(30).unwrap()).unwrap();
    let odd = [
        json!(null),
        json!(7),
        json!(1.5),
        json!(true),
        json!("x"),
        json!([[1]]),
        json!({"a": {}}),
    ];
    for group in ["auth", "request", "response"] {
        for name in whole[group].as_object().unwrap().keys() {
            for value in &odd {
                let mut line = whole.clone();
                line[group][name] = value.clone();
                event(&line.to_string());
            }
        }
    }
    for name in ["auth", "response", "error", "time", "forwarded_from"] {
        for value in &odd {
            let mut line = whole.clone();
            line[name] = value.clone();
            event(&line.to_string());
        }
    }
}

#[test]
fn a_line_without_its_request_is_refused_by_name() {
    let error = refusal(r#"{"type":"response","request":"canary"}"#);
    assert_eq!(error, "`request` is missing");
    let error = refusal(r#"{"type":{},"request":{}}"#);
    assert_eq!(error, "`type` must be a string");
}

/// Audit devices that drop fields leave lines with a display name and nothing that identifies.
#[test]
fn a_display_name_without_an_id_is_kept_as_a_name() {
    let line = r#"{"time":"2026-09-09T06:12:11Z","type":"response","auth":{"display_name":"approle"},
        "request":{"operation":"read","path":"secret/data/a"},"response":{"data":{}}}"#;
    let event = event(line);
    assert_eq!(at(&event, "/actor/id"), "unauthenticated");
    assert_eq!(at(&event, "/actor/name"), "approle");
}
