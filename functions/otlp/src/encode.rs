//! One event as a log record, in the encoding that the protocol wants.
//!
//! `otlp_logs` is the mapping itself. `ocsf` puts the OCSF object beside the attributes, as the map value `ocsf`; `cef` and `json` make
//! their line the body, for what stands behind a collector and reads the body alone.

use serde_json::Value;
use transform::batch::Batch;
use transform::event::Event;
use transform::format::otlp_logs::{LogRecord, SCOPE, write_record_with};
use transform::format::{Format, FormatError};
use transform::json::Writer;

use crate::protobuf;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Binary.
    Protobuf,
    /// OTLP/JSON.
    Json,
}

/// Writes events as log records, and records as requests.
#[derive(Clone, Copy, Debug)]
pub struct Mapper {
    format: Format,
    encoding: Encoding,
}

impl Mapper {
    /// Records of this format in this encoding.
    pub fn new(format: Format, encoding: Encoding) -> Mapper {
        Mapper { format, encoding }
    }

    /// Writes one element of `log_records`.
    pub fn write(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let mut record = LogRecord::new(event);
        let mut ocsf = None;
        match self.format {
            Format::Ocsf => ocsf = Some(self.tree(event)?),
            Format::Cef | Format::Leef | Format::Leef1 | Format::Json => {
                record.body = String::from_utf8_lossy(&self.line(event)?).into_owned();
            }
            Format::OtlpLogs | Format::FlatJson => {}
        }
        match self.encoding {
            Encoding::Protobuf => protobuf::record(&record, ocsf.as_ref(), out),
            Encoding::Json => write_record_with(&record, out, |json| {
                if let Some(value) = &ocsf {
                    json.comma();
                    member(json, "ocsf", value);
                }
            }),
        }
        Ok(())
    }

    /// The whole `ExportLogsServiceRequest`: the batch's records below the vaults that they come from.
    pub fn request(&self, batch: &Batch<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(batch.encoded_len());
        let groups = groups(batch);
        match self.encoding {
            Encoding::Protobuf => {
                for group in &groups {
                    let first = LogRecord::new(group.first);
                    protobuf::resource_logs(&first, group.records.iter().copied(), &mut out);
                }
            }
            Encoding::Json => {
                out.extend_from_slice(b"{\"resourceLogs\":[");
                for group in &groups {
                    resource_logs(group, &mut out);
                }
                out.extend_from_slice(b"]}");
            }
        }
        out
    }

    /// A request without records, which a server answers like any other and stores nothing.
    pub fn empty(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Protobuf => Vec::new(),
            // `{}` is the same message, but some want to see the member (Rotel answers 400).
            Encoding::Json => b"{\"resourceLogs\":[]}".to_vec(),
        }
    }

    fn line(self, event: &Event<'_>) -> Result<Vec<u8>, FormatError> {
        let mut line = Vec::with_capacity(2048);
        self.format.encode(event, &mut line)?;
        Ok(line)
    }

    fn tree(self, event: &Event<'_>) -> Result<Value, FormatError> {
        serde_json::from_slice(&self.line(event)?)
            .map_err(|_| FormatError("the OCSF object cannot be read back".to_owned()))
    }
}

/// Records of one vault.
struct Group<'b> {
    first: &'b Event<'b>,
    records: Vec<&'b [u8]>,
}

/// In the order in which vaults first appear. There are few, and neighbours mostly share one.
fn groups<'b>(batch: &'b Batch<'_>) -> Vec<Group<'b>> {
    let mut groups: Vec<Group<'b>> = Vec::new();
    for (event, record) in batch.events().zip(batch.fragments()) {
        match groups.iter_mut().rev().find(|group| group.first.source == event.source) {
            Some(group) => group.records.push(record),
            None => groups.push(Group { first: event, records: vec![record] }),
        }
    }
    groups
}

fn resource_logs(group: &Group<'_>, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.comma();
    json.open();
    json.key("resource");
    json.open();
    json.key("attributes");
    json.open_list();
    LogRecord::new(group.first).resource_attributes(|key, text| {
        json.comma();
        json.open();
        json.text("key", key);
        json.key("value");
        json.open();
        json.text("stringValue", text);
        json.close();
        json.close();
    });
    json.close_list();
    json.close();
    json.key("scopeLogs");
    json.open_list();
    json.open();
    json.key("scope");
    json.open();
    json.text("name", SCOPE);
    json.text("version", env!("CARGO_PKG_VERSION"));
    json.close();
    json.key("logRecords");
    json.open_list();
    for record in &group.records {
        json.comma();
        json.out().extend_from_slice(record);
    }
    json.close_list();
    json.close();
    json.close_list();
    json.close();
}

/// `KeyValue` of OTLP/JSON.
fn member(json: &mut Writer<'_>, key: &str, value: &Value) {
    json.open();
    json.key("key");
    json.push_text(key);
    json.key("value");
    any(json, value);
    json.close();
}

/// `AnyValue` of OTLP/JSON: 64-bit integers are text.
fn any(json: &mut Writer<'_>, value: &Value) {
    json.open();
    match value {
        Value::Null => {}
        Value::Bool(value) => json.bool("boolValue", *value),
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                json.text("intValue", &number.to_string());
            } else {
                json.key("doubleValue");
                json.push_float(number.as_f64().unwrap_or_default());
            }
        }
        Value::String(text) => json.text("stringValue", text),
        Value::Array(items) => {
            list(json, "arrayValue", |json| {
                for item in items {
                    json.comma();
                    any(json, item);
                }
            });
        }
        Value::Object(members) => {
            list(json, "kvlistValue", |json| {
                for (key, value) in members {
                    json.comma();
                    member(json, key, value);
                }
            });
        }
    }
    json.close();
}

fn list(json: &mut Writer<'_>, key: &'static str, write: impl FnOnce(&mut Writer<'_>)) {
    json.key(key);
    json.open();
    json.key("values");
    json.open_list();
    write(json);
    json.close_list();
    json.close();
}
