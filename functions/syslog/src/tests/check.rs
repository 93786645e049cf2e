//! The connection test.

use delivery::destination::{Finding, Level};
use tests::tls::Authority;

use super::receiver::{Does, Receiver, Relp, RelpReceiver};
use super::*;

fn levels(findings: &[Finding]) -> Vec<(&'static str, Level)> {
    findings.iter().map(|finding| (finding.subject, finding.level)).collect()
}

#[tokio::test]
async fn it_says_whether_deliveries_can_be_confirmed_and_sends_nothing() {
    for (does, level) in [(Does::Stores, Level::Good), (Does::StaysOpen, Level::Doubtful)] {
        let receiver = Receiver::tcp(&[does]).await;
        let findings = syslog(&receiver.address("tcp"), "").check().await;
        assert_eq!(levels(&findings), [("address", Level::Good), ("confirmation", level)]);
        assert_eq!(receiver.stored(), [""]);
    }
    let receiver = RelpReceiver::start(&[Relp::Takes]).await;
    let findings = syslog(&receiver.address(), "").check().await;
    assert_eq!(levels(&findings), [("address", Level::Good), ("acknowledgement", Level::Good)]);
    assert_eq!(receiver.stored(), "");
    let nobody = syslog("tcp://127.0.0.1:1", "").check().await;
    assert_eq!(levels(&nobody), [("address", Level::Doubtful)]);
}

#[tokio::test]
async fn a_missing_client_certificate_is_found() {
    let authority = Authority::new();
    let receiver = Receiver::tls(&authority, true, &[Does::Stores]).await;
    let settings = format!("ca_bundle = '''{}'''", authority.root);
    let findings = syslog(&receiver.address("tls"), &settings).check().await;
    assert_eq!(findings[1].level, Level::Bad, "{findings:?}");
    assert!(findings[1].text.contains("client_certificate"), "{findings:?}");
}

#[tokio::test]
async fn a_test_event_is_one_message() {
    let now = "2026-11-21T21:00:00Z".parse().unwrap();
    let receiver = Receiver::tcp(&[Does::Stores]).await;
    let findings = syslog(&receiver.address("tcp"), "").send_test_event(now).await;
    assert_eq!(levels(&findings), [("format", Level::Good), ("message", Level::Good)]);
    assert_eq!(ids(&receiver.stored()[0]), ["vault-export-check:1795294800000"]);
    let relp = RelpReceiver::start(&[Relp::Takes]).await;
    let findings = syslog(&relp.address(), "").send_test_event(now).await;
    assert_eq!(findings[1].level, Level::Good, "{findings:?}");
}
