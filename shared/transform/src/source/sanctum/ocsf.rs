//! Export events after SanctumAI's own OCSF mapper: `class_uid`, `metadata.uid`, `actor.user`.
//!
//! Its class numbers are its own (contract 1.1.3), so that the line is read back as the kind that it was made of;
//! what becomes of it is the same as for the event itself, under the same id.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::event::{Line, mapped};
use crate::event::{Event, Text};
use crate::source::fields::Loose;
use crate::source::{ParseError, Settings, clean};

#[derive(Deserialize)]
struct Written<'a> {
    class_uid: u32,
    #[serde(default)]
    activity_id: u32,
    #[serde(default)]
    status_id: u32,
    #[serde(default)]
    time: i64,
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    actor: Actor<'a>,
    #[serde(borrow, default)]
    resource: Object<'a>,
    #[serde(borrow, default)]
    finding_info: Object<'a>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
    /// `PolicyViolation.retrieve`: every event that this program writes has it, and none of SanctumAI's.
    event_code: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Actor<'a> {
    #[serde(borrow)]
    user: User<'a>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object<'a> {
    #[serde(borrow)]
    uid: Loose<'a>,
    #[serde(borrow, rename = "type")]
    kind: Loose<'a>,
    #[serde(borrow)]
    desc: Loose<'a>,
}

const SUCCESS: u32 = 1;

/// Its class numbers mean other kinds, and it has left members of the event out.
const WRITTEN_HERE: &str = "this is OCSF as vault-export writes it, which cannot be read back: take the vault's own log, or an \
    archive in the format `json`";

pub(in crate::source) fn ocsf<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Event<'a>, ParseError> {
    let written: Written<'a> = clean::parse(text)?;
    if written.metadata.event_code.is_some() {
        return Err(ParseError::Unsupported(WRITTEN_HERE));
    }
    let kind = kind(&written).ok_or_else(|| {
        ParseError::member("class_uid", "and `activity_id` are none of those that SanctumAI writes")
    })?;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit")]
    let seconds = written.time as f64 / 1000.0;
    let line = Line {
        id: Loose::Text(written.metadata.uid),
        timestamp: if written.time > 0 { Loose::Float(seconds) } else { Loose::Nothing },
        kind: kind.into(),
        actor: written.actor.user.uid,
        target: written.resource.uid,
        detail: written.finding_info.desc,
        success: written.status_id == SUCCESS,
    };
    Ok(mapped(line, "sanctum.ocsf", text, settings))
}

/// The kind that the mapper made the line of (contract 1.1.3, read backwards).
fn kind(written: &Written<'_>) -> Option<&'static str> {
    let success = written.status_id == SUCCESS;
    Some(match (written.class_uid, written.activity_id, written.resource.kind.as_str()) {
        (3007, 1, _) => "CredentialCreate",
        (6005, _, _) => "CredentialAccess",
        (3007, 2, _) => "CredentialUpdate",
        (3007, 3, _) => "CredentialDelete",
        (3002, _, _) if success => "AuthSuccess",
        (3002, _, _) => "AuthFailure",
        (300_107, _, _) => "VaultUnlock",
        (300_108, _, _) => "VaultInit",
        (3004, 1, _) => "AgentRegister",
        (3004, 3, _) => "AgentDeregister",
        (300_101, _, _) => "LeaseGrant",
        (300_102, 2, _) => "LeaseExpire",
        (300_102, _, _) => "LeaseRevoke",
        (2001, _, _) => "PolicyViolation",
        (3004, 2, "Policy") => "PolicyUpdate",
        (3004, 2, _) => "ConfigChange",
        (6002, _, _) if success => "AdminAction",
        (6002, _, _) => "ExportError",
        _ => return None,
    })
}
