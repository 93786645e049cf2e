//! Who: `actor` is whoever caused this event, `user` (in the identity classes) whom it is about.

use super::endpoint::is_email;
use super::observable::{self, Kind};
use super::page::{Page, first, full};
use super::resource::Naming;
use crate::event::{
    Actor, ActorType, Decision, Event, Resource, ResourceType, Session, Time, Value,
};

/// The last millisecond that OCSF readers take for milliseconds and not for something else (20 November 2286).
const LAST_MILLISECOND: i64 = 9_999_999_999_999;

/// `actor` with its user, session and authorizations.
pub(super) fn write(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("actor", |page| {
        user_and_session(page, event);
        authorizations(page, event, None);
    });
}

/// `actor` without authorizations: where what was decided stands beside it.
pub(super) fn write_session_and_user(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("actor", |page| user_and_session(page, event));
}

fn user_and_session(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("user", |page| user(page, &event.actor, observable::ACTOR_NAME));
    if let Some(session) = &event.session {
        page.object("session", |page| {
            write_session(page, session, event, observable::ACTOR_CREDENTIAL);
        });
    }
}

/// `actor` with its user alone: where the session and the privileges stand beside it.
pub(super) fn write_user(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("actor", |page| {
        page.object("user", |page| user(page, &event.actor, observable::ACTOR_NAME));
    });
}

/// The members of a `user` object. 1.3.0 has no type for agents and services: 99 with a caption.
pub(super) fn user(page: &mut Page<'_>, actor: &Actor<'_>, name: Kind) {
    page.observed("name", actor.name.as_deref(), name);
    page.json.text("uid", &actor.id);
    page.fixed(match actor.kind {
        ActorType::Human => r#""type_id":1,"type":"User""#,
        ActorType::System => r#""type_id":3,"type":"System""#,
        ActorType::Agent => r#""type_id":99,"type":"AI Agent""#,
        ActorType::Service => r#""type_id":99,"type":"Service""#,
        ActorType::Unknown => r#""type_id":0,"type":"Unknown""#,
    });
    page.text("email_addr", full(actor.email.as_ref()).filter(|email| is_email(email)));
    page.list("groups", |page| {
        for group in actor.groups.iter().filter(|group| !group.is_empty()) {
            page.item(|page| page.json.text("name", group));
        }
    });
}

/// Whom an identity event is about, where that is somebody other than its actor.
pub(super) enum Subject<'e> {
    /// An identity that the event names as its resource.
    Identity(&'e Resource<'e>),
    /// Somebody of whom only the name is known.
    Named(&'e str),
}

/// The identity that the event names: its resource, else `details.grantee` or `details.subject`.
pub(super) fn subject_of<'e>(event: &'e Event<'e>) -> Option<Subject<'e>> {
    if let Some(resource) = event.resource.as_ref().filter(|resource| is_identity(resource)) {
        return Some(Subject::Identity(resource));
    }
    ["grantee", "subject"].into_iter().find_map(|key| match event.details.get(key) {
        Some(Value::Text(name)) => full(Some(name)).map(Subject::Named),
        _ => None,
    })
}

/// As [`subject_of`], but not if it is the actor: of the actor more is known.
pub(super) fn other_subject<'e>(event: &'e Event<'e>) -> Option<Subject<'e>> {
    let actor = &event.actor;
    let is_actor = |text: &str| text == actor.id.as_str() || actor.name.as_deref() == Some(text);
    subject_of(event).filter(|subject| match subject {
        Subject::Named(name) => !is_actor(name),
        Subject::Identity(resource) => {
            let told =
                first([resource.id.as_ref(), resource.name.as_ref(), resource.path.as_ref()]);
            !told.is_some_and(is_actor)
        }
    })
}

/// `user` of an identity class.
pub(super) fn write_subject(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("user", |page| match other_subject(event) {
        None => user(page, &event.actor, observable::USER_NAME),
        Some(Subject::Named(name)) => {
            page.text("uid", Some(name));
            page.fixed(r#""type_id":0,"type":"Unknown""#);
        }
        Some(Subject::Identity(resource)) => {
            let naming = Naming::of(event, resource);
            page.observed("name", Some(naming.shown(resource)), observable::USER_NAME);
            naming.write_uid(page);
            page.fixed(match resource.kind {
                ResourceType::Agent => r#""type_id":99,"type":"AI Agent""#,
                ResourceType::ServiceAccount => r#""type_id":99,"type":"Service""#,
                _ => r#""type_id":1,"type":"User""#,
            });
        }
    });
}

pub(super) fn is_identity(resource: &Resource<'_>) -> bool {
    matches!(resource.kind, ResourceType::Agent | ResourceType::User | ResourceType::ServiceAccount)
}

/// The members of a `session` object. The token's hashed reference is its credential; the token never appears.
pub(super) fn write_session(
    page: &mut Page<'_>,
    session: &Session<'_>,
    event: &Event<'_>,
    credential: Kind,
) {
    let start = page.json.out().len();
    page.text("uid", session.id.as_deref());
    page.observed("credential_uid", session.token_ref.as_deref(), credential);
    if let Some(mfa) = session.mfa {
        page.json.bool("is_mfa", mfa);
    }
    if let Some(issued) = session.issued_at {
        page.time("created_time", "created_time_dt", issued);
        if let Some(end) = expiration(issued, session.ttl_seconds) {
            page.time("expiration_time", "expiration_time_dt", end);
        }
    }
    if page.json.out().len() > start {
        page.json.text("issuer", &event.source.instance);
    }
}

fn expiration(issued: Time, ttl: Option<u64>) -> Option<Time> {
    let millis = i64::try_from(ttl?).ok()?.checked_mul(1000)?;
    let end = issued.as_millisecond().checked_add(millis)?;
    Time::from_millisecond(end).filter(|end| end.as_millisecond() <= LAST_MILLISECOND)
}

/// `authorizations`: one entry a policy with what it decided.
///
/// `decision` is the word where the event is itself a decision (`approved`); else the policy's own.
pub(super) fn authorizations(
    page: &mut Page<'_>,
    event: &Event<'_>,
    decision: Option<&'static str>,
) {
    let policy = event.policy.as_ref();
    let Some(word) = decision.or_else(|| policy.and_then(|policy| decided(policy.decision))) else {
        return;
    };
    let names = policy.map(|policy| policy.names.as_slice()).unwrap_or_default();
    page.list("authorizations", |page| {
        for name in names.iter().filter(|name| !name.is_empty()) {
            page.item(|page| {
                page.json.text("decision", word);
                page.object("policy", |page| page.json.text("name", name));
            });
        }
        if names.iter().all(|name| name.is_empty()) {
            page.item(|page| page.json.text("decision", word));
        }
    });
}

/// OCSF's word for a decision that is one.
pub(super) fn decided(decision: Decision) -> Option<&'static str> {
    match decision {
        Decision::Allow => Some("allowed"),
        Decision::Deny | Decision::Quarantine => Some("denied"),
        Decision::RequireApproval | Decision::NotEvaluated => None,
    }
}
