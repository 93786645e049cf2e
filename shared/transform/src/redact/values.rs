//! The value behind a separator: where it begins and, above all, where it ends.
//!
//! A value that is ended too early leaves a secret's tail behind. So an unquoted value runs on through quotes and
//! brackets until what follows is plainly no more of it, and a quoted one to its own closing quote, at whatever depth
//! of JSON inside JSON it stands.

use std::ops::Range;

use super::bytes::{after, before, extent};
use super::marks::end_of_mark;

/// A separator's `=>`, `==` or `:=` and the blanks behind it.
const BLANKS: usize = 8;
/// Names are told from values within this many bytes.
const NAME: usize = 48;

/// Finds values in one text, remembering the last end: texts in which every value runs to the end stay linear.
pub(super) struct Values {
    /// From anywhere in this range on, the next stop is its end.
    stop: Range<usize>,
}

impl Values {
    pub(super) fn new() -> Values {
        Values { stop: 0..0 }
    }

    /// The value that begins behind a separator, without its quotes; `None` if there is none or it is a mark.
    pub(super) fn behind(&mut self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let start =
            extent_at_most(bytes, from, BLANKS, |byte| matches!(byte, b' ' | b'\t' | b'=' | b'>'));
        let slashes = extent_at_most(bytes, start, 64, |byte| byte == b'\\');
        let range = match bytes.get(slashes) {
            Some(quote @ (b'"' | b'\'' | b'`')) => {
                self.quoted(bytes, slashes + 1, *quote, slashes - start)
            }
            Some(b'{' | b'[') if end_of_mark(bytes, slashes).is_none() => {
                let end = bracketed(bytes, slashes);
                slashes..if closes(bytes, end) { end } else { self.unquoted(bytes, end) }
            }
            _ => start..self.unquoted(bytes, start),
        };
        let is_mark = end_of_mark(bytes, range.start) == Some(range.end);
        (range.end > range.start && !is_mark).then_some(range)
    }

    /// To the closing quote, which has no more backslashes before it than the opening one has.
    fn quoted(&mut self, bytes: &[u8], start: usize, quote: u8, depth: usize) -> Range<usize> {
        let mut at = start;
        while let Some(found) = memchr::memchr2(quote, b'\n', after(bytes, at)) {
            let found = at + found;
            let head = bytes.get(start..found).unwrap_or_default();
            let slashes = head.iter().rev().take_while(|byte| **byte == b'\\').count();
            if bytes.get(found) == Some(&b'\n') {
                if depth == 0 && quote != b'"' {
                    return start..found; // an apostrophe, and no quote
                }
            } else if slashes <= depth && closes(bytes, found + 1) {
                return start..found - slashes;
            } else if slashes <= depth && slashes == 0 {
                // A tail behind the closing quote: `"ab"cd`.
                let end = self.unquoted(bytes, found + 1);
                let tail = bytes.get(found + 1..end).unwrap_or_default();
                if memchr::memchr(quote, tail).is_none() {
                    return start..end;
                }
            }
            at = found + 1;
        }
        start..bytes.len()
    }

    /// To a blank, or to punctuation behind which no more of the value can stand.
    fn unquoted(&mut self, bytes: &[u8], start: usize) -> usize {
        if self.stop.contains(&start) {
            return self.stop.end;
        }
        let mut at = start;
        let end = loop {
            at = extent(bytes, at, |byte| !may_stop(byte));
            if at >= bytes.len() || stops(bytes, at) {
                break at;
            }
            at = end_of_mark(bytes, at).unwrap_or(at + 1);
        };
        self.stop = start..end;
        end
    }
}

/// To the bracket that closes the one at `start`, strings minded; to the text's end where it is cut.
fn bracketed(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut in_string, mut at) = (0_usize, false, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1) == Some(&b'"') && !in_string => {
                // JSON inside JSON: all quotes are escaped alike.
                at += 1;
                in_string = true;
            }
            b'\\' if in_string && bytes.get(at + 1) == Some(&b'"') => {
                in_string = !closes(bytes, at + 2);
                at += 1;
            }
            b'\\' => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Whether a closing quote may stand right before `at`.
fn closes(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None => true,
        Some(byte) => {
            byte.is_ascii_whitespace()
                || matches!(
                    byte,
                    b',' | b';'
                        | b':'
                        | b'&'
                        | b')'
                        | b']'
                        | b'}'
                        | b'>'
                        | b'<'
                        | b'.'
                        | b'\\'
                        | b'|'
                )
        }
    }
}

