//! Records that could not be read, for a dead-letter queue.

use std::borrow::Cow;

use super::hit::{Entropic, Look};
use super::{Layers, replaced};

/// The longest note of a cut.
const NOTE: usize = 64;

/// A record of which nothing is known, without its secrets and at most `max_bytes` long.
///
/// It was not mapped by allow-list, so that members which hold secrets by design (`data`, `headers`, `body`,
/// `wrap_info`) go whole, in broken and cut JSON too. A copy that is cut ends in ` [cut: N of M bytes left out]`;
/// it is cut after its secrets were replaced, so that none is left in part.
///
/// ```
/// let copy = transform::redact::copy(r#"{"id":"e1","data":{"any":"x"}}"#, 1024);
/// assert_eq!(copy, r#"{"id":"e1","data":"[redacted:data:11]"}"#);
/// assert!(transform::redact::copy(&"a ".repeat(500), 100).ends_with("bytes left out]"));
/// ```
pub fn copy(text: &str, max_bytes: usize) -> Cow<'_, str> {
    let look = Look { layers: Layers::ALL, entropic: Entropic::Yes, places: true, depth: 0 };
    match replaced(text, look) {
        Some(clean) => fitted(Cow::Owned(clean), max_bytes),
        None => fitted(Cow::Borrowed(text), max_bytes),
    }
}

fn fitted(text: Cow<'_, str>, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        return text;
    }
    let kept = text.floor_char_boundary(max_bytes.saturating_sub(NOTE));
    let head = text.get(..kept).unwrap_or_default();
    // A mark that is cut says nothing and looks forged.
    let head = match head.rsplit_once("[redacted:") {
        Some((before, mark)) if !mark.contains(']') => before,
        _ => head,
    };
    let note = format!(" [cut: {} of {} bytes left out]", text.len() - head.len(), text.len());
    let note = note.get(..note.len().min(max_bytes)).unwrap_or_default();
    Cow::Owned(format!("{head}{note}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_never_longer_than_allowed_and_says_what_is_left_out() {
        let text = format!("{} password=hunter2 é", "a ".repeat(300));
        for max in 0..700 {
            let copy = copy(&text, max);
            assert!(copy.len() <= max, "{max}");
            assert!(!copy.contains("hunter2"));
            assert!(
                copy.len() < 100
                    || max >= text.len()
                    || copy.contains("bytes left out]")
                    || copy.ends_with('é'),
                "{max}: {copy}"
            );
        }
        assert!(copy(&text, 200).ends_with("bytes left out]"));
        assert_eq!(copy("short", 5), "short");
    }

    #[test]
    fn members_that_hold_secrets_by_design_go_in_broken_json_too() {
        for line in [
            r#"{"request":{"data":{"any":"canary1"}}}"#,
            r#"{"request":{"data":{"any":"canary1"}"#,
            r#"{"request":{"data":{"any":["x","canary1"#,
            r#"{"request":{"headers":{"x":["canary1"]}},"#,
            r#"{"wrap_info" : {"x":"canary1"}}"#,
            r#"{"wrap_info" : {"x":"canary1"}"#,
            r#"{"body":"can you see canary1"#,
            r#"{"log":"{\"data\":{\"x\":\"canary1\"}}"}"#,
            r#"{"log":"{\"data\":{\"x\":\"canary1\"}"}"#,
            r#"{"log":"{\"data\":{\"x\":\"canary1\"}"#,
            r#"{"secret_key":"canary1"}"#,
            r#"{"access_key":"canary1"}"#,
            r#"{"unseal_key":"canary1"}"#,
            r#"{"credentials":{"a":["canary1"]}}"#,
            r#"{"credentials":{"a":["canary1"]}"#,
            r#"{"unseal_keys":["x","canary1"]"#,
            r#"{"p\u0061ssword":"canary1"}"#,
            r#"{"a":1,"a":2,"p\u0061ssword":"canary1"}"#,
        ] {
            let copy = copy(line, 1024);
            assert!(!copy.contains("canary1"), "{line} -> {copy}");
        }
    }
}
