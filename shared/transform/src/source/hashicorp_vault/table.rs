//! What each operation of the API means, as data: mount × operation × path → class, action, resource, what leaves.
//!
//! Rows stand in groups by the first segment of the path within the mount; the first row that fits counts, so that
//! the special ones stand before the general ones. Nothing is allocated to find one. The page
//! `docs/formats/hashicorp_vault.md` is made from these rows.

mod auth;
mod engines;
mod identity;
mod keys;
#[cfg(test)]
mod page;
mod pattern;
mod sys;
#[cfg(test)]
mod tests;

use self::pattern::fit;
use crate::event::{Class, ResourceType, Severity};

/// Operations, one bit each.
pub(super) const R: u8 = 1;
/// `list` and OpenBao's `scan`.
pub(super) const L: u8 = 1 << 1;
/// `create`, `update` and `patch`: which of them Vault writes depends on whether the engine looks first.
pub(super) const W: u8 = 1 << 2;
/// `delete`.
pub(super) const D: u8 = 1 << 3;

/// The action is the operation's own word: `read`, `list`, `create`, `update`, `delete`.
pub(super) const VERB: &str = "";

/// The bit of an operation as an audit line names it; none for `help`, `renew`, `rollback` and the like.
pub(super) fn bit(operation: &str) -> u8 {
    match operation {
        "read" => R,
        "list" | "scan" => L,
        "create" | "update" | "patch" => W,
        "delete" => D,
        _ => 0,
    }
}

/// What a successful answer takes out of the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Leaves {
    /// Nothing that was not known before.
    #[default]
    Nothing,
    /// Names, settings, public material.
    Metadata,
    /// A stored secret.
    Value,
    /// A key that protects other data.
    KeyMaterial,
    /// What lets its holder in somewhere.
    Credential,
}

/// What one kind of request means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    operations: u8,
    /// What follows the group's segment: literals, `+` (one segment), `{name}` (one, the resource's name),
    /// `{name..}` (one or more, all of them the name), `..` (none or more).
    path: &'static str,
    pub(super) class: Class,
    /// [`VERB`] or a word of the contract.
    pub(super) action: &'static str,
    pub(super) resource: ResourceType,
    pub(super) leaves: Leaves,
    /// Whether it changes who may do what, or what the vault is.
    pub(super) privileged: bool,
    /// Never quieter than this, whatever the contract's table says of class and action.
    pub(super) at_least: Severity,
}

pub(super) const fn row(
    operations: u8,
    path: &'static str,
    class: Class,
    action: &'static str,
    resource: ResourceType,
) -> Row {
    Row {
        operations,
        path,
        class,
        action,
        resource,
        leaves: Leaves::Nothing,
        privileged: false,
        at_least: Severity::Informational,
    }
}

impl Row {
    /// Whether it answers with what was asked for and changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.operations & !(R | L) == 0
    }

    const fn leaving(self, leaves: Leaves) -> Row {
        Row { leaves, at_least: Severity::Medium, ..self }
    }

    /// A stored secret leaves.
    pub(super) const fn value(self) -> Row {
        self.leaving(Leaves::Value)
    }

    /// Key material leaves.
    pub(super) const fn key(self) -> Row {
        self.leaving(Leaves::KeyMaterial)
    }

    /// A credential leaves.
    pub(super) const fn credential(self) -> Row {
        self.leaving(Leaves::Credential)
    }

    /// A credential is made for later; how loud that is depends on what it may do.
    pub(super) const fn credential_made(self) -> Row {
        Row { leaves: Leaves::Credential, privileged: true, at_least: Severity::Low, ..self }
    }

    /// Names, settings or public material leave.
    pub(super) const fn metadata(self) -> Row {
        Row { leaves: Leaves::Metadata, ..self }
    }

    /// Changes who may do what, or what the vault is: at least Low.
    pub(super) const fn privileged(self) -> Row {
        let at_least = match self.at_least {
            Severity::Informational => Severity::Low,
            worse => worse,
        };
        Row { privileged: true, at_least, ..self }
    }

    /// Privileged, and never below High.
    pub(super) const fn high(self) -> Row {
        Row { privileged: true, at_least: Severity::High, ..self }
    }
}

/// What an operation on a path of the first version of the key-value engine means.
pub(super) fn version_1(operation: &str) -> Option<&'static Row> {
    engines::VERSION_1.iter().find(|row| row.operations & bit(operation) != 0)
}

/// The rows whose paths begin with one segment; the segment `*` stands for the whole path.
pub(super) type Group = (&'static str, &'static [Row]);

/// Whose paths these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    System,
    Identity,
    /// `auth/token`.
    Token,
    /// `auth/userpass`: its users are accounts, those of other methods are only mapped to policies.
    Userpass,
    /// Every other log-on method.
    Auth,
    Kv,
    Transit,
    Transform,
    Pki,
    Ssh,
    Totp,
    KeyManagement,
    GcpKms,
    Kmip,
    /// Every engine that makes or rotates credentials of something else.
    Credentials,
}

impl Engine {
    #[cfg(test)]
    const ALL: [Engine; 15] = [
        Engine::System,
        Engine::Identity,
        Engine::Token,
        Engine::Userpass,
        Engine::Auth,
        Engine::Kv,
        Engine::Transit,
        Engine::Transform,
        Engine::Pki,
        Engine::Ssh,
        Engine::Totp,
        Engine::KeyManagement,
        Engine::GcpKms,
        Engine::Kmip,
        Engine::Credentials,
    ];

    /// The engine's own groups, and those that it shares with its like.
    fn groups(self) -> [&'static [Group]; 2] {
        match self {
            Engine::System => [sys::ROWS, &[]],
            Engine::Identity => [identity::ROWS, &[]],
            Engine::Token => [auth::TOKEN, &[]],
            Engine::Userpass => [auth::USERPASS, auth::METHODS],
            Engine::Auth => [auth::METHODS, &[]],
            Engine::Kv => [engines::KV, &[]],
            Engine::Transit => [keys::TRANSIT, &[]],
            Engine::Transform => [keys::TRANSFORM, &[]],
            Engine::Pki => [engines::PKI, &[]],
            Engine::Ssh => [engines::SSH, &[]],
            Engine::Totp => [engines::TOTP, &[]],
            Engine::KeyManagement => [keys::KEY_MANAGEMENT, &[]],
            Engine::GcpKms => [keys::GCP_KMS, &[]],
            Engine::Kmip => [keys::KMIP, &[]],
            Engine::Credentials => [engines::CREDENTIALS, &[]],
        }
    }

    /// The row for a path within the mount, and the resource's name in it. `exact` leaves out the rows that take
    /// any path, for when the mount's length is only guessed.
    pub(super) fn find(
        self,
        operation: u8,
        path: &str,
        exact: bool,
    ) -> Option<(&'static Row, Option<&str>)> {
        let path = path.trim_matches('/');
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        for groups in self.groups() {
            for (segment, rows) in groups {
                let rest = match *segment {
                    "*" if !exact => path,
                    known if known == first && !first.is_empty() => rest,
                    _ => continue,
                };
                let found = rows
                    .iter()
                    .filter(|row| row.operations & operation != 0)
                    .find_map(|row| fit(row.path, rest).map(|found| (row, found.0)));
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }
}
