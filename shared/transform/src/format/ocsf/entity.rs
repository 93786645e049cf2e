//! Entity Management (3004): what was changed, before (`entity`) and after (`entity_result`).

use super::actor;
use super::classify::Kind;
use super::endpoint;
use super::observable;
use super::page::{Page, full};
use super::resource::Naming;
use super::schema::Status;
use crate::event::{Class, Event, Resource, ResourceType, Text, Value};

const UPDATE: u8 = 3;

pub(super) fn write(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    actor::write(page, event);
    match &event.resource {
        None => page.object("entity", |page| whole_system(page, event)),
        Some(resource) => changed(page, event, kind, resource),
    }
    page.text("comment", comment(event));
    endpoint::source(page, event, observable::SOURCE_IP);
    endpoint::http_request(page, event);
}

/// Why: what the caller said it was for, else the rule's reason.
fn comment<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let request = event.request.as_ref().and_then(|request| full(request.purpose.as_ref()));
    request.or(event.policy.as_ref().and_then(|policy| full(policy.reason.as_ref())))
}

fn changed(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>, resource: &Resource<'_>) {
    let (before, after) = versions(event, kind, resource);
    page.object("entity", |page| entity(page, event, resource, before));
    if after.is_some() {
        page.object("entity_result", |page| entity(page, event, resource, after));
    }
}

/// The versions before and after. Only an update that succeeded has an after.
fn versions<'e>(
    event: &'e Event<'_>,
    kind: &Kind<'_>,
    resource: &'e Resource<'_>,
) -> (Option<&'e str>, Option<&'e str>) {
    let previous = match event.details.get("previous_version") {
        Some(Value::Text(version)) => full(Some(version)),
        _ => None,
    };
    let version = full(resource.version.as_ref());
    if kind.activity == UPDATE && kind.status == Status::Success {
        (previous, version)
    } else {
        (previous.or(version), None)
    }
}

fn entity(page: &mut Page<'_>, event: &Event<'_>, resource: &Resource<'_>, version: Option<&str>) {
    let naming = Naming::of(event, resource);
    page.text("name", Some(naming.shown(resource)));
    naming.write_uid(page);
    page.fixed(entity_type(event, resource.kind));
    page.text("version", version);
}

/// Nothing is named: it is the vault's or engine's own configuration, or the whole of it.
fn whole_system(page: &mut Page<'_>, event: &Event<'_>) {
    let product = Text::as_str(&event.source.product);
    if matches!(event.class, Class::ConfigChange | Class::SystemActivity) {
        page.joined("name", &[product, " configuration"]);
        page.joined("uid", &[&event.source.instance, "/config"]);
        page.fixed(r#""type_id":99,"type":"Configuration""#);
    } else {
        page.json.text("name", product);
        page.json.text("uid", &event.source.instance);
        page.fixed(match event.class {
            Class::PolicyChange => r#""type_id":5,"type":"Policy""#,
            Class::CredentialRotation => r#""type_id":99,"type":"Credential""#,
            _ => r#""type_id":99,"type":"Vault""#,
        });
    }
}

fn entity_type(event: &Event<'_>, kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::User => r#""type_id":2,"type":"User""#,
        ResourceType::Policy => r#""type_id":5,"type":"Policy""#,
        ResourceType::Group => r#""type_id":3,"type":"Group""#,
        ResourceType::Role => r#""type_id":99,"type":"Role""#,
        ResourceType::Agent => r#""type_id":99,"type":"AI Agent""#,
        ResourceType::ServiceAccount => r#""type_id":99,"type":"Service Account""#,
        ResourceType::Secret if event.class == Class::CredentialRotation => {
            r#""type_id":99,"type":"Credential""#
        }
        ResourceType::Secret => r#""type_id":99,"type":"Secret""#,
        ResourceType::Token => r#""type_id":99,"type":"Token""#,
        ResourceType::Lease => r#""type_id":99,"type":"Lease""#,
        ResourceType::Mount => r#""type_id":99,"type":"Secrets Engine""#,
        ResourceType::AuthMethod => r#""type_id":99,"type":"Auth Method""#,
        ResourceType::AuditDevice => r#""type_id":99,"type":"Audit Device""#,
        ResourceType::Namespace => r#""type_id":99,"type":"Namespace""#,
        ResourceType::Thread => r#""type_id":99,"type":"Thread""#,
        ResourceType::Task => r#""type_id":99,"type":"Task""#,
        ResourceType::Vault => r#""type_id":99,"type":"Vault""#,
        ResourceType::Key => r#""type_id":99,"type":"Encryption Key""#,
        ResourceType::Certificate => r#""type_id":99,"type":"Certificate""#,
        ResourceType::Adapter | ResourceType::Other => r#""type_id":99,"type":"Configuration""#,
    }
}

/// Whether `comment` says this text.
pub(super) fn says(event: &Event<'_>, text: &str) -> bool {
    comment(event) == Some(text)
}

/// Whether `entity` or `entity_result` say this version.
pub(super) fn says_version(
    event: &Event<'_>,
    kind: &Kind<'_>,
    resource: &Resource<'_>,
    version: &str,
) -> bool {
    let (before, after) = versions(event, kind, resource);
    before == Some(version) || after == Some(version)
}
