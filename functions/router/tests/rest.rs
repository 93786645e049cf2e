//! Whatever fails, each route finally gets what it would have got without failures.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use delivery::credentials::{Credentials, Store};
use delivery::tools::Aws;
use lambda::Received;
use proptest::prelude::*;
use router::{Config, Router};
use serde_json::{Map, Value, json};
use tests::sqs::{Failing, Sent, Sqs};
use tests::ssm::Ssm;
use tokio::time::Instant;
use transform::source::Settings;

/// Records of every source. Entries of a hash chain, of which some will be left out, come often.
const SAMPLES: [&str; 8] = [
    include_str!("../../../samples/sanctum/audit_entries.jsonl"),
    include_str!("../../../samples/sanctum/audit_entries.jsonl"),
    include_str!("../../../samples/sanctum/sanctum_events.jsonl"),
    include_str!("../../../samples/sanctum/sanctum_events_ocsf.jsonl"),
    include_str!("../../../samples/syncropel/audit_export.jsonl"),
    include_str!("../../../samples/syncropel/audit_export.bulk-elastic.ndjson"),
    include_str!("../../../samples/syncropel/secret_audit_records.jsonl"),
    include_str!("../../../samples/hashicorp_vault/audit.jsonl"),
];

/// Lines that are no records, and records of a form that has been spoilt.
const NOISE: [&str; 5] = [
    "Nov 27 05:42:11 app-7 sshd[4242]: session opened",
    r#"{"who":"maria","password":"hunter2"}"#,
    r#"{"type":"response","request":7}"#,
    r#"{"index":{"_id":"of-nobody"}}"#,
    "# a comment",
];

/// Queues that may fail, with the entries that each of an invocation's calls loses.
const QUEUES: [&str; 4] = ["siem", "archive", "dlq", "ingest"];

type Failures = [u64; 4];

/// What ended where: for each queue what it holds, without the time of reading.
type Ends = BTreeMap<&'static str, Vec<String>>;

fn body() -> impl Strategy<Value = String> {
    let record = (any::<u8>(), 0..NOISE.len());
    (0..SAMPLES.len(), proptest::collection::vec(record, 12)).prop_map(|(sample, chosen)| {
        let lines = SAMPLES[sample].lines().zip(chosen.iter().cycle());
        let lines = lines.filter_map(|(line, (chance, noise))| match chance % 8 {
            0 => None,
            1 => Some(NOISE[*noise].to_owned()),
            // Of another content than its hash.
            2 => Some(line.replacen('e', "3", 1)),
            _ => Some(line.to_owned()),
        });
        lines.take(30).collect::<Vec<_>>().join("\n")
    })
}

fn failures() -> impl Strategy<Value = Failures> {
    let bits = |none| prop_oneof![none => Just(0), 1 => any::<u64>(), 1 => Just(u64::MAX)];
    [bits(1), bits(1), bits(1), bits(6)]
}

fn message(id: &str, body: &str, attributes: &BTreeMap<String, String>, tries: usize) -> Received {
    let attributes: Map<String, Value> = attributes
        .iter()
        .map(|(name, text)| (name.clone(), json!({"stringValue": text, "dataType": "String"})))
        .collect();
    serde_json::from_value(json!({
        "messageId": id, "receiptHandle": id, "body": body,
        "attributes": {"ApproximateReceiveCount": tries.to_string()},
        "messageAttributes": attributes,
    }))
    .unwrap()
}

