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
mod pack;
mod quarantine;
mod route;
mod work;

use delivery::config::{environment, read};
use delivery::tools::Tools;
use lambda::{Invocation, Queue, logging, metrics};

use self::config::Variables;
pub use self::config::{Config, Route};
pub use self::route::{Counts, Outlet, Router};

/// The name in metrics and logs.
pub const NAME: &str = "router";

/// Runs the router until Lambda ends the process.
pub async fn serve() -> Result<(), lambda::Error> {
    logging::start(&delivery::config::log_level());
    let config = read::<Variables>(environment()).and_then(Config::try_from);
    let config = config.inspect_err(|error| {
        tracing::error!(destination = NAME, %error, "the router cannot start");
    })?;
    let client = lambda::sqs(&Tools::default().aws).await;
    let router = Router::new(config, |url| Queue::new(client.clone(), url));
    lambda::listen(async |invocation: Invocation| {
        let (response, counts) = router.handle(&invocation.messages, invocation.now).await;
        metrics::other(invocation.origin(NAME), &counts.metrics(), invocation.now);
        response
    })
    .await
}
