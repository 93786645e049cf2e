//! Who came in, and who may: log-ons, factors, tokens, grants, the lives of identities.

use super::Kind;
use super::words::Action;
use crate::event::{Class, Event, ResourceType};
use crate::format::ocsf::actor::subject_of;
use crate::format::ocsf::schema::{
    ACCOUNT_CHANGE, AUTHENTICATION, AUTHORIZE_SESSION, ENTITY_MANAGEMENT, USER_ACCESS,
};

const ENDED: &[&str] =
    &["logout", "logoff", "revoke", "expire", "expired", "end", "terminate", "disconnect"];
const REMOVED: &[&str] =
    &["deregister", "unregister", "unenroll", "remove", "delete", "disable", "reset"];

/// A log-on, a second factor, a session's end.
pub(super) fn authentication<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    if let Some(kind) = factor(event, action) {
        return kind;
    }
    let activity = action.activity(&[
        (2, ENDED),
        (1, &["login", "logon", "challenge", "authenticate", "mfa", "unwrap"]),
    ]);
    Kind::known(&AUTHENTICATION, event, activity)
}

/// A second factor was enrolled or removed.
fn factor<'e>(event: &'e Event<'_>, action: Action<'e>) -> Option<Kind<'e>> {
    let kind = event.resource.as_ref().map(|resource| resource.kind);
    // A rule on factors is no factor of anybody's account.
    let is_rule = matches!(kind, Some(ResourceType::Policy | ResourceType::AuthMethod));
    let change = event.class == Class::IdentityChange;
    if (change && is_rule) || !action.has(&["mfa", "totp", "webauthn"]) {
        return None;
    }
    let activity =
        action.activity(&[(11, REMOVED), (10, &["enroll", "enable", "register", "add", "create"])]);
    activity.map(|activity| Kind::known(&ACCOUNT_CHANGE, event, Some(activity)))
}

/// An identity, its tokens or its grants changed.
pub(super) fn change<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    if let Some(kind) = factor(event, action) {
        return kind;
    }
    let kind = event.resource.as_ref().map(|resource| resource.kind);
    if kind == Some(ResourceType::Token) || action.has(&["token"]) {
        return token(event, action);
    }
    // A grant without a known grantee is a change of what was granted: the actor is not the one it is about.
    if subject_of(event).is_some() {
        if action.has(&["revoke", "ungrant"]) {
            return Kind::known(&USER_ACCESS, event, Some(2));
        }
        if action.has(&["grant", "assign"]) {
            return Kind::known(&USER_ACCESS, event, Some(1));
        }
    }
    Kind::known(&ENTITY_MANAGEMENT, event, lives(action))
}

fn token<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    if action.has(&["create", "issue", "mint"]) {
        Kind::known(&AUTHORIZE_SESSION, event, Some(1))
    } else if action.has(ENDED) {
        Kind::known(&AUTHENTICATION, event, Some(2))
    } else {
        Kind::known(&ENTITY_MANAGEMENT, event, lives(action))
    }
}

fn lives(action: Action<'_>) -> Option<u8> {
    action.activity(&[
        (7, &["deregister", "unregister", "unenroll", "remove", "delete"]),
        (9, &["disable", "deactivate", "lock"]),
        (8, &["enable", "activate", "unlock"]),
        (12, &["suspend"]),
        (13, &["resume", "unsuspend"]),
        (6, &["register", "enroll", "create", "add", "invite"]),
        (
            3,
            &["update", "modify", "rename", "renew", "patch", "store", "grant", "assign", "revoke"],
        ),
        (2, &["read", "lookup", "list", "get"]),
    ])
}
