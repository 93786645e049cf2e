//! What an answer means (OTLP specification, "Failures", "Partial Success", "OTLP/gRPC Throttling").
//!
//! In three places an audit trail asks for more than the specification: INTERNAL, UNKNOWN and 500, which it says must
//! not be retried, come back through the queue, because dropping is no choice here; a request that is too large is halved
//! (others dropped it: open-telemetry/opentelemetry-collector, issues 6046, 12219 and 14298); and one that the server calls
//! invalid is halved until the record is found.

use std::time::Duration;

use delivery::http::{Response, stranger, verdict_of};
use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};
use http::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;
use serde::{Deserialize, Deserializer};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::encode::Encoding;
use crate::grpc::{Foreign, Refusal, connection_failure};

/// What a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_hours(12);

/// The wait when a server is out of some resource and does not say for how long.
const EXHAUSTED: Duration = Duration::from_mins(5);

/// What a server said beside "taken".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Partial {
    rejected: usize,
    warned: bool,
}

impl From<ExportLogsServiceResponse> for Partial {
    fn from(response: ExportLogsServiceResponse) -> Partial {
        response.partial_success.map_or_else(Partial::default, |partial| Partial {
            rejected: partial.rejected_log_records.try_into().unwrap_or(0),
            warned: !partial.error_message.is_empty(),
        })
    }
}

/// The request was taken. Rejected records must not be sent again, and the server does not say which they are; only
/// when it rejected them all is that known.
pub(crate) fn taken(partial: Partial, records: usize) -> Answer {
    match partial {
        Partial { rejected: 0, warned: false } => Answer::delivered(),
        Partial { rejected: 0, warned: true } => {
            tracing::warn!("the collector took the records with a warning");
            Answer::All(Verdict::Delivered(Delivery::Degraded))
        }
        Partial { rejected, .. } if rejected >= records => {
            let text = "the collector rejected every record of the request for good";
            Answer::All(Verdict::Rejected(Reason::new(ErrorClass::Refused, text)))
        }
        Partial { rejected, .. } => {
            let text = "the collector does not say which; see its own log";
            Answer::Dropped { records: rejected, reason: Reason::new(ErrorClass::Refused, text) }
        }
    }
}

/// A gRPC call that failed.
pub(crate) fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Status(status) => of_status(&status),
        Refusal::Foreign(foreign) => of_proxy(&foreign),
        Refusal::NotUnderstood => {
            let text = "the collector's answer cannot be understood; it may have stored the events";
            Answer::retry(Reason::new(ErrorClass::Protocol, text).maybe_stored())
        }
        Refusal::TimedOut => Answer::retry(
            Reason::new(
                ErrorClass::Timeout,
                "no answer in time; the collector may have stored the events",
            )
            .maybe_stored(),
        ),
        Refusal::Setup(error) => Answer::Config(Reason::new(ErrorClass::Config, error.to_string())),
    }
}

fn of_status(status: &Status) -> Answer {
    if let Some(failure) = connection_failure(status) {
        return failure.clone().into();
    }
    if std::error::Error::source(status).is_some() {
        let text = "the connection broke; the collector may have stored the events";
        return Answer::retry(Reason::new(ErrorClass::Network, text).maybe_stored());
    }
    let code = status.code();
    let reason = |class, text: &str| {
        let number = u16::try_from(i32::from(code)).unwrap_or_default();
        Reason::new(class, format!("{text} (gRPC {code:?})")).with_status(number)
    };
    let hint = status.get_details_retry_info();
    let wait = || hint.as_ref()?.retry_delay.map(|delay| delay.min(LONGEST_WAIT));
    let later = |class, text| Answer::retry_after(wait(), reason(class, text));
    match code {
        Code::ResourceExhausted | Code::OutOfRange | Code::Unknown | Code::Internal
            if is_about_size(status.message()) =>
        {
            Answer::Split(reason(ErrorClass::TooLarge, "larger than the collector takes"))
        }
        Code::ResourceExhausted if hint.is_some() => {
            later(ErrorClass::Throttled, "the collector asks for less")
        }
        Code::ResourceExhausted => {
            tracing::error!("the collector is out of a resource and does not say for how long");
            let reason = reason(ErrorClass::Throttled, "the collector is out of a resource");
            Answer::retry_after(Some(EXHAUSTED), reason)
        }
        Code::DeadlineExceeded => later(ErrorClass::Timeout, "the collector gave up waiting"),
        Code::Cancelled | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => {
            later(ErrorClass::Unavailable, "the collector cannot take it now")
        }
        Code::InvalidArgument => {
            Answer::Suspect(reason(ErrorClass::Refused, "the collector refused the data"))
        }
        Code::Unauthenticated | Code::PermissionDenied => {
            Answer::Auth(reason(ErrorClass::Auth, "the collector refused the credential"))
        }
        Code::Unimplemented | Code::NotFound => Answer::Config(reason(
            ErrorClass::Config,
            "there is no logs service at this address; gRPC is often at port 4317, HTTP at 4318",
        )),
        Code::FailedPrecondition => Answer::Config(reason(
            ErrorClass::Config,
            "the collector is not in a state to take logs",
        )),
        Code::Ok | Code::Unknown | Code::Internal | Code::AlreadyExists => {
            later(ErrorClass::Unavailable, "the collector failed")
        }
    }
}

