//! The connection test.

use delivery::destination::{Finding, Level};
use jiff::Timestamp;

use super::*;

/// A collector that answers by path.
async fn collector(health: Reply, event: Reply, ack: Reply) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/services/collector/health" => health.clone(),
        "/services/collector/ack" => ack.clone(),
        _ => event.clone(),
    })
    .await
}

fn levels(findings: &[Finding]) -> Vec<(&str, Level)> {
    findings.iter().map(|finding| (finding.subject, finding.level)).collect()
}

#[tokio::test]
async fn a_healthy_collector_and_a_good_token_are_found_without_storing_anything() {
    let server = collector(says(200, 17), says(400, 5), says(404, 404)).await;
    let findings = splunk(&server, "").check().await;
    assert_eq!(levels(&findings), [("address", Level::Good), ("credential", Level::Good)]);
    let probe = server.requests().into_iter().find(|request| request.method == "POST").unwrap();
    assert_eq!((probe.body.len(), probe.header("content-encoding")), (0, None));
    assert_eq!(probe.header("authorization"), Some("Splunk splunk-hec"));
}

/// The health check of current releases says 200 whatever the token.
#[tokio::test]
async fn a_bad_token_is_found_though_the_health_check_is_content() {
    let server = collector(says(200, 17), says(403, 4), says(404, 404)).await;
    let findings = splunk(&server, "").check().await;
    assert_eq!(levels(&findings), [("address", Level::Good), ("credential", Level::Bad)]);
    assert!(!format!("{findings:?}").contains(TOKEN), "{findings:?}");
}

#[tokio::test]
async fn full_queues_are_doubtful_and_a_wrong_address_is_bad() {
    let server = collector(says(503, 18), says(400, 5), says(404, 404)).await;
    assert_eq!(levels(&splunk(&server, "").check().await)[0], ("address", Level::Doubtful));
    let server = collector(says(404, 404), says(404, 404), says(404, 404)).await;
    let findings = splunk(&server, "").check().await;
    assert_eq!(levels(&findings), [("address", Level::Bad), ("credential", Level::Bad)]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_bad_and_says_what_to_look_at() {
    let server = collector(says(200, 17), says(400, 5), says(404, 404)).await;
    let splunk = splunk(&server, "");
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let findings = splunk.check().await;
    assert_eq!(findings[0].level, Level::Bad);
    assert!(findings[0].hint.as_ref().unwrap().contains("firewall"));
}

#[tokio::test]
async fn a_token_that_cannot_be_read_is_bad_and_the_address_is_tested_all_the_same() {
    let server = collector(says(200, 17), says(400, 5), says(404, 404)).await;
    let mut export = export(&server, "");
    export.secret = Some(SecretRef::Env("VAULT_EXPORT_NO_SUCH_TOKEN".to_owned()));
    let findings = SplunkHec::new(export, &Tools::default()).unwrap().check().await;
    assert_eq!(levels(&findings), [("address", Level::Good), ("credential", Level::Bad)]);
}

#[tokio::test]
async fn acknowledgement_is_tested_where_it_is_asked_for() {
    let with = || Reply::status(200, r#"{"acks":{"0":false}}"#);
    for (setting, ack, level) in [
        ("true", with(), Level::Good),
        ("true", says(400, 14), Level::Doubtful),
        ("'required'", with(), Level::Good),
        ("'required'", says(400, 14), Level::Bad),
    ] {
        let server = collector(says(200, 17), says(400, 5), ack).await;
        let findings = splunk(&server, &format!("ack = {setting}\n")).check().await;
        assert_eq!(levels(&findings)[2], ("acknowledgement", level));
    }
}

#[tokio::test]
async fn a_test_event_tells_whether_the_index_may_be_written_to() {
    let now: Timestamp = "2026-02-14T22:30:01Z".parse().unwrap();
    let server = collector(says(200, 17), says(200, 0), says(404, 404)).await;
    let findings = splunk(&server, "").test_event(now).await;
    assert_eq!(levels(&findings), [("index", Level::Good)]);
    assert_eq!(ids(&server.requests()[0]), ["vault-export-check:1771108201000"]);

    let server = collector(says(200, 17), refuses(7, 1), says(404, 404)).await;
    let findings = splunk(&server, "").test_event(now).await;
    assert_eq!(levels(&findings), [("index", Level::Bad)]);
    assert!(findings[0].text.contains("index"), "{findings:?}");
}
