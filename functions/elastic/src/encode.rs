//! One event as an action line and a document.
//!
//! The document has `@timestamp`, the ECS fields that searches begin with, and the whole event under a root of
//! its own: `ocsf`, or `vault`. The roots are mapped as one flattened field each, because an index has 1,000
//! fields and OCSF alone would use them up. Only constants are keys outside the roots, and none is
//! written twice: a repeated key makes Elasticsearch refuse the whole request (its issue 138445).

use std::net::IpAddr;

use transform::event::{Event, Text};
use transform::format::{Format, FormatError};
use transform::json::Writer;
use transform::summary::summary;

use crate::config::Config;
use crate::ecs;
use crate::index::Stream;

/// What all documents of one destination have in common.
#[derive(Clone, Debug)]
pub struct Document {
    format: Format,
    /// `event.dataset`.
    dataset: String,
    /// `data_stream`, already written.
    stream: Option<Vec<u8>>,
}

impl Document {
    /// Documents for this index around events of this format.
    pub fn new(config: &Config, format: Format) -> Document {
        let stream = config.index.stream().filter(|_| config.is_stream());
        let dataset = stream.map_or("vault.audit", |stream| stream.dataset).to_owned();
        Document { format, dataset, stream: stream.map(written) }
    }

    /// Writes the action and the document, each with its newline. `create` never overwrites, and it is all
    /// that data streams take.
    pub fn write(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.extend_from_slice(b"{\"create\":{");
        Writer::new(out).text("_id", &event.id);
        out.extend_from_slice(b"}}\n");
        self.write_document(event, out)?;
        out.push(b'\n');
        Ok(())
    }

    fn write_document(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.push(b'{'); // not `open`: the buffer ends in the action line
        let mut document = Writer::new(out);
        document.time("@timestamp", event.time);
        if let Some(stream) = &self.stream {
            document.key("data_stream");
            document.out().extend_from_slice(stream);
        }
        document.key("ecs");
        document.open();
        document.text("version", ecs::VERSION);
        document.close();
        self.write_event(event, &mut document);
        user(event, &mut document);
        source(event, &mut document);
        observer(event, &mut document);
        self.write_root(event, &mut document)?;
        document.close();
        Ok(())
    }

    fn write_event(&self, event: &Event<'_>, document: &mut Writer<'_>) {
        document.key("event");
        document.open();
        document.text("id", &event.id);
        document.text("kind", "event");
        list(document, "category", std::iter::once(ecs::category(event)));
        list(document, "type", ecs::types(event));
        document.text("action", &event.action);
        document.text("outcome", ecs::outcome(event.outcome));
        document.number("severity", event.severity().number());
        document.text("provider", &event.source.product);
        document.text("module", "vault");
        document.text("dataset", &self.dataset);
        if let Some(time) = event.observed_time {
            document.time("created", time);
        }
        let reason = event.policy.as_ref().and_then(|policy| policy.reason.as_ref());
        text_if(document, "reason", reason);
        document.close();
    }

    fn write_root(&self, event: &Event<'_>, document: &mut Writer<'_>) -> Result<(), FormatError> {
        let root = match self.format {
            Format::Cef | Format::Leef | Format::Leef1 => {
                let mut line = Vec::with_capacity(1024);
                self.format.encode(event, &mut line)?;
                document.text("message", &String::from_utf8_lossy(&line));
                return Ok(());
            }
            Format::Ocsf => "ocsf",
            Format::FlatJson | Format::Json | Format::OtlpLogs => "vault",
        };
        document.text("message", &summary(event));
        document.key(root);
        self.format.encode(event, document.out())
    }
}

fn written(stream: Stream<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    let mut json = Writer::new(&mut out);
    json.open();
    json.text("type", stream.kind);
    json.text("dataset", stream.dataset);
    json.text("namespace", stream.namespace);
    json.close();
    out
}

fn user(event: &Event<'_>, document: &mut Writer<'_>) {
    let actor = &event.actor;
    document.key("user");
    document.open();
    document.text("id", &actor.id);
    text_if(document, "name", actor.name.as_ref());
    text_if(document, "email", actor.email.as_ref());
    document.close();
    document.key("related");
    document.open();
    let name = actor.name.as_deref().filter(|name| *name != &*actor.id);
    list(document, "user", std::iter::once(&*actor.id).chain(name));
    if let Some(ip) = client(event) {
        list(document, "ip", std::iter::once(ip));
    }
    document.close();
}

/// `source.ip` only where it is an address: a server refuses the document otherwise.
fn source(event: &Event<'_>, document: &mut Writer<'_>) {
    let Some(network) = &event.network else { return };
    let Some(address) = &network.source_ip else { return };
    document.key("source");
    document.open();
    document.text("address", address);
    document.text_if("ip", client(event));
    if let Some(port) = network.source_port {
        document.number("port", port);
    }
    document.close();
}

fn client<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let address = event.network.as_ref()?.source_ip.as_deref()?;
    address.parse::<IpAddr>().is_ok().then_some(address)
}

fn observer(event: &Event<'_>, document: &mut Writer<'_>) {
    let vault = &event.source;
    document.key("observer");
    document.open();
    document.text("name", &vault.instance);
    document.text("product", &vault.product);
    text_if(document, "vendor", vault.vendor.as_ref());
    text_if(document, "version", vault.version.as_ref());
    text_if(document, "hostname", vault.host.as_ref());
    document.close();
    let request = event.request.as_ref();
    if let Some(trace) = request.and_then(|request| request.trace_id.as_ref()) {
        document.key("trace");
        document.open();
        document.text("id", trace);
        document.close();
    }
}

fn list<'i>(json: &mut Writer<'_>, key: &'static str, items: impl Iterator<Item = &'i str>) {
    json.key(key);
    json.open_list();
    items.for_each(|item| json.item(item));
    json.close_list();
}

fn text_if(json: &mut Writer<'_>, key: &'static str, text: Option<&Text<'_>>) {
    json.text_if(key, text.map(Text::as_str));
}
