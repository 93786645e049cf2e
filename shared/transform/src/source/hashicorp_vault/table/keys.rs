//! Engines that work with keys which stay in the vault: transit, transform, key management, KMIP.

use super::{D, Group, L, R, Row, VERB, W, row};
use crate::event::Class::{
    ConfigChange, CredentialRotation, IdentityChange, LeaseLifecycle, SecretAccess, SecretChange,
};
use crate::event::ResourceType::{Certificate, Key, Other, Role};

/// Declares a verb that uses a key without showing it.
const fn used(path: &'static str, action: &'static str) -> Row {
    row(W, path, SecretAccess, action, Key)
}

pub(super) const TRANSIT: &[Group] = &[
    ("encrypt", &[used("{name}", "use:encrypt")]),
    ("decrypt", &[used("{name}", "use:decrypt")]),
    ("rewrap", &[used("{name}", "use:rewrap")]),
    ("sign", &[used("{name}", "use:sign"), used("{name}/+", "use:sign")]),
    ("verify", &[used("{name}", "use:verify"), used("{name}/+", "use:verify")]),
    ("hmac", &[used("{name}", "use:hmac"), used("{name}/+", "use:hmac")]),
    ("cmac", &[used("{name}", "use:cmac"), used("{name}/+", "use:cmac")]),
    ("derive", &[used("{name}", "use:derive")]),
    ("derive-key", &[used("{name}", "use:derive")]),
    (
        "datakey",
        &[
            row(W, "plaintext/{name}", SecretAccess, "issue", Key).key(),
            used("+/{name}", "use:datakey"),
        ],
    ),
    ("hash", &[row(W, "..", SecretAccess, "use:hash", Other)]),
    ("random", &[row(W, "..", SecretAccess, "use:random", Other)]),
    (
        "export",
        &[
            row(R, "+/{name}", SecretAccess, "export", Key).key(),
            row(R, "+/{name}/+", SecretAccess, "export", Key).key(),
        ],
    ),
    (
        "byok-export",
        &[
            row(R, "+/{name}", SecretAccess, "export", Key).key(),
            row(R, "+/{name}/+", SecretAccess, "export", Key).key(),
        ],
    ),
    ("backup", &[row(R, "{name}", SecretAccess, "backup", Key).key()]),
    (
        "restore",
        &[
            row(W, "", SecretChange, "store", Key).privileged(),
            row(W, "{name}", SecretChange, "store", Key).privileged(),
        ],
    ),
    ("wrapping_key", &[row(R, "", SecretAccess, "read", Key).metadata()]),
    (
        "cache-config",
        &[
            row(R, "", SecretAccess, "read", Other).metadata(),
            row(W, "", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    (
        "config",
        &[
            row(R, "..", SecretAccess, "read", Other).metadata(),
            row(W, "{name}", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    (
        "keys",
        &[
            row(R, "{name}", SecretAccess, "read", Key).metadata(),
            row(L, "", SecretAccess, "list", Key).metadata(),
            row(W, "{name}", SecretChange, "store", Key),
            row(D, "{name}", SecretChange, "delete", Key).privileged(),
            row(W, "{name}/rotate", CredentialRotation, "rotate", Key),
            row(W, "{name}/config", ConfigChange, VERB, Key).privileged(),
            row(W, "{name}/trim", SecretChange, "destroy", Key).privileged(),
            row(W, "{name}/csr", SecretAccess, "use:sign", Key),
            row(W, "{name}/set-certificate", SecretChange, "update", Key),
            row(W, "{name}/import", SecretChange, "store", Key),
            row(W, "{name}/import_version", SecretChange, "store", Key),
            row(W | D, "{name}/soft-delete", SecretChange, "delete", Key),
            row(W, "{name}/soft-delete-restore", SecretChange, "undelete", Key),
        ],
    ),
];

pub(super) const TRANSFORM: &[Group] = &[
    ("encode", &[used("{name}", "use:encode")]),
    ("decode", &[used("{name}", "use:decode"), used("{name}/+", "use:decode")]),
    ("validate", &[used("{name}", "use:verify")]),
    ("tokenized", &[used("{name}", "use:verify")]),
    ("metadata", &[used("{name}", "use:decode")]),
    ("tokens", &[used("{name}", "use:encode")]),
    ("transformation", CONFIGURED),
    ("transformations", CONFIGURED),
    ("role", CONFIGURED),
    ("roles", CONFIGURED),
    ("template", CONFIGURED),
    ("templates", CONFIGURED),
    ("alphabet", CONFIGURED),
    ("alphabets", CONFIGURED),
    ("store", CONFIGURED),
    ("stores", CONFIGURED),
    (
        "tokenization",
        &[
            row(W, "keys/{name}/rotate", CredentialRotation, "rotate", Key),
            row(R | L, "..", SecretAccess, VERB, Key).metadata(),
            row(W | D, "keys/{name}/..", ConfigChange, VERB, Key).privileged(),
        ],
    ),
];

const CONFIGURED: &[Row] = &[
    row(R, "{name..}", SecretAccess, "read", Other).metadata(),
    row(R | L, "", SecretAccess, VERB, Other).metadata(),
    row(W | D, "{name..}", ConfigChange, VERB, Other).privileged(),
];

pub(super) const KEY_MANAGEMENT: &[Group] = &[
    (
        "key",
        &[
            row(R, "{name}", SecretAccess, "read", Key).metadata(),
            row(R | L, "..", SecretAccess, VERB, Key).metadata(),
            row(W, "{name}/rotate", CredentialRotation, "rotate", Key),
            row(W, "{name}", SecretChange, "store", Key),
            row(D, "{name}", SecretChange, "delete", Key).privileged(),
        ],
    ),
    (
        "kms",
        &[
            // The key goes to a cloud's own key service.
            row(W, "+/key/{name}", SecretAccess, "export", Key).key(),
            row(D, "+/key/{name}", SecretChange, "delete", Key),
            row(R, "{name}", SecretAccess, "read", Other).metadata(),
            row(R | L, "..", SecretAccess, VERB, Other).metadata(),
            row(W | D, "{name}", ConfigChange, VERB, Other).privileged(),
        ],
    ),
];

pub(super) const GCP_KMS: &[Group] = &[
    ("encrypt", &[used("{name}", "use:encrypt")]),
    ("decrypt", &[used("{name}", "use:decrypt")]),
    ("reencrypt", &[used("{name}", "use:rewrap")]),
    ("sign", &[used("{name}", "use:sign")]),
    ("verify", &[used("{name}", "use:verify")]),
    ("pubkey", &[row(R, "{name}", SecretAccess, "read", Key).metadata()]),
    (
        "config",
        &[
            row(R, "", SecretAccess, "read", Other).metadata(),
            row(W | D, "", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    (
        "keys",
        &[
            row(R, "config/{name}", SecretAccess, "read", Key).metadata(),
            row(W, "config/{name}", ConfigChange, VERB, Key).privileged(),
            row(W | D, "deregister/{name}", SecretChange, "delete", Key),
            row(W, "register/{name}", SecretChange, "store", Key),
            row(W, "rotate/{name}", CredentialRotation, "rotate", Key),
            row(W | D, "trim/{name}", SecretChange, "destroy", Key).privileged(),
            row(R, "{name}", SecretAccess, "read", Key).metadata(),
            row(L, "", SecretAccess, "list", Key).metadata(),
            row(W, "{name}", SecretChange, "store", Key),
            row(D, "{name}", SecretChange, "delete", Key).privileged(),
        ],
    ),
];

/// The engine's own API; what its clients do over KMIP stands in lines of another type.
pub(super) const KMIP: &[Group] = &[
    (
        "config",
        &[
            row(R, "..", SecretAccess, "read", Other).metadata(),
            row(W | D, "..", ConfigChange, VERB, Other).privileged(),
        ],
    ),
    ("ca", &[row(R | L, "..", SecretAccess, VERB, Certificate).metadata()]),
    (
        "scope",
        &[
            row(R | W, "+/role/{name}/credential/generate", SecretAccess, "issue", Certificate)
                .key(),
            row(W, "+/role/{name}/credential/sign", SecretAccess, "issue", Certificate)
                .credential(),
            row(W, "+/role/{name}/credential/revoke", LeaseLifecycle, "revoke", Certificate),
            row(R, "+/role/{name}/credential/lookup", SecretAccess, "read", Certificate).metadata(),
            row(R, "+/role/{name}", SecretAccess, "read", Role).metadata(),
            row(R | L, "..", SecretAccess, VERB, Role).metadata(),
            row(W | D, "+/role/{name}", IdentityChange, VERB, Role).privileged(),
            row(W | D, "{name}", ConfigChange, VERB, Other).privileged(),
        ],
    ),
];
