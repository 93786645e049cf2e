//! One adapter's worker: from records to verdicts, and only then to the cursor.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use delivery::destination::Destination;
use delivery::outcome::{ErrorClass, Reason, Verdict};
use delivery::pipeline::{Pipeline, RESERVE};
use delivery::retry::Backoff;
use indicatif::ProgressBar;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::{Instant, timeout};
use transform::event::Event;
use transform::source::{Record, Skipped};

use super::board::Gauge;
use super::chunk::Chunk;
use super::ledger::Ledger;
use super::letters::Letters;
use super::read::{CAPACITY, Entry, Reading};
use super::total::Total;
use crate::adapters::Any;
use crate::exit::Failure;
use crate::input::{self, Source};
use crate::notices::Notices;
use crate::output::{Talk, count};
use crate::reading::FileReader;
use crate::select::Selection;
use crate::stop::Stop;
use crate::walk::Job;

/// How often a followed log is looked at.
const POLL: Duration = Duration::from_millis(500);
/// How long one round of requests may take.
const ROUND: Duration = Duration::from_secs(45);
/// Pauses between rounds that brought nothing.
const PAUSES: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_mins(1), attempts: 0 };
/// More bytes than that do not wait for a batch to fill: they are a backlog.
const MOST_WAITING: u64 = 8 * 1024 * 1024;
/// A stream from which nothing comes for so long has nothing more that was read.
const HANGS: Duration = Duration::from_millis(200);
/// So many records that cannot be read before one that can: the wrong file was named.
const HOPELESS: u64 = 100;
/// So many records that cannot be read are named; the others are counted.
const NAMED: u64 = 20;

/// What one adapter needs to work on its own.
pub(super) struct Worker {
    pub(super) id: String,
    /// The type of its destination.
    pub(super) kind: &'static str,
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
    /// Where it says how it does.
    pub(super) gauge: Gauge,
    /// What a person should know about what was read.
    pub(super) notices: Notices,
    /// When the oldest record was read that waits for its batch to fill.
    pub(super) since: Option<Instant>,
    /// Why it ended before its time.
    pub(super) gave_up: Option<Reason>,
    /// Whether it was asked if this is an audit log at all.
    pub(super) doubted: bool,
}

