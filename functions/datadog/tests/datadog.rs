//! Datadog against real sockets: what is sent, and what every answer means.
#![expect(clippy::unwrap_used, reason = "a test")]

use datadog::Datadog;
use datadog::config::Config;
use datadog::encode::Log;
use delivery::Export;
use delivery::config::{OverHttp, Settings};
use delivery::credentials::SecretRef;
use delivery::destination::{Destination, Level};
use delivery::outcome::{Answer, Verdict};
use delivery::tools::{Aws, Tools};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use tests::server::{Reply, Server};
use transform::batch::Encoded;
use transform::event::Event;
use transform::filter::Filter;
use transform::format::Format;
use transform::source::native;

fn line(id: &str, time: Timestamp, message: &str) -> String {
    json!({
        "schema": "vault-audit/1", "id": id, "time": time.to_string(), "class": "PolicyViolation",
        "action": "retrieve", "outcome": "denied", "severity": "High", "message": message,
        "actor": {"id": "agent:a", "type": "agent", "name": "a"},
        "source": {"product": "sanctum", "instance": "vault-eu", "host": "node-1"},
        "labels": {"env": "production", "team": "a,b"},
    })
    .to_string()
}

fn now() -> Timestamp {
    "2026-02-14T22:30:00Z".parse().unwrap()
}

fn log(format: Format, line: &str) -> Value {
    let mut out = b"before".to_vec();
    let config: Config = serde_json::from_value(json!({"tags": ["team:sec"]})).unwrap();
    Log::new(&config, format).write(&native::parse(line).unwrap(), now(), &mut out).unwrap();
    serde_json::from_slice(out.strip_prefix(b"before").unwrap()).unwrap()
}

async fn open(intake: &Server, format: Option<Format>, settings: Value) -> (Server, Datadog) {
    let (secrets, aws) = tests::secrets::holding(r#"{"api_key":"key-1"}"#).await;
    let mut settings = settings;
    settings["endpoint"] = json!(intake.url());
    settings["allow_insecure"] = json!(true);
    let export = Export {
        format,
        secret: Some(SecretRef::SecretsManager("datadog".to_owned())),
        filter: Filter::default(),
        batch_size: None,
        destination: OverHttp::read(toml::Table::try_from(settings).unwrap().into()).unwrap(),
    };
    (secrets, Datadog::new(export, &Tools::new(Aws::from_config(aws))).unwrap())
}

async fn deliver(datadog: &Datadog, lines: &[String]) -> Vec<Answer> {
    let events: Vec<Event<'_>> = lines.iter().map(|line| native::parse(line).unwrap()).collect();
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| datadog.encode(event, out)).unwrap();
    }
    let mut answers = Vec::new();
    for batch in &encoded.cut(datadog.limits()).batches {
        answers.push(datadog.deliver(batch).await);
    }
    answers
}

#[test]
fn reserved_attributes_stand_on_top_and_the_event_under_its_own_root() {
    for (format, root) in
        [(Format::Ocsf, "ocsf"), (Format::FlatJson, "vault"), (Format::Json, "vault")]
    {
        let log = log(format, &line("e-1", now(), "No matching policy"));
        let mut keys: Vec<&str> = log.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let mut expected = [
            "ddsource",
            "ddtags",
            "evt",
            "hostname",
            "message",
            "service",
            "status",
            "timestamp",
            root,
        ];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert_eq!(log["ddsource"], "vault-export");
        assert_eq!(log["service"], "sanctum");
        assert_eq!(log["hostname"], "node-1");
        assert_eq!(log["status"], "error");
        assert_eq!(log["timestamp"], now().as_millisecond());
        assert_eq!(log["ddtags"], "team:sec,env:production,team:a_b");
        assert_eq!(log["evt"]["id"], "e-1");
        assert_eq!(log["message"], "a retrieve: denied, No matching policy");
    }
}

#[test]
fn cef_is_the_message() {
    let log = log(Format::Cef, &line("e-1", now(), "m"));
    assert!(log["message"].is_string() && log.get("vault").is_none());
}

