//! Delivers audit events to Amazon Security Lake, as Parquet files of OCSF 1.3.0.
//!
//! Security Lake takes files from custom sources, one source for each event class
//! (<https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html>):
//!
//! ```text
//! PUT /ext/vault-api/region=eu-central-1/accountId=external/eventDay=20260214/0123…cdef.parquet
//! If-None-Match: *
//! ```
//!
//! It wants few, large files: one in five minutes to a day for each source, account and day. So the
//! function is called by a schedule and empties its own queue (`lambda::drain`); what one drain
//! gathers is one batch, cut here by class and day. A refusal with 412 says that the same batch was
//! stored before.
//!
//! Events are encoded when their file is written and not before: their OCSF form is four times as
//! large, and what a drain gathers shall fit into memory.

use delivery::destination::{Destination, Finding, Goals};
use delivery::outcome::Answer;
use delivery::{ConfigError, Export, Tools};
use s3::{Access, Role};
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::{Format, FormatError, ocsf};

pub mod config;
pub mod columns;
pub mod rows;
pub mod object;
mod deliver;
mod check;

use self::columns::Class;
pub use self::config::Config;

/// One lake.
pub struct SecurityLake {
    config: Config,
    sources: Vec<Source>,
}

/// A custom source: a class, its name and the way to write there.
struct Source {
    class: Class,
    name: String,
    access: Access,
}

impl SecurityLake {
    /// The destination that these settings describe. AWS is not asked before the first delivery.
    pub fn new(export: Export<Config>, tools: &Tools) -> Result<SecurityLake, ConfigError> {
        if !matches!(export.format, None | Some(Format::Ocsf)) {
            let problem = "Security Lake takes nothing but `ocsf`, as Parquet; leave it out";
            return Err(ConfigError::new("format", problem));
        }
        let config = export.destination.checked()?;
        let sources = columns::classes()?
            .into_iter()
            .map(|class| {
                let name = config.source(class.uid);
                let external_id = config.external_id.clone();
                let role = config.role(&name).map(|arn| Role { arn, external_id });
                let access = Access::new(tools.aws.clone(), config.region.clone(), role);
                Source { class, name, access }
            })
            .collect();
        Ok(SecurityLake { config, sources })
    }

    fn source(&self, class: u16) -> Option<&Source> {
        self.sources.iter().find(|source| source.class.uid == class)
    }
}

impl Destination for SecurityLake {
    const NAME: &'static str = "security-lake";

    /// When a drain writes what it has gathered.
    fn goals(&self) -> Option<Goals> {
        Some(self.config.goals())
    }

    fn limits(&self) -> Limits {
        Limits { records: self.config.max_records, ..Limits::default() }
    }

    /// Files are in memory as a whole; two overlap writing the one with sending the other.
    fn concurrency(&self) -> usize {
        2
    }

    fn partition(&self, event: &Event<'_>) -> Option<String> {
        Some(format!("{}/{}", ocsf::class_uid(event), deliver::day(event)))
    }

    /// Nothing: see the module's text.
    fn encode(&self, _event: &Event<'_>, _out: &mut Vec<u8>) -> Result<(), FormatError> {
        Ok(())
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        self.store(batch).await
    }

    async fn refresh(&self) -> bool {
        let mut any = false;
        for source in &self.sources {
            any |= source.access.refresh().await;
        }
        any
    }

    async fn check(&self) -> Vec<Finding> {
        self.test().await
    }
}

#[cfg(test)]
mod tests;
