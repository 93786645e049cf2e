//! Cutting encoded events into requests.
//!
//! Everything is at hand when a function runs, so cutting is a function and not a task with a
//! timer. Events are encoded one after the other into **one** shared buffer ([`Encoded`]); a
//! [`Record`] is an event and its place there. [`Encoded::cut`] then groups records into
//! [`Batch`]es by partition, count and exact encoded bytes. A record that is too large alone is
//! given back apart, so that it never blocks nor fails its neighbours.
//!
//! ```
//! # use transform::batch::{Encoded, Limits};
//! # let events: Vec<transform::event::Event<'_>> = Vec::new();
//! let mut encoded = Encoded::default();
//! for (position, event) in events.iter().enumerate() {
//!     encoded.push(position, event, None, |out| out.extend_from_slice(event.id.as_bytes()));
//! }
//! let cut = encoded.cut(Limits { records: 100, ..Limits::default() });
//! for batch in &cut.batches {
//!     assert!(batch.len() <= 100);
//! }
//! ```

use std::collections::HashMap;
use std::ops::Range;

use crate::event::Event;

/// What one request of a destination may hold. Bytes are uncompressed and measured after
/// encoding; estimates have made others exceed the vendor's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records in a request.
    pub records: usize,
    /// Bytes of a whole request: `overhead` and, for each record, its fragment and `framing`.
    pub bytes: usize,
    /// Bytes of one fragment, for vendors that limit the single event too.
    pub record_bytes: usize,
    /// Bytes that each record adds beyond its fragment, such as a comma or a newline.
    pub framing: usize,
    /// Bytes that a request has without any record, such as `[]`.
    pub overhead: usize,
}

impl Default for Limits {
    /// No limit at all: everything of one partition in one request.
    fn default() -> Limits {
        Limits {
            records: usize::MAX,
            bytes: usize::MAX,
            record_bytes: usize::MAX,
            framing: 0,
            overhead: 0,
        }
    }
}

/// One event and where its fragment lies in the shared buffer.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Place among the events that were handed to the pipeline.
    pub position: usize,
    /// The event itself: id, time, class, severity and all else that a request may need.
    pub event: &'a Event<'a>,
    /// Records of different partitions never share a batch.
    pub partition: Option<String>,
    range: Range<usize>,
}

/// Events encoded one after the other into one buffer.
#[derive(Debug, Default)]
pub struct Encoded<'a> {
    buffer: Vec<u8>,
    records: Vec<Record<'a>>,
}

impl<'a> Encoded<'a> {
    /// Room for `records` records of `bytes` bytes in all, so that a batch allocates once.
    pub fn with_capacity(records: usize, bytes: usize) -> Encoded<'a> {
        Encoded { buffer: Vec::with_capacity(bytes), records: Vec::with_capacity(records) }
    }

    /// Adds one event; `encode` writes its fragment at the end of the buffer.
    pub fn push(
        &mut self,
        position: usize,
        event: &'a Event<'a>,
        partition: Option<String>,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        let pushed = self.try_push(position, event, partition, |out| {
            encode(out);
            Ok::<(), std::convert::Infallible>(())
        });
        match pushed {
            Ok(()) => {}
        }
    }

    /// Like [`push`](Encoded::push), for an encoder that can fail: then nothing stays behind.
    pub fn try_push<E>(
        &mut self,
        position: usize,
        event: &'a Event<'a>,
        partition: Option<String>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.buffer.len();
        if let Err(error) = encode(&mut self.buffer) {
            self.buffer.truncate(start);
            return Err(error);
        }
        let range = start..self.buffer.len().max(start);
        self.records.push(Record { position, event, partition, range });
        Ok(())
    }

    /// The records in the order in which they came.
    pub fn records(&self) -> &[Record<'a>] {
        &self.records
    }

    /// Cuts into batches that keep the records' order within each partition.
    pub fn cut(&self, limits: Limits) -> Cut<'_> {
        let mut cut = Cut::default();
        let mut open: HashMap<Option<&str>, Batch<'_>> = HashMap::new();
        let mut order: Vec<Option<&str>> = Vec::new();
        for record in &self.records {
            if limits.refuses(record.range.len()) {
                cut.too_large.push(record);
                continue;
            }
            let key = record.partition.as_deref();
            let batch = open.entry(key).or_insert_with(|| {
                order.push(key);
                Batch::empty(&self.buffer, limits)
            });
            if !batch.has_room(record.range.len()) {
                cut.batches.push(std::mem::replace(batch, Batch::empty(&self.buffer, limits)));
            }
            batch.add(record);
        }
        cut.batches.extend(order.iter().filter_map(|key| open.remove(key)));
        cut
    }

    /// All records as one batch, whatever their partitions; none when there are no records.
    pub fn whole(&self) -> Option<Batch<'_>> {
        let mut batch = Batch::empty(&self.buffer, Limits::default());
        for record in &self.records {
            batch.add(record);
        }
        batch.not_empty()
    }
}

