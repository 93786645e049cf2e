//! What a client did over KMIP: the operation and its result, out of the message's tree of tags.
//!
//! Lines of type `kmip-request` and `kmip-response` hold the messages as JSON of tags, types and values. Only
//! two enumerations of it are read (KMIP 1.4, sections 9.1.3.2.27 and 9.1.3.2.28); no other value is.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::meaning::Meaning;
use crate::event::{Class, Outcome, Text};
use crate::source::fields::{Loose, Maybe};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Both<'a> {
    #[serde(borrow)]
    request: Maybe<Side<'a>>,
    #[serde(borrow)]
    response: Maybe<Side<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Side<'a> {
    #[serde(borrow)]
    data: Found<'a>,
}

/// The first operation and the worst result of a message.
#[derive(Debug, Default)]
struct Found<'a> {
    operation: Option<Text<'a>>,
    result: Option<Text<'a>>,
}

/// What was done, and how it ended where the line says so.
pub(super) fn read(text: &str) -> (Meaning<'static>, Option<Outcome>) {
    let both: Both<'_> = serde_json::from_str(text).unwrap_or_default();
    let [asked, answered] =
        [both.request, both.response].map(|side| side.0.unwrap_or_default().data);
    let operation = asked.operation.or(answered.operation);
    let (class, action) = operation.as_deref().map_or(USE, meaning);
    (Meaning::kmip(class, action), answered.result.as_deref().and_then(outcome))
}

const USE: (Class, &str) = (Class::SecretAccess, "use:kmip");

