//! Packing events into as few messages as possible.

/// SQS bills a message by 64 KiB begun; the rest is for attributes and what SQS counts itself.
pub(crate) const MESSAGE_BYTES: usize = 60 * 1024;

/// One message's lines, and which records they came from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    /// NDJSON without a line break at the end.
    pub(crate) body: String,
    /// The records, by their number within the invocation.
    pub(crate) records: Vec<usize>,
}

/// Fills messages for one destination.
pub(crate) struct Packer {
    batch_size: usize,
    full: Vec<Packed>,
    open: Packed,
}

impl Packer {
    /// At most `batch_size` events a message.
    pub(crate) fn new(batch_size: usize) -> Packer {
        Packer { batch_size, full: Vec::new(), open: Packed::default() }
    }

    /// Adds an event's line. One that is larger than a message may be goes alone.
    pub(crate) fn add(&mut self, record: usize, line: &str) {
        let after = self.open.body.len() + 1 + line.len();
        if self.open.records.len() >= self.batch_size || after > MESSAGE_BYTES {
            self.close();
        }
        if !self.open.body.is_empty() {
            self.open.body.push('\n');
        }
        self.open.body.push_str(line);
        self.open.records.push(record);
    }

    /// All messages.
    pub(crate) fn finish(mut self) -> Vec<Packed> {
        self.close();
        self.full
    }

    fn close(&mut self) {
        if !self.open.records.is_empty() {
            self.full.push(std::mem::take(&mut self.open));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn messages_stay_within_limits_keep_the_order_and_lose_nothing(
            sizes in proptest::collection::vec(1_usize..90_000, 0..80), batch_size in 1_usize..20,
        ) {
            let mut packer = Packer::new(batch_size);
            for (record, size) in sizes.iter().enumerate() {
                packer.add(record, &"x".repeat(*size));
            }
            let packed = packer.finish();
            let records: Vec<usize> = packed.iter().flat_map(|m| m.records.clone()).collect();
            prop_assert_eq!(records, (0..sizes.len()).collect::<Vec<_>>());
            for message in packed {
                prop_assert!(message.records.len() <= batch_size);
                prop_assert!(message.body.len() <= MESSAGE_BYTES || message.records.len() == 1);
                let lines: Vec<usize> = message.body.lines().map(str::len).collect();
                let sizes: Vec<usize> = message.records.iter().map(|r| sizes[*r]).collect();
                prop_assert_eq!(lines, sizes);
            }
        }
    }

    #[test]
    fn small_events_share_a_message() {
        let mut packer = Packer::new(1000);
        (0..90).for_each(|record| packer.add(record, &"x".repeat(600)));
        assert_eq!(packer.finish().len(), 1);
    }
}
