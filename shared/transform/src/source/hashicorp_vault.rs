//! Lines of the audit devices of HashiCorp Vault and OpenBao.
//!
//! The shape is that of `audit/types.go` in Vault 1.21 and `audit/format.go` in OpenBao 2, which also reads older
//! ones. Only the members named in [`line`] are read: of `request.data` and `response.data` no value but version
//! and status numbers and booleans, of the headers two, never a token. What requests mean is [`table`]'s.

mod actor;
mod answer;
mod details;
mod error;
mod glance;
mod kmip;
mod line;
mod meaning;
mod outcome;
mod path;
mod place;
mod table;

use std::collections::VecDeque;

use self::line::{Answer, Auth, Line};
use self::meaning::Meaning;
use self::outcome::Ending;
use super::fields::Loose;
use super::{ParseError, Phases, Settings, Skipped, clean};
use crate::event::{
    Actor, Decision, ErrorInfo, Event, Lease, Mount, Network, Origin, Outcome, Policy, Protocol,
    Request, Resource, Session, Severity, Source, Text, Time, TimeQuality,
};
use crate::severity::default_severity;

/// So many forwarded requests are remembered; the other node's line follows within seconds.
const FORWARDED: usize = 4096;

/// What the lines so far have shown of their log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The product that wrote it.
    product: Option<&'static str>,
    /// The ids of forwarded requests that have their event, newest last.
    forwarded: VecDeque<Box<str>>,
}

/// A line as an event, or why it is none.
pub(super) fn read<'a>(
    text: &'a str,
    settings: &Settings,
    log: &mut Log,
) -> Result<Result<Event<'a>, Skipped>, ParseError> {
    if settings.phases == Phases::Response && glance::is_answered_later(text) {
        return Ok(Err(Skipped::RequestPhase));
    }
    let line = Line::read(text)?;
    if line.kind.as_str().is_empty() {
        return Err(ParseError::member("type", "must be a string"));
    }
    let Some(request) = &line.request.0 else {
        return Err(ParseError::member("request", "is missing"));
    };
    let asks = line.kind.as_str().ends_with("request");
    let path = request.path.as_str();
    if asks
        && settings.phases == Phases::Response
        && !outcome::stands_alone(path, line.error.as_str())
    {
        return Ok(Err(Skipped::RequestPhase));
    }
    // A new audit device is tried with this line, which nobody asked for.
    if (asks && path == "sys/audit/test") || log.has_told(&line) {
        return Ok(Err(Skipped::RequestPhase));
    }
    learn(&mut log.product, &line);
    Ok(Ok(event(text, line, asks, settings, log.product)))
}

impl Log {
    /// Whether this is the second line of a forwarded request. A performance standby and the active node each
    /// write one, of the same id; which of their logs is shipped is not known, so that the first that comes counts.
    fn has_told(&mut self, line: &Line<'_>) -> bool {
        let forwarded =
            line.forwarded.flag() == Some(true) || !line.forwarded_from.as_str().is_empty();
        let Some(request) = line.request.0.as_ref().filter(|_| forwarded) else { return false };
        let Some(id) = request.id.clone().label() else { return false };
        let id = event_id("", &Loose::Text(id), line.kind.as_str());
        if self.forwarded.iter().rev().any(|told| **told == *id) {
            return true;
        }
        if self.forwarded.len() == FORWARDED {
            self.forwarded.pop_front();
        }
        self.forwarded.push_back(Box::from(&*id));
        false
    }
}

