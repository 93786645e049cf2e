//! What a record means: its class, verb and outcome by its kind and topic, else by its category.

use super::body::Body;
use crate::event::{Class, Outcome, Text};
use crate::source::clean;

/// Syncropel's four categories; a record that fits several is of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Governance,
    Decision,
    Dispatch,
    System,
}

impl Category {
    /// The category by the line's word and by the documented rules on actor, act and topic.
    pub(super) fn of(word: &str, actor: &str, act: &str, body: &Body<'_>) -> Option<Category> {
        let topic = body.topic.as_str();
        if word == "governance" || actor == "did:sync:system:governance" || is_refusal(body) {
            Some(Category::Governance)
        } else if matches!(word, "aitl" | "decision") || (act == "KNOW" && is_verdict(body)) {
            Some(Category::Decision)
        } else if word == "dispatch" || topic == "dispatch_complete" {
            Some(Category::Dispatch)
        } else if word == "system" || actor.starts_with("did:sync:system:") {
            Some(Category::System)
        } else {
            None
        }
    }

    /// The newer name where there are two.
    pub(super) fn word(self) -> &'static str {
        match self {
            Category::Governance => "governance",
            Category::Decision => "decision",
            Category::Dispatch => "dispatch",
            Category::System => "system",
        }
    }
}

pub(super) fn is_refusal(body: &Body<'_>) -> bool {
    matches!(body.topic.as_str(), "permission_denied" | "namespace_rejected")
        || body.code.as_str() == "NAMESPACE_REJECTED"
}

fn is_verdict(body: &Body<'_>) -> bool {
    matches!(body.verdict.as_str(), "accept" | "reject")
}

/// What a record means.
pub(super) struct Meaning {
    pub(super) class: Class,
    pub(super) attempted: Option<Class>,
    pub(super) action: Text<'static>,
    pub(super) outcome: Outcome,
}

impl Meaning {
    fn new(class: Class, action: impl Into<Text<'static>>, outcome: Outcome) -> Meaning {
        Meaning { class, attempted: None, action: clean::action(action.into()), outcome }
    }
}

pub(super) fn of(category: Option<Category>, act: &str, body: &Body<'_>) -> Meaning {
    if is_refusal(body) {
        return refusal(body);
    }
    let kind = body.kind.as_str();
    let kind = kind.strip_prefix("core.").unwrap_or(kind);
    match (kind, body.topic.as_str()) {
        ("secret.access.v1", _) => return access(body),
        ("secret.rotation.v1", _) => {
            return Meaning::new(Class::CredentialRotation, "rotate", stated(body));
        }
        ("secret.value_invalidated.v1", _) => {
            return Meaning::new(Class::CredentialRotation, "invalidate", stated(body));
        }
        ("consent_state_change.v1", _) => return governance("consent.update", body),
        ("impersonation.event.v1", _) => return governance("impersonate", body),
        ("work.guardrail.v1", _) => return governance("guardrail", body),
        ("token_lifecycle_event.v1", _) => return identity(&token_verb(body), body),
        ("identity.grant.v1", _) => return identity("grant", body),
        ("identity.revoke.v1" | "identity.grant.revoke.v1" | "identity.grant_revoke.v1", _) => {
            return identity("revoke", body);
        }
        ("invite.event.v1", _) => return identity("invite", body),
        (_, "permission_rule") => {
            return Meaning::new(Class::PolicyChange, "update", Outcome::Success);
        }
        (_, "kill_switch") => {
            let level = body.level.as_str();
            let level = if level.is_empty() { "unknown" } else { level };
            return governance(&format!("kill.{level}"), body);
        }
        ("work.decision_request.v1" | "agent.aitl.v1", _) => return decision(body),
        ("syncropel.dispatch.complete.v1", _) => return dispatch(body),
        _ => {}
    }
    match category {
        Some(Category::Governance) => governance(body.topic.as_str(), body),
        Some(Category::Decision) => decision(body),
        Some(Category::Dispatch) => dispatch(body),
        Some(Category::System) | None => {
            let topic = body.topic.as_str();
            let verb = if topic.is_empty() { act } else { topic };
            Meaning::new(Class::SystemActivity, verb.to_ascii_lowercase(), said(body))
        }
    }
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
fn access(body: &Body<'_>) -> Meaning {
    let (class, action) = match body.operation.as_str() {
        "get" | "" => (Class::SecretAccess, "retrieve".to_owned()),
        "list" => (Class::SecretAccess, "list".to_owned()),
        "set" => (Class::SecretChange, "store".to_owned()),
        other => (Class::SecretChange, other.to_ascii_lowercase()),
    };
    match stated(body) {
        Outcome::Denied => Meaning {
            attempted: Some(class),
            ..Meaning::new(Class::PolicyViolation, action, Outcome::Denied)
        },
        outcome => Meaning::new(class, action, outcome),
    }
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

fn decision(body: &Body<'_>) -> Meaning {
    let (action, outcome) = match body.verdict.as_str() {
        "accept" => ("accept".to_owned(), Outcome::Success),
        "reject" => ("reject".to_owned(), Outcome::Denied),
        "expire" | "expired" => ("expire".to_owned(), Outcome::Denied),
        "quarantine" | "quarantined" => ("quarantine".to_owned(), Outcome::Denied),
        "" => ("request".to_owned(), Outcome::Pending),
        other => (other.to_ascii_lowercase(), Outcome::Unknown),
    };
    Meaning::new(Class::ActorDecision, action, outcome)
}

fn dispatch(body: &Body<'_>) -> Meaning {
    let outcome = match (body.success.flag(), body.failure_reason.is_some()) {
        (Some(true), _) => Outcome::Success,
        (Some(false), _) | (None, true) => Outcome::Failure,
        (None, false) => Outcome::Unknown,
    };
    Meaning::new(Class::Dispatch, "complete", outcome)
}

fn governance(action: &str, body: &Body<'_>) -> Meaning {
    let action = if action.is_empty() { "govern" } else { action };
    Meaning::new(Class::Governance, action.to_ascii_lowercase(), stated(body))
}

fn identity(action: &str, body: &Body<'_>) -> Meaning {
    Meaning::new(Class::IdentityChange, action.to_owned(), stated(body))
}

/// Which step of a token's life; the record's own word for it is not documented.
fn token_verb(body: &Body<'_>) -> String {
    match body.operation.as_str() {
        "" => "token.update".to_owned(),
        step => format!("token.{}", step.to_ascii_lowercase()),
    }
}
