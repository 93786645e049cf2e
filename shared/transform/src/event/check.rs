//! The contract's limits on members that are of the right type: lengths, patterns, numbers.
//!
//! A native event that breaks one is refused by the member's name; the other sources' readers clip and clean,
//! so that what they make always passes. The limits are those of `vault-audit-event.v1.schema.json`.

use super::{Event, Pairs, Text, Value};
pub use crate::error::Fault;

/// The largest integer that every JSON reader keeps: 2^53 - 1.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;
/// `details`, written as JSON, is at most this many bytes.
pub const MAX_DETAILS_BYTES: usize = 8 * 1024;

type Checked = Result<(), Fault>;

/// Checks everything that the types do not: the first fault, in the contract's order.
pub fn check(event: &Event<'_>) -> Checked {
    if &*event.schema != super::SCHEMA {
        return Err(Fault::new("schema", "is not vault-audit/1"));
    }
    if !is_id(&event.id) {
        return Err(Fault::new(
            "id",
            "must be 1 to 128 of A-Z a-z 0-9 . _ : @ / + = -, the first a letter or digit",
        ));
    }
    if !is_action(&event.action) {
        return Err(Fault::new(
            "action",
            "must be a lower-case verb of at most 64 characters, qualified by `:` or `.`, as `retrieve` or `use:sign`",
        ));
    }
    longest("message", event.message.as_ref(), 1024)?;
    actor(event)?;
    context(event)?;
    subject(event)?;
    labels(event)?;
    integrity(event)?;
    details(event)
}

fn actor(event: &Event<'_>) -> Checked {
    let actor = &event.actor;
    id_text("actor.id", &actor.id, 512)?;
    longest("actor.name", actor.name.as_ref(), 256)?;
    longest("actor.email", actor.email.as_ref(), 256)?;
    list("actor.groups", &actor.groups)?;
    if let Some(principal) = &actor.on_behalf_of {
        id_text("actor.on_behalf_of.id", &principal.id, 512)?;
        longest("actor.on_behalf_of.name", principal.name.as_ref(), 256)?;
    }
    let Some(agent) = &actor.agent else { return Ok(()) };
    longest("actor.agent.model", agent.model.as_ref(), 128)?;
    longest("actor.agent.provider", agent.provider.as_ref(), 128)?;
    longest("actor.agent.framework", agent.framework.as_ref(), 128)?;
    longest("actor.agent.version", agent.version.as_ref(), 64)?;
    longest("actor.agent.parent_id", agent.parent_id.as_ref(), 256)?;
    longest("actor.agent.fleet_id", agent.fleet_id.as_ref(), 128)?;
    match agent.trust_score {
        Some(score) if !(0.0..=1.0).contains(&score) => {
            Err(Fault::new("actor.agent.trust_score", "is not between 0 and 1"))
        }
        _ => Ok(()),
    }
}

fn context(event: &Event<'_>) -> Checked {
    if let Some(session) = &event.session {
        longest("session.id", session.id.as_ref(), 256)?;
        longest("session.authn_method", session.authn_method.as_ref(), 64)?;
        longest("session.token_type", session.token_type.as_ref(), 64)?;
        longest("session.token_ref", session.token_ref.as_ref(), 256)?;
        integer("session.ttl_seconds", session.ttl_seconds)?;
    }
    let source = &event.source;
    id_text("source.product", &source.product, 64)?;
    longest("source.vendor", source.vendor.as_ref(), 64)?;
    longest("source.version", source.version.as_ref(), 64)?;
    id_text("source.instance", &source.instance, 128)?;
    longest("source.region", source.region.as_ref(), 64)?;
    longest("source.host", source.host.as_ref(), 256)?;
    if let Some(request) = &event.request {
        longest("request.id", request.id.as_ref(), 128)?;
        longest("request.correlation_id", request.correlation_id.as_ref(), 128)?;
        if request.trace_id.as_ref().is_some_and(|id| !is_hex(id, 32)) {
            return Err(Fault::new("request.trace_id", "must be 32 lower-case hex digits"));
        }
        longest("request.method", request.method.as_ref(), 64)?;
        longest("request.user_agent", request.user_agent.as_ref(), 512)?;
        longest("request.purpose", request.purpose.as_ref(), 512)?;
    }
    if let Some(network) = &event.network {
        longest("network.source_ip", network.source_ip.as_ref(), 45)?;
        longest("network.forwarded_from", network.forwarded_from.as_ref(), 256)?;
        longest("network.destination_host", network.destination_host.as_ref(), 256)?;
    }
    if let Some(error) = &event.error {
        longest("error.code", error.code.as_ref(), 64)?;
        longest("error.message", error.message.as_ref(), 1024)?;
    }
    Ok(())
}

