//! The event contract `vault-audit/1`: what every source is mapped to and every format is made from.
//!
//! Plain data, borrowed from the line it was read from. The members stand in the contract's order; which are
//! required and how long they may be is [`check`]'s.

pub mod check;
mod read;
pub mod words;

pub use self::check::Fault;
pub use self::words::{
    ActorType, Category, Class, Classification, Decision, HashAlgorithm, IntegrityStatus, Outcome,
    Protocol, ResourceType, SecretType, Severity, TimeQuality,
};
pub use crate::value::{Pairs, Text, Time, Value};

/// The contract's name, the value of `schema`.
pub const SCHEMA: &str = "vault-audit/1";

/// One audit event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// `vault-audit/1`.
    pub schema: Text<'a>,
    /// The dedupe key: the same on every redelivery and at every destination.
    pub id: Text<'a>,
    /// When it happened.
    pub time: Time,
    /// When it was first seen here; always there after a [`crate::source::Reader`].
    pub observed_time: Option<Time>,
    /// How well `time` is known.
    pub time_quality: Option<TimeQuality>,
    /// What kind of thing happened.
    pub class: Class,
    /// On a `PolicyViolation`: the class it would have been.
    pub attempted_class: Option<Class>,
    /// Derived from the class; a sent value is ignored.
    pub category: Option<Category>,
    /// The verb: `retrieve`, `use:http_request`, `kill.hard`.
    pub action: Text<'a>,
    /// How it ended.
    pub outcome: Outcome,
    /// How bad it is; the source's own value wins, else [`crate::severity`]'s table.
    pub severity: Option<Severity>,
    /// One line for a person.
    pub message: Option<Text<'a>>,
    /// Who.
    pub actor: Actor<'a>,
    /// Under which log-on.
    pub session: Option<Session<'a>>,
    /// Which vault says so.
    pub source: Source<'a>,
    /// Upon what.
    pub resource: Option<Resource<'a>>,
    /// By which rule.
    pub policy: Option<Policy<'a>>,
    /// For how long.
    pub lease: Option<Lease<'a>>,
    /// By which request.
    pub request: Option<Request<'a>>,
    /// From where.
    pub network: Option<Network<'a>>,
    /// What went wrong.
    pub error: Option<ErrorInfo<'a>>,
    /// Whose it is: what label filters match.
    pub labels: Pairs<'a, Text<'a>>,
    /// Whether it is genuine and complete.
    pub integrity: Option<Integrity<'a>>,
    /// How to find it in its source.
    pub origin: Option<Origin<'a>>,
    /// What else the source said, redacted.
    pub details: Pairs<'a, Value<'a>>,
    /// JSON pointers to what was redacted.
    pub redactions: Vec<Text<'a>>,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor<'a> {
    /// The principal's stable id.
    pub id: Text<'a>,
    /// What it is.
    pub kind: ActorType,
    /// Its display name.
    pub name: Option<Text<'a>>,
    /// Its address.
    pub email: Option<Text<'a>>,
    /// The groups it is in.
    pub groups: Vec<Text<'a>>,
    /// For whom it acted.
    pub on_behalf_of: Option<Principal<'a>>,
    /// What is known of the AI agent.
    pub agent: Option<Agent<'a>>,
}

/// For whom somebody acted.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal<'a> {
    /// The principal's stable id.
    pub id: Text<'a>,
    /// What it is.
    pub kind: ActorType,
    /// Its display name.
    pub name: Option<Text<'a>>,
}

/// What is known of an AI agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent<'a> {
    /// The model it runs.
    pub model: Option<Text<'a>>,
    /// Who serves the model.
    pub provider: Option<Text<'a>>,
    /// The framework it is built with.
    pub framework: Option<Text<'a>>,
    /// Its version.
    pub version: Option<Text<'a>>,
    /// The agent that started it.
    pub parent_id: Option<Text<'a>>,
    /// The fleet it belongs to.
    pub fleet_id: Option<Text<'a>>,
    /// How far it is trusted, 0 to 1.
    pub trust_score: Option<f64>,
}

/// Under which log-on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session<'a> {
    /// The session's id.
    pub id: Option<Text<'a>>,
    /// How the principal proved who it is.
    pub authn_method: Option<Text<'a>>,
    /// Whether a second factor was used.
    pub mfa: Option<bool>,
    /// The token's kind.
    pub token_type: Option<Text<'a>>,
    /// The token's hashed accessor; never a usable handle.
    pub token_ref: Option<Text<'a>>,
    /// When the token was issued.
    pub issued_at: Option<Time>,
    /// For how many seconds it is good.
    pub ttl_seconds: Option<u64>,
}

/// Which vault.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source<'a> {
    /// `sanctum`, `syncropel`, `hashicorp_vault`, `openbao`…
    pub product: Text<'a>,
    /// Its maker.
    pub vendor: Option<Text<'a>>,
    /// Its version.
    pub version: Option<Text<'a>>,
    /// Which one of them.
    pub instance: Text<'a>,
    /// Where it runs.
    pub region: Option<Text<'a>>,
    /// On which host.
    pub host: Option<Text<'a>>,
}

/// Upon what.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource<'a> {
    /// What it is.
    pub kind: ResourceType,
    /// Its path.
    pub path: Option<Text<'a>>,
    /// Its id.
    pub id: Option<Text<'a>>,
    /// Its name.
    pub name: Option<Text<'a>>,
    /// Which version of it.
    pub version: Option<Text<'a>>,
    /// The namespace it is in.
    pub namespace: Option<Text<'a>>,
    /// What kind of secret it is.
    pub secret_type: Option<SecretType>,
    /// How closely it is held.
    pub classification: Option<Classification>,
    /// The engine that serves it.
    pub mount: Option<Mount<'a>>,
}

