//! The destination against S3 and STS on real sockets.

mod answers;
mod check;
mod documented;
mod objects;
mod role;

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, ProvideCredentials};
use delivery::config::from_tables;
use delivery::destination::Destination;
use delivery::outcome::{Answer, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use delivery::tools::Aws;
use delivery::{Export, Tools};
use tests::server::{Reply, Request, Server};
use tokio::time::Instant;
use transform::batch::Encoded;
use transform::event::{Actor, ActorType, Class, Event, Source, Time};
use transform::filter::Filter;

use crate::S3;
use crate::config::Config;

/// An AWS whose every service is this server.
async fn aws(server: &Server, provider: impl ProvideCredentials + 'static) -> SdkConfig {
    delivery::tools::loader()
        .region(Region::new("eu-central-1"))
        .credentials_provider(provider)
        .endpoint_url(server.url())
        .load()
        .await
}

/// A bucket at this server, with these lines of `config.toml` more.
async fn s3(server: &Server, settings: &str) -> S3 {
    let table = format!("bucket = \"archive\"\nprefix = \"vault-audit/\"\n{settings}");
    let export: Export<Config> =
        from_tables(table.parse().unwrap(), toml::Table::new(), None).unwrap();
    let keys = Credentials::new("AKIAOWN", "secret", None, None, "test");
    S3::new(export, &Tools::new(Aws::from_config(aws(server, keys).await))).unwrap()
}

fn event(id: &str, class: Class, time: &str) -> Event<'static> {
    let source =
        Source { product: "sanctum".into(), instance: "vault-eu".into(), ..Source::default() };
    let actor = Actor::new("agent:a", ActorType::Agent);
    let outcome = transform::event::Outcome::Success;
    let time = Time::parse(time).unwrap();
    Event::new(id.to_owned(), time, class, "retrieve", outcome, actor, source)
}

/// Accesses within one hour, the second the earliest.
fn three() -> Vec<Event<'static>> {
    [("a", "22:30:01.5"), ("b", "22:29:59"), ("c", "22:59:59.999999999")]
        .map(|(id, time)| event(id, Class::SecretAccess, &format!("2026-02-14T{time}Z")))
        .into()
}

async fn deliver(s3: &S3, events: &[Event<'_>]) -> Answer {
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        let partition = s3.partition(event);
        encoded.try_push(position, event, partition, |out| s3.encode(event, out)).unwrap();
    }
    s3.deliver(&encoded.whole().unwrap()).await
}

async fn run(s3: S3, events: &[Event<'_>], seconds: u64) -> Outcome {
    let pipeline = Pipeline::new(s3, Filter::default(), None);
    pipeline.run(events, Instant::now() + Duration::from_secs(seconds)).await
}

fn stored() -> Reply {
    Reply::status(200, "").header("etag", "\"0\"")
}

/// S3's answer to what it refuses.
fn refuses(status: u16, code: &str) -> Reply {
    let text = "arn:aws:iam::1:role/x may not; CANARY";
    let body = format!("<Error><Code>{code}</Code><Message>{text}</Message></Error>");
    Reply::status(status, body).header("content-type", "application/xml")
}

fn is_retry(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Retry { .. })
}

/// The keys that were written to.
fn keys(server: &Server) -> Vec<String> {
    let mut keys: Vec<String> = server
        .requests()
        .iter()
        .filter(|request| request.method == "PUT")
        .map(|request| request.path.split('?').next().unwrap().replace("/archive/", ""))
        .map(|key| key.replace("%3D", "="))
        .collect();
    keys.sort();
    keys
}
