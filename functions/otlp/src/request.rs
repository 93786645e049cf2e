//! OTLP/HTTP requests.

use bytes::Bytes;
use delivery::Endpoint;
use delivery::http::{Request, gzip};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::config::Compression;
use crate::encode::Encoding;

/// A collector's HTTP address for logs.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    url: Url,
    encoding: Encoding,
    compression: Compression,
}

impl Receiver {
    /// `/v1/logs` below the address, unless it is that one already.
    pub(crate) fn new(
        endpoint: &Endpoint,
        encoding: Encoding,
        compression: Compression,
    ) -> Receiver {
        let complete = endpoint.path().ends_with("/v1/logs");
        let url = if complete { endpoint.url().clone() } else { endpoint.join("/v1/logs") };
        Receiver { url, encoding, compression }
    }

    /// A `POST` of this message.
    pub(crate) fn logs(&self, mut headers: HeaderMap, body: Vec<u8>) -> Request {
        let content_type = match self.encoding {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let body = match self.compression {
            Compression::Gzip => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip([&*body], body.len())
            }
            Compression::None => Bytes::from(body),
        };
        Request::post(self.url.clone(), headers, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_completed_and_a_full_address_used_as_it_is() {
        for (endpoint, expected) in [
            ("https://h:4318", "https://h:4318/v1/logs"),
            ("https://h:4318/", "https://h:4318/v1/logs"),
            ("https://h/otlp", "https://h/otlp/v1/logs"),
            ("https://h/v1/logs", "https://h/v1/logs"),
            (
                "https://h/insert/opentelemetry/v1/logs?a=b",
                "https://h/insert/opentelemetry/v1/logs?a=b",
            ),
        ] {
            let endpoint = endpoint.parse().unwrap();
            let receiver = Receiver::new(&endpoint, Encoding::Json, Compression::None);
            assert_eq!(receiver.url.as_str(), expected);
        }
    }
}
