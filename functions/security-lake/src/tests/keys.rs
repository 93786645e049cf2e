//! What is stored under which key, and what S3's answers mean.

use delivery::outcome::{Delivery, ErrorClass};

use super::*;

const NOON: &str = "2026-02-14T12:00:00Z";

#[tokio::test]
async fn a_key_says_source_region_account_and_day_and_is_written_once() {
    let server = Server::replies([stored()]).await;
    let lake = at(&server, "region = \"eu-central-1\"\naccount_id = \"123456789012\"\n").await;
    let events = [event("SecretAccess", "a", NOON), event("SecretAccess", "b", NOON)];
    assert_eq!(deliver(&lake, &events).await, Answer::delivered());
    let [put] = puts(&server).try_into().unwrap();
    // SHA-256 of the sorted ids "a\nb\n", the first 32 digits.
    let name = "911169ddaaf146aff539f58c26c489af";
    let folder = "ext/vault-api/region=eu-central-1/accountId=123456789012/eventDay=20260214";
    assert_eq!(key(&put), format!("{folder}/{name}.parquet"));
    assert_eq!(put.header("if-none-match"), Some("*"));
    assert_eq!(put.header("content-encoding"), None);
    assert!(put.header("x-amz-checksum-sha256").is_some());
    assert!(put.header("authorization").unwrap().contains("/eu-central-1/s3/"));
}

#[tokio::test]
async fn mixed_classes_and_midnight_in_utc_make_an_object_each() {
    let server = Server::replies([stored()]).await;
    let events = [
        event("SecretAccess", "a", "2026-02-14T23:59:59.999Z"),
        event("Authentication", "b", "2026-02-14T23:59:59Z"),
        event("SecretAccess", "c", "2026-02-15T00:00:00Z"),
        event("SecretAccess", "d", "2026-02-15T01:30:00+02:00"),
        event("PolicyViolation-denied", "e", "2026-02-15T00:00:01Z"),
    ];
    let outcome = run(at(&server, "").await, &events).await;
    assert_eq!(outcome.counts.delivered, 5);
    let folder = |source, day| {
        format!("ext/vault-{source}/region=us-east-1/accountId=external/eventDay={day}")
    };
    assert_eq!(
        folders(&server),
        [
            (folder("api", "20260214"), 2), // a and d
            (folder("api", "20260215"), 1),
            (folder("auth", "20260214"), 1),
            (folder("find", "20260215"), 1),
        ]
    );
}

#[tokio::test]
async fn an_object_that_is_there_is_delivered() {
    let server = Server::replies([refuses(412, "PreconditionFailed")]).await;
    let outcome = run(at(&server, "").await, &[event("SecretAccess", "a", NOON)]).await;
    assert_eq!(outcome.verdicts, [Verdict::Delivered(Delivery::Duplicate)]);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_under_the_same_key() {
    for (status, code) in [
        (409, "ConditionalRequestConflict"),
        (503, "SlowDown"),
        (500, "InternalError"),
        (400, "RequestTimeout"),
    ] {
        let server = Server::replies([refuses(status, code), stored()]).await;
        let outcome = run(at(&server, "").await, &[event("SecretAccess", "a", NOON)]).await;
        assert_eq!(outcome.counts.delivered, 1, "{code}");
        let puts = puts(&server);
        assert_eq!((key(&puts[0]), &puts[0].body), (key(&puts[1]), &puts[1].body), "{code}");
    }
}

#[tokio::test]
async fn what_is_refused_waits_and_parks_nothing() {
    for (status, code, class) in [
        (403, "AccessDenied", ErrorClass::Auth),
        (403, "InvalidAccessKeyId", ErrorClass::Auth),
        (400, "KMS.DisabledException", ErrorClass::Auth),
        (404, "NoSuchBucket", ErrorClass::Config),
        (301, "PermanentRedirect", ErrorClass::Config),
        (400, "AuthorizationHeaderMalformed", ErrorClass::Config),
    ] {
        let server = Server::replies([refuses(status, code)]).await;
        let outcome = run(at(&server, "").await, &[event("SecretAccess", "a", NOON)]).await;
        let [Verdict::Retry { reason, .. }] = outcome.verdicts.as_slice() else {
            panic!("{code}: {outcome:?}")
        };
        assert_eq!(reason.class, class, "{code}");
        assert!(!reason.text.contains("CANARY"), "{reason}");
    }
}

#[tokio::test]
async fn an_object_too_large_is_halved() {
    let server = Server::start(|request| match rows(&request.body) {
        0..=2 => stored(),
        _ => refuses(400, "EntityTooLarge"),
    })
    .await;
    let events = ["a", "b", "c", "d"].map(|id| event("SecretAccess", id, NOON));
    let outcome = run(at(&server, "").await, &events).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.splits), (4, 1));
    assert_eq!(puts(&server).len(), 3);
}

#[tokio::test]
async fn an_event_given_twice_is_stored_once() {
    let server = Server::replies([stored()]).await;
    let events = ["a", "b", "a"].map(|id| event("SecretAccess", id, NOON));
    let outcome = run(at(&server, "").await, &events).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.duplicate), (3, 1));
    assert_eq!(rows(&puts(&server)[0].body), 2);
}

#[test]
fn other_formats_are_refused() {
    for format in ["cef", "leef", "leef1", "flat_json", "json", "otlp_logs"] {
        let table = format!("bucket = \"lake\"\nformat = \"{format}\"");
        let export = from_tables(table.parse().unwrap(), toml::Table::new(), None).unwrap();
        let error = SecurityLake::new(export, &Tools::default()).err().unwrap();
        assert_eq!(error.place, "format");
    }
}
