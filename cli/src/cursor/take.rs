//! The mark of a place, taken from the file as it is now.

use std::cell::RefCell;

use indicatif::ProgressBar;
use jiff::Timestamp;

use super::mark::{ANCHOR_BYTES, Mark, PREFIX_BYTES, Place, hash};
use super::plan::Item;
use crate::input;

impl Item {
    /// The mark of this place in the file.
    pub(super) fn mark_at(&self, place: &Place, now: Timestamp) -> Mark {
        let head_len = PREFIX_BYTES.min(place.offset);
        let prefix = match usize::try_from(head_len).ok().and_then(|len| self.head.get(..len)) {
            Some(prefix) => prefix.to_vec(),
            // It was shorter when it was looked at.
            None => self.before(head_len, head_len).unwrap_or_else(|| self.head.clone()),
        };
        let anchor_len = if self.compressed { 0 } else { ANCHOR_BYTES.min(place.offset) };
        // What was before the place cannot be known any more: nothing is the anchor, and the file is read again. Unless
        // nothing more was read of it than the mark had that it was taken up from.
        let anchor_sha256 = match self.before(place.offset, anchor_len) {
            Some(bytes) => hash(&bytes),
            None => self.anchor_at(place.offset).unwrap_or_default(),
        };
        Mark {
            path: self.path.clone(),
            device: self.device,
            inode: self.inode,
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
    pub(super) fn passed_over(&self, now: Timestamp) -> Mark {
        let place = Place { offset: self.head.len() as u64, line: 1, last_id: None, done: true };
        let mark = self.mark_at(&place, now);
        Mark { anchor_bytes: 0, anchor_sha256: hash(&[]), ..mark }
    }

    /// So many bytes before an offset of the item's file, wherever it is now.
    fn before(&self, offset: u64, len: u64) -> Option<Vec<u8>> {
        self.with_file(|path| {
            let bytes = RefCell::new(None);
            let keep = |found: &[u8]| bytes.replace(Some(found.to_vec())).is_none();
            input::open_at(path, offset, len, keep, &ProgressBar::hidden()).ok()?;
            bytes.into_inner()
        })?
    }
}
