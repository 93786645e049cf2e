//! TLS: rustls with aws-lc-rs, the crypto provider that the AWS SDK brings anyway.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;

use super::{Identity, Settings};
use crate::config::ConfigError;

/// The public roots and the extra ones, and a client certificate if there is one.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, ConfigError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(bundle) = &settings.ca_bundle {
        add(bundle, &mut roots)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| ConfigError::new("tls", "no protocol version is available"))?
        .with_root_certificates(roots);
    let mut config = match &settings.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = parse(identity)?;
            builder.with_client_auth_cert(chain, key).map_err(|_| {
                ConfigError::new("client_key", "does not belong to client_certificate")
            })?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The same for HTTP/2 alone.
pub(super) fn config_for_http2(settings: &Settings) -> Result<ClientConfig, ConfigError> {
    let mut config = config(settings)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn add(bundle: &str, roots: &mut RootCertStore) -> Result<(), ConfigError> {
    let wrong = || {
        ConfigError::new("ca_bundle", "must be certificates in PEM (-----BEGIN CERTIFICATE-----)")
    };
    let certificates = chain(bundle).ok_or_else(wrong)?;
    for certificate in certificates {
        roots.add(certificate).map_err(|_| wrong())?;
    }
    Ok(())
}

fn parse(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), ConfigError> {
    let chain = chain(&identity.certificate).ok_or_else(|| {
        ConfigError::new("client_certificate", "must be a certificate chain in PEM")
    })?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret().as_bytes())
        .map_err(|_| ConfigError::new("client_key", "must be a private key in PEM"))?;
    Ok((chain, key))
}

/// The certificates of a PEM text; none when it holds no certificate or a broken one.
fn chain(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    found.ok().filter(|certificates| !certificates.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_is_no_pem_is_refused_by_name() {
        let settings = Settings { ca_bundle: Some("nonsense".into()), ..Settings::default() };
        assert_eq!(config(&settings).unwrap_err().place, "ca_bundle");
    }

    #[test]
    fn a_client_certificate_that_is_no_pem_is_refused_by_name() {
        let identity = Identity { certificate: "x".into(), key: "y".into() };
        let settings = Settings { identity: Some(identity), ..Settings::default() };
        assert_eq!(config(&settings).unwrap_err().place, "client_certificate");
    }
}
