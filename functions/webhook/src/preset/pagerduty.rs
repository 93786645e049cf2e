//! PagerDuty Events API, version 2: one `trigger` for each event.
//!
//! A summary over 1,024 characters is answered 400 and the page is lost: others have learnt it the hard way
//! (prometheus/alertmanager#1700). Source: PagerDuty/developer-docs, `events-API-v2/02-Trigger-Events.md`.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use transform::batch::{Batch, Limits};
use transform::event::{Event, Severity};
use transform::format::{Format, FormatError};
use transform::json::Writer;

use super::clip;

const SUMMARY: usize = 1_024;
const DEDUP_KEY: usize = 255;

/// What one page stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dedup {
    /// Each event is an alert of its own.
    #[default]
    Event,
    /// Events of one vault, class and actor fold into one open alert.
    Condition,
}

/// 512 KB a request, one event each.
pub(super) fn limits() -> Limits {
    Limits { records: 1, bytes: 500_000, record_bytes: 499_000, framing: 0, overhead: 128 }
}

/// Everything of the trigger but the routing key, which is a secret and is added when it is sent.
pub(crate) fn encode(
    event: &Event<'_>,
    dedup: Dedup,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let mut json = Writer::new(out);
    json.out().extend_from_slice(b",\"event_action\":\"trigger\"");
    json.text("dedup_key", &dedup_key(event, dedup));
    json.key("payload");
    json.open();
    json.text("summary", &clip(&transform::summary::summary(event), SUMMARY));
    json.text("source", &event.source.instance);
    json.text("severity", severity(event.severity()));
    json.time("timestamp", event.time);
    json.text("component", &event.source.product);
    json.text("group", event.class.category().as_str());
    json.text("class", event.class.as_str());
    json.key("custom_details");
    Format::FlatJson.encode(event, json.out())?;
    json.close();
    json.close(); // the brace that `message` opens
    Ok(())
}

/// The body with its routing key.
pub(crate) fn message(batch: &Batch<'_>, dedup: Dedup, routing_key: &SecretString) -> Vec<u8> {
    let mut out = Vec::with_capacity(batch.encoded_len() + 256);
    out.push(b'{');
    Writer::new(&mut out).text("routing_key", routing_key.expose_secret());
    for event in batch.events() {
        // It was encoded before with the same outcome.
        let _encoded = encode(event, dedup, &mut out);
    }
    out
}

fn dedup_key(event: &Event<'_>, dedup: Dedup) -> String {
    match dedup {
        Dedup::Event => clip(&event.id, DEDUP_KEY),
        Dedup::Condition => clip(
            &format!("vault:{}:{}:{}", event.source.instance, event.class, event.actor.id),
            DEDUP_KEY,
        ),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational | Severity::Low => "info",
        Severity::Medium => "warning",
        Severity::High => "error",
        Severity::Critical => "critical",
    }
}
