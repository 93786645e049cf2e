//! Every row of the status tables, over gRPC and HTTP.

use std::time::Duration;

use delivery::destination::{Destination, Level};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceResponse,
};
use prost::Message;
use serde_json::json;
use tests::server::{Reply, Server};

use crate::collector::{Collector, Say};
use crate::support::Means::{
    Auth, Config, Degraded, Delivered, Dropped, Rejected, Retry, RetryIn, Split, Suspect,
};
use crate::support::{Means, deliver, line, means, one, open};

async fn grpc(say: Say) -> Means {
    let collector = Collector::saying([say]).await;
    let answer = one(&open(&collector.url(), json!({}), None)).await;
    assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
    means(&answer)
}

async fn http(protocol: &str, reply: Reply) -> Means {
    let server = Server::replies([reply]).await;
    let answer = one(&open(&server.url(), json!({"protocol": protocol}), None)).await;
    assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
    means(&answer)
}

/// grpc/grpc, doc/statuscodes.md, against the OTLP specification's table.
#[tokio::test]
async fn every_grpc_status_means_what_the_table_says() {
    let rows = [
        (1, Retry),        // CANCELLED
        (2, Retry),        // UNKNOWN
        (3, Suspect),      // INVALID_ARGUMENT
        (4, Retry),        // DEADLINE_EXCEEDED
        (5, Config),       // NOT_FOUND
        (6, Retry),        // ALREADY_EXISTS
        (7, Auth),         // PERMISSION_DENIED
        (8, RetryIn(300)), // RESOURCE_EXHAUSTED without RetryInfo: a long back-off
        (9, Config),       // FAILED_PRECONDITION
        (10, Retry),       // ABORTED
        (11, Retry),       // OUT_OF_RANGE
        (12, Config),      // UNIMPLEMENTED
        (13, Retry),       // INTERNAL
        (14, Retry),       // UNAVAILABLE
        (15, Retry),       // DATA_LOSS
        (16, Auth),        // UNAUTHENTICATED
    ];
    for (code, expected) in rows {
        assert_eq!(grpc(Say::status(code, "canary")).await, expected, "{code}");
    }
}

#[tokio::test]
async fn retry_info_is_honoured_with_every_code_that_may_be_retried() {
    for code in [1, 4, 8, 10, 11, 14, 15] {
        let delay = Some(Duration::from_secs(7));
        assert_eq!(grpc(Say::retry_info(code, delay)).await, RetryIn(7), "{code}");
    }
    assert_eq!(grpc(Say::retry_info(8, None)).await, Retry, "RetryInfo without a delay");
    let year = Some(Duration::from_hours(24 * 365));
    assert_eq!(grpc(Say::retry_info(14, year)).await, RetryIn(12 * 3600), "twelve hours at most");
}

/// The words of grpc-go, of grpc-go after decompression, of tonic, of grpc-java.
#[tokio::test]
async fn a_message_that_is_too_large_is_split_by_whatever_words() {
    for (code, message) in [
        (8, "grpc: received message larger than max (5000000 vs. 4194304)"),
        (8, "grpc: received message after decompression larger than max 4194304"),
        (8, "Received message larger than max (5000000 vs. 4194304)"),
        (
            11,
            "Error, decoded message length too large: found 5000000 bytes, the limit is: 4194304 bytes",
        ),
        (8, "gRPC message exceeds maximum size 4194304: 5000000"),
        (8, "Received message exceeds the maximum configured message size."),
        (2, "Payload Too Large"),
    ] {
        assert_eq!(grpc(Say::status(code, message)).await, Split, "{message}");
    }
}

#[tokio::test]
async fn what_is_no_grpc_answer_is_no_delivery() {
    assert_eq!(grpc(Say::Garbage).await, Retry);
    for (status, expected) in [
        (401, Auth),
        (403, Auth),
        (404, Config),
        (429, Retry),
        (502, Retry),
        (503, Retry),
        (200, Retry),
        (301, Config),
        (400, Config),
        (405, Config),
        (413, Split),
        (500, Retry),
    ] {
        assert_eq!(grpc(Say::Http(status)).await, expected, "{status}");
    }
}

#[tokio::test]
async fn partial_success_is_never_retried() {
    assert_eq!(grpc(Say::taken()).await, Delivered);
    assert_eq!(grpc(Say::partial(0, "")).await, Delivered);
    assert_eq!(grpc(Say::partial(0, "canary: slow down")).await, Degraded);
    assert_eq!(
        grpc(Say::partial(1, "canary")).await,
        Rejected,
        "the only record is the rejected one"
    );
    for (rejected, expected) in [(1, Dropped(1)), (2, Dropped(2)), (3, Rejected), (9, Rejected)] {
        let collector = Collector::saying([Say::partial(rejected, "canary")]).await;
        let otlp = open(&collector.url(), json!({}), None);
        let lines = [line("a", "v"), line("b", "v"), line("c", "v")];
        let answers = deliver(&otlp, &lines).await;
        assert_eq!(means(&answers[0]), expected, "{rejected} of 3");
        assert_eq!(collector.calls().len(), 1);
    }
}

