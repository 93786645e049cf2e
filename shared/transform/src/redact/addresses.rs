//! What an address gives away: its user info, or its path at a webhook's host.

use super::bytes::{after, before, ends_with_any_case, extent};
use super::hit::Hit;
use super::marks::{MARK, end_of_mark};

/// Hosts at which the path is the secret, and where it begins.
const WEBHOOKS: [&[u8]; 8] = [
    b"hooks.slack.com/",
    b"hooks.slack-gov.com/",
    b"discord.com/api/webhooks/",
    b"discordapp.com/api/webhooks/",
    b"events.pagerduty.com/integration/",
    b"chat.googleapis.com/",
    b"outlook.office.com/webhook/",
    b"api.telegram.org/bot",
];
/// The longest host part of them, and what may stand before it.
const HOST: usize = 256;

/// Looks at one text's addresses, remembering where the next blank is: many addresses in a row stay linear.
pub(super) struct Addresses {
    end: usize,
}

impl Addresses {
    pub(super) fn new() -> Addresses {
        Addresses { end: 0 }
    }

    /// Looks at what stands behind `://`.
    pub(super) fn inspect(&mut self, bytes: &[u8], start: usize, hits: &mut Vec<Hit>) {
        if self.end <= start {
            self.end = extent(bytes, start, |byte| {
                !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'<' | b'>')
            });
        }
        let end = self.end;
        let rest = bytes.get(start..end).unwrap_or_default();
        hits.extend(user_info(rest, start));
        let host = before(rest, rest.len().min(HOST));
        let path = WEBHOOKS.iter().find_map(|name| {
            (rest.len() > name.len() + 8 && ends_with_any_case(before(rest, name.len()), name))
                .then_some(name.len())
        });
        let office = b".webhook.office.com/";
        let path = path.or_else(|| Some(memchr::memmem::find(host, office)? + office.len()));
        if let Some(path) = path.map(|path| start + path)
            && path < end
            && end_of_mark(bytes, path) != Some(end)
        {
            hits.push(Hit { range: path..end, kind: "webhook_url" });
        }
    }
}

/// `user:password` before `@`; a user alone is no secret, unless it is as long as a token.
fn user_info(rest: &[u8], start: usize) -> Option<Hit> {
    let authority = extent(rest, 0, |byte| !matches!(byte, b'/' | b'?' | b'#'));
    let at = match memchr::memrchr(b'@', before(rest, authority)) {
        Some(at) => at,
        None => memchr::memchr(b'@', before(after(rest, authority), HOST))
            .filter(|_| has_password_with_slash(before(rest, authority)))
            .map(|at| authority + at)?,
    };
    let user = before(rest, at);
    let is_mark = user.starts_with(MARK) && end_of_mark(user, 0) == Some(user.len());
    ((user.contains(&b':') || user.len() >= 16) && !is_mark)
        .then_some(Hit { range: start..start + at, kind: "url_userinfo" })
}

/// `user:pa/ss@host` is against RFC 3986 and common; `host:8443/path@2` is neither.
fn has_password_with_slash(authority: &[u8]) -> bool {
    memchr::memchr(b':', authority).is_some_and(|colon| {
        let port = after(authority, colon + 1);
        !port.is_empty() && !port.iter().all(u8::is_ascii_digit) && !authority.starts_with(b"[")
    })
}