fn event<'a>(
    text: &'a str,
    mut line: Line<'a>,
    asks: bool,
    settings: &Settings,
    product: Option<&'static str>,
) -> Event<'a> {
    let is_kmip = line.kind.as_str().starts_with("kmip");
    let auth = std::mem::take(&mut line.auth).0.unwrap_or_default();
    let request = std::mem::take(&mut line.request).0.unwrap_or_default();
    let mut answer = std::mem::take(&mut line.response).0;
    let issued = answer.as_mut().and_then(|answer| std::mem::take(&mut answer.auth).0);

    let none = Answer::default();
    let (mut meaning, ended) = if is_kmip {
        kmip::read(text)
    } else {
        let answer = answer.as_ref().unwrap_or(&none);
        (meaning::of(&request, answer, issued.as_ref(), line.error.as_str()), None)
    };
    let ending = match ended {
        Some(outcome) => Ending { outcome, code: None },
        None if is_kmip && !asks => Ending::plain(line.error.as_str()),
        None => outcome::of(
            &meaning,
            line.error.as_str(),
            request.path.as_str(),
            answer.as_ref(),
            issued.as_ref(),
            asks,
        ),
    };
    let outcome = ending.outcome;
    let log_on = meaning.is_log_on();
    if log_on && outcome == Outcome::Pending && !asks {
        meaning.action = "login.mfa_pending".into();
    }
    let class = outcome::class(&meaning, outcome, line.error.as_str());
    let answer = answer.unwrap_or(none);

    let product = product_name(settings, product);
    let (time, time_quality) = moment(&line.time, settings);
    let id = event_id(text, &request.id, line.kind.as_str());
    let actor = actor::actor(&auth, issued.as_ref(), &request, log_on, settings);
    let mut event = Event::new(
        id,
        time,
        class,
        meaning.action.clone(),
        outcome,
        actor,
        source(settings, product),
    );
    event.time_quality = Some(time_quality);
    event.attempted_class = (class != meaning.class).then_some(meaning.class);
    event.error = error_of(line.error.as_str(), &ending);
    event.policy = Some(policy(&auth));
    event.lease = lease(&answer.secret, issued.as_ref(), settings);
    event.network = network(
        &request.remote_address,
        &request.remote_port,
        std::mem::take(&mut line.forwarded_from),
    );
    event.details = details::of(
        &details::Facts {
            meaning: &meaning,
            outcome,
            actor_id: &event.actor.id,
            request: &request,
            answer: &answer,
            holder: if log_on { issued.as_ref().unwrap_or(&auth) } else { &auth },
            made: issued.as_ref().filter(|_| meaning.action.as_str() == "token.create"),
        },
        settings,
    );
    let by_root = auth.is_root();
    let user_agent = details::user_agent(&request);
    event.session =
        session(if log_on { issued.unwrap_or(auth) } else { auth }, &meaning, &request, settings);
    event.request = Some(Request {
        id: request.id.label().and_then(|id| clean::clip(id, 128)),
        protocol: Some(if is_kmip { Protocol::Kmip } else { Protocol::Http }),
        method: request.operation.clone().text().and_then(|word| clean::clip(word, 64)),
        user_agent,
        ..Request::default()
    });
    event.resource = Some(Resource {
        path: path::shown(request.path, request.operation.as_str(), &meaning, outcome, settings),
        name: meaning.name.take(),
        version: meaning.version.map(|version| Text::from(version.to_string())),
        namespace: request.namespace.0.and_then(line::Namespace::name),
        secret_type: meaning.secret_type,
        mount: mount(request.mount_point, request.mount_type, request.mount_accessor),
        ..Resource::new(meaning.resource)
    });
    event.origin = Some(Origin {
        format: match product {
            OPENBAO => "openbao.audit".into(),
            _ => "hashicorp_vault.audit".into(),
        },
        event_type: line.kind.text().and_then(|kind| clean::clip(kind, 128)),
        ..Origin::default()
    });
    raise(&mut event, &meaning, by_root);
    event
}

/// What the table says of an operation holds whatever the class's default is; a wrapping token that opens nothing
/// may have been opened by somebody else; a root token is for emergencies, whatever it is used for.
fn raise(event: &mut Event<'_>, meaning: &Meaning<'_>, by_root: bool) {
    let failed = matches!(event.outcome, Outcome::Failure | Outcome::Denied);
    let spent = failed && meaning.is_unwrap();
    let rooted = by_root && !meaning.is_status_query();
    let at_least = if spent || rooted { Severity::High } else { meaning.at_least };
    if event.outcome != Outcome::Pending && at_least > Severity::Low {
        let default = default_severity(event);
        event.severity = (at_least > default).then_some(at_least);
    }
}

/// The error text's phrase; the code alone where there is no text.
fn error_of<'a>(error: &str, ending: &Ending) -> Option<ErrorInfo<'a>> {
    let described = error::describe(error);
    match (described, ending.code) {
        (Some(described), Some(code)) => Some(ErrorInfo { code: Some(code.into()), ..described }),
        (None, Some(code)) => Some(ErrorInfo { code: Some(code.into()), message: None }),
        (described, None) => described,
    }
}

fn source<'a>(settings: &Settings, product: &'static str) -> Source<'a> {
    // OpenBao is a project of its own.
    let vendor = Some(if product == OPENBAO { "OpenBao" } else { "HashiCorp" }.into());
    Source { product: product.into(), vendor, instance: settings.instance(), ..Source::default() }
}

/// `request.id:type`, which both lines of a request share but for the type; the line's hash where there is no id.
fn event_id<'a>(text: &str, id: &Loose<'a>, kind: &str) -> Text<'a> {
    match id.clone().label() {
        Some(id) => clean::id(Text::from(format!("{id}:{kind}"))),
        None => Text::from(clean::digest(text.as_bytes())),
    }
}

