//! The one table of default severities (contract 3.3), for filters and every format.

use crate::event::{Class, Classification, Decision, Event, Outcome, ResourceType, Severity};

impl Event<'_> {
    /// The severity that counts: the event's own, else the table's.
    pub fn severity(&self) -> Severity {
        self.severity.unwrap_or_else(|| default_severity(self))
    }
}

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
        Class::IdentityChange if matches!(action, "mfa.disable" | "mfa.remove") => Medium,
        Class::SecretChange | Class::LeaseLifecycle | Class::IdentityChange => Low,
        Class::VaultLifecycle if matches!(verb, "init" | "restore" | "generate_root") => High,
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
        Class::ExportHealth => export_health(event),
        Class::Dispatch | Class::SystemActivity => Informational,
    }
}

/// A value that left the vault is Medium; a restricted one is a step worse.
fn secret_access(event: &Event<'_>, verb: &str) -> Severity {
    let base = match (event.outcome, verb) {
        (Outcome::Pending, _) | (_, "list" | "read" | "locate") => Severity::Informational,
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

/// `pause` and `adapter_paused`, `mismatch` and `chain_mismatch`: both ways of saying it occur.
fn export_health(event: &Event<'_>) -> Severity {
    let action = event.action.as_str();
    match event.outcome {
        _ if action.contains("pause") || action.contains("mismatch") => Severity::Critical,
        Outcome::Success if action.starts_with("canary") => Severity::Informational,
        _ => Severity::High,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Actor, ActorType, Policy, Resource, Source, Text, Time};
    use Outcome::{Denied, Failure, Pending, Success};
    use Severity::{Critical, High, Informational, Low, Medium};

    fn event(class: Class, action: &'static str, outcome: Outcome) -> Event<'static> {
        let time = Time::parse("2026-02-14T22:30:01Z").unwrap();
        let actor = Actor::new("agent:a", ActorType::Agent);
        let source = Source { product: "p".into(), instance: "i".into(), ..Source::default() };
        Event::new("1", time, class, action, outcome, actor, source)
    }

    fn upon(kind: ResourceType, mut event: Event<'static>) -> Event<'static> {
        event.resource = Some(Resource::new(kind));
        event
    }

    /// Contract 3.3, row by row.
    #[test]
    fn every_row_of_the_table() {
        let rows = [
            (Class::Authentication, "login", Success, Informational),
            (Class::Authentication, "logout", Success, Informational),
            (Class::Authentication, "login", Failure, High),
            (Class::Authentication, "login", Denied, High),
            (Class::SecretAccess, "retrieve", Success, Medium),
            (Class::SecretAccess, "issue", Success, Medium),
            (Class::SecretAccess, "use:http_request", Success, Low),
            (Class::SecretAccess, "list", Success, Informational),
            (Class::SecretAccess, "read", Success, Informational),
            (Class::SecretAccess, "export", Success, Medium),
            (Class::SecretAccess, "backup", Success, Medium),
            (Class::SecretAccess, "retrieve", Pending, Informational),
            (Class::SecretChange, "store", Success, Low),
            (Class::SecretChange, "update", Success, Low),
            (Class::SecretChange, "delete", Success, Medium),
            (Class::SecretChange, "destroy", Success, Medium),
            (Class::CredentialRotation, "rotate", Success, Low),
            (Class::CredentialRotation, "invalidate", Success, Medium),
            (Class::CredentialRotation, "rotate", Failure, High),
            (Class::CredentialRotation, "overdue", Success, High),
            (Class::CredentialRotation, "rotate.overdue", Pending, High),
            (Class::LeaseLifecycle, "grant", Success, Low),
            (Class::LeaseLifecycle, "expire", Success, Low),
            (Class::LeaseLifecycle, "revoke", Success, Medium),
            (Class::PolicyViolation, "retrieve", Denied, High),
            (Class::PolicyChange, "update", Success, Medium),
            (Class::IdentityChange, "register", Success, Low),
            (Class::IdentityChange, "remove", Success, Medium),
            (Class::IdentityChange, "revoke", Success, Medium),
            (Class::IdentityChange, "grant", Success, Low),
            (Class::IdentityChange, "mfa.disable", Success, Medium),
            (Class::VaultLifecycle, "unlock", Success, Medium),
            (Class::VaultLifecycle, "init", Success, High),
            (Class::VaultLifecycle, "restore", Success, High),
            (Class::VaultLifecycle, "step_down", Outcome::Unknown, Medium),
            (Class::VaultLifecycle, "generate_root.start", Success, High),
            (Class::ConfigChange, "update", Success, Medium),
            (Class::ConfigChange, "audit_disable", Success, Critical),
            (Class::ActorDecision, "request", Pending, Informational),
            (Class::ActorDecision, "accept", Success, Low),
            (Class::ActorDecision, "reject", Denied, Medium),
            (Class::Dispatch, "complete", Success, Informational),
            (Class::Dispatch, "complete", Failure, Medium),
            (Class::Governance, "kill.hard", Success, High),
            (Class::Governance, "kill.emergency", Success, Critical),
            (Class::ExportHealth, "delivery_failed", Failure, High),
            (Class::ExportHealth, "canary", Success, Informational),
            (Class::ExportHealth, "canary", Failure, High),
            (Class::SystemActivity, "look_up", Success, Informational),
        ];
        for (class, action, outcome, severity) in rows {
            let got = default_severity(&event(class, action, outcome));
            assert_eq!(got, severity, "{class} {action} {outcome}");
        }
        let mut tested: Vec<Class> = rows.iter().map(|row| row.0).collect();
        tested.dedup();
        assert_eq!(tested, Class::ALL);
    }

    #[test]
    fn a_restricted_secret_is_a_step_worse() {
        for (action, severity) in [("retrieve", High), ("use:sign", Medium), ("list", Low)] {
            let mut event = upon(ResourceType::Secret, event(Class::SecretAccess, action, Success));
            let resource = event.resource.as_mut().unwrap();
            resource.classification = Some(Classification::Confidential);
            assert!(default_severity(&event) < severity, "{action}");
            event.resource.as_mut().unwrap().classification = Some(Classification::Restricted);
            assert_eq!(default_severity(&event), severity, "{action}");
        }
    }

    #[test]
    fn a_quarantine_is_critical() {
        let mut event = event(Class::PolicyViolation, "retrieve", Denied);
        let mut policy =
            Policy { decision: Decision::Deny, names: Vec::new(), reason_code: None, reason: None };
        event.policy = Some(policy.clone());
        assert_eq!(default_severity(&event), High);
        policy.decision = Decision::Quarantine;
        event.policy = Some(policy);
        assert_eq!(default_severity(&event), Critical);
    }

    #[test]
    fn a_policy_for_everything_is_high() {
        let mut event = upon(ResourceType::Policy, event(Class::PolicyChange, "create", Success));
        event.resource.as_mut().unwrap().path = Some(Text::from("secret/*"));
        assert_eq!(default_severity(&event), High);
    }

    #[test]
    fn who_switches_off_an_audit_device_or_an_adapter_blinds_the_watchers() {
        for kind in [ResourceType::AuditDevice, ResourceType::Adapter] {
            for (action, severity) in
                [("disable", Critical), ("delete", Critical), ("enable", Medium)]
            {
                let event = upon(kind, event(Class::ConfigChange, action, Success));
                assert_eq!(default_severity(&event), severity, "{kind} {action}");
            }
        }
        let event = upon(ResourceType::Mount, event(Class::ConfigChange, "disable", Success));
        assert_eq!(default_severity(&event), Medium);
    }

    /// `adapter_paused` and `chain_mismatch` are how the samples say it.
    #[test]
    fn a_paused_adapter_and_a_broken_chain_are_critical() {
        for action in ["pause", "adapter_paused", "mismatch", "chain_mismatch"] {
            let event = event(Class::ExportHealth, action, Failure);
            assert_eq!(default_severity(&event), Critical, "{action}");
        }
    }
}
