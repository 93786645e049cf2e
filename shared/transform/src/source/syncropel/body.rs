//! The members of a record's body that are read; all others are passed over.

use serde::Deserialize;

use crate::event::{Pairs, Text, Value};
use crate::source::fields::Loose;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) kind: Loose<'a>,
    #[serde(borrow)]
    pub(super) topic: Loose<'a>,
    #[serde(borrow)]
    pub(super) verdict: Loose<'a>,
    #[serde(borrow)]
    pub(super) review_notes: Loose<'a>,
    #[serde(borrow)]
    pub(super) reason: Loose<'a>,
    #[serde(borrow)]
    pub(super) success: Loose<'a>,
    #[serde(borrow)]
    pub(super) failure_reason: Loose<'a>,
    #[serde(borrow)]
    pub(super) level: Loose<'a>,
    #[serde(borrow)]
    pub(super) namespace: Loose<'a>,
    #[serde(borrow)]
    pub(super) code: Loose<'a>,
    #[serde(borrow)]
    pub(super) actor_did: Loose<'a>,
    #[serde(borrow)]
    pub(super) rule: Loose<'a>,
    #[serde(borrow)]
    pub(super) resource: Loose<'a>,
    #[serde(borrow)]
    pub(super) operation: Loose<'a>,
    #[serde(borrow)]
    pub(super) outcome: Loose<'a>,
    #[serde(borrow)]
    pub(super) credential_handle: Loose<'a>,
    #[serde(borrow)]
    pub(super) credential_ref: Loose<'a>,
    #[serde(borrow)]
    pub(super) workspace_did: Loose<'a>,
    #[serde(borrow)]
    pub(super) purpose: Loose<'a>,
    #[serde(borrow)]
    pub(super) jti: Loose<'a>,
    // What goes to `details` under its own name.
    #[serde(borrow)]
    cost_usd: Loose<'a>,
    #[serde(borrow)]
    cost_source: Loose<'a>,
    #[serde(borrow)]
    completion_codepath: Loose<'a>,
    #[serde(borrow)]
    latency_ms: Loose<'a>,
    #[serde(borrow)]
    duration_ms: Loose<'a>,
    #[serde(borrow)]
    tokens_in: Loose<'a>,
    #[serde(borrow)]
    tokens_out: Loose<'a>,
    #[serde(borrow)]
    domain: Loose<'a>,
    #[serde(borrow)]
    turn_id: Loose<'a>,
    #[serde(borrow)]
    grace_secs: Loose<'a>,
}

impl<'a> Body<'a> {
    /// Cost, tokens, times and the like, as far as they are there.
    pub(super) fn details(&mut self) -> Pairs<'a, Value<'a>> {
        let members = [
            ("cost_usd", &mut self.cost_usd),
            ("cost_source", &mut self.cost_source),
            ("completion_codepath", &mut self.completion_codepath),
            ("latency_ms", &mut self.latency_ms),
            ("duration_ms", &mut self.duration_ms),
            ("tokens_in", &mut self.tokens_in),
            ("tokens_out", &mut self.tokens_out),
            ("domain", &mut self.domain),
            ("turn_id", &mut self.turn_id),
            ("grace_secs", &mut self.grace_secs),
        ];
        let said = members.into_iter().filter_map(|(name, member)| {
            detail(std::mem::take(member)).map(|value| (Text::from(name), value))
        });
        Pairs(said.collect())
    }
}

/// A scalar that keeps the contract's limits.
fn detail(member: Loose<'_>) -> Option<Value<'_>> {
    match member {
        Loose::Bool(value) => Some(Value::Bool(value)),
        Loose::Int(number) if number.unsigned_abs() <= crate::event::check::MAX_INTEGER => {
            Some(Value::Int(number))
        }
        Loose::Nothing | Loose::Int(_) => None,
        Loose::Float(number) => Some(Value::Float(number)),
        Loose::Text(text) => (!text.is_empty()).then(|| Value::Text(text.clipped(256))),
    }
}
