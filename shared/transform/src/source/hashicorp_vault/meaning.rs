//! What a request means: its row of the table, and what only the line itself can add to it.

use super::answer::Data;
use super::line::{Answer, Asked, Auth};
use super::place::{self, Place};
use super::table::{Engine, Leaves, Row, VERB, bit, version_1};
use crate::event::{Class, ResourceType, SecretType, Severity, Text};
use crate::source::clean;

/// A request's class, verb and object.
pub(super) struct Meaning<'a> {
    pub(super) class: Class,
    pub(super) action: Text<'static>,
    pub(super) resource: ResourceType,
    pub(super) secret_type: Option<SecretType>,
    pub(super) name: Option<Text<'a>>,
    /// What a successful answer takes out of the vault.
    pub(super) leaves: Leaves,
    pub(super) privileged: bool,
    pub(super) at_least: Severity,
    /// Which version was read or written, in clear in the answer.
    pub(super) version: Option<u64>,
    /// The table has no row for it.
    pub(super) unmapped: bool,
    pub(super) engine: Option<Engine>,
    /// How many bytes of the path stand before what is within the mount.
    pub(super) before: usize,
    /// Something was to be read or listed.
    pub(super) reads: bool,
}

impl Meaning<'_> {
    /// What is used over KMIP; its verb is read elsewhere.
    pub(super) fn kmip(class: Class, action: &'static str) -> Meaning<'static> {
        Meaning {
            class,
            action: action.into(),
            resource: ResourceType::Key,
            secret_type: Some(SecretType::EncryptionKey),
            name: None,
            leaves: if action == "get" { Leaves::KeyMaterial } else { Leaves::Nothing },
            privileged: false,
            at_least: Severity::Informational,
            version: None,
            unmapped: false,
            engine: None,
            before: 0,
            reads: false,
        }
    }

    pub(super) fn is_log_on(&self) -> bool {
        self.class == Class::Authentication
    }

    /// Whether the answer is a plain secret, whose members are the user's own.
    pub(super) fn reads_users_own(&self) -> bool {
        self.reads && self.engine == Some(Engine::Kv)
    }

    /// Whether it asks how things are and takes no secret out: never an alarm, whoever asks.
    pub(super) fn is_status_query(&self) -> bool {
        let shown = matches!(self.leaves, Leaves::Nothing | Leaves::Metadata);
        let asks = self.class == Class::SystemActivity
            && matches!(self.action.as_str(), "read" | "list" | "lookup" | "help");
        shown && (self.reads || (asks && !self.unmapped))
    }

    pub(super) fn is_unwrap(&self) -> bool {
        self.engine == Some(Engine::System)
            && self.resource == ResourceType::Token
            && self.leaves == Leaves::Value
    }
}

/// What a request means.
pub(super) fn of<'a>(
    request: &Asked<'a>,
    answer: &Answer<'a>,
    issued: Option<&Auth<'a>>,
    error: &str,
) -> Meaning<'a> {
    let place = place::find(request);
    let word = request.operation.as_str();
    let nowhere = request.mount_point.as_str().is_empty() && is_no_route(error);
    let row = own_row(&place, request, answer).filter(|_| !nowhere || place.engine != Engine::Kv);
    let mut meaning = match row {
        Some(row) => by_row(row, &place, word),
        None => without_row(&place, word),
    };
    meaning.name = place
        .name
        .filter(|_| row.is_some())
        .and_then(|name| clean::clip(Text::from(name.to_owned()), 256));
    meaning.before = request.path.as_str().len() - place.path.len();
    meaning.secret_type = secret_type(&place, request, &meaning);
    meaning.version = version(&place, word, answer);
    refine(&mut meaning, &place, request, answer, issued);
    meaning
}

/// Whether nothing is mounted there: then nothing can be said of what it would have been.
fn is_no_route(error: &str) -> bool {
    error.contains("unsupported path") || error.contains("no handler for route")
}

