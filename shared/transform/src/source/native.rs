//! Events that are already of the contract: `"schema": "vault-audit/1"`.

use super::{ParseError, clean};
use crate::event::{Event, check};

/// Reads one event of the contract and checks its limits.
///
/// Strings are borrowed from `line`. Unknown members and repeated keys are refused.
pub fn parse(line: &str) -> Result<Event<'_>, ParseError> {
    match serde_json::from_str::<Event<'_>>(line) {
        Ok(event) => {
            check::check(&event)?;
            Ok(event)
        }
        Err(_) => Err(clean::explain::<Event<'_>>(line)),
    }
}
