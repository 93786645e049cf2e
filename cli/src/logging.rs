//! What the parts of the program log, said to a person like everything else.
//!
//! Destinations and the delivery pipeline log by `tracing`. Their lines go through [`Talk`], which knows of the
//! progress bar and of colour, and escapes what a terminal would obey: whatever they name came from elsewhere.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::output::Talk;

/// The variable that replaces `-v`.
const VARIABLE: &str = "RUST_LOG";

/// Starts logging: warnings, more with `-v`, or what `RUST_LOG` asks for.
pub(crate) fn start(talk: &Talk, verbose: u8) {
    let wanted = std::env::var_os(VARIABLE).filter(|wanted| !wanted.is_empty());
    let wanted = wanted.map(|wanted| wanted.to_string_lossy().parse::<Targets>());
    if let Some(Err(_)) = wanted {
        talk.warn(&format!("{VARIABLE}: not a list of levels such as warn,delivery=debug"));
    }
    let targets = wanted.and_then(Result::ok).unwrap_or_else(|| targets(verbose));
    let lines = Lines(talk.clone()).with_filter(targets);
    if tracing_subscriber::registry().with(lines).try_init().is_err() {
        talk.warn("logging had been started before");
    }
}

/// Which levels are shown. Other people's crates speak up a level later: at DEBUG they log headers.
fn targets(verbose: u8) -> Targets {
    const OURS: [&str; 12] = [
        "datadog",
        "delivery",
        "elastic",
        "otlp",
        "queue",
        "registry",
        "routes",
        "s3",
        "security_lake",
        "splunk_hec",
        "syslog",
        "webhook",
    ];
    let (ours, theirs) = match verbose {
        0 => (Level::WARN, Level::ERROR),
        1 => (Level::INFO, Level::WARN),
        2 => (Level::DEBUG, Level::WARN),
        _ => (Level::TRACE, Level::INFO),
    };
    let targets =
        Targets::new().with_default(theirs).with_targets(OURS.map(|target| (target, ours)));
    if verbose > 0 {
        return targets.with_target("vault_export", ours);
    }
    // `deliver` tells of the same refusals itself, by adapter, and counts them.
    targets.with_target(delivery::pipeline::TOLD_BY_VERDICTS, None)
}

/// Says events.
struct Lines(Talk);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.log(*event.metadata().level(), &line.finish());
    }
}

/// The text of one event: `message (name: value, …)`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
            return;
        }
        let before = if self.fields.is_empty() { "" } else { ", " };
        // Writing into a string cannot fail.
        let _written = write!(self.fields, "{before}{}: {value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

impl Line {
    fn finish(self) -> String {
        if self.fields.is_empty() {
            return self.message;
        }
        format!("{} ({})", self.message, self.fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_said_with_every_v() {
        let shows = |verbose, target, level| targets(verbose).would_enable(target, &level);
        for (verbose, ours, theirs) in [
            (0, Level::WARN, Level::ERROR),
            (1, Level::INFO, Level::WARN),
            (2, Level::DEBUG, Level::WARN),
            (3, Level::TRACE, Level::INFO),
        ] {
            assert!(shows(verbose, "otlp::answer", ours), "{verbose}");
            assert!(shows(verbose, "aws_config::profile", theirs), "{verbose}");
            assert!(!shows(verbose, "hyper::proto", Level::DEBUG), "{verbose}");
        }
        assert!(!shows(0, "otlp::answer", Level::INFO));
        // What the table and the warnings of `deliver` tell already.
        assert!(!shows(0, delivery::pipeline::TOLD_BY_VERDICTS, Level::ERROR));
        assert!(shows(1, delivery::pipeline::TOLD_BY_VERDICTS, Level::ERROR));
    }
}
