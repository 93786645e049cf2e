//! The copy of an unreadable record that goes to the ingest dead-letter queue.
//!
//! What cannot be read was not mapped by allow-list, so it may hold anything: a secret's value, a
//! token. It lay in the ingest queue as it is, but a dead-letter queue is looked at by people and kept
//! for two weeks. So the copy keeps its shape and loses what is secret by its member's name, by the
//! members that hold secrets by design (`data`, `headers`), or by its looks. It can still be sent
//! again once the router knows its format: names, times, ids and outcomes stay. The record itself
//! stays in the vault's own log. See `docs/semantics.md`.

use serde_json::Value;
use transform::redact;

/// Members whose value is secret, whatever it looks like; compared without `-` and `_`, whole or as
/// the ending of a longer name (contract 3.8).
const SECRET_NAMES: [&str; 21] = [
    "value",
    "secret",
    "password",
    "passwd",
    "token",
    "apikey",
    "privatekey",
    "clientsecret",
    "authorization",
    "cookie",
    "credential",
    "seed",
    "otp",
    "pin",
    "unseal",
    "recovery",
    "connectionstring",
    "dsn",
    "nonce",
    "signature",
    "passphrase",
];

/// Members that hold what the vault keeps, or what a request carried.
const SECRET_PARTS: [&str; 4] = ["data", "headers", "body", "wrapinfo"];

/// The record without its secrets.
pub(crate) fn copy(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            mask(&mut value, false);
            value.to_string()
        }
        Err(_) => redact::text(text).into_owned(),
    }
}

fn mask(value: &mut Value, known_hash: bool) {
    match value {
        Value::String(text) if known_hash && is_plain_hash(text) => {}
        Value::String(text) => *text = redact::text(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, known_hash)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let plain: String =
                    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
                let plain = plain.to_ascii_lowercase();
                let secret = SECRET_NAMES.iter().any(|end| plain.ends_with(end));
                if !member.is_null() && (secret || SECRET_PARTS.contains(&plain.as_str())) {
                    *member = Value::String("[redacted]".to_owned());
                } else {
                    mask(member, is_hash_name(&plain));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Ids and hashes are random by nature and no secret.
fn is_hash_name(plain: &str) -> bool {
    plain.ends_with("id") || plain.ends_with("hash") || plain.ends_with("hmac")
}

/// Hexadecimal digits and separators only, as in UUIDs and hashes.
fn is_plain_hash(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-' || byte == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_stays() {
        let line = r#"{"action":"retrieve","id":"249fef96-1cd1-454f-b704-5fae88ebddd7","ok":true,"time":"2026-02-14T22:30:01.482913Z"}"#;
        assert_eq!(copy(line), line);
        let hash =
            r#"{"entry_hash":"2d1106d6c34492dd1cdba722a28cb7e9d3667f941d9317e507e0265168c48ab2"}"#;
        assert_eq!(copy(hash), hash);
    }

    #[test]
    fn secrets_go_by_name_by_place_and_by_looks() {
        for line in [
            r#"{"password":"canary1"}"#,
            r#"{"client_token":"canary1"}"#,
            r#"{"X-Api-Key":"canary1"}"#,
            r#"{"pin":"canary1"}"#,
            r#"{"request":{"data":{"any":"canary1"}}}"#,
            r#"{"request":{"headers":{"x":["canary1"]}}}"#,
            r#"{"note":"used hvs.CAESIJcanary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj today"}"#,
            r#"{"note":"postgres://app:canary1@db/x"}"#,
            r#"{"note":"Zm9vYmFyYmF6cXV4canary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj"}"#,
            r#"{"note":"-----BEGIN PRIVATE KEY-----\nMIIEvcanary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj\n-----END PRIVATE KEY-----"}"#,
            "level=info token=hvs.CAESIJcanary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj msg=x",
            r#"{"broken": "ghp_canary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gH""#,
        ] {
            assert!(!copy(line).contains("canary1"), "{line} -> {}", copy(line));
        }
    }
}
