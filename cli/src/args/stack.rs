//! A queue by its place in the stack, for those who do not want to look up its address.

use clap::{Args, ValueEnum};

/// Which queue of which stack.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct StackArgs {
    /// The stack whose outputs name the queue: its name as given to `sam deploy`
    #[arg(long, value_name = "NAME", requires = "destination")]
    pub(crate) stack: Option<String>,
    /// With --stack: whose queue
    #[arg(long, value_name = "DESTINATION", requires = "stack")]
    pub(crate) destination: Option<Owner>,
}

/// Whose queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Owner {
    /// Of all: what producers send to
    Ingest,
    Splunk,
    Datadog,
    Elastic,
    S3,
    SecurityLake,
    Webhook,
    Otlp,
}

impl Owner {
    /// The stack's output with the address of the queue.
    pub(crate) fn queue_output(self) -> String {
        format!("{}QueueUrl", self.prefix())
    }

    /// The stack's output with the address of the dead-letter queue.
    pub(crate) fn dlq_output(self) -> String {
        format!("{}DlqUrl", self.prefix())
    }

    fn prefix(self) -> &'static str {
        match self {
            Owner::Ingest => "Ingest",
            Owner::Splunk => "Splunk",
            Owner::Datadog => "Datadog",
            Owner::Elastic => "Elastic",
            Owner::S3 => "S3",
            Owner::SecurityLake => "SecurityLake",
            Owner::Webhook => "Webhook",
            Owner::Otlp => "Otlp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_queue_is_an_output_of_the_template() {
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
        let template = std::fs::read_to_string(template).unwrap();
        let outputs = template.split_once("\nOutputs:\n").unwrap().1;
        for owner in Owner::value_variants() {
            for output in [owner.queue_output(), owner.dlq_output()] {
                assert!(outputs.contains(&format!("  {output}:\n")), "{output}");
            }
        }
    }
}
