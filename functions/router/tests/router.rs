//! The router against an SQS on a real socket.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use delivery::credentials::{Credentials, SecretRef, Store};
use delivery::tools::Aws;
use lambda::Received;
use router::{Config, Counts, Router};
use serde_json::json;
use tests::sqs::{Failing, Sent, Sqs};
use tests::ssm::Ssm;
use tokio::time::Instant;
use transform::source::Settings;

const PATH: &str = "/vault-export/core/routes";

/// SQS and SSM, and a router between them.
struct Stack {
    sqs: Sqs,
    ssm: Ssm,
    router: Router,
}

impl std::ops::Deref for Stack {
    type Target = Sqs;

    fn deref(&self) -> &Sqs {
        &self.sqs
    }
}

impl Stack {
    /// Without routes.
    async fn empty() -> Stack {
        let (sqs, ssm) = (Sqs::start().await, Ssm::start().await);
        let config = Config {
            queue_url: Some(sqs.queue("ingest")),
            dlq_url: Some(sqs.queue("dlq")),
            reading: Settings::at(jiff::Timestamp::UNIX_EPOCH),
            routes_path: PATH.to_owned(),
            pseudonym_key: None,
        };
        let sqs_client = queue::client(&tests::secrets::config(&sqs.url()));
        let ssm_client = routes::client(&tests::secrets::config(&ssm.url()));
        let credentials = credentials("http://127.0.0.1:9");
        let router = Router::new(config, sqs_client, ssm_client, credentials);
        Stack { sqs, ssm, router }
    }

    /// With routes to `splunk-hec` and `s3`.
    async fn start(batch_size: usize) -> Stack {
        let stack = Stack::empty().await;
        for name in ["splunk-hec", "s3"] {
            stack.route(name, name, batch_size, "");
        }
        stack
    }

    /// The same, reading the routes again for every invocation.
    async fn fresh() -> Stack {
        let Stack { sqs, ssm, router } = Stack::start(100).await;
        Stack { sqs, ssm, router: router.fresh_for(Duration::ZERO) }
    }

    fn route(&self, name: &str, queue: &str, batch_size: usize, filter: &str) {
        let queue = self.sqs.queue(queue);
        let value = format!(
            "type = 'x'\nqueue_url = '{queue}'\nbatch_size = {batch_size}\nfilter = '''\n{filter}\n'''\n"
        );
        self.ssm.put(&format!("{PATH}/{name}"), value);
    }
}

/// Credentials of the Secrets Manager at this address.
fn credentials(url: &str) -> Credentials {
    Credentials::new(Store::new(Aws::from_config(tests::secrets::config(url))))
}

fn line(id: &str) -> String {
    format!(
        r#"{{"schema":"vault-audit/1","id":"{id}","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:a","type":"agent"}},"source":{{"product":"sanctum","instance":"v"}}}}"#
    )
}

fn message(id: &str, body: &str, attributes: &serde_json::Value) -> Received {
    serde_json::from_value(json!({
        "messageId": id,
        "receiptHandle": format!("receipt-{id}"),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": attributes,
    }))
    .unwrap()
}

/// The messages that the router sent to its own queue, as they come back.
fn again(rest: &[Sent]) -> Vec<Received> {
    let attribute = |(name, value): (&String, &String)| {
        (name.clone(), json!({"stringValue": value, "dataType": "String"}))
    };
    let again = |(id, sent): (usize, &Sent)| {
        let attributes: serde_json::Map<_, _> = sent.attributes.iter().map(attribute).collect();
        message(&format!("r{id}"), &sent.body, &attributes.into())
    };
    rest.iter().enumerate().map(again).collect()
}

async fn handle(stack: &Stack, bodies: &[String]) -> (Vec<String>, Counts) {
    let bodies = bodies.iter().enumerate();
    let messages: Vec<_> =
        bodies.map(|(id, body)| message(&format!("m{id}"), body, &json!({}))).collect();
    handle_messages(stack, &messages).await
}

