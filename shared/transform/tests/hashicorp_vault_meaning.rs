//! What lines of HashiCorp Vault and OpenBao mean, beyond the table's own tests: mounts however they are named,
//! outcomes wherever Vault writes them, persons, and what is kept of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{Read, at, event, event_with, gist, read_with, settings};
use serde_json::{Value, json};
use transform::source::{HashKey, Reader, Settings, Skipped};

/// An answered request without a mount; `change` makes it what the test is about.
fn line(operation: &str, path: &str, change: impl Fn(&mut Value)) -> String {
    let mut line = json!({
        "time": "2026-11-20T19:12:24.238153597Z", "type": "response",
        "auth": {
            "accessor": "hmac-sha256:aa", "client_token": "hmac-sha256:bb", "display_name": "userpass-ann",
            "entity_id": "e-ann", "metadata": {"username": "ann"}, "policies": ["default", "reader"],
            "policy_results": {"allowed": true, "granting_policies": [{"name": "reader", "type": "acl"}]},
            "token_type": "service",
        },
        "request": {
            "id": "e9d0295d-69af-3d20-3f34-ae67f620d7bd", "operation": operation, "path": path,
            "namespace": {"id": "root"}, "remote_address": "10.0.0.1", "remote_port": 4711,
        },
        "response": {"data": {"x": "hmac-sha256:cc"}},
    });
    change(&mut line);
    line.to_string()
}

fn mounted(line: &mut Value, point: &str, kind: &str) {
    line["request"]["mount_point"] = point.into();
    line["request"]["mount_type"] = kind.into();
    line["request"]["mount_class"] = if point.contains("auth/") { "auth" } else { "secret" }.into();
}

/// Class, action, outcome, severity and the resource's name.
fn told(text: &str) -> String {
    let event = event(text);
    format!("{} {} {}", gist(&event), at(&event, "/severity"), at(&event, "/resource/name"))
}

#[test]
fn a_namespace_before_the_mount_point_changes_nothing() {
    for (operation, path, point, kind, expected) in [
        (
            "update",
            "transit/decrypt/k",
            "admin/transit/",
            "transit",
            "SecretAccess use:decrypt success Low k",
        ),
        ("read", "team/kv/data/a", "admin/team/kv/", "kv", "SecretAccess retrieve success Medium "),
        (
            "read",
            "admin/team/kv/data/a",
            "admin/team/kv/",
            "kv",
            "SecretAccess retrieve success Medium ",
        ),
        (
            "update",
            "sys/mounts/team/kv",
            "admin/sys/",
            "ns_system",
            "ConfigChange mount success Medium team/kv",
        ),
        (
            "read",
            "identity/group/name/g",
            "admin/identity/",
            "ns_identity",
            "SystemActivity read success Informational g",
        ),
        (
            "update",
            "auth/token/create",
            "admin/auth/token/",
            "ns_token",
            "IdentityChange token.create success Low ",
        ),
    ] {
        let namespaced = line(operation, path, |line| {
            mounted(line, point, kind);
            line["request"]["namespace"] = json!({"id": "x1", "path": "admin/"});
        });
        assert_eq!(told(&namespaced), expected, "{path}");
    }
}

#[test]
fn a_log_on_in_a_namespace_hides_what_was_typed() {
    let failed = line("update", "auth/team/ldap/login/typed-canary", |line| {
        mounted(line, "admin/auth/team/ldap/", "ldap");
        line["request"]["namespace"] = json!({"id": "x1", "path": "admin/"});
        line["auth"] = json!({});
        line["error"] = "invalid credentials".into();
        line["response"] = json!({"data": {"error": "hmac-sha256:dd"}});
    });
    let plain = event(&failed);
    assert_eq!(gist(&plain), "Authentication login failure");
    assert_eq!(at(&plain, "/resource/path"), "auth/team/ldap/login/[hidden]");
    assert_eq!(at(&plain, "/error/code"), "invalid_credentials");

    // HMAC-SHA-256 of "typed-canary" with the key "k", by `openssl dgst -sha256 -hmac k`.
    let keyed = Settings { hash_key: HashKey::new(b"k".to_vec()), ..settings("v") };
    let keyed = event_with(&mut Reader::new(keyed), &failed);
    let path = at(&keyed, "/resource/path");
    assert_eq!(path, format!("auth/team/ldap/login/h1:{HMAC_OF_TYPED}"));

    let clear = Settings { clear_names: true, ..settings("v") };
    let clear = event_with(&mut Reader::new(clear), &failed);
    assert_eq!(at(&clear, "/resource/path"), "auth/team/ldap/login/typed-canary");
}

