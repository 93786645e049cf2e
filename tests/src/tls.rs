//! A private certificate authority, made for one test.

use std::sync::Arc;

use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SigningKey};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::TlsAcceptor;

/// A private authority that issues a server's and a client's certificate.
pub struct Authority {
    /// Its own certificate, in PEM: what a client puts into `ca_bundle`.
    pub root: String,
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
}

/// A client's certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl Default for Authority {
    fn default() -> Authority {
        Authority::new()
    }
}

impl Authority {
    /// A new one, which nobody trusts.
    ///
    /// # Panics
    /// When there is no randomness.
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate");
        let der = root.der().clone();
        Authority { root: root.pem(), der, issuer: Issuer::new(params, key) }
    }

    /// A certificate for a client.
    pub fn client(&self, name: &str) -> Pair {
        let (certificate, key) = self.issue(name);
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (params.signed_by(&key, &self.issuer).expect("a certificate"), key)
    }

    /// The side of a server on loopback with a certificate of this authority, which speaks these protocols (`h2`,
    /// `http/1.1`) and, if `mutual`, takes only clients with a certificate of this authority.
    ///
    /// # Panics
    /// When the certificate does not fit, which would be a bug here.
    pub fn acceptor(&self, mutual: bool, protocols: &[&str]) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("protocol versions");
        let builder = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(self.der.clone()).expect("the root");
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.expect("a verifier"))
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = self.issue("127.0.0.1");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let mut config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate that fits");
        config.alpn_protocols =
            protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A server's certificate that nobody has signed but its own key.
pub struct SelfSigned {
    /// In PEM: what a client puts into `ca_bundle`.
    pub certificate: String,
    der: Vec<u8>,
    key: KeyPair,
}

impl SelfSigned {
    /// For these names, changed before it is signed.
    ///
    /// # Panics
    /// When there is no randomness.
    pub fn new(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> SelfSigned {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        SelfSigned { certificate: certificate.pem(), der: certificate.der().to_vec(), key }
    }

    /// As `openssl req -x509` makes it: an authority's own.
    pub fn authority(names: &[&str]) -> SelfSigned {
        SelfSigned::new(names, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))
    }

    /// One that has expired long ago.
    pub fn expired(names: &[&str]) -> SelfSigned {
        SelfSigned::new(names, |params| params.not_after = rcgen::date_time_ymd(2001, 1, 1))
    }

    /// X.509 version 1, which knows no names: as Splunk makes its own.
    ///
    /// # Panics
    /// When the key cannot sign.
    pub fn version1() -> SelfSigned {
        let SelfSigned { der, key, .. } = SelfSigned::new(&[], |_| {});
        let [to_be_signed, algorithm, _] = parts(content(&der))[..] else {
            panic!("a certificate has three parts")
        };
        // Without the tagged members: the version, and the extensions.
        let members = parts(content(to_be_signed)).into_iter().filter(|part| part[0] < 0xA0);
        let to_be_signed = value(0x30, &members.collect::<Vec<_>>().concat());
        let signature = [vec![0], key.sign(&to_be_signed).expect("a signature")].concat();
        let der = value(0x30, &[&to_be_signed, algorithm, &value(0x03, &signature)].concat());
        let text = base64::engine::general_purpose::STANDARD.encode(&der);
        let certificate =
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        SelfSigned { certificate, der, key }
    }

    /// The side of a server that shows this certificate, in one version of the protocol.
    ///
    /// # Panics
    /// When the key is unusable, which would be a bug here.
    pub fn acceptor(&self, version: &'static rustls::SupportedProtocolVersion) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        let key = provider.key_provider.load_private_key(key).expect("a key");
        let chain = vec![CertificateDer::from(self.der.clone())];
        let certified = CertifiedKey::new(chain, key);
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a protocol version")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A value of DER with this tag.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let header = match length {
        [0, short] if short < 0x80 => vec![tag, short],
        [0, short] => vec![tag, 0x81, short],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}

/// Where the content of the first value begins and ends.
fn span(der: &[u8]) -> std::ops::Range<usize> {
    let digits = usize::from(der[1].saturating_sub(0x80));
    let length = match digits {
        0 => usize::from(der[1]),
        _ => der[2..2 + digits].iter().fold(0, |length, digit| length * 256 + usize::from(*digit)),
    };
    2 + digits..2 + digits + length
}

fn content(der: &[u8]) -> &[u8] {
    &der[span(der)]
}

/// The values in a row, each with its header.
fn parts(mut der: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while !der.is_empty() {
        let (part, rest) = der.split_at(span(der).end);
        parts.push(part);
        der = rest;
    }
    parts
}
