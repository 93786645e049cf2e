//! A deployed stack by its name: its queues, its destinations, and what their functions say of themselves.

use serde_json::{Value, json};
use tests::server::{Reply, Request, Server};
use tokio::runtime::Runtime;

use crate::queue::Queue;
use crate::support::{BINARY, End, Place, event};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A stack with these outputs, at CloudFormation's query protocol.
fn formation(outputs: Vec<(&'static str, String)>) -> impl Fn(&Request) -> Reply + Send + Sync {
    move |request: &Request| {
        let body = request.text();
        assert!(body.contains("Action=DescribeStacks"), "{body}");
        if !body.contains("StackName=audit") {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
                <Message>Stack with id other does not exist</Message></Error></ErrorResponse>";
            return Reply::status(400, error);
        }
        let outputs: Vec<String> = outputs
            .iter()
            .map(|(key, value)| format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"))
            .collect();
        let outputs = outputs.concat();
        Reply::status(
            200,
            format!(
                "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>audit</StackName>\
                 <CreationTime>2026-02-14T22:30:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus>\
                 <Outputs>{outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
            ),
        )
    }
}

fn route(kind: &str, name: &str, queue: &str, dlq: &str) -> Value {
    let value = format!(
        "type = '{kind}'\nqueue_url = '{queue}'\ndlq_url = '{dlq}'\nfunction = 'audit-{name}'\n\
         batch_size = 100\nof_a_later_version = 1\nfilter = '''\nmin_severity = \"High\"\n'''\n"
    );
    json!({ "Name": format!("/vault-export/audit/routes/{name}"), "Value": value })
}

/// Routes at Systems Manager, one a page.
fn routes(pages: Vec<Value>) -> impl Fn(&Request) -> Reply + Send + Sync {
    move |request: &Request| {
        assert_eq!(request.header("x-amz-target"), Some("AmazonSSM.GetParametersByPath"));
        let asked: Value = serde_json::from_slice(&request.body).unwrap();
        let empty = json!({ "Parameters": [] });
        if asked["Path"] != "/vault-export/audit/routes" {
            return Reply::status(200, empty.to_string());
        }
        let page: usize = asked["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let mut answer = pages.get(page).map_or(empty, |one| json!({ "Parameters": [one] }));
        if page + 1 < pages.len() {
            answer["NextToken"] = json!((page + 1).to_string());
        }
        Reply::status(200, answer.to_string())
    }
}

/// The services of one account.
struct Account {
    runtime: Runtime,
    queue: Queue,
    place: Place,
    endpoints: Vec<(&'static str, Server)>,
}

impl Account {
    fn new() -> Account {
        let (runtime, queue, place) = (runtime(), Queue::start(&[]), Place::new());
        Account { runtime, queue, place, endpoints: Vec::new() }
    }

    fn with(
        mut self,
        variable: &'static str,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Account {
        let server = self.runtime.block_on(Server::start(script));
        self.endpoints.push((variable, server));
        self
    }

    fn at(&self, name: &str) -> String {
        self.queue.dlq().replace("dlq", name)
    }

    fn run(&self, arguments: &[&str]) -> End {
        let mut command = self.place.command(BINARY);
        command.args(arguments).envs(self.queue.environment());
        command.env_remove("VAULT_EXPORT_INGEST_QUEUE_URL");
        for (variable, server) in &self.endpoints {
            command.env(variable, server.url());
        }
        End::of(&command.output().unwrap())
    }
}

const SSM: &str = "AWS_ENDPOINT_URL_SSM";
const FORMATION: &str = "AWS_ENDPOINT_URL_CLOUDFORMATION";
const LAMBDA: &str = "AWS_ENDPOINT_URL_LAMBDA";
const SQS: &str = "AWS_ENDPOINT_URL_SQS";

/// A stack with an ingest queue and two destinations.
fn account() -> Account {
    let account = Account::new();
    let (dlq, at) = (account.queue.dlq(), |name: &str| account.at(name));
    let outputs = vec![("IngestQueueUrl", at("ingest")), ("IngestDlqUrl", at("ingest-parked"))];
    let pages = vec![
        route("webhook", "webhook", &at("webhook"), &at("webhook-parked")),
        route("splunk_hec", "splunk-2", &at("splunk-2"), &dlq),
    ];
    account.with(FORMATION, formation(outputs)).with(SSM, routes(pages))
}

#[test]
fn queues_are_found_by_the_name_of_their_stack_and_destination() {
    let account = account();
    account.place.write("audit.log", event("s1"));
    account.run(&["ship", "audit.log", "--stack", "audit"]).done();
    assert_eq!(account.queue.ids(), ["s1"]);

    account.queue.park("one", "refused", "Incorrect index", &event("e1"));
    let splunk = ["--stack", "audit", "--destination", "splunk-2"];
    let listed = account.run(&[&["dlq", "list"], &splunk[..]].concat()).done();
    assert!(listed.stdout.starts_with("1\tsplunk-hec\trefused"), "{}", listed.stdout);
    let exported =
        account.run(&["export", "--format", "jsonl", "--dlq", "splunk-2", "--stack", "audit"]);
    assert_eq!(exported.done().ids(), ["e1"]);
    account.run(&[&["dlq", "redrive"], &splunk[..]].concat()).done();
    let ids = vec!["s1".to_owned(), "e1".to_owned()];
    assert_eq!((account.queue.ids(), account.queue.parked().len()), (ids, 0));
}

#[test]
fn what_a_removed_destination_left_behind_goes_to_one_that_exists() {
    let account = account();
    account.queue.park("one", "-", "-", &event("left"));
    let from = account.queue.dlq();
    let to = ["--stack", "audit", "--destination", "webhook"];
    account.run(&[&["dlq", "redrive", "--from", &from], &to[..]].concat()).done();
    assert_eq!((account.queue.ids(), account.queue.parked().len()), (vec!["left".to_owned()], 0));
    let same = account.run(&["dlq", "redrive", "--from", &from, "--to", &from]);
    assert_eq!(same.code, 2, "{}", same.stderr);
}

#[test]
fn a_name_that_is_not_there_is_answered_with_those_that_are() {
    let account = account();
    let end = account.run(&["dlq", "list", "--stack", "audit", "--destination", "otlp"]);
    assert_eq!(end.code, 2, "{}", end.stderr);
    assert!(end.stderr.contains("its destinations are splunk-2, webhook"), "{}", end.stderr);
    account.place.write("audit.log", event("s1"));
    let end = account.run(&["ship", "audit.log", "--stack", "other"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    assert!(end.stderr.contains("there is no stack `other`"), "{}", end.stderr);
    let end = account.run(&["check", "--stack", "audit", "--destination", "splunk"]);
    assert_eq!(end.code, 2, "{}", end.stderr);
    assert!(end.stderr.contains("its destinations are splunk-2, webhook"), "{}", end.stderr);
    assert_eq!(account.run(&["dlq", "list"]).code, 2);
    assert_eq!(account.run(&["export", "--dlq", "splunk"]).code, 2);
    assert_eq!(account.run(&["dlq", "redrive", "--stack", "audit"]).code, 2);
}

#[test]
fn a_stack_of_the_old_layout_is_found_by_its_outputs() {
    let account = Account::new();
    let outputs = vec![
        ("IngestQueueUrl", account.at("ingest")),
        ("SecurityLakeQueueUrl", account.at("lake")),
        ("SecurityLakeDlqUrl", account.queue.dlq()),
    ];
    let account = account.with(FORMATION, formation(outputs)).with(SSM, routes(Vec::new()));
    account.queue.park("one", "refused", "too large", &event("e1"));
    let lake = ["--stack", "audit", "--destination", "security-lake"];
    let listed = account.run(&[&["dlq", "list"], &lake[..]].concat()).done();
    assert!(listed.stdout.starts_with("1\t"), "{}", listed.stdout);
    let end = account.run(&["dlq", "list", "--stack", "audit", "--destination", "otlp"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    assert!(
        end.stderr.contains("no output `OtlpQueueUrl`") && end.stderr.contains("not set up"),
        "{}",
        end.stderr
    );
}

/// SQS's lists, tags and counts: three queues are known, one was left behind, one is another stack's.
fn counts(base: &str) -> impl Fn(&Request) -> Reply + Send + Sync + use<> {
    let base = base.to_owned();
    move |request: &Request| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap();
        let url = asked["QueueUrl"].as_str().unwrap_or_default();
        let answer = match request.header("x-amz-target").unwrap() {
            "AmazonSQS.ListQueues" => {
                assert_eq!(asked["QueueNamePrefix"], "audit-");
                let urls = ["audit-old", "audit-webhook", "audit-2-other"].map(|name| {
                    let name = if name == "audit-webhook" { "webhook" } else { name };
                    format!("{base}/{name}")
                });
                json!({ "QueueUrls": urls })
            }
            "AmazonSQS.ListQueueTags" if url.ends_with("other") => {
                json!({ "Tags": { "vault-export:core": "audit-2", "vault-export:name": "splunk" } })
            }
            "AmazonSQS.ListQueueTags" => {
                json!({ "Tags": { "vault-export:core": "audit", "vault-export:name": "splunk" } })
            }
            "AmazonSQS.GetQueueAttributes" => {
                let waiting = if url.ends_with("old") { "3" } else { "0" };
                json!({ "Attributes": {
                    "ApproximateNumberOfMessages": waiting,
                    "ApproximateNumberOfMessagesNotVisible": waiting,
                    "ApproximateNumberOfMessagesDelayed": "0",
                } })
            }
            other => panic!("{other}"),
        };
        Reply::status(200, answer.to_string())
    }
}

#[test]
fn a_stacks_dead_letters_are_counted_with_the_queues_that_nobody_reads() {
    let account = account();
    let base = account.at("x").replace("/x", "");
    let account = account.with(SQS, counts(&base));
    let end = account.run(&["dlq", "list", "--stack", "audit"]).done();
    let lines: Vec<Vec<&str>> = end.stdout.lines().map(|line| line.split('\t').collect()).collect();
    let short: Vec<[&str; 3]> = lines.iter().map(|line| [line[0], line[1], line[2]]).collect();
    assert_eq!(
        short,
        [
            ["0", "ingest", "dlq"],
            ["0", "splunk-2", "dlq"],
            ["0", "webhook", "dlq"],
            ["6", "splunk", "left behind"]
        ]
    );
    assert!(lines[3][3].ends_with("/audit-old"), "{}", end.stdout);
    assert!(end.stderr.contains("dlq redrive --from http"), "{}", end.stderr);
    let end = account.run(&["dlq", "list", "--stack", "audit", "--reason", "x"]);
    assert_eq!(end.code, 2, "{}", end.stderr);
}

/// One function that is well, one with a wrong credential.
fn functions(request: &Request) -> Reply {
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(asked["check"], "connection");
    let findings = if request.path.contains("audit-webhook") {
        let sent = asked["test_event"] == true;
        json!([{ "subject": "address", "level": "ok", "text": if sent { "sent" } else { "reachable" } }])
    } else {
        json!([
            { "subject": "address", "level": "warning", "text": "no answer in time", "hint": "check the firewall" },
            { "subject": "credential", "level": "failed", "text": "refused with 403", "hint": null },
        ])
    };
    Reply::status(200, json!({ "name": "x", "type": "y", "findings": findings }).to_string())
}

#[test]
fn the_functions_of_a_stack_are_asked_and_answer_in_one_table() {
    let account = account().with(LAMBDA, functions);
    let end = account.run(&["check", "--stack", "audit"]);
    assert_eq!(end.code, 6, "{}", end.stderr);
    let expected = "\
DESTINATION  RESULT   CHECKED     FINDING
splunk-2     warning  address     no answer in time
splunk-2     failed   credential  refused with 403
webhook      ok       address     reachable
";
    assert_eq!(end.stdout, expected);
    assert!(end.stderr.contains("check the firewall"), "{}", end.stderr);
    let one = ["check", "--stack", "audit", "--destination", "webhook", "--test-event", "--json"];
    let one = account.run(&one).done();
    let findings: Value = serde_json::from_str(&one.stdout).unwrap();
    let expected =
        json!([{ "destination": "webhook", "level": "ok", "subject": "address", "text": "sent" }]);
    assert_eq!(findings, expected);
}

#[test]
fn a_function_that_cannot_be_asked_is_a_finding_of_its_own() {
    let account = account().with(LAMBDA, |request: &Request| {
        if request.path.contains("audit-webhook") {
            let error = r#"{"errorMessage":"panicked","errorType":"Panic"}"#;
            return Reply::status(200, error).header("x-amz-function-error", "Unhandled");
        }
        let error = r#"{"Message":"not authorized"}"#;
        Reply::status(403, error).header("x-amzn-errortype", "AccessDeniedException")
    });
    let end = account.run(&["check", "--stack", "audit"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    assert!(end.stdout.contains("webhook      failed   function"), "{}", end.stdout);
    assert!(end.stdout.contains("lambda:InvokeFunction"), "{}", end.stdout);
    assert!(end.stdout.contains("crashed"), "{}", end.stdout);
}

#[test]
fn a_stack_without_destinations_and_a_denied_look_up_say_what_to_do() {
    let empty = Account::new().with(SSM, routes(Vec::new()));
    let end = empty.run(&["check", "--stack", "audit"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    assert!(end.stderr.contains("has no destinations"), "{}", end.stderr);
    let denied = Account::new().with(SSM, |_: &Request| {
        Reply::status(400, r#"{"__type":"AccessDeniedException","Message":"no"}"#)
    });
    let end = denied.run(&["check", "--stack", "audit"]);
    assert_eq!(end.code, 6, "{}", end.stderr);
    assert!(end.stderr.contains("ssm:GetParametersByPath"), "{}", end.stderr);
}
