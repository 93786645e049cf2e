//! Every kind of call of a destination's function, against servers on real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use delivery::ConfigError;
use delivery::credentials::SecretRef;
use delivery::destination::Setup;
use delivery::destination::{Destination, Finding, Goals};
use delivery::outcome::{Answer as Told, ErrorClass, Reason, Verdict};
use delivery::tools::{Aws, Tools};
use lambda::{Answer, Around, Invocation, Service};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tests::server::{Reply, Server};
use tests::sqs::Sqs;
use tokio::time::Instant;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::filter::Filter;
use transform::format::FormatError;

/// A destination by its faults.
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
#[derive(Clone, Copy, Default)]
struct Fake {
    goals: bool,
    bad_format: bool,
    unreachable: bool,
    refuses: bool,
}

impl Destination for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn goals(&self) -> Option<Goals> {
        let goals = Goals { bytes: 1 << 20, records: 1000, time: Duration::from_secs(30) };
        self.goals.then_some(goals)
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        if self.bad_format {
            return Err(FormatError("the format is unknown".to_owned()));
        }
        out.extend_from_slice(event.id.as_bytes());
        Ok(())
    }

    async fn deliver(&self, _: &Batch<'_>) -> Told {
        if self.refuses {
            return Told::All(Verdict::retry(Reason::new(ErrorClass::Unavailable, "down")));
        }
        Told::delivered()
    }

    async fn check(&self) -> Vec<Finding> {
        if self.unreachable {
            return vec![
                Finding::bad("address", "no connection").with_hint("open port 8088"),
                Finding::bad("credential", "status 403"),
                Finding::doubtful("index", "not tried"),
            ];
        }
        vec![Finding::good("address", "answers")]
    }
}

/// A function and one server for secrets and CloudFormation's answers.
struct World {
    aws: Server,
    service: Service<Fake>,
}

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:1:secret:splunk";

/// The replies to `PUT`s, one after the other, the last one for ever. A secret is readable.
async fn world(setup: Result<Fake, ConfigError>, puts: Vec<Reply>) -> World {
    world_with(setup, puts, secret("hunter2")).await
}

fn secret(text: &str) -> Reply {
    let body = json!({"ARN": "a", "Name": "n", "VersionId": "1", "SecretString": text});
    Reply::status(200, body.to_string()).header("content-type", "application/x-amz-json-1.1")
}

async fn world_with(setup: Result<Fake, ConfigError>, puts: Vec<Reply>, secret: Reply) -> World {
    let sqs = Sqs::start().await;
    let left = std::sync::Mutex::new(puts);
    let aws = Server::start(move |request| {
        let mut left = left.lock().unwrap();
        match request.method.as_str() {
            "PUT" if left.len() > 1 => left.remove(0),
            "PUT" => left.first().cloned().unwrap_or_else(|| Reply::status(200, "")),
            _ => secret.clone(),
        }
    })
    .await;
    let service = service(setup, &sqs, Some(&aws.url())).await;
    World { aws, service }
}

async fn service(setup: Result<Fake, ConfigError>, sqs: &Sqs, aws: Option<&str>) -> Service<Fake> {
    // SQS finds its own way by the queues' addresses.
    let config = tests::secrets::config(aws.unwrap_or(&sqs.url()));
    let around = Around {
        name: "splunk".to_owned(),
        kind: "splunk_hec".to_owned(),
        queue_url: Some(sqs.queue("own")),
        dlq_url: Some(sqs.queue("dlq")),
    };
    let setup = setup.map(|destination| Setup {
        destination,
        filter: Filter::default(),
        batch_size: None,
        secret: aws.map(|_| SecretRef::SecretsManager(SECRET.to_owned())),
    });
    Service::new(around, Tools::new(Aws::from_config(config)), setup).await
}

/// Without a secret; SQS is the only AWS there is.
async fn queues(setup: Result<Fake, ConfigError>) -> (Sqs, Service<Fake>) {
    let sqs = Sqs::start().await;
    let service = service(setup, &sqs, None).await;
    (sqs, service)
}

