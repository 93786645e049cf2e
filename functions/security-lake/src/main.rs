//! The Lambda function that a schedule calls to write audit events to Amazon Security Lake.

use security_lake::SecurityLake;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(SecurityLake::new)).await
}
