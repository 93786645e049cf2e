//! Delivers audit events to a webhook: any HTTP endpoint, Slack, PagerDuty, Microsoft Teams.
//!
//! A generic request follows Standard Webhooks (standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`):
//!
//! ```text
//! POST /hooks/vault HTTP/1.1
//! webhook-id: 249fef96-1cd1-454f-b704-5fae88ebddd7      the event's id, the same on every try
//! webhook-timestamp: 1771108201                          of this try
//! webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
//!
//! {"schema":"vault-audit/1", …}
//! ```
//!
//! A refusal: `410 Gone`, after which messages wait and the alarm says that the address is gone.
//!
//! [`preset`] has the bodies, [`template`] those of one's own, [`sign`] the signature, [`config`] the settings; what an answer means is in `answer`.

pub mod config;
pub mod preset;
pub mod sign;
pub mod template;
mod answer;
mod check;
mod credential;

use delivery::config::{ConfigError, Endpoint, Export, OverHttp};
use delivery::credentials::{CredentialError, Secret};
use delivery::destination::{Destination, Finding};
use delivery::http::{Request, Response};
use delivery::outcome::{Answer, ErrorClass, Reason};
use delivery::tools::{Access, Session, Tools};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::{Format, FormatError};

pub use crate::config::Config;
use crate::preset::Preset;
use crate::sign::SigningKey;
use crate::template::Template;

/// A webhook.
pub struct Webhook {
    config: OverHttp<Config>,
    /// Set, or what the address in the configuration says; else the secret's address decides.
    preset: Option<Preset>,
    format: Format,
    batch_size: usize,
    template: Option<Template>,
    headers: HeaderMap,
    access: Access,
}

impl Webhook {
    /// A webhook with these settings.
    ///
    /// # Errors
    /// When there is no address, or the preset does not fit it, or a header is not allowed.
    pub fn new(export: Export<OverHttp<Config>>, tools: &Tools) -> Result<Webhook, ConfigError> {
        let config = export.destination;
        if config.url.is_none() && export.secret.is_none() {
            return Err(ConfigError::new(
                "url",
                "is missing; set url, or a secret that holds the address",
            ));
        }
        let template = config.template()?;
        let headers = config.headers.parse(config::refusal)?;
        let access = tools.access(export.secret, config.http(&config.connection))?;
        let preset = match &config.url {
            Some(url) => {
                access.client().permits(url.url())?;
                Some(fitting(config.preset, url)?)
            }
            None => config.preset,
        };
        if template.is_some() {
            takes_template(preset.unwrap_or(Preset::Generic))?;
        }
        Ok(Webhook {
            preset,
            template,
            format: export.format.unwrap_or(Format::FlatJson),
            batch_size: export.batch_size.unwrap_or(1),
            headers,
            access,
            config,
        })
    }

    /// The address, the preset and all else that the secret decides.
    fn target(&self, secret: &Secret) -> Result<Target, CredentialError> {
        let address = self.address(secret)?;
        let preset = fitting(self.preset, &address).map_err(|error| {
            CredentialError::NoMember(format!("fitting url: {}", error.problem))
        })?;
        if self.template.is_some() {
            takes_template(preset).map_err(|error| {
                CredentialError::NoMember(format!("fitting url: template {}", error.problem))
            })?;
        }
        let mut target =
            Target { address, preset, keys: Vec::new(), routing_key: None, authorization: None };
        match preset {
            Preset::Generic => {
                secret.expect("token", &credential::MEMBERS)?;
                target.keys = credential::signing_keys(secret)?;
                // A plain secret is the address, unless that is set.
                target.authorization = credential::bearer(secret, self.config.url.is_some())?;
            }
            Preset::Pagerduty => target.routing_key = Some(secret.value("routing_key")?.clone()),
            Preset::Slack | Preset::Teams => {}
        }
        Ok(target)
    }

    fn address(&self, secret: &Secret) -> Result<Endpoint, CredentialError> {
        if let Some(url) = &self.config.url {
            return Ok(url.clone());
        }
        let text = secret.value("url")?.expose_secret();
        text.parse()
            .map_err(|problem| CredentialError::NoMember(format!("usable url: it {problem}")))
    }

    /// The preset that events are encoded for. Where only the secret's address would say it, `generic`: the
    /// other presets make their messages from the events themselves.
    fn encoding(&self) -> Preset {
        self.preset.unwrap_or(Preset::Generic)
    }

