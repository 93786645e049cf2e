//! The copy of an unreadable record that goes to the ingest dead-letter queue.
//!
//! What cannot be read was not mapped by allow-list, so it may hold anything: a secret's value, a
//! token. It lay in the ingest queue as it is, but a dead-letter queue is looked at by people and kept
//! for two weeks. So the copy keeps its shape and loses what is secret by its member's name, by the
//! members that hold secrets by design (`data`, `headers`), or by its looks. It can still be sent
//! again once the router knows its format: names, times, ids and outcomes stay. The record itself
//! stays in the vault's own log. See `docs/semantics.md`.

use serde_json::Value;

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

/// What tokens of well-known makers begin with.
const TOKEN_BEGINNINGS: [&str; 22] = [
    "hvs.",
    "hvb.",
    "hvr.",
    "s.",
    "b.",
    "r.",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "sk-",
    "sk_",
    "rk_",
    "pk_",
    "eyJ",
    "whsec_",
];

/// A run of letters and digits of this length looks random, unless it is an id or a hash by name.
const RANDOM_LENGTH: usize = 20;

/// The record without its secrets.
pub(crate) fn copy(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            mask(&mut value, false);
            value.to_string()
        }
        Err(_) => masked_words(text, false),
    }
}

fn mask(value: &mut Value, known_hash: bool) {
    match value {
        Value::String(text) => *text = masked_words(text, known_hash),
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

/// The text with every word that looks like a credential replaced.
fn masked_words(text: &str, known_hash: bool) -> String {
    if text.contains("-----BEGIN") {
        return "[redacted:pem]".to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars() {
        if is_word(character) {
            word.push(character);
            continue;
        }
        push_word(&mut out, &mut word, known_hash);
        out.push(character);
    }
    push_word(&mut out, &mut word, known_hash);
    out
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.+/~@:".contains(character)
}

fn push_word(out: &mut String, word: &mut String, known_hash: bool) {
    if is_token(word) || has_user_info(word) || (!known_hash && is_random(word)) {
        out.push_str(&format!("[redacted:{}]", word.len()));
    } else {
        out.push_str(word);
    }
    word.clear();
}

/// A token's beginning, and enough behind it to be more than an abbreviation.
fn is_token(word: &str) -> bool {
    word.split(['/', ':', '@']).any(|part| {
        TOKEN_BEGINNINGS
            .iter()
            .any(|begin| part.starts_with(begin) && part.len() >= begin.len() + 8)
    })
}

/// `scheme://user:password@host`
fn has_user_info(word: &str) -> bool {
    word.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().is_some_and(|authority| authority.contains('@'))
    })
}

/// A long run of letters and digits without a separator.
fn is_random(word: &str) -> bool {
    word.split(['-', '_', '.', '/', ':', '@', '~']).any(|run| {
        run.len() >= RANDOM_LENGTH
            && run.bytes().any(|byte| byte.is_ascii_digit())
            && run.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
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
            r#"{"note":"used hvs.canary1canary1 today"}"#,
            r#"{"note":"postgres://app:canary1@db/x"}"#,
            r#"{"note":"Zm9vYmFyYmF6cXV4canary1"}"#,
            r#"{"note":"-----BEGIN PRIVATE KEY----- canary1"}"#,
            "level=info token=hvs.canary1canary1 msg=x",
            r#"{"broken": "ghp_canary1canary1canary1""#,
        ] {
            assert!(!copy(line).contains("canary1"), "{line} -> {}", copy(line));
        }
    }
}
