//! Every row of the table of errors, read from a real answer.

use delivery::outcome::{Delivery, ErrorClass};

use super::*;

async fn answer(reply: Reply) -> Answer {
    let server = Server::replies([reply]).await;
    deliver(&s3(&server, "").await, &three()).await
}

async fn word(reply: Reply) -> &'static str {
    match answer(reply).await {
        Answer::All(Verdict::Delivered(Delivery::Fresh)) => "delivered",
        Answer::All(Verdict::Delivered(Delivery::Duplicate)) => "duplicate",
        Answer::All(Verdict::Retry { .. }) => "retry",
        Answer::Split(_) => "split",
        Answer::Auth(_) => "auth",
        Answer::Config(_) => "config",
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_error() {
    let table = [
        (412, "PreconditionFailed", "duplicate"),
        (409, "ConditionalRequestConflict", "retry"),
        (409, "OperationAborted", "retry"),
        (503, "SlowDown", "retry"),
        (500, "InternalError", "retry"),
        (429, "TooManyRequests", "retry"),
        (400, "RequestTimeout", "retry"),
        (403, "AccessDenied", "auth"),
        (403, "InvalidAccessKeyId", "auth"),
        (400, "ExpiredToken", "auth"),
        (400, "KMS.DisabledException", "auth"),
        (400, "KMS.KMSInvalidStateException", "auth"),
        (404, "NoSuchBucket", "config"),
        (301, "PermanentRedirect", "config"),
        (400, "AuthorizationHeaderMalformed", "config"),
        (400, "EntityTooLarge", "split"),
        (400, "InvalidDigest", "retry"),
        (400, "BadDigest", "retry"),
    ];
    let tasks = table.map(|(status, code, expected)| {
        let reply = refuses(status, code);
        (code, expected, tokio::spawn(async move { word(reply).await }))
    });
    for (code, expected, task) in tasks {
        assert_eq!(task.await.unwrap(), expected, "{code}");
    }
}

#[tokio::test]
async fn an_object_that_is_there_already_is_delivered() {
    let server = Server::replies([refuses(412, "PreconditionFailed")]).await;
    let outcome = run(s3(&server, "").await, &three(), 30).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.duplicate), (3, 3));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_conflict_is_tried_again_until_it_is_settled() {
    let conflict = refuses(409, "ConditionalRequestConflict");
    let server = Server::replies([conflict, stored()]).await;
    let outcome = run(s3(&server, "").await, &three(), 30).await;
    assert_eq!((outcome.counts.delivered, server.requests().len()), (3, 2));
}

/// The answer was lost, the object was not.
#[tokio::test]
async fn a_lost_answer_ends_as_a_duplicate_and_not_as_a_second_object() {
    let server = Server::replies([Reply::Cut, refuses(412, "PreconditionFailed")]).await;
    let outcome = run(s3(&server, "").await, &three(), 30).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.duplicate), (3, 3));
    let keys = keys(&server);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_lack_of_permission_parks_nothing() {
    for reply in [refuses(403, "AccessDenied"), refuses(404, "NoSuchBucket")] {
        let server = Server::replies([reply]).await;
        let outcome = run(s3(&server, "").await, &three(), 30).await;
        assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
        assert_eq!(outcome.counts.auth_failures + outcome.counts.config_failures, 1);
    }
}

#[tokio::test]
async fn a_key_that_may_not_be_used_is_told_from_a_bucket_that_may_not() {
    let message = "not authorized to perform: kms:GenerateDataKey on resource";
    let body = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
    let Answer::Auth(reason) = answer(Reply::status(403, body)).await else { panic!() };
    assert!(reason.text.starts_with("kms:"), "{reason}");
}

#[tokio::test]
async fn the_right_region_is_named() {
    let reply = refuses(301, "PermanentRedirect").header("x-amz-bucket-region", "ap-south-1");
    let Answer::Config(reason) = answer(reply).await else { panic!() };
    assert!(reason.text.contains("ap-south-1"), "{reason}");
}

#[tokio::test]
async fn broken_connections_and_garbage_are_tried_again() {
    let class = async |reply| match answer(reply).await {
        Answer::All(Verdict::Retry { reason, .. }) => reason.class,
        other => panic!("{other:?}"),
    };
    assert_eq!(class(Reply::Cut).await, ErrorClass::Network);
    assert_eq!(class(Reply::status(503, "<html>proxy</html>")).await, ErrorClass::Unavailable);
}

#[tokio::test]
async fn a_server_slower_than_the_invocation_leaves_the_events_queued() {
    let server = Server::replies([Reply::Hang(Duration::from_secs(20))]).await;
    let outcome = run(s3(&server, "").await, &three(), 5).await;
    assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
}

#[tokio::test]
async fn nothing_of_an_answers_text_reaches_a_reason() {
    for (status, code) in [(403, "AccessDenied"), (400, "Strange"), (503, "SlowDown")] {
        let answer = answer(refuses(status, code)).await;
        assert!(!format!("{answer:?}").contains("CANARY"), "{answer:?}");
    }
}
