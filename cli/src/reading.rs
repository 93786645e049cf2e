//! Reading one file after the other, and a file in several goes.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use transform::source::{Reader, Settings};

/// A reader that knows where files begin: there a hash chain begins too, and no other file's is continued.
pub(crate) struct FileReader {
    reader: Reader,
    name: Option<Arc<str>>,
}

impl FileReader {
    /// A reader with these settings.
    pub(crate) fn new(settings: Settings) -> FileReader {
        FileReader { reader: Reader::new(settings), name: None }
    }

    /// The reader for the next record of this file. What goes on where its last record ended continues its chain.
    pub(crate) fn of(&mut self, name: &Arc<str>, is_first: bool) -> &mut Reader {
        if is_first || self.name.as_ref() != Some(name) {
            self.reader.begin();
            self.name = Some(Arc::clone(name));
        }
        &mut self.reader
    }
}

impl Deref for FileReader {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for FileReader {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}
