//! Who looks at the board while the workers work: the status file, the service manager, a line now and then.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::metrics;
use crate::args::DeliverArgs;
use crate::deliver::board::{Board, Gauge, Status};
use crate::exit::Failure;
use crate::file::write_whole;
use crate::output::Talk;
use crate::service;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);
/// The status file is written this often when nothing has changed.
const REFRESH: Duration = Duration::from_secs(10);

/// What runs beside the workers.
pub(super) struct Watch {
    board: Board,
    file: Option<PathBuf>,
    task: Option<JoinHandle<()>>,
    every: Option<Duration>,
    talk: Talk,
}

impl Watch {
    /// Begins to listen for those who ask for metrics.
    ///
    /// # Errors
    /// The address is taken, or not one of this machine; the status file cannot be written.
    pub(super) async fn start(
        args: &DeliverArgs,
        now: Timestamp,
        talk: &Talk,
    ) -> Result<Watch, Failure> {
        let board = Board::new(now);
        if let Some(path) = &args.status {
            write(path, &board.status(now))
                .map_err(|error| Failure::usage(format!("--status {}: {error}", path.display())))?;
        }
        if let Some(address) = args.metrics {
            let listener = metrics::bind(address).await?;
            if let Ok(address) = listener.local_addr() {
                talk.note(&format!("metrics at http://{address}/metrics"));
            }
            tokio::spawn(metrics::serve(listener, board.clone()));
        }
        let every = (args.report_every > 0).then(|| Duration::from_secs(args.report_every));
        Ok(Watch { board, file: args.status.clone(), task: None, every, talk: talk.clone() })
    }

    /// From now on it is about these workers, and this is what they follow.
    pub(super) fn begin(&mut self, names: Vec<String>, paths: Vec<PathBuf>, gauges: Vec<Gauge>) {
        self.board.is_about(names, gauges);
        if let Some(task) = self.task.take() {
            task.abort();
        }
        let looker = Looker {
            board: self.board.clone(),
            paths,
            file: self.file.clone(),
            every: self.every,
            talk: self.talk.clone(),
            written: None,
            unwritable: false,
        };
        looker.look_for_logs();
        self.task = Some(tokio::spawn(looker.run()));
        self.ready();
    }

    /// Everything is as it should be.
    pub(super) fn ready(&self) {
        service::ready(&words(&self.board.status(crate::now())));
    }

    /// The workers have ended: the last word.
    pub(super) fn end(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        if let Some(path) = &self.file
            && let Err(error) = write(path, &self.board.status(crate::now()))
        {
            self.talk.warn(&format!("--status {}: {error}", path.display()));
        }
    }
}

/// Looks once a second.
struct Looker {
    board: Board,
    paths: Vec<PathBuf>,
    file: Option<PathBuf>,
    every: Option<Duration>,
    talk: Talk,
    /// What is in the status file, but for its time, and since when.
    written: Option<(String, Instant)>,
    unwritable: bool,
}

impl Looker {
    async fn run(mut self) {
        let mut reported = (Instant::now(), delivered(&self.board.status(crate::now())));
        let mut watchdog = service::watchdog().map(|every| (every, Instant::now()));
        let shortest = watchdog.map_or(LOOK, |(every, _)| LOOK.min(every));
        let mut ticks = tokio::time::interval(shortest.max(Duration::from_millis(10)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look_for_logs();
            let status = self.board.status(crate::now());
            self.write(&status);
            if let Some((every, told)) = &mut watchdog
                && told.elapsed() + shortest > *every
            {
                *told = Instant::now();
                service::alive(&words(&status));
            }
            if let Some(every) = self.every.filter(|every| reported.0.elapsed() >= *every) {
                let before = std::mem::replace(&mut reported, (Instant::now(), delivered(&status)));
                self.report(&status, every, &before.1);
            }
        }
    }

    /// Says which logs are waited for, and which have come.
    fn look_for_logs(&self) {
        let missing = self.paths.iter().filter(|path| !path.exists());
        let (new, come) = self
            .board
            .waits_for(&missing.map(|path| path.display().to_string()).collect::<Vec<String>>());
        for path in new {
            self.talk.note(&format!("{path}: does not exist yet; waiting for it"));
        }
        for path in come {
            self.talk.note(&format!("{path}: is there now"));
        }
    }

    fn write(&mut self, status: &Status) {
        let Some(path) = &self.file else { return };
        let mut timeless = status.clone();
        timeless.updated_at = status.started_at;
        let text = serde_json::to_string(&timeless).unwrap_or_default();
        let is_new =
            self.written.as_ref().is_none_or(|(old, at)| *old != text || at.elapsed() >= REFRESH);
        if !is_new {
            return;
        }
        let written = write(path, status);
        if let (Err(error), false) = (&written, self.unwritable) {
            self.talk.warn(&format!("--status {}: {error}; going on without it", path.display()));
        }
        self.unwritable = written.is_err();
        self.written = Some((text, Instant::now()));
    }

    fn report(&self, status: &Status, every: Duration, before: &[(String, u64)]) {
        for one in &status.adapters {
            let old =
                before.iter().find(|(id, _)| *id == one.adapter).map_or(0, |(_, number)| *number);
            let new = one.total.delivered.saturating_sub(old);
            self.talk.note(&format!(
                "{}: {new} delivered in the last {} s; {} in all; lag {} s, {} bytes to read",
                one.adapter,
                every.as_secs(),
                one.total.words(),
                one.lag_seconds,
                one.backlog_bytes
            ));
        }
    }
}

fn delivered(status: &Status) -> Vec<(String, u64)> {
    status.adapters.iter().map(|one| (one.adapter.clone(), one.total.delivered)).collect()
}

/// `systemctl status` shows it.
fn words(status: &Status) -> String {
    let adapters = status.adapters.iter().map(|one| {
        let health = if one.healthy { "ok" } else { "retrying" };
        format!(
            "{} {health}, {} delivered, lag {} s",
            one.adapter, one.total.delivered, one.lag_seconds
        )
    });
    let words = adapters.collect::<Vec<String>>().join("; ");
    if status.waiting_for.is_empty() {
        return words;
    }
    format!("waiting for {}; {words}", status.waiting_for.join(", "))
}

fn write(path: &Path, status: &Status) -> std::io::Result<()> {
    let mut text = serde_json::to_vec_pretty(status)?;
    text.push(b'\n');
    write_whole(path, &text)
}
