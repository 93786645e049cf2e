//! What AWS puts around a record: CloudWatch Logs, SNS, EventBridge, Kinesis and Firehose, SQS; and what it sends
//! instead of one: notifications of S3, and pointers to it.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;

use super::layer::{Layer, Opened, UNKNOWN, payload};
use super::members::Members;
use super::parts::Part;
use crate::error::ParseError;
use crate::event::{Text, Wrapper};

/// The most that a compressed batch may unpack to: a Lambda event holds 6 MiB.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

const S3: &str =
    "names an object and holds no record; export the object: `vault-export export s3://…`";

pub(super) fn open<'t>(text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    if members.has("messageType") && (members.has("logEvents") || members.has("logGroup")) {
        return Some(batch(members));
    }
    if let Some(data) = members.object("awslogs").and_then(|logs| logs.text("data")) {
        return Some(compressed("cloudwatch_logs", &data).into_owned());
    }
    if let Some(records) = members.list("Records") {
        return records_of(&records);
    }
    if members.has("s3BucketName") && members.has("s3Key") {
        return Some(Opened::Refused("sqs_s3_pointer", ParseError::Unsupported(S3)));
    }
    if members.text("Event").as_deref() == Some("s3:TestEvent") {
        return Some(Opened::Nothing);
    }
    sns(members)
        .or_else(|| event_bridge(members))
        .or_else(|| log_event(members))
        .or_else(|| log_events(members))
        .or_else(|| stream_data(text, members))
}

/// The first half of the SQS extended client's pointer: a class of Java. The second half says the same.
pub(super) fn is_pointer_class(text: &str) -> bool {
    text.ends_with("PayloadS3Pointer") || text.ends_with("MessageS3Pointer")
}

/// The document of a subscription filter: `messageType`, `logGroup`, `logStream`, `logEvents`.
fn batch<'t>(members: &Members<'t>) -> Opened<'t> {
    if members.text("messageType").as_deref() == Some("CONTROL_MESSAGE") {
        return Opened::Nothing;
    }
    let Some(events) = members.list("logEvents") else {
        return Opened::Refused("cloudwatch_logs", UNKNOWN);
    };
    let (group, stream) = (members.owned("logGroup"), members.owned("logStream"));
    let layer = |event| {
        let event = Members::read(event)?;
        let mut layer = logged(&event, payload(&event, "message")?);
        layer.about.log_group.clone_from(&group);
        layer.about.log_stream.clone_from(&stream);
        Some(layer)
    };
    Opened::Many(events.into_iter().filter_map(layer).collect())
}

/// One event of `filter-log-events` or `get-log-events`.
fn log_event<'t>(members: &Members<'t>) -> Option<Opened<'t>> {
    if !(members.has("ingestionTime") || members.has("eventId")) {
        return None;
    }
    Some(Opened::One(logged(members, payload(members, "message")?)))
}

/// The whole output of `filter-log-events`, when it does not begin with its events.
fn log_events<'t>(members: &Members<'t>) -> Option<Opened<'t>> {
    let layer = |event| {
        let event = Members::read(event)?;
        Some(logged(&event, payload(&event, "message")?))
    };
    let layers: Vec<Layer<'t>> = members.list("events")?.into_iter().filter_map(layer).collect();
    (!layers.is_empty()).then_some(Opened::Many(layers))
}

fn logged<'t>(event: &Members<'t>, text: Cow<'t, str>) -> Layer<'t> {
    let about = Wrapper {
        kind: Text::from("cloudwatch_logs"),
        time: event.time("timestamp"),
        log_stream: event.owned("logStreamName"),
        ..Wrapper::default()
    };
    Layer { text, about, part: Part::Last }
}

/// The `data` of a Firehose or Kinesis record, which CloudWatch Logs compresses.
fn stream_data<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    let data = members.text("data").filter(|data| is_base64(data))?;
    if data.starts_with("H4sI") {
        return Some(compressed("cloudwatch_logs", &data).into_owned());
    }
    let known = members.has("recordId") || members.has("approximateArrivalTimestamp");
    let text = known.then(|| STANDARD.decode(data.as_bytes()).ok()).flatten()?;
    Some(Opened::One(Layer::new("kinesis", Cow::Owned(String::from_utf8(text).ok()?))))
}

fn is_base64(text: &str) -> bool {
    text.len() > 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// A batch in base64 and gzip.
pub(super) fn compressed(kind: &'static str, data: &str) -> Opened<'static> {
    let text = match unpacked(data) {
        Ok(text) => text,
        Err(error) => return Opened::Refused(kind, error),
    };
    let members = Members::read(text.trim());
    match members.filter(|members| members.has("messageType")) {
        Some(members) => batch(&members).into_owned(),
        None => Opened::One(Layer::new("gzip", Cow::Owned(text))),
    }
}

fn unpacked(data: &str) -> Result<String, ParseError> {
    let damaged = ParseError::Unsupported("the compressed data is damaged or cut off");
    let Ok(packed) = STANDARD.decode(data.trim().as_bytes()) else { return Err(damaged) };
    let mut text = String::new();
    let mut input = MultiGzDecoder::new(packed.as_slice()).take(MOST_BYTES + 1);
    if input.read_to_string(&mut text).is_err() {
        return Err(damaged);
    }
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > MOST_BYTES) {
        return Err(ParseError::Unsupported("unpacks to more than 16 MiB"));
    }
    Ok(text)
}

/// The event of a Lambda function: messages of SQS or SNS, records of Kinesis, notifications of S3.
fn records_of<'t>(records: &[&'t str]) -> Option<Opened<'t>> {
    let mut layers = Vec::new();
    for record in records.iter().filter_map(|record| Members::read(record)) {
        if record.has("s3") {
            return Some(Opened::Refused("s3_notification", ParseError::Unsupported(S3)));
        }
        if let Some(body) = payload(&record, "body") {
            layers.push(Layer::new("sqs", body));
        } else if let Some(sns) = record.object("Sns").and_then(|sns| payload(&sns, "Message")) {
            layers.push(Layer::new("sns", sns));
        } else if let Some(kinesis) = record.object("kinesis") {
            match stream_data("", &kinesis)? {
                Opened::Many(inner) => layers.extend(inner),
                Opened::One(inner) => layers.push(inner),
                _ => {}
            }
        }
    }
    (!layers.is_empty()).then_some(Opened::Many(layers))
}

/// A notification of SNS that was not delivered raw.
fn sns<'t>(members: &Members<'t>) -> Option<Opened<'t>> {
    if !members.has("TopicArn") {
        return None;
    }
    match members.text("Type").as_deref() {
        Some("Notification") => {}
        Some(_) => {
            let advice = "visit its `SubscribeURL` once; it holds no record";
            return Some(Opened::Refused("sns_confirmation", ParseError::Unsupported(advice)));
        }
        None => return None,
    }
    let mut layer = Layer::new("sns", payload(members, "Message")?);
    layer.about.time = members.time("Timestamp");
    Some(Opened::One(layer))
}

/// An event of EventBridge: `detail-type`, `detail`.
fn event_bridge<'t>(members: &Members<'t>) -> Option<Opened<'t>> {
    if !members.has("detail-type") {
        return None;
    }
    if members.text("source").as_deref() == Some("aws.s3") {
        return Some(Opened::Refused("s3_notification", ParseError::Unsupported(S3)));
    }
    let detail = members.raw("detail")?;
    let text = match payload(members, "detail") {
        Some(text) => text,
        None => Cow::Borrowed(detail),
    };
    let mut layer = Layer::new("eventbridge", text);
    layer.about.time = members.time("time");
    Some(Opened::One(layer))
}
