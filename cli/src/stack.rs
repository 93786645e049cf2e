//! What a deployed stack says of itself: the ingest queue from its outputs, its destinations from its routes.
//!
//! Every destination of a stack, nested in it or deployed beside it, has a route: a parameter in Systems Manager that
//! names its queues and its function. A stack of the layout before 0.2 has no routes; its outputs name the queues.

mod left;
mod outputs;
mod routes;

use crate::args::{Owner, StackArgs};
use crate::exit::Failure;

pub(crate) use self::left::{Role, waiting};
use self::outputs::Outputs;
pub(crate) use self::routes::{Destination, destinations};

/// The two queues of one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queues {
    /// What the function reads.
    pub(crate) queue: String,
    /// What it could not deliver.
    pub(crate) dlq: String,
}

/// The queue that `pick` chooses: that of the stack if one is named, else the given one.
pub(crate) async fn queue(
    args: &StackArgs,
    url: Option<&String>,
    pick: fn(Queues) -> String,
) -> Result<String, Failure> {
    match (&args.stack, &args.destination, url) {
        (Some(stack), Some(owner), _) => queues(stack, owner).await.map(pick),
        (_, _, Some(url)) => Ok(url.clone()),
        (Some(_), None, None) => Err(Failure::usage("no destination given; pass --destination")
            .hint("`vault-export check --stack NAME` lists the destinations of a stack; `ingest` is the ingest queue")),
        (None, _, None) => Err(Failure::usage("no queue given; pass --queue-url, or --stack and --destination")
            .hint("`vault-export dlq list --stack NAME` lists the queues of a stack")),
    }
}

/// The queues of the ingest or of one destination.
pub(crate) async fn queues(stack: &str, owner: &Owner) -> Result<Queues, Failure> {
    let name = match owner {
        Owner::Ingest => return Outputs::read(stack).await?.queues("Ingest"),
        Owner::Destination(name) => name,
    };
    let known = destinations(stack).await?;
    if let Some(found) = known.iter().find(|one| one.name == *name) {
        return Ok(found.queues.clone());
    }
    if known.is_empty() {
        return Outputs::read(stack).await?.queues(&camel(name));
    }
    let names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
    Err(Failure::usage(format!("the stack `{stack}` has no destination of this name"))
        .hint(format!("its destinations are {}", names.join(", "))))
}

/// The ingest queue's address.
pub(crate) async fn ingest(stack: &str) -> Result<String, Failure> {
    queues(stack, &Owner::Ingest).await.map(|queues| queues.queue)
}

/// `security-lake` as in the names of outputs: `SecurityLake`.
fn camel(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    for word in name.split(['-', '_']) {
        let mut letters = word.chars();
        words.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        words.push_str(letters.as_str());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destinations_name_is_the_beginning_of_its_outputs() {
        for (name, output) in
            [("s3", "S3"), ("splunk", "Splunk"), ("security-lake", "SecurityLake")]
        {
            assert_eq!(camel(name), output);
        }
    }
}
