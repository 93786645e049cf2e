//! One file's place, and how the file is known again.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many bytes of a file's beginning it is known by. Audit records carry ids and times: the first is enough.
pub(super) const PREFIX_BYTES: u64 = 1024;
/// How many bytes before the place show that it is the same file.
pub(super) const ANCHOR_BYTES: u64 = 256;

/// The place up to which a file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Bytes of the uncompressed content.
    pub(crate) offset: u64,
    /// The line that the offset stands in, from 1.
    pub(crate) line: usize,
    /// The last event's id; for a person who looks into the cursor.
    pub(crate) last_id: Option<String>,
    /// Nothing will follow: the file is compressed, and was read to its end.
    pub(crate) done: bool,
}

/// A place in a file, as the cursor keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The name that the file last had.
    pub(super) path: PathBuf,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) offset: u64,
    pub(super) line: usize,
    /// Nothing more is to be read from it.
    pub(super) done: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_id: Option<String>,
    pub(super) prefix_bytes: u64,
    pub(super) prefix_sha256: String,
    pub(super) anchor_bytes: u64,
    pub(super) anchor_sha256: String,
    pub(super) updated: Timestamp,
}

impl Mark {
    /// Whether a file that begins so is the one that the mark is of.
    pub(super) fn fits(&self, head: &[u8]) -> bool {
        let prefix = usize::try_from(self.prefix_bytes).ok().and_then(|len| head.get(..len));
        self.prefix_bytes > 0 && prefix.is_some_and(|prefix| hash(prefix) == self.prefix_sha256)
    }

    /// Whether these are the bytes before the place.
    pub(super) fn is_anchor(&self, bytes: &[u8]) -> bool {
        self.anchor_bytes == 0 || hash(bytes) == self.anchor_sha256
    }
}

/// Bytes of a plain file; none if they are not there any more.
pub(super) fn bytes_of(path: &Path, offset: u64, len: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    let read = File::open(path).and_then(|file| file.read_exact_at(&mut bytes, offset));
    if read.is_ok() { bytes } else { Vec::new() }
}

pub(super) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
