//! Records are taken out of what they came in, before they are recognised.
//!
//! Audit logs travel in the lines of container runtimes, in the events of log shippers, in notifications and in the
//! answers of log stores. [`Unwrapper`] takes a raw record of [`crate::split`] and gives what is in it: mostly one
//! record, none for a part of a longer line, several for a batch of CloudWatch Logs. What the wrapper tells about
//! where the record comes from goes with it as [`Context`]. At most two wrappers, one in the other, are opened.
//!
//! `docs/formats/wrappers.md` lists the wrappers.

mod aws;
mod container;
mod envelope;
mod header;
mod layer;
mod members;
mod open;
mod parts;
mod shipper;

use std::borrow::Cow;

use self::layer::{Layer, Opened};
use self::parts::{Joined, Parts, Step};
use crate::error::ParseError;
use crate::error::caught;
use crate::event::Wrapper;
pub use crate::source::Context;
use crate::split::{self, MAX_RECORD_BYTES, Piece, RawRecord};

/// So many wrappers are opened, one in the other.
const MAX_LAYERS: usize = 2;

/// A record, out of what it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapped<'t> {
    /// Its text, or why there is none.
    pub text: Result<Cow<'t, str>, ParseError>,
    /// What is known of it beside its text.
    pub context: Context,
    /// The line it begins on, from 1.
    pub line: usize,
    /// What reads as this record and no other, where that is not `text`.
    sealed: Option<Cow<'t, str>>,
}

impl<'t> Unwrapped<'t> {
    /// The record, free of the text it was read from.
    pub fn into_owned(self) -> Unwrapped<'static> {
        let owned = |text: Cow<'t, str>| Cow::Owned(text.into_owned());
        let Unwrapped { text, context, line, sealed } = self;
        Unwrapped { text: text.map(owned), context, line, sealed: sealed.map(owned) }
    }

    /// One line of text that reads as this record again, wrapper included: for a queue.
    pub fn to_line(&self) -> Cow<'t, str> {
        match (&self.text, &self.sealed) {
            (_, Some(sealed)) => sealed.clone(),
            (Ok(text), None) if self.context == Context::default() && stands_alone(text) => {
                text.clone()
            }
            (Ok(text), None) => Cow::Owned(envelope::seal(text, &self.context)),
            (Err(_), None) => Cow::Borrowed(""),
        }
    }
}

/// Whether the text is cut as one record again: what was left over between records, such as `""\`, is not always.
fn stands_alone(text: &str) -> bool {
    if text.starts_with(['{', '#']) {
        return true;
    }
    let mut records = split::records(text);
    records.next().is_some_and(|record| record.text == text.trim()) && records.next().is_none()
}

/// A record as it was cut out of a text or stream.
#[derive(Clone, Debug)]
struct Raw<'t> {
    text: Result<&'t str, ParseError>,
    lossy: &'t str,
    prefix: &'t str,
    original_bytes: Option<u64>,
    line: usize,
    start: u64,
}

/// Takes records out of their wrappers; remembers the parts of lines that are not whole yet.
#[derive(Debug, Default)]
pub struct Unwrapper {
    parts: Parts,
}

/// What a raw record held.
#[derive(Debug)]
pub struct Records<'t> {
    first: Option<Unwrapped<'t>>,
    rest: std::vec::IntoIter<Unwrapped<'t>>,
}

impl<'t> Iterator for Records<'t> {
    type Item = Unwrapped<'t>;

    fn next(&mut self) -> Option<Unwrapped<'t>> {
        self.first.take().or_else(|| self.rest.next())
    }
}

