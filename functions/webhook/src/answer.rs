//! What a receiver's answer means. Pure functions of status, headers and body.
//!
//! A body is only compared with known words and never shown: it may reflect what was sent.

use std::time::Duration;

use delivery::http::{Response, is_page, stranger, verdict_of};
use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};
use serde_json::Value;

use crate::preset::Preset;

/// A server may ask for so long a pause at most (Standard Webhooks leaves it open).
const CAP: Duration = Duration::from_mins(15);

/// What the answer means for every record of the request.
pub(crate) fn classify(preset: Preset, response: &Response, treat_409_as_success: bool) -> Answer {
    if matches!(response.status.as_u16(), 400 | 409 | 422) && is_page(response) {
        return stranger(response);
    }
    match preset {
        Preset::Generic => generic(response, treat_409_as_success),
        Preset::Slack => slack(response),
        Preset::Pagerduty => pagerduty(response),
        Preset::Teams => teams(response),
    }
}

fn reason(response: &Response, class: ErrorClass, text: &str) -> Reason {
    Reason::new(class, text).with_status(response.status.as_u16())
}

fn common(response: &Response) -> Answer {
    verdict_of(response.status, &response.headers, CAP)
}

/// The rows of `docs/destinations/webhook.md`; 3xx is never followed.
fn generic(response: &Response, treat_409_as_success: bool) -> Answer {
    match response.status.as_u16() {
        409 if treat_409_as_success => Answer::All(Verdict::Delivered(Delivery::Duplicate)),
        409 => Answer::Suspect(reason(
            response,
            ErrorClass::Refused,
            "the receiver says that it conflicts",
        )),
        410 => Answer::Config(reason(
            response,
            ErrorClass::Config,
            "the receiver says that this address is gone for good; set a new one",
        )),
        200..=299 if says_no(response) => refused(response),
        _ => common(response),
    }
}

/// Whether an answer with a good status says in its body that it is none: `{"ok":false}` of Slack's and others'
/// APIs, `{"success":false}` of Rocket.Chat.
fn says_no(response: &Response) -> bool {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    ["ok", "success"].iter().any(|member| body.get(member) == Some(&Value::Bool(false)))
}

fn refused(response: &Response) -> Answer {
    Answer::Suspect(reason(response, ErrorClass::Refused, "the receiver says that it is not ok"))
}

/// Slack answers in plain text (docs.slack.dev, "Sending messages using incoming webhooks"). What takes Slack's
/// messages answers with `ok`, with JSON, or with nothing; so whatever is neither a refusal nor a page is a success.
fn slack(response: &Response) -> Answer {
    let words = String::from_utf8_lossy(&response.body);
    let words = words.trim();
    match response.status.as_u16() {
        200..=299 if is_page(response) => Answer::retry(
            reason(response, ErrorClass::Protocol, "a web page is not the answer of Slack")
                .maybe_stored(),
        ),
        200..=299 if says_no(response) => refused(response),
        200..=299 => Answer::delivered(),
        400 if words == "no_team" || words.starts_with("invalid_token") => dead_hook(response),
        403 | 404 | 410 => dead_hook(response),
        _ => common(response),
    }
}

fn dead_hook(response: &Response) -> Answer {
    Answer::Config(reason(
        response,
        ErrorClass::Config,
        "Slack no longer knows this webhook or its channel; install it again and store the new address",
    ))
}

/// Only 202 is a success; 400 will never become one (PagerDuty, "Events API v2 overview").
fn pagerduty(response: &Response) -> Answer {
    match response.status.as_u16() {
        202 => Answer::delivered(),
        200..=299 => Answer::retry(
            reason(response, ErrorClass::Protocol, "PagerDuty answers 202 and nothing else")
                .maybe_stored(),
        ),
        400 if says_routing_key(response) => Answer::Auth(reason(
            response,
            ErrorClass::Auth,
            "PagerDuty does not know the routing key",
        )),
        400 if is_pagerdutys(response) => Answer::All(Verdict::Rejected(reason(
            response,
            ErrorClass::Refused,
            "PagerDuty refused the event",
        ))),
        400 => stranger(response),
        _ => common(response),
    }
}

/// `{"status":"invalid event","message":…,"errors":[…]}`.
fn is_pagerdutys(response: &Response) -> bool {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    body["status"].is_string() || body["errors"].is_array()
}

/// A wrong key is answered 400 like a wrong event; only the text tells them apart.
fn says_routing_key(response: &Response) -> bool {
    let words = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
    words.contains("routing_key") || words.contains("routing key")
}

/// Old connectors answer 200 with an error in the text; workflows answer 202.
fn teams(response: &Response) -> Answer {
    let words = String::from_utf8_lossy(&response.body);
    let inner = words
        .split("returned HTTP error ")
        .nth(1)
        .and_then(|rest| rest.get(..3))
        .and_then(|status| status.parse::<u16>().ok());
    match inner {
        Some(413) => Answer::Split(reason(
            response,
            ErrorClass::TooLarge,
            "Teams says that the card is too large",
        )),
        Some(429) => Answer::retry(reason(response, ErrorClass::Throttled, "Teams asks for less")),
        Some(400) => {
            Answer::Suspect(reason(response, ErrorClass::Refused, "Teams refused the card"))
        }
        Some(_) => Answer::retry(reason(
            response,
            ErrorClass::Unavailable,
            "Teams could not post the card",
        )),
        None => common(response),
    }
}

#[cfg(test)]
mod fuzz;
