//! `otlp_logs`: an OpenTelemetry log record.
//!
//! [`LogRecord`] is the mapping itself, as data, for whichever encoding a destination speaks. As text, an event is one
//! line of the OTLP file format: an `ExportLogsServiceRequest` in OTLP/JSON with one record, as the Collector's
//! `otlpjsonfile` receiver reads and its HTTP receiver accepts (OTLP specification, "JSON Protobuf Encoding": keys in
//! `lowerCamelCase`, ids in hex, enums as numbers, 64-bit integers as text).
//!
//! The vault is the resource. Attributes have `flat_json`'s names, except where a stable semantic convention
//! has a name for the same thing; `log.record.uid` is the event's id, to dedupe by.

use std::fmt::Write;

use super::flat::{self, Members, Path, Plain};
use crate::event::{Class, Event, Severity, Time, Value};
use crate::json::{self, Writer};
use crate::summary::summary;

/// The instrumentation scope's name.
pub const SCOPE: &str = "vault-export";

/// An event as an OpenTelemetry log record, borrowed from it.
#[derive(Clone, Debug)]
pub struct LogRecord<'e> {
    event: &'e Event<'e>,
    /// When it happened, in nanoseconds since 1970; 0 (not known to OpenTelemetry) for a moment before.
    pub time_unix_nano: u64,
    /// When it was first seen here; never 0 unless the event's own time is.
    pub observed_time_unix_nano: u64,
    /// 9, 10, 13, 17 or 18.
    pub severity_number: u8,
    /// The contract's own word.
    pub severity_text: &'static str,
    /// One sentence for a person.
    pub body: String,
    /// `vault.<class>.<verb>`: never a path, a name or an id.
    pub event_name: String,
    /// The trace it belongs to: 32 hex digits, not all zero.
    pub trace_id: Option<&'e str>,
}

/// An attribute's key.
#[derive(Clone, Copy, Debug)]
pub enum Key<'k> {
    /// One of the mapping's own.
    Fixed(&'static str),
    /// One that the event brings: below `labels` or `details`.
    OpenEnded(&'k Path<'k>),
}

impl Key<'_> {
    /// The key as text, dots and all.
    pub fn to_text(&self) -> String {
        match self {
            Key::Fixed(key) => (*key).to_owned(),
            Key::OpenEnded(path) => {
                let mut text = String::new();
                path.parts(|part| text.push_str(part));
                text
            }
        }
    }
}

impl<'e> LogRecord<'e> {
    /// The record of an event.
    pub fn new(event: &'e Event<'e>) -> LogRecord<'e> {
        let trace_id = event.request.as_ref().and_then(|request| request.trace_id.as_deref());
        LogRecord {
            event,
            time_unix_nano: nanos(event.time),
            observed_time_unix_nano: nanos(event.observed_time.unwrap_or(event.time)),
            severity_number: severity_number(event.severity()),
            severity_text: event.severity().as_str(),
            body: summary(event),
            event_name: event_name(event),
            trace_id: trace_id.filter(|id| is_trace_id(id)),
        }
    }

    /// Hands out the record's attributes, each key once.
    pub fn attributes(&self, each: impl FnMut(Key<'_>, Plain<'_>)) {
        let mut attributes = Attributes { each, traced: self.trace_id.is_some() };
        (attributes.each)(Key::Fixed("log.record.uid"), Plain::Text(&self.event.id));
        flat::top(self.event, &mut attributes);
        flat::walk(self.event, &mut attributes);
    }

    /// Hands out the attributes of the resource that the record comes from: the vault.
    pub fn resource_attributes(&self, mut each: impl FnMut(&'static str, &str)) {
        let source = &self.event.source;
        each("service.name", &source.product);
        let others = [
            ("service.namespace", source.vendor.as_deref()),
            ("service.version", source.version.as_deref()),
            ("service.instance.id", Some(&*source.instance)),
            ("host.name", source.host.as_deref()),
            ("cloud.region", source.region.as_deref()),
        ];
        for (key, value) in others {
            if let Some(value) = value {
                each(key, value);
            }
        }
    }
}

struct Attributes<F> {
    each: F,
    traced: bool,
}

impl<F: FnMut(Key<'_>, Plain<'_>)> Members for Attributes<F> {
    fn member(&mut self, key: flat::Key, value: Plain<'_>) {
        let key = match key.name() {
            // Said by the record's own fields, or by the resource.
            "id" | "time" | "observed_time" | "severity" => return,
            "request.trace_id" if self.traced => return,
            name if name.starts_with("source.") => return,
            // Stable conventions (opentelemetry.io/docs/specs/semconv: client, user agent, server).
            "network.source_ip" => "client.address",
            "network.source_port" => "client.port",
            "network.destination_host" => "server.address",
            "request.user_agent" => "user_agent.original",
            other => other,
        };
        (self.each)(Key::Fixed(key), value);
    }

    fn open_ended(&mut self, path: &Path<'_>, value: Plain<'_>) {
        if value != Plain::Null {
            (self.each)(Key::OpenEnded(path), value); // an attribute without a value says nothing
        }
    }
}

