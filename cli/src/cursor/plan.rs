//! Which files hold something new, and from where on.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Cursor;
use super::mark::{self, Mark, PREFIX_BYTES, Place};
use crate::exit::Failure;
use crate::input::{self, Source, Stream};
use indicatif::ProgressBar;

/// Blank lines beyond this are not counted into line numbers.
const MOST_BLANKS: u64 = 64 * 1024;

/// A file, and the place from which on it is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What it is called in messages: as it was named on the command line, or found beside that.
    pub(crate) name: PathBuf,
    pub(crate) path: PathBuf,
    /// The log that was named: this file, or one that a rotation made of it.
    pub(super) log: PathBuf,
    /// The place to begin at.
    pub(crate) place: Place,
    /// Whether the vault may still be writing into it: then an unfinished last record is left alone.
    pub(crate) grows: bool,
    pub(crate) compressed: bool,
    pub(super) head: Vec<u8>,
    pub(super) device: u64,
    pub(super) inode: u64,
    len: u64,
    /// The mark that it continues.
    pub(super) slot: Option<usize>,
    anchor: Option<Mark>,
}

impl Item {
    fn new(path: &Path, log: &Path, grows: bool) -> Result<Item, Failure> {
        let failure = |error| Failure::usage(format!("{}: {error}", path.display()));
        let data: Metadata = std::fs::metadata(path).map_err(failure)?;
        let (head, compressed) = input::head(path, PREFIX_BYTES)?;
        Ok(Item {
            name: path.to_owned(),
            path: absolute(path),
            log: absolute(log),
            place: Place { line: 1, ..Place::default() },
            grows: grows && !compressed,
            compressed,
            head,
            device: data.dev(),
            inode: data.ino(),
            len: data.len(),
            slot: None,
            anchor: None,
        })
    }

    /// Opens the file at its place. If it is not the file that it was taken for, at its beginning, and `true`. `None`:
    /// it is not there any more.
    pub(crate) fn open(
        &mut self,
        progress: &ProgressBar,
    ) -> Result<Option<(Stream, bool)>, Failure> {
        let Some(opened) = self.with_file(|path| self.open_at(path, progress)) else {
            return Ok(None);
        };
        let (stream, again) = opened?;
        if again {
            self.place = Place { line: 1, ..Place::default() };
        }
        Ok(Some((stream, again)))
    }

    fn open_at(&self, path: &Path, progress: &ProgressBar) -> Result<(Stream, bool), Failure> {
        let (stream, again) = self.open_anywhere(path, progress)?;
        if stream.is_compressed() {
            return Ok((stream, again));
        }
        let file = File::open(path)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok((stream.while_it_begins(file, self.head.clone()), again))
    }

    fn open_anywhere(
        &self,
        path: &Path,
        progress: &ProgressBar,
    ) -> Result<(Stream, bool), Failure> {
        let whole = || input::open(&Source::File(path.to_owned()), progress);
        let Some(mark) = &self.anchor else { return Ok((whole()?, false)) };
        let is_anchor = |bytes: &[u8]| mark.is_anchor(bytes);
        match input::open_at(path, mark.offset, mark.anchor_bytes, is_anchor, progress)? {
            Some(stream) => Ok((stream, false)),
            None => Ok((whole()?, true)),
        }
    }

    /// How it begins.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// What is left to read, as far as the size on disk says.
    pub(crate) fn remaining(&self) -> u64 {
        if self.compressed { self.len } else { self.len.saturating_sub(self.place.offset) }
    }

    /// How many lines end between two offsets of a plain file.
    pub(crate) fn line_breaks(&self, from: u64, to: u64) -> usize {
        if self.compressed {
            return 0;
        }
        let bytes = mark::bytes_of(&self.path, from, (to - from).min(MOST_BLANKS));
        memchr::memchr_iter(b'\n', &bytes).count()
    }

    fn is(&self, mark: &Mark) -> bool {
        (self.device, self.inode) == (mark.device, mark.inode) && mark.fits(&self.head)
    }

    fn claim(&mut self, slot: usize, mark: &Mark) {
        self.slot = Some(slot);
        self.place = Place {
            offset: mark.offset,
            line: mark.line,
            last_id: mark.last_id.clone(),
            done: mark.done,
        };
        self.anchor = Some(mark.clone());
    }

