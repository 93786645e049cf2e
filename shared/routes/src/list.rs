//! Reading the parameters.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};

/// SSM gives no more on a page.
const PAGE: i32 = 10;

/// More pages than a stack can have; whoever gives out more goes round in a circle.
const PAGES: usize = 1000;

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The last part of its name: the destination's.
    pub name: String,
    /// Its value: a route, in TOML.
    pub value: String,
}

/// The parameters could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not read the routes: {code}")]
pub struct ListError {
    /// SSM's code, or what happened instead of an answer.
    pub code: String,
    /// The status, if there was an answer.
    pub status: Option<u16>,
}

/// A client with timeouts that leave most of an invocation to its work.
pub fn client(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build();
    Client::from_conf(aws_sdk_ssm::config::Builder::from(config).timeout_config(timeouts).build())
}

/// All routes directly below `path`, every page. An empty list is an answer, not an error.
pub async fn list(client: &Client, path: &str) -> Result<Vec<Entry>, ListError> {
    let (mut entries, mut token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let request = client.get_parameters_by_path().path(path).max_results(PAGE);
        let answer = request.set_next_token(token).send().await;
        let answer = answer.map_err(|error| ListError::of(&error))?;
        for parameter in answer.parameters.unwrap_or_default() {
            let name = parameter.name.unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or_default().to_owned();
            entries.push(Entry { name, value: parameter.value.unwrap_or_default() });
        }
        // A page may be empty and not the last one.
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(entries);
        }
    }
    Err(ListError { code: "the list has no end".to_owned(), status: None })
}

impl ListError {
    /// No answer came before the caller's deadline.
    pub fn late() -> ListError {
        ListError { code: "no answer in time".to_owned(), status: None }
    }

    fn of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> ListError {
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        let code = match error {
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ServiceError(answer) => answer.err().code().unwrap_or("without a code"),
            _ => "the answer cannot be understood",
        };
        ListError { code: code.to_owned(), status }
    }
}
