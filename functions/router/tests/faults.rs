//! The fault matrix of the built router: queues that fail, SSM that fails, little time, and its end by force. After each, every
//! event is accounted for at each route: in the destination's queue, or in the ingest queue; and when the fault is over
//! and all has been received again, in every destination's queue.
//!
//! A table of `docs/faults.md` is made from it; `EXPECTORATE=overwrite` writes it anew. `FAULTS=whole` (`make faults`) kills it at
//! more points.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use tests::lambda::{Answer, Function, Message, Shape};
use tests::page::assert_part;
use tests::server::Reply;
use tests::sqs::{Failing, Sent, Sqs, count_ids};
use tests::ssm::Ssm;
use tokio::sync::Notify;

const ROUTES: &str = "/vault-export/core/routes";

/// The ingest queue, its dead-letter queue, and those of two destinations, of which the second fails.
const INGEST: &str = "ingest";
const DLQ: &str = "dlq";
const GOOD: &str = "good";
const BAD: &str = "bad";

const SIDE_BY_SIDE: usize = 12;
const RECEIVES: usize = 4;

/// Calls of queues at which the router is killed.
const POINTS: usize = 4;

/// One fault, and the messages that meet it.
#[derive(Clone, Copy)]
struct Cell {
    name: &'static str,
    events: usize,
    messages: usize,
    /// Bytes of details in each event.
    bytes: usize,
    /// Queues that fail, and how.
    failing: &'static [(&'static str, Failing)],
    routes: Routes,
    shape: Shape,
    call: Call,
    seconds: u64,
    /// Where every event is afterwards: of the routes, those that have all.
    handed: &'static [&'static str],
    twice: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Routes {
    Good,
    Refused,
    Hanging,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Once,
    TwiceInOne,
    TwiceAtOnce,
    Killed,
}

const LONG: u64 = 300;
const HANGS: Failing = Failing::Hang(Duration::from_mins(5));
const IN_PART: Failing = Failing::These(0x5555_5555_5555_5555);
const BOTH: &[&str] = &[GOOD, BAD];

const CELL: Cell = Cell {
    name: "",
    events: 40,
    messages: 4,
    bytes: 0,
    failing: &[],
    routes: Routes::Good,
    shape: Shape::Whole,
    call: Call::Once,
    seconds: LONG,
    handed: BOTH,
    twice: false,
};

