//! The AWS SDK over our HTTP: whom it trusts, and what it tries again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, Config};
use delivery::http;
use tests::server::{Reply, Server};
use tests::tls::Authority;

fn config(server: &Server, ca_bundle: Option<String>) -> Builder {
    let keys = Credentials::new("AKIAOWN", "secret", None, None, "test");
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(keys)
        .endpoint_url(server.url())
        .http_client(http::aws(ca_bundle))
}

async fn ask(config: Builder) -> Result<String, SdkError<GetSecretValueError>> {
    let answer = Client::from_conf(config.build()).get_secret_value().secret_id("s").send().await?;
    Ok(answer.secret_string.unwrap_or_default())
}

fn secret() -> Reply {
    Reply::status(200, r#"{"SecretString":"taken"}"#)
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given_and_only_then() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(false, &["http/1.1"]);
    let server = Server::start_tls(acceptor, |_| secret()).await;
    let other = Authority::new().root;
    for bundle in [None, Some(other)] {
        let once = config(&server, bundle).retry_config(RetryConfig::disabled());
        assert!(matches!(ask(once).await, Err(SdkError::DispatchFailure(_))));
    }
    assert!(server.requests().is_empty(), "nothing is sent to a server that is not trusted");

    let bundle = Some(authority.root.clone());
    assert_eq!(ask(config(&server, bundle)).await.unwrap(), "taken");
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert!(request.header("authorization").unwrap().starts_with("AWS4-HMAC-SHA256"));
    assert_eq!(request.body, br#"{"SecretId":"s"}"#);
}

#[tokio::test]
async fn a_broken_bundle_is_an_error_of_each_request() {
    let server = Server::start(|_| secret()).await;
    let error = ask(config(&server, Some("nonsense".to_owned()))).await.unwrap_err();
    assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    for broken in [Reply::Cut, Reply::CutMidBody] {
        let server = Server::replies([broken, secret()]).await;
        assert_eq!(ask(config(&server, None)).await.unwrap(), "taken");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_time_out() {
    let server = Server::start(|_| Reply::Hang(Duration::from_secs(20))).await;
    let quick = TimeoutConfig::builder().read_timeout(Duration::from_millis(200)).build();
    let once = config(&server, None).timeout_config(quick).retry_config(RetryConfig::disabled());
    let error = ask(once).await.unwrap_err();
    let SdkError::DispatchFailure(failure) = &error else { panic!("{error:?}") };
    assert!(failure.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn nobody_is_there() {
    let server = Server::start(|_| secret()).await;
    let gone = config(&server, None).retry_config(RetryConfig::disabled());
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let SdkError::DispatchFailure(failure) = ask(gone).await.unwrap_err() else {
        panic!("refused")
    };
    assert!(failure.is_io());
}
