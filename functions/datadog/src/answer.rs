//! What the intake's answer means ("Send logs", responses).
//!
//! Datadog's agent drops the payload at 401 and 403, and others have lost logs so while a key was rotated
//! (vectordotdev/vector, issues 10870 and 12220). Here the data stays queued.

use std::time::Duration;

use delivery::http::{Response, stranger, verdict_of};
use delivery::outcome::{Answer, ErrorClass, Reason};
use serde_json::Value;

/// What a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_hours(12);

/// What the answer means for every log of the request: the intake takes all or none.
pub(crate) fn classify(response: &Response) -> Answer {
    let reason = |class, text: &str| Reason::new(class, text).with_status(response.status.as_u16());
    match response.status.as_u16() {
        202 => Answer::delivered(),
        // Not the intake: it answers 202.
        200..=299 => {
            let text = "not the answer of a Datadog intake";
            Answer::retry(reason(ErrorClass::Protocol, text).maybe_stored())
        }
        400 | 422 if !is_the_intakes(&response.body) => stranger(response),
        401 => Answer::Auth(reason(ErrorClass::Auth, "Datadog got no API key")),
        403 => Answer::Auth(reason(
            ErrorClass::Auth,
            "Datadog refuses the API key; it must be an API key (not an application key) of this very site",
        )),
        _ => verdict_of(response.status, &response.headers, LONGEST_WAIT),
    }
}

/// Whether a refusal has the form of the intake's: `{"errors":[…]}`, or `code` and `message` as the older one has it.
fn is_the_intakes(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["errors"].is_array() || (body["code"].is_number() && body["message"].is_string())
}

#[cfg(test)]
mod fuzz;
