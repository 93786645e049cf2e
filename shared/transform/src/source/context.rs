//! What a reader is told of a record beside its text.

use crate::event::Wrapper;

/// What is known of a record beside its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// In what it came.
    pub wrapper: Option<Box<Wrapper<'static>>>,
    /// How many bytes it had, if what no reader keeps was left out.
    pub original_bytes: Option<u64>,
}
