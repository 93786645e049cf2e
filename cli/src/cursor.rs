//! How far files were read: pulls without gap or overlap, by record and not by wall clock.
//!
//! A file is known by its content, because names and inodes move under rotation: by the hash of its first bytes,
//! whether it is compressed by now or not. Its inode only tells two files apart that begin alike. The place in it is
//! an offset of the uncompressed content, and the hash of the bytes before it (the anchor) shows that it is still the
//! file the place was taken in. So these are survived: appending, rename and create, copy and truncate, compression
//! after rotation, several rotations between two runs.
//!
//! A cursor is written whole or not at all, and only when what it stands for has safely arrived.

mod added;
mod find;
mod mark;
mod take;
mod plan;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use self::added::Added;
pub(crate) use self::mark::{Mark, Place};
pub(crate) use self::plan::Item;
use crate::exit::Failure;
use crate::file::write_whole;
use crate::input::Source;

/// The form of the file; another one is refused.
const VERSION: u32 = 1;
/// Marks of files that are gone are kept this long.
const KEEP: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The places in all files that this cursor has met.
#[derive(Debug)]
pub(crate) struct Cursor {
    path: PathBuf,
    logs: Vec<PathBuf>,
    marks: Vec<Mark>,
    /// The file that pulls add to, and how much of it this cursor stands for.
    pub(crate) added: Option<Added>,
    now: Timestamp,
}

/// The cursor as it is on disk.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    version: u32,
    /// The files that were named: a rotation of one of them that the cursor does not know is new, not old.
    logs: Vec<PathBuf>,
    files: Vec<Mark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    added: Option<Added>,
}

impl Cursor {
    /// Reads the cursor; a file that is not there yet is an empty one.
    pub(crate) fn load(path: &Path, now: Timestamp) -> Result<Cursor, Failure> {
        let stored = match std::fs::read(path) {
            Ok(bytes) => stored(path, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Stored::default(),
            Err(error) => {
                return Err(Failure::usage(format!("{}: {error}", path.display())));
            }
        };
        let Stored { logs, files: marks, added, .. } = stored;
        Ok(Cursor { path: path.to_owned(), logs, marks, added, now })
    }

    /// What there is to read in these sources, each from its place on.
    pub(crate) fn plan(&mut self, sources: &[Source]) -> Result<Vec<Item>, Failure> {
        plan::plan(self, sources)
    }

    /// Whether nothing was ever read by it.
    pub(crate) fn is_new(&self) -> bool {
        self.marks.is_empty()
    }

    /// Later runs are told this time.
    pub(crate) fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Everything up to this place of the item's file has arrived.
    pub(crate) fn advance(&mut self, item: &mut Item, place: &Place) {
        if place.offset == 0 && !place.done {
            return;
        }
        let mark = item.mark_at(place, self.now);
        if let Some(old) = item.slot.and_then(|slot| self.marks.get_mut(slot)) {
            *old = mark;
        } else {
            item.slot = Some(self.marks.len());
            self.marks.push(mark);
        }
    }

    /// Writes the cursor: a new file beside it, forced to disk, then renamed over it.
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        let oldest = self.now.checked_sub(KEEP).unwrap_or(Timestamp::MIN);
        let files = self.marks.iter().filter(|mark| mark.updated >= oldest).cloned().collect();
        let added = self.added.clone();
        let stored = Stored { version: VERSION, logs: self.logs.clone(), files, added };
        let bytes = serde_json::to_vec_pretty(&stored)
            .map_err(|error| Failure::bug(format!("the cursor cannot be written: {error}")))?;
        write_whole(&self.path, &bytes).map_err(|error| {
            let text = format!("{}: the cursor cannot be written", self.path.display());
            Failure::unwritten(text, &error)
                .hint("what was read will be read again by the next run; ids stay the same")
        })
    }
}

fn stored(path: &Path, bytes: &[u8]) -> Result<Stored, Failure> {
    match serde_json::from_slice::<Stored>(bytes) {
        Ok(stored) if stored.version == VERSION => Ok(stored),
        _ => Err(Failure::config(format!("{}: not a cursor of this program", path.display()))
            .hint(
                "move it away to begin with the first record again; nothing was read or written",
            )),
    }
}

/// Beside the cursor: where records are kept that it passes and nobody else has.
pub(crate) fn rejected_path(cursor: &Path) -> PathBuf {
    beside(cursor, ".rejected.ndjson")
}

/// Beside the cursor: the key of pseudonyms, so that those of several runs join.
pub(crate) fn hash_key_path(cursor: &Path) -> PathBuf {
    beside(cursor, ".hash-key")
}

fn beside(cursor: &Path, ending: &str) -> PathBuf {
    let mut name = cursor.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
