//! The one language of settings.
//!
//! `[export.adapters.config]` and `[export.adapters.filter]` of `config.toml`, the stack's parameters `…Settings`,
//! `…Filter` and `SourceSettings`, and a route's filter are all read here. A text is TOML, as lines or in the form of
//! an inline table, for a console's text box:
//!
//! ```text
//! index = "security"            index = "security", ack = true
//! ack = true
//! ```
//!
//! An error names the key, the place and what is expected, and never the refused value: it may be a credential
//! that was put into the wrong place.

mod describe;
mod document;
mod expected;

use transform::filter::Filter;

pub use self::describe::{Setting, describe};
pub use self::document::{Document, Entries};

/// A setting that is missing or wrong. The text names it and never holds its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// The key, behind the file or parameter, line and column where they are known.
    pub place: String,
    /// What is wrong, and what is expected.
    pub problem: String,
}

impl ConfigError {
    /// A problem with one setting, named by its key (`endpoint`).
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> ConfigError {
        ConfigError { place: key.into(), problem: problem.into() }
    }
}

/// Reads a filter from its text; an empty one lets every event through.
pub fn filter(place: &str, text: &str) -> Result<Filter, ConfigError> {
    let document = Document::parse(place, text)?;
    document.read()
}

#[cfg(test)]
mod tests;