fn may_stop(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b';' | b','
                | b'&'
                | b'"'
                | b'\''
                | b'<'
                | b'>'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'}'
                | b'\\'
                | b'|'
        )
}

/// Whether the value ends at the byte at `at`, which may end one.
fn stops(bytes: &[u8], at: usize) -> bool {
    let rest = after(bytes, at + 1);
    match bytes.get(at) {
        Some(b';' | b',' | b'&' | b'|') => {
            rest.first()
                .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
                || begins_pair(rest)
        }
        Some(b'\\') => {
            matches!(rest.first(), Some(b'n' | b'r' | b't')) && closes_up(after(rest, 1))
                || rest.first() == Some(&b'"') && closes_up(after(rest, 1))
        }
        Some(b'<') => rest.first() == Some(&b'/'),
        Some(b'(' | b'[') => false,
        Some(b'"' | b'\'' | b'>' | b')' | b']' | b'}') => closes_up(rest),
        _ => true,
    }
}

/// Whether only closing punctuation stands before the next blank, or a new pair begins.
fn closes_up(rest: &[u8]) -> bool {
    let closing = |byte: u8| {
        matches!(
            byte,
            b')' | b']'
                | b'}'
                | b'>'
                | b'"'
                | b'\''
                | b'.'
                | b','
                | b';'
                | b':'
                | b'!'
                | b'?'
                | b'\\'
        )
    };
    let end = extent_at_most(rest, 0, 32, closing);
    let separated = before(rest, end).iter().any(|byte| matches!(byte, b',' | b';'));
    rest.get(end).is_none_or(u8::is_ascii_whitespace)
        || end == 32
        || (separated && (before(rest, end).ends_with(b"\"") || begins_pair(after(rest, end))))
        || before(rest, end).is_empty() && rest.first() == Some(&b'&')
}

/// Whether this begins with `name=` or `name:`.
fn begins_pair(rest: &[u8]) -> bool {
    let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = extent_at_most(rest, 0, 2, |byte| byte == b' ');
    let end = extent_at_most(rest, start, NAME, name);
    end > start && matches!(rest.get(end), Some(b'=' | b':'))
}

/// [`extent`], over a few bytes only.
pub(super) fn extent_at_most(
    bytes: &[u8],
    from: usize,
    most: usize,
    wanted: impl Fn(u8) -> bool,
) -> usize {
    let rest = after(bytes, from);
    from + rest.iter().take(most).position(|byte| !wanted(*byte)).unwrap_or(rest.len().min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> &str {
        let at = text.find(['=', ':']).unwrap();
        let range = Values::new().behind(text.as_bytes(), at + 1).unwrap();
        text.get(range).unwrap()
    }

    #[test]
    fn a_value_is_taken_with_its_tail() {
        for (text, expected) in [
            ("p=x", "x"),
            ("p= x y", "x"),
            ("p=ab;Encrypt=true", "ab"),
            ("p=ab;", "ab"),
            ("p=ab;cd e", "ab;cd"),
            ("p=ab,cd, e", "ab,cd"),
            ("p=ab&q=1", "ab"),
            ("(p=ab)", "ab"),
            ("(p=ab).", "ab"),
            ("p=ab]cd e", "ab]cd"),
            ("p=a\"b'c e", "a\"b'c"),
            ("p=\"a b\", q", "a b"),
            (r#"{"p":"a\"b"}"#, r#"a\"b"#),
            (r#"{\"p\":\"a\\\"b\"}"#, r#"a\\\"b"#),
            ("p=\"ab\"cd e", "ab\"cd"),
            ("{\"p\":\"ab\"cd\",\"q\":1}", "ab\"cd"),
            ("p => 'x'", "x"),
            ("p:=x", "x"),
            ("<p>=a</p>", "a"),
            (r#"{"p":["a",{"b":"]"}],"c":1}"#, r#"["a",{"b":"]"}]"#),
            (r#"{"p":["a","b"#, r#"["a","b"#),
            ("[\"p=ab\",\"cd\"]", "ab"),
            ("p=ab+c/d==", "ab+c/d=="),
            ("p=[redacted:x:1]secret", "[redacted:x:1]secret"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn a_mark_is_no_value_and_what_stands_behind_one_is() {
        let behind = |text: &str| Values::new().behind(text.as_bytes(), 2);
        assert_eq!(behind("p=[redacted:password:7]"), None);
        assert_eq!(behind("p=[redacted:password:7];q=1"), None);
        assert_eq!(behind("p=[redacted:password:7]tail"), Some(2..27));
    }
}
