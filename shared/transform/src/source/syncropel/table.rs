//! What Syncropel's records mean, as data: by their kind, their topic, else by their category. The page
//! `docs/formats/syncropel.md` is made from these rows.

use super::category::Category;
use crate::event::Class;

/// By which word of a record a row is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// `body.kind`, without `core.` before it.
    Kind,
    /// `body.topic`.
    Topic,
    /// The export's `category`, or what actor and topic make it.
    Category(Category),
}

/// Where the action comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// This word.
    Is(&'static str),
    /// `kill.` and `body.level`.
    Level,
    /// `token.` and `body.operation`.
    Step,
    /// `body.operation`, by [`OPERATIONS`], which have the class, too.
    Operation,
    /// `body.verdict`, by [`VERDICTS`].
    Verdict,
    /// `body.topic`, else the record's act.
    Topic,
}

/// Where the outcome comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// `body.outcome`, else `body.success`; without either it was done.
    Stated,
    /// The same, but unknown without either.
    Said,
    /// It is recorded when it is done.
    Done,
    /// By the verdict.
    Decided,
    /// `body.success`, `body.failure_reason`.
    Dispatched,
}

/// What one kind of record means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) by: By,
    pub(super) word: &'static str,
    pub(super) class: Class,
    pub(super) action: Action,
    pub(super) ends: Ends,
}

const fn row(by: By, word: &'static str, class: Class, action: Action, ends: Ends) -> Row {
    Row { by, word, class, action, ends }
}

const fn kind(word: &'static str, class: Class, action: &'static str) -> Row {
    row(By::Kind, word, class, Action::Is(action), Ends::Stated)
}

const fn category(category: Category, class: Class, action: Action, ends: Ends) -> Row {
    row(By::Category(category), category.word(), class, action, ends)
}

/// The first row that fits counts.
pub(super) static ROWS: &[Row] = &[
    row(By::Kind, "secret.access.v1", Class::SecretAccess, Action::Operation, Ends::Stated),
    kind("secret.rotation.v1", Class::CredentialRotation, "rotate"),
    kind("secret.value_invalidated.v1", Class::CredentialRotation, "invalidate"),
    kind("consent_state_change.v1", Class::Governance, "consent.update"),
    kind("impersonation.event.v1", Class::Governance, "impersonate"),
    kind("work.guardrail.v1", Class::Governance, "guardrail"),
    row(By::Kind, "token_lifecycle_event.v1", Class::IdentityChange, Action::Step, Ends::Stated),
    kind("identity.grant.v1", Class::IdentityChange, "grant"),
    kind("identity.revoke.v1", Class::IdentityChange, "revoke"),
    kind("identity.grant.revoke.v1", Class::IdentityChange, "revoke"),
    kind("identity.grant_revoke.v1", Class::IdentityChange, "revoke"),
    kind("invite.event.v1", Class::IdentityChange, "invite"),
    row(By::Topic, "permission_rule", Class::PolicyChange, Action::Is("update"), Ends::Done),
    row(By::Topic, "kill_switch", Class::Governance, Action::Level, Ends::Stated),
    row(By::Kind, "work.decision_request.v1", Class::ActorDecision, Action::Verdict, Ends::Decided),
    row(By::Kind, "agent.aitl.v1", Class::ActorDecision, Action::Verdict, Ends::Decided),
    row(
        By::Kind,
        "syncropel.dispatch.complete.v1",
        Class::Dispatch,
        Action::Is("complete"),
        Ends::Dispatched,
    ),
    category(Category::Governance, Class::Governance, Action::Topic, Ends::Stated),
    category(Category::Decision, Class::ActorDecision, Action::Verdict, Ends::Decided),
    category(Category::Dispatch, Class::Dispatch, Action::Is("complete"), Ends::Dispatched),
    category(Category::System, Class::SystemActivity, Action::Topic, Ends::Said),
];

/// Operations of `secret.access.v1`; an empty one is a `get`.
pub(super) const OPERATIONS: &[(&str, Class, &str)] = &[
    ("get", Class::SecretAccess, "retrieve"),
    ("list", Class::SecretAccess, "list"),
    ("set", Class::SecretChange, "store"),
    ("delete", Class::SecretChange, "delete"),
    ("promote", Class::SecretChange, "promote"),
];