fn moment(time: &Loose<'_>, settings: &Settings) -> (Time, TimeQuality) {
    match Time::parse(time.as_str()) {
        Some(time) => (time, TimeQuality::Source),
        None => (Time::from(settings.now), TimeQuality::Ingest),
    }
}

const OPENBAO: &str = "openbao";
const VAULT: &str = "hashicorp_vault";

/// OpenBao's built-in plugins carry a version that ends in `+builtin.bao`, Vault's one that ends in
/// `+builtin.vault`. Once a line has shown which it is, those that do not are of the same log.
fn learn(product: &mut Option<&'static str>, line: &Line<'_>) {
    let request = line.request.0.as_ref().map(|request| &request.mount_running_version);
    let answer = line.response.0.as_ref().map(|answer| &answer.plugin_version);
    for version in [request, answer].into_iter().flatten() {
        match version.as_str() {
            bao if bao.ends_with("+builtin.bao") => *product = Some(OPENBAO),
            vault if vault.ends_with("+builtin.vault") => *product = Some(VAULT),
            _ => {}
        }
    }
}

/// What the setting says, else what the log has shown.
fn product_name(settings: &Settings, shown: Option<&'static str>) -> &'static str {
    match settings.product.as_deref() {
        Some(OPENBAO) => OPENBAO,
        Some(_) => VAULT,
        None => shown.unwrap_or(VAULT),
    }
}

fn policy<'a>(auth: &Auth<'a>) -> Policy<'a> {
    let results = auth.policy_results.0.as_ref();
    let decision = match results.and_then(|results| results.allowed.flag()) {
        Some(true) => Decision::Allow,
        Some(false) => Decision::Deny,
        None => Decision::NotEvaluated,
    };
    let names = results.map(line::PolicyResults::names).unwrap_or_default();
    Policy { decision, names, reason_code: None, reason: None }
}

fn lease<'a>(
    secret: &super::fields::Maybe<line::Secret<'a>>,
    issued: Option<&Auth<'a>>,
    settings: &Settings,
) -> Option<Lease<'a>> {
    let id = secret.0.as_ref().map_or("", |secret| secret.lease_id.as_str());
    let ttl_seconds = issued.and_then(|auth| auth.token_ttl.number());
    let id = (!id.is_empty()).then(|| settings.hash_key.hash(id));
    let lease = Lease { id, ttl_seconds, ..Lease::default() };
    (lease != Lease::default()).then_some(lease)
}

fn session<'a>(
    auth: Auth<'a>,
    meaning: &Meaning<'_>,
    request: &line::Asked<'a>,
    settings: &Settings,
) -> Option<Session<'a>> {
    let log_on = meaning.is_log_on();
    // The second phase is asked of the system, whichever method the first was.
    let second = log_on && meaning.engine == Some(table::Engine::System);
    let method = request.mount_type.clone().text().filter(|_| log_on && !second);
    let session = Session {
        authn_method: method.and_then(|method| clean::clip(method, 64)),
        mfa: second.then_some(true),
        token_type: auth.token_type.text().and_then(|word| clean::clip(word, 64)),
        token_ref: auth.accessor.text().map(|accessor| actor::hashed(accessor, settings)),
        issued_at: Time::parse(auth.token_issue_time.as_str()),
        ttl_seconds: auth.token_ttl.number(),
        ..Session::default()
    };
    (session != Session::default()).then_some(session)
}

fn mount<'a>(point: Loose<'a>, kind: Loose<'a>, accessor: Loose<'a>) -> Option<Mount<'a>> {
    let mount = Mount {
        point: point.text().and_then(|text| clean::clip(text, 256)),
        kind: kind.text().and_then(|text| clean::clip(text, 64)),
        accessor: accessor.text().and_then(|text| clean::clip(text, 128)),
    };
    (mount != Mount::default()).then_some(mount)
}

/// `remote_address` is an address, in some versions with the port behind it.
fn network<'a>(
    address: &Loose<'a>,
    port: &Loose<'a>,
    forwarded_from: Loose<'a>,
) -> Option<Network<'a>> {
    let (source_ip, behind) = match address.clone().text() {
        None => (None, None),
        Some(text) => match text.parse::<std::net::SocketAddr>() {
            Ok(both) => (Some(Text::from(both.ip().to_string())), Some(both.port())),
            Err(_) => (clean::clip(text, 45), None),
        },
    };
    let port = port.number().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    let network = Network {
        source_ip,
        source_port: port.or(behind),
        forwarded_from: forwarded_from.text().and_then(|text| clean::clip(text, 256)),
        ..Network::default()
    };
    (network != Network::default()).then_some(network)
}

/// An actor without a name or a token: nobody had logged on.
fn nobody<'a>() -> Actor<'a> {
    Actor::new("unauthenticated", crate::event::ActorType::Unknown)
}
