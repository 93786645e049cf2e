//! What is sent, read back with the generated types.

use delivery::destination::Destination;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs};
use otlp::Otlp;
use otlp::config::ENVELOPE_BYTES;
use otlp::encode::{Encoding, Mapper};
use proptest::prelude::*;
use prost::Message;
use serde_json::{Map, Value, json};
use transform::batch::{Batch, Encoded, Limits};
use transform::event::Event;
use transform::format::Format;
use transform::source::native;

use crate::support::{line, open, refusal};

/// One event of every class and more.
const SAMPLES: &str = include_str!("../../../../shared/transform/tests/samples/classes.jsonl");

fn otlp(protocol: &str, format: Option<Format>) -> Otlp {
    open("http://127.0.0.1:1", json!({"protocol": protocol}), format)
}

/// The request of these lines, with what the batch says of its size.
fn request(lines: &[String], format: Format, encoding: Encoding) -> (Vec<u8>, usize) {
    let mapper = Mapper::new(format, encoding);
    let events: Vec<Event<'_>> = lines.iter().map(|line| native::parse(line).unwrap()).collect();
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| mapper.write(event, out)).unwrap();
    }
    let framing = usize::from(encoding == Encoding::Json);
    let limits = Limits { framing, overhead: ENVELOPE_BYTES, ..Limits::default() };
    let cut = encoded.cut(limits);
    let batch: &Batch<'_> = &cut.batches[0];
    (mapper.request(batch), batch.encoded_len())
}

fn protobuf(lines: &[String], format: Format) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest::decode(&*request(lines, format, Encoding::Protobuf).0).unwrap()
}

fn records(resource: &ResourceLogs) -> &[LogRecord] {
    assert_eq!(resource.scope_logs.len(), 1);
    &resource.scope_logs[0].log_records
}

fn attributes(attributes: &[KeyValue]) -> Map<String, Value> {
    let map: Map<String, Value> =
        attributes.iter().map(|pair| (pair.key.clone(), plain(pair.value.as_ref()))).collect();
    assert_eq!(map.len(), attributes.len(), "keys are unique");
    map
}

