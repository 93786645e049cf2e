//! Records that go out together.

use super::read::Entry;
use crate::cursor::Place;

/// What may be taken at once beyond a batch when records are waiting anyway: few enough to be done with soon after
/// somebody says stop, enough for requests to go out side by side.
const MOST: usize = 250;
/// The most bytes that are held.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Records that were read and have no verdict yet.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) entries: Vec<Entry>,
    pub(super) records: usize,
    bytes: usize,
    /// For each job: where a later run goes on once all of this is done with.
    pub(super) places: Vec<(usize, Place)>,
}

impl Chunk {
    pub(super) fn add(&mut self, entry: Entry) {
        match self.places.last_mut() {
            Some((job, place)) if *job == entry.job => *place = entry.place.clone(),
            _ => self.places.push((entry.job, entry.place.clone())),
        }
        if let Some(record) = &entry.record {
            self.records += 1;
            self.bytes += record.as_ref().map_or(0, String::len);
            self.entries.push(entry);
        }
    }

    /// Whether it holds a batch of this size.
    pub(super) fn is_full(&self, size: usize) -> bool {
        self.records >= size || self.bytes >= MOST_BYTES
    }

    /// Whether more may be taken of what is waiting.
    pub(super) fn has_room(&self, size: usize) -> bool {
        self.records < MOST.max(size.saturating_mul(4)) && self.bytes < MOST_BYTES
    }
}
