//! One event as the collector's envelope.
//!
//! The envelope is a closed set of keys: Splunk stops at an object with a key that it does not
//! know, and answers 200 with nothing of it and of all that follows indexed. Metadata is repeated
//! on every object, because nothing carries over from one to the next. See "Format events for HTTP
//! Event Collector" in Splunk's documentation.

use std::str::from_utf8;

use transform::event::{Event, Time};
use transform::format::{Format, FormatError};
use transform::json::Writer;

use crate::config::Config;

/// What all envelopes of one destination have in common.
#[derive(Clone, Debug)]
pub struct Envelope {
    format: Format,
    host: Option<String>,
    source: String,
    sourcetype: String,
    index: Option<String>,
}

impl Envelope {
    /// Envelopes with this metadata around events of this format.
    pub fn new(config: &Config, format: Format) -> Envelope {
        Envelope {
            format,
            host: config.host.clone(),
            source: config.source.clone(),
            sourcetype: config.sourcetype(format).to_owned(),
            index: config.index.clone(),
        }
    }

    /// Writes the event's envelope and a line break, which separates objects for people only.
    pub fn write(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let mut envelope = Writer::new(out);
        envelope.open();
        envelope.key("time");
        seconds(event.time, envelope.out());
        envelope.text("host", self.host.as_deref().unwrap_or(&event.source.instance));
        envelope.text("source", &self.source);
        envelope.text("sourcetype", &self.sourcetype);
        envelope.text_if("index", self.index.as_deref());
        // What searches dedupe by: a request that got no answer is sent again.
        envelope.key("fields");
        envelope.open();
        envelope.text("event_id", &event.id);
        envelope.close();
        envelope.key("event");
        if self.format.is_text() {
            envelope.push_text(&line(self.format, event)?);
        } else {
            self.format.encode(event, envelope.out())?;
        }
        envelope.close();
        envelope.out().push(b'\n');
        Ok(())
    }
}

/// The event as text, for a format that is no JSON.
fn line(format: Format, event: &Event<'_>) -> Result<String, FormatError> {
    let mut line = Vec::with_capacity(1024);
    format.encode(event, &mut line)?;
    match from_utf8(&line) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(FormatError("the formatted event is not UTF-8".to_owned())),
    }
}

/// Epoch seconds with six decimals, as digits: a floating-point number could come out with an
/// exponent, which Splunk 10 refuses (code 15), or lose the microseconds that it stores.
fn seconds(time: Time, out: &mut Vec<u8>) {
    let micros = time.timestamp().as_microsecond();
    if micros < 0 {
        out.push(b'-');
    }
    let micros = micros.unsigned_abs();
    Writer::new(out).push_number(micros / 1_000_000);
    out.push(b'.');
    let mut unit = 100_000;
    while unit > 0 {
        let digit = u8::try_from(micros / unit % 10).unwrap_or(0);
        out.push(b'0' + digit);
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use transform::event::{Actor, ActorType, Class, Outcome, Source};

    use super::*;

    fn envelope(pairs: &str, format: Format) -> Envelope {
        let config = format!("{{\"endpoint\":\"https://splunk.example.com:8088\"{pairs}}}");
        Envelope::new(&serde_json::from_str(&config).unwrap(), format)
    }

    fn event(time: &str) -> Event<'static> {
        let source = Source {
            product: "sanctum".into(),
            instance: "vault-eu \"prod\"".into(),
            ..Source::default()
        };
        let actor = Actor::new("agent:a", ActorType::Agent);
        let time = Time::parse(time).unwrap();
        Event::new("id-1", time, Class::SecretAccess, "retrieve", Outcome::Success, actor, source)
    }

    fn written(envelope: &Envelope, event: &Event<'_>) -> Value {
        let mut out = b"before".to_vec();
        envelope.write(event, &mut out).unwrap();
        let text = std::str::from_utf8(&out).unwrap().strip_prefix("before").unwrap();
        assert_eq!(text.find('\n'), Some(text.len() - 1), "one line each: {text}");
        serde_json::from_str(text).unwrap()
    }

    fn written_seconds(time: Time) -> String {
        let mut out = Vec::new();
        seconds(time, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_object_carries_all_metadata_and_no_other_key() {
        let envelope = envelope(r#","index":"sec","source":"s","host":"h""#, Format::Json);
        let object = written(&envelope, &event("2026-02-14T22:30:01.482913Z"));
        let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["event", "fields", "host", "index", "source", "sourcetype", "time"]);
        assert_eq!(
            (&object["index"], &object["source"], &object["host"]),
            (&"sec".into(), &"s".into(), &"h".into())
        );
        assert_eq!(object["sourcetype"], "_json");
        assert_eq!(object["fields"], serde_json::json!({"event_id": "id-1"}));
        assert_eq!(object["event"]["id"], "id-1");
    }

    #[test]
    fn without_settings_the_host_is_the_vault_and_the_index_the_tokens() {
        let object = written(&envelope("", Format::Json), &event("2026-02-14T22:30:01Z"));
        assert_eq!(object["host"], "vault-eu \"prod\"");
        assert_eq!(object["source"], "vault-export");
        assert!(object.get("index").is_none());
    }

    #[test]
    fn json_formats_are_objects_and_cef_is_a_string() {
        for (format, is_text) in [
            (Format::Json, false),
            (Format::Ocsf, false),
            (Format::FlatJson, false),
            (Format::Cef, true),
            (Format::Leef, true),
            (Format::Leef1, true),
        ] {
            let object = written(&envelope("", format), &event("2026-02-14T22:30:01Z"));
            assert_eq!(object["event"].is_string(), is_text, "{}", format.as_str());
            assert_eq!(object["event"].is_object(), !is_text, "{}", format.as_str());
        }
    }

    #[test]
    fn time_is_seconds_with_microseconds_and_no_more_digits() {
        for (time, seconds) in [
            ("2026-02-14T22:30:01.482913Z", "1771108201.482913"),
            ("2026-02-14T22:30:01.482913999Z", "1771108201.482913"),
            ("2026-02-14T22:30:01.000001Z", "1771108201.000001"),
            ("2026-02-14T22:30:01+02:00", "1771101001.000000"),
            ("1970-01-01T00:00:00Z", "0.000000"),
            ("1969-12-31T23:59:58.5Z", "-1.500000"),
        ] {
            assert_eq!(written_seconds(Time::parse(time).unwrap()), seconds, "{time}");
        }
    }

    proptest! {
        #[test]
        fn time_from_1e9_to_2e10_has_no_exponent_and_no_lost_digit(millis in 1_000_000_000_000_i64..=20_000_000_000_000) {
            let text = written_seconds(Time::from_millisecond(millis).unwrap());
            let (seconds, micros) = text.split_once('.').unwrap();
            prop_assert_eq!(micros.len(), 6);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
            let (seconds, micros): (i64, i64) = (seconds.parse().unwrap(), micros.parse().unwrap());
            prop_assert_eq!(seconds * 1_000_000 + micros, millis * 1_000);
        }
    }
}
