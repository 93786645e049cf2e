//! What `vault-export setup elastic` installs.

use super::*;

const ELASTIC: &str = r#"{"version":{"number":"8.18.1"}}"#;
const OPENSEARCH: &str = r#"{"version":{"distribution":"opensearch","number":"2.19.1"}}"#;

fn acknowledges(about: &'static str) -> impl Fn(&Request) -> Reply + Send + Sync {
    move |request| match request.method.as_str() {
        "GET" => Reply::status(200, about),
        _ => Reply::status(200, r#"{"acknowledged":true}"#),
    }
}

/// Method and path, and the body where there is one, of all that was put.
fn puts(server: &Server) -> Vec<(String, Value)> {
    let requests = server.requests().into_iter().filter(|request| request.method == "PUT");
    let body = |request: &Request| serde_json::from_slice(&request.body).unwrap_or_default();
    requests.map(|request| (request.path.clone(), body(&request))).collect()
}

fn all_good(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level == Level::Good)
}

#[tokio::test]
async fn a_data_stream_gets_types_a_template_and_is_made() {
    let server = Server::start(acknowledges(ELASTIC)).await;
    let findings = elastic(&server, "").setup(false).await;
    assert!(all_good(&findings), "{findings:?}");
    let puts = puts(&server);
    let paths: Vec<&str> = puts.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/_component_template/vault-export-mappings",
            "/_index_template/vault-export-logs-vault.audit",
            "/_data_stream/logs-vault.audit-default",
        ]
    );
    let template = &puts[1].1;
    assert_eq!(template["index_patterns"], json!(["logs-vault.audit-*"]));
    assert_eq!(template["data_stream"], json!({}));
    assert_eq!(template["composed_of"], json!(["vault-export-mappings"]));
    assert_eq!(template["template"]["lifecycle"], json!({}));
    assert!(template["priority"].as_u64().unwrap() > 200, "above Elastic's own");
}

#[tokio::test]
async fn the_types_are_those_that_the_documents_need_on_either_server() {
    for (about, flattened, message) in
        [(ELASTIC, "flattened", "match_only_text"), (OPENSEARCH, "flat_object", "text")]
    {
        let server = Server::start(acknowledges(about)).await;
        let (_secrets, elastic) =
            elastic_with(&server, "", r#"{"username":"u","password":"p"}"#).await;
        assert!(all_good(&elastic.setup(false).await));
        let mappings = &puts(&server)[0].1["template"]["mappings"];
        let types = &mappings["properties"];
        let of = |pointer: &str| {
            let field = format!("/{}", pointer.replace('.', "/properties/"));
            types.pointer(&field).unwrap()["type"].clone()
        };
        assert_eq!(of("@timestamp"), "date");
        assert_eq!(of("event.created"), "date");
        assert_eq!(of("event.severity"), "long");
        for field in ["event.id", "event.action", "event.category", "user.id", "user.name"] {
            assert_eq!(of(field), "keyword", "{field}");
        }
        assert_eq!((of("source.ip"), of("related.ip")), (json!("ip"), json!("ip")));
        assert_eq!((of("ocsf"), of("vault")), (json!(flattened), json!(flattened)));
        assert_eq!(of("message"), message);
        let has_lifecycle = puts(&server)[1].1.get("template").is_some();
        assert_eq!(has_lifecycle, about == ELASTIC);
    }
}

/// So that no field of a document gets a type by chance.
#[tokio::test]
async fn every_field_of_a_document_has_a_type() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => creates(request),
        _ => acknowledges(ELASTIC)(request),
    })
    .await;
    let elastic = elastic(&server, "");
    elastic.setup(false).await;
    let mut event = event("e");
    event.actor.name = Some("n".into());
    event.actor.email = Some("e@example.com".into());
    event.observed_time = Some(event.time);
    event.source.vendor = Some("v".into());
    event.source.version = Some("1".into());
    event.source.host = Some("h".into());
    event.network = Some(transform::event::Network {
        source_ip: Some("203.0.113.9".into()),
        source_port: Some(1),
        ..transform::event::Network::default()
    });
    deliver(&elastic, &[event]).await;
    let types = puts(&server)[0].1["template"]["mappings"]["properties"].clone();
    let (_, document) = documents(&server.requests().pop().unwrap()).remove(0);
    assert!(document["source"]["ip"].is_string());
    for (key, value) in document.as_object().unwrap() {
        let field = &types[key];
        if field["type"].is_string() {
            continue;
        }
        for inner in value.as_object().unwrap().keys() {
            assert!(field["properties"][inner]["type"].is_string(), "{key}.{inner}");
        }
    }
}

#[tokio::test]
async fn a_plain_index_gets_a_template_of_its_own() {
    let server = Server::start(acknowledges(ELASTIC)).await;
    elastic(&server, "index = \"sanctum-events\"\n").setup(false).await;
    let puts = puts(&server);
    assert_eq!(puts[1].0, "/_index_template/vault-export-sanctum-events");
    assert_eq!(puts[1].1["index_patterns"], json!(["sanctum-events"]));
    assert!(puts[1].1.get("data_stream").is_none() && puts[1].1.get("template").is_none());
    assert_eq!(puts[2].0, "/sanctum-events");
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let server = Server::start(acknowledges(ELASTIC)).await;
    let findings = elastic(&server, "").setup(true).await;
    assert_eq!(findings.len(), 3);
    assert!(findings[0].text.contains("would put /_component_template/vault-export-mappings"));
    assert!(puts(&server).is_empty());
}

#[tokio::test]
async fn what_is_there_already_is_no_failure() {
    let exists = r#"{"error":{"type":"resource_already_exists_exception"},"status":400}"#;
    let server = Server::start(move |request| match request.path.as_str() {
        "/_data_stream/logs-vault.audit-default" => Reply::status(400, exists),
        _ => acknowledges(ELASTIC)(request),
    })
    .await;
    let findings = elastic(&server, "").setup(false).await;
    assert!(all_good(&findings), "{findings:?}");
    assert!(findings[2].text.contains("already"));
}

#[tokio::test]
async fn an_older_server_gets_the_template_without_a_lifecycle() {
    let server = Server::start(|request| {
        if request.text().contains("lifecycle") {
            return Reply::status(400, r#"{"error":{"type":"x_content_parse_exception"}}"#);
        }
        acknowledges(ELASTIC)(request)
    })
    .await;
    let findings = elastic(&server, "").setup(false).await;
    assert!(all_good(&findings), "{findings:?}");
    assert!(findings[1].text.contains("lifecycle policy"), "{findings:?}");
    assert_eq!(puts(&server).len(), 4);
}

#[tokio::test]
async fn it_stops_at_the_first_failure_and_says_what_is_needed() {
    let server = Server::start(|request| match request.path.as_str() {
        "/_index_template/vault-export-logs-vault.audit" => Reply::status(403, "{}"),
        _ => acknowledges(ELASTIC)(request),
    })
    .await;
    let findings = elastic(&server, "").setup(false).await;
    assert_eq!(levels(&findings), [("mapping", Level::Good), ("template", Level::Bad)]);
    assert!(findings[1].hint.as_ref().unwrap().contains("manage_index_templates"));

    let server = Server::replies([Reply::status(403, "{}")]).await;
    let findings = elastic(&server, "").setup(false).await;
    assert_eq!(levels(&findings), [("address", Level::Bad)]);
    assert!(findings[0].hint.as_ref().unwrap().contains("flavour"));
}