/// An enumeration as a plain number or word: `0x0000000A`, `10` and `Get` are the same operation.
fn code(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn meaning(operation: &str) -> (Class, &'static str) {
    const NAMES: [(u32, &str, Class, &str); 33] = [
        (0x01, "create", Class::SecretChange, "create"),
        (0x02, "createkeypair", Class::SecretChange, "create"),
        (0x03, "register", Class::SecretChange, "store"),
        (0x04, "rekey", Class::CredentialRotation, "rotate"),
        (0x05, "derivekey", Class::SecretAccess, "use:derive"),
        (0x06, "certify", Class::SecretAccess, "issue"),
        (0x07, "recertify", Class::SecretAccess, "issue"),
        (0x08, "locate", Class::SecretAccess, "locate"),
        (0x09, "check", Class::SecretAccess, "read"),
        (0x0a, "get", Class::SecretAccess, "get"),
        (0x0b, "getattributes", Class::SecretAccess, "read"),
        (0x0c, "getattributelist", Class::SecretAccess, "read"),
        (0x0d, "addattribute", Class::SecretChange, "update"),
        (0x0e, "modifyattribute", Class::SecretChange, "update"),
        (0x0f, "deleteattribute", Class::SecretChange, "update"),
        (0x10, "obtainlease", Class::LeaseLifecycle, "grant"),
        (0x12, "activate", Class::SecretChange, "activate"),
        (0x13, "revoke", Class::CredentialRotation, "invalidate"),
        (0x14, "destroy", Class::SecretChange, "destroy"),
        (0x15, "archive", Class::SecretChange, "archive"),
        (0x16, "recover", Class::SecretChange, "undelete"),
        (0x18, "query", Class::SystemActivity, "lookup"),
        (0x1d, "rekeykeypair", Class::CredentialRotation, "rotate"),
        (0x1e, "discoverversions", Class::SystemActivity, "lookup"),
        (0x1f, "encrypt", Class::SecretAccess, "use:encrypt"),
        (0x20, "decrypt", Class::SecretAccess, "use:decrypt"),
        (0x21, "sign", Class::SecretAccess, "use:sign"),
        (0x22, "signatureverify", Class::SecretAccess, "use:verify"),
        (0x23, "mac", Class::SecretAccess, "use:hmac"),
        (0x24, "macverify", Class::SecretAccess, "use:verify"),
        (0x25, "rngretrieve", Class::SecretAccess, "use:random"),
        (0x2a, "import", Class::SecretChange, "store"),
        (0x2b, "export", Class::SecretAccess, "export"),
    ];
    let code = code(operation);
    let name = squeezed(operation);
    let found = NAMES.iter().find(|(number, word, ..)| code == Some(*number) || name == *word);
    found.map_or(USE, |(_, _, class, action)| (*class, action))
}

/// Letters only, lower case: `Get Attribute List`, `GetAttributeList`.
fn squeezed(text: &str) -> String {
    let letters = text.chars().take(64).filter(char::is_ascii_alphabetic);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// 0 is success, 1 failed, 2 pending, 3 undone.
fn outcome(result: &str) -> Option<Outcome> {
    match (code(result), squeezed(result).as_str()) {
        (Some(0), _) | (_, "success") => Some(Outcome::Success),
        (Some(1 | 3), _) | (_, "operationfailed" | "operationundone") => Some(Outcome::Failure),
        (Some(2), _) | (_, "operationpending") => Some(Outcome::Pending),
        _ => None,
    }
}

impl<'a> Found<'a> {
    fn take(&mut self, other: Found<'a>) {
        if self.operation.is_none() {
            self.operation = other.operation;
        }
        let better = |result: &Text<'_>| outcome(result) == Some(Outcome::Success);
        if self.result.as_ref().is_none_or(better) && other.result.is_some() {
            self.result = other.result;
        }
    }

    fn note(&mut self, tag: &str, value: Text<'a>) {
        match squeezed(tag).as_str() {
            "operation" => self.take(Found { operation: Some(value), result: None }),
            "resultstatus" => self.take(Found { operation: None, result: Some(value) }),
            _ => {}
        }
    }
}

/// Anything in the tree: a scalar, or what was found further down.
enum Node<'a> {
    Scalar(Text<'a>),
    Inner(Found<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Found<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Node::deserialize(deserializer)? {
            Node::Inner(found) => found,
            Node::Scalar(_) => Found::default(),
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(Text::default()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(Text::default()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(Text::from(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(Text::from(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(
            Loose::Float(value)
                .number()
                .map_or_else(Text::default, |number| Text::from(number.to_string())),
        ))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(Text::from(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(Text::from(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut found = Found::default();
        while let Some(node) = seq.next_element::<Node<'de>>()? {
            if let Node::Inner(inner) = node {
                found.take(inner);
            }
        }
        Ok(Node::Inner(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut found = Found::default();
        let (mut tag, mut value) = (None, None);
        while let Some((key, node)) = map.next_entry::<Text<'de>, Node<'de>>()? {
            match node {
                Node::Inner(inner) => found.take(inner),
                Node::Scalar(text) if key.eq_ignore_ascii_case("tag") => tag = Some(text),
                Node::Scalar(text) if key.eq_ignore_ascii_case("value") => value = Some(text),
                Node::Scalar(text) => found.note(&key, text),
            }
        }
        if let (Some(tag), Some(value)) = (tag, value) {
            found.note(&tag, value);
        }
        Ok(Node::Inner(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asked: &str, answered: &str) -> (Class, String, Option<Outcome>) {
        let line = format!(
            r#"{{"type":"kmip-response","request":{{"data":{{"kmip_request":[{asked}]}}}},"response":{{"data":{{"kmip_response":[{answered}]}}}}}}"#
        );
        let (meaning, outcome) = read(&line);
        (meaning.class, meaning.action.to_string(), outcome)
    }

    fn tagged(tag: &str, value: &str) -> String {
        format!(
            r#"{{"tag":"BatchItem","type":"Structure","value":[{{"tag":"{tag}","type":"Enumeration","value":{value}}}]}}"#
        )
    }

    #[test]
    fn an_operation_is_known_by_its_number_or_its_name() {
        for get in ["10", "\"0x0000000A\"", "\"Get\""] {
            let (class, action, outcome) =
                told(&tagged("Operation", get), &tagged("ResultStatus", "0"));
            assert_eq!((class, action.as_str()), (Class::SecretAccess, "get"), "{get}");
            assert_eq!(outcome, Some(Outcome::Success));
        }
        let destroyed = told(&tagged("Operation", "\"Destroy\""), "");
        assert_eq!(destroyed, (Class::SecretChange, "destroy".into(), None));
    }

    #[test]
    fn a_result_that_is_not_success_counts() {
        let asked = tagged("Operation", "\"Locate\"");
        for (status, outcome) in [
            ("1", Outcome::Failure),
            ("2", Outcome::Pending),
            ("3", Outcome::Failure),
            ("\"OperationFailed\"", Outcome::Failure),
            ("\"0x00000002\"", Outcome::Pending),
        ] {
            assert_eq!(told(&asked, &tagged("ResultStatus", status)).2, Some(outcome), "{status}");
        }
        let both = format!("{},{}", tagged("ResultStatus", "0"), tagged("ResultStatus", "1"));
        assert_eq!(told(&asked, &both).2, Some(Outcome::Failure), "one of two failed");
    }

    #[test]
    fn a_message_of_which_nothing_is_known_is_a_use() {
        assert_eq!(told("", "").1, "use:kmip");
        assert_eq!(told(&tagged("Operation", "9999"), "").1, "use:kmip");
    }
}