#[test]
fn an_event_that_datadog_would_drop_silently_is_stamped_anew_and_tagged() {
    let hours = |hours: i64| now() - SignedDuration::from_hours(hours);
    for (time, kept) in
        [(hours(17), true), (hours(19), false), (hours(-1), true), (hours(-3), false)]
    {
        let log = log(Format::Json, &line("e", time, "m"));
        assert_eq!(log.get("timestamp").is_some(), kept, "{time}");
        assert_eq!(log["ddtags"].as_str().unwrap().contains("late:true"), !kept, "{time}");
        assert_eq!(log["evt"]["time"], time.to_string(), "the true time is kept");
    }
}

#[tokio::test]
async fn a_request_is_a_compressed_array_with_the_key_in_a_header() {
    for compression in ["gzip", "zstd"] {
        let intake = Server::replies([Reply::status(202, "{}")]).await;
        let (_secrets, datadog) = open(&intake, None, json!({"compression": compression})).await;
        let lines = [line("e-1", now(), "m"), line("e-2", now(), "m")];
        assert_eq!(deliver(&datadog, &lines).await, [Answer::delivered()]);
        let request = &intake.requests()[0];
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/v2/logs"));
        assert_eq!(request.header("dd-api-key"), Some("key-1"));
        assert_eq!(request.header("dd-evp-origin"), Some("vault-export"));
        assert_eq!(request.header("content-encoding"), Some(compression));
        assert_eq!(request.header("content-type"), Some("application/json"));
        let logs: Value = serde_json::from_str(&request.text()).unwrap();
        let ids: Vec<&Value> =
            logs.as_array().unwrap().iter().map(|log| &log["evt"]["id"]).collect();
        assert_eq!(ids, ["e-1", "e-2"]);
    }
}

#[tokio::test]
async fn a_thousand_and_one_logs_are_two_requests() {
    let intake = Server::replies([Reply::status(202, "{}")]).await;
    let (_secrets, datadog) = open(&intake, None, json!({})).await;
    let lines: Vec<String> = (0..1001).map(|n| line(&format!("e-{n}"), now(), "m")).collect();
    assert_eq!(deliver(&datadog, &lines).await.len(), 2);
    let counts: Vec<usize> = intake
        .requests()
        .iter()
        .map(|request| serde_json::from_str::<Vec<Value>>(&request.text()).unwrap().len())
        .collect();
    assert_eq!(counts, [1000, 1]);
}

#[tokio::test]
async fn text_that_grows_when_it_is_escaped_never_exceeds_five_megabytes() {
    let intake = Server::replies([Reply::status(202, "{}")]).await;
    let (_secrets, datadog) = open(&intake, Some(Format::Json), json!({})).await;
    let message = "\u{1}\"\\".repeat(340);
    let details: Vec<String> = (0..7).map(|n| format!("{n}:{}", "\u{1}".repeat(1000))).collect();
    let lines: Vec<String> = (0..1000)
        .map(|n| {
            let mut event: Value =
                serde_json::from_str(&line(&format!("e-{n}"), now(), &message)).unwrap();
            event["details"] = json!({"a": details});
            event.to_string()
        })
        .collect();
    let answers = deliver(&datadog, &lines).await;
    assert!(answers.len() > 1, "the escapes count");
    let mut logs = 0;
    for request in intake.requests() {
        let text = request.text();
        assert!(text.len() <= 4_250_000, "{}", text.len());
        logs += serde_json::from_str::<Vec<Value>>(&text).unwrap().len();
    }
    assert_eq!(logs, 1000);
}

