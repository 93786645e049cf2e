//! `vault-export ship`: a log's records to the ingest queue, mapped and redacted.
//!
//! A thread reads and a task sends, with a short channel between them. The cursor moves only when the queue has
//! taken a whole batch, and is on disk before the next one goes out: a restart neither loses nor repeats. Only a
//! machine that dies between the queue's answer and the disk's repeats that one batch; the ids stay the same.

mod pack;
mod queue;
mod read;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::pack::{Message, Packer};
use self::queue::{Queue, Sent};
use self::read::{Entry, Memory};
use crate::args::{General, ShipArgs};
use crate::config;
use crate::cursor::{self, Cursor};
use crate::deliver::letters::Letters;
use crate::exit::{Exit, Failure};
use crate::input::{self, Source};
use crate::notices::Notices;
use crate::output::{Talk, count};
use crate::pseudonyms;
use crate::reading::FileReader;
use crate::runtime::runtime;
use crate::select;
use crate::service;
use crate::stack;
use crate::stop::Stop;
use crate::walk::Job;

/// How long a record waits for others to fill its message when its source is a slow stream.
const LINGER: Duration = Duration::from_secs(1);
/// How often a followed log is looked at.
const POLL: Duration = Duration::from_millis(500);

/// Sends what the arguments name.
pub(crate) fn run(
    args: &ShipArgs,
    general: &General,
    now: Timestamp,
    talk: &mut Talk,
) -> Result<Exit, Failure> {
    check(args)?;
    let paths = config::paths(&args.paths, general)?;
    sources(args, &paths)?;
    let cursor = args.cursor.as_deref().map(|path| Cursor::load(path, now)).transpose()?;
    let runtime = runtime()?;
    let end = runtime.block_on(async {
        let queue =
            if args.dry_run { None } else { Some(Queue::connect(&url(args).await?, args).await?) };
        let stop = Stop::on_signals()?;
        let rejected = args.cursor.as_deref().filter(|_| !args.dry_run).map(cursor::rejected_path);
        let letters = Letters::new("ship", rejected);
        let key_file = args.cursor.as_deref().map(cursor::hash_key_path);
        let hash_key = pseudonyms::key(key_file.as_deref(), !args.dry_run)?;
        let memory = Some(Memory {
            reader: FileReader::new(select::settings(&args.reading, hash_key, now)),
            notices: Notices::default(),
        });
        let mut ship = Ship { args, queue, cursor, letters, memory, stop, total: Total::default() };
        let end = ship.all(&paths, talk).await;
        ship.total.report(args, talk);
        end.map(|()| ship.total.exit())
    });
    runtime.shutdown_background();
    end
}

/// The ingest queue's address.
async fn url(args: &ShipArgs) -> Result<String, Failure> {
    match (&args.stack, &args.queue_url) {
        (Some(stack), _) => stack::ingest(stack).await,
        (None, url) => Ok(url.clone().unwrap_or_default()),
    }
}

/// What is read: a follower waits for what is not there.
fn sources(args: &ShipArgs, paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    if args.follow { input::followed(paths) } else { input::sources(paths) }
}

fn check(args: &ShipArgs) -> Result<(), Failure> {
    if args.queue_url.is_none() && args.stack.is_none() && !args.dry_run {
        return Err(Failure::usage("no queue given; pass --stack, --queue-url or VAULT_EXPORT_INGEST_QUEUE_URL")
            .hint("--stack NAME finds the stack's output IngestQueueUrl; it needs cloudformation:DescribeStacks"));
    }
    if args.follow && args.cursor.is_none() {
        return Err(Failure::usage("--follow needs --cursor FILE")
            .hint("without it a restart would begin with the first record again; /var/lib/vault-export/ship.cursor is a good place"));
    }
    if args.dry_run && args.follow {
        return Err(Failure::usage("--dry-run has no end with --follow"));
    }
    Ok(())
}

