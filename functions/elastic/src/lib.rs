//! Delivers audit events to Elasticsearch 8 and 9 and to OpenSearch, by bulk requests.
//!
//! The protocol is Elastic's page "Bulk API"
//! (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>); OpenSearch has the same. One
//! request is two lines for each event, and ends in a newline:
//!
//! ```text
//! POST /logs-vault.audit-default/_bulk?filter_path=…&require_data_stream=true HTTP/1.1
//! Authorization: ApiKey VnVhQ2ZHY0JDZGJrU…
//! Content-Type: application/x-ndjson
//! Content-Encoding: gzip
//!
//! {"create":{"_id":"249fef96-…"}}
//! {"@timestamp":"2026-02-14T22:30:01.482913Z","event":{"id":"249fef96-…", …},"ocsf":{ … }}
//! ```
//!
//! and one answer
//!
//! ```text
//! HTTP/1.1 200 OK
//! {"took":30,"errors":true,"items":[{"create":{"status":201}},
//!   {"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}}]}
//! ```
//!
//! after which both events are there: the second had come before. A document's id is the event's id, so what
//! is sent twice is stored once, up to the rollover of a data stream's backing index.

pub mod index;
pub mod config;
mod ecs;
pub mod encode;
mod features;
mod auth;
mod request;
mod answer;
mod check;
mod setup;

use delivery::config::OverHttp;
use delivery::destination::{Destination, Finding};
use delivery::http::{Request, Response};
use delivery::outcome::Answer;
use delivery::tools::Access;
use delivery::{ConfigError, Export, Tools};
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::FormatError;

use self::auth::Auth;
pub use self::config::Config;
use self::encode::Document;
use self::request::Cluster;

/// One index or data stream of one cluster.
pub struct Elastic {
    config: OverHttp<Config>,
    document: Document,
    limits: Limits,
    cluster: Cluster,
    auth: Auth,
    access: Access,
}

impl Elastic {
    /// The destination that these settings describe. The credential is read with the first delivery.
    pub fn new(export: Export<OverHttp<Config>>, tools: &Tools) -> Result<Elastic, ConfigError> {
        let config = export.destination;
        config.check()?;
        let Some(auth) = Auth::new(&config, export.secret.is_some(), &tools.aws) else {
            return Err(ConfigError::new(
                "secret_arn",
                "is not set; it names the secret with the API key, or with username and password; for Amazon \
                 OpenSearch Service set aws_auth",
            ));
        };
        let access = tools.access(export.secret, config.connection.http())?;
        let cluster = Cluster::new(&config);
        access.client().permits(cluster.address())?;
        Ok(Elastic {
            document: Document::new(&config, config::format(export.format)?),
            limits: config.limits(export.batch_size)?,
            cluster,
            auth,
            access,
            config,
        })
    }

    /// Sends a request with the credential on it.
    async fn ask(&self, mut request: Request) -> Result<Response, Answer> {
        let session = self.access.session().await?;
        self.auth.authorize(&mut request, &session.secret).await?;
        Ok(session.http.send(request).await?)
    }

    /// Sends the documents; again at once without the parameters that the server turns out not to know.
    async fn send(&self, batch: &Batch<'_>) -> Result<Answer, Answer> {
        let mut response = self.ask(self.cluster.bulk(batch)).await?;
        if response.status == http::StatusCode::BAD_REQUEST
            && self.cluster.features.learn(&response.body)
        {
            tracing::info!(
                "the server is older or OpenSearch; its missing parameters are left out"
            );
            response = self.ask(self.cluster.bulk(batch)).await?;
        }
        Ok(answer::classify(&response, batch.len()))
    }
}

impl Destination for Elastic {
    fn name(&self) -> &'static str {
        "elastic"
    }

    /// By `create` with an id.
    fn idempotent(&self) -> bool {
        true
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.document.write(event, out)
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        self.send(batch).await.unwrap_or_else(|refusal| refusal)
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        self.test().await
    }
}
