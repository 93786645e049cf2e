//! An event as a flat list of dotted keys and plain values: what `flat_json` writes and what OTLP has for
//! attributes, so that a field has one name in both.

use crate::event::{
    Actor, Class, Classification, Event, HashAlgorithm, Integrity, IntegrityStatus, Lease, Network,
    Origin, Policy, Protocol, Request, Resource, SecretType, Session, Source, Text, Time,
    TimeQuality, Value,
};

/// A value that has no members of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain<'e> {
    /// `null`: only in `details`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(&'e str),
    /// A moment.
    Time(Time),
    /// Strings.
    Texts(&'e [Text<'e>]),
    /// Values of `details`, none of which has members.
    Values(&'e [Value<'e>]),
}

/// A dotted key below `labels` or `details`, its parts linked from the last to the first.
#[derive(Clone, Copy, Debug)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    part: Part<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Part<'p> {
    Name(&'p str),
    Place(usize),
}

impl Path<'_> {
    /// Hands out the parts with the dots between them, first to last.
    pub fn parts(&self, mut each: impl FnMut(&str)) {
        self.walk(&mut each);
    }

    fn walk(&self, each: &mut dyn FnMut(&str)) {
        if let Some(parent) = self.parent {
            parent.walk(each);
            each(".");
        }
        match self.part {
            Part::Name(name) => each(name),
            Part::Place(place) => each(itoa::Buffer::new().format(place)),
        }
    }
}

/// A member's dotted key, and the same as JSON has it between two members: `,"actor.id":`.
#[derive(Clone, Copy, Debug)]
pub struct Key(pub(super) &'static (&'static str, &'static str));

macro_rules! key {
    ($name:literal) => {
        Key(&($name, concat!(",\"", $name, "\":")))
    };
}

impl Key {
    /// The key as it is.
    pub fn name(self) -> &'static str {
        self.0.0
    }

    /// The key as JSON, a comma before it: in one piece, it is written in one step.
    pub fn json(self) -> &'static str {
        self.0.1
    }
}

