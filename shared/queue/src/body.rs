//! A message's body as it stands in a call.

use std::fmt;

use transform::json;

/// A body, escaped for JSON once, however many queues it goes to and however often it is sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// The inside of a JSON string.
    escaped: Vec<u8>,
    /// Bytes of the text itself.
    bytes: usize,
}

impl Body {
    /// Bytes of the text, which is what SQS counts.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Another text, in the same buffer.
    pub fn set(&mut self, text: &str) {
        self.escaped.clear();
        json::embed(&mut self.escaped, text);
        self.bytes = text.len();
    }

    /// Adds a line; a line break stands between two.
    pub fn push_line(&mut self, line: &Body) {
        if !self.is_empty() {
            self.escaped.extend_from_slice(b"\\n");
            self.bytes += 1;
        }
        self.escaped.extend_from_slice(&line.escaped);
        self.bytes += line.bytes;
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut quoted = vec![b'"'];
        self.write(&mut quoted);
        quoted.push(b'"');
        serde_json::from_slice(&quoted).expect("what was escaped can be read")
    }

    /// A text of so many bytes, of which nothing is escaped.
    #[cfg(test)]
    pub(crate) fn of_size(bytes: usize) -> Body {
        Body { escaped: vec![b'x'; bytes], bytes }
    }

    /// Appends the inside of a JSON string.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.escaped);
    }

    /// Bytes of the inside of a JSON string.
    pub(crate) fn escaped_bytes(&self) -> usize {
        self.escaped.len()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        let mut body = Body::default();
        body.set(text);
        body
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::from(text.as_str())
    }
}

/// Its size alone: a body holds events.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_joined_as_texts_are(lines in proptest::collection::vec(".{1,40}", 0..6)) {
            let mut body = Body::default();
            for line in &lines {
                body.push_line(&Body::from(line.as_str()));
            }
            let text = lines.join("\n");
            prop_assert_eq!((body.bytes(), body.text()), (text.len(), text.clone()));
            prop_assert_eq!(body, Body::from(text));
        }
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", Body::from("canary")), "Body(6 bytes)");
    }
}
