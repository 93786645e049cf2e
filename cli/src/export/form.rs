//! How a file is compressed: a new one as its name says, one that is there already as it begins.

use std::path::Path;

/// A compression, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Gzip,
    Zstd,
}

impl Form {
    /// What the name says.
    pub(super) fn of(path: &Path) -> Form {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Form::Gzip,
            Some("zst") => Form::Zstd,
            _ => Form::Plain,
        }
    }

    /// What the first bytes say.
    pub(super) fn of_content(head: &[u8]) -> Form {
        if head.starts_with(&[0x1F, 0x8B]) {
            Form::Gzip
        } else if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            Form::Zstd
        } else {
            Form::Plain
        }
    }
}
