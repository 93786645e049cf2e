//! `replay` from a scripted archive to a scripted queue.

use tests::server::{Reply, Request, Server};

use crate::queue::{Queue, Turn};
use crate::support::{BINARY, End, Place, event_at, events, names, zstd};

const FOLDER: &str = "vault-audit/class=SecretAccess/year=2026/month=02/day=14";

fn answer(request: &Request) -> Reply {
    if request.path.contains("list-type=2") {
        let keys: String = ["hour=21/x.jsonl.zst", "hour=22/a.jsonl.zst", "hour=22/b.jsonl"]
            .map(|name| format!("<Contents><Key>{FOLDER}/{name}</Key></Contents>"))
            .concat();
        let list =
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>");
        return Reply::status(200, list);
    }
    if request.path.contains("/a.jsonl.zst") {
        let text =
            event_at("early", "2026-02-14T22:10:00Z") + &event_at("a1", "2026-02-14T22:30:00Z");
        return Reply::status(200, zstd(&text)).header("x-amz-meta-format", "json");
    }
    Reply::status(200, "{\"class_uid\":6003}\n").header("x-amz-meta-format", "ocsf")
}

#[test]
fn events_of_the_range_go_to_the_queue_and_other_formats_are_named() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let archive = runtime.block_on(Server::start(answer));
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let run = |more: &[&str]| {
        let mut command = place.command(BINARY);
        command.args([
            "replay",
            "--bucket",
            "archive",
            "--since",
            "2026-02-14T22:20:00Z",
            "--until",
            "2026-02-15",
        ]);
        command.args(["--queue-url", &queue.dlq().replace("dlq", "splunk")]).args(more);
        command.envs(queue.environment()).env("AWS_ENDPOINT_URL_S3", archive.url());
        End::of(&command.output().unwrap())
    };
    let end = run(&["--dry-run"]);
    assert!(
        end.stderr.contains("1 event would be sent in 1 message from 1 object"),
        "{}",
        end.stderr
    );
    assert!(queue.bodies().is_empty());

    let end = run(&[]);
    assert_eq!(end.code, 3, "{}", end.stderr);
    assert!(end.stderr.contains("hour=22/b.jsonl: is not in the format `json`"), "{}", end.stderr);
    assert_eq!(queue.ids(), ["a1"]);
    assert!(archive.requests().iter().all(|request| !request.path.contains("hour%3D21/x")));
}

#[test]
fn after_an_entry_that_the_queue_did_not_take_only_that_one_is_sent_again() {
    const KEY: &str = "vault-audit/class=SecretAccess/year=2026/month=02/day=14/hour=22/a.jsonl";
    // What a check may have left there is no part of the archive.
    const CHECK: &str = "vault-audit/_vault_export_test/connection";
    let script = |request: &Request| {
        if request.path.contains("list-type=2") {
            let keys = [(CHECK, 0), (KEY, 1)].map(|(key, size)| {
                format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>")
            });
            let list = format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>",
                keys.concat()
            );
            return Reply::status(200, list);
        }
        Reply::status(200, events("a", 0..600)).header("x-amz-meta-format", "json")
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let archive = runtime.block_on(Server::start(script));
    // At first one entry fails in SQS, then one is not mentioned at all.
    let turns = [Turn::Fail(&[1], "InternalError", false), Turn::Forget(0)];
    let (place, queue) = (Place::new(), Queue::start(&turns));
    let mut command = place.command(BINARY);
    command.args(["replay", "--bucket", "archive", "--since", "2026-02-14"]);
    command.args(["--until", "2026-02-15", "--rate", "1000"]);
    command.args(["--queue-url", &queue.dlq().replace("dlq", "splunk")]);
    command.envs(queue.environment()).env("AWS_ENDPOINT_URL_S3", archive.url());
    let end = End::of(&command.output().unwrap()).done();
    let sizes: Vec<usize> = queue
        .requests()
        .iter()
        .map(|request| request["Entries"].as_array().unwrap().len())
        .collect();
    assert!(sizes[0] > 1 && sizes[1..] == [1, 1], "{sizes:?}: {}", end.stderr);
    let mut ids = queue.ids();
    ids.sort_by_key(|id| (id.len(), id.clone()));
    assert_eq!(ids, names("a", 0..600));
    assert!(archive.requests().iter().all(|request| !request.path.contains("vault_export_test")));
}
