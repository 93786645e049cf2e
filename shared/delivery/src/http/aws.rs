//! The AWS SDK's HTTP client: ours, with the roots that are compiled in.
//!
//! The SDK's own reads and parses the system's certificates for each of its service clients, before a
//! function's first call. This one is built with the first request. Unlike a vendor's, it goes through the proxies of
//! the environment (`HTTPS_PROXY`, `NO_PROXY` …) and to any address, as the SDK's own does: AWS's addresses come from
//! the SDK and from whoever set up the machine, never from a destination's settings.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::{Settings, tls};
use crate::settings::ConfigError;

/// A client that trusts the public roots and the certificates of this bundle in PEM.
///
/// What is wrong with the bundle is the error of each request.
pub fn aws(ca_bundle: Option<String>) -> SharedHttpClient {
    SharedHttpClient::new(Aws { ca_bundle, connectors: Mutex::default() })
}

/// Connectors by their time-outs, which SDK clients set.
#[derive(Debug)]
struct Aws {
    ca_bundle: Option<String>,
    connectors: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

/// Until there is a connection, and until the next part of an answer.
type Timeouts = (Option<Duration>, Option<Duration>);

impl HttpClient for Aws {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut known = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = || SharedHttpConnector::new(Connector(self.client(timeouts)));
        known.entry(timeouts).or_insert_with(connector).clone()
    }
}

impl Aws {
    fn client(&self, (connect, read): Timeouts) -> Result<reqwest::Client, ConfigError> {
        let tls = Settings { ca_bundle: self.ca_bundle.clone(), ..Settings::default() };
        #[expect(clippy::disallowed_methods, reason = "this is the place that sets it all")]
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&tls)?)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tcp_nodelay(true);
        if let Some(time) = connect {
            builder = builder.connect_timeout(time);
        }
        if let Some(time) = read {
            builder = builder.read_timeout(time);
        }
        builder.build().map_err(|_| ConfigError::new("http", "the HTTP client cannot be built"))
    }
}

#[derive(Debug)]
struct Connector(Result<reqwest::Client, ConfigError>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = match &self.0 {
            Ok(client) => client.clone(),
            Err(error) => {
                let error = ConnectorError::user(error.clone().into());
                return HttpConnectorFuture::ready(Err(error));
            }
        };
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

async fn send(
    client: &reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let signed = request.uri().path().to_owned();
    let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap)).map_err(refused)?;
    if request.url().path() != signed {
        // A URL has no `.` and `..` segments, and the signature would be of another address.
        return Err(ConnectorError::user("the path has a segment . or ..".into()));
    }
    let answer: ::http::Response<reqwest::Body> =
        client.execute(request).await.map_err(refused)?.into();
    HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
        .map_err(|error| ConnectorError::other(error.into(), None))
}

/// The SDK tries again after a time-out and after trouble with the connection.
fn refused(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
