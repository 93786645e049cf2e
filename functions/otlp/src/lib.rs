//! Delivers audit events as OpenTelemetry logs to any collector.
//!
//! The protocol is OTLP (open-telemetry/opentelemetry-proto, `docs/specification.md`), over gRPC or HTTP. As JSON, a request is
//!
//! ```text
//! POST /v1/logs HTTP/1.1
//! Content-Type: application/json
//!
//! {"resourceLogs":[{"resource":{"attributes":[{"key":"service.instance.id", …}]},
//!   "scopeLogs":[{"scope":{"name":"vault-export", …},"logRecords":[{"eventName":"vault.secret_access.retrieve", …}]}]}]}
//! ```
//!
//! and one refusal `{"partialSuccess":{"rejectedLogRecords":"3"}}` with status 200: the status alone says nothing. A record
//! sent twice is stored twice; `log.record.uid` is what to dedupe by.
//!
//! [`encode`] writes records and requests, `grpc` and `request` send them, `answer` says what came of it.

pub mod config;
pub mod encode;
pub mod headers;
mod answer;
mod check;
mod frame;
mod grpc;
mod protobuf;
mod request;

use delivery::config::OverHttp;
use delivery::destination::{Destination, Finding};
use delivery::outcome::{Answer, ErrorClass, Reason};
use delivery::tools::Access;
use delivery::{ConfigError, Endpoint, Export, Tools};
use http::HeaderMap;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::FormatError;

pub use self::config::Config;
use self::config::Protocol;
use self::encode::Mapper;
use self::grpc::Grpc;
use self::request::Receiver;

/// An OpenTelemetry collector, or a vendor's OTLP intake.
pub struct Otlp {
    endpoint: Endpoint,
    protocol: Protocol,
    mapper: Mapper,
    limits: Limits,
    headers: HeaderMap,
    way: Way,
    access: Access,
}

enum Way {
    Grpc(Box<Grpc>),
    Http(Receiver),
}

impl Otlp {
    /// The destination that these settings describe. Nothing is connected to, nor is the secret read, before the first
    /// delivery.
    pub fn new(export: Export<OverHttp<Config>>, tools: &Tools) -> Result<Otlp, ConfigError> {
        let config = export.destination;
        let (endpoint, protocol) = (config.endpoint.clone(), config.protocol);
        let access = tools.access(export.secret, config.http(&config.connection)?)?;
        access.client().permits(endpoint.url())?;
        let way = match protocol {
            Protocol::Grpc => Way::Grpc(Box::new(Grpc::new(endpoint.url(), config.compression)?)),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                Way::Http(Receiver::new(&endpoint, protocol.encoding(), config.compression))
            }
        };
        Ok(Otlp {
            mapper: Mapper::new(config::format(export.format)?, protocol.encoding()),
            limits: config.limits(export.batch_size)?,
            headers: config.headers.parse(headers::refusal)?,
            endpoint,
            protocol,
            way,
            access,
        })
    }

    /// Sends an encoded request of this many records.
    async fn send(&self, body: Vec<u8>, records: usize) -> Answer {
        let session = match self.access.session().await {
            Ok(session) => session,
            Err(error) => return error.into(),
        };
        let mut headers = self.headers.clone();
        match headers::of_secret(&session.secret) {
            Ok(credential) => headers.extend(credential),
            Err(error) => return error.into(),
        }
        match &self.way {
            Way::Grpc(grpc) => match grpc.export(&session, headers, &body).await {
                Ok(response) => answer::taken(response.into(), records),
                Err(refusal) => answer::refused(refusal),
            },
            Way::Http(receiver) => match session.http.send(receiver.logs(headers, body)).await {
                Ok(response) => answer::of_response(&response, self.protocol.encoding(), records),
                Err(failure) => failure.into(),
            },
        }
    }
}

impl Destination for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.mapper.write(event, out)
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        let body = self.mapper.request(batch);
        if body.len() > self.limits.bytes {
            // The limits count one vault's resource; a batch of very many vaults can have more.
            let text = "the records of this many vaults are more than a request may hold";
            return Answer::Split(Reason::new(ErrorClass::TooLarge, text));
        }
        self.send(body, batch.len()).await
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        self.test().await
    }
}
