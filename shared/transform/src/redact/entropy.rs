//! Strings that no person and no program writes but a random generator: keys without a known shape.
//!
//! Words, paths, host names and identifiers change seldom between lower case, upper case and digits; random
//! text in base 62 changes at six of ten places, random hex at almost five. That is counted, not Shannon's
//! entropy, which is high for any long path.

use std::ops::Range;

use super::bytes::{after, before, ends_with_any_case, extent};
use super::hit::{Entropic, Hit};

/// Shorter strings are no keys: a UUID without dashes has 32.
const LEAST: usize = 32;
/// Where a name says that a key follows, shorter ones are.
const LEAST_KEY: usize = 16;
/// How many bytes before a digest may say that it is one.
const HEAD: usize = 40;

/// What stands before a digest that says so of itself, and how many hex digits it has.
const DIGEST_MARKS: [(&[u8], usize); 10] = [
    (b"sha256:", 64),
    (b"sha-256:", 64),
    (b"sha1:", 40),
    (b"sha224:", 56),
    (b"sha384:", 96),
    (b"sha512:", 128),
    (b"md5:", 32),
    (b"h1:", 64),
    (b"blake3:", 64),
    (b"blake2b:", 128),
];

/// Methods of DIDs (W3C) whose ids are public keys or digests.
const DIDS: [&[u8]; 6] =
    [b"did:key:", b"did:peer:", b"did:ion:", b"did:plc:", b"did:ethr:", b"did:jwk:"];

/// Words that stand before a digest or an id in a sentence.
const DIGEST_WORDS: [&[u8]; 40] = [
    b"commit",
    b"commits",
    b"sha",
    b"sha1",
    b"sha256",
    b"sha512",
    b"md5",
    b"digest",
    b"hash",
    b"checksum",
    b"container",
    b"containerid",
    b"image",
    b"revision",
    b"rev",
    b"tree",
    b"blob",
    b"layer",
    b"etag",
    b"fingerprint",
    b"thumbprint",
    b"id",
    b"trace",
    b"traceid",
    b"span",
    b"build",
    b"head",
    b"parent",
    b"merge",
    b"serial",
    b"object",
    b"docker",
    b"thread",
    b"block",
    b"manifest",
    b"artifact",
    b"snapshot",
    b"chunk",
    b"ref",
    b"uuid",
];

/// Words that stand before a key.
const KEY_WORDS: [&[u8]; 10] = [
    b"key",
    b"token",
    b"secret",
    b"password",
    b"credential",
    b"credentials",
    b"apikey",
    b"auth",
    b"seed",
    b"unseal",
];

/// Looks at one run of token characters.
pub(super) fn inspect(bytes: &[u8], run: &Range<usize>, entropic: Entropic, hits: &mut Vec<Hit>) {
    if run.len() < LEAST || says_digest(bytes, run) {
        return;
    }
    let text = bytes.get(run.clone()).unwrap_or_default();
    let padded = extent(bytes, run.end, |byte| byte == b'=');
    let standard = text.contains(&b'+') || padded > run.end;
    if standard && is_base64(text) && !is_path(text) {
        return hits.push(Hit { range: run.start..padded, kind: "base64" });
    }
    let known = hits.len();
    let mut at = run.start;
    while at < run.end {
        let end = extent(bytes, at, |byte| byte.is_ascii_alphanumeric()).min(run.end);
        if let Some(kind) = solid(bytes, &(at..end), entropic) {
            let range = if kind == "base64" { widened(bytes, run, at..end) } else { at..end };
            at = range.end;
            hits.push(Hit { range, kind });
        } else {
            at = end;
        }
        at += 1;
    }
    if hits.len() == known && is_base64(text) {
        hits.push(Hit { range: run.start..padded, kind: "base64" });
    }
}

/// Whether a value that a name calls a key is one.
pub(super) fn is_random(text: &[u8]) -> bool {
    let inside = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
    };
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    text.len() >= LEAST_KEY
        && text.iter().all(inside)
        && digits >= 2
        && letters >= 3
        && changes(text) * 4 >= text.len()
        && !is_uuid(text)
        && !(matches!(text.len(), 32 | 40 | 64 | 96 | 128)
            && text.iter().all(u8::is_ascii_hexdigit))
}