/// Writes the event as one line of the OTLP file format.
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    let record = LogRecord::new(event);
    out.extend_from_slice(b"{\"resourceLogs\":[{\"resource\":{\"attributes\":[");
    let mut json = Writer::new(out);
    record.resource_attributes(|key, value| {
        json.comma();
        json.open();
        json.text("key", key);
        json.key("value");
        json.open();
        json.text("stringValue", value);
        json.close();
        json.close();
    });
    out.extend_from_slice(b"]},\"scopeLogs\":[{\"scope\":{\"name\":\"");
    out.extend_from_slice(SCOPE.as_bytes());
    out.extend_from_slice(b"\"},\"logRecords\":[");
    write_record(&record, out);
    out.extend_from_slice(b"]}]}]}");
}

/// Writes the record alone, as OTLP/JSON has it within `logRecords`.
pub fn write_record(record: &LogRecord<'_>, out: &mut Vec<u8>) {
    write_record_with(record, out, |_| {});
}

/// The same; `more` may write further attributes.
pub fn write_record_with(
    record: &LogRecord<'_>,
    out: &mut Vec<u8>,
    more: impl FnOnce(&mut Writer<'_>),
) {
    out.push(b'{');
    let mut json = Writer::new(out);
    quoted(&mut json, "timeUnixNano", record.time_unix_nano);
    quoted(&mut json, "observedTimeUnixNano", record.observed_time_unix_nano);
    json.number("severityNumber", record.severity_number);
    json.text("severityText", record.severity_text);
    json.text("eventName", &record.event_name);
    json.key("body");
    json.open();
    json.text("stringValue", &record.body);
    json.close();
    json.key("attributes");
    json.open_list();
    record.attributes(|key, value| attribute(&mut json, key, value));
    more(&mut json);
    json.close_list();
    json.text_if("traceId", record.trace_id);
    json.close();
}

/// A 64-bit integer as text.
fn quoted(json: &mut Writer<'_>, key: &'static str, number: impl itoa::Integer) {
    json.key(key);
    json.out().push(b'"');
    json.push_number(number);
    json.out().push(b'"');
}

fn attribute(json: &mut Writer<'_>, key: Key<'_>, value: Plain<'_>) {
    json.comma();
    json.open();
    json.key("key");
    json.out().push(b'"');
    match key {
        Key::Fixed(key) => json.out().extend_from_slice(key.as_bytes()),
        Key::OpenEnded(path) => path.parts(|part| json::escape(json.out(), part)),
    }
    json.out().push(b'"');
    json.key("value");
    any_value(json, value);
    json.close();
}

/// `AnyValue` of OTLP.
fn any_value(json: &mut Writer<'_>, value: Plain<'_>) {
    json.open();
    match value {
        Plain::Null => {}
        Plain::Bool(value) => json.bool("boolValue", value),
        Plain::Int(number) => quoted(json, "intValue", number),
        Plain::Float(number) => {
            json.key("doubleValue");
            json.push_float(number);
        }
        Plain::Text(text) => json.text("stringValue", text),
        Plain::Time(time) => json.time("stringValue", time),
        Plain::Texts(items) => array(json, items, |item| Plain::Text(item)),
        Plain::Values(items) => array(json, items, plain),
    }
    json.close();
}

fn array<'e, T>(json: &mut Writer<'_>, items: &'e [T], plain: impl Fn(&'e T) -> Plain<'e>) {
    json.key("arrayValue");
    json.open();
    json.key("values");
    json.open_list();
    for item in items {
        json.comma();
        any_value(json, plain(item));
    }
    json.close_list();
    json.close();
}

/// Lists that are one attribute hold plain values only.
fn plain<'e>(value: &'e Value<'_>) -> Plain<'e> {
    match value {
        Value::Bool(value) => Plain::Bool(*value),
        Value::Int(number) => Plain::Int(*number),
        Value::Float(number) => Plain::Float(*number),
        Value::Text(text) => Plain::Text(text),
        Value::Null | Value::List(_) | Value::Map(_) => Plain::Null,
    }
}

/// OpenTelemetry's log data model, "Mapping of SeverityNumber": the smallest number of each range, and the next within it.
fn severity_number(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 9,
        Severity::Low => 10,
        Severity::Medium => 13,
        Severity::High => 17,
        Severity::Critical => 18,
    }
}

fn event_name(event: &Event<'_>) -> String {
    let verb = event.action.split([':', '.']).next().unwrap_or_default();
    let mut name = String::with_capacity(48);
    // Writing to a string cannot fail.
    let _written = write!(name, "vault.{}.{verb}", snake_case(event.class));
    name
}

fn snake_case(class: Class) -> &'static str {
    match class {
        Class::Authentication => "authentication",
        Class::SecretAccess => "secret_access",
        Class::SecretChange => "secret_change",
        Class::CredentialRotation => "credential_rotation",
        Class::LeaseLifecycle => "lease_lifecycle",
        Class::PolicyViolation => "policy_violation",
        Class::PolicyChange => "policy_change",
        Class::IdentityChange => "identity_change",
        Class::VaultLifecycle => "vault_lifecycle",
        Class::ConfigChange => "config_change",
        Class::ActorDecision => "actor_decision",
        Class::Dispatch => "dispatch",
        Class::Governance => "governance",
        Class::ExportHealth => "export_health",
        Class::SystemActivity => "system_activity",
    }
}

fn nanos(time: Time) -> u64 {
    u64::try_from(time.timestamp().as_nanosecond()).unwrap_or(0)
}

fn is_trace_id(id: &str) -> bool {
    id.len() == 32
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        && id.bytes().any(|byte| byte != b'0')
}
