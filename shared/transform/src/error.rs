//! Why a record could not be read: which member, and what is wrong with it; never its content.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A record that is no event of a known format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON at all.
    #[error("not valid JSON at line {line}, column {column}: {problem}")]
    Syntax {
        /// Line within the record, from 1.
        line: usize,
        /// Column within the line, from 1.
        column: usize,
        /// What was expected there.
        problem: &'static str,
    },
    /// JSON, but of no format that is known.
    #[error("no known audit format{}", nearest(*.0))]
    UnknownFormat(Option<Nearest>),
    /// Something that is known, and holds no record that can be read.
    #[error("{0}")]
    Unsupported(&'static str),
    /// What is wrong with a record that came in a wrapper of this name.
    #[error("in {wrapper}: {problem}")]
    Wrapped {
        /// The wrapper's name, as in `origin.wrapper.type`.
        wrapper: Box<str>,
        /// What is wrong with what is in it.
        problem: Box<ParseError>,
    },
    /// A known format, but a member is wrong.
    #[error(transparent)]
    Member(#[from] Fault),
    /// Larger than the contract's limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not text.
    #[error("not valid UTF-8")]
    Encoding,
    /// A bug of ours, met at this record.
    #[error("reading it panicked; please report it")]
    Panicked,
}

/// The format that a record comes closest to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The format's name.
    pub format: &'static str,
    /// The first member of it that the record does not have.
    pub missing: &'static str,
}

/// A member that breaks the contract, and what is wrong with it; never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{member}` {problem}")]
pub struct Fault {
    /// The member's path: `labels.env`, `integrity.sequence`.
    pub member: Cow<'static, str>,
    /// What is wrong: `is longer than 256 characters`.
    pub problem: Cow<'static, str>,
}

impl Fault {
    /// A fault of this member.
    pub fn new(
        member: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Fault {
        Fault { member: member.into(), problem: problem.into() }
    }
}

fn nearest(nearest: Option<Nearest>) -> String {
    match nearest {
        Some(Nearest { format, missing }) => {
            format!("; nearest is {format}, but `{missing}` is missing")
        }
        None => String::new(),
    }
}

/// What the reading of one record comes to. A panic is this record's own: its neighbours are read.
pub(crate) fn caught<T>(read: impl FnOnce() -> Result<T, ParseError>) -> Result<T, ParseError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(ParseError::Panicked))
}

impl ParseError {
    /// The error with the name of the wrapper around the record, if there was one.
    pub(crate) fn within(self, wrapper: &str) -> ParseError {
        if wrapper.is_empty() {
            return self;
        }
        ParseError::Wrapped { wrapper: wrapper.into(), problem: Box::new(self) }
    }

    /// A fault of this member.
    pub(crate) fn member(name: &'static str, problem: &'static str) -> ParseError {
        ParseError::Member(Fault::new(name, problem))
    }

    /// Reads out of serde's error what may be told: it repeats the value that it refuses.
    ///
    /// `path` is the member's path where one is known.
    pub fn from_json(error: &serde_json::Error, path: &str) -> ParseError {
        use serde_json::error::Category;
        match error.classify() {
            Category::Data => ParseError::Member(data_fault(&error.to_string(), path)),
            category => ParseError::Syntax {
                line: error.line(),
                column: error.column(),
                problem: match category {
                    Category::Eof => "the record ends too early",
                    _ => "unexpected character",
                },
            },
        }
    }
}

/// A member, named later by [`within`], that is of another kind than the contract has it.
#[cold]
pub(crate) fn wrong(expected: &str) -> Box<ParseError> {
    Box::new(Fault::new("", format!("must be {expected}")).into())
}

/// A member that the contract does not have.
#[cold]
pub(crate) fn unknown(name: &str) -> Box<ParseError> {
    Box::new(Fault::new(shown(name), NOT_A_MEMBER).into())
}

/// The error told with the name of the member in which it arose.
#[cold]
pub(crate) fn within(name: &str, mut error: Box<ParseError>) -> Box<ParseError> {
    if let ParseError::Member(fault) = &mut *error {
        let name = shown(name);
        fault.member = if fault.member.is_empty() {
            name.into()
        } else {
            format!("{name}.{}", fault.member).into()
        };
    }
    error
}

const NOT_A_MEMBER: &str = "is not a member of the contract; use `details`";

/// serde's messages begin with fixed words; names after them are ours where the member is missing, and the
/// record's where it is unknown.
fn data_fault(message: &str, path: &str) -> Fault {
    let parent = if path == "." { "" } else { path };
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        return Fault::new(join(parent, quoted), "is missing");
    }
    if message.starts_with("unknown field") {
        return Fault::new(unknown_path(parent, quoted), NOT_A_MEMBER);
    }
    if message.starts_with("duplicate field") {
        return Fault::new(join(parent, quoted), "is there twice");
    }
    if message.starts_with("the same key twice") {
        return Fault::new(shown(parent), "has the same key twice");
    }
    match message.split_once("expected ") {
        Some((_, expected)) => {
            let expected = expected.split(" at line ").next().unwrap_or_default();
            Fault::new(shown(parent), format!("must be {expected}"))
        }
        None => Fault::new(shown(parent), "is not as the contract has it"),
    }
}

/// The path that serde gives puts an unknown member's own name at the end of the path.
fn unknown_path(parent: &str, name: &str) -> String {
    let name = if harmless(name) { name } else { "(unprintable name)" };
    let parent = parent.strip_suffix(name).map_or(parent, |rest| rest.trim_end_matches('.'));
    join(parent, name)
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{}.{name}", shown(parent)) }
}

/// A path, as far as its parts look like members and not like content.
fn shown(path: &str) -> String {
    if path.is_empty() {
        return "record".to_owned();
    }
    let parts: Vec<&str> = path
        .split('.')
        .map(|part| if harmless(part) { part } else { "(unprintable name)" })
        .collect();
    parts.join(".")
}

/// Whether this looks like a member's name and not like a credential that slipped into one.
fn harmless(name: &str) -> bool {
    let count = |wanted: fn(&u8) -> bool| name.bytes().filter(wanted).count();
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']'))
        && count(u8::is_ascii_uppercase) < 6
        && count(u8::is_ascii_digit) < 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_its_record() {
        let read = |line: &str| match line {
            "bomb" => panic!("a bug of the reader"),
            line => Ok(line.len()),
        };
        let found = ["a", "bomb", "bcd"].map(|line| caught(|| read(line)));
        assert_eq!(found, [Ok(1), Err(ParseError::Panicked), Ok(3)]);
    }
}
