//! The connection test.

use delivery::destination::Level;

use super::*;

async fn finding(reply: Reply) -> (Server, delivery::destination::Finding) {
    finding_of([reply]).await
}

async fn finding_of(
    replies: impl IntoIterator<Item = Reply>,
) -> (Server, delivery::destination::Finding) {
    let server = Server::replies(replies).await;
    let [finding] = s3(&server, "").await.check().await.try_into().unwrap();
    (server, finding)
}

#[tokio::test]
async fn an_empty_object_apart_from_the_events_proves_the_permission() {
    let (server, found) = finding_of([stored(), Reply::status(204, "")]).await;
    assert_eq!((found.level, found.subject), (Level::Good, "permission"));
    assert!(found.text.contains("s3://archive/vault-audit/"), "{found:?}");
    let [put, delete] = server.requests().try_into().unwrap();
    assert_eq!(keys(&server), ["vault-audit/_vault_export_test/connection"]);
    assert!(delete.path.starts_with("/archive/vault-audit/_vault_export_test/connection"));
    assert_eq!((put.body.len(), put.header("if-none-match")), (0, Some("*")));
    assert_eq!((put.method.as_str(), delete.method.as_str()), ("PUT", "DELETE"), "nothing stays");
}

#[tokio::test]
async fn a_role_that_may_only_write_is_good_all_the_same() {
    let denied = || refuses(403, "AccessDenied");
    for first in [stored(), refuses(412, "PreconditionFailed")] {
        let (server, found) = finding_of([first, denied()]).await;
        assert_eq!(found.level, Level::Good, "{found:?}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn that_it_is_there_already_proves_the_same() {
    let (_, found) = finding_of([refuses(412, "PreconditionFailed"), Reply::status(204, "")]).await;
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
