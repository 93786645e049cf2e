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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use crate::cursor::Cursor;
    use crate::input::Source;
    use indicatif::ProgressBar;

    /// Rotation by copying: the place is the old file's, and what stands there now is the new one's.
    #[test]
    fn what_was_written_over_the_file_is_not_read_for_it() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        let lines = |from: u32| -> String {
            let lines: Vec<String> =
                (from..from + 50).map(|number| format!("line {number}\n")).collect();
            lines.concat()
        };
        std::fs::write(path("log"), lines(100)).unwrap();
        let sources = [Source::File(path("log"))];
        let mut cursor = Cursor::load(&path("cursor"), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let mut item = cursor.plan(&sources).unwrap().pop().unwrap();
        let (mut stream, _) = item.open(&ProgressBar::hidden()).unwrap().unwrap();
        let mut some = [0; 90];
        stream.read_exact(&mut some).unwrap();
        assert_eq!(&some[..], &lines(100).as_bytes()[..90]);

        std::fs::copy(path("log"), path("log.1")).unwrap();
        std::fs::write(path("log"), lines(500)).unwrap();
        assert_eq!(stream.read(&mut some).unwrap(), 0);
        let place = crate::cursor::Place { offset: 90, line: 11, ..Default::default() };
        cursor.advance(&mut item, &place);
        let items = cursor.plan(&sources).unwrap();
        let found: Vec<_> = items.iter().map(|item| (&item.path, item.place.offset)).collect();
        assert_eq!(found, [(&path("log.1"), 90), (&path("log"), 0)]);
    }

    /// A log that is away for a while, as on a share that is not mounted.
    #[test]
    fn a_file_that_was_gone_is_read_on_from_its_place() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        std::fs::write(path("log"), "a line\n".repeat(100)).unwrap();
        let sources = [Source::File(path("log"))];
        let mut cursor = Cursor::load(&path("cursor"), jiff::Timestamp::UNIX_EPOCH).unwrap();
        let mut item = cursor.plan(&sources).unwrap().pop().unwrap();
        let place = crate::cursor::Place { offset: 350, line: 51, ..Default::default() };
        cursor.advance(&mut item, &place);

        let mut item = cursor.plan(&sources).unwrap().pop().unwrap();
        std::fs::rename(path("log"), path("away")).unwrap();
        assert!(item.open(&ProgressBar::hidden()).unwrap().is_none());
        let unread = item.place.clone();
        cursor.advance(&mut item, &unread);
        std::fs::rename(path("away"), path("log")).unwrap();

        let mut item = cursor.plan(&sources).unwrap().pop().unwrap();
        let (_, again) = item.open(&ProgressBar::hidden()).unwrap().unwrap();
        assert_eq!((again, item.place.offset), (false, 350));
    }
}
