//! The drain between a queue and a lake: nothing is deleted before it is stored, nothing is lost.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use delivery::pipeline::Counts;
use lambda::{Drained, End, Function, Goals, Queue, drain, queue};
use tests::sqs::{Failing, Sqs};

use super::*;

const GOALS: Goals = Goals { bytes: 1 << 20, records: 1000, time: Duration::from_mins(1) };

/// A message of the queue: the sample's line under other ids.
fn body(sample: &str, ids: &[&str]) -> String {
    let line = SAMPLES.lines().find(|line| line.contains(&format!("\"id\":\"{sample}"))).unwrap();
    let begin = line.find("\"id\":\"").unwrap() + 6;
    let end = begin + line.split_at(begin).1.find('"').unwrap();
    let lines: Vec<String> = ids
        .iter()
        .map(|id| format!("{}{id}{}", line.split_at(begin).0, line.split_at(end).1))
        .collect();
    lines.join("\n")
}

async fn run_drain(sqs: &Sqs, s3: &Server, goals: Goals, seconds: u64) -> (Drained, Counts) {
    let client = queue::client(&tests::secrets::config(&sqs.url()));
    let own = Queue::new(client.clone(), sqs.queue("own"));
    let mut pipeline = Pipeline::new(at(s3, "").await, Filter::default(), None);
    pipeline.backoff.attempts = 1;
    let dlq = Some(Queue::new(client, sqs.queue("dlq")));
    let name = "security-lake".to_owned();
    let function = Function { name, pipeline, queue: Some(own.clone()), dlq };
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let now = "2026-02-15T00:00:00Z".parse().unwrap();
    drain::drain(&function, &own, goals, deadline, now).await
}

/// S3 that takes all and notes what was in the queue when each object came.
async fn watching(sqs: &Arc<Sqs>) -> (Server, Arc<Mutex<Vec<usize>>>) {
    let left = Arc::new(Mutex::new(Vec::new()));
    let (seen, sqs) = (left.clone(), sqs.clone());
    let server = Server::start(move |_| {
        seen.lock().unwrap().push(sqs.left("own").len());
        stored()
    })
    .await;
    (server, left)
}

/// The ids in all objects that the server has.
fn ids(server: &Server) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for put in puts(server) {
        let file = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(put.body)).unwrap();
        for batch in file.build().unwrap() {
            let mut lines = arrow_json::LineDelimitedWriter::new(Vec::new());
            lines.write(&batch.unwrap()).unwrap();
            let text = String::from_utf8(lines.into_inner()).unwrap();
            ids.extend(text.lines().map(|line| {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                row["metadata"]["uid"].as_str().unwrap().to_owned()
            }));
        }
    }
    ids
}

#[tokio::test]
async fn messages_are_deleted_when_all_their_objects_are_there() {
    let sqs = Arc::new(Sqs::start().await);
    for number in 0..25 {
        sqs.put("own", body("SecretAccess", &[&format!("a-{number}"), &format!("b-{number}")]));
    }
    sqs.put("own", format!("{}\n{}", body("SecretAccess", &["c"]), body("Authentication", &["d"])));
    let (s3, left) = watching(&sqs).await;
    let (drained, counts) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((drained.messages, drained.deleted, drained.returned), (26, 26, 0));
    assert_eq!((drained.end, drained.batches, counts.delivered), (End::Empty, 1, 52));
    assert_eq!(*left.lock().unwrap(), [26, 26], "nothing is deleted before both objects are there");
    assert!(sqs.left("own").is_empty());
    assert_eq!((puts(&s3).len(), ids(&s3).len()), (2, 52), "few, large objects");
}

#[tokio::test]
async fn what_is_received_is_hidden_for_longer_than_the_drain_can_take() {
    let sqs = Sqs::start().await;
    sqs.put("own", body("SecretAccess", &["a"]));
    let s3 = Server::replies([stored()]).await;
    run_drain(&sqs, &s3, GOALS, 600).await;
    let hidden = sqs.held_for();
    assert!(hidden.iter().all(|seconds| (655..=660).contains(seconds)), "{hidden:?}");
}

#[tokio::test]
async fn a_drain_killed_between_writing_and_deleting_loses_nothing_and_writes_nothing_twice() {
    let sqs = Sqs::start().await;
    sqs.put("own", body("SecretAccess", &["a", "b"]));
    let late = Reply::After(Duration::from_secs(5), Box::new(stored()));
    let s3 = Server::replies([late, refuses(412, "PreconditionFailed")]).await;
    // Killed as soon as the object is there, before anybody was told.
    let killed = async {
        while puts(&s3).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = killed => {}
        _ = run_drain(&sqs, &s3, GOALS, 60) => {}
    }
    assert_eq!(sqs.left("own").len(), 1);
    sqs.reappear("own");
    let (drained, counts) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((drained.deleted, counts.duplicate), (1, 2));
    let puts = puts(&s3);
    assert_eq!(key(&puts[0]), key(&puts[1]), "the same object again");
    assert!(sqs.left("own").is_empty());
    assert_eq!(ids(&s3).len(), 2);
}

#[tokio::test]
async fn messages_that_cannot_be_deleted_are_said_to_come_back() {
    let sqs = Sqs::start().await;
    for number in 0..12 {
        sqs.put("own", body("SecretAccess", &[&format!("a-{number}")]));
    }
    sqs.fail("own", Failing::FirstEntry(1));
    let s3 = Server::replies([stored()]).await;
    let (drained, _) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!(drained.deleted, 12, "an entry that failed once is tried again");
    assert!(sqs.left("own").is_empty());

    sqs.put("own", body("SecretAccess", &["b"]));
    sqs.fail("own", Failing::FirstEntry(100));
    let (drained, counts) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((drained.deleted, drained.returned, counts.delivered), (0, 1, 1));
    assert_eq!(sqs.left("own").len(), 1);
}

