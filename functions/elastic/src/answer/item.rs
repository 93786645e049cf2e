//! One document's part of an answer.

use std::time::Duration;

use delivery::outcome::{Delivery, ErrorClass, Reason, Verdict};
use serde::Deserialize;

/// `{"create":{"status":201}}`.
#[derive(Deserialize)]
pub(super) struct Item {
    /// Only `create` is ever sent; a pipeline cannot change that.
    create: Inner,
}

#[derive(Deserialize)]
struct Inner {
    status: u16,
    error: Option<Error>,
    failure_store: Option<String>,
}

/// What went wrong, in the server's words.
#[derive(Deserialize)]
pub(super) struct Error {
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Never shown: it may quote the document.
    reason: Option<String>,
}

impl Error {
    /// The type, if it is one: a word such as `version_conflict_engine_exception`.
    pub(super) fn name(&self) -> Option<&str> {
        let is_word = |name: &str| {
            name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        self.kind.as_deref().filter(|name| is_word(name))
    }

    /// Refusals that are said of a document and caused by a setting: an index that is closed, a pipeline that
    /// does not exist, and Serverless collections of a kind that takes no ids.
    fn is_ours(&self) -> bool {
        if matches!(self.name(), Some("index_closed_exception" | "invalid_index_name_exception")) {
            return true;
        }
        let reason = self.reason.as_deref().unwrap_or_default();
        (reason.starts_with("pipeline with id [") && reason.ends_with("] does not exist"))
            || reason.starts_with("Document ID is not supported")
    }
}

impl Item {
    pub(super) fn status(&self) -> u16 {
        self.create.status
    }

    fn name(&self) -> &str {
        self.create.error.as_ref().and_then(Error::name).unwrap_or("no type given")
    }

    /// A reason with the error's type.
    pub(super) fn reason(&self, class: ErrorClass, text: &str) -> Reason {
        Reason::new(class, format!("{text}: {}", self.name())).with_status(self.create.status)
    }

    /// What became of the document.
    pub(super) fn verdict(&self) -> Verdict {
        let reason = |class, text| self.reason(class, text);
        match self.create.status {
            200 | 201 if self.create.failure_store.as_deref() == Some("used") => {
                Verdict::Delivered(Delivery::Degraded)
            }
            200 | 201 => Verdict::delivered(),
            // The id is ours and `create` is all we send, so the document is there.
            409 => Verdict::Delivered(Delivery::Duplicate),
            429 => Verdict::retry(reason(ErrorClass::Throttled, "the server asks for less")),
            400 | 422 if !self.is_ours() => {
                Verdict::Rejected(reason(ErrorClass::Refused, "the server refused the document"))
            }
            401 => Verdict::retry(reason(ErrorClass::Auth, "the credential was refused")),
            403 if self.name() == "security_exception" => Verdict::retry(reason(
                ErrorClass::Auth,
                "the credential may not write to the index",
            )),
            403 => Verdict::retry(reason(ErrorClass::Config, "the index must not be written to")),
            400 | 422 => {
                Verdict::retry(reason(ErrorClass::Config, "the index or its pipeline refuses all"))
            }
            404 => Verdict::retry(reason(ErrorClass::Config, "there is no such index")),
            // With the others settled they are a request of their own, which is then halved.
            413 => Verdict::retry_after(
                Some(Duration::ZERO),
                reason(ErrorClass::TooLarge, "larger than the server takes"),
            ),
            500..=599 => Verdict::retry(reason(ErrorClass::Unavailable, "the server cannot now")),
            // What nobody knows the meaning of is nobody else's trouble: the document alone waits.
            _ => Verdict::retry(reason(ErrorClass::Protocol, "a status that is not known")),
        }
    }

    fn is_ours(&self) -> bool {
        self.create.error.as_ref().is_some_and(Error::is_ours)
    }
}
