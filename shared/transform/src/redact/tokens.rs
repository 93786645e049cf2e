//! Tokens that say by their shape what they are: by their [prefix](super::prefixes), by what stands before them, or by
//! the lengths of their parts (RFC 7519, RFC 7468 and vendors' own).

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::bytes::{after, before, begins_word, ends_with_any_case, extent, in_run};
use super::hit::Hit;
use super::prefixes::{self, DOTTED, PREFIXES, Prefix, dotted, word};
use super::values::extent_at_most;

/// Bytes before a run that are looked at for what makes it a secret.
const HEAD: usize = 64;

/// Looks at one run of token characters; where the last token ends.
pub(super) fn inspect(bytes: &[u8], run: &Range<usize>, hits: &mut Vec<Hit>) -> usize {
    let known = hits.len();
    match before(bytes, run.start).last() {
        Some(b'.' | b'~' | b'$') => {
            preceded(bytes, run, hits);
            azure(bytes, run, hits);
        }
        Some(b' ' | b'-' | b'\n' | b':' | b'|') => schemed(bytes, run, hits),
        _ => {}
    }
    let mut at = run.start;
    let mut begins = begins_word(bytes, at);
    while let Some(byte) = bytes.get(at).filter(|_| at < run.end) {
        if begins
            && let Some(two) = bytes.get(at + 1)
            && let Some(hit) = prefixed(bytes, at, prefixes::first(*byte, *two))
        {
            at = hit.range.end;
            hits.push(hit);
            begins = true;
        } else {
            begins = !byte.is_ascii_alphanumeric();
            at += 1;
        }
    }
    if hits.len() == known {
        hits.extend(parts(bytes, run));
    }
    hits.get(known..).unwrap_or_default().iter().map(|hit| hit.range.end).max().unwrap_or_default()
}

/// The token at this place, if it begins with one of the prefixes that are chained from `first` on.
fn prefixed(bytes: &[u8], at: usize, first: usize) -> Option<Hit> {
    let mut next = first;
    while let Some(prefix) = next.checked_sub(1).and_then(|place| PREFIXES.get(place)) {
        if after(bytes, at).starts_with(prefix.text)
            && let Some(hit) = followed(bytes, at, prefix)
        {
            return Some(hit);
        }
        next = prefixes::next(next - 1);
    }
    None
}

/// The token that begins with this prefix, if what must follow does.
fn followed(bytes: &[u8], at: usize, prefix: &Prefix) -> Option<Hit> {
    let begin = at + prefix.text.len();
    let most = prefix.most.saturating_add(1);
    let end = extent_at_most(bytes, begin, most, prefix.tail);
    if !(prefix.least..=prefix.most).contains(&(end - begin)) {
        return None;
    }
    // An exact length is one only where the word ends as well.
    let exact = prefix.most == usize::MAX || !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    exact.then(|| Hit { range: at..trimmed(bytes, end), kind: prefix.kind })
}

/// A token's end is not the sentence's.
fn trimmed(bytes: &[u8], end: usize) -> usize {
    let dots = before(bytes, end).iter().rev().take_while(|byte| **byte == b'.').count();
    end - dots
}

