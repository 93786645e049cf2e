//! Requests to the intake.

use std::io::Write;

use delivery::config::ConfigError;
use delivery::credentials::{CredentialError, Secret};
use delivery::http::{Request, gzip};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use transform::batch::Batch;

use crate::config::{Compression, Config};

/// The addresses of one site.
#[derive(Clone, Debug)]
pub struct Intake {
    logs: delivery::Endpoint,
    /// Where the key is validated; unknown behind an endpoint of the user's own.
    api: Option<delivery::Endpoint>,
    compression: Compression,
}

impl Intake {
    /// The intake that the settings name.
    pub fn new(config: &Config) -> Result<Intake, ConfigError> {
        let parse =
            |text: String| text.parse().map_err(|problem: &str| ConfigError::new("site", problem));
        Ok(Intake {
            logs: match &config.endpoint {
                Some(endpoint) => endpoint.clone(),
                None => parse(config.site.intake())?,
            },
            api: match config.endpoint {
                Some(_) => None,
                None => Some(parse(config.site.api())?),
            },
            compression: config.compression,
        })
    }

    /// The intake's address.
    pub fn address(&self) -> &delivery::Endpoint {
        &self.logs
    }

    /// The batch as one JSON array, compressed.
    pub fn logs(&self, batch: &Batch<'_>, secret: &Secret) -> Result<Request, CredentialError> {
        let mut headers = headers(secret)?;
        let parts = array(batch);
        let body = match self.compression {
            Compression::Gzip => gzip(parts, batch.encoded_len()),
            Compression::Zstd => zstd_of(parts).into(),
        };
        let coding = match self.compression {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        Ok(Request::post(self.logs.join("/api/v2/logs"), headers, body))
    }

    /// What Datadog's own agent sends to see whether the intake can be reached: an empty log.
    pub fn probe(&self, secret: &Secret) -> Result<Request, CredentialError> {
        Ok(Request::post(self.logs.join("/api/v2/logs"), headers(secret)?, "{}"))
    }

    /// Asks whether the key is valid, at another host than the intake.
    pub fn validation(&self, secret: &Secret) -> Option<Result<Request, CredentialError>> {
        let url = self.api.as_ref()?.join("/api/v1/validate");
        Some(headers(secret).map(|headers| Request::get(url, headers)))
    }
}

/// `[`, the logs with commas between them, `]`.
fn array<'b>(batch: &'b Batch<'_>) -> impl Iterator<Item = &'b [u8]> {
    let logs = batch.fragments().enumerate().flat_map(|(index, log)| {
        let comma: &[u8] = if index == 0 { b"" } else { b"," };
        [comma, log]
    });
    std::iter::once(&b"["[..]).chain(logs).chain(std::iter::once(&b"]"[..]))
}

fn zstd_of<'b>(parts: impl Iterator<Item = &'b [u8]>) -> Vec<u8> {
    let written = zstd::Encoder::new(Vec::new(), 3).and_then(|mut encoder| {
        for part in parts {
            encoder.write_all(part)?;
        }
        encoder.finish()
    });
    // Writing to memory does not fail.
    written.unwrap_or_default()
}

fn headers(secret: &Secret) -> Result<HeaderMap, CredentialError> {
    let mut key = HeaderValue::from_str(secret.value("api_key")?.expose_secret().trim())
        .map_err(|_| CredentialError::NoMember("usable api_key".to_owned()))?;
    key.set_sensitive(true);
    Ok(HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("dd-api-key"), key),
        (HeaderName::from_static("dd-evp-origin"), HeaderValue::from_static("vault-export")),
        (
            HeaderName::from_static("dd-evp-origin-version"),
            HeaderValue::from_static(env!("CARGO_PKG_VERSION")),
        ),
    ]))
}
