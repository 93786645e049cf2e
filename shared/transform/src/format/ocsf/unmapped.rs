//! `unmapped`: all that the event says and OCSF has no place for, so that nothing is lost.
//!
//! Flat, with the contract's dotted names and string values only: the same in JSON and in a Parquet map.

use super::actor::{decided, is_identity};
use super::base::{MAX_INTEGER, correlation, status_code, status_detail};
use super::classify::Kind;
use super::endpoint::{destination_text, is_email, is_http_method, source_text};
use super::entity;
use super::iam;
use super::page::{Page, full};
use super::resource::{self, Naming};
use super::schema::Layout;
use crate::event::{
    Actor, Class, Classification, Decision, Event, HashAlgorithm, IntegrityStatus, Protocol,
    Resource, ResourceType, SecretType, Session, Text, Time, TimeQuality, Value,
};
use crate::json::Writer;

pub(super) fn write(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    let layout = kind.class.layout;
    page.object("unmapped", |page| {
        let quality = event.time_quality.filter(|quality| *quality != TimeQuality::Source);
        page.json.text_if("time_quality", quality.map(TimeQuality::as_str));
        page.json.text_if("attempted_class", event.attempted_class.map(Class::as_str));
        actor(page, &event.actor, layout);
        if let Some(session) = &event.session {
            write_session(page, session, layout);
        }
        source(page, event, layout);
        if let Some(resource) = &event.resource {
            write_resource(page, event, resource, kind);
        }
        policy(page, event, layout);
        lease(page, event, layout);
        request(page, event, layout);
        network(page, event, layout);
        integrity(page, event);
        origin(page, event);
        details(page, event);
        redactions(page, event);
    });
}

fn number(page: &mut Page<'_>, key: &'static str, number: Option<u64>) {
    if let Some(number) = number {
        page.json.text(key, itoa::Buffer::new().format(number));
    }
}

fn flag(page: &mut Page<'_>, key: &'static str, flag: Option<bool>) {
    page.json.text_if(key, flag.map(|flag| if flag { "true" } else { "false" }));
}

fn moment(page: &mut Page<'_>, key: &'static str, time: Option<Time>) {
    if let Some(time) = time {
        page.json.time(key, time);
    }
}

/// 1.3.0 knows no delegation, and its `agent` is an endpoint's sensor.
fn actor(page: &mut Page<'_>, actor: &Actor<'_>, layout: Layout) {
    if layout == Layout::ComplianceFinding {
        page.json.text("actor.id", &actor.id);
        page.json.text("actor.type", actor.kind.as_str());
        page.text("actor.name", actor.name.as_deref());
    }
    let unfit = |email: &&str| layout == Layout::ComplianceFinding || !is_email(email);
    page.text("actor.email", full(actor.email.as_ref()).filter(unfit));
    if layout == Layout::ComplianceFinding {
        texts(page, "actor.groups", &actor.groups);
    }
    if let Some(principal) = &actor.on_behalf_of {
        page.json.text("actor.on_behalf_of.id", &principal.id);
        page.json.text("actor.on_behalf_of.type", principal.kind.as_str());
        page.text("actor.on_behalf_of.name", principal.name.as_deref());
    }
    let Some(agent) = &actor.agent else { return };
    page.text("actor.agent.model", agent.model.as_deref());
    page.text("actor.agent.provider", agent.provider.as_deref());
    page.text("actor.agent.framework", agent.framework.as_deref());
    page.text("actor.agent.version", agent.version.as_deref());
    page.text("actor.agent.parent_id", agent.parent_id.as_deref());
    page.text("actor.agent.fleet_id", agent.fleet_id.as_deref());
    if let Some(score) = agent.trust_score {
        page.json.key("actor.agent.trust_score");
        quoted(page, &Value::Float(score));
    }
}

fn write_session(page: &mut Page<'_>, session: &Session<'_>, layout: Layout) {
    if layout == Layout::ComplianceFinding {
        page.text("session.id", session.id.as_deref());
        page.text("session.token_ref", session.token_ref.as_deref());
        flag(page, "session.mfa", session.mfa);
        moment(page, "session.issued_at", session.issued_at);
    }
    let method = full(session.authn_method.as_ref());
    let said = |method: &&str| layout == Layout::Authentication && iam::says_method(method);
    page.text("session.authn_method", method.filter(|method| !said(method)));
    page.text("session.token_type", session.token_type.as_deref());
    number(page, "session.ttl_seconds", session.ttl_seconds);
}

/// The host is `dst_endpoint` where the class has one and the request names no other.
fn source(page: &mut Page<'_>, event: &Event<'_>, layout: Layout) {
    page.text("source.region", event.source.region.as_deref());
    let host = full(event.source.host.as_ref());
    let said = has_destination(layout) && event.class != Class::ExportHealth;
    page.text("source.host", host.filter(|host| !(said && destination_text(event) == Some(host))));
}

