//! Engines that hold or make secrets of others: key-value, PKI, SSH, one-time codes, and all that make credentials.

use super::{D, Group, L, R, Row, VERB, W, row};
use crate::event::Class::{
    ConfigChange, CredentialRotation, IdentityChange, LeaseLifecycle, SecretAccess, SecretChange,
    SystemActivity,
};
use crate::event::ResourceType::{Certificate, Key, Other, Role, Secret, ServiceAccount};

/// Both versions, and the cubbyhole: the second has verbs of its own in the path. Its paths are the names.
pub(super) const KV: &[Group] = &[
    (
        "data",
        &[
            row(R, "..", SecretAccess, "retrieve", Secret).value(),
            row(L, "..", SecretAccess, "list", Secret).metadata(),
            row(W, "..", SecretChange, "store", Secret),
            row(D, "..", SecretChange, "delete", Secret),
        ],
    ),
    (
        "metadata",
        &[
            row(R, "..", SecretAccess, "read", Secret).metadata(),
            row(L, "..", SecretAccess, "list", Secret).metadata(),
            row(W, "..", SecretChange, "update", Secret),
            row(D, "..", SecretChange, "delete", Secret),
        ],
    ),
    ("delete", &[row(W, "..", SecretChange, "delete", Secret)]),
    ("undelete", &[row(W, "..", SecretChange, "undelete", Secret)]),
    ("destroy", &[row(W | D, "..", SecretChange, "destroy", Secret)]),
    ("subkeys", &[row(R, "..", SecretAccess, "read", Secret).metadata()]),
    (
        "config",
        &[
            row(R, "", SecretAccess, "read", Other).metadata(),
            row(W, "", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    ("*", VERSION_1),
];

/// What a path of the first version means, and one named as a verb of the second.
pub(in super::super) const VERSION_1: &[Row] = &[
    row(R, "..", SecretAccess, "retrieve", Secret).value(),
    row(L, "..", SecretAccess, "list", Secret).metadata(),
    row(W, "..", SecretChange, "store", Secret),
    row(D, "..", SecretChange, "delete", Secret),
];

pub(super) const PKI: &[Group] = &[
    ("issue", &[row(W, "{name}", SecretAccess, "issue", Certificate).key()]),
    ("sign", &[row(W, "{name}", SecretAccess, "issue", Certificate).credential()]),
    (
        "sign-verbatim",
        &[
            row(W, "", SecretAccess, "issue", Certificate).credential(),
            row(W, "{name}", SecretAccess, "issue", Certificate).credential(),
        ],
    ),
    ("cert", &[row(R, "..", SecretAccess, "read", Certificate).metadata()]),
    (
        "certs",
        &[
            row(R, "..", SecretAccess, "read", Certificate).metadata(),
            row(L, "..", SecretAccess, "list", Certificate).metadata(),
            row(W, "..", SecretAccess, "list", Certificate).metadata(),
        ],
    ),
    ("ca", PUBLIC),
    ("ca_chain", PUBLIC),
    (
        "crl",
        &[
            row(R | W, "rotate", CredentialRotation, "rotate", Certificate),
            row(R, "..", SecretAccess, "read", Certificate).metadata(),
        ],
    ),
    ("crls", PUBLIC),
    ("ocsp", &[row(R | W, "..", SecretAccess, "read", Certificate).metadata()]),
    ("unified-crl", PUBLIC),
    ("unified-ocsp", &[row(R | W, "..", SecretAccess, "read", Certificate).metadata()]),
    ("revoke", &[row(W, "", LeaseLifecycle, "revoke", Certificate)]),
    ("revoke-with-key", &[row(W, "", LeaseLifecycle, "revoke", Certificate)]),
    ("tidy", &[row(W, "", SystemActivity, "maintenance", Certificate)]),
    ("tidy-cancel", &[row(W, "", SystemActivity, "maintenance", Certificate)]),
    ("tidy-status", PUBLIC),
    (
        "roles",
        &[
            row(W, "{name}/acme/new-eab", SecretAccess, "issue", Key).credential(),
            row(W, "{name}/acme/new-account", IdentityChange, "register", ServiceAccount),
            row(W, "{name}/acme/account/..", IdentityChange, "update", ServiceAccount),
            row(W, "{name}/acme/order/+/finalize", SecretAccess, "issue", Certificate).credential(),
            row(W, "{name}/acme/revoke-cert", LeaseLifecycle, "revoke", Certificate),
            row(R | W, "{name}/acme/..", SystemActivity, "read", Certificate).metadata(),
            row(R, "{name}", SecretAccess, "read", Role).metadata(),
            row(L, "", SecretAccess, "list", Role).metadata(),
            row(W | D, "{name}", ConfigChange, VERB, Role).privileged(),
        ],
    ),
    ("acme", ACME),
    ("external-policy", &[row(R | W, "..", SecretAccess, "issue", Certificate).credential()]),
    (
        "eab",
        &[
            row(L, "", SecretAccess, "list", Key).metadata(),
            row(D, "{name}", IdentityChange, "revoke", Key).privileged(),
        ],
    ),
    (
        "config",
        &[
            row(R | L, "..", SecretAccess, "read", Other).metadata(),
            row(W | D, "{name..}", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    (
        "root",
        &[
            row(W, "generate/exported", SecretAccess, "export", Key).key().privileged(),
            row(W, "rotate/exported", SecretAccess, "export", Key).key().privileged(),
            row(W, "generate/+", ConfigChange, "create", Certificate).privileged(),
            row(W, "rotate/+", CredentialRotation, "rotate", Certificate).privileged(),
            row(W, "replace", ConfigChange, "update", Certificate).privileged(),
            row(W, "sign-intermediate", SecretAccess, "issue", Certificate)
                .credential()
                .privileged(),
            row(W, "sign-self-issued", SecretAccess, "issue", Certificate)
                .credential()
                .privileged(),
            row(D, "", ConfigChange, "delete", Certificate).high(),
        ],
    ),
    (
        "intermediate",
        &[
            row(W, "generate/exported", SecretAccess, "export", Key).key().privileged(),
            row(W, "generate/+", ConfigChange, "create", Certificate).privileged(),
            row(W, "cross-sign", ConfigChange, "create", Certificate).privileged(),
            row(W, "set-signed", ConfigChange, "update", Certificate).privileged(),
        ],
    ),
    (
        "issuer",
        &[
            row(W, "+/issue/{name}", SecretAccess, "issue", Certificate).key(),
            row(W, "+/sign/{name}", SecretAccess, "issue", Certificate).credential(),
            row(W, "+/sign-verbatim/{name}", SecretAccess, "issue", Certificate).credential(),
            row(W, "{name}/sign-verbatim", SecretAccess, "issue", Certificate).credential(),
            row(W, "{name}/sign-intermediate", SecretAccess, "issue", Certificate)
                .credential()
                .privileged(),
            row(W, "{name}/sign-self-issued", SecretAccess, "issue", Certificate)
                .credential()
                .privileged(),
            row(W, "{name}/revoke", LeaseLifecycle, "revoke", Certificate).privileged(),
            row(W, "{name}/resign-crls", SecretAccess, "use:sign", Certificate),
            row(W, "{name}/sign-revocation-list", SecretAccess, "use:sign", Certificate),
            row(W, "{name}/acme/new-eab", SecretAccess, "issue", Key).credential(),
            row(W, "+/roles/{name}/acme/new-eab", SecretAccess, "issue", Key).credential(),
            row(W, "+/roles/{name}/acme/new-account", IdentityChange, "register", ServiceAccount),
            row(W, "+/roles/{name}/acme/account/..", IdentityChange, "update", ServiceAccount),
            row(W, "+/roles/{name}/acme/order/+/finalize", SecretAccess, "issue", Certificate)
                .credential(),
            row(W, "+/roles/{name}/acme/revoke-cert", LeaseLifecycle, "revoke", Certificate),
            row(R | W, "+/roles/{name}/acme/..", SystemActivity, "read", Certificate).metadata(),
            row(W, "{name}/acme/new-account", IdentityChange, "register", ServiceAccount),
            row(W, "{name}/acme/account/..", IdentityChange, "update", ServiceAccount),
            row(W, "{name}/acme/order/+/finalize", SecretAccess, "issue", Certificate).credential(),
            row(W, "{name}/acme/revoke-cert", LeaseLifecycle, "revoke", Certificate),
            row(R | W, "{name}/acme/..", SystemActivity, "read", Certificate).metadata(),
            row(R, "{name}/..", SecretAccess, "read", Certificate).metadata(),
            row(W | D, "{name}", ConfigChange, VERB, Certificate).privileged(),
        ],
    ),
    (
        "issuers",
        &[
            row(W, "generate/+/exported", SecretAccess, "export", Key).key().privileged(),
            row(W, "generate/+/+", ConfigChange, "create", Certificate).privileged(),
            row(W, "import/+", ConfigChange, "create", Certificate).privileged(),
            row(L, "..", SecretAccess, "list", Certificate).metadata(),
        ],
    ),
    (
        "key",
        &[
            row(R, "{name}", SecretAccess, "read", Key).metadata(),
            row(W, "{name}", SecretChange, "update", Key),
            row(D, "{name}", SecretChange, "delete", Key).privileged(),
        ],
    ),
    (
        "keys",
        &[
            row(L, "", SecretAccess, "list", Key).metadata(),
            row(W, "generate/exported", SecretAccess, "export", Key).key().privileged(),
            row(W, "..", SecretChange, "store", Key).privileged(),
        ],
    ),
];

const PUBLIC: &[Row] = &[row(R | L, "..", SecretAccess, VERB, Certificate).metadata()];

/// Certificates by RFC 8555: what binds an account or makes a certificate counts, the rest is conversation.
const ACME: &[Row] = &[
    row(W, "new-eab", SecretAccess, "issue", Key).credential(),
    row(W, "new-account", IdentityChange, "register", ServiceAccount),
    row(W, "account/..", IdentityChange, "update", ServiceAccount),
    row(W, "order/+/finalize", SecretAccess, "issue", Certificate).credential(),
    row(W, "revoke-cert", LeaseLifecycle, "revoke", Certificate),
    row(R | W, "..", SystemActivity, "read", Certificate).metadata(),
];

pub(super) const SSH: &[Group] = &[
    ("sign", &[row(W, "{name}", SecretAccess, "issue", Certificate).credential()]),
    ("issue", &[row(W, "{name}", SecretAccess, "issue", Certificate).key()]),
    ("creds", &[row(W, "{name}", SecretAccess, "issue", Secret).credential()]),
    ("verify", &[row(W, "", SecretAccess, "use:verify", Secret)]),
    ("lookup", &[row(W, "", SecretAccess, "list", Role).metadata()]),
    ("public_key", &[row(R, "", SecretAccess, "read", Key).metadata()]),
    (
        "roles",
        &[
            row(R, "{name}", SecretAccess, "read", Role).metadata(),
            row(L, "", SecretAccess, "list", Role).metadata(),
            row(W | D, "{name}", ConfigChange, VERB, Role).privileged(),
        ],
    ),
    (
        "config",
        &[
            row(R | L, "..", SecretAccess, "read", Other).metadata(),
            row(W | D, "{name..}", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    ("keys", &[row(W | D, "{name}", SecretChange, VERB, Key)]),
    ("tidy", &[row(W | D, "..", SystemActivity, "maintenance", Key)]),
];

pub(super) const TOTP: &[Group] = &[
    (
        "code",
        &[
            row(R, "{name}", SecretAccess, "issue", Secret).credential(),
            row(W, "{name}", SecretAccess, "use:verify", Key),
        ],
    ),
    (
        "keys",
        &[
            row(R, "{name}", SecretAccess, "read", Key).metadata(),
            row(L, "", SecretAccess, "list", Key).metadata(),
            // The answer holds the new key as a bar code, unless it was imported.
            row(W, "{name}", SecretChange, "store", Key).key(),
            row(D, "{name}", SecretChange, "delete", Key),
        ],
    ),
];

/// Cloud accounts, databases, directories, message brokers and their like: one layout for all.
pub(super) const CREDENTIALS: &[Group] = &[
    ("creds", &[row(R | W, "{name..}", SecretAccess, "issue", Secret).credential()]),
    ("sts", &[row(R | W, "{name..}", SecretAccess, "issue", Secret).credential()]),
    ("static-creds", &[row(R, "{name..}", SecretAccess, "retrieve", Secret).credential()]),
    ("static-cred", &[row(R, "{name..}", SecretAccess, "retrieve", Secret).credential()]),
    ("key", &[row(R | W, "{name}", SecretAccess, "issue", Secret).credential()]),
    ("token", &[row(R | W, "{name}", SecretAccess, "issue", Secret).credential()]),
    (
        "config",
        &[
            row(R, "{name..}", SecretAccess, "read", Other).metadata(),
            row(R | L, "", SecretAccess, VERB, Other).metadata(),
            row(L, "..", SecretAccess, "list", Other).metadata(),
            row(W, "rotate-root", CredentialRotation, "rotate", Secret).privileged(),
            row(W, "rotate", CredentialRotation, "rotate", Secret).privileged(),
            row(W | D, "{name..}", ConfigChange, VERB, Other).privileged(),
            row(W | D, "", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    ("role", ENGINE_ROLES),
    ("roles", ENGINE_ROLES),
    ("static-role", ENGINE_ROLES),
    ("static-roles", ENGINE_ROLES),
    ("roleset", ENGINE_ROLES),
    ("rolesets", ENGINE_ROLES),
    ("static-account", ENGINE_ROLES),
    ("static-accounts", ENGINE_ROLES),
    ("impersonated-account", ENGINE_ROLES),
    ("impersonated-accounts", ENGINE_ROLES),
    (
        "rotate-root",
        &[
            row(W, "", CredentialRotation, "rotate", Secret).privileged(),
            row(W, "{name..}", CredentialRotation, "rotate", Secret).privileged(),
        ],
    ),
    ("rotate-role", &[row(W, "{name..}", CredentialRotation, "rotate", Secret).privileged()]),
    ("rotate", &[row(W, "..", CredentialRotation, "rotate", Secret).privileged()]),
    ("reset", &[row(W, "{name}", SystemActivity, "maintenance", Other)]),
    ("reload", &[row(W, "{name}", SystemActivity, "maintenance", Other)]),
    ("check", &[row(R, "", SecretAccess, "read", Other).metadata()]),
    (
        "library",
        &[
            row(W, "manage/{name}/check-in", LeaseLifecycle, "release", Secret),
            row(W, "{name..}/check-out", SecretAccess, "issue", Secret).credential(),
            row(W, "{name..}/check-in", LeaseLifecycle, "release", Secret),
            row(R, "{name..}/status", SecretAccess, "read", Secret).metadata(),
            row(R, "{name..}", SecretAccess, "read", Role).metadata(),
            row(L, "..", SecretAccess, "list", Role).metadata(),
            row(W | D, "{name..}", ConfigChange, VERB, Role).privileged(),
        ],
    ),
];

const ENGINE_ROLES: &[Row] = &[
    row(R | W, "{name}/key", SecretAccess, "issue", Secret).credential(),
    row(R | W, "{name}/token", SecretAccess, "issue", Secret).credential(),
    row(W, "{name}/rotate", CredentialRotation, "rotate", Secret).privileged(),
    row(W, "{name}/rotate-key", CredentialRotation, "rotate", Secret).privileged(),
    row(R, "{name..}", SecretAccess, "read", Role).metadata(),
    row(R | L, "..", SecretAccess, VERB, Role).metadata(),
    row(W | D, "{name..}", ConfigChange, VERB, Role).privileged(),
];
