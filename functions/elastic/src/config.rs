//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use std::fmt;

use delivery::config::{ConfigError, Endpoint, Own, request_bytes};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use transform::batch::Limits;
use transform::format::Format;

use crate::index::Index;

/// Within the 5 to 10 MB that Elastic advises, far below the 100 MB that a server takes.
pub const REQUEST_BYTES: usize = 8 * 1024 * 1024;
/// The small instances of Amazon OpenSearch Service take 10 MiB.
pub const OPENSEARCH_REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// More documents gain nothing.
pub const REQUEST_RECORDS: usize = 1_000;

const SMALLEST_REQUEST: usize = 64 * 1024;
const LARGEST_REQUEST: usize = 64 * 1024 * 1024;

/// The settings of this destination, beside those of its [`Connection`](delivery::config::Connection).
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Base address, `https://elastic.example.com:9200`, with the path of a proxy if there is one.
    #[schemars(with = "String")]
    pub endpoint: Endpoint,
    /// The index or data stream, in lower case. Default: `logs-vault.audit-default`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub index: Index,
    /// Whether it is a data stream. `auto` (default): when it is named `logs-…-…`. It is then required to be one
    /// (`require_data_stream`), so that a misspelt name makes no index.
    #[serde(default, deserialize_with = "auto_or_bool")]
    #[schemars(with = "Option<String>")]
    pub data_stream: Option<bool>,
    /// The ingest pipeline. Default: the index's own.
    pub pipeline: Option<String>,
    /// `elasticsearch`, `opensearch`, or `auto` (default), which learns it from the answers.
    #[serde(default)]
    pub flavour: Flavour,
    /// Signs requests with the function's own AWS credentials: Amazon OpenSearch Service. Default: false.
    #[serde(default)]
    pub aws_auth: bool,
    /// `es` (default) for a domain, `aoss` for a Serverless collection.
    #[serde(default)]
    pub aws_service: AwsService,
    /// The region of the domain or collection. Default: the function's.
    pub region: Option<String>,
    /// Largest request before compression, 65536 to 67108864 bytes. Default: 8 MiB, for OpenSearch 4 MiB; Amazon's
    /// smallest instances take 10 MiB.
    pub max_request_bytes: Option<usize>,
    /// `gzip` (default), or `none` for a proxy that does not let it through.
    #[serde(default)]
    pub compression: Compression,
}

impl Own for Config {
    const ADDRESS: &'static str = "endpoint";
}

/// Which server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Found out.
    #[default]
    Auto,
    /// Elasticsearch 8 or 9, or Elastic Cloud.
    Elasticsearch,
    /// OpenSearch, or Amazon OpenSearch Service.
    Opensearch,
}

/// The name that a request is signed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AwsService {
    /// A domain.
    #[default]
    Es,
    /// A Serverless collection.
    Aoss,
}

/// How a request is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Taken by all current servers.
    #[default]
    Gzip,
    /// For proxies that do not let it through.
    None,
}

impl Config {
    /// Settings that do not go together are refused by name.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key: &str, problem: &str| Err(ConfigError::new(key, problem));
        if self.aws_auth && self.flavour == Flavour::Elasticsearch {
            return refuse("aws_auth", "is for OpenSearch; Elasticsearch knows no AWS signatures");
        }
        if !self.aws_auth && (self.region.is_some() || self.serverless()) {
            return refuse("aws_auth", "is false; aws_service and region belong to it");
        }
        if self.serverless() && self.data_stream == Some(true) {
            return refuse("data_stream", "OpenSearch Serverless has no data streams");
        }
        Ok(())
    }

    /// A Serverless collection, which lacks much of what a domain has.
    pub fn serverless(&self) -> bool {
        self.aws_service == AwsService::Aoss
    }

    /// Which server, as far as the settings say.
    pub fn flavour(&self) -> Flavour {
        if self.aws_auth { Flavour::Opensearch } else { self.flavour }
    }

    /// Whether events go to a data stream.
    pub fn is_stream(&self) -> bool {
        let named = self.index.stream().is_some() && !self.serverless();
        self.data_stream.unwrap_or(named)
    }

    /// What one request may hold, with at most `records` events if that is given.
    pub fn limits(&self, records: Option<usize>) -> Result<Limits, ConfigError> {
        let usual = match self.flavour() {
            Flavour::Opensearch => OPENSEARCH_REQUEST_BYTES,
            Flavour::Auto | Flavour::Elasticsearch => REQUEST_BYTES,
        };
        let range = SMALLEST_REQUEST..=LARGEST_REQUEST;
        let bytes = request_bytes(self.max_request_bytes, usual, range)?;
        let records = records.unwrap_or(REQUEST_RECORDS).min(REQUEST_RECORDS);
        Ok(Limits { records, bytes, record_bytes: bytes, ..Limits::default() })
    }
}

