//! What a destination refuses for good, or nobody can read, in a file: one line a record, with the reason.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

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
        if self.file.is_none() {
            let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
            self.file = Some(file.map_err(|error| self.failure(&error))?);
        }
        if let Some(file) = &mut self.file {
            let written = file.write_all(&line);
            written.map_err(|error| self.failure(&error))?;
        }
        self.unsaved = true;
        Ok(true)
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        let path = self.path.as_deref().unwrap_or(std::path::Path::new(""));
        Failure::retry(format!("{}: dead letters cannot be written: {error}", path.display()))
            .hint("make room or mend the permissions; then run the same command again")
    }
}
