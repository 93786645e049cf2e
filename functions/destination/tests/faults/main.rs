//! The fault matrix of the built function: its queues fail, its secret, its time, and it is killed. After each, every event is
//! accounted for: held by the vendor's server, in the dead-letter queue, or in its queue; and when the fault is over and
//! all has been received again, held or dead.
//!
//! A table of `docs/faults.md` is made from it; `EXPECTORATE=overwrite` writes it anew. `FAULTS=whole` (`make faults`) runs
//! every cell, and kills at more points. What servers do and answer is in `functions/registry/tests`.
#![expect(clippy::unwrap_used, reason = "a test")]

mod cells;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use futures::stream::{self, StreamExt};
use tests::lambda::{Answer, Function};
use tests::page::assert_part;
use tests::sqs::{Sent, count_ids};
use tests::vendors::{Knows, VENDORS, Vendor};
use tokio::sync::Notify;

use self::cells::{CELLS, Call, Cell, Left, POISON, Serves};
use self::world::{World, ids, unreadable};

/// Cells at a time. Each has a process and three servers, and mostly waits.
const SIDE_BY_SIDE: usize = 24;

/// Receives after which nothing may be left.
const RECEIVES: usize = 4;

/// One cell in so many is run, so that each row and each column has some; with `FAULTS=whole` all are.
const SAMPLE: usize = 4;

/// Requests, and calls of its queues, at which a function is killed; so many of the first, then of the second.
const POINTS: (usize, usize) = (8, 3);

