//! What a request means: its class by its path, the first rule that fits (contract 3.5, rule 3).

use super::line::{Answer, Asked};
use crate::event::{Class, ResourceType, SecretType, Text};
use crate::source::clean;

/// A request's class, verb and object.
pub(super) struct Meaning<'a> {
    pub(super) class: Class,
    pub(super) action: Text<'a>,
    pub(super) resource: ResourceType,
    pub(super) secret_type: Option<SecretType>,
    pub(super) name: Option<Text<'a>>,
    /// Whether the path is one of a KV engine with versions, whose answers hold a version number.
    versions: bool,
}

impl<'a> Meaning<'a> {
    fn new(class: Class, action: impl Into<Text<'a>>, resource: ResourceType) -> Meaning<'a> {
        let action = clean::action(action.into());
        Meaning { class, action, resource, secret_type: None, name: None, versions: false }
    }

    /// The last part of the path names the object.
    fn named(self, path: &Path<'_>, from: usize) -> Meaning<'a> {
        let name = path.parts.get(from..).unwrap_or_default().join("/");
        Meaning { name: (!name.is_empty()).then(|| Text::from(name)), ..self }
    }

    fn of_type(self, secret_type: SecretType) -> Meaning<'a> {
        Meaning { secret_type: Some(secret_type), ..self }
    }

    /// Which version was read or written, in clear in the answer.
    pub(super) fn version(&self, request: &Asked<'_>, response: &Answer<'_>) -> Option<Text<'a>> {
        if !self.versions {
            return None;
        }
        let written = Operation::of(request.operation.as_str()) == Operation::Write;
        response.version(written).map(|version| Text::from(version.to_string()))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    List,
    Write,
    Delete,
    Other,
}

impl Operation {
    fn of(word: &str) -> Operation {
        match word {
            "read" => Operation::Read,
            "list" | "scan" => Operation::List,
            "create" | "update" | "patch" => Operation::Write,
            "delete" => Operation::Delete,
            _ => Operation::Other,
        }
    }

    fn changes(self) -> bool {
        matches!(self, Operation::Write | Operation::Delete)
    }
}

/// A path in its parts.
struct Path<'p> {
    parts: Vec<&'p str>,
    operation: Operation,
    word: &'p str,
}

impl Path<'_> {
    fn part(&self, at: usize) -> &str {
        self.parts.get(at).copied().unwrap_or_default()
    }

    fn has(&self, names: &[&str]) -> bool {
        self.parts.iter().any(|part| names.contains(part))
    }

    /// The operation as a verb where the rules name no other.
    fn verb(&self) -> Text<'static> {
        match self.operation {
            Operation::Read => "read".into(),
            Operation::List => "list".into(),
            Operation::Delete => "delete".into(),
            Operation::Write if self.word == "create" => "create".into(),
            Operation::Write => "update".into(),
            Operation::Other if self.word.is_empty() => "other".into(),
            Operation::Other => Text::from(self.word.to_owned()),
        }
    }
}

/// The first rule that fits this request.
pub(super) fn of<'a>(request: &Asked<'_>, kmip: bool) -> Meaning<'a> {
    if kmip {
        return Meaning::new(Class::SecretAccess, "use:kmip", ResourceType::Key)
            .of_type(SecretType::EncryptionKey);
    }
    let word = request.operation.as_str();
    let whole = request.path.as_str().trim_matches('/');
    let path = Path { parts: whole.split('/').collect(), operation: Operation::of(word), word };
    match path.part(0) {
        "auth" => auth(&path, request),
        "sys" => sys(&path).or_else(|| rotation(&path)).unwrap_or_else(|| rest(&path)),
        "identity" => rotation(&path).unwrap_or_else(|| identity(&path)),
        "" => rest(&path),
        _ => secrets(&path, request),
    }
}

fn auth<'a>(path: &Path<'_>, request: &Asked<'_>) -> Meaning<'a> {
    if path.part(1) == "token" {
        if let Some(meaning) = token(path) {
            return meaning;
        }
    } else if is_log_on(path, request.mount_point.as_str()) {
        return Meaning::new(Class::Authentication, "login", ResourceType::AuthMethod);
    }
    if let Some(meaning) = rotation(path) {
        return meaning;
    }
    // `role` of AppRole, Kubernetes, AWS …, `users` of userpass and LDAP, `certs` of cert.
    let managed = path.parts.get(2..).unwrap_or_default().iter().find_map(|part| match *part {
        "role" | "roles" | "certs" => Some(ResourceType::ServiceAccount),
        "users" | "user" => Some(ResourceType::User),
        _ => None,
    });
    let Some(resource) = managed else { return rest(path) };
    Meaning::new(Class::IdentityChange, path.verb(), resource).named(path, 3)
}

