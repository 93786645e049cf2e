//! The machine that finds where records begin and end, fed with as much of the input as there is.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::cri;
use crate::json::blocks;

/// What [`Cutter::next`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// A record: its place in the window, and its line.
    Record {
        /// Where in the window.
        range: Range<usize>,
        /// The line it begins on.
        line: usize,
        /// Where in the window the text is that stands before it on its line.
        prefix: Range<usize>,
    },
    /// The window ends before the next record does.
    More,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between records.
    Between,
    /// In a line that begins with `#`.
    Comment,
    /// In an object, this many brackets open.
    Object(u32),
    /// In what follows the rows of an answer: like an object, but no record.
    Rest(u32),
    /// In a JSON string, which may hold a record.
    Text,
    /// In a line of a container runtime that is a part of a longer one.
    Part,
    /// In a record that is no JSON, on the way to the next line that begins a record.
    Broken,
}

/// Where the machine stands; positions are those of the window that it is given.
#[derive(Debug)]
pub(super) struct Cutter {
    state: State,
    pos: usize,
    line: usize,
    start: usize,
    start_line: usize,
    in_string: bool,
    /// A line has begun that was not looked at yet.
    fresh_line: bool,
    /// How many blanks stand before `pos` on its line, if there is nothing else.
    blanks: Option<usize>,
    /// How far the current record's first line is indented.
    indent: usize,
    /// Within the rows of an answer: how many brackets are open around them.
    wrapped: u32,
    /// Where the text before the next record is.
    prefix: Range<usize>,
    /// The streams of a container, stdout and stderr, of which the last line is a part.
    parts: [bool; 2],
    /// The current record was too large to be kept whole.
    forgotten: bool,
}

impl Default for Cutter {
    fn default() -> Cutter {
        Cutter {
            state: State::Between,
            pos: 0,
            line: 1,
            start: 0,
            start_line: 1,
            in_string: false,
            fresh_line: false,
            blanks: Some(0),
            indent: 0,
            wrapped: 0,
            prefix: 0..0,
            parts: [false; 2],
            forgotten: false,
        }
    }
}

/// What a byte outside strings means within an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Quote,
    Open,
    Close,
    Newline,
    Foreign,
}

const KINDS: [Kind; 256] = {
    let mut table = [Kind::Foreign; 256];
    let plain = b" \t\r,:+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut at = 0;
    while at < plain.len() {
        table[plain[at] as usize] = Kind::Plain;
        at += 1;
    }
    table[b'"' as usize] = Kind::Quote;
    table[b'{' as usize] = Kind::Open;
    table[b'[' as usize] = Kind::Open;
    table[b'}' as usize] = Kind::Close;
    table[b']' as usize] = Kind::Close;
    table[b'\n' as usize] = Kind::Newline;
    table
};

/// How far a step came.
enum Step {
    On,
    More,
    Found(Range<usize>),
}

impl Cutter {
    /// Begins at this line.
    pub(super) fn at_line(line: usize) -> Cutter {
        Cutter { line, ..Cutter::default() }
    }

    /// The next record of the window; `end` says that nothing follows the window.
    pub(super) fn next(&mut self, window: &[u8], end: bool) -> Cut {
        loop {
            let step = match self.state {
                State::Between => self.between(window, end),
                State::Comment => self.comment(window),
                State::Object(_) | State::Rest(_) => self.object(window, end),
                State::Text => self.text(window, end),
                State::Part => self.part(window, end),
                State::Broken => self.broken(window, end),
            };
            match step {
                Step::On => {}
                Step::More => return Cut::More,
                Step::Found(range) if range.is_empty() && !self.forgotten => {}
                Step::Found(range) => {
                    let prefix = std::mem::take(&mut self.prefix);
                    return Cut::Record { range, line: self.start_line, prefix };
                }
            }
        }
    }

    /// The first byte of the window that is still needed.
    pub(super) fn needed(&self) -> usize {
        let needed = match self.state {
            State::Object(_) | State::Text | State::Part | State::Broken => self.start,
            State::Between | State::Comment | State::Rest(_) => self.pos,
        };
        if self.prefix.is_empty() { needed } else { needed.min(self.prefix.start) }
    }

    /// What was passed of the object that is open.
    pub(super) fn open_object(&self) -> Option<Range<usize>> {
        matches!(self.state, State::Object(_)).then_some(self.start..self.pos)
    }

    /// Where the text before the current record is, before it is let go of.
    pub(super) fn prefix(&self) -> Range<usize> {
        self.prefix.clone()
    }

    /// The window lost its first bytes.
    pub(super) fn rebase(&mut self, by: usize) {
        self.pos = self.pos.saturating_sub(by);
        self.start = self.start.saturating_sub(by);
        self.prefix = self.prefix.start.saturating_sub(by)..self.prefix.end.saturating_sub(by);
    }

