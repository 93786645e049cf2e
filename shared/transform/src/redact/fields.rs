//! Every string of an event, and how each is looked at.

use sha2::{Digest, Sha256};

use super::hit::{Entropic, Look};
use super::marks::{is_mark, mark};
use super::{Layers, names, numbers, replaced};
use crate::event::check;
use crate::event::{
    Actor, Event, Integrity, Network, Origin, Pairs, Policy, Request, Resource, SCHEMA, Session,
    Text, Value,
};
use crate::json::Writer;

/// `redactions` holds at most this many pointers of at most [`POINTER`] characters.
const POINTERS: usize = 64;
const POINTER: usize = 256;
/// Shorter strings are never random enough: what their key says of digests need not be asked.
const SHORT: usize = 32;

pub(super) fn redact(event: &mut Event<'_>, layers: Layers) {
    let mut redactor =
        Redactor::new(Look { layers, entropic: Entropic::Yes, places: false, depth: 0 });
    redactor.event(event);
    for pointer in redactor.found {
        if event.redactions.len() < POINTERS
            && !event.redactions.iter().any(|known| **known == *pointer)
        {
            event.redactions.push(Text::from(pointer));
        }
    }
}

/// The one walk.
pub(super) struct Redactor {
    look: Look,
    /// Pointers to what was changed; without allocation while empty.
    found: Vec<String>,
}

impl Redactor {
    pub(super) fn new(look: Look) -> Redactor {
        Redactor { look, found: Vec::new() }
    }

    /// Whether anything was redacted.
    pub(super) fn has_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// A JSON text's value: of where in it something was changed, nothing is kept.
    pub(super) fn json(&mut self, value: &mut Value<'_>) {
        self.value(&String::new, value, "");
    }

    fn event(&mut self, event: &mut Event<'_>) {
        if event.schema.as_str() != SCHEMA {
            self.id("/schema", Some(&mut event.schema), 64);
        }
        self.event_id(&mut event.id);
        self.action(&mut event.action);
        self.free("/message", event.message.as_mut(), 1024);
        self.actor(&mut event.actor);
        if let Some(session) = &mut event.session {
            self.session(session);
        }
        self.source(&mut event.source);
        if let Some(resource) = &mut event.resource {
            self.resource(resource);
        }
        if let Some(policy) = &mut event.policy {
            self.policy(policy);
        }
        if let Some(lease) = &mut event.lease {
            self.id("/lease/id", lease.id.as_mut(), 256);
        }
        if let Some(request) = &mut event.request {
            self.request(request);
        }
        if let Some(network) = &mut event.network {
            self.network(network);
        }
        if let Some(error) = &mut event.error {
            self.id("/error/code", error.code.as_mut(), 64);
            self.free("/error/message", error.message.as_mut(), 1024);
        }
        if let Some(integrity) = &mut event.integrity {
            self.integrity(integrity);
        }
        if let Some(origin) = &mut event.origin {
            self.origin(origin);
        }
        self.labels(&mut event.labels);
        self.details(&mut event.details);
        self.pointers(&mut event.redactions);
    }

    fn session(&mut self, session: &mut Session<'_>) {
        self.id("/session/id", session.id.as_mut(), 256);
        self.id("/session/authn_method", session.authn_method.as_mut(), 64);
        self.id("/session/token_type", session.token_type.as_mut(), 64);
        self.token_ref(session.token_ref.as_mut());
    }

    fn source(&mut self, source: &mut crate::event::Source<'_>) {
        self.id("/source/product", Some(&mut source.product), 64);
        self.id("/source/vendor", source.vendor.as_mut(), 64);
        self.id("/source/version", source.version.as_mut(), 64);
        self.id("/source/instance", Some(&mut source.instance), 128);
        self.id("/source/region", source.region.as_mut(), 64);
        self.id("/source/host", source.host.as_mut(), 256);
    }

    fn policy(&mut self, policy: &mut Policy<'_>) {
        for (place, name) in policy.names.iter_mut().enumerate() {
            self.text(|| format!("/policy/names/{place}"), name, 256, Entropic::No);
        }
        self.code("/policy/reason_code", &mut policy.reason_code);
        self.free("/policy/reason", policy.reason.as_mut(), 1024);
    }

    fn request(&mut self, request: &mut Request<'_>) {
        self.id("/request/id", request.id.as_mut(), 128);
        self.id("/request/correlation_id", request.correlation_id.as_mut(), 128);
        self.digest("/request/trace_id", &mut request.trace_id);
        self.id("/request/method", request.method.as_mut(), 64);
        self.free("/request/user_agent", request.user_agent.as_mut(), 512);
        self.free("/request/purpose", request.purpose.as_mut(), 512);
    }

