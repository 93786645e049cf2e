//! `leef` and `leef1`: one line of IBM's Log Event Extended Format, versions 2.0 and 1.0, as QRadar reads it.
//!
//! `LEEF:2.0|vendor|product|version|class.action|x09|devTime=…⇥sev=…⇥cat=…`. Pairs are separated by a tab; 2.0 says so
//! in its header, 1.0 has no other. The format defines no escaping, so what would end a value, a field or a line is
//! replaced: values that an attacker chooses can forge neither. No key stands twice: QRadar ignores the second.
//!
//! QRadar maps the pair of event id and `cat` to its own id of an event, so the event id is `class.action` and `cat`
//! the outcome, as in IBM's example of log-ons.
//!
//! Sources: IBM "LEEF format guide" (event components, predefined attributes, date format, best practices).

#![expect(clippy::doc_markdown, reason = "QRadar is a name, not code")]

use std::net::IpAddr;

use super::line::{is_kept, message, number, push, reason};
use crate::event::{Actor, Event, Network, Protocol, Request, Resource, Severity, Text, Time};

/// The version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 1.0: the separator is a tab and is not named.
    One,
    /// 2.0: the separator is named in the header.
    Two,
}

/// What QRadar keeps of a user's name.
const USER_NAME: usize = 255;

/// What QRadar keeps of an event id.
const EVENT_ID: usize = 255;

/// Longest value of any other key, in characters.
const VALUE: usize = 4000;

/// Writes the event as one line.
pub fn write(version: Version, event: &Event<'_>, out: &mut Vec<u8>) {
    header(version, event, out);
    let mut pairs = Pairs { out, first: true };
    time(event, &mut pairs);
    pairs.number("sev", severity(event.severity()));
    pairs.text("cat", event.outcome.as_str());
    pairs.text("eventId", &event.id);
    pairs.text("class", event.class.as_str());
    pairs.text("action", &event.action);
    pairs.text("category", event.class.category().as_str());
    pairs.text_if("reason", reason(event));
    pairs.text_if("msg", message(event));
    actor(&event.actor, &mut pairs);
    event.network.iter().for_each(|part| network(part, &mut pairs));
    event.resource.iter().for_each(|part| resource(part, &mut pairs));
    event.request.iter().for_each(|part| request(part, &mut pairs));
    context(event, &mut pairs);
}

fn header(version: Version, event: &Event<'_>, out: &mut Vec<u8>) {
    let source = &event.source;
    out.extend_from_slice(match version {
        Version::One => b"LEEF:1.0|",
        Version::Two => b"LEEF:2.0|",
    });
    header_field(out, source.vendor.as_deref().unwrap_or(&source.product), 63);
    header_field(out, &source.product, 63);
    header_field(out, source.version.as_deref().unwrap_or("unknown"), 31);
    out.extend_from_slice(event.class.as_str().as_bytes());
    out.push(b'.');
    header_field(out, &event.action, EVENT_ID - 1 - event.class.as_str().len());
    if version == Version::Two {
        out.extend_from_slice(b"x09|");
    }
}

/// 13 digits need no `devTimeFormat`. Before 1970 there are none: the header's time is then the event's.
fn time(event: &Event<'_>, pairs: &mut Pairs<'_>) {
    if let Ok(millis) = u64::try_from(event.time.as_millisecond()) {
        pairs.key("devTime");
        pairs.out.extend_from_slice(format!("{millis:013}").as_bytes());
    }
}

fn actor(actor: &Actor<'_>, pairs: &mut Pairs<'_>) {
    pairs.cut("usrName", actor.name.as_ref().unwrap_or(&actor.id), USER_NAME);
    pairs.text("accountName", &actor.id);
    pairs.text("role", actor.kind.as_str());
    pairs.text_if("onBehalfOf", actor.on_behalf_of.as_ref().map(|principal| &*principal.id));
}

/// `src` and `dst` hold addresses only; a name goes into a key of our own.
fn network(network: &Network<'_>, pairs: &mut Pairs<'_>) {
    let mut host = |address, name, host: Option<&str>| {
        let is_address = host.is_some_and(|host| host.parse::<IpAddr>().is_ok());
        pairs.text_if(if is_address { address } else { name }, host);
    };
    host("src", "srcHostName", network.source_ip.as_deref());
    host("dst", "dstHostName", network.destination_host.as_deref());
    if let Some(port) = network.source_port {
        pairs.number("srcPort", port);
    }
    pairs.text_if("forwardedFrom", network.forwarded_from.as_deref());
}