    /// Gives up the bytes of the record so far: it is too large to be kept. Its end is still looked for.
    pub(super) fn forget(&mut self, window: usize) {
        if matches!(self.state, State::Between) {
            self.begin(State::Broken, self.pos);
            self.pos = window;
        }
        self.forgotten =
            matches!(self.state, State::Object(_) | State::Text | State::Part | State::Broken);
        self.start = self.pos;
        self.prefix = 0..0;
    }

    /// Whether the record just found was too large to be kept.
    pub(super) fn take_forgotten(&mut self) -> bool {
        std::mem::take(&mut self.forgotten)
    }

    fn begin(&mut self, state: State, at: usize) {
        self.state = state;
        self.start = at;
        self.start_line = self.line;
        self.indent = self.blanks.unwrap_or(0);
        self.in_string = false;
        self.fresh_line = false;
    }

    /// Ends the current record here.
    fn finish(&mut self, window: &[u8], end: usize) -> Step {
        let silent = matches!(self.state, State::Rest(_));
        self.state = State::Between;
        self.in_string = false;
        let text = window.get(self.start..end).unwrap_or_default();
        let length = text.trim_ascii_end().len();
        if silent { Step::On } else { Step::Found(self.start..self.start + length) }
    }

    fn newline(&mut self, at: usize) {
        self.pos = at + 1;
        self.line += 1;
        self.blanks = Some(0);
    }

    fn comment(&mut self, window: &[u8]) -> Step {
        let Some(at) = memchr(b'\n', rest(window, self.pos)) else {
            self.pos = window.len();
            return Step::More;
        };
        self.newline(self.pos + at);
        self.state = State::Between;
        Step::On
    }

    fn between(&mut self, window: &[u8], end: bool) -> Step {
        let rest = rest(window, self.pos);
        let Some(byte) = rest.first() else { return Step::More };
        match byte {
            b' ' | b'\t' | b'\r' => {
                self.pos += 1;
                self.blanks = self.blanks.map(|count| count + 1);
                Step::On
            }
            b'\n' => {
                self.newline(self.pos);
                Step::On
            }
            b']' if self.wrapped > 0 => {
                self.begin(State::Rest(self.wrapped), self.pos);
                self.wrapped = 0;
                self.pass(1)
            }
            b',' | b']' => self.pass(1),
            b'#' if self.blanks.is_some() => {
                self.state = State::Comment;
                Step::On
            }
            b'{' => self.begin_object(rest, end),
            b'"' => {
                self.begin(State::Text, self.pos);
                self.in_string = true;
                self.pass(1)
            }
            b'0'..=b'9' if self.blanks == Some(0) => self.dated(window, end),
            b'[' => match significant(rest, 1) {
                Some((_, b'{' | b'[' | b']' | b'"')) => self.pass(1),
                None if end => self.pass(1),
                None => Step::More,
                Some(_) => self.foreign(window, end),
            },
            0xEF if rest.len() < 3 && !end => Step::More,
            0xEF if rest.starts_with(b"\xEF\xBB\xBF") => {
                self.pos += 3;
                Step::On
            }
            _ => self.foreign(window, end),
        }
    }

    /// Passes over something that is no record.
    fn pass(&mut self, bytes: usize) -> Step {
        self.pos += bytes;
        self.blanks = None;
        Step::On
    }

    fn begin_object(&mut self, rest: &[u8], end: bool) -> Step {
        match rows(rest, end) {
            Rows::Unsure => Step::More,
            Rows::No => {
                self.begin(State::Object(0), self.pos);
                Step::On
            }
            Rows::At(bytes, brackets) => {
                let passed = rest.get(..bytes).unwrap_or_default();
                self.line += memchr::memchr_iter(b'\n', passed).count();
                self.wrapped = brackets;
                self.pass(bytes)
            }
        }
    }

    /// Text that begins no record: a prefix when it begins a line and a record follows, else a record to be refused.
    fn foreign(&mut self, window: &[u8], end: bool) -> Step {
        let begins_line = self.blanks.is_some();
        let mut at = self.pos;
        loop {
            let Some(found) = memchr2(b'{', b'\n', rest(window, at)) else {
                return if end { self.refuse(window, window.len()) } else { Step::More };
            };
            at += found;
            if window.get(at) == Some(&b'\n') {
                return self.refuse(window, at);
            }
            match significant(rest(window, at), 1) {
                None if !end => return Step::More,
                None | Some((_, b'"' | b'}')) if begins_line => {
                    self.prefix = self.pos..at;
                    self.pos = at;
                    self.blanks = None;
                    return Step::On;
                }
                None | Some((_, b'"' | b'}')) => return self.refuse(window, at),
                Some(_) => at += 1,
            }
        }
    }