/// Runs behind a prefix that no run holds.
fn preceded(bytes: &[u8], run: &Range<usize>, hits: &mut Vec<Hit>) {
    let head = before(bytes, run.start);
    for (prefix, kind) in DOTTED {
        if head.ends_with(prefix) && begins_word(bytes, run.start - prefix.len()) {
            let long = !matches!(*kind, "mapbox" | "dropbox" | "yandex") || run.len() >= 40;
            let end = extent(bytes, run.end, |byte| dotted(byte) || byte == b'=');
            let parts = *kind != "harness" || end - run.end > 40;
            let start = if *kind == "terraform" {
                start_of(bytes, run.start, dotted)
            } else {
                run.start - prefix.len()
            };
            if long && parts {
                hits.push(Hit { range: start..trimmed(bytes, end), kind });
            }
        }
    }
    if let [.., b's' | b'b' | b'r', b'.'] = head
        && begins_word(bytes, run.start - 2)
        && is_old_vault_token(bytes.get(run.clone()).unwrap_or_default())
    {
        hits.push(Hit { range: run.start - 2..run.end, kind: "vault_token" });
    }
    if head.ends_with(b"hooks.slack.") && after(bytes, run.start).starts_with(b"com/") {
        hits.push(Hit { range: run.start + 4..run.end, kind: "webhook_url" });
    }
    let start = start_of(bytes, run.start, dotted);
    let first = bytes.get(start..run.start).unwrap_or_default();
    if matches!(first, b"v1." | b"V1.")
        && bytes.get(run.clone()).is_some_and(|text| text.starts_with(b"0-") && text.len() > 100)
    {
        hits.push(Hit { range: start..run.end, kind: "cloudflare" });
    }
    let authress = [b"sc_" as &[u8], b"ext_", b"scauth_", b"authress_"];
    if authress.iter().any(|prefix| first.starts_with(prefix))
        && memchr::memmem::find(first, b".acc").is_some()
    {
        let end = extent(bytes, run.end, |byte| in_run(byte) || byte == b'=');
        hits.push(Hit { range: start..end, kind: "authress" });
    }
}

/// Where the word begins that goes on at `at`; never far before.
fn start_of(bytes: &[u8], at: usize, inside: fn(u8) -> bool) -> usize {
    let head = before(bytes, at);
    at - head
        .iter()
        .rev()
        .take(HEAD)
        .position(|byte| !inside(*byte))
        .unwrap_or(head.len().min(HEAD))
}

/// Azure's client secrets have `Q~` at their fifth place.
fn azure(bytes: &[u8], run: &Range<usize>, hits: &mut Vec<Hit>) {
    let inside = |byte: u8| dotted(byte) || byte == b'~';
    let start = start_of(bytes, run.start, inside);
    let end = extent_at_most(bytes, run.end, HEAD, inside);
    let text = bytes.get(start..end).unwrap_or_default();
    if let Some(at) = memchr::memmem::find(text, b"Q~")
        && at >= 4
        && text.get(at - 1).is_some_and(u8::is_ascii_digit)
        && text.len() - at > 24
    {
        hits.push(Hit { range: start + at - 4..end, kind: "azure" });
    }
}

/// Runs behind a scheme or a number.
fn schemed(bytes: &[u8], run: &Range<usize>, hits: &mut Vec<Hit>) {
    let head = before(bytes, run.start);
    let digits = after(bytes, run.start).iter().take(run.len()).any(u8::is_ascii_digit);
    if digits && ends_with_any_case(head, b"bearer ") {
        let end = extent(bytes, run.end, |byte| in_run(byte) || matches!(byte, b'.' | b'~' | b'='));
        hits.push(Hit { range: run.start..end, kind: "bearer" });
    }
    if ends_with_any_case(head, b"basic ") {
        let end = extent(bytes, run.end, |byte| byte == b'=');
        if is_user_and_password(bytes.get(run.start..end).unwrap_or_default()) {
            hits.push(Hit { range: run.start..end, kind: "basic_auth" });
        }
    }
    let number = start_of(bytes, run.start - 1, |byte| byte.is_ascii_digit());
    let count = (run.start - 1) - number;
    let text = bytes.get(run.clone()).unwrap_or_default();
    if head.ends_with(b":")
        && (6..=16).contains(&count)
        && text.first() == Some(&b'A')
        && text.len() >= 33
    {
        let number = if before(bytes, number).ends_with(b"bot") { number - 3 } else { number };
        hits.push(Hit { range: number..run.end, kind: "telegram" });
    }
    if head.ends_with(b"|") && (15..=16).contains(&count) && (27..=40).contains(&text.len()) {
        hits.push(Hit { range: number..run.end, kind: "facebook_app" });
    }
}

/// Tokens that are known by the lengths of their parts.
fn parts(bytes: &[u8], run: &Range<usize>) -> Option<Hit> {
    if bytes.get(run.end) == Some(&b'.') {
        return dotted_parts(bytes, run);
    }
    if run.len() < 36 {
        return None;
    }
    // Paths hold them between slashes.
    let mut start = run.start;
    while start < run.end {
        let end = extent(bytes, start, |byte| in_run(byte) && byte != b'/');
        let text = bytes.get(start..end).unwrap_or_default();
        if let Some((range, kind)) = whole(text) {
            return Some(Hit { range: start + range.start..start + range.end, kind });
        }
        start = end + 1;
    }
    None
}

