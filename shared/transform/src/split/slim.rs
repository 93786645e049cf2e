//! A record without what no reader keeps, so that a line of any length is read in bounded memory.
//!
//! HashiCorp Vault and OpenBao write whatever they answered into their audit log: a LIST of 300,000 accessors, an
//! `OpenAPI` document. It stands in `request.data` and `response.data`, of which the mapping reads only small members
//! (a version, an error). So a large member there is left out, and the small ones stay.

use memchr::memchr2;

use super::MAX_RECORD_BYTES;

/// A member of `data` that is larger is left out.
const MEMBER_BYTES: usize = 4 * 1024;
/// So much of one `data` is kept in all.
const DATA_BYTES: usize = 16 * 1024;
/// The depth at which the members of `request.data` stand.
const DATA_DEPTH: usize = 3;

/// Takes a record in pieces and keeps what is small enough.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Slimmer {
    out: Vec<u8>,
    /// How many bytes came in.
    taken: u64,
    /// How many brackets are open.
    depth: usize,
    /// Whether the bracket at each depth is that of an object.
    objects: [bool; DATA_DEPTH + 1],
    /// The next string is a member's name.
    at_name: bool,
    string: Option<InString>,
    /// Within the member `request` or `response`.
    in_part: bool,
    /// The member before us at the second depth is `data`.
    named_data: bool,
    /// Where `data` begins in `out`, while its members are read.
    data: Option<usize>,
    /// Where the current member of `data` begins in `out`, with the comma before it.
    member: usize,
    skips: bool,
    failed: bool,
}

#[derive(Clone, Copy, Debug)]
struct InString {
    /// Where it begins in `out`.
    start: usize,
    /// The byte before was a backslash.
    escape: bool,
    /// It is the value of `data` itself.
    is_data: bool,
}

impl Slimmer {
    /// Takes the next bytes of the record.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.taken += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut rest = bytes;
        while !rest.is_empty() && !self.failed {
            rest = match self.string {
                Some(string) => self.in_string(string, rest),
                None => self.structure(rest),
            };
            self.bound();
        }
    }

    /// How many bytes came in.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// What is left of the record; nothing if that is still too large or no whole object.
    pub(crate) fn finish(self) -> Option<String> {
        let whole = !self.failed && self.depth == 0 && self.string.is_none();
        String::from_utf8(self.out).ok().filter(|text| whole && text.starts_with('{'))
    }

    fn structure<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some((byte, rest)) = bytes.split_first() else { return bytes };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return rest,
            b'"' => {
                let is_data = !self.at_name && self.depth == 2 && self.is_in_data();
                self.string = Some(InString { start: self.out.len(), escape: false, is_data });
            }
            b'{' | b'[' => return self.open(*byte, rest),
            b'}' | b']' => self.close(),
            b',' => return self.comma(rest),
            b':' => self.at_name = false,
            _ => {}
        }
        self.emit(*byte);
        rest
    }

    fn open<'b>(&mut self, byte: u8, rest: &'b [u8]) -> &'b [u8] {
        self.depth += 1;
        if let Some(object) = self.objects.get_mut(self.depth) {
            *object = byte == b'{';
        }
        self.at_name = byte == b'{';
        self.emit(byte);
        if self.depth == DATA_DEPTH && self.is_in_data() {
            self.data = Some(self.out.len());
            self.member = self.out.len();
        }
        rest
    }

    fn close(&mut self) {
        if self.depth == DATA_DEPTH {
            self.data = None;
            self.skips = false;
        }
        self.depth = self.depth.saturating_sub(1);
        self.at_name = false;
    }

    fn comma<'b>(&mut self, rest: &'b [u8]) -> &'b [u8] {
        self.at_name = self.objects.get(self.depth).copied().unwrap_or(false);
        if let Some(data) = self.data.filter(|_| self.depth == DATA_DEPTH) {
            self.member = self.out.len();
            self.skips = self.out.len() - data > DATA_BYTES;
            // The members before it were left out.
            if self.out.len() == data {
                return rest;
            }
        }
        self.emit(b',');
        rest
    }

    fn in_string<'b>(&mut self, mut string: InString, bytes: &'b [u8]) -> &'b [u8] {
        if string.escape {
            let (escaped, rest) = bytes.split_at(1);
            self.extend(escaped);
            string.escape = false;
            self.string = Some(string);
            return rest;
        }
        let found = memchr2(b'"', b'\\', bytes);
        let (passed, rest) = bytes.split_at(found.map_or(bytes.len(), |at| at + 1));
        self.extend(passed);
        match passed.last().filter(|_| found.is_some()) {
            Some(b'"') => {
                self.end_string(string);
                self.string = None;
            }
            Some(_) => {
                string.escape = true;
                self.string = Some(string);
            }
            None => {}
        }
        rest
    }

    fn end_string(&mut self, string: InString) {
        if string.is_data && self.out.len() - string.start > MEMBER_BYTES {
            self.out.truncate(string.start);
            self.out.extend_from_slice(b"\"\"");
        }
        if !self.at_name {
            return;
        }
        let name = self.out.get(string.start..).unwrap_or_default();
        match self.depth {
            1 => self.in_part = matches!(name, b"\"request\"" | b"\"response\""),
            2 => self.named_data = name == b"\"data\"",
            _ => {}
        }
    }

    fn is_in_data(&self) -> bool {
        self.in_part && self.named_data && self.objects.get(2) == Some(&true)
    }

    fn emit(&mut self, byte: u8) {
        if !self.skips {
            self.out.push(byte);
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        if !self.skips {
            self.out.extend_from_slice(bytes);
        }
    }

    /// Leaves the current member out once it is too large, and gives up a record that is too large without it.
    fn bound(&mut self) {
        if self.data.is_some() && !self.skips && self.out.len() - self.member > MEMBER_BYTES {
            self.out.truncate(self.member);
            self.skips = true;
        }
        if let Some(string) = self.string.filter(|string| string.is_data)
            && self.out.len() - string.start > MEMBER_BYTES
        {
            // The quote that opened it, and enough to be known as too long at its end.
            self.out.truncate(string.start + 1 + MEMBER_BYTES);
        }
        if self.out.len() > MAX_RECORD_BYTES {
            self.failed = true;
            self.out = Vec::new();
        }
    }
}

