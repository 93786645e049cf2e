//! Secrets that stand behind a separator: `password = …`, `"token": "…"`, `<password>…`, `--password …`,
//! `Authorization: Bearer …`, `scheme://user:password@host`, the signature of a presigned URL, a webhook's address.
//!
//! An equals sign assigns whatever the name; a colon also ends clauses (`invalid token: expired`), so that behind
//! one only names count that no sentence puts there, longer names (`db_token`), names in quotes, or values that
//! look like secrets.

use std::ops::Range;

use super::addresses::Addresses;
use super::bytes::{after, before, extent};
use super::hit::{Hit, Look};
use super::marks::{MARK, end_of_mark};
use super::names::{self, InText, Name};
use super::values::{Values, extent_at_most};
use super::{entropy, marks};

/// Authentication schemes (RFC 9110, section 11) and vendors' own.
const SCHEMES: [&[u8]; 10] = [
    b"bearer",
    b"basic",
    b"digest",
    b"token",
    b"splunk",
    b"apikey",
    b"negotiate",
    b"ssws",
    b"genie" as &[u8],
    b"aws4-hmac-sha256",
];

/// What is written where a value is left out.
const PLACEHOLDERS: [&[u8]; 16] = [
    b"null",
    b"none",
    b"nil",
    b"true",
    b"false",
    b"undefined",
    b"empty",
    b"missing",
    b"required",
    b"expired",
    b"invalid",
    b"denied",
    b"redacted",
    b"[redacted]",
    b"hidden",
    b"masked",
];

/// Blanks that may stand between a name and its separator.
const BLANKS: usize = 4;
/// Longer values are never exempt.
const EXEMPT: usize = 128;

/// Credentials without a digit in so many bytes are a sentence.
const LONG: usize = 1024;

/// Looks at one text's separators, in order.
pub(super) struct Assignments {
    values: Values,
    addresses: Addresses,
    line: usize,
}

/// What stands before a separator.
struct Before<'b> {
    text: &'b [u8],
    quoted: bool,
}

impl Assignments {
    pub(super) fn new() -> Assignments {
        Assignments { values: Values::new(), addresses: Addresses::new(), line: 0 }
    }

    /// Looks at both sides of the separator at `at`.
    pub(super) fn inspect(&mut self, bytes: &[u8], at: usize, look: Look, hits: &mut Vec<Hit>) {
        let colon = bytes.get(at) == Some(&b':');
        if colon && look.layers.patterns && after(bytes, at).starts_with(b"://") {
            return self.addresses.inspect(bytes, at + 3, hits);
        }
        let last = before(bytes, at).last().copied().unwrap_or_default();
        if !names::may_end(last) {
            return;
        }
        let Some(name) = name_before(bytes, at) else { return };
        if look.places && colon && name.quoted && names::is_part(name.text) {
            let value = self.values.behind(bytes, at + 1);
            hits.extend(
                value
                    .filter(|value| !exempt(bytes, value))
                    .map(|range| Hit { range, kind: "data" }),
            );
            return;
        }
        let Some(found) = names::find(name.text) else {
            return hits.extend(some_key(bytes, at, &name, look));
        };
        let layer = if found.kind == "signature" { look.layers.patterns } else { look.layers.keys };
        if !layer || (found.in_text == InText::Never && !(colon && name.quoted)) {
            return;
        }
        hits.extend(match bytes.get(at) {
            Some(b':') => self.header(bytes, at, &name, found),
            Some(b'>') => self.element(bytes, at, &name, found),
            _ => self.assigned(bytes, at, &name, found),
        });
    }

    fn assigned(
        &mut self,
        bytes: &[u8],
        at: usize,
        name: &Before<'_>,
        found: &Name,
    ) -> Option<Hit> {
        if found.kind == "authorization" {
            return authorization(bytes, at, name.quoted);
        }
        let value = self.values.behind(bytes, at + 1)?;
        (!exempt(bytes, &value) && !names_something(bytes, &value, name.text, found))
            .then_some(Hit { range: value, kind: found.kind })
    }