    fn network(&mut self, network: &mut Network<'_>) {
        self.id("/network/source_ip", network.source_ip.as_mut(), 45);
        self.id("/network/forwarded_from", network.forwarded_from.as_mut(), 256);
        self.id("/network/destination_host", network.destination_host.as_mut(), 256);
    }

    fn integrity(&mut self, integrity: &mut Integrity<'_>) {
        self.id("/integrity/chain_id", integrity.chain_id.as_mut(), 128);
        self.digest("/integrity/hash", &mut integrity.hash);
        self.digest("/integrity/prev_hash", &mut integrity.prev_hash);
    }

    fn origin(&mut self, origin: &mut Origin<'_>) {
        self.id("/origin/format", Some(&mut origin.format), 64);
        self.id("/origin/event_type", origin.event_type.as_mut(), 128);
        self.id("/origin/record_id", origin.record_id.as_mut(), 128);
        self.id("/origin/kind", origin.kind.as_mut(), 128);
        self.id("/origin/thread", origin.thread.as_mut(), 128);
        let Some(wrapper) = &mut origin.wrapper else { return };
        self.id("/origin/wrapper/type", Some(&mut wrapper.kind), 64);
        self.id("/origin/wrapper/host", wrapper.host.as_mut(), 256);
        self.id("/origin/wrapper/pod", wrapper.pod.as_mut(), 512);
        self.id("/origin/wrapper/stream", wrapper.stream.as_mut(), 32);
        self.id("/origin/wrapper/log_group", wrapper.log_group.as_mut(), 512);
        self.id("/origin/wrapper/log_stream", wrapper.log_stream.as_mut(), 512);
    }

    /// A mark is no id by the contract, and two events must not become one: the digest of what was there.
    fn event_id(&mut self, id: &mut Text<'_>) {
        if self.replaced(id, Entropic::No).is_some() {
            let digest = Sha256::digest(id.as_bytes());
            let hex = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            *id = Text::from(format!("sha256:{hex}"));
            self.note("/id".to_owned());
        }
    }

    /// A mark is no verb by the contract.
    fn action(&mut self, action: &mut Text<'_>) {
        if self.replaced(action, Entropic::No).is_some() {
            *action = Text::from("redacted");
            self.note("/action".to_owned());
        }
    }

    /// A mark is no code by the contract: what holds a secret goes.
    fn code(&mut self, pointer: &'static str, code: &mut Option<Text<'_>>) {
        if code.as_ref().is_some_and(|code| self.replaced(code, Entropic::No).is_some()) {
            *code = None;
            self.note(pointer.to_owned());
        }
    }

    /// Hex digits by the contract: what holds a secret is none, and goes.
    fn digest(&mut self, pointer: &'static str, text: &mut Option<Text<'_>>) {
        let Some(digest) = text else { return };
        if !digest.bytes().all(|byte| byte.is_ascii_hexdigit())
            && self.replaced(digest, Entropic::No).is_some()
        {
            *text = None;
            self.note(pointer.to_owned());
        }
    }

    /// Pointers that a source sent: a mark in one points nowhere.
    fn pointers(&mut self, pointers: &mut Vec<Text<'_>>) {
        let look = self.look;
        pointers
            .retain(|pointer| replaced(pointer, Look { entropic: Entropic::No, ..look }).is_none());
    }

    fn replaced(&self, text: &str, entropic: Entropic) -> Option<String> {
        replaced(text, Look { entropic, ..self.look })
    }

    fn actor(&mut self, actor: &mut Actor<'_>) {
        self.id("/actor/id", Some(&mut actor.id), 512);
        self.name("/actor/name", actor.name.as_mut(), 256);
        self.id("/actor/email", actor.email.as_mut(), 256);
        for (place, group) in actor.groups.iter_mut().enumerate() {
            self.text(|| format!("/actor/groups/{place}"), group, 256, Entropic::No);
        }
        if let Some(principal) = &mut actor.on_behalf_of {
            self.id("/actor/on_behalf_of/id", Some(&mut principal.id), 512);
            self.name("/actor/on_behalf_of/name", principal.name.as_mut(), 256);
        }
        if let Some(agent) = &mut actor.agent {
            self.id("/actor/agent/model", agent.model.as_mut(), 128);
            self.id("/actor/agent/provider", agent.provider.as_mut(), 128);
            self.id("/actor/agent/framework", agent.framework.as_mut(), 128);
            self.id("/actor/agent/version", agent.version.as_mut(), 64);
            self.id("/actor/agent/parent_id", agent.parent_id.as_mut(), 256);
            self.id("/actor/agent/fleet_id", agent.fleet_id.as_mut(), 128);
        }
    }