#[tokio::test]
async fn what_cannot_be_stored_stays_and_the_drain_ends() {
    for (status, code) in
        [(503, "SlowDown"), (409, "ConditionalRequestConflict"), (403, "AccessDenied")]
    {
        let sqs = Sqs::start().await;
        for number in 0..60 {
            sqs.put("own", body("SecretAccess", &[&format!("a-{number}")]));
        }
        let s3 = Server::replies([refuses(status, code)]).await;
        let goals = Goals { records: 20, ..GOALS };
        let (drained, counts) = run_drain(&sqs, &s3, goals, 60).await;
        assert_eq!((drained.end, drained.deleted), (End::Undelivered, 0), "{code}");
        assert_eq!(drained.messages, 40, "{code}: the rest of the queue is left alone");
        assert_eq!((counts.retried, counts.rejected), (40, 0), "{code}");
        assert_eq!(sqs.left("own").len(), 60, "{code}");
        assert!(sqs.sent("dlq").is_empty(), "{code}");
        assert_eq!(sqs.hidden().len(), 40, "{code}: each has its back-off");
    }
}

#[tokio::test]
async fn of_a_message_partly_stored_only_the_rest_comes_back() {
    let sqs = Sqs::start().await;
    let login = body("Authentication", &["login"]);
    sqs.put("own", format!("{}\n{login}", body("SecretAccess", &["call"])));
    let s3 = Server::start(|request| {
        if request.path.contains("vault-auth") { refuses(503, "SlowDown") } else { stored() }
    })
    .await;
    let (drained, counts) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((counts.delivered, counts.retried, drained.deleted), (1, 1, 1));
    let sent = sqs.sent("own");
    assert_eq!((sent.len(), &sent[0].body), (1, &login));
    assert!(sqs.left("own").is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_parked_with_its_reason_and_its_neighbours_go_on() {
    let sqs = Sqs::start().await;
    sqs.put("own", format!("{}\n{{\"no\": \"event\"}}", body("SecretAccess", &["a"])));
    let s3 = Server::replies([stored()]).await;
    let (drained, counts) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((counts.delivered, drained.rejected, drained.deleted), (1, 1, 1));
    let [parked] = sqs.sent("dlq").try_into().unwrap();
    assert_eq!(parked.body, "{\"no\": \"event\"}");
    assert_eq!(parked.attributes["error_class"], "unreadable");
    assert_eq!(parked.attributes["destination"], "security-lake");
}

#[tokio::test]
async fn a_large_backlog_is_written_in_pieces_that_fit_into_memory() {
    let sqs = Sqs::start().await;
    for number in 0..100 {
        sqs.put("own", body("SecretAccess", &[&format!("a-{number}")]));
    }
    let s3 = Server::replies([stored()]).await;
    let bytes = body("SecretAccess", &["a-0"]).len() * 30;
    let (drained, _) = run_drain(&sqs, &s3, Goals { bytes, ..GOALS }, 60).await;
    // Four calls of ten at a time: 40, 40 and the 20 that are left.
    assert_eq!((drained.batches, drained.deleted, drained.end), (3, 100, End::Empty));
    assert_eq!(ids(&s3).len(), 100);
}

#[tokio::test]
async fn it_stops_receiving_in_time_to_write() {
    let sqs = Sqs::start().await;
    for number in 0..100 {
        sqs.put("own", body("SecretAccess", &[&format!("a-{number}")]));
    }
    let s3 = Server::replies([Reply::After(Duration::from_secs(1), Box::new(stored()))]).await;
    let goals = Goals { records: 1, time: Duration::from_millis(500), ..GOALS };
    let (drained, _) = run_drain(&sqs, &s3, goals, 60).await;
    assert_eq!((drained.end, drained.batches, drained.deleted), (End::Time, 1, 40));
    assert_eq!(sqs.left("own").len(), 60);
    // Without any time left nothing is even received.
    let (drained, _) = run_drain(&sqs, &s3, GOALS, 0).await;
    assert_eq!((drained.end, drained.messages), (End::Time, 0));
}

#[tokio::test]
async fn an_empty_queue_writes_nothing_and_one_that_cannot_be_read_says_so() {
    let sqs = Sqs::start().await;
    let s3 = Server::replies([stored()]).await;
    let (drained, _) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((drained.end, drained.batches), (End::Empty, 0));
    sqs.fail("own", Failing::Calls);
    let (drained, _) = run_drain(&sqs, &s3, GOALS, 60).await;
    assert_eq!((drained.end, drained.messages), (End::Unreadable, 0));
    assert!(s3.requests().is_empty());
}

#[test]
fn the_answer_is_a_small_summary() {
    let drained = Drained {
        messages: 3,
        deleted: 2,
        returned: 1,
        batches: 1,
        delivered: 5,
        filtered: 0,
        rejected: 1,
        retried: 1,
        end: End::Undelivered,
    };
    let text = serde_json::to_string(&drained).unwrap();
    assert_eq!(
        text,
        r#"{"messages":3,"deleted":2,"returned":1,"batches":1,"delivered":5,"filtered":0,"rejected":1,"retried":1,"end":"undelivered"}"#
    );
}