    /// What stood before this place when it was marked last.
    pub(super) fn anchor_at(&self, offset: u64) -> Option<String> {
        let mark = self.anchor.as_ref().filter(|mark| mark.offset == offset)?;
        Some(mark.anchor_sha256.clone())
    }

    fn has_more(&self) -> bool {
        let at_end = !self.compressed && self.len == self.place.offset && self.is_at_anchor();
        !self.head.is_empty() && !self.place.done && !at_end
    }

    /// Whether the place is one in this file. A log may be replaced between being looked at and being read; the mark then
    /// has the beginning of one file and the place of another, and both may well be of the same length.
    fn is_at_anchor(&self) -> bool {
        self.anchor.as_ref().is_none_or(|mark| {
            let before = mark.offset.saturating_sub(mark.anchor_bytes);
            mark.is_anchor(&mark::bytes_of(&self.path, before, mark.anchor_bytes))
        })
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A file that may hold something new.
struct Candidate {
    item: Item,
    /// Named on the command line, or in a folder that is; else found as a rotation of one.
    named: bool,
    /// The cursor has met this log before, under this name.
    known: bool,
}

pub(super) fn plan(cursor: &mut Cursor, sources: &[Source]) -> Result<Vec<Item>, Failure> {
    let mut candidates = candidates(cursor, sources)?;
    let Cursor { marks, now, .. } = cursor;
    claim(&mut candidates, marks);
    let mut items = Vec::new();
    for Candidate { mut item, named, known } in candidates {
        if let Some(mark) = item.slot.and_then(|slot| marks.get_mut(slot)) {
            mark.path.clone_from(&item.path);
            (mark.device, mark.inode, mark.updated) = (item.device, item.inode, *now);
        } else if !named {
            // A copy of a log that is about to be truncated, or a rotation from before the first run.
            if marks.iter().any(|mark| mark.fits(&item.head)) {
                continue;
            }
            if !known && !item.head.is_empty() {
                item.slot = Some(marks.len());
                marks.push(item.passed_over(*now));
                continue;
            }
        }
        if item.has_more() {
            items.push(item);
        }
    }
    Ok(items)
}

fn candidates(cursor: &mut Cursor, sources: &[Source]) -> Result<Vec<Candidate>, Failure> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for source in sources {
        let Source::File(path) = source else {
            return Err(Failure::usage("standard input has no place that a cursor could remember")
                .hint("name the file, or leave --cursor out"));
        };
        if *path == cursor.path {
            continue;
        }
        let full = absolute(path);
        let known = cursor.logs.contains(&full);
        for sibling in input::rotated(path) {
            let is_named = sources.contains(&Source::File(sibling.clone()));
            if !is_named && sibling != cursor.path {
                // It may be gone already: rotation goes on while we look.
                if let Ok(item) = Item::new(&sibling, path, false) {
                    candidates.push(Candidate { item, named: false, known });
                }
            }
        }
        match Item::new(path, path, true) {
            Ok(item) => candidates.push(Candidate { item, named: true, known }),
            // Between the renaming and the creation of a rotation.
            Err(_) if known && !path.exists() => {}
            // A follower waits for it. It is not known before it is there, so that rotations from before stay old.
            Err(_) if !path.exists() => continue,
            Err(failure) => return Err(failure),
        }
        if !known {
            cursor.logs.push(full);
        }
    }
    Ok(candidates)
}

/// Gives each candidate its mark: first those that did not move, then those that begin alike.
fn claim(candidates: &mut [Candidate], marks: &[Mark]) {
    let mut taken = vec![false; marks.len()];
    for moved in [false, true] {
        for Candidate { item, .. } in candidates.iter_mut().filter(|one| one.item.slot.is_none()) {
            let free = marks.iter().enumerate().filter(|(slot, _)| !taken[*slot]);
            let fitting =
                free.filter(|(_, mark)| item.is(mark) || (moved && mark.fits(&item.head)));
            if let Some((slot, mark)) = fitting.max_by_key(|(_, mark)| mark.prefix_bytes) {
                item.claim(slot, mark);
                taken[slot] = true;
            }
        }
    }
}
