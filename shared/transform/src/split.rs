//! The records of one message body or file.

/// One record, and the line it begins on, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// The record's text.
    pub text: &'a str,
    /// The line it begins on.
    pub line: usize,
}

/// The records of a body.
pub fn records(body: &str) -> impl Iterator<Item = RawRecord<'_>> {
    body.lines().enumerate().map(|(line, text)| RawRecord { text, line: line + 1 })
}
