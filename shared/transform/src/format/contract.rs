//! `json`: the event contract `vault-audit/1` itself, members in the contract's order.
//!
//! It is also how events travel from the router to the destinations' queues.

use crate::event::{
    Actor, Agent, Class, Classification, Event, HashAlgorithm, Integrity, IntegrityStatus, Lease,
    Network, Origin, Policy, Principal, Protocol, Request, Resource, SecretType, Session, Source,
    Text, TimeQuality, Wrapper,
};
use crate::json::Writer;

/// Writes the event as one JSON object.
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.out().push(b'{'); // not `open`: the buffer may end in another record's bracket
    json.text("schema", &event.schema);
    json.text("id", &event.id);
    json.time("time", event.time);
    if let Some(time) = event.observed_time {
        json.time("observed_time", time);
    }
    word(&mut json, "time_quality", event.time_quality.map(TimeQuality::as_str));
    json.text("class", event.class.as_str());
    word(&mut json, "attempted_class", event.attempted_class.map(Class::as_str));
    json.text("category", event.class.category().as_str());
    json.text("action", &event.action);
    json.text("outcome", event.outcome.as_str());
    json.text("severity", event.severity().as_str());
    text(&mut json, "message", event.message.as_ref());
    actor(&mut json, &event.actor);
    event.session.iter().for_each(|part| session(&mut json, part));
    source(&mut json, &event.source);
    event.resource.iter().for_each(|part| resource(&mut json, part));
    event.policy.iter().for_each(|part| policy(&mut json, part));
    event.lease.iter().for_each(|part| lease(&mut json, part));
    event.request.iter().for_each(|part| request(&mut json, part));
    event.network.iter().for_each(|part| network(&mut json, part));
    if let Some(error) = &event.error {
        json.key("error");
        json.open();
        text(&mut json, "code", error.code.as_ref());
        text(&mut json, "message", error.message.as_ref());
        json.close();
    }
    open_ended(&mut json, event);
    json.close();
}

fn open_ended(json: &mut Writer<'_>, event: &Event<'_>) {
    if !event.labels.is_empty() {
        json.key("labels");
        json.open();
        for (key, value) in &event.labels {
            json.key_text(key);
            json.push_text(value);
        }
        json.close();
    }
    event.integrity.iter().for_each(|part| integrity(json, part));
    event.origin.iter().for_each(|part| origin(json, part));
    if !event.details.is_empty() {
        json.key("details");
        json.open();
        for (key, value) in &event.details {
            json.key_text(key);
            json.push_value(value);
        }
        json.close();
    }
    texts(json, "redactions", &event.redactions);
}

fn text(json: &mut Writer<'_>, key: &'static str, value: Option<&Text<'_>>) {
    json.text_if(key, value.map(Text::as_str));
}

fn word(json: &mut Writer<'_>, key: &'static str, word: Option<&str>) {
    json.text_if(key, word);
}

