//! `vault-export export`: past events in any format, once.

mod append;
mod bulk;
mod datadog;
mod elsewhere;
mod form;
mod output;
mod splunk;
mod target;
mod writer;

use std::io::IsTerminal;
use std::ops::ControlFlow;

use indicatif::ProgressBar;
use jiff::Timestamp;
use transform::event::Event;
use transform::source::{Reader, Record, Skipped};
use transform::wrapper::Unwrapped;

use self::elsewhere::Address;
use self::output::Output;
use self::target::End;
use self::writer::Writer;
use crate::args::{ExportArgs, General, Shape};
use crate::config;
use crate::cursor::{self, Cursor, Place};
use crate::deliver::letters::Letters;
use crate::exit::{Exit, Failure};
use crate::input::{self, Source};
use crate::notices::Notices;
use crate::output::{Talk, count};
use crate::pseudonyms;
use crate::select::{self, Selection};
use crate::walk::{Job, Rejected, walk};

/// Reads what the arguments name and writes what they select.
pub(crate) fn run(
    args: &ExportArgs,
    default: Shape,
    general: &General,
    now: Timestamp,
    talk: &mut Talk,
) -> Result<Exit, Failure> {
    let selection = Selection::new(&args.select, now)?;
    selection.say(talk);
    let (sources, buckets) = sources(args, general)?;
    let output = Output::find(args, general, &sources)?;
    let shape = args.format.unwrap_or(output.shape(default));
    let mut cursor = args.cursor.as_deref().map(|path| Cursor::load(path, now)).transpose()?;
    if let Some(cursor) = &cursor {
        append::heal(cursor, output.file(), talk)?;
    }
    let jobs = Job::all(&sources, cursor.as_mut())?;
    let bar = progress(&jobs, !buckets.is_empty() || args.dlq.is_some(), args, talk);

    let hash_key = args.cursor.as_deref().map(cursor::hash_key_path);
    let hash_key = pseudonyms::key(hash_key.as_deref(), true)?;
    let target = output.open(&jobs, cursor.as_mut())?;
    let mut export = Export {
        reader: Reader::new(select::settings(&args.reading, hash_key, now)),
        selection,
        writer: Writer::new(target, args, shape, now)?,
        written: 0,
        filtered: 0,
        unreadable: 0,
        rejected: Rejected::default(),
        strict: args.strict,
        notices: Notices::default(),
        letters: Letters::new("export", args.cursor.as_deref().map(cursor::rejected_path)),
    };
    let mut places = Vec::new();
    for mut job in jobs {
        let place = export.read(&mut job, &bar, talk)?;
        places.push((job, place));
    }
    for address in &buckets {
        export.archive(address, args, &bar, talk)?;
    }
    if let Some(queue) = &args.dlq {
        export.letters(queue, args, &bar, talk)?;
    }
    export.rejected.finish(talk);
    export.notices.finish(args.reading.phases, talk);

    let Export { writer, written, filtered, unreadable, rejected, mut letters, .. } = export;
    let end = writer.finish()?;
    if let End::Closed = end {
        return closed(args.cursor.is_some());
    }
    if let Some(cursor) = &mut cursor {
        letters.save()?;
        if let (End::Added(to), Some(path)) = (&end, &args.output) {
            append::note(path, to.file(), cursor, false)?;
        }
        save(cursor, places)?;
    }
    summary(args, [written, filtered, unreadable, rejected.0 - unreadable], talk);
    Ok(if rejected.0 > 0 { Exit::Rejected } else { Exit::Done })
}

/// Files to read, and places in buckets. A queue that is named is enough.
fn sources(args: &ExportArgs, general: &General) -> Result<(Vec<Source>, Vec<Address>), Failure> {
    let paths = match &args.dlq {
        Some(_) => args.paths.clone(),
        None => config::paths(&args.paths, general)?,
    };
    let (mut files, mut buckets) = (Vec::new(), Vec::new());
    for path in paths {
        match Address::read(&path)? {
            Some(address) => buckets.push(address),
            None => files.push(path),
        }
    }
    if args.cursor.is_some() && (args.dlq.is_some() || !buckets.is_empty()) {
        return Err(Failure::usage(
            "--cursor is for files: an archive or a queue has no end to remember",
        )
        .hint("--since and --until say which hours of an archive are read"));
    }
    Ok((input::sources(&files)?, buckets))
}

/// A bar only when it does not run through the data on the same screen.
fn progress(jobs: &[Job], elsewhere: bool, args: &ExportArgs, talk: &mut Talk) -> ProgressBar {
    if args.output.is_none() && std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    talk.start(jobs.iter().map(Job::size).sum::<Option<u64>>().filter(|_| !elsewhere))
}

