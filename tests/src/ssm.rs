//! An SSM that holds parameters, gives ten of them a page, and fails when told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};

#[derive(Default)]
struct State {
    parameters: BTreeMap<String, String>,
    failing: Option<Reply>,
    paths: Vec<String>,
}

/// A running SSM.
pub struct Ssm {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Ssm {
    /// Starts on a loopback port.
    pub async fn start() -> Ssm {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let server = Server::start(move |request| answer(&mut lock(&shared), request)).await;
        Ssm { server, state }
    }

    /// The endpoint.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Sets a parameter.
    pub fn put(&self, name: &str, value: impl Into<String>) {
        lock(&self.state).parameters.insert(name.to_owned(), value.into());
    }

    /// Removes a parameter.
    pub fn remove(&self, name: &str) {
        lock(&self.state).parameters.remove(name);
    }

    /// Makes every call fail with this code, or none.
    pub fn fail(&self, code: Option<&str>) {
        let reply = |code| reply(400, &json!({"__type": code, "message": "no"}));
        lock(&self.state).failing = code.map(reply);
    }

    /// Answers every call with this.
    pub fn reply(&self, reply: Reply) {
        lock(&self.state).failing = Some(reply);
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        lock(&self.state).paths.len()
    }

    /// The paths that were asked for, call by call.
    pub fn paths(&self) -> Vec<String> {
        lock(&self.state).paths.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(state: &mut State, request: &Request) -> Reply {
    if request.header("x-amz-target") != Some("AmazonSSM.GetParametersByPath") {
        return Reply::status(400, "{}");
    }
    let call: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let path = call["Path"].as_str().unwrap_or_default().to_owned();
    state.paths.push(path.clone());
    if let Some(failing) = &state.failing {
        return failing.clone();
    }
    let most = call["MaxResults"].as_u64().unwrap_or(10).min(10);
    let begin = call["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0);
    let below = state.parameters.iter().filter(|(name, _)| name.starts_with(&format!("{path}/")));
    let all: Vec<Value> = below
        .map(|(name, value)| json!({"Name": name, "Type": "String", "Value": value, "Version": 1}))
        .collect();
    let end = all.len().min(begin + usize::try_from(most).unwrap_or(10));
    let mut answer = json!({"Parameters": all.get(begin..end).unwrap_or_default()});
    if end < all.len() {
        answer["NextToken"] = json!(end.to_string());
    }
    reply(200, &answer)
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply::status(status, body.to_string()).header("content-type", "application/x-amz-json-1.1")
}
