//! The destination against collectors on real sockets.

mod acknowledgement;
mod answers;
mod check;
mod documented;
mod faults;
mod refused;
mod requests;

use std::time::Duration;

use delivery::config::{OverHttp, from_tables};
use delivery::credentials::SecretRef;
use delivery::destination::Destination;
use delivery::outcome::{Answer, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use delivery::{Export, Tools};
use serde_json::{Value, json};
use tests::server::{Reply, Request, Server};
use tokio::time::Instant;
use transform::batch::Encoded;
use transform::event::{Actor, ActorType, Class, Event, Source, Time};
use transform::filter::Filter;
use transform::format::Format;

use crate::config::Config;
use crate::{Patience, SplunkHec};

/// A variable that cargo sets for every test; its value serves as the token.
const TOKEN_VARIABLE: &str = "CARGO_PKG_NAME";
const TOKEN: &str = "splunk-hec";

/// The settings of a collector at this server, with these lines of `config.toml` more.
fn export(server: &Server, settings: &str) -> Export<OverHttp<Config>> {
    let table = format!("endpoint = \"{}\"\nallow_insecure = true\n{settings}", server.url());
    let table: toml::Table = table.parse().unwrap();
    let mut export: Export<OverHttp<Config>> =
        from_tables(table, toml::Table::new(), None).unwrap();
    export.secret = Some(SecretRef::Env(TOKEN_VARIABLE.to_owned()));
    export.format = Some(Format::Json);
    export
}

fn splunk(server: &Server, settings: &str) -> SplunkHec {
    let mut splunk = SplunkHec::new(export(server, settings), &Tools::default()).unwrap();
    splunk.patience = Patience { pause: Duration::from_millis(5), polls: 3 };
    splunk
}

fn event(id: &str) -> Event<'static> {
    let source =
        Source { product: "sanctum".into(), instance: "vault-eu".into(), ..Source::default() };
    let actor = Actor::new("agent:a", ActorType::Agent);
    let time = Time::parse("2026-02-14T22:30:01.482913Z").unwrap();
    let outcome = transform::event::Outcome::Success;
    Event::new(id.to_owned(), time, Class::SecretAccess, "retrieve", outcome, actor, source)
}

fn events(ids: &[&str]) -> Vec<Event<'static>> {
    ids.iter().map(|id| event(id)).collect()
}

/// One request with all of these events.
async fn deliver(splunk: &SplunkHec, events: &[Event<'_>]) -> Answer {
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| splunk.encode(event, out)).unwrap();
    }
    splunk.deliver(&encoded.whole().unwrap()).await
}

/// The whole way, within this many seconds (three of which the pipeline keeps for itself).
async fn run(splunk: SplunkHec, events: &[Event<'_>], seconds: u64) -> Outcome {
    let pipeline = Pipeline::new(splunk, Filter::default(), None);
    pipeline.run(events, Instant::now() + Duration::from_secs(seconds)).await
}

/// An answer of the collector.
fn says(status: u16, code: u64) -> Reply {
    Reply::status(status, json!({"text": "whatever", "code": code}).to_string())
}

/// A refusal of one object.
fn refuses(code: u64, object: usize) -> Reply {
    let body = json!({"text": "whatever", "code": code, "invalid-event-number": object});
    Reply::status(400, body.to_string())
}

/// The ids of the events in a request.
fn ids(request: &Request) -> Vec<String> {
    let objects = request.text();
    let objects = objects.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    objects.map(|object| object["fields"]["event_id"].as_str().unwrap().to_owned()).collect()
}

fn is_retry(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Retry { .. })
}
