//! The closed vocabularies of the contract, each word as it is written there.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::error::wrong;
use crate::json::cursor::{Cursor, Read};

/// A word that is not in the vocabulary; names the vocabulary's words, never what was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {0}")]
pub struct UnknownWord(pub String);

/// What a word becomes that only a newer version knows: the first of these that the vocabulary has.
const NEWER: [&str; 7] =
    ["other", "unknown", "SystemActivity", "not_evaluated", "system", "unverified", "derived"];

/// Declares an enum whose variants are words, with all the ways in and out.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every word, in the contract's order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word as the contract writes it.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The word that is written exactly so.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Reads the word in any case, with or without `_` and `-`.
            fn from_str(text: &str) -> Result<$name, UnknownWord> {
                $name::ALL.iter().copied().find(|word| same_word(word.as_str(), text)).ok_or_else(|| {
                    UnknownWord($name::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "))
                })
            }
        }

        impl<'a> Read<'a> for $name {
            #[inline]
            fn blank() -> $name {
                $name::ALL[0]
            }

            fn fill(&mut self, cursor: &mut Cursor<'a>) -> crate::json::cursor::Result<()> {
                let word = cursor.string()?;
                let newer = || NEWER.iter().find_map(|word| $name::from_word(word));
                match $name::from_word(&word).or_else(|| newer().filter(|_| cursor.is_tolerant())) {
                    Some(word) => *self = word,
                    None => return Err(wrong(concat!("one of", $(" ", $word,)+))),
                }
                Ok(())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                impl Visitor<'_> for Word {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("one of", $(" ", $word,)+))
                    }
                    fn visit_str<E: Error>(self, word: &str) -> Result<$name, E> {
                        $name::from_word(word)
                            .ok_or_else(|| E::invalid_value(Unexpected::Other("word"), &self))
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }
    };
}

