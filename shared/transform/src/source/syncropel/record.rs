//! Records, bare or in a line of the audit export.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::Body;
use super::canonical::Hashed;
use super::category::Category;
use super::meaning::{self, Meaning};
use crate::event::{
    Actor, Class, Decision, ErrorInfo, Event, HashAlgorithm, Integrity, IntegrityStatus, Origin,
    Outcome, Policy, Request, Resource, ResourceType, Session, Text, Time, TimeQuality, Value,
};
use crate::source::fields::{Items, Loose};
use crate::source::{ParseError, Settings, clean};

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    category: Loose<'a>,
    #[serde(borrow, default)]
    thread: Loose<'a>,
    #[serde(borrow)]
    record: Record<'a>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    act: Text<'a>,
    #[serde(borrow)]
    actor: Text<'a>,
    #[serde(borrow, default)]
    thread: Loose<'a>,
    #[serde(borrow, default)]
    clock: Loose<'a>,
    #[serde(borrow, default)]
    data_type: Loose<'a>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    parents: Option<Items<Loose<'a>>>,
}

/// A line of `spl audit export`.
pub(in crate::source) fn line<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Event<'a>, ParseError> {
    let Line { category, thread, mut record } = clean::parse(text)?;
    if !record.thread.is_some() {
        record.thread = thread;
    }
    event(record, category.as_str(), "syncropel.audit_export", settings)
}

/// A bare record, as of the thread `th_secret_audit`.
pub(in crate::source) fn record<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Event<'a>, ParseError> {
    event(clean::parse(text)?, "", "syncropel.record", settings)
}

fn event<'a>(
    record: Record<'a>,
    word: &str,
    format: &'static str,
    settings: &Settings,
) -> Result<Event<'a>, ParseError> {
    let mut body = body(record.body)?;
    let integrity = integrity(&record);
    let category = Category::of(word, &record.actor, &record.act, &body);
    let Meaning { class, attempted, action, outcome, unmapped } =
        meaning::of(category, &record.act, &body);
    let clock = record.clock.number();
    let (time, quality) = moment(clock, settings);
    let thread = record.thread.text();

    let acting = match body.actor_did.clone().text() {
        Some(did) if class == Class::PolicyViolation || is_secret(&body) => did,
        _ => record.actor,
    };
    let actor: Actor<'a> = super::actor(acting);
    let id = clean::id(record.id.clone());
    let source = super::source(settings);
    let mut event = Event::new(id, time, class, action, outcome, actor, source);
    event.time_quality = Some(quality);
    event.attempted_class = attempted;
    event.policy = policy(class, outcome, &mut body);
    event.error = error(class, outcome, &mut body);
    event.session = std::mem::take(&mut body.jti).text().map(|token| Session {
        token_ref: Some(settings.hash_key.hash(&token)),
        ..Session::default()
    });
    event.integrity = Some(integrity);
    let kind = std::mem::take(&mut body.kind).text().and_then(|kind| clean::clip(kind, 128));
    event.origin = Some(Origin {
        format: format.into(),
        event_type: category.map(|category| category.word().into()).or_else(|| kind.clone()),
        record_id: clean::clip(record.id, 128),
        kind,
        thread: thread.clone().and_then(|thread| clean::clip(thread, 128)),
        clock,
        ..Origin::default()
    });
    event.details = body.details();
    if unmapped {
        event.details.0.push(("unmapped".into(), Value::Bool(true)));
    }
    event.request = request(&mut body);
    event.message = std::mem::take(&mut body.review_notes)
        .text()
        .or_else(|| std::mem::take(&mut body.reason).text())
        .and_then(|words| clean::clip(words, 1024));
    event.resource = resource(class, body, thread);
    Ok(event)
}

fn body(raw: Option<&RawValue>) -> Result<Body<'_>, ParseError> {
    match raw.map(RawValue::get) {
        Some(text) if text.starts_with('{') => clean::parse(text).map_err(|error| match error {
            ParseError::Member(mut fault) => {
                fault.member = format!("record.body.{}", fault.member).into();
                ParseError::Member(fault)
            }
            other => other,
        }),
        _ => Ok(Body::default()),
    }
}

fn is_secret(body: &Body<'_>) -> bool {
    body.kind.as_str() == "secret.access.v1"
}

/// A clock within these milliseconds is wall time, as the SDK fills it; any other is a counter.
fn moment(clock: Option<u64>, settings: &Settings) -> (Time, TimeQuality) {
    let derived = clock
        .filter(|clock| (1_400_000_000_000..4_102_444_800_000).contains(clock))
        .and_then(|clock| Time::from_millisecond(i64::try_from(clock).ok()?));
    match derived {
        Some(time) => (time, TimeQuality::Derived),
        None => (Time::from(settings.now), TimeQuality::Ingest),
    }
}

