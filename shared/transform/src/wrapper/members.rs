//! The members of a JSON object by name, each value as the text that it is.

use std::borrow::Cow;

use crate::event::{Text, Time};
use crate::json::blocks;

/// More members than any wrapper has.
const MOST: usize = 256;

/// The members of an object.
#[derive(Debug, Default)]
pub(super) struct Members<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Members<'t> {
    /// Reads the object that the text is; nothing if it is none.
    pub(super) fn read(text: &'t str) -> Option<Members<'t>> {
        let mut members = Vec::with_capacity(16);
        let mut at = blanks(text, 1, text.starts_with('{'))?;
        if text.as_bytes().get(at) == Some(&b'}') {
            return Some(Members(members));
        }
        loop {
            let name_end = string_end(text.as_bytes(), at)?;
            let colon = blanks(text, name_end, true)?;
            let start = blanks(text, colon + 1, text.as_bytes().get(colon) == Some(&b':'))?;
            let end = value_end(text.as_bytes(), start)?;
            members.push((text.get(at + 1..name_end - 1)?, text.get(start..end)?.trim_end()));
            at = blanks(text, end, members.len() < MOST)?;
            match text.as_bytes().get(at)? {
                b',' => at = blanks(text, at + 1, true)?,
                b'}' => return Some(Members(members)),
                _ => return None,
            }
        }
    }

    /// The names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A member's value as it stands there; `null` is nothing.
    pub(super) fn raw(&self, name: &str) -> Option<&'t str> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, raw)| *raw).filter(|raw| *raw != "null")
    }

    /// Whether there is such a member.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// A string member.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'t, str>> {
        self.raw(name).and_then(decode)
    }

    /// A string member, kept.
    pub(super) fn owned(&self, name: &str) -> Option<Text<'static>> {
        let text = self.text(name).filter(|text| !text.is_empty())?;
        Some(Text::from(text.into_owned()))
    }

    /// An object member.
    pub(super) fn object(&self, name: &str) -> Option<Members<'t>> {
        self.raw(name).and_then(Members::read)
    }

    /// The objects of an array member.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&'t str>> {
        self.raw(name).and_then(items)
    }

    /// A moment: RFC 3339, or seconds, milliseconds or microseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<Time> {
        let raw = self.raw(name)?;
        let text = decode(raw).unwrap_or(Cow::Borrowed(raw));
        Time::parse(&text).or_else(|| epoch(&text))
    }
}

/// The values of an array.
pub(super) fn items(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut at = blanks(text, 1, text.starts_with('['))?;
    while text.as_bytes().get(at) != Some(&b']') {
        let end = value_end(text.as_bytes(), at)?;
        found.push(text.get(at..end)?.trim_end());
        at = blanks(text, end, true)?;
        if text.as_bytes().get(at) == Some(&b',') {
            at = blanks(text, at + 1, true)?;
        }
    }
    Some(found)
}

/// What a JSON string says.
pub(super) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    match blocks::unescaped(inner) {
        Some(text) => Some(Cow::Owned(text)),
        None => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a time beyond that is none")]
fn epoch(text: &str) -> Option<Time> {
    let number: f64 = text.parse().ok()?;
    let millis = match number {
        seconds if seconds < 1e11 => seconds * 1e3,
        millis if millis < 1e14 => millis,
        micros => micros / 1e3,
    };
    (millis > 0.0).then(|| Time::from_millisecond(millis.round() as i64)).flatten()
}

/// The place of the next byte that is no white space, if what was asked before holds.
fn blanks(text: &str, from: usize, holds: bool) -> Option<usize> {
    let rest = text.as_bytes().get(from..).filter(|_| holds)?;
    Some(from + rest.iter().position(|byte| !byte.is_ascii_whitespace())?)
}

/// The place behind the string that begins here.
pub(super) fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + usize::from(text.get(start) == Some(&b'"'));
    if at == start {
        return None;
    }
    loop {
        at += blocks::string_end(text.get(at..)?);
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => return None,
            _ => at += 1,
        }
    }
}

/// The place behind the value that begins here.
pub(super) fn value_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => at = string_end(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b',' | b'}' | b']' if depth == 0 => return Some(at).filter(|at| *at > start),
            _ => at += 1,
        }
        if depth == 0 && matches!(text.get(start), Some(b'"' | b'{' | b'[')) {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_name() {
        let text = r#"{ "a" : "x\"}" , "b":{"c":[1,"]"]},"n":null, "t":1764187979684 , "e":""}"#;
        let members = Members::read(text).unwrap();
        assert_eq!(members.text("a").unwrap(), "x\"}");
        assert_eq!(members.object("b").unwrap().list("c").unwrap(), ["1", "\"]\""]);
        assert!(!members.has("n") && members.owned("e").is_none());
        assert_eq!(members.time("t").unwrap().as_millisecond(), 1_764_187_979_684);
        assert_eq!(members.names().count(), members.len());
        assert_eq!(Members::read("{}").unwrap().len(), 0);
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in ["", "{", "[1]", r#"{"a"}"#, r#"{"a":}"#, r#"{"a":1"#, r#"{"a":"b}"#, "{a:1}"] {
            assert!(Members::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn strings_say_what_any_reader_of_json_reads() {
        for text in ["a", "a\"b\\c\nd\te/é", "\u{1}x\u{1F600}", "{\"a\":\"\\\"long enough\\\"\"}"]
        {
            let raw = serde_json::to_string(text).unwrap();
            assert_eq!(decode(&raw).unwrap(), text);
        }
        assert_eq!(decode(r#""\/\u00e9""#).unwrap(), "/é");
        for raw in ["\"\\x\"", "\"\\ud83d\"", "\"a\\\"", "\"\\t\t\""] {
            assert_eq!(decode(raw), None, "{raw}");
        }
    }

    #[test]
    fn times_are_read_in_the_units_that_shippers_write() {
        let text = r#"{"s":1764187979.684,"us":"1764187979684000","i":"2025-11-26T20:12:59.684Z"}"#;
        let members = Members::read(text).unwrap();
        for name in ["s", "us", "i"] {
            assert_eq!(members.time(name).unwrap().as_millisecond(), 1_764_187_979_684, "{name}");
        }
    }
}
