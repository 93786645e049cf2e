//! Secrets go out of any text.

use transform::redact;

/// What a mark may add to each byte of a text: `[redacted:` and a kind where a short value stood, escaped twice at most.
const GROWTH: usize = 40;

/// Doing it again changes nothing, and what comes out is bounded by what went in.
pub(crate) fn text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let once = redact::text(&text);
    assert!(redact::text(&once) == once, "once is enough");
    assert!(once.len() <= 64 + GROWTH * text.len(), "linear");
    for limit in [0, 100, 1_000, usize::MAX] {
        assert!(redact::copy(&text, limit).len() <= limit, "within its limit");
    }
    let copy = redact::copy(&text, usize::MAX);
    assert!(redact::copy(&copy, usize::MAX) == copy, "a copy of a copy is the same");
}
