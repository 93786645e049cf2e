//! Refusals in the daemon's log: what a permission rule refuses is a log line and no record.
//!
//! Only `level`, `target` and the message "PERMISSION DENIED" are documented. The rest is looked for under the names
//! that the records use, at the top or in `fields`, where tracing-subscriber's JSON writer puts it.

use serde::Deserialize;

use crate::event::{
    Class, Decision, ErrorInfo, Event, Origin, Outcome, Policy, Resource, ResourceType, Text, Time,
    TimeQuality,
};
use crate::source::fields::{Loose, Maybe};
use crate::source::{ParseError, Settings, Skipped, clean};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    time: Loose<'a>,
    #[serde(borrow)]
    ts: Loose<'a>,
    #[serde(borrow)]
    target: Loose<'a>,
    #[serde(borrow)]
    fields: Maybe<Fields<'a>>,
    #[serde(borrow)]
    span: Maybe<Fields<'a>>,
    #[serde(flatten, borrow)]
    top: Fields<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    message: Loose<'a>,
    #[serde(borrow)]
    actor_did: Loose<'a>,
    #[serde(borrow)]
    actor: Loose<'a>,
    #[serde(borrow)]
    did: Loose<'a>,
    #[serde(borrow)]
    rule: Loose<'a>,
    #[serde(borrow)]
    rule_id: Loose<'a>,
    #[serde(borrow)]
    policy: Loose<'a>,
    #[serde(borrow)]
    resource: Loose<'a>,
    #[serde(borrow)]
    operation: Loose<'a>,
    #[serde(borrow)]
    action: Loose<'a>,
    #[serde(borrow)]
    namespace: Loose<'a>,
    #[serde(borrow)]
    thread: Loose<'a>,
    #[serde(borrow)]
    reason: Loose<'a>,
}

/// A refusal as an event; any other line of the log is passed over.
pub(in crate::source) fn refusal<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Result<Event<'a>, Skipped>, ParseError> {
    let line: Line<'a> = clean::parse(text)?;
    let Line { timestamp, time, ts, target, fields, span, top } = line;
    let all = [Some(top), fields.0, span.0];
    let is_refusal = all
        .iter()
        .flatten()
        .any(|fields| fields.message.as_str().to_ascii_uppercase().contains("PERMISSION DENIED"));
    if !is_refusal {
        return Ok(Err(Skipped::LogLine));
    }
    let first = |pick: &dyn Fn(&Fields<'a>) -> [Loose<'a>; 3]| {
        all.iter().flatten().flat_map(pick).find_map(Loose::text)
    };
    let none = || Loose::Nothing;
    let actor = first(&|f| [f.actor_did.clone(), f.actor.clone(), f.did.clone()])
        .or_else(|| all.iter().flatten().find_map(|fields| did_in(fields.message.as_str())));
    let rule = first(&|f| [f.rule.clone(), f.rule_id.clone(), f.policy.clone()]);
    let resource = first(&|f| [f.resource.clone(), none(), none()]);
    let verb = first(&|f| [f.operation.clone(), f.action.clone(), f.resource.clone()]);
    let namespace = first(&|f| [f.namespace.clone(), none(), none()]);
    let thread = first(&|f| [f.thread.clone(), none(), none()]);
    let reason = first(&|f| [f.reason.clone(), none(), none()]);

    let written = [timestamp, time, ts].iter().find_map(|time| Time::parse(time.as_str()));
    let action = verb
        .map_or(Text::from("deny"), |verb| clean::action(Text::from(verb.to_ascii_lowercase())));
    let mut event = Event::new(
        clean::digest(text.as_bytes()),
        written.unwrap_or(Time::from(settings.now)),
        Class::PolicyViolation,
        action,
        Outcome::Denied,
        super::actor(actor.unwrap_or_default()),
        super::source(settings),
    );
    event.time_quality =
        Some(if written.is_some() { TimeQuality::Source } else { TimeQuality::Ingest });
    event.message = Some(
        reason.and_then(|reason| clean::clip(reason, 1024)).unwrap_or("PERMISSION DENIED".into()),
    );
    event.policy = Some(Policy {
        decision: Decision::Deny,
        names: rule.and_then(|rule| clean::clip(rule, 256)).into_iter().collect(),
        reason_code: Some("permission_denied".into()),
        reason: None,
    });
    event.error = Some(ErrorInfo { code: Some("PERMISSION_DENIED".into()), message: None });
    let namespace = namespace.and_then(|name| clean::clip(name, 256));
    let name = resource.and_then(|name| clean::clip(name, 256));
    if name.is_some() || namespace.is_some() {
        event.resource = Some(Resource { name, namespace, ..Resource::new(ResourceType::Other) });
    }
    event.origin = Some(Origin {
        format: "syncropel.daemon_log".into(),
        event_type: Some("governance".into()),
        kind: target.text().and_then(|target| clean::clip(target, 128)),
        thread: thread.and_then(|thread| clean::clip(thread, 128)),
        ..Origin::default()
    });
    Ok(Ok(event))
}

/// The first DID in a message.
fn did_in<'a>(message: &str) -> Option<Text<'a>> {
    let (_, after) = message.split_once("did:")?;
    let end = after
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')))
        .unwrap_or(after.len());
    let name = after.split_at(end).0.trim_end_matches(['.', ':']);
    (!name.is_empty()).then(|| Text::from(format!("did:{name}")))
}
