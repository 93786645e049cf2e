//! What else is kept of a line, under fixed names, in `details`.

use super::actor;
use super::line::{Answer, Asked, Auth};
use super::meaning::Meaning;
use super::table::Leaves;
use crate::event::{Outcome, Pairs, Text, Value};
use crate::source::fields::Loose;
use crate::source::{Settings, clean};

/// Members of a token's metadata that say who it is, and what they are called here. All others are dropped: a
/// method puts into it what it likes.
const METADATA: [(&str, &str); 27] = [
    ("username", "user_name"),
    ("user", "user_name"),
    ("preferred_username", "user_name"),
    ("upn", "user_name"),
    ("user_id", "user_id"),
    ("sub", "jwt_subject"),
    ("name", "person"),
    ("role_name", "role_name"),
    ("role", "role_name"),
    ("account_id", "account_id"),
    ("org", "organisation"),
    ("domain", "domain"),
    ("service_account_name", "service_account_name"),
    ("service_account_namespace", "service_account_namespace"),
    ("service_account_uid", "service_account_uid"),
    ("service_account_id", "service_account_id"),
    ("service_account_email", "service_account_email"),
    ("project_id", "project_id"),
    ("canonical_arn", "canonical_arn"),
    ("client_arn", "client_arn"),
    ("client_user_id", "client_user_id"),
    ("common_name", "certificate_common_name"),
    ("serial_number", "certificate_serial_number"),
    ("cert_name", "certificate_role"),
    ("subscription_id", "subscription_id"),
    ("app_id", "app_id"),
    ("instance_id", "instance_id"),
];

/// What a line says beside the event's own members.
pub(super) struct Facts<'f, 'a> {
    pub(super) meaning: &'f Meaning<'a>,
    pub(super) outcome: Outcome,
    pub(super) actor_id: &'f str,
    pub(super) request: &'f Asked<'a>,
    pub(super) answer: &'f Answer<'a>,
    /// Whose token it is: on a log-on the new one's.
    pub(super) holder: &'f Auth<'a>,
    /// A token that was made for somebody else.
    pub(super) made: Option<&'f Auth<'a>>,
}

pub(super) fn of<'a>(facts: &Facts<'_, 'a>, settings: &Settings) -> Pairs<'a, Value<'a>> {
    let mut pairs: Vec<(Text<'a>, Value<'a>)> = Vec::with_capacity(8);
    let holder = facts.holder;
    if holder.is_root() {
        put(&mut pairs, "actor_privileged", Value::Bool(true));
    }
    if facts.meaning.privileged {
        put(&mut pairs, "privileged_operation", Value::Bool(true));
    }
    if facts.meaning.unmapped {
        put(&mut pairs, "unmapped", Value::Bool(true));
    }
    let left = leaves(facts.meaning.leaves).filter(|_| facts.outcome == Outcome::Success);
    if let Some(left) = left {
        put(&mut pairs, "leaves", Value::from(left));
    }
    policies(&mut pairs, holder);
    metadata(&mut pairs, holder);
    // Both are left out where they are the actor's id, as in most lines.
    if *holder.entity_id.as_str() != *facts.actor_id {
        text(&mut pairs, "entity_id", &holder.entity_id);
    }
    if *facts.request.client_id.as_str() != *facts.actor_id {
        text(&mut pairs, "client_id", &facts.request.client_id);
    }
    if let Some(orphan) = holder.orphan.flag() {
        put(&mut pairs, "orphan", Value::Bool(orphan));
    }
    hops(&mut pairs, facts.request);
    if let Some(made) = facts.made {
        put(&mut pairs, "created", Value::Map(created(made, settings)));
    }
    wrapped(&mut pairs, facts.answer, settings);
    Pairs(pairs)
}

fn put<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, key: &'static str, value: Value<'a>) {
    pairs.push((Text::from(key), value));
}

fn text<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, key: &'static str, value: &Loose<'a>) {
    let value = value.clone().text().and_then(|text| clean::clip(text, 256));
    if let Some(value) = value {
        put(pairs, key, Value::Text(value));
    }
}