/// A value as JSON would say it.
fn plain(value: Option<&AnyValue>) -> Value {
    match value.and_then(|value| value.value.as_ref()) {
        None => Value::Null,
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::BoolValue(value)) => json!(value),
        Some(Any::IntValue(number)) => json!(number),
        Some(Any::DoubleValue(number)) => json!(number),
        Some(Any::ArrayValue(array)) => {
            array.values.iter().map(|value| plain(Some(value))).collect()
        }
        Some(Any::KvlistValue(list)) => Value::Object(attributes(&list.values)),
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_record_says_what_the_event_says() {
    let request = protobuf(&[line("e-1", "vault-eu").to_string()], Format::OtlpLogs);
    let [resource] = &*request.resource_logs else { panic!("one resource") };
    let vault = attributes(&resource.resource.as_ref().unwrap().attributes);
    let expected = json!({
        "service.name": "sanctum", "service.namespace": "SanctumAI", "service.version": "1.2.3",
        "service.instance.id": "vault-eu", "host.name": "node-1", "cloud.region": "eu-central-1",
    });
    assert_eq!(Value::Object(vault), expected);
    assert_eq!(resource.scope_logs[0].scope.as_ref().unwrap().name, "vault-export");

    let [record] = records(resource) else { panic!("one record") };
    assert_eq!(record.time_unix_nano, 1_771_108_304_006_000_000);
    assert_eq!(record.observed_time_unix_nano, 1_771_108_305_000_000_000);
    assert_eq!((record.severity_number, record.severity_text.as_str()), (17, "High"));
    assert_eq!(record.event_name, "vault.secret_access.use");
    assert_eq!(
        record.trace_id,
        [
            0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e,
            0x47, 0x36
        ]
    );
    assert!(record.span_id.is_empty());
    let body = plain(record.body.as_ref());
    assert!(body.as_str().unwrap().contains("denied"), "{body}");

    let attributes = attributes(&record.attributes);
    for (key, value) in [
        ("log.record.uid", json!("e-1")),
        ("action", json!("use:http_request")),
        ("client.address", json!("10.1.2.3")),
        ("client.port", json!(4711)),
        ("resource.path", json!("aws/prod/access_key")),
        ("labels.env", json!("production")),
        ("details.count", json!(-3)),
        ("details.ratio", json!(0.5)),
        ("details.yes", json!(true)),
        ("details.tags", json!(["x", 2])),
        ("details.deep.a", json!("b")),
    ] {
        assert_eq!(attributes.get(key), Some(&value), "{key}");
    }
}

#[test]
fn every_sample_in_every_format_is_canonical_protobuf() {
    let lines: Vec<String> = SAMPLES.lines().map(str::to_owned).collect();
    for format in [Format::OtlpLogs, Format::Ocsf, Format::Json, Format::Cef] {
        let (bytes, counted) = request(&lines, format, Encoding::Protobuf);
        let read = ExportLogsServiceRequest::decode(&*bytes).unwrap();
        assert_eq!(read.encode_to_vec(), bytes, "{format:?}");
        assert_eq!(read.resource_logs.iter().flat_map(records).count(), lines.len());
        let vaults = read.resource_logs.len();
        assert!(bytes.len() <= counted + (vaults - 1) * ENVELOPE_BYTES, "{format:?}");
    }
}

/// OTLP/JSON, from the generated types: ids in hex, 64-bit integers as text.
fn as_json(request: &ExportLogsServiceRequest) -> Value {
    fn any(value: Option<&AnyValue>) -> Value {
        match value.and_then(|value| value.value.as_ref()) {
            None => json!({}),
            Some(Any::StringValue(text)) => json!({"stringValue": text}),
            Some(Any::BoolValue(value)) => json!({"boolValue": value}),
            Some(Any::IntValue(number)) => json!({"intValue": number.to_string()}),
            Some(Any::DoubleValue(number)) => json!({"doubleValue": number}),
            Some(Any::ArrayValue(array)) => {
                let values: Vec<Value> = array.values.iter().map(|item| any(Some(item))).collect();
                json!({"arrayValue": {"values": values}})
            }
            Some(Any::KvlistValue(list)) => json!({"kvlistValue": {"values": pairs(&list.values)}}),
            Some(other) => panic!("{other:?}"),
        }
    }
    fn pairs(pairs: &[KeyValue]) -> Vec<Value> {
        let pair = |pair: &KeyValue| json!({"key": pair.key, "value": any(pair.value.as_ref())});
        pairs.iter().map(pair).collect()
    }
    fn record(record: &LogRecord) -> Value {
        let mut json = json!({
            "timeUnixNano": record.time_unix_nano.to_string(),
            "observedTimeUnixNano": record.observed_time_unix_nano.to_string(),
            "severityNumber": record.severity_number, "severityText": record.severity_text,
            "eventName": record.event_name, "body": any(record.body.as_ref()),
            "attributes": pairs(&record.attributes),
        });
        if !record.trace_id.is_empty() {
            let hex: Vec<String> =
                record.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
            json["traceId"] = json!(hex.concat());
        }
        json
    }
    let resource = |logs: &ResourceLogs| {
        let scope = logs.scope_logs[0].scope.as_ref().unwrap();
        let records: Vec<Value> = records(logs).iter().map(record).collect();
        json!({
            "resource": {"attributes": pairs(&logs.resource.as_ref().unwrap().attributes)},
            "scopeLogs": [{"scope": {"name": scope.name, "version": scope.version}, "logRecords": records}],
        })
    };
    json!({"resourceLogs": request.resource_logs.iter().map(resource).collect::<Vec<_>>()})
}

#[test]
fn both_encodings_say_the_same() {
    let lines: Vec<String> = SAMPLES.lines().map(str::to_owned).collect();
    for format in [Format::OtlpLogs, Format::Ocsf, Format::Cef] {
        let (text, _) = request(&lines, format, Encoding::Json);
        let text: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(text, as_json(&protobuf(&lines, format)), "{format:?}");
    }
}

#[test]
fn records_stand_below_their_own_vault() {
    let lines = [("a", "eu"), ("b", "us"), ("c", "eu")].map(|(id, at)| line(id, at).to_string());
    let request = protobuf(&lines, Format::OtlpLogs);
    let seen: Vec<(Value, Vec<Value>)> = request
        .resource_logs
        .iter()
        .map(|logs| {
            let vault = attributes(&logs.resource.as_ref().unwrap().attributes);
            let ids = records(logs).iter().map(|record| attributes(&record.attributes));
            let ids = ids.map(|attributes| attributes["log.record.uid"].clone()).collect();
            (vault["service.instance.id"].clone(), ids)
        })
        .collect();
    assert_eq!(
        seen,
        [(json!("eu"), vec![json!("a"), json!("c")]), (json!("us"), vec![json!("b")])]
    );
}

#[test]
fn the_ocsf_object_is_a_map_beside_the_attributes() {
    let text = line("e-1", "v").to_string();
    let mut expected = Vec::new();
    Format::Ocsf.encode(&native::parse(&text).unwrap(), &mut expected).unwrap();
    let request = protobuf(&[text], Format::Ocsf);
    let found = attributes(&records(&request.resource_logs[0])[0].attributes);
    assert_eq!(found["ocsf"], serde_json::from_slice::<Value>(&expected).unwrap());
    assert_eq!(found["log.record.uid"], "e-1");
}

#[test]
fn cef_and_json_are_the_body() {
    let text = line("e-1", "v").to_string();
    for format in [Format::Cef, Format::Json] {
        let mut expected = Vec::new();
        format.encode(&native::parse(&text).unwrap(), &mut expected).unwrap();
        let request = protobuf(std::slice::from_ref(&text), format);
        let record = &records(&request.resource_logs[0])[0];
        assert_eq!(plain(record.body.as_ref()), String::from_utf8(expected).unwrap());
        assert_eq!(attributes(&record.attributes)["log.record.uid"], "e-1");
    }
}

#[test]
fn a_format_that_makes_no_sense_is_refused_with_the_reason() {
    let error = refusal(json!({"endpoint": "https://h:4317"}), Some(Format::FlatJson));
    assert_eq!(error.place, "format");
    assert!(error.problem.contains("otlp_logs"), "{error}");
}

#[test]
fn the_longest_vault_fits_the_space_that_is_kept_for_it() {
    let mut event = line("e", &"i".repeat(128));
    event["source"] = json!({
        "product": "p".repeat(64), "instance": "i".repeat(128), "vendor": "\u{1}".repeat(64),
        "version": "\u{1}".repeat(64), "region": "\u{1}".repeat(64), "host": "\u{1}".repeat(256),
    });
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        let (bytes, counted) = request(&[event.to_string()], Format::OtlpLogs, encoding);
        assert!(bytes.len() <= counted, "{encoding:?}: {} > {counted}", bytes.len());
    }
}

