//! Audit entries (`AuditEntry`, with a hash chain) and rows of `GET /api/v1/audit` (`event_type`, `result`).

use serde::Deserialize;

use super::chain::{Chain, Hashed};
use super::hash::Hash;
use super::{table, words};
use crate::event::{
    Class, Decision, Event, HashAlgorithm, Integrity, IntegrityStatus, Outcome, Text,
};
use crate::source::fields::Loose;
use crate::source::{ParseError, Settings, clean};

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    id: Loose<'a>,
    #[serde(borrow, default)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    agent_name: Text<'a>,
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow, default)]
    resource: Loose<'a>,
    #[serde(borrow, default)]
    policy_name: Loose<'a>,
    allowed: bool,
    #[serde(borrow, default)]
    reason: Loose<'a>,
    #[serde(default, rename = "entry_hash")]
    hash: Hash,
    #[serde(default)]
    prev_hash: Hash,
}

/// An audit entry, its hash recomputed and held against the entry read before it.
pub(in crate::source) fn entry<'a>(
    text: &'a str,
    settings: &Settings,
    chain: &mut Chain,
) -> Result<Event<'a>, ParseError> {
    let entry: Entry<'a> = clean::parse(text)?;
    let integrity = integrity(&entry, settings, chain);
    let id = match &integrity.hash {
        Some(hash) => Text::from(format!("sanctum:{hash}")),
        None => Text::from(clean::digest(text.as_bytes())),
    };
    let row = table::verb(&entry.action);
    let decided = Decided {
        meaning: row.map(|row| row.class),
        action: clean::action(entry.action),
        outcome: if entry.allowed { Outcome::Success } else { Outcome::Denied },
        policy_name: entry.policy_name.text(),
        reason: entry.reason.text(),
    };
    let record_id = entry.id.label();
    let mut event =
        event(id, &entry.timestamp, entry.agent_name, entry.resource, decided, settings);
    event.integrity = Some(integrity);
    event.origin = Some(super::origin("sanctum.audit_entry", None, record_id));
    Ok(event)
}

fn integrity<'a>(entry: &Entry<'_>, settings: &Settings, chain: &mut Chain) -> Integrity<'a> {
    let status = match (entry.hash.0, entry.prev_hash.0, seconds(&entry.timestamp)) {
        (Some(hash), Some(prev), Some(timestamp)) => {
            let hashed = Hashed {
                prev,
                timestamp,
                agent_name: &entry.agent_name,
                action: &entry.action,
                resource: entry.resource.as_str(),
                allowed: entry.allowed,
                reason: entry.reason.as_str(),
            };
            chain.check(hash, &hashed)
        }
        _ => IntegrityStatus::Unverified,
    };
    Integrity {
        sequence: entry.id.number(),
        chain_id: settings.instance.clone().map(|name| Text::from(name).clipped(128)),
        alg: Some(HashAlgorithm::SanctumSha256),
        hash: entry.hash.hex(),
        prev_hash: entry.prev_hash.hex(),
        status: Some(status),
    }
}

/// The very double that was hashed. Its text has at most 17 digits, which serde reads exactly.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
fn seconds(timestamp: &Loose<'_>) -> Option<f64> {
    match timestamp {
        Loose::Float(seconds) => Some(*seconds),
        Loose::Int(seconds) => Some(*seconds as f64),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    id: Loose<'a>,
    #[serde(borrow, default)]
    timestamp: Loose<'a>,
    #[serde(borrow, default)]
    event_type: Loose<'a>,
    #[serde(borrow)]
    agent_name: Text<'a>,
    #[serde(borrow, default)]
    resource: Loose<'a>,
    #[serde(borrow, default)]
    action: Loose<'a>,
    #[serde(borrow)]
    result: Text<'a>,
    #[serde(borrow, default)]
    hmac: Loose<'a>,
}

/// A row of the audit API.
pub(in crate::source) fn row<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Event<'a>, ParseError> {
    let row: Row<'a> = clean::parse(text)?;
    let outcome = match &*row.result {
        "allowed" | "success" => Outcome::Success,
        "denied" => Outcome::Denied,
        "failure" | "error" => Outcome::Failure,
        _ => Outcome::Unknown,
    };
    let known = table::find(table::EVENT_TYPES, row.event_type.as_str());
    let action = row.action.text();
    let meaning = known.or_else(|| table::verb(action.as_deref()?)).map(|row| row.class);
    let verb = match (action, known) {
        (Some(action), _) => clean::action(action),
        (None, Some(row)) => row.action.into(),
        (None, None) => clean::action(row.event_type.clone().text().unwrap_or_default()),
    };
    let record_id = row.id.label();
    let id = match &record_id {
        Some(id) => clean::id(id.clone()),
        None => Text::from(clean::digest(text.as_bytes())),
    };
    let decided = Decided { meaning, action: verb, outcome, policy_name: None, reason: None };
    let mut event = event(id, &row.timestamp, row.agent_name, row.resource, decided, settings);
    event.integrity = row.hmac.text().and_then(clean::hash).map(|hash| Integrity {
        alg: Some(HashAlgorithm::HmacSha256),
        hash: Some(hash),
        status: Some(IntegrityStatus::Unverified),
        ..Integrity::default()
    });
    event.origin = Some(super::origin("sanctum.audit_api", row.event_type.text(), record_id));
    Ok(event)
}

/// What was decided of a request, and why.
struct Decided<'a> {
    /// The class, if the table has one.
    meaning: Option<Class>,
    action: Text<'a>,
    outcome: Outcome,
    policy_name: Option<Text<'a>>,
    reason: Option<Text<'a>>,
}

/// What entries and rows have in common.
fn event<'a>(
    id: Text<'a>,
    timestamp: &Loose<'a>,
    agent_name: Text<'a>,
    resource: Loose<'a>,
    decided: Decided<'a>,
    settings: &Settings,
) -> Event<'a> {
    let Decided { meaning: known, action, outcome, policy_name, reason } = decided;
    let meaning = known.unwrap_or(Class::SystemActivity);
    let denied = outcome == Outcome::Denied && meaning != Class::Authentication;
    let class = if denied { Class::PolicyViolation } else { meaning };
    let (time, quality) = super::moment(timestamp, settings);
    let actor = super::actor(agent_name, settings);
    let mut event = Event::new(id, time, class, action, outcome, actor, super::source(settings));
    event.time_quality = Some(quality);
    event.attempted_class = (denied && meaning != Class::PolicyViolation).then_some(meaning);
    event.resource = super::resource(meaning, resource.text());
    event.policy = match outcome {
        Outcome::Denied => Some(words::policy(Decision::Deny, policy_name, reason.as_ref())),
        Outcome::Success if policy_name.is_some() => {
            Some(words::policy(Decision::Allow, policy_name, reason.as_ref()))
        }
        _ => None,
    };
    event.error = denied.then(|| words::refusal(reason.as_ref()));
    event.message = reason.and_then(|reason| clean::clip(reason, 1024));
    if known.is_none() {
        super::note_unmapped(&mut event);
    }
    event
}
