//! Where a request went: which engine, and which path within its mount.
//!
//! Lines of 1.13 and later name the mount and its type. Older ones leave out one or both; then the engine is
//! guessed by the names of the path's segments, and the mount's length by the first segment that is a verb.

use super::line::Asked;
use super::table::{Engine, Row, bit};

/// Where a request went, and the row that says what it means.
pub(super) struct Place<'p> {
    pub(super) engine: Engine,
    /// Within the mount.
    pub(super) path: &'p str,
    pub(super) row: Option<&'static Row>,
    pub(super) name: Option<&'p str>,
}

/// Finds the row of a request.
pub(super) fn find<'p>(request: &'p Asked<'_>) -> Place<'p> {
    let operation = operation(request.operation.as_str());
    let whole = request.path.as_str().trim_start_matches('/');
    match mounted(request, whole) {
        Some((engine, path)) => place(engine, path, operation),
        None => guessed(request, without_namespace(request, whole), operation),
    }
}

/// A `HEAD` is a read without its answer's body.
fn operation(word: &str) -> u8 {
    if word == "header" { bit("read") } else { bit(word) }
}

fn place(engine: Engine, path: &str, operation: u8) -> Place<'_> {
    let (row, name) = match engine.find(operation, path, false) {
        Some((row, name)) => (Some(row), name),
        None => (None, None),
    };
    Place { engine, path, row, name }
}

fn namespace<'p>(request: &'p Asked<'_>) -> &'p str {
    request.namespace.0.as_ref().map_or("", super::line::Namespace::prefix)
}

fn without_namespace<'p>(request: &'p Asked<'_>, path: &'p str) -> &'p str {
    match namespace(request) {
        "" => path,
        prefix => path.strip_prefix(prefix).map_or(path, |rest| rest.trim_start_matches('/')),
    }
}

/// By the line's own words. Under Enterprise the mount point stands with its namespace, the path without.
fn mounted<'p>(request: &'p Asked<'_>, whole: &'p str) -> Option<(Engine, &'p str)> {
    let point = request.mount_point.as_str();
    if point.trim_matches('/').is_empty() {
        return None;
    }
    let own = without_namespace(request, point);
    let path = [point, own]
        .into_iter()
        .find_map(|point| within(whole, point))
        .or_else(|| within(without_namespace(request, whole), own))?;
    let auth = own.starts_with("auth/") || request.mount_class.as_str() == "auth";
    let kind = request.mount_type.as_str();
    let engine = if auth { method(kind, own) } else { engine(kind, own) };
    Some((engine, path))
}

fn within<'p>(path: &'p str, mount: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(mount.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A log-on method by its type, else by the name that it is mounted under.
fn method(kind: &str, mount: &str) -> Engine {
    match plain(kind) {
        "token" => Engine::Token,
        "userpass" => Engine::Userpass,
        "" if mount.trim_end_matches('/') == "auth/token" => Engine::Token,
        "" if mount.contains("userpass") => Engine::Userpass,
        _ => Engine::Auth,
    }
}

/// An engine by its type, else by the name that it is mounted under.
fn engine(kind: &str, mount: &str) -> Engine {
    let mount = mount.trim_end_matches('/');
    match plain(kind) {
        "" => mount.split('/').find_map(named).unwrap_or(Engine::Kv),
        kind => named(kind).unwrap_or(Engine::Credentials),
    }
}

/// The type without what namespaces and external plugins put before it.
fn plain(kind: &str) -> &str {
    const BEFORE: [&str; 5] = [
        "ns_",
        "vault-plugin-secrets-",
        "vault-plugin-auth-",
        "openbao-plugin-secrets-",
        "openbao-plugin-auth-",
    ];
    BEFORE.iter().find_map(|before| kind.strip_prefix(before)).unwrap_or(kind)
}

fn named(name: &str) -> Option<Engine> {
    Some(match name {
        "sys" | "system" => Engine::System,
        "identity" => Engine::Identity,
        "kv" | "kv-v1" | "kv-v2" | "generic" | "secret" | "cubbyhole" => Engine::Kv,
        "transit" => Engine::Transit,
        "transform" => Engine::Transform,
        "pki" => Engine::Pki,
        "ssh" => Engine::Ssh,
        "totp" => Engine::Totp,
        "keymgmt" => Engine::KeyManagement,
        "gcpkms" => Engine::GcpKms,
        "kmip" => Engine::Kmip,
        "aws" | "azure" | "gcp" | "alicloud" | "consul" | "database" | "kubernetes" | "ldap"
        | "openldap" | "ad" | "mongodbatlas" | "nomad" | "rabbitmq" | "terraform" => {
            Engine::Credentials
        }
        _ => return None,
    })
}

fn guessed<'p>(request: &'p Asked<'_>, whole: &'p str, operation: u8) -> Place<'p> {
    let (first, rest) = whole.split_once('/').unwrap_or((whole, ""));
    let kind = plain(request.mount_type.as_str());
    match first {
        "sys" => place(Engine::System, rest, operation),
        "identity" => place(Engine::Identity, rest, operation),
        "cubbyhole" => place(Engine::Kv, rest, operation),
        "auth" => guessed_method(kind, rest, operation),
        _ if !kind.is_empty() => {
            let engine = named(kind).unwrap_or(Engine::Credentials);
            at_any_depth(engine, whole, operation).unwrap_or_else(|| place(engine, rest, operation))
        }
        _ => guessed_engine(whole, operation),
    }
}