    fn resource(&mut self, resource: &mut Resource<'_>) {
        self.id("/resource/path", resource.path.as_mut(), 1024);
        self.id("/resource/id", resource.id.as_mut(), 256);
        self.id("/resource/name", resource.name.as_mut(), 256);
        self.id("/resource/version", resource.version.as_mut(), 64);
        self.id("/resource/namespace", resource.namespace.as_mut(), 256);
        if let Some(mount) = &mut resource.mount {
            self.id("/resource/mount/point", mount.point.as_mut(), 256);
            self.id("/resource/mount/type", mount.kind.as_mut(), 64);
            self.id("/resource/mount/accessor", mount.accessor.as_mut(), 128);
        }
    }

    /// A reference to a token is a hash, or else a handle that its finder can use.
    fn token_ref(&mut self, token: Option<&mut Text<'_>>) {
        let Some(token) = token else { return };
        let hashed = ["hmac-sha256:", "sha256:", "h1:"].iter().any(|mark| {
            token.strip_prefix(mark).is_some_and(|hash| {
                (1..=128).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        });
        if self.look.layers.keys && !hashed && !is_mark(token) && !token.is_empty() {
            *token = Text::from(mark("token", token));
            self.found.push("/session/token_ref".to_owned());
        }
    }

    /// An id, a name, a path: secrets by their shape.
    fn id(&mut self, pointer: &'static str, text: Option<&mut Text<'_>>, limit: usize) {
        if let Some(text) = text {
            self.text(|| pointer.to_owned(), text, limit, Entropic::No);
        }
    }

    /// A name of somebody or something: random strings too, but not a digest.
    fn name(&mut self, pointer: &'static str, text: Option<&mut Text<'_>>, limit: usize) {
        if let Some(text) = text {
            let entropic = entropic_for("", text);
            self.text(|| pointer.to_owned(), text, limit, entropic);
        }
    }

    /// Free text: random strings too.
    fn free(&mut self, pointer: &'static str, text: Option<&mut Text<'_>>, limit: usize) {
        if let Some(text) = text {
            self.text(|| pointer.to_owned(), text, limit, Entropic::Yes);
        }
    }

    fn text(
        &mut self,
        pointer: impl FnOnce() -> String,
        text: &mut Text<'_>,
        limit: usize,
        entropic: Entropic,
    ) {
        if let Some(clean) = self.replaced(text, entropic) {
            *text = fitted(clean, limit);
            self.note(pointer());
        }
    }

    fn labels(&mut self, labels: &mut Pairs<'_, Text<'_>>) {
        labels.0.retain_mut(|(key, value)| {
            if self.replaced(key, Entropic::No).is_some() {
                self.note("/labels".to_owned()); // a mark is no label's key
                return false;
            }
            let pointer = || format!("/labels/{}", escaped(key));
            match names::denied(key).filter(|_| self.look.layers.keys) {
                Some(_) if value.is_empty() || is_mark(value) || is_count(key, value) => {}
                Some(kind) => {
                    *value = Text::from(mark(kind, value));
                    self.note(pointer());
                }
                None if value.len() < SHORT => self.text(pointer, value, 256, Entropic::No),
                None => self.text(pointer, value, 256, entropic_for(key, value)),
            }
            true
        });
    }

    fn details(&mut self, details: &mut Pairs<'_, Value<'_>>) {
        let before = self.found.len();
        self.members("/details", &mut details.0);
        if self.found.len() > before {
            while check::details_fit(details).is_err() {
                let Some((key, _)) = details.0.pop() else { return };
                self.note(format!("/details/{}", escaped(&key)));
            }
        }
    }

    fn members(&mut self, parent: &str, members: &mut Vec<(Text<'_>, Value<'_>)>) {
        members.retain_mut(|(key, value)| {
            if !is_plain_name(key) && self.replaced(key, Entropic::ExceptDigests).is_some() {
                self.note(parent.to_owned()); // two marks could be the same key
                return false;
            }
            let pointer = || format!("{parent}/{}", escaped(key));
            match self.hidden_by_name(key) {
                Some(kind) => {
                    if hide(kind, key, value) {
                        self.note(pointer());
                    }
                }
                None => self.value(&pointer, value, key),
            }
            true
        });
    }

    /// What a member of this name holds, if it goes as a whole.
    fn hidden_by_name(&self, key: &str) -> Option<&'static str> {
        if !self.look.layers.keys {
            return None;
        }
        let part = || (self.look.places && names::is_part(key.as_bytes())).then_some("data");
        names::denied(key).or_else(part)
    }

    fn value(&mut self, pointer: &dyn Fn() -> String, value: &mut Value<'_>, key: &str) {
        let limit = if self.look.depth > 0 { usize::MAX } else { 1024 };
        match value {
            Value::Text(text) if text.len() < SHORT => {
                self.text(pointer, text, limit, Entropic::No);
            }
            Value::Text(text) => self.text(pointer, text, limit, entropic_for(key, text)),
            Value::List(items) => {
                for (place, item) in items.iter_mut().enumerate() {
                    self.value(&|| format!("{}/{place}", pointer()), item, key);
                }
            }
            Value::Map(members) => self.members(&pointer(), members),
            Value::Int(number) if self.look.layers.patterns && *number > 999_999_999_999 => {
                let digits = number.to_string();
                if numbers::is_card(digits.as_bytes()) {
                    *value = Value::Text(Text::from(mark("card", &digits)));
                    self.note(pointer());
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    fn note(&mut self, pointer: String) {
        let mut pointer = pointer;
        while pointer.chars().count() > POINTER {
            pointer.truncate(pointer.rfind('/').unwrap_or(0)); // its parent
        }
        self.found.push(pointer);
    }
}

/// Hides whatever a denied name holds; yes, no, nothing and quantities are no secrets.
fn hide(kind: &str, key: &str, value: &mut Value<'_>) -> bool {
    let hidden = match *value {
        Value::Null | Value::Bool(_) => return false,
        Value::Int(_) if names::is_quantity(key.as_bytes()) => return false,
        Value::Text(ref text) if text.is_empty() || is_mark(text) || is_count(key, text) => {
            return false;
        }
        Value::Text(ref text) => mark(kind, text),
        ref other => {
            let mut json = Vec::new();
            Writer::new(&mut json).push_value(other);
            mark(kind, &String::from_utf8_lossy(&json))
        }
    };
    *value = Value::Text(Text::from(hidden));
    true
}

/// A short name of lower-case words has no room for a secret of any shape: each has a digit, a capital or a mark.
fn is_plain_name(key: &str) -> bool {
    key.len() <= 24 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// `max_token` of `4096`.
fn is_count(key: &str, value: &str) -> bool {
    value.len() <= 10
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && names::is_quantity(key.as_bytes())
}

/// A member whose name does not speak of keys may be a whole digest; one whose name speaks of digests always.
fn entropic_for(key: &str, value: &str) -> Entropic {
    const DIGESTS: [&str; 16] = [
        "id",
        "ids",
        "hash",
        "sha256",
        "sha1",
        "md5",
        "digest",
        "checksum",
        "fingerprint",
        "thread",
        "parents",
        "parent",
        "fulfills",
        "reviews",
        "ref",
        "commit",
    ];
    const KEYS: [&str; 6] = ["key", "secret", "token", "pass", "auth", "cred"];
    // Vault's is the base64 of a digest, and never a secret.
    if key == "client_id" {
        return Entropic::No;
    }
    let is_digest = DIGESTS.iter().any(|word| {
        let (key, word) = (key.as_bytes(), word.as_bytes());
        super::bytes::ends_with_any_case(key, word)
            && (key.len() == word.len()
                || !key.get(key.len() - word.len() - 1).is_some_and(u8::is_ascii_lowercase))
    });
    let alone = || !value.bytes().any(|byte| byte.is_ascii_whitespace());
    let of_keys = || {
        let key = key.to_ascii_lowercase();
        KEYS.iter().any(|word| key.contains(word))
    };
    if is_digest || (alone() && !of_keys()) { Entropic::ExceptDigests } else { Entropic::Yes }
}

/// A text that grew by its marks, cut to its limit, never inside a mark.
fn fitted(text: String, limit: usize) -> Text<'static> {
    if text.chars().count() <= limit {
        return Text::from(text);
    }
    let text = Text::from(text).clipped(limit);
    match text.rsplit_once('[') {
        Some((head, tail)) if !tail.contains(']') => Text::from(head.to_owned()),
        _ => text,
    }
}

/// A key as part of a JSON pointer (RFC 6901).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