async fn handle_messages(stack: &Stack, messages: &[Received]) -> (Vec<String>, Counts) {
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let (response, counts) = stack.router.handle(messages, deadline, now).await;
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
    let sqs = Stack::start(10).await;
    let bodies: Vec<String> = (0..25).map(|number| line(&format!("e{number}"))).collect();
    let (returned, counts) = handle(&sqs, &bodies).await;
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
    let sqs = Stack::start(100).await;
    let bodies = [line("a"), format!("{}\n\n{}\n", line("b"), line("c"))];
    let (returned, _) = handle(&sqs, &bodies).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b", "c"]]);
}

#[tokio::test]
async fn an_unreadable_record_is_parked_alone_without_its_secrets() {
    let sqs = Stack::start(100).await;
    let bad = r#"{"who":"maria","password":"hunter2","note":"hvs.CAESIJcanary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj"}"#;
    let body = format!("{}\n{bad}\n{}", line("a"), line("b"));
    let (returned, counts) = handle(&sqs, &[body]).await;
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
    let sqs = Stack::start(100).await;
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
    let (returned, counts) = handle(&sqs, &bodies).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b", "c"]]);
    assert_eq!((counts.records, counts.rejected), (4, 1));
    let parked = sqs.sent("dlq");
    assert_eq!(parked[0].attributes["reason"], "in cloudwatch_logs: no known audit format");
}

/// Only the record that is owed goes back, and it reads there as it did here.
#[tokio::test]
async fn a_record_that_goes_back_keeps_what_it_came_in() {
    let sqs = Stack::start(100).await;
    sqs.fail("s3", Failing::Calls);
    let whole = line("c");
    let (head, tail) = whole.split_at(90);
    let time = "2026-02-14T22:30:01Z";
    let body = format!("{time} stdout P {head}\n{time} stdout F {tail}\n{}", line("d"));
    handle(&sqs, &[body]).await;
    let rest = sqs.sent("ingest");
    assert_eq!(rest.len(), 1);
    sqs.mend("s3");
    handle_messages(&sqs, &again(&rest)).await;
    assert_eq!(ids(&sqs, "s3"), [["c", "d"]]);
    assert_eq!(sqs.sent("s3")[0].body, sqs.sent("splunk-hec")[0].body);
}

#[tokio::test]
async fn a_queue_that_fails_does_not_repeat_events_to_the_others() {
    let sqs = Stack::start(100).await;
    sqs.fail("s3", Failing::Calls);
    let (returned, counts) = handle(&sqs, &[line("a"), line("b")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, counts.retried), (2, 2));
    let rest = sqs.sent("ingest");
    assert_eq!(rest.len(), 2);
    let [sent] = &sqs.sent("splunk-hec")[..] else { panic!("one message") };
    let lines: Vec<&str> = rest.iter().map(|rest| rest.body.as_str()).collect();
    assert_eq!(lines, sent.body.lines().collect::<Vec<_>>());
    assert_eq!(rest[0].attributes["routes"], "s3");
    assert_eq!(rest[0].attributes["rest"], "events");
    assert_eq!((rest[0].attributes["attempts"].as_str(), rest[0].delay), ("1", 5));

    // When it comes round again it goes to s3 alone.
    sqs.mend("s3");
    let (returned, _) = handle_messages(&sqs, &again(&rest)).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&sqs, "s3"), [["a", "b"]]);
    assert_eq!(ids(&sqs, "splunk-hec"), [["a", "b"]]);
}

#[tokio::test]
async fn when_every_queue_fails_messages_simply_come_back() {
    let sqs = Stack::start(100).await;
    for queue in ["s3", "splunk-hec"] {
        sqs.fail(queue, Failing::Calls);
    }
    let (returned, _) = handle(&sqs, &[line("a"), line("b")]).await;
    assert_eq!(returned, ["m0", "m1"]);
    assert!(sqs.sent("ingest").is_empty());
    assert_eq!(sqs.hidden(), [("receipt-m0".to_owned(), 5), ("receipt-m1".to_owned(), 5)]);
}

