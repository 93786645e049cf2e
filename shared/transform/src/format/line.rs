//! What the formats that are lines of `key=value` have in common.

use crate::event::Event;

/// Why it was refused or went wrong: a code before words.
pub(super) fn reason<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let policy = event.policy.as_ref();
    [
        policy.and_then(|policy| policy.reason_code.as_deref()),
        event.error.as_ref().and_then(|error| error.code.as_deref()),
        policy.and_then(|policy| policy.reason.as_deref()),
    ]
    .into_iter()
    .flatten()
    .next()
}

pub(super) fn message<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    [
        event.message.as_deref(),
        event.error.as_ref().and_then(|error| error.message.as_deref()),
        event.policy.as_ref().and_then(|policy| policy.reason.as_deref()),
    ]
    .into_iter()
    .flatten()
    .next()
}

/// Control characters are dropped, but for those that part words or lines.
pub(super) fn is_kept(letter: char) -> bool {
    !letter.is_control() || matches!(letter, '\n' | '\r' | '\t')
}

pub(super) fn push(out: &mut Vec<u8>, letter: char) {
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

pub(super) fn number(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}
