//! The reading side of `ship`: records, mapped and on their way.
//!
//! Here is the first place where a secret can be taken out of a log line, and the only one where a whole file is seen
//! in its order: so records are mapped, redacted and checked along their hash chain here, and go out as events of the
//! contract, a finding behind the event of its record. `--raw` sends the vault's own lines, and leaves all that to the
//! router. A record that cannot be read is sent too, redacted, unless that is not wanted: in the ingest DLQ it is kept
//! with its reason and raises an alarm, even when nobody looks at this program's exit code. What holds no readable
//! record at all is no audit log, and stays here.

use std::ops::ControlFlow;
use std::sync::Arc;

use indicatif::ProgressBar;
use tokio::sync::mpsc::Sender;
use transform::event::Event;
use transform::format::{Format, FormatError};
use transform::redact;
use transform::source::{ParseError, Record, Skipped};
use transform::wrapper::Unwrapped;

use crate::args::Unreadable;
use crate::args::export::PhaseArg;
use crate::cursor::Place;
use crate::exit::Failure;
use crate::notices::Notices;
use crate::output::Talk;
use crate::reading::FileReader;
use crate::stop::Stop;
use crate::walk::{Job, Rejected, walk};

/// So many unreadable records and no readable one: the wrong file was named.
const HOPELESS: usize = 100;
/// An unreadable record is cut to this, far below what the queue takes.
const COPY_BYTES: usize = 512 * 1024;

/// One record, or the end of a source.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Which of the jobs.
    pub(super) job: usize,
    /// What the job is called.
    pub(super) name: Arc<str>,
    /// The record, on a line, and its findings; none at the end of a source, or when it cannot be sent.
    pub(super) text: Option<String>,
    /// Whether these are events of the contract.
    pub(super) is_mapped: bool,
    /// The line it begins on.
    pub(super) line: usize,
    /// Where a later run goes on once it has been sent.
    pub(super) place: Place,
    /// Why it could not be read here.
    pub(super) unreadable: Option<String>,
    /// Whether something of it is not sent.
    pub(super) stays: bool,
}

/// What is remembered from one pass over the files to the next.
pub(super) struct Memory {
    pub(super) reader: FileReader,
    pub(super) notices: Notices,
}

/// What the reading thread works with.
pub(super) struct Reading {
    pub(super) jobs: Vec<Job>,
    pub(super) memory: Memory,
    pub(super) bar: ProgressBar,
    pub(super) raw: bool,
    pub(super) phases: PhaseArg,
    pub(super) unreadable: Unreadable,
    pub(super) follows: bool,
    pub(super) stop: Stop,
    pub(super) talk: Talk,
}

impl Reading {
    /// Reads all jobs, until told to stop.
    pub(super) fn run(mut self, sender: &Sender<Entry>) -> Result<Memory, Failure> {
        let mut rejected = Rejected::default();
        for (number, mut job) in std::mem::take(&mut self.jobs).into_iter().enumerate() {
            if self.stop.is_set() {
                break;
            }
            self.read(number, &mut job, sender, &mut rejected)?;
        }
        rejected.finish(&self.talk);
        if !self.follows {
            self.memory.notices.finish(self.phases, &self.talk);
        }
        Ok(self.memory)
    }

