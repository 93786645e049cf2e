//! The table against the documented API, and against the principles that it was made by.

use super::{D, Engine, L, Leaves, R, Row, W, bit};
use crate::event::{Class, Severity};
use crate::source::hashicorp_vault::line::Asked;
use crate::source::hashicorp_vault::place;

/// Every operation that HashiCorp documents for Vault 1.15, one a line: operation, path with its parameters.
const OPERATIONS: &str =
    include_str!("../../../../tests/samples/hashicorp_vault/operations-1.15.tsv");

/// Each engine's own rows; those it shares are told with its like.
fn rows() -> impl Iterator<Item = (Engine, &'static str, &'static Row)> {
    Engine::ALL.into_iter().flat_map(|engine| {
        let [own, _] = engine.groups();
        own.iter()
            .flat_map(move |(segment, rows)| rows.iter().map(move |row| (engine, *segment, row)))
    })
}

/// An audit line's words for a documented operation: mounts are called `team/<engine>`, parameters `x`.
fn asked(operation: &str, documented: &str) -> serde_json::Value {
    let mut parts = documented.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let mut mount = "sys".to_owned();
    let mut kind = "system".to_owned();
    let place = usize::from(parts[0] == "auth");
    if let Some(named) = parts[place].clone().strip_suffix("_mount_path}") {
        kind = named.trim_start_matches('{').to_owned();
        parts[place] = format!("team/{kind}");
        mount = parts[..=place].join("/");
        kind = kind.replace("kv_v1", "kv").replace("kv_v2", "kv");
    } else if parts[0] != "sys" {
        mount = parts[..=place].join("/");
        kind.clone_from(&parts[place]);
    }
    for part in &mut parts {
        if part.starts_with('{') {
            *part = "x".to_owned();
        }
    }
    serde_json::json!({
        "operation": operation, "path": parts.join("/"), "mount_point": mount + "/", "mount_type": kind,
    })
}

#[test]
fn every_documented_operation_has_a_row() {
    let mut without = Vec::new();
    let lines = || OPERATIONS.lines().skip(1);
    for line in lines() {
        let (operation, path) = line.split_once('\t').unwrap();
        let text = asked(operation, path).to_string();
        let request: Asked<'_> = serde_json::from_str(&text).unwrap();
        if place::find(&request).row.is_none() {
            without.push(line);
        }
    }
    assert_eq!(without, Vec::<&str>::new());
    assert_eq!(lines().count(), 1049);
}

#[test]
fn what_is_not_documented_has_none() {
    for (operation, path) in [
        ("update", "/sys/no-such-thing"),
        ("delete", "/sys/health"),
        ("read", "/{aws_mount_path}/no-such-thing"),
        ("update", "/identity/no-such-thing"),
        ("help", "/sys/mounts"),
    ] {
        let text = asked(operation, path).to_string();
        let request: Asked<'_> = serde_json::from_str(&text).unwrap();
        assert!(place::find(&request).row.is_none(), "{operation} {path}");
    }
}

#[test]
fn a_read_or_a_list_never_belongs_to_a_change() {
    for (engine, segment, row) in rows().filter(|(.., row)| row.operations & (R | L) != 0) {
        let change = matches!(
            row.class,
            Class::SecretChange | Class::PolicyChange | Class::IdentityChange | Class::ConfigChange
        );
        assert!(!change, "{engine:?} {segment}/{}", row.path);
    }
}

#[test]
fn what_leaves_is_never_quiet_and_what_is_privileged_never_silent() {
    for (engine, segment, row) in rows() {
        let place = format!("{engine:?} {segment}/{}", row.path);
        if matches!(row.leaves, Leaves::Value | Leaves::KeyMaterial) {
            assert!(row.at_least >= Severity::Medium, "{place}");
        }
        if row.leaves == Leaves::Credential && row.action != "token.create" {
            assert!(row.at_least >= Severity::Medium, "{place}");
        }
        if row.privileged {
            assert!(row.at_least >= Severity::Low, "{place}");
        }
        if row.class == Class::SystemActivity {
            assert_eq!(
                row.at_least,
                Severity::Informational,
                "a status query is no alarm: {place}"
            );
        }
    }
}

/// `retrieve` says that a value left, `read` that none did.
#[test]
fn a_retrieval_takes_a_value_and_a_read_takes_none() {
    for (engine, segment, row) in rows().filter(|(.., row)| row.class == Class::SecretAccess) {
        let place = format!("{engine:?} {segment}/{}", row.path);
        let secret = !matches!(row.leaves, Leaves::Nothing | Leaves::Metadata);
        match row.action {
            "retrieve" | "issue" | "export" | "backup" => assert!(secret, "{place}"),
            "read" | "list" | super::VERB => assert!(!secret, "{place}"),
            action => assert!(action.starts_with("use:"), "{place}"),
        }
    }
}

#[test]
fn every_row_can_be_reached() {
    for (engine, segment, row) in rows() {
        let rest = row.path.replace("{name..}", "a/b").replace("{name}", "a").replace('+', "p");
        let rest = rest.replace("..", "q/r");
        let path = if segment == "*" { rest } else { format!("{segment}/{rest}") };
        let reached = [R, L, W, D].into_iter().filter(|bit| row.operations & bit != 0).any(|bit| {
            let found = engine.find(bit, &path, false);
            found.is_some_and(|(found, _)| std::ptr::eq(found, row))
        });
        assert!(reached, "{engine:?} {segment}/{} is hidden by a row before it", row.path);
    }
}

#[test]
fn operations_have_one_bit_each() {
    assert_eq!(["read", "list", "update", "delete"].map(bit), [R, L, W, D]);
    assert_eq!(["scan", "create", "patch", "help"].map(bit), [L, W, W, 0]);
}