/// Only what the action does not say: a value leaves with every `retrieve`, metadata with most answers.
fn leaves(leaves: Leaves) -> Option<&'static str> {
    match leaves {
        Leaves::Nothing | Leaves::Metadata | Leaves::Value => None,
        Leaves::KeyMaterial => Some("key_material"),
        Leaves::Credential => Some("credential"),
    }
}

fn policies<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, auth: &Auth<'a>) {
    let names = auth.policy_names();
    if !names.is_empty() {
        put(pairs, "policies", Value::List(names.into_iter().map(Value::Text).collect()));
    }
}

fn metadata<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, auth: &Auth<'a>) {
    for (key, value) in &auth.metadata.0 {
        let known = METADATA.iter().find(|(theirs, _)| *theirs == key.as_str());
        if let Some((_, ours)) = known.filter(|(_, ours)| !has(pairs, ours)) {
            text(pairs, ours, value);
        }
    }
}

fn has(pairs: &[(Text<'_>, Value<'_>)], key: &str) -> bool {
    pairs.iter().any(|(known, _)| known.as_str() == key)
}

/// The addresses that proxies say they were asked from; anybody can write them.
fn hops<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, request: &Asked<'a>) {
    let Some(headers) = &request.headers.0 else { return };
    let mut hops = Vec::new();
    for text in headers.forwarded_for.0.iter().filter(|text| !is_hashed(text)) {
        for hop in text.split(',').map(str::trim).filter(|hop| !hop.is_empty()).take(32) {
            hops.push(Value::Text(Text::from(hop.to_owned()).clipped(64)));
        }
    }
    hops.truncate(32);
    if !hops.is_empty() {
        put(pairs, "forwarded_for", Value::List(hops));
    }
}

/// What the client calls itself.
pub(super) fn user_agent<'a>(request: &Asked<'a>) -> Option<Text<'a>> {
    let headers = request.headers.0.as_ref()?;
    let agent = headers.user_agent.0.first().filter(|text| !is_hashed(text))?;
    clean::clip(agent.clone(), 512)
}

fn is_hashed(text: &str) -> bool {
    text.starts_with("hmac-sha256:")
}

/// The new token, so that what is done with it later can be joined.
fn created<'a>(made: &Auth<'a>, settings: &Settings) -> Vec<(Text<'a>, Value<'a>)> {
    let mut pairs = Vec::with_capacity(6);
    if let Some(accessor) = made.accessor.clone().text() {
        let hashed = actor::hashed(accessor, settings);
        put(&mut pairs, "accessor", Value::Text(hashed));
    }
    text(&mut pairs, "display_name", &made.display_name);
    text(&mut pairs, "entity_id", &made.entity_id);
    text(&mut pairs, "type", &made.token_type);
    number(&mut pairs, "ttl_seconds", &made.token_ttl);
    if let Some(orphan) = made.orphan.flag() {
        put(&mut pairs, "orphan", Value::Bool(orphan));
    }
    policies(&mut pairs, made);
    pairs
}

fn number<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, key: &'static str, value: &Loose<'_>) {
    if let Some(number) = value.number().and_then(|number| i64::try_from(number).ok()) {
        put(pairs, key, Value::Int(number));
    }
}

/// That the answer went out wrapped, for how long, and what is in it; never the token that opens it.
fn wrapped<'a>(pairs: &mut Vec<(Text<'a>, Value<'a>)>, answer: &Answer<'a>, settings: &Settings) {
    let Some(wrap) = &answer.wrap_info.0 else { return };
    let mut members = Vec::with_capacity(3);
    number(&mut members, "ttl_seconds", &wrap.ttl);
    text(&mut members, "creation_path", &wrap.creation_path);
    if let Some(accessor) = wrap.accessor.clone().text() {
        let hashed = actor::hashed(accessor, settings);
        put(&mut members, "accessor", Value::Text(hashed));
    }
    put(pairs, "wrapped", Value::Map(members));
}
