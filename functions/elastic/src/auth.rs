//! Who we are: an API key, a user and password, or a signature of AWS.

use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use delivery::config::OverHttp;
use delivery::credentials::{CredentialError, NoAwsCredentials, Secret};
use delivery::http::Request;
use delivery::outcome::{Answer, ErrorClass, Reason};
use delivery::tools::Aws;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::config::{AwsService, Config, Flavour};

/// How requests are authorised.
pub(crate) enum Auth {
    /// With what the secret holds. OpenSearch knows no API keys.
    Secret {
        /// Whether an API key can be used.
        api_keys: bool,
    },
    /// Not at all.
    Nobody,
    /// With the function's own AWS credentials.
    Aws(Signer),
}

impl Auth {
    /// What the settings say; `None` when they name no credential and must.
    pub(crate) fn new(config: &OverHttp<Config>, has_secret: bool, aws: &Aws) -> Option<Auth> {
        if config.aws_auth {
            let (region, service) = (config.region.clone(), config.aws_service);
            Some(Auth::Aws(Signer { aws: aws.clone(), region, service }))
        } else if has_secret {
            Some(Auth::Secret { api_keys: config.flavour() != Flavour::Opensearch })
        } else {
            config.connection.allow_insecure.then_some(Auth::Nobody)
        }
    }

    /// Puts the credential on the request, which must be complete.
    pub(crate) async fn authorize(
        &self,
        request: &mut Request,
        secret: &Secret,
    ) -> Result<(), Answer> {
        match self {
            Auth::Nobody => {}
            Auth::Secret { api_keys } => {
                let value = authorization(secret, *api_keys)?;
                request.headers.insert(AUTHORIZATION, value);
            }
            Auth::Aws(signer) => signer.sign(request).await.map_err(Answer::Auth)?,
        }
        Ok(())
    }
}

/// The header for what the secret holds: `encoded`, `id` with `api_key`, `username` with `password`, or plain
/// text. Plain text and `api_key` alone are the encoded form; `id:key` is taken too.
fn authorization(secret: &Secret, api_keys: bool) -> Result<HeaderValue, CredentialError> {
    let scheme_and_value = match (member(secret, "username")?, member(secret, "password")?) {
        (Some(user), Some(password)) => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        }
        (Some(_), None) => return Err(CredentialError::NoMember("password".to_owned())),
        _ if !api_keys => {
            let text = "username and password (OpenSearch knows no API keys)";
            return Err(CredentialError::NoMember(text.to_owned()));
        }
        _ => format!("ApiKey {}", api_key(secret)?),
    };
    let mut value = HeaderValue::from_str(&scheme_and_value)
        .map_err(|_| CredentialError::NoMember("usable api_key".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn member<'s>(secret: &'s Secret, name: &str) -> Result<Option<&'s str>, CredentialError> {
    Ok(secret.member(name)?.map(|value| value.expose_secret().trim()))
}

fn api_key(secret: &Secret) -> Result<String, CredentialError> {
    if let Some(encoded) = member(secret, "encoded")? {
        return Ok(encoded.to_owned());
    }
    if let (Some(id), Some(key)) = (member(secret, "id")?, member(secret, "api_key")?) {
        return Ok(STANDARD.encode(format!("{id}:{key}")));
    }
    let key = secret.value("api_key")?.expose_secret().trim();
    Ok(if key.contains(':') { STANDARD.encode(key) } else { key.to_owned() })
}

/// Signs for Amazon OpenSearch Service (Signature Version 4).
pub(crate) struct Signer {
    aws: Aws,
    region: Option<String>,
    service: AwsService,
}

impl Signer {
    async fn sign(&self, request: &mut Request) -> Result<(), Reason> {
        let failed = |text: &str| Reason::new(ErrorClass::Auth, text);
        let config = self.aws.config().await;
        let Some(region) = self.region.as_deref().or(config.region().map(AsRef::as_ref)) else {
            return Err(failed("no region is known to sign for; set region"));
        };
        let Some(provider) = config.credentials_provider() else {
            return Err(failed("there are no AWS credentials to sign with"));
        };
        let credentials = provider.provide_credentials().await.map_err(|error| {
            let missing = NoAwsCredentials::of(&error);
            failed(&format!("{missing}; {}", missing.hint()))
        })?;
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(self.name())
            .time(now())
            .settings(settings())
            .build()
            .map_err(|_| failed("the request cannot be signed"))?;
        let headers = request
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(&request.body);
        let signable =
            SignableRequest::new(request.method.as_str(), request.url.as_str(), headers, body);
        let signed = signable
            .and_then(|signable| sign(signable, &params.into()))
            .map_err(|_| failed("the request cannot be signed"))?;
        let (instructions, _signature) = signed.into_parts();
        let (headers, _query) = instructions.into_parts();
        for header in headers {
            let name = HeaderName::from_static(header.name());
            let value = HeaderValue::from_str(header.value());
            let mut value = value.map_err(|_| failed("the request cannot be signed"))?;
            value.set_sensitive(header.sensitive());
            request.headers.insert(name, value);
        }
        Ok(())
    }

    fn name(&self) -> &'static str {
        match self.service {
            AwsService::Es => "es",
            AwsService::Aoss => "aoss",
        }
    }
}

/// With `x-amz-content-sha256`: Serverless refuses requests without it.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}

#[expect(clippy::disallowed_methods, reason = "a signature holds the time at which it is made")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(secret: &str) -> String {
        let value = authorization(&Secret::parse(secret).unwrap(), true).unwrap();
        assert!(value.is_sensitive());
        value.to_str().unwrap().to_owned()
    }

    /// `aWQ6a2V5` and `dTpwOnc=` by `base64(1)`.
    #[test]
    fn every_form_of_a_credential_becomes_its_header() {
        assert_eq!(of("aWQ6a2V5"), "ApiKey aWQ6a2V5");
        assert_eq!(of("id:key\n"), "ApiKey aWQ6a2V5");
        assert_eq!(of(r#"{"api_key":"aWQ6a2V5"}"#), "ApiKey aWQ6a2V5");
        assert_eq!(of(r#"{"id":"id","api_key":"key"}"#), "ApiKey aWQ6a2V5");
        // What Elasticsearch answers when a key is made.
        let whole = r#"{"id":"id","name":"n","api_key":"key","encoded":"aWQ6a2V5"}"#;
        assert_eq!(of(whole), "ApiKey aWQ6a2V5");
        assert_eq!(of(r#"{"username":"u","password":"p:w"}"#), "Basic dTpwOnc=");
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_shown() {
        for (secret, api_keys, expected) in [
            (r#"{"token":"canary"}"#, true, "no api_key"),
            ("{}", true, "no api_key"),
            (r#"{"username":"canary"}"#, true, "no password"),
            (r#"{"username":"canary","password":""}"#, true, "usable password"),
            (r#"{"api_key":""}"#, true, "usable api_key"),
            (r#"{"api_key":["canary"]}"#, true, "usable api_key"),
            ("can\nary", true, "usable api_key"),
            ("canary", false, "OpenSearch knows no API keys"),
        ] {
            let secret = Secret::parse(secret).unwrap();
            let error = authorization(&secret, api_keys).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("canary"), "{error}");
        }
    }
}
