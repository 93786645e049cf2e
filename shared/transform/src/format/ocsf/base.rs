//! What every OCSF event has: metadata, time, classification, severity, status, message.

use super::classify::{Kind, Label};
use super::page::{Page, first, full};
use super::schema::{self, VERSION};
use crate::event::{Event, Outcome, Source, Text, TimeQuality};

/// The largest `integer_t`: a longer chain's position goes to `unmapped`.
pub(super) const MAX_INTEGER: u64 = i32::MAX as u64;

pub(super) fn write(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    page.object("metadata", |page| metadata(page, event, kind));
    page.time("time", "time_dt", event.time);
    page.fixed(r#""timezone_offset":0"#);
    classification(page, kind);
    page.fixed(schema::severity(event.severity()));
    page.fixed(kind.status.members());
    page.text("status_code", status_code(event));
    page.text("status_detail", status_detail(event));
    message(page, event);
}

fn metadata(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    page.json.text("version", VERSION);
    page.object("product", |page| {
        product(page, &event.source);
        page.fixed(r#""feature":{"name":"Audit"}"#);
    });
    page.fixed(kind.class.profiles);
    page.json.text("uid", &event.id);
    page.joined("event_code", &[event.class.as_str(), ".", &event.action]);
    page.text("correlation_uid", correlation(event));
    let sequence = event.integrity.as_ref().and_then(|integrity| integrity.sequence);
    if let Some(sequence) = sequence.filter(|sequence| *sequence <= MAX_INTEGER) {
        page.json.number("sequence", sequence);
    }
    page.text("log_name", event.origin.as_ref().map(|origin| origin.format.as_str()));
    page.json.text("log_provider", &event.source.instance);
    page.list("labels", |page| {
        page.pair("category", event.class.category().as_str());
        for (key, value) in &event.labels {
            page.pair(key, value);
        }
    });
    times(page, event);
}

fn times(page: &mut Page<'_>, event: &Event<'_>) {
    if event.time_quality != Some(TimeQuality::Ingest) {
        page.json.time("original_time", event.time);
    }
    if let Some(observed) = event.observed_time.filter(|observed| *observed != event.time) {
        page.time("logged_time", "logged_time_dt", observed);
    }
}

/// The vault that says so: `metadata.product`, and `app` where the vault itself is what changed.
pub(super) fn product(page: &mut Page<'_>, source: &Source<'_>) {
    page.json.text("name", &source.product);
    page.json.text("vendor_name", full(source.vendor.as_ref()).unwrap_or("Unknown"));
    page.json.text("uid", &source.instance);
    page.text("version", source.version.as_deref());
}

fn classification(page: &mut Page<'_>, kind: &Kind<'_>) {
    page.fixed(kind.class.members);
    if let Some(members) = kind.class.activity(kind.activity) {
        return page.fixed(members);
    }
    page.fixed(r#""activity_id":99"#);
    match kind.other {
        Label::Action(action) => page.json.text("activity_name", action),
        Label::Title(word) => {
            page.json.key("activity_name");
            title(page, word);
        }
    }
    page.fixed(kind.class.other);
}

/// A word of an action (lower-case letters, digits, `_`) with a capital.
fn title(page: &mut Page<'_>, word: &str) {
    page.pieces(&[word]);
    let out = page.json.out();
    let first = out.len() - word.len() - 1;
    if let Some(letter) = out.get_mut(first) {
        letter.make_ascii_uppercase();
    }
}

/// The request, trace or thread that the event belongs to.
pub(super) fn correlation<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let request = event.request.as_ref();
    first([
        request.and_then(|request| request.correlation_id.as_ref()),
        request.and_then(|request| request.trace_id.as_ref()),
        request.and_then(|request| request.id.as_ref()),
        event.origin.as_ref().and_then(|origin| origin.thread.as_ref()),
    ])
}

/// The source's code for how it ended; an error's goes before a policy's.
pub(super) fn status_code<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    first([
        event.error.as_ref().and_then(|error| error.code.as_ref()),
        event.policy.as_ref().and_then(|policy| policy.reason_code.as_ref()),
    ])
}

/// The source's words for how it ended.
pub(super) fn status_detail<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    first([
        event.error.as_ref().and_then(|error| error.message.as_ref()),
        event.policy.as_ref().and_then(|policy| policy.reason.as_ref()),
    ])
}

/// The source's message; where it has none, who did what to what.
fn message(page: &mut Page<'_>, event: &Event<'_>) {
    if let Some(message) = full(event.message.as_ref()) {
        return page.json.text("message", message);
    }
    let who = first([event.actor.name.as_ref()]).unwrap_or(&event.actor.id);
    let what = event.resource.as_ref().and_then(|resource| {
        first([resource.path.as_ref(), resource.name.as_ref(), resource.id.as_ref()])
    });
    let how = outcome(event.outcome);
    let action = Text::as_str(&event.action);
    match what {
        Some(what) => page.joined("message", &[who, ": ", action, " ", what, how]),
        None => page.joined("message", &[who, ": ", action, how]),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "",
        Outcome::Failure => " failed",
        Outcome::Denied => " was denied",
        Outcome::Pending => " is pending",
        Outcome::Unknown => ", outcome unknown",
    }
}
