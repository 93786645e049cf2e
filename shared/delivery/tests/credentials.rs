//! Credentials against a Secrets Manager that rotates.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::config::{Credentials as Keys, SharedCredentialsProvider};
use delivery::credentials::{Credentials, LIFETIME, PATIENCE, SecretRef, Store};
use delivery::tools::{Aws, Tools};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tests::server::{Reply, Server};

/// Current and previous value; `None` is a stage that is not there.
type Vault = Arc<Mutex<(Option<&'static str>, Option<&'static str>)>>;

async fn secrets_manager(vault: Vault) -> Server {
    Server::start(move |request| {
        let call: Value = serde_json::from_slice(&request.body).unwrap();
        let (current, previous) = *vault.lock().unwrap();
        let found = if call["VersionStage"] == "AWSPREVIOUS" { previous } else { current };
        match found {
            Some(text) => {
                Reply::status(200, json!({"Name": "n", "SecretString": text}).to_string())
            }
            None => Reply::status(400, json!({"__type": "ResourceNotFoundException"}).to_string()),
        }
    })
    .await
}

fn aws(server: &Server) -> Aws {
    let keys = Keys::new("id", "key", None, None, "test");
    Aws::from_config(
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .endpoint_url(server.url())
            .build(),
    )
}

fn reference() -> SecretRef {
    SecretRef::SecretsManager("arn:of:a:secret".into())
}

async fn token(credentials: &Credentials) -> String {
    let secret = credentials.resolve(&reference()).await.unwrap();
    secret.value("token").unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_value_is_read_once_and_again_when_it_is_old() {
    let vault = Vault::new(Mutex::new((Some("one"), None)));
    let server = secrets_manager(vault.clone()).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "one");
    vault.lock().unwrap().0 = Some("two");
    assert_eq!(token(&credentials).await, "one");
    assert_eq!(server.requests().len(), 1);
    tokio::time::pause();
    tokio::time::advance(LIFETIME).await;
    tokio::time::resume();
    assert_eq!(token(&credentials).await, "two");
}

#[tokio::test]
async fn an_old_value_serves_on_while_secrets_manager_is_down() {
    let vault = Vault::new(Mutex::new((Some("one"), None)));
    let server = secrets_manager(vault.clone()).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "one");
    vault.lock().unwrap().0 = None;
    tokio::time::pause();
    tokio::time::advance(LIFETIME).await;
    tokio::time::resume();
    assert_eq!(token(&credentials).await, "one");
}

/// Runs it with the clock stopped: waits for a server that is silent take no time.
async fn in_no_time<T>(work: impl Future<Output = T>) -> (T, Duration) {
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let done = work.await;
    let took = begun.elapsed();
    tokio::time::resume();
    (done, took)
}

/// One that hangs took the whole invocation, and nothing was delivered.
#[tokio::test]
async fn a_secrets_manager_that_hangs_costs_seconds_and_the_known_value_is_used() {
    let hangs = Arc::new(AtomicBool::new(false));
    let told = hangs.clone();
    let server = Server::start(move |_| {
        if told.load(Ordering::Relaxed) {
            Reply::Hang(Duration::from_hours(1))
        } else {
            Reply::status(200, json!({"Name": "n", "SecretString": "one"}).to_string())
        }
    })
    .await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "one");
    hangs.store(true, Ordering::Relaxed);
    tokio::time::pause();
    tokio::time::advance(LIFETIME).await;
    tokio::time::resume();
    let (known, took) = Box::pin(in_no_time(token(&credentials))).await;
    assert_eq!(known, "one");
    assert!(took <= PATIENCE + Duration::from_millis(10), "{took:?}");
    let asked = server.requests().len();
    assert_eq!(token(&credentials).await, "one");
    assert_eq!(server.requests().len(), asked, "not asked again at once");

    let (refreshed, took) = Box::pin(in_no_time(credentials.refresh(&reference()))).await;
    assert!(refreshed.unwrap_err().to_string().contains("no answer within"));
    assert!(took <= PATIENCE + Duration::from_millis(10), "{took:?}");
    assert_eq!(token(&credentials).await, "one");

    let cold = Credentials::new(Store::new(aws(&server)));
    let (secret, again) = (reference(), reference());
    let both = async { tokio::join!(cold.resolve(&secret), cold.resolve(&again)) };
    let ((one, other), took) = Box::pin(in_no_time(both)).await;
    assert!(one.err().unwrap().to_string().contains("no answer within"));
    assert!(other.err().unwrap().to_string().contains("no answer within"));
    assert!(took <= PATIENCE + Duration::from_millis(10), "{took:?}");
}

