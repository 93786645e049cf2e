//! What a record means: its class, verb and outcome by its kind and topic, else by its category.

use super::body::Body;
use super::category::{Category, is_refusal};
use super::table::{self, Action, Ends, Row};
use crate::event::{Class, Outcome, Text};
use crate::source::clean;

/// What a record means.
pub(super) struct Meaning {
    pub(super) class: Class,
    pub(super) attempted: Option<Class>,
    pub(super) action: Text<'static>,
    pub(super) outcome: Outcome,
    /// The table has no row for it.
    pub(super) unmapped: bool,
}

impl Meaning {
    fn new(class: Class, action: impl Into<Text<'static>>, outcome: Outcome) -> Meaning {
        let action = clean::action(action.into());
        Meaning { class, attempted: None, action, outcome, unmapped: false }
    }
}

pub(super) fn of(category: Option<Category>, act: &str, body: &Body<'_>) -> Meaning {
    if is_refusal(body) {
        return refusal(body);
    }
    let kind = body.kind.as_str();
    let kind = kind.strip_prefix("core.").unwrap_or(kind);
    let (row, unmapped) = table::find(kind, body.topic.as_str(), category);
    let meaning = match row {
        Some(row) => by_row(row, act, body),
        None => Meaning::new(Class::SystemActivity, topic(body, act), said(body)),
    };
    Meaning { unmapped: unmapped || meaning.unmapped, ..meaning }
}

fn by_row(row: &Row, act: &str, body: &Body<'_>) -> Meaning {
    let outcome = match row.ends {
        Ends::Stated => stated(body),
        Ends::Said => said(body),
        Ends::Done => Outcome::Success,
        Ends::Decided => return decision(row.class, body),
        Ends::Dispatched => dispatched(body),
    };
    let action = match row.action {
        Action::Operation => return access(body, outcome),
        Action::Verdict => return decision(row.class, body),
        Action::Is(word) => word.to_owned(),
        Action::Level => format!("kill.{}", or(body.level.as_str(), "unknown")),
        Action::Step => format!("token.{}", or(body.operation.as_str(), "update")),
        // What governs may have no topic.
        Action::Topic if row.class == Class::Governance => or(body.topic.as_str(), "govern"),
        Action::Topic => topic(body, act),
    };
    Meaning::new(row.class, action, outcome)
}

fn or(word: &str, default: &str) -> String {
    if word.is_empty() { default.to_owned() } else { word.to_ascii_lowercase() }
}

fn topic(body: &Body<'_>, act: &str) -> String {
    or(body.topic.as_str(), &act.to_ascii_lowercase())
}

/// Refused by a permission rule or a namespace's border.
fn refusal(body: &Body<'_>) -> Meaning {
    let action = match body.resource.as_str() {
        "" if body.topic.as_str() == "permission_denied" => "deny".to_owned(),
        "" => "namespace.use".to_owned(),
        operation => operation.to_ascii_lowercase(),
    };
    Meaning::new(Class::PolicyViolation, action, Outcome::Denied)
}

/// `secret.access.v1` is written before the value is given out.
fn access(body: &Body<'_>, outcome: Outcome) -> Meaning {
    let operation = or(body.operation.as_str(), "get");
    let known = table::OPERATIONS.iter().find(|(word, ..)| *word == operation);
    let class = known.map_or(Class::SystemActivity, |(_, class, _)| *class);
    let action = known.map_or(operation, |(_, _, action)| (*action).to_owned());
    let meaning = match outcome {
        Outcome::Denied => Meaning {
            attempted: Some(class),
            ..Meaning::new(Class::PolicyViolation, action, Outcome::Denied)
        },
        outcome => Meaning::new(class, action, outcome),
    };
    Meaning { unmapped: known.is_none(), ..meaning }
}

/// The outcome as the body states it; what was recorded without one was done.
fn stated(body: &Body<'_>) -> Outcome {
    match body.outcome.as_str() {
        "" => match body.success.flag() {
            Some(false) => Outcome::Failure,
            _ => Outcome::Success,
        },
        "allowed" | "ok" | "success" => Outcome::Success,
        "denied" | "refused" => Outcome::Denied,
        "backend_unavailable" | "failed" | "failure" | "error" => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}

/// The outcome where the body states one; a notice that states none is no success.
fn said(body: &Body<'_>) -> Outcome {
    if body.outcome.is_some() || body.success.is_some() { stated(body) } else { Outcome::Unknown }
}

fn decision(class: Class, body: &Body<'_>) -> Meaning {
    let verdict = body.verdict.as_str();
    match table::VERDICTS.iter().find(|(word, ..)| *word == verdict) {
        Some((_, action, outcome)) => Meaning::new(class, *action, *outcome),
        None => Meaning {
            unmapped: true,
            ..Meaning::new(class, verdict.to_ascii_lowercase(), Outcome::Unknown)
        },
    }
}

fn dispatched(body: &Body<'_>) -> Outcome {
    match (body.success.flag(), body.failure_reason.is_some()) {
        (Some(true), _) => Outcome::Success,
        (Some(false), _) | (None, true) => Outcome::Failure,
        (None, false) => Outcome::Unknown,
    }
}
