//! Settings in a file: TOML, a line each, under the names of the flags.

use super::Fault;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What a setting is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text in quotes.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Switch,
}

/// The settings of a file.
#[derive(Debug, Default)]
pub struct File {
    /// Where it is; nothing when none was named.
    pub path: Option<PathBuf>,
    /// What each setting is, and the line that says so.
    pub values: BTreeMap<String, (String, usize)>,
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
}

impl File {
    /// Reads a file; only these settings may stand in it.
    pub fn read(path: &Path, known: &BTreeMap<String, Kind>) -> Self {
        let mut file = Self {
            path: Some(path.to_owned()),
            ..Self::default()
        };
        match fs::read_to_string(path) {
            Ok(text) => file.take(&text, known),
            Err(_) => file.faults.push(Fault {
                setting: "--config".to_owned(),
                key: "fault.no_file",
                values: vec![("path", path.display().to_string())],
            }),
        }
        file
    }

    /// The line that says what a setting is: `vaora.toml:3`.
    pub fn place(&self, name: &str) -> Option<String> {
        let (_, line) = self.values.get(name)?;
        Some(self.line(*line))
    }

    fn line(&self, line: usize) -> String {
        let path = self.path.as_deref().unwrap_or_else(|| Path::new(""));
        format!("{}:{line}", path.display())
    }

    fn take(&mut self, text: &str, known: &BTreeMap<String, Kind>) {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let what = error.message().to_owned();
                return self.fault(line(at), "fault.file_toml", "error", what);
            }
        };
        for (name, value) in table {
            let at = line(name.span().start);
            let name = name.into_inner().into_owned();
            let Some(kind) = known.get(&name) else {
                self.fault(at, "fault.file_unknown", "name", name);
                continue;
            };
            let value = match (kind, value.into_inner()) {
                (Kind::Text, DeValue::String(text)) => Ok(text.into_owned()),
                (Kind::Number, DeValue::Integer(number)) => Ok(number.to_string()),
                (Kind::Switch, DeValue::Boolean(on)) => Ok(on.to_string()),
                (Kind::Text, _) => Err("fault.file_text"),
                (Kind::Number, _) => Err("fault.file_number"),
                (Kind::Switch, _) => Err("fault.file_switch"),
            };
            match value {
                Ok(value) => {
                    self.values.insert(name, (value, at));
                }
                Err(key) => self.fault(at, key, "name", name),
            }
        }
    }

    fn fault(&mut self, line: usize, key: &'static str, name: &'static str, value: String) {
        self.faults.push(Fault {
            setting: self.line(line),
            key,
            values: vec![(name, value)],
        });
    }
}
