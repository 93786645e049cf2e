//! Handshakes on real sockets: whom the HTTP client trusts, and how it shows who it is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use delivery::http::{Client, Failure, Identity, Request, Settings};
use delivery::outcome::ErrorClass;
use http::HeaderMap;
use tests::server::{Reply, Server};
use tests::tls::{Authority, Pair, SelfSigned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// Loopback is all that is allowed beyond the defaults.
fn settings(authority: Option<&Authority>, identity: Option<&Pair>) -> Settings {
    Settings {
        allow_insecure: true,
        ca_bundle: authority.map(|authority| authority.root.clone()),
        identity: identity.map(|pair| Identity {
            certificate: pair.certificate.clone(),
            key: pair.key.clone().into(),
        }),
        ..Settings::default()
    }
}

async fn server(authority: &Authority, mutual: bool) -> Server {
    let acceptor = authority.acceptor(mutual, &["http/1.1"]);
    Server::start_tls(acceptor, |_| Reply::status(200, "taken")).await
}

async fn send(server: &Server, settings: Settings) -> Result<u16, Failure> {
    let url: Url = server.url().parse().unwrap();
    let request = Request::post(url, HeaderMap::new(), "canary");
    Client::new(settings).unwrap().send(request).await.map(|response| response.status.as_u16())
}

fn reason(result: Result<u16, Failure>) -> (ErrorClass, String) {
    let failure = result.unwrap_err();
    let reason = failure.reason();
    (reason.class, reason.text.clone())
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given_and_only_then() {
    let authority = Authority::new();
    let server = server(&authority, false).await;
    let (class, text) = reason(send(&server, settings(None, None)).await);
    assert_eq!(class, ErrorClass::Config, "{text}");
    assert!(text.contains("not trusted") && text.contains("goes into ca_bundle"), "{text}");
    let other = Authority::new();
    let (class, text) = reason(send(&server, settings(Some(&other), None)).await);
    assert_eq!(class, ErrorClass::Config);
    assert!(text.contains("no authority in ca_bundle has signed it"), "{text}");
    assert!(server.requests().is_empty(), "nothing is sent to a server that is not trusted");

    assert_eq!(send(&server, settings(Some(&authority), None)).await.unwrap(), 200);
    assert_eq!(server.requests()[0].body, b"canary");
}

#[tokio::test]
async fn several_authorities_may_be_given() {
    let (one, two) = (Authority::new(), Authority::new());
    let server = server(&two, false).await;
    let bundle = Settings {
        ca_bundle: Some(format!("# the old one\n{}\n{}", one.root, two.root)),
        ..settings(None, None)
    };
    assert_eq!(send(&server, bundle).await.unwrap(), 200);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_though_its_authority_is_trusted() {
    let authority = Authority::new();
    let server = server(&authority, false).await;
    // The certificate is for 127.0.0.1.
    let url: Url = server.url().replace("127.0.0.1", "localhost").parse().unwrap();
    let client = Client::new(settings(Some(&authority), None)).unwrap();
    let failure = client.send(Request::post(url, HeaderMap::new(), "canary")).await.unwrap_err();
    assert_eq!(failure.reason().class, ErrorClass::Config, "{failure:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_takes_only_a_client_that_has_one() {
    let authority = Authority::new();
    let server = server(&authority, true).await;
    let refused = send(&server, settings(Some(&authority), None)).await;
    assert!(refused.is_err(), "{refused:?}");
    let stranger = Authority::new().client("vault-export");
    let refused = send(&server, settings(Some(&authority), Some(&stranger))).await;
    assert!(refused.is_err(), "{refused:?}");
    assert!(server.requests().is_empty());

    let known = authority.client("vault-export");
    assert_eq!(send(&server, settings(Some(&authority), Some(&known))).await.unwrap(), 200);
}

/// What gRPC is spoken over.
#[tokio::test]
async fn bare_connections_are_made_by_the_same_rules() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(true, &["h2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let echo = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let protocol = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
                stream.write_all(&protocol).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    let known = authority.client("vault-export");
    let hello = async |settings: Settings| {
        let connector = Client::new(settings).unwrap().connector(&["h2"]).unwrap();
        let mut stream = connector.connect(&url).await.map_err(|failure| failure.reason().class)?;
        let mut said = String::new();
        // TLS 1.3: a client learns with its first read that its certificate is not enough.
        stream.read_to_string(&mut said).await.map_err(|_| ErrorClass::Network)?;
        Ok::<_, ErrorClass>(said)
    };
    assert_eq!(hello(settings(None, Some(&known))).await, Err(ErrorClass::Config));
    assert!(hello(settings(Some(&authority), None)).await.is_err());
    let said = hello(settings(Some(&authority), Some(&known))).await;
    assert_eq!(said.as_deref(), Ok("h2"), "HTTP/2 is agreed upon in the handshake");
    echo.abort();
}

/// Sends to a server that shows this certificate, at this host of loopback.
async fn send_to(
    shown: &SelfSigned,
    version: &'static rustls::SupportedProtocolVersion,
    host: &str,
    settings: Settings,
) -> Result<u16, Failure> {
    let server = Server::start_tls(shown.acceptor(version), |_| Reply::status(200, "taken")).await;
    let url: Url = server.url().replace("127.0.0.1", host).parse().unwrap();
    let client = Client::new(settings).unwrap();
    let sent = client.send(Request::post(url, HeaderMap::new(), "canary")).await;
    let sent = sent.map(|response| response.status.as_u16());
    assert_eq!(server.requests().len(), usize::from(sent.is_ok()), "{sent:?}");
    sent
}

fn trusting(certificate: Option<&SelfSigned>, name: Option<&str>) -> Settings {
    Settings {
        allow_insecure: true,
        ca_bundle: certificate.map(|certificate| certificate.certificate.clone()),
        tls_server_name: name.map(str::to_owned),
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_servers_own_certificate_in_the_bundle_is_enough_whatever_its_form() {
    let forms = [
        ("openssl's default", SelfSigned::authority(&["127.0.0.1"])),
        ("no authority", SelfSigned::new(&["127.0.0.1"], |_| {})),
        ("no names", SelfSigned::new(&[], |_| {})),
        ("an authority without names", SelfSigned::authority(&[])),
        ("version 1", SelfSigned::version1()),
    ];
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for (form, shown) in &forms {
            let sent = send_to(shown, version, "127.0.0.1", trusting(Some(shown), None)).await;
            assert_eq!(sent.as_ref().ok(), Some(&200), "{form}, {version:?}: {sent:?}");
            // Only exactly this one: not another one of the same form, and not without being told.
            let other = SelfSigned::authority(&["127.0.0.1"]);
            for settings in [trusting(Some(&other), None), trusting(None, None)] {
                let (class, text) = reason(send_to(shown, version, "127.0.0.1", settings).await);
                assert_eq!(class, ErrorClass::Config, "{form}: {text}");
                assert!(text.contains("ca_bundle"), "{form}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_pinned_certificate_is_held_to_its_dates_and_to_the_names_it_has() {
    let version = &rustls::version::TLS13;
    let expired = SelfSigned::expired(&["127.0.0.1"]);
    let text =
        reason(send_to(&expired, version, "127.0.0.1", trusting(Some(&expired), None)).await).1;
    assert!(text.contains("expired") && !text.contains("ca_bundle"), "{text}");

    let elsewhere = SelfSigned::authority(&["splunk.example.com"]);
    let sent = send_to(&elsewhere, version, "127.0.0.1", trusting(Some(&elsewhere), None)).await;
    let text = reason(sent).1;
    assert!(text.contains("splunk.example.com") && text.contains("tls_server_name"), "{text}");
    let settings = trusting(Some(&elsewhere), Some("splunk.example.com"));
    assert_eq!(send_to(&elsewhere, version, "127.0.0.1", settings).await.unwrap(), 200);
    let settings = trusting(Some(&elsewhere), Some("other.example.com"));
    assert_eq!(
        reason(send_to(&elsewhere, version, "127.0.0.1", settings).await).0,
        ErrorClass::Config
    );
}

#[tokio::test]
async fn the_name_that_is_set_counts_for_authorities_too() {
    let authority = Authority::new();
    let server = server(&authority, false).await;
    // The certificate is for 127.0.0.1.
    let url: Url = server.url().replace("127.0.0.1", "localhost").parse().unwrap();
    let settings = Settings {
        tls_server_name: Some("127.0.0.1".to_owned()),
        ..settings(Some(&authority), None)
    };
    let client = Client::new(settings).unwrap();
    assert!(client.send(Request::post(url, HeaderMap::new(), "canary")).await.is_ok());
    let wrong = Settings { tls_server_name: Some("not a name".into()), ..Settings::default() };
    assert_eq!(Client::new(wrong).unwrap_err().place, "tls_server_name");
}

#[tokio::test]
async fn tls_spoken_to_a_port_without_it_is_a_setting() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let web = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 16];
            stream.read_exact(&mut hello).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let settings = Settings { allow_insecure: true, ..Settings::default() };
    let client = Client::new(settings).unwrap();
    let sent = client.send(Request::post(url.clone(), HeaderMap::new(), "canary")).await;
    let bare = client.connector(&["h2"]).unwrap().connect(&url).await;
    for failure in [sent.err().unwrap(), bare.err().unwrap()] {
        let reason = failure.reason();
        assert_eq!(reason.class, ErrorClass::Config, "{failure}");
        assert!(reason.text.contains("does not speak TLS"), "{failure}");
    }
    web.abort();
}
