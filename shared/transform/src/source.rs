//! From a record of any known vault to an event of the contract.
//!
//! The format is recognised by its shape. Every reader maps by allow-list: only members that it names are
//! read, all else is dropped, so that a member that a vault adds tomorrow cannot leak (contract 3.8).

pub mod handle;
pub mod native;

mod clean;
mod context;
mod fields;
mod findings;
mod hashicorp_vault;
mod origin;
mod sanctum;
mod shape;
mod syncropel;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

pub use self::context::Context;
pub use self::handle::HashKey;
use self::shape::Shape;
pub(crate) use self::shape::is_known;
pub use crate::error::{Nearest, ParseError};
use crate::event::{Event, IntegrityStatus, Text, Time, TimeQuality, Value};
use crate::format::Format;
use crate::split::MAX_RECORD_BYTES;
use crate::{redact, severity};

/// The contract's limit of a mapped event: 64 KiB.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// The instance of a vault that nobody named.
const UNNAMED: &str = "default";

/// A record of at most this many bytes cannot make an event beyond the limit, even if every byte were escaped.
const SURELY_FITS: usize = MAX_EVENT_BYTES / 6 - 1024;

/// Where a time lies further ahead than this, a clock is wrong: kept, but flagged.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// What a reader is told beside the record.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When the record was first seen here: `observed_time`, and `time` where the source has none.
    pub now: Timestamp,
    /// Which vault it is, where the record does not say: `source.instance`.
    pub instance: Option<String>,
    /// `hashicorp_vault` or `openbao`, for audit lines that do not show which one wrote them.
    pub product: Option<String>,
    /// Which lines of a HashiCorp Vault or OpenBao audit device count.
    pub phases: Phases,
    /// Metadata of an entity, or labels, that mark a HashiCorp Vault principal as an AI agent.
    pub agent_keys: Vec<String>,
    /// The key of the hashes that stand for usable handles, and of the pseudonyms of names typed at failed log-ons.
    pub hash_key: HashKey,
    /// Whether names typed at failed log-ons are shown as they are. People type passwords there.
    pub clear_names: bool,
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
            product: None,
            phases: Phases::Response,
            agent_keys: vec!["agent".into(), "agent_id".into(), "ai_agent".into()],
            hash_key: HashKey::default(),
            clear_names: false,
            human_actors: vec!["admin".into()],
            system_actors: vec!["daemon".into(), "system".into()],
            labels: Vec::new(),
        }
    }

    /// The instance that events name.
    fn instance(&self) -> Text<'static> {
        match &self.instance {
            Some(name) if !name.is_empty() => Text::from(name.clone()).clipped(128),
            _ => Text::from(UNNAMED),
        }
    }

    /// Whether a configured label says that everything here is done by an agent.
    fn labels_name_an_agent(&self) -> bool {
        self.labels.iter().any(|(key, _)| self.agent_keys.contains(key))
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
    /// A line of which another tells the same: a `request` line whose `response` is to come, the second line of
    /// a request that one node forwarded to another, a new audit device's test of itself.
    RequestPhase,
    /// A daemon log line that records no audit event.
    LogLine,
}

/// Reads records of all formats; remembers what spans records (hash chains, bulk pairs).
pub struct Reader {
    settings: Settings,
    chain: sanctum::Chain,
    /// The `_id` that the next record must have.
    bulk_id: Option<String>,
    /// What is known of the audit log that the lines are of.
    log: hashicorp_vault::Log,
    findings: Vec<Event<'static>>,
    /// Events whose time could not be read, since somebody asked.
    untimed: u64,
    unmapped: Unmapped,
}

/// Events of operations that the source's table does not have. They are `SystemActivity` with
/// `details.unmapped`, whatever they do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmapped {
    /// How many there were.
    pub events: u64,
    /// Which operations of what; the first few, and no names of the vault's contents.
    pub operations: BTreeSet<String>,
}

/// So many operations are named.
const NAMED: usize = 20;

impl Unmapped {
    fn see(&mut self, event: &Event<'_>) {
        if event.details.get("unmapped") != Some(&Value::Bool(true)) {
            return;
        }
        self.events += 1;
        if self.operations.len() < NAMED {
            let mount = event.resource.as_ref().and_then(|resource| resource.mount.as_ref());
            let mount = mount.and_then(|mount| mount.kind.as_deref());
            self.operations.insert(match mount {
                Some(kind) => format!("{} on mount type {kind}", event.action),
                None => format!("{} of {}", event.action, event.source.product),
            });
        }
    }

