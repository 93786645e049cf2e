//! Answers in HTTP that are none of gRPC: of a proxy, a load balancer or a web server in the collector's place.
//!
//! gRPC's library says of them that a status is missing, or reads a web page as a broken message. What they say
//! themselves, by status and `Retry-After`, is kept here before that.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use tonic::body::Body;
use tonic::transport::Channel;
use tower_service::Service;

/// An answer that is none of gRPC.
#[derive(Clone, Debug)]
pub(crate) struct Foreign {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an answer of HTTP with status {}", self.status.as_u16())
    }
}

impl Error for Foreign {}

/// A channel on which such answers are errors.
#[derive(Clone)]
pub(super) struct Guarded(pub(super) Channel);

impl Service<Request<Body>> for Guarded {
    type Response = Response<Body>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            if is_grpc(answer.status(), answer.headers()) {
                return Ok(answer);
            }
            let (head, _) = answer.into_parts();
            Err(Foreign { status: head.status, headers: head.headers }.into())
        })
    }
}

/// gRPC over HTTP/2, "Responses": status 200 and its own content type; a gateway may put `grpc-status` into another.
fn is_grpc(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    headers.contains_key("grpc-status")
        || (status == StatusCode::OK && kind.starts_with(b"application/grpc"))
}
