//! `flat_json`: one object of dotted keys and plain values, for webhooks, Splunk, Datadog and `jq`.
//!
//! Every member of the contract, under its path. Lists of plain values stay JSON arrays: Splunk and Datadog
//! read them as several values of one field, and a joined text could not be taken apart again (a
//! directory's group names hold commas).

use super::flat::{self, Key, Members, Path, Plain};
use crate::event::Event;
use crate::json::{self, Writer};

/// Writes the event as one flat JSON object.
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    let mut members = Flat { json: Writer::new(out) };
    flat::top(event, &mut members);
    flat::walk(event, &mut members);
    members.json.close();
    if let Some(comma) = out.get_mut(start) {
        *comma = b'{'; // the first key's
    }
}

struct Flat<'o> {
    json: Writer<'o>,
}

impl Members for Flat<'_> {
    #[inline]
    fn member(&mut self, key: Key, value: Plain<'_>) {
        self.json.out().extend_from_slice(key.json().as_bytes());
        self.value(value);
    }

    fn open_ended(&mut self, path: &Path<'_>, value: Plain<'_>) {
        let out = self.json.out();
        out.extend_from_slice(b",\"");
        path.parts(|part| json::escape(out, part));
        out.extend_from_slice(b"\":");
        self.value(value);
    }
}

impl Flat<'_> {
    #[inline]
    fn value(&mut self, value: Plain<'_>) {
        match value {
            Plain::Text(text) => self.json.push_text(text),
            Plain::Int(number) => self.json.push_number(number),
            Plain::Time(time) => {
                let out = self.json.out();
                out.push(b'"');
                time.write(out);
                out.push(b'"');
            }
            Plain::Bool(value) => self.json.push_value(&crate::event::Value::Bool(value)),
            Plain::Float(number) => self.json.push_float(number),
            Plain::Null => self.json.out().extend_from_slice(b"null"),
            Plain::Texts(items) => {
                self.json.open_list();
                for item in items {
                    self.json.item(item);
                }
                self.json.close_list();
            }
            Plain::Values(items) => {
                self.json.open_list();
                for item in items {
                    self.json.comma();
                    self.json.push_value(item);
                }
                self.json.close_list();
            }
        }
    }
}
