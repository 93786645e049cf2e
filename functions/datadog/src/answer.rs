//! What the intake's answer means ("Send logs", responses).
//!
//! Datadog's agent drops the payload at 401 and 403, and others have lost logs so while a key was rotated
//! (vectordotdev/vector, issues 10870 and 12220). Here the data stays queued.

use std::time::Duration;

use delivery::http::{Response, verdict_of};
use delivery::outcome::{Answer, ErrorClass, Reason};

/// What a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_hours(12);

/// What the answer means for every log of the request: the intake takes all or none.
pub(crate) fn classify(response: &Response) -> Answer {
    let reason = |class, text: &str| Reason::new(class, text).with_status(response.status.as_u16());
    match response.status.as_u16() {
        202 => Answer::delivered(),
        // Not the intake: it answers 202.
        200..=299 => {
            Answer::retry(reason(ErrorClass::Protocol, "not the answer of a Datadog intake"))
        }
        401 => Answer::Auth(reason(ErrorClass::Auth, "Datadog got no API key")),
        403 => Answer::Auth(reason(
            ErrorClass::Auth,
            "Datadog refuses the API key; it must be an API key (not an application key) of this very site",
        )),
        _ => verdict_of(response.status, &response.headers, LONGEST_WAIT),
    }
}
