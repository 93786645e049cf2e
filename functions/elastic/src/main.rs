//! The Lambda function that delivers audit events to Elasticsearch or OpenSearch.

use elastic::Elastic;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(lambda::from_env(Elastic::new)).await
}
