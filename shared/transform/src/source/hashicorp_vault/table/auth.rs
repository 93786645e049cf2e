//! Log-on methods, `auth/`, and the token store among them.

use super::{D, Group, L, R, VERB, W, row};
use crate::event::Class::{
    Authentication, ConfigChange, CredentialRotation, IdentityChange, LeaseLifecycle, SecretAccess,
    SystemActivity,
};
use crate::event::ResourceType::{
    AuthMethod, Certificate, Group as Team, Role, ServiceAccount, Token, User,
};

pub(super) const TOKEN: &[Group] = &[
    ("lookup-self", &[row(R | W, "", SystemActivity, "lookup", Token).metadata()]),
    ("lookup", &[row(R | W, "..", SystemActivity, "lookup", Token).metadata()]),
    ("lookup-accessor", &[row(R | W, "..", SystemActivity, "lookup", Token).metadata()]),
    ("accessors", &[row(L, "", SystemActivity, VERB, Token).metadata()]),
    ("create", &[row(W, "..", IdentityChange, "token.create", Token).credential_made()]),
    ("create-orphan", &[row(W, "", IdentityChange, "token.create", Token).credential_made()]),
    ("renew", &[row(W, "..", LeaseLifecycle, "renew", Token)]),
    ("renew-self", &[row(W, "", LeaseLifecycle, "renew", Token)]),
    ("renew-accessor", &[row(W, "..", LeaseLifecycle, "renew", Token)]),
    ("revoke", &[row(W, "..", LeaseLifecycle, "revoke", Token)]),
    ("revoke-self", &[row(W, "", LeaseLifecycle, "revoke", Token)]),
    ("revoke-accessor", &[row(W, "..", LeaseLifecycle, "revoke", Token)]),
    ("revoke-orphan", &[row(W, "..", LeaseLifecycle, "revoke", Token)]),
    (
        "roles",
        &[
            row(R, "{name}", SystemActivity, VERB, Role).metadata(),
            row(R | L, "", SystemActivity, VERB, Role).metadata(),
            row(W | D, "{name}", IdentityChange, VERB, Role).privileged(),
        ],
    ),
    ("tidy", &[row(W, "", SystemActivity, "maintenance", Token)]),
    (
        "config",
        &[
            row(R, "..", SystemActivity, VERB, AuthMethod).metadata(),
            row(W | D, "..", ConfigChange, VERB, AuthMethod).privileged(),
        ],
    ),
];

/// Accounts with a password of their own.
pub(super) const USERPASS: &[Group] = &[
    (
        "users",
        &[
            row(W, "{name}/password", CredentialRotation, "rotate", User).privileged(),
            row(W, "{name}/policies", IdentityChange, "grant", User).privileged(),
            row(W | D, "{name}", IdentityChange, VERB, User).privileged(),
        ],
    ),
    ("password", &[row(W, "..", CredentialRotation, "rotate", User).privileged()]),
];