const HMAC_OF_TYPED: &str = "4a20d36aa6b52fb9dd3d707f02d3210b067ecc308d2606501ea63c51633c89b5";

/// Lines of versions before 1.13 name no mount point, before 1.4 no type.
#[test]
fn a_mount_that_the_line_does_not_name_is_found_by_its_verb() {
    for (operation, path, kind, expected) in [
        ("update", "team/prod/transit/decrypt/k", "", "SecretAccess use:decrypt success Low k"),
        ("update", "my-keys/encrypt/k", "", "SecretAccess use:encrypt success Low k"),
        ("update", "eu/pki_int/issue/web", "", "SecretAccess issue success Medium web"),
        ("update", "certificates/issue/web", "", "SecretAccess issue success Medium web"),
        ("read", "team/db/creds/ro", "", "SecretAccess issue success Medium ro"),
        ("read", "team/db/creds/ro", "database", "SecretAccess issue success Medium ro"),
        ("read", "team/db/static-creds/ro", "database", "SecretAccess retrieve success Medium ro"),
        ("list", "team/kv/metadata/a/", "kv", "SecretAccess list success Informational "),
        ("read", "apps/data/a", "", "SecretAccess retrieve success Medium "),
        ("read", "secret/aws/creds/x", "", "SecretAccess retrieve success Medium "),
        ("update", "secret/a", "", "SecretChange store success Low "),
        ("delete", "plain/a/b", "", "SecretChange delete success Medium "),
        ("update", "auth/team/ldap/groups/eng", "", "IdentityChange grant success Low eng"),
        (
            "update",
            "auth/corp/userpass/users/bob/password",
            "userpass",
            "CredentialRotation rotate success Low bob",
        ),
        ("create", "auth/userpass/users/bob", "", "IdentityChange create success Low bob"),
    ] {
        let old = line(operation, path, |line| {
            if !kind.is_empty() {
                line["request"]["mount_type"] = kind.into();
            }
        });
        assert_eq!(told(&old), expected, "{path}");
    }
}

#[test]
fn requests_that_are_never_answered_are_events() {
    for (path, expected) in [
        ("sys/seal", "VaultLifecycle seal unknown Medium "),
        ("sys/step-down", "VaultLifecycle step_down unknown Medium "),
    ] {
        let request = line("update", path, |line| {
            line["type"] = "request".into();
            line.as_object_mut().unwrap().remove("response");
        });
        assert_eq!(told(&request), expected);
    }
    let skipped = read_with(
        &mut common::reader(),
        &line("update", "sys/audit/test", |line| line["type"] = "request".into()),
    );
    assert!(matches!(skipped, Read::Skipped(Skipped::RequestPhase)), "{skipped:?}");
}

#[test]
fn a_quota_refuses_in_a_request_line_and_in_a_response() {
    for kind in ["request", "response"] {
        let limited = line("read", "secret/data/a", |line| {
            line["type"] = kind.into();
            line["auth"] = Value::Null;
            line["error"] = "request path \"secret/data/a\": rate limit quota exceeded".into();
        });
        let event = event(&limited);
        assert_eq!(gist(&event), "PolicyViolation retrieve denied", "{kind}");
        assert_eq!(at(&event, "/attempted_class"), "SecretAccess");
        assert_eq!(at(&event, "/error/code"), "rate_limited");
    }
}

