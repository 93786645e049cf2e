//! From a record of any known vault to an event of the contract.
//!
//! The format is recognised by its shape. Every reader maps by allow-list: only members that it names are
//! read, all else is dropped, so that a member that a vault adds tomorrow cannot leak (contract 3.8).

pub mod error;
pub mod native;

use jiff::Timestamp;

pub use self::error::ParseError;
use crate::event::{Event, Text, Time};
use crate::{redact, severity};

/// What a reader is told beside the record.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When the record was first seen here: `observed_time`, and `time` where the source has none.
    pub now: Timestamp,
    /// Which vault it is, where the record does not say: `source.instance`.
    pub instance: Option<String>,
    /// Which lines of a HashiCorp Vault or OpenBao audit device count.
    pub phases: Phases,
    /// SanctumAI actor names that are people.
    pub human_actors: Vec<String>,
    /// SanctumAI actor names that are the vault itself.
    pub system_actors: Vec<String>,
    /// Labels put on every event that does not carry them.
    pub labels: Vec<(String, String)>,
}

impl Settings {
    /// The defaults, at this moment.
    pub fn at(now: Timestamp) -> Settings {
        Settings {
            now,
            instance: None,
            phases: Phases::Response,
            human_actors: vec!["admin".into()],
            system_actors: vec!["daemon".into(), "system".into()],
            labels: Vec::new(),
        }
    }
}

/// Which lines of a HashiCorp Vault or OpenBao audit device count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phases {
    /// `response` lines; each request has one unless the vault died under it.
    #[default]
    Response,
    /// `request` lines too, as `pending`: proof of requests that were never answered.
    Both,
}

/// What a record turned out to be.
#[derive(Debug)]
pub enum Record<'a> {
    /// An audit event.
    Event(Box<Event<'a>>),
    /// Something that is rightly no event.
    Skipped(Skipped),
}

/// Why a record is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// A blank line or one that begins with `#`.
    Comment,
    /// The action line of an Elasticsearch bulk pair.
    BulkAction,
    /// A `request` line, of which the `response` line is to come.
    RequestPhase,
    /// A daemon log line that records no audit event.
    LogLine,
}

/// Reads records of all formats; remembers what spans records (hash chains, bulk pairs).
pub struct Reader {
    settings: Settings,
}

impl Reader {
    /// A reader with these settings.
    pub fn new(settings: Settings) -> Reader {
        Reader { settings }
    }

    /// Reads one record: maps it, redacts it, and gives it severity, category and `observed_time`.
    ///
    /// # Errors
    /// [`ParseError`] names the member at fault, never what it holds.
    pub fn read<'a>(&mut self, text: &'a str) -> Result<Record<'a>, ParseError> {
        let mut event = native::parse(text)?;
        self.finish(&mut event);
        Ok(Record::Event(Box::new(event)))
    }

    /// What every event gets, whatever its source.
    fn finish(&self, event: &mut Event<'_>) {
        event.observed_time = Some(event.observed_time.unwrap_or(Time::from(self.settings.now)));
        event.category = Some(event.class.category());
        for (key, value) in &self.settings.labels {
            if event.labels.get(key).is_none() && event.labels.0.len() < 32 {
                event.labels.0.push((Text::from(key.clone()), Text::from(value.clone())));
            }
        }
        redact::redact(event);
        event.severity = Some(event.severity.unwrap_or_else(|| severity::default_severity(event)));
    }
}
