//! Files read back with the reader of the `parquet` crate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Type;
use parquet::column::page::Page;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::printer::print_schema;
use serde_json::Value;
use transform::event::Time;
use transform::format::{Format, ocsf};
use transform::source::native;

use super::*;
use crate::columns::classes;

const SAMPLES: &str = include_str!("../../../../shared/transform/tests/samples/classes.jsonl");

fn class(uid: u16) -> Class {
    classes().unwrap().into_iter().find(|class| class.uid == uid).unwrap()
}

fn samples() -> BTreeMap<u16, Vec<Event<'static>>> {
    let mut samples: BTreeMap<u16, Vec<Event<'static>>> = BTreeMap::new();
    for line in SAMPLES.lines() {
        let event = native::parse(line).unwrap();
        samples.entry(ocsf::class_uid(&event)).or_default().push(event);
    }
    samples
}

/// `count` calls, the latest first.
fn calls(count: u64) -> Vec<Event<'static>> {
    let first = samples().remove(&6003).unwrap().remove(0);
    let start = first.time.as_millisecond();
    (0..count)
        .map(|number| {
            let mut event = first.clone();
            event.id = format!("call-{number}").into();
            let at = start - i64::try_from(number).unwrap();
            event.time = Time::from(jiff::Timestamp::from_millisecond(at).unwrap());
            event
        })
        .collect()
}

fn write(uid: u16, events: &[Event<'_>]) -> Object {
    Object::new(&class(uid), &events.iter().collect::<Vec<_>>()).unwrap()
}

fn file(uid: u16, events: &[Event<'_>]) -> File {
    write(uid, events).file.unwrap()
}

fn reader(file: &File) -> SerializedFileReader<Bytes> {
    SerializedFileReader::new(Bytes::from(file.body.clone())).unwrap()
}

/// The rows as JSON, without nulls.
fn rows(file: &File) -> Vec<Value> {
    let batches = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file.body.clone())).unwrap();
    let mut lines = arrow_json::LineDelimitedWriter::new(Vec::new());
    for batch in batches.build().unwrap() {
        lines.write(&batch.unwrap()).unwrap();
    }
    lines.finish().unwrap();
    let text = String::from_utf8(lines.into_inner()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The same with moments written in one way.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value.as_str().filter(|_| name.ends_with("_dt")) {
                Some(text) => {
                    let at: jiff::Timestamp = text.parse().unwrap();
                    (name.clone(), at.as_millisecond().into())
                }
                None => (name.clone(), plain(value)),
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(plain).collect(),
        other => other.clone(),
    }
}

fn uid(row: &Value) -> String {
    row["metadata"]["uid"].as_str().unwrap().to_owned()
}

#[test]
fn every_sample_of_every_class_comes_back_as_its_ocsf_json() {
    let (mut seen, mut events) = (0, 0);
    for (class, samples) in samples() {
        let object = write(class, &samples);
        assert!(object.verdicts.iter().all(Option::is_none), "{class}: {:?}", object.verdicts);
        let rows: BTreeMap<String, Value> =
            rows(&object.file.unwrap()).into_iter().map(|row| (uid(&row), plain(&row))).collect();
        for event in &samples {
            let mut json = Vec::new();
            Format::Ocsf.encode(event, &mut json).unwrap();
            let wanted = plain(&serde_json::from_slice(&json).unwrap());
            assert_eq!(rows[&*event.id], wanted, "{}", event.id);
            events += 1;
        }
        seen += 1;
    }
    assert_eq!((seen, events), (10, SAMPLES.lines().count()), "a class has no sample");
}

#[test]
fn rows_stand_by_time_and_the_file_says_so() {
    let file = file(6003, &calls(3000));
    let times: Vec<i64> = rows(&file).iter().map(|row| row["time"].as_i64().unwrap()).collect();
    assert_eq!(times.len(), 3000);
    assert!(times.is_sorted());
    let reader = reader(&file);
    for group in reader.metadata().row_groups() {
        let by_time = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
        assert_eq!(group.sorting_columns(), Some(&vec![by_time]));
        assert_eq!(group.column(0).column_path().string(), "time");
    }
}

#[test]
fn pages_are_within_a_megabyte_though_every_value_is_as_long_as_may_be() {
    let mut events = calls(3000);
    for (number, event) in events.iter_mut().enumerate() {
        event.message = Some(format!("{number:01024}").into());
        let details = format!(r#"{{"text":"{number:07900}"}}"#).leak();
        event.details = serde_json::from_str(details).unwrap();
    }
    let reader = reader(&file(6003, &events));
    let mut largest = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).unwrap();
        assert!(group.metadata().compressed_size() < 256 * 1024 * 1024);
        for column in 0..group.num_columns() {
            for page in group.get_column_page_reader(column).unwrap() {
                let page: Page = page.unwrap();
                largest = largest.max(page.buffer().len());
            }
        }
    }
    assert!((PAGE_BYTES..=1024 * 1024).contains(&largest), "{largest}");
}

