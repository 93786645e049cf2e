//! The answer, by `PUT` to the address that CloudFormation gives.

use std::time::Duration;

use delivery::http::{Client, Request, Settings};
use delivery::retry::Backoff;
use delivery::tools::Tools;
use http::{HeaderMap, Method};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use crate::service::Error;

/// A deployment waits for the answer: five tries take at most about half a minute.
const AGAIN: Backoff =
    Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(4), attempts: 5 };

pub(super) async fn put(
    tools: &Tools,
    url: &str,
    body: Vec<u8>,
    deadline: Instant,
) -> Result<(), Error> {
    let url = Url::parse(url).map_err(|_| Error::from("the ResponseURL is not a URL"))?;
    let endpoint = tools.aws.config().await.endpoint_url().and_then(|text| Url::parse(text).ok());
    let client = Client::new(settings(&url, endpoint.as_ref()))?;
    let request =
        Request { method: Method::PUT, url, headers: HeaderMap::new(), body: body.into() };
    let mut failed = 0;
    loop {
        let text = match timeout_at(deadline, client.send(request.clone())).await {
            Ok(Ok(answer)) if answer.status.is_success() => return Ok(()),
            Ok(Ok(answer)) => format!("status {}", answer.status.as_u16()),
            Ok(Err(failure)) => failure.reason().text.clone(),
            Err(_) => "no time left before the deadline".to_owned(),
        };
        failed += 1;
        if failed >= AGAIN.attempts || Instant::now() >= deadline {
            let text = format!("could not answer CloudFormation: {text}");
            tracing::error!("{text}");
            return Err(Error::from(text));
        }
        tracing::warn!(error = text, "could not answer CloudFormation; trying again");
        sleep(AGAIN.pause(failed - 1)).await;
    }
}

/// `https` to wherever CloudFormation says, be it a VPC endpoint; `http` and loopback only where AWS
/// itself was said to be, which is a local cloud.
fn settings(url: &Url, endpoint: Option<&Url>) -> Settings {
    let is_local = endpoint.is_some_and(|endpoint| endpoint.host() == url.host());
    Settings {
        allow_insecure: is_local,
        allow_private_networks: true,
        timeout: Duration::from_secs(10),
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_the_local_cloud() {
        let permits = |url: &str, endpoint: Option<&str>| {
            let url = Url::parse(url).unwrap();
            let endpoint = endpoint.map(|text| Url::parse(text).unwrap());
            Client::new(settings(&url, endpoint.as_ref())).unwrap().permits(&url).is_ok()
        };
        let local = Some("http://127.0.0.1:4566");
        assert!(permits("https://cloudformation-custom-resource.s3.amazonaws.com/x", None));
        assert!(permits("https://10.0.0.5/x", None));
        assert!(!permits("http://cloudformation-custom-resource.s3.amazonaws.com/x", None));
        assert!(!permits("http://cloudformation-custom-resource.s3.amazonaws.com/x", local));
        assert!(!permits("http://127.0.0.1:4566/x", None));
        assert!(!permits("https://169.254.169.254/x", None));
        assert!(permits("http://127.0.0.1:4566/x", local));
        assert!(permits("http://127.0.0.1:9999/x", local));
    }
}