fn subject(event: &Event<'_>) -> Checked {
    if let Some(resource) = &event.resource {
        if let Some(path) = &resource.path {
            id_text("resource.path", path, 1024)?;
        }
        longest("resource.id", resource.id.as_ref(), 256)?;
        longest("resource.name", resource.name.as_ref(), 256)?;
        longest("resource.version", resource.version.as_ref(), 64)?;
        longest("resource.namespace", resource.namespace.as_ref(), 256)?;
        if let Some(mount) = &resource.mount {
            longest("resource.mount.point", mount.point.as_ref(), 256)?;
            longest("resource.mount.type", mount.kind.as_ref(), 64)?;
            longest("resource.mount.accessor", mount.accessor.as_ref(), 128)?;
        }
    }
    if let Some(policy) = &event.policy {
        list("policy.names", &policy.names)?;
        if policy.reason_code.as_ref().is_some_and(|code| !is_reason_code(code)) {
            return Err(Fault::new(
                "policy.reason_code",
                "must be at most 64 of A-Z a-z 0-9 _ . -",
            ));
        }
        longest("policy.reason", policy.reason.as_ref(), 1024)?;
    }
    let Some(lease) = &event.lease else { return Ok(()) };
    longest("lease.id", lease.id.as_ref(), 256)?;
    integer("lease.ttl_seconds", lease.ttl_seconds)
}

fn labels(event: &Event<'_>) -> Checked {
    if event.labels.0.len() > 32 {
        return Err(Fault::new("labels", "has more than 32 pairs"));
    }
    for (key, value) in &event.labels {
        if !is_label_key(key) {
            return Err(Fault::new(
                "labels",
                "has a key that is not 1 to 63 of a-z 0-9 _ . -, the first a letter, digit or _",
            ));
        }
        if longer_than(value, 256) {
            return Err(Fault::new(format!("labels.{key}"), "is longer than 256 characters"));
        }
    }
    Ok(())
}

fn integrity(event: &Event<'_>) -> Checked {
    if let Some(integrity) = &event.integrity {
        integer("integrity.sequence", integrity.sequence)?;
        longest("integrity.chain_id", integrity.chain_id.as_ref(), 128)?;
        for (member, hash) in
            [("integrity.hash", &integrity.hash), ("integrity.prev_hash", &integrity.prev_hash)]
        {
            if hash.as_ref().is_some_and(|hash| !is_hex(hash, 64)) {
                return Err(Fault::new(member, "must be 64 lower-case hex digits"));
            }
        }
    }
    let Some(origin) = &event.origin else { return Ok(()) };
    longest("origin.format", Some(&origin.format), 64)?;
    longest("origin.event_type", origin.event_type.as_ref(), 128)?;
    longest("origin.record_id", origin.record_id.as_ref(), 128)?;
    longest("origin.kind", origin.kind.as_ref(), 128)?;
    longest("origin.thread", origin.thread.as_ref(), 128)?;
    integer("origin.clock", origin.clock)?;
    let Some(wrapper) = &origin.wrapper else { return Ok(()) };
    longest("origin.wrapper.type", Some(&wrapper.kind), 64)?;
    longest("origin.wrapper.host", wrapper.host.as_ref(), 256)?;
    longest("origin.wrapper.pod", wrapper.pod.as_ref(), 512)?;
    longest("origin.wrapper.stream", wrapper.stream.as_ref(), 32)?;
    longest("origin.wrapper.log_group", wrapper.log_group.as_ref(), 512)?;
    longest("origin.wrapper.log_stream", wrapper.log_stream.as_ref(), 512)
}

fn details(event: &Event<'_>) -> Checked {
    details_fit(&event.details)?;
    list_of("redactions", &event.redactions, 64)
}

