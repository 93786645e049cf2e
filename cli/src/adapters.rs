//! From an adapter of `config.toml` to what delivers.

use std::time::Duration;

use delivery::config::ConfigError;
use delivery::destination::Setup;
use delivery::pipeline::Pipeline;
use delivery::retry::Backoff;
use delivery::tools::Tools;
pub(crate) use registry::Any;
use toml::Value;

use crate::config::Adapter;
use crate::exit::Failure;

impl Adapter {
    /// The way to this adapter's destination. What it refuses is a mistake in the file.
    pub(crate) fn pipeline(&self, tools: &Tools) -> Result<Pipeline<Any>, Failure> {
        let setup = self.build(tools).map_err(|error| {
            Failure::config(format!("adapter `{}`: {error}", self.id)).hint(format!(
                "`vault-export config --describe {}` lists all settings of this type",
                self.kind
            ))
        })?;
        // Every request once: pauses are the caller's, who has all the time there is and may be told to stop.
        let mut pipeline = Pipeline::new(setup.destination, setup.filter, Some(self.size()));
        pipeline.backoff = Backoff { attempts: 1, ..Backoff::default() };
        Ok(pipeline)
    }

    /// The destination alone, with its filter.
    pub(crate) fn build(&self, tools: &Tools) -> Result<Setup<Any>, ConfigError> {
        let mut given = self.given.clone();
        given.batch_size = Some(self.size());
        if self.kind.is_http() {
            // The rule is there for functions in a VPC. Whoever runs this program names their own network's hosts.
            given.config.set_default("allow_private_networks", Value::Boolean(true));
        }
        self.kind.build(given, tools)
    }

    /// Events in a request: what the file says, else what the stack does.
    pub(crate) fn size(&self) -> usize {
        self.batch.size.unwrap_or(self.kind.batch_size())
    }

    /// How long an event waits for others: what the file says, else what the stack does.
    pub(crate) fn interval(&self) -> Duration {
        let set = self.batch.flush_interval_secs.map(Duration::from_secs);
        set.unwrap_or(self.kind.flush_interval())
    }
}
