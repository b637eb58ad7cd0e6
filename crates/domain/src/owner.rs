//! Owners of a venue: the one who registered it, or was given it, and those who were invited beside.

use std::time::Duration;

/// The most people who own a venue beside its founding owner, invited ones too.
pub const MOST: i64 = 10;
/// How long an invitation can be taken.
pub const INVITED_FOR: Duration = Duration::from_secs(7 * 86_400);
