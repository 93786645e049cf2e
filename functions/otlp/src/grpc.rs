//! OTLP/gRPC: `LogsService/Export` over a channel that survives being frozen.
//!
//! A function that wakes up finds its connections dead. The channel is built once for the process, and anew after it lay
//! idle or its connection broke; a request that met a connection which died while it lay idle is sent once more at once. The channel's
//! connections come from `delivery::http`, so names, addresses and certificates are checked as for HTTP.

mod foreign;

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use delivery::ConfigError;
use delivery::http::{self as ours, Connector, Failure, Stream, USER_AGENT};
use delivery::tools::Session;
use http::uri::PathAndQuery;
use http::{HeaderMap, Uri};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;
use tokio::time::Instant;
use tonic::codec::{
    BufferSettings, Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder,
};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Extensions, Request, Status};
use url::Url;

pub(crate) use self::foreign::Foreign;
use self::foreign::Guarded;
use crate::config::Compression;
use crate::frame::{Frame, Framed};

/// What is said of a message that is none of the service's.
const NO_ANSWER: &str = "the answer is none of a logs service";

const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// An idle connection that is older may have been forgotten by a load balancer or a NAT gateway.
const IDLE: Duration = Duration::from_secs(50);

/// While a request waits, a silent connection is asked whether it lives: a dead one is found out in seconds and not when
/// the request's time is over.
const PING: Duration = Duration::from_secs(10);

/// Answers are small; a server that says more is none of ours. Not what any server has for a limit: by this number its word on
/// our request is told from our library's on its answer.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024 - 1;

/// Why there is no answer to understand.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The call ended with this status, the server's or one that the transport made of its own trouble.
    Status(Box<Status>),
    /// An answer that is none of gRPC.
    Foreign(Foreign),
    /// An answer of gRPC that cannot be understood. The request was taken.
    NotUnderstood,
    /// No answer in time.
    TimedOut,
    /// The secret's certificates cannot be used.
    Setup(ConfigError),
}

/// A collector's gRPC service.
pub(crate) struct Grpc {
    url: Url,
    endpoint: Endpoint,
    compression: Compression,
    line: Mutex<Option<Line>>,
}

/// The channel and what it was made for.
#[derive(Clone)]
struct Line {
    session: Arc<Session>,
    channel: Channel,
    timeout: Duration,
    built: Instant,
    last_use: Instant,
}

impl Grpc {
    /// The service at this address. gRPC names its own paths, so the address has none.
    pub(crate) fn new(url: &Url, compression: Compression) -> Result<Grpc, ConfigError> {
        let wrong = |problem: &str| ConfigError::new("endpoint", problem);
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(wrong(
                "has a path, and gRPC has none; take it off, or set protocol = \"http/protobuf\"",
            ));
        }
        let endpoint = Endpoint::from_shared(url.as_str().to_owned())
            .and_then(|endpoint| endpoint.user_agent(USER_AGENT))
            .map_err(|_| wrong("is no address for gRPC; write https://host:4317"))?
            .http2_keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        Ok(Grpc { url: url.clone(), endpoint, compression, line: Mutex::default() })
    }

    /// Sends an encoded request.
    pub(crate) async fn export(
        &self,
        session: &Arc<Session>,
        headers: HeaderMap,
        body: &[u8],
    ) -> Result<ExportLogsServiceResponse, Refusal> {
        let frame = Frame::new(body, self.compression);
        let (line, thawed) = self.line(session)?;
        let answer = once(&line, headers.clone(), frame.clone()).await;
        if !answer.as_ref().is_err_and(Refusal::is_broken_connection) {
            self.used(&line);
            return answer;
        }
        self.forget(&line);
        // One that was in use may have taken the request: to repeat that is the pipeline's, which counts.
        if !thawed {
            return answer;
        }
        tracing::debug!("the connection was gone; sending again on a new one");
        let (line, _) = self.line(session)?;
        once(&line, headers, frame).await
    }

    /// The channel, and whether it lay idle, as it does while the function is frozen.
    fn line(&self, session: &Arc<Session>) -> Result<(Line, bool), Refusal> {
        let mut kept = self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(line) = kept.as_mut().filter(|line| line.is_good_for(session)) {
            let thawed = line.last_use.elapsed() > ours::IDLE;
            line.last_use = Instant::now();
            return Ok((line.clone(), thawed));
        }
        let connector = session.http.connector(&["h2"]).map_err(Refusal::Setup)?;
        let line = Line {
            session: session.clone(),
            timeout: connector.timeout(),
            channel: self
                .endpoint
                .connect_with_connector_lazy(Dial { connector, url: self.url.clone() }),
            built: Instant::now(),
            last_use: Instant::now(),
        };
        *kept = Some(line.clone());
        Ok((line, false))
    }

    fn used(&self, line: &Line) {
        let mut kept = self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(kept) = kept.as_mut().filter(|kept| kept.built == line.built) {
            kept.last_use = Instant::now();
        }
    }

    /// Unless another request has replaced it already.
    fn forget(&self, broken: &Line) {
        let mut kept = self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.take_if(|line| line.built == broken.built);
    }
}

