//! The Lambda function that delivers audit events to a webhook.

use webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(Webhook::new)).await
}