async fn call(service: &Service<Fake>, event: Value) -> Result<Value, String> {
    let event = RawValue::from_string(event.to_string()).unwrap();
    let invocation = Invocation {
        deadline: Instant::now() + Duration::from_secs(30),
        now: "2026-02-14T22:31:00Z".parse().unwrap(),
        function: "core-splunk",
    };
    let answer = service.answer(&event, &invocation).await.map_err(|error| error.to_string())?;
    if let Answer::Told = answer {
        return Ok(Value::Null);
    }
    Ok(serde_json::to_value(answer).unwrap())
}

fn wrong() -> Result<Fake, ConfigError> {
    Err(ConfigError::new("index", "expected a string (VAULT_EXPORT_SETTINGS, 3:9)"))
}

fn line(id: &str) -> String {
    format!(
        r#"{{"schema":"vault-audit/1","id":"{id}","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:a","type":"agent"}},"source":{{"product":"sanctum","instance":"v"}}}}"#
    )
}

fn batch() -> Value {
    let record = |id: &str| {
        json!({"eventSource": "aws:sqs", "messageId": id, "receiptHandle": format!("r-{id}"),
            "body": line(id), "attributes": {"ApproximateReceiveCount": "2"}})
    };
    json!({"Records": [record("m1"), record("m2")]})
}

fn request(world: &World, kind: &str, level: Option<&str>) -> Value {
    let mut request = json!({
        "RequestType": kind,
        "ServiceToken": "arn:aws:lambda:eu-west-1:1:function:core-splunk",
        "ResponseURL": format!("{}/answers/1?Signature=canary", world.aws.url()),
        "StackId": "arn:aws:cloudformation:eu-west-1:1:stack/core/1",
        "RequestId": "request-1",
        "LogicalResourceId": "SplunkCheck",
        "ResourceType": "Custom::DestinationCheck",
        "ResourceProperties": {"ServiceToken": "arn"},
    });
    if let Some(level) = level {
        request["ResourceProperties"]["CheckOnDeploy"] = json!(level);
    }
    if kind != "Create" {
        request["PhysicalResourceId"] = json!("splunk-check");
    }
    request
}

/// What CloudFormation was told, try by try.
fn told(world: &World) -> Vec<Value> {
    let puts = world.aws.requests().into_iter().filter(|request| request.method == "PUT");
    puts.map(|put| {
        assert_eq!(put.path, "/answers/1?Signature=canary");
        assert_eq!(put.header("content-type"), None, "the signature covers an empty one");
        assert!(put.body.len() <= 4096);
        serde_json::from_slice(&put.body).unwrap()
    })
    .collect()
}

#[tokio::test]
async fn a_batch_is_delivered() {
    let (sqs, service) = queues(Ok(Fake::default())).await;
    assert_eq!(call(&service, batch()).await, Ok(json!({"batchItemFailures": []})));
    assert!(sqs.hidden().is_empty());

    let (_, service) = queues(Ok(Fake { refuses: true, ..Fake::default() })).await;
    let both = json!([{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]);
    assert_eq!(call(&service, batch()).await, Ok(json!({"batchItemFailures": both})));
}

#[tokio::test]
async fn with_wrong_settings_every_message_is_given_back_after_its_back_off() {
    let (sqs, service) = queues(wrong()).await;
    let both = json!([{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]);
    assert_eq!(call(&service, batch()).await, Ok(json!({"batchItemFailures": both})));
    let hidden = sqs.hidden();
    assert_eq!(hidden.iter().map(|(receipt, _)| &**receipt).collect::<Vec<_>>(), ["r-m1", "r-m2"]);
    assert!(hidden.iter().all(|(_, wait)| (9..=11).contains(wait)), "{hidden:?}");
    assert_eq!(sqs.send_calls(), 0);
}

#[tokio::test]
async fn a_drain_empties_the_queue_of_a_destination_that_asks_for_it() {
    let (sqs, service) = queues(Ok(Fake { goals: true, ..Fake::default() })).await;
    sqs.put("own", line("a"));
    let answer = call(&service, json!({"drain": true})).await.unwrap();
    assert_eq!((&answer["delivered"], &answer["end"]), (&json!(1), &json!("empty")));
    assert!(sqs.left("own").is_empty());

    let (_, service) = queues(Ok(Fake::default())).await;
    assert!(call(&service, json!({"drain": true})).await.unwrap_err().contains("not drained"));
    let (sqs, service) = queues(wrong()).await;
    sqs.put("own", line("a"));
    assert!(call(&service, json!({"drain": true})).await.unwrap_err().contains("index"));
    assert_eq!(sqs.left("own").len(), 1);
}

#[tokio::test]
async fn foreign_events_are_errors() {
    for setup in [Ok(Fake::default()), wrong()] {
        let (_, service) = queues(setup).await;
        for event in [
            json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "canary"}}]}),
            json!({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "canary"}}}]}),
            json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "canary"}}]}),
            json!({"detail-type": "Scheduled Event", "detail": "canary"}),
            json!({"RequestType": "canary"}),
            json!({"check": "canary"}),
            json!({}),
        ] {
            let error = call(&service, event).await.unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}

