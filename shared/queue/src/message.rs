//! Messages as they are sent and as they are received.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use serde::{Deserialize, Deserializer};

use crate::Body;

/// A message to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The body, at least a character.
    pub body: Body,
    /// Its attributes, at most ten, each name once.
    pub attributes: Vec<(Cow<'static, str>, Attribute)>,
    /// How long it stays invisible; cut to [`LONGEST_DELAY`](crate::LONGEST_DELAY).
    pub delay: Duration,
}

/// A message that was received, by us or by Lambda, whose JSON it can be read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Received {
    /// SQS's name for it. Empty when SQS gave none.
    #[serde(rename = "messageId", deserialize_with = "or_default")]
    pub id: String,
    /// What it is hidden and deleted by.
    #[serde(rename = "receiptHandle", deserialize_with = "or_default")]
    pub receipt: String,
    /// Who handed it over, in Lambda's events: `aws:sqs`.
    #[serde(rename = "eventSource", alias = "EventSource")]
    pub source: Option<String>,
    /// The body; absent only in events that nobody's queue made.
    pub body: Option<String>,
    /// What SQS says of it.
    #[serde(deserialize_with = "or_default")]
    pub attributes: SystemAttributes,
    /// What the sender said of it.
    #[serde(rename = "messageAttributes", deserialize_with = "or_default")]
    pub message_attributes: HashMap<String, Attribute>,
}

/// What SQS says of a message, as far as we ask: Lambda hands over five of them with each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SystemAttributes {
    /// `ApproximateReceiveCount`, a number.
    #[serde(rename = "ApproximateReceiveCount")]
    pub receive_count: Option<String>,
}

/// A message attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, perhaps with the sender's own ending.
    #[serde(rename = "dataType")]
    pub kind: Cow<'static, str>,
    /// The value of a text or a number.
    pub string_value: Option<String>,
    /// The value of a binary attribute. Lambda's JSON is not looked at for it.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
}

impl Attribute {
    /// A text, at least a character.
    pub fn text(value: impl Into<String>) -> Attribute {
        Attribute { kind: "String".into(), string_value: Some(value.into()), bytes: None }
    }

    /// A number.
    pub fn number(value: u64) -> Attribute {
        Attribute { kind: "Number".into(), string_value: Some(value.to_string()), bytes: None }
    }

    fn bytes(&self) -> usize {
        let text = self.string_value.as_ref().map_or(0, String::len);
        self.kind.len() + text + self.bytes.as_ref().map_or(0, Vec::len)
    }
}

impl Outgoing {
    /// A message with nothing but a body.
    pub fn new(body: impl Into<Body>) -> Outgoing {
        Outgoing { body: body.into(), ..Outgoing::default() }
    }

    /// The same with one more attribute, or with another value of one that it has.
    #[must_use]
    pub fn with(mut self, name: &'static str, attribute: Attribute) -> Outgoing {
        self.attributes.retain(|(known, _)| known != name);
        self.attributes.push((name.into(), attribute));
        self
    }

    /// An attribute's text or number.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, attribute) = self.attributes.iter().find(|(known, _)| known == name)?;
        attribute.string_value.as_deref()
    }

    /// Bytes that count against a call: body, and names, types and values of attributes.
    pub(crate) fn bytes(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes: usize =
            attributes.map(|(name, attribute)| name.len() + attribute.bytes()).sum();
        self.body.bytes() + attributes
    }
}

impl Received {
    /// The same message for another queue, with everything that its sender said of it.
    pub fn to_send(&self) -> Outgoing {
        let attributes = self.message_attributes.iter();
        Outgoing {
            body: self.body.as_deref().unwrap_or_default().into(),
            attributes: attributes
                .map(|(name, attribute)| (Cow::Owned(name.clone()), attribute.clone()))
                .collect(),
            delay: Duration::ZERO,
        }
    }

    /// A message attribute's text or number.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.message_attributes.get(name)?.string_value.as_deref()
    }
}

impl From<Message> for Received {
    fn from(message: Message) -> Received {
        let mut said = message.attributes.unwrap_or_default();
        let receive_count = said.remove(&MessageSystemAttributeName::ApproximateReceiveCount);
        let own = message.message_attributes.unwrap_or_default().into_iter();
        Received {
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            source: None,
            body: message.body,
            attributes: SystemAttributes { receive_count },
            message_attributes: own.map(|(name, value)| (name, value.into())).collect(),
        }
    }
}

impl From<MessageAttributeValue> for Attribute {
    fn from(value: MessageAttributeValue) -> Attribute {
        Attribute {
            kind: value.data_type.into(),
            string_value: value.string_value,
            bytes: value.binary_value.map(Blob::into_inner),
        }
    }
}

/// `null` is as good as nothing.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_read_as_lambda_hands_it_over() {
        let message: Received = serde_json::from_value(json!({
            "messageId": "m", "receiptHandle": "r", "body": "b", "eventSource": "aws:sqs",
            "attributes": {"ApproximateReceiveCount": "2"},
            "messageAttributes": {"routes": {
                "stringValue": "s3", "dataType": "String", "stringListValues": [],
                "binaryListValues": []
            }},
        }))
        .unwrap();
        assert_eq!((message.id.as_str(), message.receipt.as_str()), ("m", "r"));
        assert_eq!(message.attribute("routes"), Some("s3"));
        assert_eq!(message.to_send(), Outgoing::new("b").with("routes", Attribute::text("s3")));
    }

    #[test]
    fn what_is_missing_or_null_is_empty() {
        let message: Received =
            serde_json::from_value(json!({"messageId": "m", "body": null, "attributes": null}))
                .unwrap();
        assert_eq!(message, Received { id: "m".to_owned(), ..Received::default() });
    }
}
