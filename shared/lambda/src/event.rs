//! What a function was called with, told by the event's shape.

pub(crate) mod custom_resource;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use self::custom_resource::Request;
use crate::queue::Received;

/// What a function may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// To deliver messages.
    Batch(Vec<Received>),
    /// To empty its own queue.
    Drain,
    /// To check itself.
    Check(Check),
    /// To check itself for CloudFormation.
    CustomResource(Box<Request>),
}

/// What is to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// The destination is asked, too.
    pub connection: bool,
    /// A test event is sent, too.
    pub test_event: bool,
}

/// The event is none of the calls. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACall {
    /// `Records` of another service.
    #[error(
        "the event holds records that are not SQS messages; the event source must be an SQS queue"
    )]
    ForeignRecords,
    /// `drain` or `check` with a value that is not expected.
    #[error("`{0}` has an invalid value; expected {1}")]
    Value(&'static str, &'static str),
    /// A custom resource's request that lacks something.
    #[error("the custom resource request lacks a field or has an unknown RequestType")]
    Request,
    /// Something else.
    #[error("unknown event; expected an SQS batch, `drain`, `check` or a custom resource request")]
    Unknown,
}

/// The members that tell calls apart.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "Records")]
    records: Option<Vec<Received>>,
    drain: Option<Value>,
    check: Option<Value>,
    test_event: Option<Value>,
    #[serde(rename = "RequestType")]
    request_type: Option<Value>,
}

impl Call {
    /// The call that the event is.
    pub fn of(event: &RawValue) -> Result<Call, NotACall> {
        // serde's errors quote the event.
        let members: Members = serde_json::from_str(event.get()).map_err(|_| NotACall::Unknown)?;
        match members {
            Members { request_type: Some(_), .. } => {
                let request = serde_json::from_str(event.get()).map_err(|_| NotACall::Request)?;
                Ok(Call::CustomResource(Box::new(request)))
            }
            Members { records: Some(records), .. } => batch(records),
            Members { drain: Some(drain), .. } => match drain {
                Value::Bool(true) => Ok(Call::Drain),
                _ => Err(NotACall::Value("drain", "true")),
            },
            Members { check: Some(check), test_event, .. } => {
                self::check(&check, test_event.as_ref())
            }
            _ => Err(NotACall::Unknown),
        }
    }
}

fn batch(records: Vec<Received>) -> Result<Call, NotACall> {
    // Events written by hand name no source; SQS messages have an id all the same.
    let is_message = |record: &Received| match record.source.as_deref() {
        Some(source) => source == "aws:sqs",
        None => !record.id.is_empty(),
    };
    if records.iter().all(is_message) {
        Ok(Call::Batch(records))
    } else {
        Err(NotACall::ForeignRecords)
    }
}

fn check(level: &Value, test_event: Option<&Value>) -> Result<Call, NotACall> {
    let connection = match level.as_str() {
        Some("settings") => false,
        Some("connection") => true,
        _ => return Err(NotACall::Value("check", "\"settings\" or \"connection\"")),
    };
    let test_event = match test_event {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) if connection => true,
        Some(Value::Bool(true)) => {
            return Err(NotACall::Value("test_event", "false unless `check` is \"connection\""));
        }
        Some(_) => return Err(NotACall::Value("test_event", "true or false")),
    };
    Ok(Call::Check(Check { connection, test_event }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(event: &str) -> Result<Call, NotACall> {
        Call::of(serde_json::from_str(event).unwrap())
    }

    #[test]
    fn an_event_s_shape_tells_the_call() {
        let check = |connection, test_event| Ok(Call::Check(Check { connection, test_event }));
        for (event, wanted) in [
            (r#"{"Records":[]}"#, Ok(Call::Batch(Vec::new()))),
            (r#"{"drain":true}"#, Ok(Call::Drain)),
            (r#"{"check":"settings"}"#, check(false, false)),
            (r#"{"check":"settings","test_event":false}"#, check(false, false)),
            (r#"{"check":"connection","test_event":null}"#, check(true, false)),
            (r#"{"check":"connection","test_event":true}"#, check(true, true)),
        ] {
            assert_eq!(call(event), wanted, "{event}");
        }
        for event in [
            r#"{"Records":[{"eventSource":"aws:sqs","messageId":"m","body":"b"}]}"#,
            r#"{"Records":[{"messageId":"m","body":"b"}]}"#,
            r#"{"Records":[{"eventSource":"aws:sqs","messageId":"m"}]}"#,
        ] {
            assert!(
                matches!(call(event), Ok(Call::Batch(records)) if records[0].id == "m"),
                "{event}"
            );
        }
        let event = r#"{"RequestType":"Create","ResponseURL":"https://x","StackId":"s",
            "RequestId":"r","LogicalResourceId":"l","ResourceType":"Custom::DestinationCheck"}"#;
        assert!(matches!(call(event), Ok(Call::CustomResource(_))));
    }

    #[test]
    fn what_is_no_call_is_refused_and_not_quoted() {
        for event in [
            r#"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"canary"}}]}"#,
            r#"{"Records":[{"eventSource":"aws:s3","s3":{"object":{"key":"canary"}}}]}"#,
            r#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":"canary"}}]}"#,
            r#"{"Records":[{"eventSource":"aws:dynamodb","eventID":"canary"}]}"#,
            r#"{"Records":[{"eventSource":"aws:sqs","messageId":"m","body":"b"},{"eventSource":"aws:s3"}]}"#,
            r#"{"Records":[{"body":"canary"}]}"#,
            r#"{"Records":"canary"}"#,
            r#"{"Records":[{"eventSource":"aws:sqs","messageId":"m","body":{"canary":1}}]}"#,
            r#"{"records":{"topic-0":[{"value":"canary"}]},"eventSource":"aws:kafka"}"#,
            r#"{"source":"aws.events","detail-type":"Scheduled Event","detail":{"x":"canary"}}"#,
            r#"{"drain":"canary"}"#,
            r#"{"drain":false}"#,
            r#"{"check":"canary"}"#,
            r#"{"check":"off"}"#,
            r#"{"check":"settings","test_event":true}"#,
            r#"{"check":"connection","test_event":"canary"}"#,
            r#"{"RequestType":"canary"}"#,
            r#"{"RequestType":"Create","ResponseURL":"https://canary"}"#,
            "{}",
            "[]",
            "null",
            r#""canary""#,
        ] {
            let error = call(event).expect_err(event).to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