#[expect(clippy::disallowed_methods, reason = "how much is wanted is said from outside")]
fn is_whole() -> bool {
    std::env::var("FAULTS").is_ok_and(|word| word == "whole")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn every_event_is_accounted_for_whatever_befalls_the_function() {
    let pairs = CELLS.iter().enumerate().flat_map(|(row, cell)| {
        let befallen = VENDORS.iter().enumerate().filter(move |(column, vendor)| {
            (is_whole() || (row + column).is_multiple_of(SAMPLE)) && (cell.befalls)(vendor)
        });
        befallen
            .flat_map(move |(_, vendor)| (0..times(cell)).map(move |time| (*cell, vendor, time)))
    });
    let failures: Vec<String> = stream::iter(pairs.map(|(cell, vendor, time)| async move {
        let seed = u64::try_from(time).unwrap();
        let problem = run(cell, vendor, seed).await.err()?;
        Some(format!("{} at {}, {time}: {problem}", cell.name, vendor.name))
    }))
    .buffer_unordered(SIDE_BY_SIDE)
    .filter_map(async |failure| failure)
    .collect()
    .await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_part("docs/faults.md", "functions", &table());
}

/// How often a cell is run.
fn times(cell: &Cell) -> usize {
    match cell.call {
        Call::Killed if is_whole() => 40,
        Call::Killed => 3,
        _ => 1,
    }
}

async fn run(cell: Cell, vendor: &'static Vendor, seed: u64) -> Result<(), String> {
    let mut world = World::new(cell, vendor).await;
    let mut function = world.function().await;
    let answer = befall(&mut world, &mut function, seed).await?;
    world.settle(&answer);
    look(&world, cell, vendor)?;

    world.recover();
    if cell.call == Call::Killed || cell.misspelt {
        function = world.function().await;
    }
    for _ in 0..RECEIVES {
        if !world.queue.is_empty() {
            let event = world.event(1);
            let answer = function.invoke(&event, world.time()).await;
            if let Answer::Error(error) = &answer {
                return Err(format!("when the fault is over: {error}"));
            }
            world.settle(&answer);
        }
    }
    in_the_end(&world, cell, vendor)
}

/// The invocation that the fault befalls.
async fn befall(world: &mut World, function: &mut Function, seed: u64) -> Result<Answer, String> {
    let time = world.time();
    match world.cell().call {
        Call::Once => Ok(function.invoke(&world.event(1), time).await),
        Call::TwiceInOne => Ok(function.invoke(&world.event(2), time).await),
        Call::TwiceAtOnce => {
            let (event, other) = (world.event(1), world.function().await);
            let (one, two) =
                tokio::join!(function.invoke(&event, time), other.invoke(&event, time));
            match (one, two) {
                (Answer::Error(error), _) | (_, Answer::Error(error)) => Err(error),
                (one, _) => Ok(one),
            }
        }
        Call::Killed => {
            let told = Arc::new(Notify::new());
            stop(world, &mut Rng::with_seed(seed), told.clone());
            let event = world.event(1);
            let answer = tokio::select! {
                answer = function.invoke(&event, time) => answer,
                () = told.notified() => Answer::Error("killed".to_owned()),
            };
            function.kill();
            Ok(answer)
        }
    }
}

/// A random point at which the function is stopped: a request, or a call of a queue; before or after it was taken.
fn stop(world: &World, random: &mut Rng, told: Arc<Notify>) {
    let (requests, calls) = POINTS;
    let taken = random.bool();
    match random.usize(..requests + calls) {
        request if request < requests => world.stop_at(request, taken, told),
        call => world.sqs.stop_at(call - requests, taken, told),
    }
}

/// After the invocation: nothing is lost, and what is left is what should be.
fn look(world: &World, cell: Cell, vendor: &Vendor) -> Result<(), String> {
    let (held, dead) = (world.held(), count_ids(world.dead().iter().map(|one| one.body.as_str())));
    let left = count_ids(world.queue.iter().map(|message| message.body.as_str()));
    let all = all(cell);
    let is_lost = |id: &&String| ![&held, &dead, &left].iter().any(|place| place.contains_key(*id));
    if let Some(id) = all.iter().find(is_lost) {
        return Err(format!("{id} is nowhere"));
    }
    let waiting = all.iter().filter(|id| left.contains_key(*id)).count();
    let fits = match cell.left {
        Left::Nothing => waiting == 0,
        Left::Some if vendor.knows == Knows::Ids => waiting > 0,
        Left::Some => (1..all.len()).contains(&waiting),
        Left::Whole => waiting == all.len() && !held.is_empty(),
        Left::All => waiting == all.len() && held.is_empty(),
        Left::Any => true,
    };
    if fits { Ok(()) } else { Err(format!("{waiting} wait, {:?} expected", cell.left)) }
}

/// When the fault is over and the queue was received until it is empty.
fn in_the_end(world: &World, cell: Cell, vendor: &Vendor) -> Result<(), String> {
    if !world.queue.is_empty() {
        return Err(format!("{} messages still wait", world.queue.len()));
    }
    let (held, letters) = (world.held(), world.dead());
    let dead = count_ids(letters.iter().map(|letter| letter.body.as_str()));
    let most = if cell.twice { 4 } else { 1 };
    for id in all(cell) {
        let count = |place: &BTreeMap<String, usize>| place.get(&id).copied().unwrap_or(0);
        let (held, dead) = (count(&held), count(&dead));
        let fits = if is_bad(cell, &id) {
            held == 0 && (1..=most).contains(&dead)
        } else {
            dead == 0 && held > 0 && (held == 1 || (cell.may_be_twice(vendor) && held <= most))
        };
        if !fits {
            return Err(format!("{id}: held {held} times, {dead} dead letters"));
        }
    }
    let class = if cell.serves == Serves::NotThePoison { "refused" } else { "unreadable" };
    let is_other =
        |letter: &&Sent| letter.attributes.get("error_class").is_none_or(|it| it != class);
    match letters.iter().find(is_other) {
        Some(letter) => Err(format!("a dead letter that is not {class}: {:?}", letter.attributes)),
        None => Ok(()),
    }
}

/// Whether it belongs into the dead-letter queue.
fn is_bad(cell: Cell, id: &str) -> bool {
    id.starts_with("unreadable") || (cell.serves == Serves::NotThePoison && id == POISON)
}

/// The names of all that is in the messages.
fn all(cell: Cell) -> Vec<String> {
    let bad = (0..cell.load.messages).filter(|_| cell.load.unreadable).map(unreadable);
    ids(cell).into_iter().chain(bad).collect()
}

fn table() -> String {
    let names: Vec<&str> = VENDORS.iter().map(|vendor| vendor.name).collect();
    let mut table = format!(
        "| what befalls it | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for cell in CELLS {
        let words: Vec<String> = VENDORS.iter().map(|vendor| word(cell, vendor)).collect();
        table.extend(["| ", cell.name, " | ", &words.join(" | "), " |\n"]);
    }
    table
}

fn word(cell: &Cell, vendor: &Vendor) -> String {
    if !(cell.befalls)(vendor) {
        return "–".to_owned();
    }
    let whole = vendor.knows == Knows::Ids;
    let word = match (cell.left, cell.load.unreadable || cell.serves == Serves::NotThePoison) {
        (Left::Nothing, false) => "delivered",
        (Left::Nothing, true) => "delivered, the line in the dead-letter queue",
        (Left::Whole, _) => "messages wait, whole",
        (Left::Some, _) if whole => "messages wait, whole",
        (Left::Some, _) => "a part waits",
        (Left::All, _) => "all waits",
        (Left::Any, _) => "what was not settled waits",
    };
    if cell.may_be_twice(vendor) { format!("{word}; twice") } else { word.to_owned() }
}
