//! One adapter's worker: from records to verdicts, and only then to the cursor.

use std::ops::ControlFlow;
use std::time::Duration;

use delivery::destination::Destination;
use delivery::outcome::{ErrorClass, Reason, Verdict};
use delivery::pipeline::{Pipeline, RESERVE};
use delivery::retry::Backoff;
use indicatif::ProgressBar;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::Instant;
use transform::event::Event;
use transform::source::{Record, Skipped};

use super::chunk::Chunk;
use super::ledger::Ledger;
use super::letters::Letters;
use super::read::{CAPACITY, Entry, Reading};
use super::total::Total;
use crate::adapters::Any;
use crate::exit::Failure;
use crate::input::Source;
use crate::notices::Notices;
use crate::output::{Talk, count};
use crate::reading::FileReader;
use crate::select::Selection;
use crate::stop::Stop;
use crate::walk::Job;

/// How often a followed log is looked at.
const POLL: Duration = Duration::from_millis(500);
/// How long one round of requests may take; also how long a stop may have to wait for one.
const ROUND: Duration = Duration::from_secs(45);
/// Pauses between rounds that brought nothing.
const PAUSES: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_mins(1), attempts: 0 };
/// So many records that cannot be read before one that can: the wrong file was named.
const HOPELESS: u64 = 100;
/// So many records that cannot be read are named; the others are counted.
const NAMED: u64 = 20;

/// What one adapter needs to work on its own.
pub(super) struct Worker {
    pub(super) id: String,
    pub(super) pipeline: Pipeline<Any>,
    /// `[batch] size`.
    pub(super) size: usize,
    /// `[batch] flush_interval_secs`.
    pub(super) interval: Duration,
    /// How long it is tried without any success; `None`: for ever.
    pub(super) patience: Option<Duration>,
    pub(super) dry_run: bool,
    pub(super) selection: Selection,
    pub(super) reader: FileReader,
    pub(super) ledger: Option<Ledger>,
    pub(super) letters: Letters,
    pub(super) stop: Stop,
    pub(super) talk: Talk,
    /// Whether it is this one that names records that cannot be read.
    pub(super) names_unreadable: bool,
    pub(super) total: Total,
    /// What a person should know about what was read.
    pub(super) notices: Notices,
    /// When the oldest record was read that waits for its batch to fill.
    pub(super) since: Option<Instant>,
    /// Why it ended before its time.
    pub(super) gave_up: Option<Reason>,
}

/// What a worker reads from.
pub(super) struct Input {
    pub(super) entries: Receiver<Entry>,
    pub(super) jobs: Vec<Job>,
    /// Whether its end may be long in coming, so that batches go out unfilled after the interval.
    pub(super) timed: bool,
}

/// One round of requests.
struct Round<'a> {
    left: Vec<Event<'a>>,
    /// Why, if it was not for lack of time.
    trouble: Option<(Reason, Option<Duration>)>,
}

impl Worker {
    /// Everything there is, once.
    pub(super) async fn once(
        &mut self,
        sources: &[Source],
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let jobs = match &mut self.ledger {
            Some(ledger) => ledger.plan(sources, crate::now())?,
            None => Job::all(sources, None)?,
        };
        self.pass(jobs, bar, false).await
    }

    /// Everything there is and everything that comes, until told to stop.
    pub(super) async fn follow(
        &mut self,
        sources: &[Source],
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let mut seen = None;
        while let Some(ledger) = self.ledger.as_mut().filter(|_| !self.stop.is_set()) {
            let jobs = ledger.plan(sources, crate::now())?;
            if seen.is_none() {
                // Which logs are followed, and which rotations are older than this.
                ledger.save()?;
            }
            let size: Option<u64> = jobs.iter().map(Job::size).sum();
            // What waits for its batch to fill is read again when there is more, or when its time has come.
            if seen != Some(size) || self.is_due() {
                self.pass(jobs, bar, true).await?;
                seen = Some(size);
            }
            self.stop.wait(POLL.min(self.interval.max(Duration::from_millis(200)))).await;
        }
        Ok(())
    }

