//! The reading side of `deliver`: a thread that hands records on as they are.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use indicatif::ProgressBar;
use tokio::sync::mpsc::Sender;
use transform::wrapper::Context;

use crate::cursor::Place;
use crate::exit::Failure;
use crate::output::Talk;
use crate::stop::Stop;
use crate::walk::{Job, walk};

/// Records between the thread and a worker.
pub(super) const CAPACITY: usize = 512;

/// One record, or the end of a source.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Which of the jobs.
    pub(super) job: usize,
    /// What the job is called.
    pub(super) name: Arc<str>,
    /// The line it begins on.
    pub(super) line: usize,
    /// Whether nothing was read of its file before it.
    pub(super) is_first: bool,
    /// The record, or why it is none; nothing at the end of a source.
    pub(super) record: Option<Result<String, String>>,
    /// What is known of the record beside its text.
    pub(super) context: Context,
    /// Where a later run goes on once it is done with.
    pub(super) place: Place,
}

/// What the thread works with.
pub(super) struct Reading {
    pub(super) jobs: Vec<Job>,
    pub(super) bar: ProgressBar,
    pub(super) stop: Stop,
    pub(super) talk: Talk,
    /// Whether everything there is may be read even when it is time to stop, as far as the grace time allows.
    pub(super) drains: bool,
}

/// A stream until it is time to stop: then it has come to its end, and what was taken from it is handed on.
pub(super) struct UntilStop<R> {
    pub(super) stream: R,
    pub(super) stop: Stop,
}

impl<R: Read> Read for UntilStop<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_set() { Ok(0) } else { self.stream.read(into) }
    }
}

impl Reading {
    /// Reads all jobs, until told to stop or until nobody listens any more.
    pub(super) fn run(mut self, mut listeners: Vec<Sender<Entry>>) -> Result<(), Failure> {
        for (number, mut job) in std::mem::take(&mut self.jobs).into_iter().enumerate() {
            if self.stop.is_set() && !self.drains {
                break;
            }
            let name: Arc<str> = job.name().into();
            let mut is_first = job.is_at_beginning();
            // What was taken from a stream cannot be read again.
            let drains = self.drains || matches!(job, Job::Fetched(..));
            let place = walk(&mut job, &self.bar, &self.talk, |raw, place| {
                let record = match &raw.text {
                    Ok(text) => Ok((**text).to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                let entry = Entry {
                    job: number,
                    name: name.clone(),
                    line: raw.line,
                    is_first: std::mem::take(&mut is_first),
                    record: Some(record),
                    context: raw.context.clone(),
                    place: place.clone(),
                };
                Ok(self.hand_on(&entry, drains, &mut listeners))
            })?;
            let end = Entry {
                job: number,
                name,
                line: 0,
                is_first: false,
                record: None,
                context: Context::default(),
                place,
            };
            if self.hand_on(&end, drains, &mut listeners).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn hand_on(
        &self,
        entry: &Entry,
        drains: bool,
        listeners: &mut Vec<Sender<Entry>>,
    ) -> ControlFlow<()> {
        listeners.retain(|listener| listener.blocking_send(entry.clone()).is_ok());
        let stops = if drains { self.stop.is_over() } else { self.stop.is_set() };
        if listeners.is_empty() || stops {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
