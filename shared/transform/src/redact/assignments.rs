//! Secrets that stand behind a separator: `password=…`, `"token": "…"`, `Authorization: Bearer …`,
//! `scheme://user:password@host`, the signature of a presigned URL, a webhook's address.
//!
//! An equals sign assigns whatever the name; a colon also ends clauses (`invalid token: expired`), so that behind
//! one only names count that no sentence puts there, or names in quotes.

use super::Layers;
use super::keys::is_or_ends_in;
use super::scan::{Hit, after, before, ends_with_any_case, extent};

/// What a replacement begins with; nothing behind it is replaced again.
pub(super) const MARK: &[u8] = b"[redacted:";

/// Names that an equals sign gives a secret to, without `-` and `_`; a name may end in one.
const ASSIGNED: [(&str, &str); 23] = [
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("pwd", "password"),
    ("secret", "secret"),
    ("token", "token"),
    ("apikey", "apikey"),
    ("privatekey", "privatekey"),
    ("secretkey", "secret"),
    ("accesskey", "secret"),
    ("accountkey", "secret"),
    ("sharedaccesskey", "secret"),
    ("clientsecret", "secret"),
    ("secretaccesskey", "secret"),
    ("authorization", "authorization"),
    ("cookie", "cookie"),
    ("signature", "signature"),
    ("sig", "signature"),
    ("xamzcredential", "signature"),
    ("otp", "otp"),
    ("totp", "otp"),
    ("pin", "pin"),
    ("seed", "seed"),
];

/// Names that a colon gives a secret to even without quotes.
const HEADERS: [(&str, &str); 9] = [
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("apikey", "apikey"),
    ("xvaulttoken", "token"),
    ("xauthtoken", "token"),
    ("privatekey", "privatekey"),
    ("clientsecret", "secret"),
    ("secretkey", "secret"),
];

/// Authentication schemes (RFC 9110, section 11) and vendors' own.
const SCHEMES: [&[u8]; 8] = [
    b"bearer",
    b"basic",
    b"digest",
    b"token",
    b"splunk",
    b"apikey",
    b"negotiate",
    b"aws4-hmac-sha256",
];

/// Hosts at which the path is the secret, and where it begins.
const WEBHOOKS: [&[u8]; 6] = [
    b"hooks.slack.com/",
    b"discord.com/api/webhooks/",
    b"discordapp.com/api/webhooks/",
    b"events.pagerduty.com/integration/",
    b"chat.googleapis.com/",
    b"outlook.office.com/webhook/",
];

/// Looks at both sides of the separator at `at`.
pub(super) fn inspect(bytes: &[u8], at: usize, layers: Layers, hits: &mut Vec<Hit>) {
    let colon = bytes.get(at) == Some(&b':');
    if colon && layers.patterns && after(bytes, at).starts_with(b"://") {
        return address(bytes, at + 3, hits);
    }
    let last = before(bytes, at).last().copied().unwrap_or_default();
    if !ENDS_NAME[usize::from(last)] {
        return;
    }
    let Some(name) = name_before(bytes, at) else { return };
    let hit =
        if colon { header(bytes, at, &name, layers) } else { assigned(bytes, at, &name, layers) };
    hits.extend(hit);
}

/// What stands last before a separator that may give a secret: the last letters of all names in either case,
/// quotes, and what names may have behind them. Most separators are done with after this one look.
const ENDS_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let (mut list, mut at) = (0, 0);
    while list < 2 {
        let names: &[(&str, &str)] = if list == 0 { &ASSIGNED } else { &HEADERS };
        if at == names.len() {
            (list, at) = (list + 1, 0);
            continue;
        }
        let name = names[at].0.as_bytes();
        let last = name[name.len() - 1];
        table[last as usize] = true;
        table[last.to_ascii_uppercase() as usize] = true;
        at += 1;
    }
    table[b'"' as usize] = true;
    table[b'\'' as usize] = true;
    table[b'_' as usize] = true;
    table[b'-' as usize] = true;
    table
};

/// The name that stands before a separator.
struct Name<'b> {
    text: &'b [u8],
    quoted: bool,
}

fn name_before(bytes: &[u8], at: usize) -> Option<Name<'_>> {
    let mut head = before(bytes, at);
    let quoted = matches!(head.last(), Some(b'"' | b'\''));
    if quoted {
        head = head.split_last()?.1;
        head = head.strip_suffix(b"\\").unwrap_or(head); // JSON inside JSON
    }
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let start = head.iter().rposition(|byte| !inside(byte)).map_or(0, |at| at + 1);
    let text = after(head, start);
    let of_a_mark = before(head, start).ends_with(MARK);
    (text.len() >= 3 && !of_a_mark).then_some(Name { text, quoted })
}

fn assigned(bytes: &[u8], at: usize, name: &Name<'_>, layers: Layers) -> Option<Hit> {
    let kind = known(&ASSIGNED, name.text)?;
    if !(if kind == "signature" { layers.patterns } else { layers.keys }) {
        return None;
    }
    let value = Value::at(bytes, at + 1)?;
    let path = matches!(kind, "secret" | "token") && value.text(bytes).contains(&b'/');
    let path = path && value.text(bytes).iter().all(|byte| is_plain_path(*byte));
    (!path).then(|| value.hit(kind))
}

/// `secret=payments/prod/postgres` names a secret.
fn is_plain_path(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'/' | b'_' | b'-' | b'.')
}

