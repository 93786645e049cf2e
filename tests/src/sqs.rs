//! An SQS that keeps what it was sent, hands out what it was given, and fails where it is told to.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::server::{Reply, Request, Server};

/// A message as a queue holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The body.
    pub body: String,
    /// The attributes' texts.
    pub attributes: BTreeMap<String, String>,
    /// `DelaySeconds`.
    pub delay: u64,
}

/// How often each id (`"id":"…"`) stands in these bodies, in events and in what is none.
pub fn count_ids<'b>(bodies: impl IntoIterator<Item = &'b str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for body in bodies {
        for id in body.split("\"id\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            *counts.entry(id.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// How a queue fails.
#[derive(Clone, Copy, Debug)]
pub enum Failing {
    /// Every call, by an error.
    Calls,
    /// The first entry of each call, so many times, by SQS's own fault.
    FirstEntry(usize),
    /// Every entry, by the sender's fault.
    Entries,
    /// The entries whose bit is set, by the sender's fault; after 64 entries it begins anew.
    These(u64),
    /// Every call takes so long and is then cut, its entries not taken.
    Hang(Duration),
}

/// A message that can be received.
struct Held {
    id: String,
    body: String,
    received: u64,
    visible: bool,
}

#[derive(Default)]
struct State {
    held: HashMap<String, Vec<Held>>,
    held_for: Vec<u64>,
    put: usize,
    sent: HashMap<String, Vec<Sent>>,
    hidden: Vec<(String, u64)>,
    failing: HashMap<String, Failing>,
    slow: HashMap<String, Duration>,
    calls: usize,
    stop: Option<Stop>,
}

/// At which call of `SendMessageBatch` whoever calls is to be stopped.
struct Stop {
    call: usize,
    taken: bool,
    told: Arc<Notify>,
}

/// A running SQS.
pub struct Sqs {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Sqs {
    /// Starts on a loopback port.
    pub async fn start() -> Sqs {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let server = Server::start(move |request| answer(&mut lock(&shared), request)).await;
        Sqs { server, state }
    }

    /// The endpoint.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A queue's address.
    pub fn queue(&self, name: &str) -> String {
        format!("{}/000000000000/{name}", self.url())
    }

    /// Makes a queue fail.
    pub fn fail(&self, name: &str, how: Failing) {
        lock(&self.state).failing.insert(name.to_owned(), how);
    }

    /// Makes a queue well again.
    pub fn mend(&self, name: &str) {
        lock(&self.state).failing.remove(name);
    }

    /// Makes each call of a queue take so long.
    pub fn slow(&self, name: &str, time: Duration) {
        lock(&self.state).slow.insert(name.to_owned(), time);
    }

    /// Puts a message into a queue, to be received.
    pub fn put(&self, name: &str, body: impl Into<String>) {
        let mut state = lock(&self.state);
        state.put += 1;
        let id = format!("m-{}", state.put);
        let held = Held { id, body: body.into(), received: 0, visible: true };
        state.held.entry(name.to_owned()).or_default().push(held);
    }

    /// The bodies of the messages that were put into a queue and not deleted.
    pub fn left(&self, name: &str) -> Vec<String> {
        let state = lock(&self.state);
        let held = state.held.get(name).map(Vec::as_slice).unwrap_or_default();
        held.iter().map(|held| held.body.clone()).collect()
    }

    /// Makes all received messages visible, as after their visibility's end.
    pub fn reappear(&self, name: &str) {
        for held in lock(&self.state).held.entry(name.to_owned()).or_default() {
            held.visible = true;
        }
    }

    /// The visibility, in seconds, that each call asked for what it received.
    pub fn held_for(&self) -> Vec<u64> {
        lock(&self.state).held_for.clone()
    }

    /// What a queue was sent.
    pub fn sent(&self, name: &str) -> Vec<Sent> {
        lock(&self.state).sent.get(name).cloned().unwrap_or_default()
    }

    /// Receipt handles and seconds of changed visibilities.
    pub fn hidden(&self) -> Vec<(String, u64)> {
        lock(&self.state).hidden.clone()
    }

    /// Tells it when this call of `SendMessageBatch` comes, counted from 0, and answers neither it nor any after it. Whether
    /// its entries are taken is `taken`.
    pub fn stop_at(&self, call: usize, taken: bool, told: Arc<Notify>) {
        lock(&self.state).stop = Some(Stop { call, taken, told });
    }

    /// Answers again.
    pub fn go_on(&self) {
        lock(&self.state).stop = None;
    }

    /// How many calls of `SendMessageBatch` there were.
    pub fn send_calls(&self) -> usize {
        lock(&self.state).calls
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(state: &mut State, request: &Request) -> Reply {
    let call: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let queue = call["QueueUrl"].as_str().unwrap_or_default();
    let queue = queue.rsplit('/').next().unwrap_or_default().to_owned();
    let entries = call["Entries"].as_array().cloned().unwrap_or_default();
    if let Some(Failing::Hang(time)) = state.failing.get(&queue) {
        return Reply::Hang(*time);
    }
    let slow = state.slow.get(&queue).copied();
    let reply = act(state, request, &queue, &call, &entries);
    match slow {
        Some(time) => Reply::After(time, Box::new(reply)),
        None => reply,
    }
}

fn act(
    state: &mut State,
    request: &Request,
    queue: &str,
    call: &Value,
    entries: &[Value],
) -> Reply {
    match request.header("x-amz-target") {
        Some("AmazonSQS.SendMessageBatch") => {
            state.calls += 1;
            let Some(Stop { call, taken, told }) = &state.stop else {
                return send(state, queue, entries);
            };
            let (number, call, taken) = (state.calls - 1, *call, *taken);
            if number < call {
                return send(state, queue, entries);
            }
            told.notify_one();
            if number == call && taken {
                send(state, queue, entries);
            }
            Reply::Hang(Duration::from_mins(1))
        }
        Some("AmazonSQS.ChangeMessageVisibilityBatch") => {
            state.hidden.extend(entries.iter().map(|entry| {
                (text(&entry["ReceiptHandle"]), entry["VisibilityTimeout"].as_u64().unwrap_or(0))
            }));
            let ids = entries.iter().map(|entry| json!({"Id": entry["Id"]}));
            reply(&json!({"Successful": ids.collect::<Vec<_>>(), "Failed": []}))
        }
        Some("AmazonSQS.ReceiveMessage") => receive(state, queue, call),
        Some("AmazonSQS.DeleteMessageBatch") => delete(state, queue, entries),
        _ => Reply::status(400, "{}"),
    }
}

fn receive(state: &mut State, queue: &str, call: &Value) -> Reply {
    if let Some(Failing::Calls) = state.failing.get(queue) {
        return error("com.amazonaws.sqs#QueueDoesNotExist");
    }
    let most = call["MaxNumberOfMessages"].as_u64().and_then(|most| usize::try_from(most).ok());
    state.held_for.push(call["VisibilityTimeout"].as_u64().unwrap_or(0));
    let held = state.held.entry(queue.to_owned()).or_default();
    let messages = held.iter_mut().filter(|held| held.visible).take(most.unwrap_or(1)).map(|held| {
        held.visible = false;
        held.received += 1;
        json!({
            "MessageId": held.id, "ReceiptHandle": format!("receipt-{}", held.id), "Body": held.body,
            "Attributes": {"ApproximateReceiveCount": held.received.to_string()},
        })
    });
    reply(&json!({"Messages": messages.collect::<Vec<_>>()}))
}

fn delete(state: &mut State, queue: &str, entries: &[Value]) -> Reply {
    if entries.is_empty() || entries.len() > 10 {
        return error("com.amazonaws.sqs#TooManyEntriesInBatchRequest");
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (place, entry) in entries.iter().enumerate() {
        match state.failing.get_mut(queue) {
            Some(Failing::Calls) => return error("com.amazonaws.sqs#QueueDoesNotExist"),
            Some(Failing::FirstEntry(times)) if place == 0 && *times > 0 => {
                *times -= 1;
                failed.push(
                    json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false}),
                );
                continue;
            }
            _ => {}
        }
        let receipt = text(&entry["ReceiptHandle"]);
        let held = state.held.entry(queue.to_owned()).or_default();
        held.retain(|held| format!("receipt-{}", held.id) != receipt);
        successful.push(json!({"Id": entry["Id"]}));
    }
    reply(&json!({"Successful": successful, "Failed": failed}))
}

fn send(state: &mut State, queue: &str, entries: &[Value]) -> Reply {
    let bytes: usize = entries.iter().map(|entry| text(&entry["MessageBody"]).len()).sum();
    if entries.is_empty() || entries.len() > 10 || bytes > 1024 * 1024 {
        return error("com.amazonaws.sqs#BatchRequestTooLong");
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (place, entry) in entries.iter().enumerate() {
        let fault = match state.failing.get_mut(queue) {
            Some(Failing::Calls) => return error("com.amazonaws.sqs#QueueDoesNotExist"),
            Some(Failing::Entries) => Some(true),
            Some(Failing::These(bits)) => {
                *bits = bits.rotate_right(1);
                (bits.leading_zeros() == 0).then_some(true)
            }
            Some(Failing::FirstEntry(times)) if place == 0 && *times > 0 => {
                *times -= 1;
                Some(false)
            }
            _ => None,
        };
        if let Some(sender) = fault {
            let entry = json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": sender});
            failed.push(entry);
        } else {
            state.sent.entry(queue.to_owned()).or_default().push(sent(entry));
            successful.push(json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0"}));
        }
    }
    reply(&json!({"Successful": successful, "Failed": failed}))
}

fn sent(entry: &Value) -> Sent {
    let attributes = entry["MessageAttributes"].as_object().cloned().unwrap_or_default();
    Sent {
        body: text(&entry["MessageBody"]),
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name, text(&value["StringValue"])))
            .collect(),
        delay: entry["DelaySeconds"].as_u64().unwrap_or(0),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn reply(body: &Value) -> Reply {
    Reply::status(200, body.to_string()).header("content-type", "application/x-amz-json-1.0")
}

fn error(kind: &str) -> Reply {
    Reply::status(400, json!({"__type": kind, "message": "no"}).to_string())
        .header("content-type", "application/x-amz-json-1.0")
}