#[tokio::test]
async fn every_http_status_means_what_the_table_says() {
    let rows = [
        (400, Config), // not the receiver's: see below
        (401, Auth),
        (403, Auth),
        (404, Config),
        (405, Config),
        (408, RetryIn(9)),
        (413, Split),
        (415, Config),
        (301, Config),
        (429, RetryIn(9)),
        (500, RetryIn(9)),
        (502, RetryIn(9)),
        (503, RetryIn(9)),
        (504, RetryIn(9)),
    ];
    for protocol in ["http/protobuf", "http/json"] {
        for (status, expected) in rows {
            let reply = Reply::status(status, "canary").header("retry-after", "9");
            assert_eq!(http(protocol, reply).await, expected, "{protocol} {status}");
        }
        let reply = Reply::status(503, "");
        assert_eq!(http(protocol, reply).await, Retry, "without Retry-After");
        let date = Reply::status(429, "")
            .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .header("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(http(protocol, date).await, RetryIn(30), "Retry-After as a date");
    }
}

/// "The response body for all HTTP 4xx and 5xx responses MUST be a `Status` message."
#[tokio::test]
async fn a_400_is_the_receiver_s_when_it_is_a_status_message() {
    let status = [8, 3, 18, 6].into_iter().chain(*b"canary").collect::<Vec<u8>>();
    let json = |text: &str| Reply::status(400, text).header("content-type", "application/json");
    let binary =
        |body: Vec<u8>| Reply::status(400, body).header("content-type", "application/x-protobuf");
    for (reply, expected) in [
        (json(r#"{"code":3,"message":"canary"}"#), Suspect),
        (json(r#"{"message":"canary"}"#), Suspect),
        (binary(status), Suspect),
        (json("{}"), Config),
        (binary(b"<html>".to_vec()), Config),
        (Reply::status(400, ""), Config),
        (Reply::status(400, "Client sent an HTTP request to an HTTPS server."), Config),
        (Reply::status(400, "<html>").header("content-type", "text/html"), Config),
    ] {
        for protocol in ["http/protobuf", "http/json"] {
            assert_eq!(http(protocol, reply.clone()).await, expected, "{protocol} {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_200_is_read_before_it_is_believed() {
    let protobuf = |rejected, message: &str| {
        let partial = ExportLogsPartialSuccess {
            rejected_log_records: rejected,
            error_message: message.to_owned(),
        };
        let message = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        Reply::status(200, message).header("content-type", "application/x-protobuf")
    };
    let json = |text: &str| Reply::status(200, text).header("content-type", "application/json");
    let html = || Reply::status(200, "<html>sign in</html>").header("content-type", "text/html");
    let rows = [
        ("http", Reply::status(200, ""), Delivered),
        ("http", protobuf(0, ""), Delivered),
        ("http", protobuf(0, "canary"), Degraded),
        ("http", protobuf(1, "canary"), Rejected),
        ("http", json(r#"{"partialSuccess":{}}"#), Delivered), // in another encoding than ours
        ("http", html(), Retry),
        ("http", Reply::status(200, "<html>"), Retry),
        ("http/json", json("{}"), Delivered),
        ("http/json", json(r#"{"partialSuccess":null}"#), Delivered),
        ("http/json", json(r#"{"partialSuccess":{"errorMessage":"canary"}}"#), Degraded),
        ("http/json", json(r#"{"partialSuccess":{"rejectedLogRecords":"1"}}"#), Rejected),
        ("http/json", json(r#"{"partialSuccess":{"rejectedLogRecords":1}}"#), Rejected),
        ("http/json", json("canary"), Retry),
        ("http/json", html(), Retry),
    ];
    for (protocol, reply, expected) in rows {
        let text = format!("{protocol} {reply:?}");
        assert_eq!(http(protocol, reply).await, expected, "{text}");
    }
}

#[tokio::test]
async fn the_connection_test_sends_an_empty_request_and_tells_what_is_wrong() {
    for (say, level, subject) in [
        (Say::taken(), Level::Good, "address"),
        (Say::status(16, ""), Level::Bad, "credential"),
        (Say::status(12, ""), Level::Bad, "address"),
        (Say::status(14, ""), Level::Doubtful, "address"),
    ] {
        let collector = Collector::saying([say]).await;
        let findings = open(&collector.url(), json!({}), None).check().await;
        let last = findings.last().unwrap();
        assert_eq!((last.level, last.subject), (level, subject), "{findings:?}");
        assert!(collector.calls()[0].request().resource_logs.is_empty());
    }
    for (protocol, body) in [("http", ""), ("http/json", r#"{"resourceLogs":[]}"#)] {
        let server = Server::replies([Reply::status(200, "")]).await;
        let otlp = open(&server.url(), json!({"protocol": protocol}), None);
        assert_eq!(otlp.check().await.last().unwrap().level, Level::Good);
        assert_eq!(server.requests()[0].text(), body);
    }
}

#[tokio::test]
async fn a_test_event_is_one_real_record() {
    let collector = Collector::saying([Say::taken()]).await;
    let otlp = open(&collector.url(), json!({}), None);
    let findings = otlp.test_event("2026-02-14T22:30:00Z".parse().unwrap()).await;
    assert_eq!(findings[0].level, Level::Good, "{findings:?}");
    let request = collector.calls()[0].request();
    let record = &request.resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!(record.event_name, "vault.export_health.check");
}
