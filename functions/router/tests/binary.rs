//! The router's binary behind a Runtime API and an SQS on real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tests::server::{Reply, Request, Server};
use tests::sqs::Sqs;
use tests::ssm::Ssm;

const LINE: &str = r#"{"schema":"vault-audit/1","id":"e1","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{"id":"agent:a","type":"agent"},"source":{"product":"sanctum","instance":"v"}}"#;

/// Gives one invocation and then none.
async fn runtime_api(event: Value) -> Server {
    let given = AtomicBool::new(false);
    Server::start(move |request| match request.path.ends_with("/next") {
        true if !given.swap(true, Ordering::SeqCst) => Reply::status(200, event.to_string())
            .header("lambda-runtime-aws-request-id", "request-1")
            .header("lambda-runtime-deadline-ms", "9999999999999")
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:f"),
        true => Reply::Hang(Duration::from_mins(1)),
        false => Reply::status(202, "{}"),
    })
    .await
}

fn router(api: &Server, sqs: &Sqs, ssm: &Ssm) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_router"));
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.url().replace("http://", ""))
        .env("AWS_LAMBDA_FUNCTION_NAME", "vault-export-router")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "key")
        .env("AWS_ENDPOINT_URL_SQS", sqs.url())
        .env("AWS_ENDPOINT_URL_SSM", ssm.url())
        .env("VAULT_EXPORT_QUEUE_URL", sqs.queue("ingest"))
        .env("VAULT_EXPORT_DLQ_URL", sqs.queue("dlq"))
        .env("VAULT_EXPORT_LOG_LEVEL", "INFO")
        .env("VAULT_EXPORT_SOURCE_SETTINGS", "")
        .env("VAULT_EXPORT_ROUTES_PATH", "/vault-export/core/routes")
        .stdout(Stdio::piped());
    command
}

async fn ssm(sqs: &Sqs) -> Ssm {
    let ssm = Ssm::start().await;
    let queue = sqs.queue("s3");
    ssm.put("/vault-export/core/routes/s3", format!("type = 's3'\nqueue_url = '{queue}'"));
    ssm
}

async fn answer(api: &Server) -> Request {
    for _ in 0..200 {
        let ends = |request: &Request| {
            request.path.ends_with("/response") || request.path.ends_with("/error")
        };
        let answered = api.requests().into_iter().find(ends);
        if let Some(request) = answered {
            return request;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no answer within ten seconds: {:?}", api.requests());
}

#[tokio::test]
async fn an_invocation_is_answered_logged_and_metered() {
    let body = format!("{LINE}\nnonsense-canary");
    let event = json!({"Records": [{"messageId": "m1", "receiptHandle": "r1", "body": body,
        "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}}]});
    let (api, sqs) = (runtime_api(event).await, Sqs::start().await);
    let ssm = ssm(&sqs).await;
    let mut child = router(&api, &sqs, &ssm).spawn().unwrap();
    let answer = answer(&api).await;
    child.kill().unwrap();
    child.wait().unwrap();

    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!((sqs.sent("s3").len(), sqs.sent("dlq").len()), (1, 1));

    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert!(!output.contains("canary"), "logs never hold content: {output}");
    let lines: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let metrics = lines.iter().find(|line| line.get("_aws").is_some()).expect("a metrics line");
    assert_eq!(metrics["Destination"], "router");
    assert_eq!(metrics["FunctionName"], "vault-export-router");
    assert_eq!(
        (&metrics["EventsDelivered"], &metrics["EventsRejected"]),
        (&json!(1.0), &json!(1.0))
    );
    let done = lines.iter().find(|line| line["message"] == "invocation done").expect("a log line");
    assert_eq!((&done["level"], &done["delivered"]), (&json!("INFO"), &json!(1)));
    assert_eq!(done["span"]["requestId"], "request-1", "{done}");
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_by_name() {
    let (api, sqs) = (runtime_api(json!({"Records": []})).await, Sqs::start().await);
    let ssm = ssm(&sqs).await;
    let output = router(&api, &sqs, &ssm).env("VAULT_EXPORT_RUOTES_PATH", "/r").output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("VAULT_EXPORT_RUOTES_PATH: unknown variable"), "{said}");
    assert!(api.requests().is_empty());
}

/// An event that is no SQS batch is an error, which Lambda tells the caller, and not "done".
#[tokio::test]
async fn foreign_events_are_errors() {
    for event in [
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "canary"}}]}),
        json!({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "canary"}}}]}),
        json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "canary"}}]}),
        json!({"check": "settings"}),
        json!({}),
    ] {
        let (api, sqs) = (runtime_api(event).await, Sqs::start().await);
        let ssm = ssm(&sqs).await;
        let mut child = router(&api, &sqs, &ssm).spawn().unwrap();
        let answer = answer(&api).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(answer.path.ends_with("/error"), "{}", answer.path);
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"));
        let mut output = String::new();
        child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        assert!(!output.contains("canary"), "{output}");
    }
}