fn header(bytes: &[u8], at: usize, name: &Name<'_>, layers: Layers) -> Option<Hit> {
    if !layers.keys {
        return None;
    }
    if known(&[("authorization", "authorization")], name.text).is_some() {
        return authorization(bytes, at);
    }
    let line = || extent(bytes, at + 1, |byte| !matches!(byte, b'\r' | b'\n'));
    if known(&[("cookie", "cookie")], name.text).is_some() && !name.quoted {
        let start = extent(bytes, at + 1, |byte| byte == b' ');
        let pairs = bytes.get(start..line())?;
        let fresh = pairs.contains(&b'=') && !pairs.starts_with(MARK);
        return fresh.then(|| Hit { range: start..line(), kind: "cookie" });
    }
    let kind = known(&HEADERS, name.text)
        .or_else(|| name.quoted.then(|| known(&ASSIGNED, name.text)).flatten())?;
    Value::at(bytes, at + 1).map(|value| value.hit(kind))
}

/// `Authorization: Bearer …`: the credentials behind a scheme that is known; a plain word is a sentence's.
fn authorization(bytes: &[u8], at: usize) -> Option<Hit> {
    let start = extent(bytes, at + 1, |byte| matches!(byte, b' ' | b'"' | b'\''));
    let end = extent(bytes, start, |byte| !matches!(byte, b' ' | b'"' | b'\'' | b'\r' | b'\n'));
    let first = bytes.get(start..end)?;
    if !SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme)) {
        let token = first.len() >= 8 && first.iter().any(u8::is_ascii_digit);
        let fresh = token && !first.starts_with(MARK);
        return fresh.then_some(Hit { range: start..end, kind: "authorization" });
    }
    let start = extent(bytes, end, |byte| byte == b' ');
    let end = if first.len() > 8 {
        extent(bytes, start, |byte| !matches!(byte, b'"' | b'\'' | b'\r' | b'\n'))
    } else {
        extent(bytes, start, |byte| !matches!(byte, b' ' | b'"' | b'\'' | b'\r' | b'\n'))
    };
    let fresh = end > start && !after(bytes, start).starts_with(MARK);
    fresh.then_some(Hit { range: start..end, kind: "authorization" })
}

/// The value behind a separator.
struct Value {
    start: usize,
    end: usize,
}

impl Value {
    fn at(bytes: &[u8], from: usize) -> Option<Value> {
        let start = extent(bytes, from, |byte| byte == b' ');
        let start = extent(bytes, start, |byte| byte == b'\\').min(start + 1);
        let (start, end) = match bytes.get(start) {
            Some(quote @ (b'"' | b'\'')) => {
                (start + 1, extent(bytes, start + 1, |byte| byte != *quote && byte != b'\\'))
            }
            _ => (start, extent(bytes, start, |byte| !ends_value(byte))),
        };
        let fresh = end > start && !after(bytes, start).starts_with(MARK);
        fresh.then_some(Value { start, end })
    }

    fn text<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }

    fn hit(&self, kind: &'static str) -> Hit {
        Hit { range: self.start..self.end, kind }
    }
}

fn ends_value(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b';' | b',' | b'&' | b'"' | b'\'' | b'<' | b'>' | b')' | b']' | b'}')
}

fn known(names: &[(&'static str, &'static str)], name: &[u8]) -> Option<&'static str> {
    let last = name.last()?.to_ascii_lowercase();
    names
        .iter()
        .find(|(known, _)| {
            known.as_bytes().last() == Some(&last) && is_or_ends_in(name, known.as_bytes())
        })
        .map(|(_, kind)| *kind)
}

/// What an address gives away: its user info, or its path at a webhook's host.
fn address(bytes: &[u8], start: usize, hits: &mut Vec<Hit>) {
    let end = extent(bytes, start, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'<' | b'>')
    });
    let rest = bytes.get(start..end).unwrap_or_default();
    if rest.starts_with(MARK) {
        return;
    }
    hits.extend(user_info(rest, start));
    for host in WEBHOOKS {
        let path = after(rest, host.len());
        if rest.len() > host.len() + 8
            && ends_with_any_case(before(rest, host.len()), host)
            && !path.starts_with(MARK)
        {
            hits.push(Hit { range: start + host.len()..end, kind: "webhook_url" });
        }
    }
    if let Some(at) = memchr::memmem::find(rest, b".webhook.office.com/") {
        let path = start + at + b".webhook.office.com/".len();
        if path < end && !after(bytes, path).starts_with(MARK) {
            hits.push(Hit { range: path..end, kind: "webhook_url" });
        }
    }
}

/// `user:password` before `@`; a user alone is no secret, unless it is as long as a token.
fn user_info(rest: &[u8], start: usize) -> Option<Hit> {
    let authority = extent(rest, 0, |byte| !matches!(byte, b'/' | b'?' | b'#'));
    let at = match memchr::memrchr(b'@', before(rest, authority)) {
        Some(at) => at,
        None => memchr::memchr(b'@', after(rest, authority))
            .filter(|_| has_password_with_slash(before(rest, authority)))
            .map(|at| authority + at)?,
    };
    let user = before(rest, at);
    (user.contains(&b':') || user.len() >= 16)
        .then_some(Hit { range: start..start + at, kind: "url_userinfo" })
}

/// `user:pa/ss@host` is against RFC 3986 and common; `host:8443/path@2` is neither.
fn has_password_with_slash(authority: &[u8]) -> bool {
    memchr::memchr(b':', authority).is_some_and(|colon| {
        let port = after(authority, colon + 1);
        !port.is_empty() && !port.iter().all(u8::is_ascii_digit) && !authority.starts_with(b"[")
    })
}
