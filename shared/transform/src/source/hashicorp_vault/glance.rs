//! A glance at a line: whether it is only the first of two.
//!
//! Half of a log are requests whose answer is to come. They are passed over, but must be whole: so the line is
//! read to its end by the quick reader, and only what tells is looked at.

use super::outcome;
use crate::event::Text;
use crate::json::cursor::{Cursor, Result};

/// Whether this is a `request` line to which an answer will be written. `false` also where a closer look is needed.
pub(super) fn is_answered_later(text: &str) -> bool {
    let looks_so = text.ends_with("\"type\":\"request\"}")
        || text.get(..96).unwrap_or(text).contains("\"type\":\"request\"");
    looks_so && Glance::of(text).is_ok_and(|glance| glance.is_first_of_two())
}

#[derive(Default)]
struct Glance<'a> {
    kind: Text<'a>,
    path: Option<Text<'a>>,
    error: Text<'a>,
}

impl<'a> Glance<'a> {
    fn of(text: &'a str) -> Result<Glance<'a>> {
        let mut glance = Glance::default();
        let mut cursor = Cursor::new(text);
        let mut more = cursor.object()?;
        while more {
            let name = cursor.name()?;
            match (name.as_str(), cursor.peek()) {
                ("type", Some(b'"')) => glance.kind = cursor.string()?,
                ("error", Some(b'"')) => glance.error = cursor.string()?,
                ("request", Some(b'{')) => glance.path = Some(path(&mut cursor)?),
                _ => cursor.skip()?,
            }
            more = cursor.more()?;
        }
        match cursor.peek() {
            None => Ok(glance),
            Some(_) => Ok(Glance::default()),
        }
    }

    fn is_first_of_two(&self) -> bool {
        let answered = |path: &Text<'_>| !outcome::stands_alone(path, &self.error);
        self.kind.as_str() == "request" && self.path.as_ref().is_some_and(answered)
    }
}

fn path<'a>(cursor: &mut Cursor<'a>) -> Result<Text<'a>> {
    let mut path = Text::default();
    let mut more = cursor.object()?;
    while more {
        let name = cursor.name()?;
        match (name.as_str(), cursor.peek()) {
            ("path", Some(b'"')) => path = cursor.string()?,
            _ => cursor.skip()?,
        }
        more = cursor.more()?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_request_line_with_an_answer_to_come_is_passed_over() {
        let request = |path: &str, error: &str| {
            format!(
                r#"{{"error":"{error}","request":{{"a":[1],"path":"{path}"}},"type":"request"}}"#
            )
        };
        assert!(is_answered_later(&request("secret/data/a", "")));
        assert!(is_answered_later(&request("secret/data/a", "permission denied")));
        assert!(is_answered_later(
            r#"{"time":"2026-11-21T20:31:00Z","type":"request","request":{}}"#
        ));
        for line in [
            request("sys/seal", ""),
            request("admin/sys/step-down", ""),
            request("kv/x", "request path kv/x: rate limit quota exceeded"),
            request("secret/data/a", "").replace("[1]", "[1"),
            request("secret/data/a", "").replace("\"request\"}", "\"response\"}"),
            request("secret/data/a", "") + "}",
            r#"{"type":"request"}"#.to_owned(),
        ] {
            assert!(!is_answered_later(&line), "{line}");
        }
    }
}
