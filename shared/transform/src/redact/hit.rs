//! What is looked for in a text, and what is found.

use std::ops::Range;

use super::Layers;

/// A stretch of text that must go, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) kind: &'static str,
}

/// How a text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) layers: Layers,
    pub(super) entropic: Entropic,
    /// Members that hold secrets as a whole (`data`, `headers`) are hidden: nothing is known of the record.
    pub(super) places: bool,
    /// How deep in JSON inside JSON the text stands.
    pub(super) depth: u8,
}

/// Whether high entropy alone makes a text suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entropic {
    /// Free text.
    Yes,
    /// Text where digests are at home: whole hex digests may stay.
    ExceptDigests,
    /// An id, a name, a path.
    No,
}
