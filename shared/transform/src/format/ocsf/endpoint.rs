//! From where and to where: `src_endpoint`, `dst_endpoint`, `http_request`, and the formats OCSF holds them to.

use std::net::IpAddr;

use super::observable::{self, Kind};
use super::page::{Page, full};
use crate::event::{ActorType, Event, Network, ResourceType};

/// OCSF's `ip_t` is at most this long; the longest IPv6 forms with a dotted end are not written so.
const LONGEST_IP: usize = 40;

/// `src_endpoint`, where the event knows anything of it.
pub(super) fn source(page: &mut Page<'_>, event: &Event<'_>, ip: Kind) {
    page.object("src_endpoint", |page| source_members(page, event, ip));
}

/// `src_endpoint` of API Activity, which requires one: without address, the service that made the call.
pub(super) fn required_source(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("src_endpoint", |page| {
        source_members(page, event, observable::SOURCE_IP);
        if source_text(event).is_none() {
            page.json.text("svc_name", caller(event));
            if let Some(port) = event.network.as_ref().and_then(|network| network.source_port) {
                page.json.number("port", port);
            }
        }
    });
}

/// A port alone says nothing (the schema asks for an address or a name), so it stands only beside one.
fn source_members(page: &mut Page<'_>, event: &Event<'_>, ip: Kind) {
    let Some(text) = source_text(event) else { return };
    if is_ip(text) {
        page.observed("ip", Some(text), ip);
    } else {
        page.text("name", Some(text));
    }
    if let Some(port) = event.network.as_ref().and_then(|network| network.source_port) {
        page.json.number("port", port);
    }
}

pub(super) fn source_text<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    event.network.as_ref().and_then(|network| full(network.source_ip.as_ref()))
}

fn caller<'e>(event: &'e Event<'_>) -> &'e str {
    match event.actor.kind {
        ActorType::Service | ActorType::System => {
            full(event.actor.name.as_ref()).unwrap_or(&event.actor.id)
        }
        _ => &event.source.product,
    }
}

/// `dst_endpoint`: the vault's host, as the request or the source names it.
pub(super) fn destination(page: &mut Page<'_>, event: &Event<'_>, host: Kind) {
    let Some(text) = destination_text(event) else { return };
    page.object("dst_endpoint", |page| {
        host_member(page, text, host);
        page.json.text("svc_name", &event.source.product);
    });
}

/// `dst_endpoint` of the export's own events: the destination that the adapter writes to.
pub(super) fn exported_to(page: &mut Page<'_>, event: &Event<'_>) {
    let adapter = event.resource.as_ref().filter(|part| part.kind == ResourceType::Adapter);
    page.object("dst_endpoint", |page| {
        if let Some(text) = requested_host(event) {
            host_member(page, text, observable::DESTINATION_HOST);
        }
        if let Some(adapter) = adapter {
            page.text("svc_name", full(adapter.name.as_ref()).or(full(adapter.id.as_ref())));
        }
    });
}

fn host_member(page: &mut Page<'_>, text: &str, host: Kind) {
    if is_ip(text) {
        page.text("ip", Some(text));
    } else if is_hostname(text) {
        page.observed("hostname", Some(text), host);
    } else {
        page.text("name", Some(text));
    }
}

pub(super) fn destination_text<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    requested_host(event).or(full(event.source.host.as_ref()))
}

fn requested_host<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let host = |network: &'e Network<'_>| full(network.destination_host.as_ref());
    event.network.as_ref().and_then(host)
}

/// `http_request`, where there is a method that OCSF knows, or a user agent.
pub(super) fn http_request(page: &mut Page<'_>, event: &Event<'_>) {
    let Some(request) = &event.request else { return };
    page.object("http_request", |page| {
        page.text("http_method", full(request.method.as_ref()).filter(|word| is_http_method(word)));
        page.observed("user_agent", request.user_agent.as_deref(), observable::USER_AGENT);
    });
}

/// OCSF 1.3.0's enum; it has neither `PATCH` nor a vault's `LIST`.
pub(super) fn is_http_method(method: &str) -> bool {
    matches!(method, "CONNECT" | "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" | "TRACE")
}

pub(super) fn is_ip(text: &str) -> bool {
    text.len() <= LONGEST_IP && text.parse::<IpAddr>().is_ok()
}

/// Whether the call came over a network, where its address says so.
pub(super) fn is_remote(event: &Event<'_>) -> Option<bool> {
    source_text(event)?.parse::<IpAddr>().ok().map(|ip| !ip.is_loopback())
}

/// OCSF's `hostname_t`: labels of letters, digits and inner hyphens.
fn is_hostname(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.split('.').all(|label| {
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// OCSF's `email_t`, somewhat stricter.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let in_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    !local.is_empty() && local.bytes().all(in_local) && domain.contains('.') && is_hostname(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ocsf_takes_for_a_host_name() {
        for good in ["vault-prod-0", "vault.prod.example.internal", "a", "0"] {
            assert!(is_hostname(good), "{good}");
        }
        for bad in ["", "a..b", "-a", "a-", "a_b", "host:8200", "host.", "ü.example", "a b", "a\n"]
        {
            assert!(!is_hostname(bad), "{bad}");
        }
    }

    #[test]
    fn what_ocsf_takes_for_an_address() {
        for good in ["10.0.0.1", "::1", "2001:db8::17", "::ffff:10.0.0.1"] {
            assert!(is_ip(good), "{good}");
        }
        for bad in [
            "10.0.0.1:443",
            "fe80::1%eth0",
            "10.0.0",
            "0000:0000:0000:0000:0000:ffff:255.255.255.255",
        ] {
            assert!(!is_ip(bad), "{bad}");
        }
    }

    #[test]
    fn what_ocsf_takes_for_an_e_mail_address() {
        assert!(is_email("maria.lind+vault@mail.example.com"));
        for bad in ["maria", "maria@example", "@example.com", "a b@example.com", "a@b@example.com"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
