//! The collector's answer, as far as it is acted upon.

use serde_json::Value;

/// What the body says; all absent when it is none of the collector's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// `code`.
    pub code: Option<u64>,
    /// `invalid-event-number`, counted from 0.
    pub object: Option<usize>,
    /// `ackId`, when the token gives acknowledgements.
    pub ack: Option<u64>,
}

impl Reply {
    /// Reads a body. The text in it is left aside: it may reflect what was sent.
    pub fn read(body: &[u8]) -> Reply {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let number = |key: &str| body.get(key).and_then(Value::as_u64);
        Reply {
            code: number("code"),
            object: number("invalid-event-number").and_then(|number| number.try_into().ok()),
            ack: number("ackId"),
        }
    }

    /// Whether the server says that the token gives no acknowledgements: code 14.
    pub fn is_without_acknowledgement(&self) -> bool {
        self.code == Some(14)
    }

    /// Whether the server says that its queues fill up or are full: codes 9, 18, 20, 24 to 27.
    pub fn is_crowded(&self) -> bool {
        matches!(self.code, Some(9 | 18 | 20 | 24..=27))
    }
}

/// Whether the answer of `/services/collector/ack` confirms this id.
pub(crate) fn confirms(body: &[u8], ack: u64) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.get("acks").and_then(|acks| acks.get(ack.to_string())) == Some(&Value::Bool(true))
}

/// Whether the answer has the form of one about acknowledgements.
pub(crate) fn is_about_acknowledgements(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.get("acks").is_some_and(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_a_success_are_read() {
        let refusal = br#"{"text":"Invalid data format","code":6,"invalid-event-number":2}"#;
        let read = Reply { code: Some(6), object: Some(2), ack: None };
        assert_eq!(Reply::read(refusal), read);
        let success = br#"{"text":"Success","code":0,"ackId":7}"#;
        assert_eq!(Reply::read(success), Reply { code: Some(0), object: None, ack: Some(7) });
    }

    #[test]
    fn what_is_not_the_collectors_says_nothing() {
        for body in
            ["", "<html>", "{\"code\":", "[]", "{\"code\":\"0\"}", "{\"code\":-1}", "\"code\""]
        {
            assert_eq!(Reply::read(body.as_bytes()), Reply::default(), "{body}");
        }
    }

    #[test]
    fn only_true_confirms() {
        assert!(confirms(br#"{"acks":{"3":true,"4":false}}"#, 3));
        assert!(!confirms(br#"{"acks":{"3":true,"4":false}}"#, 4));
        for body in ["", "{}", r#"{"acks":{}}"#, r#"{"acks":{"3":"true"}}"#, r#"{"acks":[true]}"#] {
            assert!(!confirms(body.as_bytes(), 3), "{body}");
        }
    }
}
