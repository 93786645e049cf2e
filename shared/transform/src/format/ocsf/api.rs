//! API Activity (6003): a call of the vault's API, or of its engine.

use super::actor;
use super::base;
use super::endpoint;
use super::observable;
use super::page::{Page, full};
use super::resource;
use crate::event::{Class, Event, Outcome, Time, Value};

pub(super) fn write(page: &mut Page<'_>, event: &Event<'_>) {
    actor::write(page, event);
    page.object("api", |page| call(page, event));
    if event.class == Class::Dispatch {
        run(page, event);
    }
    endpoint::required_source(page, event);
    endpoint::destination(page, event, observable::DESTINATION_HOST);
    endpoint::http_request(page, event);
    resource::list(page, event);
}

/// The members of an `api` object. A request without an id is left out: OCSF requires its `uid`.
pub(super) fn call(page: &mut Page<'_>, event: &Event<'_>) {
    page.json.text("operation", &event.action);
    page.object("service", |page| {
        page.json.text("name", &event.source.product);
        page.json.text("uid", &event.source.instance);
    });
    page.object("request", |page| {
        let request = event.request.as_ref();
        page.text("uid", request.and_then(|request| full(request.id.as_ref())));
    });
    if has_response(event) {
        page.object("response", |page| {
            page.text("error", base::status_code(event));
            page.text("error_message", base::status_detail(event));
        });
    }
}

/// A policy's reason is an error only if the call was refused by it.
fn has_response(event: &Event<'_>) -> bool {
    event.error.is_some() || matches!(event.outcome, Outcome::Failure | Outcome::Denied)
}

/// How long an agent's run took, where the source says so: it ended at the event's time.
fn run(page: &mut Page<'_>, event: &Event<'_>) {
    let millis =
        ["duration_ms", "latency_ms"].into_iter().find_map(|key| match event.details.get(key) {
            Some(Value::Int(millis)) if *millis >= 0 => Some(*millis),
            _ => None,
        });
    let Some(millis) = millis else { return };
    page.json.number("duration", millis);
    let start = event.time.as_millisecond().checked_sub(millis).and_then(Time::from_millisecond);
    if let Some(start) = start.filter(|start| start.as_millisecond() >= FIRST_MILLISECOND) {
        page.time("start_time", "start_time_dt", start);
        page.time("end_time", "end_time_dt", event.time);
    }
}

/// A run that began before 2001 is a wrong number, not a run.
const FIRST_MILLISECOND: i64 = 1_000_000_000_000;
