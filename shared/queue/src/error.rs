//! Why SQS did not do what it was asked.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::BatchResultErrorEntry;

/// Why SQS did not do what it was asked. Holds SQS's code and never a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct QueueError {
    /// What may help.
    pub kind: ErrorKind,
    /// SQS's code, or what happened instead of an answer.
    pub text: String,
    /// The status of the answer, if the whole call failed with one.
    pub status: Option<u16>,
    /// Whether the whole call failed, and not one entry of it.
    pub whole: bool,
}

/// What may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Waiting: throttled, unavailable, no answer.
    Unavailable,
    /// Other credentials or permissions.
    Denied,
    /// Another address: this queue does not exist.
    Gone,
    /// Smaller calls.
    TooLong,
    /// Nothing; for a whole call, another configuration.
    Refused,
    /// More time: the deadline came first.
    Late,
}

impl QueueError {
    fn unavailable(text: &str) -> QueueError {
        QueueError {
            kind: ErrorKind::Unavailable,
            text: text.to_owned(),
            status: None,
            whole: true,
        }
    }

    /// The deadline came first.
    pub fn late() -> QueueError {
        let text = "no time left before the deadline".to_owned();
        QueueError { kind: ErrorKind::Late, text, status: None, whole: true }
    }

    /// SQS answered and left this entry out.
    pub(crate) fn unmentioned() -> QueueError {
        QueueError { whole: false, ..QueueError::unavailable("not mentioned in the answer") }
    }

    /// A whole call failed.
    pub(crate) fn of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> QueueError {
        match error {
            SdkError::TimeoutError(_) => QueueError::unavailable("no answer in time"),
            SdkError::DispatchFailure(_) => QueueError::unavailable("no connection"),
            SdkError::ResponseError(_) => {
                QueueError::unavailable("the answer cannot be understood")
            }
            SdkError::ServiceError(answer) => {
                let code = answer.err().code().unwrap_or("without a code");
                let status = answer.raw().status().as_u16();
                let kind = kind(code, status);
                QueueError { kind, text: code.to_owned(), status: Some(status), whole: true }
            }
            _ => {
                let text = "the request could not be built".to_owned();
                QueueError { kind: ErrorKind::Refused, text, status: None, whole: true }
            }
        }
    }

    /// One entry of a call failed.
    pub(crate) fn of_entry(entry: &BatchResultErrorEntry) -> QueueError {
        let kind = match kind(entry.code(), 400) {
            kind @ (ErrorKind::Denied | ErrorKind::Unavailable) => kind,
            _ if entry.sender_fault() => ErrorKind::Refused,
            _ => ErrorKind::Unavailable,
        };
        QueueError { kind, text: entry.code().to_owned(), status: None, whole: false }
    }
}

fn kind(code: &str, status: u16) -> ErrorKind {
    if code.ends_with("BatchRequestTooLong") {
        return ErrorKind::TooLong;
    }
    if code.ends_with("QueueDoesNotExist") || code.ends_with("NonExistentQueue") {
        return ErrorKind::Gone;
    }
    if is_about_credentials(code) {
        return ErrorKind::Denied;
    }
    let is_pause =
        code.contains("Throttl") || code.contains("OverLimit") || code.contains("SlowDown");
    if status >= 500 || status == 429 || is_pause {
        ErrorKind::Unavailable
    } else {
        ErrorKind::Refused
    }
}

/// Whether an AWS error code means that credentials or permissions are at fault, in any service.
pub fn is_about_credentials(code: &str) -> bool {
    [
        "AccessDenied",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "InvalidSignature",
        "ExpiredToken",
        "MissingAuthenticationToken",
        "InvalidAccessKeyId",
        "KmsDisabled",
        "OptInRequired",
    ]
    .iter()
    .any(|word| code.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_help_is_told_by_code_and_status() {
        for (code, status, wanted) in [
            ("InternalFailure", 500, ErrorKind::Unavailable),
            ("RequestThrottled", 400, ErrorKind::Unavailable),
            ("OverLimit", 400, ErrorKind::Unavailable),
            ("without a code", 429, ErrorKind::Unavailable),
            ("AccessDeniedException", 400, ErrorKind::Denied),
            ("KmsDisabled", 400, ErrorKind::Denied),
            ("QueueDoesNotExist", 400, ErrorKind::Gone),
            ("AWS.SimpleQueueService.NonExistentQueue", 400, ErrorKind::Gone),
            ("AWS.SimpleQueueService.BatchRequestTooLong", 400, ErrorKind::TooLong),
            ("InvalidAttributeValue", 400, ErrorKind::Refused),
        ] {
            assert_eq!(kind(code, status), wanted, "{code}");
        }
    }

    #[test]
    fn an_entry_is_refused_only_by_the_sender_s_fault() {
        let entry = |code: &str, fault| {
            let entry = BatchResultErrorEntry::builder().id("0").code(code).sender_fault(fault);
            QueueError::of_entry(&entry.build().unwrap()).kind
        };
        assert_eq!(entry("InternalError", false), ErrorKind::Unavailable);
        assert_eq!(entry("InvalidMessageContents", true), ErrorKind::Refused);
        assert_eq!(entry("RequestThrottled", true), ErrorKind::Unavailable);
        assert_eq!(entry("AccessDenied", true), ErrorKind::Denied);
    }
}