async fn once(
    line: &Line,
    headers: HeaderMap,
    frame: Frame,
) -> Result<ExportLogsServiceResponse, Refusal> {
    let call = async {
        let mut service =
            tonic::client::Grpc::new(Framed::new(Guarded(line.channel.clone()), frame))
                .max_decoding_message_size(LARGEST_ANSWER)
                .accept_compressed(CompressionEncoding::Gzip);
        service.ready().await.map_err(|error| Refusal::of(Status::from_error(error)))?;
        let metadata = MetadataMap::from_headers(headers);
        let request = Request::from_parts(metadata, Extensions::default(), ());
        let path = PathAndQuery::from_static(EXPORT);
        let answer = service.unary(request, path, Encoded).await.map_err(Refusal::of)?;
        Ok(answer.into_inner())
    };
    tokio::time::timeout(line.timeout, call).await.unwrap_or(Err(Refusal::TimedOut))
}

impl Line {
    fn is_good_for(&self, session: &Arc<Session>) -> bool {
        Arc::ptr_eq(&self.session, session) && self.last_use.elapsed() < IDLE
    }
}

impl Refusal {
    fn of(status: Status) -> Refusal {
        if let Some(foreign) = cause::<Foreign>(&status) {
            return Refusal::Foreign(foreign.clone());
        }
        if is_about_the_answer(status.message()) {
            return Refusal::NotUnderstood;
        }
        Refusal::Status(Box::new(status))
    }

    /// Not the server's word: its statuses come without a cause. What could not be connected to is not broken either.
    fn is_broken_connection(&self) -> bool {
        match self {
            Refusal::Status(status) => {
                status.source().is_some() && connection_failure(status).is_none()
            }
            _ => false,
        }
    }
}

/// What `delivery::http` said of the attempt to connect.
pub(crate) fn connection_failure(status: &Status) -> Option<&Failure> {
    cause(status)
}

/// Whether it is our own library's word: that a message is broken, is not there, or has no status behind it. Its codes
/// are the same as a server's own.
fn is_about_the_answer(message: &str) -> bool {
    const BEGINS: [&str; 6] = [
        "protocol error: received message with",
        "Error decompressing: ",
        "Unexpected EOF decoding stream.",
        "Missing response message.",
        "grpc-status header missing, mapped from HTTP status code 200",
        NO_ANSWER,
    ];
    let is_too_large = message.starts_with("Error, decoded message length too large")
        && message.ends_with(&format!("the limit is: {LARGEST_ANSWER} bytes"));
    is_too_large || BEGINS.iter().any(|begin| message.starts_with(begin))
}

fn cause<T: Error + 'static>(status: &Status) -> Option<&T> {
    let mut next = status.source();
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
    .find_map(|error| error.downcast_ref())
}

/// Connects where `delivery::http` would.
#[derive(Clone)]
struct Dial {
    connector: Connector,
    url: Url,
}

impl tower_service::Service<Uri> for Dial {
    type Response = TokioIo<Stream>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let dial = self.clone();
        Box::pin(async move { dial.connector.connect(&dial.url).await.map(TokioIo::new) })
    }
}

/// Requests without a message, which is in the [`Frame`]; answers with one.
struct Encoded;

impl Codec for Encoded {
    type Encode = ();
    type Decode = ExportLogsServiceResponse;
    type Encoder = Encoded;
    type Decoder = Encoded;

    fn encoder(&mut self) -> Encoded {
        Encoded
    }

    fn decoder(&mut self) -> Encoded {
        Encoded
    }
}

impl Encoder for Encoded {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for Encoded {
    type Item = ExportLogsServiceResponse;
    type Error = Status;

    fn decode(&mut self, answer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        ExportLogsServiceResponse::decode(answer).map(Some).map_err(|_| Status::internal(NO_ANSWER))
    }
}
