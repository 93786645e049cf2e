//! The router against an SQS on a real socket.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_lambda_events::event::sqs::SqsMessage;
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use lambda::{Queue, queue};
use router::{Config, Counts, Route, Router};
use serde_json::json;
use tests::sqs::{Failing, Sqs};
use transform::filter::Filter;
use transform::source::Settings;

fn client(sqs: &Sqs) -> aws_sdk_sqs::Client {
    let keys = Credentials::new("id", "key", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .endpoint_url(sqs.url())
        .build();
    queue::client(&config)
}

fn router(sqs: &Sqs, batch_size: usize) -> Router {
    let route =
        |name| Route { name, queue_url: sqs.queue(name), batch_size, filter: Filter::default() };
    let config = Config {
        queue_url: Some(sqs.queue("ingest")),
        dlq_url: Some(sqs.queue("dlq")),
        reading: Settings::at(jiff::Timestamp::UNIX_EPOCH),
        routes: vec![route("splunk-hec"), route("s3")],
    };
    let client = client(sqs);
    Router::new(config, |url| Queue::new(client.clone(), url))
}

fn line(id: &str) -> String {
    format!(
        r#"{{"schema":"vault-audit/1","id":"{id}","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:a","type":"agent"}},"source":{{"product":"sanctum","instance":"v"}}}}"#
    )
}

fn message(id: &str, body: &str, attributes: &serde_json::Value) -> SqsMessage {
    serde_json::from_value(json!({
        "messageId": id,
        "receiptHandle": format!("receipt-{id}"),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": attributes,
    }))
    .unwrap()
}

async fn handle(router: &Router, bodies: &[String]) -> (Vec<String>, Counts) {
    let bodies = bodies.iter().enumerate();
    let messages: Vec<_> =
        bodies.map(|(id, body)| message(&format!("m{id}"), body, &json!({}))).collect();
    handle_messages(router, &messages).await
}

async fn handle_messages(router: &Router, messages: &[SqsMessage]) -> (Vec<String>, Counts) {
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let (response, counts) = router.handle(messages, now).await;
    let returned = response.batch_item_failures.into_iter();
    (returned.map(|failure| failure.item_identifier).collect(), counts)
}

/// The ids of the events that a queue holds, message by message.
fn ids(sqs: &Sqs, queue: &str) -> Vec<Vec<String>> {
    let id = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["observed_time"].is_string() && event["severity"].is_string(), "{line}");
        event["id"].as_str().unwrap().to_owned()
    };
    sqs.sent(queue).iter().map(|sent| sent.body.lines().map(id).collect()).collect()
}

#[tokio::test]
async fn events_of_many_messages_are_packed_into_few_for_every_destination() {
    let sqs = Sqs::start().await;
    let bodies: Vec<String> = (0..25).map(|number| line(&format!("e{number}"))).collect();
    let (returned, counts) = handle(&router(&sqs, 10), &bodies).await;
    assert!(returned.is_empty());
    assert_eq!((counts.records, counts.delivered, counts.lag), (25, 50, Some(59.0)));
    let expected: Vec<Vec<String>> = [0..10, 10..20, 20..25]
        .map(|range| range.map(|number| format!("e{number}")).collect())
        .into();
    assert_eq!(ids(&sqs, "splunk-hec"), expected);
    assert_eq!(ids(&sqs, "s3"), expected);
    assert_eq!(sqs.send_calls(), 2);
}

#[tokio::test]
async fn a_body_may_be_one_event_or_many_lines() {
    let sqs = Sqs::start().await;
    let bodies = [line("a"), format!("{}\n\n{}\n", line("b"), line("c"))];
    let (returned, _) = handle(&router(&sqs, 100), &bodies).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b", "c"]]);
}

#[tokio::test]
async fn an_unreadable_record_is_parked_alone_without_its_secrets() {
    let sqs = Sqs::start().await;
    let bad = r#"{"who":"maria","password":"hunter2","note":"hvs.CAESIJcanary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj"}"#;
    let body = format!("{}\n{bad}\n{}", line("a"), line("b"));
    let (returned, counts) = handle(&router(&sqs, 100), &[body]).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b"]]);
    assert_eq!(counts.rejected, 1);
    let parked = sqs.sent("dlq");
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].attributes["error_class"], "unreadable");
    assert_eq!(parked[0].attributes["destination"], "router");
    assert!(!parked[0].attributes["reason"].is_empty());
    assert!(parked[0].body.contains("maria"), "{}", parked[0].body);
    assert!(!parked[0].body.contains("hunter2") && !parked[0].body.contains("canary"));
}

