//! Microsoft Teams through a Power Automate workflow: an Adaptive Card, version 1.4.
//!
//! A message may have about 28 KB; a card of many events shows the worst and counts the rest
//! (learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors).

use transform::batch::{Batch, Limits};
use transform::event::{Event, Severity};
use transform::json::Writer;

use super::clip;

/// Others have measured refusals from 21 KB on; the card stops well before.
const CARD: usize = 18_000;
const LINE: usize = 500;

/// Many events become one card, so the request is never large.
pub(super) fn limits(batch_size: usize) -> Limits {
    Limits {
        records: batch_size.max(1),
        bytes: 4 << 20,
        record_bytes: 1 << 20,
        framing: 1,
        overhead: 0,
    }
}

/// One event's line, Markdown taken out.
pub(crate) fn line(event: &Event<'_>) -> String {
    let words = plain(&clip(&transform::summary::summary(event), LINE));
    format!("**{}** {} — {}", event.severity(), event.class, words)
}

/// The card.
pub(crate) fn message(batch: &Batch<'_>) -> Vec<u8> {
    let mut events: Vec<&Event<'_>> = batch.events().collect();
    events.sort_by_key(|event| (std::cmp::Reverse(event.severity()), event.time));
    let mut out = Vec::with_capacity(4096);
    out.push(b'{');
    let mut json = Writer::new(&mut out);
    json.text("type", "message");
    json.key("attachments");
    json.open_list();
    json.open();
    json.text("contentType", "application/vnd.microsoft.card.adaptive");
    json.key("content");
    card(&mut json, &events);
    json.close();
    json.close_list();
    json.close();
    out
}

fn card(json: &mut Writer<'_>, events: &[&Event<'_>]) {
    json.open();
    json.text("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    json.text("type", "AdaptiveCard");
    json.text("version", "1.4");
    json.key("body");
    json.open_list();
    if events.len() > 1 {
        block(json, &format!("{} vault events", events.len()), "Bolder", "Default");
    }
    for (index, event) in events.iter().enumerate() {
        if json.out().len() > CARD {
            block(json, &format!("… and {} more", events.len() - index), "Default", "Default");
            break;
        }
        block(json, &line(event), "Default", colour(event.severity()));
        block(
            json,
            &plain(&format!("{} · {} · {}", event.time, event.source.instance, event.id)),
            "Lighter",
            "Default",
        );
    }
    json.close_list();
    json.close();
}

fn block(json: &mut Writer<'_>, text: &str, weight: &str, colour: &str) {
    json.comma();
    json.open();
    json.text("type", "TextBlock");
    json.text("text", text);
    json.bool("wrap", true);
    json.text("weight", weight);
    json.text("color", colour);
    json.close();
}

/// An event's words must not become a link, a mention or emphasis.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '_' | '[' | ']' | '`' | '<' | '>' | '~' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational | Severity::Low => "Default",
        Severity::Medium => "Warning",
        Severity::High | Severity::Critical => "Attention",
    }
}
