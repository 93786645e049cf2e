//! A queue by its place in the stack, for those who do not want to look up its address.

use std::convert::Infallible;
use std::str::FromStr;

use clap::Args;

/// Which queue of which stack.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct StackArgs {
    /// The stack, by its name as given to `sam deploy`
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// With --stack: the name of a destination, as `splunk` or `splunk-2`, or `ingest` for the ingest queue
    #[arg(long, value_name = "DESTINATION", requires = "stack")]
    pub(crate) destination: Option<Owner>,
}

/// Whose queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// What producers send to.
    Ingest,
    /// A destination's, by its name in the stack.
    Destination(String),
}

impl FromStr for Owner {
    type Err = Infallible;

    /// `security_lake` is taken for `security-lake`: types are written so in the configuration file.
    fn from_str(name: &str) -> Result<Owner, Infallible> {
        Ok(match name {
            "ingest" => Owner::Ingest,
            name => Owner::Destination(name.replace('_', "-")),
        })
    }
}
