//! `export` from a scripted archive and from a scripted dead-letter queue.

use tests::server::{Reply, Request, Server};
use tokio::runtime::Runtime;

use crate::queue::Queue;
use crate::support::{BINARY, End, Place, event, event_at, gzip, lines, zstd};

const DAY: &str = "vault-audit/class=SecretAccess/year=2026/month=02/day=14";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn listing(keys: &[&str]) -> Reply {
    let keys: Vec<String> =
        keys.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    let keys = keys.concat();
    Reply::status(
        200,
        format!("<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>"),
    )
}

/// Three hours, three compressions, and a raw log that somebody put there.
fn archive(request: &Request) -> Reply {
    let json = |body: Vec<u8>| Reply::status(200, body).header("x-amz-meta-format", "json");
    if request.path.contains("list-type=2") {
        let at = |name: &str| format!("{DAY}/{name}");
        let keys = [at("hour=20/a.jsonl"), at("hour=21/b.jsonl.gz"), at("hour=22/c.jsonl.zst")];
        return listing(&[
            &keys[0],
            &keys[1],
            &keys[2],
            "vault-audit/raw.log",
            "vault-audit/_temp",
        ]);
    }
    let path = &request.path;
    if path.contains("a.jsonl") {
        json(event_at("a", "2026-02-14T20:30:00Z").into_bytes())
    } else if path.contains("b.jsonl.gz") {
        json(gzip(&event_at("b", "2026-02-14T21:30:00Z")))
    } else if path.contains("c.jsonl.zst") {
        let both = event_at("c1", "2026-02-14T22:10:00Z") + &event_at("c2", "2026-02-14T22:40:00Z");
        json(zstd(&both))
    } else {
        Reply::status(200, event_at("raw", "2026-02-14T21:59:00Z"))
    }
}

fn export(server: &Server, arguments: &[&str]) -> End {
    let place = Place::new();
    let mut command = place.command(BINARY);
    command.arg("export").args(arguments);
    command
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example");
    End::of(&command.output().unwrap())
}

#[test]
fn the_archive_is_read_hour_by_hour_and_only_the_hours_that_are_wanted() {
    let runtime = runtime();
    let server = runtime.block_on(Server::start(archive));
    let flags = ["s3://audit/vault-audit/", "--region", "eu-west-1", "--format", "jsonl"];
    assert_eq!(export(&server, &flags).done().ids(), ["a", "b", "c1", "c2", "raw"]);

    let before = server.requests().len();
    let window = ["--since", "2026-02-14T21:00:00Z", "--until", "2026-02-14T22:30:00Z"];
    let end = export(&server, &[&flags[..], &window].concat()).done();
    assert_eq!(end.ids(), ["b", "c1", "raw"]);
    let requests = server.requests();
    let fetched: Vec<&str> = requests[before..].iter().map(|one| one.path.as_str()).collect();
    assert!(
        !fetched.iter().any(|path| path.contains("/a.jsonl") || path.contains("_temp")),
        "{fetched:?}"
    );
    let signed = requests[0].header("authorization").unwrap();
    assert!(signed.contains("/eu-west-1/s3/aws4_request"), "{signed}");

    let ocsf =
        export(&server, &["s3://audit/", "--region", "eu-west-1", "--format", "ocsf"]).done();
    assert_eq!(lines(&ocsf.stdout).len(), 5);
}

#[test]
fn an_archive_in_another_format_is_named_and_never_read_as_something_else() {
    let runtime = runtime();
    let server = runtime.block_on(Server::start(|request: &Request| {
        if request.path.contains("list-type=2") {
            return listing(&["vault-audit/x.jsonl"]);
        }
        let line = r#"{"class_uid":3002,"metadata":{"uid":"x"},"actor":{"user":{"uid":"a"}},"status_id":1}"#;
        Reply::status(200, line).header("x-amz-meta-format", "ocsf")
    }));
    let end = export(&server, &["s3://audit", "--region", "eu-west-1", "--format", "jsonl"]);
    assert_eq!((end.code, end.stdout.as_str()), (5, ""), "{}", end.stderr);
    assert!(
        end.stderr.contains("s3://audit/vault-audit/x.jsonl: is not in the format `json`"),
        "{}",
        end.stderr
    );
    assert!(end.stderr.contains("S3Settings"), "{}", end.stderr);
}

#[test]
fn an_empty_prefix_and_a_refusal_say_what_to_do() {
    let runtime = runtime();
    let empty = runtime.block_on(Server::start(|_: &Request| listing(&[])));
    let end = export(&empty, &["s3://audit/typo/", "--region", "eu-west-1"]);
    assert_eq!(end.code, 2, "{}", end.stderr);
    assert!(end.stderr.contains("s3://audit/typo/: nothing is there"), "{}", end.stderr);
    let error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    let refusing = runtime.block_on(Server::start(move |_: &Request| Reply::status(403, error)));
    let end = export(&refusing, &["s3://audit", "--region", "eu-west-1"]);
    assert_eq!(end.code, 6, "{}", end.stderr);
    let end = export(&empty, &["s3://audit", "--cursor", "c"]);
    assert_eq!(end.code, 2, "{}", end.stderr);
}

#[test]
fn dead_letters_are_exported_and_stay_where_they_are() {
    let queue = Queue::start(&[]);
    queue.park("one", "refused", "Incorrect index", &(event("e1") + &event("e2")));
    queue.park("two", "unreadable", "`id` is missing", "{\"cut off");
    queue.park("three", "refused", "Incorrect index", &event("e3"));
    let place = Place::new();
    let mut command = place.command(BINARY);
    command.args(["export", "--format", "jsonl", "--dlq", &queue.dlq()]).envs(queue.environment());
    let end = End::of(&command.output().unwrap());
    assert_eq!(end.code, 3, "{}", end.stderr);
    assert_eq!(end.ids(), ["e1", "e2", "e3"], "what is cut off does not swallow the next one");
    assert!(end.stderr.contains("message two:1:"), "{}", end.stderr);
    assert_eq!(queue.parked(), ["one", "two", "three"]);
}
