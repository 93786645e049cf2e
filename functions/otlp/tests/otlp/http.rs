//! Requests as they come over the wire.

use delivery::outcome::{ErrorClass, Verdict};
use delivery::pipeline::Pipeline;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message;
use serde_json::{Value, json};
use std::time::Duration;
use tests::server::{Reply, Request, Server};
use tokio::time::Instant;
use transform::event::Event;
use transform::filter::Filter;
use transform::source::native;

use crate::collector::{Collector, Say};
use crate::support::{deliver, line, one, open, open_with};

fn body(request: &Request) -> Vec<u8> {
    use std::io::Read;
    let mut body = Vec::new();
    match request.header("content-encoding") {
        Some("gzip") => {
            flate2::read::GzDecoder::new(&*request.body).read_to_end(&mut body).unwrap();
        }
        None => body.clone_from(&request.body),
        Some(other) => panic!("{other}"),
    }
    body
}

#[tokio::test]
async fn a_request_over_http_has_its_path_type_and_coding() {
    for (protocol, content_type) in
        [("http", "application/x-protobuf"), ("http/json", "application/json")]
    {
        for (compression, coding) in [("gzip", Some("gzip")), ("none", None)] {
            let server = Server::replies([Reply::status(200, "")]).await;
            let settings = json!({"protocol": protocol, "compression": compression,
                                  "headers": "x-scope-orgid=team"});
            one(&open(&server.url(), settings, None)).await;
            let request = &server.requests()[0];
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/logs"));
            assert_eq!(request.header("content-type"), Some(content_type));
            assert_eq!(request.header("content-encoding"), coding);
            assert_eq!(request.header("x-scope-orgid"), Some("team"));
            let body = body(request);
            let resources = if protocol == "http" {
                ExportLogsServiceRequest::decode(&*body).unwrap().resource_logs.len()
            } else {
                let body: Value = serde_json::from_slice(&body).unwrap();
                body["resourceLogs"].as_array().unwrap().len()
            };
            assert_eq!(resources, 1);
        }
    }
}

#[tokio::test]
async fn a_call_over_grpc_has_its_path_and_metadata() {
    for (compression, compressed) in [("gzip", true), ("none", false)] {
        let collector = Collector::saying([Say::taken()]).await;
        let settings = json!({"compression": compression, "headers": {"x-scope-orgid": "team"}});
        one(&open(&collector.url(), settings, None)).await;
        let call = &collector.calls()[0];
        assert_eq!(call.path, "/opentelemetry.proto.collector.logs.v1.LogsService/Export");
        assert_eq!(call.headers["content-type"], "application/grpc");
        assert_eq!(call.headers["te"], "trailers");
        assert_eq!(call.headers["x-scope-orgid"], "team");
        assert!(call.headers["user-agent"].to_str().unwrap().starts_with("vault-export/"));
        assert_eq!(call.compressed, compressed);
        assert_eq!(call.request().resource_logs.len(), 1);
    }
}