/// The row; of the first version of the key-value engine where the path is a verb of the second by chance.
fn own_row(place: &Place<'_>, request: &Asked<'_>, answer: &Answer<'_>) -> Option<&'static Row> {
    let row = place.row?;
    if place.engine != Engine::Kv || place.path.trim_matches('/') != "config" {
        return Some(row);
    }
    let answered = answer.data.0.as_ref().filter(|data| !data.only_error());
    let sent = request.data.0.as_ref();
    let is_secret = match (answered, sent) {
        (Some(data), _) if bit(request.operation.as_str()) == bit("read") => !data.is_kv_config(),
        (_, Some(sent)) => !sent.is_kv_config(),
        _ => false,
    };
    if is_secret { version_1(request.operation.as_str()) } else { Some(row) }
}

fn by_row(row: &Row, place: &Place<'_>, word: &str) -> Meaning<'static> {
    let action = if row.action == VERB { verb(word).into() } else { row.action.into() };
    Meaning {
        class: row.class,
        action,
        resource: row.resource,
        leaves: row.leaves,
        privileged: row.privileged,
        at_least: row.at_least,
        engine: Some(place.engine),
        reads: row.is_read(),
        ..Meaning::kmip(row.class, "")
    }
}

/// The operation's word; a patch is an update.
fn verb(word: &str) -> &'static str {
    match word {
        "read" | "header" => "read",
        "list" | "scan" => "list",
        "create" => "create",
        "delete" => "delete",
        _ => "update",
    }
}

/// The raw operation, so that a person sees what the table lacks. Leases end by operations of their own.
fn without_row(place: &Place<'_>, word: &str) -> Meaning<'static> {
    let known = |class, action, resource| Meaning {
        resource,
        secret_type: None,
        engine: Some(place.engine),
        ..Meaning::kmip(class, action)
    };
    match word {
        "renew" => known(Class::LeaseLifecycle, "renew", ResourceType::Lease),
        "revoke" => known(Class::LeaseLifecycle, "revoke", ResourceType::Lease),
        "help" => known(Class::SystemActivity, "help", ResourceType::Other),
        _ if is_log_on_by_name(place, word) => {
            known(Class::Authentication, "login", ResourceType::AuthMethod)
        }
        _ => {
            let action = match word {
                "" => Text::from("other"),
                word => clean::action(Text::from(word.to_owned())),
            };
            let resource = match place.engine {
                Engine::System => ResourceType::Vault,
                Engine::Auth | Engine::Userpass | Engine::Token => ResourceType::AuthMethod,
                _ => ResourceType::Other,
            };
            Meaning { action, unmapped: true, ..known(Class::SystemActivity, "", resource) }
        }
    }
}

/// `login_renew` and other log-ons that a method has beside `login`.
fn is_log_on_by_name(place: &Place<'_>, word: &str) -> bool {
    matches!(place.engine, Engine::Auth | Engine::Userpass)
        && bit(word) & (bit("update") | bit("read")) != 0
        && place.path.starts_with("login")
}

/// What the line says beyond operation and path.
fn refine(
    meaning: &mut Meaning<'_>,
    place: &Place<'_>,
    request: &Asked<'_>,
    answer: &Answer<'_>,
    issued: Option<&Auth<'_>>,
) {
    let issued = issued.filter(|auth| auth.has_token());
    let data = answer.data.0.as_ref();
    let method = matches!(place.engine, Engine::Auth | Engine::Userpass);
    if method && meaning.class == Class::SystemActivity && issued.is_some() {
        // Whoever gets a token of a log-on method has logged on, whatever the path is called.
        meaning.class = Class::Authentication;
        meaning.action = "login".into();
        meaning.unmapped = false;
    }
    match meaning.action.as_str() {
        "generate_root.update" if data.is_some_and(|data| data.complete) => {
            meaning.action = "generate_root.complete".into();
            meaning.leaves = Leaves::Credential;
        }
        "token.create" if issued.is_some_and(Auth::is_root) => meaning.at_least = Severity::High,
        // A key that was brought along does not come back.
        "store" if place.engine == Engine::Totp && !data.is_some_and(Data::shows_key) => {
            meaning.leaves = Leaves::Nothing;
            meaning.at_least = Severity::Informational;
        }
        "create" | "update"
            if meaning.resource == ResourceType::Group
                && meaning.class == Class::IdentityChange
                && request.data.0.as_ref().is_some_and(|sent| sent.policies.0) =>
        {
            meaning.action = "grant".into();
        }
        _ => {}
    }
}

fn version(place: &Place<'_>, word: &str, answer: &Answer<'_>) -> Option<u64> {
    // In the first version of the engine the members are the user's own.
    if place.engine != Engine::Kv || !place.path.starts_with("data/") {
        return None;
    }
    answer.data.0.as_ref()?.version(bit(word) == bit("update"))
}

fn secret_type(
    place: &Place<'_>,
    request: &Asked<'_>,
    meaning: &Meaning<'_>,
) -> Option<SecretType> {
    let secret = matches!(
        meaning.class,
        Class::SecretAccess | Class::SecretChange | Class::CredentialRotation
    );
    if !secret {
        return None;
    }
    Some(match place.engine {
        Engine::Pki | Engine::Kmip => SecretType::Certificate,
        Engine::Ssh => SecretType::SshKey,
        Engine::Transit | Engine::Transform | Engine::KeyManagement | Engine::GcpKms => {
            SecretType::EncryptionKey
        }
        Engine::Credentials => match of_credentials(request) {
            "database" => SecretType::DatabaseCredential,
            "aws" | "azure" | "gcp" | "alicloud" => SecretType::CloudCredential,
            _ => return None,
        },
        _ => return None,
    })
}

/// The engine's type; by habit it is mounted under its own name where the line does not say.
fn of_credentials<'p>(request: &'p Asked<'_>) -> &'p str {
    match request.mount_type.as_str() {
        "" => request.path.as_str().split('/').next().unwrap_or_default(),
        kind => kind,
    }
}
