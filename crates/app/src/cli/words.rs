//! Faults of the command line in words: an operator without English must understand them, too.

use crate::config::Fault;
use crate::folder::Served;
use crate::issuer::RootMissing;
use crate::web::locale::Locale;
use std::fmt::{Display, Formatter, Result};

/// A fault that is said in both languages.
#[derive(Debug)]
struct Told(String);

impl Display for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

/// A fault in both languages, from the words of a key.
pub(super) fn told(key: &str, values: &[(&str, &dyn Display)]) -> anyhow::Error {
    Told(both(key, values)).into()
}

/// The words of a key in both languages, a line each.
pub(super) fn both(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let values: Vec<(&str, String)> = values
        .iter()
        .map(|(name, value)| (*name, value.to_string()))
        .collect();
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Locale::ALL
        .map(|locale| locale.fill(key, &values))
        .join("\n")
}

/// Nothing, or all the settings that cannot be used.
pub(super) fn faultless(faults: &[Fault]) -> anyhow::Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Err(Told(format!("{}\n{}", both("fault.head", &[]), lines.join("\n"))).into())
}

/// A failure in words; what a person can mend, in both languages.
pub(super) fn said(error: &anyhow::Error) -> String {
    if let Some(Told(text)) = error.downcast_ref() {
        return text.clone();
    }
    if let Some(store::Error::Newer { found, known }) = error.downcast_ref() {
        return both("cli.newer", &[("found", found), ("known", known)]);
    }
    if let Some(store::Error::Sealed) = error.downcast_ref() {
        return both("cli.wrong_keys", &[]);
    }
    if let Some(Served(folder)) = error.downcast_ref() {
        return both("cli.served", &[("folder", &folder.display())]);
    }
    let file = error.downcast_ref::<std::io::Error>();
    if let Some(RootMissing(file)) = file.and_then(|error| error.get_ref()?.downcast_ref()) {
        return both("cli.root_missing", &[("file", &file.display())]);
    }
    format!("vaora: {error:#}")
}
