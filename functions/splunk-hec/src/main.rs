//! The Lambda function that delivers audit events to Splunk.

use splunk_hec::SplunkHec;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(SplunkHec::new)).await
}
