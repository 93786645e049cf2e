//! The Lambda function that delivers audit events to Datadog.

use datadog::Datadog;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(Datadog::new)).await
}