    async fn pass(
        &mut self,
        jobs: Vec<Job>,
        bar: &ProgressBar,
        keeps: bool,
    ) -> Result<(), Failure> {
        if jobs.is_empty() {
            return Ok(());
        }
        let (sender, entries) = mpsc::channel(CAPACITY);
        let reading = Reading {
            jobs: jobs.clone(),
            bar: bar.clone(),
            stop: self.stop.clone(),
            talk: if keeps { self.talk.quieter() } else { self.talk.clone() },
        };
        let thread = std::thread::spawn(move || reading.run(vec![sender]));
        let mut input = Input { entries, jobs, timed: false };
        let rest = self.take(&mut input).await?;
        drop(input.entries);
        thread.join().map_err(|_| Failure::bug("the reading thread panicked"))??;
        let Some(mut rest) = rest else { return Ok(()) };
        if keeps && rest.records > 0 && !self.is_due() {
            return Ok(());
        }
        self.flush(&mut rest, &mut input.jobs).await.map(drop)
    }

    /// Everything that comes from a reader that is shared.
    pub(super) async fn all(&mut self, mut input: Input) -> Result<(), Failure> {
        match self.take(&mut input).await? {
            Some(mut rest) => self.flush(&mut rest, &mut input.jobs).await.map(drop),
            None => Ok(()),
        }
    }

    /// Delivers full batches as they come; gives back what is left when the reader has come to its end.
    async fn take(&mut self, input: &mut Input) -> Result<Option<Chunk>, Failure> {
        let mut chunk = Chunk::default();
        loop {
            let due = self.since.filter(|_| input.timed).map(|since| since + self.interval);
            let next = tokio::select! {
                biased;
                () = self.stop.set() => return Ok(None),
                entry = input.entries.recv() => Some(entry),
                () = until(due) => None,
            };
            match next {
                Some(None) => return Ok(Some(chunk)),
                Some(Some(entry)) => {
                    self.add(&mut chunk, entry);
                    if !chunk.is_full(self.size) {
                        continue;
                    }
                }
                None => {}
            }
            while chunk.has_room(self.size)
                && let Ok(entry) = input.entries.try_recv()
            {
                self.add(&mut chunk, entry);
            }
            if self.flush(&mut chunk, &mut input.jobs).await?.is_break() {
                return Ok(None);
            }
        }
    }

    fn add(&mut self, chunk: &mut Chunk, entry: Entry) {
        if entry.record.is_some() {
            self.since.get_or_insert_with(Instant::now);
        }
        chunk.add(entry);
    }

