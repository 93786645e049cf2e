//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use delivery::config::{ConfigError, Connection, Endpoint, Headers, Own, request_bytes};
use delivery::http::{Plaintext, Settings};
use schemars::JsonSchema;
use serde::Deserialize;
use transform::batch::Limits;
use transform::format::Format;

use crate::encode::Encoding;

/// Servers commonly take 4 MiB after decompression (gRPC's default); an eighth is left free. Exporters that count
/// records alone ran into that wall (open-telemetry/opentelemetry-collector, issues 6046 and 12219).
pub const REQUEST_BYTES: usize = 3_670_016;
/// Records in a request.
pub const REQUEST_RECORDS: usize = 1_000;
/// What a resource and its scope add to their records: the contract's limits on `source`, escaped, and the keys.
pub const ENVELOPE_BYTES: usize = 5_120;

const SMALLEST_REQUEST: usize = 64 * 1024;
const LARGEST_REQUEST: usize = 64 * 1024 * 1024; // what the specification recommends servers to take

/// The settings of this destination, beside those of its [`Connection`](delivery::config::Connection).
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address of the collector. gRPC: `https://host:4317`, without a path; HTTP: a base to which `/v1/logs` is added, or
    /// an address that ends in it. `http://` reaches private networks, and others only with `tls = false`.
    #[schemars(with = "String")]
    pub endpoint: Endpoint,
    /// `grpc` (default), `http/protobuf` (or `http`), `http/json`.
    #[serde(default)]
    pub protocol: Protocol,
    /// Further headers (gRPC: metadata), `name=value,name=value` or a table. Those with a credential belong in the
    /// secret, which wins where both name a header.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub headers: Headers,
    /// `gzip` (default) or `none`.
    #[serde(default)]
    pub compression: Compression,
    /// Whether the connection is encrypted; must agree with the endpoint. `false` lets `http` go over public networks.
    /// Default: what the endpoint says.
    pub tls: Option<bool>,
    /// Largest request before compression, 65536 to 67108864 bytes. Default: 3670016.
    pub max_request_bytes: Option<usize>,
}

impl Own for Config {
    const ADDRESS: &'static str = "endpoint";
}

/// How requests travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
pub enum Protocol {
    /// OTLP/gRPC.
    #[default]
    #[serde(rename = "grpc")]
    Grpc,
    /// OTLP/HTTP, binary.
    #[serde(rename = "http/protobuf", alias = "http")]
    HttpProtobuf,
    /// OTLP/HTTP, as text.
    #[serde(rename = "http/json")]
    HttpJson,
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Every server has to take it.
    #[default]
    Gzip,
    /// Not at all.
    None,
}

impl Protocol {
    /// How records are written.
    pub fn encoding(self) -> Encoding {
        match self {
            Protocol::Grpc | Protocol::HttpProtobuf => Encoding::Protobuf,
            Protocol::HttpJson => Encoding::Json,
        }
    }

    /// The name that configuration gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Grpc => "grpc",
            Protocol::HttpProtobuf => "http/protobuf",
            Protocol::HttpJson => "http/json",
        }
    }
}

impl Config {
    /// What one request may hold, with at most `records` records if that is given.
    pub fn limits(&self, records: Option<usize>) -> Result<Limits, ConfigError> {
        let range = SMALLEST_REQUEST..=LARGEST_REQUEST;
        let bytes = request_bytes(self.max_request_bytes, REQUEST_BYTES, range)?;
        Ok(Limits {
            records: records.unwrap_or(REQUEST_RECORDS).min(REQUEST_RECORDS),
            bytes,
            record_bytes: usize::MAX,
            framing: match self.protocol.encoding() {
                Encoding::Protobuf => 0,
                Encoding::Json => 1, // a comma
            },
            overhead: ENVELOPE_BYTES,
        })
    }