/// A whole name that is a token.
fn whole(text: &[u8]) -> Option<(Range<usize>, &'static str)> {
    let all = 0..text.len();
    let hex = |from: usize, to: usize| {
        text.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_hexdigit))
    };
    let tail = |from: usize| after(text, from);
    if matches!(text.len(), 36 | 37) && hex(0, 32) && tail(32).starts_with(b"-us") {
        return Some((all, "mailchimp"));
    }
    if text.len() == 50
        && hex(0, 32)
        && tail(32).first() == Some(&b'-')
        && hex(33, 41)
        && tail(41).first() == Some(&b'-')
        && hex(42, 50)
    {
        return Some((all, "mailgun"));
    }
    if text.len() == 40 && text.ends_with(b"_mmk") && text.get(6) == Some(&b'_') {
        return Some((all, "maxmind"));
    }
    if text.len() == 42 && text.starts_with(b"00") && mixed(text) {
        return Some((all, "okta"));
    }
    if text.len() == 64 && text.get(11..21) == Some(b"AAAAAAAAAA") {
        return Some((all, "dropbox_long"));
    }
    None
}

/// `pat…​.<64 hex>` of Airtable, and Discord's three parts.
fn dotted_parts(bytes: &[u8], run: &Range<usize>) -> Option<Hit> {
    let start = bytes
        .get(run.clone())?
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(run.start, |at| run.start + at + 1);
    let first = bytes.get(start..run.end)?;
    let end = extent(bytes, run.end + 1, word);
    let second = bytes.get(run.end + 1..end)?;
    if first.len() == 17
        && first.starts_with(b"pat")
        && second.len() >= 60
        && second.iter().all(u8::is_ascii_hexdigit)
    {
        return Some(Hit { range: start..end, kind: "airtable" });
    }
    let third_end = extent(bytes, end + 1, word);
    let discord = matches!(first.first(), Some(b'M' | b'N' | b'O'))
        && (23..=28).contains(&first.len())
        && second.len() == 6
        && bytes.get(end) == Some(&b'.')
        && third_end - end > 27;
    discord.then_some(Hit { range: start..third_end, kind: "discord" })
}

fn mixed(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_lowercase)
        && text.iter().any(u8::is_ascii_digit)
}

/// 24 characters of base 62, in both cases, as no word is.
fn is_old_vault_token(tail: &[u8]) -> bool {
    tail.len() == 24
        && tail.iter().all(u8::is_ascii_alphanumeric)
        && (tail.iter().any(u8::is_ascii_uppercase)
            || tail.iter().filter(|byte| byte.is_ascii_digit()).count() > 2)
        && tail.iter().any(u8::is_ascii_lowercase)
}

/// Base64 of `user:password`, RFC 7617.
fn is_user_and_password(encoded: &[u8]) -> bool {
    STANDARD.decode(encoded).is_ok_and(|plain| plain.contains(&b':'))
}

/// PEM blocks (RFC 7468), each from its BEGIN line to its END line, or to the text's end where that is cut off.
pub(super) fn pem(bytes: &[u8], hits: &mut Vec<Hit>) {
    // Its BEGIN line has a blank; ids and paths have none.
    if bytes.len() < 40 || memchr::memchr(b' ', bytes).is_none() {
        return;
    }
    let mut from = 0;
    while let Some(start) = memchr::memmem::find(after(bytes, from), b"-----BEGIN ") {
        let start = from + start;
        let end = match memchr::memmem::find(after(bytes, start), b"-----END ") {
            Some(at) => {
                let label = start + at + 9;
                let dashes = memchr::memmem::find(before(after(bytes, label), HEAD), b"-----");
                dashes.map_or(label, |dashes| label + dashes + 5)
            }
            None => bytes.len(),
        };
        hits.push(Hit { range: start..end, kind: "pem" });
        from = end;
    }
}
