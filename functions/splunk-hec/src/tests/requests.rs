//! What is sent.

use super::*;

#[tokio::test]
async fn a_request_is_a_row_of_envelopes_with_token_channel_and_gzip() {
    let server = Server::replies([says(200, 0)]).await;
    let splunk = splunk(&server, "index = \"security\"\nsource = \"sanctum-ai\"\n");
    assert_eq!(deliver(&splunk, &events(&["a", "b"])).await, Answer::delivered());

    let [request] = server.requests().try_into().unwrap();
    assert_eq!((&*request.method, &*request.path), ("POST", "/services/collector/event"));
    assert_eq!(request.header("authorization"), Some("Splunk splunk-hec"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let channel = request.header("x-splunk-request-channel").unwrap();
    assert_eq!((channel.len(), channel.matches('-').count()), (36, 4));

    let text = request.text();
    let objects: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    for (object, id) in objects.iter().zip(["a", "b"]) {
        assert_eq!(object["index"], "security");
        assert_eq!(object["source"], "sanctum-ai");
        assert_eq!(object["sourcetype"], "_json");
        assert_eq!(object["host"], "vault-eu");
        assert_eq!(object["fields"], json!({"event_id": id}));
        assert_eq!(object["event"]["id"], id);
    }
    assert_eq!(text.matches("\"time\":1771108201.482913,").count(), 2, "no digit is lost");
}

#[tokio::test]
async fn the_channel_stays_the_same_for_all_requests() {
    let server = Server::replies([says(200, 0)]).await;
    let splunk = splunk(&server, "");
    deliver(&splunk, &events(&["a"])).await;
    deliver(&splunk, &events(&["b"])).await;
    let channels: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-splunk-request-channel").unwrap().to_owned())
        .collect();
    assert_eq!(channels[0], channels[1]);
}

/// Others left the answer's body unread, and every request had to open a connection.
#[tokio::test]
async fn a_connection_is_used_again() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = tokio::spawn(async move {
        // A second connection would wait here for ever, and its request with it.
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut answered = 0;
        let mut buffer = vec![0; 64 * 1024];
        while answered < 3 && stream.read(&mut buffer).await.unwrap() > 0 {
            // Small requests come in one piece; the answer is larger than one read.
            let body = format!("{{\"code\":0,\"text\":\"{}\"}}", "x".repeat(30_000));
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.unwrap();
            answered += 1;
        }
        answered
    });
    let settings = format!("endpoint = \"http://{address}\"\nallow_insecure = true\n");
    let mut export: Export<OverHttp<Config>> =
        from_tables(settings.parse().unwrap(), toml::Table::new(), None).unwrap();
    export.secret = Some(SecretRef::Env(TOKEN_VARIABLE.to_owned()));
    let splunk = SplunkHec::new(export, &Tools::default()).unwrap();
    for id in ["a", "b", "c"] {
        assert_eq!(deliver(&splunk, &events(&[id])).await, Answer::delivered());
    }
    assert_eq!(connections.await.unwrap(), 3);
}

#[tokio::test]
async fn a_request_of_900001_bytes_becomes_two() {
    for (bytes, requests) in [(900_000, 1), (900_001, 2)] {
        let server = Server::replies([says(200, 0)]).await;
        let splunk = splunk(&server, "");
        let mut both = events(&["a", "b"]);
        both[1].message = Some("x".repeat(300_000).into());
        let message = |padding: usize| Some("x".repeat(padding).into());
        both[0].message = message(1);
        let mut out = Vec::new();
        for event in &both {
            splunk.encode(event, &mut out).unwrap();
        }
        both[0].message = message(bytes - out.len() + 1);

        let outcome = run(splunk, &both, 30).await;
        assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (2, 0));
        assert_eq!(server.requests().len(), requests, "{bytes}");
        let sent: usize = server.requests().iter().map(|request| request.text().len()).sum();
        assert_eq!(sent, bytes);
    }
}

#[tokio::test]
async fn an_event_of_a_megabyte_is_rejected_and_its_neighbours_are_delivered() {
    let server = Server::replies([says(200, 0)]).await;
    let mut three = events(&["a", "large", "c"]);
    three[1].message = Some("x".repeat(1_000_000).into());
    let outcome = run(splunk(&server, "max_request_bytes = 5242880\n"), &three, 30).await;
    let Verdict::Rejected(reason) = &outcome.verdicts[1] else { panic!("{outcome:?}") };
    assert_eq!(reason.class.as_str(), "too_large");
    assert_eq!(outcome.counts.delivered, 2);
    assert_eq!(ids(&server.requests()[0]), ["a", "c"]);
}

#[tokio::test]
async fn a_request_holds_at_most_a_thousand_events() {
    let server = Server::replies([says(200, 0)]).await;
    let many: Vec<Event<'_>> = (0..1_001).map(|number| event(&format!("id-{number}"))).collect();
    let outcome = run(splunk(&server, ""), &many, 30).await;
    assert_eq!(outcome.counts.delivered, 1_001);
    let mut sizes: Vec<usize> =
        server.requests().iter().map(|request| ids(request).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1_000]);
}

#[tokio::test]
async fn a_plain_http_address_or_none_for_the_token_is_refused_at_start() {
    let server = Server::replies([says(200, 0)]).await;
    let refused = |export| SplunkHec::new(export, &Tools::default()).err().unwrap();
    assert_eq!(refused(export(&server, "").but(|it| it.secret = None)).place, "secret_arn");
    let plain = export(&server, "").but(|it| it.destination.connection.allow_insecure = false);
    assert_eq!(refused(plain).place, "endpoint");
    let tiny = export(&server, "max_request_bytes = 1000\n");
    assert_eq!(refused(tiny).place, "max_request_bytes");
}

trait But: Sized {
    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl But for Export<OverHttp<Config>> {}
