//! The words that filters take, and what they mean.

use std::fmt::Write;

use transform::event::{Category, Class, Severity};

use crate::exit::Exit;

/// A page of `vault-export help`.
pub(super) struct Topic {
    pub(super) name: &'static str,
    pub(super) text: fn() -> String,
}

pub(super) const ALL: [Topic; 5] = [
    Topic { name: "classes", text: classes },
    Topic { name: "categories", text: categories },
    Topic { name: "severities", text: severities },
    Topic { name: "times", text: times },
    Topic { name: "exit-codes", text: Exit::table },
];

/// What a class holds, and the severity of its events where the vault gives none.
fn class(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Authentication => (
            "log-on, log-off, end of a session, a token's renewal refused",
            "Informational; failed: High",
        ),
        Class::SecretAccess => (
            "a secret was retrieved, used, listed or issued; something was signed or decrypted",
            "Medium; used: Low; listed: Informational; a restricted secret: one more",
        ),
        Class::SecretChange => {
            ("a secret was stored, updated, deleted, destroyed or restored", "Low; deleted: Medium")
        }
        Class::CredentialRotation => (
            "a credential was rotated or invalidated, or its rotation failed or is overdue",
            "Low; invalidated: Medium; failed, overdue: High",
        ),
        Class::LeaseLifecycle => {
            ("a lease was granted, renewed, released, revoked or expired", "Low; revoked: Medium")
        }
        Class::PolicyViolation => (
            "refused by a policy, rate limit, time window or anomaly",
            "High; quarantined: Critical",
        ),
        Class::PolicyChange => (
            "a policy was created, updated, deleted, enabled or disabled",
            "Medium; with a wildcard: High",
        ),
        Class::IdentityChange => {
            ("an agent, user, service account, token or grant changed", "Low; removed: Medium")
        }
        Class::VaultLifecycle => (
            "the vault was initialised, unlocked, locked, sealed, saved or restored",
            "Medium; initialised, restored: High",
        ),
        Class::ConfigChange => (
            "mounts, log-on methods, audit devices or export adapters changed",
            "Medium; an audit device or adapter switched off: Critical",
        ),
        Class::ActorDecision => (
            "a person's or reviewer's decision was asked for, taken or missed",
            "Informational; accepted: Low; rejected, expired: Medium",
        ),
        Class::Dispatch => ("an agent's run ended", "Informational; failed: Medium"),
        Class::Governance => (
            "kill switch, namespace, consent, impersonation, guardrail",
            "High; emergency stop: Critical",
        ),
        Class::ExportHealth => (
            "the export's own health: a gap in a hash chain, a wrong hash, a paused adapter",
            "by what was found",
        ),
        Class::SystemActivity => ("everything else", "Informational"),
    }
}

fn classes() -> String {
    let mut out = String::from(
        "Classes: what kind of thing happened. An event has exactly one. For --include-classes, --exclude-classes and the \
         keys of [export.adapters.filter].\n\n",
    );
    for one in Class::ALL {
        let (what, severity) = class(*one);
        // Writing into a string cannot fail.
        let _written = writeln!(
            out,
            "  {:19} {what}\n  {:19} category {}; {severity}",
            one.as_str(),
            "",
            one.category()
        );
    }
    out + "\nSanctumAI's kinds (CredentialAccess, AuthFailure, LeaseRevoke ...) are taken as well. Case, - and _ do not count.\n"
}

fn categories() -> String {
    let mut out = String::from(
        "Categories: groups of classes. For --categories and `include_categories`.\n\n",
    );
    for category in Category::ALL {
        let classes = Class::ALL.iter().filter(|class| class.category() == *category);
        let classes: Vec<&str> = classes.map(|class| class.as_str()).collect();
        let name = match category {
            Category::Aitl => "aitl, decision",
            category => category.as_str(),
        };
        let _written = writeln!(out, "  {name:15} {}", classes.join(", "));
    }
    out + "\nA record that Syncropel filed under another category is found under both.\n"
}

fn severities() -> String {
    let mut out = String::from(
        "Severities: how bad it is. --min-severity and `min_severity` take the word or the number, and let through what is at \
         least as bad.\n\n",
    );
    for severity in Severity::ALL {
        let _written = writeln!(out, "  {}  {severity}", severity.number());
    }
    out + "\nThe vault's own severity counts. Where it gives none, the class decides: `vault-export help classes`.\n"
}

fn times() -> String {
    "\
Times, for --since (the first moment that is wanted) and --until (the first that is no longer wanted).

  65m, 24h, 7d, 2w, 1h30m        so long ago
  now                            this moment
  today, yesterday               the first moment of that day
  this-week, last-week           the first moment of that week's Monday
  this-month, last-month         the first moment of that month
  2026-02-01                     the first moment of that day
  \"2026-02-01 10:00\"             that time
  2026-02-01T10:00:00+01:00      RFC 3339: that time, whatever the time zone
  1769904000, 1769904000.5       Unix seconds; 12 digits and more are milliseconds

Days, dates and times without an offset are meant in UTC, or in the zone that --timezone names: local, or a name such as
Europe/Berlin. The command then says on standard error which moment it understood.
"
    .to_owned()
}