/// What all methods have in common; where two have a path of one name, it means the same.
pub(super) const METHODS: &[Group] = &[
    ("login", &[row(R | W, "..", Authentication, "login", AuthMethod)]),
    (
        "oidc",
        &[
            row(R | W, "callback", Authentication, "login", AuthMethod),
            row(R | W, "callback/..", Authentication, "login", AuthMethod),
            row(R | W, "..", SystemActivity, "lookup", AuthMethod).metadata(),
        ],
    ),
    ("callback", &[row(R | W, "..", Authentication, "login", AuthMethod)]),
    ("sso_service_url", &[row(R | W, "..", SystemActivity, "lookup", AuthMethod).metadata()]),
    (
        "config",
        &[
            row(R | L, "..", SystemActivity, VERB, AuthMethod).metadata(),
            row(W, "rotate-root", CredentialRotation, "rotate", AuthMethod).privileged(),
            row(W | D, "..", ConfigChange, VERB, AuthMethod).privileged(),
        ],
    ),
    ("rotate-root", &[row(W, "..", CredentialRotation, "rotate", AuthMethod).privileged()]),
    ("role", ROLES),
    ("roles", ROLES),
    ("users", MAPPED_USERS),
    ("user", MAPPED_USERS),
    (
        "groups",
        &[
            row(R, "{name..}", SystemActivity, VERB, Team).metadata(),
            row(R | L, "", SystemActivity, VERB, Team).metadata(),
            row(W, "{name..}", IdentityChange, "grant", Team).privileged(),
            row(D, "{name..}", IdentityChange, "revoke", Team).privileged(),
        ],
    ),
    (
        "map",
        &[
            row(R, "users/{name..}", SystemActivity, VERB, User).metadata(),
            row(R, "+/{name..}", SystemActivity, VERB, Team).metadata(),
            row(R | L, "..", SystemActivity, VERB, Team).metadata(),
            row(W, "users/{name..}", IdentityChange, "grant", User).privileged(),
            row(D, "users/{name..}", IdentityChange, "revoke", User).privileged(),
            row(W, "+/{name..}", IdentityChange, "grant", Team).privileged(),
            row(D, "+/{name..}", IdentityChange, "revoke", Team).privileged(),
        ],
    ),
    (
        "certs",
        &[
            row(R, "{name}", SystemActivity, VERB, Role).metadata(),
            row(R | L, "", SystemActivity, VERB, Role).metadata(),
            row(W | D, "{name}", IdentityChange, VERB, Role).privileged(),
        ],
    ),
    (
        "crls",
        &[
            row(R, "{name}", SystemActivity, VERB, Certificate).metadata(),
            row(R | L, "", SystemActivity, VERB, Certificate).metadata(),
            row(W | D, "{name}", ConfigChange, VERB, Certificate).privileged(),
        ],
    ),
    ("identity-accesslist", ACCESS_LIST),
    ("identity-whitelist", ACCESS_LIST),
    ("roletag-denylist", ACCESS_LIST),
    ("roletag-blacklist", ACCESS_LIST),
    ("tidy", &[row(W, "..", SystemActivity, "maintenance", AuthMethod)]),
    ("*", &[row(R | L, "..", SystemActivity, VERB, AuthMethod).metadata()]),
];

/// A role of `AppRole`, Kubernetes, JWT, AWS and their like: who may log on as what.
const ROLES: &[super::Row] = &[
    row(L, "{name}/..", SystemActivity, VERB, Role).metadata(),
    row(R, "{name}", SystemActivity, VERB, Role).metadata(),
    row(R | L, "", SystemActivity, VERB, Role).metadata(),
    row(W, "{name}/secret-id", SecretAccess, "issue", ServiceAccount).credential(),
    row(W, "{name}/tag", SecretAccess, "issue", ServiceAccount).credential(),
    row(W, "{name}/secret-id/lookup", SystemActivity, "lookup", ServiceAccount).metadata(),
    row(W, "{name}/secret-id-accessor/lookup", SystemActivity, "lookup", ServiceAccount).metadata(),
    row(W | D, "{name}/secret-id/destroy", IdentityChange, "revoke", ServiceAccount).privileged(),
    row(W | D, "{name}/secret-id-accessor/destroy", IdentityChange, "revoke", ServiceAccount)
        .privileged(),
    row(R, "{name}/..", SystemActivity, VERB, Role).metadata(),
    row(W, "{name}/custom-secret-id", IdentityChange, "update", ServiceAccount).privileged(),
    row(W, "{name}/policies", IdentityChange, "grant", Role).privileged(),
    row(W | D, "{name}", IdentityChange, VERB, Role).privileged(),
    row(W | D, "{name}/..", IdentityChange, "update", Role).privileged(),
];

/// People whom a directory knows and who are only mapped to policies here.
const MAPPED_USERS: &[super::Row] = &[
    row(R, "{name..}", SystemActivity, VERB, User).metadata(),
    row(R | L, "", SystemActivity, VERB, User).metadata(),
    row(W, "{name}/password", CredentialRotation, "rotate", User).privileged(),
    row(W, "{name..}", IdentityChange, "grant", User).privileged(),
    row(D, "{name..}", IdentityChange, "revoke", User).privileged(),
];

/// Who may log on again, or never.
const ACCESS_LIST: &[super::Row] = &[
    row(R, "{name}", SystemActivity, VERB, ServiceAccount).metadata(),
    row(R | L, "", SystemActivity, VERB, ServiceAccount).metadata(),
    row(W | D, "{name}", IdentityChange, VERB, ServiceAccount).privileged(),
];
