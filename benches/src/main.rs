//! The transform alone: reads and encodes the lines of a file, over and over on one core.
//!
//! `transform-bench ROLE FORMAT FILE ROUNDS` prints one JSON object: the events of one pass, the lines that were refused,
//! and events a second in the fastest round. The role is `router`, which cuts the body into records, takes them
//! out of wrappers, recognises, maps and redacts, or `destination`, which parses the lines of the contract that the router wrote. With `none`
//! for a format, what was read is not encoded. The role `redaction` takes the secrets out of each line as a text, and has no format.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use jiff::Timestamp;
use transform::event::Event;
use transform::format::Format;
use transform::redact;
use transform::source::{Reader, Record, Settings, native};
use transform::wrapper;

/// Long enough that the clock's and the scheduler's own steps do not show.
const ROUND: Duration = Duration::from_millis(300);

/// The buffer is emptied at the size of a full request, as in a function.
const FULL: usize = 1 << 20;

/// When the lines are taken to have been seen: an hour after the first of them was written.
const SEEN_AT: Timestamp = Timestamp::constant(1_795_255_200, 0);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [role, format, file, rounds] = arguments.as_slice() else {
        return Err("usage: transform-bench ROLE FORMAT FILE ROUNDS".into());
    };
    let pass: Role = match role.as_str() {
        "router" => as_the_router,
        "destination" => as_a_destination,
        "redaction" => redaction,
        _ => return Err("the role is router, destination or redaction".into()),
    };
    let format = if format == "none" { None } else { Some(format.parse()?) };
    let rounds: u32 = rounds.parse()?;
    let body = fs::read_to_string(file)?;

    let warm_up = pass(format, &body);
    let events_per_second = (0..rounds).map(|_| round(pass, format, &body)).fold(0.0, f64::max);
    let report = serde_json::json!({
        "events": warm_up.events,
        "refused": warm_up.refused,
        "events_per_second": events_per_second,
    });
    writeln!(io::stdout(), "{report}")?;
    Ok(())
}

/// How a body is gone over once.
type Role = fn(Option<Format>, &str) -> Pass;

/// Events a second over as many passes as fill a round.
fn round(pass: Role, format: Option<Format>, body: &str) -> f64 {
    let (start, mut events) = (Instant::now(), 0);
    let before = cpu_time();
    while start.elapsed() < ROUND {
        events += pass(format, body).events;
    }
    // Where the kernel tells, CPU time: other work on the machine then does not count.
    let spent = match (before, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    };
    f64::from(events) / spent.as_secs_f64()
}

/// The process's time on a CPU so far, on Linux.
fn cpu_time() -> Option<Duration> {
    let statistics = fs::read_to_string("/proc/self/schedstat").ok()?;
    statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[derive(Default)]
struct Pass {
    events: u32,
    refused: u32,
}

/// With a reader of its own: what it remembers between records starts anew.
fn as_the_router(format: Option<Format>, body: &str) -> Pass {
    let mut reader = Reader::new(settings());
    let mut done = Pass::default();
    let mut out = Vec::with_capacity(2 * FULL);
    for raw in wrapper::records(body) {
        let record = raw.text.as_ref().map(|text| reader.read_from(text, &raw.context));
        match record {
            Ok(Ok(Record::Event(event))) => done.count(encode(format, &event, &mut out)),
            Ok(Ok(Record::Skipped(_))) => {}
            Ok(Err(_)) | Err(_) => done.count(false),
        }
    }
    black_box(&out);
    done
}

/// A line is an event of the contract, cut, recognised and redacted by the router before.
fn as_a_destination(format: Option<Format>, body: &str) -> Pass {
    let mut done = Pass::default();
    let mut out = Vec::with_capacity(2 * FULL);
    for line in body.lines() {
        let event = native::parse(line);
        done.count(event.as_ref().is_ok_and(|event| encode(format, event, &mut out)));
    }
    black_box(&out);
    done
}

/// Every line is a text that may hold anything.
fn redaction(_: Option<Format>, body: &str) -> Pass {
    let mut done = Pass::default();
    for line in body.lines() {
        black_box(redact::text(line));
        done.count(true);
    }
    done
}

impl Pass {
    fn count(&mut self, encoded: bool) {
        self.events += u32::from(encoded);
        self.refused += u32::from(!encoded);
    }
}

/// Whether the format could say the event.
fn encode(format: Option<Format>, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    let Some(format) = format else {
        black_box(event);
        return true;
    };
    let encoded = format.encode(event, out).is_ok();
    if out.len() > FULL {
        black_box(&out);
        out.clear();
    }
    encoded
}

fn settings() -> Settings {
    let mut settings = Settings::at(SEEN_AT);
    settings.instance = Some("bench".into());
    settings
}