/// The reader of the data went away, as `head` does.
fn closed(has_cursor: bool) -> Result<Exit, Failure> {
    if has_cursor {
        return Err(Failure::retry("standard output was closed before everything was written")
            .hint("the cursor stays where it was; the next run writes the same records again"));
    }
    Ok(Exit::Done)
}

/// Moves the cursor: everything that it stands for has been written.
fn save(cursor: &mut Cursor, places: Vec<(Job, Place)>) -> Result<(), Failure> {
    for (job, place) in places {
        if let Job::From(mut item) = job {
            cursor.advance(&mut item, &place);
        }
    }
    cursor.save()
}

/// In the words of `deliver`'s table.
fn summary(args: &ExportArgs, [written, filtered, unreadable, rejected]: [u64; 4], talk: &Talk) {
    if args.output.is_none() && !talk.is_watched() {
        return;
    }
    let mut text = format!("{} written", count(written, "event", "events"));
    if let Some(path) = &args.output {
        text = format!("{text} to {}", path.display());
    }
    if filtered > 0 {
        text = format!("{text}, {filtered} filtered");
    }
    for (number, word) in [(unreadable, "unreadable"), (rejected, "rejected")] {
        if number > 0 {
            text = format!("{text}, {} {word}", count(number, "record", "records"));
        }
    }
    talk.note(&text);
}

struct Export {
    reader: Reader,
    selection: Selection,
    writer: Writer,
    written: u64,
    filtered: u64,
    unreadable: u64,
    /// Those, and events that the format cannot hold.
    rejected: Rejected,
    strict: bool,
    notices: Notices,
    /// With a cursor, what no later run will read again and no output holds.
    letters: Letters,
}

impl Export {
    /// Reads one source to its end; the place is where a later run goes on.
    fn read(&mut self, job: &mut Job, bar: &ProgressBar, talk: &Talk) -> Result<Place, Failure> {
        let name = job.name();
        self.reader.begin();
        let mut last_id = match job {
            Job::Whole(_) | Job::Fetched(..) => None,
            Job::From(item) => Some(item.place.last_id.clone().unwrap_or_default()),
        };
        let mut place =
            walk(job, bar, talk, |record, _| self.record(record, last_id.as_mut(), &name, talk))?;
        place.last_id = last_id.filter(|id| !id.is_empty());
        Ok(place)
    }

    fn record(
        &mut self,
        raw: &Unwrapped<'_>,
        last_id: Option<&mut String>,
        name: &str,
        talk: &Talk,
    ) -> Result<ControlFlow<()>, Failure> {
        let record = match &raw.text {
            Ok(text) => self.reader.read_from(text, &raw.context),
            Err(error) => Err(error.clone()),
        };
        self.notices.untimed(self.reader.take_untimed(), name, raw.line, talk);
        self.notices.unmapped(self.reader.take_unmapped());
        match record {
            Ok(Record::Skipped(skipped)) => {
                self.notices.requests += u64::from(skipped == Skipped::RequestPhase);
            }
            Ok(Record::Event(event)) => {
                self.notices.events += 1;
                remember(last_id, &event);
                self.event(&event, name, raw.line, talk)?;
                for finding in self.reader.take_findings() {
                    self.event(&finding, name, raw.line, talk)?;
                }
            }
            Err(error) => {
                self.unreadable += 1;
                self.rejected.add(name, raw.line, &error, talk);
                self.keep(name, raw.line, &error.to_string())?;
            }
        }
        if self.strict && self.rejected.0 > 0 {
            return Err(Failure::rejected("stopped: --strict allows no record that cannot be read")
                .hint("without --strict such records are counted and passed over; a file given with --output was left as it was"));
        }
        Ok(if self.writer.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Writes an event, if it is wanted.
    fn event(
        &mut self,
        event: &Event<'_>,
        name: &str,
        line: usize,
        talk: &Talk,
    ) -> Result<(), Failure> {
        if !self.selection.admits(event) {
            self.filtered += 1;
        } else if let Err(error) = self.writer.write(event)? {
            self.rejected.add(name, line, &error, talk);
            self.keep(name, line, &error.to_string())?;
        } else {
            self.written += 1;
        }
        Ok(())
    }

    /// Notes the place of a record that the cursor passes and the output does not hold.
    fn keep(&mut self, name: &str, line: usize, why: &str) -> Result<(), Failure> {
        if !self.strict {
            self.letters.unreadable(format!("{name}:{line}"), why, crate::now())?;
        }
        Ok(())
    }
}

fn remember(last_id: Option<&mut String>, event: &Event<'_>) {
    if let Some(id) = last_id {
        id.clear();
        id.push_str(&event.id);
    }
}