/// No code says that a message is too large, only words do: grpc-go's and the C core's, tonic's, Java's, .NET's and
/// Envoy's.
fn is_about_size(message: &str) -> bool {
    const WORDS: [&str; 6] = [
        "larger than max",
        "message length too large",
        "exceeds maximum size",
        "exceeds the maximum configured message size",
        "payload too large",
        "entity too large",
    ];
    let message = message.to_ascii_lowercase();
    WORDS.iter().any(|words| message.contains(words))
}

/// An answer of something that does not speak gRPC. Of events it knows nothing, so that nothing is their fault.
fn of_proxy(foreign: &Foreign) -> Answer {
    let status = foreign.status.as_u16();
    let reason = |class, text: &str| Reason::new(class, text).with_status(status);
    match status {
        200..=299 => {
            Answer::retry(reason(ErrorClass::Protocol, "not an answer of gRPC").maybe_stored())
        }
        401 | 403 | 408 | 413 | 425 | 429 | 500..=599 => {
            verdict_of(foreign.status, &foreign.headers, LONGEST_WAIT)
        }
        _ => Answer::Config(reason(
            ErrorClass::Config,
            "refused by something in front of the collector that does not speak gRPC; is the address right?",
        )),
    }
}

/// An answer over HTTP.
pub(crate) fn of_response(response: &Response, encoding: Encoding, records: usize) -> Answer {
    match response.status.as_u16() {
        200..=299 => match read(response, encoding) {
            Some(partial) => taken(partial, records),
            None => Answer::retry(
                Reason::new(ErrorClass::Protocol, "not the answer of an OTLP receiver")
                    .with_status(response.status.as_u16())
                    .maybe_stored(),
            ),
        },
        400 | 422 if !is_a_status(response) => stranger(response),
        404 | 405 | 415 => Answer::Config(
            Reason::new(
                ErrorClass::Config,
                "the address takes no logs over HTTP; it is often at port 4318, gRPC at 4317",
            )
            .with_status(response.status.as_u16()),
        ),
        _ => verdict_of(response.status, &response.headers, LONGEST_WAIT),
    }
}

/// The message, in the encoding of the request or in the one that the answer says it has. No body is an empty message.
fn read(response: &Response, encoding: Encoding) -> Option<Partial> {
    let content_type = response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if response.body.is_empty() {
        return Some(Partial::default());
    }
    match (content_type.unwrap_or_default(), encoding) {
        (text, _) if text.starts_with("text/html") => None,
        (text, _) if text.starts_with("application/json") => from_json(&response.body),
        (text, _) if text.starts_with("application/x-protobuf") => from_protobuf(&response.body),
        (_, Encoding::Json) => from_json(&response.body),
        (_, Encoding::Protobuf) => from_protobuf(&response.body),
    }
}

/// Whether a refusal is a `google.rpc.Status`, which every receiver has to answer with ("Failures"), in either encoding.
fn is_a_status(response: &Response) -> bool {
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if body.is_object() {
        return body["code"].is_number() || body["message"].is_string();
    }
    let content_type = response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|kind| kind.starts_with("application/x-protobuf"))
        && tonic_types::pb::Status::decode(&*response.body).is_ok()
}

fn from_protobuf(body: &[u8]) -> Option<Partial> {
    ExportLogsServiceResponse::decode(body).ok().map(Partial::from)
}

fn from_json(body: &[u8]) -> Option<Partial> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Message {
        partial_success: Option<Success>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[derive(Default)]
    struct Success {
        #[serde(deserialize_with = "number")]
        rejected_log_records: i64,
        error_message: Option<String>,
    }

    let message: Message = serde_json::from_slice(body).ok()?;
    let success = message.partial_success.unwrap_or_default();
    Some(Partial {
        rejected: success.rejected_log_records.try_into().unwrap_or(0),
        warned: success.error_message.is_some_and(|text| !text.is_empty()),
    })
}

/// 64-bit integers are text in protobuf's JSON, and readers take numbers too.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Text(String),
        Plain(i64),
    }

    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod fuzz;