/// Whether `details` keeps to its limits.
pub fn details_fit(details: &Pairs<'_, Value<'_>>) -> Checked {
    if details.0.len() > 64 {
        return Err(Fault::new("details", "has more than 64 members"));
    }
    let mut bytes = 2;
    for (key, value) in details {
        if longer_than(key, 256) {
            return Err(Fault::new("details", "has a key longer than 256 characters"));
        }
        bytes += key.len() + 4 + value_size(value, 1)?;
    }
    if bytes > MAX_DETAILS_BYTES {
        return Err(Fault::new("details", "is larger than 8 KiB"));
    }
    Ok(())
}

/// How many bytes a value takes as JSON, its escapes not counted.
fn value_size(value: &Value<'_>, depth: usize) -> Result<usize, Fault> {
    if depth > 4 {
        return Err(Fault::new("details", "is nested deeper than 4"));
    }
    match value {
        Value::Null | Value::Bool(_) => Ok(5),
        Value::Int(number) if number.unsigned_abs() > MAX_INTEGER => {
            Err(Fault::new("details", "has an integer beyond 2^53"))
        }
        Value::Int(_) | Value::Float(_) => Ok(20),
        Value::Text(text) if longer_than(text, 1024) => {
            Err(Fault::new("details", "has a string longer than 1024 characters"))
        }
        Value::Text(text) => Ok(text.len() + 2),
        Value::List(items) => {
            items.iter().try_fold(2, |sum, item| Ok(sum + 1 + value_size(item, depth + 1)?))
        }
        Value::Map(members) => members
            .iter()
            .try_fold(2, |sum, (key, item)| Ok(sum + key.len() + 4 + value_size(item, depth + 1)?)),
    }
}

fn longer_than(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

fn longest(member: &'static str, text: Option<&Text<'_>>, limit: usize) -> Checked {
    match text {
        Some(text) if longer_than(text, limit) => {
            Err(Fault::new(member, format!("is longer than {limit} characters")))
        }
        _ => Ok(()),
    }
}

fn id_text(member: &'static str, text: &Text<'_>, limit: usize) -> Checked {
    if text.is_empty() {
        return Err(Fault::new(member, "is empty"));
    }
    longest(member, Some(text), limit)
}

fn list(member: &'static str, items: &[Text<'_>]) -> Checked {
    list_of(member, items, 32)
}

fn list_of(member: &'static str, items: &[Text<'_>], count: usize) -> Checked {
    if items.len() > count {
        return Err(Fault::new(member, format!("has more than {count} items")));
    }
    items.iter().try_for_each(|item| longest(member, Some(item), 256))
}

fn integer(member: &'static str, number: Option<u64>) -> Checked {
    match number {
        Some(number) if number > MAX_INTEGER => {
            Err(Fault::new(member, "is larger than 9007199254740991"))
        }
        _ => Ok(()),
    }
}

/// Whether this may be an event's id: `[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,127}`.
pub fn is_id(id: &str) -> bool {
    // No byte ends the loop early, so that many are looked at in one step.
    let all_allowed = id.bytes().fold(true, |all, byte| {
        all & (byte.is_ascii_alphanumeric()
            | matches!(byte, b'.' | b'_' | b':' | b'@' | b'/' | b'+' | b'=' | b'-'))
    });
    id.len() <= 128 && all_allowed && id.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether this may be an action: `[a-z][a-z0-9_]*([.:][a-z0-9_]+)*`, at most 64 characters.
pub fn is_action(action: &str) -> bool {
    let starts = |byte: u8| byte.is_ascii_lowercase();
    let goes_on = |byte: u8| starts(byte) || byte.is_ascii_digit() || byte == b'_';
    let mut inside = false;
    for (at, byte) in action.bytes().enumerate() {
        let separates = inside && matches!(byte, b'.' | b':');
        if !(separates || if at == 0 { starts(byte) } else { goes_on(byte) }) {
            return false;
        }
        inside = !separates;
    }
    action.len() <= 64 && inside
}

/// Whether this may be a label's key: `[a-z0-9_][a-z0-9_.-]{0,62}`.
pub fn is_label_key(key: &str) -> bool {
    let first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    key.len() <= 63
        && key.as_bytes().first().is_some_and(first)
        && key.bytes().all(|byte| first(&byte) || matches!(byte, b'.' | b'-'))
}

/// Whether this may be a reason's code: `[A-Za-z0-9_.-]+`, at most 64 characters.
pub fn is_reason_code(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