#[tokio::test]
async fn a_refusal_while_the_secret_cannot_be_read_forgets_nothing() {
    let vault = Vault::new(Mutex::new((Some("one"), None)));
    let server = secrets_manager(vault.clone()).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "one");
    vault.lock().unwrap().0 = None;
    assert!(credentials.refresh(&reference()).await.is_err());
    assert_eq!(token(&credentials).await, "one");
    vault.lock().unwrap().0 = Some("two");
    assert!(credentials.refresh(&reference()).await.unwrap());
    assert_eq!(token(&credentials).await, "two");
}

#[tokio::test]
async fn after_a_refusal_a_rotated_secret_is_read_afresh() {
    let vault = Vault::new(Mutex::new((Some("old"), None)));
    let server = secrets_manager(vault.clone()).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "old");
    *vault.lock().unwrap() = (Some("new"), Some("old"));
    assert!(credentials.refresh(&reference()).await.unwrap());
    assert_eq!(token(&credentials).await, "new");
}

#[tokio::test]
async fn a_new_value_that_is_refused_leads_to_the_previous_one_and_back() {
    let vault = Vault::new(Mutex::new((Some("new"), Some("old"))));
    let server = secrets_manager(vault).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "new");
    assert!(credentials.refresh(&reference()).await.unwrap());
    assert_eq!(token(&credentials).await, "old");
    assert!(credentials.refresh(&reference()).await.unwrap());
    assert_eq!(token(&credentials).await, "new");
}

#[tokio::test]
async fn with_nothing_else_to_try_a_refresh_says_so() {
    let vault = Vault::new(Mutex::new((Some("only"), None)));
    let server = secrets_manager(vault).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    assert_eq!(token(&credentials).await, "only");
    assert!(!credentials.refresh(&reference()).await.unwrap());
}

#[tokio::test]
async fn a_missing_secret_is_an_error_that_says_what_to_do() {
    let server = secrets_manager(Vault::new(Mutex::new((None, None)))).await;
    let credentials = Credentials::new(Store::new(aws(&server)));
    let error = credentials.resolve(&reference()).await.unwrap_err().to_string();
    assert!(error.contains("arn:of:a:secret") && error.contains("create it"), "{error}");
}

#[tokio::test]
async fn a_session_lasts_as_long_as_its_secret() {
    let vault = Vault::new(Mutex::new((Some(r#"{"token":"a"}"#), None)));
    let server = secrets_manager(vault.clone()).await;
    let tools = Tools::new(aws(&server));
    let access = tools.access(Some(reference()), delivery::http::Settings::default()).unwrap();
    let first = access.session().await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &access.session().await.unwrap()));
    vault.lock().unwrap().0 = Some(r#"{"token":"b"}"#);
    assert!(access.refresh().await);
    let second = access.session().await.unwrap();
    assert_eq!(second.secret.value("token").unwrap().expose_secret(), "b");
    assert!(std::sync::Arc::ptr_eq(&first.http, &second.http), "connections are kept");
}

#[tokio::test]
async fn a_broken_certificate_in_a_secret_leaves_messages_queued() {
    let vault = Vault::new(Mutex::new((Some(r#"{"token":"a","ca_bundle":"nonsense"}"#), None)));
    let server = secrets_manager(vault).await;
    let tools = Tools::new(aws(&server));
    let access = tools.access(Some(reference()), delivery::http::Settings::default()).unwrap();
    let error = access.session().await.err().unwrap();
    assert!(error.to_string().contains("ca_bundle"), "{error}");
    assert!(matches!(error.into(), delivery::outcome::Answer::Auth(_)));
}
