//! One wrapper: what a text is, what is in it, and what it tells.

use std::borrow::Cow;

use super::Context;
use super::members::{self, Members};
use super::parts::Part;
use crate::error::ParseError;
use crate::event::{Text, Wrapper};

/// What is in a wrapper.
#[derive(Debug)]
pub(super) struct Layer<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) about: Wrapper<'static>,
    pub(super) part: Part,
}

/// What a text turned out to be.
#[derive(Debug)]
pub(super) enum Opened<'t> {
    /// No wrapper that is known.
    Bare,
    /// A wrapper around one text.
    One(Layer<'t>),
    /// A wrapper around a text that may be a part of a longer one.
    Part(Layer<'t>),
    /// A wrapper around several texts.
    Many(Vec<Layer<'t>>),
    /// A wrapper that rightly holds nothing.
    Nothing,
    /// Our own wrapper.
    Sealed(Result<Cow<'t, str>, ParseError>, Context),
    /// A wrapper, by this name, of which nothing can be had.
    Refused(&'static str, ParseError),
}

impl<'t> Layer<'t> {
    /// A text in a wrapper of this kind.
    pub(super) fn new(kind: &'static str, text: Cow<'t, str>) -> Layer<'t> {
        let about = Wrapper { kind: Text::from(kind), ..Wrapper::default() };
        Layer { text, about, part: Part::Last }
    }

    fn into_owned(self) -> Layer<'static> {
        let Layer { text, about, part } = self;
        Layer { text: Cow::Owned(text.into_owned()), about, part }
    }
}

impl Opened<'_> {
    pub(super) fn into_owned(self) -> Opened<'static> {
        match self {
            Opened::Bare => Opened::Bare,
            Opened::One(layer) => Opened::One(layer.into_owned()),
            Opened::Part(layer) => Opened::Part(layer.into_owned()),
            Opened::Many(layers) => {
                Opened::Many(layers.into_iter().map(Layer::into_owned).collect())
            }
            Opened::Nothing => Opened::Nothing,
            Opened::Sealed(text, context) => {
                Opened::Sealed(text.map(|text| Cow::Owned(text.into_owned())), context)
            }
            Opened::Refused(kind, error) => Opened::Refused(kind, error),
        }
    }
}

/// What two wrappers tell, the second within the first.
pub(super) fn merge(outer: Wrapper<'static>, inner: Wrapper<'static>) -> Wrapper<'static> {
    let kind = match (outer.kind.is_empty(), inner.kind.is_empty()) {
        (true, _) => inner.kind,
        (_, true) => outer.kind,
        _ => Text::from(format!("{}/{}", outer.kind, inner.kind)),
    };
    Wrapper {
        kind,
        // The wrapper next to the record knows best.
        time: inner.time.or(outer.time),
        host: inner.host.or(outer.host),
        pod: inner.pod.or(outer.pod),
        stream: inner.stream.or(outer.stream),
        log_group: inner.log_group.or(outer.log_group),
        log_stream: inner.log_stream.or(outer.log_stream),
    }
}

/// What is told, and that a wrapper of this kind was in it.
pub(super) fn within(about: Wrapper<'static>, kind: &'static str) -> Wrapper<'static> {
    merge(about, Wrapper { kind: Text::from(kind), ..Wrapper::default() })
}

/// What is said of a wrapper around nothing that is known.
pub(super) const UNKNOWN: ParseError = ParseError::UnknownFormat(None);

/// The record that a member is, as a string or as an object.
pub(super) fn payload<'t>(members: &Members<'t>, name: &str) -> Option<Cow<'t, str>> {
    let raw = members.raw(name)?;
    if raw.starts_with('{') {
        let inner = Members::read(raw)?;
        return crate::source::is_known(inner.names()).then_some(Cow::Borrowed(raw));
    }
    members::decode(raw)
}

/// Whether a text may hold a record.
pub(super) fn may_hold(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{') || text.starts_with("\"{") || text.contains("{\"")
}