    fn is_due(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= self.interval)
    }

    /// Brings every record of the chunk to its verdict, then moves the cursor behind it.
    async fn flush(
        &mut self,
        chunk: &mut Chunk,
        jobs: &mut [Job],
    ) -> Result<ControlFlow<()>, Failure> {
        self.since = None;
        let Chunk { entries, mut places, .. } = std::mem::take(chunk);
        if places.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let events = self.events(&entries)?;
        if let Some((_, place)) = places.last_mut() {
            place.last_id = events.last().map(|event| event.id.to_string());
        }
        if self.dry_run {
            self.count(&events);
            return Ok(ControlFlow::Continue(()));
        }
        let left = self.deliver(events).await?;
        self.letters.save()?;
        self.total.left += left as u64;
        if left > 0 {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.advance(&places, jobs)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The wanted events among the records.
    fn events<'a>(&mut self, entries: &'a [Entry]) -> Result<Vec<Event<'a>>, Failure> {
        self.reader.set_now(crate::now());
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(record) = &entry.record else { continue };
            let reader = self.reader.of(&entry.name, entry.is_first);
            let read = match record {
                Ok(text) => {
                    let read = reader.read_from(text, &entry.context);
                    read.map_err(|error| error.to_string())
                }
                Err(why) => Err(why.clone()),
            };
            if self.names_unreadable {
                let untimed = self.reader.take_untimed();
                self.notices.untimed(untimed, &entry.name, entry.line, &self.talk);
                self.notices.unmapped(self.reader.take_unmapped());
            }
            match read {
                Ok(Record::Event(event)) => {
                    self.notices.events += 1;
                    events.push(*event);
                    events.extend(self.reader.take_findings());
                }
                Ok(Record::Skipped(skipped)) => {
                    self.notices.requests += u64::from(skipped == Skipped::RequestPhase);
                }
                Err(why) => self.unreadable(entry, &why)?,
            }
        }
        if let Some(ledger) = &mut self.ledger {
            events.retain(|event| !ledger.is_done(&event.id));
        }
        let before = events.len();
        events.retain(|event| self.selection.admits(event));
        self.total.filtered += (before - events.len()) as u64;
        Ok(events)
    }

    fn unreadable(&mut self, entry: &Entry, why: &str) -> Result<(), Failure> {
        let Total { unreadable, delivered, filtered, rejected, .. } = &mut self.total;
        *unreadable += 1;
        if *unreadable >= HOPELESS && *delivered + *filtered + *rejected == 0 {
            let text = format!(
                "{}: the first {HOPELESS} records cannot be read; this is no audit log",
                entry.name
            );
            return Err(Failure::rejected(text).hint("vault-export export shows what can be read"));
        }
        let at = format!("{}:{}", entry.name, entry.line);
        if self.names_unreadable && self.total.unreadable <= NAMED {
            self.talk.warn(&format!("{at}: {why}"));
        }
        if !self.dry_run {
            let kept = self.letters.unreadable(at, why, crate::now())?;
            self.total.unkept += u64::from(!kept);
        }
        Ok(())
    }

    /// Counts what would be delivered; what cannot be written in the format is rejected here already.
    fn count(&mut self, events: &[Event<'_>]) {
        let mut out = Vec::new();
        for event in events {
            if !self.pipeline.filter.admits(event) {
                self.total.filtered += 1;
            } else if self.pipeline.destination.encode(event, &mut out).is_err() {
                self.total.rejected += 1;
            } else {
                self.total.delivered += 1;
            }
            out.clear();
        }
    }

    /// Tries until every event has its verdict, and says how many have none in the end.
    async fn deliver(&mut self, mut events: Vec<Event<'_>>) -> Result<usize, Failure> {
        let (mut done, mut attempts, mut failed) = (Vec::new(), 0, 0);
        let (mut progress, mut said) = (Instant::now(), None);
        while !events.is_empty() {
            attempts += 1;
            let before = events.len();
            let round = self.round(events, attempts, &mut done).await?;
            events = round.left;
            if events.is_empty() {
                break;
            }
            self.letters.save()?;
            if let Some(ledger) = &mut self.ledger {
                ledger.keep_ahead(&done)?;
            }
            if events.len() < before {
                (progress, failed) = (Instant::now(), 0);
            }
            if let Some((reason, after)) = round.trouble {
                self.total.retried += events.len() as u64;
                let pause = PAUSES.pause(failed).max(after.unwrap_or_default());
                failed += 1;
                let asks_for_a_person =
                    matches!(reason.class, ErrorClass::Auth | ErrorClass::Config);
                let is_over = self.patience.is_some_and(|patience| {
                    asks_for_a_person || progress.elapsed() + pause > patience
                });
                if is_over {
                    self.gave_up = Some(reason);
                    break;
                }
                if said.as_ref() != Some(&reason.text) {
                    self.say(&reason, events.len());
                    said = Some(reason.text);
                }
                self.stop.wait(pause).await;
            }
            if self.stop.is_set() {
                break;
            }
        }
        if events.is_empty() && said.is_some() {
            self.talk.note(&format!("{}: deliveries go on", self.id));
        }
        Ok(events.len())
    }

    async fn round<'a>(
        &mut self,
        events: Vec<Event<'a>>,
        attempts: u32,
        done: &mut Vec<String>,
    ) -> Result<Round<'a>, Failure> {
        let outcome = self.pipeline.run(&events, Instant::now() + ROUND + RESERVE).await;
        let now = crate::now();
        let mut round = Round { left: Vec::new(), trouble: None };
        for (event, verdict) in events.into_iter().zip(outcome.verdicts) {
            match verdict {
                Verdict::Delivered(_) => self.total.delivered += 1,
                Verdict::Filtered => self.total.filtered += 1,
                Verdict::Rejected(reason) => self.reject(&event, &reason, attempts, now)?,
                Verdict::Retry { after, reason } => {
                    if reason.class != ErrorClass::Deadline {
                        let asked = round.trouble.take().and_then(|(_, asked)| asked);
                        round.trouble = Some((reason, after.max(asked)));
                    }
                    round.left.push(event);
                    continue;
                }
            }
            done.push(event.id.to_string());
        }
        Ok(round)
    }

    fn reject(
        &mut self,
        event: &Event<'_>,
        reason: &Reason,
        attempts: u32,
        now: jiff::Timestamp,
    ) -> Result<(), Failure> {
        self.total.rejected += 1;
        let kept = self.letters.event(event, reason, attempts, now)?;
        self.total.unkept += u64::from(!kept);
        if self.total.rejected <= NAMED {
            self.talk.warn(&format!("{}: event {} is refused: {reason}", self.id, &*event.id));
        }
        Ok(())
    }

    fn say(&self, reason: &Reason, left: usize) {
        let events = count(left as u64, "event", "events");
        let text = format!("{}: {events} cannot be delivered now: {reason}; trying again", self.id);
        match reason.class {
            ErrorClass::Auth | ErrorClass::Config => self.talk.warn(&text),
            _ => self.talk.note(&text),
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
