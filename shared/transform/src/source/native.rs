//! Events that are already of the contract: `"schema": "vault-audit/1"`.

use super::ParseError;
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
        Err(_) => Err(explain(line)),
    }
}

/// Reads the line again, slowly, to say which member was at fault.
fn explain(line: &str) -> ParseError {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    match serde_path_to_error::deserialize::<_, Event<'_>>(&mut deserializer) {
        Err(error) => {
            let path = error.path().to_string();
            ParseError::from_json(error.inner(), &path)
        }
        Ok(_) => ParseError::Syntax {
            line: 1,
            column: 1,
            problem: "something follows the end of the record",
        },
    }
}
