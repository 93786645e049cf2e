//! Events of our own about the integrity of others: a gap in a hash chain, a hash that is wrong.

use crate::event::{
    Actor, ActorType, Class, Event, Integrity, IntegrityStatus, Origin, Outcome, Source, Text,
    TimeQuality,
};

/// What is wrong with this event's integrity. The event itself is never dropped.
pub(super) fn finding(event: &Event<'_>, status: IntegrityStatus) -> Event<'static> {
    let gap = status == IntegrityStatus::Gap;
    let (action, words) = if gap {
        ("gap", "an entry is missing from the audit chain before this one")
    } else {
        ("mismatch", "the record's hash is not the hash of its content")
    };
    let subject = event.integrity.as_ref().and_then(|integrity| integrity.hash.clone());
    let subject = subject.unwrap_or_else(|| event.id.clone());
    let id = super::clean::id(Text::from(format!("{action}:{subject}")));
    let mut actor = Actor::new("system:vault-export", ActorType::System);
    actor.name = Some("vault-export".into());
    let source = Source {
        product: "vault-export".into(),
        vendor: Some("vault-export".into()),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        instance: event.source.instance.clone().into_owned(),
        ..Source::default()
    };
    let mut finding =
        Event::new(id, event.time, Class::ExportHealth, action, Outcome::Failure, actor, source);
    finding.time_quality = event.time_quality.or(Some(TimeQuality::Derived));
    finding.message = Some(words.into());
    finding.integrity = event.integrity.clone().map(|integrity| Integrity {
        sequence: integrity.sequence,
        chain_id: integrity.chain_id.map(Text::into_owned),
        alg: integrity.alg,
        hash: integrity.hash.map(Text::into_owned),
        prev_hash: integrity.prev_hash.map(Text::into_owned),
        status: Some(status),
    });
    finding.origin = event.origin.as_ref().map(|origin| Origin {
        format: origin.format.clone().into_owned(),
        record_id: Some(event.id.clone().into_owned()),
        ..Origin::default()
    });
    finding
}
