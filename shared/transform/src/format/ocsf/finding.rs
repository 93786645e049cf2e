//! Detection Finding (2004): refusals and decisions. Compliance Finding (2003): a rotation that is overdue.

use super::actor;
use super::api;
use super::classify::Kind;
use super::endpoint;
use super::observable;
use super::page::{Page, full};
use super::resource::{self, Naming, Uid};
use crate::event::{Class, Event, Outcome, ResourceType, Text};

pub(super) fn detection(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    let ruling = kind.ruling;
    if let Some(ruling) = ruling {
        page.fixed(ruling.members);
        actor::authorizations(page, event, ruling.decision);
    }
    actor::write_session_and_user(page, event);
    page.fixed(r#""confidence_id":3,"confidence":"High""#); // a rule is certain
    if event.class == Class::ActorDecision && kind.activity != 1 {
        page.text("comment", reason(event).or(full(event.message.as_ref())));
    }
    page.object("finding_info", |page| finding_info(page, event, kind));
    page.list("evidences", |page| page.item(|page| evidence(page, event)));
    resource::list(page, event);
}

fn reason<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    event.policy.as_ref().and_then(|policy| full(policy.reason.as_ref()))
}

fn finding_info(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    page.json.text("uid", finding_uid(event));
    title(page, event, kind);
    page.list("types", |page| {
        page.json.item(event.class.as_str());
        if event.class == Class::Governance || event.attempted_class == Some(Class::Governance) {
            page.json.item("GovernanceDenial");
        }
    });
    analytic(page, event);
    page.list("data_sources", |page| page.pieces(&[&event.source.product, " audit log"]));
    if kind.activity == 1 {
        page.time("created_time", "created_time_dt", event.time);
    } else {
        page.time("modified_time", "modified_time_dt", event.time);
    }
}

/// One id for all that happens to a question: the record that asked it.
fn finding_uid<'e>(event: &'e Event<'_>) -> &'e str {
    let request = event.request.as_ref();
    let asked = request.and_then(|request| full(request.correlation_id.as_ref()));
    match event.class {
        Class::ActorDecision => asked.unwrap_or(&event.id),
        _ => &event.id,
    }
}

/// What was tried and what came of it; of a decision, the question alone, the same until it is closed.
fn title(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    if event.class == Class::ActorDecision {
        return page.fixed(r#""title":"Agent action needs a decision""#);
    }
    let tried = match event.attempted_class.unwrap_or(event.class) {
        Class::Authentication => "Log-on",
        Class::SecretAccess => "Secret access",
        Class::SecretChange => "Secret change",
        Class::CredentialRotation => "Credential rotation",
        Class::LeaseLifecycle => "Lease operation",
        Class::PolicyChange => "Policy change",
        Class::IdentityChange => "Identity change",
        Class::VaultLifecycle => "Vault operation",
        Class::ConfigChange => "Configuration change",
        Class::Dispatch => "Agent run",
        Class::Governance => "Agent action",
        _ => "Request",
    };
    page.joined("title", &[tried, kind.ruling.map_or("", |ruling| ruling.title)]);
}

/// The rule that decided: the first policy.
fn analytic(page: &mut Page<'_>, event: &Event<'_>) {
    let names = event.policy.as_ref().map(|policy| policy.names.as_slice()).unwrap_or_default();
    let Some(name) = names.iter().find(|name| !name.is_empty()) else { return };
    page.object("analytic", |page| {
        page.json.text("name", name);
        page.fixed(r#""type_id":1,"type":"Rule""#);
    });
}

/// Who asked for what, from where. Of a decision it is the agent that is decided about, not who decides.
fn evidence(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("actor", |page| page.object("user", |page| requester(page, event)));
    page.object("api", |page| api::call(page, event));
    endpoint::source(page, event, observable::EVIDENCE_IP);
    endpoint::destination(page, event, observable::EVIDENCE_HOST);
}

fn requester(page: &mut Page<'_>, event: &Event<'_>) {
    let agent = event.resource.as_ref().filter(|part| part.kind == ResourceType::Agent);
    match agent {
        Some(agent) if event.class == Class::ActorDecision => {
            let naming = Naming::of(event, agent);
            page.observed("name", naming.name, observable::EVIDENCE_NAME);
            naming.write_uid(page);
            if naming.name.is_none() && matches!(naming.uid, Uid::None) {
                page.json.text("name", naming.shown(agent));
            }
            page.fixed(r#""type_id":99,"type":"AI Agent""#);
        }
        None if event.class == Class::ActorDecision && !asks(event) => {}
        _ => actor::user(page, &event.actor, observable::EVIDENCE_NAME),
    }
}

/// Whether the actor is the one that asks for the decision.
fn asks(event: &Event<'_>) -> bool {
    event.outcome == Outcome::Pending && event.action.starts_with("request")
}

pub(super) fn compliance(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("compliance", |page| {
        page.fixed(r#""standards":["Secret rotation policy"]"#);
        let names = event.policy.as_ref().map(|policy| policy.names.as_slice()).unwrap_or_default();
        page.text("control", names.iter().map(Text::as_str).find(|name| !name.is_empty()));
        page.fixed(r#""status_id":3,"status":"Fail","status_code":"OVERDUE""#);
    });
    page.object("finding_info", |page| {
        let naming = event.resource.as_ref().map(|part| Naming::of(event, part));
        match naming.filter(|naming| !matches!(naming.uid, Uid::None)) {
            Some(naming) => {
                page.json.key("uid");
                naming.push_uid(page, "overdue:"); // the same on every reminder
            }
            None => page.json.text("uid", &event.id),
        }
        page.fixed(r#""title":"Credential overdue for rotation","types":["CredentialRotation"]"#);
        analytic(page, event);
        page.time("created_time", "created_time_dt", event.time);
    });
    let name = event.resource.as_ref().map(|part| Naming::of(event, part).shown(part));
    page.object("remediation", |page| {
        page.joined("desc", &["Rotate ", name.unwrap_or("the credential"), "."]);
    });
    resource::list(page, event);
}
