//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use delivery::config::Own;
use delivery::{ConfigError, Endpoint};
use schemars::JsonSchema;
use serde::Deserialize;
use transform::batch::Limits;
use transform::format::Format;

use crate::site::Site;

/// Datadog takes 5 MB before compression; an escaped text must not push a request over it.
pub const REQUEST_BYTES: usize = 4_250_000;
/// A log over 1 MB is cut and still answered 202, so it is refused here, before it is sent.
pub const LOG_BYTES: usize = 950_000;
/// The array's length is limited.
pub const REQUEST_RECORDS: usize = 1_000;

/// The settings of this destination, beside those of its [`Connection`](delivery::config::Connection).
#[derive(Clone, Debug, Default, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The Datadog site: `datadoghq.com` (default), `us3.datadoghq.com`, `us5.datadoghq.com`, `datadoghq.eu`,
    /// `ap1.datadoghq.com`, `ap2.datadoghq.com`, `uk1.datadoghq.com`, `ddog-gov.com` or `us2.ddog-gov.com`; another name
    /// is taken with a warning.
    #[schemars(with = "String")]
    pub site: Site,
    /// Base address of the intake, for private links and proxies. Default: the site's.
    #[schemars(with = "Option<String>")]
    pub endpoint: Option<Endpoint>,
    /// The reserved attribute `ddsource`, which chooses the pipeline. Default: `vault-export`.
    pub source: Option<String>,
    /// The reserved attribute `service`. Default: the vault's product, as `sanctum`.
    pub service: Option<String>,
    /// Tags for every log, `["team:security", "tier:1"]`, beside those that are made of the event's labels.
    pub tags: Vec<String>,
    /// `gzip` (default) or `zstd`, which Datadog takes but does not document.
    pub compression: Compression,
}

impl Own for Config {
    const ADDRESS: &'static str = "site";
}

/// How a request is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Documented.
    #[default]
    Gzip,
    /// Smaller and cheaper.
    Zstd,
}

impl Config {
    /// What one request may hold.
    pub fn limits(&self, records: Option<usize>) -> Limits {
        Limits {
            records: records.unwrap_or(REQUEST_RECORDS).min(REQUEST_RECORDS),
            bytes: REQUEST_BYTES,
            record_bytes: LOG_BYTES,
            framing: 1,  // a comma
            overhead: 2, // the brackets
        }
    }
}

/// The format, if it makes sense here.
pub(crate) fn format(format: Option<Format>) -> Result<Format, ConfigError> {
    match format.unwrap_or(Format::FlatJson) {
        Format::OtlpLogs => Err(ConfigError::new(
            "format",
            "`otlp_logs` is no Datadog log; take `ocsf`, `flat_json`, `json` or `cef`, or the otlp destination \
             with Datadog's OTLP intake",
        )),
        format => Ok(format),
    }
}
