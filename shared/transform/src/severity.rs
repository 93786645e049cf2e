//! The one table of default severities (contract 3.3), for filters and every format.

use crate::event::{Class, Classification, Decision, Event, Outcome, ResourceType, Severity};

/// The severity of an event whose source gives none.
pub fn default_severity(event: &Event<'_>) -> Severity {
    use Severity::{Critical, High, Informational, Low, Medium};
    let action = event.action.as_str();
    let verb = action.split([':', '.']).next().unwrap_or_default();
    match event.class {
        Class::Authentication => match event.outcome {
            Outcome::Failure | Outcome::Denied => High,
            _ => Informational,
        },
        Class::SecretAccess => secret_access(event, verb),
        Class::SecretChange if matches!(verb, "delete" | "destroy") => Medium,
        Class::CredentialRotation => match event.outcome {
            Outcome::Failure | Outcome::Denied => High,
            _ if action.contains("overdue") => High,
            _ if verb == "invalidate" => Medium,
            _ => Low,
        },
        Class::LeaseLifecycle if verb == "revoke" => Medium,
        Class::PolicyViolation => match &event.policy {
            Some(policy) if policy.decision == Decision::Quarantine => Critical,
            _ => High,
        },
        Class::PolicyChange if is_wildcard(event) => High,
        Class::IdentityChange if matches!(verb, "remove" | "revoke" | "delete" | "deregister") => {
            Medium
        }
        Class::SecretChange | Class::LeaseLifecycle | Class::IdentityChange => Low,
        Class::VaultLifecycle if matches!(verb, "init" | "restore") => High,
        Class::ConfigChange if switches_off(event, verb) => Critical,
        Class::PolicyChange | Class::VaultLifecycle | Class::ConfigChange => Medium,
        Class::ActorDecision => match verb {
            "accept" => Low,
            "reject" | "expire" => Medium,
            _ => Informational,
        },
        Class::Dispatch if matches!(event.outcome, Outcome::Failure | Outcome::Denied) => Medium,
        Class::Governance if action == "kill.emergency" => Critical,
        Class::Governance => High,
        Class::ExportHealth => export_health(event, verb),
        Class::Dispatch | Class::SystemActivity => Informational,
    }
}

/// A value that left the vault is Medium; a restricted one is a step worse.
fn secret_access(event: &Event<'_>, verb: &str) -> Severity {
    let base = match (event.outcome, verb) {
        (Outcome::Pending, _) | (_, "list") => Severity::Informational,
        (_, "use" | "sign" | "verify" | "encrypt" | "decrypt") => Severity::Low,
        _ => Severity::Medium,
    };
    let restricted = event
        .resource
        .as_ref()
        .is_some_and(|resource| resource.classification == Some(Classification::Restricted));
    if restricted { base.raised() } else { base }
}

fn is_wildcard(event: &Event<'_>) -> bool {
    event.resource.as_ref().is_some_and(|resource| {
        [&resource.path, &resource.name, &resource.id]
            .into_iter()
            .flatten()
            .any(|text| text.contains('*'))
    })
}

/// Audit devices and export adapters that are switched off blind the watchers.
fn switches_off(event: &Event<'_>, verb: &str) -> bool {
    let watched = event.resource.as_ref().is_some_and(|resource| {
        matches!(resource.kind, ResourceType::AuditDevice | ResourceType::Adapter)
    });
    verb == "audit_disable"
        || (watched && matches!(verb, "disable" | "delete" | "remove" | "pause" | "clear"))
}

fn export_health(event: &Event<'_>, verb: &str) -> Severity {
    match (verb, event.outcome) {
        ("canary", Outcome::Success) => Severity::Informational,
        ("pause" | "mismatch", _) => Severity::Critical,
        _ => Severity::High,
    }
}