#[tokio::test]
async fn every_status_means_what_the_table_says() {
    #[derive(Debug, PartialEq)]
    enum Means {
        Delivered,
        Suspect,
        Auth,
        Config,
        Retry,
        Split,
    }
    use Means::{Auth, Config, Delivered, Retry, Split, Suspect};
    let rows = [
        (202, Delivered),
        (200, Retry),
        (400, Suspect),
        (401, Auth),
        (403, Auth),
        (404, Config),
        (301, Config),
        (408, Retry),
        (413, Split),
        (429, Retry),
        (500, Retry),
        (502, Retry),
        (503, Retry),
        (504, Retry),
    ];
    for (status, expected) in rows {
        let reply =
            Reply::status(status, r#"{"errors":["echo-canary"]}"#).header("retry-after", "9");
        let intake = Server::replies([reply]).await;
        let (_secrets, datadog) = open(&intake, None, json!({})).await;
        let answer = deliver(&datadog, &[line("e", now(), "m")]).await.remove(0);
        assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        let means = match &answer {
            Answer::All(Verdict::Delivered(_)) => Delivered,
            Answer::All(Verdict::Retry { .. }) => Retry,
            Answer::Suspect(_) => Suspect,
            Answer::Auth(_) => Auth,
            Answer::Config(_) => Config,
            Answer::Split(_) => Split,
            other => panic!("{status}: {other:?}"),
        };
        assert_eq!(means, expected, "{status}");
        if let (429 | 503, Answer::All(Verdict::Retry { after, .. })) = (status, &answer) {
            assert_eq!(after.unwrap().as_secs(), 9);
        }
    }
}

#[tokio::test]
async fn a_400_that_is_not_the_intake_s_leaves_everything_queued() {
    for body in ["", "<html>400</html>", "Client sent an HTTP request to an HTTPS server.", "{}"] {
        let intake = Server::replies([Reply::status(400, body)]).await;
        let (_secrets, datadog) = open(&intake, None, json!({})).await;
        let answer = deliver(&datadog, &[line("e", now(), "m")]).await.remove(0);
        assert!(matches!(answer, Answer::Config(_)), "{body}: {answer:?}");
    }
    for body in [r#"{"errors":[{"title":"Bad Request"}]}"#, r#"{"code":400,"message":"no"}"#] {
        let intake = Server::replies([Reply::status(400, body)]).await;
        let (_secrets, datadog) = open(&intake, None, json!({})).await;
        let answer = deliver(&datadog, &[line("e", now(), "m")]).await.remove(0);
        assert!(matches!(answer, Answer::Suspect(_)), "{body}: {answer:?}");
    }
}

#[tokio::test]
async fn a_cut_connection_is_tried_again_later() {
    let intake = Server::replies([Reply::Cut]).await;
    let (_secrets, datadog) = open(&intake, None, json!({})).await;
    let answers = deliver(&datadog, &[line("e", now(), "m")]).await;
    assert!(matches!(answers[0], Answer::All(Verdict::Retry { .. })), "{answers:?}");
}

#[test]
fn a_format_that_makes_no_sense_is_refused_with_the_reason() {
    let export = Export {
        format: Some(Format::OtlpLogs),
        secret: Some(SecretRef::Env("X".to_owned())),
        filter: Filter::default(),
        batch_size: None,
        destination: OverHttp::default(),
    };
    let error = Datadog::new(export, &Tools::default()).err().unwrap().to_string();
    assert!(error.contains("otlp"), "{error}");
}

#[tokio::test]
async fn the_connection_test_tells_a_good_intake_from_a_bad_key() {
    for (status, level) in [(202, Level::Good), (403, Level::Bad), (404, Level::Bad)] {
        let intake = Server::replies([Reply::status(status, "{}")]).await;
        let (_secrets, datadog) = open(&intake, None, json!({})).await;
        let findings = datadog.check().await;
        assert_eq!(findings.last().unwrap().level, level, "{findings:?}");
        assert_eq!(intake.requests()[0].body, b"{}");
    }
}

proptest! {
    #[test]
    fn any_message_and_label_give_one_valid_log(message in ".{0,200}", label in ".{0,100}") {
        let mut event: Value = serde_json::from_str(&line("e", now(), &message)).unwrap();
        event["labels"] = json!({"k": label});
        let log = log(Format::Json, &event.to_string());
        prop_assert!(log["message"].is_string());
        prop_assert_eq!(log["ddtags"].as_str().unwrap().matches(',').count(), 1);
    }
}
