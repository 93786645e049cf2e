//! Refusals by something in front of the vendor: a proxy, a load balancer, a web server, a captive portal.
//!
//! They have looked at no event, so what they refuse is not the event's fault.

use ::http::header::CONTENT_TYPE;

use super::Response;
use crate::outcome::{Answer, ErrorClass, Reason};

/// How web servers answer a plain request at a port for TLS: nginx, Go, Apache and `HAProxy`.
const PLAIN_AT_TLS: [&str; 3] = [
    "plain http request was sent to https",
    "http request to an https server",
    "speaking plain http",
];

/// What a refusal means that is not in the vendor's own form: nothing is parked for it.
pub fn stranger(response: &Response) -> Answer {
    let text = "refused by something in front of the receiver, such as a proxy or a web server; \
                is the address right, and https?";
    let reason = Reason::new(ErrorClass::Config, text);
    Answer::Config(reason.with_status(response.status.as_u16()))
}

/// Whether the answer is a page for people, or says that the port speaks another protocol.
pub fn is_page(response: &Response) -> bool {
    let kind = response.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let words = String::from_utf8_lossy(&response.body).trim_start().to_ascii_lowercase();
    kind.is_some_and(|kind| kind.trim_start().starts_with("text/html"))
        || words.starts_with("<!doctype html")
        || words.starts_with("<html")
        || PLAIN_AT_TLS.iter().any(|known| words.contains(known))
}

#[cfg(test)]
mod tests {
    use ::http::{HeaderMap, StatusCode};
    use bytes::Bytes;

    use super::*;

    fn page(kind: Option<&'static str>, body: &'static str) -> bool {
        let kind = kind.map(|kind| (CONTENT_TYPE, kind.parse().unwrap()));
        is_page(&Response {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::from_iter(kind),
            body: Bytes::from_static(body.as_bytes()),
            truncated: false,
        })
    }

    #[test]
    fn pages_are_told_from_answers_of_programs() {
        assert!(page(Some("text/html; charset=utf-8"), ""));
        assert!(page(None, "\n<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">"));
        assert!(page(None, "<html>\r\n<head><title>400 Bad Request</title></head>"));
        assert!(page(Some("text/plain"), "Client sent an HTTP request to an HTTPS server.\n"));
        for body in ["", "invalid_payload", "{\"error\":\"no\"}", "<Error><Code>X</Code></Error>"] {
            assert!(!page(None, body), "{body}");
        }
    }
}
