//! The same requests and replies over HTTP/2, many at a time on one connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use tokio::sync::Notify;

use super::{Reply, Request, Script, Wire};

/// Answers the requests of one connection until it ends, or a reply closes it.
pub(super) async fn serve(stream: Wire, script: Script, seen: Arc<Mutex<Vec<Request>>>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let closed = Arc::new(Notify::new());
    loop {
        let accepted = tokio::select! {
            accepted = connection.accept() => accepted,
            () = closed.notified() => return,
        };
        let Some(Ok((request, respond))) = accepted else { return };
        let (script, seen, closed) = (script.clone(), seen.clone(), closed.clone());
        tokio::spawn(async move {
            let Some(request) = read(request).await else { return };
            let reply = script(&request);
            if let Ok(mut seen) = seen.lock() {
                seen.push(request);
            }
            // What cannot be answered any more has nobody who waits for it.
            let _answered = perform(respond, reply, &closed).await;
        });
    }
}

async fn read(request: http::Request<RecvStream>) -> Option<Request> {
    let (head, mut stream) = request.into_parts();
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk.ok()?;
        stream.flow_control().release_capacity(chunk.len()).ok()?;
        body.extend_from_slice(&chunk);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    Some(Request {
        method: head.method.to_string(),
        path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: headers.collect(),
        body: body.to_vec(),
    })
}

async fn perform(
    mut respond: SendResponse<Bytes>,
    reply: Reply,
    closed: &Notify,
) -> Result<(), h2::Error> {
    match reply {
        Reply::Answer { status, headers, body } => {
            answer(&mut respond, status, headers, body, Duration::ZERO).await?;
        }
        Reply::Cut => closed.notify_one(),
        Reply::CutMidBody => {
            let head = Response::builder().header("content-type", "application/grpc");
            let head = head.body(()).expect("a head");
            let mut stream = respond.send_response(head, false)?;
            stream.send_data(Bytes::from_static(&[0, 0, 0]), false)?;
            tokio::task::yield_now().await;
            stream.send_reset(Reason::INTERNAL_ERROR);
        }
        Reply::Reset => respond.send_reset(Reason::REFUSED_STREAM),
        Reply::Hang(time) => {
            tokio::time::sleep(time).await;
            closed.notify_one();
        }
        Reply::Drip(pause, reply) => match *reply {
            Reply::Answer { status, headers, body } if !body.is_empty() => {
                answer(&mut respond, status, headers, body, pause).await?;
            }
            other => Box::pin(perform(respond, other, closed)).await?,
        },
        Reply::After(time, then) => {
            tokio::time::sleep(time).await;
            Box::pin(perform(respond, *then, closed)).await?;
        }
        Reply::Told(told) => {
            if let Some(reply) = told.lock().await.recv().await {
                Box::pin(perform(respond, reply, closed)).await?;
            }
        }
    }
    Ok(())
}

/// The body goes out at once, or, with a pause before each, byte by byte.
async fn answer(
    respond: &mut SendResponse<Bytes>,
    status: u16,
    all: Vec<(String, String)>,
    body: Vec<u8>,
    pause: Duration,
) -> Result<(), h2::Error> {
    let is_trailer = |(name, _): &(String, String)| !body.is_empty() && name.starts_with("grpc-");
    let (trailers, first): (Vec<_>, Vec<_>) = all.into_iter().partition(is_trailer);
    let mut head = Response::builder().status(status).body(()).expect("a head");
    *head.headers_mut() = headers(first);
    let mut stream = respond.send_response(head, body.is_empty())?;
    let step = if pause.is_zero() { body.len() } else { 1 };
    let pieces = body.chunks(step.max(1));
    let last = pieces.len();
    for (number, piece) in (1..).zip(pieces) {
        tokio::time::sleep(pause).await;
        let ends = number == last && trailers.is_empty();
        stream.send_data(Bytes::copy_from_slice(piece), ends)?;
    }
    if !trailers.is_empty() {
        stream.send_trailers(headers(trailers))?;
    }
    Ok(())
}

fn headers(pairs: impl IntoIterator<Item = (String, String)>) -> HeaderMap {
    let parsed = |(name, value): (String, String)| {
        let name: HeaderName = name.parse().expect("a header's name");
        (name, value.parse::<HeaderValue>().expect("a header's value"))
    };
    pairs.into_iter().map(parsed).collect()
}