#[test]
fn the_two_phases_of_a_log_on_are_a_pending_one_and_one() {
    let first = line("update", "auth/userpass/login/ann", |line| {
        mounted(line, "auth/userpass/", "userpass");
        line["auth"] = Value::Null;
        line["response"] = json!({"auth": {"token_type": "default"}, "warnings": ["MFA"]});
    });
    let event = event(&first);
    assert_eq!(gist(&event), "Authentication login.mfa_pending pending");
    assert_eq!(at(&event, "/severity"), "Informational");

    let validated = |auth: Value, error: &'static str| {
        line("update", "sys/mfa/validate", move |line| {
            mounted(line, "sys/", "system");
            line["auth"] = json!({"token_type": "default", "policy_results": {"allowed": true}});
            line["response"] = if error.is_empty() {
                json!({"auth": auth})
            } else {
                json!({"data": {"error": "hmac-sha256:dd"}})
            };
            if !error.is_empty() {
                line["error"] = error.into();
            }
        })
    };
    let token = json!({"accessor": "hmac-sha256:ee", "display_name": "userpass-ann", "entity_id": "e-ann",
        "metadata": {"username": "ann"}, "policies": ["default"], "token_type": "service"});
    let done = common::event(&validated(token, ""));
    assert_eq!(gist(&done), "Authentication login success");
    assert_eq!(at(&done, "/actor/id"), "e-ann");
    assert_eq!(at(&done, "/actor/type"), "human");
    assert_eq!(at(&done, "/session/mfa"), "true");
    assert_eq!(at(&done, "/details/user_name"), "ann");

    let failed = common::event(&validated(Value::Null, "permission denied"));
    assert_eq!(gist(&failed), "Authentication login failure");
    assert_eq!(at(&failed, "/error/code"), "mfa_failed");
    assert_eq!(at(&failed, "/severity"), "High");
}

#[test]
fn failures_without_an_error_member_are_failures() {
    let with_data = |operation, path, point, kind, data: Value| {
        line(operation, path, move |line| {
            mounted(line, point, kind);
            line["response"] = json!({"data": data});
        })
    };
    let error = || json!({"error": "hmac-sha256:dd"});
    for (text, expected, code) in [
        (
            with_data("update", "auth/jwt/config", "auth/jwt/", "jwt", error()),
            "ConfigChange update failure Medium ",
            "invalid_request",
        ),
        (
            with_data("read", "aws/creds/nope", "aws/", "aws", error()),
            "SecretAccess issue failure Medium nope",
            "invalid_request",
        ),
        (
            with_data(
                "read",
                "secret/data/gone",
                "secret/",
                "kv",
                json!({"http_status_code": 404, "http_raw_body": "hmac-sha256:dd"}),
            ),
            "SecretAccess retrieve failure Medium ",
            "not_found",
        ),
        // A secret may have a member of that name.
        (
            with_data("read", "kv1/a", "kv1/", "kv", error()),
            "SecretAccess retrieve success Medium ",
            "",
        ),
        (
            with_data(
                "update",
                "identity/oidc/introspect",
                "identity/",
                "identity",
                json!({"active": false, "error": "hmac-sha256:dd"}),
            ),
            "SystemActivity lookup success Informational ",
            "",
        ),
    ] {
        assert_eq!(told(&text), expected);
        assert_eq!(at(&event(&text), "/error/code"), code, "{expected}");
    }
}

