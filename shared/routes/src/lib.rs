//! The destinations of a stack, as its parameters in SSM tell them.
//!
//! Each destination that may be delivered to has a parameter `/vault-export/<core>/routes/<name>`. The
//! router reads them to deliver, the command line to find a stack's destinations.

mod list;
mod route;

pub use self::list::{Entry, ListError, client, list};
pub use self::route::Route;
