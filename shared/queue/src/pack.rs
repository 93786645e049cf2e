//! Lines into as few messages as possible, and messages into as few calls.

use crate::{Body, CALL_BYTES, ENTRIES, Outgoing};

/// SQS bills a message by 64 KiB begun; the rest is for attributes and what SQS counts itself.
pub const MESSAGE_BYTES: usize = 60 * 1024;

/// One message's lines, and which records they came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// NDJSON without a line break at the end.
    pub body: Body,
    /// The records, by their caller's numbers.
    pub records: Vec<usize>,
}

/// Fills messages for one destination.
#[derive(Debug)]
pub struct Packer {
    batch_size: usize,
    full: Vec<Packed>,
    open: Packed,
}

impl Packer {
    /// At most `batch_size` events a message.
    pub fn new(batch_size: usize) -> Packer {
        Packer { batch_size, full: Vec::new(), open: Packed::default() }
    }

    /// Adds an event's line. One that is larger than a message may be goes alone.
    pub fn add(&mut self, record: usize, line: &Body) {
        let after = self.open.body.bytes() + 1 + line.bytes();
        if self.open.records.len() >= self.batch_size || after > MESSAGE_BYTES {
            self.close();
        }
        self.open.body.push_line(line);
        self.open.records.push(record);
    }

    /// The messages that are full.
    pub fn take_full(&mut self) -> Vec<Packed> {
        std::mem::take(&mut self.full)
    }

    /// How many messages are full.
    pub fn full(&self) -> usize {
        self.full.len()
    }

    /// All messages.
    pub fn finish(mut self) -> Vec<Packed> {
        self.close();
        self.full
    }

    fn close(&mut self) {
        if !self.open.records.is_empty() {
            self.full.push(std::mem::take(&mut self.open));
        }
    }
}

/// Indexes of the messages of each call: at most ten, and at most a mebibyte unless one alone is more.
pub(crate) fn calls(messages: &[Outgoing]) -> Vec<Vec<usize>> {
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for (index, message) in messages.iter().enumerate() {
        let size = message.bytes();
        match calls.last_mut() {
            Some(call) if call.len() < ENTRIES && bytes + size <= CALL_BYTES => {
                bytes += size;
                call.push(index);
            }
            _ => {
                bytes = size;
                calls.push(vec![index]);
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn calls_stay_within_limits_and_lose_nothing(
            sizes in proptest::collection::vec(1_usize..300_000, 0..60),
        ) {
            let messages: Vec<Outgoing> =
                sizes.iter().map(|size| Outgoing::new(Body::of_size(*size))).collect();
            let calls = calls(&messages);
            let all: Vec<usize> = calls.iter().flatten().copied().collect();
            prop_assert_eq!(all, (0..messages.len()).collect::<Vec<_>>());
            for call in calls {
                prop_assert!(call.len() <= ENTRIES);
                prop_assert!(call.iter().map(|index| sizes[*index]).sum::<usize>() <= CALL_BYTES);
            }
        }

        #[test]
        fn messages_stay_within_limits_keep_the_order_and_lose_nothing(
            sizes in proptest::collection::vec(1_usize..90_000, 0..80), batch_size in 1_usize..20,
        ) {
            let mut packer = Packer::new(batch_size);
            for (record, size) in sizes.iter().enumerate() {
                packer.add(record, &Body::of_size(*size));
            }
            let packed = packer.finish();
            let records: Vec<usize> = packed.iter().flat_map(|m| m.records.clone()).collect();
            prop_assert_eq!(records, (0..sizes.len()).collect::<Vec<_>>());
            for message in packed {
                prop_assert!(message.records.len() <= batch_size);
                prop_assert!(message.body.bytes() <= MESSAGE_BYTES || message.records.len() == 1);
                let lines: usize = message.records.iter().map(|record| sizes[*record]).sum();
                prop_assert_eq!(message.body.bytes(), lines + message.records.len() - 1);
            }
        }
    }

    #[test]
    fn small_events_share_a_message() {
        let mut packer = Packer::new(1000);
        (0..90).for_each(|record| packer.add(record, &Body::of_size(600)));
        assert_eq!(packer.finish().len(), 1);
    }
}