/// What takes the members.
pub trait Members {
    /// A member of the contract.
    fn member(&mut self, key: Key, value: Plain<'_>);
    /// A label or a detail.
    fn open_ended(&mut self, path: &Path<'_>, value: Plain<'_>);
}

/// Who, upon what, by which rule, and so on: all members of the event that are objects.
pub(super) fn walk(event: &Event<'_>, to: &mut impl Members) {
    actor(&event.actor, to);
    event.session.iter().for_each(|part| session(part, to));
    source(&event.source, to);
    event.resource.iter().for_each(|part| resource(part, to));
    event.policy.iter().for_each(|part| policy(part, to));
    event.lease.iter().for_each(|part| lease(part, to));
    event.request.iter().for_each(|part| request(part, to));
    event.network.iter().for_each(|part| network(part, to));
    if let Some(error) = &event.error {
        text(to, key!("error.code"), error.code.as_ref());
        text(to, key!("error.message"), error.message.as_ref());
    }
    let root = Path { parent: None, part: Part::Name("labels") };
    for (key, value) in &event.labels {
        let path = Path { parent: Some(&root), part: Part::Name(key) };
        to.open_ended(&path, Plain::Text(value));
    }
    event.integrity.iter().for_each(|part| integrity(part, to));
    event.origin.iter().for_each(|part| origin(part, to));
    details(event, to);
    texts(to, key!("redactions"), &event.redactions);
}

/// The members that stand at the top level and are no objects.
pub(super) fn top(event: &Event<'_>, to: &mut impl Members) {
    to.member(key!("schema"), Plain::Text(&event.schema));
    to.member(key!("id"), Plain::Text(&event.id));
    to.member(key!("time"), Plain::Time(event.time));
    moment(to, key!("observed_time"), event.observed_time);
    word(to, key!("time_quality"), event.time_quality.map(TimeQuality::as_str));
    to.member(key!("class"), Plain::Text(event.class.as_str()));
    word(to, key!("attempted_class"), event.attempted_class.map(Class::as_str));
    to.member(key!("category"), Plain::Text(event.class.category().as_str()));
    to.member(key!("action"), Plain::Text(&event.action));
    to.member(key!("outcome"), Plain::Text(event.outcome.as_str()));
    to.member(key!("severity"), Plain::Text(event.severity().as_str()));
    text(to, key!("message"), event.message.as_ref());
}

#[inline]
fn text(to: &mut impl Members, key: Key, value: Option<&Text<'_>>) {
    if let Some(value) = value {
        to.member(key, Plain::Text(value));
    }
}

#[inline]
fn word(to: &mut impl Members, key: Key, word: Option<&str>) {
    if let Some(word) = word {
        to.member(key, Plain::Text(word));
    }
}

#[inline]
fn moment(to: &mut impl Members, key: Key, time: Option<Time>) {
    if let Some(time) = time {
        to.member(key, Plain::Time(time));
    }
}

#[inline]
fn number(to: &mut impl Members, key: Key, number: Option<u64>) {
    if let Some(number) = number {
        to.member(key, Plain::Int(i64::try_from(number).unwrap_or(i64::MAX)));
    }
}

#[inline]
fn flag(to: &mut impl Members, key: Key, value: Option<bool>) {
    if let Some(value) = value {
        to.member(key, Plain::Bool(value));
    }
}

#[inline]
fn texts(to: &mut impl Members, key: Key, items: &[Text<'_>]) {
    if !items.is_empty() {
        to.member(key, Plain::Texts(items));
    }
}

fn actor(actor: &Actor<'_>, to: &mut impl Members) {
    to.member(key!("actor.id"), Plain::Text(&actor.id));
    to.member(key!("actor.type"), Plain::Text(actor.kind.as_str()));
    text(to, key!("actor.name"), actor.name.as_ref());
    text(to, key!("actor.email"), actor.email.as_ref());
    texts(to, key!("actor.groups"), &actor.groups);
    if let Some(principal) = &actor.on_behalf_of {
        to.member(key!("actor.on_behalf_of.id"), Plain::Text(&principal.id));
        to.member(key!("actor.on_behalf_of.type"), Plain::Text(principal.kind.as_str()));
        text(to, key!("actor.on_behalf_of.name"), principal.name.as_ref());
    }
    let Some(agent) = &actor.agent else { return };
    text(to, key!("actor.agent.model"), agent.model.as_ref());
    text(to, key!("actor.agent.provider"), agent.provider.as_ref());
    text(to, key!("actor.agent.framework"), agent.framework.as_ref());
    text(to, key!("actor.agent.version"), agent.version.as_ref());
    text(to, key!("actor.agent.parent_id"), agent.parent_id.as_ref());
    text(to, key!("actor.agent.fleet_id"), agent.fleet_id.as_ref());
    if let Some(score) = agent.trust_score {
        to.member(key!("actor.agent.trust_score"), Plain::Float(score));
    }
}

fn session(session: &Session<'_>, to: &mut impl Members) {
    text(to, key!("session.id"), session.id.as_ref());
    text(to, key!("session.authn_method"), session.authn_method.as_ref());
    flag(to, key!("session.mfa"), session.mfa);
    text(to, key!("session.token_type"), session.token_type.as_ref());
    text(to, key!("session.token_ref"), session.token_ref.as_ref());
    moment(to, key!("session.issued_at"), session.issued_at);
    number(to, key!("session.ttl_seconds"), session.ttl_seconds);
}

fn source(source: &Source<'_>, to: &mut impl Members) {
    to.member(key!("source.product"), Plain::Text(&source.product));
    text(to, key!("source.vendor"), source.vendor.as_ref());
    text(to, key!("source.version"), source.version.as_ref());
    to.member(key!("source.instance"), Plain::Text(&source.instance));
    text(to, key!("source.region"), source.region.as_ref());
    text(to, key!("source.host"), source.host.as_ref());
}

fn resource(resource: &Resource<'_>, to: &mut impl Members) {
    to.member(key!("resource.type"), Plain::Text(resource.kind.as_str()));
    text(to, key!("resource.path"), resource.path.as_ref());
    text(to, key!("resource.id"), resource.id.as_ref());
    text(to, key!("resource.name"), resource.name.as_ref());
    text(to, key!("resource.version"), resource.version.as_ref());
    text(to, key!("resource.namespace"), resource.namespace.as_ref());
    word(to, key!("resource.secret_type"), resource.secret_type.map(SecretType::as_str));
    word(to, key!("resource.classification"), resource.classification.map(Classification::as_str));
    if let Some(mount) = &resource.mount {
        text(to, key!("resource.mount.point"), mount.point.as_ref());
        text(to, key!("resource.mount.type"), mount.kind.as_ref());
        text(to, key!("resource.mount.accessor"), mount.accessor.as_ref());
    }
}

fn policy(policy: &Policy<'_>, to: &mut impl Members) {
    to.member(key!("policy.decision"), Plain::Text(policy.decision.as_str()));
    texts(to, key!("policy.names"), &policy.names);
    text(to, key!("policy.reason_code"), policy.reason_code.as_ref());
    text(to, key!("policy.reason"), policy.reason.as_ref());
}

fn lease(lease: &Lease<'_>, to: &mut impl Members) {
    text(to, key!("lease.id"), lease.id.as_ref());
    number(to, key!("lease.ttl_seconds"), lease.ttl_seconds);
    moment(to, key!("lease.expires_at"), lease.expires_at);
    flag(to, key!("lease.renewable"), lease.renewable);
}

fn request(request: &Request<'_>, to: &mut impl Members) {
    text(to, key!("request.id"), request.id.as_ref());
    text(to, key!("request.correlation_id"), request.correlation_id.as_ref());
    text(to, key!("request.trace_id"), request.trace_id.as_ref());
    word(to, key!("request.protocol"), request.protocol.map(Protocol::as_str));
    text(to, key!("request.method"), request.method.as_ref());
    text(to, key!("request.user_agent"), request.user_agent.as_ref());
    text(to, key!("request.purpose"), request.purpose.as_ref());
}

fn network(network: &Network<'_>, to: &mut impl Members) {
    text(to, key!("network.source_ip"), network.source_ip.as_ref());
    if let Some(port) = network.source_port {
        to.member(key!("network.source_port"), Plain::Int(i64::from(port)));
    }
    text(to, key!("network.forwarded_from"), network.forwarded_from.as_ref());
    text(to, key!("network.destination_host"), network.destination_host.as_ref());
}

fn integrity(integrity: &Integrity<'_>, to: &mut impl Members) {
    number(to, key!("integrity.sequence"), integrity.sequence);
    text(to, key!("integrity.chain_id"), integrity.chain_id.as_ref());
    word(to, key!("integrity.alg"), integrity.alg.map(HashAlgorithm::as_str));
    text(to, key!("integrity.hash"), integrity.hash.as_ref());
    text(to, key!("integrity.prev_hash"), integrity.prev_hash.as_ref());
    word(to, key!("integrity.status"), integrity.status.map(IntegrityStatus::as_str));
}

fn origin(origin: &Origin<'_>, to: &mut impl Members) {
    to.member(key!("origin.format"), Plain::Text(&origin.format));
    text(to, key!("origin.event_type"), origin.event_type.as_ref());
    text(to, key!("origin.record_id"), origin.record_id.as_ref());
    text(to, key!("origin.kind"), origin.kind.as_ref());
    text(to, key!("origin.thread"), origin.thread.as_ref());
    number(to, key!("origin.clock"), origin.clock);
    let Some(wrapper) = &origin.wrapper else { return };
    to.member(key!("origin.wrapper.type"), Plain::Text(&wrapper.kind));
    if let Some(time) = wrapper.time {
        to.member(key!("origin.wrapper.time"), Plain::Time(time));
    }
    text(to, key!("origin.wrapper.host"), wrapper.host.as_ref());
    text(to, key!("origin.wrapper.pod"), wrapper.pod.as_ref());
    text(to, key!("origin.wrapper.stream"), wrapper.stream.as_ref());
    text(to, key!("origin.wrapper.log_group"), wrapper.log_group.as_ref());
    text(to, key!("origin.wrapper.log_stream"), wrapper.log_stream.as_ref());
}

/// Objects become further dots, lists of objects become places (`details.items.0.name`).
///
/// A key with a dot of its own can meet a path (`{"a.b": 1, "a": {"b": 2}}`); then the later one gets a `~`.
fn details(event: &Event<'_>, to: &mut impl Members) {
    if event.details.is_empty() {
        return;
    }
    let mut walk = Details { seen: has_dotted_keys(&event.details.0).then(Vec::new), to };
    let root = Path { parent: None, part: Part::Name("details") };
    walk.members(&root, &event.details.0);
}

struct Details<'t, M> {
    /// The keys written so far, where two could be the same.
    seen: Option<Vec<String>>,
    to: &'t mut M,
}

impl<M: Members> Details<'_, M> {
    fn members(&mut self, parent: &Path<'_>, members: &[(Text<'_>, Value<'_>)]) {
        for (key, value) in members {
            self.value(&Path { parent: Some(parent), part: Part::Name(key) }, value);
        }
    }

