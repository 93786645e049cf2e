//! Elasticsearch and OpenSearch against real sockets: what is sent, and what every answer means.
#![expect(clippy::unwrap_used, reason = "a test")]

mod answers;
mod bugs;
mod check;
mod documents;
mod parameters;
mod requests;
mod setup;
mod signature;

use std::time::Duration;

use delivery::config::{OverHttp, from_tables};
use delivery::credentials::SecretRef;
use delivery::destination::{Destination, Finding, Level};
use delivery::outcome::{Answer, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use delivery::tools::{Aws, Tools};
use delivery::{ConfigError, Export};
use elastic::{Config, Elastic};
use serde_json::{Value, json};
use tests::server::{Reply, Request, Server};
use tokio::time::Instant;
use transform::batch::Encoded;
use transform::event::{Actor, ActorType, Class, Event, Source, Time};
use transform::filter::Filter;
use transform::format::Format;

/// A variable that cargo sets for every test; its value serves as the encoded API key.
const KEY_VARIABLE: &str = "CARGO_PKG_NAME";

/// The settings of a cluster at this server, with these lines of `config.toml` more.
fn export(server: &Server, settings: &str) -> Export<OverHttp<Config>> {
    let table = format!("endpoint = \"{}\"\nallow_insecure = true\n{settings}", server.url());
    let table: toml::Table = table.parse().unwrap();
    let mut export: Export<OverHttp<Config>> =
        from_tables(table, toml::Table::new(), None).unwrap();
    export.secret = Some(SecretRef::Env(KEY_VARIABLE.to_owned()));
    export.format = export.format.or(Some(Format::Json));
    export
}

fn elastic(server: &Server, settings: &str) -> Elastic {
    Elastic::new(export(server, settings), &Tools::default()).unwrap()
}

/// The same with what the secret holds.
async fn elastic_with(server: &Server, settings: &str, secret: &str) -> (Server, Elastic) {
    let (secrets, aws) = tests::secrets::holding(secret).await;
    let mut export = export(server, settings);
    export.secret = Some(SecretRef::SecretsManager("elastic".to_owned()));
    (secrets, Elastic::new(export, &Tools::new(Aws::from_config(aws))).unwrap())
}

fn event(id: &str) -> Event<'static> {
    let source =
        Source { product: "sanctum".into(), instance: "vault-eu".into(), ..Source::default() };
    let actor = Actor::new("agent:a", ActorType::Agent);
    let time = Time::parse("2026-02-14T22:30:01.482913Z").unwrap();
    let outcome = transform::event::Outcome::Success;
    Event::new(id.to_owned(), time, Class::SecretAccess, "retrieve", outcome, actor, source)
}

fn events(count: usize) -> Vec<Event<'static>> {
    (0..count).map(|number| event(&format!("e-{number}"))).collect()
}

/// One request with all of these events.
async fn deliver(elastic: &Elastic, events: &[Event<'_>]) -> Answer {
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| elastic.encode(event, out)).unwrap();
    }
    elastic.deliver(&encoded.whole().unwrap()).await
}

/// The whole way.
async fn run(elastic: Elastic, events: &[Event<'_>]) -> Outcome {
    let mut pipeline = Pipeline::new(elastic, Filter::default(), None);
    pipeline.backoff.first = Duration::from_millis(1);
    pipeline.run(events, Instant::now() + Duration::from_secs(30)).await
}

/// An item with this status, and an error of this type if it is given.
fn item(status: u16, kind: &str) -> Value {
    match kind {
        "" => json!({"create": {"status": status}}),
        kind => json!({"create": {"status": status, "error": {"type": kind}}}),
    }
}

/// An answer with these items.
fn says(items: &[Value]) -> Reply {
    let errors = items.iter().any(|item| item["create"].get("error").is_some());
    Reply::status(200, json!({"took": 3, "errors": errors, "items": items}).to_string())
}

/// A cluster that creates every document.
fn creates(request: &Request) -> Reply {
    says(&vec![item(201, ""); documents(request).len()])
}

/// The pairs of lines in a request: id and document.
fn documents(request: &Request) -> Vec<(String, Value)> {
    let text = request.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pairs = lines.chunks(2).map(|pair| {
        let id = pair[0]["create"]["_id"].as_str().unwrap();
        (id.to_owned(), pair[1].clone())
    });
    pairs.collect()
}

fn ids(request: &Request) -> Vec<String> {
    documents(request).into_iter().map(|(id, _)| id).collect()
}

fn levels(findings: &[Finding]) -> Vec<(&str, Level)> {
    findings.iter().map(|finding| (finding.subject, finding.level)).collect()
}