impl Resource<'_> {
    /// A resource of which only the kind is known.
    pub fn new(kind: ResourceType) -> Self {
        Resource {
            kind,
            path: None,
            id: None,
            name: None,
            version: None,
            namespace: None,
            secret_type: None,
            classification: None,
            mount: None,
        }
    }
}

/// A secrets engine's mount.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mount<'a> {
    /// Where it is mounted.
    pub point: Option<Text<'a>>,
    /// Which engine it is.
    pub kind: Option<Text<'a>>,
    /// Its accessor.
    pub accessor: Option<Text<'a>>,
}

/// By which rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy<'a> {
    /// What it said.
    pub decision: Decision,
    /// The policies' names.
    pub names: Vec<Text<'a>>,
    /// The reason as a code.
    pub reason_code: Option<Text<'a>>,
    /// The reason in words.
    pub reason: Option<Text<'a>>,
}

/// For how long.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lease<'a> {
    /// The lease's id, hashed where it is a usable handle.
    pub id: Option<Text<'a>>,
    /// Its length in seconds.
    pub ttl_seconds: Option<u64>,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// Whether it can be renewed.
    pub renewable: Option<bool>,
}

/// By which request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'a> {
    /// The request's id.
    pub id: Option<Text<'a>>,
    /// What it belongs to.
    pub correlation_id: Option<Text<'a>>,
    /// Its trace: 32 lower-case hex digits.
    pub trace_id: Option<Text<'a>>,
    /// How it came in.
    pub protocol: Option<Protocol>,
    /// The method or verb called.
    pub method: Option<Text<'a>>,
    /// The client's name for itself.
    pub user_agent: Option<Text<'a>>,
    /// What it was for.
    pub purpose: Option<Text<'a>>,
}

/// From where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network<'a> {
    /// The client's address.
    pub source_ip: Option<Text<'a>>,
    /// The client's port.
    pub source_port: Option<u16>,
    /// The proxy it came through.
    pub forwarded_from: Option<Text<'a>>,
    /// Where it went.
    pub destination_host: Option<Text<'a>>,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorInfo<'a> {
    /// The source's code for it.
    pub code: Option<Text<'a>>,
    /// The source's words for it.
    pub message: Option<Text<'a>>,
}

/// Whether it is genuine and complete.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Integrity<'a> {
    /// Its place in the chain.
    pub sequence: Option<u64>,
    /// Which chain.
    pub chain_id: Option<Text<'a>>,
    /// How the hash is made.
    pub alg: Option<HashAlgorithm>,
    /// Its hash, 64 hex digits.
    pub hash: Option<Text<'a>>,
    /// Its predecessor's hash.
    pub prev_hash: Option<Text<'a>>,
    /// What came of checking it.
    pub status: Option<IntegrityStatus>,
}

/// How to find it in its source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin<'a> {
    /// The source's format.
    pub format: Text<'a>,
    /// The source's word for the event's type.
    pub event_type: Option<Text<'a>>,
    /// The source's id of the record.
    pub record_id: Option<Text<'a>>,
    /// The record's kind.
    pub kind: Option<Text<'a>>,
    /// The thread it stands in.
    pub thread: Option<Text<'a>>,
    /// Its clock there.
    pub clock: Option<u64>,
    /// In what it travelled; boxed, because most records come bare.
    pub wrapper: Option<Box<Wrapper<'a>>>,
}

/// In what a record travelled: a container runtime's log line, a log shipper's event, a notification.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wrapper<'a> {
    /// `docker`, `cri`, `cloudwatch_logs`… two that were one in the other as `sns/cloudwatch_logs`.
    pub kind: Text<'a>,
    /// When the wrapper was made.
    pub time: Option<Time>,
    /// The host that the log was read on.
    pub host: Option<Text<'a>>,
    /// The Kubernetes namespace and pod, `vault/vault-0`.
    pub pod: Option<Text<'a>>,
    /// `stdout` or `stderr`.
    pub stream: Option<Text<'a>>,
    /// The CloudWatch log group.
    pub log_group: Option<Text<'a>>,
    /// The CloudWatch log stream.
    pub log_stream: Option<Text<'a>>,
}

impl<'a> Event<'a> {
    /// An event of which only the required members are known.
    pub fn new(
        id: impl Into<Text<'a>>,
        time: Time,
        class: Class,
        action: impl Into<Text<'a>>,
        outcome: Outcome,
        actor: Actor<'a>,
        source: Source<'a>,
    ) -> Event<'a> {
        Event {
            schema: Text::from(SCHEMA),
            id: id.into(),
            time,
            observed_time: None,
            time_quality: None,
            class,
            attempted_class: None,
            category: None,
            action: action.into(),
            outcome,
            severity: None,
            message: None,
            actor,
            session: None,
            source,
            resource: None,
            policy: None,
            lease: None,
            request: None,
            network: None,
            error: None,
            labels: Pairs::default(),
            integrity: None,
            origin: None,
            details: Pairs::default(),
            redactions: Vec::new(),
        }
    }
}

impl<'a> Actor<'a> {
    /// An actor of which only id and kind are known.
    pub fn new(id: impl Into<Text<'a>>, kind: ActorType) -> Actor<'a> {
        Actor {
            id: id.into(),
            kind,
            name: None,
            email: None,
            groups: Vec::new(),
            on_behalf_of: None,
            agent: None,
        }
    }
}
