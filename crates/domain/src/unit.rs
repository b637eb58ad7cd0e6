//! A unit: an administrative area. A tree of any depth, each unit with dates of validity.

use crate::time::Day;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A unit's code: digits kept as zero-padded text (QĐ 19/2025/QĐ-TTg: province two digits,
/// commune five, never reused), `VN` for the nation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct UnitCode(String);

impl UnitCode {
    /// Parses a code: 1 to 12 letters or digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let good =
            (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        good.then(|| Self(text.to_owned()))
    }

    /// The root of the tree.
    pub fn nation() -> Self {
        Self("VN".to_owned())
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An administrative area as it stands between two dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its full name: `Phường Thuận Hóa`.
    pub name: String,
    /// The unit above; none for the nation.
    pub parent: Option<UnitCode>,
    /// First day of validity.
    pub valid_from: Day,
    /// First day it is no longer valid, if it ended.
    pub valid_until: Option<Day>,
}

/// The codes from the root down to a unit, the unit itself last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPath(pub Vec<UnitCode>);

impl UnitPath {
    /// The commune, when the path leads down to one: the nation and the province stand above it.
    pub fn commune(&self) -> Option<&UnitCode> {
        self.0.get(2)
    }

    /// Whether the unit lies at or below another.
    pub fn within(&self, above: &UnitCode) -> bool {
        self.0.contains(above)
    }

    /// Whether this is no commune but something over another unit, or nothing: somebody of whom only the province is known may
    /// live in any commune of it.
    pub fn is_over(&self, other: &Self) -> bool {
        self.commune().is_none() && self.0.len() < other.0.len() && other.0.starts_with(&self.0)
    }
}
