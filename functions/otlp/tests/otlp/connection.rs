//! Where is connected to, how, and what happens when a connection is gone.

use std::time::Duration;

use delivery::ConfigError;
use delivery::http::IDLE;
use delivery::outcome::Answer;
use serde_json::json;
use tests::tls::Authority;
use tokio::net::TcpListener;

use crate::collector::{Collector, Say};
use crate::support::{Means, export, means, one, open, open_with, refusal};
use delivery::tools::Tools;
use otlp::Otlp;

#[tokio::test]
async fn a_channel_is_kept_and_one_that_died_while_it_lay_idle_costs_nothing() {
    for lost in [Say::Cut, Say::Reset] {
        let collector =
            Collector::saying([Say::taken(), Say::taken(), lost.clone(), Say::taken()]).await;
        let otlp = open(&collector.url(), json!({}), None);
        for request in 0..3 {
            if request == 2 {
                tokio::time::sleep(IDLE + Duration::from_millis(100)).await;
            }
            assert_eq!(means(&one(&otlp).await), Means::Delivered, "{lost:?}");
        }
        let connections: Vec<usize> =
            collector.calls().iter().map(|call| call.connection).collect();
        assert_eq!(connections[..3], [0, 0, 0], "one channel");
        assert_eq!(connections[3..], [1], "and one more after it broke");
    }
}

/// A collector that takes requests and cuts the connection had each of them up to four times in one invocation.
#[tokio::test]
async fn a_connection_that_breaks_in_use_is_not_sent_to_again_at_once() {
    let collector = Collector::saying([Say::taken(), Say::Cut]).await;
    let otlp = open(&collector.url(), json!({}), None);
    assert_eq!(means(&one(&otlp).await), Means::Delivered);
    assert_eq!(means(&one(&otlp).await), Means::Retry);
    assert_eq!(collector.calls().len(), 2);
}

#[tokio::test]
async fn a_new_connection_that_breaks_is_a_retry_for_later() {
    let collector = Collector::saying([Say::Cut]).await;
    let otlp = open(&collector.url(), json!({}), None);
    assert_eq!(means(&one(&otlp).await), Means::Retry);
    assert_eq!(collector.calls().len(), 1, "no storm on a server that is going down");
    assert_eq!(means(&one(&otlp).await), Means::Retry);
}

#[tokio::test]
async fn an_unavailable_server_is_not_a_dead_connection() {
    let collector = Collector::saying([Say::taken(), Say::status(14, "")]).await;
    let otlp = open(&collector.url(), json!({}), None);
    one(&otlp).await;
    assert_eq!(means(&one(&otlp).await), Means::Retry);
    assert_eq!(collector.calls().len(), 2, "its word is taken, not asked for again at once");
}

/// The clock is turned forward as soon as everybody waits.
#[tokio::test]
async fn a_server_that_takes_the_request_and_says_nothing_is_a_retry() {
    let collector = Collector::saying([Say::taken(), Say::Hang]).await;
    let otlp = open(&collector.url(), json!({}), None);
    assert_eq!(means(&one(&otlp).await), Means::Delivered);
    tokio::time::pause();
    assert_eq!(means(&one(&otlp).await), Means::Retry);
}

#[tokio::test]
async fn nobody_there_is_a_retry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let otlp = open(&format!("http://127.0.0.1:{port}"), json!({}), None);
    assert_eq!(means(&one(&otlp).await), Means::Retry);
}

fn start(settings: serde_json::Value) -> Result<Otlp, ConfigError> {
    Otlp::new(export(settings, None, false), &Tools::default())
}

#[tokio::test]
async fn addresses_are_checked_for_grpc_as_for_http() {
    for protocol in ["grpc", "http"] {
        for endpoint in [
            "http://127.0.0.1:4317", // the function's own control plane
            "https://127.0.0.1:4317",
            "http://169.254.169.254:4317", // credentials
            "https://169.254.169.254:4317",
            "https://10.0.0.1:4317",
            "http://8.8.8.8:4317", // in clear text over the internet
            "https://[::ffff:169.254.169.254]:4317",
        ] {
            let error = refusal(json!({"endpoint": endpoint, "protocol": protocol}), None);
            assert_eq!(error.place, "endpoint", "{endpoint}: {error}");
        }
        for settings in [
            json!({"endpoint": "http://otel-collector:4317", "protocol": protocol}),
            json!({"endpoint": "http://10.0.0.1:4317", "protocol": protocol}),
            json!({"endpoint": "http://8.8.8.8:4317", "protocol": protocol, "tls": false}),
            json!({"endpoint": "https://8.8.8.8:4317", "protocol": protocol}),
            json!({"endpoint": "https://10.0.0.1:4317", "protocol": protocol,
                   "allow_private_networks": true}),
        ] {
            assert!(start(settings.clone()).is_ok(), "{settings}");
        }
        // A name is looked at when it is resolved.
        let otlp =
            start(json!({"endpoint": "http://localhost:4317", "protocol": protocol})).unwrap();
        let answer = one(&otlp).await;
        let Answer::Config(reason) = &answer else { panic!("{answer:?}") };
        assert!(reason.text.contains("loopback"), "{reason}");
    }
}

#[test]
fn a_path_is_refused_where_grpc_has_none() {
    let error = refusal(json!({"endpoint": "https://h:4317/v1/logs"}), None);
    assert_eq!(error.place, "endpoint");
    assert!(error.problem.contains("http/protobuf"), "{error}");
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given_and_only_then() {
    let authority = Authority::new();
    let collector = Collector::with_tls(authority.acceptor(false, &["h2"]), Say::taken()).await;
    let answer = one(&open(&collector.url(), json!({}), None)).await;
    let Answer::Config(reason) = &answer else { panic!("{answer:?}") };
    assert!(reason.text.contains("ca_bundle"), "{reason}");
    assert!(collector.calls().is_empty());

    let settings = json!({"ca_bundle": authority.root});
    assert_eq!(means(&one(&open(&collector.url(), settings, None)).await), Means::Delivered);
    let other = json!({"ca_bundle": Authority::new().root});
    assert_eq!(means(&one(&open(&collector.url(), other, None)).await), Means::Config);
}

#[tokio::test]
async fn a_client_certificate_of_the_secret_is_shown() {
    let authority = Authority::new();
    let collector = Collector::with_tls(authority.acceptor(true, &["h2"]), Say::taken()).await;
    let client = authority.client("vault-export");
    let secret = json!({"ca_bundle": authority.root, "client_certificate": client.certificate,
                        "client_key": client.key});
    let (_secrets, otlp) = open_with(&collector.url(), json!({}), &secret.to_string()).await;
    assert_eq!(means(&one(&otlp).await), Means::Delivered);

    let without = json!({"ca_bundle": authority.root}).to_string();
    let (_secrets, otlp) = open_with(&collector.url(), json!({}), &without).await;
    let answer = one(&otlp).await;
    assert!(!matches!(means(&answer), Means::Delivered | Means::Rejected), "{answer:?}");
    assert_eq!(collector.calls().len(), 1);
}

/// What others did: an https endpoint without a TLS feature was sent in clear text.
#[tokio::test]
async fn https_never_falls_back_to_clear_text() {
    let collector = Collector::saying([Say::taken()]).await;
    let url = collector.url().replace("http://", "https://");
    let answer = one(&open(&url, json!({}), None)).await;
    assert_ne!(means(&answer), Means::Delivered);
    assert!(collector.calls().is_empty());
}