/// A record that is in memory, without what no reader keeps; nothing if it is still too large.
pub(crate) fn slim(text: &str) -> Option<String> {
    let mut slimmer = Slimmer::default();
    slimmer.push(text.as_bytes());
    slimmer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn value(text: &str) -> Value {
        serde_json::from_str(&slim(text).unwrap()).unwrap()
    }

    #[test]
    fn small_members_of_data_stay_and_large_ones_go() {
        let big = "x".repeat(5000);
        let line = json!({
            "request": {"data": {"big": &big, "small": "s"}, "id": "1"},
            "response": {"data": {"error": "e", "keys": [&big, "k"], "version": 7, "z": {"b": &big}}},
            "data": {"kept": &big},
        });
        let printed = serde_json::to_string_pretty(&line).unwrap();
        for text in [line.to_string(), printed] {
            assert_eq!(
                value(&text),
                json!({
                    "request": {"data": {"small": "s"}, "id": "1"},
                    "response": {"data": {"error": "e", "version": 7}},
                    "data": {"kept": &big},
                })
            );
        }
    }

    #[test]
    fn many_small_members_are_bounded_too() {
        let keys: Vec<String> = (0..300_000).map(|n| format!("accessor{n}")).collect();
        let many = json!({"response": {"data": keys}, "type": "response"});
        let kept = slim(&many.to_string()).unwrap();
        assert!(kept.len() < 32 * 1024, "{}", kept.len());
        assert_eq!(value(&many.to_string())["type"], "response");
    }

    #[test]
    fn data_that_is_one_long_string_is_emptied() {
        let line = json!({"request": {"data": "x\"\\".repeat(9000), "id": "1"}});
        assert_eq!(value(&line.to_string()), json!({"request": {"data": "", "id": "1"}}));
    }

    #[test]
    fn what_is_large_elsewhere_or_cut_off_is_given_up() {
        assert_eq!(slim(&json!({"a": "x".repeat(300_000)}).to_string()), None);
        assert_eq!(slim(r#"{"request":{"data":{"a":1}"#), None);
        assert_eq!(slim(r#"{"a":"b"#), None);
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            "[a\"\\\\\u{e9}\n]{0,9}".prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(
                    prop_oneof!["request", "response", "data", "[a-c]"],
                    inner,
                    0..5
                )
                .prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_small_stays_as_it_is_however_it_is_cut(tree in tree(), step in 1_usize..9) {
            let record = json!({"request": tree.clone(), "response": {"data": tree}});
            let text = record.to_string();
            let mut slimmer = Slimmer::default();
            text.as_bytes().chunks(step).for_each(|bytes| slimmer.push(bytes));
            prop_assert_eq!(slimmer.taken(), text.len() as u64);
            let kept: Value = serde_json::from_str(&slimmer.finish().unwrap()).unwrap();
            prop_assert_eq!(kept, record);
        }
    }
}
