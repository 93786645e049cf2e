//! Requests to the collector.

use bytes::Bytes;
use delivery::Endpoint;
use delivery::credentials::{CredentialError, Secret};
use delivery::http::{Request, gzip};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use transform::batch::Batch;
use url::Url;

/// Needed by tokens with acknowledgement and harmless for others, so it is always sent.
const CHANNEL: HeaderName = HeaderName::from_static("x-splunk-request-channel");

/// Where the collector's routes begin; everything from here on is cut off `endpoint`, because
/// people copy the whole address from examples.
const ROOT: &str = "/services/collector";

/// The addresses of one collector.
#[derive(Clone, Debug)]
pub struct Collector {
    event: Url,
    ack: Url,
    health: Url,
}

/// A channel, and how a load balancer knows where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    id: HeaderValue,
    cookies: Option<HeaderValue>,
}

impl Channel {
    /// A new one.
    pub fn fresh() -> Channel {
        let id = HeaderValue::from_str(&guid(fastrand::u128(..)));
        Channel { id: id.unwrap_or_else(|_| HeaderValue::from_static(NIL)), cookies: None }
    }

    /// The same with the cookies of an answer, for the questions about it and for nothing else.
    #[must_use]
    pub fn with_cookies(self, answer: &HeaderMap) -> Channel {
        let pair = |value: &HeaderValue| {
            let pair = value.to_str().ok()?.split(';').next()?.trim().to_owned();
            pair.contains('=').then_some(pair)
        };
        let pairs: Vec<String> = answer.get_all(SET_COOKIE).iter().filter_map(pair).collect();
        let cookies = HeaderValue::from_str(&pairs.join("; ")).ok();
        let cookies = cookies.filter(|cookies| !cookies.is_empty()).map(|mut cookies| {
            cookies.set_sensitive(true);
            cookies
        });
        Channel { cookies, ..self }
    }
}

impl Collector {
    /// The collector behind this address.
    pub fn new(endpoint: &Endpoint) -> Collector {
        let route = |name: &str| {
            let mut url = endpoint.url().clone();
            let path = url.path();
            let base = path.split_once(ROOT).map_or(path, |(base, _)| base).trim_end_matches('/');
            let path = format!("{base}{ROOT}/{name}");
            url.set_path(&path);
            url
        };
        Collector { event: route("event"), ack: route("ack"), health: route("health") }
    }

    /// The address that events go to.
    pub fn address(&self) -> &Url {
        &self.event
    }

    /// The batch, compressed. Only gzip is taken by every collector: `deflate` and zstd get 415.
    pub fn events(
        &self,
        batch: &Batch<'_>,
        secret: &Secret,
        channel: &Channel,
    ) -> Result<Request, CredentialError> {
        let mut headers = headers(secret, channel)?;
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let body = gzip(batch.fragments(), batch.encoded_len());
        Ok(Request::post(self.event.clone(), headers, body))
    }

    /// Asks whether the events with this id are replicated.
    pub fn acknowledgement(
        &self,
        ack: u64,
        secret: &Secret,
        channel: &Channel,
    ) -> Result<Request, CredentialError> {
        let body = format!("{{\"acks\":[{ack}]}}");
        Ok(Request::post(self.ack.clone(), headers(secret, channel)?, body))
    }

    /// No events at all: the answer tells whether the token is good, and nothing is stored.
    pub fn probe(&self, secret: &Secret) -> Result<Request, CredentialError> {
        Ok(Request::post(self.event.clone(), headers(secret, &Channel::fresh())?, Bytes::new()))
    }

    /// The health check, which needs no token.
    pub fn health(&self) -> Request {
        Request::get(self.health.clone(), HeaderMap::new())
    }
}

fn headers(secret: &Secret, channel: &Channel) -> Result<HeaderMap, CredentialError> {
    let token = secret.value("token")?.expose_secret().trim();
    let mut authorization = HeaderValue::from_str(&format!("Splunk {token}"))
        .map_err(|_| CredentialError::NoMember("usable token".to_owned()))?;
    authorization.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    let all = [(AUTHORIZATION, authorization), (CONTENT_TYPE, json), (CHANNEL, channel.id.clone())];
    let cookies = channel.cookies.clone().map(|cookies| (COOKIE, cookies));
    Ok(all.into_iter().chain(cookies).collect())
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
    fn two_channels_differ_and_keep_the_pairs_of_cookies_alone() {
        assert_ne!(Channel::fresh(), Channel::fresh());
        let cookies = ["AWSALB=a1; Expires=Thu, 01 Jan 2026 00:00:00 GMT; Path=/", "sticky=b", "x"];
        let answer = cookies.map(|text| (SET_COOKIE, HeaderValue::from_static(text)));
        let mut headers = HeaderMap::new();
        headers.extend(answer);
        let channel = Channel::fresh().with_cookies(&headers);
        assert_eq!(channel.cookies.unwrap(), "AWSALB=a1; sticky=b");
        assert_eq!(Channel::fresh().with_cookies(&HeaderMap::new()).cookies, None);
    }

    #[test]
    fn a_token_that_no_header_can_hold_is_named_and_not_shown() {
        let collector = Collector::new(&"https://h".parse().unwrap());
        let error =
            collector.probe(&Secret::parse("to\nken-canary").unwrap()).unwrap_err().to_string();
        assert!(error.contains("usable token") && !error.contains("canary"), "{error}");
    }

    #[test]
    fn the_token_is_hidden_where_headers_are_shown() {
        let collector = Collector::new(&"https://h".parse().unwrap());
        let request = collector.probe(&Secret::parse("canary").unwrap()).unwrap();
        assert!(!format!("{request:?}").contains("canary"));
    }
}