impl Unwrapper {
    /// What is in a piece of a stream.
    pub fn open<'t>(&mut self, piece: &Piece<'t>) -> Records<'t> {
        self.take(Raw {
            text: piece.text.clone(),
            lossy: piece.lossy,
            prefix: piece.prefix,
            original_bytes: piece.original_bytes,
            line: piece.line,
            start: piece.start,
        })
    }

    /// Where the oldest line begins of which only parts came so far: its offset, and its line.
    ///
    /// Whoever stops now must begin there again.
    pub fn pending(&self) -> Option<(u64, usize)> {
        self.parts.oldest()
    }

    /// The lines of which parts are missing, when nothing will follow.
    pub fn finish(&mut self) -> Records<'static> {
        let cut_off = self.parts.finish().into_iter().map(incomplete);
        Records { first: None, rest: cut_off.collect::<Vec<_>>().into_iter() }
    }

    fn take<'t>(&mut self, raw: Raw<'t>) -> Records<'t> {
        let none = || Vec::new().into_iter();
        let text = match raw.text {
            Ok(text) => text,
            Err(error) => {
                return Records { first: Some(refused(error, raw.lossy, raw.line)), rest: none() };
            }
        };
        if raw.prefix.is_empty() && open::is_bare(text) {
            let whole = Whole { line: raw.line, original_bytes: raw.original_bytes };
            let found = whole.record(Cow::Borrowed(text), Wrapper::default());
            return Records { first: Some(found), rest: none() };
        }
        let mut found = Vec::new();
        let opened = caught(|| {
            self.wrapped(text, &raw, &mut found);
            Ok(())
        });
        // Whole, whatever was found in it so far: what is found again has the same id.
        let panicked = opened.err().map(|error| refused(error, text, raw.line));
        Records { first: panicked, rest: found.into_iter() }
    }

    /// A record that may be wrapped: by what stands before it on its line, or by what it is.
    fn wrapped<'t>(&mut self, text: &'t str, raw: &Raw<'t>, out: &mut Vec<Unwrapped<'t>>) {
        let Raw { line, original_bytes, .. } = *raw;
        let mut whole = Whole { line, original_bytes };
        let about = header::before(raw.prefix);
        let depth = usize::from(about.is_some());
        let text = match about {
            Some(_) => text,
            None => text.trim_start_matches('\u{feff}'),
        };
        if depth == 0
            && let Some(layer) = open::runtime_line(text)
        {
            return self.layer(layer, Wrapper::default(), 1, raw, &mut whole, out);
        }
        self.unfold(Cow::Borrowed(text), about.unwrap_or_default(), depth, raw, &mut whole, out);
    }

    /// Opens what the text is, layer by layer.
    fn unfold<'t>(
        &mut self,
        text: Cow<'t, str>,
        about: Wrapper<'static>,
        depth: usize,
        raw: &Raw<'t>,
        whole: &mut Whole,
        out: &mut Vec<Unwrapped<'t>>,
    ) {
        let opened = match &text {
            Cow::Borrowed(text) => open::open(text),
            Cow::Owned(text) => open::open(text).into_owned(),
        };
        match opened {
            Opened::Bare if depth > 0 && text.trim().is_empty() => {}
            Opened::Bare => out.push(whole.record(text, about)),
            Opened::Nothing => {}
            Opened::Sealed(inner, context) => {
                let sealed = inner.is_err().then_some(text);
                let text = inner;
                out.push(Unwrapped { text, context, line: whole.line, sealed });
            }
            Opened::Refused(kind, error) => {
                out.push(whole.refusal(&text, layer::within(about, kind), error));
            }
            Opened::One(layer) | Opened::Part(layer) if depth == MAX_LAYERS => {
                let error = ParseError::Unsupported("wrapped more than twice");
                out.push(whole.refusal(&text, layer::merge(about, layer.about), error));
            }
            Opened::One(layer) => {
                let about = layer::merge(about, layer.about);
                self.unfold(layer.text, about, depth + 1, raw, whole, out);
            }
            Opened::Part(layer) => self.layer(layer, about, depth + 1, raw, whole, out),
            Opened::Many(layers) => {
                for layer in layers {
                    let about = layer::merge(about.clone(), layer.about);
                    self.unfold(layer.text, about, depth + 1, raw, whole, out);
                }
            }
        }
    }

    /// A line of a container runtime, which may be a part of a longer one.
    fn layer<'t>(
        &mut self,
        layer: Layer<'t>,
        about: Wrapper<'static>,
        depth: usize,
        raw: &Raw<'t>,
        whole: &mut Whole,
        out: &mut Vec<Unwrapped<'t>>,
    ) {
        let Layer { text, about: own, part } = layer;
        let about = layer::merge(about, own);
        let Step { whole: joined, cut_off } =
            self.parts.add(text, about, part, (raw.start, raw.line));
        out.extend(cut_off.map(incomplete));
        let Some(joined) = joined else { return };
        let Joined { text, about, line, original_bytes, was_cut } = joined;
        let mut whole = Whole {
            line: if was_cut { line } else { whole.line },
            original_bytes: original_bytes.or(whole.original_bytes),
        };
        let Some(text) = text else {
            let error = ParseError::TooLarge { limit: MAX_RECORD_BYTES };
            return out.push(whole.refusal("", about, error));
        };
        self.unfold(text, about, depth, raw, &mut whole, out);
    }
}

