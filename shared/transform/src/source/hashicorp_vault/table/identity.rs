//! The identity engine, `identity/`.

use super::{D, Group, L, R, VERB, W, row};
use crate::event::Class::{
    ConfigChange, CredentialRotation, IdentityChange, SecretAccess, SystemActivity,
};
use crate::event::ResourceType::{
    AuthMethod, Group as Team, Key, Other, Policy, Role, ServiceAccount, Token, User,
};

pub(super) const ROWS: &[Group] = &[
    (
        "entity",
        &[
            row(R, "+/{name}", SystemActivity, VERB, User).metadata(),
            row(R | L, "..", SystemActivity, VERB, User).metadata(),
            row(W, "batch-delete", IdentityChange, "delete", User).privileged(),
            row(W, "merge", IdentityChange, "update", User).privileged(),
            row(W, "", IdentityChange, VERB, User).privileged(),
            row(W | D, "+/{name}", IdentityChange, VERB, User).privileged(),
        ],
    ),
    ("entity-alias", ALIASES),
    ("alias", ALIASES),
    ("persona", ALIASES),
    (
        "group",
        &[
            row(R, "+/{name}", SystemActivity, VERB, Team).metadata(),
            row(R | L, "..", SystemActivity, VERB, Team).metadata(),
            row(W, "", IdentityChange, VERB, Team).privileged(),
            row(W | D, "+/{name}", IdentityChange, VERB, Team).privileged(),
        ],
    ),
    (
        "group-alias",
        &[
            row(R, "+/{name}", SystemActivity, VERB, Team).metadata(),
            row(R | L, "..", SystemActivity, VERB, Team).metadata(),
            row(W, "", IdentityChange, VERB, Team).privileged(),
            row(W | D, "+/{name}", IdentityChange, VERB, Team).privileged(),
        ],
    ),
    (
        "lookup",
        &[
            row(W, "group", SystemActivity, "lookup", Team).metadata(),
            row(W, "+", SystemActivity, "lookup", User).metadata(),
        ],
    ),
    (
        "mfa",
        &[
            row(R, "method/+/{name}", SystemActivity, VERB, AuthMethod).metadata(),
            row(R, "method/{name}", SystemActivity, VERB, AuthMethod).metadata(),
            row(R, "login-enforcement/{name}", SystemActivity, VERB, Policy).metadata(),
            row(R | L, "..", SystemActivity, VERB, AuthMethod).metadata(),
            row(W, "method/totp/generate", IdentityChange, "mfa.enroll", User).key(),
            row(W, "method/totp/admin-generate", IdentityChange, "mfa.enroll", User)
                .key()
                .privileged(),
            row(W, "method/totp/admin-destroy", IdentityChange, "mfa.disable", User).privileged(),
            row(W, "method/+", IdentityChange, VERB, AuthMethod).privileged(),
            row(W, "method/+/{name}", IdentityChange, VERB, AuthMethod).privileged(),
            row(D, "method/+/{name}", IdentityChange, "mfa.disable", AuthMethod).privileged(),
            row(W, "login-enforcement/{name}", IdentityChange, "mfa.enable", Policy).privileged(),
            row(D, "login-enforcement/{name}", IdentityChange, "mfa.disable", Policy).privileged(),
        ],
    ),
    (
        "oidc",
        &[
            row(R, "token/{name}", SecretAccess, "issue", Token).credential(),
            row(R | W, "provider/{name}/authorize", SecretAccess, "issue", Token).credential(),
            row(W, "provider/{name}/token", SecretAccess, "issue", Token).credential(),
            row(R | W, "provider/{name}/userinfo", SystemActivity, "read", User).metadata(),
            row(W, "introspect", SystemActivity, "lookup", Token).metadata(),
            // The answer holds the client's secret.
            row(R, "client/{name}", SecretAccess, "retrieve", ServiceAccount).credential(),
            row(W, "key/{name}/rotate", CredentialRotation, "rotate", Key).privileged(),
            row(R, "key/{name}", SystemActivity, VERB, Key).metadata(),
            row(R, "role/{name}", SystemActivity, VERB, Role).metadata(),
            row(R, "assignment/{name}", SystemActivity, VERB, Other).metadata(),
            row(R, "scope/{name}", SystemActivity, VERB, Other).metadata(),
            row(R, "provider/{name}", SystemActivity, VERB, Other).metadata(),
            row(R | L, "..", SystemActivity, VERB, Other).metadata(),
            row(W, "config", ConfigChange, VERB, AuthMethod).privileged(),
            row(W | D, "key/{name}", IdentityChange, VERB, Key).privileged(),
            row(W | D, "role/{name}", IdentityChange, VERB, Role).privileged(),
            row(W | D, "client/{name}", IdentityChange, VERB, ServiceAccount).privileged(),
            row(W | D, "assignment/{name}", IdentityChange, VERB, Other).privileged(),
            row(W | D, "provider/{name}", IdentityChange, VERB, Other).privileged(),
            row(W | D, "scope/{name}", IdentityChange, VERB, Other).privileged(),
        ],
    ),
    ("*", &[row(R | L, "..", SystemActivity, VERB, Other).metadata()]),
];

const ALIASES: &[super::Row] = &[
    row(R, "+/{name}", SystemActivity, VERB, User).metadata(),
    row(R | L, "..", SystemActivity, VERB, User).metadata(),
    row(W, "", IdentityChange, VERB, User).privileged(),
    row(W | D, "+/{name}", IdentityChange, VERB, User).privileged(),
];
