//! The Lambda function that delivers audit events to an OpenTelemetry collector.

use otlp::Otlp;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(Otlp::new)).await
}
