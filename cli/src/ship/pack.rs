//! Packing records into messages, and messages into requests.
//!
//! SQS bills each begun 64 KiB of a request as a request of its own, so messages are filled up to that: ten of them
//! in one request cost ten, and so does every larger message that holds as much. Small messages leave less to be
//! done again when one of them fails.

use std::collections::VecDeque;
use std::sync::Arc;

use queue::{CALL_BYTES, ENTRIES};
use tokio::time::Instant;

use super::read::Entry;
use crate::cursor::Place;

/// What SQS bills as one request.
const MESSAGE_BYTES: usize = 64 * 1024;

/// Records on their way.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) body: String,
    /// What is in it, in order.
    pub(super) records: Vec<Origin>,
    /// For each job: where a later run goes on once the queue has this.
    pub(super) places: Vec<(usize, Place)>,
    /// When its first record came.
    began: Option<Instant>,
}

/// Where a record of a message comes from, and where it ends there.
#[derive(Debug)]
pub(super) struct Origin {
    job: usize,
    pub(super) name: Arc<str>,
    pub(super) line: usize,
    is_mapped: bool,
    end: usize,
}

impl Message {
    fn has_room(&self, text: &str) -> bool {
        self.body.is_empty() || self.body.len() + 1 + text.len() <= MESSAGE_BYTES
    }

    /// A reader of the vault's own lines takes a message for one file.
    fn may_hold(&self, entry: &Entry) -> bool {
        let last = self.records.last();
        entry.is_mapped || last.is_none_or(|last| last.is_mapped || last.job == entry.job)
    }

    fn add(&mut self, text: &str, entry: &Entry) {
        if !self.body.is_empty() {
            self.body.push('\n');
        }
        self.body.push_str(text);
        self.began.get_or_insert_with(Instant::now);
        self.records.push(Origin {
            job: entry.job,
            name: Arc::clone(&entry.name),
            line: entry.line,
            is_mapped: entry.is_mapped,
            end: self.body.len(),
        });
    }

    fn reach(&mut self, job: usize, place: Place) {
        match self.places.last_mut() {
            Some((last, known)) if *last == job => {
                let last_id = place.last_id.clone().or(known.last_id.take());
                *known = Place { last_id, ..place };
            }
            _ => self.places.push((job, place)),
        }
    }

    /// Its records, each with the events that were made of it.
    pub(super) fn events(&self) -> impl Iterator<Item = (&Origin, Option<&str>)> {
        let mut start = 0;
        self.records.iter().flat_map(move |origin| {
            let text = self.body.get(start..origin.end).unwrap_or_default();
            start = origin.end + 1;
            let is_mapped = origin.is_mapped;
            text.split('\n').map(move |line| (origin, is_mapped.then_some(line)))
        })
    }
}

/// Gathers records until a request is full.
#[derive(Debug, Default)]
pub(super) struct Packer {
    open: Message,
    batch: Vec<Message>,
    full: VecDeque<Vec<Message>>,
}

impl Packer {
    /// Since when the oldest record waits for others.
    pub(super) fn since(&self) -> Option<Instant> {
        self.batch.iter().chain([&self.open]).find_map(|message| message.began)
    }

    /// Takes one record in.
    pub(super) fn add(&mut self, entry: Entry) {
        if let Some(text) = &entry.text {
            if !self.open.has_room(text) || !self.open.may_hold(&entry) {
                self.close();
            }
            self.open.add(text, &entry);
        }
        self.open.reach(entry.job, entry.place);
    }

    /// The requests that are full.
    pub(super) fn take_full(&mut self) -> Option<Vec<Vec<Message>>> {
        (!self.full.is_empty()).then(|| self.full.drain(..).collect())
    }

    /// Everything, full or not.
    pub(super) fn take_all(&mut self) -> Vec<Vec<Message>> {
        if !self.open.places.is_empty() {
            self.close();
        }
        if !self.batch.is_empty() {
            self.full.push_back(std::mem::take(&mut self.batch));
        }
        self.full.drain(..).collect()
    }

