//! `vault-export deliver`: the whole way of an event on one machine, without AWS.
//!
//! Every adapter has a worker with its own reader, cursor and dead letters, so that one whose destination is down
//! neither holds up the others nor makes them repeat anything. A worker takes records from its reader, hands events
//! to the delivery pipeline until each has its verdict, and then moves its cursor. Standard input can be read only
//! once: there the workers share a reader, and a destination that is down holds up the others until it is given up.

mod board;
mod chunk;
mod follow;
mod ledger;
pub(crate) mod letters;
mod read;
mod report;
mod total;
mod worker;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use delivery::tools::Tools;
use futures::future::join_all;
use indicatif::ProgressBar;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::mpsc;
use transform::source::HashKey;

use self::board::Gauge;
use self::ledger::Ledger;
use self::letters::Letters;
use self::read::{CAPACITY, Reading, UntilStop};
use self::total::Total;
use self::worker::{Input, Worker};
use crate::args::{DeliverArgs, General};
use crate::check;
use crate::config::{self, Adapter};
use crate::cursor::Cursor;
use crate::exit::{Exit, Failure};
use crate::input::{self, Source};
use crate::notices::Notices;
use crate::output::Talk;
use crate::pseudonyms;
use crate::reading::FileReader;
use crate::runtime::runtime;
use crate::select::{self, Selection};
use crate::stop::Stop;
use crate::walk::Job;

/// Delivers what the arguments name to the adapters of the configuration file.
pub(crate) fn run(
    args: &DeliverArgs,
    general: &General,
    now: Timestamp,
    talk: &mut Talk,
) -> Result<Exit, Failure> {
    if args.follow { follow::run(args, general, now, talk) } else { once(args, general, now, talk) }
}

/// Everything there is, once.
fn once(
    args: &DeliverArgs,
    general: &General,
    now: Timestamp,
    talk: &mut Talk,
) -> Result<Exit, Failure> {
    let export = config::load(general)?;
    let adapters = check::chosen(&export, &args.adapters)?;
    check::warn(&export, talk);
    let sources = input::sources(&config::paths(&args.paths, general)?)?;
    let setup = Setup::new(args, now, talk)?;
    let runtime = runtime()?;
    let stop = runtime.block_on(async { Stop::on_signals() })?;
    let mut workers = setup.workers(&adapters, &stop)?;
    let end = runtime.block_on(work(&mut workers, &sources, args, &stop, talk));
    runtime.shutdown_background();
    talk.finish();
    report::report(&workers, args, &sources, talk)?;
    if let Some(first) = workers.first() {
        first.notices.finish(args.reading.phases, talk);
    }
    end.map(|()| report::exit(&workers, args, stop.is_set()))
}

/// What workers are made with.
struct Setup<'a> {
    args: &'a DeliverArgs,
    state: State,
    hash_key: HashKey,
    tools: Tools,
    now: Timestamp,
    talk: Talk,
}

impl Setup<'_> {
    /// Opens the state; nobody else works on it from now on.
    fn new<'a>(args: &'a DeliverArgs, now: Timestamp, talk: &Talk) -> Result<Setup<'a>, Failure> {
        Selection::new(&args.select, now)?.say(talk);
        let state = State::open(args)?;
        let hash_key = state.folder.as_ref().map(|folder| folder.join("hash.key"));
        let hash_key = pseudonyms::key(hash_key.as_deref(), !args.dry_run)?;
        Ok(Setup { args, state, hash_key, tools: Tools::default(), now, talk: talk.clone() })
    }

    /// A worker for each adapter.
    fn workers(&self, adapters: &[&Adapter], stop: &Stop) -> Result<Vec<Worker>, Failure> {
        let Setup { args, now, .. } = *self;
        let mut workers = Vec::new();
        for adapter in adapters {
            let settings = select::settings(&args.reading, self.hash_key.clone(), now);
            workers.push(Worker {
                id: adapter.id.clone(),
                kind: adapter.kind.as_str(),
                pipeline: adapter.pipeline(&self.tools)?,
                size: adapter.size(),
                interval: adapter.interval(),
                patience: (!args.follow).then(|| Duration::from_secs(args.give_up_after)),
                dry_run: args.dry_run,
                selection: Selection::new(&args.select, now)?,
                reader: FileReader::new(settings),
                ledger: self.state.ledger(adapter, now, args.dry_run)?,
                letters: self.state.letters(args, adapter)?,
                stop: stop.clone(),
                // Records that cannot be read are the same for all; one says so.
                talk: self.talk.clone(),
                names_unreadable: workers.is_empty(),
                total: Total::default(),
                gauge: Gauge::new(&adapter.id, adapter.kind.as_str()),
                notices: Notices::default(),
                since: None,
                gave_up: None,
                doubted: false,
            });
        }
        Ok(workers)
    }
}

async fn work(
    workers: &mut [Worker],
    sources: &[Source],
    args: &DeliverArgs,
    stop: &Stop,
    talk: &mut Talk,
) -> Result<(), Failure> {
    let bar = progress(workers, sources, talk);
    if sources.contains(&Source::Stdin) {
        return together(workers, sources, args, stop, &bar, talk).await;
    }
    let ends = workers.iter_mut().map(|worker| worker.once(sources, &bar));
    join_all(ends).await.into_iter().collect()
}

