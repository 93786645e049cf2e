//! The AWS SDK's configuration.

use std::sync::Arc;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use tokio::sync::OnceCell;

use crate::config::aws_ca_bundle;
use crate::http;

/// The AWS SDK's configuration, loaded when it is first wanted: without a region set, loading asks
/// the network, and a command line that delivers elsewhere shall not wait for that.
#[derive(Clone, Default)]
pub struct Aws(Arc<OnceCell<SdkConfig>>);

impl Aws {
    /// A configuration that is there already.
    pub fn from_config(config: SdkConfig) -> Aws {
        Aws(Arc::new(OnceCell::new_with(Some(config))))
    }

    /// The configuration; region, credentials and `AWS_ENDPOINT_URL` are found by the SDK itself.
    pub async fn config(&self) -> &SdkConfig {
        self.0.get_or_init(|| loader().load()).await
    }
}

/// Where every configuration of the AWS SDK begins: its HTTP is that of [`http::aws`], with the certificates of the
/// file that `AWS_CA_BUNDLE` names.
pub fn loader() -> ConfigLoader {
    let bundle = aws_ca_bundle().and_then(|path| {
        let read = std::fs::read_to_string(&path);
        read.inspect_err(|error| {
            tracing::error!(path = %path.display(), %error, "AWS_CA_BUNDLE cannot be read");
        })
        .ok()
    });
    aws_config::defaults(BehaviorVersion::latest()).http_client(http::aws(bundle))
}
