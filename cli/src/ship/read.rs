//! The reading side of `ship`: records, checked and on their way.
//!
//! Records go out as they are, because the router does the mapping once and for all. They are read here all the same,
//! to tell an auditor at once, with file and line, what the stack will not understand. Such a record is sent too,
//! unless that is not wanted: in the ingest DLQ it is kept with its reason and raises an alarm, even when nobody
//! looks at this program's exit code. What holds no readable record at all is no audit log, and stays here.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tokio::sync::mpsc::Sender;
use transform::source::{Reader, Record, Settings, Skipped};
use transform::wrapper::Unwrapped;

use crate::args::Unreadable;
use crate::cursor::Place;
use crate::exit::Failure;
use crate::output::Talk;
use crate::stop::Stop;
use crate::walk::{Job, Rejected, walk};

/// So many unreadable records and no readable one: the wrong file was named.
const HOPELESS: usize = 100;

/// One record, or the end of a source.
#[derive(Debug)]
pub(super) struct Entry {
    /// Which of the jobs.
    pub(super) job: usize,
    /// The record; none at the end of a source, or when it cannot be sent.
    pub(super) text: Option<String>,
    /// The line it begins on.
    pub(super) line: usize,
    /// Where a later run goes on once it has been sent.
    pub(super) place: Place,
    /// Whether it could not be read here.
    pub(super) unreadable: bool,
}

/// What the reading thread works with.
pub(super) struct Reading {
    pub(super) jobs: Vec<Job>,
    pub(super) bar: ProgressBar,
    pub(super) unreadable: Unreadable,
    pub(super) stop: Stop,
    pub(super) talk: Talk,
}

impl Reading {
    /// Reads all jobs, until told to stop.
    pub(super) fn run(mut self, sender: &Sender<Entry>) -> Result<(), Failure> {
        let mut rejected = Rejected::default();
        for (number, mut job) in std::mem::take(&mut self.jobs).into_iter().enumerate() {
            if self.stop.is_set() {
                break;
            }
            self.read(number, &mut job, sender, &mut rejected)?;
        }
        rejected.finish(&self.talk);
        Ok(())
    }

    fn read(
        &self,
        number: usize,
        job: &mut Job,
        sender: &Sender<Entry>,
        rejected: &mut Rejected,
    ) -> Result<(), Failure> {
        let name = job.name();
        let mut reader = Reader::new(Settings::at(crate::now()));
        // Held back until one record of the source could be read.
        let mut held = Some(Vec::new());
        let place = walk(job, &self.bar, &self.talk, |raw, place| {
            let Some(mut entry) = self.entry(raw, place, &mut reader, &name, rejected) else {
                return Ok(ControlFlow::Continue(()));
            };
            entry.job = number;
            match &mut held {
                Some(before) if entry.unreadable => {
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
            let gone = sender.blocking_send(entry).is_err() || self.stop.is_set();
            Ok(if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if self.stop.is_set() {
            return Ok(());
        }
        let end = Entry { job: number, text: None, line: 0, place, unreadable: false };
        for entry in held.unwrap_or_default().into_iter().chain([end]) {
            if sender.blocking_send(entry).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// What is to be sent of a record; `None` when it is rightly no event.
    fn entry(
        &self,
        raw: &Unwrapped<'_>,
        place: &Place,
        reader: &mut Reader,
        name: &str,
        rejected: &mut Rejected,
    ) -> Option<Entry> {
        let mut place = place.clone();
        let mut unreadable = false;
        let record = match &raw.text {
            Ok(text) => reader.read_from(text, &raw.context),
            Err(error) => Err(error.clone()),
        };
        match record {
            Ok(Record::Event(event)) => place.last_id = Some(event.id.to_string()),
            // The router decides whether it counts requests.
            Ok(Record::Skipped(Skipped::RequestPhase)) => {}
            Ok(Record::Skipped(_)) => return None,
            Err(error) => {
                rejected.add(name, raw.line, &error, &self.talk);
                unreadable = true;
            }
        }
        let is_sent = !unreadable || self.unreadable == Unreadable::Send;
        let text = is_sent.then(|| one_line(&raw.to_line()));
        Some(Entry { job: 0, text, line: raw.line, place, unreadable })
    }
}

fn hopeless(name: &str) -> Failure {
    Failure::rejected(format!(
        "{name}: the first {HOPELESS} records cannot be read; this is no audit log"
    ))
    .hint("nothing of it was sent; vault-export export shows what can be read")
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
