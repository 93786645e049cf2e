//! Upon what: the uid and name of a resource, and the `resource_details` object.
//!
//! A secret's uid is `<vault>/<mount>/<path>`: the same in every class, so that a SIEM can follow it.

use super::observable::{self, Kind};
use super::page::{Page, first, full};
use crate::event::{Classification, Event, Resource, ResourceType, SecretType};

/// What a resource is called in OCSF.
pub(super) struct Naming<'e> {
    pub(super) uid: Uid<'e>,
    pub(super) name: Option<&'e str>,
}

/// A resource's uid, as the pieces it is made of.
pub(super) enum Uid<'e> {
    None,
    Plain(&'e str),
    /// `agent:<name>`, as the actor of the same agent is called.
    Agent(&'e str),
    /// `<vault>/<mount>/<path>`; the mount only where the path does not begin with it.
    Path {
        vault: &'e str,
        mount: Option<&'e str>,
        path: &'e str,
    },
}

impl<'e> Naming<'e> {
    pub(super) fn of(event: &'e Event<'_>, resource: &'e Resource<'_>) -> Naming<'e> {
        let (id, path) = (full(resource.id.as_ref()), full(resource.path.as_ref()));
        let name = full(resource.name.as_ref());
        let by_path = || path.map_or(Uid::None, |path| placed(event, resource, path));
        match resource.kind {
            ResourceType::Secret | ResourceType::Key | ResourceType::Certificate => Naming {
                uid: if path.is_some() { by_path() } else { id.map_or(Uid::None, Uid::Plain) },
                name: path.or(name),
            },
            ResourceType::Agent => Naming { uid: agent(id.or(name).or(path)), name: name.or(path) },
            ResourceType::Lease => {
                let lease = event.lease.as_ref().and_then(|lease| full(lease.id.as_ref()));
                let uid = lease.or(id).map_or_else(by_path, Uid::Plain);
                Naming { uid, name: name.or(path) }
            }
            _ => Naming { uid: id.map_or_else(by_path, Uid::Plain), name: name.or(path) },
        }
    }

    /// What to show where a name must be: the name, else the id, else the kind.
    pub(super) fn shown(&self, resource: &Resource<'_>) -> &'e str {
        match (self.name, &self.uid) {
            (Some(name), _) => name,
            (None, Uid::Plain(id) | Uid::Agent(id)) => id,
            (None, _) => resource.kind.as_str(),
        }
    }

    /// `uid`, if there is one.
    pub(super) fn write_uid(&self, page: &mut Page<'_>) {
        if !matches!(self.uid, Uid::None) {
            page.json.key("uid");
            self.push_uid(page, "");
        }
    }

    /// The uid as a value, with something before it: `overdue:<uid>`.
    pub(super) fn push_uid(&self, page: &mut Page<'_>, prefix: &str) {
        match &self.uid {
            Uid::None => page.pieces(&[prefix]),
            Uid::Plain(id) => page.pieces(&[prefix, id]),
            Uid::Agent(name) => page.pieces(&[prefix, "agent:", name]),
            Uid::Path { vault, mount: None, path } => page.pieces(&[prefix, vault, "/", path]),
            Uid::Path { vault, mount: Some(mount), path } => {
                page.pieces(&[prefix, vault, "/", mount, "/", path]);
            }
        }
    }

    /// Whether uid or name say this text already.
    pub(super) fn says(&self, text: &str) -> bool {
        let in_uid = match &self.uid {
            Uid::None => false,
            Uid::Plain(id) | Uid::Agent(id) => *id == text,
            Uid::Path { path, .. } => *path == text,
        };
        in_uid || self.name == Some(text)
    }
}

fn agent(text: Option<&str>) -> Uid<'_> {
    match text {
        None => Uid::None,
        Some(text) if text.starts_with("agent:") || text.starts_with("did:") => Uid::Plain(text),
        Some(text) => Uid::Agent(text),
    }
}

fn placed<'e>(event: &'e Event<'_>, resource: &'e Resource<'_>, path: &'e str) -> Uid<'e> {
    let holds_values = !matches!(resource.kind, ResourceType::Mount | ResourceType::AuthMethod);
    let mount = mount_point(resource).filter(|mount| {
        let beyond = path.strip_prefix(mount);
        holds_values && !beyond.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    Uid::Path { vault: &event.source.instance, mount, path }
}

fn mount_point<'e>(resource: &'e Resource<'_>) -> Option<&'e str> {
    let point = resource.mount.as_ref().and_then(|mount| full(mount.point.as_ref()))?;
    Some(point.trim_matches('/')).filter(|point| !point.is_empty())
}

/// `resources`: what was acted upon, and the lease that came of it.
pub(super) fn list(page: &mut Page<'_>, event: &Event<'_>) {
    page.list("resources", |page| {
        if let Some(resource) = &event.resource {
            page.item(|page| details(page, event, resource, Some(observable::RESOURCE_UID)));
        }
        let leased = event.resource.as_ref().is_some_and(|part| part.kind == ResourceType::Lease);
        let lease = event.lease.as_ref().and_then(|lease| full(lease.id.as_ref()));
        if let Some(lease) = lease.filter(|_| !leased) {
            page.item(|page| {
                page.observed("uid", Some(lease), observable::RESOURCE_UID);
                page.fixed(r#""type":"lease""#);
            });
        }
    });
}

/// The members of a `resource_details` object.
pub(super) fn details(
    page: &mut Page<'_>,
    event: &Event<'_>,
    resource: &Resource<'_>,
    uid: Option<Kind>,
) {
    let naming = Naming::of(event, resource);
    if !matches!(naming.uid, Uid::None) {
        page.json.key("uid");
        let start = page.json.out().len();
        naming.push_uid(page, "");
        if let Some(kind) = uid {
            page.note(kind, start);
        }
    }
    page.text("name", Some(naming.shown(resource)));
    page.json.text("type", kind_word(event, resource));
    page.text("namespace", resource.namespace.as_deref());
    page.text("version", resource.version.as_deref());
    if let Some(mount) = mount_point(resource) {
        page.object("group", |page| page.json.text("name", mount));
    }
    page.list("labels", |page| labels(page, resource));
}

/// A secret's kind, or `secret-path` where many are meant.
fn kind_word(event: &Event<'_>, resource: &Resource<'_>) -> &'static str {
    let many = |path: &str| path.ends_with('/') || path.contains('*');
    let listed = event.action.as_str() == "list";
    if resource.kind == ResourceType::Secret
        && (listed || full(resource.path.as_ref()).is_some_and(many))
    {
        return "secret-path";
    }
    resource.kind.as_str()
}

fn labels(page: &mut Page<'_>, resource: &Resource<'_>) {
    let engine = resource.mount.as_ref().and_then(|mount| full(mount.kind.as_ref()));
    let parts = [
        ("engine", engine),
        ("secret_type", resource.secret_type.map(SecretType::as_str)),
        ("classification", resource.classification.map(Classification::as_str)),
    ];
    for (key, value) in parts {
        if let Some(value) = value {
            page.pair(key, value);
        }
    }
}

/// The first of the texts by which a resource is known.
pub(super) fn any_name<'e>(resource: &'e Resource<'_>) -> Option<&'e str> {
    first([resource.name.as_ref(), resource.path.as_ref(), resource.id.as_ref()])
}
