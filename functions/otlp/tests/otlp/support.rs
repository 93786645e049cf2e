//! Events, and an exporter that is set up to send them to a loopback port.

use delivery::config::{OverHttp, Settings};
use delivery::credentials::SecretRef;
use delivery::destination::Destination;
use delivery::outcome::{Answer, Verdict};
use delivery::tools::{Aws, Tools};
use delivery::{ConfigError, Export};
use otlp::{Config, Otlp};
use serde_json::{Value, json};
use tests::server::Server;
use transform::batch::Encoded;
use transform::event::Event;
use transform::filter::Filter;
use transform::format::Format;
use transform::source::native;

/// An event of the contract with something in most of its parts.
pub(crate) fn line(id: &str, instance: &str) -> Value {
    json!({
        "schema": "vault-audit/1", "id": id, "time": "2026-02-14T22:31:44.006Z",
        "observed_time": "2026-02-14T22:31:45Z", "class": "SecretAccess", "action": "use:http_request",
        "outcome": "denied", "severity": "High", "message": "No matching policy",
        "actor": {"id": "agent:a", "type": "agent", "name": "a"},
        "source": {"product": "sanctum", "vendor": "SanctumAI", "version": "1.2.3", "instance": instance,
                   "region": "eu-central-1", "host": "node-1"},
        "resource": {"type": "secret", "path": "aws/prod/access_key"},
        "request": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
        "network": {"source_ip": "10.1.2.3", "source_port": 4711},
        "labels": {"env": "production"},
        "details": {"count": -3, "ratio": 0.5, "yes": true, "tags": ["x", 2], "deep": {"a": "b"}},
    })
}

pub(crate) fn export(
    settings: Value,
    format: Option<Format>,
    secret: bool,
) -> Export<OverHttp<Config>> {
    Export {
        format,
        secret: secret.then(|| SecretRef::SecretsManager("otlp".to_owned())),
        filter: Filter::default(),
        batch_size: None,
        destination: OverHttp::read(toml::Table::try_from(settings).unwrap().into()).unwrap(),
    }
}

/// What is wrong with these settings.
pub(crate) fn refusal(settings: Value, format: Option<Format>) -> ConfigError {
    Otlp::new(export(settings, format, false), &Tools::default()).err().unwrap()
}

/// An exporter to this address, without a secret.
pub(crate) fn open(url: &str, settings: Value, format: Option<Format>) -> Otlp {
    let settings = local(url, settings);
    Otlp::new(export(settings, format, false), &Tools::default()).unwrap()
}

/// An exporter to this address with this secret.
pub(crate) async fn open_with(url: &str, settings: Value, secret: &str) -> (Server, Otlp) {
    let (secrets, aws) = tests::secrets::holding(secret).await;
    let export = export(local(url, settings), None, true);
    (secrets, Otlp::new(export, &Tools::new(Aws::from_config(aws))).unwrap())
}

fn local(url: &str, mut settings: Value) -> Value {
    settings["endpoint"] = json!(url);
    settings["allow_insecure"] = json!(true);
    settings
}

/// Encodes, cuts and delivers as the pipeline does, without its retries.
pub(crate) async fn deliver(otlp: &Otlp, lines: &[Value]) -> Vec<Answer> {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let events: Vec<Event<'_>> = lines.iter().map(|line| native::parse(line).unwrap()).collect();
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| otlp.encode(event, out)).unwrap();
    }
    let mut answers = Vec::new();
    for batch in &encoded.cut(otlp.limits()).batches {
        answers.push(otlp.deliver(batch).await);
    }
    answers
}

/// One event delivered.
pub(crate) async fn one(otlp: &Otlp) -> Answer {
    deliver(otlp, &[line("e-1", "v")]).await.remove(0)
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Means {
    Delivered,
    Degraded,
    Dropped(usize),
    Rejected,
    Retry,
    /// After so many seconds.
    RetryIn(u64),
    Split,
    Suspect,
    Auth,
    Config,
}

pub(crate) fn means(answer: &Answer) -> Means {
    use delivery::outcome::Delivery;
    match answer {
        Answer::All(Verdict::Delivered(Delivery::Fresh)) => Means::Delivered,
        Answer::All(Verdict::Delivered(Delivery::Degraded)) => Means::Degraded,
        Answer::Dropped { records, .. } => Means::Dropped(*records),
        Answer::All(Verdict::Rejected(_)) => Means::Rejected,
        Answer::All(Verdict::Retry { after: None, .. }) => Means::Retry,
        Answer::All(Verdict::Retry { after: Some(after), .. }) => Means::RetryIn(after.as_secs()),
        Answer::Split(_) => Means::Split,
        Answer::Suspect(_) => Means::Suspect,
        Answer::Auth(_) => Means::Auth,
        Answer::Config(_) => Means::Config,
        other => panic!("{other:?}"),
    }
}