/// What is the same for all that comes out of one raw record.
struct Whole {
    line: usize,
    original_bytes: Option<u64>,
}

impl Whole {
    fn record<'t>(&self, text: Cow<'t, str>, about: Wrapper<'static>) -> Unwrapped<'t> {
        let bytes = text.len();
        if bytes <= MAX_RECORD_BYTES {
            return self.checked(text, about, self.original_bytes);
        }
        let Some(slim) = split::slim::slim(&text) else {
            let error = ParseError::TooLarge { limit: MAX_RECORD_BYTES };
            return self.refusal(&text, about, error);
        };
        let bytes = u64::try_from(bytes).ok();
        self.checked(Cow::Owned(slim), about, self.original_bytes.or(bytes))
    }

    fn checked<'t>(
        &self,
        text: Cow<'t, str>,
        about: Wrapper<'static>,
        original_bytes: Option<u64>,
    ) -> Unwrapped<'t> {
        if about.kind.is_empty() {
            let context = Context { wrapper: None, original_bytes };
            return Unwrapped { text: Ok(text), context, line: self.line, sealed: None };
        }
        if !text.trim_start().starts_with('{') {
            return self.refusal(&text, about, ParseError::UnknownFormat(None));
        }
        let context = Context { wrapper: Some(Box::new(about)), original_bytes };
        Unwrapped { text: Ok(text), context, line: self.line, sealed: None }
    }

    fn refusal<'t>(&self, text: &str, about: Wrapper<'static>, error: ParseError) -> Unwrapped<'t> {
        let error = error.within(&about.kind);
        let context = Context { wrapper: Some(Box::new(about)), original_bytes: None };
        let sealed = Some(Cow::Owned(envelope::refused(text, &context, &error)));
        Unwrapped { text: Err(error), context, line: self.line, sealed }
    }
}

/// A line of which the last part never came.
fn incomplete(joined: Joined<'static>) -> Unwrapped<'static> {
    let Joined { text, about, line, .. } = joined;
    let whole = Whole { line, original_bytes: None };
    let error = ParseError::Unsupported("the last part of the line is missing");
    whole.refusal(&text.unwrap_or_default(), about, error)
}

/// What could not even be read as text.
fn refused<'t>(error: ParseError, lossy: &str, line: usize) -> Unwrapped<'t> {
    let context = Context::default();
    let sealed = Some(Cow::Owned(envelope::refused(lossy, &context, &error)));
    Unwrapped { text: Err(error), context, line, sealed }
}

/// The records of a body, out of what they came in.
pub fn records(body: &str) -> impl Iterator<Item = Unwrapped<'_>> {
    let mut unwrapper = Unwrapper::default();
    let mut raw = split::records(body);
    let mut open = Records { first: None, rest: Vec::new().into_iter() };
    let mut is_over = false;
    std::iter::from_fn(move || {
        loop {
            if let Some(record) = open.next() {
                return Some(record);
            }
            if is_over {
                return None;
            }
            let Some(RawRecord { text, line, prefix }) = raw.next() else {
                is_over = true;
                open = unwrapper.finish();
                continue;
            };
            let text = Ok(text);
            open = unwrapper.take(Raw {
                text,
                lossy: "",
                prefix,
                original_bytes: None,
                line,
                start: 0,
            });
        }
    })
}
