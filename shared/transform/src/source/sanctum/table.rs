//! What SanctumAI's words mean, as data: kinds of export events, event types of the audit API, verbs of the
//! audit log. The page `docs/formats/sanctum.md` is made from these rows.

use crate::event::Class;

/// What a word means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) word: &'static str,
    pub(super) class: Class,
    pub(super) action: &'static str,
}

const fn row(word: &'static str, class: Class, action: &'static str) -> Row {
    Row { word, class, action }
}

/// The kinds of export events. The library has none for rotations: an update whose `detail` speaks of one is one.
pub(super) const KINDS: &[Row] = &[
    row("CredentialCreate", Class::SecretChange, "store"),
    row("CredentialAccess", Class::SecretAccess, "retrieve"),
    row("CredentialUpdate", Class::SecretChange, "update"),
    row("CredentialDelete", Class::SecretChange, "delete"),
    row("AuthSuccess", Class::Authentication, "login"),
    row("AuthFailure", Class::Authentication, "login"),
    row("VaultUnlock", Class::VaultLifecycle, "unlock"),
    row("VaultInit", Class::VaultLifecycle, "init"),
    row("AgentRegister", Class::IdentityChange, "register"),
    row("AgentDeregister", Class::IdentityChange, "deregister"),
    row("LeaseGrant", Class::LeaseLifecycle, "grant"),
    row("LeaseRevoke", Class::LeaseLifecycle, "revoke"),
    row("LeaseExpire", Class::LeaseLifecycle, "expire"),
    row("PolicyViolation", Class::PolicyViolation, "retrieve"),
    row("PolicyUpdate", Class::PolicyChange, "update"),
    row("AdminAction", Class::ConfigChange, "admin"),
    row("ConfigChange", Class::ConfigChange, "update"),
    row("ExportError", Class::ExportHealth, "deliver"),
];

/// A `CredentialUpdate` whose `detail` speaks of a rotation.
pub(super) const ROTATION: Row = row("CredentialUpdate", Class::CredentialRotation, "rotate");

/// The event types of rows of the audit API.
pub(super) const EVENT_TYPES: &[Row] = &[
    row("credential.store", Class::SecretChange, "store"),
    row("credential.update", Class::SecretChange, "update"),
    row("credential.retrieve", Class::SecretAccess, "retrieve"),
    row("credential.list", Class::SecretAccess, "list"),
    row("credential.delete", Class::SecretChange, "delete"),
    row("credential.rotate", Class::CredentialRotation, "rotate"),
    row("agent.register", Class::IdentityChange, "register"),
    row("agent.remove", Class::IdentityChange, "remove"),
    row("policy.create", Class::PolicyChange, "create"),
    row("policy.update", Class::PolicyChange, "update"),
    row("policy.delete", Class::PolicyChange, "delete"),
    row("policy.deny", Class::PolicyViolation, "deny"),
    row("vault.init", Class::VaultLifecycle, "init"),
    row("vault.unlock", Class::VaultLifecycle, "unlock"),
    row("vault.lock", Class::VaultLifecycle, "lock"),
];

/// The verbs of the audit log. What stands behind a `:` (`use:http_request`) stays in the action.
pub(super) const VERBS: &[Row] = &[
    row("retrieve", Class::SecretAccess, "retrieve"),
    row("list", Class::SecretAccess, "list"),
    row("use", Class::SecretAccess, "use"),
    row("store", Class::SecretChange, "store"),
    row("update", Class::SecretChange, "update"),
    row("delete", Class::SecretChange, "delete"),
    row("rotate", Class::CredentialRotation, "rotate"),
    row("login", Class::Authentication, "login"),
    row("authenticate", Class::Authentication, "authenticate"),
    row("challenge_response", Class::Authentication, "challenge_response"),
    row("register", Class::IdentityChange, "register"),
    row("remove", Class::IdentityChange, "remove"),
    row("init", Class::VaultLifecycle, "init"),
    row("unlock", Class::VaultLifecycle, "unlock"),
    row("lock", Class::VaultLifecycle, "lock"),
    row("release_lease", Class::LeaseLifecycle, "release_lease"),
];

/// The row of a word.
pub(super) fn find(rows: &'static [Row], word: &str) -> Option<&'static Row> {
    rows.iter().find(|row| row.word == word)
}

/// The row of a verb of the audit log.
pub(super) fn verb(action: &str) -> Option<&'static Row> {
    find(VERBS, action.split(':').next().unwrap_or_default())
}

#[cfg(test)]
mod page {
    use std::fmt::Write as _;
    use std::path::PathBuf;

    use super::*;
    use crate::event::{Actor, ActorType, Event, Outcome, Source, Time};
    use crate::severity::default_severity;

    const INTRODUCTION: &str = include_str!("introduction.md");

    #[test]
    fn no_word_has_two_rows() {
        for rows in [KINDS, EVENT_TYPES, VERBS] {
            for row in rows {
                let found = find(rows, row.word).unwrap();
                assert!(std::ptr::eq(found, row), "{}", row.word);
            }
        }
        assert_eq!(KINDS.len(), 18);
    }

    #[test]
    fn the_page_is_made_from_the_table() {
        let mut page = INTRODUCTION.to_owned();
        let sections = [
            ("Export events: `kind`", KINDS),
            ("Rows of the audit API: `event_type`", EVENT_TYPES),
            ("Entries of the audit log, and rows whose type is not known: `action`", VERBS),
        ];
        for (title, rows) in sections {
            let head = "| word | class | action | severity of a success; of a failure |\n|---|---|---|---|";
            write!(page, "\n### {title}\n\n{head}\n").unwrap();
            for row in rows {
                line(&mut page, row);
                if row.word == ROTATION.word {
                    line(&mut page, &ROTATION);
                }
            }
        }
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        expectorate::assert_contents(path.join("../../docs/formats/sanctum.md"), &page);
    }

    fn line(page: &mut String, row: &Row) {
        let severity = |outcome| {
            let actor = Actor::new("x", ActorType::Agent);
            let source = Source { product: "p".into(), instance: "i".into(), ..Source::default() };
            let event = Event::new("1", Time::EPOCH, row.class, row.action, outcome, actor, source);
            default_severity(&event)
        };
        let (success, failure) = (severity(Outcome::Success), severity(Outcome::Failure));
        let note = if row.action == ROTATION.action && row.word == ROTATION.word {
            ", `detail` speaks of a rotation"
        } else {
            ""
        };
        let Row { word, class, action } = row;
        writeln!(page, "| `{word}`{note} | {class} | `{action}` | {success}; {failure} |").unwrap();
    }
}
