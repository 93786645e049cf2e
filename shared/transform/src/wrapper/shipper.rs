//! Log shippers and log stores: journald, Splunk, Filebeat and Elasticsearch, Vector, and what names its text alike.

use std::borrow::Cow;

use super::container::Pod;
use super::layer::{Layer, Opened, UNKNOWN, may_hold, payload};
use super::members::{Members, items};
use super::parts::Part;
use crate::error::ParseError;
use crate::event::{Text, Time, Wrapper};

/// `journalctl --output=json` (systemd.journal-fields(7)): `MESSAGE` is an array of bytes where it is no plain text,
/// and `null` where it is too large.
pub(super) fn journald<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    let is_entry = members.has("__REALTIME_TIMESTAMP") || members.has("__CURSOR");
    let Some(raw) = members.raw("MESSAGE") else {
        let advice = "`MESSAGE` was left out; use `journalctl --all --output=json`";
        return is_entry.then_some(Opened::Refused("journald", ParseError::Unsupported(advice)));
    };
    let text =
        if raw.starts_with('[') { Cow::Owned(bytes(raw)?) } else { payload(members, "MESSAGE")? };
    let about = Wrapper {
        kind: Text::from("journald"),
        time: members
            .time("_SOURCE_REALTIME_TIMESTAMP")
            .or_else(|| members.time("__REALTIME_TIMESTAMP")),
        host: members.owned("_HOSTNAME"),
        ..Wrapper::default()
    };
    Some(Opened::One(Layer { text, about, part: Part::Last }))
}

fn bytes(raw: &str) -> Option<String> {
    let numbers: Option<Vec<u8>> = items(raw)?.into_iter().map(|item| item.parse().ok()).collect();
    String::from_utf8(numbers?).ok()
}

/// Search results of Splunk (`{"result":{"_raw":…}}`, `{"results":[…]}`), and events as HEC takes them.
pub(super) fn splunk<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    if let Some(results) = members.list("results") {
        let layers = results.into_iter().filter_map(|one| splunk_row(&Members::read(one)?));
        let layers: Vec<Layer<'t>> = layers.collect();
        return (!layers.is_empty()).then_some(Opened::Many(layers));
    }
    if let Some(result) = members.object("result")
        && (result.has("_raw") || members.has("preview"))
    {
        return Some(splunk_row(&result).map_or(Opened::Refused("splunk", UNKNOWN), Opened::One));
    }
    if members.has("_raw") {
        return splunk_row(members).map(Opened::One);
    }
    let is_hec = members.has("sourcetype") || members.has("index");
    let text = payload(members, "event").filter(|text| is_hec || may_hold(text))?;
    Some(Opened::One(Layer { text, about: splunk_about(members, "time"), part: Part::Last }))
}

fn splunk_row<'t>(row: &Members<'t>) -> Option<Layer<'t>> {
    let text = payload(row, "_raw")?;
    Some(Layer { text, about: splunk_about(row, "_time"), part: Part::Last })
}

fn splunk_about(members: &Members<'_>, time: &str) -> Wrapper<'static> {
    Wrapper {
        kind: Text::from("splunk"),
        time: members.time(time),
        host: members.owned("host"),
        ..Wrapper::default()
    }
}

/// Documents of Filebeat, Elastic Agent and Logstash, and the hits of a search, which hold them.
pub(super) fn elastic<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    if let Some(source) =
        members.raw("_source").filter(|_| members.has("_index") || members.has("_id"))
    {
        return Some(Opened::One(Layer::new("elasticsearch", Cow::Borrowed(source))));
    }
    if let Some(hits) = members.object("hits").and_then(|hits| hits.list("hits")) {
        let layer = |hit| {
            let source = Members::read(hit)?.raw("_source")?;
            Some(Layer::new("elasticsearch", Cow::Borrowed(source)))
        };
        return Some(Opened::Many(hits.into_iter().filter_map(layer).collect()));
    }
    let original = members
        .object("event")
        .and_then(|event| event.text("original"))
        .or_else(|| members.text("event.original"));
    if !members.has("@timestamp") && original.is_none() {
        return None;
    }
    let message = payload(members, "message");
    let text =
        original.filter(|text| may_hold(text)).or(message).or_else(|| payload(members, "json"))?;
    let host = members
        .object("host")
        .and_then(|host| host.owned("name").or_else(|| host.owned("hostname")));
    let pod = Pod::read(members);
    let about = Wrapper {
        kind: Text::from("filebeat"),
        time: members.time("@timestamp"),
        host: host
            .or_else(|| members.owned("host.name"))
            .or_else(|| members.owned("host"))
            .or(pod.host),
        pod: pod.name,
        stream: members.owned("stream"),
        ..Wrapper::default()
    };
    Some(Opened::One(Layer { text, about, part: Part::Last }))
}

/// Vector's log events: `message`, with `timestamp`, `host`, `source_type`.
pub(super) fn vector<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    let is_vector = members.has("source_type");
    let text = payload(members, "message").filter(|text| is_vector || may_hold(text))?;
    let pod = Pod::read(members);
    let about = Wrapper {
        kind: Text::from("vector"),
        time: members.time("timestamp"),
        host: members.owned("host").or(pod.host),
        pod: pod.name,
        stream: members.owned("stream"),
        ..Wrapper::default()
    };
    Some(Opened::One(Layer { text, about, part: Part::Last }))
}

/// Any other object with a record in the member that log stores commonly use (Loki's `line`, GELF's messages).
pub(super) fn other<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    let names =
        ["line", "msg", "full_message", "short_message", "text", "textPayload", "jsonPayload"];
    let found =
        names.iter().find_map(|name| payload(members, name).filter(|text| may_hold(text)))?;
    let time = |name: &&str| members.time(name).map(|time: Time| time);
    let about = Wrapper {
        kind: Text::from("json"),
        time: ["timestamp", "time", "ts", "@timestamp"].iter().find_map(time),
        host: members.owned("host"),
        ..Wrapper::default()
    };
    Some(Opened::One(Layer { text: found, about, part: Part::Last }))
}