fn has_destination(layout: Layout) -> bool {
    matches!(
        layout,
        Layout::Authentication
            | Layout::AuthorizeSession
            | Layout::ApiActivity
            | Layout::DetectionFinding
            | Layout::EventLog
    )
}

/// What of the resource the class has no place for.
fn write_resource(
    page: &mut Page<'_>,
    event: &Event<'_>,
    resource: &Resource<'_>,
    kind: &Kind<'_>,
) {
    let layout = kind.class.layout;
    let naming = Naming::of(event, resource);
    let listed = match layout {
        Layout::ApiActivity | Layout::DetectionFinding | Layout::ComplianceFinding => true,
        Layout::UserAccess => !is_identity(resource),
        _ => false,
    };
    let about = match layout {
        Layout::Authentication
        | Layout::AuthorizeSession
        | Layout::AccountChange
        | Layout::UserAccess => is_identity(resource),
        _ => false,
    };
    let managed = layout == Layout::EntityManagement;
    let said = |text: &str| match layout {
        Layout::EventLog => resource::any_name(resource) == Some(text),
        _ => (listed || about || managed) && naming.says(text),
    };
    let left = |text: Option<&Text<'_>>| full(text).is_some_and(|text| !said(text));
    if !listed {
        page.json.text("resource.type", resource.kind.as_str());
    }
    for (key, text) in [
        ("resource.path", resource.path.as_ref()),
        ("resource.id", resource.id.as_ref()),
        ("resource.name", resource.name.as_ref()),
    ] {
        page.text(key, text.filter(|text| left(Some(text))).map(Text::as_str));
    }
    if !listed {
        let version = full(resource.version.as_ref());
        let said = |version: &&str| managed && entity::says_version(event, kind, resource, version);
        page.text("resource.version", version.filter(|version| !said(version)));
        page.text("resource.namespace", resource.namespace.as_deref());
        page.json.text_if("resource.secret_type", resource.secret_type.map(SecretType::as_str));
        let level = resource.classification.map(Classification::as_str);
        page.json.text_if("resource.classification", level);
    }
    let Some(mount) = &resource.mount else { return };
    if !listed {
        page.text("resource.mount.point", mount.point.as_deref());
        page.text("resource.mount.type", mount.kind.as_deref());
    }
    page.text("resource.mount.accessor", mount.accessor.as_deref());
}

/// What neither `authorizations` nor `privileges` nor the status say.
fn policy(page: &mut Page<'_>, event: &Event<'_>, layout: Layout) {
    let Some(policy) = &event.policy else { return };
    let has_authorizations = !matches!(
        layout,
        Layout::Authentication
            | Layout::AuthorizeSession
            | Layout::UserAccess
            | Layout::ComplianceFinding
    );
    let plain = decided(policy.decision).is_some() && policy.decision != Decision::Quarantine;
    if !(has_authorizations && plain) {
        page.json.text("policy.decision", policy.decision.as_str());
    }
    let privileges = matches!(layout, Layout::AuthorizeSession | Layout::UserAccess);
    if !(privileges || (has_authorizations && decided(policy.decision).is_some())) {
        texts(page, "policy.names", &policy.names);
    }
    let code = full(policy.reason_code.as_ref());
    page.text("policy.reason_code", code.filter(|code| status_code(event) != Some(*code)));
    let reason = full(policy.reason.as_ref());
    let said = |reason: &&str| {
        status_detail(event) == Some(*reason)
            || (layout == Layout::EntityManagement && entity::says(event, reason))
    };
    page.text("policy.reason", reason.filter(|reason| !said(reason)));
}

fn lease(page: &mut Page<'_>, event: &Event<'_>, layout: Layout) {
    let Some(lease) = &event.lease else { return };
    let listed = matches!(
        layout,
        Layout::ApiActivity | Layout::DetectionFinding | Layout::ComplianceFinding
    );
    let is_entity = layout == Layout::EntityManagement
        && event.resource.as_ref().is_some_and(|part| part.kind == ResourceType::Lease);
    if !listed && !is_entity {
        page.text("lease.id", lease.id.as_deref());
    }
    number(page, "lease.ttl_seconds", lease.ttl_seconds);
    moment(page, "lease.expires_at", lease.expires_at);
    flag(page, "lease.renewable", lease.renewable);
}