    /// A line that begins with a digit: one of a container runtime, or one with a time before its record.
    fn dated(&mut self, window: &[u8], end: bool) -> Step {
        let here = rest(window, self.pos);
        let known = here.len() >= cri::HEADER_BYTES || end || here.contains(&b'\n');
        let line = here.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let Some(header) = cri::header(line) else {
            return if known { self.foreign(window, end) } else { Step::More };
        };
        let part = &mut self.parts[usize::from(header.stream == "stderr")];
        let continues = std::mem::replace(part, header.partial);
        if header.partial || continues {
            self.begin(State::Part, self.pos);
            return self.pass(0);
        }
        self.foreign(window, end)
    }

    /// To the end of the line, which is kept to its last blank.
    fn part(&mut self, window: &[u8], end: bool) -> Step {
        let found = memchr(b'\n', rest(window, self.pos)).map(|at| self.pos + at);
        self.pos = found.unwrap_or(window.len());
        if found.is_none() && !end {
            return Step::More;
        }
        self.state = State::Between;
        Step::Found(self.start..self.pos)
    }

    /// To the end of the string.
    fn text(&mut self, window: &[u8], end: bool) -> Step {
        match self.string(window) {
            Step::More if end => {
                self.pos = window.len();
                self.finish(window, window.len())
            }
            Step::On if self.state == State::Text && !self.in_string => {
                self.blanks = None;
                self.finish(window, self.pos)
            }
            step => step,
        }
    }

    fn refuse(&mut self, window: &[u8], until: usize) -> Step {
        self.begin(State::Broken, self.pos);
        self.pos = until;
        self.blanks = None;
        self.finish(window, until)
    }

    fn object(&mut self, window: &[u8], end: bool) -> Step {
        if self.fresh_line {
            match self.line_goes_on(window, end) {
                None => return Step::More,
                Some(false) => return self.finish(window, self.pos),
                Some(true) => self.fresh_line = false,
            }
        }
        let found = if self.in_string { self.string(window) } else { self.structure(window) };
        match found {
            Step::More if end => {
                self.pos = window.len();
                self.finish(window, window.len())
            }
            step => step,
        }
    }

    /// To the end of the string.
    fn string(&mut self, window: &[u8]) -> Step {
        let mut at = self.pos;
        loop {
            at += blocks::string_end(rest(window, at));
            match window.get(at) {
                None => {
                    self.pos = window.len();
                    return Step::More;
                }
                Some(b'"') => {
                    self.pos = at + 1;
                    self.in_string = false;
                    return Step::On;
                }
                Some(b'\\') => {
                    self.pos = at;
                    return Step::More;
                }
                // A line break in a string is no JSON: the record was cut off.
                Some(b'\n') => {
                    self.pos = at;
                    self.state = State::Broken;
                    return Step::On;
                }
                // Other control characters are for the reader to refuse.
                Some(_) => at += 1,
            }
        }
    }

    /// Over brackets, numbers, words and plain strings, to the next line, the object's end, or a string to look into.
    fn structure(&mut self, window: &[u8]) -> Step {
        let (State::Object(mut depth) | State::Rest(mut depth)) = self.state else {
            return Step::On;
        };
        let silent = matches!(self.state, State::Rest(_));
        let mut at = self.pos;
        let step = loop {
            let Some(byte) = window.get(at) else { break Step::More };
            match KINDS[usize::from(*byte)] {
                Kind::Plain => at += 1,
                Kind::Quote => {
                    at += 1;
                    let Some(length) = plain_string(rest(window, at)) else {
                        self.in_string = true;
                        break Step::On;
                    };
                    at += length;
                }
                Kind::Open => {
                    depth = depth.saturating_add(1);
                    at += 1;
                }
                Kind::Close if depth <= 1 => {
                    self.pos = at + 1;
                    self.blanks = None;
                    return self.finish(window, at + 1);
                }
                Kind::Close => {
                    depth -= 1;
                    at += 1;
                }
                Kind::Newline => {
                    self.newline(at);
                    at = self.pos;
                    self.fresh_line = true;
                    break Step::On;
                }
                Kind::Foreign => {
                    self.pos = at;
                    self.state = State::Broken;
                    return Step::On;
                }
            }
        };
        self.pos = at;
        self.state = if silent { State::Rest(depth) } else { State::Object(depth) };
        step
    }

    /// Whether the line that begins here belongs to the object that is open; `None`: not to be known yet.
    ///
    /// A line indented no deeper than the object's first that begins another object, or anything that JSON has no
    /// place for, does not: the object was cut off.
    fn line_goes_on(&self, window: &[u8], end: bool) -> Option<bool> {
        let Some((column, byte)) = first_on_line(rest(window, self.pos)) else {
            return end.then_some(true);
        };
        if byte == b'\n' || column > self.indent || matches!(byte, b'}' | b']' | b'"' | b',') {
            return Some(true);
        }
        match (byte, window.get(self.pos + column + 1)) {
            (b'{', None) if !end => None,
            (b'{', Some(b'"')) => Some(false),
            (b'{' | b'[', _) => Some(self.follows_colon(window)),
            _ => Some(false),
        }
    }