#[test]
fn an_engine_that_found_nothing_does_not_answer_but_the_system_may() {
    let unanswered = |operation, path, point, kind| {
        line(operation, path, move |line| {
            mounted(line, point, kind);
            line.as_object_mut().unwrap().remove("response");
        })
    };
    for (text, expected) in [
        (
            unanswered("read", "secret/data/nope", "secret/", "kv"),
            "SecretAccess retrieve failure Medium ",
        ),
        (
            unanswered("list", "secret/metadata/nope", "secret/", "kv"),
            "SecretAccess list failure Informational ",
        ),
        (
            unanswered("read", "sys/storage/raft/snapshot", "sys/", "system"),
            "VaultLifecycle snapshot success Medium ",
        ),
        (
            unanswered("update", "secret/destroy/a", "secret/", "kv"),
            "SecretChange destroy success Medium ",
        ),
        (
            unanswered("delete", "secret/data/a", "secret/", "kv"),
            "SecretChange delete success Medium ",
        ),
    ] {
        assert_eq!(told(&text), expected);
    }
}

#[test]
fn errors_are_told_apart() {
    for (path, error, class, outcome, code) in [
        (
            "secret/data/a",
            "1 error occurred:\n\t* permission denied\n\n",
            "PolicyViolation",
            "denied",
            "permission_denied",
        ),
        (
            "secret/data/a",
            "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n",
            "PolicyViolation",
            "denied",
            "invalid_token",
        ),
        (
            "sys/wrapping/unwrap",
            "1 error occurred:\n\t* permission denied\n\n",
            "PolicyViolation",
            "denied",
            "wrapping_token_invalid",
        ),
        (
            "sys/wrapping/unwrap",
            "wrapping token is not valid or does not exist",
            "SecretAccess",
            "failure",
            "wrapping_token_invalid",
        ),
        (
            "nosuchmount/x",
            "1 error occurred:\n\t* unsupported path\n\n",
            "SystemActivity",
            "failure",
            "unsupported_path",
        ),
    ] {
        let operation = if path.ends_with("unwrap") { "update" } else { "read" };
        let event = event(&line(operation, path, |line| line["error"] = error.into()));
        assert_eq!(at(&event, "/class"), class, "{error}");
        assert_eq!(at(&event, "/outcome"), outcome, "{error}");
        assert_eq!(at(&event, "/error/code"), code, "{error}");
        if code == "wrapping_token_invalid" {
            assert_eq!(at(&event, "/severity"), "High");
        }
    }
}

#[test]
fn root_tokens_are_known_when_made_and_when_used() {
    let made = line("update", "auth/token/create", |line| {
        mounted(line, "auth/token/", "token");
        line["auth"]["policies"] = json!(["root"]);
        line["response"] = json!({"auth": {"accessor": "hmac-sha256:ff", "display_name": "token-job", "orphan": true,
            "policies": ["root"], "token_ttl": 60, "token_type": "service", "client_token": "hmac-sha256:00"}});
    });
    let event = event(&made);
    assert_eq!(at(&event, "/severity"), "High");
    assert_eq!(at(&event, "/details/actor_privileged"), "true");
    let created = json!({"accessor": "hmac-sha256:ff", "display_name": "token-job", "type": "service",
        "ttl_seconds": 60, "orphan": true, "policies": ["root"]});
    assert_eq!(event["details"]["created"], created);

    for (complete, action) in [(true, "generate_root.complete"), (false, "generate_root.update")] {
        let step = line("update", "sys/generate-root/update", |line| {
            line["auth"] = Value::Null;
            line["response"]["data"] = json!({"complete": complete, "started": true});
        });
        assert_eq!(told(&step), format!("VaultLifecycle {action} success High "));
    }
}

#[test]
fn a_batch_token_is_its_client() {
    let batch = line("read", "secret/data/a", |line| {
        let auth = line["auth"].as_object_mut().unwrap();
        for member in ["accessor", "entity_id"] {
            auth.remove(member);
        }
        line["auth"]["display_name"] = "token".into();
        line["request"]["client_id"] = "EUnubWptqIjVjj3Z8qVZGR6ZaMw5stIGSQncu2GnNM4=".into();
    });
    let event = event(&batch);
    assert_eq!(at(&event, "/actor/id"), "EUnubWptqIjVjj3Z8qVZGR6ZaMw5stIGSQncu2GnNM4=");
    assert_eq!(at(&event, "/actor/name"), "token");
}

