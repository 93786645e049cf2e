//! The system backend, `sys/`.

use super::{D, Group, L, R, VERB, W, row};
use crate::event::Class::{
    ActorDecision, Authentication, ConfigChange, CredentialRotation, IdentityChange,
    LeaseLifecycle, PolicyChange, SecretAccess, SystemActivity, VaultLifecycle,
};
use crate::event::ResourceType::{
    AuditDevice, AuthMethod, Key, Lease, Mount, Namespace, Other, Policy, Secret, Task, Token,
    User, Vault,
};

pub(super) const ROWS: &[Group] = &[
    // Those that stand in most lines come first.
    (
        "internal",
        &[
            row(W, "counters/config", ConfigChange, VERB, Vault).privileged(),
            row(R | L, "..", SystemActivity, VERB, Vault).metadata(),
            row(W, "..", SystemActivity, "lookup", Vault).metadata(),
        ],
    ),
    (
        "mounts",
        &[
            row(R, "{name..}/tune", SystemActivity, VERB, Mount).metadata(),
            row(R, "{name..}", SystemActivity, VERB, Mount).metadata(),
            row(R | L, "", SystemActivity, VERB, Mount).metadata(),
            row(W, "{name..}/tune", ConfigChange, "update", Mount).privileged(),
            row(W, "{name..}", ConfigChange, "mount", Mount).privileged(),
            row(D, "{name..}", ConfigChange, "unmount", Mount).privileged(),
        ],
    ),
    (
        "auth",
        &[
            row(R, "{name..}/tune", SystemActivity, VERB, AuthMethod).metadata(),
            row(R, "{name..}", SystemActivity, VERB, AuthMethod).metadata(),
            row(R | L, "", SystemActivity, VERB, AuthMethod).metadata(),
            row(W, "{name..}/tune", ConfigChange, "update", AuthMethod).privileged(),
            row(W, "{name..}", ConfigChange, "enable", AuthMethod).privileged(),
            row(D, "{name..}", ConfigChange, "disable", AuthMethod).privileged(),
        ],
    ),
    (
        "remount",
        &[
            row(R, "status/{name}", SystemActivity, VERB, Mount).metadata(),
            row(W, "", ConfigChange, "remount", Mount).privileged(),
        ],
    ),
    (
        "audit",
        &[
            row(R | L, "", SystemActivity, VERB, AuditDevice).metadata(),
            row(R, "{name..}", SystemActivity, VERB, AuditDevice).metadata(),
            row(W, "{name..}", ConfigChange, "audit_enable", AuditDevice).privileged(),
            row(D, "{name..}", ConfigChange, "audit_disable", AuditDevice).high(),
        ],
    ),
    ("audit-hash", &[row(W, "{name..}", SystemActivity, "lookup", AuditDevice).metadata()]),
    (
        "policies",
        &[
            row(R, "password/{name}/generate", SecretAccess, "issue", Secret).credential(),
            row(R, "+/{name..}", SystemActivity, VERB, Policy).metadata(),
            row(R | L, "..", SystemActivity, VERB, Policy).metadata(),
            row(W | D, "+/{name..}", PolicyChange, VERB, Policy).privileged(),
        ],
    ),
    (
        "policy",
        &[
            row(R, "{name..}", SystemActivity, VERB, Policy).metadata(),
            row(R | L, "", SystemActivity, VERB, Policy).metadata(),
            row(W | D, "{name..}", PolicyChange, VERB, Policy).privileged(),
        ],
    ),
    ("capabilities", &[row(R | W, "", SystemActivity, "lookup", Token).metadata()]),
    ("capabilities-self", &[row(R | W, "", SystemActivity, "lookup", Token).metadata()]),
    ("capabilities-accessor", &[row(R | W, "", SystemActivity, "lookup", Token).metadata()]),
    (
        "leases",
        &[
            row(R, "count", SystemActivity, VERB, Lease).metadata(),
            row(R | L, "..", SystemActivity, VERB, Lease).metadata(),
            row(W, "lookup/..", SystemActivity, "lookup", Lease).metadata(),
            row(W, "renew/..", LeaseLifecycle, "renew", Lease),
            row(W, "revoke/..", LeaseLifecycle, "revoke", Lease),
            row(W, "revoke-prefix/{name..}", LeaseLifecycle, "revoke", Lease).privileged(),
            row(W, "revoke-force/{name..}", LeaseLifecycle, "revoke", Lease).privileged(),
            row(W, "tidy", SystemActivity, "maintenance", Lease),
        ],
    ),
    ("renew", &[row(W, "..", LeaseLifecycle, "renew", Lease)]),
    ("revoke", &[row(W, "..", LeaseLifecycle, "revoke", Lease)]),
    ("revoke-prefix", &[row(W, "{name..}", LeaseLifecycle, "revoke", Lease).privileged()]),
    ("revoke-force", &[row(W, "{name..}", LeaseLifecycle, "revoke", Lease).privileged()]),
    (
        "wrapping",
        &[
            row(R | W, "lookup", SystemActivity, "lookup", Token).metadata(),
            row(W, "unwrap", SecretAccess, "retrieve", Token).value(),
            row(W, "wrap", SecretAccess, "use:wrap", Token),
            row(W, "rewrap", SecretAccess, "use:rewrap", Token),
        ],
    ),
    (
        "config",
        &[
            row(R, "auditing/request-headers/{name}", SystemActivity, VERB, Vault).metadata(),
            row(R, "ui/headers/{name}", SystemActivity, VERB, Vault).metadata(),
            row(R | L, "..", SystemActivity, VERB, Vault).metadata(),
            row(W | D, "auditing/request-headers/{name}", ConfigChange, VERB, Vault).privileged(),
            row(W | D, "ui/headers/{name}", ConfigChange, VERB, Vault).privileged(),
            row(W, "reload/{name}", ConfigChange, "reload", Vault).privileged(),
            row(W | D, "{name..}", ConfigChange, VERB, Vault).privileged(),
        ],
    ),
    (
        "control-group",
        &[
            row(W, "authorize", ActorDecision, "accept", Task).privileged(),
            row(W, "request", SystemActivity, "lookup", Task).metadata(),
        ],
    ),
    (
        "mfa",
        &[
            row(W, "validate", Authentication, "login", AuthMethod),
            row(R, "method/totp/{name}/generate", SecretAccess, "issue", Key).key(),
            row(R, "method/+/{name}", SystemActivity, VERB, AuthMethod).metadata(),
            row(R | L, "..", SystemActivity, VERB, AuthMethod).metadata(),
            row(W, "method/totp/{name}/admin-generate", IdentityChange, "mfa.enroll", AuthMethod)
                .key()
                .privileged(),
            row(W, "method/totp/{name}/admin-destroy", IdentityChange, "mfa.disable", AuthMethod)
                .privileged(),
            row(W, "method/+/{name}", IdentityChange, VERB, AuthMethod).privileged(),
            row(D, "method/+/{name}", IdentityChange, "mfa.disable", AuthMethod).privileged(),
        ],
    ),
    (
        "namespaces",
        &[
            row(R, "{name..}", SystemActivity, VERB, Namespace).metadata(),
            row(R | L, "..", SystemActivity, VERB, Namespace).metadata(),
            row(W, "api-lock/lock", VaultLifecycle, "lock", Namespace).high(),
            row(W, "api-lock/lock/{name..}", VaultLifecycle, "lock", Namespace).high(),
            row(W, "api-lock/unlock", VaultLifecycle, "unlock", Namespace).high(),
            row(W, "api-lock/unlock/{name..}", VaultLifecycle, "unlock", Namespace).high(),
            row(W | D, "{name..}", ConfigChange, VERB, Namespace).privileged(),
        ],
    ),
    (
        "plugins",
        &[
            row(R, "catalog/+/{name}", SystemActivity, VERB, Other).metadata(),
            row(R | L, "..", SystemActivity, VERB, Other).metadata(),
            row(W | D, "catalog/+/{name}", ConfigChange, VERB, Other).privileged(),
            row(W | D, "catalog/{name}", ConfigChange, VERB, Other).privileged(),
            row(W | D, "runtimes/catalog/+/{name}", ConfigChange, VERB, Other).privileged(),
            row(W | D, "pins/+/{name}", ConfigChange, VERB, Other).privileged(),
            row(W, "reload/..", ConfigChange, "reload", Other).privileged(),
        ],
    ),
    (
        "quotas",
        &[
            row(R, "+/{name}", SystemActivity, VERB, Policy).metadata(),
            row(R | L, "..", SystemActivity, VERB, Policy).metadata(),
            row(W, "config", ConfigChange, VERB, Policy).privileged(),
            row(W | D, "+/{name}", ConfigChange, VERB, Policy).privileged(),
        ],
    ),
    (
        "locked-users",
        &[
            row(R | L, "..", SystemActivity, VERB, User).metadata(),
            row(W, "+/unlock/{name..}", IdentityChange, "unlock", User).privileged(),
        ],
    ),
    (
        "loggers",
        &[
            row(R, "{name}", SystemActivity, VERB, Vault).metadata(),
            row(R | L, "", SystemActivity, VERB, Vault).metadata(),
            row(W | D, "", ConfigChange, VERB, Vault).privileged(),
            row(W | D, "{name}", ConfigChange, VERB, Vault).privileged(),
        ],
    ),
    (
        "managed-keys",
        &[
            row(R, "+/{name}", SystemActivity, VERB, Key).metadata(),
            row(R | L, "..", SystemActivity, VERB, Key).metadata(),
            row(W, "+/{name}/test/sign", SecretAccess, "use:sign", Key),
            row(W | D, "+/{name}", ConfigChange, VERB, Key).privileged(),
        ],
    ),
    (
        "raw",
        &[
            row(R, "..", SecretAccess, "retrieve", Vault).value().privileged(),
            row(L, "..", SystemActivity, VERB, Vault).metadata(),
            row(W | D, "..", ConfigChange, VERB, Vault).high(),
        ],
    ),
    (
        "rotate",
        &[
            row(R, "..", SystemActivity, VERB, Key).metadata(),
            row(W, "config", ConfigChange, VERB, Key).privileged(),
            row(W, "keyring/config", ConfigChange, VERB, Key).privileged(),
            row(W | D, "..", CredentialRotation, "rotate", Key).privileged(),
        ],
    ),
    (
        "rekey",
        &[
            row(R, "backup", SecretAccess, "export", Key).key().privileged(),
            row(R, "recovery-key-backup", SecretAccess, "export", Key).key().privileged(),
            row(R, "..", SystemActivity, VERB, Key).metadata(),
            row(W | D, "..", CredentialRotation, "rotate", Key).privileged(),
        ],
    ),
    (
        "rekey-recovery-key",
        &[
            row(R, "..", SystemActivity, VERB, Key).metadata(),
            row(W | D, "..", CredentialRotation, "rotate", Key).privileged(),
        ],
    ),
    ("generate-root", GENERATE),
    ("generate-recovery-token", GENERATE),
    ("decode-token", &[row(W, "", SystemActivity, "lookup", Token).metadata()]),
    (
        "init",
        &[
            row(R, "", SystemActivity, VERB, Vault).metadata(),
            row(W, "", VaultLifecycle, "init", Vault).high(),
        ],
    ),
    ("seal", &[row(W, "", VaultLifecycle, "seal", Vault).privileged()]),
    ("unseal", &[row(W, "", VaultLifecycle, "unseal", Vault).privileged()]),
    ("step-down", &[row(W, "", VaultLifecycle, "step_down", Vault).privileged()]),
    (
        "sealwrap",
        &[
            row(R, "rewrap", SystemActivity, VERB, Vault).metadata(),
            row(W, "rewrap", SystemActivity, "maintenance", Vault),
        ],
    ),
    (
        "storage",
        &[
            row(R, "raft/snapshot", VaultLifecycle, "snapshot", Vault).value().privileged(),
            row(R, "raft/snapshot-auto/config/{name}", SystemActivity, VERB, Vault).metadata(),
            row(R | L, "..", SystemActivity, VERB, Vault).metadata(),
            row(W, "raft/snapshot", VaultLifecycle, "restore", Vault).high(),
            row(W, "raft/snapshot-force", VaultLifecycle, "restore", Vault).high(),
            row(W | D, "raft/snapshot-load/..", VaultLifecycle, VERB, Vault).privileged(),
            row(W | D, "raft/snapshot-auto/config/{name}", ConfigChange, VERB, Vault).privileged(),
            row(W, "raft/remove-peer", VaultLifecycle, "remove_peer", Vault).privileged(),
            row(W, "raft/join", VaultLifecycle, "join", Vault).privileged(),
            row(W, "raft/bootstrap", VaultLifecycle, "init", Vault).high(),
            row(W, "raft/promote", VaultLifecycle, "promote", Vault).privileged(),
            row(W, "raft/demote", VaultLifecycle, "demote", Vault).privileged(),
            row(W | D, "raft/autopilot/configuration", ConfigChange, VERB, Vault).privileged(),
        ],
    ),
    (
        "replication",
        &[
            row(R | L, "..", SystemActivity, VERB, Vault).metadata(),
            row(W, "../secondary-token", SecretAccess, "issue", Token).credential().high(),
            row(
                W | D,
                "dr/secondary/generate-operation-token/attempt",
                VaultLifecycle,
                "generate_root.start",
                Token,
            )
            .high(),
            row(
                W,
                "dr/secondary/generate-operation-token/update",
                VaultLifecycle,
                "generate_root.update",
                Token,
            )
            .high(),
            row(W, "../operation-token/delete", IdentityChange, "revoke", Token).privileged(),
            row(W | D, "+/primary/paths-filter/{name}", ConfigChange, VERB, Vault).privileged(),
            row(W | D, "+/primary/mount-filter/{name}", ConfigChange, VERB, Vault).privileged(),
            row(W, "+/secondary/config/reload/{name}", ConfigChange, "reload", Vault).privileged(),
            row(W, "../promote", VaultLifecycle, "promote", Vault).high(),
            row(W, "../demote", VaultLifecycle, "demote", Vault).high(),
            row(W, "../enable", VaultLifecycle, "enable", Vault).high(),
            row(W, "../disable", VaultLifecycle, "disable", Vault).high(),
            row(W, "../revoke-secondary", VaultLifecycle, "revoke", Vault).high(),
            row(W, "../update-primary", VaultLifecycle, "update", Vault).high(),
            row(W, "../generate-public-key", VaultLifecycle, "update", Vault).privileged(),
            row(W, "../recover", VaultLifecycle, "recover", Vault).privileged(),
            row(W, "../reindex", VaultLifecycle, "reindex", Vault).privileged(),
        ],
    ),
    (
        "license",
        &[
            row(R, "..", SystemActivity, VERB, Vault).metadata(),
            row(W, "..", ConfigChange, VERB, Vault).privileged(),
        ],
    ),
    (
        "activation-flags",
        &[
            row(R, "..", SystemActivity, VERB, Vault).metadata(),
            row(W, "{name..}", ConfigChange, "enable", Vault).privileged(),
        ],
    ),
    (
        "sync",
        &[
            row(R | L, "..", SystemActivity, VERB, Other).metadata(),
            row(W | D, "..", ConfigChange, VERB, Other).high(),
        ],
    ),
    (
        "tools",
        &[
            row(W, "random/..", SecretAccess, "use:random", Other),
            row(W, "hash/..", SecretAccess, "use:hash", Other),
        ],
    ),
    // Every status query: health, leader, seal-status, metrics, host-info, pprof, version-history and their like.
    ("*", &[row(R | L, "..", SystemActivity, VERB, Vault).metadata()]),
];

const GENERATE: &[super::Row] = &[
    row(R, "..", SystemActivity, VERB, Token).metadata(),
    row(W, "", VaultLifecycle, "generate_root.start", Token).high(),
    row(W, "attempt", VaultLifecycle, "generate_root.start", Token).high(),
    row(W, "update", VaultLifecycle, "generate_root.update", Token).high(),
    row(D, "..", VaultLifecycle, "generate_root.cancel", Token).privileged(),
];
