//! Requests to the collector.

use bytes::Bytes;
use delivery::Endpoint;
use delivery::credentials::{CredentialError, Secret};
use delivery::http::{Request, gzip};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use transform::batch::Batch;
use url::Url;

/// Needed by tokens with acknowledgement and harmless for others, so it is always sent.
const CHANNEL: HeaderName = HeaderName::from_static("x-splunk-request-channel");

/// Where the collector's routes begin; everything from here on is cut off `endpoint`, because
/// people copy the whole address from examples.
const ROOT: &str = "/services/collector";

/// The addresses of one collector and the channel to it.
#[derive(Clone, Debug)]
pub struct Collector {
    event: Url,
    ack: Url,
    health: Url,
    channel: HeaderValue,
}

impl Collector {
    /// The collector behind this address, with a channel of its own for as long as this lives: a
    /// new one for each request would fill up the server's table of channels.
    pub fn new(endpoint: &Endpoint) -> Collector {
        let route = |name: &str| {
            let mut url = endpoint.url().clone();
            let path = url.path();
            let base = path.split_once(ROOT).map_or(path, |(base, _)| base).trim_end_matches('/');
            let path = format!("{base}{ROOT}/{name}");
            url.set_path(&path);
            url
        };
        let channel = HeaderValue::from_str(&guid(fastrand::u128(..)));
        Collector {
            event: route("event"),
            ack: route("ack"),
            health: route("health"),
            channel: channel.unwrap_or_else(|_| HeaderValue::from_static(NIL)),
        }
    }

    /// The address that events go to.
    pub fn address(&self) -> &Url {
        &self.event
    }

    /// The batch, compressed. Only gzip is taken by every collector: `deflate` and zstd get 415.
    pub fn events(&self, batch: &Batch<'_>, secret: &Secret) -> Result<Request, CredentialError> {
        let mut headers = self.headers(secret)?;
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let body = gzip(batch.fragments(), batch.encoded_len());
        Ok(Request::post(self.event.clone(), headers, body))
    }

    /// Asks whether the events with this id are replicated.
    pub fn acknowledgement(&self, ack: u64, secret: &Secret) -> Result<Request, CredentialError> {
        let body = format!("{{\"acks\":[{ack}]}}");
        Ok(Request::post(self.ack.clone(), self.headers(secret)?, body))
    }

    /// No events at all: the answer tells whether the token is good, and nothing is stored.
    pub fn probe(&self, secret: &Secret) -> Result<Request, CredentialError> {
        Ok(Request::post(self.event.clone(), self.headers(secret)?, Bytes::new()))
    }

    /// The health check, which needs no token.
    pub fn health(&self) -> Request {
        Request::get(self.health.clone(), HeaderMap::new())
    }

    fn headers(&self, secret: &Secret) -> Result<HeaderMap, CredentialError> {
        let token = secret.value("token")?.expose_secret().trim();
        let mut authorization = HeaderValue::from_str(&format!("Splunk {token}"))
            .map_err(|_| CredentialError::NoMember("usable token".to_owned()))?;
        authorization.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        Ok(HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (CONTENT_TYPE, json),
            (CHANNEL, self.channel.clone()),
        ]))
    }
}

const NIL: &str = "00000000-0000-4000-8000-000000000000";

/// A random GUID (RFC 9562, version 4) made of these bits.
fn guid(bits: u128) -> String {
    let bits = bits & !(0xF << 76) | (4 << 76);
    let bits = bits & !(0b11 << 62) | (0b10 << 62);
    let group = |shift: u32, digits: u32| (bits >> shift) & ((1 << (digits * 4)) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        group(96, 8),
        group(80, 4),
        group(64, 4),
        group(48, 4),
        group(0, 12)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_hold_a_path_of_the_collector_or_of_a_proxy() {
        for (endpoint, expected) in [
            ("https://h:8088", "https://h:8088/services/collector/event"),
            ("https://h:8088/", "https://h:8088/services/collector/event"),
            ("https://h/services/collector", "https://h/services/collector/event"),
            ("https://h/services/collector/event/1.0", "https://h/services/collector/event"),
            ("https://h/services/collector/raw", "https://h/services/collector/event"),
            ("https://h/splunk/", "https://h/splunk/services/collector/event"),
        ] {
            let collector = Collector::new(&endpoint.parse().unwrap());
            assert_eq!(collector.address().as_str(), expected);
        }
    }

    #[test]
    fn a_channel_is_a_guid() {
        assert_eq!(guid(0), NIL);
        assert_eq!(guid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            guid(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            "01234567-89ab-4def-8123-456789abcdef"
        );
    }

    #[test]
    fn two_instances_have_two_channels() {
        let endpoint = "https://h".parse().unwrap();
        assert_ne!(Collector::new(&endpoint).channel, Collector::new(&endpoint).channel);
    }

    #[test]
    fn a_token_that_no_header_can_hold_is_named_and_not_shown() {
        let collector = Collector::new(&"https://h".parse().unwrap());
        let error = collector.probe(&Secret::parse("to\nken-canary")).unwrap_err().to_string();
        assert!(error.contains("usable token") && !error.contains("canary"), "{error}");
    }

    #[test]
    fn the_token_is_hidden_where_headers_are_shown() {
        let collector = Collector::new(&"https://h".parse().unwrap());
        let request = collector.probe(&Secret::parse("canary")).unwrap();
        assert!(!format!("{request:?}").contains("canary"));
    }
}