const CELLS: &[Cell] = &[
    Cell { name: "none", ..CELL },
    Cell {
        name: "a destination's queue does not exist",
        failing: &[(BAD, Failing::Calls)],
        handed: &[GOOD],
        ..CELL
    },
    Cell {
        name: "a destination's queue refuses all entries",
        failing: &[(BAD, Failing::Entries)],
        handed: &[GOOD],
        ..CELL
    },
    Cell {
        name: "a destination's queue refuses a part",
        events: 400,
        bytes: 2_000,
        failing: &[(BAD, IN_PART)],
        handed: &[GOOD],
        ..CELL
    },
    Cell { name: "a destination's queue hangs", failing: &[(BAD, HANGS)], handed: &[GOOD], ..CELL },
    Cell {
        name: "both destinations' queues refuse all",
        failing: &[(GOOD, Failing::Entries), (BAD, Failing::Entries)],
        handed: &[],
        ..CELL
    },
    Cell {
        name: "a destination's queue refuses all, and the ingest queue what is requeued",
        failing: &[(BAD, Failing::Entries), (INGEST, Failing::Entries)],
        handed: &[GOOD],
        twice: true,
        ..CELL
    },
    Cell {
        name: "a destination's queue refuses all, and the ingest queue a part of what is requeued",
        failing: &[(BAD, Failing::Entries), (INGEST, IN_PART)],
        handed: &[GOOD],
        twice: true,
        ..CELL
    },
    Cell {
        name: "a destination's queue refuses all, and the ingest queue hangs",
        failing: &[(BAD, Failing::Entries), (INGEST, HANGS)],
        handed: &[GOOD],
        twice: true,
        ..CELL
    },
    Cell {
        name: "the dead-letter queue refuses every call",
        failing: &[(DLQ, Failing::Calls)],
        ..CELL
    },
    Cell { name: "the dead-letter queue refuses a part", failing: &[(DLQ, IN_PART)], ..CELL },
    Cell { name: "the dead-letter queue hangs", failing: &[(DLQ, HANGS)], seconds: 20, ..CELL },
    Cell {
        name: "the dead-letter queue and the ingest queue refuse all",
        failing: &[(DLQ, Failing::Entries), (INGEST, Failing::Entries)],
        twice: true,
        ..CELL
    },
    Cell { name: "SSM refuses to say the routes", routes: Routes::Refused, handed: &[], ..CELL },
    Cell { name: "SSM does not answer", routes: Routes::Hanging, seconds: 20, handed: &[], ..CELL },
    Cell { name: "there are no routes", routes: Routes::None, handed: &[], ..CELL },
    Cell {
        name: "SIGKILL at a random point",
        call: Call::Killed,
        handed: &[],
        twice: true,
        ..CELL
    },
    Cell { name: "the same message twice in one event", call: Call::TwiceInOne, ..CELL },
    Cell {
        name: "the same messages to two copies at once",
        call: Call::TwiceAtOnce,
        twice: true,
        ..CELL
    },
    Cell { name: "messages without attributes", shape: Shape::WithoutAttributes, ..CELL },
    Cell { name: "messages without an id", shape: Shape::WithoutId, ..CELL },
    Cell { name: "5 MB in 100 messages", events: 1_000, bytes: 5_000, messages: 100, ..CELL },
    Cell { name: "a record that cannot be read among 1,000", events: 1_000, messages: 1, ..CELL },
    // The last, because it says little: one second may be enough.
    Cell { name: "an invocation of one second", seconds: 1, handed: &[], twice: true, ..CELL },
];

