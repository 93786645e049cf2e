//! SanctumAI: export events, plain and as its own OCSF, audit entries with their hash chain, and rows of the audit API.

mod chain;
mod entry;
mod event;
mod hash;
mod ocsf;
mod table;
mod words;

pub(super) use self::chain::Chain;
pub(super) use self::entry::{entry, row};
pub(super) use self::event::event;
pub(super) use self::ocsf::ocsf;

use super::Settings;
use super::clean;
use super::fields::Loose;
use crate::event::{
    Actor, ActorType, Class, Event, Origin, Resource, ResourceType, Source, Text, Time,
    TimeQuality, Value,
};

fn source(settings: &Settings) -> Source<'static> {
    Source {
        product: "sanctum".into(),
        vendor: Some("SanctumAI".into()),
        instance: settings.instance(),
        ..Source::default()
    }
}

/// The log has bare names: agents, but for those that the settings know as people or as the vault itself.
fn actor<'a>(name: Text<'a>, settings: &Settings) -> Actor<'a> {
    let listed = |names: &[String]| names.iter().any(|known| **known == *name);
    let (prefix, kind) = if listed(&settings.human_actors) {
        ("user", ActorType::Human)
    } else if listed(&settings.system_actors) {
        ("system", ActorType::System)
    } else {
        ("agent", ActorType::Agent)
    };
    let id = Text::from(format!("{prefix}:{name}")).clipped(512);
    Actor { name: clean::clip(name, 256), ..Actor::new(id, kind) }
}

/// RFC 3339 text, or seconds since 1970 with a fraction, rounded to the millisecond.
#[expect(clippy::cast_possible_truncation, reason = "a time out of range is refused by Time")]
fn moment(value: &Loose<'_>, settings: &Settings) -> (Time, TimeQuality) {
    let time = match value {
        Loose::Text(text) => Time::parse(text),
        Loose::Float(seconds) => Time::from_millisecond((seconds * 1000.0).round() as i64),
        Loose::Int(seconds) => seconds.checked_mul(1000).and_then(Time::from_millisecond),
        Loose::Bool(_) | Loose::Nothing => None,
    };
    match time {
        Some(time) => (time, TimeQuality::Source),
        None => (Time::from(settings.now), TimeQuality::Ingest),
    }
}

/// What a class acts upon.
fn resource(class: Class, path: Option<Text<'_>>) -> Option<Resource<'_>> {
    let kind = match class {
        Class::SecretAccess | Class::SecretChange | Class::CredentialRotation => {
            ResourceType::Secret
        }
        Class::LeaseLifecycle => ResourceType::Lease,
        Class::PolicyViolation => ResourceType::Secret,
        Class::PolicyChange => ResourceType::Policy,
        Class::IdentityChange => ResourceType::Agent,
        Class::VaultLifecycle => ResourceType::Vault,
        Class::ExportHealth => ResourceType::Adapter,
        _ => ResourceType::Other,
    };
    let path = path.and_then(|path| clean::clip(path, 1024))?;
    Some(Resource { path: Some(path), ..Resource::new(kind) })
}

/// The table has no row for it.
fn note_unmapped(event: &mut Event<'_>) {
    event.details.0.push(("unmapped".into(), Value::Bool(true)));
}

fn origin<'a>(
    format: &'static str,
    event_type: Option<Text<'a>>,
    record_id: Option<Text<'a>>,
) -> Origin<'a> {
    Origin {
        format: format.into(),
        event_type: event_type.and_then(|word| clean::clip(word, 128)),
        record_id: record_id.and_then(|id| clean::clip(id, 128)),
        ..Origin::default()
    }
}