/// Whether two spellings are the same word: case, `_` and `-` do not count.
fn same_word(word: &str, given: &str) -> bool {
    let plain = |text: &str| {
        text.bytes()
            .filter(|byte| !matches!(byte, b'_' | b'-' | b' '))
            .map(|byte| byte.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    plain(word) == plain(given)
}

words! {
    /// What kind of thing happened (contract 3.2). An event has exactly one.
    Class {
        /// Log-on, challenge, log-off, session end, a token's renewal refused.
        Authentication = "Authentication",
        /// A secret was retrieved, used, listed, issued; something was signed or decrypted.
        SecretAccess = "SecretAccess",
        /// A secret was stored, updated, deleted, destroyed or restored.
        SecretChange = "SecretChange",
        /// A credential was rotated or invalidated, or its rotation failed or is overdue.
        CredentialRotation = "CredentialRotation",
        /// A lease was granted, renewed, released, revoked or expired.
        LeaseLifecycle = "LeaseLifecycle",
        /// A refusal by policy, rate limit, time window or anomaly.
        PolicyViolation = "PolicyViolation",
        /// A policy was created, updated, deleted, enabled or disabled.
        PolicyChange = "PolicyChange",
        /// An agent, user, service account, token or grant changed.
        IdentityChange = "IdentityChange",
        /// The vault was initialised, unlocked, locked, sealed, saved or restored.
        VaultLifecycle = "VaultLifecycle",
        /// Mounts, log-on methods, audit devices or export adapters changed.
        ConfigChange = "ConfigChange",
        /// A person's or reviewer's decision was asked for, taken or missed.
        ActorDecision = "ActorDecision",
        /// An agent's run ended.
        Dispatch = "Dispatch",
        /// Kill switch, namespace, consent, impersonation, guardrail.
        Governance = "Governance",
        /// The export's own health: a chain gap, a paused adapter, a canary.
        ExportHealth = "ExportHealth",
        /// Everything else.
        SystemActivity = "SystemActivity",
    }
}

words! {
    /// The coarse grouping that Syncropel's `--categories` speaks; derived from the class.
    Category {
        /// Secrets, rotations, leases.
        Vault = "vault",
        /// Log-ons and identities.
        Identity = "identity",
        /// Policies and their refusals.
        Policy = "policy",
        /// The vault itself and everything else.
        System = "system",
        /// Decisions of people and reviewers; newer name `decision`.
        Aitl = "aitl",
        /// Agents' runs.
        Dispatch = "dispatch",
        /// Governance of the engine.
        Governance = "governance",
    }
}

words! {
    /// How it ended.
    Outcome {
        /// It was done.
        Success = "success",
        /// It was tried and went wrong.
        Failure = "failure",
        /// A policy or a person refused it.
        Denied = "denied",
        /// It waits for something.
        Pending = "pending",
        /// The source does not say.
        Unknown = "unknown",
    }
}

words! {
    /// How bad it is; the numbers 1 to 5 are OCSF's `severity_id`.
    Severity {
        /// 1.
        Informational = "Informational",
        /// 2.
        Low = "Low",
        /// 3.
        Medium = "Medium",
        /// 4.
        High = "High",
        /// 5.
        Critical = "Critical",
    }
}

words! {
    /// How well the event's time is known.
    TimeQuality {
        /// The source wrote it.
        Source = "source",
        /// It was worked out from something the source wrote.
        Derived = "derived",
        /// The source has none: it is when the event was first seen here.
        Ingest = "ingest",
    }
}

words! {
    /// What acted.
    ActorType {
        /// A person.
        Human = "human",
        /// An AI agent.
        Agent = "agent",
        /// A service account or machine.
        Service = "service",
        /// The vault or engine itself.
        System = "system",
        /// The source does not say.
        Unknown = "unknown",
    }
}

words! {
    /// What was acted upon.
    ResourceType {
        /// A secret or credential.
        Secret = "secret",
        /// A policy or rule.
        Policy = "policy",
        /// An AI agent.
        Agent = "agent",
        /// A person's account.
        User = "user",
        /// A machine's account.
        ServiceAccount = "service_account",
        /// A session or access token.
        Token = "token",
        /// A role: who may do what, or for whom credentials are made.
        Role = "role",
        /// A group of people or machines.
        Group = "group",
        /// A lease.
        Lease = "lease",
        /// A secrets engine's mount.
        Mount = "mount",
        /// A log-on method.
        AuthMethod = "auth_method",
        /// An audit device.
        AuditDevice = "audit_device",
        /// A namespace.
        Namespace = "namespace",
        /// A Syncropel thread.
        Thread = "thread",
        /// A task.
        Task = "task",
        /// An export adapter.
        Adapter = "adapter",
        /// The vault itself.
        Vault = "vault",
        /// A cryptographic key.
        Key = "key",
        /// A certificate.
        Certificate = "certificate",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What kind of secret it is.
    SecretType {
        /// An API key.
        ApiKey = "api_key",
        /// A token.
        Token = "token",
        /// A password.
        Password = "password",
        /// A certificate.
        Certificate = "certificate",
        /// An SSH key.
        SshKey = "ssh_key",
        /// An OAuth token.
        OauthToken = "oauth_token",
        /// A database's credential.
        DatabaseCredential = "database_credential",
        /// A cloud account's credential.
        CloudCredential = "cloud_credential",
        /// An encryption key.
        EncryptionKey = "encryption_key",
        /// A connection string.
        ConnectionString = "connection_string",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How closely a secret is held, from open to closed.
    Classification {
        /// For everyone.
        Public = "public",
        /// For the organisation.
        Internal = "internal",
        /// For those who need it.
        Confidential = "confidential",
        /// For the very few.
        Restricted = "restricted",
    }
}

words! {
    /// What the policy said.
    Decision {
        /// It allowed the request.
        Allow = "allow",
        /// It refused the request.
        Deny = "deny",
        /// It asked a person.
        RequireApproval = "require_approval",
        /// It isolated the actor.
        Quarantine = "quarantine",
        /// It was not asked.
        NotEvaluated = "not_evaluated",
    }
}

words! {
    /// How the request came in.
    Protocol {
        /// HTTP.
        Http = "http",
        /// JSON-RPC.
        Jsonrpc = "jsonrpc",
        /// Model Context Protocol.
        Mcp = "mcp",
        /// Key Management Interoperability Protocol.
        Kmip = "kmip",
        /// A command line.
        Cli = "cli",
        /// The vault's own work.
        Internal = "internal",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How the entry's hash is made.
    HashAlgorithm {
        /// SHA-256.
        Sha256 = "sha256",
        /// HMAC-SHA256.
        HmacSha256 = "hmac-sha256",
        /// SanctumAI's audit-entry rule.
        SanctumSha256 = "sanctum-sha256",
        /// Syncropel's record-id rule.
        SyncropelSha256 = "syncropel-sha256",
    }
}

words! {
    /// What came of checking the entry's hash.
    IntegrityStatus {
        /// The hash is right, and so is its predecessor where one is in hand.
        Verified = "verified",
        /// It was not, or could not be, checked.
        Unverified = "unverified",
        /// The hash is wrong.
        Mismatch = "mismatch",
        /// The predecessor is missing.
        Gap = "gap",
    }
}

impl Class {
    /// The category that the contract's table 3.2 puts this class in.
    pub fn category(self) -> Category {
        match self {
            Class::Authentication | Class::IdentityChange => Category::Identity,
            Class::SecretAccess
            | Class::SecretChange
            | Class::CredentialRotation
            | Class::LeaseLifecycle => Category::Vault,
            Class::PolicyViolation | Class::PolicyChange => Category::Policy,
            Class::ActorDecision => Category::Aitl,
            Class::Dispatch => Category::Dispatch,
            Class::Governance => Category::Governance,
            Class::VaultLifecycle
            | Class::ConfigChange
            | Class::ExportHealth
            | Class::SystemActivity => Category::System,
        }
    }
}

impl Severity {
    /// OCSF's `severity_id`: Informational 1 to Critical 5.
    pub fn number(self) -> u8 {
        match self {
            Severity::Informational => 1,
            Severity::Low => 2,
            Severity::Medium => 3,
            Severity::High => 4,
            Severity::Critical => 5,
        }
    }

    /// The severity with this number.
    pub fn from_number(number: u64) -> Option<Severity> {
        Severity::ALL.iter().copied().find(|severity| u64::from(severity.number()) == number)
    }

    /// One step worse; Critical stays.
    pub fn raised(self) -> Severity {
        Severity::from_number(u64::from(self.number()) + 1).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_in_any_case_from_configuration_but_exactly_from_an_event() {
        assert_eq!("policy_violation".parse(), Ok(Class::PolicyViolation));
        assert_eq!("HIGH".parse(), Ok(Severity::High));
        assert_eq!(Severity::from_word("HIGH"), None);
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones_and_without_what_was_given() {
        let error = "hunter2".parse::<Outcome>().unwrap_err().to_string();
        assert_eq!(error, "expected one of success, failure, denied, pending, unknown");
        let error = serde_json::from_str::<Outcome>("\"hunter2\"").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn severities_count_from_one_to_five_and_stop_at_the_worst() {
        let numbers: Vec<u8> = Severity::ALL.iter().map(|severity| severity.number()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(Severity::Critical.raised(), Severity::Critical);
        assert_eq!(Severity::Medium.raised(), Severity::High);
    }
}
