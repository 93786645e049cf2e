//! The connection test.

use jiff::Timestamp;

use super::*;

const ELASTIC: &str =
    r#"{"name":"n","version":{"number":"8.18.1","build_flavor":"default"},"tagline":"You Know"}"#;
const OPENSEARCH: &str = r#"{"version":{"distribution":"opensearch","number":"2.19.1"}}"#;

/// A cluster that answers by path.
async fn cluster(about: Reply, privileges: Reply) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/" => about.clone(),
        "/_security/user/_has_privileges" => privileges.clone(),
        FIELD => types("keyword"),
        _ => creates(request),
    })
    .await
}

const FIELD: &str = "/logs-vault.audit-default/_mapping/field/user.id";

/// The type of `user.id`, as the server tells it.
fn types(kind: &str) -> Reply {
    let field = json!({"full_name": "user.id", "mapping": {"id": {"type": kind}}});
    let index = json!({"mappings": {"user.id": field}});
    Reply::status(200, json!({".ds-logs-vault.audit-default-000001": index}).to_string())
}

fn has(all: bool) -> Reply {
    Reply::status(200, json!({"username": "u", "has_all_requested": all}).to_string())
}

#[tokio::test]
async fn a_cluster_and_a_privilege_are_found_without_storing_anything() {
    let server = cluster(Reply::status(200, ELASTIC), has(true)).await;
    let findings = elastic(&server, "").check().await;
    let good = ["address", "credential", "mapping"].map(|subject| (subject, Level::Good));
    assert_eq!(levels(&findings), good);
    assert!(findings[0].text.contains("Elasticsearch 8.18.1"), "{findings:?}");
    let requests = server.requests();
    assert!(requests.iter().all(|request| !request.path.contains("_bulk")));
    let asked: Value = serde_json::from_slice(&requests[1].body).unwrap();
    let index = json!([{"names": ["logs-vault.audit-default"], "privileges": ["create_doc"]}]);
    assert_eq!(asked, json!({"index": index}));
    assert!(requests.iter().all(|request| request.header("authorization").is_some()));
}

/// `GET /` needs the privilege `monitor`, which deliveries do not.
#[tokio::test]
async fn a_version_that_is_not_told_is_not_fatal() {
    let server = cluster(Reply::status(403, "{}"), has(true)).await;
    let findings = elastic(&server, "").check().await;
    assert_eq!(
        levels(&findings),
        [("address", Level::Doubtful), ("credential", Level::Good), ("mapping", Level::Good)]
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_apart() {
    for (about, privileges, expected) in [
        (Reply::status(200, ELASTIC), has(false), ("credential", Level::Bad)),
        (Reply::status(401, "{}"), has(true), ("credential", Level::Bad)),
        (Reply::status(404, "{}"), has(true), ("address", Level::Bad)),
        (Reply::status(503, "{}"), has(true), ("address", Level::Doubtful)),
        (Reply::status(200, "<html>"), has(true), ("address", Level::Doubtful)),
        (Reply::Cut, has(true), ("address", Level::Bad)),
    ] {
        let server = cluster(about, privileges).await;
        let findings = elastic(&server, "").check().await;
        assert!(levels(&findings).contains(&expected), "{expected:?}: {findings:?}");
    }
}

#[tokio::test]
async fn opensearch_is_not_asked_for_privileges_and_a_wrong_flavour_is_told() {
    let server = cluster(Reply::status(200, OPENSEARCH), has(false)).await;
    let findings = elastic(&server, "").check().await;
    assert_eq!(levels(&findings), [("address", Level::Good), ("mapping", Level::Good)]);
    assert!(findings[0].text.contains("OpenSearch 2.19.1"), "{findings:?}");
    let findings = elastic(&server, "flavour = \"elasticsearch\"\n").check().await;
    assert_eq!(findings[0].level, Level::Doubtful);
    assert!(findings[0].hint.as_ref().unwrap().contains("flavour"));
}

#[tokio::test]
async fn a_test_event_is_the_same_document_every_time() {
    let now: Timestamp = "2026-02-14T22:30:01Z".parse().unwrap();
    let conflict = item(409, "version_conflict_engine_exception");
    for (reply, level) in [
        (says(&[item(201, "")]), Level::Good),
        (says(&[conflict]), Level::Good),
        (says(&[item(400, "document_parsing_exception")]), Level::Bad),
        (says(&[item(404, "index_not_found_exception")]), Level::Bad),
        (Reply::status(403, "{}"), Level::Bad),
        (Reply::status(503, "{}"), Level::Doubtful),
    ] {
        let server = Server::replies([reply]).await;
        let findings = elastic(&server, "").test_event(now).await;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].level, level, "{findings:?}");
        let request = &server.requests()[0];
        assert_eq!(ids(request), ["vault-export-check"]);
        assert!(request.path.contains("require_data_stream=true"));
    }
}

/// By default a server makes `user.id` a text, and nobody can count by it.
#[tokio::test]
async fn types_that_were_never_installed_are_told() {
    for (reply, level) in [
        (types("keyword"), Some(Level::Good)),
        (types("text"), Some(Level::Doubtful)),
        (Reply::status(200, "{}"), Some(Level::Doubtful)),
        (Reply::status(404, "{}"), Some(Level::Doubtful)),
        (Reply::status(403, "{}"), None),
    ] {
        let server = Server::start(move |request| match request.path.as_str() {
            "/" => Reply::status(200, OPENSEARCH),
            _ => reply.clone(),
        })
        .await;
        let findings = elastic(&server, "").check().await;
        assert_eq!(findings.get(1).map(|finding| finding.level), level, "{findings:?}");
        assert_eq!(server.requests()[1].path, FIELD);
    }
}
