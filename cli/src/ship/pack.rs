//! Packing records into messages, and messages into requests.
//!
//! SQS bills each begun 64 KiB of a request as a request of its own, so messages are filled up to that: ten of them
//! in one request cost ten, and so does every larger message that holds as much. Small messages leave less to be
//! done again when one of them fails.

use std::collections::VecDeque;

use queue::{CALL_BYTES, ENTRIES};

use super::read::Entry;
use crate::cursor::Place;

/// What SQS bills as one request.
const MESSAGE_BYTES: usize = 64 * 1024;

/// Records on their way, one a line.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) body: String,
    pub(super) records: usize,
    /// The line that its first record begins on.
    pub(super) line: usize,
    /// For each job: where a later run goes on once the queue has this.
    pub(super) places: Vec<(usize, Place)>,
}

impl Message {
    fn has_room(&self, text: &str) -> bool {
        self.body.is_empty() || self.body.len() + 1 + text.len() <= MESSAGE_BYTES
    }

    fn add(&mut self, text: &str, line: usize) {
        if self.body.is_empty() {
            self.line = line;
        } else {
            self.body.push('\n');
        }
        self.body.push_str(text);
        self.records += 1;
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
}

/// Gathers records until a request is full.
#[derive(Debug, Default)]
pub(super) struct Packer {
    open: Message,
    batch: Vec<Message>,
    full: VecDeque<Vec<Message>>,
}

impl Packer {
    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.open.places.is_empty() && self.batch.is_empty() && self.full.is_empty()
    }

    /// Takes one record in.
    pub(super) fn add(&mut self, entry: Entry) {
        if let Some(text) = &entry.text {
            if !self.open.has_room(text) {
                self.close();
            }
            self.open.add(text, entry.line);
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
        Entry { job: 0, text: Some("x".repeat(length)), line: 1, place, unreadable: false }
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
        assert_eq!(messages[0].records, 109);
        assert_eq!(messages.len(), 1000_usize.div_ceil(109));
        assert_eq!(messages.iter().map(|message| message.records).sum::<usize>(), 1000);
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
}
