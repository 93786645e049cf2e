//! Log records in protobuf, written straight into the buffer.
//!
//! The generated types of `opentelemetry-proto` want every key and text as a `String` of its own; a record has some forty.
//! Here a message is written where it will lie, and its length put before it afterwards. Field numbers are those of
//! open-telemetry/opentelemetry-proto (`common.proto`, `resource.proto`, `logs.proto`); the tests read everything back with
//! the generated types, and writing it again with them must give the same bytes.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
use serde_json::Value;
use transform::event;
use transform::format::flat::Plain;
use transform::format::otlp_logs::{Key, LogRecord, SCOPE};

/// One element of `ScopeLogs.log_records`, with `ocsf` as a further attribute.
pub(crate) fn record(record: &LogRecord<'_>, ocsf: Option<&Value>, out: &mut Vec<u8>) {
    nested(2, out, |out| {
        fixed64(1, record.time_unix_nano, out);
        encode_key(2, WireType::Varint, out);
        encode_varint(u64::from(record.severity_number), out);
        bytes(3, record.severity_text.as_bytes(), out);
        nested(5, out, |out| bytes(1, record.body.as_bytes(), out));
        record.attributes(|key, value| attribute(key, value, out));
        if let Some(value) = ocsf {
            nested(6, out, |out| member("ocsf", value, out));
        }
        if let Some(id) = record.trace_id.and_then(trace_id) {
            bytes(9, &id, out);
        }
        fixed64(11, record.observed_time_unix_nano, out);
        bytes(12, record.event_name.as_bytes(), out);
    });
}

/// One element of `ExportLogsServiceRequest.resource_logs` around records that are written already.
pub(crate) fn resource_logs<'f>(
    first: &LogRecord<'_>,
    records: impl Iterator<Item = &'f [u8]> + Clone,
    out: &mut Vec<u8>,
) {
    let mut resource = Vec::with_capacity(512);
    nested(1, &mut resource, |out| {
        first.resource_attributes(|key, text| {
            nested(1, out, |out| {
                bytes(1, key.as_bytes(), out);
                nested(2, out, |out| bytes(1, text.as_bytes(), out));
            });
        });
    });
    let mut scope = Vec::with_capacity(32);
    nested(1, &mut scope, |out| {
        bytes(1, SCOPE.as_bytes(), out);
        bytes(2, env!("CARGO_PKG_VERSION").as_bytes(), out);
    });
    let logs = scope.len() + records.clone().map(<[u8]>::len).sum::<usize>();
    length(1, resource.len() + key_len(2) + encoded_len_varint(logs as u64) + logs, out);
    out.extend_from_slice(&resource);
    length(2, logs, out);
    out.extend_from_slice(&scope);
    records.for_each(|record| out.extend_from_slice(record));
}

fn attribute(key: Key<'_>, value: Plain<'_>, out: &mut Vec<u8>) {
    nested(6, out, |out| {
        match key {
            Key::Fixed(key) => bytes(1, key.as_bytes(), out),
            Key::OpenEnded(path) => nested(1, out, |out| {
                path.parts(|part| out.extend_from_slice(part.as_bytes()));
            }),
        }
        nested(2, out, |out| plain(value, out));
    });
}

/// `AnyValue`.
fn plain(value: Plain<'_>, out: &mut Vec<u8>) {
    match value {
        Plain::Null => {}
        Plain::Bool(value) => boolean(value, out),
        Plain::Int(number) => integer(number, out),
        Plain::Float(number) => double(number, out),
        Plain::Text(text) => bytes(1, text.as_bytes(), out),
        Plain::Time(time) => nested(1, out, |out| time.write(out)),
        Plain::Texts(items) => array(items, out, |item, out| bytes(1, item.as_bytes(), out)),
        Plain::Values(items) => array(items, out, |item, out| match item {
            event::Value::Bool(value) => boolean(*value, out),
            event::Value::Int(number) => integer(*number, out),
            event::Value::Float(number) => double(*number, out),
            event::Value::Text(text) => bytes(1, text.as_bytes(), out),
            // Lists with members of their own are several attributes.
            event::Value::Null | event::Value::List(_) | event::Value::Map(_) => {}
        }),
    }
}

fn array<T>(items: &[T], out: &mut Vec<u8>, value: impl Fn(&T, &mut Vec<u8>)) {
    nested(5, out, |out| {
        for item in items {
            nested(1, out, |out| value(item, out));
        }
    });
}

/// `KeyValue` of a member of a JSON object.
fn member(key: &str, value: &Value, out: &mut Vec<u8>) {
    bytes(1, key.as_bytes(), out);
    nested(2, out, |out| any(value, out));
}

/// `AnyValue` of any JSON.
fn any(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        Value::Bool(value) => boolean(*value, out),
        Value::Number(number) => match number.as_i64() {
            Some(number) => integer(number, out),
            None => double(number.as_f64().unwrap_or_default(), out),
        },
        Value::String(text) => bytes(1, text.as_bytes(), out),
        Value::Array(items) => array(items, out, any),
        Value::Object(members) => nested(6, out, |out| {
            for (key, value) in members {
                nested(1, out, |out| member(key, value, out));
            }
        }),
    }
}

fn boolean(value: bool, out: &mut Vec<u8>) {
    encode_key(2, WireType::Varint, out);
    encode_varint(u64::from(value), out);
}

/// `int64`: a negative number is written as its two's complement.
fn integer(number: i64, out: &mut Vec<u8>) {
    encode_key(3, WireType::Varint, out);
    encode_varint(number.cast_unsigned(), out);
}

fn double(number: f64, out: &mut Vec<u8>) {
    encode_key(4, WireType::SixtyFourBit, out);
    out.extend_from_slice(&number.to_le_bytes());
}

/// Zero is what an absent field means.
fn fixed64(field: u32, number: u64, out: &mut Vec<u8>) {
    if number != 0 {
        encode_key(field, WireType::SixtyFourBit, out);
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn bytes(field: u32, value: &[u8], out: &mut Vec<u8>) {
    length(field, value.len(), out);
    out.extend_from_slice(value);
}

fn length(field: u32, length: usize, out: &mut Vec<u8>) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(length as u64, out);
}

/// What `write` writes, as a length-delimited field. One byte is kept free for the length, and more are made when it needs them.
fn nested(field: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    encode_key(field, WireType::LengthDelimited, out);
    let place = out.len();
    out.push(0);
    write(out);
    let length = out.len() - place - 1;
    let more = encoded_len_varint(length as u64) - 1;
    if more > 0 {
        out.resize(out.len() + more, 0);
        out.copy_within(place + 1..place + 1 + length, place + 1 + more);
    }
    encode_varint(length as u64, &mut &mut out[place..=place + more]);
}

/// 16 bytes from 32 hex digits.
fn trace_id(hex: &str) -> Option<[u8; 16]> {
    u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes)
}
