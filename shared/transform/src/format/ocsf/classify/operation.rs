//! Calls of the vault's API: secrets read, used and changed, leases. API Activity, as AWS maps its own data events.

use super::words::Action;
use super::{Kind, Label};
use crate::event::{Event, Resource};
use crate::format::ocsf::schema::API_ACTIVITY;

/// A secret was read, listed, issued or used.
///
/// Use is 99 and not Read: the value was not disclosed, and a rule on secrets read must not fire.
pub(super) fn access<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    match action.verb {
        "retrieve" | "read" | "get" | "list" | "locate" | "issue" | "export" | "backup" => {
            Kind::known(&API_ACTIVITY, event, Some(2))
        }
        "use" => Kind::other(&API_ACTIVITY, event, Label::Title(used(action))),
        "sign" | "verify" | "encrypt" | "decrypt" | "rewrap" => {
            Kind::other(&API_ACTIVITY, event, Label::Title(action.verb))
        }
        _ => Kind::known(&API_ACTIVITY, event, None),
    }
}

/// `use:sign` is known by what it does; `use:http_request` is a use.
fn used(action: Action<'_>) -> &str {
    match action.qualifier() {
        Some(word @ ("sign" | "verify" | "encrypt" | "decrypt" | "rewrap" | "hmac")) => word,
        _ => action.verb,
    }
}

/// A secret was stored, changed or removed.
pub(super) fn secret_change<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let activity = match action.verb {
        "create" | "import" | "add" => Some(1),
        "store" | "set" | "put" | "write" => Some(if is_later_version(event) { 3 } else { 1 }),
        "update" | "patch" | "undelete" | "restore" | "promote" | "move" | "rename" => Some(3),
        "delete" | "destroy" | "remove" | "purge" => Some(4),
        _ => None,
    };
    Kind::known(&API_ACTIVITY, event, activity)
}

/// Whether what was stored is a second or later version of the secret.
fn is_later_version(event: &Event<'_>) -> bool {
    let version = event.resource.as_ref().and_then(|Resource { version, .. }| version.as_deref());
    version.and_then(|version| version.parse::<u64>().ok()).is_some_and(|version| version > 1)
}

/// A lease is a resource that the API hands out and takes back.
pub(super) fn lease<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let activity = action.activity(&[
        (4, &["release", "revoke", "expire", "expired", "delete", "end"]),
        (3, &["renew", "extend", "update"]),
        (1, &["grant", "create", "issue"]),
        (2, &["lookup", "read", "get", "list"]),
    ]);
    Kind::known(&API_ACTIVITY, event, activity)
}
