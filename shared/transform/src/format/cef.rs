//! `cef`: one line of the Common Event Format, version 0, as QRadar, ArcSight and Microsoft Sentinel read it.
//!
//! `CEF:0|vendor|product|version|class:action|name|severity|extension`. Only keys of the standard's own dictionary,
//! and its custom fields, each always with its label and always for the same thing whatever the event's class:
//! a reader maps them once. Values that an attacker chooses can forge neither a field nor a line.
//!
//! Sources: "Implementing ArcSight Common Event Format", revisions 23 and 25 (field lengths, escaping); Microsoft
//! Sentinel's "CEF and CommonSecurityLog field mapping".

#![expect(clippy::doc_markdown, reason = "QRadar and ArcSight are names, not code")]

use std::net::IpAddr;

use super::line::{is_kept, message, number, push, reason};
use crate::event::{Actor, Class, Event, Network, Protocol, Request, Resource, Severity, Text};

/// `externalId` holds at most this many characters; a longer id is in `flexString1` alone.
const EXTERNAL_ID: usize = 40;

/// Writes the event as one line.
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    header(event, out);
    out.extend_from_slice(b"rt=");
    number(out, event.time.as_millisecond());
    let mut extension = Extension { out };
    identity(event, &mut extension);
    extension.text("cat", event.class.as_str(), 1023);
    extension.text("deviceFacility", event.class.category().as_str(), 1023);
    extension.text("act", &event.action, 63);
    extension.text("outcome", event.outcome.as_str(), 63);
    extension.text_if("reason", reason(event), 1023);
    extension.text_if("msg", message(event), 1023);
    actor(&event.actor, &mut extension);
    event.network.iter().for_each(|part| network(part, &mut extension));
    event.resource.iter().for_each(|part| resource(part, &mut extension));
    event.request.iter().for_each(|part| request(part, &mut extension));
    extension.text_if("dvchost", event.source.host.as_deref(), 100);
    extension.text("deviceExternalId", &event.source.instance, 255);
    custom_strings(event, &mut extension);
    custom_numbers(event, &mut extension);
}

fn header(event: &Event<'_>, out: &mut Vec<u8>) {
    let source = &event.source;
    out.extend_from_slice(b"CEF:0|");
    header_field(out, source.vendor.as_deref().unwrap_or(&source.product), 63);
    header_field(out, &source.product, 63);
    header_field(out, source.version.as_deref().unwrap_or("unknown"), 31);
    out.extend_from_slice(event.class.as_str().as_bytes());
    out.push(b':');
    header_field(out, &event.action, 1000);
    out.extend_from_slice(words(event.class).as_bytes());
    out.extend_from_slice(b": ");
    header_field(out, &event.action, 480);
    number(out, severity(event.severity()));
    out.push(b'|');
}

/// The event's id, where it was first seen, when.
fn identity(event: &Event<'_>, extension: &mut Extension<'_>) {
    if event.id.len() <= EXTERNAL_ID {
        extension.text("externalId", &event.id, EXTERNAL_ID);
    }
    extension.labelled("flexString1", "flexString1Label", "eventId", Some(&event.id), 1023);
}

fn actor(actor: &Actor<'_>, extension: &mut Extension<'_>) {
    extension.text("suser", actor.name.as_ref().unwrap_or(&actor.id), 1023);
    extension.text("suid", &actor.id, 1023);
    extension.text("spriv", actor.kind.as_str(), 1023);
    if let Some(principal) = &actor.on_behalf_of {
        let id = Some(&*principal.id);
        extension.labelled("flexString2", "flexString2Label", "onBehalfOf", id, 1023);
    }
}

/// Version 0 has IPv4 in `src` only; IPv6 goes to the custom address that the dictionary names for it.
fn network(network: &Network<'_>, extension: &mut Extension<'_>) {
    if let Some(source) = &network.source_ip {
        match source.parse() {
            Ok(IpAddr::V4(_)) => extension.text("src", source, 45),
            Ok(IpAddr::V6(_)) => {
                extension.labelled("c6a2", "c6a2Label", "Source IPv6 Address", Some(source), 45);
            }
            Err(_) => extension.text("shost", source, 1023),
        }
    }
    if let Some(port) = network.source_port {
        extension.number("spt", port);
    }
    extension.text_if("dhost", network.destination_host.as_deref(), 1023);
    if let Some(proxy) = &network.forwarded_from
        && matches!(proxy.parse(), Ok(IpAddr::V4(_)))
    {
        extension.text("sourceTranslatedAddress", proxy, 45);
    }
}

