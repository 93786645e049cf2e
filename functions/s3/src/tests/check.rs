//! The connection test.

use delivery::destination::Level;

use super::*;

async fn finding(reply: Reply) -> (Server, delivery::destination::Finding) {
    let server = Server::replies([reply]).await;
    let [finding] = s3(&server, "").await.check().await.try_into().unwrap();
    (server, finding)
}

#[tokio::test]
async fn an_empty_object_apart_from_the_events_proves_the_permission() {
    let (server, found) = finding(stored()).await;
    assert_eq!((found.level, found.subject), (Level::Good, "permission"));
    assert!(found.text.contains("s3://archive/vault-audit/"), "{found:?}");
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(keys(&server), ["vault-audit/_vault_export_test/connection"]);
    assert_eq!((request.body.len(), request.header("if-none-match")), (0, Some("*")));
}

#[tokio::test]
async fn that_it_is_there_already_proves_the_same() {
    let (_, found) = finding(refuses(412, "PreconditionFailed")).await;
    assert_eq!(found.level, Level::Good);
}

#[tokio::test]
async fn what_is_refused_is_bad_and_what_is_down_is_doubtful() {
    let (_, found) = finding(refuses(403, "AccessDenied")).await;
    assert_eq!((found.level, found.subject), (Level::Bad, "permission"));
    assert!(found.hint.unwrap().contains("s3:PutObject"));
    let (_, found) = finding(refuses(404, "NoSuchBucket")).await;
    assert_eq!((found.level, found.subject), (Level::Bad, "address"));
    let (_, found) = finding(refuses(503, "SlowDown")).await;
    assert_eq!((found.level, found.subject), (Level::Doubtful, "address"));
}
