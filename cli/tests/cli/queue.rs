//! A queue on loopback that speaks SQS's JSON protocol and answers from a script.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the queue does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// Takes everything.
    Take,
    /// Takes all entries but these; the flag is SQS's `SenderFault`.
    Fail(&'static [usize], &'static str, bool),
    /// Takes all entries, but does not mention this one, and does not take it.
    Forget(usize),
    /// Answers with an error.
    Error(u16, &'static str),
    /// Closes the connection without an answer.
    HangUp,
}

/// A message in the dead-letter queue.
#[derive(Clone, Debug)]
struct Parked {
    id: String,
    body: String,
    attributes: Value,
    hidden: bool,
}

#[derive(Default)]
struct State {
    parked: Vec<Parked>,
    script: VecDeque<Turn>,
    /// The bodies that were taken, in order.
    taken: Vec<String>,
    requests: Vec<Value>,
    /// How many more times it gives out messages that are hidden.
    again: usize,
}

/// A running queue; its thread ends with the test's process.
pub(crate) struct Queue {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Queue {
    /// Starts a queue with a script; after its end everything is taken.
    pub(crate) fn start(script: &[Turn]) -> Queue {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            script: script.iter().cloned().collect(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || converse(&stream.unwrap(), &shared));
            }
        });
        Queue { address, state }
    }

    /// Puts a message into the dead-letter queue, which is everything but the ingest queue.
    pub(crate) fn park(&self, id: &str, class: &str, reason: &str, body: &str) {
        let text = |value: &str| json!({"DataType": "String", "StringValue": value});
        self.state.lock().unwrap().parked.push(Parked {
            id: id.to_owned(),
            body: body.to_owned(),
            attributes: json!({
                "reason": text(reason),
                "error_class": text(class),
                "destination": text("splunk-hec"),
                "routes": text("splunk datadog"),
            }),
            hidden: false,
        });
    }

    /// Gives out so many times what it has given out before, as SQS may.
    pub(crate) fn repeat(&self, times: usize) {
        self.state.lock().unwrap().again = times;
    }

    /// What is left in the dead-letter queue, and can be seen by others.
    pub(crate) fn parked(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.parked.iter().filter(|one| !one.hidden).map(|one| one.id.clone()).collect()
    }

    /// The address of the dead-letter queue.
    pub(crate) fn dlq(&self) -> String {
        format!("{}/000000000000/dlq", self.address)
    }

    /// The bodies that were taken, in order.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.state.lock().unwrap().taken.clone()
    }

    /// The flags and environment that lead here.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.address.clone()),
            ("AWS_REGION", "eu-west-1".into()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into()),
            ("AWS_SECRET_ACCESS_KEY", "example".into()),
            ("VAULT_EXPORT_INGEST_QUEUE_URL", format!("{}/000000000000/ingest", self.address)),
        ]
    }

    /// Every record that was taken, in order.
    pub(crate) fn records(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.taken.iter().flat_map(|body| body.lines().map(str::to_owned)).collect()
    }

    /// The ids of the records that were taken.
    pub(crate) fn ids(&self) -> Vec<String> {
        crate::support::ids(&self.records().join("\n"))
    }

    /// The requests as they came.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Waits until so many records were taken.
    pub(crate) fn wait_for(&self, count: usize) {
        let began = std::time::Instant::now();
        while self.records().len() < count {
            assert!(began.elapsed().as_secs() < 30, "{} of {count}", self.records().len());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

fn converse(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some((target, request)) = request(&mut reader) {
        let mut state = state.lock().unwrap();
        if target != "SendMessageBatch" {
            let answer = dead_letters(&target, &request, &mut state);
            drop(state);
            if !reply(stream, 200, &answer) {
                return;
            }
            continue;
        }
        let turn = state.script.pop_front().unwrap_or(Turn::Take);
        state.requests.push(request.clone());
        let entries = request["Entries"].as_array().unwrap();
        let (status, body) = match &turn {
            Turn::HangUp => return,
            Turn::Error(status, code) => (*status, json!({"__type": code, "message": "no"})),
            Turn::Take => (200, answer(entries, &mut state, &[], "", false, None)),
            Turn::Fail(which, code, fault) => {
                (200, answer(entries, &mut state, which, code, *fault, None))
            }
            Turn::Forget(which) => (200, answer(entries, &mut state, &[], "", false, Some(*which))),
        };
        drop(state);
        if !reply(stream, status, &body) {
            return;
        }
    }
}

fn reply(mut stream: &TcpStream, status: u16, body: &Value) -> bool {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).is_ok()
}

/// What SQS does with the messages of the dead-letter queue; the receipt of a message is its id.
fn dead_letters(target: &str, request: &Value, state: &mut State) -> Value {
    let done: Vec<Value> = request["Entries"]
        .as_array()
        .map(|entries| entries.iter().map(|entry| json!({"Id": entry["Id"]})).collect())
        .unwrap_or_default();
    let named = |id: &str| {
        let entries = request["Entries"].as_array().unwrap().iter();
        entries.clone().any(|entry| entry["ReceiptHandle"] == id)
    };
    match target {
        "ReceiveMessage" => {
            let repeats = state.again > 0 && state.parked.iter().any(|one| one.hidden);
            state.again -= usize::from(repeats);
            let visible = state.parked.iter_mut().filter(|one| one.hidden == repeats).take(10);
            let messages: Vec<Value> = visible
                .map(|one| {
                    one.hidden = true;
                    json!({"MessageId": one.id, "ReceiptHandle": one.id, "Body": one.body, "MessageAttributes": one.attributes})
                })
                .collect();
            json!({"Messages": messages})
        }
        "DeleteMessageBatch" => {
            state.parked.retain(|one| !named(&one.id));
            json!({"Successful": done, "Failed": []})
        }
        "ChangeMessageVisibilityBatch" => {
            state.parked.iter_mut().filter(|one| named(&one.id)).for_each(|one| one.hidden = false);
            json!({"Successful": done, "Failed": []})
        }
        other => panic!("{other} is not expected"),
    }
}

fn answer(
    entries: &[Value],
    state: &mut State,
    failing: &[usize],
    code: &str,
    fault: bool,
    forgotten: Option<usize>,
) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (number, entry) in entries.iter().enumerate() {
        if failing.contains(&number) {
            failed.push(json!({"Id": entry["Id"], "Code": code, "SenderFault": fault}));
        } else if forgotten != Some(number) {
            state.taken.push(entry["MessageBody"].as_str().unwrap().to_owned());
            let id = format!("m{}", state.taken.len());
            successful.push(json!({"Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": "0"}));
        }
    }
    json!({"Successful": successful, "Failed": failed})
}

fn request(reader: &mut BufReader<&TcpStream>) -> Option<(String, Value)> {
    let (mut length, mut target) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "x-amz-target" => value.trim().clone_into(&mut target),
            _ => {}
        }
    }
    let target = target.strip_prefix("AmazonSQS.").unwrap().to_owned();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((target, serde_json::from_slice(&body).ok()?))
}
