//! One batch on one connection.
//!
//! A connection is never used twice: only its end tells that the receiver has read everything, and a function that was frozen
//! finds its connections dead.

pub(crate) mod burst;
pub(crate) mod relp;

use std::time::Duration;

use delivery::http::{Failure, Stream};
use delivery::outcome::Answer;
use tokio::time::Instant;
use transform::batch::Batch;

use crate::Syslog;

/// How long the receiver is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For its close in return, or an acknowledgement.
    pub(crate) answer: Duration,
    /// For all messages to be written.
    pub(crate) writing: Duration,
    /// How long a connection test waits for the receiver to find fault with us.
    pub(crate) alert: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        let seconds = Duration::from_secs;
        Patience { answer: seconds(10), writing: seconds(30), alert: Duration::from_millis(300) }
    }
}

/// An open connection.
pub(crate) struct Line {
    pub(crate) stream: Stream,
    /// How long opening it took: at least one way there and back.
    pub(crate) opening: Duration,
}

impl Syslog {
    pub(crate) async fn send(&self, batch: &Batch<'_>) -> Answer {
        let (line, connector) = match self.connect().await {
            Ok(open) => open,
            Err(answer) => return *answer,
        };
        let broken = |error: &std::io::Error| connector.failure(error);
        if self.address.transport().is_relp() {
            relp::deliver(line, batch, self.patience, broken).await
        } else {
            burst::deliver(line, batch, self.manner(), broken).await
        }
    }

    fn manner(&self) -> burst::Manner {
        burst::Manner { framing: self.framing, confirm: self.confirm, patience: self.patience }
    }

    /// A new connection, and what tells why it broke.
    pub(crate) async fn connect(&self) -> Result<(Line, delivery::http::Connector), Box<Answer>> {
        let connector = self.connector().await.map_err(Box::new)?;
        let begun = Instant::now();
        let stream = connector.connect(self.address.url()).await;
        let stream = stream.map_err(|failure| Box::new(Answer::from(failure)))?;
        Ok((Line { stream, opening: begun.elapsed() }, connector))
    }
}

/// The answer to a connection that broke: what TLS says of our certificate or its own, else what is known of the messages.
pub(crate) fn of_failure(failure: Failure, otherwise: impl FnOnce() -> Answer) -> Answer {
    match failure {
        Failure::Retry(_) => otherwise(),
        failure => failure.into(),
    }
}
