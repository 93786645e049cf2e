//! TLS: rustls with aws-lc-rs, the crypto provider that the AWS SDK brings anyway.

mod verifier;

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;

use self::verifier::Verifier;
use super::{Identity, Settings};
use crate::settings::ConfigError;

/// The public roots, the certificates of the bundle, and a client certificate if there is one.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| ConfigError::new("tls", "no protocol version is available"))?;
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = if settings.ca_bundle.is_none() && settings.tls_server_name.is_none() {
        builder.with_root_certificates(roots)
    } else {
        let bundle = match &settings.ca_bundle {
            Some(bundle) => add(bundle, &mut roots)?,
            None => Vec::new(),
        };
        let name = server_name(settings)?;
        let verifier = Verifier::new(roots, bundle, name, provider)
            .ok_or_else(|| ConfigError::new("tls", "there are no authorities to trust"))?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    };
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

/// The name that the server's certificate must have, if it is set.
fn server_name(settings: &Settings) -> Result<Option<ServerName<'static>>, ConfigError> {
    let Some(name) = &settings.tls_server_name else { return Ok(None) };
    let name = ServerName::try_from(name.clone())
        .map_err(|_| ConfigError::new("tls_server_name", "must be a host name or an IP address"));
    name.map(Some)
}

/// The same for bare connections, with these protocols offered by ALPN; none: nothing is offered. No session is resumed.
pub(super) fn config_for(
    settings: &Settings,
    protocols: &[&str],
) -> Result<ClientConfig, ConfigError> {
    let mut config = config(settings)?;
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    // Servers made with OpenSSL that ask for a client certificate and give their sessions no context, as rsyslog does, refuse
    // every resumed session. In TLS 1.3 a whole handshake takes no more ways there and back.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn add(
    bundle: &str,
    roots: &mut RootCertStore,
) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let wrong = || {
        ConfigError::new("ca_bundle", "must be certificates in PEM (-----BEGIN CERTIFICATE-----)")
    };
    let certificates = chain(bundle).ok_or_else(wrong)?;
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|_| wrong())?;
    }
    Ok(certificates)
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
