//! Delivers contract events from standard input (NDJSON) to a syslog receiver, with the settings of the environment
//! (`VAULT_EXPORT_TYPE`, `VAULT_EXPORT_ADDRESS`, `VAULT_EXPORT_SETTINGS`), as the function would, and prints the id of each that
//! is delivered. The conformance test runs it against real receivers.

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use delivery::Tools;
use delivery::destination::Destination;
use delivery::outcome::Verdict;
use delivery::pipeline::Pipeline;
use syslog::Syslog;
use tokio::time::Instant;
use transform::event::Event;
use transform::source::native;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example speaks to a person")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let export = delivery::config::environment().function()?.given.export()?;
    let (filter, batch_size) = (export.filter.clone(), export.batch_size);
    let syslog = Syslog::new(export, &Tools::default())?;
    for finding in syslog.check().await {
        eprintln!("{} {}: {}", finding.level.as_str(), finding.subject, finding.text);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let events: Vec<Event<'_>> = text.lines().map(native::parse).collect::<Result<_, _>>()?;
    let pipeline = Pipeline::new(syslog, filter, batch_size);
    let outcome = pipeline.run(&events, Instant::now() + Duration::from_mins(1)).await;
    let mut delivered = 0;
    for (event, verdict) in events.iter().zip(&outcome.verdicts) {
        match verdict {
            Verdict::Delivered(_) => {
                delivered += 1;
                println!("{}", event.id.as_str());
            }
            other => eprintln!("{}: {other:?}", event.id.as_str()),
        }
    }
    eprintln!("{delivered} of {} delivered", events.len());
    Ok(if delivered == events.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
