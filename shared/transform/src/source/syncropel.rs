//! Syncropel: lines of `spl audit export`, bare records of its audit threads, refusals in the daemon's log.

mod body;
mod category;
mod canonical;
mod daemon_log;
mod meaning;
mod record;
mod table;

pub(super) use self::daemon_log::refusal;
pub(super) use self::record::{line, record};

use super::Settings;
use super::clean;
use crate::event::{Actor, ActorType, Source, Text};

fn source(settings: &Settings) -> Source<'static> {
    Source {
        product: "syncropel".into(),
        vendor: Some("Syncropel".into()),
        instance: settings.instance(),
        ..Source::default()
    }
}

/// A decentralised id: its third part says what it is, the rest is its name.
fn actor(did: Text<'_>) -> Actor<'_> {
    let mut parts = did.splitn(4, ':').skip(1);
    let (kind, name) = match (parts.next(), parts.next(), parts.next()) {
        (Some("sync"), Some("user"), name) => (ActorType::Human, name),
        (Some("sync"), Some("agent"), name) => (ActorType::Agent, name),
        (Some("sync"), Some("sa"), name) => (ActorType::Service, name),
        (Some("sync"), Some("system"), name) => (ActorType::System, name),
        _ => (ActorType::Unknown, None),
    };
    let name = name.and_then(|name| clean::clip(Text::from(name.to_owned()), 256));
    let id = if did.is_empty() { Text::from("unknown") } else { did.clipped(512) };
    Actor { name, ..Actor::new(id, kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_says_what_it_is() {
        for (did, kind, name) in [
            ("did:sync:user:alice", ActorType::Human, Some("alice")),
            ("did:sync:agent:dev", ActorType::Agent, Some("dev")),
            ("did:sync:sa:ci:runner", ActorType::Service, Some("ci:runner")),
            ("did:sync:system:engine", ActorType::System, Some("engine")),
            ("did:key:z6Mk", ActorType::Unknown, None),
            ("", ActorType::Unknown, None),
        ] {
            let actor = actor(Text::from(did));
            assert_eq!((actor.kind, actor.name.as_deref()), (kind, name), "{did}");
        }
    }
}
