//! The path as it may be shown: handles and mistyped passwords stand in some.

use super::meaning::Meaning;
use super::table::{Engine, L, bit};
use crate::event::{Outcome, Text};
use crate::source::fields::Loose;
use crate::source::{Settings, clean};

/// After these the rest of the path is a lease's id or a token, each of use to who reads it.
const SYSTEM_HANDLES: [&str; 7] = [
    "leases/renew/",
    "leases/revoke/",
    "leases/lookup/",
    "renew/",
    "revoke/",
    "wrapping/lookup/",
    "wrapping/unwrap/",
];

/// As above, within `auth/token`.
const TOKEN_HANDLES: [&str; 7] = [
    "lookup/",
    "lookup-accessor/",
    "renew/",
    "renew-accessor/",
    "revoke/",
    "revoke-accessor/",
    "revoke-orphan/",
];

/// What stands for a typed name where there is no key to make a pseudonym with.
const HIDDEN: &str = "[hidden]";

pub(super) fn shown<'a>(
    path: Loose<'a>,
    operation: &str,
    meaning: &Meaning<'_>,
    outcome: Outcome,
    settings: &Settings,
) -> Option<Text<'a>> {
    let path = path.text()?;
    let within = path.get(meaning.before..).unwrap_or_default();
    // In the first phase of two the password was right: the name is one.
    let failed_log_on = meaning.is_log_on()
        && !matches!(outcome, Outcome::Success | Outcome::Pending)
        || meaning.is_log_on() && outcome == Outcome::Pending && meaning.action.as_str() == "login";
    let starts: &[&str] = match meaning.engine {
        // A password typed as the user's name ends up here.
        Some(Engine::Auth | Engine::Userpass) if failed_log_on => &["login/"],
        Some(Engine::System) if bit(operation) != L => &SYSTEM_HANDLES,
        Some(Engine::Token) => &TOKEN_HANDLES,
        _ => &[],
    };
    let start = starts.iter().find(|start| within.starts_with(**start)).map(|start| start.len());
    let shown = match start.and_then(|at| path.split_at_checked(meaning.before + at)) {
        Some((_, "")) | None => path,
        Some(_) if failed_log_on && settings.clear_names => path,
        Some((before, name)) if failed_log_on => {
            let pseudonym = settings.hash_key.pseudonym(name);
            Text::from(format!("{before}{}", pseudonym.as_deref().unwrap_or(HIDDEN)))
        }
        Some((before, handle)) => Text::from(format!("{before}{}", settings.hash_key.hash(handle))),
    };
    clean::clip(shown, 1024)
}
