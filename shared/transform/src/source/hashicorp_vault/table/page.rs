//! The page `docs/formats/hashicorp_vault.md`, made from the table.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{D, Engine, Group, L, Leaves, R, Row, VERB, W};
use crate::event::{
    Actor, ActorType, Event, Outcome, Resource, ResourceType, Severity, Source, Time,
};
use crate::severity::default_severity;

/// What stands before the tables; it is written by hand.
const INTRODUCTION: &str = include_str!("introduction.md");

fn title(engine: Engine) -> (&'static str, &'static str) {
    match engine {
        Engine::System => ("System backend", "sys/"),
        Engine::Identity => ("Identity", "identity/"),
        Engine::Token => ("Tokens", "auth/token/"),
        Engine::Userpass => ("Log-on method userpass", "auth/<mount>/"),
        Engine::Auth => ("Every log-on method", "auth/<mount>/"),
        Engine::Kv => ("Key-value, both versions, and cubbyhole", "<mount>/"),
        Engine::Transit => ("Transit", "<mount>/"),
        Engine::Transform => ("Transform", "<mount>/"),
        Engine::Pki => ("PKI", "<mount>/"),
        Engine::Ssh => ("SSH", "<mount>/"),
        Engine::Totp => ("One-time codes (TOTP)", "<mount>/"),
        Engine::KeyManagement => ("Key management", "<mount>/"),
        Engine::GcpKms => ("Google Cloud KMS", "<mount>/"),
        Engine::Kmip => ("KMIP, its configuration", "<mount>/"),
        Engine::Credentials => (
            "AWS, Azure, Google Cloud, databases, LDAP and every other engine that makes credentials",
            "<mount>/",
        ),
    }
}

#[test]
fn the_page_is_made_from_the_table() {
    let mut page = INTRODUCTION.to_owned();
    for engine in Engine::ALL {
        section(&mut page, engine);
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    expectorate::assert_contents(path.join("../../docs/formats/hashicorp_vault.md"), &page);
}

fn section(page: &mut String, engine: Engine) {
    let (title, mount) = title(engine);
    let head = "| operation | path | class | action | resource | leaves | severity |\n|---|---|---|---|---|---|---|\n";
    write!(page, "\n### {title}\n\n{head}").unwrap();
    for group in engine.groups()[0] {
        lines(page, mount, group);
    }
}

fn lines(page: &mut String, mount: &str, (segment, rows): &Group) {
    for row in *rows {
        let path = [*segment, row.path].map(|part| part.trim_matches('*'));
        let path = path.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        writeln!(
            page,
            "| {} | `{mount}{}` | {} | {} | {} | {} | {}{} |",
            operations(row.operations),
            path.replace("..", "…"),
            row.class,
            if row.action == VERB {
                "as the operation".to_owned()
            } else {
                format!("`{}`", row.action)
            },
            row.resource,
            leaves(row.leaves),
            loudness(row),
            if row.privileged { ", privileged" } else { "" },
        )
        .unwrap();
    }
}

fn operations(bits: u8) -> String {
    let words = [(R, "read"), (L, "list"), (W, "write"), (D, "delete")];
    let words = words.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| word);
    words.collect::<Vec<_>>().join(", ")
}

fn leaves(leaves: Leaves) -> &'static str {
    match leaves {
        Leaves::Nothing => "–",
        Leaves::Metadata => "metadata",
        Leaves::Value => "a value",
        Leaves::KeyMaterial => "key material",
        Leaves::Credential => "a credential",
    }
}

/// The severity of a success, as the reader gives it; of a write and a delete where they differ.
fn loudness(row: &Row) -> String {
    let words: &[&str] = match (row.action, row.operations & (W | D)) {
        (VERB, both) if both == W | D => &["update", "delete"],
        (VERB, D) => &["delete"],
        (VERB, W) => &["update"],
        (VERB, _) if row.operations & R != 0 => &["read"],
        (VERB, _) => &["list"],
        (action, _) => &[action],
    };
    let mut found: Vec<&str> = Vec::new();
    for word in words {
        let severity = severity(row, word).as_str();
        if !found.contains(&severity) {
            found.push(severity);
        }
    }
    found.join(" / ")
}

fn severity(row: &Row, action: &'static str) -> Severity {
    let actor = Actor::new("x", ActorType::Service);
    let source = Source { product: "p".into(), instance: "i".into(), ..Source::default() };
    let mut event =
        Event::new("1", Time::EPOCH, row.class, action, Outcome::Success, actor, source);
    event.resource = Some(Resource::new(row.resource));
    default_severity(&event).max(row.at_least)
}

#[test]
fn an_audit_device_that_is_switched_off_is_critical_on_the_page_too() {
    let row = super::row(
        D,
        "{name}",
        crate::event::Class::ConfigChange,
        "audit_disable",
        ResourceType::AuditDevice,
    );
    assert_eq!(loudness(&row), "Critical");
}
