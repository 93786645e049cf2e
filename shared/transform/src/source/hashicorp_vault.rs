//! Lines of the audit devices of HashiCorp Vault and OpenBao.
//!
//! The shape is that of `audit/types.go` in Vault 1.21 and `audit/format.go` in OpenBao 2, which also reads older
//! ones. Only the members named in [`line`] are read: never `request.data`, `headers`, a token, nor of
//! `response.data` anything but a version number.

mod actor;
mod class;
mod error;
mod line;
mod path;

use self::class::Meaning;
use self::line::{Auth, Line};
use super::fields::Loose;
use super::{ParseError, Phases, Settings, Skipped, clean};
use crate::event::{
    Actor, Class, Decision, Event, Lease, Mount, Network, Origin, Outcome, Policy, Protocol,
    Request, Resource, Session, Source, Text, Time, TimeQuality,
};

/// A line as an event, or why it is none.
pub(super) fn read<'a>(
    text: &'a str,
    settings: &Settings,
) -> Result<Result<Event<'a>, Skipped>, ParseError> {
    let line: Line<'a> = clean::parse(text)?;
    if line.kind.as_str().is_empty() {
        return Err(ParseError::member("type", "must be a string"));
    }
    if line.request.0.is_none() {
        return Err(ParseError::member("request", "is missing"));
    }
    let asks = line.kind.as_str().ends_with("request");
    if asks && settings.phases == Phases::Response {
        return Ok(Err(Skipped::RequestPhase));
    }
    Ok(Ok(event(text, line, asks, settings)))
}

fn event<'a>(text: &'a str, line: Line<'a>, asks: bool, settings: &Settings) -> Event<'a> {
    let Line { time, kind, auth, request, response, error, forwarded_from } = line;
    let request = request.0.unwrap_or_default();
    let mut response = response.0.unwrap_or_default();
    let kmip = kind.as_str().starts_with("kmip");
    let auth = auth.0.unwrap_or_default();
    let issued = std::mem::take(&mut response.auth).0;

    let meaning = class::of(&request, kmip);
    let log_on = meaning.class == Class::Authentication;
    let outcome = if asks {
        Outcome::Pending
    } else {
        outcome(&meaning, error.as_str(), issued.is_some(), response.data_error())
    };
    let id = event_id(text, &request.id, kind.as_str());
    let (time, time_quality) = moment(&time, settings);
    let product = product(settings, &request.mount_running_version, &response.plugin_version);
    let instance = settings.instance();
    // OpenBao is a project of its own.
    let vendor = Some(if product == "openbao" { "OpenBao" } else { "HashiCorp" }.into());
    let source = Source { product: product.into(), vendor, instance, ..Source::default() };
    let actor = actor::actor(&auth, issued.as_ref(), &request, log_on, settings);
    let denied = outcome == Outcome::Denied && !log_on;
    let class = if denied { Class::PolicyViolation } else { meaning.class };
    let version = meaning.version(&request, &response);

    let mut event = Event::new(id, time, class, meaning.action, outcome, actor, source);
    event.time_quality = Some(time_quality);
    event.attempted_class = denied.then_some(meaning.class);
    event.error = error::describe(error.as_str());
    event.policy = Some(policy(&auth));
    event.lease = lease(&response.secret, issued.as_ref(), settings);
    event.session = session(if log_on { issued.unwrap_or(auth) } else { auth }, settings);
    event.network = network(&request.remote_address, &request.remote_port, forwarded_from);
    let failed_log_on = log_on && outcome != Outcome::Success;
    event.resource = Some(Resource {
        path: path::shown(request.path, failed_log_on, settings),
        name: meaning.name.and_then(|name| clean::clip(name, 256)),
        version,
        namespace: request.namespace.0.and_then(line::Namespace::name),
        secret_type: meaning.secret_type,
        mount: mount(request.mount_point, request.mount_type, request.mount_accessor),
        ..Resource::new(meaning.resource)
    });
    event.request = Some(Request {
        id: request.id.label().and_then(|id| clean::clip(id, 128)),
        protocol: Some(if kmip { Protocol::Kmip } else { Protocol::Http }),
        method: request.operation.text().and_then(|word| clean::clip(word, 64)),
        ..Request::default()
    });
    event.origin = Some(Origin {
        format: match product {
            OPENBAO => "openbao.audit".into(),
            _ => "hashicorp_vault.audit".into(),
        },
        event_type: kind.text().and_then(|kind| clean::clip(kind, 128)),
        ..Origin::default()
    });
    event
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

/// "permission denied" is a refusal, any other error a failure. A log-on fails also without an error at the top:
/// some methods answer with an error in their data.
fn outcome(meaning: &Meaning<'_>, error: &str, issued: bool, data_error: bool) -> Outcome {
    let log_on = meaning.class == Class::Authentication;
    match error {
        "" if log_on && data_error && !issued => Outcome::Failure,
        "" => Outcome::Success,
        error if error.contains("permission denied") && !log_on => Outcome::Denied,
        _ => Outcome::Failure,
    }
}

const OPENBAO: &str = "openbao";
const VAULT: &str = "hashicorp_vault";

/// OpenBao's built-in plugins carry a version that ends in `+builtin.bao`, Vault's one that ends in `+builtin.vault`.
fn product(settings: &Settings, version: &Loose<'_>, plugin: &Loose<'_>) -> &'static str {
    let forced = settings.product.as_deref().map(|product| product == OPENBAO);
    let bao = [version, plugin].iter().any(|text| text.as_str().ends_with("builtin.bao"));
    if forced.unwrap_or(bao) { OPENBAO } else { VAULT }
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

fn session<'a>(auth: Auth<'a>, settings: &Settings) -> Option<Session<'a>> {
    let session = Session {
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
