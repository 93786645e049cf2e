//! Writing files that others rely on: whole or not at all, through links, and without leaving anything behind.
//!
//! The only place that renames a file over another.

mod beside;
mod place;
mod unfinished;

pub(crate) use self::beside::{Beside, write_whole};
pub(crate) use self::place::{Place, is_same};
pub(crate) use self::unfinished::{Growing, undo_when_killed};
