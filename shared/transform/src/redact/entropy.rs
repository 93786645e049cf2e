//! Strings that no person and no program writes but a random generator: keys without a known shape.
//!
//! Words, paths, host names and identifiers change seldom between lower case, upper case and digits; random
//! text in base 62 changes at six of ten places, random hex at almost five. That is counted, not Shannon's
//! entropy, which is high for any long path.

use std::ops::Range;

use super::scan::{Entropic, Hit, after, before, ends_with_any_case, extent};

/// Shorter strings are no keys: a UUID without dashes has 32.
const LEAST: usize = 32;

/// What stands before a digest that says so of itself.
const DIGEST_MARKS: [&[u8]; 8] =
    [b"sha256:", b"sha256-", b"sha1:", b"sha384:", b"sha512:", b"md5:", b"h1:", b"blake3:"];

/// Looks at one run of token characters.
pub(super) fn inspect(bytes: &[u8], run: &Range<usize>, entropic: Entropic, hits: &mut Vec<Hit>) {
    if run.len() < LEAST || is_digest_or_did(bytes, run) {
        return;
    }
    let mut found = false;
    let mut at = run.start;
    while at < run.end {
        let end = extent(bytes, at, |byte| byte.is_ascii_alphanumeric()).min(run.end);
        let part = at..end;
        if let Some(kind) = solid(bytes, &part, entropic) {
            hits.push(Hit { range: part, kind });
            found = true;
        }
        at = end + 1;
    }
    if !found && is_base64(bytes.get(run.clone()).unwrap_or_default()) {
        let end = extent(bytes, run.end, |byte| byte == b'=');
        hits.push(Hit { range: run.start..end, kind: "base64" });
    }
}

/// A stretch of letters and digits alone: hex, base 32, base 36, base 58, base 62.
fn solid(bytes: &[u8], part: &Range<usize>, entropic: Entropic) -> Option<&'static str> {
    if part.len() < LEAST {
        return None;
    }
    let text = bytes.get(part.clone())?;
    if text.iter().all(u8::is_ascii_hexdigit) {
        let is_thread = before(bytes, part.start).ends_with(b"th_") && text.len() == 64;
        let is_digest =
            entropic == Entropic::ExceptDigests && matches!(text.len(), 32 | 40 | 64 | 96 | 128);
        return (!is_thread && !is_digest && changes(text) * 5 >= text.len()).then_some("hex");
    }
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    (digits >= 3 && changes(text) * 4 >= text.len()).then_some("base64")
}

/// Base64 in either alphabet: all three kinds of characters, well mixed.
fn is_base64(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_lowercase)
        && text.iter().any(u8::is_ascii_digit)
        && changes(text) * 3 >= text.len()
}

/// How often the kind of character changes from one to the next.
fn changes(text: &[u8]) -> usize {
    text.windows(2).filter(|pair| matches!(pair, [a, b] if differ(*a, *b))).count()
}

fn differ(a: u8, b: u8) -> bool {
    a.is_ascii_alphanumeric()
        && b.is_ascii_alphanumeric()
        && (a.is_ascii_digit() != b.is_ascii_digit()
            || a.is_ascii_uppercase() != b.is_ascii_uppercase())
}

/// `sha256:…`, `hmac-sha256:…`, `SHA256:…` of an SSH key, `did:key:…`.
fn is_digest_or_did(bytes: &[u8], run: &Range<usize>) -> bool {
    let head = before(bytes, run.start);
    if DIGEST_MARKS.iter().any(|mark| ends_with_any_case(head, mark)) {
        return true;
    }
    if ends_with_any_case(after(bytes, run.start).get(..7).unwrap_or_default(), b"sha256-") {
        return true;
    }
    let word = head.iter().rposition(|byte| byte.is_ascii_whitespace() || *byte == b'"');
    head.last() == Some(&b':') && after(head, word.map_or(0, |at| at + 1)).starts_with(b"did:")
}
