//! Docker's `json-file` and Fluent Bit, which reads it.
//!
//! Docker: `{"log":"text\n","stream":"stdout","time":"…"}`, cut at 16 KiB; only the last part ends in a line break.
//! Fluent Bit keeps the members under the names that its parsers give them: `log` or `log_processed`, `_p` or
//! `logtag` for the tag of a cut line, `kubernetes` from its filter.

use super::layer::{Layer, Opened, payload};
use super::members::Members;
use super::parts::Part;
use crate::event::{Text, Wrapper};

pub(super) fn open<'t>(_text: &'t str, members: &Members<'t>) -> Option<Opened<'t>> {
    if let Some(text) = members.raw("log_processed").and_then(|_| payload(members, "log_processed"))
    {
        let about = about(members, "fluent_bit");
        return Some(Opened::One(Layer { text, about, part: Part::Last }));
    }
    let text = payload(members, "log")?;
    let is_docker = members.has("stream")
        && members.has("time")
        && members.len() <= 3 + usize::from(members.has("attrs"));
    let kind = if is_docker { "docker" } else { "fluent_bit" };
    let tag = members.text("_p").or_else(|| members.text("logtag"));
    let part = match tag.as_deref() {
        Some("P") => Part::Open,
        Some(_) => Part::Last,
        None if !is_docker || text.ends_with('\n') => Part::Last,
        None => Part::Unsaid,
    };
    Some(Opened::Part(Layer { text, about: about(members, kind), part }))
}

fn about(members: &Members<'_>, kind: &'static str) -> Wrapper<'static> {
    let pod = Pod::read(members);
    Wrapper {
        kind: Text::from(kind),
        time: ["time", "@timestamp", "date", "timestamp"]
            .iter()
            .find_map(|name| members.time(name)),
        host: members.owned("host").or_else(|| members.owned("hostname")).or(pod.host),
        pod: pod.name,
        stream: members.owned("stream"),
        ..Wrapper::default()
    }
}

/// What is told about the pod that wrote the log.
#[derive(Default)]
pub(super) struct Pod {
    pub(super) name: Option<Text<'static>>,
    pub(super) host: Option<Text<'static>>,
}

impl Pod {
    /// Reads the member `kubernetes` of Fluent Bit, Vector and Filebeat.
    pub(super) fn read(members: &Members<'_>) -> Pod {
        let Some(told) = members.object("kubernetes") else { return Pod::default() };
        let nested = |name: &str| told.object(name).and_then(|part| part.owned("name"));
        let namespace = told
            .owned("namespace_name")
            .or_else(|| told.owned("pod_namespace"))
            .or_else(|| told.owned("namespace"));
        let pod = told.owned("pod_name").or_else(|| nested("pod"));
        let host = told.owned("host").or_else(|| told.owned("pod_node_name"));
        let name = match (namespace, pod) {
            (Some(namespace), Some(pod)) => Some(Text::from(format!("{namespace}/{pod}"))),
            (_, pod) => pod,
        };
        Pod { name, host: host.or_else(|| nested("node")) }
    }
}