fn request(page: &mut Page<'_>, event: &Event<'_>, layout: Layout) {
    let Some(request) = &event.request else { return };
    if !matches!(layout, Layout::ApiActivity | Layout::DetectionFinding) {
        page.text("request.id", request.id.as_deref());
    }
    let trace = full(request.trace_id.as_ref());
    page.text("request.trace_id", trace.filter(|trace| correlation(event) != Some(trace)));
    page.json.text_if("request.protocol", request.protocol.map(Protocol::as_str));
    let has_http = has_http_request(layout);
    match full(request.method.as_ref()) {
        Some(method) if has_http && is_http_method(method) => {}
        Some(method @ ("LIST" | "PATCH")) => page.json.text("http.method", method),
        method => page.text("request.method", method),
    }
    if !has_http {
        page.text("request.user_agent", request.user_agent.as_deref());
    }
    let purpose = full(request.purpose.as_ref());
    let said = |purpose: &&str| layout == Layout::EntityManagement && entity::says(event, purpose);
    page.text("request.purpose", purpose.filter(|purpose| !said(purpose)));
}

fn has_http_request(layout: Layout) -> bool {
    !matches!(
        layout,
        Layout::DetectionFinding
            | Layout::ComplianceFinding
            | Layout::ApplicationLifecycle
            | Layout::EventLog
    )
}

fn network(page: &mut Page<'_>, event: &Event<'_>, layout: Layout) {
    let Some(network) = &event.network else { return };
    let no_source = matches!(layout, Layout::ComplianceFinding | Layout::ApplicationLifecycle);
    if no_source {
        page.text("network.source_ip", network.source_ip.as_deref());
    }
    let port_said = layout == Layout::ApiActivity || (!no_source && source_text(event).is_some());
    if !port_said {
        number(page, "network.source_port", network.source_port.map(u64::from));
    }
    page.text("network.forwarded_from", network.forwarded_from.as_deref());
    if !has_destination(layout) {
        page.text("network.destination_host", network.destination_host.as_deref());
    }
}

fn integrity(page: &mut Page<'_>, event: &Event<'_>) {
    let Some(integrity) = &event.integrity else { return };
    number(page, "integrity.sequence", integrity.sequence.filter(|number| *number > MAX_INTEGER));
    page.text("integrity.chain_id", integrity.chain_id.as_deref());
    page.json.text_if("integrity.alg", integrity.alg.map(HashAlgorithm::as_str));
    page.text("integrity.hash", integrity.hash.as_deref());
    page.text("integrity.prev_hash", integrity.prev_hash.as_deref());
    page.json.text_if("integrity.status", integrity.status.map(IntegrityStatus::as_str));
}

fn origin(page: &mut Page<'_>, event: &Event<'_>) {
    let Some(origin) = &event.origin else { return };
    page.text("origin.format", Some(&origin.format));
    page.text("origin.event_type", origin.event_type.as_deref());
    page.text("origin.record_id", origin.record_id.as_deref());
    page.text("origin.kind", origin.kind.as_deref());
    page.text("origin.thread", origin.thread.as_deref());
    number(page, "origin.clock", origin.clock);
    let Some(wrapper) = &origin.wrapper else { return };
    page.text("origin.wrapper.type", Some(&wrapper.kind));
    if let Some(time) = wrapper.time {
        page.json.time("origin.wrapper.time", time);
    }
    page.text("origin.wrapper.host", wrapper.host.as_deref());
    page.text("origin.wrapper.pod", wrapper.pod.as_deref());
    page.text("origin.wrapper.stream", wrapper.stream.as_deref());
    page.text("origin.wrapper.log_group", wrapper.log_group.as_deref());
    page.text("origin.wrapper.log_stream", wrapper.log_stream.as_deref());
}

fn details(page: &mut Page<'_>, event: &Event<'_>) {
    for (key, value) in &event.details {
        page.json.comma();
        page.pieces(&["details.", key]);
        page.json.out().push(b':');
        quoted(page, value);
    }
}

/// A value as a string: text as it is, all else as JSON text.
fn quoted(page: &mut Page<'_>, value: &Value<'_>) {
    match value {
        Value::Text(text) => page.json.push_text(text),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            page.json.out().push(b'"');
            page.json.push_value(value);
            page.json.out().push(b'"');
        }
        Value::List(_) | Value::Map(_) => {
            let mut nested = Vec::new(); // rare, and the only allocation here
            Writer::new(&mut nested).push_value(value);
            push_json(page, &nested);
        }
    }
}

fn push_json(page: &mut Page<'_>, json: &[u8]) {
    let text = std::str::from_utf8(json).unwrap_or_default(); // the writer writes UTF-8
    page.json.push_text(text);
}

/// Several texts as JSON text; none of them, nothing.
fn texts(page: &mut Page<'_>, key: &'static str, items: &[Text<'_>]) {
    if items.is_empty() {
        return;
    }
    let mut nested = Vec::new();
    let mut list = Writer::new(&mut nested);
    list.open_list();
    for item in items {
        list.item(item);
    }
    list.close_list();
    page.json.key(key);
    push_json(page, &nested);
}

fn redactions(page: &mut Page<'_>, event: &Event<'_>) {
    texts(page, "redactions", &event.redactions);
}
