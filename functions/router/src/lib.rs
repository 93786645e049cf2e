//! From the ingest queue to each destination's: every record is read once.
//!
//! ```text
//! message ─ records ─ read, map, redact ─┬─ splunk's filter ─ pack ─ splunk-hec queue
//!                                        ├─ s3's filter ───── pack ─ s3 queue
//!                                        └─ unreadable ───────────── ingest dead-letter queue
//! ```
//!
//! Events are packed into as few messages as SQS's price asks for: lines of the event contract, at
//! most 60 KiB a message, from as many ingest messages as there are. One queue a destination,
//! because several consumers of one queue would compete for its events.

pub mod config;
mod outlet;
mod pseudonyms;
mod quarantine;
mod reading;
mod route;
mod table;
mod work;

use delivery::config::environment;
use delivery::tools::Tools;
use lambda::{Invocation, logging, metrics};

pub use self::config::Config;
pub use self::route::{Counts, Router};

/// The name in metrics and logs.
pub const NAME: &str = "router";

/// Runs the router until Lambda ends the process.
pub async fn serve() -> Result<(), lambda::Error> {
    logging::start(&delivery::config::log_level());
    let config = Config::try_from(environment());
    let config = config.inspect_err(|error| {
        tracing::error!(destination = NAME, %error, "the router cannot start");
    })?;
    let tools = Tools::default();
    let aws = tools.aws.config().await;
    let router =
        Router::new(config, queue::client(aws), routes::client(aws), tools.credentials.clone());
    router.prepare().await;
    lambda::listen(async |messages, invocation: &Invocation<'_>| {
        let Invocation { deadline, now, function } = *invocation;
        let (response, counts) = router.handle(&messages, deadline, now).await;
        let origin = metrics::Origin { function, destination: NAME };
        metrics::other(origin, &counts.metrics(), now);
        response
    })
    .await
}