/// `auth/<mount>/login*`, and the browser's way back in OIDC, which is that method's log-on.
fn is_log_on(path: &Path<'_>, mount_point: &str) -> bool {
    let mount = mount_point.trim_matches('/').split('/').count();
    let first =
        if mount_point.starts_with("auth/") && mount < path.parts.len() { mount } else { 2 };
    let after = path.parts.get(first..).unwrap_or_default();
    match after {
        [word, ..] if word.starts_with("login") => true,
        ["oidc", "callback", ..] => true,
        // A mount point of several parts, in a line that does not name it.
        _ if mount_point.is_empty() => {
            let managed = ["role", "roles", "users", "user", "certs", "groups", "map", "config"];
            after
                .iter()
                .position(|part| *part == "login")
                .is_some_and(|at| !after.iter().take(at).any(|part| managed.contains(part)))
        }
        _ => false,
    }
}

fn token<'a>(path: &Path<'_>) -> Option<Meaning<'a>> {
    let (class, action) = match path.part(2) {
        word if word.starts_with("renew") => (Class::LeaseLifecycle, "renew"),
        word if word.starts_with("revoke") => (Class::LeaseLifecycle, "revoke"),
        word if word.starts_with("create") => (Class::IdentityChange, "token.create"),
        word if word.starts_with("lookup") => (Class::SystemActivity, "lookup"),
        _ => return None,
    };
    Some(Meaning::new(class, action, ResourceType::Token))
}

fn sys<'a>(path: &Path<'_>) -> Option<Meaning<'a>> {
    let second = path.part(1);
    let changes = path.operation.changes();
    let removed = path.operation == Operation::Delete;
    let meaning = match second {
        "leases" => lease(path, path.part(2)),
        "renew" | "revoke" | "revoke-prefix" | "revoke-force" => lease(path, second),
        _ if second.starts_with("policy") || second.starts_with("policies") => {
            let from = if second == "policy" { 2 } else { 3 };
            Meaning::new(Class::PolicyChange, path.verb(), ResourceType::Policy).named(path, from)
        }
        _ if second.starts_with("audit") && changes => {
            let action = if removed { "audit_disable" } else { "audit_enable" };
            Meaning::new(Class::ConfigChange, action, ResourceType::AuditDevice).named(path, 2)
        }
        _ if second.starts_with("mounts") && changes => engine(path, ResourceType::Mount),
        _ if second.starts_with("auth") && changes => engine(path, ResourceType::AuthMethod),
        _ if second.starts_with("remount") && changes => {
            Meaning::new(Class::ConfigChange, "remount", ResourceType::Mount)
        }
        _ if second.starts_with("config") && changes => {
            Meaning::new(Class::ConfigChange, path.verb(), ResourceType::Vault).named(path, 2)
        }
        "storage" if path.part(2) == "raft" && path.part(3).starts_with("snapshot") => {
            let action = if path.operation == Operation::Write { "restore" } else { "snapshot" };
            Meaning::new(Class::VaultLifecycle, action, ResourceType::Vault)
        }
        "init" if changes => Meaning::new(Class::VaultLifecycle, "init", ResourceType::Vault),
        "seal" if changes => Meaning::new(Class::VaultLifecycle, "seal", ResourceType::Vault),
        "unseal" if changes => Meaning::new(Class::VaultLifecycle, "unseal", ResourceType::Vault),
        _ => return None,
    };
    Some(meaning)
}

fn lease<'a>(path: &Path<'_>, word: &str) -> Meaning<'a> {
    let action = match word {
        "renew" => "renew".into(),
        "revoke" | "revoke-prefix" | "revoke-force" => "revoke".into(),
        "" => path.verb(),
        word => Text::from(word.to_owned()),
    };
    Meaning::new(Class::LeaseLifecycle, action, ResourceType::Lease)
}

/// A secrets engine or log-on method was switched on or off, or tuned.
fn engine<'a>(path: &Path<'_>, resource: ResourceType) -> Meaning<'a> {
    let on = if resource == ResourceType::Mount { "mount" } else { "enable" };
    let off = if resource == ResourceType::Mount { "unmount" } else { "disable" };
    let action = match (path.operation, path.parts.last()) {
        (Operation::Delete, _) => off,
        (_, Some(&"tune")) => "update",
        _ => on,
    };
    Meaning::new(Class::ConfigChange, action, resource).named(path, 2)
}

fn rotation<'a>(path: &Path<'_>) -> Option<Meaning<'a>> {
    let rotates = path.has(&["rotate", "rotate-root", "rotate-role"])
        || (path.part(0) == "sys"
            && matches!(path.part(1), "rotate" | "rekey" | "rekey-recovery-key"));
    let own = path.part(0) == "sys";
    let resource = if own { ResourceType::Key } else { ResourceType::Secret };
    rotates.then(|| Meaning::new(Class::CredentialRotation, "rotate", resource))
}