/// Verdicts and their actions and outcomes; without one, a decision is asked for.
pub(super) const VERDICTS: &[(&str, &str, crate::event::Outcome)] = {
    use crate::event::Outcome::{Denied, Pending, Success};
    &[
        ("", "request", Pending),
        ("accept", "accept", Success),
        ("reject", "reject", Denied),
        ("expire", "expire", Denied),
        ("expired", "expire", Denied),
        ("quarantine", "quarantine", Denied),
        ("quarantined", "quarantine", Denied),
    ]
};

/// The row of a record, and whether it is of a kind that no row names.
pub(super) fn find(
    kind: &str,
    topic: &str,
    category: Option<Category>,
) -> (Option<&'static Row>, bool) {
    let fits = |row: &&Row| match row.by {
        By::Kind => row.word == kind,
        By::Topic => row.word == topic,
        By::Category(known) => Some(known) == category,
    };
    let row = ROWS.iter().find(fits);
    let general = row.is_some_and(|row| row.by == By::Category(Category::System));
    (row, row.is_none() || (general && !kind.is_empty()))
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
    fn every_row_is_reached() {
        for row in ROWS {
            let (kind, topic, category) = match row.by {
                By::Kind => (row.word, "", None),
                By::Topic => ("", row.word, None),
                By::Category(category) => ("", "", Some(category)),
            };
            let found = find(kind, topic, category).0.unwrap();
            assert!(std::ptr::eq(found, row), "{}", row.word);
        }
    }

    #[test]
    fn the_page_is_made_from_the_table() {
        let mut page = INTRODUCTION.to_owned();
        page.push_str("\n| by | word | class | action | outcome | severity of a success |\n|---|---|---|---|---|---|\n");
        for row in ROWS {
            let by = match row.by {
                By::Kind => "kind",
                By::Topic => "topic",
                By::Category(_) => "category",
            };
            let (class, action, severity) = match row.action {
                Action::Is(word) => {
                    (row.class.to_string(), format!("`{word}`"), loud(row.class, word))
                }
                Action::Level => (
                    row.class.to_string(),
                    "`kill.<level>`".to_owned(),
                    format!(
                        "{}; `kill.emergency` {}",
                        loud(row.class, "kill.hard"),
                        loud(row.class, "kill.emergency")
                    ),
                ),
                Action::Step => (
                    row.class.to_string(),
                    "`token.<operation>`".to_owned(),
                    loud(row.class, "token.create"),
                ),
                Action::Operation => {
                    ("by operation".to_owned(), "by operation".to_owned(), "see below".to_owned())
                }
                Action::Verdict => {
                    (row.class.to_string(), "by verdict".to_owned(), "see below".to_owned())
                }
                Action::Topic => {
                    (row.class.to_string(), "the topic".to_owned(), loud(row.class, "topic"))
                }
            };
            let ends = match row.ends {
                Ends::Stated => "`outcome`, `success`; else success",
                Ends::Said => "`outcome`, `success`; else unknown",
                Ends::Done => "success",
                Ends::Decided => "by verdict",
                Ends::Dispatched => "`success`, `failure_reason`",
            };
            writeln!(page, "| {by} | `{}` | {class} | {action} | {ends} | {severity} |", row.word)
                .unwrap();
        }
        page.push_str("\n### Operations of `secret.access.v1`\n\n| operation | class | action | severity of a success |\n|---|---|---|---|\n");
        for (word, class, action) in OPERATIONS {
            writeln!(page, "| `{word}` | {class} | `{action}` | {} |", loud(*class, action))
                .unwrap();
        }
        page.push_str(
            "\n### Verdicts\n\n| verdict | action | outcome | severity |\n|---|---|---|---|\n",
        );
        for (word, action, outcome) in VERDICTS {
            let word = if word.is_empty() { "none".to_owned() } else { format!("`{word}`") };
            let severity = severity(Class::ActorDecision, action, *outcome);
            writeln!(page, "| {word} | `{action}` | {outcome} | {severity} |").unwrap();
        }
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        expectorate::assert_contents(path.join("../../docs/formats/syncropel.md"), &page);
    }

    fn loud(class: Class, action: &'static str) -> String {
        severity(class, action, Outcome::Success)
    }

    fn severity(class: Class, action: &'static str, outcome: Outcome) -> String {
        let actor = Actor::new("x", ActorType::Agent);
        let source = Source { product: "p".into(), instance: "i".into(), ..Source::default() };
        let event = Event::new("1", Time::EPOCH, class, action, outcome, actor, source);
        default_severity(&event).to_string()
    }
}
