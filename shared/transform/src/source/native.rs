//! Events that are already of the contract: `"schema": "vault-audit/1"`.

use super::ParseError;
use crate::event::{Event, check};
use crate::json::cursor::{self, Read};

/// Reads one event of the contract and checks its limits.
///
/// Strings are borrowed from `line`. Unknown members and repeated keys are refused.
pub fn parse(line: &str) -> Result<Event<'_>, ParseError> {
    let mut event = Event::blank();
    cursor::fill(&mut event, line).map_err(|error| match *error {
        ParseError::Member(fault) if fault.member.is_empty() => {
            ParseError::member("record", "must be an object")
        }
        error => error,
    })?;
    check::check(&event)?;
    Ok(event)
}
