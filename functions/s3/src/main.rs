//! The Lambda function that archives audit events in Amazon S3.

use s3::S3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(S3::new)).await
}
