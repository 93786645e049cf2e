//! What was changed: credentials, policies, configuration, the vault itself, the export.

use super::words::Action;
use super::{Kind, Label};
use crate::event::{ActorType, Event, Outcome, ResourceType};
use crate::format::ocsf::schema::{
    API_ACTIVITY, APPLICATION_LIFECYCLE, COMPLIANCE_FINDING, ENTITY_MANAGEMENT, EVENT_LOG, Status,
};

const OFF: &[&str] = &["disable", "delete", "remove", "unmount", "off"];
const ON: &[&str] = &["enable", "create", "add", "mount", "on"];

/// A rotation is an update, always; a credential made useless is disabled, one not rotated in time a finding.
pub(super) fn rotation<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    if action.has(&["overdue"]) {
        return Kind { status: Status::New, ..Kind::known(&COMPLIANCE_FINDING, event, Some(1)) };
    }
    let made_useless = action.has(&["invalidate", "invalidated", "revoke", "disable", "expire"]);
    Kind::known(&ENTITY_MANAGEMENT, event, Some(if made_useless { 9 } else { 3 }))
}

/// A policy was made, changed or removed.
pub(super) fn policy<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    Kind::known(&ENTITY_MANAGEMENT, event, managed(action))
}

fn managed(action: Action<'_>) -> Option<u8> {
    action.activity(&[
        (4, &["delete", "remove", "destroy", "unmount"]),
        (9, &["disable", "deactivate"]),
        (8, &["enable", "activate"]),
        (12, &["suspend", "pause", "halt"]),
        (13, &["resume"]),
        (1, &["create", "add", "mount"]),
        (3, &["update", "modify", "patch", "set", "write", "store", "change", "tune", "reload"]),
        (2, &["read", "lookup", "list", "get"]),
    ])
}

/// Configuration. Switching off what records is an act upon the event log: a SIEM watches it to learn that it
/// has gone blind.
pub(super) fn config<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let resource = event.resource.as_ref().map(|resource| resource.kind);
    match resource {
        Some(ResourceType::AuditDevice) => Kind::known(&EVENT_LOG, event, recording(action)),
        _ if action.has(&["audit"]) => Kind::known(&EVENT_LOG, event, recording(action)),
        Some(ResourceType::Adapter)
            if action.has(&["disable", "delete", "remove", "pause", "off"]) =>
        {
            Kind::known(&EVENT_LOG, event, Some(10))
        }
        // An engine that is enabled is mounted: it was not there before.
        Some(ResourceType::Mount | ResourceType::AuthMethod) if action.has(OFF) => {
            Kind::known(&ENTITY_MANAGEMENT, event, Some(4))
        }
        Some(ResourceType::Mount | ResourceType::AuthMethod) if action.has(ON) => {
            Kind::known(&ENTITY_MANAGEMENT, event, Some(1))
        }
        _ => Kind::known(&ENTITY_MANAGEMENT, event, Some(managed(action).unwrap_or(3))),
    }
}

fn recording(action: Action<'_>) -> Option<u8> {
    action.activity(&[(1, &["clear", "purge", "truncate"]), (10, OFF), (9, ON)])
}

/// The vault's own life. Sealing stops nothing: the process lives on, disabled.
pub(super) fn lifecycle<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    // The start of making a root token is no start of the vault.
    if action.verb == "generate_root" {
        return Kind::known(&APPLICATION_LIFECYCLE, event, None);
    }
    let activity = stages(action).or_else(|| {
        action.activity(&[
            (1, &["init", "initialise", "initialize", "install"]),
            (6, &["unseal", "unlock"]),
            (7, &["seal", "lock"]),
        ])
    });
    match activity {
        None if action.has(&["snapshot", "restore", "backup"]) => {
            Kind::other(&APPLICATION_LIFECYCLE, event, Label::Title(action.verb))
        }
        activity => Kind::known(&APPLICATION_LIFECYCLE, event, activity),
    }
}

fn stages(action: Action<'_>) -> Option<u8> {
    action.activity(&[
        (5, &["restart"]),
        (3, &["start", "started", "boot", "startup"]),
        (4, &["stop", "stopped", "shutdown"]),
        (8, &["upgrade", "migrate"]),
    ])
}

/// The engine's own doings; a call that no rule knows is an API call if somebody made it.
pub(super) fn system<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let reconfigured = action.has(&["config", "configuration"])
        && action.has(&["update", "change", "set", "write"]);
    if reconfigured || action.has(&["reload"]) {
        return Kind::known(&ENTITY_MANAGEMENT, event, Some(3));
    }
    if let Some(stage) = stages(action) {
        return Kind::known(&APPLICATION_LIFECYCLE, event, Some(stage));
    }
    if action.has(&["notification", "notify"]) {
        return Kind::other(&APPLICATION_LIFECYCLE, event, Label::Title("notification"));
    }
    let called = event.request.is_some()
        || matches!(event.actor.kind, ActorType::Human | ActorType::Agent | ActorType::Service);
    Kind::known(if called { &API_ACTIVITY } else { &APPLICATION_LIFECYCLE }, event, None)
}

/// Our own export. A pause that succeeded is an export that failed.
pub(super) fn export<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let kind = Kind::known(&EVENT_LOG, event, Some(3));
    let failed = action.has(&["pause", "paused", "fail", "failed", "gap", "mismatch"]);
    match event.outcome {
        Outcome::Success if failed => Kind { status: Status::Failure, ..kind },
        _ => kind,
    }
}

/// Kill switch, consent, impersonation.
pub(super) fn governance<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let released =
        action.has(&["release", "released", "lift", "resume", "off", "disengage", "clear"]);
    let activity = match action.has(&["kill"]) {
        true if released => Some(13),
        true => Some(12),
        false => managed(action),
    };
    Kind::known(&ENTITY_MANAGEMENT, event, activity)
}
