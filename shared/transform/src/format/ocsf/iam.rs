//! Authentication (3002), Authorize Session (3003), Account Change (3001), User Access Management (3005).

use super::actor;
use super::classify::Kind;
use super::endpoint;
use super::observable;
use super::page::{Page, full};
use super::resource;
use crate::event::{ActorType, Class, Event, Outcome, ResourceType};

pub(super) fn authentication(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    if let Some(token) = strangers_token(event) {
        page.fixed(r#""user":{"uid":"unknown","type_id":0,"type":"Unknown"}"#);
        actor::write_session_and_user(page, event);
        page.object("session", |page| {
            page.observed("credential_uid", Some(token), observable::CREDENTIAL);
            expiration_reason(page, event);
        });
    } else {
        actor::write_subject(page, event);
        if actor::other_subject(event).is_some() {
            actor::write_user(page, event);
        }
        session(page, event, kind);
    }
    page.object("service", |page| {
        page.json.text("name", &event.source.product);
        page.json.text("uid", &event.source.instance);
    });
    if let Some(method) = method(event) {
        auth_protocol(page, method);
    }
    match event.actor.kind {
        ActorType::Agent | ActorType::Service => {
            page.fixed(r#""logon_type_id":3,"logon_type":"Network""#);
        }
        ActorType::Human => page.fixed(r#""logon_type_id":2,"logon_type":"Interactive""#),
        ActorType::System | ActorType::Unknown => {}
    }
    factors(page, event);
    let succeeded = event.outcome == Outcome::Success;
    if kind.activity == 1 && succeeded {
        page.json.bool("is_new_logon", true);
    }
    if let Some(remote) = endpoint::is_remote(event) {
        page.json.bool("is_remote", remote);
    }
    endpoint::source(page, event, observable::SOURCE_IP);
    endpoint::destination(page, event, observable::DESTINATION_HOST);
    endpoint::http_request(page, event);
}

/// A one-time code, a key or a push cannot be written as `auth_factors` in 1.3.0; that there was one can.
fn factors(page: &mut Page<'_>, event: &Event<'_>) {
    let told = event.session.as_ref().and_then(|session| session.mfa);
    let refused = event.action.split(['.', ':', '_']).any(|word| word == "mfa");
    if let Some(mfa) = if refused { Some(true) } else { told } {
        page.json.bool("is_mfa", mfa);
    }
}

fn session(page: &mut Page<'_>, event: &Event<'_>, kind: &Kind<'_>) {
    page.object("session", |page| {
        if let Some(session) = &event.session {
            actor::write_session(page, session, event, observable::CREDENTIAL);
        }
        if kind.activity == 2 {
            expiration_reason(page, event);
        }
    });
}

fn expiration_reason(page: &mut Page<'_>, event: &Event<'_>) {
    if event.action.contains("revoke") {
        page.fixed(r#""expiration_reason":"revoked""#);
    } else if event.action.contains("expire") {
        page.fixed(r#""expiration_reason":"expired""#);
    }
}

/// A token that somebody revoked and that is not known to be their own: whose session ended is not said, and
/// it must not look as if it were the revoker's.
fn strangers_token<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let token = event.resource.as_ref().filter(|part| part.kind == ResourceType::Token)?;
    let reference = full(token.id.as_ref())?;
    let own = event.session.as_ref().and_then(|session| full(session.token_ref.as_ref()));
    (event.class == Class::IdentityChange && own != Some(reference)).then_some(reference)
}

fn method<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    event.session.as_ref().and_then(|session| full(session.authn_method.as_ref()))
}

/// Whether `auth_protocol` says the method word for word.
pub(super) fn says_method(method: &str) -> bool {
    known_protocol(method).is_none() && method != "Other"
}

fn known_protocol(method: &str) -> Option<&'static str> {
    const PROTOCOLS: [(&str, &str); 9] = [
        ("ntlm", r#""auth_protocol_id":1,"auth_protocol":"NTLM""#),
        ("kerberos", r#""auth_protocol_id":2,"auth_protocol":"Kerberos""#),
        ("oidc", r#""auth_protocol_id":4,"auth_protocol":"OpenID""#),
        ("openid", r#""auth_protocol_id":4,"auth_protocol":"OpenID""#),
        ("openid_connect", r#""auth_protocol_id":4,"auth_protocol":"OpenID""#),
        ("saml", r#""auth_protocol_id":5,"auth_protocol":"SAML""#),
        ("oauth", r#""auth_protocol_id":6,"auth_protocol":"OAUTH 2.0""#),
        ("oauth2", r#""auth_protocol_id":6,"auth_protocol":"OAUTH 2.0""#),
        ("radius", r#""auth_protocol_id":10,"auth_protocol":"RADIUS""#),
    ];
    PROTOCOLS
        .iter()
        .find(|(name, _)| method.eq_ignore_ascii_case(name))
        .map(|(_, members)| *members)
}

fn auth_protocol(page: &mut Page<'_>, method: &str) {
    match known_protocol(method) {
        Some(members) => page.fixed(members),
        None if says_method(method) => {
            page.fixed(r#""auth_protocol_id":99"#);
            page.json.text("auth_protocol", method);
        }
        // 99 beside its own caption would say nothing.
        None => page.fixed(r#""auth_protocol_id":0,"auth_protocol":"Unknown""#),
    }
}

pub(super) fn authorize_session(page: &mut Page<'_>, event: &Event<'_>) {
    actor::write_user(page, event);
    actor::write_subject(page, event);
    if let Some(session) = &event.session {
        page.object("session", |page| {
            actor::write_session(page, session, event, observable::CREDENTIAL);
        });
    }
    privileges(page, event);
    endpoint::source(page, event, observable::SOURCE_IP);
    endpoint::destination(page, event, observable::DESTINATION_HOST);
    endpoint::http_request(page, event);
}

pub(super) fn account_change(page: &mut Page<'_>, event: &Event<'_>) {
    actor::write(page, event);
    actor::write_subject(page, event);
    endpoint::source(page, event, observable::SOURCE_IP);
    endpoint::http_request(page, event);
}

pub(super) fn user_access(page: &mut Page<'_>, event: &Event<'_>) {
    actor::write_session_and_user(page, event);
    actor::write_subject(page, event);
    privileges(page, event);
    if let Some(part) = event.resource.as_ref().filter(|part| !actor::is_identity(part)) {
        page.object("resource", |page| resource::details(page, event, part, None));
    }
    endpoint::source(page, event, observable::SOURCE_IP);
    endpoint::http_request(page, event);
}

/// The policies of a token or grant; both classes require at least one privilege.
fn privileges(page: &mut Page<'_>, event: &Event<'_>) {
    let names = event.policy.as_ref().map(|policy| policy.names.as_slice()).unwrap_or_default();
    page.list("privileges", |page| {
        for name in names.iter().filter(|name| !name.is_empty()) {
            page.pair("policy", name);
        }
        if names.iter().any(|name| !name.is_empty()) {
            return;
        }
        let granted = event.resource.as_ref().filter(|part| part.kind == ResourceType::Policy);
        match granted.and_then(resource::any_name) {
            Some(name) => page.pair("policy", name),
            None => page.json.item("unknown"),
        }
    });
}
