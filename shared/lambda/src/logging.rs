//! Logs as JSON lines on standard output, where Lambda takes them from.

use tracing_subscriber::EnvFilter;

/// Starts logging; `level` is a level or a list of `target=level`. A second start does nothing.
///
/// Other people's crates speak up at WARN only: at DEBUG the SDK and HTTP crates log headers. The
/// runtime's span stays, it brings the request's id.
pub fn start(level: &str) {
    let quiet = ["aws", "h2", "hyper", "reqwest", "rustls", "tower"];
    let level = format!("{},lambda_runtime=info", level.to_ascii_lowercase());
    let directives = quiet.iter().fold(level, |all, begin| format!("{all},{begin}=warn"));
    let filter = EnvFilter::try_new(&directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}