    fn value(&mut self, path: &Path<'_>, value: &Value<'_>) {
        match value {
            Value::Map(members) if !members.is_empty() => self.members(path, members),
            Value::Map(_) | Value::Null => self.put(path, Plain::Null),
            Value::List(items) if items.iter().any(has_members) => {
                for (place, item) in items.iter().enumerate() {
                    self.value(&Path { parent: Some(path), part: Part::Place(place) }, item);
                }
            }
            Value::List(items) => self.put(path, Plain::Values(items)),
            Value::Bool(value) => self.put(path, Plain::Bool(*value)),
            Value::Int(number) => self.put(path, Plain::Int(*number)),
            Value::Float(number) => self.put(path, Plain::Float(*number)),
            Value::Text(text) => self.put(path, Plain::Text(text)),
        }
    }

    fn put(&mut self, path: &Path<'_>, value: Plain<'_>) {
        let Some(seen) = &mut self.seen else { return self.to.open_ended(path, value) };
        let mut key = String::new();
        path.parts(|part| key.push_str(part));
        let mut name = key.clone();
        while seen.contains(&name) {
            name.push('~');
        }
        let unique = Path { parent: None, part: Part::Name(&name) };
        self.to.open_ended(if name == key { path } else { &unique }, value);
        seen.push(name);
    }
}

fn has_members(value: &Value<'_>) -> bool {
    matches!(value, Value::Map(_) | Value::List(_))
}

fn has_dotted_keys(members: &[(Text<'_>, Value<'_>)]) -> bool {
    members.iter().any(|(key, value)| key.contains('.') || has_dotted_inside(value))
}

fn has_dotted_inside(value: &Value<'_>) -> bool {
    match value {
        Value::Map(members) => has_dotted_keys(members),
        Value::List(items) => items.iter().any(has_dotted_inside),
        _ => false,
    }
}
