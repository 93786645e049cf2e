//! Whom a client trusts when it was told of certificates or a name.
//!
//! A server's own certificate in `ca_bundle` is pinned: a server that shows exactly this one is trusted, though it be
//! self-signed, an authority's (openssl's default), or an X.509 v1 certificate without names (Splunk's default). Its
//! dates count all the same, and its names where it has any. Everything else is verified as usual.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, RootCertStore, SignatureScheme,
};
use webpki::RawPublicKeyEntity;

/// Verifies a server by the authorities, the pinned certificates and the name that were given.
#[derive(Debug)]
pub(super) struct Verifier {
    usual: Arc<WebPkiServerVerifier>,
    pinned: Vec<Pinned>,
    /// The name that the certificate must have, if not the address's.
    name: Option<ServerName<'static>>,
    provider: Arc<CryptoProvider>,
}

/// A certificate that is trusted as it is.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    key: SubjectPublicKeyInfoDer<'static>,
    /// From when to when it is valid, both included.
    validity: [UnixTime; 2],
}

impl Verifier {
    /// `roots` have the authorities, those of the bundle among them. `None` when they are empty.
    pub(super) fn new(
        roots: RootCertStore,
        bundle: Vec<CertificateDer<'static>>,
        name: Option<ServerName<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Option<Verifier> {
        let usual =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        let pinned = bundle.into_iter().filter_map(Pinned::new).collect();
        Some(Verifier { usual: usual.ok()?, pinned, name, provider })
    }

    fn pinned(&self, certificate: &CertificateDer<'_>) -> Option<&Pinned> {
        self.pinned.iter().find(|pinned| pinned.certificate.as_ref() == certificate.as_ref())
    }
}

impl Pinned {
    /// `None` for what cannot be a server's certificate.
    fn new(certificate: CertificateDer<'static>) -> Option<Pinned> {
        // The verifier of rustls reads version 3 only, and dates only on the way to an authority.
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).ok()?;
        let validity = parsed.validity();
        let validity = [validity.not_before, validity.not_after].map(|time| {
            // Before 1970 is long ago.
            let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
            UnixTime::since_unix_epoch(Duration::from_secs(seconds))
        });
        let key = parsed.public_key().raw.to_vec();
        Some(Pinned { key: key.into(), validity, certificate })
    }

    fn verify(&self, name: &ServerName<'_>, now: UnixTime) -> Result<ServerCertVerified, Error> {
        let [not_before, not_after] = self.validity;
        if now < not_before {
            return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
        }
        if now > not_after {
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        // Version 1 has no names to be held to.
        let Ok(parsed) = ParsedCertificate::try_from(&self.certificate) else {
            return Ok(ServerCertVerified::assertion());
        };
        match rustls::client::verify_server_name(&parsed, name) {
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                presented,
                ..
            })) if presented.is_empty() => Ok(ServerCertVerified::assertion()),
            verified => verified.map(|()| ServerCertVerified::assertion()),
        }
    }

    fn verify_signature(
        &self,
        provider: &CryptoProvider,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = || Error::from(CertificateError::BadSignature);
        let mut known = provider.signature_verification_algorithms.mapping.iter();
        let (_, algorithms) = known
            .find(|(scheme, _)| *scheme == signed.scheme)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        let key = RawPublicKeyEntity::try_from(&self.key).map_err(|_| bad())?;
        // In TLS 1.2 a scheme does not name the curve.
        let is_good = algorithms
            .iter()
            .any(|algorithm| key.verify_signature(*algorithm, message, signed.signature()).is_ok());
        if is_good { Ok(HandshakeSignatureValid::assertion()) } else { Err(bad()) }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let name = self.name.as_ref().unwrap_or(server_name);
        match self.pinned(end_entity) {
            Some(pinned) => pinned.verify(name, now),
            None => {
                self.usual.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.pinned(certificate) {
            Some(pinned) => pinned.verify_signature(&self.provider, message, signed),
            None => self.usual.verify_tls12_signature(message, certificate, signed),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.pinned(certificate) {
            Some(pinned) => rustls::crypto::verify_tls13_signature_with_raw_key(
                message,
                &pinned.key,
                signed,
                &self.provider.signature_verification_algorithms,
            ),
            None => self.usual.verify_tls13_signature(message, certificate, signed),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PublicKeyData, date_time_ymd};

    use super::*;

    /// Years up to 2049 have two digits, later ones four (RFC 5280, 4.1.2.5).
    #[test]
    fn times_of_both_kinds_are_read() {
        for (from, to, seconds) in [
            ((1970, 1, 2), (2049, 12, 31), [86_400, 2_524_521_600]),
            ((1950, 1, 1), (2050, 1, 1), [0, 2_524_608_000]),
        ] {
            let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
            params.not_before = date_time_ymd(from.0, from.1, from.2);
            params.not_after = date_time_ymd(to.0, to.1, to.2);
            let key = KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap();
            let pinned = Pinned::new(certificate.der().clone()).unwrap();
            assert_eq!(pinned.validity.map(|time| time.as_secs()), seconds);
            assert_eq!(pinned.key.as_ref(), key.subject_public_key_info());
        }
        assert!(Pinned::new(vec![0x30, 2, 0].into()).is_none());
    }
}
