//! The body of `SendMessageBatch`, which holds what the AWS SDK would write of the same messages.
//!
//! The SDK escapes a body anew for each queue and each call, after it has copied it twice. Ours are escaped already,
//! so that the SDK is given a call without entries, and its body is exchanged before it is signed.

use aws_sdk_sqs::config::http::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use transform::json;

use crate::message::Attribute;
use crate::{LONGEST_DELAY, Outgoing, seconds};

/// What an entry has beside its body and attributes, in bytes: a guess for the buffer.
const AROUND: usize = 160;

/// The messages as entries; their ids are their numbers.
pub(crate) fn body<'m>(
    url: &str,
    messages: impl Iterator<Item = (usize, &'m Outgoing)> + Clone,
) -> Bytes {
    let size = |(_, message): (usize, &Outgoing)| message.body.escaped_bytes() + AROUND;
    let mut out = Vec::with_capacity(url.len() + messages.clone().map(size).sum::<usize>());
    out.extend_from_slice(b"{\"QueueUrl\":");
    string(&mut out, url);
    out.extend_from_slice(b",\"Entries\":[");
    for (place, (number, message)) in messages.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        entry(&mut out, number, message);
    }
    out.extend_from_slice(b"]}");
    out.into()
}

/// Puts the body into a request that the SDK has built and not signed yet.
pub(crate) fn put(request: &mut HttpRequest, body: &Bytes) {
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = body.clone().into();
}

fn entry(out: &mut Vec<u8>, number: usize, message: &Outgoing) {
    out.extend_from_slice(b"{\"Id\":\"");
    out.extend_from_slice(number.to_string().as_bytes());
    out.extend_from_slice(b"\",\"MessageBody\":\"");
    message.body.write(out);
    out.extend_from_slice(b"\",\"DelaySeconds\":");
    out.extend_from_slice(seconds(message.delay.min(LONGEST_DELAY)).to_string().as_bytes());
    if !message.attributes.is_empty() {
        out.extend_from_slice(b",\"MessageAttributes\":{");
        for (place, (name, attribute)) in message.attributes.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            string(out, name);
            out.push(b':');
            value(out, attribute);
        }
        out.push(b'}');
    }
    out.push(b'}');
}

fn value(out: &mut Vec<u8>, attribute: &Attribute) {
    out.push(b'{');
    if let Some(text) = &attribute.string_value {
        out.extend_from_slice(b"\"StringValue\":");
        string(out, text);
        out.push(b',');
    }
    if let Some(bytes) = &attribute.bytes {
        out.extend_from_slice(b"\"BinaryValue\":");
        string(out, &STANDARD.encode(bytes));
        out.push(b',');
    }
    out.extend_from_slice(b"\"DataType\":");
    string(out, &attribute.kind);
    out.push(b'}');
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    json::embed(out, text);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, SystemTime};

    use aws_sdk_sqs::Client;
    use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_sqs::primitives::Blob;
    use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
    use aws_smithy_async::time::TimeSource;
    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
    use proptest::prelude::*;

    use super::*;

    /// Keeps each request as it would have gone out, and answers none.
    #[derive(Clone, Debug, Default)]
    struct Capture(Arc<Mutex<Vec<Captured>>>);

    /// Headers and body.
    type Captured = (Vec<(String, String)>, String);

    impl HttpClient for Capture {
        fn http_connector(
            &self,
            _: &HttpConnectorSettings,
            _: &RuntimeComponents,
        ) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    impl HttpConnector for Capture {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let of_the_call = ["content-length", "content-type", "x-amz-target", "authorization"];
            let headers = request.headers().iter().filter(|(name, _)| of_the_call.contains(name));
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
            self.0.lock().unwrap().push((headers.collect(), body));
            HttpConnectorFuture::ready(Err(ConnectorError::user("captured".into())))
        }
    }

    /// Signatures differ by the second.
    #[derive(Debug)]
    struct Still;

    impl TimeSource for Still {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
        }
    }

    fn client(capture: &Capture) -> Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::for_tests())
            .time_source(Still)
            .http_client(capture.clone());
        Client::from_conf(config.build())
    }

    /// What the SDK itself makes of a message.
    fn theirs(number: usize, message: &Outgoing) -> SendMessageBatchRequestEntry {
        let mut entry = SendMessageBatchRequestEntry::builder()
            .id(number.to_string())
            .message_body(message.body.text())
            .delay_seconds(seconds(message.delay.min(LONGEST_DELAY)));
        for (name, attribute) in &message.attributes {
            let value = MessageAttributeValue::builder()
                .data_type(attribute.kind.clone())
                .set_string_value(attribute.string_value.clone())
                .set_binary_value(attribute.bytes.clone().map(Blob::new));
            entry = entry.message_attributes(name.clone(), value.build().unwrap());
        }
        entry.build().unwrap()
    }

    /// Texts of all kinds: lines of JSON, control characters, letters of several bytes.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "(\\{\"[a-z]{1,9}\":\"[ -~é]{0,30}\"\\}\n){0,4}",
            "[ -~]{1,70}"
        ]
    }

    /// One attribute at most: the SDK writes several in any order.
    fn message() -> impl Strategy<Value = Outgoing> {
        let binary = proptest::collection::vec(any::<u8>(), 0..40);
        let attribute = prop_oneof![
            (text(), text()).prop_map(|(kind, value)| Attribute {
                kind: kind.into(),
                string_value: Some(value),
                bytes: None
            }),
            binary.prop_map(|bytes| Attribute {
                kind: "Binary".into(),
                string_value: None,
                bytes: Some(bytes)
            }),
        ];
        let attributes = proptest::option::of((text(), attribute));
        (text(), attributes, 0_u64..2000).prop_map(|(body, attributes, delay)| Outgoing {
            body: body.into(),
            attributes: attributes.into_iter().map(|(name, it)| (name.into(), it)).collect(),
            delay: Duration::from_millis(delay * 1000 + delay),
        })
    }

    proptest! {
        #[test]
        fn the_request_is_the_one_that_the_sdk_would_have_sent(
            messages in proptest::collection::vec(message(), 1..10), url in "https://[a-z/\"é]{0,20}",
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let capture = Capture::default();
            let client = client(&capture);
            let numbered = || messages.iter().enumerate();
            runtime.block_on(async {
                let entries = numbered().map(|(number, message)| theirs(number, message)).collect();
                let request = client.send_message_batch().queue_url(&url);
                request.set_entries(Some(entries)).send().await.unwrap_err();
                let body = body(&url, numbered());
                let request = client.send_message_batch().queue_url(&url).customize();
                request.mutate_request(move |request| put(request, &body)).send().await.unwrap_err();
            });
            let sent = capture.0.lock().unwrap();
            prop_assert_eq!(sent.len(), 2);
            // With its signature, which is of the body.
            prop_assert_eq!(&sent[0], &sent[1]);
            prop_assert!(sent[0].0.iter().any(|(name, _)| name == "authorization"));
        }
    }
}
