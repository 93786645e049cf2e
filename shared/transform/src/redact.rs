//! Takes secrets out of events (contract 3.8).
//!
//! Mapping by allow-list, in the sources' readers, is the first and strongest layer. What it lets through passes
//! three more here, each of which can be switched off alone to see that the others hold: names whose values are
//! secrets, tokens and assignments by their shape, and strings that only a random generator writes. A secret
//! becomes `[redacted:<kind>:<characters>]`, and where it stood is noted in `redactions`; doing it again
//! changes nothing. Control characters stay: every format escapes or drops them.
//!
//! Every string is looked at, keys of maps and strings that hold JSON as well. Digests and ids lose tokens, but not
//! their randomness.

#[cfg(any(test, feature = "testing"))]
mod canaries;
#[cfg(test)]
mod corpus;
mod addresses;
mod assignments;
mod bytes;
mod entropy;
mod fields;
mod hit;
mod json_text;
mod marks;
mod names;
mod numbers;
mod prefixes;
mod record;
mod scan;
#[cfg(test)]
mod tests;
mod tokens;
mod values;

use std::borrow::Cow;

#[cfg(any(test, feature = "testing"))]
pub use self::canaries::{Canary, canaries};
use self::hit::{Entropic, Hit, Look};
use self::json_text::Json;
use self::marks::mark;
pub use self::record::copy;
use crate::event::Event;

/// Which layers are on; tests switch them off one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Names whose values are secrets: keys of `details` and `labels`, `password=…` in text.
    pub keys: bool,
    /// Tokens, private keys, addresses with credentials, signatures, by their shape.
    pub patterns: bool,
    /// Long random strings in free text.
    pub entropy: bool,
}

impl Layers {
    /// Every layer.
    pub const ALL: Layers = Layers { keys: true, patterns: true, entropy: true };
}

/// Redacts in place.
pub fn redact(event: &mut Event<'_>) {
    redact_with(event, Layers::ALL);
}

/// Redacts in place with some layers only.
pub fn redact_with(event: &mut Event<'_>, layers: Layers) {
    fields::redact(event, layers);
}

/// A free text without its secrets: for what is no event, as a reason or a line that could not be read.
pub fn text(text: &str) -> Cow<'_, str> {
    let look = Look { layers: Layers::ALL, entropic: Entropic::Yes, places: false, depth: 0 };
    match replaced(text, look) {
        Some(text) => Cow::Owned(text),
        None => Cow::Borrowed(text),
    }
}

/// The text with each secret replaced; `None` if there is none.
fn replaced(text: &str, look: Look) -> Option<String> {
    match json_text::clean(text, look) {
        Json::Clean => return None,
        Json::Redacted(clean) => return Some(clean),
        Json::Other => {}
    }
    let mut clean = replaced_once(text, look)?;
    // What stood between two secrets may be one by itself once they are gone.
    for _ in 0..8 {
        match replaced_once(&clean, look) {
            Some(cleaner) => clean = cleaner,
            None => break,
        }
    }
    Some(clean)
}

fn replaced_once(text: &str, look: Look) -> Option<String> {
    let hits = scan::hits(text, look);
    if hits.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 16 * hits.len());
    let mut done = 0;
    for Hit { range, kind } in hits {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&mark(kind, text.get(range.clone()).unwrap_or_default()));
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}
