//! Events that are already of the contract: `"schema": "vault-audit/1"`.

use super::ParseError;
use crate::error::caught;
use crate::event::{Event, check};
use crate::json::cursor::{self, Read, Unknown};

/// Reads one event of the contract and checks its limits.
///
/// Strings are borrowed from `line`. Unknown members and repeated keys are refused.
pub fn parse(line: &str) -> Result<Event<'_>, ParseError> {
    read(line, Unknown::Refused)
}

/// Reads one event that was written here before, maybe by a newer version: what it does not know it passes over,
/// so that an update which reaches the router first sends no event to a dead-letter queue.
///
/// # Errors
/// As [`parse`], but for unknown members; an unknown word becomes the vocabulary's most general one.
pub fn parse_hop(line: &str) -> Result<Event<'_>, ParseError> {
    caught(|| read(line, Unknown::Passed))
}

fn read(line: &str, unknown: Unknown) -> Result<Event<'_>, ParseError> {
    let mut event = Event::blank();
    cursor::fill(&mut event, line, unknown).map_err(|error| match *error {
        ParseError::Member(fault) if fault.member.is_empty() => {
            ParseError::member("record", "must be an object")
        }
        error => error,
    })?;
    check::check(&event)?;
    Ok(event)
}
