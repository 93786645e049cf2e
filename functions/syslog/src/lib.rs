//! A syslog receiver: RFC 5424 and RFC 3164 messages over TLS (RFC 5425), TCP (RFC 6587) and RELP.
//!
//! ```text
//! event ─ encode: header, structured data, text; shortened if too long
//! batch ─ request: octets counted, or RELP's commands ─ deliver: one connection ─ answer
//! ```
//!
//! Syslog has no acknowledgement: a write that went well says that our own system has the bytes, and a receiver that dies takes
//! those with it that its process had not read. So each batch has a connection of its own, which is closed behind its last
//! message, and counts as delivered when the receiver closes in return: then its process has read everything. What it does
//! with that is unknown. RELP acknowledges each message.

use std::sync::Arc;

use delivery::config::OverHttp;
use delivery::destination::{Destination, Finding};
use delivery::http::Connector;
use delivery::outcome::Answer;
use delivery::tools::{Access, Session};
use delivery::{ConfigError, Export, Tools};
use jiff::Timestamp;
use tokio::sync::Mutex;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::FormatError;

pub mod config;
pub mod encode;
pub mod request;
mod deliver;
pub mod answer;
mod check;

pub use self::config::Config;
use self::config::{Address, Confirm, Framing};
use self::deliver::Patience;
use self::encode::Message;

/// The members of the secret, all of which may be left out.
const MEMBERS: [&str; 3] = ["client_certificate", "client_key", "ca_bundle"];

/// One receiver.
pub struct Syslog {
    address: Address,
    message: Message,
    framing: Framing,
    confirm: Confirm,
    limits: Limits,
    access: Access,
    patience: Patience,
    /// Built once for a credential: reading certificates is more work than a handshake.
    connector: Mutex<Option<(Arc<Session>, Connector)>>,
}

impl Syslog {
    /// The destination that these settings describe. Nothing is connected to, nor is the secret read, before the first delivery.
    pub fn new(export: Export<OverHttp<Config>>, tools: &Tools) -> Result<Syslog, ConfigError> {
        let config = export.destination;
        let access = tools.access(export.secret, config.connection(&config.connection)?)?;
        access.client().permits(config.endpoint.url())?;
        Ok(Syslog {
            message: Message::new(&config, config::format(export.format)?)?,
            limits: config.limits(export.batch_size)?,
            framing: config.framing,
            confirm: config.confirm,
            address: config.own.endpoint,
            access,
            patience: Patience::default(),
            connector: Mutex::default(),
        })
    }

    /// What opens connections with the credential as it is now.
    async fn connector(&self) -> Result<Connector, Answer> {
        let session = self.access.session().await.map_err(Answer::from)?;
        session.secret.expect("client_certificate", &MEMBERS).map_err(Answer::from)?;
        let mut kept = self.connector.lock().await;
        if let Some((_, connector)) =
            kept.as_ref().filter(|(known, _)| Arc::ptr_eq(known, &session))
        {
            return Ok(connector.clone());
        }
        let connector = session.http.connector(&[]);
        let connector = connector.map_err(|error| Answer::Config(error_of(&error)))?;
        *kept = Some((session, connector.clone()));
        Ok(connector)
    }
}

fn error_of(error: &ConfigError) -> delivery::outcome::Reason {
    delivery::outcome::Reason::new(delivery::outcome::ErrorClass::Config, error.to_string())
}

impl Destination for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.message.write(event, out)
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        self.send(batch).await
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        self.test().await
    }

    async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        self.send_test_event(now).await
    }
}

#[cfg(test)]
mod tests;