fn identity<'a>(path: &Path<'_>) -> Meaning<'a> {
    let resource = match path.part(1) {
        "entity" | "entity-alias" | "persona" => ResourceType::User,
        _ => ResourceType::Other,
    };
    Meaning::new(Class::IdentityChange, path.verb(), resource).named(path, 2)
}

fn rest<'a>(path: &Path<'_>) -> Meaning<'a> {
    let (verb, resource) = match path.part(0) {
        "auth" => (path.verb(), ResourceType::AuthMethod),
        "sys" => (path.verb(), ResourceType::Vault),
        _ => (path.verb(), ResourceType::Other),
    };
    Meaning::new(Class::SystemActivity, verb, resource)
}

fn secrets<'a>(path: &Path<'_>, request: &Asked<'_>) -> Meaning<'a> {
    let mount = request.mount_point.as_str().trim_matches('/');
    let depth = if mount.is_empty() { 1 } else { mount.split('/').count() };
    // Lines of old versions do not say the engine; by habit it is mounted under its own name.
    let engine = match request.mount_type.as_str() {
        "" => path.part(0),
        known => known,
    };
    let within = path.part(depth);
    if matches!(engine, "kv" | "generic" | "secret" | "cubbyhole") {
        return kv(path, within);
    }
    if let Some(meaning) = rotation(path) {
        return with_secret_type(meaning, engine);
    }
    match (engine, within) {
        ("transit", verb) if path.operation.changes() && is_use(verb) => {
            let verb = format!("use:{}", verb.replace('-', "_"));
            Meaning::new(Class::SecretAccess, verb, ResourceType::Key)
                .named(path, depth + 1)
                .of_type(SecretType::EncryptionKey)
        }
        ("pki" | "ssh", _) if path.has(&["issue", "sign", "sign-verbatim"]) => {
            issue(engine, ResourceType::Certificate)
        }
        _ if matches!(within, "creds" | "static-cred" | "static-creds" | "sts") => {
            issue(engine, ResourceType::Secret)
        }
        ("gcp", _) if matches!(path.parts.last(), Some(&("token" | "key"))) => {
            issue(engine, ResourceType::Secret)
        }
        _ => with_secret_type(by_operation(path), engine),
    }
}

/// Transit's verbs that work with a key without showing it.
fn is_use(verb: &str) -> bool {
    matches!(
        verb,
        "encrypt"
            | "decrypt"
            | "rewrap"
            | "sign"
            | "verify"
            | "hmac"
            | "hash"
            | "random"
            | "datakey"
            | "cmac"
            | "sign-multiple"
            | "derive"
    )
}

fn issue<'a>(engine: &str, resource: ResourceType) -> Meaning<'a> {
    with_secret_type(Meaning::new(Class::SecretAccess, "issue", resource), engine)
}

fn with_secret_type<'a>(meaning: Meaning<'a>, engine: &str) -> Meaning<'a> {
    let secret_type = match engine {
        "database" => SecretType::DatabaseCredential,
        "aws" | "azure" | "gcp" | "alicloud" => SecretType::CloudCredential,
        "pki" => SecretType::Certificate,
        "ssh" => SecretType::SshKey,
        "transit" | "kmip" => SecretType::EncryptionKey,
        _ => return meaning,
    };
    meaning.of_type(secret_type)
}

/// Key-value engines: the second version has verbs of its own in the path.
fn kv<'a>(path: &Path<'_>, within: &str) -> Meaning<'a> {
    let writes = path.operation == Operation::Write;
    let mut meaning = match within {
        "destroy" if path.operation.changes() => {
            Meaning::new(Class::SecretChange, "destroy", ResourceType::Secret)
        }
        "undelete" if writes => Meaning::new(Class::SecretChange, "undelete", ResourceType::Secret),
        "delete" if writes => Meaning::new(Class::SecretChange, "delete", ResourceType::Secret),
        _ => by_operation(path),
    };
    meaning.versions = within == "data";
    meaning
}

fn by_operation<'a>(path: &Path<'_>) -> Meaning<'a> {
    let (class, action) = match path.operation {
        Operation::Read => (Class::SecretAccess, "retrieve".into()),
        Operation::List => (Class::SecretAccess, "list".into()),
        Operation::Write if path.has(&["destroy"]) => (Class::SecretChange, "destroy".into()),
        Operation::Write => (Class::SecretChange, "store".into()),
        Operation::Delete => (Class::SecretChange, "delete".into()),
        Operation::Other => match path.word {
            "renew" => (Class::LeaseLifecycle, "renew".into()),
            "revoke" => (Class::LeaseLifecycle, "revoke".into()),
            _ => (Class::SystemActivity, path.verb()),
        },
    };
    Meaning::new(class, action, ResourceType::Secret)
}
