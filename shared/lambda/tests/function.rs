//! A destination's function against an SQS on a real socket.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use delivery::destination::{Destination, Finding};
use delivery::outcome::{Answer, ErrorClass, Reason, Verdict};
use delivery::pipeline::{Counts, Pipeline};
use delivery::retry::Backoff;
use lambda::{BatchResponse, Function, Queue, Received, queue};
use serde_json::json;
use tests::sqs::{Failing, Sqs};
use tokio::time::Instant;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::filter::Filter;
use transform::format::FormatError;

/// Answers by the beginning of an event's id.
#[derive(Default)]
struct ById<const IDEMPOTENT: bool> {
    delivered: Mutex<Vec<String>>,
}

fn verdict(id: &str) -> Verdict {
    let reason = |class| Reason::new(class, "as the script says").with_status(400);
    match id.split('-').next() {
        Some("later") => Verdict::retry(reason(ErrorClass::Unavailable)),
        Some("hour") => {
            Verdict::retry_after(Some(Duration::from_hours(1)), reason(ErrorClass::Throttled))
        }
        Some("bad") => Verdict::Rejected(reason(ErrorClass::Refused)),
        Some("auth") => Verdict::retry(reason(ErrorClass::Auth)),
        _ => Verdict::delivered(),
    }
}

impl<const IDEMPOTENT: bool> Destination for ById<IDEMPOTENT> {
    fn name(&self) -> &'static str {
        "by-id"
    }
    fn idempotent(&self) -> bool {
        IDEMPOTENT
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        assert!(!event.id.starts_with("bomb"), "an encoder's bug");
        out.extend_from_slice(event.id.as_bytes());
        Ok(())
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        let verdicts: Vec<Verdict> = batch.events().map(|event| verdict(&event.id)).collect();
        let good = batch.events().zip(&verdicts).filter(|(_, verdict)| verdict.is_final());
        self.delivered.lock().unwrap().extend(good.map(|(event, _)| event.id.to_string()));
        Answer::Each(verdicts)
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

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

fn function<const IDEMPOTENT: bool>(sqs: &Sqs) -> Function<ById<IDEMPOTENT>> {
    let mut pipeline = Pipeline::new(ById::default(), Filter::default(), None);
    pipeline.backoff = Backoff { attempts: 1, ..Backoff::default() };
    let queue = |name| Some(Queue::new(client(sqs), sqs.queue(name)));
    let name = "by-id".to_owned();
    Function { name, pipeline, queue: queue("own"), dlq: queue("dlq") }
}

fn line(id: &str) -> String {
    format!(
        r#"{{"schema":"vault-audit/1","id":"{id}","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:a","type":"agent"}},"source":{{"product":"sanctum","instance":"v"}}}}"#
    )
}

/// A message of events with these ids.
fn message(id: &str, received: u32, ids: &[&str]) -> Received {
    let lines: Vec<String> = ids.iter().map(|id| line(id)).collect();
    raw(id, received, &lines.join("\n"))
}

fn raw(id: &str, received: u32, body: &str) -> Received {
    serde_json::from_value(json!({
        "messageId": id,
        "receiptHandle": format!("receipt-{id}"),
        "body": body,
        "attributes": {"ApproximateReceiveCount": received.to_string()},
    }))
    .unwrap()
}

async fn handle<const I: bool>(
    function: &Function<ById<I>>,
    messages: &[Received],
) -> (Vec<String>, Counts) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let (response, counts) = function.handle(messages, deadline, now).await;
    (returned(&response), counts)
}

fn returned(response: &BatchResponse) -> Vec<String> {
    response.batch_item_failures.iter().map(|failure| failure.item_identifier.clone()).collect()
}

#[tokio::test]
async fn a_message_whose_records_are_all_final_is_gone() {
    let sqs = Sqs::start().await;
    let function = function::<false>(&sqs);
    let (returned, counts) = handle(&function, &[message("m", 1, &["a", "b"])]).await;
    assert!(returned.is_empty());
    assert_eq!(counts.delivered, 2);
    assert_eq!((sqs.send_calls(), sqs.hidden().len()), (0, 0));
}

#[tokio::test]
async fn an_undelivered_message_comes_back_after_the_back_off_of_its_receive_count() {
    let sqs = Sqs::start().await;
    let function = function::<false>(&sqs);
    let messages = [
        message("m1", 1, &["later-1", "later-2"]),
        message("m2", 4, &["later-3"]),
        message("m3", 50, &["later-4"]),
        message("m4", 1, &["hour-1"]),
        message("m5", 1, &["fine"]),
    ];
    let (returned, _) = handle(&function, &messages).await;
    assert_eq!(returned, ["m1", "m2", "m3", "m4"]);
    // An hour is what the server asked for; a message hidden for that long each time would expire.
    let expected = [("m1", 5..=5), ("m2", 38..=42), ("m3", 855..=945), ("m4", 948..=948)];
    let hidden = sqs.hidden();
    assert_eq!(hidden.len(), expected.len());
    for ((receipt, wait), (id, around)) in hidden.iter().zip(expected) {
        assert_eq!(*receipt, format!("receipt-{id}"));
        assert!(around.contains(wait), "{id}: {wait}");
    }
    assert_eq!(sqs.send_calls(), 0);
}

