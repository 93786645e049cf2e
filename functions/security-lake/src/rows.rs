//! Events as rows: their OCSF JSON into the fixed columns of their class.
//!
//! The decoder is strict: an attribute without a column is an error and not a loss. The event is then
//! parked with the attribute's name, and its neighbours go on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_json::ReaderBuilder;
use arrow_json::reader::Decoder;
use arrow_schema::{ArrowError, DataType, Field, Fields};
use delivery::outcome::{ErrorClass, Reason};
use serde_json::Value;
use transform::event::Event;
use transform::format::Format;

use crate::columns::{Class, is_json};

/// Rows that are decoded at a time: what bounds the memory beside the events and the file.
pub const ROWS: usize = 1024;

/// Decodes events of one class.
pub struct Rows<'c> {
    class: &'c Class,
    decoder: Decoder,
    buffer: Vec<u8>,
}

impl<'c> Rows<'c> {
    /// A decoder for this class.
    pub fn new(class: &'c Class) -> Result<Rows<'c>, ArrowError> {
        Ok(Rows { class, decoder: decoder(class)?, buffer: Vec::new() })
    }

    /// The rows of at most [`ROWS`] events, in order, and for each event why it is not among them.
    pub fn decode(
        &mut self,
        events: &[&Event<'_>],
    ) -> Result<(Option<RecordBatch>, Vec<Option<Reason>>), ArrowError> {
        let mut refused = vec![None; events.len()];
        let mut lines = Lines::new(std::mem::take(&mut self.buffer));
        for (event, refused) in events.iter().zip(&mut refused) {
            *refused = lines.push(event).err();
        }
        let batch = self.fit(&lines, &mut refused)?;
        self.buffer = lines.text;
        Ok((batch, refused))
    }

    /// All lines, or, if one of them does not fit, those that do.
    fn fit(
        &mut self,
        lines: &Lines,
        refused: &mut [Option<Reason>],
    ) -> Result<Option<RecordBatch>, ArrowError> {
        if let Ok(batch) = self.table(&lines.text) {
            return Ok(batch);
        }
        let good = self.without_misfits(lines, refused);
        self.table(&good)
    }

    fn table(&mut self, text: &[u8]) -> Result<Option<RecordBatch>, ArrowError> {
        let decoded = match self.decoder.decode(text) {
            Ok(taken) if taken == text.len() => self.decoder.flush(),
            Ok(_) => Err(ArrowError::JsonError("more rows than asked for".to_owned())),
            Err(error) => Err(error),
        };
        if decoded.is_err() {
            self.decoder = decoder(self.class)?; // the old one is in the middle of a row
        }
        decoded
    }

    /// Looks at each line alone: what fits, what fits with its `json_t` attributes as text, and what
    /// does not fit.
    fn without_misfits(&mut self, lines: &Lines, refused: &mut [Option<Reason>]) -> Vec<u8> {
        let mut good = Vec::with_capacity(lines.text.len());
        let mut ends = lines.ends.iter();
        let mut begin = 0;
        for refused in refused.iter_mut().filter(|refused| refused.is_none()) {
            let end = *ends.next().unwrap_or(&begin);
            let line = lines.text.get(begin..end).unwrap_or_default();
            begin = end;
            match self.fitting(line) {
                Ok(line) => {
                    good.extend_from_slice(&line);
                    good.push(b'\n');
                }
                Err(reason) => *refused = Some(reason),
            }
        }
        good
    }

    fn fitting(&mut self, line: &[u8]) -> Result<Vec<u8>, Reason> {
        if self.table(line).is_ok() {
            return Ok(line.to_vec());
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(line) else {
            return Err(self.misfit("is no JSON"));
        };
        json_as_text(&mut value, self.class.schema.fields());
        let line = value.to_string().into_bytes();
        if self.table(&line).is_ok() {
            return Ok(line);
        }
        let problem = match stranger(&value, self.class.schema.fields()) {
            Some(attribute) => format!("has `{attribute}`, which has no column"),
            None => "has a value that is not of its column's type".to_owned(),
        };
        Err(self.misfit(&problem))
    }

    /// Never with the decoder's own words, which quote the data.
    fn misfit(&self, problem: &str) -> Reason {
        let text = format!("the event's OCSF form, class {}, {problem}", self.class.uid);
        Reason::new(ErrorClass::Format, text)
    }
}

fn decoder(class: &Class) -> Result<Decoder, ArrowError> {
    let builder = ReaderBuilder::new(class.schema.clone()).with_strict_mode(true);
    builder.with_batch_size(ROWS + 1).build_decoder()
}

/// JSON lines, and where each ends.
struct Lines {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    fn new(mut text: Vec<u8>) -> Lines {
        text.clear();
        Lines { text, ends: Vec::new() }
    }

    /// Adds one line.
    fn close(&mut self) {
        self.text.push(b'\n');
        self.ends.push(self.text.len());
    }

    /// Adds one event. One that makes the encoder panic must not take its neighbours with it.
    fn push(&mut self, event: &Event<'_>) -> Result<(), Reason> {
        let begin = self.text.len();
        let text = &mut self.text;
        let written = match catch_unwind(AssertUnwindSafe(|| Format::Ocsf.encode(event, text))) {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(_) => Err("the encoder panicked; please report it".to_owned()),
        };
        match written {
            Ok(()) => {
                self.close();
                Ok(())
            }
            Err(error) => {
                self.text.truncate(begin);
                Err(Reason::new(ErrorClass::Format, error))
            }
        }
    }
}

/// Writes what is no string in a `json_t` column as JSON text.
fn json_as_text(value: &mut Value, fields: &Fields) {
    for field in fields {
        if let Some(member) = value.get_mut(field.name()) {
            as_text(member, field);
        }
    }
}

fn as_text(value: &mut Value, field: &Field) {
    if is_json(field) {
        if !value.is_string() && !value.is_null() {
            *value = Value::String(value.to_string());
        }
        return;
    }
    match (field.data_type(), value) {
        (DataType::Struct(fields), value) => json_as_text(value, fields),
        (DataType::List(item), Value::Array(values)) => {
            for value in values {
                as_text(value, item);
            }
        }
        _ => {}
    }
}

/// The path of the first attribute without a column. Attributes' names are OCSF's, not the event's.
fn stranger(value: &Value, fields: &Fields) -> Option<String> {
    value.as_object()?.iter().find_map(|(name, value)| match fields.find(name) {
        None => Some(name.clone()),
        Some((_, field)) => {
            let inner = match (field.data_type(), value) {
                (DataType::Struct(fields), value) => stranger(value, fields),
                (DataType::List(item), Value::Array(values)) => match item.data_type() {
                    DataType::Struct(fields) => {
                        values.iter().find_map(|value| stranger(value, fields))
                    }
                    _ => None,
                },
                _ => None,
            };
            inner.map(|inner| format!("{name}.{inner}"))
        }
    })
}

#[cfg(test)]
mod tests;
