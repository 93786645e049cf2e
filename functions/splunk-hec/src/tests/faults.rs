//! Faults of the network, of the server and of the secret.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_secretsmanager::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider,
};
use delivery::outcome::ErrorClass;
use delivery::tools::Aws;

use super::*;

async fn class(reply: Reply) -> ErrorClass {
    let server = Server::replies([reply]).await;
    match deliver(&splunk(&server, ""), &events(&["a"])).await {
        Answer::All(Verdict::Retry { reason, .. }) => reason.class,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn broken_connections_and_garbage_are_tried_again() {
    assert_eq!(class(Reply::Cut).await, ErrorClass::Network);
    assert_eq!(class(Reply::CutMidBody).await, ErrorClass::Network);
    for garbage in ["", "OK", "{\"text\":\"Suc", "<html>login</html>", "[0]", "{\"code\":\"0\"}"] {
        assert_eq!(class(Reply::status(200, garbage)).await, ErrorClass::Protocol, "{garbage}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_then_busy_then_up_gets_every_event_once() {
    let server = Server::replies([says(503, 9), says(429, 26), says(200, 0)]).await;
    let outcome = run(splunk(&server, ""), &events(&["a", "b"]), 30).await;
    assert_eq!(outcome.counts.delivered, 2);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_server_slower_than_the_invocation_leaves_the_events_queued() {
    let server = Server::replies([Reply::Hang(Duration::from_secs(20))]).await;
    let outcome = run(splunk(&server, ""), &events(&["a", "b"]), 5).await;
    assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
    assert_eq!(outcome.counts.rejected, 0);
}

#[tokio::test]
async fn a_token_that_stays_wrong_parks_nothing() {
    let server = Server::replies([says(403, 4)]).await;
    let outcome = run(splunk(&server, ""), &events(&["a", "b"]), 30).await;
    assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
    assert_eq!(outcome.counts.rejected, 0);
    assert!(outcome.counts.auth_failures >= 1);
}

#[tokio::test]
async fn a_token_that_is_missing_parks_nothing() {
    let server = Server::replies([says(200, 0)]).await;
    let mut export = export(&server, "");
    export.secret = Some(SecretRef::Env("VAULT_EXPORT_NO_SUCH_TOKEN".to_owned()));
    let splunk = SplunkHec::new(export, &Tools::default()).unwrap();
    let outcome = run(splunk, &events(&["a"]), 30).await;
    assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
    assert_eq!(server.requests().len(), 0);
}

/// Secrets Manager, giving one value after the other.
async fn secrets(values: &'static [&'static str]) -> (Server, Tools) {
    let next = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let at = next.fetch_add(1, Ordering::Relaxed).min(values.len() - 1);
        let body = json!({"ARN": "arn", "Name": "n", "VersionId": "v", "SecretString": values[at]});
        Reply::status(200, body.to_string()).header("content-type", "application/x-amz-json-1.1")
    })
    .await;
    let keys = Credentials::new("key", "secret", None, None, "test");
    let aws = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .endpoint_url(server.url())
        .build();
    (server, Tools::new(Aws::from_config(aws)))
}

#[tokio::test]
async fn a_rotated_token_is_read_afresh_and_the_request_goes_again() {
    let server = Server::start(|request| match request.header("authorization") {
        Some("Splunk new") => says(200, 0),
        _ => says(403, 4),
    })
    .await;
    let (_secrets, tools) = secrets(&[r#"{"token":"old"}"#, r#"{"token":"new"}"#]).await;
    let mut export = export(&server, "");
    export.secret = Some(SecretRef::SecretsManager("splunk".to_owned()));
    let outcome = run(SplunkHec::new(export, &tools).unwrap(), &events(&["a"]), 30).await;
    assert_eq!(outcome.verdicts, [Verdict::delivered()]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_address_within_the_machine_is_refused_unless_it_is_allowed() {
    let server = Server::replies([says(200, 0)]).await;
    let mut export = export(&server, "");
    export.destination.connection.allow_insecure = false;
    export.destination.own.endpoint = "https://127.0.0.1:8088".parse().unwrap();
    let error = SplunkHec::new(export, &Tools::default()).err().unwrap();
    assert!(error.problem.contains("loopback"), "{error}");
}