#[test]
fn row_groups_end_after_so_many_rows() {
    // One column stands for all: fifty thousand events take a minute without optimisation.
    let schema = Schema::new(vec![Field::new("time", DataType::Int64, false)]);
    let times: Int64Array = (0..=50_000_i64).collect();
    let batch = RecordBatch::try_new(schema.into(), vec![Arc::new(times)]).unwrap();
    let properties = Some(properties().unwrap());
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), properties).unwrap();
    writer.write(&batch).unwrap();
    let body = Bytes::from(writer.into_inner().unwrap());
    let reader = SerializedFileReader::new(body).unwrap();
    let rows: Vec<i64> =
        reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(rows, [50_000, 1]);
}

#[test]
fn every_column_is_zstd_with_statistics_in_parquet_1_and_nothing_of_arrow() {
    let file = file(6003, &calls(10));
    let reader = reader(&file);
    let meta = reader.metadata().file_metadata();
    assert_eq!(meta.version(), 1);
    assert!(meta.key_value_metadata().is_none_or(Vec::is_empty));
    let group = reader.metadata().row_group(0);
    for column in group.columns() {
        assert!(matches!(column.compression(), Compression::ZSTD(_)));
        assert!(column.statistics().is_some(), "{}", column.column_path());
    }
    let types: BTreeMap<String, Type> = group
        .columns()
        .iter()
        .map(|column| (column.column_path().string(), column.column_type()))
        .collect();
    for (path, kind) in [
        ("time", Type::INT64),
        ("time_dt", Type::INT64),
        ("class_uid", Type::INT32),
        ("type_uid", Type::INT64),
        ("resources.list.element.uid", Type::BYTE_ARRAY),
        ("unmapped.key_value.key", Type::BYTE_ARRAY),
        ("unmapped.key_value.value", Type::BYTE_ARRAY),
    ] {
        assert_eq!(types.get(path), Some(&kind), "{path}");
    }
}

#[test]
fn the_schema_is_byte_identical_whatever_is_in_the_batch() {
    for (class, samples) in samples() {
        let schemas: BTreeSet<Vec<u8>> = samples
            .iter()
            .map(|event| {
                let file = file(class, std::slice::from_ref(event));
                let mut text = Vec::new();
                print_schema(&mut text, reader(&file).metadata().file_metadata().schema());
                text
            })
            .collect();
        assert_eq!(schemas.len(), 1, "{class}");
    }
}

#[test]
fn the_same_events_in_any_order_are_the_same_file() {
    let mut events = calls(50);
    let first = file(6003, &events);
    events.reverse();
    let second = file(6003, &events);
    assert_eq!((&first.name, &first.body), (&second.name, &second.body));
    assert_ne!(file(6003, &events[1..]).name, first.name);
    assert_eq!(first.name.len(), "0123456789abcdef0123456789abcdef.parquet".len());
}

#[test]
fn an_event_that_came_twice_has_one_row() {
    let mut events = calls(3);
    events.push(events[1].clone());
    let object = write(6003, &events);
    let duplicate = Some(Verdict::Delivered(Delivery::Duplicate));
    assert_eq!(object.verdicts, [None, None, None, duplicate]);
    let file = object.file.unwrap();
    assert_eq!(rows(&file).len(), 3);
    assert_eq!(file.name, super::tests::file(6003, &calls(3)).name);
}

#[test]
fn an_event_without_columns_is_not_in_the_file_and_none_makes_no_file() {
    let login = samples().remove(&3002).unwrap().remove(0);
    let mut events = calls(2);
    events.push(login);
    let object = write(6003, &events);
    assert_eq!(rows(object.file.as_ref().unwrap()).len(), 2);
    assert!(matches!(object.verdicts.as_slice(), [None, None, Some(Verdict::Rejected(_))]));
    let object = write(6003, &events[2..]);
    assert!(object.file.is_none());
    assert!(matches!(object.verdicts.as_slice(), [Some(Verdict::Rejected(_))]));
}
