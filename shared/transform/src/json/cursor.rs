//! JSON read in one pass, from the text straight into the members that are asked for.
//!
//! A general deserializer looks up every key, checks every string and moves every value through its own types;
//! the contract is read a million times a second, so it has a reader of its own. It takes RFC 8259 and nothing
//! else: no comments, no trailing commas, no control characters or lone surrogates in strings.

use super::blocks;
use crate::error::ParseError;
use crate::error::{within, wrong};
use crate::value::Text;

/// What reading gives; boxed, because on the way of a good record an error must not take room.
pub(crate) type Result<T> = std::result::Result<T, Box<ParseError>>;

/// Something that can be read where the cursor stands.
///
/// It is read into its place: an event is large, and what returns it part by part does little else than move it.
pub(crate) trait Read<'a>: Sized {
    /// What stands in the place before.
    fn blank() -> Self;

    /// Reads it and moves on.
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Result<()>;
}

/// Nested deeper than this is nothing that the contract takes (3.1: at most 12).
const MAX_DEPTH: u8 = 12;

/// A place in a JSON text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
    tolerant: bool,
}

/// What becomes of members and words that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// They are refused: somebody mistyped them.
    Refused,
    /// They are passed over: somebody newer wrote them.
    Passed,
}

/// Reads the one value that the text is into its place.
pub(crate) fn fill<'a>(place: &mut impl Read<'a>, text: &'a str, unknown: Unknown) -> Result<()> {
    let mut cursor = Cursor::new(text);
    cursor.tolerant = unknown == Unknown::Passed;
    place.fill(&mut cursor)?;
    match cursor.peek() {
        None => Ok(()),
        Some(_) => Err(cursor.syntax("something follows the end of the record")),
    }
}