    /// How connections are made.
    pub fn http(&self, connection: &Connection) -> Result<Settings, ConfigError> {
        let plain = self.endpoint.scheme() == "http";
        if self.tls == Some(plain) {
            let problem = "contradicts the endpoint: true goes with https, false with http";
            return Err(ConfigError::new("tls", problem));
        }
        let plaintext = match (plain, self.tls == Some(false) || connection.allow_insecure) {
            (false, _) => Plaintext::Nowhere,
            (true, false) => Plaintext::PrivateNetworks,
            (true, true) => Plaintext::Anywhere,
        };
        Ok(Settings {
            allow_private_networks: connection.allow_private_networks || plain,
            plaintext,
            ..connection.http()
        })
    }
}

/// The format, if it makes sense here.
pub(crate) fn format(format: Option<Format>) -> Result<Format, ConfigError> {
    match format.unwrap_or(Format::OtlpLogs) {
        Format::FlatJson => Err(ConfigError::new(
            "format",
            "`flat_json` is what the attributes of `otlp_logs` are already; take `otlp_logs`, `ocsf`, `json` or `cef`",
        )),
        format => Ok(format),
    }
}

#[cfg(test)]
mod tests {
    use delivery::config::{OverHttp, from_text};

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<OverHttp<Config>, ConfigError> {
        from_text(&::tests::settings(pairs)).map(|export| export.destination)
    }

    fn plaintext(pairs: &[(&str, &str)]) -> Result<(Plaintext, bool), ConfigError> {
        let config = config(pairs)?;
        let settings = config.http(&config.connection)?;
        Ok((settings.plaintext, settings.allow_private_networks))
    }

    const HTTP: (&str, &str) = ("ENDPOINT", "http://otel-collector:4317");
    const HTTPS: (&str, &str) = ("ENDPOINT", "https://otel-collector:4317");

    #[test]
    fn what_is_not_set_has_the_documented_default() {
        let config = config(&[HTTPS, ("TLS", ""), ("HEADERS", "")]).unwrap();
        assert_eq!(config.protocol, Protocol::Grpc);
        assert_eq!(config.compression, Compression::Gzip);
        let limits = config.limits(None).unwrap();
        assert_eq!((limits.records, limits.bytes), (1_000, 3_670_016)); // 3.5 MiB
        assert_eq!(config.limits(Some(50)).unwrap().records, 50);
    }

    #[test]
    fn plaintext_leaves_private_networks_only_when_that_is_said() {
        assert_eq!(plaintext(&[HTTPS]), Ok((Plaintext::Nowhere, false)));
        assert_eq!(plaintext(&[HTTP]), Ok((Plaintext::PrivateNetworks, true)));
        assert_eq!(plaintext(&[HTTP, ("TLS", "false")]), Ok((Plaintext::Anywhere, true)));
        assert_eq!(plaintext(&[HTTP, ("ALLOW_INSECURE", "true")]), Ok((Plaintext::Anywhere, true)));
    }

    #[test]
    fn tls_and_the_endpoint_must_agree() {
        for pairs in [[HTTP, ("TLS", "true")], [HTTPS, ("TLS", "false")]] {
            assert_eq!(plaintext(&pairs).unwrap_err().place, "tls");
        }
    }

    #[test]
    fn protocols_have_the_names_of_the_specification() {
        for (name, protocol) in [
            ("grpc", Protocol::Grpc),
            ("http", Protocol::HttpProtobuf),
            ("http/protobuf", Protocol::HttpProtobuf),
            ("http/json", Protocol::HttpJson),
        ] {
            assert_eq!(config(&[HTTPS, ("PROTOCOL", name)]).unwrap().protocol, protocol);
        }
        assert!(config(&[HTTPS, ("PROTOCOL", "thrift")]).is_err());
    }

    #[test]
    fn a_request_size_that_no_server_takes_is_refused() {
        for bytes in ["65535", "67108865"] {
            let config = config(&[HTTPS, ("MAX_REQUEST_BYTES", bytes)]).unwrap();
            assert_eq!(config.limits(None).unwrap_err().place, "max_request_bytes");
        }
    }
}
