//! One wrapper: what a text is, what is in it, and what it tells.

use std::borrow::Cow;

use super::members::{self, Members};
use super::parts::Part;
use super::{Context, aws, container, cri, envelope, header, shipper};
use crate::event::{Text, Wrapper};
use crate::error::ParseError;

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

/// Whether a text begins as an audit record itself does: vaults write their members in a fixed order.
pub(super) fn is_bare(text: &str) -> bool {
    let Some((name, rest)) = text.strip_prefix("{\"").and_then(|text| text.split_once('"')) else {
        return false;
    };
    match name {
        "schema" | "category" => true,
        "auth" | "request" => rest.starts_with(":{") || rest.starts_with(":null"),
        "type" => rest.starts_with(":\"re") || rest.starts_with(":\"kmip"),
        "time" => {
            let after = rest.strip_prefix(":\"").and_then(|rest| rest.split_once('"'));
            let next = after.and_then(|(_, rest)| rest.strip_prefix(",\"")).unwrap_or_default();
            ["type\":\"re", "type\":\"kmip", "auth\":{", "request\":{", "error\":\""]
                .iter()
                .any(|member| next.starts_with(member))
        }
        _ => false,
    }
}

/// A line of a container runtime, header and all.
pub(super) fn runtime_line(text: &str) -> Option<Layer<'_>> {
    let found = cri::header(text.as_bytes())?;
    let (_, rest) = text.split_at_checked(found.length)?;
    let part = if found.partial { Part::Open } else { Part::Last };
    Some(Layer { text: Cow::Borrowed(rest), about: header::runtime(&found), part })
}

/// What the text is.
pub(super) fn open(text: &str) -> Opened<'_> {
    let text = text.trim();
    if is_bare(text) {
        return Opened::Bare;
    }
    match text.as_bytes().first() {
        Some(b'{') => match envelope::open(text) {
            Some((text, context)) => Opened::Sealed(text, context),
            None => Members::read(text).map_or(Opened::Bare, |members| object(text, &members)),
        },
        Some(b'"') => string(text),
        Some(b'[' | b'}' | b']') | None => Opened::Bare,
        Some(_) if text.starts_with("<json:object") => Opened::Refused(
            "jsonx",
            ParseError::Unsupported("set the audit device's option `format` to `json`"),
        ),
        Some(_) if text.starts_with("H4sI") => aws::compressed("base64", text),
        Some(_) => prefixed(text),
    }
}

/// A JSON string: a record that was encoded twice.
fn string(text: &str) -> Opened<'_> {
    match members::decode(text) {
        Some(inner) if aws::is_pointer_class(&inner) => Opened::Nothing,
        Some(inner) if inner.trim_start().starts_with(['{', '"', '<']) => {
            Opened::One(Layer::new("json_string", inner))
        }
        Some(inner) if inner.starts_with("H4sI") => {
            aws::compressed("json_string", &inner).into_owned()
        }
        _ => Opened::Bare,
    }
}

/// A record behind a header.
fn prefixed(text: &str) -> Opened<'_> {
    match text.find("{\"").and_then(|at| text.split_at_checked(at)) {
        Some((prefix, rest)) => {
            let about = header::before(prefix).unwrap_or_default();
            Opened::One(Layer { text: Cow::Borrowed(rest), about, part: Part::Last })
        }
        None => match header::before(text) {
            Some(about) if about.kind.as_str() == "cri" => Opened::Refused("cri", UNKNOWN),
            Some(_) => Opened::Refused("syslog", UNKNOWN),
            None => Opened::Bare,
        },
    }
}

/// What is said of a wrapper around nothing that is known.
pub(super) const UNKNOWN: ParseError = ParseError::UnknownFormat(None);

fn object<'t>(text: &'t str, members: &Members<'t>) -> Opened<'t> {
    if crate::source::is_known(members.names()) {
        return Opened::Bare;
    }
    let families = [aws::open, shipper::journald, shipper::splunk, shipper::elastic];
    families
        .iter()
        .chain(&[container::open, shipper::vector, shipper::other])
        .find_map(|family| family(text, members))
        .unwrap_or(Opened::Bare)
}

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
