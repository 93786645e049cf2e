//! A scripted gRPC collector on a loopback port, on HTTP/2 itself: it can say what no library would.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use http::{HeaderMap, Response};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What the collector answers.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    /// This message and status 0.
    Taken(ExportLogsServiceResponse),
    /// This status: code, message, details.
    Status(u16, &'static str, Vec<u8>),
    /// Bytes that are no message, and status 0.
    Garbage,
    /// An HTTP status without gRPC: a proxy.
    Http(u16),
    /// Closes the connection, the request taken.
    Cut,
    /// Resets the stream.
    Reset,
    /// Nothing, ever.
    Hang,
}

impl Say {
    pub(crate) fn taken() -> Say {
        Say::Taken(ExportLogsServiceResponse::default())
    }

    pub(crate) fn partial(rejected: i64, message: &str) -> Say {
        let partial = ExportLogsPartialSuccess {
            rejected_log_records: rejected,
            error_message: message.to_owned(),
        };
        Say::Taken(ExportLogsServiceResponse { partial_success: Some(partial) })
    }

    pub(crate) fn status(code: u16, message: &'static str) -> Say {
        Say::Status(code, message, Vec::new())
    }

    /// A status with `google.rpc.RetryInfo`, whose delay is optional.
    pub(crate) fn retry_info(code: u16, delay: Option<Duration>) -> Say {
        let delay = delay.map(|delay| Delay {
            seconds: delay.as_secs().try_into().unwrap(),
            nanos: delay.subsec_nanos().try_into().unwrap(),
        });
        let detail = Any {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: RetryInfo { delay }.encode_to_vec(),
        };
        let status = RpcStatus { code: code.into(), message: String::new(), details: vec![detail] };
        Say::Status(code, "canary", status.encode_to_vec())
    }
}

// google/rpc/status.proto, google/rpc/error_details.proto, google/protobuf/{any,duration}.proto.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<Delay>,
}

#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// A call as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub path: String,
    pub headers: HeaderMap,
    /// Whether the message was compressed.
    pub compressed: bool,
    /// The message, decompressed.
    pub message: Vec<u8>,
    /// Which connection it came on.
    pub connection: usize,
}

impl Call {
    pub(crate) fn request(&self) -> ExportLogsServiceRequest {
        ExportLogsServiceRequest::decode(&*self.message).unwrap()
    }
}

type Script = Arc<dyn Fn(&Call) -> Say + Send + Sync>;

/// A running collector; it stops when it is dropped.
pub(crate) struct Collector {
    port: u16,
    scheme: &'static str,
    calls: Arc<Mutex<Vec<Call>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Collector {
    /// Answers what `script` says.
    pub(crate) async fn start(script: impl Fn(&Call) -> Say + Send + Sync + 'static) -> Collector {
        Collector::open(Arc::new(script), None).await
    }

    /// Gives these answers one after the other, the last one for ever.
    pub(crate) async fn saying(answers: impl IntoIterator<Item = Say>) -> Collector {
        Collector::open(one_after_the_other(answers.into_iter().collect()), None).await
    }

    /// The same with TLS.
    pub(crate) async fn with_tls(tls: TlsAcceptor, say: Say) -> Collector {
        Collector::open(Arc::new(move |_: &Call| say.clone()), Some(tls)).await
    }

    async fn open(script: Script, tls: Option<TlsAcceptor>) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = calls.clone();
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (script, calls, tls) = (script.clone(), kept.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, connection, script, calls).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, connection, script, calls).await;
                            }
                        }
                    }
                });
            }
        });
        Collector { port, scheme, calls, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn one_after_the_other(answers: Vec<Say>) -> Script {
    let answers = Mutex::new(answers);
    Arc::new(move |_| {
        let mut answers = answers.lock().unwrap();
        if answers.len() == 1 { answers[0].clone() } else { answers.remove(0) }
    })
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    connection: usize,
    script: Script,
    calls: Arc<Mutex<Vec<Call>>>,
) {
    let Ok(mut http) = h2::server::handshake(stream).await else { return };
    let cut = Arc::new(tokio::sync::Notify::new());
    loop {
        let accepted = tokio::select! {
            accepted = http.accept() => accepted,
            () = cut.notified() => return,
        };
        let Some(Ok((request, respond))) = accepted else { return };
        let (script, calls, cut) = (script.clone(), calls.clone(), cut.clone());
        tokio::spawn(async move {
            let Some(call) = read(request, connection).await else { return };
            let say = script(&call);
            calls.lock().unwrap().push(call);
            answer(say, respond, &cut);
        });
    }
}

async fn read(request: http::Request<h2::RecvStream>, connection: usize) -> Option<Call> {
    let (head, mut stream) = request.into_parts();
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk.ok()?;
        stream.flow_control().release_capacity(chunk.len()).ok()?;
        body.extend_from_slice(&chunk);
    }
    // gRPC over HTTP/2, "Length-Prefixed-Message".
    let compressed = *body.first()? == 1;
    let length = u32::from_be_bytes(body.get(1..5)?.try_into().ok()?) as usize;
    assert_eq!(body.len(), 5 + length, "one message");
    let mut message = Vec::new();
    if compressed {
        GzDecoder::new(&body[5..]).read_to_end(&mut message).ok()?;
    } else {
        message.extend_from_slice(&body[5..]);
    }
    let path = head.uri.path().to_owned();
    Some(Call { path, headers: head.headers, compressed, message, connection })
}

fn answer(say: Say, mut respond: h2::server::SendResponse<Bytes>, cut: &tokio::sync::Notify) {
    let head =
        |status: u16| Response::builder().status(status).header("content-type", "application/grpc");
    let ok = |message: Vec<u8>, mut respond: h2::server::SendResponse<Bytes>| {
        let mut frame = vec![0];
        frame.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
        frame.extend_from_slice(&message);
        let mut stream = respond.send_response(head(200).body(()).unwrap(), false).unwrap();
        stream.send_data(frame.into(), false).unwrap();
        let trailers =
            HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
        stream.send_trailers(trailers).unwrap();
    };
    match say {
        Say::Taken(message) => ok(message.encode_to_vec(), respond),
        Say::Garbage => ok(b"\xff\xffgarbage".to_vec(), respond),
        Say::Status(code, message, details) => {
            let mut response =
                head(200).header("grpc-status", code).header("grpc-message", message);
            if !details.is_empty() {
                use base64::Engine;
                let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(details);
                response = response.header("grpc-status-details-bin", text);
            }
            respond.send_response(response.body(()).unwrap(), true).unwrap();
        }
        Say::Http(status) => {
            let response = Response::builder().status(status).body(()).unwrap();
            respond.send_response(response, true).unwrap();
        }
        Say::Cut => cut.notify_one(),
        Say::Hang => std::mem::forget(respond),
        Say::Reset => respond.send_reset(h2::Reason::REFUSED_STREAM),
    }
}
