//! Writing with a role of another account.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;

use super::*;

const ROLE: &str =
    "role_arn = \"arn:aws:iam::123456789012:role/Export\"\nexternal_id = \"ext-7\"\n";

/// STS that hands out session after session, and S3 that answers by session.
async fn account(put: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
    let sessions = AtomicUsize::new(0);
    Server::start(move |request| match request.method.as_str() {
        "POST" => session(sessions.fetch_add(1, Ordering::Relaxed)),
        _ => put(request.header("authorization").unwrap_or_default()),
    })
    .await
}

fn session(number: usize) -> Reply {
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>t{number}</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>r:s\
         </AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/Export/s</Arn></AssumedRoleUser>\
         </AssumeRoleResult></AssumeRoleResponse>"
    );
    Reply::status(200, body).header("content-type", "text/xml")
}

fn assumed(server: &Server) -> Vec<String> {
    let posts = server.requests().into_iter().filter(|request| request.method == "POST");
    posts.map(|request| request.text()).collect()
}

#[tokio::test]
async fn objects_are_written_with_the_role_that_is_assumed_once_by_its_external_id() {
    let server = account(|_| stored()).await;
    let s3 = s3(&server, ROLE).await;
    assert_eq!(deliver(&s3, &three()).await, Answer::delivered());
    assert_eq!(deliver(&s3, &three()[..1]).await, Answer::delivered());
    let assumed = assumed(&server);
    assert_eq!(assumed.len(), 1);
    assert!(assumed[0].contains("Action=AssumeRole") && assumed[0].contains("ExternalId=ext-7"));
    assert!(assumed[0].contains("role%2FExport"), "{assumed:?}");
    let puts = server.requests().into_iter().filter(|request| request.method == "PUT");
    for put in puts {
        assert!(put.header("authorization").unwrap().contains("Credential=ASIA0/"));
        assert_eq!(put.header("x-amz-security-token"), Some("t0"));
    }
}

#[tokio::test]
async fn a_session_that_is_refused_is_taken_afresh_once() {
    for code in ["ExpiredToken", "AccessDenied"] {
        let server = account(move |authorization| match authorization {
            old if old.contains("ASIA0/") => refuses(403, code),
            _ => stored(),
        })
        .await;
        let outcome = run(s3(&server, ROLE).await, &three(), 30).await;
        assert_eq!(outcome.counts.delivered, 3, "{code}");
        assert_eq!(assumed(&server).len(), 2, "{code}");
    }
}

#[tokio::test]
async fn a_role_that_stays_refused_is_not_asked_for_ever_and_parks_nothing() {
    let server = account(|_| refuses(403, "AccessDenied")).await;
    let outcome = run(s3(&server, ROLE).await, &three(), 30).await;
    assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
    assert_eq!((outcome.counts.rejected, assumed(&server).len()), (0, 2));
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_named_as_such() {
    let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                   <Message>CANARY is not authorized</Message></Error></ErrorResponse>";
    let server = Server::replies([Reply::status(403, refusal)]).await;
    let Answer::Auth(reason) = deliver(&s3(&server, ROLE).await, &three()).await else { panic!() };
    assert!(reason.text.starts_with("assume_role:"), "{reason}");
    assert!(reason.text.contains("external_id") && !reason.text.contains("CANARY"), "{reason}");
    assert!(server.requests().iter().all(|request| request.method == "POST"));
}

#[tokio::test]
async fn an_sts_that_is_down_is_tried_again() {
    let server = Server::replies([Reply::status(503, "")]).await;
    let answer = deliver(&s3(&server, ROLE).await, &three()).await;
    let Answer::All(verdict) = answer else { panic!("{answer:?}") };
    assert!(is_retry(&verdict), "{verdict:?}");
}

#[tokio::test]
async fn without_any_credentials_the_reason_says_so() {
    let server = Server::replies([stored()]).await;
    let nothing = provide_credentials_fn(async || Err(CredentialsError::not_loaded("nothing")));
    let export = from_tables("bucket = \"archive\"".parse().unwrap(), toml::Table::new(), None);
    let tools = Tools::new(Aws::from_config(aws(&server, nothing).await));
    let s3 = S3::new(export.unwrap(), &tools).unwrap();
    let answer = deliver(&s3, &three()).await;
    let Answer::Auth(reason) = answer else { panic!("{answer:?}") };
    assert!(reason.text.contains("no AWS credentials"), "{reason}");
}