/// How a pass through the sources ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// What is left goes out.
    Flushed,
    /// What is left waits for its batch to fill.
    Waiting,
    /// What is left goes out although it is time to stop, and what is not read yet too.
    Last,
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
        let jobs = self.plan(sources)?;
        self.pass(jobs, bar, Ending::Flushed).await
    }

    /// Everything there is and everything that comes, until told to stop.
    pub(super) async fn follow(
        &mut self,
        paths: &[PathBuf],
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let mut seen = None;
        while !self.stop.is_set() {
            // Looked for anew each time: a log may come, and a folder may get another one.
            let jobs = self.plan(&input::followed(paths)?)?;
            self.gauge.backlog(size(&jobs));
            if seen.is_none() {
                // Which logs are followed, and which rotations are older than this.
                self.kept(Worker::save_ledger).await?;
            }
            let found = spans(&jobs);
            // What waits for its batch to fill is read again when there is more, or when its time has come.
            if seen.as_ref() != Some(&found) || self.is_due() {
                self.pass(jobs, bar, Ending::Waiting).await?;
                seen = Some(found);
            }
            self.stop.wait(POLL.min(self.interval.max(Duration::from_millis(200)))).await;
        }
        self.end(&input::followed(paths)?, bar).await
    }

    /// Told to stop: what waits for its batch to fill goes out. A backlog is left to the next run.
    async fn end(&mut self, sources: &[Source], bar: &ProgressBar) -> Result<(), Failure> {
        let jobs = self.plan(sources)?;
        if self.total.left == 0 && size(&jobs) <= MOST_WAITING {
            self.pass(jobs, bar, Ending::Last).await?;
        }
        self.total.unread = size(&self.plan(sources)?);
        Ok(())
    }

    fn plan(&mut self, sources: &[Source]) -> Result<Vec<Job>, Failure> {
        match &mut self.ledger {
            Some(ledger) => ledger.plan(sources, crate::now()),
            None => Job::all(sources, None),
        }
    }

    async fn pass(
        &mut self,
        jobs: Vec<Job>,
        bar: &ProgressBar,
        ending: Ending,
    ) -> Result<(), Failure> {
        if jobs.is_empty() {
            return Ok(());
        }
        let (sender, entries) = mpsc::channel(CAPACITY);
        let follows = ending != Ending::Flushed;
        let reading = Reading {
            jobs: jobs.clone(),
            bar: bar.clone(),
            stop: self.stop.clone(),
            talk: if follows { self.talk.quieter() } else { self.talk.clone() },
            drains: ending == Ending::Last,
        };
        let thread = std::thread::spawn(move || reading.run(vec![sender]));
        let mut input = Input { entries, jobs, timed: false };
        let rest = self.take(&mut input).await?;
        drop(input.entries);
        thread.join().map_err(|_| Failure::bug("the reading thread panicked"))??;
        let Some(mut rest) = rest else { return Ok(()) };
        let waits = ending == Ending::Waiting && !self.is_due() && !self.stop.is_set();
        if waits && rest.records > 0 {
            return Ok(());
        }
        self.flush(&mut rest, &mut input.jobs).await.map(drop)
    }

    /// Everything that comes from a reader that is shared.
    pub(super) async fn all(&mut self, mut input: Input) -> Result<(), Failure> {
        if let Some(mut rest) = self.take(&mut input).await? {
            self.flush(&mut rest, &mut input.jobs).await.map(drop)?;
        }
        // What was given up cannot be read again. After a stop the reader still hands on what it has, and ends.
        if !self.stop.is_set() {
            input.entries.close();
        }
        while let Ok(Some(entry)) = timeout(HANGS, input.entries.recv()).await {
            self.total.left += u64::from(entry.record.is_some());
        }
        Ok(())
    }

    /// Delivers full batches as they come; gives back what is left when the reader has come to its end.
    async fn take(&mut self, input: &mut Input) -> Result<Option<Chunk>, Failure> {
        let mut chunk = Chunk::default();
        loop {
            let due = self.since.filter(|_| input.timed).map(|since| since + self.interval);
            let next = tokio::select! {
                biased;
                () = self.stop.set() => return self.drain(chunk, input).await,
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

    /// What had been read when it was time to stop; gives back what of it is still to go out.
    async fn drain(
        &mut self,
        mut chunk: Chunk,
        input: &mut Input,
    ) -> Result<Option<Chunk>, Failure> {
        // The reader ends when it is told to stop, unless it hangs in a stream where nothing comes.
        while let Ok(Some(entry)) = timeout(HANGS, input.entries.recv()).await {
            self.add(&mut chunk, entry);
            if !chunk.has_room(self.size)
                && self.flush(&mut chunk, &mut input.jobs).await?.is_break()
            {
                return Ok(None);
            }
        }
        Ok(Some(chunk))
    }

    fn add(&mut self, chunk: &mut Chunk, entry: Entry) {
        if entry.record.is_some() && self.since.is_none() {
            self.since = Some(Instant::now());
            self.gauge.oldest(Some(crate::now()));
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
        let events = self.events(&entries).await?;
        self.gauge.oldest(events.iter().map(|event| event.time.timestamp()).min());
        if let Some((_, place)) = places.last_mut() {
            place.last_id = events.last().map(|event| event.id.to_string());
        }
        if self.dry_run {
            self.count(&events);
            return Ok(ControlFlow::Continue(()));
        }
        let left = self.deliver(events).await?;
        self.kept(|worker| worker.letters.save()).await?;
        self.total.left += left as u64;
        self.gauge.total(&self.total);
        if left > 0 {
            return Ok(ControlFlow::Break(()));
        }
        self.kept(|worker| match &mut worker.ledger {
            Some(ledger) => ledger.advance(&places, jobs),
            None => Ok(()),
        })
        .await?;
        self.gauge.oldest(None);
        Ok(ControlFlow::Continue(()))
    }

    fn save_ledger(&mut self) -> Result<(), Failure> {
        self.ledger.as_mut().map_or(Ok(()), Ledger::save)
    }

    /// Writes what must not be forgotten. As long as the disk is full nothing else is done, as nothing is tried when a
    /// destination is down: pauses are bounded, and a run that is not to last for ever ends when its patience does.
    async fn kept<T>(
        &mut self,
        mut write: impl FnMut(&mut Worker) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        let mut failed = 0;
        loop {
            let failure = match write(self) {
                Err(failure) if failure.disk_is_full => failure,
                done => {
                    if failed > 0 && done.is_ok() {
                        self.talk.note(&format!("{}: there is room on the disk again", self.id));
                    }
                    return done;
                }
            };
            let pause = PAUSES.pause(failed);
            let is_over = self.patience.is_some_and(|patience| begun.elapsed() + pause > patience);
            if is_over || self.stop.is_set() {
                return Err(failure);
            }
            if failed == 0 {
                self.talk.warn(&format!("{}: {failure}; waiting for room on the disk", self.id));
            }
            failed += 1;
            self.stop.wait(pause).await;
        }
    }

    /// The wanted events among the records.
    async fn events<'a>(&mut self, entries: &'a [Entry]) -> Result<Vec<Event<'a>>, Failure> {
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
                Err(why) => self.unreadable(entry, &why).await?,
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

    async fn unreadable(&mut self, entry: &Entry, why: &str) -> Result<(), Failure> {
        self.total.unreadable += 1;
        self.doubt(&entry.name)?;
        let at = format!("{}:{}", entry.name, entry.line);
        if self.names_unreadable && self.total.unreadable <= NAMED {
            self.talk.warn(&format!("{at}: {why}"));
        }
        if !self.dry_run {
            let now = crate::now();
            let kept = self.kept(|worker| worker.letters.unreadable(at.clone(), why, now)).await?;
            self.total.unkept += u64::from(!kept);
        }
        Ok(())
    }

    /// Asks whether this is the right file when nothing of it can be read. One that was delivered from before is: to
    /// end there would be to end there again with every run.
    fn doubt(&mut self, name: &str) -> Result<(), Failure> {
        let Total { unreadable, delivered, dropped, filtered, rejected, .. } = &self.total;
        let is_hopeless = *unreadable >= HOPELESS && delivered + dropped + filtered + rejected == 0;
        if !is_hopeless || self.doubted {
            return Ok(());
        }
        let text = format!("{name}: the first {HOPELESS} records cannot be read");
        let is_known = self.ledger.as_ref().is_some_and(|ledger| !ledger.is_new());
        if self.patience.is_some() && !is_known {
            return Err(Failure::rejected(format!("{text}; this is no audit log"))
                .hint("vault-export export shows what can be read"));
        }
        self.doubted = true;
        if self.names_unreadable {
            self.talk.warn(&format!("{text}; is this an audit log? going on"));
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
            let is_last = self.stop.is_set();
            let before = events.len();
            let round = self.round(events, attempts, &mut done).await?;
            events = round.left;
            if events.len() < before {
                self.gauge.progressed(crate::now());
            }
            if events.is_empty() {
                break;
            }
            self.kept(|worker| worker.letters.save()).await?;
            self.kept(|worker| match &mut worker.ledger {
                Some(ledger) => ledger.keep_ahead(&done),
                None => Ok(()),
            })
            .await?;
            if events.len() < before {
                (progress, failed) = (Instant::now(), 0);
            }
            if let Some((reason, after)) = round.trouble {
                self.total.retried += events.len() as u64;
                self.gauge.failed(&reason, crate::now());
                self.gauge.total(&self.total);
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
                if !is_last {
                    self.stop.wait(pause).await;
                }
            }
            // Told to stop, it tries once more.
            if is_last {
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
        let run = self.pipeline.run(&events, Instant::now() + ROUND + RESERVE);
        let outcome = tokio::select! {
            outcome = run => outcome,
            () = self.stop.over() => return Ok(Round { left: events, trouble: None }),
        };
        let now = crate::now();
        self.total.add(&outcome.counts);
        let mut round = Round { left: Vec::new(), trouble: None };
        for (event, verdict) in events.into_iter().zip(outcome.verdicts) {
            match verdict {
                Verdict::Delivered(_) | Verdict::Filtered => {}
                Verdict::Rejected(reason) => {
                    self.reject(&event, &reason, attempts, now).await?;
                }
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

    async fn reject(
        &mut self,
        event: &Event<'_>,
        reason: &Reason,
        attempts: u32,
        now: jiff::Timestamp,
    ) -> Result<(), Failure> {
        self.total.rejected += 1;
        let kept = self.kept(|worker| worker.letters.event(event, reason, attempts, now)).await?;
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

/// What is to be read of which file: from where on, and how much. As many bytes as were read last time are not the same,
/// nor is a file of the same name and length.
fn spans(jobs: &[Job]) -> Vec<(String, Vec<u8>, u64, Option<u64>)> {
    let span = |job: &Job| (job.name(), job.head().to_vec(), job.offset(), job.size());
    jobs.iter().map(span).collect()
}

/// Bytes that are still to be read.
fn size(jobs: &[Job]) -> u64 {
    jobs.iter().filter_map(Job::size).sum()
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
