//! What a command was given: by a flag, else by a variable, else by a line of the file, else by
//! default.
//!
//! The file's values become the defaults of the flags they are named for, so that nothing but the
//! parser of the command line decides who wins.

use super::{Cli, definition};
use crate::config::{Fault, File, Kind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, FromArgMatches as _};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The setting that names the file, and cannot stand in it.
const FILE: &str = "config";

/// A command, and where its settings came from.
pub(super) struct Given {
    pub(super) cli: Cli,
    pub(super) file: File,
    /// By setting: `--listen`, `VAORA_LISTEN`, `vaora.toml:3` or `default`.
    origins: BTreeMap<String, String>,
}

impl Given {
    /// Reads the command line, the variables and the file; ends the program when the command
    /// cannot be understood.
    pub(super) fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let definition = definition();
        let first = definition.clone().get_matches_from(&arguments);
        let path = innermost(&first).try_get_one::<PathBuf>(FILE);
        let path = path.ok().flatten();
        let file = path.map_or_else(File::default, |path| File::read(path, &settings()));
        let definition = definition.mut_subcommands(|command| under(command, &file));
        let matches = definition.get_matches_from(&arguments);
        let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let origins = origins(innermost(&matches), &file);
        Self { cli, file, origins }
    }

    /// Where a setting came from.
    pub(super) fn origin(&self, name: &str) -> &str {
        self.origins.get(name).map_or("default", String::as_str)
    }

    /// A fault, with the line that it stands in when it came from the file.
    pub(super) fn placed(&self, mut fault: Fault) -> Fault {
        let name = fault.setting.strip_prefix("--").unwrap_or_default();
        if let Some(place) = self.file.place(name)
            && self.origin(name) == place
        {
            fault.setting = format!("{} ({place})", fault.setting);
        }
        fault
    }
}

/// Every setting that may stand in the file.
pub(super) fn settings() -> BTreeMap<String, Kind> {
    let definition = definition();
    let serve = definition.find_subcommand("serve");
    let arguments = serve.into_iter().flat_map(Command::get_arguments);
    arguments
        .filter(|argument| argument.get_env().is_some() && argument.get_id() != FILE)
        .filter_map(|argument| Some((argument.get_long()?.to_owned(), kind(argument))))
        .collect()
}

fn kind(argument: &Arg) -> Kind {
    let named = |name| matches!(argument.get_value_names(), Some([first, ..]) if first == name);
    match argument.get_action().takes_values() {
        false => Kind::Switch,
        true if named("N") => Kind::Number,
        true => Kind::Text,
    }
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, within)| innermost(within))
}

/// A command with the file's values for defaults, if it takes a file.
fn under(command: Command, file: &File) -> Command {
    let takes = command.get_arguments().any(|one| one.get_id() == FILE);
    let command = command.mut_subcommands(|command| under(command, file));
    if !takes {
        return command;
    }
    command.mut_args(|argument| {
        let value = argument.get_long().and_then(|name| file.values.get(name));
        match value.map(|(value, _)| value.clone()) {
            // What is secret in the file must not stand in the help.
            Some(value) if argument.get_action().takes_values() => {
                argument.default_value(value).hide_default_value(true)
            }
            Some(value) => argument.default_value(value),
            None => argument,
        }
    })
}

fn origins(matches: &ArgMatches, file: &File) -> BTreeMap<String, String> {
    let definition = definition();
    let serve = definition.find_subcommand("serve");
    let arguments = serve.into_iter().flat_map(Command::get_arguments);
    let origin = |argument: &Arg| {
        let (id, name) = (argument.get_id().as_str(), argument.get_long()?);
        matches.try_contains_id(id).ok()?;
        let origin = match matches.value_source(id)? {
            ValueSource::CommandLine => format!("--{name}"),
            ValueSource::EnvVariable => argument.get_env()?.to_string_lossy().into_owned(),
            _ => file.place(name)?,
        };
        Some((name.to_owned(), origin))
    };
    arguments.filter_map(origin).collect()
}
