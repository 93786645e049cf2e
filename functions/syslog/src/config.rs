//! What can be set, in `[export.adapters.config]` and as a function's settings.

mod address;
mod facility;

use delivery::ConfigError;
use delivery::config::{Connection, Own};
use delivery::http::{Plaintext, Settings};
use schemars::JsonSchema;
use serde::Deserialize;
use transform::batch::Limits;
use transform::format::Format;

pub use self::address::{Address, Transport};
pub use self::facility::Facility;

/// What rsyslog keeps of a message by default is 8096 bytes; it cuts or truncates what is longer, and acknowledges it.
pub const MESSAGE_BYTES: usize = 8_000;

/// The shortest that RFC 5424 lets a receiver take, with room for ids and names.
const SMALLEST_MESSAGE: usize = 1_024;

/// The most data that RELP's version 1 has in a frame.
const LARGEST_MESSAGE: usize = 128 * 1024;

/// Bytes on one connection before its end is confirmed.
const BURST_BYTES: usize = 256 * 1024;

/// Messages on one connection before its end is confirmed.
const BURST_RECORDS: usize = 500;

/// The settings of this destination, beside those of its [`Connection`].
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the receiver is: `tls://siem.example.com:6514` (RFC 5425), `tcp://…` (RFC 6587, clear text), `relp+tls://…` or
    /// `relp://…` (clear text). `tls` has the default port 6514; the others need a port. Clear text needs
    /// `allow_private_networks`, and then goes to private addresses only, or `allow_insecure`.
    #[schemars(with = "String")]
    pub endpoint: Address,
    /// The facility, by name or number: `local4`, `20`. Default: `audit` (13).
    #[serde(default)]
    #[schemars(with = "String")]
    pub facility: Facility,
    /// The header of each message: `rfc5424` or `rfc3164`. Default: `rfc3164` with `cef`, `leef` and `leef1`, else `rfc5424`.
    pub header: Option<Header>,
    /// The header's host name. Default: the host of the vault that the event comes from, else its instance.
    pub hostname: Option<String>,
    /// The header's application name, at most 48 characters. Default: `vault-export`.
    #[serde(default = "app_name")]
    pub app_name: String,
    /// The name of a structured data element with the event's id, class, action, outcome, actor and path: `ve@12345`, with your
    /// private enterprise number. Only with the header `rfc5424`. Default: none.
    pub structured_data_id: Option<String>,
    /// How messages are told apart on `tls` and `tcp`: `octet_counting`, or `lf` (a line each) for old receivers.
    /// Default: `octet_counting`.
    #[serde(default)]
    pub framing: Framing,
    /// What has to happen before messages on `tls` and `tcp` count as delivered: `close` (the receiver closes in return: TLS's
    /// own end on `tls`, the end of the stream on `tcp`), `eof` (the end of the stream is enough on `tls` too) or `none`
    /// (they were written). Default: `close`.
    #[serde(default)]
    pub confirm: Confirm,
    /// Largest message with its header, 1024 to 131072 bytes. Longer ones lose free text first and are then rejected.
    /// Default: 8000, which every receiver takes whole.
    pub max_message_bytes: Option<usize>,
    /// Begins text with a byte order mark, as RFC 5424 asks for. Few receivers want it. Only with the header `rfc5424`.
    /// Default: false.
    #[serde(default)]
    pub bom: bool,
}

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Header {
    /// `<110>1 2026-02-14T22:30:01.482913Z host app - SecretAccess - …`
    Rfc5424,
    /// `<110>Feb 14 22:30:01 host …`, in UTC.
    Rfc3164,
}

/// How messages are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `MSG-LEN SP MSG`.
    #[default]
    OctetCounting,
    /// `MSG LF`.
    Lf,
}

/// What counts as delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// The receiver's own close, after ours.
    #[default]
    Close,
    /// The end of the stream after our close, even without TLS's own end.
    Eof,
    /// The write.
    None,
}

impl Own for Config {
    const ADDRESS: &'static str = "endpoint";
}

fn app_name() -> String {
    "vault-export".to_owned()
}

impl Config {
    /// What the connections are told. Clear text stays on private networks unless it may go anywhere.
    pub fn connection(&self, connection: &Connection) -> Result<Settings, ConfigError> {
        let plaintext = match (self.endpoint.transport().is_encrypted(), connection) {
            (true, _) => Plaintext::Nowhere,
            (false, Connection { allow_insecure: true, .. }) => Plaintext::Anywhere,
            (false, Connection { allow_private_networks: true, .. }) => Plaintext::PrivateNetworks,
            (false, _) => {
                let problem = "sends events in clear text; take tls:// or relp+tls://, or set allow_private_networks for a \
                               receiver within the VPC";
                return Err(ConfigError::new("endpoint", problem));
            }
        };
        Ok(Settings { plaintext, ..connection.http() })
    }

    /// The header that goes with this format, with the settings that need one held to it.
    pub fn header(&self, format: Format) -> Result<Header, ConfigError> {
        let usual = if format.is_text() { Header::Rfc3164 } else { Header::Rfc5424 };
        let header = self.header.unwrap_or(usual);
        if header == Header::Rfc3164 {
            for (key, is_set) in
                [("bom", self.bom), ("structured_data_id", self.structured_data_id.is_some())]
            {
                if is_set {
                    let problem = "needs header = \"rfc5424\"";
                    return Err(ConfigError::new(key, problem));
                }
            }
        }
        Ok(header)
    }

    /// The name of the structured data element: printable characters, and a private enterprise number behind `@`.
    pub fn structured_data_id(&self) -> Result<Option<String>, ConfigError> {
        let Some(id) = &self.structured_data_id else { return Ok(None) };
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"=]\"@".contains(&byte))
        };
        let is_id =
            id.rsplit_once('@').is_some_and(|(name, number)| is_name(name) && is_number(number));
        if is_id && id.len() <= 32 {
            return Ok(Some(id.clone()));
        }
        let problem = "must be a name and a private enterprise number, such as ve@12345, of at most 32 characters";
        Err(ConfigError::new("structured_data_id", problem))
    }

    /// The largest message.
    pub fn message_bytes(&self) -> Result<usize, ConfigError> {
        let bytes = self.max_message_bytes.unwrap_or(MESSAGE_BYTES);
        if (SMALLEST_MESSAGE..=LARGEST_MESSAGE).contains(&bytes) {
            return Ok(bytes);
        }
        let problem = format!("must be from {SMALLEST_MESSAGE} to {LARGEST_MESSAGE}");
        Err(ConfigError::new("max_message_bytes", problem))
    }

    /// What one connection may carry, with at most `records` events if that is given.
    pub fn limits(&self, records: Option<usize>) -> Result<Limits, ConfigError> {
        let records = records.unwrap_or(BURST_RECORDS).min(BURST_RECORDS);
        let framing = if self.endpoint.transport().is_relp() { 25 } else { 7 };
        let record_bytes = self.message_bytes()?;
        Ok(Limits { records, bytes: BURST_BYTES, record_bytes, framing, overhead: 0 })
    }
}

/// The format, if it makes sense here.
pub(crate) fn format(format: Option<Format>) -> Result<Format, ConfigError> {
    match format.unwrap_or(Format::Cef) {
        Format::OtlpLogs => Err(ConfigError::new(
            "format",
            "`otlp_logs` makes no sense here; take `cef`, `leef`, `leef1`, `ocsf`, `flat_json` or `json`",
        )),
        format => Ok(format),
    }
}

#[cfg(test)]
mod tests;
