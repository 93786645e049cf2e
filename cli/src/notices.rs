//! What a person should know about what was read, said once.

use transform::source::Unmapped;

use crate::args::export::PhaseArg;
use crate::output::{Talk, count};

/// What was met on the way.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// Events of any kind.
    pub(crate) events: u64,
    /// Request lines that were passed over.
    pub(crate) requests: u64,
    untimed: u64,
    unmapped: Unmapped,
}

impl Notices {
    /// Counts events whose time could not be read, and names the first.
    pub(crate) fn untimed(&mut self, events: u64, name: &str, line: usize, talk: &Talk) {
        if events > 0 && self.untimed == 0 {
            talk.warn(&format!(
                "{name}:{line}: the record's time is missing or cannot be read; the event has the time of its wrapper, or of reading, and `time_quality` says so"
            ));
        }
        self.untimed += events;
    }

    /// Counts events of operations that no table has.
    pub(crate) fn unmapped(&mut self, unmapped: Unmapped) {
        if unmapped.events > 0 {
            self.unmapped.add(unmapped);
        }
    }

    /// Says what can only be known at the end.
    pub(crate) fn finish(&self, phases: PhaseArg, talk: &Talk) {
        if self.untimed > 1 {
            let events = count(self.untimed, "event has", "events have");
            talk.warn(&format!("{events} no time of their own"));
        }
        if self.unmapped.events > 0 {
            let events = count(self.unmapped.events, "event is", "events are");
            let operations: Vec<&str> =
                self.unmapped.operations.iter().map(String::as_str).collect();
            talk.warn(&format!(
                "{events} of operations that no table has ({}): SystemActivity with `details.unmapped`",
                operations.join(", ")
            ));
        }
        if self.events == 0 && self.requests > 0 && phases == PhaseArg::Response {
            let lines = count(self.requests, "request line", "request lines");
            talk.hint(&format!(
                "{lines} and no response line: the log lacks its responses; `--phases both` reads requests as pending events"
            ));
        }
    }
}
