//! Where a file is now: a log is rotated, copied, truncated and compressed while it is read.
//!
//! A mark with the beginning of one file and the place of another would let the second one's be skipped.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::plan::Item;
use crate::input;

/// So many equal bytes at the beginning say that it is the same file, or a copy of it: a record has an id and a time.
const TELLING: usize = 256;
/// How often the file may move while it is opened.
const TRIES: usize = 5;

/// By what a file is known again.
#[derive(Clone, Copy)]
enum By {
    /// Its inode, and how it begins: a file that was truncated is another one.
    Inode,
    /// How it begins alone.
    Beginning,
}

impl Item {
    /// Does something with the item's file, under the name that it has before and after. `None`: it is gone, or
    /// does not stay where it is.
    pub(super) fn with_file<T>(&self, mut work: impl FnMut(&Path) -> T) -> Option<T> {
        for _ in 0..TRIES {
            let path = self.find()?;
            let done = work(&path);
            if self.find().is_some_and(|now| now == path) {
                return Some(done);
            }
        }
        None
    }

    /// Under its own name, or that of a rotation.
    fn find(&self) -> Option<PathBuf> {
        if self.is_at(&self.path, By::Inode) {
            return Some(self.path.clone());
        }
        let mut places = input::rotated(&self.log);
        places.push(self.log.clone());
        [By::Inode, By::Beginning]
            .into_iter()
            .find_map(|by| places.iter().find(|path| self.is_at(path, by)).cloned())
    }

    fn is_at(&self, path: &Path, by: By) -> bool {
        let may_be = match by {
            By::Inode => std::fs::metadata(path)
                .is_ok_and(|data| (data.dev(), data.ino()) == (self.device, self.inode)),
            By::Beginning => self.head.len() >= TELLING,
        };
        may_be && input::head(path, self.head.len() as u64).is_ok_and(|(head, _)| head == self.head)
    }
}
