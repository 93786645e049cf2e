//! Where the commands that wait run.

use tokio::runtime::{Builder, Runtime};

use crate::exit::Failure;

/// One thread is enough: commands wait more than they compute.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::bug(format!("the runtime cannot start: {error}")))
}