#[tokio::test]
async fn when_the_rest_cannot_be_requeued_either_nothing_is_lost() {
    let sqs = Stack::start(100).await;
    sqs.fail("s3", Failing::Calls);
    sqs.fail("ingest", Failing::Calls);
    let (returned, _) = handle(&sqs, &[line("a")]).await;
    assert_eq!(returned, ["m0"]);
}

#[tokio::test]
async fn an_unreadable_record_that_cannot_be_parked_comes_back_alone() {
    let sqs = Stack::start(100).await;
    sqs.fail("dlq", Failing::Calls);
    let (returned, _) = handle(&sqs, &[format!("{}\nnonsense", line("a"))]).await;
    assert!(returned.is_empty());
    let rest = sqs.sent("ingest");
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].body, "nonsense");
    assert!(!rest[0].attributes.contains_key("routes"));

    // It is not read again: what is refused once goes to the DLQ for the same reason.
    sqs.mend("dlq");
    let (returned, counts) = handle_messages(&sqs, &again(&rest)).await;
    assert_eq!((returned.len(), counts.rejected), (0, 1));
    let [parked] = &sqs.sent("dlq")[..] else { panic!("one message") };
    assert_eq!(parked.body, "nonsense");
    assert_eq!(parked.attributes["reason"], rest[0].attributes["reason"]);
    assert_eq!(parked.attributes["attempts"], "2");
    assert!(!parked.attributes.contains_key("rest"));
}

