//! CPU per record, bare and wrapped: `cargo run --release -p transform --example wrapped_lines -- audit.log`.
//!
//! The first column is the way without wrappers being looked for: cut, read, write as `json`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for a person")]

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use transform::format::Format;
use transform::source::{Reader, Record, Settings};
use transform::{split, wrapper};

const TIME: &str = "2026-11-26T20:00:00.5Z";
const ROUNDS: u32 = 40;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let log = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("\"response\"")).collect();
    let bare = lines.join("\n");
    let wrapped = |wrap: &dyn Fn(&str) -> String| {
        lines.iter().map(|line| wrap(line) + "\n").collect::<String>()
    };
    let docker = wrapped(&|l| {
        json!({"log": format!("{l}\n"), "stream": "stdout", "time": TIME}).to_string()
    });
    let vector =
        wrapped(&|l| json!({"host": "h", "message": l, "source_type": "file"}).to_string());
    let cri = wrapped(&|l| format!("{TIME} stdout F {l}"));
    let usual = best(|out| plain(&bare, out));
    println!("without wrappers: {:.0} ns a record", per(usual, lines.len()));
    for (name, body) in [("bare", &bare), ("cri", &cri), ("docker", &docker), ("vector", &vector)] {
        let time = best(|out| open(body, out));
        let more = (time / usual - 1.0) * 100.0;
        println!("{name}: {:.0} ns a record, {more:+.0} %", per(time, lines.len()));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand lines")]
fn per(seconds: f64, lines: usize) -> f64 {
    seconds * 1e9 / lines as f64
}

/// The shortest of many rounds: the others had company on the machine.
fn best(mut work: impl FnMut(&mut Vec<u8>)) -> f64 {
    let mut out = Vec::new();
    let mut round = || {
        out.clear();
        let began = Instant::now();
        work(&mut out);
        black_box(&out);
        began.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(|_| round()).fold(f64::MAX, f64::min)
}

fn reader() -> Reader {
    Reader::new(Settings::at(jiff::Timestamp::UNIX_EPOCH))
}

fn plain(body: &str, out: &mut Vec<u8>) {
    let mut reader = reader();
    for raw in split::records(body) {
        if let Ok(Record::Event(event)) = reader.read(raw.text) {
            Format::Json.encode(&event, out).unwrap();
        }
    }
}

fn open(body: &str, out: &mut Vec<u8>) {
    let mut reader = reader();
    for raw in wrapper::records(body) {
        let Ok(text) = &raw.text else { continue };
        if let Ok(Record::Event(event)) = reader.read_from(text, &raw.context) {
            Format::Json.encode(&event, out).unwrap();
        }
    }
}