fn guessed_method<'p>(kind: &str, path: &'p str, operation: u8) -> Place<'p> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if first == "token" {
        return place(Engine::Token, rest, operation);
    }
    let engine = if kind == "userpass" || (kind.is_empty() && path.starts_with("userpass")) {
        Engine::Userpass
    } else {
        Engine::Auth
    };
    at_any_depth(engine, path, operation).unwrap_or_else(|| place(engine, rest, operation))
}

/// Behind the first segments that leave a path the engine has a row for.
fn at_any_depth(engine: Engine, path: &str, operation: u8) -> Option<Place<'_>> {
    tails(path).find_map(|(_, path)| exactly(engine, path, operation))
}

fn exactly(engine: Engine, path: &str, operation: u8) -> Option<Place<'_>> {
    let (row, name) = engine.find(operation, path, true)?;
    Some(Place { engine, path, row: Some(row), name })
}

/// Each segment with what stands behind it.
fn tails(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = path;
    std::iter::from_fn(move || {
        let (segment, behind) = rest.split_once('/')?;
        rest = behind;
        Some((segment, behind))
    })
}

/// By the segments' names, then by verbs that no other engine has, else as secrets of the key-value engine.
fn guessed_engine(whole: &str, operation: u8) -> Place<'_> {
    let mut tails_named = tails(whole).enumerate().filter_map(|(depth, (segment, path))| {
        let engine = segment.split(['-', '_']).find_map(named)?;
        match exactly(engine, path, operation) {
            None if depth == 0 && named(segment).is_some() => Some(place(engine, path, operation)),
            found => found,
        }
    });
    if let Some(place) = tails_named.next() {
        return place;
    }
    let by_verb = tails(whole).find_map(|(_, path)| {
        let verb = path.split('/').next().unwrap_or_default();
        exactly(of_verb(verb)?, path, operation)
    });
    let (_, rest) = whole.split_once('/').unwrap_or((whole, ""));
    by_verb.unwrap_or_else(|| place(Engine::Kv, rest, operation))
}

fn of_verb(verb: &str) -> Option<Engine> {
    Some(match verb {
        "data" | "metadata" | "delete" | "undelete" | "destroy" | "subkeys" => Engine::Kv,
        "encrypt" | "decrypt" | "rewrap" | "datakey" | "hmac" | "cmac" | "export" | "backup"
        | "sign" | "verify" => Engine::Transit,
        "encode" | "decode" => Engine::Transform,
        "issue" | "sign-verbatim" => Engine::Pki,
        "creds" | "sts" | "static-creds" | "static-cred" | "rotate-root" | "rotate-role" => {
            Engine::Credentials
        }
        _ => return None,
    })
}
