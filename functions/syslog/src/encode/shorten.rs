//! A message that is too long loses free text: details from the last on, then as much as is needed of the user agent, the error's
//! message, the policy's reason, and last of the line for people.
//! Who, what, when and the id stay whole.

use transform::event::{Event, Text};
use transform::format::FormatError;

use super::Message;

/// The label of an event that was shortened.
const MARK: &str = "truncated";

type Cut = fn(&mut Event<'_>, usize);

const CUTS: [Cut; 4] = [
    |event, bytes| {
        if let Some(request) = &mut event.request {
            cut(&mut request.user_agent, bytes);
        }
    },
    |event, bytes| {
        if let Some(error) = &mut event.error {
            cut(&mut error.message, bytes);
        }
    },
    |event, bytes| {
        if let Some(policy) = &mut event.policy {
            cut(&mut policy.reason, bytes);
        }
    },
    |event, bytes| cut(&mut event.message, bytes),
];

/// Writes the message anew from `start` on with as much free text as fits.
pub(super) fn write(
    message: &Message,
    event: &Event<'_>,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let mut event = event.clone();
    if !event.labels.0.iter().any(|(name, _)| &**name == MARK) {
        event.labels.0.push((Text::from(MARK), Text::from("true")));
    }
    while again(message, &event, start, out)? > 0 && event.details.0.pop().is_some() {}
    for cut in CUTS {
        // First by what is too much; a text may be cut by its format already, so then all of it.
        for all in [false, true] {
            let excess = again(message, &event, start, out)?;
            if excess == 0 {
                return Ok(());
            }
            cut(&mut event, if all { usize::MAX } else { excess });
        }
    }
    again(message, &event, start, out).map(|_| ())
}

/// How many bytes the message is too long, written again.
fn again(
    message: &Message,
    event: &Event<'_>,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<usize, FormatError> {
    out.truncate(start);
    message.whole(event, out)?;
    Ok((out.len() - start).saturating_sub(message.limit))
}

/// Takes this many bytes off the end, at a character.
fn cut(text: &mut Option<Text<'_>>, bytes: usize) {
    let Some(whole) = text.take() else { return };
    let end = whole.floor_char_boundary(whole.len().saturating_sub(bytes));
    *text = whole.get(..end).filter(|left| !left.is_empty()).map(|left| left.to_owned().into());
}
