//! `replay` from a scripted archive to a scripted queue.

use tests::server::{Reply, Request, Server};

use crate::queue::Queue;
use crate::support::{BINARY, End, Place, event_at, zstd};

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