/// The findings, as `subject: level`.
fn levels(answer: &Value) -> Vec<String> {
    let findings = answer["findings"].as_array().unwrap().iter();
    findings
        .map(|one| {
            format!("{}: {}", one["subject"].as_str().unwrap(), one["level"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_check_says_what_it_found() {
    let settings = json!({"check": "settings", "test_event": false});
    let connection = json!({"check": "connection"});

    let good = world(Ok(Fake::default()), Vec::new()).await;
    let answer = call(&good.service, settings.clone()).await.unwrap();
    assert_eq!((&answer["name"], &answer["type"]), (&json!("splunk"), &json!("splunk_hec")));
    assert_eq!(levels(&answer), ["settings: ok", "secret: ok", "format: ok"]);
    let answer = call(&good.service, connection.clone()).await.unwrap();
    assert_eq!(levels(&answer), ["settings: ok", "secret: ok", "format: ok", "address: ok"]);
    let with_event = json!({"check": "connection", "test_event": true});
    let answer = call(&good.service, with_event).await.unwrap();
    assert_eq!(levels(&answer).last().unwrap(), "test event: warning");

    let broken = Fake { bad_format: true, unreachable: true, ..Fake::default() };
    let broken = world(Ok(broken), Vec::new()).await;
    let answer = call(&broken.service, settings.clone()).await.unwrap();
    assert_eq!(levels(&answer), ["settings: ok", "secret: ok", "format: failed"]);
    let answer = call(&broken.service, connection).await.unwrap();
    assert_eq!(levels(&answer)[3..], ["address: failed", "credential: failed", "index: warning"]);
    assert_eq!(answer["findings"][3]["hint"], "open port 8088");
    assert_eq!(answer["findings"][4]["hint"], Value::Null);

    let wrong = world(wrong(), Vec::new()).await;
    let answer = call(&wrong.service, settings).await.unwrap();
    assert_eq!(levels(&answer), ["settings: failed"]);
    let text = answer["findings"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("index: expected a string"), "{text}");
}

fn denied() -> Reply {
    let body = json!({"__type": "AccessDeniedException", "Message": "no"});
    Reply::status(400, body.to_string()).header("content-type", "application/x-amz-json-1.1")
}

#[tokio::test]
async fn an_unreadable_secret_fails_a_check() {
    let world = world_with(Ok(Fake::default()), Vec::new(), denied()).await;
    let answer = call(&world.service, json!({"check": "settings"})).await.unwrap();
    assert_eq!(levels(&answer), ["settings: ok", "secret: failed", "format: ok"]);
    let text = answer["findings"][1]["text"].as_str().unwrap();
    assert!(text.contains(SECRET) && text.contains("AccessDenied"), "{text}");
}

#[tokio::test]
async fn cloudformation_is_told_that_all_is_well() {
    for (kind, level) in [
        ("Create", None),
        ("Create", Some("settings")),
        ("Create", Some("connection")),
        ("Update", Some("connection")),
        ("Delete", Some("connection")),
    ] {
        let world = world(Ok(Fake::default()), Vec::new()).await;
        assert_eq!(call(&world.service, request(&world, kind, level)).await, Ok(Value::Null));
        let told = told(&world);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["Status"], "SUCCESS");
        assert_eq!(told[0]["PhysicalResourceId"], "splunk-check");
        assert_eq!(told[0]["StackId"], "arn:aws:cloudformation:eu-west-1:1:stack/core/1");
        assert_eq!(told[0]["RequestId"], "request-1");
        assert_eq!(told[0]["LogicalResourceId"], "SplunkCheck");
    }
}

#[tokio::test]
async fn cloudformation_is_told_every_reason_of_a_failure() {
    let unreachable = || Ok(Fake { unreachable: true, ..Fake::default() });
    for (kind, setup, secret, level, reason) in [
        (
            "Create",
            wrong(),
            secret("x"),
            None,
            "settings: index: expected a string (VAULT_EXPORT_SETTINGS, 3:9)",
        ),
        (
            "Update",
            unreachable(),
            secret("x"),
            Some("connection"),
            "address: no connection; open port 8088\ncredential: status 403",
        ),
        (
            "Create",
            Ok(Fake::default()),
            secret("x"),
            Some("all"),
            "CheckOnDeploy has an invalid value; expected settings, connection or off",
        ),
    ] {
        let world = world_with(setup, Vec::new(), secret).await;
        call(&world.service, request(&world, kind, level)).await.unwrap();
        let told = told(&world);
        assert_eq!((told.len(), &told[0]["Status"]), (1, &json!("FAILED")));
        assert_eq!(told[0]["Reason"], reason);
        assert_eq!(told[0]["PhysicalResourceId"], "splunk-check");
    }
    let world = world_with(Ok(Fake::default()), Vec::new(), denied()).await;
    call(&world.service, request(&world, "Create", None)).await.unwrap();
    let reason = told(&world)[0]["Reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("secret: ") && reason.contains("AccessDenied"), "{reason}");
}

/// A stack with wrong settings must be deletable, and a check that is switched off finds nothing.
#[tokio::test]
async fn deletions_and_checks_that_are_off_succeed_whatever_is_wrong() {
    for (kind, level) in [("Delete", None), ("Delete", Some("all")), ("Create", Some("off"))] {
        let world = world_with(wrong(), Vec::new(), denied()).await;
        call(&world.service, request(&world, kind, level)).await.unwrap();
        assert_eq!(told(&world)[0]["Status"], "SUCCESS");
        assert_eq!(world.aws.requests().len(), 1, "nothing but the answer");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_sent_again_and_then_an_error() {
    let puts = vec![Reply::status(503, ""), Reply::Cut, Reply::status(200, "")];
    let patient = world(Ok(Fake::default()), puts).await;
    call(&patient.service, request(&patient, "Create", None)).await.unwrap();
    // A cut connection may be sent again by the client itself, at once.
    let told = told(&patient);
    assert!(told.len() >= 3 && told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");

    let hopeless = world(Ok(Fake::default()), vec![Reply::status(403, "")]).await;
    let error = call(&hopeless.service, request(&hopeless, "Create", None)).await.unwrap_err();
    assert!(error.contains("403") && !error.contains("canary"), "{error}");
    assert_eq!(self::told(&hopeless).len(), 5);
}

#[tokio::test]
async fn an_answer_goes_to_no_other_address() {
    let world = world(Ok(Fake::default()), Vec::new()).await;
    let other = Server::replies([Reply::status(200, "")]).await;
    let elsewhere = other.url().replace("127.0.0.1", "localhost");
    for url in [
        format!("{elsewhere}/canary"),
        "https://169.254.169.254/canary".to_owned(),
        "http://example.com/canary".to_owned(),
        "file:///canary".to_owned(),
        "canary".to_owned(),
    ] {
        let mut request = request(&world, "Create", None);
        request["ResponseURL"] = json!(url);
        let error = call(&world.service, request).await.unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
    assert!(other.requests().is_empty());
}
