//! Routes audit events from the ingest queue to the destinations' queues.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    router::serve().await
}
