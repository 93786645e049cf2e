//! Export events (`SanctumEvent`): `kind`, `actor`, `success`.

use serde::Deserialize;

use super::table::{self, Row};
use super::words::{self, Reason};
use crate::event::{Class, Decision, ErrorInfo, Event, Lease, Outcome, Policy, Session, Text};
use crate::source::fields::Loose;
use crate::source::{ParseError, Settings, clean};

/// The members that are read; `ocsf_json` and all others are passed over.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow, default)]
    pub(super) id: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) timestamp: Loose<'a>,
    #[serde(borrow)]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) actor: Text<'a>,
    #[serde(borrow, default)]
    pub(super) target: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) detail: Loose<'a>,
    pub(super) success: bool,
}

pub(in crate::source) fn event<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Event<'a>, ParseError> {
    Ok(mapped(clean::parse(text)?, "sanctum.event", text, settings))
}

/// The event that a line says; `text` is what it was read from.
pub(super) fn mapped<'a>(
    line: Line<'a>,
    format: &'static str,
    text: &str,
    settings: &Settings,
) -> Event<'a> {
    let row = of_kind(&line.kind, line.detail.as_str());
    let (mut class, mut action) = match row {
        Some(row) => (row.class, Text::from(row.action)),
        None => (Class::SystemActivity, clean::action(line.kind.clone())),
    };
    let detail = line.detail.text();
    let reason = detail.as_deref().and_then(Reason::of);
    let alert = detail.as_deref().filter(|_| class == Class::PolicyViolation);
    let alert = alert.and_then(words::anomaly);
    let refused =
        class == Class::PolicyViolation || (!line.success && reason.is_some_and(Reason::refuses));
    let outcome = match (line.success, refused) {
        (true, _) => Outcome::Success,
        (false, true) => Outcome::Denied,
        (false, false) => Outcome::Failure,
    };
    let attempted = refused.then(|| attempted(class));
    if alert.is_some() {
        action = "detect".into();
    }
    if refused {
        class = Class::PolicyViolation;
    }

    let record_id = line.id.label();
    let id = match &record_id {
        Some(id) => clean::id(id.clone()),
        None => Text::from(clean::digest(text.as_bytes())),
    };
    let (time, quality) = super::moment(&line.timestamp, settings);
    let actor = super::actor(line.actor, settings);
    let mut event = Event::new(id, time, class, action, outcome, actor, super::source(settings));
    event.time_quality = Some(quality);
    event.attempted_class = attempted.filter(|_| alert.is_none());
    event.policy = policy(reason, refused, alert.as_ref().map(|(code, _)| code), detail.as_ref());
    event.severity = alert.map(|(_, severity)| severity);
    event.error = match (class, outcome) {
        (_, Outcome::Denied) => Some(words::refusal(detail.as_ref())),
        (Class::Authentication, Outcome::Failure) => {
            Some(ErrorInfo { code: Some("AUTH_FAILED".into()), message: None })
        }
        _ => None,
    };
    event.lease = detail.as_deref().filter(|_| class == Class::LeaseLifecycle).and_then(lease);
    event.session = detail.as_deref().filter(|_| class == Class::Authentication).and_then(session);
    event.resource = super::resource(class, line.target.text());
    event.message = detail.and_then(|detail| clean::clip(detail, 1024));
    event.origin = Some(super::origin(format, Some(line.kind), record_id));
    if row.is_none() {
        super::note_unmapped(&mut event);
    }
    event
}

/// The row of a kind; an update that speaks of a rotation is one.
fn of_kind(kind: &str, detail: &str) -> Option<&'static Row> {
    let row = table::find(table::KINDS, kind)?;
    let rotates = row.word == table::ROTATION.word && detail.to_ascii_lowercase().contains("rotat");
    Some(if rotates { &table::ROTATION } else { row })
}

/// The class that a refused request would have been. The log's refusals are of retrievals.
fn attempted(class: Class) -> Class {
    if class == Class::PolicyViolation { Class::SecretAccess } else { class }
}

fn policy<'a>(
    reason: Option<Reason>,
    refused: bool,
    alert: Option<&Text<'static>>,
    detail: Option<&Text<'a>>,
) -> Option<Policy<'a>> {
    if let Some(code) = alert {
        return Some(Policy {
            decision: Decision::NotEvaluated,
            names: Vec::new(),
            reason_code: Some(code.clone()),
            reason: None,
        });
    }
    match reason {
        _ if refused => Some(words::policy(Decision::Deny, None, detail)),
        Some(Reason::Granted) => Some(words::policy(Decision::Allow, None, detail)),
        _ => None,
    }
}

/// `ttl=300`.
fn lease<'a>(detail: &str) -> Option<Lease<'a>> {
    let (_, after) = detail.split_once("ttl=")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    let ttl = digits.parse().ok().filter(|ttl| *ttl <= crate::event::check::MAX_INTEGER)?;
    Some(Lease { ttl_seconds: Some(ttl), ..Lease::default() })
}

/// Agents log on by signing a challenge with their Ed25519 key.
fn session<'a>(detail: &str) -> Option<Session<'a>> {
    (detail == "challenge-response")
        .then(|| Session { authn_method: Some("ed25519_challenge".into()), ..Session::default() })
}
