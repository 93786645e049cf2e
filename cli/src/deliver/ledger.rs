//! What an adapter has: its cursor, and the events beyond it.
//!
//! The cursor stands before the first event without a verdict. Events behind that one may have theirs already, because
//! requests go out side by side and destinations refuse records one by one; their ids are kept in a file beside the
//! cursor, so that the next run does not send them again.

use std::collections::HashSet;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::cursor::{Cursor, Place};
use crate::exit::Failure;
use crate::file::write_whole;
use crate::input::Source;
use crate::walk::Job;

/// What is remembered of one adapter.
#[derive(Debug)]
pub(super) struct Ledger {
    cursor: Cursor,
    path: PathBuf,
    ahead: HashSet<String>,
    /// Those of them that were met since the cursor last moved.
    met: Vec<String>,
    dry_run: bool,
}

impl Ledger {
    pub(super) fn load(cursor: Cursor, path: PathBuf, dry_run: bool) -> Result<Ledger, Failure> {
        let ahead = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                Failure::config(format!("{}: not a file of this program", path.display()))
                    .hint("move it away; events that it names will be delivered once more")
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => HashSet::new(),
            Err(error) => return Err(Failure::usage(format!("{}: {error}", path.display()))),
        };
        Ok(Ledger { cursor, path, ahead, met: Vec::new(), dry_run })
    }

    /// What there is to read.
    pub(super) fn plan(&mut self, sources: &[Source], now: Timestamp) -> Result<Vec<Job>, Failure> {
        self.cursor.set_now(now);
        Job::all(sources, Some(&mut self.cursor))
    }

    /// Whether nothing was ever delivered by it.
    pub(super) fn is_new(&self) -> bool {
        self.cursor.is_new()
    }

    /// Whether this event beyond the cursor has its verdict already. It is asked once for each.
    pub(super) fn is_done(&mut self, id: &str) -> bool {
        let met = self.ahead.take(id);
        let is_done = met.is_some();
        self.met.extend(met);
        is_done
    }

    /// These events beyond the cursor have their verdicts.
    pub(super) fn keep_ahead(&mut self, done: &[String]) -> Result<(), Failure> {
        let ids: HashSet<&str> =
            self.ahead.iter().chain(&self.met).chain(done).map(String::as_str).collect();
        let bytes = serde_json::to_vec(&ids)
            .map_err(|error| Failure::bug(format!("ids cannot be written: {error}")))?;
        self.write(&bytes)
    }

    /// Everything up to these places is done with.
    pub(super) fn advance(
        &mut self,
        places: &[(usize, Place)],
        jobs: &mut [Job],
    ) -> Result<(), Failure> {
        for (job, place) in places {
            if let Some(Job::From(item)) = jobs.get_mut(*job) {
                self.cursor.advance(item, place);
            }
        }
        self.save()?;
        self.met.clear();
        if self.ahead.is_empty() && self.path.exists() && !self.dry_run {
            std::fs::remove_file(&self.path).map_err(|error| self.failure(&error))?;
        }
        Ok(())
    }

    /// Writes the cursor: which logs are followed, and how far they were read.
    pub(super) fn save(&mut self) -> Result<(), Failure> {
        if self.dry_run { Ok(()) } else { self.cursor.save() }
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        write_whole(&self.path, bytes).map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::unwritten(self.path.display().to_string(), error)
            .hint("some events that were delivered will be delivered once more; ids stay the same")
    }
}
