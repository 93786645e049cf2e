//! Slack incoming webhooks: one message a request, whatever the number of events.
//!
//! Limits: a section's text 3,000 characters, 50 blocks a message, one message a second and channel
//! (docs.slack.dev, "Sending messages using incoming webhooks" and "Rate limits").

use std::fmt::Write;

use transform::batch::{Batch, Limits};
use transform::event::{Event, Severity};
use transform::json::Writer;

use super::clip;

/// A section's text may have 3,000 characters; escapes are counted in.
const SECTION: usize = 2_900;
/// Lines that a digest shows; the counts say how many there are in all.
const SHOWN: usize = 20;
/// A line's length, so that a digest of [`SHOWN`] lines stays readable.
const LINE: usize = 600;

/// Many events become one digest, so the request is never large.
pub(super) fn limits(batch_size: usize) -> Limits {
    Limits {
        records: batch_size.max(1),
        bytes: 4 << 20,
        record_bytes: 1 << 20,
        framing: 1,
        overhead: 0,
    }
}

/// One event's line in Slack's `mrkdwn`, the event's own words escaped.
pub(crate) fn line(event: &Event<'_>) -> String {
    let words = escape(&clip(&transform::summary::summary(event), LINE));
    format!("{} *{}* {} — {}", sign(event.severity()), event.severity(), event.class, words)
}

/// The message: a line and its facts for one event, a digest for several.
pub(crate) fn message(batch: &Batch<'_>) -> Vec<u8> {
    let events: Vec<&Event<'_>> = batch.events().collect();
    let (title, sections) = match events.as_slice() {
        [event] => (line(event), vec![line(event), facts(event)]),
        many => (counts(many), digest(many)),
    };
    let mut out = Vec::with_capacity(2048);
    out.push(b'{');
    let mut json = Writer::new(&mut out);
    json.text("text", &clip(&title, SECTION));
    json.bool("unfurl_links", false);
    json.bool("link_names", false);
    json.key("blocks");
    json.open_list();
    for section in sections {
        block(&mut json, &section);
    }
    json.close_list();
    json.close();
    out
}

/// The message without blocks, for a second try after `invalid_blocks`.
pub(crate) fn plain_message(batch: &Batch<'_>) -> Vec<u8> {
    let lines: Vec<String> = batch.events().take(SHOWN).map(line).collect();
    let mut out = Vec::with_capacity(512);
    out.push(b'{');
    let mut json = Writer::new(&mut out);
    json.text("text", &clip(&lines.join("\n"), SECTION));
    json.close();
    out
}

fn block(json: &mut Writer<'_>, text: &str) {
    json.comma();
    json.open();
    json.text("type", "section");
    json.key("text");
    json.open();
    json.text("type", "mrkdwn");
    json.text("text", &clip(text, SECTION));
    json.close();
    json.close();
}

fn facts(event: &Event<'_>) -> String {
    let mut text = format!("*Time* {}   *Vault* {}", event.time, escape(&event.source.instance));
    let _written = write!(text, "   *Actor* `{}`", escape(&event.actor.id).replace('`', "'"));
    if let Some(address) = event.network.as_ref().and_then(|network| network.source_ip.as_ref()) {
        let _written = write!(text, "   *From* {}", escape(address));
    }
    let _written = write!(text, "   *Id* `{}`", event.id);
    text
}

fn counts(events: &[&Event<'_>]) -> String {
    let mut tally = std::collections::BTreeMap::new();
    for event in events {
        *tally.entry((std::cmp::Reverse(event.severity()), event.class.as_str())).or_insert(0) += 1;
    }
    let parts: Vec<String> = tally
        .iter()
        .map(|((severity, class), count)| format!("{count} {class} ({})", severity.0))
        .collect();
    format!("{} vault events: {}", events.len(), parts.join(", "))
}

/// The counts, then the worst events first.
fn digest(events: &[&Event<'_>]) -> Vec<String> {
    let mut worst = events.to_vec();
    worst.sort_by_key(|event| (std::cmp::Reverse(event.severity()), event.time));
    let mut sections = vec![format!("*{}*", counts(events))];
    let mut section = String::new();
    for event in worst.iter().take(SHOWN) {
        let line = line(event);
        if section.chars().count() + line.chars().count() >= SECTION {
            sections.push(std::mem::take(&mut section));
        }
        section.push_str(&line);
        section.push('\n');
    }
    if events.len() > SHOWN {
        let _written = write!(section, "… and {} more", events.len() - SHOWN);
    }
    sections.push(section);
    sections
}

/// `&`, `<` and `>` are Slack's control characters: `<!channel>` in an actor's name would page everyone.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational | Severity::Low => ":white_circle:",
        Severity::Medium => ":large_yellow_circle:",
        Severity::High => ":large_orange_circle:",
        Severity::Critical => ":red_circle:",
    }
}
