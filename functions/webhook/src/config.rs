//! What can be set for a webhook.

use std::collections::BTreeMap;

use delivery::config::{ConfigError, Endpoint};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::preset::Preset;
use crate::preset::generic::Body;
use crate::preset::pagerduty::Dedup;

/// The settings of `[export.adapters.config]` for `type = "webhook"`, and of the stack's `Webhook…` parameters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address. Where it is itself a secret (Slack, Teams), leave it out and store it in the secret, as
    /// the plain string or as `url`.
    pub url: Option<Endpoint>,
    /// `POST` (default), `PUT` or `PATCH`; generic only.
    pub method: Option<Method>,
    /// `generic`, `slack`, `pagerduty` or `teams`; default: what the address says, else `generic`.
    pub preset: Option<Preset>,
    /// Further headers, `name=value,name=value`, or a table; generic only.
    pub headers: Headers,
    /// `event` (default), `envelope` or `ndjson`; generic only.
    pub body: Body,
    /// PagerDuty: `event` (default) for an alert for each event, `condition` to fold events of one vault, class and actor.
    pub dedup: Dedup,
    /// Whether 409 means that the receiver has the event already; default false: 409 is a refusal.
    pub treat_409_as_success: bool,
    /// Lets `http` and loopback addresses through: tests and demonstrations only. Default false.
    pub allow_insecure: bool,
    /// Lets private addresses through, for a receiver in the VPC. Default false.
    pub allow_private_networks: bool,
    /// Ports that may be connected to; default 443, 8443, 8088, 9200 and the address's own if it is set here.
    pub ports: Vec<u16>,
    /// Certificates in PEM to trust beside the public ones.
    pub ca_bundle: Option<String>,
}

/// How the body is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
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

/// Headers by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub BTreeMap<String, String>);

/// Names that belong to HTTP, to the signature or to AWS.
const RESERVED: [&str; 9] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "user-agent",
    "idempotency-key",
    "cookie",
    "expect",
];

impl Headers {
    /// The headers as HTTP has them; values are marked as sensitive, because many hold a token.
    pub fn parse(&self) -> Result<HeaderMap, ConfigError> {
        let wrong = |problem: String| ConfigError::new("headers", problem);
        let mut map = HeaderMap::new();
        for (name, value) in &self.0 {
            let header: HeaderName = name
                .parse()
                .map_err(|_| wrong("has a name that is no HTTP header name".to_owned()))?;
            let lower = header.as_str();
            if RESERVED.contains(&lower)
                || lower.starts_with("webhook-")
                || lower.starts_with("x-aws-")
            {
                return Err(wrong(format!(
                    "`{lower}` is set by vault-export and cannot be overridden"
                )));
            }
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| wrong(format!("the value of `{lower}` has a control character")))?;
            value.set_sensitive(true);
            map.insert(header, value);
        }
        Ok(map)
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Headers;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("name=value,name=value or a table")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Headers, E> {
                text.split(',')
                    .map(str::trim)
                    .filter(|pair| !pair.is_empty())
                    .map(|pair| {
                        let (name, value) = pair
                            .split_once('=')
                            .ok_or_else(|| E::custom("expected name=value,name=value"))?;
                        Ok((name.trim().to_owned(), value.trim().to_owned()))
                    })
                    .collect::<Result<_, E>>()
                    .map(Headers)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    headers.insert(name, value);
                }
                Ok(Headers(headers))
            }
        }

        deserializer.deserialize_any(Pairs)
    }
}

/// Ports that receivers commonly listen on.
const PORTS: [u16; 4] = [443, 8443, 8088, 9200];

impl Config {
    /// What the HTTP client is told.
    pub fn http(&self) -> delivery::http::Settings {
        let mut ports = if self.ports.is_empty() { PORTS.to_vec() } else { self.ports.clone() };
        // An address that an operator wrote into the configuration names its port on purpose.
        ports.extend(self.url.as_ref().and_then(|url| url.port()));
        if self.allow_insecure && self.ports.is_empty() {
            ports.clear();
        }
        delivery::http::Settings {
            allow_insecure: self.allow_insecure,
            allow_private_networks: self.allow_private_networks,
            ports,
            ca_bundle: self.ca_bundle.clone(),
            ..delivery::http::Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Result<HeaderMap, ConfigError> {
        let value = serde_json::Value::from(text);
        Headers::deserialize(value).unwrap().parse()
    }

    #[test]
    fn headers_are_read_and_hidden() {
        let map = headers("X-Api-Key=abc, X-Team=sec").unwrap();
        assert_eq!(map["x-api-key"], "abc");
        assert!(map["x-api-key"].is_sensitive());
        assert_eq!(map.len(), 2);
    }

    #[test]
    fn headers_that_are_ours_cannot_be_overridden() {
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "webhook-id",
            "X-Aws-Parameters-Secrets-Token",
        ] {
            let error = headers(&format!("{name}=x")).unwrap_err().to_string();
            assert!(error.contains(&name.to_ascii_lowercase()), "{error}");
        }
    }

    #[test]
    fn a_line_break_in_a_header_is_refused() {
        let error = headers("x-a=b\r\nhost: evil").unwrap_err().to_string();
        assert!(error.contains("control character") && !error.contains("evil"), "{error}");
    }
}