#[tokio::test]
async fn of_a_message_partly_delivered_only_the_rest_becomes_a_new_message() {
    let sqs = Sqs::start().await;
    let function = function::<false>(&sqs);
    let (returned, _) =
        handle(&function, &[message("m", 3, &["a", "later-1", "b", "later-2"])]).await;
    assert!(returned.is_empty());
    let rest = sqs.sent("own");
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].body, format!("{}\n{}", line("later-1"), line("later-2")));
    assert_eq!(rest[0].attributes["attempts"], "3");
    assert!((19..=21).contains(&rest[0].delay), "{}", rest[0].delay);
    assert!(sqs.sent("dlq").is_empty());
}

#[tokio::test]
async fn the_rest_of_a_message_waits_no_longer_than_a_queue_can_delay() {
    let sqs = Sqs::start().await;
    handle(&function::<false>(&sqs), &[message("m", 1, &["a", "hour-1"])]).await;
    assert_eq!(sqs.sent("own")[0].delay, 900);
}

#[tokio::test]
async fn when_the_rest_cannot_be_requeued_the_message_comes_back_whole() {
    for failing in [Failing::Calls, Failing::Entries] {
        let sqs = Sqs::start().await;
        sqs.fail("own", failing);
        let messages = [message("m1", 1, &["a", "later-1"]), message("m2", 1, &["b"])];
        let (returned, _) = handle(&function::<false>(&sqs), &messages).await;
        assert_eq!(returned, ["m1"]);
        assert_eq!(sqs.hidden().len(), 1);
    }
}

#[tokio::test]
async fn an_entry_that_sqs_dropped_is_sent_again() {
    let sqs = Sqs::start().await;
    sqs.fail("own", Failing::FirstEntry(2));
    let (returned, _) =
        handle(&function::<false>(&sqs), &[message("m", 1, &["a", "later-1"])]).await;
    assert!(returned.is_empty());
    assert_eq!((sqs.sent("own").len(), sqs.send_calls()), (1, 3));
}

#[tokio::test]
async fn an_idempotent_destination_gets_the_whole_message_again() {
    let sqs = Sqs::start().await;
    let (returned, _) =
        handle(&function::<true>(&sqs), &[message("m", 1, &["a", "later-1"])]).await;
    assert_eq!(returned, ["m"]);
    assert_eq!(sqs.send_calls(), 0);
}

