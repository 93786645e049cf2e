//! TLS and TCP: every way a connection can end.

use delivery::credentials::SecretRef;
use delivery::outcome::Delivery;
use delivery::tools::Aws;
use serde_json::json;
use tests::tls::Authority;

use super::receiver::{Does, Receiver};
use super::*;

/// The messages of octet-counted frames.
fn counted(mut text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    while !text.is_empty() {
        let (length, rest) = text.split_once(' ').unwrap();
        let (message, rest) = rest.split_at(length.parse().unwrap());
        messages.push(message.to_owned());
        text = rest;
    }
    messages
}

fn trusting(authority: &Authority, settings: &str) -> String {
    format!("ca_bundle = '''{}'''\n{settings}", authority.root)
}

#[tokio::test]
async fn a_batch_whose_close_is_answered_is_delivered_in_both_framings() {
    let receiver = Receiver::tcp(&[Does::Stores]).await;
    let address = receiver.address("tcp");
    assert_eq!(deliver(&syslog(&address, ""), &events(3)).await, Answer::delivered());
    let lf = syslog(&address, "framing = 'lf'");
    assert_eq!(deliver(&lf, &events(2)).await, Answer::delivered());
    let stored = receiver.stored();
    let messages = counted(&stored[0]);
    assert_eq!(messages.len(), 3);
    assert!(
        messages.iter().all(|one| one.starts_with("<108>1 2026-02-14T22:30:01.482913Z vault-eu "))
    );
    assert_eq!(ids(&stored[0]), all_ids(3));
    assert_eq!(stored[1].lines().count(), 2);
    assert!(stored[1].starts_with("<108>1 ") && stored[1].ends_with("}\n"), "{}", stored[1]);
}

#[tokio::test]
async fn tls_with_and_without_a_client_certificate() {
    let authority = Authority::new();
    let receiver = Receiver::tls(&authority, false, &[Does::Stores]).await;
    let settings = trusting(&authority, "");
    let one_way = syslog(&receiver.address("tls"), &settings);
    assert_eq!(deliver(&one_way, &events(200)).await, Answer::delivered());
    assert_eq!(deliver(&one_way, &events(1)).await, Answer::delivered(), "a second connection");
    assert_eq!(ids(&receiver.stored()[0]), all_ids(200));

    let mutual = Receiver::tls(&authority, true, &[Does::Stores]).await;
    let pair = authority.client("client.test");
    let secret = json!({"client_certificate": pair.certificate, "client_key": pair.key});
    let (_manager, config) = tests::secrets::holding(secret.to_string()).await;
    let mut export = export(&mutual.address("tls"), &settings);
    export.secret = Some(SecretRef::SecretsManager("syslog".to_owned()));
    let syslog = built(export, &Tools::new(Aws::from_config(config)));
    assert_eq!(deliver(&syslog, &events(5)).await, Answer::delivered());
    assert_eq!(ids(&mutual.stored()[0]), all_ids(5));
}

