//! The mapping, row by row: sample, type_uid, activity, severity, status.

use super::{CLASSES, id, ocsf};