fn texts(json: &mut Writer<'_>, key: &'static str, items: &[Text<'_>]) {
    if items.is_empty() {
        return;
    }
    json.key(key);
    json.open_list();
    for item in items {
        json.item(item);
    }
    json.close_list();
}

fn number(json: &mut Writer<'_>, key: &'static str, value: Option<u64>) {
    if let Some(value) = value {
        json.number(key, value);
    }
}

fn flag(json: &mut Writer<'_>, key: &'static str, value: Option<bool>) {
    if let Some(value) = value {
        json.bool(key, value);
    }
}

fn actor(json: &mut Writer<'_>, actor: &Actor<'_>) {
    json.key("actor");
    json.open();
    json.text("id", &actor.id);
    json.text("type", actor.kind.as_str());
    text(json, "name", actor.name.as_ref());
    text(json, "email", actor.email.as_ref());
    texts(json, "groups", &actor.groups);
    actor.on_behalf_of.iter().for_each(|part| principal(json, part));
    actor.agent.iter().for_each(|part| agent(json, part));
    json.close();
}

fn principal(json: &mut Writer<'_>, principal: &Principal<'_>) {
    json.key("on_behalf_of");
    json.open();
    json.text("id", &principal.id);
    json.text("type", principal.kind.as_str());
    text(json, "name", principal.name.as_ref());
    json.close();
}

fn agent(json: &mut Writer<'_>, agent: &Agent<'_>) {
    json.key("agent");
    json.open();
    text(json, "model", agent.model.as_ref());
    text(json, "provider", agent.provider.as_ref());
    text(json, "framework", agent.framework.as_ref());
    text(json, "version", agent.version.as_ref());
    text(json, "parent_id", agent.parent_id.as_ref());
    text(json, "fleet_id", agent.fleet_id.as_ref());
    if let Some(score) = agent.trust_score {
        json.key("trust_score");
        json.push_float(score);
    }
    json.close();
}

fn session(json: &mut Writer<'_>, session: &Session<'_>) {
    json.key("session");
    json.open();
    text(json, "id", session.id.as_ref());
    text(json, "authn_method", session.authn_method.as_ref());
    flag(json, "mfa", session.mfa);
    text(json, "token_type", session.token_type.as_ref());
    text(json, "token_ref", session.token_ref.as_ref());
    if let Some(time) = session.issued_at {
        json.time("issued_at", time);
    }
    number(json, "ttl_seconds", session.ttl_seconds);
    json.close();
}

fn source(json: &mut Writer<'_>, source: &Source<'_>) {
    json.key("source");
    json.open();
    json.text("product", &source.product);
    text(json, "vendor", source.vendor.as_ref());
    text(json, "version", source.version.as_ref());
    json.text("instance", &source.instance);
    text(json, "region", source.region.as_ref());
    text(json, "host", source.host.as_ref());
    json.close();
}

fn resource(json: &mut Writer<'_>, resource: &Resource<'_>) {
    json.key("resource");
    json.open();
    json.text("type", resource.kind.as_str());
    text(json, "path", resource.path.as_ref());
    text(json, "id", resource.id.as_ref());
    text(json, "name", resource.name.as_ref());
    text(json, "version", resource.version.as_ref());
    text(json, "namespace", resource.namespace.as_ref());
    word(json, "secret_type", resource.secret_type.map(SecretType::as_str));
    word(json, "classification", resource.classification.map(Classification::as_str));
    if let Some(mount) = &resource.mount {
        json.key("mount");
        json.open();
        text(json, "point", mount.point.as_ref());
        text(json, "type", mount.kind.as_ref());
        text(json, "accessor", mount.accessor.as_ref());
        json.close();
    }
    json.close();
}

fn policy(json: &mut Writer<'_>, policy: &Policy<'_>) {
    json.key("policy");
    json.open();
    json.text("decision", policy.decision.as_str());
    texts(json, "names", &policy.names);
    text(json, "reason_code", policy.reason_code.as_ref());
    text(json, "reason", policy.reason.as_ref());
    json.close();
}

fn lease(json: &mut Writer<'_>, lease: &Lease<'_>) {
    json.key("lease");
    json.open();
    text(json, "id", lease.id.as_ref());
    number(json, "ttl_seconds", lease.ttl_seconds);
    if let Some(time) = lease.expires_at {
        json.time("expires_at", time);
    }
    flag(json, "renewable", lease.renewable);
    json.close();
}

fn request(json: &mut Writer<'_>, request: &Request<'_>) {
    json.key("request");
    json.open();
    text(json, "id", request.id.as_ref());
    text(json, "correlation_id", request.correlation_id.as_ref());
    text(json, "trace_id", request.trace_id.as_ref());
    word(json, "protocol", request.protocol.map(Protocol::as_str));
    text(json, "method", request.method.as_ref());
    text(json, "user_agent", request.user_agent.as_ref());
    text(json, "purpose", request.purpose.as_ref());
    json.close();
}

fn network(json: &mut Writer<'_>, network: &Network<'_>) {
    json.key("network");
    json.open();
    text(json, "source_ip", network.source_ip.as_ref());
    if let Some(port) = network.source_port {
        json.number("source_port", port);
    }
    text(json, "forwarded_from", network.forwarded_from.as_ref());
    text(json, "destination_host", network.destination_host.as_ref());
    json.close();
}

fn integrity(json: &mut Writer<'_>, integrity: &Integrity<'_>) {
    json.key("integrity");
    json.open();
    number(json, "sequence", integrity.sequence);
    text(json, "chain_id", integrity.chain_id.as_ref());
    word(json, "alg", integrity.alg.map(HashAlgorithm::as_str));
    text(json, "hash", integrity.hash.as_ref());
    text(json, "prev_hash", integrity.prev_hash.as_ref());
    word(json, "status", integrity.status.map(IntegrityStatus::as_str));
    json.close();
}

fn origin(json: &mut Writer<'_>, origin: &Origin<'_>) {
    json.key("origin");
    json.open();
    json.text("format", &origin.format);
    text(json, "event_type", origin.event_type.as_ref());
    text(json, "record_id", origin.record_id.as_ref());
    text(json, "kind", origin.kind.as_ref());
    text(json, "thread", origin.thread.as_ref());
    number(json, "clock", origin.clock);
    if let Some(part) = &origin.wrapper {
        json.key("wrapper");
        wrapper(json, part);
    }
    json.close();
}

/// Writes in what a record travelled, as an object.
pub(crate) fn wrapper(json: &mut Writer<'_>, wrapper: &Wrapper<'_>) {
    json.open();
    json.text("type", &wrapper.kind);
    if let Some(time) = wrapper.time {
        json.time("time", time);
    }
    text(json, "host", wrapper.host.as_ref());
    text(json, "pod", wrapper.pod.as_ref());
    text(json, "stream", wrapper.stream.as_ref());
    text(json, "log_group", wrapper.log_group.as_ref());
    text(json, "log_stream", wrapper.log_stream.as_ref());
    json.close();
}
