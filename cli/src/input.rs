//! What a command reads: files, folders, standard input; plain, gzip or zstd, told by content and not by name.

mod open;
mod paths;

use std::fmt;
use std::path::PathBuf;

pub(crate) use self::open::{Stream, decoded, head, open, open_at};
pub(crate) use self::paths::{followed, rotated, sources};

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// Its size on disk, for progress.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Source::Stdin => None,
            Source::File(path) => std::fs::metadata(path).ok().map(|data| data.len()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Stdin => f.write_str("standard input"),
            Source::File(path) => path.display().fmt(f),
        }
    }
}