fn resource(resource: &Resource<'_>, extension: &mut Extension<'_>) {
    extension.text_if("fname", resource.name.as_deref(), 1023);
    extension.text_if("filePath", resource.path.as_deref(), 1023);
    extension.text_if("fileId", resource.id.as_deref(), 1023);
    extension.text("fileType", resource.kind.as_str(), 1023);
    if is_principal(resource) {
        let name = resource.name.as_deref().or(resource.path.as_deref());
        extension.text_if("duser", name, 1023);
        extension.text_if("duid", resource.id.as_deref(), 1023);
    }
}

/// Whether it was done to somebody.
fn is_principal(resource: &Resource<'_>) -> bool {
    use crate::event::ResourceType::{Agent, ServiceAccount, User};
    matches!(resource.kind, Agent | User | ServiceAccount)
}

fn request(request: &Request<'_>, extension: &mut Extension<'_>) {
    extension.text_if("app", request.protocol.map(Protocol::as_str), 31);
    extension.text_if("requestMethod", request.method.as_deref(), 1023);
    extension.text_if("requestClientApplication", request.user_agent.as_deref(), 1023);
    extension.text_if("requestContext", request.purpose.as_deref(), 1023);
}

fn custom_strings(event: &Event<'_>, extension: &mut Extension<'_>) {
    extension.pairs("cs1", "cs1Label", "labels", &event.labels.0);
    if let Some(policy) = &event.policy {
        extension.list("cs2", "cs2Label", "policy", policy.decision.as_str(), &policy.names);
    }
    let namespace = event.resource.as_ref().and_then(|part| part.namespace.as_deref());
    extension.labelled("cs3", "cs3Label", "namespace", namespace, 4000);
    let session = event.session.as_ref().and_then(|part| part.id.as_deref());
    extension.labelled("cs4", "cs4Label", "sessionId", session, 4000);
    let hash = event.integrity.as_ref().and_then(|part| part.hash.as_deref());
    extension.labelled("cs5", "cs5Label", "integrityHash", hash, 4000);
    let lease = event.lease.as_ref().and_then(|part| part.id.as_deref());
    extension.labelled("cs6", "cs6Label", "leaseId", lease, 4000);
}

fn custom_numbers(event: &Event<'_>, extension: &mut Extension<'_>) {
    let ttl = event.lease.as_ref().and_then(|part| part.ttl_seconds);
    extension.labelled_number("cn1", "cn1Label", "leaseTtlSeconds", ttl);
    let version = event.resource.as_ref().and_then(|part| part.version.as_ref());
    let version = version.and_then(|version| version.parse().ok());
    extension.labelled_number("cn2", "cn2Label", "resourceVersion", version);
    let sequence = event.integrity.as_ref().and_then(|part| part.sequence);
    extension.labelled_number("cn3", "cn3Label", "sequence", sequence);
    let expiry = event.lease.as_ref().and_then(|part| part.expires_at);
    let dates = [
        ("deviceCustomDate1", "deviceCustomDate1Label", "leaseExpiresAt", expiry),
        ("deviceCustomDate2", "deviceCustomDate2Label", "observedTime", event.observed_time),
    ];
    for (key, label, meaning, time) in dates {
        if let Some(time) = time {
            extension.number(key, time.as_millisecond());
            extension.text(label, meaning, 1023);
        }
    }
}

/// `key=value` pairs behind the first, a space before each; empty values are left out.
struct Extension<'o> {
    out: &'o mut Vec<u8>,
}

