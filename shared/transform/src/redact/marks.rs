//! What stands in a secret's place: `[redacted:<kind>:<characters>]`.
//!
//! Only a whole mark of a known kind is taken for one. A source can write `[redacted:x:1]` in front of a secret; what
//! merely begins like a mark is searched like any other text.

use super::bytes::{after, extent};
use super::{names, prefixes};

/// What a mark begins with.
pub(super) const MARK: &[u8] = b"[redacted:";

/// Kinds that stand neither in the list of names nor in the one of prefixes.
const KINDS: [&str; 16] = [
    "hex",
    "base64",
    "pem",
    "jwt",
    "bearer",
    "basic_auth",
    "url_userinfo",
    "webhook_url",
    "vault_token",
    "card",
    "iban",
    "key",
    "data",
    "azure",
    "token",
    "flag",
];

/// Longer kinds and counts are not ours.
const LONGEST_KIND: usize = 24;
const LONGEST_COUNT: usize = 8;

/// The mark for this secret.
pub(super) fn mark(kind: &str, secret: &str) -> String {
    format!("[redacted:{kind}:{}]", secret.chars().count())
}

/// Whether this is one mark and nothing else.
pub(super) fn is_mark(text: &str) -> bool {
    end_of_mark(text.as_bytes(), 0) == Some(text.len())
}

/// Where the mark ends that begins at `at`.
pub(super) fn end_of_mark(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = after(bytes, at).strip_prefix(MARK)?;
    let colon = rest.iter().take(LONGEST_KIND).position(|byte| *byte == b':')?;
    let kind = rest.get(..colon)?;
    let digits = extent(rest, colon + 1, |byte| byte.is_ascii_digit());
    let count = digits - colon - 1;
    let whole = (1..=LONGEST_COUNT).contains(&count) && rest.get(digits) == Some(&b']');
    (whole && is_kind(kind)).then_some(at + MARK.len() + digits + 1)
}

fn is_kind(kind: &[u8]) -> bool {
    KINDS.iter().any(|known| known.as_bytes() == kind)
        || names::is_kind(kind)
        || prefixes::is_kind(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_mark_of_a_known_kind_is_one() {
        for text in ["[redacted:password:7]", "[redacted:github:40]", "[redacted:card:16]"] {
            assert!(is_mark(text), "{text}");
        }
        for text in [
            "[redacted:x:1]",
            "[redacted:password:7]x",
            "[redacted:password:]",
            "[redacted:password:hunter2]",
            "[redacted:password:123456789]",
            "[redacted:hunter2:1]",
            "[redacted:password:7",
            "redacted:password:7]",
            "",
        ] {
            assert!(!is_mark(text), "{text}");
        }
    }
}