#[tokio::test]
async fn a_rejected_record_is_parked_byte_for_byte_with_its_reason() {
    let sqs = Sqs::start().await;
    let ids = ["a", "bad-1", "b"];
    let (returned, counts) = handle(&function::<false>(&sqs), &[message("m", 2, &ids)]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, counts.rejected), (2, 1));
    let parked = sqs.sent("dlq");
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].body, line("bad-1"));
    let expected = [
        ("attempts", "2"),
        ("destination", "by-id"),
        ("error_class", "refused"),
        ("failed_at", "2026-02-14T22:31:00Z"),
        ("reason", "as the script says"),
        ("status", "400"),
    ];
    let found: Vec<_> =
        parked[0].attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_parked_once_is_not_parked_again_with_the_rest() {
    for idempotent in [false, true] {
        let sqs = Sqs::start().await;
        let messages = [message("m", 1, &["bad-1", "later-1"])];
        let (returned, _) = if idempotent {
            handle(&function::<true>(&sqs), &messages).await
        } else {
            handle(&function::<false>(&sqs), &messages).await
        };
        assert!(returned.is_empty());
        assert_eq!(sqs.sent("dlq").len(), 1);
        assert_eq!(sqs.sent("own")[0].body, line("later-1"));
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_parked_is_not_lost() {
    let sqs = Sqs::start().await;
    sqs.fail("dlq", Failing::Calls);
    let messages = [message("m1", 1, &["bad-1"]), message("m2", 1, &["bad-2", "b"])];
    let (returned, counts) = handle(&function::<false>(&sqs), &messages).await;
    assert_eq!(returned, ["m1"]);
    assert_eq!(sqs.sent("own")[0].body, line("bad-2"));
    assert_eq!((counts.rejected, counts.retried), (0, 2));
}

#[tokio::test]
async fn an_unreadable_record_is_parked_alone() {
    let sqs = Sqs::start().await;
    let body = format!("{}\n{{\"half\n{}\n\n", line("a"), line("b"));
    let (returned, counts) =
        handle(&function::<false>(&sqs), &[raw("m1", 1, &body), raw("m2", 1, "not json")]).await;
    assert!(returned.is_empty());
    assert_eq!(counts.delivered, 2);
    let parked = sqs.sent("dlq");
    let bodies: Vec<_> = parked.iter().map(|sent| sent.body.as_str()).collect();
    assert_eq!(bodies, ["{\"half", "not json"]);
    assert!(parked.iter().all(|sent| sent.attributes["error_class"] == "unreadable"));
}

#[tokio::test]
async fn an_encoder_s_panic_parks_one_record() {
    let sqs = Sqs::start().await;
    let (returned, counts) =
        handle(&function::<false>(&sqs), &[message("m", 1, &["a", "bomb-1", "b"])]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, sqs.sent("dlq").len()), (2, 1));
    assert_eq!(sqs.sent("dlq")[0].attributes["error_class"], "format");
}

#[tokio::test]
async fn a_refused_credential_parks_nothing() {
    let sqs = Sqs::start().await;
    let (returned, counts) =
        handle(&function::<false>(&sqs), &[message("m", 1, &["auth-1", "auth-2"])]).await;
    assert_eq!(returned, ["m"]);
    assert_eq!((counts.auth_failures, sqs.send_calls()), (1, 0));
}

#[tokio::test]
async fn a_message_delivered_twice_in_one_batch_is_handled_once() {
    let sqs = Sqs::start().await;
    let function = function::<false>(&sqs);
    let messages = [message("m", 1, &["a"]), message("m", 2, &["a"])];
    handle(&function, &messages).await;
    assert_eq!(*function.pipeline.destination.delivered.lock().unwrap(), ["a"]);
}

#[tokio::test]
async fn past_the_deadline_everything_comes_back() {
    let sqs = Sqs::start().await;
    let function = function::<false>(&sqs);
    let messages = [message("m1", 1, &["a"]), message("m2", 1, &["b"])];
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let (response, _) = function.handle(&messages, Instant::now(), now).await;
    assert_eq!(returned(&response), ["m1", "m2"]);
    assert!(function.pipeline.destination.delivered.lock().unwrap().is_empty());
}

#[tokio::test]
async fn many_parked_records_go_out_in_tens() {
    let sqs = Sqs::start().await;
    let ids: Vec<String> = (0..25).map(|number| format!("bad-{number}")).collect();
    // One that is taken: where all are refused alike, none is parked.
    let ids: Vec<&str> = ids.iter().map(String::as_str).chain(["fine"]).collect();
    let (returned, counts) = handle(&function::<false>(&sqs), &[message("m", 1, &ids)]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.rejected, sqs.sent("dlq").len(), sqs.send_calls()), (25, 25, 3));
}

#[tokio::test]
async fn a_message_without_a_body_is_an_unreadable_record() {
    let sqs = Sqs::start().await;
    let bodyless: Received =
        serde_json::from_value(json!({"messageId": "m1", "receiptHandle": "r1"})).unwrap();
    let (returned, counts) =
        handle(&function::<false>(&sqs), &[bodyless, message("m2", 1, &["a"])]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, counts.rejected), (1, 1));
    let parked = sqs.sent("dlq");
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].attributes["error_class"], "unreadable");
    assert_eq!(parked[0].attributes["reason"], "the message has no body");
}

/// A queue that hangs costs no more than the time there is, and what was delivered is settled.
#[tokio::test]
async fn hanging_queues_do_not_outlast_the_deadline() {
    let sqs = Sqs::start().await;
    let function = function::<false>(&sqs);
    for queue in ["own", "dlq"] {
        sqs.fail(queue, Failing::Hang(Duration::from_mins(1)));
    }
    let messages = [
        message("m1", 1, &["a"]),
        message("m2", 1, &["bad-1", "b"]),
        message("m3", 1, &["later-1", "c"]),
    ];
    let begin = Instant::now();
    let deadline = begin + Duration::from_secs(5);
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let (response, _) = function.handle(&messages, deadline, now).await;
    assert!(Instant::now() < deadline, "{:?}", begin.elapsed());
    assert_eq!(returned(&response), ["m2", "m3"]);
}

/// One call after the other, at 50 ms each, a thousand messages would take five seconds to hide.
#[tokio::test]
async fn a_thousand_messages_come_back_within_the_reserve() {
    let sqs = Sqs::start().await;
    sqs.slow("own", Duration::from_millis(50));
    let messages: Vec<Received> =
        (0..1000).map(|id| message(&format!("m{id}"), 1, &["later-1"])).collect();
    let deadline = Instant::now() + Duration::from_secs(5);
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let (response, _) = function::<false>(&sqs).handle(&messages, deadline, now).await;
    assert!(Instant::now() < deadline);
    assert_eq!(response.batch_item_failures.len(), 1000);
    assert_eq!(sqs.hidden().len(), 1000);
}