impl Extension<'_> {
    fn key(&mut self, key: &'static str) {
        self.out.push(b' ');
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
    }

    fn number(&mut self, key: &'static str, value: impl itoa::Integer) {
        self.key(key);
        number(self.out, value);
    }

    /// At most `limit` characters, counted before escaping.
    fn text(&mut self, key: &'static str, text: &str, limit: usize) {
        if text.chars().any(is_kept) {
            self.key(key);
            value(self.out, text, limit);
        }
    }

    fn text_if(&mut self, key: &'static str, text: Option<&str>, limit: usize) {
        if let Some(text) = text {
            self.text(key, text, limit);
        }
    }

    /// A custom field; without its label it would mean nothing.
    fn labelled(
        &mut self,
        key: &'static str,
        label: &'static str,
        meaning: &'static str,
        text: Option<&str>,
        limit: usize,
    ) {
        let Some(text) = text.filter(|text| text.chars().any(is_kept)) else { return };
        self.text(key, text, limit);
        self.text(label, meaning, 1023);
    }

    fn labelled_number(
        &mut self,
        key: &'static str,
        label: &'static str,
        meaning: &'static str,
        value: Option<u64>,
    ) {
        let Some(value) = value else { return };
        self.number(key, value);
        self.text(label, meaning, 1023);
    }

    /// `env=production,team=payments`.
    fn pairs(
        &mut self,
        key: &'static str,
        label: &'static str,
        meaning: &'static str,
        pairs: &[(Text<'_>, Text<'_>)],
    ) {
        let mut left = 4000;
        for (place, (name, text)) in pairs.iter().enumerate() {
            if place == 0 {
                self.key(key);
            } else {
                left -= value(self.out, ",", left);
            }
            left -= value(self.out, name, left);
            left -= value(self.out, "=", left);
            left -= value(self.out, text, left);
        }
        if !pairs.is_empty() {
            self.text(label, meaning, 1023);
        }
    }

    /// `allow: cursor-access,night-shift`.
    fn list(
        &mut self,
        key: &'static str,
        label: &'static str,
        meaning: &'static str,
        first: &str,
        items: &[Text<'_>],
    ) {
        self.key(key);
        let mut left = 4000 - value(self.out, first, 4000);
        for (place, item) in items.iter().enumerate() {
            left -= value(self.out, if place == 0 { ": " } else { "," }, left);
            left -= value(self.out, item, left);
        }
        self.text(label, meaning, 1023);
    }
}

/// A header field and its pipe: `\` and `|` escaped, what breaks lines made a space.
fn header_field(out: &mut Vec<u8>, text: &str, limit: usize) {
    for letter in text.chars().filter(|letter| is_kept(*letter)).take(limit) {
        match letter {
            '\\' | '|' => out.extend_from_slice(&[b'\\', letter as u8]),
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(b' '),
            other => push(out, other),
        }
    }
    out.push(b'|');
}

/// A value of the extension: `\` and `=` escaped, line breaks written as `\n` and `\r`. Returns how many characters.
fn value(out: &mut Vec<u8>, text: &str, limit: usize) -> usize {
    let plain = |byte: u8| (b' '..0x7F).contains(&byte) && !matches!(byte, b'\\' | b'=');
    if text.len() <= limit && text.bytes().all(plain) {
        out.extend_from_slice(text.as_bytes());
        return text.len();
    }
    let mut count = 0;
    for letter in text.chars().filter(|letter| is_kept(*letter)).take(limit) {
        count += 1;
        match letter {
            '\\' | '=' => out.extend_from_slice(&[b'\\', letter as u8]),
            '\n' | '\u{2028}' | '\u{2029}' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.push(b' '),
            other => push(out, other),
        }
    }
    count
}

/// 0-3 low, 4-6 medium, 7-8 high, 9-10 very high.
fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 3,
        Severity::Medium => 5,
        Severity::High => 8,
        Severity::Critical => 9,
    }
}

/// The class as a person says it.
fn words(class: Class) -> &'static str {
    match class {
        Class::Authentication => "Authentication",
        Class::SecretAccess => "Secret access",
        Class::SecretChange => "Secret change",
        Class::CredentialRotation => "Credential rotation",
        Class::LeaseLifecycle => "Lease",
        Class::PolicyViolation => "Policy violation",
        Class::PolicyChange => "Policy change",
        Class::IdentityChange => "Identity change",
        Class::VaultLifecycle => "Vault",
        Class::ConfigChange => "Configuration change",
        Class::ActorDecision => "Decision",
        Class::Dispatch => "Agent run",
        Class::Governance => "Governance",
        Class::ExportHealth => "Export",
        Class::SystemActivity => "System activity",
    }
}
