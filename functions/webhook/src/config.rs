//! What can be set for a webhook.

use delivery::config::headers::OURS;
use delivery::config::{ConfigError, Connection, Endpoint, Headers, Own};
use delivery::http::Settings;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::preset::Preset;
use crate::preset::generic::Body;
use crate::preset::pagerduty::Dedup;
use crate::template::Template;

/// The settings of `[export.adapters.config]` for `type = "webhook"`, and of the stack's `Webhook…` parameters.
#[derive(Clone, Debug, Default, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address. Where it is itself a secret (Slack, Teams), leave it out and store it in the secret, as
    /// the plain string or as `url`.
    #[schemars(with = "Option<String>")]
    pub url: Option<Endpoint>,
    /// `POST` (default), `PUT` or `PATCH`; generic only.
    pub method: Option<Method>,
    /// `generic`, `slack`, `pagerduty` or `teams`; default: what the address says, else `generic`.
    #[schemars(with = "Option<String>")]
    pub preset: Option<Preset>,
    /// Further headers, `name=value,name=value`, or a table; generic only. Names that belong to HTTP, to the signature or
    /// to AWS are refused.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub headers: Headers,
    /// `event` (default; several as `{"events":[…]}`), `envelope` (`{"type","timestamp","data"}`) or `ndjson`; generic
    /// only.
    #[schemars(with = "String")]
    pub body: Body,
    /// A body of your own, as a JSON text with places for fields of the event; one event a request, not for PagerDuty.
    /// Default: the preset's own body.
    pub template: Option<String>,
    /// PagerDuty: `event` (default) for an alert for each event, `condition` to fold events of one vault, class and actor.
    #[schemars(with = "String")]
    pub dedup: Dedup,
    /// Whether 409 means that the receiver has the event already; default false: 409 is a refusal.
    pub treat_409_as_success: bool,
    /// Ports that may be connected to; default 443, 8443, 8088, 9200 and the address's own if it is set here.
    pub ports: Vec<u16>,
}

impl Own for Config {
    const ADDRESS: &'static str = "url";
}

/// How the body is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `POST`.
    #[default]
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
}

impl From<Method> for http::Method {
    fn from(method: Method) -> http::Method {
        match method {
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
        }
    }
}

/// Names that belong to the signature or to AWS.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    let ours =
        name == "idempotency-key" || name.starts_with("webhook-") || name.starts_with("x-aws-");
    ours.then_some(OURS)
}

/// Ports that receivers commonly listen on.
const PORTS: [u16; 4] = [443, 8443, 8088, 9200];

impl Config {
    /// The body's template, read and found right.
    pub(crate) fn template(&self) -> Result<Option<Template>, ConfigError> {
        if self.template.is_some() && self.body != Body::Event {
            return Err(ConfigError::new(
                "body",
                "says what the body is, and so does template: set one of them",
            ));
        }
        self.template.as_deref().map(Template::parse).transpose()
    }

    /// What the HTTP client is told.
    pub fn http(&self, connection: &Connection) -> Settings {
        let mut ports = if self.ports.is_empty() { PORTS.to_vec() } else { self.ports.clone() };
        // An address that an operator wrote into the configuration names its port on purpose.
        ports.extend(self.url.as_ref().and_then(|url| url.port()));
        if connection.allow_insecure && self.ports.is_empty() {
            ports.clear();
        }
        Settings { ports, ..connection.http() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_signature_and_of_aws_cannot_be_overridden() {
        for name in ["webhook-id", "Idempotency-Key", "X-Aws-Parameters-Secrets-Token", "Host"] {
            let headers = Headers::read(&format!("{name}=x")).unwrap();
            let error = headers.parse(refusal).unwrap_err().to_string();
            assert!(error.contains(&name.to_ascii_lowercase()), "{error}");
        }
    }
}