/// A log of another kind in the queue: settled in a few calls, once, and the events beside it, too.
#[tokio::test]
async fn a_flood_of_unreadable_lines_is_settled_in_few_messages() {
    let sqs = Stack::start(10_000).await;
    let words = "Nov 27 05:42:11 app-7 sshd[4242]: session opened for user deploy by (uid=0)";
    let flood: Vec<String> = (0..6500).map(|number| format!("{words} #{number}")).collect();
    let flood = flood.join("\n");
    let bodies: Vec<String> =
        (0..5).map(|at| format!("{}\n{flood}", line(&format!("e{at}")))).collect();
    let begun = std::time::Instant::now();
    let (returned, counts) = handle(&sqs, &bodies).await;
    let took = begun.elapsed();
    assert!(returned.is_empty());
    assert_eq!((counts.rejected, counts.delivered), (32_500, 10));
    assert_eq!(ids(&sqs, "s3").concat().len(), 5);
    let parked = sqs.sent("dlq");
    assert!(parked.len() < 100, "{}", parked.len());
    assert!(sqs.send_calls() < 20, "{}", sqs.send_calls());
    let records = parked.iter().map(|sent| sent.attributes["records"].parse::<usize>().unwrap());
    assert_eq!(records.sum::<usize>(), 32_500);
    assert_eq!(parked.iter().flat_map(|sent| sent.body.lines()).count(), 32_500);
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// When the time to read is over, what was not begun goes back, and nothing of it was sent.
#[tokio::test]
async fn messages_that_there_is_no_time_to_read_go_back_whole() {
    let stack = Stack::start(100).await;
    let messages = [message("m0", &line("a"), &json!({})), message("m1", &line("b"), &json!({}))];
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    stack.router.prepare().await;
    let soon = Instant::now() + Duration::from_nanos(1);
    let (response, _) = stack.router.handle(&messages, soon, now).await;
    assert_eq!(response.batch_item_failures.len(), 2);
    assert!(stack.sent("ingest").is_empty() && stack.sent("s3").is_empty());
}

#[tokio::test]
async fn a_mebibyte_of_events_leaves_in_messages_of_sixty_kibibytes() {
    let sqs = Stack::start(10_000).await;
    let lines: Vec<String> = (0..4000).map(|number| line(&format!("e{number}"))).collect();
    let (returned, counts) = handle(&sqs, &[lines.join("\n")]).await;
    assert!(returned.is_empty());
    assert_eq!(counts.records, 4000);
    let sent = sqs.sent("s3");
    assert!(sent.iter().all(|sent| sent.body.len() <= 60 * 1024));
    assert_eq!(ids(&sqs, "s3").concat().len(), 4000);
}

#[tokio::test]
async fn a_message_without_a_body_is_an_unreadable_record() {
    let stack = Stack::start(100).await;
    let messages = [
        serde_json::from_value(json!({"messageId": "m0", "receiptHandle": "r0"})).unwrap(),
        message("m1", &line("a"), &json!({})),
    ];
    let (returned, counts) = handle_messages(&stack, &messages).await;
    assert!(returned.is_empty());
    assert_eq!((counts.rejected, ids(&stack, "s3")), (1, vec![vec!["a".to_owned()]]));
    assert_eq!(stack.sent("dlq")[0].attributes["error_class"], "unreadable");
}

#[tokio::test]
async fn every_page_of_routes_is_delivered_to_and_each_by_its_own_filter() {
    let stack = Stack::empty().await;
    for number in 0..25 {
        stack.route(&format!("webhook-{number:02}"), &format!("w{number}"), 100, "");
    }
    stack.route("zz-none", "none", 100, r#"exclude_classes = ["SecretAccess"]"#);
    let (returned, counts) = handle(&stack, &[line("a")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, stack.ssm.calls()), (25, 3));
    for number in 0..25 {
        assert_eq!(ids(&stack, &format!("w{number}")), [["a"]]);
    }
    assert!(stack.sent("none").is_empty());
    assert!(stack.ssm.paths().iter().all(|path| path == PATH));
}

#[tokio::test]
async fn routes_are_read_once_and_again_when_they_are_old() {
    let stack = Stack::start(100).await;
    for _ in 0..3 {
        handle(&stack, &[line("a")]).await;
    }
    assert_eq!(stack.ssm.calls(), 1);

    let stack = Stack::fresh().await;
    handle(&stack, &[line("a")]).await;
    stack.route("late", "late", 100, "");
    handle(&stack, &[line("b")]).await;
    assert_eq!((ids(&stack, "late"), stack.ssm.calls()), (vec![vec!["b".to_owned()]], 2));
}

#[tokio::test]
async fn when_ssm_fails_the_last_good_routes_are_used() {
    let stack = Stack::fresh().await;
    handle(&stack, &[line("a")]).await;
    stack.ssm.fail(Some("ThrottlingException"));
    let (returned, counts) = handle(&stack, &[line("b")]).await;
    assert!(returned.is_empty());
    assert!(counts.stale);
    assert_eq!(ids(&stack, "s3"), [["a"], ["b"]]);
    stack.ssm.fail(None);
}

#[tokio::test]
async fn without_routes_everything_is_given_back_and_comes_when_there_are_some() {
    let stack = Stack::start(100).await;
    stack.ssm.fail(Some("AccessDeniedException"));
    let (returned, counts) = handle(&stack, &[line("a"), line("b")]).await;
    assert_eq!(returned, ["m0", "m1"]);
    assert_eq!((counts.stale, counts.no_routes, counts.delivered), (true, false, 0));
    assert_eq!(stack.hidden(), [("receipt-m0".to_owned(), 5), ("receipt-m1".to_owned(), 5)]);
    stack.ssm.fail(None);
    let (returned, counts) = handle(&stack, &[line("a"), line("b")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.stale, counts.delivered), (false, 4));
}

#[tokio::test]
async fn an_empty_answer_is_never_deliver_to_nobody() {
    let stack = Stack::empty().await;
    let (returned, counts) = handle(&stack, &[line("a")]).await;
    assert_eq!((returned, counts.no_routes), (vec!["m0".to_owned()], true));

    // Nor when there were routes before.
    let stack = Stack::fresh().await;
    handle(&stack, &[line("a")]).await;
    for name in ["s3", "splunk-hec"] {
        stack.ssm.remove(&format!("{PATH}/{name}"));
    }
    let (returned, counts) = handle(&stack, &[line("b")]).await;
    assert_eq!((returned, counts.no_routes), (vec!["m0".to_owned()], true));
    assert_eq!(ids(&stack, "s3"), [["a"]]);
    // While SSM fails, too: its last answer held none.
    stack.ssm.fail(Some("InternalServerError"));
    assert_eq!(handle(&stack, &[line("b")]).await.0, ["m0"]);
    stack.ssm.fail(None);
    stack.route("s3", "s3", 100, "");
    let (returned, counts) = handle(&stack, &[line("b")]).await;
    assert_eq!((returned.len(), counts.no_routes), (0, false));
    assert_eq!(ids(&stack, "s3"), [["a"], ["b"]]);
}

#[tokio::test]
async fn a_route_that_becomes_unreadable_keeps_its_last_good_version() {
    let stack = Stack::fresh().await;
    handle(&stack, &[line("a")]).await;
    stack.ssm.put(&format!("{PATH}/s3"), "nonsense = = canary");
    let (returned, counts) = handle(&stack, &[line("b")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.unreadable_routes, counts.delivered), (1, 2));
    assert_eq!(ids(&stack, "s3"), [["a"], ["b"]]);
    assert_eq!(ids(&stack, "splunk-hec"), [["a"], ["b"]]);
}

#[tokio::test]
async fn a_route_that_was_never_readable_is_owed_its_events() {
    let stack = Stack::fresh().await;
    stack.ssm.put(&format!("{PATH}/s3"), "nonsense = = canary");
    let (returned, counts) = handle(&stack, &[line("a")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.unreadable_routes, counts.delivered, counts.retried), (1, 1, 1));
    assert_eq!(ids(&stack, "splunk-hec"), [["a"]]);
    let rest = stack.sent("ingest");
    assert_eq!((rest.len(), rest[0].attributes["routes"].as_str()), (1, "s3"));

    // Once it can be read, its filter holds for what it was owed.
    stack.route("s3", "s3", 100, r#"include_classes = ["SecretAccess"]"#);
    let owed = json!({"routes": {"stringValue": "s3", "dataType": "String"}});
    let (returned, _) = handle_messages(&stack, &[message("r", &rest[0].body, &owed)]).await;
    assert!(returned.is_empty());
    assert_eq!(ids(&stack, "s3"), [["a"]]);
    assert_eq!(ids(&stack, "splunk-hec"), [["a"]]);
}

#[tokio::test]
async fn what_is_owed_to_a_removed_route_is_counted_and_done_with() {
    let stack = Stack::start(100).await;
    handle(&stack, &[line("a")]).await;
    stack.fail("s3", Failing::Calls);
    stack.ssm.remove(&format!("{PATH}/s3"));
    let (returned, counts) = handle(&stack, &[line("b"), line("c")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.removed, counts.retried, counts.delivered), (2, 0, 2));
    assert_eq!(ids(&stack, "splunk-hec"), [vec!["a"], vec!["b", "c"]]);
    assert!(stack.sent("ingest").is_empty());
    assert_eq!(stack.ssm.calls(), 2, "read again at once, and no more");
}

#[tokio::test]
async fn a_route_with_a_new_queue_is_followed_at_once() {
    let stack = Stack::start(100).await;
    handle(&stack, &[line("a")]).await;
    stack.fail("s3", Failing::Calls);
    stack.route("s3", "s3-new", 100, "");
    let (returned, counts) = handle(&stack, &[line("b")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, counts.removed, counts.retried), (2, 0, 0));
    assert_eq!(ids(&stack, "s3-new"), [["b"]]);
    assert!(stack.sent("ingest").is_empty());
}

#[tokio::test]
async fn when_nobody_can_tell_whether_a_route_is_gone_its_events_wait() {
    let stack = Stack::start(100).await;
    handle(&stack, &[line("a")]).await;
    stack.fail("s3", Failing::Calls);
    stack.ssm.fail(Some("InternalServerError"));
    let (returned, counts) = handle(&stack, &[line("b")]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.removed, counts.retried), (0, 1));
    assert_eq!(stack.sent("ingest")[0].attributes["routes"], "s3");
}

#[tokio::test]
async fn a_rest_that_names_a_route_newer_than_the_table_is_delivered() {
    let stack = Stack::start(100).await;
    handle(&stack, &[line("a")]).await;
    stack.route("new", "new", 100, "");
    let owed = json!({"routes": {"stringValue": "new,s3", "dataType": "String"}});
    let (returned, counts) = handle_messages(&stack, &[message("r", &line("b"), &owed)]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.delivered, counts.removed), (2, 0));
    assert_eq!((ids(&stack, "new"), ids(&stack, "s3").len()), (vec![vec!["b".to_owned()]], 2));
}

#[tokio::test]
async fn a_rest_that_names_a_removed_route_is_counted_and_done_with() {
    let stack = Stack::start(100).await;
    let owed = json!({"routes": {"stringValue": "old,s3", "dataType": "String"}});
    let body = format!("{}\n{}", line("a"), line("b"));
    let (returned, counts) = handle_messages(&stack, &[message("r", &body, &owed)]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.removed, counts.delivered, counts.unwanted), (2, 2, 0));
    assert_eq!(ids(&stack, "s3"), [["a", "b"]]);
    assert!(stack.sent("splunk-hec").is_empty());

    // While the routes cannot be read, it may be newer than the table.
    stack.ssm.fail(Some("InternalServerError"));
    let (returned, counts) = handle_messages(&stack, &[message("r", &body, &owed)]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.removed, counts.retried), (0, 2));
    assert!(stack.sent("ingest").iter().all(|rest| rest.attributes["routes"] == "old"));
}