/// A batch of one vault as large as it may be: its request is never over the limit, and not far below.
#[test]
fn what_the_limits_count_is_what_is_sent() {
    for protocol in ["grpc", "http/json"] {
        let otlp = otlp(protocol, None);
        let mut event = line("e", "v");
        event["message"] = json!("\u{1}\"ü".repeat(200));
        let text = event.to_string();
        let event = native::parse(&text).unwrap();
        let mut encoded = Encoded::default();
        for position in 0..5000 {
            encoded.try_push(position, &event, None, |out| otlp.encode(&event, out)).unwrap();
        }
        let limits = Limits { records: usize::MAX, ..otlp.limits() };
        let encoding = if protocol == "grpc" { Encoding::Protobuf } else { Encoding::Json };
        let mapper = Mapper::new(Format::OtlpLogs, encoding);
        let cut = encoded.cut(limits);
        assert!(cut.batches.len() > 1 && cut.too_large.is_empty());
        for batch in &cut.batches {
            let sent = mapper.request(batch).len();
            assert!(sent <= limits.bytes, "{sent}");
            assert!(sent <= batch.encoded_len() && sent + ENVELOPE_BYTES > batch.encoded_len());
        }
    }
}

proptest! {
    #[test]
    fn any_event_is_canonical_protobuf_and_the_same_in_json(
        message in any::<String>(),
        key in "[a-z~.]{1,20}",
        text in any::<String>(),
        number in any::<i64>(),
        eighths in any::<i32>(), // exact in any reader
    ) {
        let mut event = line("e", "v");
        event["message"] = json!(message.chars().take(500).collect::<String>());
        // The contract's integers are those that JSON readers agree on.
        let number = number >> 11;
        event["details"] = json!({key: {"t": text.chars().take(500).collect::<String>(), "n": number, "f": f64::from(eighths) / 8.0, "l": [number, text.len(), null]}});
        let lines = [event.to_string()];
        let (bytes, counted) = request(&lines, Format::OtlpLogs, Encoding::Protobuf);
        let read = ExportLogsServiceRequest::decode(&*bytes).unwrap();
        prop_assert_eq!(read.encode_to_vec(), bytes.clone());
        prop_assert_eq!(read.encoded_len(), bytes.len());
        prop_assert!(bytes.len() <= counted);
        let (json, counted) = request(&lines, Format::OtlpLogs, Encoding::Json);
        prop_assert!(json.len() <= counted);
        let json: Value = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(json, as_json(&read));
    }
}
