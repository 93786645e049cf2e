//! A group of events as one Parquet file.
//!
//! What Security Lake asks for ("Collecting data from custom sources in Security Lake",
//! <https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html>): one class, rows
//! sorted by `time`, data pages of at most 1 MB uncompressed, row groups of at most 256 MB compressed,
//! Zstandard.

use delivery::outcome::{Delivery, Reason, Verdict};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use s3::layout::{fingerprint, hex};
use transform::event::Event;

use crate::columns::Class;
use crate::rows::{ROWS, Rows};

/// Where a data page ends. The writer looks after every [`VALUES`] values, so a page may get somewhat
/// larger; half of what is allowed leaves room for that many of the longest values.
const PAGE_BYTES: usize = 512 * 1024;

/// Values between two looks at a page's size: at most 8 KiB each, `details` as a whole.
const VALUES: usize = 64;

/// Rows of a row group, some 10 MB compressed; a large value in every row changes nothing much, as an
/// event is at most 60 KiB.
const GROUP_ROWS: usize = 50_000;

/// The bound that Security Lake sets, as far below it as costs nothing.
const GROUP_BYTES: usize = 64 * 1024 * 1024;

/// A file, and what became of each event.
pub struct Object {
    /// The file and its name, unless no event got in.
    pub file: Option<File>,
    /// For each event, in the order in which they were given: why it is not in the file, or that it
    /// is there by another's row.
    pub verdicts: Vec<Option<Verdict>>,
}

/// A Parquet file.
pub struct File {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its name: the hash of the sorted ids of the events in it. The same events are the same file,
    /// whatever their order, so that a batch delivered again is recognised.
    pub name: String,
}

impl Object {
    /// Writes the events, which are all of this class.
    pub fn new(class: &Class, events: &[&Event<'_>]) -> Result<Object, ParquetError> {
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_by_key(|index| events.get(*index).map(|event| (event.time, &*event.id)));
        let mut verdicts = vec![None; events.len()];
        let (order, repeated) = without_repeats(order, events);

        let mut file = Writer { class, rows: Rows::new(class)?, parquet: None, ids: Vec::new() };
        for chunk in order.chunks(ROWS) {
            let chosen: Vec<&Event<'_>> =
                chunk.iter().filter_map(|index| events.get(*index).copied()).collect();
            for (index, refused) in chunk.iter().zip(file.write(&chosen)?) {
                set(&mut verdicts, *index, refused.map(Verdict::Rejected));
            }
        }
        for (index, first) in repeated {
            let known = verdicts.get(first).cloned().flatten();
            let known = known.unwrap_or(Verdict::Delivered(Delivery::Duplicate));
            set(&mut verdicts, index, Some(known));
        }
        Ok(Object { file: file.finish()?, verdicts })
    }
}

fn set(verdicts: &mut [Option<Verdict>], index: usize, verdict: Option<Verdict>) {
    if let Some(place) = verdicts.get_mut(index) {
        *place = verdict;
    }
}

/// An event that came twice has one row. Gives back the order without the later ones, and these with
/// the first of their kind.
fn without_repeats(order: Vec<usize>, events: &[&Event<'_>]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let (mut unique, mut repeated): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let key = |index: usize| events.get(index).map(|event| (event.time, &*event.id));
    for index in order {
        match unique.last().copied() {
            Some(last) if key(last) == key(index) => repeated.push((index, last)),
            _ => unique.push(index),
        }
    }
    (unique, repeated)
}

/// A file in the making; it is begun with the first row, so that there is never an empty one.
struct Writer<'c, 'e> {
    class: &'c Class,
    rows: Rows<'c>,
    parquet: Option<ArrowWriter<Vec<u8>>>,
    ids: Vec<&'e str>,
}

impl<'e> Writer<'_, 'e> {
    fn write(&mut self, events: &[&'e Event<'e>]) -> Result<Vec<Option<Reason>>, ParquetError> {
        let (batch, refused) = self.rows.decode(events)?;
        if let Some(batch) = batch.filter(|batch| batch.num_rows() > 0) {
            let parquet = match &mut self.parquet {
                Some(parquet) => parquet,
                none => none.insert(begin(self.class)?),
            };
            parquet.write(&batch)?;
        }
        let written = events.iter().zip(&refused).filter(|(_, refused)| refused.is_none());
        self.ids.extend(written.map(|(event, _)| &*event.id));
        Ok(refused)
    }

    fn finish(self) -> Result<Option<File>, ParquetError> {
        let Some(parquet) = self.parquet else { return Ok(None) };
        let body = parquet.into_inner()?;
        let hash = fingerprint(self.ids.into_iter());
        let name = format!("{}.parquet", hex(hash.get(..16).unwrap_or_default()));
        Ok(Some(File { body, name }))
    }
}

fn begin(class: &Class) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    // Readers take the types from Parquet's own schema; Arrow's copy would be half of a small file.
    let options =
        ArrowWriterOptions::new().with_properties(properties()?).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), class.schema.clone(), options)
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let by_time = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
    Ok(WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0) // what every reader knows
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_coerce_types(true) // lists and maps named as the Parquet specification wants them
        .set_data_page_size_limit(PAGE_BYTES)
        .set_dictionary_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(VALUES)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(vec![by_time]))
        .build())
}

#[cfg(test)]
mod tests;
