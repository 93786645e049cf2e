//! The path as it may be shown: handles and mistyped passwords stand in some.

use crate::event::Text;
use crate::source::fields::Loose;
use crate::source::{Settings, clean};

/// After these the rest of the path is a lease's id, a token or an accessor, each of use to who reads it.
const BEFORE_HANDLES: [&str; 14] = [
    "sys/leases/renew/",
    "sys/leases/revoke/",
    "sys/leases/lookup/",
    "sys/renew/",
    "sys/revoke/",
    "auth/token/lookup/",
    "auth/token/lookup-accessor/",
    "auth/token/renew/",
    "auth/token/renew-accessor/",
    "auth/token/revoke/",
    "auth/token/revoke-accessor/",
    "auth/token/revoke-orphan/",
    "sys/wrapping/lookup/",
    "sys/wrapping/unwrap/",
];

pub(super) fn shown<'a>(
    path: Loose<'a>,
    failed_log_on: bool,
    settings: &Settings,
) -> Option<Text<'a>> {
    let path = path.text()?;
    let handle = if failed_log_on {
        // A password typed as the user's name ends up here.
        path.split_once("/login/").map(|(before, _)| before.len() + "/login/".len())
    } else if path.starts_with("sys/") || path.starts_with("auth/token/") {
        BEFORE_HANDLES.iter().find(|start| path.starts_with(**start)).map(|start| start.len())
    } else {
        None
    };
    let shown = match handle.and_then(|at| path.split_at_checked(at)) {
        Some((before, handle)) if !handle.is_empty() => {
            Text::from(format!("{before}{}", settings.hash_key.hash(handle)))
        }
        _ => path,
    };
    clean::clip(shown, 1024)
}
