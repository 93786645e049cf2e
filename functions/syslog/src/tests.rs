//! The destination against receivers on real sockets.

mod bursts;
mod check;
mod receiver;
mod relp;

use std::time::Duration;

use delivery::config::{OverHttp, from_tables};
use delivery::destination::Destination;
use delivery::outcome::{Answer, ErrorClass, Reason, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use delivery::{Export, Tools};
use tokio::time::Instant;
use transform::batch::Encoded;
use transform::event::{Actor, ActorType, Class, Event, Source, Text, Time};
use transform::filter::Filter;
use transform::format::Format;

use crate::deliver::Patience;
use crate::{Config, Syslog};

/// The settings of a receiver at this address, with these lines of `config.toml` more.
fn export(address: &str, settings: &str) -> Export<OverHttp<Config>> {
    let table = format!("endpoint = \"{address}\"\nallow_insecure = true\n{settings}");
    let mut export: Export<OverHttp<Config>> =
        from_tables(table.parse().unwrap(), toml::Table::new(), None).unwrap();
    export.format = Some(Format::FlatJson);
    export
}

fn built(export: Export<OverHttp<Config>>, tools: &Tools) -> Syslog {
    let mut syslog = Syslog::new(export, tools).unwrap();
    let millis = Duration::from_millis;
    syslog.patience = Patience { answer: millis(400), writing: millis(2_000), alert: millis(150) };
    syslog
}

fn syslog(address: &str, settings: &str) -> Syslog {
    built(export(address, settings), &Tools::default())
}

fn event(id: &str) -> Event<'static> {
    let source =
        Source { product: "sanctum".into(), instance: "vault-eu".into(), ..Source::default() };
    let actor = Actor::new("agent:a", ActorType::Agent);
    let time = Time::parse("2026-02-14T22:30:01.482913Z").unwrap();
    let outcome = transform::event::Outcome::Success;
    Event::new(id.to_owned(), time, Class::SecretAccess, "retrieve", outcome, actor, source)
}

/// Events with the ids `e0`, `e1`, …
fn events(count: usize) -> Vec<Event<'static>> {
    (0..count).map(|number| event(&format!("e{number}"))).collect()
}

/// Too much for the buffers of a socket: whoever closes leaves something unread.
fn large_events() -> Vec<Event<'static>> {
    let mut events = events(400);
    for event in &mut events {
        event.message = Some(Text::from("x".repeat(7_000)));
    }
    events
}

/// One request with all of these events.
async fn deliver(syslog: &Syslog, events: &[Event<'_>]) -> Answer {
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| syslog.encode(event, out)).unwrap();
    }
    syslog.deliver(&encoded.whole().unwrap()).await
}

/// The whole way, within this many seconds (three of which the pipeline keeps for itself).
async fn run(syslog: Syslog, events: &[Event<'_>], seconds: u64) -> Outcome {
    let pipeline = Pipeline::new(syslog, Filter::default(), None);
    pipeline.run(events, Instant::now() + Duration::from_secs(seconds)).await
}

fn retry(answer: Answer) -> Reason {
    match answer {
        Answer::All(Verdict::Retry { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// The ids in what a receiver stored, in order.
fn ids(text: &str) -> Vec<String> {
    let found = text.split("\"id\":\"").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn all_ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("e{number}")).collect()
}
