//! A built function behind a Lambda Runtime API on a loopback port: it is given events, and killed.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::server::{Reply, Server};

/// What the function's process gets beside its own variables.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "vault-export"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "key"),
];

/// How long after its deadline an answer is waited for: the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// What messages look like in Lambda's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As SQS hands them over.
    Whole,
    /// Without attributes of either kind.
    WithoutAttributes,
    /// Without an id.
    WithoutId,
    /// Without what deletes them.
    WithoutReceipt,
}

/// A message in a function's queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its text.
    pub body: String,
    /// What was set beside the text.
    pub attributes: BTreeMap<String, String>,
    /// How often it was received.
    pub received: u32,
}

impl Message {
    /// The message as Lambda hands it over.
    pub fn record(&self, shape: Shape) -> Value {
        let attribute = |(name, value): (&String, &String)| {
            (name.clone(), json!({"stringValue": value, "dataType": "String"}))
        };
        let own: serde_json::Map<_, _> = self.attributes.iter().map(attribute).collect();
        let mut record = json!({
            "messageId": self.id,
            "receiptHandle": format!("receipt-{}", self.id),
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": self.received.to_string()},
            "messageAttributes": own,
            "eventSource": "aws:sqs",
        });
        let without: &[&str] = match shape {
            Shape::Whole => &[],
            Shape::WithoutAttributes => &["attributes", "messageAttributes"],
            Shape::WithoutId => &["messageId"],
            Shape::WithoutReceipt => &["receiptHandle"],
        };
        if let Some(members) = record.as_object_mut() {
            members.retain(|name, _| !without.contains(&name.as_str()));
        }
        record
    }
}

/// What the function said.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Its answer.
    Response(Value),
    /// An error, or none within a minute after the deadline.
    Error(String),
}

/// A running function. It is killed when it is dropped.
pub struct Function {
    child: Child,
    events: mpsc::Sender<Reply>,
    answers: Mutex<mpsc::UnboundedReceiver<Answer>>,
    given: AtomicUsize,
    _api: Server,
}

impl Function {
    /// Starts this binary with these variables.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start(binary: &str, variables: &[(&str, String)]) -> Function {
        let (events, next) = mpsc::channel(1);
        let (said, answers) = mpsc::unbounded_channel();
        let next = Arc::new(Mutex::new(next));
        let api = Server::start(move |request| {
            let body = || String::from_utf8_lossy(&request.body).into_owned();
            let answer = match request.path.rsplit('/').next() {
                Some("next") => return Reply::Told(next.clone()),
                Some("response") => {
                    let value = serde_json::from_slice(&request.body).unwrap_or_default();
                    Answer::Response(value)
                }
                _ => Answer::Error(body()),
            };
            // Whoever gave the event up does not listen any more.
            let _heard = said.send(answer);
            Reply::status(202, "{}")
        })
        .await;
        let child = Command::new(binary)
            .env_clear()
            .envs(ENVIRONMENT)
            .env("AWS_LAMBDA_RUNTIME_API", api.url().replace("http://", ""))
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .spawn()
            .expect("the function starts");
        let (answers, given) = (Mutex::new(answers), AtomicUsize::new(0));
        Function { child, events, answers, given, _api: api }
    }

    /// Gives it an event with this much time, and waits for its answer.
    #[expect(clippy::disallowed_methods, reason = "the deadline is a time of the wall clock")]
    pub async fn invoke(&self, event: &Value, time: Duration) -> Answer {
        let number = self.given.fetch_add(1, Ordering::SeqCst);
        let deadline = SystemTime::now() + time;
        let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let reply = Reply::status(200, event.to_string())
            .header("lambda-runtime-aws-request-id", &format!("request-{number}"))
            .header("lambda-runtime-deadline-ms", &deadline.as_millis().to_string())
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:f");
        let mut answers = self.answers.lock().await;
        let answered = async {
            self.events.send(reply).await.ok()?;
            answers.recv().await
        };
        let answered = tokio::time::timeout(time + PATIENCE, answered).await;
        answered.ok().flatten().unwrap_or_else(|| Answer::Error("no answer".to_owned()))
    }

    /// Ends it as `SIGKILL` does: at once and without a word.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.kill();
    }
}
