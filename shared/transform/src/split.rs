//! The records of one message body or file.
//!
//! A record is what stands between a brace and the brace that closes it, wherever the line breaks are: one object, an
//! object printed over many lines, NDJSON, objects one after the other, the elements of an array, the rows of an
//! answer `{"data":[…]}`. Before a record a line may carry a prefix (an audit device's `prefix`, a syslog header).
//! Blank lines, lines that begin with `#`, carriage returns and a byte order mark are passed over. A line of a container
//! runtime that is a part of a longer one, and a JSON string, are records too: [`crate::wrapper`] looks into them. All else is handed
//! on as a record too, for the reader to refuse: nothing is lost silently.
//!
//! A record that is cut off or garbled ends at the next line that begins another one, so that it never takes its
//! neighbours with it. Time is linear in the input, whatever its nesting.
//!
//! [`records`] cuts a text that is in memory; [`Splitter`] cuts a stream of any size in bounded memory.

pub(crate) mod cri;
mod cutter;
pub(crate) mod slim;
mod splitter;

pub use self::splitter::{Piece, Splitter};

use self::cutter::{Cut, Cutter};

/// The contract's limit of an input record, without what no reader keeps: 256 KiB.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;

/// A record, or a wrapper around several, is kept whole up to this size; beyond it, what no reader keeps is left
/// out while it is read.
pub const MAX_WHOLE_BYTES: usize = 4 * 1024 * 1024;

/// One record, and the line it begins on, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// The record's text, without what surrounds it.
    pub text: &'a str,
    /// The line it begins on.
    pub line: usize,
    /// What stands before it on its line: a time, a syslog header.
    pub prefix: &'a str,
}

/// The records of a body.
pub fn records(body: &str) -> impl Iterator<Item = RawRecord<'_>> {
    let mut cutter = Cutter::default();
    std::iter::from_fn(move || match cutter.next(body.as_bytes(), true) {
        Cut::More => None,
        Cut::Record { range, line, prefix } => {
            // The borders are ASCII characters, so that the text is always there.
            let text = |range| body.get(range).unwrap_or_default();
            Some(RawRecord { text: text(range), line, prefix: text(prefix) })
        }
    })
}

#[cfg(test)]
mod tests;
