//! The outputs of a CloudFormation stack.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::Stack;

use super::Queues;
use crate::aws;
use crate::exit::Failure;

/// What a stack gives out.
pub(super) struct Outputs {
    name: String,
    stack: Stack,
}

impl Outputs {
    /// Asks CloudFormation; needs `cloudformation:DescribeStacks`.
    pub(super) async fn read(name: &str) -> Result<Outputs, Failure> {
        let shared = aws::config(None).await?;
        let config = aws_sdk_cloudformation::config::Builder::from(&shared)
            .retry_config(RetryConfig::standard())
            .timeout_config(aws::timeouts())
            .build();
        let answer = Client::from_conf(config).describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| refusal(&error, name))?;
        let stack = answer.stacks.unwrap_or_default().into_iter().next();
        let stack = stack.ok_or_else(|| missing(name))?;
        Ok(Outputs { name: name.to_owned(), stack })
    }

    /// `<prefix>QueueUrl` and `<prefix>DlqUrl`.
    pub(super) fn queues(&self, prefix: &str) -> Result<Queues, Failure> {
        let queue = self.value(&format!("{prefix}QueueUrl"))?;
        let dlq = self.value(&format!("{prefix}DlqUrl"))?;
        Ok(Queues { queue, dlq })
    }

    fn find(&self, key: &str) -> Option<&str> {
        let output = self.stack.outputs().iter().find(|one| one.output_key() == Some(key))?;
        output.output_value()
    }

    fn value(&self, key: &str) -> Result<String, Failure> {
        self.find(key).map(str::to_owned).ok_or_else(|| self.lacks(key))
    }

    /// Without outputs a stack is another one, or not there yet; without this one, the destination does not exist.
    fn lacks(&self, key: &str) -> Failure {
        let status =
            self.stack.stack_status().map_or("of unknown status", |status| status.as_str());
        let failure =
            Failure::config(format!("the stack `{}` ({status}) has no output `{key}`", self.name));
        if self.find("IngestQueueUrl").is_some() {
            failure.hint("this destination is not set up in the stack: set its address parameter")
        } else {
            failure
                .hint("check that this is a vault-export stack and that its deployment is complete")
        }
    }
}

fn missing(stack: &str) -> Failure {
    Failure::config(format!("there is no stack `{stack}` in this account and region")).hint(
        "--stack takes the name given to `sam deploy`; the region is AWS_REGION or the profile's",
    )
}

fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E>, stack: &str) -> Failure {
    let code = error.code().unwrap_or("no answer");
    let said = error.message().unwrap_or_default();
    if code == "ValidationError" && said.contains("does not exist") {
        return missing(stack);
    }
    aws::lookup_refused(
        error,
        &format!("cannot look up the stack `{stack}`"),
        "cloudformation:DescribeStacks",
    )
}