impl<'a> Cursor<'a> {
    /// A cursor at the text's begin.
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0, depth: 0, tolerant: false }
    }

    /// Whether what is not known is passed over.
    pub(crate) fn is_tolerant(&self) -> bool {
        self.tolerant
    }

    /// Passes over a value of any kind, which must be JSON.
    pub(crate) fn skip(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => {
                let mut more = self.object()?;
                while more {
                    self.name()?;
                    self.skip()?;
                    more = self.more()?;
                }
                Ok(())
            }
            Some(b'[') => self.list(Cursor::skip),
            Some(b't') if self.word("true") => Ok(()),
            Some(b'f') if self.word("false") => Ok(()),
            Some(b'n') if self.word("null") => Ok(()),
            _ => self.number("a JSON value").map(drop),
        }
    }

    /// The next byte that is no white space; the cursor then stands on it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.beyond_space(),
        }
    }

    #[cold]
    fn beyond_space(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Opens an object; whether it has a member.
    #[inline]
    pub(crate) fn object(&mut self) -> Result<bool> {
        self.open(b'{', "an object")?;
        let empty = self.takes(b'}');
        self.depth -= u8::from(empty);
        Ok(!empty)
    }

    /// Passes over a member's name if it is this one: `"id":`, with nothing between.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "with its length known, a name is compared in one step"
    )]
    pub(crate) fn named(&mut self, quoted: &'static str) -> bool {
        let here = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = here.starts_with(quoted.as_bytes());
        self.at += if found { quoted.len() } else { 0 };
        found
    }

    /// Reads a member's name, whatever it is, and the colon behind it.
    pub(crate) fn name(&mut self) -> Result<Text<'a>> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a member's name must be a string"));
        }
        let name = self.string()?;
        if !self.takes(b':') {
            return Err(self.unexpected("a `:` must follow a member's name"));
        }
        Ok(name)
    }

    /// Reads a member's value into its place; whether it is there: `null` is the same as not there.
    #[inline]
    pub(crate) fn member<T: Read<'a>>(&mut self, place: &mut T, name: &str) -> Result<bool> {
        if self.peek() == Some(b'n') && self.word("null") {
            return Ok(false);
        }
        match place.fill(self) {
            Ok(()) => Ok(true),
            Err(error) => Err(within(name, error)),
        }
    }

    /// Whether another member follows; if not, the object is closed.
    #[inline]
    pub(crate) fn more(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(b'}') => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            _ => Err(self.unexpected("a `,` or `}` must follow a member")),
        }
    }

    /// Reads an array: `item` reads each of its values.
    pub(crate) fn list(&mut self, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.open(b'[', "an array")?;
        if self.takes(b']') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            item(self)?;
            if self.takes(b']') {
                self.depth -= 1;
                return Ok(());
            }
            if !self.takes(b',') {
                return Err(self.unexpected("a `,` or `]` must follow an item"));
            }
        }
    }

    /// Reads a string, borrowed unless it has an escape.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Text<'a>> {
        match self.plain() {
            Some(text) => Ok(Text::from(text)),
            None => self.escaped(),
        }
    }

    /// Reads a string without an escape, if one stands here.
    #[inline(never)]
    fn plain(&mut self) -> Option<&'a str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = plain_until(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Reads a number's text, which is one by JSON's grammar.
    pub(crate) fn number(&mut self, expected: &'static str) -> Result<&'a str> {
        let start = match self.peek() {
            Some(b'-' | b'0'..=b'9') => self.at,
            _ => return Err(self.wrong(expected)),
        };
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        match number_length(rest) {
            Some(length) => {
                self.at = start + length;
                Ok(self.slice(start, self.at))
            }
            None => Err(self.syntax("not a number as JSON writes it")),
        }
    }

    /// Reads `word` if it stands here: `true`, `false`, `null`.
    pub(crate) fn word(&mut self, word: &str) -> bool {
        self.peek();
        let here = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = here.starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// What stands here is of another kind than the contract has it.
    #[cold]
    pub(crate) fn wrong(&mut self, expected: &str) -> Box<ParseError> {
        match self.peek() {
            None => self.syntax("the record ends too early"),
            Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => wrong(expected),
            Some(_) => self.syntax("unexpected character"),
        }
    }

    #[cold]
    fn unexpected(&mut self, problem: &'static str) -> Box<ParseError> {
        match self.peek() {
            None => self.syntax("the record ends too early"),
            Some(_) => self.syntax(problem),
        }
    }

    #[cold]
    fn syntax(&self, problem: &'static str) -> Box<ParseError> {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Box::new(ParseError::Syntax { line, column, problem })
    }

    #[inline]
    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    fn open(&mut self, bracket: u8, expected: &'static str) -> Result<()> {
        if !self.takes(bracket) {
            return Err(self.wrong(expected));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.syntax("nested deeper than 12"));
        }
        Ok(())
    }

    /// Both ends stand beside an ASCII byte, so this always is a slice.
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Reads a string that has escapes, or is none.
    #[cold]
    fn escaped(&mut self) -> Result<Text<'a>> {
        if !self.takes(b'"') {
            return Err(self.wrong("a string"));
        }
        let mut start = self.at;
        let mut end = plain_until(self.text.as_bytes(), start);
        let mut text = String::with_capacity(2 * (end - start) + 16);
        loop {
            text.push_str(self.slice(start, end));
            self.at = end;
            match self.text.as_bytes().get(end) {
                Some(b'"') => {
                    self.at = end + 1;
                    return Ok(Text::from(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.syntax("a control character in a string")),
                None => return Err(self.syntax("the record ends within a string")),
            }
            start = self.at;
            end = plain_until(self.text.as_bytes(), start);
        }
    }

    /// Reads an escape sequence; the cursor stands on its backslash.
    fn escape(&mut self) -> Result<char> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.syntax("no such escape sequence")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\u0041`, or a pair of surrogates; a lone one is no character.
    fn unicode(&mut self) -> Result<char> {
        let first = self.hex(self.at)?;
        let (code, length) = match first {
            0xD800..=0xDBFF => match self.hex(self.at + 6)? {
                second @ 0xDC00..=0xDFFF => {
                    (0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), 12)
                }
                _ => return Err(self.syntax("a lone surrogate in a string")),
            },
            _ => (first, 6),
        };
        let Some(character) = char::from_u32(code) else {
            return Err(self.syntax("a lone surrogate in a string"));
        };
        self.at += length;
        Ok(character)
    }

    /// The four digits of `\uXXXX` at this place.
    fn hex(&self, at: usize) -> Result<u32> {
        match self.text.as_bytes().get(at..at + 6) {
            Some([b'\\', b'u', digits @ ..]) => digits.iter().try_fold(0, |code, digit| {
                let digit = char::from(*digit).to_digit(16);
                digit
                    .map(|digit| code * 16 + digit)
                    .ok_or_else(|| self.syntax("no such escape sequence"))
            }),
            _ => Err(self.syntax("a lone surrogate in a string")),
        }
    }
}

/// How many bytes from here on belong to a number: `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        bytes
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

/// Where the next quote, backslash or control character is, from here on.
#[inline]
fn plain_until(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + blocks::plain_end(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::Value;

    fn read<'a, T: Read<'a>>(text: &'a str) -> Result<T> {
        let mut value = T::blank();
        fill(&mut value, text, Unknown::Refused).map(|()| value)
    }

    fn same(text: &str) -> bool {
        let ours = read::<Value<'_>>(text).map_err(|error| error.to_string());
        let theirs = serde_json::from_str::<Value<'_>>(text);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            // Depth is the contract's, not the other's.
            (Err(error), Ok(_)) => error.contains("deeper"),
            (Ok(_), Err(_)) => false,
            (Err(_), Err(_)) => true,
        }
    }

    #[test]
    fn what_is_no_json_is_refused_and_what_is_is_read_the_same() {
        for text in [
            "",
            " ",
            "{",
            "{}",
            "{}x",
            "{,}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "[1,]",
            "[1 2]",
            "[]",
            "nul",
            "null",
            "true",
            "tru",
            "01",
            "-",
            "-0",
            "1.",
            "1.5",
            ".5",
            "1e",
            "1e5",
            "1E+5",
            "1e-",
            "+1",
            "NaN",
            "Infinity",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "18446744073709551616",
            "\"",
            "\"a",
            "\"a\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u0041\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\ud83dx\"",
            "\"\t\"",
            "\"\u{7f}\"",
            "\"é\"",
            "\"1234567\"",
            "\"12345678\"",
            "\"123456789\\n\"",
            "// x\n1",
            "\u{feff}1",
            "{\"a\":{\"a\":1}}",
            "{\"a\":1,\"a\":2}",
            "[[[[[[[[[[[[[1]]]]]]]]]]]]]",
            "{\"a\":[{\"b\":null}]}",
        ] {
            assert!(same(text), "{text}");
        }
    }

    #[test]
    fn a_bomb_of_brackets_is_refused_and_overflows_nothing() {
        let bomb = "[".repeat(100_000);
        let error = read::<Value<'_>>(&bomb).unwrap_err().to_string();
        assert!(error.contains("nested deeper than 12"), "{error}");
    }

    #[test]
    fn an_error_has_its_place() {
        let error = read::<Value<'_>>("{\n  \"a\": 1\n  \"b\": 2\n}").unwrap_err().to_string();
        assert_eq!(error, "not valid JSON at line 3, column 3: a `,` or `}` must follow a member");
    }

    proptest! {
        #[test]
        fn every_string_is_read_as_it_was_written(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let ours: Text<'_> = read(&json).unwrap();
            prop_assert_eq!(ours.as_str(), text);
        }

        #[test]
        fn a_text_that_was_tampered_with_is_taken_exactly_when_it_is_json(
            at in 0_usize..200, with in "[\\[\\]{}:,\"\\\\0-9eE.+\\-a-f nut\\x00-\\x20]{0,3}", cut in 0_usize..4
        ) {
            let json = r#"{"a":[1,-2.5e3,"x\n\u0041é",true,null,{"b":{}}],"c":"longer than eight bytes","d":12345}"#;
            let head: String = json.chars().take(at).collect();
            let tail: String = json.chars().skip(at + cut).collect();
            let text = format!("{head}{with}{tail}");
            prop_assert!(same(&text), "{}", text);
        }
    }
}