/// Routes the bodies until nothing is left, with these failures in the first invocations.
async fn route(bodies: &[String], failures: &[Failures]) -> Ends {
    let (sqs, ssm) = (Sqs::start().await, Ssm::start().await);
    let filter = r#"include_classes = ["ExportHealth", "SecretAccess", "PolicyViolation"]"#;
    for (name, filter) in [("siem", ""), ("archive", filter)] {
        let queue = sqs.queue(name);
        let route = format!(
            "type = 'x'\nqueue_url = '{queue}'\nbatch_size = 3\nfilter = '''\n{filter}\n'''\n"
        );
        ssm.put(&format!("/routes/{name}"), route);
    }
    let config = Config {
        queue_url: Some(sqs.queue("ingest")),
        dlq_url: Some(sqs.queue("dlq")),
        reading: Settings::at(jiff::Timestamp::UNIX_EPOCH),
        routes_path: "/routes".to_owned(),
        pseudonym_key: None,
    };
    let router = Router::new(
        config,
        queue::client(&tests::secrets::config(&sqs.url())),
        routes::client(&tests::secrets::config(&ssm.url())),
        Credentials::new(Store::new(Aws::from_config(tests::secrets::config(&ssm.url())))),
    );
    let none = BTreeMap::new();
    let mut inbox: Vec<Received> = bodies
        .iter()
        .enumerate()
        .map(|(at, body)| message(&format!("m{at}"), body, &none, 1))
        .collect();
    let mut requeued = 0;
    for round in 0.. {
        assert!(round < 20, "it does not end");
        for (at, queue) in QUEUES.iter().enumerate() {
            sqs.fail(queue, Failing::These(failures.get(round).map_or(0, |failing| failing[at])));
        }
        let now =
            jiff::Timestamp::from_second(1_800_000_000 + i64::try_from(round).unwrap()).unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        let (response, _) = router.handle(&inbox, deadline, now).await;
        let back = |message: &Received| {
            response.batch_item_failures.iter().any(|failure| failure.item_identifier == message.id)
        };
        inbox.retain(back);
        let rest = sqs.sent("ingest");
        for (at, Sent { body, attributes, .. }) in rest.iter().enumerate().skip(requeued) {
            inbox.push(message(&format!("r{at}"), body, attributes, 1));
        }
        requeued = rest.len();
        if inbox.is_empty() {
            break;
        }
    }
    ["siem", "archive", "dlq"].into_iter().map(|queue| (queue, held(&sqs.sent(queue)))).collect()
}

fn held(sent: &[Sent]) -> Vec<String> {
    let mut lines: Vec<String> =
        sent.iter().flat_map(|sent| sent.body.lines()).map(timeless).collect();
    lines.sort();
    lines
}

/// A line without the moment at which it was read.
fn timeless(line: &str) -> String {
    let Ok(Value::Object(mut event)) = serde_json::from_str(line) else { return line.to_owned() };
    event.remove("observed_time");
    if event.get("time_quality").is_some_and(|quality| quality == "ingest") {
        event.remove("time");
    }
    Value::Object(event).to_string()
}

fn routed(bodies: &[String], failures: &[Failures]) -> Ends {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(route(bodies, failures))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn each_route_finally_gets_what_it_would_have_got(
        bodies in proptest::collection::vec(body(), 1..4),
        failures in proptest::collection::vec(failures(), 0..4),
    ) {
        let wanted = routed(&bodies, &[]);
        let mut got = routed(&bodies, &failures);
        // What could not be requeued comes back whole: more than once then, and nothing else.
        if failures.iter().any(|[.., requeue]| *requeue != 0) {
            for (queue, lines) in &mut got {
                prop_assert!(lines.len() >= wanted[queue].len());
                lines.dedup();
            }
            let wanted: Ends = wanted.into_iter().map(|(queue, mut lines)| {
                lines.dedup();
                (queue, lines)
            }).collect();
            prop_assert_eq!(got, wanted);
        } else {
            prop_assert_eq!(got, wanted);
        }
    }
}

/// The case that the property was found by: an entry is missing, and one route fails.
#[test]
fn a_gap_is_found_once_and_by_every_route() {
    let entries: Vec<&str> = SAMPLES[0].lines().take(6).collect();
    let body = [&entries[..2], &entries[3..]].concat().join("\n");
    let findings = |ends: &Ends, queue| {
        ends[queue].iter().filter(|line| line.contains("\"class\":\"ExportHealth\"")).count()
    };
    let failures = [[0, u64::MAX, 0, 0], [0, 0b101, 0, 0], [0, 0b10, 0, 0]];
    let ends = routed(&[body], &failures);
    assert_eq!([findings(&ends, "siem"), findings(&ends, "archive")], [1, 1]);
}