fn resource(resource: &Resource<'_>, pairs: &mut Pairs<'_>) {
    let name = resource.name.as_deref();
    pairs.text_if("resource", resource.path.as_deref().or(name));
    pairs.text_if("resourceName", name);
    pairs.text_if("resourceId", resource.id.as_deref());
    pairs.text("resourceType", resource.kind.as_str());
    pairs.text_if("resourceVersion", resource.version.as_deref());
    pairs.text_if("domain", resource.namespace.as_deref());
}

fn request(request: &Request<'_>, pairs: &mut Pairs<'_>) {
    pairs.text_if("protocol", request.protocol.map(Protocol::as_str));
    pairs.text_if("requestMethod", request.method.as_deref());
    pairs.text_if("userAgent", request.user_agent.as_deref());
    pairs.text_if("purpose", request.purpose.as_deref());
}

/// By which rule, under which log-on, for how long, from which vault.
fn context(event: &Event<'_>, pairs: &mut Pairs<'_>) {
    if let Some(policy) = &event.policy {
        pairs.text("decision", policy.decision.as_str());
        pairs.list("policy", policy.names.iter().map(|name| ["", "", &**name]));
    }
    pairs.text_if("sessionId", event.session.as_ref().and_then(|session| session.id.as_deref()));
    if let Some(lease) = &event.lease {
        pairs.text_if("leaseId", lease.id.as_deref());
        pairs.number_if("leaseTtlSeconds", lease.ttl_seconds);
        pairs.number_if("leaseExpiresAt", lease.expires_at.map(Time::as_millisecond));
    }
    if let Some(integrity) = &event.integrity {
        pairs.number_if("sequence", integrity.sequence);
        pairs.text_if("integrityHash", integrity.hash.as_deref());
    }
    pairs.text_if("host", event.source.host.as_deref());
    pairs.text("instance", &event.source.instance);
    pairs.list("labels", event.labels.0.iter().map(labelled));
    pairs.number_if("observedTime", event.observed_time.map(Time::as_millisecond));
}

fn labelled<'t>((name, text): &'t (Text<'_>, Text<'_>)) -> [&'t str; 3] {
    [name, "=", text]
}

/// `key=value` pairs with a tab between them; empty values are left out.
struct Pairs<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl Pairs<'_> {
    fn key(&mut self, key: &'static str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b'\t');
        }
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
    }

    fn number(&mut self, key: &'static str, value: impl itoa::Integer) {
        self.key(key);
        number(self.out, value);
    }

    fn number_if(&mut self, key: &'static str, value: Option<impl itoa::Integer>) {
        if let Some(value) = value {
            self.number(key, value);
        }
    }

    fn text(&mut self, key: &'static str, text: &str) {
        self.cut(key, text, VALUE);
    }

    fn text_if(&mut self, key: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// At most `limit` characters.
    fn cut(&mut self, key: &'static str, text: &str, limit: usize) {
        if text.chars().any(is_kept) {
            self.key(key);
            value(self.out, text, limit);
        }
    }

    /// `env=production,team=payments`; each item is three texts one after the other.
    fn list<'t>(&mut self, key: &'static str, items: impl ExactSizeIterator<Item = [&'t str; 3]>) {
        if items.len() == 0 {
            return;
        }
        self.key(key);
        let mut left = VALUE;
        for (place, item) in items.enumerate() {
            if place > 0 {
                left -= value(self.out, ",", left);
            }
            for text in item {
                left -= value(self.out, text, left);
            }
        }
    }
}

/// A header field and its pipe: a pipe within becomes `/`, what breaks lines a space.
fn header_field(out: &mut Vec<u8>, text: &str, limit: usize) {
    for letter in text.chars().filter(|letter| is_kept(*letter)).take(limit) {
        match letter {
            '|' => out.push(b'/'),
            other => push(out, plain(other)),
        }
    }
    out.push(b'|');
}

/// A value. Returns how many characters.
fn value(out: &mut Vec<u8>, text: &str, limit: usize) -> usize {
    if text.len() <= limit && text.bytes().all(|byte| (b' '..0x7F).contains(&byte)) {
        out.extend_from_slice(text.as_bytes());
        return text.len();
    }
    let mut count = 0;
    for letter in text.chars().filter(|letter| is_kept(*letter)).take(limit) {
        count += 1;
        push(out, plain(letter));
    }
    count
}

/// The letter, or a space for one that would end a value or a line.
fn plain(letter: char) -> char {
    if matches!(letter, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}') { ' ' } else { letter }
}

/// 1 to 10.
fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 3,
        Severity::Medium => 5,
        Severity::High => 8,
        Severity::Critical => 10,
    }
}
