//! Delivers audit events to Datadog's log intake, version 2.
//!
//! The protocol is Datadog's page "Send logs" (<https://docs.datadoghq.com/api/latest/logs/>). One request is a
//! JSON array:
//!
//! ```text
//! POST /api/v2/logs HTTP/1.1
//! DD-API-KEY: 0123…
//! Content-Encoding: gzip
//!
//! [{"ddsource":"vault-export","service":"sanctum","hostname":"vault-eu","status":"error",
//!   "timestamp":1771108304006,"ddtags":"env:production","evt":{"id":"52a9467c-…", …},
//!   "message":"cursor-agent retrieve aws/prod/access_key: denied","ocsf":{ … }}]
//! ```
//!
//! and one refusal `HTTP/1.1 403 Forbidden`, after which messages wait and the alarm rings. A log that is sent
//! twice is stored twice: `evt.id` is what queries can dedupe by.

pub mod config;
pub mod encode;
pub mod request;
pub mod site;
mod answer;
mod check;

use delivery::config::OverHttp;
use delivery::destination::{Destination, Finding};
use delivery::outcome::Answer;
use delivery::tools::Access;
use delivery::{ConfigError, Export, Tools};
use jiff::Timestamp;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::FormatError;

pub use self::config::Config;
use self::encode::Log;
use self::request::Intake;

/// One Datadog organisation.
pub struct Datadog {
    log: Log,
    limits: Limits,
    intake: Intake,
    access: Access,
    /// The site's name, if Datadog does not document it.
    unknown_site: Option<String>,
}

impl Datadog {
    /// The destination that these settings describe. The key is read with the first delivery.
    pub fn new(export: Export<OverHttp<Config>>, tools: &Tools) -> Result<Datadog, ConfigError> {
        let config = export.destination;
        let Some(secret) = export.secret else {
            return Err(ConfigError::new(
                "secret_arn",
                "is not set; it names the secret with the API key",
            ));
        };
        let unknown_site = (config.endpoint.is_none() && !config.site.is_known())
            .then(|| config.site.as_str().to_owned());
        if let Some(site) = &unknown_site {
            tracing::warn!(site, "not one of the sites that Datadog documents");
        }
        let access = tools.access(Some(secret), config.connection.http())?;
        let intake = Intake::new(&config)?;
        access.client().permits(intake.address().url())?;
        Ok(Datadog {
            log: Log::new(&config, config::format(export.format)?),
            limits: config.limits(export.batch_size),
            intake,
            access,
            unknown_site,
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether a log is too old for Datadog is asked when it is sent"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

impl Destination for Datadog {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.log.write(event, now(), out)
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        let session = match self.access.session().await {
            Ok(session) => session,
            Err(error) => return error.into(),
        };
        let request = match self.intake.logs(batch, &session.secret) {
            Ok(request) => request,
            Err(error) => return error.into(),
        };
        match session.http.send(request).await {
            Ok(response) => answer::classify(&response),
            Err(failure) => failure.into(),
        }
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(self).await
    }
}