/// A subscription's document, and a line that Docker cut: what is in them are records of their own.
#[tokio::test]
async fn records_are_taken_out_of_what_they_came_in() {
    let sqs = Sqs::start().await;
    let logged =
        |text: &str| json!({"id": "1", "timestamp": 1_771_108_201_000_u64, "message": text});
    let batch = json!({
        "messageType": "DATA_MESSAGE", "logGroup": "/vault", "logStream": "s",
        "logEvents": [logged(&line("a")), logged("hunter2"), logged(&line("b"))],
    });
    let part =
        |text: &str| json!({"log": text, "stream": "stdout", "time": "2026-02-14T22:30:01Z"});
    let whole = line("c");
    let (head, tail) = whole.split_at(90);
    let parts = format!("{}\n{}", part(head), part(&format!("{tail}\n")));
    let control = json!({"messageType": "CONTROL_MESSAGE", "logEvents": []});
    let bodies = [batch.to_string(), parts, control.to_string()];
    let (returned, counts) = handle(&router(&sqs, 100), &bodies).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b", "c"]]);
    assert_eq!((counts.records, counts.rejected), (4, 1));
    let parked = sqs.sent("dlq");
    assert_eq!(parked[0].attributes["reason"], "in cloudwatch_logs: no known audit format");
}

/// Only the record that is owed goes back, and it reads there as it did here.
#[tokio::test]
async fn a_record_that_goes_back_keeps_what_it_came_in() {
    let sqs = Sqs::start().await;
    sqs.fail("s3", Failing::Calls);
    let router = router(&sqs, 100);
    let whole = line("c");
    let (head, tail) = whole.split_at(90);
    let time = "2026-02-14T22:30:01Z";
    let body = format!("{time} stdout P {head}\n{time} stdout F {tail}\n{}", line("d"));
    handle(&router, &[body]).await;
    let rest = sqs.sent("ingest");
    assert_eq!(rest.len(), 1);
    sqs.fail("s3", Failing::FirstEntry(0));
    let attributes = json!({"routes": {"stringValue": "s3", "dataType": "String"}});
    handle_messages(&router, &[message("r", &rest[0].body, &attributes)]).await;
    assert_eq!(ids(&sqs, "s3"), [["c", "d"]]);
    assert_eq!(sqs.sent("s3")[0].body, sqs.sent("splunk-hec")[0].body);
}

#[tokio::test]
async fn a_queue_that_fails_does_not_repeat_events_to_the_others() {
    let sqs = Sqs::start().await;
    sqs.fail("s3", Failing::Calls);
    let router = router(&sqs, 100);
    let (returned, counts) = handle(&router, &[line("a"), line("b")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, counts.retried), (2, 2));
    let rest = sqs.sent("ingest");
    assert_eq!(rest.len(), 2);
    assert_eq!(rest[0].body, line("a"));
    assert_eq!(rest[0].attributes["routes"], "s3");
    assert_eq!((rest[0].attributes["attempts"].as_str(), rest[0].delay), ("1", 5));

    // When it comes round again it goes to s3 alone.
    sqs.fail("s3", Failing::FirstEntry(0));
    let attributes = json!({
        "routes": {"stringValue": "s3", "dataType": "String"},
        "attempts": {"stringValue": "1", "dataType": "Number"},
    });
    let again = rest
        .iter()
        .enumerate()
        .map(|(id, sent)| message(&format!("r{id}"), &sent.body, &attributes));
    let (returned, _) = handle_messages(&router, &again.collect::<Vec<_>>()).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b"]]);
    assert_eq!(ids(&sqs, "splunk-hec"), [["a", "b"]]);
}

#[tokio::test]
async fn when_every_queue_fails_messages_simply_come_back() {
    let sqs = Sqs::start().await;
    for queue in ["s3", "splunk-hec"] {
        sqs.fail(queue, Failing::Calls);
    }
    let (returned, _) = handle(&router(&sqs, 100), &[line("a"), line("b")]).await;
    assert_eq!(returned, ["m0", "m1"]);
    assert!(sqs.sent("ingest").is_empty());
    assert_eq!(sqs.hidden(), [("receipt-m0".to_owned(), 5), ("receipt-m1".to_owned(), 5)]);
}

#[tokio::test]
async fn when_the_rest_cannot_be_requeued_either_nothing_is_lost() {
    let sqs = Sqs::start().await;
    sqs.fail("s3", Failing::Calls);
    sqs.fail("ingest", Failing::Calls);
    let (returned, _) = handle(&router(&sqs, 100), &[line("a")]).await;
    assert_eq!(returned, ["m0"]);
}

#[tokio::test]
async fn an_unreadable_record_that_cannot_be_parked_comes_back_alone() {
    let sqs = Sqs::start().await;
    sqs.fail("dlq", Failing::Calls);
    let (returned, _) = handle(&router(&sqs, 100), &[format!("{}\nnonsense", line("a"))]).await;
    assert!(returned.is_empty());
    let rest = sqs.sent("ingest");
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].body, "nonsense");
    assert!(!rest[0].attributes.contains_key("routes"));
}

#[tokio::test]
async fn a_mebibyte_of_events_leaves_in_messages_of_sixty_kibibytes() {
    let sqs = Sqs::start().await;
    let lines: Vec<String> = (0..4000).map(|number| line(&format!("e{number}"))).collect();
    let (returned, counts) = handle(&router(&sqs, 10_000), &[lines.join("\n")]).await;
    assert!(returned.is_empty());
    assert_eq!(counts.records, 4000);
    let sent = sqs.sent("s3");
    assert!(sent.iter().all(|sent| sent.body.len() <= 60 * 1024));
    assert_eq!(ids(&sqs, "s3").concat().len(), 4000);
}
