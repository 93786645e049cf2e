//! One event as a Datadog log.
//!
//! Reserved attributes stand on top and nothing else does: a vault's own `status`, `host` or `source` up there
//! would become the log's level, host or pipeline. The event has a root of its own: `ocsf`, or `vault`. Tags are in
//! the body, never in the address, where they have made requests too long (open-telemetry's issue 16380).

use jiff::{SignedDuration, Timestamp};
use transform::event::{Event, Severity};
use transform::format::{Format, FormatError};
use transform::json::Writer;
use transform::summary::summary;

use crate::config::Config;

/// Datadog takes logs up to 18 hours old and 2 hours ahead, and answers 202 to all others.
const OLDEST: SignedDuration = SignedDuration::from_mins(17 * 60 + 30);
const NEWEST: SignedDuration = SignedDuration::from_mins(90);

/// What all logs of one destination have in common.
#[derive(Clone, Debug)]
pub struct Log {
    format: Format,
    source: String,
    service: Option<String>,
    tags: String,
}

impl Log {
    /// Logs with these attributes around events of this format.
    pub fn new(config: &Config, format: Format) -> Log {
        Log {
            format,
            source: config.source.clone().unwrap_or_else(|| "vault-export".to_owned()),
            service: config.service.clone(),
            tags: config.tags.join(","),
        }
    }

    /// Writes the event's log. Its date is left out when Datadog would not take it: the intake then
    /// stamps its own, the true time stays in `evt.time`, and the tag `late:true` says so.
    pub fn write(
        &self,
        event: &Event<'_>,
        now: Timestamp,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let within = within(event, now);
        out.push(b'{');
        let mut log = Writer::new(out);
        log.text("ddsource", &self.source);
        log.text("service", self.service.as_deref().unwrap_or(&event.source.product));
        log.text("hostname", event.source.host.as_deref().unwrap_or(&event.source.instance));
        log.text("status", status(event.severity()));
        if within {
            log.number("timestamp", event.time.as_millisecond());
        }
        self.write_tags(event, within, &mut log);
        log.key("evt");
        log.open();
        log.text("id", &event.id);
        log.text("name", &event.action);
        log.text("outcome", event.outcome.as_str());
        log.text("category", event.class.as_str());
        log.time("time", event.time);
        log.close();
        self.write_event(event, &mut log)?;
        log.close();
        Ok(())
    }

    fn write_tags(&self, event: &Event<'_>, within: bool, log: &mut Writer<'_>) {
        let mut tags = self.tags.clone();
        let mut add = |key: &str, value: &str| {
            if !tags.is_empty() {
                tags.push(',');
            }
            tags.extend([&tag(key), ":", &tag(value)]);
        };
        for (key, value) in &event.labels {
            add(key, value);
        }
        if !within {
            add("late", "true");
        }
        if !tags.is_empty() {
            log.text("ddtags", &tags);
        }
    }

    fn write_event(&self, event: &Event<'_>, log: &mut Writer<'_>) -> Result<(), FormatError> {
        let root = match self.format {
            Format::Cef | Format::Leef | Format::Leef1 => {
                let mut line = Vec::with_capacity(1024);
                self.format.encode(event, &mut line)?;
                log.text("message", &String::from_utf8_lossy(&line));
                return Ok(());
            }
            Format::Ocsf => "ocsf",
            Format::FlatJson | Format::Json | Format::OtlpLogs => "vault",
        };
        log.text("message", &summary(event));
        log.key(root);
        self.format.encode(event, log.out())
    }
}

/// Whether Datadog keeps the event's own date.
pub(crate) fn within(event: &Event<'_>, now: Timestamp) -> bool {
    let age = event.time.timestamp().duration_until(now);
    (-NEWEST..=OLDEST).contains(&age)
}

/// A tag's part: commas end tags and colons end keys; at most 200 characters in all.
fn tag(text: &str) -> String {
    text.chars()
        .map(
            |character| {
                if matches!(character, ',' | ' ' | '\n' | '\r' | '\t') { '_' } else { character }
            },
        )
        .take(100)
        .collect()
}

/// Datadog's words for how bad a log is ("Log Status Remapper").
fn status(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "info",
        Severity::Low => "notice",
        Severity::Medium => "warning",
        Severity::High => "error",
        Severity::Critical => "critical",
    }
}
