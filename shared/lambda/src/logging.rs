//! Logs as JSON lines on standard output, where Lambda takes them from.

use std::panic;

use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging, of panics too: by their place, because their messages may quote what was read.
///
/// `level` is a level or a list of `target=level`. A second start does nothing.
///
/// Other people's crates speak up at WARN only: at DEBUG the SDK and HTTP crates log headers. The
/// runtime's span stays, it brings the request's id.
pub fn start(level: &str) {
    let quiet = ["aws", "h2", "hyper", "reqwest", "rustls", "tower"];
    let level = format!("{},lambda_runtime=info", level.to_ascii_lowercase());
    let directives = quiet.iter().fold(level, |all, begin| format!("{all},{begin}=warn"));
    let info = || Targets::new().with_default(Level::INFO);
    let filter: Targets = directives.parse().unwrap_or_else(|_| info());
    let lines = layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    let lines = lines.with_target(false).with_filter(filter);
    if tracing_subscriber::registry().with(lines).try_init().is_err() {
        tracing::debug!("logging had been started before");
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
}