    fn close(&mut self) {
        let message = std::mem::take(&mut self.open);
        let bytes: usize = self.batch.iter().map(|message| message.body.len()).sum();
        let is_full = self.batch.len() == ENTRIES || bytes + message.body.len() > CALL_BYTES;
        if is_full {
            self.full.push_back(std::mem::take(&mut self.batch));
        }
        self.batch.push(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(length: usize, offset: u64) -> Entry {
        let place = Place { offset, line: 1, last_id: None, done: false };
        let text = Some("x".repeat(length));
        Entry { text, is_mapped: true, line: 1, place, ..Entry::default() }
    }

    fn packed(lengths: impl IntoIterator<Item = usize>) -> Vec<Vec<Message>> {
        let mut packer = Packer::default();
        for (number, length) in lengths.into_iter().enumerate() {
            packer.add(entry(length, number as u64 + 1));
        }
        packer.take_all()
    }

    #[test]
    fn messages_are_filled_up_to_what_is_billed_once() {
        let batches = packed(std::iter::repeat_n(600, 1000));
        let messages: Vec<&Message> = batches.iter().flatten().collect();
        // 109 lines of 601 bytes, the last without its break, are 65,508 bytes; one more would be 66,109.
        assert_eq!(messages[0].records.len(), 109);
        assert_eq!(messages.len(), 1000_usize.div_ceil(109));
        assert_eq!(messages.iter().map(|message| message.records.len()).sum::<usize>(), 1000);
        assert_eq!(batches.len(), 1);
    }

    #[test]
    fn no_request_exceeds_ten_messages_or_a_mebibyte() {
        for lengths in [vec![60_000; 35], vec![250_000; 9]] {
            for batch in packed(lengths) {
                assert!(batch.len() <= 10);
                assert!(batch.iter().map(|message| message.body.len()).sum::<usize>() <= 1 << 20);
            }
        }
    }

    #[test]
    fn a_message_knows_the_place_behind_its_last_record_and_no_further() {
        let batches = packed([40_000, 20_000, 30_000]);
        let places: Vec<u64> =
            batches[0].iter().map(|message| message.places[0].1.offset).collect();
        assert_eq!(places, [2, 3]);
    }

    /// Otherwise the router would look for the end of one file's hash chain at the beginning of the other's.
    #[test]
    fn the_own_lines_of_two_files_are_not_in_one_message() {
        for (is_mapped, messages) in [(true, 1), (false, 2)] {
            let mut packer = Packer::default();
            for job in [0, 0, 1, 1] {
                packer.add(Entry { job, is_mapped, ..entry(10, 1) });
            }
            assert_eq!(packer.take_all().iter().flatten().count(), messages, "{is_mapped}");
        }
    }

    #[test]
    fn a_refused_message_tells_its_records_and_events_apart() {
        let mut packer = Packer::default();
        for (line, text, is_mapped) in [(1, "a\nfinding", true), (4, "broken", false)] {
            let text = Some(text.to_owned());
            packer.add(Entry { text, is_mapped, line, ..entry(1, 1) });
        }
        let batches = packer.take_all();
        let events: Vec<_> = batches[0][0].events().map(|(of, event)| (of.line, event)).collect();
        assert_eq!(events, [(1, Some("a")), (1, Some("finding")), (4, None)]);
    }

    #[test]
    fn what_waits_is_as_old_as_its_first_record() {
        let mut packer = Packer::default();
        assert!(packer.since().is_none());
        packer.add(entry(10, 1));
        let since = packer.since().unwrap();
        packer.add(entry(60_000, 2));
        packer.add(entry(60_000, 3));
        assert_eq!(packer.since(), Some(since));
        packer.take_all();
        assert!(packer.since().is_none());
    }
}
