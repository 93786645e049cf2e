//! How a request ended. Vault says it in several places, and for some requests not at all.

use super::line::{Answer, Auth};
use super::meaning::Meaning;
use super::table::Engine;
use crate::event::{Class, Outcome};

/// How it ended, and the code of what went wrong where no error text says it.
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) code: Option<&'static str>,
}

impl Ending {
    /// By nothing but whether there is an error.
    pub(super) fn plain(error: &str) -> Ending {
        match error {
            "" => Ending::of(Outcome::Success),
            error => Ending::of(denied_or_failed(error)),
        }
    }

    fn of(outcome: Outcome) -> Ending {
        Ending { outcome, code: None }
    }

    fn failed(code: &'static str) -> Ending {
        Ending { outcome: Outcome::Failure, code: Some(code) }
    }
}

/// Requests that a quota refused; Vault writes no answer for them.
pub(super) fn is_over_quota(error: &str) -> bool {
    error.contains("rate limit quota exceeded") || error.contains("lease count quota exceeded")
}

/// Whether no answer to this request is ever written.
pub(super) fn stands_alone(path: &str, error: &str) -> bool {
    is_over_quota(error) || is_never_answered(path)
}

/// Requests that are written before it is known whether they are allowed, and never answered.
fn is_never_answered(path: &str) -> bool {
    ["sys/seal", "sys/step-down"].iter().any(|end| {
        path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    })
}

pub(super) fn of(
    meaning: &Meaning<'_>,
    error: &str,
    path: &str,
    answer: Option<&Answer<'_>>,
    issued: Option<&Auth<'_>>,
    asks: bool,
) -> Ending {
    if is_over_quota(error) {
        return Ending::of(Outcome::Denied);
    }
    if asks {
        let unknown = is_never_answered(path);
        return Ending::of(if unknown { Outcome::Unknown } else { Outcome::Pending });
    }
    if !error.is_empty() {
        return refused(meaning, error);
    }
    answered(meaning, answer, issued)
}

fn refused(meaning: &Meaning<'_>, error: &str) -> Ending {
    let log_on = meaning.is_log_on();
    match error {
        _ if log_on && meaning.engine == Some(Engine::System) => Ending::failed("mfa_failed"),
        _ if meaning.is_unwrap() && !error.contains("sealed") => {
            Ending { outcome: denied_or_failed(error), code: Some("wrapping_token_invalid") }
        }
        _ if log_on => Ending::of(Outcome::Failure),
        error => Ending::of(denied_or_failed(error)),
    }
}

fn denied_or_failed(error: &str) -> Outcome {
    if error.contains("permission denied") { Outcome::Denied } else { Outcome::Failure }
}

/// Many failures have no error beside the answer: it stands in its data, hashed, or there is no answer at all.
fn answered(
    meaning: &Meaning<'_>,
    answer: Option<&Answer<'_>>,
    issued: Option<&Auth<'_>>,
) -> Ending {
    let Some(answer) = answer else {
        // System paths such as a snapshot are sent past the audit log; what an engine finds is in it.
        let found_nothing = meaning.reads && meaning.engine != Some(Engine::System);
        return if found_nothing {
            Ending::failed("not_found")
        } else {
            Ending::of(Outcome::Success)
        };
    };
    let data = answer.data.0.as_ref();
    let wrapped = answer.wrap_info.0.is_some();
    match data.and_then(super::answer::Data::status) {
        Some(404) => return Ending::failed("not_found"),
        Some(400..) => return Ending::failed("invalid_request"),
        _ => {}
    }
    // A secret may have a member of that name.
    let failed = data.is_some_and(super::answer::Data::only_error) && !meaning.reads_users_own();
    if meaning.is_log_on() {
        return match issued {
            Some(issued) if issued.has_token() || wrapped => Ending::of(Outcome::Success),
            Some(_) => Ending::of(Outcome::Pending),
            None if failed => Ending::failed("invalid_credentials"),
            None => Ending::of(Outcome::Success),
        };
    }
    if failed { Ending::failed("invalid_request") } else { Ending::of(Outcome::Success) }
}

/// The class an event has: a refusal is a `PolicyViolation`, a log-on stays one.
pub(super) fn class(meaning: &Meaning<'_>, outcome: Outcome, error: &str) -> Class {
    let refused = outcome == Outcome::Denied && (!meaning.is_log_on() || is_over_quota(error));
    if refused { Class::PolicyViolation } else { meaning.class }
}