#[tokio::test]
async fn a_missing_client_certificate_is_the_credentials_fault_and_nothing_counts_as_delivered() {
    let authority = Authority::new();
    let receiver = Receiver::tls(&authority, true, &[Does::Stores]).await;
    let syslog = syslog(&receiver.address("tls"), &trusting(&authority, ""));
    // TLS 1.3: connecting and writing succeed; the alert comes to who reads.
    match deliver(&syslog, &events(3)).await {
        Answer::Auth(reason) => assert!(reason.text.contains("client_certificate"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(receiver.stored().is_empty());
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_and_a_port_without_tls_are_the_configurations_fault() {
    let authority = Authority::new();
    let receiver = Receiver::tls(&authority, false, &[Does::Stores]).await;
    let untrusted = deliver(&syslog(&receiver.address("tls"), ""), &events(1)).await;
    assert!(matches!(&untrusted, Answer::Config(reason) if reason.text.contains("ca_bundle")));
    let mail = Receiver::tcp(&[Does::SaysHello]).await;
    let no_tls = deliver(&syslog(&mail.address("tls"), ""), &events(1)).await;
    assert!(matches!(&no_tls, Answer::Config(reason) if reason.text.contains("TLS")), "{no_tls:?}");
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let reason = retry(deliver(&syslog(&format!("tcp://{port}"), ""), &events(1)).await);
    assert_eq!((reason.class, reason.maybe_stored), (ErrorClass::Network, false));
}

#[tokio::test]
async fn a_connection_that_is_reset_in_the_middle_is_sent_again_whole() {
    let authority = Authority::new();
    for (transport, receiver) in [
        ("tcp", Receiver::tcp(&[Does::ClosesAfter(10_000)]).await),
        ("tls", Receiver::tls(&authority, false, &[Does::ClosesAfter(10_000)]).await),
    ] {
        let syslog = syslog(&receiver.address(transport), &trusting(&authority, ""));
        let reason = retry(deliver(&syslog, &large_events()).await);
        assert_eq!((reason.class, reason.maybe_stored), (ErrorClass::Network, true), "{transport}");
    }
}

#[tokio::test]
async fn a_receiver_that_closes_before_we_do_has_confirmed_nothing() {
    for bytes in [0, 100, 100_000_000] {
        let receiver = Receiver::tcp(&[Does::ClosesAfter(bytes)]).await;
        let answer = deliver(&syslog(&receiver.address("tcp"), ""), &events(1)).await;
        if bytes > 1_000 {
            assert_eq!(answer, Answer::delivered(), "it read to the end");
        } else {
            assert!(retry(answer).maybe_stored, "{bytes}");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_never_closes_in_return_confirms_nothing_unless_it_is_told_to() {
    let authority = Authority::new();
    for (transport, receiver) in [
        ("tcp", Receiver::tcp(&[Does::StaysOpen]).await),
        ("tls", Receiver::tls(&authority, false, &[Does::StaysOpen]).await),
    ] {
        let address = receiver.address(transport);
        for confirm in ["close", "eof"] {
            let settings = trusting(&authority, &format!("confirm = '{confirm}'"));
            let reason = retry(deliver(&syslog(&address, &settings), &events(2)).await);
            assert_eq!((reason.class, reason.maybe_stored), (ErrorClass::Timeout, true));
            assert!(reason.text.contains("confirm"), "{reason}");
        }
        let settings = trusting(&authority, "confirm = 'none'");
        let answer = deliver(&syslog(&address, &settings), &events(2)).await;
        assert_eq!(answer, Answer::All(Verdict::Delivered(Delivery::Degraded)), "{transport}");
    }
}

#[tokio::test]
async fn an_end_without_tls_own_end_counts_only_if_it_is_allowed_to() {
    let authority = Authority::new();
    let receiver = Receiver::tls(&authority, false, &[Does::EndsWithoutTls]).await;
    let address = receiver.address("tls");
    let reason = retry(deliver(&syslog(&address, &trusting(&authority, "")), &events(2)).await);
    assert!(reason.text.contains("confirm = \"eof\""), "{reason}");
    let eof = syslog(&address, &trusting(&authority, "confirm = 'eof'"));
    assert_eq!(deliver(&eof, &events(2)).await, Answer::delivered());
}

#[tokio::test]
async fn a_receiver_that_stops_in_good_order_with_messages_unread_has_confirmed_nothing() {
    let authority = Authority::new();
    let script = [Does::StopsInGoodOrderAfter(1_000)];
    let receiver = Receiver::tls(&authority, false, &script).await;
    let syslog = syslog(&receiver.address("tls"), &trusting(&authority, ""));
    // Several records of TLS, all of which the receiver's system has taken when its process stops.
    let reason = retry(deliver(&syslog, &events(200)).await);
    assert_eq!((reason.class, reason.maybe_stored), (ErrorClass::Network, true));
}

#[tokio::test]
async fn a_receiver_that_was_down_in_the_middle_gets_every_event() {
    let receiver = Receiver::tcp(&[Does::ClosesAfter(700), Does::Stores]).await;
    let outcome = run(syslog(&receiver.address("tcp"), ""), &events(20), 30).await;
    assert_eq!(outcome.counts.delivered, 20);
    assert_eq!(ids(receiver.stored().last().unwrap()), all_ids(20));
}

#[tokio::test]
async fn a_message_that_cannot_be_short_enough_is_rejected_before_it_is_sent() {
    let receiver = Receiver::tcp(&[Does::Stores]).await;
    let mut events = events(3);
    events[1].actor.groups = (0..900).map(|number| Text::from(format!("group-{number}"))).collect();
    let outcome = run(syslog(&receiver.address("tcp"), ""), &events, 10).await;
    assert!(
        matches!(&outcome.verdicts[1], Verdict::Rejected(reason) if reason.class == ErrorClass::TooLarge),
        "{:?}",
        outcome.verdicts[1]
    );
    assert_eq!(outcome.counts.delivered, 2);
    assert_eq!(ids(&receiver.stored().concat()), ["e0", "e2"]);
}

#[tokio::test]
async fn an_address_of_this_machine_is_refused_unless_it_is_allowed() {
    for address in ["tls://127.0.0.1:6514", "tls://169.254.169.254", "relp+tls://[::1]:2514"] {
        let table = format!("endpoint = \"{address}\"").parse().unwrap();
        let export = from_tables(table, toml::Table::new(), None).unwrap();
        let error = Syslog::new(export, &Tools::default()).err().unwrap();
        assert!(error.to_string().contains("must not be connected to"), "{error}");
    }
    let by_name = "endpoint = \"tls://localhost:1\"".parse().unwrap();
    let export = from_tables(by_name, toml::Table::new(), None).unwrap();
    assert!(matches!(
        deliver(&built(export, &Tools::default()), &events(1)).await,
        Answer::Config(_)
    ));
}
