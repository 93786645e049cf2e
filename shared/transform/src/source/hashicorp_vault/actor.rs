//! Who acted: the entity, else the token's hashed accessor, else the client certificate, else the client id (a
//! batch token has nothing else), else nobody.

use super::line::{Asked, Auth};
use super::nobody;
use crate::event::{Actor, ActorType, Text};
use crate::source::{Settings, clean};

/// Log-on methods of people. A display name begins with its mount's name and a `-`.
const METHODS_OF_PEOPLE: [&str; 6] = ["oidc", "userpass", "ldap", "okta", "github", "saml"];

pub(super) fn actor<'a>(
    auth: &Auth<'a>,
    issued: Option<&Auth<'a>>,
    request: &Asked<'a>,
    log_on: bool,
    settings: &Settings,
) -> Actor<'a> {
    let known = [Some(auth), issued.filter(|_| log_on)];
    let first = |pick: fn(&Auth<'a>) -> Option<Text<'a>>| {
        known.iter().flatten().find_map(|auth| pick(auth))
    };
    let entity = first(|auth| auth.entity_id.clone().text());
    let accessor = first(|auth| auth.accessor.clone().text())
        .or_else(|| request.client_token_accessor.clone().text());
    let name = first(|auth| auth.display_name.clone().text());
    let id = entity
        .or_else(|| accessor.map(|accessor| hashed(accessor, settings)))
        .or_else(|| request.client_certificate_serial_number.clone().label())
        .or_else(|| request.client_id.clone().text().filter(|_| auth.has_token()));
    let name_shown = name.clone().and_then(|name| clean::clip(name, 256));
    let email = email(&known);
    let Some(id) = id.and_then(|id| clean::clip(id, 512)) else {
        // Without an id nobody can be told apart by it; a display name is still worth having.
        return Actor { name: name_shown, email, ..nobody() };
    };

    let agent = known.iter().flatten().any(|auth| is_agent(auth, settings));
    let kind = if agent || settings.labels_name_an_agent() {
        ActorType::Agent
    } else if name.as_deref().is_some_and(is_person) || (log_on && method_of_people(request)) {
        ActorType::Human
    } else {
        ActorType::Service
    };
    Actor { name: name_shown, email, ..Actor::new(id, kind) }
}

/// Where the metadata hold an address.
fn email<'a>(known: &[Option<&Auth<'a>>]) -> Option<Text<'a>> {
    let found = known.iter().flatten().find_map(|auth| {
        let (_, value) = auth.metadata.0.iter().find(|(key, _)| key.as_str() == "email")?;
        value.clone().text()
    });
    found.and_then(|text| clean::clip(text, 256))
}

/// An accessor as it may be shown: with `hmac_accessor=false` it is a usable handle.
pub(super) fn hashed<'a>(accessor: Text<'a>, settings: &Settings) -> Text<'a> {
    if accessor.starts_with("hmac-sha256:") && accessor.len() <= 256 {
        accessor
    } else {
        settings.hash_key.hash(&accessor)
    }
}

fn is_agent(auth: &Auth<'_>, settings: &Settings) -> bool {
    auth.metadata.0.iter().any(|(key, value)| {
        value.is_some() && settings.agent_keys.iter().any(|name| **key == **name)
    })
}

fn is_person(display_name: &str) -> bool {
    METHODS_OF_PEOPLE.iter().any(|method| {
        display_name
            .strip_prefix(method)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn method_of_people(request: &Asked<'_>) -> bool {
    METHODS_OF_PEOPLE.contains(&request.mount_type.as_str())
}