#[test]
fn a_forwarded_request_is_one_event_whichever_nodes_log_is_shipped() {
    let copy = line("read", "secret/data/a", |line| line["forwarded"] = true.into());
    let active =
        line("read", "secret/data/a", |line| line["forwarded_from"] = "standby-1:8201".into());
    assert_eq!(at(&event(&active), "/network/forwarded_from"), "standby-1:8201");
    // A standby's log alone loses nothing, and what comes of both logs has one id.
    assert_eq!(at(&event(&copy), "/id"), at(&event(&active), "/id"));
    for lines in [[&active, &copy], [&copy, &active]] {
        let mut reader = common::reader();
        event_with(&mut reader, lines[0]);
        let second = read_with(&mut reader, lines[1]);
        assert!(matches!(second, Read::Skipped(Skipped::RequestPhase)), "{second:?}");
        // Another file is another log.
        reader.begin();
        event_with(&mut reader, lines[1]);
    }
    // Requests that were not forwarded are never taken for each other.
    let plain = line("read", "secret/data/a", |_| {});
    let mut reader = common::reader();
    for _ in 0..2 {
        event_with(&mut reader, &plain);
    }
}

/// Whatever a root token is used for is at least High, but for asking how things are.
#[test]
fn a_root_token_is_loud_unless_it_asks_how_things_are() {
    let by_root = |operation: &str, path: &str| {
        line(operation, path, |line| line["auth"]["policies"] = json!(["root"]))
    };
    for (operation, path, severity) in [
        ("read", "sys/mounts", "Informational"),
        ("list", "sys/policies/acl", "Informational"),
        ("read", "sys/policies/acl/admin", "Informational"),
        ("update", "sys/capabilities-self", "Informational"),
        ("list", "secret/metadata/a", "Informational"),
        ("read", "secret/metadata/a", "Informational"),
        ("read", "secret/data/a", "High"),
        ("update", "secret/data/a", "High"),
        ("delete", "secret/data/a", "High"),
        ("update", "sys/policies/acl/admin", "High"),
        ("update", "sys/frobnicate/x", "High"),
        ("update", "pki/tidy", "High"),
        ("delete", "sys/audit/file", "Critical"),
    ] {
        let event = event(&by_root(operation, path));
        assert_eq!(at(&event, "/severity"), severity, "{operation} {path}");
        assert_eq!(event["details"]["actor_privileged"], json!(true));
        let other = common::event(&line(operation, path, |_| {}));
        assert!(at(&other, "/details/actor_privileged").is_empty());
    }
    let other = event(&line("update", "secret/data/a", |_| {}));
    assert_eq!(at(&other, "/severity"), "Low");
}

#[test]
fn who_it_was_is_kept_by_an_allow_list() {
    let known = line("read", "secret/data/a", |line| {
        line["auth"]["metadata"] = json!({"role_name": "ci", "email": "ann@example.com", "service_account_name": "app",
            "common_name": "host", "canonical_arn": "arn:aws:iam::1:role/x", "note": "canary-must-not-leave"});
        line["request"]["headers"] = json!({"user-agent": ["vault/1.21"], "x-forwarded-for": ["1.1.1.1, 2.2.2.2"],
            "authorization": ["canary-must-not-leave"]});
        line["response"] = json!({"wrap_info": {"ttl": 60, "creation_path": "secret/data/a", "token": "canary-must-not-leave"}});
    });
    let event = event(&known);
    assert!(!event.to_string().contains("canary"), "{event}");
    let expected = json!({"policies": ["default", "reader"], "role_name": "ci", "service_account_name": "app",
        "certificate_common_name": "host", "canonical_arn": "arn:aws:iam::1:role/x",
        "forwarded_for": ["1.1.1.1", "2.2.2.2"], "wrapped": {"ttl_seconds": 60, "creation_path": "secret/data/a"}});
    assert_eq!(event["details"], expected);
    assert_eq!(at(&event, "/actor/email"), "ann@example.com");
    assert_eq!(at(&event, "/request/user_agent"), "vault/1.21");
    assert_eq!(at(&event, "/network/source_ip"), "10.0.0.1");
}

