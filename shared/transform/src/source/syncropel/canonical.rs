//! The canonical JSON that a record's id is the SHA-256 of: keys sorted at every depth, no blanks, text as UTF-8
//! with JSON's short escapes, whole floats as integers (Syncropel's record format).

use sha2::{Digest, Sha256};

use crate::event::Value;
use crate::source::clean;

/// The members that are hashed.
pub(super) struct Hashed<'r, 'a> {
    pub(super) act: &'r str,
    pub(super) actor: &'r str,
    pub(super) body: &'r Value<'a>,
    pub(super) clock: i64,
    pub(super) data_type: Option<&'r str>,
    pub(super) parents: &'r [&'r str],
    pub(super) thread: &'r str,
}

impl Hashed<'_, '_> {
    /// Whether this is the id of all seven members, or of six: older hubs leave `data_type` out.
    pub(super) fn is_id(&self, id: &str) -> bool {
        self.id(true) == id || (self.data_type.is_some() && self.id(false) == id)
    }

    fn id(&self, with_type: bool) -> String {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(b"{\"act\":");
        text(&mut out, self.act);
        out.extend_from_slice(b",\"actor\":");
        text(&mut out, self.actor);
        out.extend_from_slice(b",\"body\":");
        value(&mut out, self.body);
        out.extend_from_slice(b",\"clock\":");
        out.extend_from_slice(itoa::Buffer::new().format(self.clock).as_bytes());
        if let Some(data_type) = self.data_type.filter(|_| with_type) {
            out.extend_from_slice(b",\"data_type\":");
            text(&mut out, data_type);
        }
        out.extend_from_slice(b",\"parents\":");
        let mut parents = self.parents.to_vec();
        parents.sort_unstable();
        list(&mut out, &parents, |out, parent| text(out, parent));
        out.extend_from_slice(b",\"thread\":");
        text(&mut out, self.thread);
        out.push(b'}');
        let mut id = String::with_capacity(64);
        clean::push_hex(&mut id, &Sha256::digest(&out));
        id
    }
}

fn value(out: &mut Vec<u8>, given: &Value<'_>) {
    match given {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        Value::Float(number) => out.extend_from_slice(float(*number).as_bytes()),
        Value::Text(given) => text(out, given),
        Value::List(items) => list(out, items, value),
        Value::Map(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
            out.push(b'{');
            for (place, (key, member)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                text(out, key);
                out.push(b':');
                value(out, member);
            }
            out.push(b'}');
        }
    }
}

fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// The shortest digits that give the number back; an exponent, of two digits, below 1e-4 and from 1e16 on.
fn float(number: f64) -> String {
    if number.fract() == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, size) = match exponent.strip_prefix('-') {
                Some(size) => ('-', size),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{size:0>2}")
        }
        None => text,
    }
}

fn text(out: &mut Vec<u8>, given: &str) {
    out.push(b'"');
    for byte in given.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0C => out.extend_from_slice(b"\\f"),
            0x00..=0x1F => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(json: &str) -> String {
        let mut out = Vec::new();
        value(&mut out, &serde_json::from_str(json).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keys_are_sorted_and_floats_and_text_written_as_the_format_says() {
        assert_eq!(
            canonical(
                r#"{ "b": [1.0, 0.0423, 1e-7, -2.5e-5, 1e3], "a": {"d": "é\u00e9\u0001\"\u007f", "c": null} }"#
            ),
            "{\"a\":{\"c\":null,\"d\":\"éé\\u0001\\\"\u{7f}\"},\"b\":[1,0.0423,1e-07,-2.5e-05,1000]}"
        );
    }

    /// The test vector of the published SDK's own canonicaliser.
    #[test]
    fn the_published_vector_has_its_id() {
        let body = serde_json::from_str(
            r#"{"topic":"engine_bootstrap","summary":"engine started","version":"0.64.0"}"#,
        )
        .unwrap();
        let hashed = Hashed {
            act: "KNOW",
            actor: "did:sync:system:engine",
            body: &body,
            clock: 0,
            data_type: Some("SCALAR"),
            parents: &[],
            thread: "th_engine_config",
        };
        let id = "822538894f9567bb69b2d04196714bad561c2e8e73aea693e7377c230cdf93d3";
        assert!(hashed.is_id(id));
        assert!(!Hashed { clock: 1, ..hashed }.is_id(id));
    }
}
