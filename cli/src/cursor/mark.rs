//! One file's place, and how the file is known again.

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::Item;
use crate::input;

/// How many bytes of a file's beginning it is known by. Audit records carry ids and times: the first is enough.
pub(super) const PREFIX_BYTES: u64 = 1024;
/// How many bytes before the place show that it is the same file.
const ANCHOR_BYTES: u64 = 256;

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
    /// The mark of this place in the item's file.
    pub(super) fn take(item: &Item, place: &Place, now: Timestamp) -> Mark {
        let head_len = PREFIX_BYTES.min(place.offset);
        let prefix = match usize::try_from(head_len).ok().and_then(|len| item.head.get(..len)) {
            Some(prefix) => prefix.to_vec(),
            // It was shorter when it was looked at.
            None => before(item, head_len, head_len).unwrap_or_else(|| item.head.clone()),
        };
        let anchor_len = if item.compressed { 0 } else { ANCHOR_BYTES.min(place.offset) };
        // What was before the place cannot be known any more: nothing is the anchor, and the file is read again. Unless
        // nothing more was read of it than the mark had that it was taken up from.
        let anchor_sha256 = match before(item, place.offset, anchor_len) {
            Some(bytes) => hash(&bytes),
            None => item.anchor_at(place.offset).unwrap_or_default(),
        };
        Mark {
            path: item.path.clone(),
            device: item.device,
            inode: item.inode,
            offset: place.offset,
            line: place.line,
            done: place.done,
            last_id: place.last_id.clone(),
            prefix_bytes: prefix.len() as u64,
            prefix_sha256: hash(&prefix),
            anchor_bytes: anchor_len,
            anchor_sha256,
            updated: now,
        }
    }

    /// The mark of a file that is not to be read.
    pub(super) fn passed_over(item: &Item, now: Timestamp) -> Mark {
        let place = Place { offset: item.head.len() as u64, line: 1, last_id: None, done: true };
        let mark = Mark::take(item, &place, now);
        Mark { anchor_bytes: 0, anchor_sha256: hash(&[]), ..mark }
    }

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

/// So many bytes before an offset of the item's file, wherever it is now.
fn before(item: &Item, offset: u64, len: u64) -> Option<Vec<u8>> {
    item.with_file(|path| {
        let bytes = RefCell::new(None);
        let keep = |found: &[u8]| bytes.replace(Some(found.to_vec())).is_none();
        input::open_at(path, offset, len, keep, &ProgressBar::hidden()).ok()?;
        bytes.into_inner()
    })?
}

/// Bytes of a plain file; none if they are not there any more.
pub(super) fn bytes_of(path: &Path, offset: u64, len: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    let read = File::open(path).and_then(|file| file.read_exact_at(&mut bytes, offset));
    if read.is_ok() { bytes } else { Vec::new() }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