#[tokio::test]
async fn the_rest_of_a_message_for_a_renamed_route_finds_it() {
    let stack = Stack::empty().await;
    stack.route("splunk", "splunk", 100, "");
    let owed = json!({"routes": {"stringValue": "splunk-hec", "dataType": "String"}});
    let (returned, counts) = handle_messages(&stack, &[message("r", &line("a"), &owed)]).await;
    assert!(returned.is_empty());
    assert_eq!((counts.removed, ids(&stack, "splunk")), (0, vec![vec!["a".to_owned()]]));
}

/// One hanging queue with many events: the healthy route is settled, and the deadline kept.
#[tokio::test]
async fn a_hanging_queue_does_not_keep_a_healthy_route_from_being_settled() {
    let stack = Stack::start(1).await;
    stack.fail("s3", Failing::Hang(Duration::from_mins(2)));
    let bodies: Vec<String> = (0..200).map(|number| line(&format!("e{number}"))).collect();
    let messages: Vec<Received> = bodies
        .iter()
        .enumerate()
        .map(|(id, body)| message(&format!("m{id}"), body, &json!({})))
        .collect();
    let deadline = Instant::now() + Duration::from_secs(8);
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let (response, counts) = stack.router.handle(&messages, deadline, now).await;
    assert!(Instant::now() < deadline);
    assert!(response.batch_item_failures.is_empty());
    assert_eq!((counts.delivered, counts.retried), (200, 200));
    assert_eq!(ids(&stack, "splunk-hec").concat().len(), 200);
    let rest = stack.sent("ingest");
    assert_eq!(rest.len(), 200);
    assert!(rest.iter().all(|rest| rest.attributes["routes"] == "s3"));
}

