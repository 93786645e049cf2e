//! Delivers audit events to Splunk's HTTP Event Collector.
//!
//! The protocol is described in Splunk's documentation, "Set up and use HTTP Event Collector in
//! Splunk Web" and "HTTP Event Collector REST API endpoints"
//! (<https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector>). One request
//! is a row of JSON objects:
//!
//! ```text
//! POST /services/collector/event HTTP/1.1
//! Authorization: Splunk 5ab1c3d2-…
//! X-Splunk-Request-Channel: 01234567-89ab-4def-8123-456789abcdef
//! Content-Encoding: gzip
//!
//! {"time":1771108201.482913,"host":"vault-eu","source":"vault-export","sourcetype":"_json",
//!  "index":"security","fields":{"event_id":"249fef96-…"},"event":{"class_uid":6003, …}}
//! {"time":1771108202.000000, …}
//! ```
//!
//! and one refusal
//!
//! ```text
//! HTTP/1.1 400 Bad Request
//! {"text":"Invalid data format","code":6,"invalid-event-number":1}
//! ```
//!
//! after which object 0 is stored, object 1 is refused, and all that follow it were not looked at.
//! [`answer`] knows what each answer means; it is the heart of this crate. Splunk does not know ids,
//! so a request whose answer got lost is stored twice: `| dedup event_id` removes the copy.
//!
//! Confirmations (`ack`) are counted by channel and by indexer. So each request that wants one has a channel of
//! its own, on which no other request's confirmation can be mistaken for its own, and its questions carry the cookies
//! of its answer, by which a load balancer finds the indexer that took it.

use std::sync::atomic::Ordering;

use delivery::config::OverHttp;
use delivery::destination::{Destination, Finding};
use delivery::outcome::Answer;
use delivery::tools::Access;
use delivery::{ConfigError, Export, Tools};
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::{Format, FormatError};

pub mod config;
pub mod encode;
pub mod request;
mod deliver;
pub mod answer;
mod check;

pub use self::config::{Ack, Config};
use self::deliver::{Patience, State};
use self::encode::Envelope;
use self::request::Collector;

/// One collector, one index.
pub struct SplunkHec {
    envelope: Envelope,
    limits: Limits,
    collector: Collector,
    access: Access,
    ack: Ack,
    patience: Patience,
    state: State,
}

impl SplunkHec {
    /// The destination that these settings describe. The token is read with the first delivery.
    pub fn new(export: Export<OverHttp<Config>>, tools: &Tools) -> Result<SplunkHec, ConfigError> {
        let config = export.destination;
        let Some(secret) = export.secret else {
            return Err(ConfigError::new(
                "secret_arn",
                "is not set; it names the secret with the HEC token",
            ));
        };
        let access = tools.access(Some(secret), config.connection.http())?;
        let collector = Collector::new(&config.endpoint);
        access.client().permits(collector.address())?;
        Ok(SplunkHec {
            envelope: Envelope::new(&config, export.format.unwrap_or(Format::Ocsf)),
            limits: config.limits(export.batch_size)?,
            collector,
            access,
            ack: config.ack,
            patience: Patience::default(),
            state: State::default(),
        })
    }
}

impl Destination for SplunkHec {
    fn name(&self) -> &'static str {
        "splunk-hec"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    /// One at a time while the server says that its queues fill up.
    fn concurrency(&self) -> usize {
        if self.state.crowded.load(Ordering::Relaxed) { 1 } else { 4 }
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.envelope.write(event, out)
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        self.send(batch).await
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        self.test().await
    }
}

#[cfg(test)]
mod tests;
