//! The copy of an unreadable record that goes to the ingest dead-letter queue.
//!
//! What cannot be read was not mapped by allow-list, so it may hold anything: a secret's value, a
//! token. It lay in the ingest queue as it is, but a dead-letter queue is looked at by people and kept
//! for two weeks. So the copy keeps its shape and loses what is secret by its member's name, by the
//! members that hold secrets by design (`data`, `headers`), or by its looks. It can still be sent
//! again once the router knows its format: names, times, ids and outcomes stay. The record itself
//! stays in the vault's own log. See `docs/redaction.md`.

use std::borrow::Cow;

use transform::redact;

/// SQS takes 1 MiB with the attributes; these and the reason among them are far below the rest.
const MAX_BYTES: usize = (1 << 20) - (16 << 10);

/// The record without its secrets, cut to what the dead-letter queue takes.
pub(crate) fn copy(text: &str) -> Cow<'_, str> {
    redact::copy(text, MAX_BYTES)
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

    #[test]
    fn a_copy_is_cut_to_fit_and_says_so() {
        let long = "not json ".repeat(120_000);
        let copy = copy(&long);
        assert!(copy.len() <= MAX_BYTES);
        assert!(copy.ends_with("bytes left out]"));
    }

    #[test]
    fn what_is_cut_or_quoted_is_searched_too() {
        for line in [
            r#"{"secret_key":"canary1"}"#,
            r#"{"access_key":"canary1","#,
            r#"{"unseal_key" : "canary1"}"#,
            r#"{"credentials":{"x":["canary1"#,
            r#"{"log":"{\"data\":{\"x\":\"canary1\"}}"}"#,
            r#"{"request":{"data":{"any":"canary1"#,
        ] {
            assert!(!copy(line).contains("canary1"), "{line} -> {}", copy(line));
        }
    }
}