#[tokio::test]
async fn a_hanging_ssm_costs_no_more_than_its_time() {
    let stack = Stack::start(100).await;
    stack.ssm.reply(tests::server::Reply::Hang(Duration::from_mins(2)));
    let deadline = Instant::now() + Duration::from_secs(4);
    let now = "2026-02-14T22:31:00Z".parse().unwrap();
    let messages = [message("m0", &line("a"), &json!({}))];
    let (response, counts) = stack.router.handle(&messages, deadline, now).await;
    assert!(Instant::now() < deadline);
    assert_eq!((response.batch_item_failures.len(), counts.stale), (1, true));
}

/// A log-on that failed, of somebody who typed this name.
fn failed_log_on(name: &str) -> String {
    json!({
        "time": "2026-02-14T22:30:01Z", "type": "response", "error": "1 error occurred: invalid username or password",
        "request": {"id": name, "operation": "update", "path": format!("auth/userpass/login/{name}"),
            "mount_point": "auth/userpass/", "mount_type": "userpass"},
    })
    .to_string()
}

impl Stack {
    /// With the key of pseudonyms in the Secrets Manager at this address.
    fn keyed(self, url: &str) -> Stack {
        let config = Config {
            queue_url: Some(self.sqs.queue("ingest")),
            dlq_url: Some(self.sqs.queue("dlq")),
            reading: Settings::at(jiff::Timestamp::UNIX_EPOCH),
            routes_path: PATH.to_owned(),
            pseudonym_key: Some(SecretRef::SecretsManager("arn".to_owned())),
        };
        let sqs = queue::client(&tests::secrets::config(&self.sqs.url()));
        let ssm = routes::client(&tests::secrets::config(&self.ssm.url()));
        Stack { router: Router::new(config, sqs, ssm, credentials(url)), ..self }
    }
}

