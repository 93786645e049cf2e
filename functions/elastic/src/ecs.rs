//! What an event is in the words of the Elastic Common Schema
//! (<https://www.elastic.co/guide/en/ecs/current/ecs-category-field-values-reference.html>).
//!
//! The words are those that ECS allows, so that Elastic's own rules and dashboards find the events.

use transform::event::{Class, Event, Outcome, ResourceType};

/// The version whose words these are.
pub(crate) const VERSION: &str = "8.17.0";

/// `event.category`.
pub(crate) fn category(event: &Event<'_>) -> &'static str {
    match event.class {
        Class::PolicyViolation => event.attempted_class.map_or("api", of_class),
        class => of_class(class),
    }
}

fn of_class(class: Class) -> &'static str {
    match class {
        Class::Authentication => "authentication",
        Class::SecretAccess
        | Class::SecretChange
        | Class::PolicyViolation
        | Class::ActorDecision => "api",
        Class::CredentialRotation | Class::IdentityChange => "iam",
        Class::LeaseLifecycle => "session",
        Class::PolicyChange | Class::ConfigChange | Class::Governance => "configuration",
        Class::Dispatch => "process",
        Class::VaultLifecycle | Class::ExportHealth | Class::SystemActivity => "host",
    }
}

/// `event.type`: one or two words.
pub(crate) fn types(event: &Event<'_>) -> impl Iterator<Item = &'static str> {
    let own = of_action(event);
    let subject = match (event.class, event.resource.as_ref().map(|resource| resource.kind)) {
        (Class::IdentityChange, Some(ResourceType::User | ResourceType::Agent)) => Some("user"),
        _ => None,
    };
    let denied = (event.outcome == Outcome::Denied && own != "denied").then_some("denied");
    [subject, Some(own), denied].into_iter().flatten()
}

fn of_action(event: &Event<'_>) -> &'static str {
    let verb = event.action.split(['.', ':']).next().unwrap_or_default();
    match event.class {
        Class::SecretAccess => "access",
        Class::CredentialRotation => "change",
        Class::PolicyViolation => "denied",
        Class::Dispatch => "end",
        Class::ActorDecision => match verb {
            "accept" | "approve" => "allowed",
            "reject" | "deny" => "denied",
            _ => "info",
        },
        Class::SecretChange | Class::PolicyChange | Class::IdentityChange | Class::ConfigChange => {
            match verb {
                "store" | "create" | "register" | "enable" | "mount" | "grant" => "creation",
                "delete" | "destroy" | "remove" | "disable" | "unmount" | "revoke" => "deletion",
                _ => "change",
            }
        }
        Class::Authentication | Class::LeaseLifecycle | Class::VaultLifecycle => match verb {
            "login" | "grant" | "issue" | "unlock" | "unseal" | "init" | "start" => "start",
            "logout" | "revoke" | "release" | "expire" | "lock" | "seal" | "stop" => "end",
            _ => "info",
        },
        Class::Governance | Class::ExportHealth | Class::SystemActivity => "info",
    }
}

/// `event.outcome`, of which ECS has three.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failure | Outcome::Denied => "failure",
        Outcome::Pending | Outcome::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use transform::event::{Actor, ActorType, Source, Time};

    use super::*;

    /// ECS 8.17, "Allowed values": `event.category` and `event.type`.
    const CATEGORIES: [&str; 7] =
        ["api", "authentication", "configuration", "host", "iam", "process", "session"];
    const TYPES: [&str; 10] = [
        "access", "allowed", "change", "creation", "deletion", "denied", "end", "info", "start",
        "user",
    ];

    fn event(class: Class, action: &'static str, outcome: Outcome) -> Event<'static> {
        let actor = Actor::new("a", ActorType::Agent);
        let time = Time::parse("2026-02-14T22:30:01Z").unwrap();
        Event::new("id", time, class, action, outcome, actor, Source::default())
    }

    #[test]
    fn every_class_has_words_that_ecs_allows() {
        for class in Class::ALL {
            for outcome in Outcome::ALL {
                for action in ["login", "store", "revoke", "reject", "retrieve", "kill.hard"] {
                    let event = event(*class, action, *outcome);
                    assert!(CATEGORIES.contains(&category(&event)), "{class}");
                    let types: Vec<_> = types(&event).collect();
                    assert!(types.iter().all(|word| TYPES.contains(word)), "{class} {types:?}");
                    let denials = types.iter().filter(|word| **word == "denied").count();
                    assert!(denials <= 1 && (denials == 1 || *outcome != Outcome::Denied));
                }
            }
        }
    }

    #[test]
    fn a_refusal_has_the_category_of_what_was_attempted() {
        let mut event = event(Class::PolicyViolation, "login", Outcome::Denied);
        assert_eq!(category(&event), "api");
        event.attempted_class = Some(Class::Authentication);
        assert_eq!(category(&event), "authentication");
        assert_eq!(types(&event).collect::<Vec<_>>(), ["denied"]);
    }

    #[test]
    fn the_action_chooses_the_type() {
        for (class, action, expected) in [
            (Class::Authentication, "login", "start"),
            (Class::Authentication, "logout", "end"),
            (Class::SecretAccess, "use:http_request", "access"),
            (Class::SecretChange, "store", "creation"),
            (Class::SecretChange, "update", "change"),
            (Class::SecretChange, "delete", "deletion"),
            (Class::LeaseLifecycle, "expire", "end"),
            (Class::ActorDecision, "accept", "allowed"),
        ] {
            let event = event(class, action, Outcome::Success);
            assert_eq!(types(&event).collect::<Vec<_>>(), [expected], "{class} {action}");
        }
    }
}
