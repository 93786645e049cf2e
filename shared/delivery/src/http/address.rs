//! Which IP addresses may be connected to.
//!
//! The registries are IANA's for special-purpose IPv4 and IPv6 addresses. IPv6 addresses that carry
//! an IPv4 address are judged by that one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Plaintext, Settings};

/// What is let through beyond public addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowed {
    /// Addresses of private networks.
    pub private: bool,
    /// The machine itself.
    pub loopback: bool,
    /// Nothing public, because the connection will not be encrypted.
    pub no_public: bool,
}

impl From<&Settings> for Allowed {
    fn from(settings: &Settings) -> Allowed {
        Allowed {
            private: settings.allow_private_networks,
            loopback: settings.allow_insecure,
            no_public: settings.plaintext == Plaintext::PrivateNetworks,
        }
    }
}

/// Why the address must not be connected to; `None` when it may.
pub fn refusal(ip: IpAddr, allowed: Allowed) -> Option<&'static str> {
    let kind = match ip {
        IpAddr::V4(ip) => kind_of_v4(ip),
        IpAddr::V6(ip) => kind_of_v6(ip),
    };
    let Some(kind) = kind else {
        return allowed
            .no_public
            .then_some("public, where an unencrypted connection would show every event,");
    };
    match kind {
        "private" if allowed.private => None,
        "loopback" if allowed.loopback => None,
        kind => Some(kind),
    }
}

fn kind_of_v4(ip: Ipv4Addr) -> Option<&'static str> {
    match ip.octets() {
        [0, ..] => Some("unspecified"),
        [127, ..] => Some("loopback"),
        [169, 254, ..] => Some("link-local"),
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] => Some("private"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some("for documentation"),
        [198, 18..=19, ..] => Some("for benchmarks"),
        [192, 0, 0, _] | [240..=255, ..] => Some("reserved"),
        [224..=239, ..] => Some("multicast"),
        _ => None,
    }
}

fn kind_of_v6(ip: Ipv6Addr) -> Option<&'static str> {
    if let Some(inner) = carried(ip) {
        return kind_of_v4(inner);
    }
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        // Unique local, the former site-local, and a network's own NAT64 prefix (RFC 8215).
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Some("private"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("for documentation"),
        [0x2001, 2, 0, ..] => Some("for benchmarks"),
        // Teredo hides an address of its own, and 100::/64 is a sink.
        [0x2001, 0, ..] | [0x100, 0, 0, 0, ..] => Some("reserved"),
        _ => None,
    }
}

/// The IPv4 address within: mapped, compatible, NAT64 or 6to4.
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(ip: &str, allowed: Allowed) -> bool {
        refusal(ip.parse().unwrap(), allowed).is_some()
    }

    const PUBLIC: [&str; 6] = [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ];
    const PRIVATE: [&str; 9] = [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
    ];
    const LOOPBACK: [&str; 5] =
        ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"];
    const NEVER: [&str; 16] = [
        "0.0.0.0",
        "::",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "::169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "2001:db8::1",
        "2001::1",
    ];

    #[test]
    fn only_public_addresses_pass_by_default() {
        let allowed = Allowed::default();
        assert!(PUBLIC.iter().all(|ip| !refused(ip, allowed)));
        for ip in PRIVATE.iter().chain(&LOOPBACK).chain(&NEVER) {
            assert!(refused(ip, allowed), "{ip}");
        }
    }

    #[test]
    fn without_encryption_only_private_networks_are_left() {
        let allowed = Allowed { private: true, loopback: false, no_public: true };
        assert!(PRIVATE.iter().all(|ip| !refused(ip, allowed)));
        for ip in PUBLIC.iter().chain(&LOOPBACK).chain(&NEVER) {
            assert!(refused(ip, allowed), "{ip}");
        }
    }

    #[test]
    fn private_networks_can_be_allowed_without_the_machine_itself() {
        let allowed = Allowed { private: true, ..Allowed::default() };
        assert!(PRIVATE.iter().all(|ip| !refused(ip, allowed)));
        for ip in LOOPBACK.iter().chain(&NEVER) {
            assert!(refused(ip, allowed), "{ip}");
        }
    }

    #[test]
    fn nothing_lets_link_local_addresses_through() {
        let allowed = Allowed { private: true, loopback: true, ..Allowed::default() };
        assert!(LOOPBACK.iter().all(|ip| !refused(ip, allowed)));
        assert!(NEVER.iter().all(|ip| refused(ip, allowed)));
    }
}
