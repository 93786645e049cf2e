//! The JSON writer with what OCSF asks of it: no empty member, constants in one piece, observables at the end.

use super::observable::{Kind, Seen};
use crate::event::{Text, Time};
use crate::json::{Writer, escape};

/// An OCSF event that is being written.
pub(super) struct Page<'o> {
    pub(super) json: Writer<'o>,
    seen: Seen,
}

impl<'o> Page<'o> {
    /// Opens the event at the end of `out`.
    pub(super) fn new(out: &'o mut Vec<u8>) -> Page<'o> {
        out.push(b'{'); // no comma: the buffer may end in another record's bracket
        Page { json: Writer::new(out), seen: Seen::new() }
    }

    /// Writes the observables and closes the event.
    pub(super) fn finish(mut self) {
        if self.seen.iter().next().is_some() {
            self.json.key("observables");
            self.json.open_list();
            for &(kind, start, end) in self.seen.iter() {
                self.json.comma();
                let out = self.json.out();
                out.extend_from_slice(kind.as_bytes());
                out.extend_from_within(start..end);
                out.push(b'}');
            }
            self.json.close_list();
        }
        self.json.close();
    }

    /// Constant members, as they stand.
    pub(super) fn fixed(&mut self, members: &'static str) {
        self.json.comma();
        self.json.out().extend_from_slice(members.as_bytes());
    }

    /// A string member, unless it is absent or empty.
    pub(super) fn text(&mut self, key: &'static str, text: Option<&str>) {
        self.json.text_if(key, text.filter(|text| !text.is_empty()));
    }

    /// A string member that is an observable too.
    pub(super) fn observed(&mut self, key: &'static str, text: Option<&str>, kind: Kind) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        self.json.key(key);
        let start = self.json.out().len();
        self.json.push_text(text);
        self.note(kind, start);
    }

    /// What was written since `start` is an observable.
    pub(super) fn note(&mut self, kind: Kind, start: usize) {
        let end = self.json.out().len();
        self.seen.note(kind, start, end);
    }

    /// An object member, left out if `write` writes nothing.
    pub(super) fn object(&mut self, key: &'static str, write: impl FnOnce(&mut Page<'o>)) {
        let mark = self.json.out().len();
        self.json.key(key);
        self.json.open();
        self.close_or_forget(mark, write, b'}');
    }

    /// An array member, left out if `write` writes nothing.
    pub(super) fn list(&mut self, key: &'static str, write: impl FnOnce(&mut Page<'o>)) {
        let mark = self.json.out().len();
        self.json.key(key);
        self.json.open_list();
        self.close_or_forget(mark, write, b']');
    }

    /// An object as an array's item.
    pub(super) fn item(&mut self, write: impl FnOnce(&mut Page<'o>)) {
        self.json.comma();
        self.json.open();
        write(self);
        self.json.close();
    }

    fn close_or_forget(&mut self, mark: usize, write: impl FnOnce(&mut Page<'o>), bracket: u8) {
        let start = self.json.out().len();
        write(self);
        let out = self.json.out();
        if out.len() == start {
            out.truncate(mark);
        } else {
            out.push(bracket);
        }
    }

    /// A string of several pieces, as a value.
    pub(super) fn pieces(&mut self, pieces: &[&str]) {
        let out = self.json.out();
        out.push(b'"');
        for piece in pieces {
            escape(out, piece);
        }
        out.push(b'"');
    }

    /// A string member of several pieces.
    pub(super) fn joined(&mut self, key: &'static str, pieces: &[&str]) {
        self.json.key(key);
        self.pieces(pieces);
    }

    /// An array's item `key:value`.
    pub(super) fn pair(&mut self, key: &str, value: &str) {
        self.json.comma();
        self.pieces(&[key, ":", value]);
    }

    /// A time as epoch milliseconds and, beside it, as RFC 3339: `created_time`, `created_time_dt`.
    pub(super) fn time(&mut self, key: &'static str, key_dt: &'static str, time: Time) {
        self.json.number(key, time.as_millisecond());
        self.json.key(key_dt);
        let out = self.json.out();
        out.push(b'"');
        time.write_millis(out);
        out.push(b'"');
    }
}

/// The text, unless it is absent or empty.
pub(super) fn full<'t>(text: Option<&'t Text<'_>>) -> Option<&'t str> {
    text.map(Text::as_str).filter(|text| !text.is_empty())
}

/// The first text that is there and not empty.
pub(super) fn first<'t, const N: usize>(texts: [Option<&'t Text<'_>>; N]) -> Option<&'t str> {
    texts.into_iter().find_map(full)
}