impl Limits {
    /// Whether a fragment of this many bytes fits in no request, not even alone.
    fn refuses(&self, fragment: usize) -> bool {
        let alone = self.overhead.saturating_add(fragment).saturating_add(self.framing);
        fragment > self.record_bytes || alone > self.bytes
    }
}

/// The result of cutting.
#[derive(Debug, Default)]
pub struct Cut<'a> {
    /// Requests, none of them empty.
    pub batches: Vec<Batch<'a>>,
    /// Records that no request of this destination can hold.
    pub too_large: Vec<&'a Record<'a>>,
}

/// The records of one request, in order. Never empty.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    buffer: &'a [u8],
    records: Vec<&'a Record<'a>>,
    limits: Limits,
    encoded_len: usize,
}

#[expect(clippy::len_without_is_empty, reason = "a batch is never empty")]
impl<'a> Batch<'a> {
    /// How many records, at least one.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Exact uncompressed bytes of the request: overhead, fragments and framing.
    pub fn encoded_len(&self) -> usize {
        self.encoded_len
    }

    /// The partition that all records share.
    pub fn partition(&self) -> Option<&'a str> {
        self.records.first().and_then(|record| record.partition.as_deref())
    }

    /// The records, in order.
    pub fn records(&self) -> &[&'a Record<'a>] {
        &self.records
    }

    /// The events of the records, in order.
    pub fn events(&self) -> impl ExactSizeIterator<Item = &'a Event<'a>> + '_ {
        self.records.iter().map(|record| record.event)
    }

    /// What was encoded for each record, in order.
    pub fn fragments(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + Clone + '_ {
        let buffer = self.buffer;
        self.records.iter().map(move |record| buffer.get(record.range.clone()).unwrap_or_default())
    }

    /// Two batches of half the records each; one stays whole when it holds a single record.
    pub fn halves(&self) -> (Batch<'a>, Option<Batch<'a>>) {
        let middle = self.len().div_ceil(2);
        let (first, second) = self.records.split_at(middle);
        (self.of(first), self.of(second).not_empty())
    }

    /// The records whose index is wanted; none when that is no record.
    pub fn select(&self, wanted: impl Fn(usize) -> bool) -> Option<Batch<'a>> {
        let mut batch = Batch::empty(self.buffer, self.limits);
        for (index, record) in self.records.iter().enumerate() {
            if wanted(index) {
                batch.add(record);
            }
        }
        batch.not_empty()
    }

    fn of(&self, records: &[&'a Record<'a>]) -> Batch<'a> {
        let mut batch = Batch::empty(self.buffer, self.limits);
        for record in records {
            batch.add(record);
        }
        batch
    }

    fn empty(buffer: &'a [u8], limits: Limits) -> Batch<'a> {
        Batch { buffer, records: Vec::new(), limits, encoded_len: limits.overhead }
    }

    fn not_empty(self) -> Option<Batch<'a>> {
        (!self.records.is_empty()).then_some(self)
    }

    fn has_room(&self, fragment: usize) -> bool {
        let after = self.encoded_len.saturating_add(fragment).saturating_add(self.limits.framing);
        self.records.is_empty()
            || (self.records.len() < self.limits.records && after <= self.limits.bytes)
    }

    fn add(&mut self, record: &'a Record<'a>) {
        self.encoded_len += record.range.len() + self.limits.framing;
        self.records.push(record);
    }
}

#[cfg(test)]
mod tests;
