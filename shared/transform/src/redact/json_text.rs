//! Strings that hold JSON: read, walked like an event's own members, and written again.
//!
//! The text around a name tells less than the JSON does: escapes hide names, and a value can be a list. What does not
//! parse, or is cut, is searched as text.

use super::fields::Redactor;
use super::hit::Look;
use crate::event::Value;
use crate::json::Writer;

/// JSON inside JSON inside JSON: each level is escaped again, and deeper ones are searched as text.
pub(super) const DEEPEST: u8 = 8;

/// What became of a text.
pub(super) enum Json {
    /// It is none, or not whole.
    Other,
    /// It has no secret.
    Clean,
    /// It was written again without its secrets.
    Redacted(String),
}

/// Reads the text and takes the secrets out.
pub(super) fn clean(text: &str, look: Look) -> Json {
    let first = text.bytes().find(|byte| !byte.is_ascii_whitespace());
    if look.depth >= DEEPEST || !matches!(first, Some(b'{' | b'[')) {
        return Json::Other;
    }
    let Some(mut value) = parsed(text) else { return Json::Other };
    let mut redactor = Redactor::new(Look { depth: look.depth + 1, ..look });
    redactor.json(&mut value);
    if !redactor.has_found() {
        return Json::Clean;
    }
    let mut out = Vec::with_capacity(text.len());
    Writer::new(&mut out).push_value(&value);
    String::from_utf8(out).map_or(Json::Other, Json::Redacted)
}

fn parsed(text: &str) -> Option<Value<'static>> {
    if let Ok(value) = serde_json::from_str::<Value<'_>>(text) {
        return Some(value.into_owned());
    }
    // A member that stands twice: the last one counts, as for most readers.
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(serde_json::from_str::<Value<'_>>(&value.to_string()).ok()?.into_owned())
}
