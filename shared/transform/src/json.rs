//! JSON written straight into a byte buffer: no tree, no allocation of its own. [`cursor`] reads it as directly.

pub(crate) mod blocks;
pub(crate) mod cursor;
pub(crate) mod swar;

use crate::value::{Time, Value};

/// Writes one JSON value after another at the end of a buffer, minding the commas.
///
/// Keys are the program's own constants and are written as they are; strings are escaped.
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Writer<'o> {
    /// Writes at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Writer<'o> {
        Writer { out }
    }

    /// The buffer itself.
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Opens an object.
    pub fn open(&mut self) {
        self.out.push(b'{');
    }

    /// Closes an object.
    pub fn close(&mut self) {
        self.out.push(b'}');
    }

    /// Opens an array.
    pub fn open_list(&mut self) {
        self.out.push(b'[');
    }

    /// Closes an array.
    pub fn close_list(&mut self) {
        self.out.push(b']');
    }

    /// A comma, unless something was just opened.
    pub fn comma(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[') | None) {
            self.out.push(b',');
        }
    }

    /// A member's key: a constant without anything to escape.
    pub fn key(&mut self, key: &'static str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A member's key that comes from the event.
    pub fn key_text(&mut self, key: &str) {
        self.comma();
        string(self.out, key);
        self.out.push(b':');
    }

    /// A string member.
    pub fn text(&mut self, key: &'static str, text: &str) {
        self.key(key);
        string(self.out, text);
    }

    /// A string member, if there is one.
    pub fn text_if(&mut self, key: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// An integer member.
    pub fn number(&mut self, key: &'static str, number: impl itoa::Integer) {
        self.key(key);
        self.push_number(number);
    }

    /// A boolean member.
    pub fn bool(&mut self, key: &'static str, value: bool) {
        self.key(key);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A time member, RFC 3339 in UTC.
    pub fn time(&mut self, key: &'static str, time: Time) {
        self.key(key);
        self.out.push(b'"');
        time.write(self.out);
        self.out.push(b'"');
    }

    /// A string as a value: in an array, or after [`Writer::key`].
    pub fn push_text(&mut self, text: &str) {
        string(self.out, text);
    }

    /// A string as an array's item.
    pub fn item(&mut self, text: &str) {
        self.comma();
        string(self.out, text);
    }

    /// An integer as a value.
    pub fn push_number(&mut self, number: impl itoa::Integer) {
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    /// Any value of `details`.
    pub fn push_value(&mut self, value: &Value<'_>) {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Int(number) => self.push_number(*number),
            Value::Float(number) => self.push_float(*number),
            Value::Text(text) => string(self.out, text),
            Value::List(items) => {
                self.open_list();
                for item in items {
                    self.comma();
                    self.push_value(item);
                }
                self.close_list();
            }
            Value::Map(members) => {
                self.open();
                for (key, item) in members {
                    self.key_text(key);
                    self.push_value(item);
                }
                self.close();
            }
        }
    }

    /// A floating-point number as a value; JSON has no NaN and no infinity, they become `null`.
    pub fn push_float(&mut self, number: f64) {
        if number.is_finite() {
            self.out.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
        } else {
            self.out.extend_from_slice(b"null");
        }
    }
}

/// Appends a JSON string with its quotes: `"`, `\` and control characters escaped (RFC 8259, section 7), and
/// DEL and the line separators U+2028 and U+2029 too, which forge lines in some readers.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// Appends the inside of a JSON string.
#[inline]
pub fn escape(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    if copied(out, text.as_bytes()) {
        out.truncate(start);
        escape_specials(out, text.as_bytes());
    }
}

/// Appends the bytes eight at a time, and says whether one of them must be escaped.
///
/// Most strings here are short, and a call of `memcpy` takes longer than all of this. The last block overlaps the
/// one before it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "one call a string, not two")]
fn copied(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        let (blocks, rest) = bytes.as_chunks::<8>();
        let mut found = swar::to_escape(u64::from_le_bytes(*last));
        for block in blocks {
            found |= swar::to_escape(u64::from_le_bytes(*block));
            out.extend_from_slice(block);
        }
        out.truncate(out.len() + rest.len() - 8);
        out.extend_from_slice(last);
        swar::is_marked(found)
    } else {
        let word = swar::padded(bytes);
        out.extend_from_slice(&word.to_le_bytes());
        out.truncate(out.len() + bytes.len() - 8);
        swar::is_marked(swar::to_escape(word))
    }
}

#[cold]
fn escape_specials(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        let (plain, special) = rest.split_at(swar::position(rest, swar::to_escape));
        out.extend_from_slice(plain);
        let taken = match special {
            [0xE2, 0x80, 0xA8, ..] => {
                out.extend_from_slice(b"\\u2028");
                3
            }
            [0xE2, 0x80, 0xA9, ..] => {
                out.extend_from_slice(b"\\u2029");
                3
            }
            [byte, ..] => {
                escape_byte(out, *byte);
                1
            }
            [] => return,
        };
        rest = special.get(taken..).unwrap_or_default();
    }
}

/// Appends the inside of a JSON string, for a text that is JSON itself: a quote every few bytes.
///
/// Byte for byte what `serde_json` and the AWS SDK write, which escape nothing that JSON does not ask for.
pub fn embed(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    if blocks::escaped_onto(out, text.as_bytes()).is_none() {
        out.truncate(start);
        embed_plainly(out, text);
    }
}

/// [`embed`] byte by byte.
#[cold]
fn embed_plainly(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            0x08 => out.extend_from_slice(b"\\b"),
            0x0C => out.extend_from_slice(b"\\f"),
            0x7F => out.push(byte),
            _ => escape_byte(out, byte),
        }
    }
}

fn escape_byte(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0x00..=0x1F | 0x7F => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
        other => out.push(other), // 0xE2 that begins no line separator
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_could_forge_a_line_is_escaped() {
        assert_eq!(
            written("a\n\"b\"\\\u{7}\u{7f}\u{2028}é–"),
            "\"a\\n\\\"b\\\"\\\\\\u0007\\u007f\\u2028é–\""
        );
    }

    proptest! {
        #[test]
        fn embedded_text_is_what_serde_json_writes(
            text in prop_oneof![any::<String>(), "[a-z\"\\\\é\n\u{8}\u{c}\u{7f}\u{2028}]{0,90}", "[ -~]{0,90}\u{1}?[ -~]{0,90}"],
        ) {
            let (mut fast, mut plain) = (b"before".to_vec(), b"before".to_vec());
            embed(&mut fast, &text);
            embed_plainly(&mut plain, &text);
            let theirs = serde_json::to_string(&text).unwrap();
            let theirs = theirs.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
            let wanted = format!("before{theirs}");
            prop_assert_eq!(String::from_utf8(fast).unwrap(), wanted.clone());
            prop_assert_eq!(String::from_utf8(plain).unwrap(), wanted);
        }

        #[test]
        fn every_string_comes_back(text in any::<String>()) {
            let json = written(&text);
            prop_assert!(!json.bytes().any(|byte| byte < 0x20));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