    fn read(
        &mut self,
        number: usize,
        job: &mut Job,
        sender: &Sender<Entry>,
        rejected: &mut Rejected,
    ) -> Result<(), Failure> {
        let name: Arc<str> = job.name().into();
        let mut is_first = job.is_at_beginning();
        let (bar, talk, stop) = (self.bar.clone(), self.talk.clone(), self.stop.clone());
        // Held back until one record of the source could be read.
        let mut held = Some(Vec::new());
        let place = walk(job, &bar, &talk, |raw, place| {
            self.memory.reader.of(&name, std::mem::take(&mut is_first));
            let Some(entry) = self.entry(raw, place, &name, rejected) else {
                return Ok(ControlFlow::Continue(()));
            };
            let entry = Entry { job: number, name: Arc::clone(&name), ..entry };
            match &mut held {
                Some(before) if entry.unreadable.is_some() => {
                    before.push(entry);
                    if before.len() >= HOPELESS {
                        return Err(hopeless(&name));
                    }
                    return Ok(ControlFlow::Continue(()));
                }
                Some(before) => {
                    for entry in before.drain(..) {
                        if sender.blocking_send(entry).is_err() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    held = None;
                }
                None => {}
            }
            let gone = sender.blocking_send(entry).is_err() || stop.is_set();
            Ok(if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if stop.is_set() {
            return Ok(());
        }
        let end = Entry { job: number, name, place, ..Entry::default() };
        for entry in held.unwrap_or_default().into_iter().chain([end]) {
            if sender.blocking_send(entry).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// What is to be sent of a record; `None` when it is rightly no event.
    fn entry(
        &mut self,
        raw: &Unwrapped<'_>,
        place: &Place,
        name: &str,
        rejected: &mut Rejected,
    ) -> Option<Entry> {
        let Memory { reader, notices } = &mut self.memory;
        let mut entry = Entry { line: raw.line, place: place.clone(), ..Entry::default() };
        let record = match &raw.text {
            Ok(text) => reader.read_from(text, &raw.context),
            Err(error) => Err(error.clone()),
        };
        notices.untimed(reader.take_untimed(), name, raw.line, &self.talk);
        let why = match record {
            Ok(Record::Event(event)) => {
                notices.events += 1;
                entry.place.last_id = Some(event.id.to_string());
                if self.raw {
                    entry.text = Some(one_line(&raw.to_line()));
                    return Some(entry);
                }
                match lines(&event, &reader.take_findings()) {
                    Ok(text) => {
                        entry.is_mapped = true;
                        entry.text = Some(text);
                        return Some(entry);
                    }
                    Err(error) => error.to_string(),
                }
            }
            Ok(Record::Skipped(Skipped::RequestPhase)) => {
                // The router decides whether it counts requests.
                notices.requests += u64::from(!self.raw);
                entry.text = self.raw.then(|| one_line(&raw.to_line()));
                return entry.text.is_some().then_some(entry);
            }
            Ok(Record::Skipped(_)) => return None,
            Err(error) => error.to_string(),
        };
        rejected.add(name, raw.line, &why, &self.talk);
        entry.stays = raw.text.as_ref().is_err_and(is_too_large);
        match self.unreadable {
            Unreadable::Skip => entry.stays = true,
            Unreadable::Send if self.raw => entry.text = Some(one_line(&raw.to_line())),
            Unreadable::Send => {
                entry.text = Some(one_line(&redact::copy(&raw.to_line(), COPY_BYTES)));
            }
        }
        entry.unreadable = Some(why);
        Some(entry)
    }
}

/// Such a record is not even held while it is read.
fn is_too_large(error: &ParseError) -> bool {
    match error {
        ParseError::TooLarge { .. } => true,
        ParseError::Wrapped { problem, .. } => is_too_large(problem),
        _ => false,
    }
}

/// An event of the contract and what was found out about its record, a line each.
fn lines(event: &Event<'_>, findings: &[Event<'_>]) -> Result<String, FormatError> {
    let mut out = Vec::with_capacity(1024);
    Format::Json.encode(event, &mut out)?;
    for finding in findings {
        out.push(b'\n');
        Format::Json.encode(finding, &mut out)?;
    }
    let text = String::from_utf8(out).unwrap_or_default(); // the writer writes UTF-8
    Ok(text.split('\n').map(one_line).collect::<Vec<_>>().join("\n"))
}

fn hopeless(name: &str) -> Failure {
    Failure::rejected(format!(
        "{name}: the first {HOPELESS} records cannot be read; this is no audit log"
    ))
    .hint("nothing of it was sent; `vault-export export` shows what can be read")
}

/// A record on one line, in characters that SQS takes. JSON has no line break within a string, so that a blank is
/// as good; and of all characters SQS takes those that XML 1.0 has.
fn one_line(text: &str) -> String {
    let is_plain = |letter: char| {
        letter >= ' ' && !matches!(letter, '\u{FFFE}' | '\u{FFFF}') || letter == '\t'
    };
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '\u{FFFE}' => out.push_str("\\ufffe"),
            '\u{FFFF}' => out.push_str("\\uffff"),
            letter if is_plain(letter) => out.push(letter),
            _ => out.push('\u{FFFD}'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_record_becomes_one_line_with_the_same_meaning() {
        let line = one_line("{\r\n  \"a\": \"\u{ffff}é\"\n}");
        assert!(!line.contains(['\n', '\r']));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["a"], "\u{ffff}é");
    }

    #[test]
    fn characters_that_a_queue_refuses_do_not_get_there() {
        assert_eq!(one_line("no\u{1}json\t"), "no\u{FFFD}json\t");
    }
}