    async fn send(
        &self,
        session: &Session,
        target: &Target,
        batch: &Batch<'_>,
        body: Body,
    ) -> Result<Response, delivery::http::Failure> {
        let mut headers =
            if target.preset == Preset::Generic { self.headers.clone() } else { HeaderMap::new() };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(body.content_type));
        if target.preset == Preset::Generic {
            Webhook::identify(&mut headers, target, batch, &body.bytes);
        }
        let method = match target.preset {
            Preset::Generic => self.config.method.unwrap_or_default().into(),
            _ => http::Method::POST,
        };
        let url = target.address.url().clone();
        session.http.send(Request { method, url, headers, body: body.bytes.into() }).await
    }

    /// What a generic request says of itself beside its body.
    fn identify(headers: &mut HeaderMap, target: &Target, batch: &Batch<'_>, body: &[u8]) {
        let ids: Vec<&str> = batch.events().map(|event| event.id.as_str()).collect();
        let mut single = batch.events().filter(|_| ids.len() == 1);
        if let Some(event) = single.next() {
            headers.insert("x-vault-event-class", HeaderValue::from_static(event.class.as_str()));
        }
        Webhook::sign(headers, target, &sign::webhook_id(ids.iter().copied()), body);
    }

    /// Id, signature and authorization of a generic request.
    fn sign(headers: &mut HeaderMap, target: &Target, id: &str, body: &[u8]) {
        let now = wall_clock().as_second();
        let mut set = |name: &'static str, value: String| {
            // Hashes, numbers and base64 are always valid header values, and so is an id that was read.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        set("webhook-id", id.to_owned());
        set("idempotency-key", id.to_owned());
        set("webhook-timestamp", now.to_string());
        if !target.keys.is_empty() {
            set("webhook-signature", sign::signatures(&target.keys, id, now, body));
        }
        if let Some(authorization) = &target.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
    }

    fn body(&self, target: &Target, batch: &Batch<'_>) -> Body {
        let json = |bytes| Body { bytes, content_type: "application/json" };
        if self.template.is_some() {
            return json(batch.fragments().collect::<Vec<_>>().concat());
        }
        match (target.preset, &target.routing_key) {
            (Preset::Slack, _) => json(preset::slack::message(batch)),
            (Preset::Teams, _) => json(preset::teams::message(batch)),
            (Preset::Pagerduty, Some(key)) => {
                json(preset::pagerduty::message(batch, self.config.dedup, key))
            }
            _ => {
                let (bytes, content_type) =
                    preset::generic::assemble(batch, self.format, self.config.body);
                Body { bytes, content_type }
            }
        }
    }
}

/// Everything about the receiver that may lie in the secret.
struct Target {
    address: Endpoint,
    preset: Preset,
    keys: Vec<SigningKey>,
    routing_key: Option<SecretString>,
    authorization: Option<HeaderValue>,
}

struct Body {
    bytes: Vec<u8>,
    content_type: &'static str,
}

/// The preset for an address: the configured one, if the address is not another service's.
fn fitting(configured: Option<Preset>, address: &Endpoint) -> Result<Preset, ConfigError> {
    let known = Preset::of_address(address.url());
    match (configured, known) {
        (Some(preset), Some(known)) if preset != known => Err(ConfigError::new(
            "preset",
            format!(
                "is `{}`, but {} is {}'s and takes nothing but its own messages; set it to `{}` or leave it out",
                preset.as_str(),
                address,
                known.as_str(),
                known.as_str(),
            ),
        )),
        (Some(preset), _) => Ok(preset),
        (None, known) => Ok(known.unwrap_or(Preset::Generic)),
    }
}

/// PagerDuty's message holds its routing key and its alert's key, which no template knows.
fn takes_template(preset: Preset) -> Result<(), ConfigError> {
    match preset {
        Preset::Generic | Preset::Slack | Preset::Teams => Ok(()),
        Preset::Pagerduty => Err(ConfigError::new(
            "template",
            "is not for PagerDuty, which has a message of its own",
        )),
    }
}

#[expect(clippy::disallowed_methods, reason = "a signature holds the time of this very try")]
fn wall_clock() -> Timestamp {
    Timestamp::now()
}

impl Destination for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn limits(&self) -> Limits {
        if self.template.is_some() {
            return Limits { framing: 0, overhead: 0, ..preset::generic::limits(1) };
        }
        self.encoding().limits(self.batch_size)
    }

    /// One at a time: Slack takes one message a second, and chat channels read in order.
    fn concurrency(&self) -> usize {
        match self.encoding() {
            Preset::Slack | Preset::Teams => 1,
            Preset::Pagerduty | Preset::Generic => 4,
        }
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        if let Some(template) = &self.template {
            return template.render(event, out);
        }
        match self.encoding() {
            Preset::Generic => preset::generic::encode(event, self.format, self.config.body, out),
            Preset::Pagerduty => preset::pagerduty::encode(event, self.config.dedup, out),
            // Their messages are made of the events when they are sent: many become one.
            Preset::Slack | Preset::Teams => {
                out.push(b'.');
                Ok(())
            }
        }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        let session = match self.access.session().await {
            Ok(session) => session,
            Err(error) => return error.into(),
        };
        let target = match self.target(&session.secret) {
            Ok(target) => target,
            Err(error) => return error.into(),
        };
        if target.preset == Preset::Pagerduty && batch.len() > 1 {
            // Only the secret said that it is PagerDuty's address: one event a request.
            return Answer::Split(Reason::new(
                ErrorClass::TooLarge,
                "PagerDuty takes one event a request",
            ));
        }
        let answered = match self.send(&session, &target, batch, self.body(&target, batch)).await {
            Ok(response) => response,
            Err(failure) => return failure.into(),
        };
        let own = self.template.is_some();
        if target.preset == Preset::Slack && !own && answered.status == 400 && !is_dead(&answered) {
            // Blocks can be refused for what is in them; the same words without blocks seldom are.
            let plain = Body {
                bytes: preset::slack::plain_message(batch),
                content_type: "application/json",
            };
            return match self.send(&session, &target, batch, plain).await {
                Ok(response) => answer::classify(target.preset, &response, false),
                Err(failure) => failure.into(),
            };
        }
        answer::classify(target.preset, &answered, self.config.treat_409_as_success)
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(self).await
    }
}

fn is_dead(response: &Response) -> bool {
    matches!(&*response.body, b"no_team" | b"invalid_token")
}
