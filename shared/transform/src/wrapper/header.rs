//! What stands before a record on its line: a container runtime's header, a syslog header (RFC 5424, RFC 3164).

use crate::event::{Text, Time, Wrapper};
use crate::split::cri;

/// What the text before a record tells; nothing if it is no header that we know.
pub(super) fn before(prefix: &str) -> Option<Wrapper<'static>> {
    if prefix.is_empty() {
        return None;
    }
    if let Some(header) = cri::header(prefix.as_bytes()) {
        return Some(runtime(&header));
    }
    syslog(prefix)
}

/// What a container runtime's header tells.
pub(super) fn runtime(header: &cri::Header<'_>) -> Wrapper<'static> {
    Wrapper {
        kind: Text::from("cri"),
        time: Time::parse(header.time),
        stream: Some(Text::from(header.stream)),
        ..Wrapper::default()
    }
}

/// What a syslog header tells: `<134>1 2026-11-21T20:59:59Z host vault 77 - -`, `<134>Nov 21 20:59:59 host vault[77]:`;
/// files often lack the part in angle brackets.
///
/// RFC 3164's time has neither year nor zone, so that it is left out.
pub(super) fn syslog(prefix: &str) -> Option<Wrapper<'static>> {
    let (rest, with_priority) = match priority(prefix) {
        Some(rest) => (rest, true),
        None => (prefix, false),
    };
    let mut words = rest.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let about = |time, host: Option<&str>| Wrapper {
        kind: Text::from("syslog"),
        time,
        host: host.filter(|host| is_host(host)).map(|host| Text::from(host.to_owned())),
        ..Wrapper::default()
    };
    if first == "1" && with_priority {
        let time = words.next().and_then(Time::parse);
        return Some(about(time, words.next()));
    }
    if MONTHS.contains(&first) && words.next().is_some_and(is_day) {
        words.next().filter(|time| time.contains(':'))?;
        return Some(about(None, words.next()));
    }
    // rsyslog's own file format has RFC 3339 times.
    if let Some(time) = Time::parse(first) {
        let host = words.next();
        return (with_priority || words.next().is_some_and(|tag| tag.contains(':')))
            .then(|| about(Some(time), host));
    }
    with_priority.then(|| about(None, None))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn is_day(word: &str) -> bool {
    word.parse().is_ok_and(|day: u8| (1..=31).contains(&day))
}

fn is_host(word: &str) -> bool {
    word != "-" && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte))
}

/// What follows `<134>`.
fn priority(text: &str) -> Option<&str> {
    let (number, rest) = text.strip_prefix('<')?.split_once('>')?;
    (number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syslog_headers_tell_host_and_time() {
        let time = "2026-11-21T20:59:59.5Z";
        for (prefix, host, with_time) in [
            (format!("<134>1 {time} node-1 vault 77 - - "), Some("node-1"), true),
            (format!("<134>1 {time} - vault 77 - [x@1 a=\"b\"] "), None, true),
            ("<134>Nov 21 20:59:59 node-1 vault[77]: ".into(), Some("node-1"), false),
            ("Nov  1 20:59:59 node-1 vault[77]: ".into(), Some("node-1"), false),
            (format!("{time} node-1 vault[77]: "), Some("node-1"), true),
            ("<13>vault: ".into(), None, false),
        ] {
            let about = before(&prefix).unwrap();
            assert_eq!(about.kind.as_str(), "syslog");
            assert_eq!(about.host.as_deref(), host, "{prefix}");
            assert_eq!(about.time, Time::parse(time).filter(|_| with_time), "{prefix}");
        }
        assert_eq!(before("@cee: "), None);
        assert_eq!(before("[2026-11-21] "), None);
    }
}
