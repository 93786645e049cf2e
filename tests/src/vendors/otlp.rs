//! A collector's requests and answers, over gRPC and as JSON.

use std::time::Duration;

use base64::Engine;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use prost::Message;
use serde_json::Value;

use super::text;
use crate::server::Reply;

/// The attribute that an event's id is in.
const ID: &str = "log.record.uid";

/// gRPC over HTTP/2, "Length-Prefixed-Message": a flag, four bytes of length, the message.
const PREFIX: usize = 5;

/// The ids in a request of gRPC that is not compressed.
pub(super) fn ids(body: &[u8]) -> Vec<String> {
    let message = body.get(PREFIX..).unwrap_or_default();
    let Ok(request) = ExportLogsServiceRequest::decode(message) else { return Vec::new() };
    let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| scope.log_records);
    let id = |record: opentelemetry_proto::tonic::logs::v1::LogRecord| {
        let found = record.attributes.into_iter().find(|attribute| attribute.key == ID)?;
        match found.value?.value? {
            Attribute::StringValue(id) => Some(id),
            _ => None,
        }
    };
    records.filter_map(id).collect()
}

/// The ids in a request as JSON.
pub(super) fn ids_of_json(body: &Value) -> Vec<String> {
    let lists = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for resource in lists(body, "resourceLogs") {
        for scope in lists(&resource, "scopeLogs") {
            for record in lists(&scope, "logRecords") {
                let attributes = lists(&record, "attributes");
                let id = attributes.iter().find(|one| one["key"] == ID);
                found.extend(id.map(|id| text(&id["value"]["stringValue"])));
            }
        }
    }
    found
}

pub(super) fn taken() -> Reply {
    message(&ExportLogsServiceResponse::default())
}

/// Taken, but for so many records.
pub(super) fn dropped(rejected_log_records: i64) -> Reply {
    let error_message = String::new();
    let partial = ExportLogsPartialSuccess { rejected_log_records, error_message };
    message(&ExportLogsServiceResponse { partial_success: Some(partial) })
}

fn message(response: &ExportLogsServiceResponse) -> Reply {
    let message = response.encode_to_vec();
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    let frame = [&[0], &length[..], &message].concat();
    Reply::status(200, frame).header("content-type", "application/grpc").header("grpc-status", "0")
}

/// A status without a message, in the head alone ("Trailers-Only").
pub(super) fn status(code: u16, retry_after: Option<Duration>) -> Reply {
    let reply = Reply::status(200, "")
        .header("content-type", "application/grpc")
        .header("grpc-status", &code.to_string());
    let Some(delay) = retry_after else { return reply };
    let delay = Delay { seconds: delay.as_secs().try_into().expect("short") };
    let detail = Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: RetryInfo { delay: Some(delay) }.encode_to_vec(),
    };
    let status = Status { code: code.into(), details: vec![detail] }.encode_to_vec();
    let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(status);
    reply.header("grpc-status-details-bin", &text)
}

// google/rpc/status.proto, google/rpc/error_details.proto, google/protobuf/{any,duration}.proto.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
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
}