    /// Adds another's.
    pub fn add(&mut self, other: Unmapped) {
        self.events += other.events;
        let room = NAMED.saturating_sub(self.operations.len());
        self.operations.extend(other.operations.into_iter().take(room));
    }
}

/// An event, or why the record is none.
type Mapped<'a> = Result<Box<Event<'a>>, Skipped>;

impl Reader {
    /// A reader with these settings.
    pub fn new(settings: Settings) -> Reader {
        Reader {
            settings,
            chain: sanctum::Chain::default(),
            bulk_id: None,
            log: hashicorp_vault::Log::default(),
            findings: Vec::new(),
            untimed: 0,
            unmapped: Unmapped::default(),
        }
    }

    /// Begins another body or file: what follows does not continue what came before.
    pub fn begin(&mut self) {
        self.chain = sanctum::Chain::default();
        self.bulk_id = None;
        self.log = hashicorp_vault::Log::default();
    }

    /// From here on it is this moment; for a reader that lives for days.
    pub fn set_now(&mut self, now: Timestamp) {
        self.settings.now = now;
    }

    /// Reads one record: maps it, redacts it, and gives it severity, category and `observed_time`.
    ///
    /// # Errors
    /// [`ParseError`] names the member at fault, never what it holds.
    pub fn read<'a>(&mut self, text: &'a str) -> Result<Record<'a>, ParseError> {
        self.read_from(text, &Context::default())
    }

    /// Reads one record that was taken out of what it came in, as [`read`](Reader::read) does.
    ///
    /// # Errors
    /// [`ParseError`] names the wrapper and the member at fault, never what it holds.
    pub fn read_from<'a>(
        &mut self,
        text: &'a str,
        context: &Context,
    ) -> Result<Record<'a>, ParseError> {
        self.findings.clear();
        let record = crate::error::caught(|| self.record(text, context));
        match &context.wrapper {
            Some(wrapper) => record.map_err(|error| error.within(&wrapper.kind)),
            None => record,
        }
    }

    fn record<'a>(&mut self, text: &'a str, context: &Context) -> Result<Record<'a>, ParseError> {
        if text.len() > MAX_RECORD_BYTES {
            return Err(ParseError::TooLarge { limit: MAX_RECORD_BYTES });
        }
        let text = text.trim_start_matches('\u{feff}').trim_ascii();
        if text.is_empty() || text.starts_with('#') {
            return Ok(Record::Skipped(Skipped::Comment));
        }
        let wanted = self.bulk_id.take();
        let (shape, mapped) = self.map(text)?;
        let mut event = match mapped {
            Ok(event) => event,
            Err(skipped) => return Ok(Record::Skipped(skipped)),
        };
        if wanted.is_some_and(|wanted| !names(&event, &wanted)) {
            return Err(ParseError::member("_id", "is not the id of the record that follows"));
        }
        self.keep_time(&mut event, context);
        origin::note(&mut event, context);
        self.keep_instance(&mut event);
        self.finish(&mut event);
        if text.len() > SURELY_FITS {
            check_size(&event)?;
        }
        // What is of the contract was verified by whoever made it, and its findings are events of their own.
        if shape != Shape::Native {
            self.find(&event);
            self.unmapped.see(&event);
        }
        Ok(Record::Event(event))
    }

    /// How many events there were since the last call whose time could not be read. They have the wrapper's time
    /// where that is known, else the time of reading.
    pub fn take_untimed(&mut self) -> u64 {
        std::mem::take(&mut self.untimed)
    }

    /// The events since the last call whose operation no table has.
    pub fn take_unmapped(&mut self) -> Unmapped {
        std::mem::take(&mut self.unmapped)
    }

    /// Gives an event without a readable time the time of its wrapper.
    fn keep_time(&mut self, event: &mut Event<'_>, context: &Context) {
        let now = Time::from(self.settings.now);
        if event.time_quality != Some(TimeQuality::Ingest) || event.time != now {
            return;
        }
        // Syncropel's records have a logical clock and often no time: that is no fault.
        let logical = event.origin.as_ref().is_some_and(|origin| origin.clock.is_some());
        self.untimed += u64::from(!logical);
        if let Some(time) = context.wrapper.as_ref().and_then(|wrapper| wrapper.time) {
            event.time = time;
            event.time_quality = Some(TimeQuality::Derived);
        }
    }

    /// What was found out about the integrity of the record that was read last: events of class `ExportHealth`, for a
    /// gap in a hash chain, or a hash that is wrong. Each belongs beside the record's own event.
    pub fn take_findings(&mut self) -> Vec<Event<'static>> {
        std::mem::take(&mut self.findings)
    }

    /// Reads the record as what it looks like; if it is not that after all, as what its members say.
    fn map<'a>(&mut self, text: &'a str) -> Result<(Shape, Mapped<'a>), ParseError> {
        if let Some(guess) = Shape::guess(text)
            && let Ok(mapped) = self.map_as(guess, text)
        {
            return Ok((guess, mapped));
        }
        let shape = Shape::of(text)?;
        Ok((shape, self.map_as(shape, text)?))
    }

    fn map_as<'a>(&mut self, shape: Shape, text: &'a str) -> Result<Mapped<'a>, ParseError> {
        let settings = &self.settings;
        // An event is large: it is put where it stays at once, not moved from hand to hand.
        let event = |event| Ok(Box::new(event));
        let mapped = |mapped: Result<Event<'a>, Skipped>| mapped.map(Box::new);
        match shape {
            Shape::Native => native::parse(text).map(event),
            Shape::HashicorpVault => {
                hashicorp_vault::read(text, settings, &mut self.log).map(mapped)
            }
            Shape::SanctumEvent => sanctum::event(text, settings).map(event),
            Shape::SanctumOcsf => sanctum::ocsf(text, settings).map(event),
            Shape::SanctumEntry => sanctum::entry(text, settings, &mut self.chain).map(event),
            Shape::SanctumRow => sanctum::row(text, settings).map(event),
            Shape::SyncropelLine => syncropel::line(text, settings).map(event),
            Shape::SyncropelRecord => syncropel::record(text, settings).map(event),
            Shape::DaemonLog => syncropel::refusal(text, settings).map(mapped),
            Shape::BulkAction => {
                self.bulk_id = shape::bulk_id(text);
                Ok(Err(Skipped::BulkAction))
            }
        }
    }

    /// Gives an event of a vault that nobody named the name that is known here: it may have been mapped elsewhere.
    fn keep_instance(&self, event: &mut Event<'_>) {
        if &*event.source.instance != UNNAMED {
            return;
        }
        event.source.instance = self.settings.instance();
        let is_entry =
            event.origin.as_ref().is_some_and(|origin| &*origin.format == "sanctum.audit_entry");
        if let (true, Some(integrity)) = (is_entry, &mut event.integrity)
            && self.settings.instance.is_some()
        {
            integrity.chain_id.get_or_insert(self.settings.instance());
        }
    }

    /// What every event gets, whatever its source.
    fn finish(&self, event: &mut Event<'_>) {
        let now = Time::from(self.settings.now);
        event.observed_time = Some(event.observed_time.unwrap_or(now));
        event.category = Some(event.class.category());
        flag_future(event, now);
        for (key, value) in &self.settings.labels {
            if event.labels.get(key).is_none() && event.labels.0.len() < 32 {
                event.labels.0.push((Text::from(key.clone()), Text::from(value.clone())));
            }
        }
        redact::redact(event);
        event.severity = Some(event.severity.unwrap_or_else(|| severity::default_severity(event)));
    }

    fn find(&mut self, event: &Event<'_>) {
        let status = event.integrity.as_ref().and_then(|integrity| integrity.status);
        if let Some(status @ (IntegrityStatus::Gap | IntegrityStatus::Mismatch)) = status {
            let mut finding = findings::finding(event, status);
            self.finish(&mut finding);
            self.findings.push(finding);
        }
    }
}

/// Whether this is the event that an action line's `_id` speaks of.
fn names(event: &Event<'_>, id: &str) -> bool {
    let record_id = event.origin.as_ref().and_then(|origin| origin.record_id.as_deref());
    event.id.as_str() == id || record_id == Some(id)
}

/// A time far ahead says that a clock is wrong; `details.time_ahead_seconds` says by how much.
fn flag_future(event: &mut Event<'_>, now: Time) {
    let ahead = now.until(event.time);
    if ahead > AHEAD
        && event.details.0.len() < 64
        && event.details.get("time_ahead_seconds").is_none()
    {
        event.details.0.push(("time_ahead_seconds".into(), Value::Int(ahead.as_secs())));
    }
}

fn check_size(event: &Event<'_>) -> Result<(), ParseError> {
    let mut out = Vec::new();
    let written = Format::Json.encode(event, &mut out);
    if written.is_err() || out.len() > MAX_EVENT_BYTES {
        return Err(ParseError::TooLarge { limit: MAX_EVENT_BYTES });
    }
    Ok(())
}
