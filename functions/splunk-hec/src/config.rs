//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use std::fmt;

use delivery::config::{ConfigError, Endpoint, Own, request_bytes};
use schemars::JsonSchema;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
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

/// The settings of this destination, beside those of its [`Connection`](delivery::config::Connection).
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Base address of the collector, `https://splunk.example.com:8088`. A path of the
    /// collector (`/services/collector/event`) at its end is taken off.
    #[schemars(with = "String")]
    pub endpoint: Endpoint,
    /// The index to write to. Default: the token's.
    pub index: Option<String>,
    /// The field `source`. Default: `vault-export`.
    #[serde(default = "source")]
    pub source: String,
    /// The field `sourcetype`. Default: `_json`; `cef` with the format `cef`, `leef`
    /// with `leef` and `leef1`.
    pub sourcetype: Option<String>,
    /// The field `host`. Default: the instance of the vault that the event comes from.
    pub host: Option<String>,
    /// Whether the indexers have to confirm events: `required` (what is not confirmed waits), `preferred` (asked for,
    /// and done without where nobody confirms) or `off`. `true` is `preferred`, `false` is `off`. Default: `off`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub ack: Ack,
    /// Largest request before compression, 65536 to 5242880 bytes. Default: 900000, which Splunk
    /// Cloud takes.
    pub max_request_bytes: Option<usize>,
}

/// When events count as delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ack {
    /// When the collector has taken them.
    #[default]
    Off,
    /// When the indexers confirm them, where there is somebody who does.
    Preferred,
    /// When the indexers confirm them.
    Required,
}

impl<'de> Deserialize<'de> for Ack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ack, D::Error> {
        struct Words;

        impl Visitor<'_> for Words {
            type Value = Ack;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("required, preferred, off, true or false")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Ack, E> {
                Ok(if value { Ack::Preferred } else { Ack::Off })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Ack, E> {
                match text {
                    "required" => Ok(Ack::Required),
                    "preferred" | "true" => Ok(Ack::Preferred),
                    "off" | "false" => Ok(Ack::Off),
                    _ => Err(E::custom("must be required, preferred, off, true or false")),
                }
            }
        }

        deserializer.deserialize_any(Words)
    }
}

impl Own for Config {
    const ADDRESS: &'static str = "endpoint";
}

fn source() -> String {
    "vault-export".to_owned()
}

impl Config {
    /// The field `sourcetype` that goes with this format.
    pub fn sourcetype(&self, format: Format) -> &str {
        self.sourcetype.as_deref().unwrap_or(match format {
            Format::Cef => "cef",
            Format::Leef | Format::Leef1 => "leef",
            Format::Ocsf | Format::FlatJson | Format::OtlpLogs | Format::Json => "_json",
        })
    }

    /// What one request may hold, with at most `records` events if that is given.
    pub fn limits(&self, records: Option<usize>) -> Result<Limits, ConfigError> {
        let range = SMALLEST_REQUEST..=LARGEST_REQUEST;
        let bytes = request_bytes(self.max_request_bytes, REQUEST_BYTES, range)?;
        let records = records.unwrap_or(REQUEST_RECORDS).min(REQUEST_RECORDS);
        let record_bytes = bytes.min(EVENT_BYTES);
        Ok(Limits { records, bytes, record_bytes, ..Limits::default() })
    }
}

#[cfg(test)]
mod tests {
    use delivery::config::{OverHttp, from_text};

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<OverHttp<Config>, ConfigError> {
        let endpoint = ("ENDPOINT", "https://splunk.example.com:8088");
        let text = ::tests::settings(pairs.iter().chain([&endpoint]));
        from_text(&text).map(|export| export.destination)
    }

    #[test]
    fn what_is_not_set_has_the_documented_default() {
        let config = config(&[("INDEX", ""), ("HOST", "")]).unwrap();
        assert_eq!(config.source, "vault-export");
        assert_eq!(config.sourcetype(Format::Ocsf), "_json");
        assert_eq!(config.sourcetype(Format::Cef), "cef");
        assert_eq!(config.sourcetype(Format::Leef1), "leef");
        assert_eq!((config.index.as_ref(), config.host.as_ref()), (None, None));
        assert_eq!(config.ack, Ack::Off);
        let limits = config.limits(None).unwrap();
        assert_eq!((limits.records, limits.bytes, limits.record_bytes), (1_000, 900_000, 900_000));
    }

    #[test]
    fn ack_is_a_word_or_as_it_was_before_true_or_false() {
        for (text, expected) in [
            ("true", Ack::Preferred),
            ("false", Ack::Off),
            ("required", Ack::Required),
            ("preferred", Ack::Preferred),
            ("off", Ack::Off),
        ] {
            assert_eq!(config(&[("ACK", text)]).unwrap().ack, expected, "{text}");
        }
        for text in ["canary", "7"] {
            let error = config(&[("ACK", text)]).unwrap_err().to_string();
            assert!(error.contains("required, preferred, off"), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
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
    fn a_request_size_that_splunk_refuses_is_refused_by_name() {
        for bytes in ["65535", "5242881"] {
            let refused = config(&[("MAX_REQUEST_BYTES", bytes)]).unwrap().limits(None);
            assert_eq!(refused.unwrap_err().place, "max_request_bytes");
        }
    }
}