/// Standard input cannot be read again.
fn no_place() -> Failure {
    Failure::usage("standard input cannot be read again, so there is no place to remember")
        .hint("name the file, or leave --follow and --state out")
}

/// All workers on one reader.
async fn together(
    workers: &mut [Worker],
    sources: &[Source],
    args: &DeliverArgs,
    stop: &Stop,
    bar: &ProgressBar,
    talk: &Talk,
) -> Result<(), Failure> {
    if args.state.is_some() {
        return Err(no_place());
    }
    let jobs = jobs(sources, stop);
    let (mut senders, mut inputs) = (Vec::new(), Vec::new());
    for _ in workers.iter() {
        let (sender, entries) = mpsc::channel(CAPACITY);
        senders.push(sender);
        inputs.push(Input { entries, jobs: jobs.clone(), timed: true });
    }
    let reading =
        Reading { jobs, bar: bar.clone(), stop: stop.clone(), talk: talk.clone(), drains: false };
    let thread = std::thread::spawn(move || reading.run(senders));
    let ends = workers.iter_mut().zip(inputs).map(|(worker, input)| worker.all(input));
    join_all(ends).await.into_iter().collect::<Result<(), Failure>>()?;
    if stop.is_set() || workers.iter().all(|worker| worker.gave_up.is_some()) {
        // The thread may hang in a read of standard input; the process ends without it.
        return Ok(());
    }
    thread.join().map_err(|_| Failure::bug("the reading thread panicked"))?
}

/// Files from their beginning to their end, and standard input until it is time to stop.
fn jobs(sources: &[Source], stop: &Stop) -> Vec<Job> {
    let job = |source: &Source| match source {
        Source::Stdin => {
            let stream = UntilStop { stream: std::io::stdin(), stop: stop.clone() };
            Job::fetched(source.to_string(), stream)
        }
        Source::File(_) => Job::Whole(source.clone()),
    };
    sources.iter().map(job).collect()
}

fn progress(workers: &[Worker], sources: &[Source], talk: &mut Talk) -> ProgressBar {
    let once: Option<u64> = sources.iter().map(Source::size).sum();
    talk.start(once.map(|bytes| bytes * workers.len() as u64))
}

/// The folder in which it is remembered what each adapter has.
struct State {
    folder: Option<PathBuf>,
    /// Two that work on the same cursors would deliver everything twice.
    _lock: Option<File>,
}

impl State {
    fn open(args: &DeliverArgs) -> Result<State, Failure> {
        let default = || config::home().map(|home| home.join(".sanctum/vault-export"));
        let folder = args.state.clone().or_else(|| args.follow.then(default).flatten());
        let Some(folder) = folder else {
            if args.follow {
                return Err(Failure::usage("--follow needs --state DIR: there is no home folder"));
            }
            return Ok(State { folder: None, _lock: None });
        };
        if args.dry_run {
            return Ok(State { folder: Some(folder), _lock: None });
        }
        made(&folder)?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|error| unwritable(&path, &error))?;
        lock.try_lock().map_err(|_| {
            Failure::retry(format!("{}: another `deliver` is at work here", folder.display()))
                .hint("let it end, or give this one a --state folder of its own")
        })?;
        Ok(State { folder: Some(folder), _lock: Some(lock) })
    }

    fn ledger(
        &self,
        adapter: &Adapter,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Option<Ledger>, Failure> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let name = file_name(&adapter.id);
        let cursor = Cursor::load(&folder.join(format!("{name}.cursor")), now)?;
        Ledger::load(cursor, folder.join(format!("{name}.ahead")), dry_run).map(Some)
    }

    fn letters(&self, args: &DeliverArgs, adapter: &Adapter) -> Result<Letters, Failure> {
        let default = || self.folder.as_ref().map(|folder| folder.join("dead-letters"));
        let folder = args.dead_letters.clone().or_else(default).filter(|_| !args.dry_run);
        if let Some(folder) = &folder {
            made(folder)?;
        }
        let name = format!("{}.ndjson", file_name(&adapter.id));
        Ok(Letters::new(&adapter.id, folder.map(|folder| folder.join(name))))
    }
}

fn made(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| unwritable(folder, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::unwritten(path.display().to_string(), error);
    let exit = if failure.disk_is_full { Exit::Retry } else { Exit::Usage };
    Failure { exit, ..failure }
        .hint("--state names the folder in which deliver keeps what it has to remember")
}

/// What stands in a file's name as it is: letters, digits, hyphen, underscore, and a full stop within it.
const IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// An id as a file's name.
fn file_name(id: &str) -> String {
    let name = utf8_percent_encode(id, IN_NAMES).to_string();
    name.strip_prefix('.').map_or(name.clone(), |rest| format!("%2E{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_files_name_and_stays_one_of_its_own() {
        assert_eq!(file_name("splunk-prod"), "splunk-prod");
        assert_eq!(file_name("../x"), "%2E.%2Fx");
        assert_ne!(file_name("a b"), file_name("a_b"));
    }
}
