//! Delivers events from standard input, one contract event a line, and writes what became of them as JSON.
//!
//! ```sh
//! VAULT_EXPORT_TYPE=elastic VAULT_EXPORT_ADDRESS=http://127.0.0.1:9201 VAULT_EXPORT_SETTINGS='allow_insecure = true' \
//!   cargo run -p elastic --example deliver-elastic [setup|check|test-event] < events.ndjson
//! ```
//!
//! The settings are the function's; see `docs/destinations/elastic.md`. With `setup`, `check` or `test-event` it
//! writes the findings and reads nothing.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::io::Read;
use std::time::Duration;

use delivery::config::environment;
use delivery::destination::{Destination, Finding};
use delivery::pipeline::Pipeline;
use delivery::tools::Tools;
use elastic::Elastic;
use serde_json::json;
use tokio::time::Instant;
use transform::event::Event;
use transform::source::native;

type Error = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let export = environment().function()?.given.export()?;
    let (filter, batch_size) = (export.filter.clone(), export.batch_size);
    let elastic = Elastic::new(export, &Tools::default())?;
    let findings = match std::env::args().nth(1).as_deref() {
        None => return deliver(Pipeline::new(elastic, filter, batch_size)).await,
        Some("setup") => elastic.setup(false).await,
        Some("check") => elastic.check().await,
        Some("test-event") => elastic.test_event(now()).await,
        Some(_) => return Err("expected setup, check, test-event or nothing".into()),
    };
    show(&findings);
    Ok(())
}

async fn deliver(pipeline: Pipeline<Elastic>) -> Result<(), Error> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let events = lines.map(native::parse).collect::<Result<Vec<Event<'_>>, _>>()?;
    let outcome = pipeline.run(&events, Instant::now() + Duration::from_mins(1)).await;
    let counts = &outcome.counts;
    let verdicts: Vec<String> =
        outcome.verdicts.iter().map(|verdict| format!("{verdict:?}")).collect();
    let summary = json!({
        "delivered": counts.delivered, "duplicate": counts.duplicate, "rejected": counts.rejected,
        "retried": counts.retried, "requests": counts.requests, "splits": counts.splits, "verdicts": verdicts,
    });
    println!("{summary}");
    Ok(())
}

fn show(findings: &[Finding]) {
    for finding in findings {
        let level = format!("{:?}", finding.level).to_lowercase();
        println!("{}", json!({"level": level, "subject": finding.subject, "text": finding.text}));
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge: wall time goes on as a value")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
