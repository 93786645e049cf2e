//! Each source is written to with its own role, and the connection test writes nothing.

use delivery::destination::Level;

use super::*;

const ROLE: &str = "external_id = \"ext-7\"\nrole_arn = \
                    \"arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-us-east-1\"\n";

/// STS whose sessions are called after the role's source, and S3 that takes all.
async fn account() -> Server {
    Server::start(|request| match request.method.as_str() {
        "POST" => session(&request.text()),
        _ => stored(),
    })
    .await
}

fn session(request: &str) -> Reply {
    let source = request.split("Provider-").nth(1).unwrap().split("-us-east-1").next().unwrap();
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{source}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>r:s\
         </AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/x/s</Arn></AssumedRoleUser>\
         </AssumeRoleResult></AssumeRoleResponse>"
    );
    Reply::status(200, body).header("content-type", "text/xml")
}

#[tokio::test]
async fn every_source_is_written_to_with_its_role_and_the_external_id() {
    let server = account().await;
    let time = "2026-02-14T12:00:00Z";
    let events = [event("SecretAccess", "a", time), event("Authentication", "b", time)];
    let outcome = run(at(&server, ROLE).await, &events).await;
    assert_eq!(outcome.counts.delivered, 2);
    for put in puts(&server) {
        let source = key(&put).split('/').nth(1).unwrap().to_owned();
        let authorization = put.header("authorization").unwrap().to_owned();
        assert!(authorization.contains(&format!("ASIA{source}/")), "{authorization}");
    }
    let requests = server.requests();
    let assumed: Vec<_> = requests.iter().filter(|request| request.method == "POST").collect();
    assert_eq!(assumed.len(), 2);
    assert!(assumed.iter().all(|request| request.text().contains("ExternalId=ext-7")));
}

#[tokio::test]
async fn the_connection_test_assumes_every_role_and_writes_nothing() {
    let server = account().await;
    let findings = at(&server, ROLE).await.check().await;
    assert_eq!(findings.len(), 11, "ten sources and the region");
    assert!(findings.iter().all(|finding| finding.level == Level::Good), "{findings:?}");
    assert_eq!(server.requests().len(), 10);
    assert!(puts(&server).is_empty());
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_found_and_nothing_is_lost_by_it() {
    let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                   <Message>CANARY</Message></Error></ErrorResponse>";
    let server = Server::replies([Reply::status(403, refusal)]).await;
    let findings = at(&server, ROLE).await.check().await;
    assert_eq!((findings[0].level, findings[0].subject), (Level::Bad, "credential"));
    assert!(findings[0].text.contains("assume_role:") && !findings[0].text.contains("CANARY"));
    let outcome =
        run(at(&server, ROLE).await, &[event("SecretAccess", "a", "2026-02-14T12:00:00Z")]).await;
    assert!(outcome.verdicts.iter().all(is_retry));
    assert_eq!(outcome.counts.rejected, 0);
    assert!(puts(&server).is_empty());
}

#[tokio::test]
async fn without_a_role_the_connection_test_looks_at_our_own_credentials() {
    let server = Server::replies([stored()]).await;
    let findings = at(&server, "").await.check().await;
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.level == Level::Good), "{findings:?}");
    assert!(server.requests().is_empty());
}
