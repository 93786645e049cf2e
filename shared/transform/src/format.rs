//! The formats a destination may ask for.

pub mod cef;
pub mod contract;
pub mod flat;
pub mod flat_json;
pub mod leef;
mod line;
pub mod ocsf;
pub mod otlp_logs;

use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

use crate::event::Event;

/// A format, by the name that configuration gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `ocsf`: OCSF 1.3 JSON.
    Ocsf,
    /// `cef`: the Common Event Format.
    Cef,
    /// `leef`: IBM's Log Event Extended Format 2.0.
    Leef,
    /// `leef1`: the same in version 1.0.
    Leef1,
    /// `flat_json`: one object of dotted keys and scalar values.
    FlatJson,
    /// `otlp_logs`: an OpenTelemetry log record as OTLP/JSON.
    OtlpLogs,
    /// `json`: the event contract itself.
    Json,
}

/// An event that a format cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub String);

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format; expected one of ocsf, cef, leef, leef1, flat_json, otlp_logs, json")]
pub struct UnknownFormat;

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[
        Format::Ocsf,
        Format::Cef,
        Format::Leef,
        Format::Leef1,
        Format::FlatJson,
        Format::OtlpLogs,
        Format::Json,
    ];

    /// The name that configuration gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Ocsf => "ocsf",
            Format::Cef => "cef",
            Format::Leef => "leef",
            Format::Leef1 => "leef1",
            Format::FlatJson => "flat_json",
            Format::OtlpLogs => "otlp_logs",
            Format::Json => "json",
        }
    }

    /// Whether an event is a line of text and not a JSON object.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Cef | Format::Leef | Format::Leef1)
    }

    /// Writes the event at the end of `out`: one line, without its line break.
    ///
    /// # Errors
    /// When the format has no way to say the event; `out` is then as it was.
    pub fn encode(self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        match self {
            Format::Json => contract::write(event, out),
            Format::Ocsf => ocsf::write(event, out),
            Format::Cef => cef::write(event, out),
            Format::Leef => leef::write(leef::Version::Two, event, out),
            Format::Leef1 => leef::write(leef::Version::One, event, out),
            Format::FlatJson => flat_json::write(event, out),
            Format::OtlpLogs => otlp_logs::write(event, out),
        }
        Ok(())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        Format::ALL.iter().copied().find(|format| format.as_str() == name).ok_or(UnknownFormat)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(D::Error::custom)
    }
}
