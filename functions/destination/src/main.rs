//! The Lambda function of every destination: it becomes what `VAULT_EXPORT_TYPE` names.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::serve(registry::build).await
}