/// A stretch of letters and digits alone: hex, base 32, base 36, base 58, base 62.
fn solid(bytes: &[u8], part: &Range<usize>, entropic: Entropic) -> Option<&'static str> {
    if part.len() < LEAST {
        return None;
    }
    let text = bytes.get(part.clone())?;
    if text.iter().all(u8::is_ascii_hexdigit) {
        let spared = matches!(text.len(), 32 | 40 | 64 | 96 | 128)
            && (entropic == Entropic::ExceptDigests || is_digest_here(bytes, part));
        return (!spared && changes(text) * 5 >= text.len()).then_some("hex");
    }
    // Store paths of Nix and Guix begin with a digest in base 32.
    let in_store = before(bytes, part.start).ends_with(b"/store/") && part.len() == LEAST;
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    (digits >= 3 && changes(text) * 4 >= text.len() && !in_store).then_some("base64")
}

/// A hex string of a digest's length in free text: whether what stands before it calls it a digest.
fn is_digest_here(bytes: &[u8], part: &Range<usize>) -> bool {
    let head = before(bytes, part.start);
    if head.ends_with(b"th_") || head.ends_with(b"00-") {
        return true;
    }
    if head.last().is_some_and(|byte| matches!(byte, b'/' | b'@' | b'.' | b'^')) {
        return true; // a path, an image, a range of commits
    }
    let near = after(head, head.len().saturating_sub(HEAD));
    let words =
        || near.split(|byte| !byte.is_ascii_alphanumeric()).rev().filter(|word| !word.is_empty());
    let among = |list: &[&[u8]]| {
        words().take(3).position(|word| list.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    match (among(&DIGEST_WORDS), among(&KEY_WORDS)) {
        (Some(digest), Some(key)) => digest < key,
        (Some(_), None) => true,
        // Git's own length: far more commits than keys are written down.
        (None, key) => part.len() == 40 && key.is_none(),
    }
}

/// The random stretch with the parts of its base64 around it, which `+`, `/`, `-` and `_` cut off; words stay.
fn widened(bytes: &[u8], run: &Range<usize>, part: Range<usize>) -> Range<usize> {
    let is_part = |text: &[u8]| !text.is_empty() && !is_word(text);
    let (mut start, mut end) = (part.start, part.end);
    while start > run.start {
        let head = bytes.get(run.start..start - 1).unwrap_or_default();
        let from =
            head.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        if !is_part(after(head, from)) {
            break;
        }
        start = run.start + from;
    }
    while end < run.end {
        let to = extent(bytes, end + 1, |byte| byte.is_ascii_alphanumeric()).min(run.end);
        if !is_part(bytes.get(end + 1..to).unwrap_or_default()) {
            break;
        }
        end = to;
    }
    start..extent(bytes, end, |byte| byte == b'=')
}

/// `payments`, `Billing`, `db01`, `V1`: letters of one case, perhaps with a capital first and digits last.
fn is_word(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, digits) = text.split_at_checked(letters).unwrap_or_default();
    digits.iter().all(u8::is_ascii_digit)
        && (word.iter().skip(1).all(u8::is_ascii_lowercase)
            || word.iter().all(u8::is_ascii_uppercase))
}

/// Whether most parts between slashes are words.
fn is_path(text: &[u8]) -> bool {
    let parts = || text.split(|byte| matches!(byte, b'/' | b'-' | b'_' | b'+'));
    let words = parts().filter(|part| part.len() > 3 && is_word(part)).count();
    words * 2 > parts().filter(|part| part.len() > 3).count()
}

/// Base64 in either alphabet: all three kinds of characters, well mixed.
fn is_base64(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_lowercase)
        && text.iter().any(u8::is_ascii_digit)
        && changes(text) * 3 >= text.len()
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.split(|byte| *byte == b'-').count() == 5
        && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
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

/// `sha256:…`, `hmac-sha256:…`, `SHA256:…` of an SSH key, `sha256-…` of a web page, `did:key:…`; each only with what
/// such a digest looks like.
fn says_digest(bytes: &[u8], run: &Range<usize>) -> bool {
    let head = before(bytes, run.start);
    let text = bytes.get(run.clone()).unwrap_or_default();
    if head.last() == Some(&b':') {
        let length = DIGEST_MARKS.iter().find(|(mark, _)| ends_with_any_case(head, mark));
        return match length {
            Some((b"sha256:", _)) if text.len() == 43 => head.ends_with(b"SHA256:"),
            Some((_, length)) => text.len() == *length && text.iter().all(u8::is_ascii_hexdigit),
            None => is_did(head),
        };
    }
    let lengths = [(b"sha256-" as &[u8], 43), (b"sha384-", 64), (b"sha512-", 86)];
    lengths.iter().any(|(mark, length)| {
        text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
            && text.len() == mark.len() + length
    })
}

fn is_did(head: &[u8]) -> bool {
    DIDS.iter().any(|did| ends_with_any_case(head, did))
}