/// The id is a hash of the record. Without `parents`, as in the documentation's samples, it cannot be checked.
fn integrity<'a>(record: &Record<'a>) -> Integrity<'a> {
    let status = match checked(record) {
        None => IntegrityStatus::Unverified,
        Some(true) => IntegrityStatus::Verified,
        Some(false) => IntegrityStatus::Mismatch,
    };
    Integrity {
        alg: Some(HashAlgorithm::SyncropelSha256),
        hash: clean::hash(record.id.clone()),
        status: Some(status),
        ..Integrity::default()
    }
}

fn checked(record: &Record<'_>) -> Option<bool> {
    let parents = record.parents.as_ref()?;
    let Loose::Int(clock) = record.clock else { return None };
    let body: Value<'_> = serde_json::from_str(record.body?.get()).ok()?;
    let parents: Vec<&str> = parents.0.iter().map(Loose::as_str).collect();
    let hashed = Hashed {
        act: &record.act,
        actor: &record.actor,
        body: &body,
        clock,
        data_type: record.data_type.is_some().then(|| record.data_type.as_str()),
        parents: &parents,
        thread: record.thread.as_str(),
    };
    Some(hashed.is_id(&record.id))
}

fn policy<'a>(class: Class, outcome: Outcome, body: &mut Body<'a>) -> Option<Policy<'a>> {
    let rule = std::mem::take(&mut body.rule).text().and_then(|rule| clean::clip(rule, 256));
    let decision = match outcome {
        Outcome::Denied if class == Class::PolicyViolation => Decision::Deny,
        Outcome::Success if is_secret(body) => Decision::Allow,
        Outcome::Pending if class == Class::ActorDecision => Decision::RequireApproval,
        _ => return None,
    };
    let reason_code = match decision {
        Decision::Deny => {
            let code = body.code.clone().text().or_else(|| body.topic.clone().text());
            code.and_then(clean::code)
        }
        _ => None,
    };
    Some(Policy { decision, names: rule.into_iter().collect(), reason_code, reason: None })
}

fn error<'a>(class: Class, outcome: Outcome, body: &mut Body<'a>) -> Option<ErrorInfo<'a>> {
    let code = match (class, outcome) {
        (Class::Dispatch, Outcome::Failure) => std::mem::take(&mut body.failure_reason).text(),
        (Class::PolicyViolation, _) => {
            std::mem::take(&mut body.code).text().or_else(|| Some(Text::from("PERMISSION_DENIED")))
        }
        (Class::SecretAccess | Class::SecretChange, Outcome::Failure) => {
            body.outcome.clone().text()
        }
        (_, Outcome::Failure) => std::mem::take(&mut body.code).text(),
        _ => None,
    };
    let code = code.and_then(|code| clean::clip(code, 64))?;
    Some(ErrorInfo { code: Some(code), message: None })
}

fn request<'a>(body: &mut Body<'a>) -> Option<Request<'a>> {
    let request = Request {
        purpose: std::mem::take(&mut body.purpose).text().and_then(|text| clean::clip(text, 512)),
        ..Request::default()
    };
    (request != Request::default()).then_some(request)
}

/// A secret by its handle, a namespace by its name, else the thread.
fn resource<'a>(class: Class, body: Body<'a>, thread: Option<Text<'a>>) -> Option<Resource<'a>> {
    let namespace = body.namespace.text().and_then(|name| clean::clip(name, 256));
    if let Some(handle) = body.credential_handle.text().and_then(|path| clean::clip(path, 1024)) {
        return Some(Resource {
            path: Some(handle),
            id: body.credential_ref.text().and_then(|id| clean::clip(id, 256)),
            namespace: body
                .workspace_did
                .text()
                .and_then(|did| clean::clip(did, 256))
                .or(namespace),
            ..Resource::new(ResourceType::Secret)
        });
    }
    if let Some(name) = body.resource.text().and_then(|name| clean::clip(name, 256)) {
        return Some(Resource {
            name: Some(name),
            namespace,
            ..Resource::new(ResourceType::Other)
        });
    }
    if namespace.is_some() && matches!(class, Class::Governance | Class::PolicyViolation) {
        return Some(Resource { name: namespace, ..Resource::new(ResourceType::Namespace) });
    }
    let kind =
        if class == Class::PolicyChange { ResourceType::Policy } else { ResourceType::Thread };
    let id = thread.and_then(|thread| clean::clip(thread, 256))?;
    Some(Resource { id: Some(id), namespace, ..Resource::new(kind) })
}