/// What was done so far.
#[derive(Debug, Default)]
struct Total {
    /// Records that were read and are to be sent.
    read: u64,
    /// Of them, those that the queue took.
    records: u64,
    messages: u64,
    requests: u64,
    unreadable: u64,
    /// Records that it refused for good.
    refused: u64,
}

impl Total {
    fn exit(&self) -> Exit {
        if self.unreadable + self.refused > 0 { Exit::Rejected } else { Exit::Done }
    }

    fn report(&self, args: &ShipArgs, talk: &Talk) {
        let records = |number| count(number, "record", "records");
        let did = if args.dry_run { "would be sent" } else { "sent" };
        let mut text = format!(
            "{} {did} in {} and {}",
            records(self.records),
            count(self.messages, "message", "messages"),
            count(self.requests, "request", "requests"),
        );
        if self.unreadable > 0 {
            text = format!("{text}; {} unreadable", records(self.unreadable));
        }
        if self.refused > 0 {
            text = format!("{text}; {} rejected by the queue", records(self.refused));
        }
        let left = self.read - self.records - self.refused;
        if left > 0 {
            text = format!("{text}; {} left", records(left));
        }
        talk.note(&text);
    }
}

struct Ship<'a> {
    args: &'a ShipArgs,
    queue: Option<Queue>,
    cursor: Option<Cursor>,
    /// With a cursor, what no later run will read again and no queue holds.
    letters: Letters,
    /// With the reading thread while there is one.
    memory: Option<Memory>,
    stop: Stop,
    total: Total,
}