#[expect(clippy::disallowed_methods, reason = "how much is wanted is said from outside")]
fn is_whole() -> bool {
    std::env::var("FAULTS").is_ok_and(|word| word == "whole")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn every_event_is_accounted_for_at_every_route_whatever_befalls_the_router() {
    let runs = CELLS.iter().flat_map(|cell| {
        let times = match cell.call {
            Call::Killed if is_whole() => 40,
            Call::Killed => 4,
            _ => 1,
        };
        (0..times).map(move |time| (*cell, time))
    });
    let failures: Vec<String> = stream::iter(runs.map(|(cell, time)| async move {
        run(cell, time).await.err().map(|problem| format!("{}, {time}: {problem}", cell.name))
    }))
    .buffer_unordered(SIDE_BY_SIDE)
    .filter_map(async |failure| failure)
    .collect()
    .await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_part("docs/faults.md", "router", &table());
}

/// All that is around the router.
struct World {
    cell: Cell,
    sqs: Sqs,
    ssm: Ssm,
    queue: Vec<Message>,
    arrived: usize,
}

async fn run(cell: Cell, seed: usize) -> Result<(), String> {
    let mut world = World::new(cell).await;
    let mut router = world.router().await;
    let answer = world.befall(&mut router, seed).await?;
    world.settle(&answer);
    world.look()?;

    world.recover();
    // Routes are read again within a minute, by a new copy at once.
    let router = world.router().await;
    for _ in 0..RECEIVES {
        if !world.queue.is_empty() {
            let event = world.event(1);
            let answer = router.invoke(&event, Duration::from_secs(LONG)).await;
            if let Answer::Error(error) = &answer {
                return Err(format!("when the fault is over: {error}"));
            }
            world.settle(&answer);
        }
    }
    world.in_the_end()
}

impl World {
    async fn new(cell: Cell) -> World {
        let (sqs, ssm) = (Sqs::start().await, Ssm::start().await);
        for (queue, failing) in cell.failing {
            sqs.fail(queue, *failing);
        }
        match cell.routes {
            Routes::Good => put_routes(&ssm, &sqs),
            Routes::Refused => ssm.fail(Some("AccessDeniedException")),
            Routes::Hanging => ssm.reply(Reply::Hang(Duration::from_mins(5))),
            Routes::None => {}
        }
        let bodies = messages(cell).into_iter().enumerate();
        let queue = bodies.map(|(number, body)| Message {
            id: format!("message-{number}"),
            body,
            attributes: BTreeMap::new(),
            received: 0,
        });
        World { cell, sqs, ssm, queue: queue.collect(), arrived: 0 }
    }

    async fn router(&self) -> Function {
        let variables = [
            ("AWS_ENDPOINT_URL_SQS", self.sqs.url()),
            ("AWS_ENDPOINT_URL_SSM", self.ssm.url()),
            ("VAULT_EXPORT_QUEUE_URL", self.sqs.queue(INGEST)),
            ("VAULT_EXPORT_DLQ_URL", self.sqs.queue(DLQ)),
            ("VAULT_EXPORT_ROUTES_PATH", ROUTES.to_owned()),
        ];
        Function::start(env!("CARGO_BIN_EXE_router"), &variables).await
    }

    async fn befall(&mut self, router: &mut Function, seed: usize) -> Result<Answer, String> {
        let time = Duration::from_secs(self.cell.seconds);
        match self.cell.call {
            Call::Once => Ok(router.invoke(&self.event(1), time).await),
            Call::TwiceInOne => Ok(router.invoke(&self.event(2), time).await),
            Call::TwiceAtOnce => {
                let (event, other) = (self.event(1), self.router().await);
                match tokio::join!(router.invoke(&event, time), other.invoke(&event, time)) {
                    (Answer::Error(error), _) | (_, Answer::Error(error)) => Err(error),
                    (one, _) => Ok(one),
                }
            }
            Call::Killed => {
                let told = Arc::new(Notify::new());
                self.sqs.stop_at(seed / 2 % POINTS, seed.is_multiple_of(2), told.clone());
                let event = self.event(1);
                let answer = tokio::select! {
                    answer = router.invoke(&event, time) => answer,
                    () = told.notified() => Answer::Error("killed".to_owned()),
                };
                router.kill();
                Ok(answer)
            }
        }
    }

    fn event(&mut self, copies: usize) -> Value {
        for message in &mut self.queue {
            message.received += 1;
        }
        let shape = self.cell.shape;
        let records = self
            .queue
            .iter()
            .flat_map(|message| std::iter::repeat_n(message.record(shape), copies));
        json!({"Records": records.collect::<Vec<_>>()})
    }

    /// Does with the messages what Lambda does after this answer, and lets arrive what was sent to the queue.
    fn settle(&mut self, answer: &Answer) {
        if let Answer::Response(response) = answer {
            let failures = response["batchItemFailures"].as_array().cloned().unwrap_or_default();
            let ids = failures.iter().map(|one| one["itemIdentifier"].as_str().unwrap_or_default());
            let ids: Vec<&str> = ids.collect();
            // An empty name makes Lambda return all.
            self.queue.retain(|message| ids.contains(&"") || ids.contains(&&*message.id));
        }
        let sent = self.sqs.sent(INGEST).split_off(self.arrived);
        let before = self.arrived;
        self.arrived += sent.len();
        self.queue.extend(sent.into_iter().enumerate().map(|(at, sent)| Message {
            id: format!("rest-{}", before + at),
            body: sent.body,
            attributes: sent.attributes,
            received: 0,
        }));
    }

    fn recover(&self) {
        for (queue, _) in self.cell.failing {
            self.sqs.mend(queue);
        }
        self.sqs.go_on();
        self.ssm.fail(None);
        put_routes(&self.ssm, &self.sqs);
    }

    /// How often a queue holds each event.
    fn held(&self, queue: &str) -> BTreeMap<String, usize> {
        count_ids(self.sqs.sent(queue).iter().map(|message| message.body.as_str()))
    }

    /// How often the ingest queue holds each event for this route.
    fn owed(&self, route: &str) -> BTreeMap<String, usize> {
        let is_for = |message: &&Message| {
            let routes = message.attributes.get("routes");
            routes.is_none_or(|routes| routes.split(',').any(|name| name == route))
        };
        count_ids(self.queue.iter().filter(is_for).map(|message| message.body.as_str()))
    }

    /// After the invocation: nothing is lost, and the routes that should have all have it, and owe nothing.
    fn look(&self) -> Result<(), String> {
        for route in BOTH {
            let (held, owed) = (self.held(route), self.owed(route));
            for id in ids(self.cell) {
                let copies = held.get(&id).copied().unwrap_or(0);
                let waits = owed.contains_key(&id);
                let is_lost = copies == 0 && !waits;
                let is_late = self.cell.handed.contains(route) && copies == 0;
                let is_owed = copies > 0 && waits && !self.cell.twice;
                if is_lost || is_late || is_owed {
                    return Err(format!("{id} at {route}: {copies} copies, waits: {waits}"));
                }
            }
        }
        Ok(())
    }

    /// When the fault is over and the queue was received until it is empty.
    fn in_the_end(&self) -> Result<(), String> {
        if !self.queue.is_empty() {
            return Err(format!("{} messages still wait", self.queue.len()));
        }
        let most = if self.cell.twice { 4 } else { 1 };
        for route in BOTH {
            let held = self.held(route);
            for id in ids(self.cell) {
                let copies = held.get(&id).copied().unwrap_or(0);
                if copies == 0 || copies > most {
                    return Err(format!("{id} at {route}: {copies} copies in the end"));
                }
            }
        }
        let (dead, letters) = (self.sqs.sent(DLQ), self.held(DLQ));
        for number in 0..self.cell.messages {
            let letters = letters.get(&unreadable(number)).copied().unwrap_or(0);
            if letters == 0 || letters > most {
                return Err(format!("{}: {letters} dead letters", unreadable(number)));
            }
        }
        let class = |letter: &&Sent| {
            letter.attributes.get("error_class").is_some_and(|class| class == "unreadable")
        };
        match dead.iter().find(|letter| !class(letter)) {
            Some(letter) => Err(format!("a dead letter of another class: {:?}", letter.attributes)),
            None => Ok(()),
        }
    }
}

fn put_routes(ssm: &Ssm, sqs: &Sqs) {
    for route in BOTH {
        let queue = sqs.queue(route);
        ssm.put(&format!("{ROUTES}/{route}"), format!("type = 'webhook'\nqueue_url = '{queue}'"));
    }
}

fn ids(cell: Cell) -> Vec<String> {
    (0..cell.events).map(|number| format!("event-{number}")).collect()
}

/// The id in the line of this message that cannot be read.
fn unreadable(message: usize) -> String {
    format!("unreadable-{message}")
}

/// The bodies: events dealt out one after the other, and a line in each that cannot be read.
fn messages(cell: Cell) -> Vec<String> {
    let mut bodies = vec![Vec::new(); cell.messages];
    for (number, id) in ids(cell).iter().enumerate() {
        bodies[number % cell.messages].push(tests::event_line(id, cell.bytes));
    }
    for (number, body) in bodies.iter_mut().enumerate() {
        body.insert(body.len() / 2, format!("{{\"id\":\"{}\"}}", unreadable(number)));
    }
    bodies.iter().map(|lines| lines.join("\n")).collect()
}

fn table() -> String {
    let mut table = "| what befalls it | where the events are |\n|---|---|\n".to_owned();
    for cell in CELLS {
        let word = match (cell.handed, cell.seconds, cell.call) {
            (_, 1, _) | (_, _, Call::Killed) => "what was not handed over waits",
            ([], ..) => "all wait",
            ([_], ..) => "at the other destination; for this one they wait",
            _ => "at both destinations",
        };
        let twice = if cell.twice { "; twice" } else { "" };
        table.extend(["| ", cell.name, " | ", word, twice, " |\n"]);
    }
    table
}