/// The format, if it makes sense here.
pub(crate) fn format(format: Option<Format>) -> Result<Format, ConfigError> {
    match format.unwrap_or(Format::Ocsf) {
        Format::OtlpLogs => Err(ConfigError::new(
            "format",
            "`otlp_logs` is no document: its attributes are lists of key and value, which nobody can search; take \
             `ocsf`, `flat_json`, `json` or `cef`, or the otlp destination with Elastic's OTLP intake",
        )),
        format => Ok(format),
    }
}

fn auto_or_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    struct AutoOrBool;
    impl Visitor<'_> for AutoOrBool {
        type Value = Option<bool>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("auto, true or false")
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Option<bool>, E> {
            Ok(Some(value))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Option<bool>, E> {
            match text {
                "auto" => Ok(None),
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                _ => Err(E::custom("must be auto, true or false")),
            }
        }
    }
    deserializer.deserialize_any(AutoOrBool)
}

#[cfg(test)]
mod tests {
    use delivery::config::{OverHttp, from_text};

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<OverHttp<Config>, ConfigError> {
        let endpoint = ("ENDPOINT", "https://elastic.example.com:9200");
        let text = ::tests::settings(pairs.iter().chain([&endpoint]));
        from_text(&text).map(|export| export.destination)
    }

    #[test]
    fn what_is_not_set_has_the_documented_default() {
        let config = config(&[("INDEX", ""), ("PIPELINE", "")]).unwrap();
        assert_eq!(config.index.as_str(), "logs-vault.audit-default");
        assert!(config.is_stream() && !config.aws_auth && config.pipeline.is_none());
        assert_eq!(config.compression, Compression::Gzip);
        let limits = config.limits(None).unwrap();
        assert_eq!((limits.records, limits.bytes, limits.overhead), (1_000, 8 * 1024 * 1024, 0));
    }

    #[test]
    fn a_data_stream_is_one_by_name_or_by_word() {
        let is_stream = |pairs: &[(&str, &str)]| config(pairs).unwrap().is_stream();
        assert!(!is_stream(&[("INDEX", "sanctum-events")]));
        assert!(is_stream(&[("INDEX", "sanctum-events"), ("DATA_STREAM", "true")]));
        assert!(!is_stream(&[("DATA_STREAM", "false")]));
        assert!(is_stream(&[("DATA_STREAM", "auto")]));
        assert!(!is_stream(&[("AWS_AUTH", "true"), ("AWS_SERVICE", "aoss")]));
        let error = config(&[("DATA_STREAM", "perhaps")]).unwrap_err();
        assert_eq!(error.place, "data_stream");
        let table: toml::Table =
            "endpoint = 'https://e'\ndata_stream = true\nindex = 'x'".parse().unwrap();
        assert!(table.try_into::<Config>().unwrap().is_stream());
    }

    #[test]
    fn opensearch_gets_smaller_requests() {
        for pairs in [[("FLAVOUR", "opensearch")], [("AWS_AUTH", "true")]] {
            assert_eq!(config(&pairs).unwrap().limits(None).unwrap().bytes, 4 * 1024 * 1024);
        }
        let set = [("FLAVOUR", "opensearch"), ("MAX_REQUEST_BYTES", "100000")];
        let limits = config(&set).unwrap().limits(Some(2_000)).unwrap();
        assert_eq!((limits.bytes, limits.records), (100_000, 1_000));
        for bytes in ["65535", "67108865"] {
            let error = config(&[("MAX_REQUEST_BYTES", bytes)]).unwrap().limits(None).unwrap_err();
            assert_eq!(error.place, "max_request_bytes");
        }
    }

    #[test]
    fn settings_that_do_not_go_together_are_refused_by_name() {
        let place = |pairs: &[(&str, &str)]| config(pairs).unwrap().check().unwrap_err().place;
        assert_eq!(place(&[("AWS_AUTH", "true"), ("FLAVOUR", "elasticsearch")]), "aws_auth");
        assert_eq!(place(&[("REGION", "eu-west-1")]), "aws_auth");
        assert_eq!(place(&[("AWS_SERVICE", "aoss")]), "aws_auth");
        let stream = [("AWS_AUTH", "true"), ("AWS_SERVICE", "aoss"), ("DATA_STREAM", "true")];
        assert_eq!(place(&stream), "data_stream");
        assert!(config(&[("AWS_AUTH", "true")]).unwrap().check().is_ok());
    }

    #[test]
    fn a_wrong_index_is_refused_by_name() {
        let error = config(&[("INDEX", "Sanctum")]).unwrap_err();
        assert_eq!(error.place, "index");
        assert!(error.problem.contains("lower case"), "{error}");
    }
}