#[tokio::test]
async fn a_name_typed_at_a_failed_log_on_is_a_pseudonym_by_the_stacks_key() {
    let path = |stack: &Stack, at: usize| {
        let event: serde_json::Value =
            serde_json::from_str(stack.sent("s3")[at].body.lines().next().unwrap()).unwrap();
        event["resource"]["path"].as_str().unwrap().to_owned()
    };
    let (server, _) = tests::secrets::holding("a random key of the stack").await;
    let stack = Stack::start(100).await.keyed(&server.url());
    for name in ["maria", "maria", "joe"] {
        let (returned, counts) = handle(&stack, &[failed_log_on(name)]).await;
        assert_eq!((returned.len(), counts.no_pseudonyms), (0, false));
    }
    let paths: Vec<String> = (0..3).map(|at| path(&stack, at)).collect();
    assert!(paths[0].contains("h1:") && !paths[0].contains("maria"), "{paths:?}");
    assert_eq!(paths[0], paths[1]);
    assert_ne!(paths[0], paths[2]);

    // Without the key the name is hidden, and delivered all the same.
    let broken = tests::server::Server::start(|_| tests::server::Reply::status(400, "{}")).await;
    let stack = Stack::start(100).await.keyed(&broken.url());
    let (returned, counts) = handle(&stack, &[failed_log_on("maria")]).await;
    assert_eq!((returned.len(), counts.delivered, counts.no_pseudonyms), (0, 2, true));
    assert!(path(&stack, 0).contains("[hidden]"), "{}", path(&stack, 0));
}

#[tokio::test]
async fn operations_without_a_row_are_counted() {
    let stack = Stack::start(100).await;
    let unknown = json!({
        "time": "2026-02-14T22:30:01Z", "type": "response",
        "request": {"id": "r", "operation": "update", "path": "sys/frobnicate/x"}, "response": {"data": {}},
    });
    let (_, counts) = handle(&stack, &[unknown.to_string(), line("a")]).await;
    assert_eq!((counts.unmapped, counts.delivered), (1, 4));
}