#[tokio::test]
async fn the_secret_goes_into_headers_of_both() {
    let collector = Collector::saying([Say::taken()]).await;
    let (_secrets, otlp) = open_with(&collector.url(), json!({}), r#"{"token":"t-1"}"#).await;
    one(&otlp).await;
    assert_eq!(collector.calls()[0].headers["authorization"], "Bearer t-1");

    let server = Server::replies([Reply::status(200, "")]).await;
    let settings = json!({"protocol": "http", "headers": "authorization=weak"});
    let (_secrets, otlp) = open_with(&server.url(), settings, r#"{"authorization":"Api k"}"#).await;
    one(&otlp).await;
    assert_eq!(server.requests()[0].header("authorization"), Some("Api k"), "the secret wins");
}

#[tokio::test]
async fn a_thousand_and_one_records_are_two_requests() {
    let collector = Collector::saying([Say::taken()]).await;
    let lines: Vec<Value> = (0..1001).map(|n| line(&format!("e-{n}"), "v")).collect();
    assert_eq!(deliver(&open(&collector.url(), json!({}), None), &lines).await.len(), 2);
    let counts: Vec<usize> = collector
        .calls()
        .iter()
        .map(|call| call.request().resource_logs[0].scope_logs[0].log_records.len())
        .collect();
    assert_eq!(counts, [1000, 1]);
}

/// The 4 MiB wall of gRPC servers, and the record that alone is over it: neighbours are delivered, it is parked.
#[tokio::test]
async fn a_request_over_the_servers_limit_is_halved_until_it_fits() {
    const WALL: usize = 20_000;
    let collector = Collector::start(|call| match call.message.len() {
        0..WALL => Say::taken(),
        _ => Say::status(8, "grpc: received message larger than max (99999 vs. 20000)"),
    })
    .await;
    let mut lines: Vec<Value> = (0..100).map(|n| line(&format!("e-{n}"), "v")).collect();
    lines[42]["details"] = json!({"a": (0..7).map(|_| "y".repeat(1000)).collect::<Vec<_>>(),
                                  "b": "z"});
    let server = Server::start(|request| match body(request).len() {
        0..WALL => Reply::status(200, ""),
        _ => Reply::status(413, ""),
    })
    .await;
    let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    let events: Vec<Event<'_>> = texts.iter().map(|line| native::parse(line).unwrap()).collect();
    for otlp in [
        open(&collector.url(), json!({}), None),
        open(&server.url(), json!({"protocol": "http"}), None),
    ] {
        let pipeline = Pipeline::new(otlp, Filter::default(), None);
        let outcome = pipeline.run(&events, Instant::now() + Duration::from_mins(1)).await;
        for verdict in &outcome.verdicts {
            assert!(matches!(verdict, Verdict::Delivered(_)), "{verdict:?}");
        }
    }
    assert!(collector.calls().len() > 2 && server.requests().len() > 2);
}

#[tokio::test]
async fn a_record_that_is_too_large_alone_does_not_drop_its_neighbours() {
    let collector = Collector::start(|call| {
        if call.message.windows(6).any(|bytes| bytes == b"canary") {
            Say::status(8, "grpc: received message larger than max (9 vs. 1)")
        } else {
            Say::taken()
        }
    })
    .await;
    let mut lines: Vec<Value> = (0..9).map(|n| line(&format!("e-{n}"), "v")).collect();
    lines[4]["message"] = json!("canary");
    let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    let events: Vec<Event<'_>> = texts.iter().map(|line| native::parse(line).unwrap()).collect();
    let pipeline = Pipeline::new(open(&collector.url(), json!({}), None), Filter::default(), None);
    let outcome = pipeline.run(&events, Instant::now() + Duration::from_mins(1)).await;
    for (n, verdict) in outcome.verdicts.iter().enumerate() {
        match verdict {
            Verdict::Rejected(reason) => {
                assert_eq!((n, reason.class), (4, ErrorClass::TooLarge));
            }
            Verdict::Delivered(_) => assert_ne!(n, 4),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn very_many_vaults_do_not_make_a_request_too_large() {
    let collector = Collector::saying([Say::taken()]).await;
    let settings = json!({"max_request_bytes": 65536});
    let otlp = open(&collector.url(), settings, None);
    let texts: Vec<String> =
        (0..200).map(|n| line(&format!("e-{n}"), &format!("vault-{n}")).to_string()).collect();
    let events: Vec<Event<'_>> = texts.iter().map(|line| native::parse(line).unwrap()).collect();
    let pipeline = Pipeline::new(otlp, Filter::default(), None);
    let outcome = pipeline.run(&events, Instant::now() + Duration::from_mins(1)).await;
    assert!(outcome.verdicts.iter().all(|verdict| matches!(verdict, Verdict::Delivered(_))));
    let calls = collector.calls();
    assert!(calls.iter().all(|call| call.message.len() <= 65536));
    let sent: usize = calls.iter().map(|call| call.request().resource_logs.len()).sum();
    assert_eq!(sent, 200);
}
