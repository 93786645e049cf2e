//! What a deployed stack says of itself: its outputs, among them the address of every queue.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::Stack;

use crate::args::{Owner, StackArgs};
use crate::aws;
use crate::exit::Failure;

/// The address of a queue: that of the stack's output if a stack is named, else the given one.
pub(crate) async fn queue(
    args: &StackArgs,
    url: Option<&String>,
    output: fn(Owner) -> String,
) -> Result<String, Failure> {
    match (&args.stack, args.destination, url) {
        (Some(stack), Some(owner), _) => self::output(stack, &output(owner)).await,
        (_, _, Some(url)) => Ok(url.clone()),
        _ => Err(Failure::usage("which queue? --queue-url, or --stack and --destination are needed")
            .hint("the addresses are outputs of the stack: aws cloudformation describe-stacks --stack-name … --query 'Stacks[0].Outputs'")),
    }
}

/// An output of a stack.
pub(crate) async fn output(stack: &str, name: &str) -> Result<String, Failure> {
    let shared = aws::config(None).await?;
    let config = aws_sdk_cloudformation::config::Builder::from(&shared)
        .retry_config(RetryConfig::standard())
        .timeout_config(aws::timeouts())
        .build();
    let answer = Client::from_conf(config).describe_stacks().stack_name(stack).send().await;
    let answer = answer.map_err(|error| refusal(&error, stack))?;
    let found = answer.stacks().first().ok_or_else(|| missing(stack))?;
    value(found, name).ok_or_else(|| no_output(found, stack, name))
}

fn value(stack: &Stack, name: &str) -> Option<String> {
    let output = stack.outputs().iter().find(|output| output.output_key() == Some(name))?;
    output.output_value().map(str::to_owned)
}

fn missing(stack: &str) -> Failure {
    Failure::config(format!("there is no stack `{stack}` in this account and region")).hint(
        "--stack takes the name given to `sam deploy`; the region is AWS_REGION or the profile's",
    )
}

/// Without outputs a stack is another one, or not there yet; without this one, the destination is not set up.
fn no_output(stack: &Stack, name: &str, output: &str) -> Failure {
    let status = stack.stack_status().map_or("of unknown status", |status| status.as_str());
    let failure =
        Failure::config(format!("the stack `{name}` ({status}) has no output `{output}`"));
    let has = |key: &str| stack.outputs().iter().any(|one| one.output_key() == Some(key));
    if has("IngestQueueUrl") {
        failure.hint(
            "this destination is not set up in the stack: its address is a parameter of the stack",
        )
    } else {
        failure.hint("is it a stack of vault-export, and is its deployment complete?")
    }
}

fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E>, stack: &str) -> Failure {
    let code = error.code().unwrap_or("no answer");
    let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
    let said = error.message().unwrap_or_default();
    if code == "ValidationError" && said.contains("does not exist") {
        return missing(stack);
    }
    let text = format!("the stack `{stack}` cannot be looked up: {code}");
    if aws::is_about_credentials(code) {
        return Failure::credentials(text).hint(
            "cloudformation:DescribeStacks is needed; without it give the queue's address itself",
        );
    }
    if status == 0 || status >= 500 || code.contains("Throttl") {
        return Failure::retry(text).hint("run the same command again");
    }
    Failure::config(text).hint("give the queue's address itself")
}