#[test]
fn a_group_with_policies_is_a_grant_and_without_them_a_change() {
    for (data, action) in [
        (json!({"policies": ["hmac-sha256:1"]}), "grant"),
        (json!({"name": "hmac-sha256:1"}), "update"),
    ] {
        let group = line("update", "identity/group", |line| {
            mounted(line, "identity/", "identity");
            line["request"]["data"] = data.clone();
        });
        let event = event(&group);
        assert_eq!(gist(&event), format!("IdentityChange {action} success"));
        assert_eq!(at(&event, "/resource/type"), "group");
    }
}

/// The first version of the key-value engine may hold a secret called `config`.
#[test]
fn a_secret_called_config_is_a_secret() {
    let config = |operation, response: Value, sent: Value| {
        line(operation, "kv/config", move |line| {
            mounted(line, "kv/", "kv");
            line["response"] = response.clone();
            line["request"]["data"] = sent.clone();
        })
    };
    let secret = json!({"data": {"password": "hmac-sha256:1"}});
    let settings = json!({"data": {"max_versions": 5, "cas_required": false}});
    assert_eq!(told(&config("read", secret, Value::Null)), "SecretAccess retrieve success Medium ");
    assert_eq!(
        told(&config("read", settings, Value::Null)),
        "SecretAccess read success Informational "
    );
    let none = || Value::Null;
    assert_eq!(
        told(&config("update", none(), json!({"password": "hmac-sha256:1"}))),
        "SecretChange store success Low "
    );
    assert_eq!(
        told(&config("update", none(), json!({"max_versions": "hmac-sha256:1"}))),
        "ConfigChange update success Medium "
    );
}

#[test]
fn what_the_table_lacks_can_be_seen() {
    let unknown = line("update", "custom/do/it", |line| mounted(line, "custom/", "my-plugin"));
    let event = event(&unknown);
    assert_eq!(gist(&event), "SystemActivity update success");
    assert_eq!(at(&event, "/details/unmapped"), "true");
    assert_eq!(at(&event, "/resource/path"), "custom/do/it");
}

#[test]
fn one_log_is_of_one_product() {
    let mut reader = common::reader();
    let plain = line("read", "secret/data/a", |_| {});
    let bao = line("read", "secret/data/a", |line| {
        line["request"]["mount_running_version"] = "v2.4.0+builtin.bao".into();
    });
    assert_eq!(at(&event_with(&mut reader, &bao), "/source/product"), "openbao");
    assert_eq!(at(&event_with(&mut reader, &plain), "/source/product"), "openbao");
    reader.begin();
    assert_eq!(at(&event_with(&mut reader, &plain), "/source/product"), "hashicorp_vault");
}

#[test]
fn a_kmip_line_says_what_was_done() {
    let kmip = r#"{"time":"2026-11-18T03:58:45Z","type":"kmip-response","auth":{"token_type":"default"},"request":{"id":"1","namespace":{"id":"root"},
        "data":{"kmip_request":[{"tag":"BatchItem","type":"Structure","value":[{"tag":"Operation","type":"Enumeration","value":"Get"},
        {"tag":"RequestPayload","type":"Structure","value":[{"tag":"UniqueIdentifier","type":"TextString","value":"canary"}]}]}]}},
        "response":{"data":{"kmip_response":[{"tag":"BatchItem","type":"Structure","value":[{"tag":"ResultStatus","type":"Enumeration","value":"0x00000001"}]}]}}}"#;
    let event = event(kmip);
    assert_eq!(gist(&event), "SecretAccess get failure");
    assert!(!event.to_string().contains("canary"), "{event}");
}