    fn follows_colon(&self, window: &[u8]) -> bool {
        window.get(self.start..self.pos).is_some_and(|text| text.trim_ascii_end().ends_with(b":"))
    }

    fn broken(&mut self, window: &[u8], end: bool) -> Step {
        if self.fresh_line {
            match self.line_begins_record(window, end) {
                None => return Step::More,
                Some(true) => return self.finish(window, self.pos),
                Some(false) => self.fresh_line = false,
            }
        }
        let Some(at) = memchr(b'\n', rest(window, self.pos)) else {
            self.pos = window.len();
            return if end { self.finish(window, window.len()) } else { Step::More };
        };
        self.newline(self.pos + at);
        self.fresh_line = true;
        Step::On
    }

    /// Whether the line that begins here ends the broken record before it; `None`: not to be known yet.
    fn line_begins_record(&self, window: &[u8], end: bool) -> Option<bool> {
        let Some((column, byte)) = first_on_line(rest(window, self.pos)) else {
            return end.then_some(false);
        };
        if matches!(byte, b'}' | b']' | b'"' | b',') {
            return Some(false);
        }
        if byte == b'\n' || column <= self.indent {
            return Some(true);
        }
        match window.get(self.pos + column + 1) {
            None if !end => None,
            next => Some(byte == b'{' && next == Some(&b'"') && self.line == self.start_line + 1),
        }
    }
}

/// The length of the rest of a string with its quote, where no escape and no control character comes before it.
fn plain_string(rest: &[u8]) -> Option<usize> {
    let length = blocks::plain_end(rest);
    (rest.get(length) == Some(&b'"')).then_some(length + 1)
}

/// The window from here on.
fn rest(window: &[u8], from: usize) -> &[u8] {
    window.get(from..).unwrap_or_default()
}

/// The first byte from here on that is no white space, and where it is.
fn significant(text: &[u8], from: usize) -> Option<(usize, u8)> {
    let found = rest(text, from).iter().position(|byte| !byte.is_ascii_whitespace())?;
    text.get(from + found).map(|byte| (from + found, *byte))
}

/// The first byte of the line that is no blank, and its column; the line break itself on an empty line.
fn first_on_line(text: &[u8]) -> Option<(usize, u8)> {
    let column = text.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))?;
    text.get(column).map(|byte| (column, *byte))
}

/// Whether an object is an answer that wraps rows.
enum Rows {
    /// Yes: its rows begin after this many bytes, within this many brackets.
    At(usize, u32),
    No,
    Unsure,
}

/// What may stand before the hits of a search.
const SEARCH_BYTES: usize = 2048;

/// Looks for `{"data":[` (SanctumAI's `/api/v1/audit`), `{"records":[` (Syncropel's `/v1/records`), `{"events":[`
/// (CloudWatch Logs' `filter-log-events`), and `{"took":…,"hits":{…,"hits":[` (a search of Elasticsearch).
fn rows(text: &[u8], end: bool) -> Rows {
    let unsure = if end { Rows::No } else { Rows::Unsure };
    let Some((quote, byte)) = significant(text, 1) else { return unsure };
    if byte != b'"' {
        return Rows::No;
    }
    let key = rest(text, quote);
    for name in [&b"\"data\""[..], b"\"records\"", b"\"events\""] {
        if key.starts_with(name) {
            return list_after(text, quote + name.len(), 1).unwrap_or(unsure);
        }
        if name.starts_with(key) {
            return unsure;
        }
    }
    if key.starts_with(b"\"took\"") {
        return hits(text).unwrap_or(if text.len() < SEARCH_BYTES { unsure } else { Rows::No });
    }
    if b"\"took\"".starts_with(key) { unsure } else { Rows::No }
}

/// Whether a colon and an array follow; nothing if that is not to be known yet.
fn list_after(text: &[u8], from: usize, brackets: u32) -> Option<Rows> {
    let (colon, byte) = significant(text, from)?;
    if byte != b':' {
        return Some(Rows::No);
    }
    let (bracket, byte) = significant(text, colon + 1)?;
    Some(if byte == b'[' { Rows::At(bracket + 1, brackets) } else { Rows::No })
}

/// The list of hits, which stands in an object of the same name.
fn hits(text: &[u8]) -> Option<Rows> {
    let head = text.get(..SEARCH_BYTES).unwrap_or(text);
    for at in memchr::memmem::find_iter(head, b"\"hits\"") {
        match list_after(text, at + 6, 2) {
            Some(Rows::No) => {}
            found => return found,
        }
    }
    None
}