impl Ship<'_> {
    /// One pass over the sources, or with `--follow` one after the other until it is told to stop.
    async fn all(&mut self, paths: &[PathBuf], talk: &mut Talk) -> Result<(), Failure> {
        if self.args.follow {
            Self::begin(paths, talk);
        }
        let mut seen = 0;
        loop {
            let jobs = Job::all(&sources(self.args, paths)?, self.cursor.as_mut())?;
            if seen == 0 {
                // Which logs are followed, and which rotations are older than this.
                self.save()?;
            }
            self.pass(jobs, talk).await?;
            if !self.args.follow || self.stop.is_set() {
                if self.args.follow {
                    service::stopping();
                }
                return self.save();
            }
            // A record that is still being written is there, and nothing to send.
            let now = self.total.read + self.total.unreadable;
            if now == seen {
                self.stop.wait(POLL).await;
            }
            seen = now;
            if let Some(cursor) = &mut self.cursor {
                cursor.set_now(crate::now());
            }
        }
    }

    /// Says what is followed from now on.
    fn begin(paths: &[PathBuf], talk: &Talk) {
        let named: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let status = format!("following {}; sending to the ingest queue", named.join(", "));
        talk.note(&status);
        for path in paths.iter().filter(|path| !path.exists()) {
            talk.note(&format!("{}: does not exist yet; waiting for it", path.display()));
        }
        service::ready(&status);
        service::keep_alive(status);
    }

    async fn pass(&mut self, mut jobs: Vec<Job>, talk: &mut Talk) -> Result<(), Failure> {
        let Some(mut memory) = self.memory.take_if(|_| !jobs.is_empty()) else { return Ok(()) };
        memory.reader.set_now(crate::now());
        let bar = if self.args.follow {
            indicatif::ProgressBar::hidden()
        } else {
            talk.start(jobs.iter().map(Job::size).sum())
        };
        let (sender, mut entries) = mpsc::channel(64);
        let reading = read::Reading {
            jobs: jobs.clone(),
            memory,
            bar,
            raw: self.args.raw,
            phases: self.args.reading.phases,
            follows: self.args.follow,
            unreadable: self.args.unreadable,
            stop: self.stop.clone(),
            talk: if self.args.follow { talk.quieter() } else { talk.clone() },
        };
        let reader = std::thread::spawn(move || reading.run(&sender));
        let mut packer = Packer::default();
        loop {
            let due = packer.since().map(|since| since + LINGER);
            let entry = tokio::select! {
                entry = entries.recv() => entry,
                () = until(due) => {
                    self.send(packer.take_all(), &mut jobs, talk).await?;
                    continue;
                }
                () = self.stop.set() => None,
            };
            let Some(entry) = entry else { break };
            self.take(entry, &mut packer)?;
            while let Some(batch) = packer.take_full() {
                self.send(batch, &mut jobs, talk).await?;
            }
        }
        self.drain(&mut entries, &mut packer)?;
        self.send(packer.take_all(), &mut jobs, talk).await?;
        if self.stop.is_set() {
            // The thread may hang in a read of standard input; the process ends without it.
            return Ok(());
        }
        let memory = reader.join().map_err(|_| Failure::bug("the reading thread panicked"))??;
        self.memory = Some(memory);
        Ok(())
    }

    /// What the reader had handed over before it was told to stop.
    fn drain(
        &mut self,
        entries: &mut mpsc::Receiver<Entry>,
        packer: &mut Packer,
    ) -> Result<(), Failure> {
        entries.close();
        while let Ok(entry) = entries.try_recv() {
            self.take(entry, packer)?;
        }
        Ok(())
    }

    fn take(&mut self, entry: Entry, packer: &mut Packer) -> Result<(), Failure> {
        if let Some(why) = &entry.unreadable {
            self.total.unreadable += 1;
            if entry.stays {
                let at = format!("{}:{}", entry.name, entry.line);
                self.letters.unreadable(at, why, crate::now())?;
            }
        }
        self.total.read += u64::from(entry.text.is_some());
        packer.add(entry);
        Ok(())
    }

    /// Sends messages in batches; moves the cursor behind what the queue has taken.
    async fn send(
        &mut self,
        batches: Vec<Vec<Message>>,
        jobs: &mut [Job],
        talk: &Talk,
    ) -> Result<(), Failure> {
        for batch in batches {
            let Sent { requests, refused, left, failure } = match &self.queue {
                None => Sent { requests: 1, ..Sent::default() },
                Some(queue) => queue.send(&batch, &self.stop, talk).await,
            };
            self.total.requests += requests;
            for (at, message) in batch.iter().enumerate() {
                let records = message.records.len() as u64;
                if let Some((_, why)) = refused.iter().find(|(refused, _)| *refused == at) {
                    self.total.refused += records;
                    self.keep(message, why)?;
                } else if !left.contains(&at) {
                    self.total.records += records;
                    self.total.messages += u64::from(records > 0);
                }
            }
            let settled = left.first().and_then(|first| batch.get(..*first)).unwrap_or(&batch);
            self.advance(settled, jobs)?;
            failure.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// Keeps what the cursor passes and the queue does not take.
    fn keep(&mut self, message: &Message, why: &str) -> Result<(), Failure> {
        let now = crate::now();
        for (origin, event) in message.events() {
            let at = format!("{}:{}", origin.name, origin.line);
            self.letters.refused(at, why, event, now)?;
        }
        Ok(())
    }

    fn advance(&mut self, batch: &[Message], jobs: &mut [Job]) -> Result<(), Failure> {
        let Some(cursor) = self.cursor.as_mut().filter(|_| !self.args.dry_run) else {
            return Ok(());
        };
        self.letters.save()?;
        for (job, place) in batch.iter().flat_map(|message| &message.places) {
            if let Some(Job::From(item)) = jobs.get_mut(*job) {
                cursor.advance(item, place);
            }
        }
        cursor.save()
    }

    fn save(&mut self) -> Result<(), Failure> {
        match &mut self.cursor {
            Some(cursor) if !self.args.dry_run => cursor.save(),
            _ => Ok(()),
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_or_unreadable_shows_in_the_exit_code() {
        assert_eq!(Total::default().exit(), Exit::Done);
        assert_eq!(Total { unreadable: 1, ..Total::default() }.exit(), Exit::Rejected);
        assert_eq!(Total { refused: 1, ..Total::default() }.exit(), Exit::Rejected);
    }
}
