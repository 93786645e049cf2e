//! The built function between its queue, its dead-letter queue, its secret and its vendor's server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tests::lambda::{Answer, Function, Message};
use tests::server::{Reply, Request, Server};
use tests::sqs::{Sent, Sqs};
use tests::vendors::{GOOD, Store, Vendor, Wire};
use tokio::sync::Notify;

use crate::cells::{Cell, LONG, POISON, Secret, Serves, is_drained, is_late};

/// The function's queues.
const OWN: &str = "own";
const DLQ: &str = "dlq";

/// All that is around a function.
pub(crate) struct World {
    cell: Cell,
    desk: Arc<Desk>,
    _server: Server,
    _secrets: Server,
    pub(crate) sqs: Sqs,
    variables: Vec<(&'static str, String)>,
    /// What can be received.
    pub(crate) queue: Vec<Message>,
    /// So much of what was sent to the queue is in it.
    arrived: usize,
}

/// What answers for the vendor, and for Secrets Manager or STS.
struct Desk {
    cell: Cell,
    vendor: &'static Vendor,
    store: Mutex<Store>,
    requests: AtomicUsize,
    is_over: AtomicBool,
    stop: Mutex<Option<Stop>>,
}

/// At which request the function is stopped.
struct Stop {
    request: usize,
    taken: bool,
    told: Arc<Notify>,
}

impl World {
    pub(crate) async fn new(cell: Cell, vendor: &'static Vendor) -> World {
        let desk = Arc::new(Desk {
            cell,
            vendor,
            store: Mutex::default(),
            requests: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            stop: Mutex::new(None),
        });
        let at = desk.clone();
        let answer = move |request: &Request| at.answer(request);
        let server = match vendor.wire {
            Wire::Grpc(..) => Server::start_http2(answer).await,
            _ => Server::start(answer).await,
        };
        let at = desk.clone();
        let secrets = Server::start(move |request| at.secret(request)).await;
        let sqs = Sqs::start().await;
        for (queue, failing) in [(OWN, cell.own), (DLQ, cell.dlq)] {
            if let Some(failing) = failing {
                sqs.fail(queue, failing);
            }
        }
        let mut variables = variables(cell, vendor, &server.url(), &sqs);
        variables.push(("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url()));
        variables.push(("AWS_ENDPOINT_URL_STS", secrets.url()));
        let (queue, arrived) = (Vec::new(), 0);
        let mut world = World {
            cell,
            desk,
            _server: server,
            _secrets: secrets,
            sqs,
            variables,
            queue,
            arrived,
        };
        world.put(&messages(cell));
        world
    }

    pub(crate) fn cell(&self) -> Cell {
        self.cell
    }

    /// Another copy of the function.
    pub(crate) async fn function(&self) -> Function {
        Function::start(env!("CARGO_BIN_EXE_destination"), &self.variables).await
    }

    fn put(&mut self, bodies: &[String]) {
        let number = self.queue.len();
        self.queue.extend(bodies.iter().enumerate().map(|(at, body)| Message {
            id: format!("message-{}", number + at),
            body: body.clone(),
            attributes: BTreeMap::new(),
            received: 0,
        }));
        if self.is_drained() {
            for body in bodies {
                self.sqs.put(OWN, body.clone());
            }
        }
    }

    fn is_drained(&self) -> bool {
        is_drained(self.desk.vendor)
    }

    /// Ends the fault.
    pub(crate) fn recover(&mut self) {
        self.desk.is_over.store(true, Ordering::SeqCst);
        for queue in [OWN, DLQ] {
            self.sqs.mend(queue);
        }
        self.sqs.go_on();
        self.variables.retain(|(name, _)| *name != "VAULT_EXPORT_TYPO");
    }

    /// What Lambda hands over: everything that can be received, in a schedule's event for a function that is drained.
    pub(crate) fn event(&mut self, copies: usize) -> Value {
        if self.is_drained() {
            return json!({"drain": true});
        }
        for message in &mut self.queue {
            message.received += 1;
        }
        let records = self
            .queue
            .iter()
            .flat_map(|message| std::iter::repeat_n(message.record(self.cell.load.shape), copies));
        json!({"Records": records.collect::<Vec<_>>()})
    }

    pub(crate) fn time(&self) -> Duration {
        let is_over = self.desk.is_over.load(Ordering::SeqCst);
        Duration::from_secs(if is_over { LONG } else { self.cell.seconds })
    }

    /// Does with the messages what Lambda does after this answer, and lets arrive what was sent to the queue.
    pub(crate) fn settle(&mut self, answer: &Answer) {
        if self.is_drained() {
            self.sqs.reappear(OWN);
            for sent in self.arrivals() {
                self.sqs.put(OWN, sent.body);
            }
            let left = self.sqs.left(OWN);
            let message = |(at, body): (usize, String)| Message {
                id: format!("left-{at}"),
                body,
                attributes: BTreeMap::new(),
                received: 0,
            };
            self.queue = left.into_iter().enumerate().map(message).collect();
            return;
        }
        if let Answer::Response(response) = answer {
            let failures = response["batchItemFailures"].as_array().cloned().unwrap_or_default();
            let ids = failures.iter().map(|one| one["itemIdentifier"].as_str().unwrap_or_default());
            let ids: Vec<&str> = ids.collect();
            // An empty name makes Lambda return all.
            self.queue.retain(|message| ids.contains(&"") || ids.contains(&&*message.id));
        }
        let sent = self.arrivals();
        let number = self.arrived;
        self.queue.extend(sent.into_iter().enumerate().map(|(at, sent)| Message {
            id: format!("rest-{}", number + at),
            body: sent.body,
            attributes: sent.attributes,
            received: 0,
        }));
    }

    fn arrivals(&mut self) -> Vec<Sent> {
        let sent = self.sqs.sent(OWN).split_off(self.arrived);
        self.arrived += sent.len();
        sent
    }

    /// Tells it when this request comes, and answers neither it nor any after it.
    pub(crate) fn stop_at(&self, request: usize, taken: bool, told: Arc<Notify>) {
        *self.desk.stop.lock().unwrap() = Some(Stop { request, taken, told });
    }

    /// How often the vendor holds each event.
    pub(crate) fn held(&self) -> BTreeMap<String, usize> {
        self.desk.store.lock().unwrap().held().clone()
    }

    /// The bodies of dead letters.
    pub(crate) fn dead(&self) -> Vec<Sent> {
        self.sqs.sent(DLQ)
    }
}

fn variables(cell: Cell, vendor: &Vendor, server: &str, sqs: &Sqs) -> Vec<(&'static str, String)> {
    let settings = vendor.settings_at(server, cell.secret != Secret::Good);
    let mut variables = vec![
        ("AWS_ENDPOINT_URL_SQS", sqs.url()),
        ("AWS_ENDPOINT_URL_S3", server.to_owned()),
        ("VAULT_EXPORT_TYPE", vendor.kind.to_owned()),
        ("VAULT_EXPORT_NAME", vendor.kind.replace('_', "-")),
        ("VAULT_EXPORT_SETTINGS", format!("{settings}batch_size = 10\n")),
        ("VAULT_EXPORT_QUEUE_URL", sqs.queue(OWN)),
        ("VAULT_EXPORT_DLQ_URL", sqs.queue(DLQ)),
    ];
    if vendor.member().is_some() {
        variables.push(("VAULT_EXPORT_SECRET_ARN", "secret".to_owned()));
    }
    if cell.misspelt {
        variables.push(("VAULT_EXPORT_TYPO", "x".to_owned()));
    }
    variables
}

/// The bodies of the messages: events dealt out one after the other, so that each has some of all.
fn messages(cell: Cell) -> Vec<String> {
    let load = cell.load;
    let mut bodies = vec![Vec::new(); load.messages];
    for (number, id) in ids(cell).iter().enumerate() {
        bodies[number % load.messages].push(tests::event_line(id, load.bytes));
    }
    if load.unreadable {
        for (number, body) in bodies.iter_mut().enumerate() {
            body.insert(body.len() / 2, format!("{{\"id\":\"{}\",", unreadable(number)));
        }
    }
    bodies.iter().map(|lines| lines.join("\n")).collect()
}

/// The ids of the events. Of the two requests that a message of twenty makes, the first has a late one.
pub(crate) fn ids(cell: Cell) -> Vec<String> {
    let late = cell.load.messages..2 * cell.load.messages;
    let id = |number| match cell.serves {
        Serves::NotTheLate if late.contains(&number) => format!("event-{number}-late"),
        _ => format!("event-{number}"),
    };
    (0..cell.load.events).map(id).collect()
}

/// The name in the line of this message that is no event.
pub(crate) fn unreadable(message: usize) -> String {
    format!("unreadable-{message}.")
}

impl Desk {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn answer(&self, request: &Request) -> Reply {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let ids = (self.vendor.ids)(request);
        if !self.is_over()
            && let Some(stop) = &*self.stop.lock().unwrap()
            && number >= stop.request
        {
            stop.told.notify_one();
            if number == stop.request && stop.taken {
                self.take(request, ids);
            }
            return Reply::Hang(Duration::from_mins(1));
        }
        let later = || Reply::status(503, "");
        match self.cell.serves {
            Serves::Nothing if !self.is_over() => later(),
            Serves::NotTheLate if !self.is_over() && ids.iter().any(|id| is_late(id)) => later(),
            // Not even when it is over: it is the event's fault.
            Serves::NotThePoison if ids.iter().any(|id| id == POISON) => {
                let refuses = self.vendor.refuses.expect("a vendor that refuses");
                let (stored, reply) = refuses(&ids, &|id| id == POISON);
                self.take(request, stored);
                reply
            }
            _ => self.take(request, ids.clone()).unwrap_or_else(|| (self.vendor.takes)(&ids)),
        }
    }

    fn take(&self, request: &Request, ids: Vec<String>) -> Option<Reply> {
        self.store.lock().unwrap().take(self.vendor, request, ids)
    }

    /// Secrets Manager's answer, or that of STS.
    fn secret(&self, request: &Request) -> Reply {
        let is_aws = self.vendor.is_aws();
        let member = self.vendor.member().unwrap_or_default();
        let text = match self.cell.secret {
            Secret::Refused(code) if !self.is_over() && is_aws => return self.vendor.no_role(code),
            Secret::Refused(code) if !self.is_over() => {
                return Reply::status(400, json!({"__type": code}).to_string());
            }
            Secret::Is(text) if !self.is_over() => text.to_owned(),
            _ => format!("{{\"{member}\":\"{GOOD}\"}}"),
        };
        if let Some(session) = self.vendor.role(request, GOOD) {
            return session;
        }
        let answer = json!({"ARN": "a", "Name": "n", "VersionId": "1", "SecretString": text});
        Reply::status(200, answer.to_string()).header("content-type", "application/x-amz-json-1.1")
    }
}
