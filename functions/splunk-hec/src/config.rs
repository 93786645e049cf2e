//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use delivery::http::Settings;
use delivery::{ConfigError, Endpoint};
use serde::Deserialize;
use transform::batch::Limits;
use transform::format::Format;

/// Splunk Cloud documents 1 MB for a request, before compression; a tenth is left free.
pub const REQUEST_BYTES: usize = 900_000;

/// An event larger than this is not accepted anywhere by default, whatever a request may hold.
pub const EVENT_BYTES: usize = 900_000;

/// More events gain nothing, and a refused one makes all that follow it go again.
pub const REQUEST_RECORDS: usize = 1_000;

const SMALLEST_REQUEST: usize = 64 * 1024;
const LARGEST_REQUEST: usize = 5 * 1024 * 1024;

/// The settings of this destination.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Base address of the collector, `https://splunk.example.com:8088`. Needed. A path of the
    /// collector (`/services/collector/event`) at its end is taken off.
    pub endpoint: Endpoint,
    /// The index to write to. Default: the token's.
    pub index: Option<String>,
    /// The field `source`. Default: `vault-export`.
    #[serde(default = "source")]
    pub source: String,
    /// The field `sourcetype`. Default: `_json`; `cef` with the format `cef`.
    pub sourcetype: Option<String>,
    /// The field `host`. Default: the instance of the vault that the event comes from.
    pub host: Option<String>,
    /// Whether events count as delivered only when the indexers confirm them. Default: false.
    #[serde(default)]
    pub ack: bool,
    /// Largest request before compression, 65536 to 5242880 bytes. Default: 900000, which Splunk
    /// Cloud takes.
    pub max_request_bytes: Option<usize>,
    /// Certificates in PEM to trust beside the public ones: Splunk Enterprise's own certificate is
    /// self-signed. The secret's member `ca_bundle` does the same. Default: none.
    pub ca_bundle: Option<String>,
    /// Allows `http` and loopback addresses, for tests. Default: false.
    #[serde(default)]
    pub allow_insecure: bool,
    /// Allows private addresses, for a Splunk within the VPC. Default: false.
    #[serde(default)]
    pub allow_private_networks: bool,
}

fn source() -> String {
    "vault-export".to_owned()
}

impl Config {
    /// The field `sourcetype` that goes with this format.
    pub fn sourcetype(&self, format: Format) -> &str {
        self.sourcetype.as_deref().unwrap_or(match format {
            Format::Cef => "cef",
            Format::Ocsf | Format::FlatJson | Format::OtlpLogs | Format::Json => "_json",
        })
    }

    /// What one request may hold, with at most `records` events if that is given.
    pub fn limits(&self, records: Option<usize>) -> Result<Limits, ConfigError> {
        let bytes = self.max_request_bytes.unwrap_or(REQUEST_BYTES);
        if !(SMALLEST_REQUEST..=LARGEST_REQUEST).contains(&bytes) {
            let problem = format!("must be from {SMALLEST_REQUEST} to {LARGEST_REQUEST}");
            return Err(ConfigError::new("max_request_bytes", problem));
        }
        let records = records.unwrap_or(REQUEST_RECORDS).min(REQUEST_RECORDS);
        let record_bytes = bytes.min(EVENT_BYTES);
        Ok(Limits { records, bytes, record_bytes, ..Limits::default() })
    }

    /// How the HTTP client behaves.
    pub fn http(&self) -> Settings {
        Settings {
            allow_insecure: self.allow_insecure,
            allow_private_networks: self.allow_private_networks,
            ca_bundle: self.ca_bundle.clone(),
            ..Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use delivery::config::from_variables;

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let endpoint = ("ENDPOINT", "https://splunk.example.com:8088");
        let pairs = [endpoint].into_iter().chain(pairs.iter().copied());
        let named = pairs.map(|(key, value)| (format!("VAULT_EXPORT_{key}"), value.to_owned()));
        from_variables(named).map(|export| export.destination)
    }

    #[test]
    fn what_is_not_set_has_the_documented_default() {
        let config = config(&[("INDEX", ""), ("HOST", "")]).unwrap();
        assert_eq!(config.source, "vault-export");
        assert_eq!(config.sourcetype(Format::Ocsf), "_json");
        assert_eq!(config.sourcetype(Format::Cef), "cef");
        assert_eq!((config.index.as_ref(), config.host.as_ref()), (None, None));
        assert!(!config.ack && !config.allow_insecure && !config.allow_private_networks);
        let limits = config.limits(None).unwrap();
        assert_eq!((limits.records, limits.bytes, limits.record_bytes), (1_000, 900_000, 900_000));
    }

    #[test]
    fn a_request_is_never_larger_than_asked_for_nor_an_event_than_its_limit() {
        let small = config(&[("MAX_REQUEST_BYTES", "65536")]).unwrap().limits(Some(100)).unwrap();
        assert_eq!((small.records, small.bytes, small.record_bytes), (100, 65_536, 65_536));
        let large = config(&[("MAX_REQUEST_BYTES", "5242880")]).unwrap();
        let large = large.limits(Some(5_000)).unwrap();
        assert_eq!((large.records, large.bytes, large.record_bytes), (1_000, 5_242_880, 900_000));
    }

    #[test]
    fn a_request_size_out_of_range_is_refused_by_name() {
        for bytes in ["65535", "5242881"] {
            let error = config(&[("MAX_REQUEST_BYTES", bytes)]).unwrap().limits(None).unwrap_err();
            assert_eq!(error.place, "max_request_bytes");
        }
    }

    #[test]
    fn there_is_no_setting_that_turns_certificate_checks_off() {
        let error = config(&[("SKIP_VERIFY", "true")]).unwrap_err();
        assert_eq!(error.place, "VAULT_EXPORT_SKIP_VERIFY");
    }
}
