//! What a text is, by its first bytes and its members: no wrapper, or which one.

use super::layer::{Layer, Opened, UNKNOWN};
use super::members::{self, Members};
use super::parts::Part;
use super::{aws, container, envelope, header, shipper};
use crate::error::ParseError;
use crate::split::cri;
use std::borrow::Cow;

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
