//! The one place of the command line that knows the destinations: from an adapter of `config.toml` to what delivers.
//!
//! A destination of its own type is one variant of [`Any`], one arm of `each!` and one of [`Adapter::build`].

use std::time::Duration;

use datadog::Datadog;
use delivery::config::{self as settings, ConfigError};
use delivery::destination::{Destination, Finding};
use delivery::outcome::Answer;
use delivery::pipeline::Pipeline;
use delivery::retry::Backoff;
use delivery::tools::Tools;
use elastic::Elastic;
use jiff::Timestamp;
use otlp::Otlp;
use s3::S3;
use security_lake::SecurityLake;
use splunk_hec::SplunkHec;
use toml::Value;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::filter::Filter;
use transform::format::FormatError;
use webhook::Webhook;

use crate::config::{Adapter, AdapterType};
use crate::exit::Failure;

/// A destination of any type.
pub(crate) enum Any {
    SplunkHec(Box<SplunkHec>),
    Datadog(Box<Datadog>),
    Elastic(Box<Elastic>),
    S3(Box<S3>),
    Webhook(Box<Webhook>),
    Otlp(Box<Otlp>),
    SecurityLake(Box<SecurityLake>),
}

macro_rules! each {
    ($any:expr, $one:ident => $what:expr) => {
        match $any {
            Any::SplunkHec($one) => $what,
            Any::Datadog($one) => $what,
            Any::Elastic($one) => $what,
            Any::S3($one) => $what,
            Any::Webhook($one) => $what,
            Any::Otlp($one) => $what,
            Any::SecurityLake($one) => $what,
        }
    };
}

impl Destination for Any {
    const NAME: &'static str = "adapter";

    fn limits(&self) -> Limits {
        each!(self, one => one.limits())
    }

    fn concurrency(&self) -> usize {
        each!(self, one => one.concurrency())
    }

    fn partition(&self, event: &Event<'_>) -> Option<String> {
        each!(self, one => one.partition(event))
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        each!(self, one => one.encode(event, out))
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        each!(self, one => one.deliver(batch).await)
    }

    async fn refresh(&self) -> bool {
        each!(self, one => one.refresh().await)
    }

    async fn check(&self) -> Vec<Finding> {
        each!(self, one => one.check().await)
    }
}

impl Any {
    /// Sends one event that is marked as a test, where the destination has such a test.
    pub(crate) async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        match self {
            Any::SplunkHec(one) => one.test_event(now).await,
            Any::Elastic(one) => one.test_event(now).await,
            _ => {
                let text = "this type of destination has no test event; none was sent";
                vec![Finding::doubtful("test event", text)]
            }
        }
    }

    /// Installs what the destination needs before the first event; `None` when that is nothing.
    pub(crate) async fn setup(&self, dry_run: bool) -> Option<Vec<Finding>> {
        match self {
            Any::Elastic(one) => Some(one.setup(dry_run).await),
            _ => None,
        }
    }
}

impl Adapter {
    /// The way to this adapter's destination. What it refuses is a mistake in the file.
    pub(crate) fn pipeline(&self, tools: &Tools) -> Result<Pipeline<Any>, Failure> {
        let (destination, filter) = self.build(tools).map_err(|error| {
            Failure::config(format!("adapter `{}`: {error}", self.id))
                .hint("docs/destinations has a page for every type, with all its settings")
        })?;
        // Every request once: pauses are the caller's, who has all the time there is and may be told to stop.
        let backoff = Backoff { attempts: 1, ..Backoff::default() };
        Ok(Pipeline { backoff, ..Pipeline::new(destination, filter, Some(self.size())) })
    }

    /// The destination alone.
    pub(crate) fn build(&self, tools: &Tools) -> Result<(Any, Filter), ConfigError> {
        match self.kind {
            AdapterType::SplunkHec => {
                self.made(|export| Ok(Any::SplunkHec(Box::new(SplunkHec::new(export, tools)?))))
            }
            AdapterType::Datadog => {
                self.made(|export| Ok(Any::Datadog(Box::new(Datadog::new(export, tools)?))))
            }
            AdapterType::Elastic => {
                self.made(|export| Ok(Any::Elastic(Box::new(Elastic::new(export, tools)?))))
            }
            AdapterType::S3 => self.made(|export| Ok(Any::S3(Box::new(S3::new(export, tools)?)))),
            AdapterType::Webhook => {
                self.made(|export| Ok(Any::Webhook(Box::new(Webhook::new(export, tools)?))))
            }
            AdapterType::Otlp => {
                self.made(|export| Ok(Any::Otlp(Box::new(Otlp::new(export, tools)?))))
            }
            AdapterType::SecurityLake => self
                .made(|export| Ok(Any::SecurityLake(Box::new(SecurityLake::new(export, tools)?)))),
        }
    }

    fn made<C: settings::Settings>(
        &self,
        new: impl FnOnce(settings::Export<C>) -> Result<Any, ConfigError>,
    ) -> Result<(Any, Filter), ConfigError> {
        let mut config = self.config.clone();
        if self.kind.is_http() {
            // The rule is there for functions in a VPC. Whoever runs this program names their own network's hosts.
            config.entry("allow_private_networks").or_insert(Value::Boolean(true));
        }
        let export = settings::from_tables(config, self.filter.clone(), Some(self.size()))?;
        let filter = export.filter.clone();
        Ok((new(export)?, filter))
    }

    /// Events in a request: what the file says, else what the stack does.
    pub(crate) fn size(&self) -> usize {
        self.batch.size.unwrap_or(match self.kind {
            AdapterType::S3 | AdapterType::SecurityLake => 1000,
            AdapterType::Webhook => 1,
            _ => 100,
        })
    }

    /// How long an event waits for others: what the file says, else what the stack does.
    pub(crate) fn interval(&self) -> Duration {
        Duration::from_secs(self.batch.flush_interval_secs.unwrap_or(match self.kind {
            AdapterType::S3 | AdapterType::SecurityLake => 60,
            AdapterType::Webhook => 0,
            _ => 5,
        }))
    }
}

impl AdapterType {
    fn is_http(self) -> bool {
        !matches!(self, AdapterType::S3 | AdapterType::SecurityLake)
    }
}
