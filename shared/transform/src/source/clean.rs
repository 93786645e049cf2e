//! Making foreign values fit the contract: what is too long is cut, what may not stand is replaced.

use sha2::{Digest, Sha256};

use super::ParseError;
use crate::event::{Text, check};

/// Cut to this many characters; the empty string is nothing.
pub(super) fn clip(text: Text<'_>, limit: usize) -> Option<Text<'_>> {
    (!text.is_empty()).then(|| text.clipped(limit))
}

/// An id that the contract allows: the source's own, or its hash where it has other characters or is too long.
pub(super) fn id(text: Text<'_>) -> Text<'_> {
    if check::is_id(&text) { text } else { Text::from(digest(text.as_bytes())) }
}

/// `sha256:<hex>` of these bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(71);
    out.push_str("sha256:");
    push_hex(&mut out, &Sha256::digest(bytes));
    out
}

/// A verb that the contract allows: lower case, all but letters, digits, `:` and `.` become `_`.
pub(super) fn action(verb: Text<'_>) -> Text<'_> {
    if check::is_action(&verb) {
        return verb;
    }
    let cleaned: String = verb.chars().take(64).map(action_character).collect();
    if check::is_action(&cleaned) { Text::from(cleaned) } else { Text::from("other") }
}

fn action_character(character: char) -> char {
    match character.to_ascii_lowercase() {
        plain @ ('a'..='z' | '0'..='9' | ':' | '.' | '_') => plain,
        _ => '_',
    }
}

/// A reason's code that the contract allows, or none.
pub(super) fn code(text: Text<'_>) -> Option<Text<'_>> {
    check::is_reason_code(&text).then_some(text)
}

/// 64 lower-case hex digits, or nothing.
pub(super) fn hash(text: Text<'_>) -> Option<Text<'_>> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == 64 && text.bytes().all(hex)).then_some(text)
}

/// Bytes as lower-case hex.
pub(super) fn push_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Reads a record, and says on failure which member was at fault.
pub(super) fn parse<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|_| explain::<T>(text))
}

/// Reads the record again, slowly, to say which member was at fault.
pub(super) fn explain<'a, T: serde::Deserialize<'a>>(text: &'a str) -> ParseError {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
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