    fn header(&mut self, bytes: &[u8], at: usize, name: &Before<'_>, found: &Name) -> Option<Hit> {
        if found.kind == "authorization" {
            return authorization(bytes, at, name.quoted);
        }
        if found.kind == "cookie" && !name.quoted {
            return self.cookies(bytes, at);
        }
        let value = self.values.behind(bytes, at + 1)?;
        if exempt(bytes, &value) || names_something(bytes, &value, name.text, found) {
            return None;
        }
        let text = bytes.get(value.clone())?;
        let sure = found.in_text == InText::Always
            || name.quoted
            || names::is_compound(name.text, found)
            || looks_secret(before(text, text.len().min(EXEMPT)))
            || (found.kind == "pin" || found.kind == "otp") && text.iter().all(u8::is_ascii_digit);
        sure.then_some(Hit { range: value, kind: found.kind })
    }

    /// `<password>…</password>`.
    fn element(&mut self, bytes: &[u8], at: usize, name: &Before<'_>, found: &Name) -> Option<Hit> {
        let start = at - name.text.len();
        if before(bytes, start).last() != Some(&b'<') {
            return None;
        }
        let value = self.values.behind(bytes, at + 1)?;
        (!exempt(bytes, &value)).then_some(Hit { range: value, kind: found.kind })
    }

    /// A header's whole line, if it has pairs.
    fn cookies(&mut self, bytes: &[u8], at: usize) -> Option<Hit> {
        let start = extent(bytes, at + 1, |byte| byte == b' ');
        if self.line <= start {
            self.line = extent(bytes, start, |byte| !matches!(byte, b'\r' | b'\n'));
        }
        let pairs = bytes.get(start..self.line)?;
        let fresh = before(pairs, pairs.len().min(LONG)).contains(&b'=')
            && end_of_mark(bytes, start) != Some(self.line);
        fresh.then_some(Hit { range: start..self.line, kind: "cookie" })
    }
}

/// Any other name that ends in `key`: a value that only a generator writes.
fn some_key(bytes: &[u8], at: usize, name: &Before<'_>, look: Look) -> Option<Hit> {
    // `did:key:` and the like are no assignments.
    let start = name.text.as_ptr().addr() - bytes.as_ptr().addr();
    let is_key = look.layers.keys
        && super::bytes::ends_with_any_case(name.text, b"key")
        && before(bytes, start).last() != Some(&b':');
    if !is_key || bytes.get(at) == Some(&b'>') {
        return None;
    }
    // Most are no secrets and looked at again: never to the text's end.
    let value = Values::new().behind(before(bytes, bytes.len().min(at + 2 * EXEMPT)), at + 1)?;
    let text = bytes.get(value.clone())?;
    (text.len() <= EXEMPT && entropy::is_random(text)).then_some(Hit { range: value, kind: "key" })
}

/// `--password …`, the value behind a blank.
pub(super) fn flags(bytes: &[u8], look: Look, hits: &mut Vec<Hit>) {
    let mut values = Values::new();
    for at in memchr::memmem::find_iter(bytes, b"--") {
        let start = at + 2;
        let end = extent_at_most(bytes, start, 64, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
        });
        let name = bytes.get(start..end).unwrap_or_default();
        if !look.layers.keys || bytes.get(end) != Some(&b' ') || bytes.get(end + 1) == Some(&b'-') {
            continue;
        }
        if let Some(found) = names::find(name).filter(|found| found.in_text != InText::Never)
            && let Some(range) = values.behind(bytes, end + 1)
            && !matches!(bytes.get(range.start), Some(b'<' | b'|' | b'>' | b'&'))
            && !exempt(bytes, &range)
            && !names_something(bytes, &range, name, found)
        {
            hits.push(Hit { range, kind: found.kind });
        }
    }
}

fn name_before(bytes: &[u8], at: usize) -> Option<Before<'_>> {
    let mut head = before(bytes, at);
    head = head.strip_suffix(b":").unwrap_or(head); // `password := x`
    for _ in 0..BLANKS {
        match head.split_last() {
            Some((b' ' | b'\t', rest)) => head = rest,
            _ => break,
        }
    }
    let quoted = matches!(head.last(), Some(b'"' | b'\'' | b'`'));
    if quoted {
        head = head.split_last()?.1;
        // JSON inside JSON
        while let Some(rest) = head.strip_suffix(b"\\") {
            head = rest;
        }
    }
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let start = head.iter().rposition(|byte| !inside(byte)).map_or(0, |at| at + 1);
    let text = after(head, start);
    let of_a_mark = before(head, start).ends_with(MARK)
        && end_of_mark(bytes, start.saturating_sub(MARK.len())).is_some();
    (text.len() >= 3 && !of_a_mark).then_some(Before { text, quoted })
}

