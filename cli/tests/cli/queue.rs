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

#[derive(Default)]
struct State {
    script: VecDeque<Turn>,
    /// The bodies that were taken, in order.
    taken: Vec<String>,
    requests: Vec<Value>,
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
    while let Some(request) = request(&mut reader) {
        let mut state = state.lock().unwrap();
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
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} Scripted\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut writer = stream;
        if writer.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
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

fn request(reader: &mut BufReader<&TcpStream>) -> Option<Value> {
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
    assert_eq!(target, "AmazonSQS.SendMessageBatch");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
