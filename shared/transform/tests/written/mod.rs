//! What the formats' tests share: events of every class, and text that wants to break out.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use transform::event::{
    Actor, ActorType, Class, Decision, Event, Lease, Network, Outcome, Policy, Request, Resource,
    ResourceType, Session, Source, Text, Time, Value,
};
use transform::format::Format;
use transform::source::{Reader, Record, Settings};

const SAMPLES: [&str; 2] =
    [include_str!("../samples/classes.jsonl"), include_str!("../samples/events.jsonl")];

/// The lines of all samples.
pub(crate) fn lines() -> impl Iterator<Item = &'static str> {
    SAMPLES.into_iter().flat_map(str::lines)
}

/// The event of a line, as the router hands it on.
pub(crate) fn read(line: &str) -> Event<'_> {
    let now = "2026-11-21T21:00:00Z".parse().unwrap();
    match Reader::new(Settings::at(now)).read(line).unwrap() {
        Record::Event(event) => *event,
        Record::Skipped(why) => panic!("skipped: {why:?}"),
    }
}

pub(crate) fn encoded(format: Format, event: &Event<'_>) -> String {
    let mut out = b"before".to_vec();
    format.encode(event, &mut out).unwrap();
    String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned()
}

/// Text that wants to break out of its field or its line.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "=",
        "|",
        "\\",
        "\r",
        "\n",
        "\r\n",
        " ",
        " cs1=x",
        " act=forged",
        "\\n",
        "\\=",
        "\0",
        "\u{1b}[2J",
        "\t",
        "é",
        "日本",
        "\u{2028}",
        "\u{85}",
        "\"",
        "\",\"id\":\"x",
        "}",
        "{",
        ",",
        "CEF:0|a|b|c|d|e|9|",
        "a",
        "\u{7f}",
        "\u{1f512}",
        "${jndi:x}",
    ];
    let piece = prop_oneof![
        3 => proptest::sample::select(pieces.map(str::to_owned).to_vec()),
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// An event with this text wherever text may stand.
pub(crate) fn event_saying(text: &str) -> Event<'static> {
    let own = || Text::from(text.to_owned());
    let time = Time::parse("2026-02-14T22:30:01.482Z").unwrap();
    let mut actor = Actor::new(own(), ActorType::Agent);
    actor.name = Some(own());
    actor.groups = vec![own(), own()];
    let source = Source {
        product: own(),
        vendor: Some(own()),
        version: Some(own()),
        instance: own(),
        region: Some(own()),
        host: Some(own()),
    };
    let mut event =
        Event::new("e-1", time, Class::SecretAccess, "retrieve", Outcome::Success, actor, source);
    event.message = Some(own());
    event.session = Some(Session { id: Some(own()), ..Session::default() });
    let mut resource = Resource::new(ResourceType::User);
    resource.path = Some(own());
    resource.id = Some(own());
    resource.name = Some(own());
    resource.namespace = Some(own());
    event.resource = Some(resource);
    event.policy = Some(Policy {
        decision: Decision::Allow,
        names: vec![own()],
        reason_code: None,
        reason: Some(own()),
    });
    event.lease = Some(Lease { id: Some(own()), ttl_seconds: Some(60), ..Lease::default() });
    event.request = Some(Request {
        method: Some(own()),
        user_agent: Some(own()),
        purpose: Some(own()),
        ..Request::default()
    });
    event.network = Some(Network {
        source_ip: Some(own()),
        destination_host: Some(own()),
        ..Network::default()
    });
    event.labels.0.push((Text::from("env"), own()));
    event.details.0.push((own(), Value::Text(own())));
    let inner = Value::Map(vec![(own(), Value::List(vec![Value::Text(own()), Value::Int(1)]))]);
    event.details.0.push((Text::from(format!("{text}2")), inner));
    event
}
