//! A gRPC message in its frame, compressed by us.
//!
//! tonic compresses at level 6 and offers no other, which was more than half of a delivery's CPU time. So it is given
//! an empty message, and [`Framed`] exchanges the request's body below it. All else stays tonic's: headers, trailers,
//! statuses, answers.

use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use delivery::http::gzip;
use http::{HeaderValue, Request};
use http_body_util::Full;
use tonic::body::Body;
use tower_service::Service;

use crate::config::Compression;

/// Whether the message is compressed, and its length: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.
const HEAD: usize = 1 + 4;

/// A message as it goes out, the same for each try.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    bytes: Bytes,
    encoding: Option<&'static str>,
}

impl Frame {
    /// The frame of an encoded message of less than 4 GiB, which limits keep it far below.
    pub(crate) fn new(message: &[u8], compression: Compression) -> Frame {
        match compression {
            Compression::Gzip => {
                let compressed = gzip([message], message.len());
                Frame { bytes: framed(1, &compressed), encoding: Some("gzip") }
            }
            Compression::None => Frame { bytes: framed(0, message), encoding: None },
        }
    }
}

fn framed(flag: u8, content: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(HEAD + content.len());
    out.put_u8(flag);
    out.put_u32(u32::try_from(content.len()).unwrap_or(u32::MAX));
    out.put_slice(content);
    out.freeze()
}

/// A channel whose one request carries this frame, whatever message it was given.
pub(crate) struct Framed<S> {
    channel: S,
    frame: Frame,
}

impl<S> Framed<S> {
    pub(crate) fn new(channel: S, frame: Frame) -> Framed<S> {
        Framed { channel, frame }
    }
}

impl<S: Service<Request<Body>>> Service<Request<Body>> for Framed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        let (mut parts, _) = request.into_parts();
        if let Some(encoding) = self.frame.encoding {
            parts.headers.insert("grpc-encoding", HeaderValue::from_static(encoding));
        }
        let body = Body::new(Full::new(self.frame.bytes.clone()));
        self.channel.call(Request::from_parts(parts, body))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_says_how_long_its_message_is_and_how_to_read_it(
            message in proptest::collection::vec(any::<u8>(), 0..500), gzip in any::<bool>(),
        ) {
            let compression = if gzip { Compression::Gzip } else { Compression::None };
            let frame = Frame::new(&message, compression);
            let (head, content) = frame.bytes.split_at(HEAD);
            prop_assert_eq!(head[0], u8::from(gzip));
            prop_assert_eq!(&head[1..], u32::try_from(content.len()).unwrap().to_be_bytes());
            prop_assert_eq!(frame.encoding, gzip.then_some("gzip"));
            let mut read = Vec::new();
            if gzip {
                flate2::read::GzDecoder::new(content).read_to_end(&mut read).unwrap();
            } else {
                read.extend_from_slice(content);
            }
            prop_assert_eq!(read, message);
        }
    }
}
