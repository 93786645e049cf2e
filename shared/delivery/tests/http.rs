//! The HTTP client against real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use delivery::http::{ANSWER_LIMIT, Client, Failure, Request, Settings};
use delivery::outcome::ErrorClass;
use http::HeaderMap;
use tests::server::{Reply, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

fn insecure() -> Settings {
    Settings { allow_insecure: true, ..Settings::default() }
}

fn post(url: &str) -> Request {
    Request::post(url.parse::<Url>().unwrap(), HeaderMap::new(), "body")
}

#[tokio::test]
async fn a_request_arrives_with_our_name_and_the_answer_comes_back() {
    let server = Server::replies([Reply::status(429, "slow").header("retry-after", "9")]).await;
    let client = Client::new(insecure()).unwrap();
    let response = client.send(post(&server.url())).await.unwrap();
    assert_eq!(response.status, 429);
    assert_eq!(&response.body[..], b"slow");
    assert_eq!(response.retry_after(Duration::from_mins(1)), Some(Duration::from_secs(9)));
    let request = &server.requests()[0];
    assert_eq!(request.body, b"body");
    let name = format!("vault-export/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(name.as_str()));
    assert_eq!(request.header("cookie"), None);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Server::replies([Reply::status(200, "")]).await;
    let server = Server::replies([Reply::status(307, "").header("location", &target.url())]).await;
    let response = Client::new(insecure()).unwrap().send(post(&server.url())).await.unwrap();
    assert_eq!(response.status, 307);
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn no_more_of_an_answer_is_read_than_the_limit() {
    let server = Server::replies([Reply::status(200, vec![b'x'; ANSWER_LIMIT * 4])]).await;
    let response = Client::new(insecure()).unwrap().send(post(&server.url())).await.unwrap();
    assert_eq!(response.body.len(), ANSWER_LIMIT);
    assert!(response.truncated);
}

#[tokio::test]
async fn without_permission_nothing_local_or_plain_is_connected_to() {
    let server = Server::replies([Reply::status(200, "")]).await;
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let private = Settings { allow_private_networks: true, ..Settings::default() };
    for settings in [Settings::default(), private] {
        let client = Client::new(settings).unwrap();
        for url in [
            server.url(),
            format!("https://127.0.0.1:{port}"),
            format!("https://localhost:{port}"),
            format!("https://[::1]:{port}"),
            format!("https://[::ffff:127.0.0.1]:{port}"),
            format!("https://2130706433:{port}"),
            format!("https://0x7f.1:{port}"),
            "https://169.254.169.254/latest/meta-data".to_owned(),
        ] {
            let failure = client.send(post(&url)).await.unwrap_err();
            assert!(matches!(failure, Failure::Config(_)), "{url}: {failure:?}");
        }
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn link_local_addresses_stay_refused_whatever_is_allowed() {
    let all = Settings { allow_private_networks: true, ..insecure() };
    let client = Client::new(all).unwrap();
    for url in ["http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/"]
    {
        assert!(client.permits(&url.parse().unwrap()).is_err(), "{url}");
    }
    assert!(client.permits(&"http://10.0.0.1/".parse().unwrap()).is_ok());
}

#[tokio::test]
async fn only_listed_ports_are_connected_to() {
    let settings = Settings { ports: vec![443, 8443], ..Settings::default() };
    let client = Client::new(settings).unwrap();
    assert!(client.permits(&"https://example.com/".parse().unwrap()).is_ok());
    assert!(client.permits(&"https://example.com:8443/".parse().unwrap()).is_ok());
    assert!(client.permits(&"https://example.com:9001/".parse().unwrap()).is_err());
}

#[tokio::test]
async fn a_cut_connection_is_a_retry_and_so_is_silence() {
    for reply in [Reply::Cut, Reply::CutMidBody] {
        let server = Server::replies([reply]).await;
        let failure = Client::new(insecure()).unwrap().send(post(&server.url())).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Retry(reason) if reason.class == ErrorClass::Network),
            "{failure:?}"
        );
        assert_eq!(server.requests().len(), 1, "a fresh connection is not tried again here");
    }
    let server = Server::replies([Reply::Hang(Duration::from_secs(30))]).await;
    let hasty = Settings { timeout: Duration::from_millis(200), ..insecure() };
    let failure = Client::new(hasty).unwrap().send(post(&server.url())).await.unwrap_err();
    assert!(matches!(failure, Failure::Retry(reason) if reason.class == ErrorClass::Timeout));
}

#[tokio::test]
async fn nobody_listening_is_a_retry_and_an_unknown_name_a_setting() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(insecure()).unwrap();
    let failure = client.send(post(&url)).await.unwrap_err();
    assert!(matches!(failure, Failure::Retry(reason) if reason.class == ErrorClass::Network));
}

#[tokio::test]
async fn a_plain_server_behind_an_https_address_is_no_success() {
    let server = Server::replies([Reply::status(200, "")]).await;
    let url = server.url().replace("http://", "https://");
    let failure = Client::new(insecure()).unwrap().send(post(&url)).await.unwrap_err();
    assert!(!failure.reason().text.contains("127.0.0.1"), "the address may be secret");
}

/// Reads one request (its body is four bytes), as far as it comes.
async fn take_request(stream: &mut tokio::net::TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\nbody") {
        if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn a_connection_lost_while_frozen_gets_one_retry_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        let (mut first, _) = listener.accept().await.unwrap();
        assert!(take_request(&mut first).await);
        first.write_all(ok).await.unwrap();
        // The second request comes on the same connection, which then breaks.
        assert!(take_request(&mut first).await);
        drop(first);
        let (mut second, _) = listener.accept().await.unwrap();
        assert!(take_request(&mut second).await);
        second.write_all(ok).await.unwrap();
    });
    let client = Client::new(insecure()).unwrap();
    assert_eq!(client.send(post(&url)).await.unwrap().status, 200);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(client.send(post(&url)).await.unwrap().status, 200);
    served.await.unwrap();
}