/// `Authorization: Bearer …`: the credentials behind a scheme that is known; a plain word is a sentence's.
fn authorization(bytes: &[u8], at: usize, quoted: bool) -> Option<Hit> {
    let start = extent_at_most(bytes, at + 1, 16, |byte| {
        matches!(byte, b' ' | b'"' | b'\'' | b'\\' | b'=' | b'[')
    });
    let start = if bytes.get(start - 1) == Some(&b'[') && end_of_mark(bytes, start - 1).is_some() {
        start - 1
    } else {
        start
    };
    let ends = |byte: u8| matches!(byte, b' ' | b'"' | b'\'' | b'\r' | b'\n' | b'\\');
    let end = extent_at_most(bytes, start, LONG, |byte| !ends(byte));
    let first = bytes.get(start..end)?;
    let scheme = SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme));
    if !scheme || bytes.get(end) != Some(&b' ') {
        let token =
            first.len() >= 8 && first.iter().any(u8::is_ascii_digit) || quoted && !first.is_empty();
        let end = if token { extent(bytes, end, |byte| !ends(byte)) } else { end };
        let fresh = token && end_of_mark(bytes, start) != Some(end);
        return fresh.then_some(Hit { range: start..end, kind: "authorization" });
    }
    let start = extent_at_most(bytes, end, 8, |byte| byte == b' ');
    let long = first.len() > 8 || first.eq_ignore_ascii_case(b"digest");
    let end = extent(
        bytes,
        start,
        |byte| if long { !matches!(byte, b'\r' | b'\n') } else { !ends(byte) },
    );
    let fresh = end > start && end_of_mark(bytes, start) != Some(end);
    fresh.then_some(Hit { range: start..end, kind: "authorization" })
}

/// Whether the value is none: left out, masked, or to be put in later.
fn exempt(bytes: &[u8], value: &Range<usize>) -> bool {
    let text = bytes.get(value.clone()).unwrap_or_default();
    if text.len() > EXEMPT {
        return false;
    }
    let first = text.first().copied().unwrap_or_default();
    let plain = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b' ' | b'-'))
    };
    // The closing bracket may have ended the value.
    let inner = |open: &[u8], close: &[u8]| {
        let text = text.strip_prefix(open);
        text.is_some_and(|text| !text.is_empty() && plain(text.strip_suffix(close).unwrap_or(text)))
    };
    PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || (matches!(first, b'*' | b'.' | b'#') && text.iter().all(|byte| *byte == first))
        || (matches!(first, b'x' | b'X')
            && text.len() >= 3
            && text.iter().all(|byte| *byte == first))
        || inner(b"${", b"}")
        || inner(b"{{", b"}}")
        || inner(b"<", b">")
}

/// Whether what looks assigned is a quantity, or names a secret and is none: `secret=payments/prod/postgres`.
fn names_something(bytes: &[u8], value: &Range<usize>, name: &[u8], found: &Name) -> bool {
    let text = bytes.get(value.clone()).unwrap_or_default();
    if text.len() <= 10 && text.iter().all(u8::is_ascii_digit) {
        return names::is_quantity(name) || (name.eq_ignore_ascii_case(b"pass") && text.len() < 4);
    }
    if !matches!(found.kind, "secret" | "token") || text.len() > 1024 {
        return false;
    }
    let plain = text.iter().all(|byte| is_plain_path(*byte));
    let words = !names::is_compound(name, found) && found.kind == "secret" && are_words(text);
    plain && (text.contains(&b'/') || words)
}

/// `prod-db-credentials`: two words at least, in lower case.
fn are_words(text: &[u8]) -> bool {
    let is_word = |part: &[u8]| {
        (2..=16).contains(&part.len()) && part.iter().all(u8::is_ascii_lowercase)
            || (1..=2).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    let separated = text.iter().filter(|byte| matches!(byte, b'-' | b'_' | b'.')).count() > 0;
    separated && text.split(|byte| matches!(byte, b'-' | b'_' | b'.')).all(is_word)
}

fn is_plain_path(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'/' | b'_' | b'-' | b'.')
}

/// Letters and digits mixed as no word mixes them; names with dashes and versions are none.
fn looks_secret(text: &[u8]) -> bool {
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let separated = text.iter().any(|byte| matches!(byte, b'-' | b'/' | b'.'));
    text.len() >= 8
        && letters >= 3
        && text.iter().any(u8::is_ascii_digit)
        && !(separated && text.iter().all(|byte| is_plain_path(*byte)))
        && marks::end_of_mark(text, 0).is_none()
}
