//! What a destination refuses for good, or nobody can read, in a file: one line a record, with the reason.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use delivery::outcome::Reason;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use transform::event::Event;
use transform::format::Format;

use crate::exit::Failure;

/// An adapter's dead letters.
#[derive(Debug)]
pub(crate) struct Letters {
    adapter: String,
    path: Option<PathBuf>,
    file: Option<File>,
    unsaved: bool,
}

/// A line of the file. The event is the redacted one; a record that could not be read is named by its place alone,
/// because nobody knows what it holds.
#[derive(Serialize)]
struct Letter<'a> {
    adapter: &'a str,
    reason: &'a str,
    error_class: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    attempts: u32,
    failed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Box<RawValue>>,
}

impl Letters {
    pub(crate) fn new(adapter: &str, path: Option<PathBuf>) -> Letters {
        Letters { adapter: adapter.to_owned(), path, file: None, unsaved: false }
    }

    /// Keeps an event; false if that is not wanted.
    pub(crate) fn event(
        &mut self,
        event: &Event<'_>,
        reason: &Reason,
        attempts: u32,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let mut text = Vec::new();
        let written = Format::Json.encode(event, &mut text).is_ok();
        let text = String::from_utf8(text).ok().filter(|_| written);
        let adapter = self.adapter.clone();
        self.add(&Letter {
            adapter: &adapter,
            reason: &reason.text,
            error_class: reason.class.as_str(),
            status: reason.status,
            attempts,
            failed_at: now,
            at: None,
            event: text.and_then(|text| RawValue::from_string(text).ok()),
        })
    }

    /// Keeps the place of a record that could not be read.
    pub(crate) fn unreadable(
        &mut self,
        at: String,
        why: &str,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let adapter = self.adapter.clone();
        self.add(&Letter {
            adapter: &adapter,
            reason: why,
            error_class: "unreadable",
            status: None,
            attempts: 0,
            failed_at: now,
            at: Some(at),
            event: None,
        })
    }

    /// Keeps the place of a record that a queue refused, and the event as it was to be sent.
    pub(crate) fn refused(
        &mut self,
        at: String,
        why: &str,
        event: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let adapter = self.adapter.clone();
        let event = event.and_then(|event| RawValue::from_string(event.to_owned()).ok());
        self.add(&Letter {
            adapter: &adapter,
            reason: why,
            error_class: "refused",
            status: None,
            attempts: 1,
            failed_at: now,
            at: Some(at),
            event,
        })
    }

    /// Forces the file to disk.
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        if let Some(file) = self.file.as_ref().filter(|_| self.unsaved) {
            file.sync_data().map_err(|error| self.failure(&error))?;
            self.unsaved = false;
        }
        Ok(())
    }

    fn add(&mut self, letter: &Letter<'_>) -> Result<bool, Failure> {
        let Some(path) = &self.path else { return Ok(false) };
        let mut line = serde_json::to_vec(letter)
            .map_err(|error| Failure::bug(format!("a dead letter cannot be written: {error}")))?;
        line.push(b'\n');
        let written = append(&mut self.file, path, &line);
        written.map_err(|error| self.failure(&error))?;
        self.unsaved = true;
        Ok(true)
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        let text = format!("{}: dead letters cannot be written", path.display());
        Failure::unwritten(text, error)
            .hint("make room or mend the permissions; then run the same command again")
    }
}

/// Adds a whole line or nothing.
fn append(slot: &mut Option<File>, path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file = match slot.take() {
        Some(file) => file,
        None => open(path)?,
    };
    let begin = file.metadata()?.len();
    let written = file.write_all(line);
    if written.is_ok() {
        *slot = Some(file);
    } else if file.set_len(begin).is_err() {
        tracing::debug!(
            "a part of a dead letter stays in its file; the next one begins a new line"
        );
    }
    written
}

/// Opens the file for appending, behind a line break: the last run may have been cut off in the middle of a line.
fn open(path: &Path) -> io::Result<File> {
    let mut file =
        OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
    let mut last = [b'\n'];
    if let Some(end) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, end)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(file)
}
