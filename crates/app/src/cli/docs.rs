//! The pages `docs/settings.md` and `docs/cli.md` and the file `docs/vaora.example.toml`, written from the definitions themselves.

use super::definition;
use super::given::settings as known;
use crate::config::Kind;
use clap::{Arg, Command, ValueEnum};
use std::fmt::Write as _;

/// A page that is written from the program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PageName {
    /// Every setting.
    Settings,
    /// Every command.
    Cli,
    /// A file with every setting.
    Example,
}

pub(super) fn print(page: PageName) -> anyhow::Result<()> {
    print!("{}", text(page));
    Ok(())
}

/// The text of a page.
pub fn text(page: PageName) -> String {
    match page {
        PageName::Settings => settings(),
        PageName::Cli => commands(),
        PageName::Example => example(),
    }
}

fn example() -> String {
    let mut text = "# Every setting of vaora, for `vaora serve --config FILE`. What begins with # holds by default, or is an example.\n\
                    # A flag wins over a variable, a variable over this file. `vaora config check --config FILE` names every fault.\n\
                    # If a password stands here: chmod 600. This file is written by `vaora docs example`.\n"
        .to_owned();
    let (definition, known) = (definition(), known());
    let serve = definition.find_subcommand("serve");
    for argument in serve.into_iter().flat_map(Command::get_arguments) {
        let Some((name, kind)) = argument
            .get_long()
            .and_then(|name| known.get_key_value(name))
        else {
            continue;
        };
        let default = argument.get_default_values().first();
        let value = default.map_or_else(
            || sample(name),
            |value| value.to_string_lossy().into_owned(),
        );
        let value = match kind {
            Kind::Text => format!("\"{value}\""),
            Kind::Number | Kind::Switch => value,
        };
        let _ = write!(text, "\n# {}\n# {name} = {value}\n", help(argument));
    }
    text
}

/// What a setting that has no default may look like.
fn sample(name: &str) -> String {
    match name {
        "database" => "postgres://vaora:PASSWORD@db.example/vaora",
        "keys" => "/var/lib/vaora/keys",
        "signer" => "/run/vaora-signer/socket",
        "public-url" => "https://vaora.example",
        "tls-cert" => "/etc/vaora/cert.pem",
        "tls-key" => "/etc/vaora/key.pem",
        "http-listen" => "0.0.0.0:80",
        "otp-body" => "to={to}&text={text}",
        "otp-authorization" => "Bearer TOKEN",
        _ => "false",
    }
    .to_owned()
}

fn settings() -> String {
    let mut text =
        "# Settings\n\nEvery setting of `vaora serve` is a flag, a variable, or a line of the file that `--config` names \
                    ([an example](vaora.example.toml)); a flag wins over a variable, a variable over the file. \
                    `vaora config check` names every fault at once, or prints what holds and where it came from.\n\
                    This page is written by `vaora docs settings`.\n"
            .to_owned();
    let definition = definition();
    let serve = definition.find_subcommand("serve");
    for argument in serve.into_iter().flat_map(Command::get_arguments) {
        if let Some(variable) = argument.get_env() {
            let _ = write!(text, "\n## `{}`\n\n", flag(argument));
            let _ = writeln!(text, "Variable: `{}`", variable.to_string_lossy());
            let default: Vec<_> = argument
                .get_default_values()
                .iter()
                .map(|value| value.to_string_lossy())
                .collect();
            if !default.is_empty() && argument.get_action().takes_values() {
                let _ = writeln!(text, "Default: `{}`", default.join(" "));
            }
            let _ = writeln!(text, "\n{}", help(argument));
        }
    }
    text
}

fn commands() -> String {
    let mut text = "# Commands\n\n`vaora COMMAND --help` says the same. This page is written by `vaora docs cli`.\n".to_owned();
    add(&mut text, &definition(), "");
    text
}

fn add(text: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name()).trim().to_owned();
    let within: Vec<_> = command
        .get_subcommands()
        .filter(|one| !one.is_hide_set() && one.get_name() != "help")
        .collect();
    if within.is_empty() {
        let own: Vec<_> = command
            .get_arguments()
            .filter(|argument| !is_help(argument))
            .collect();
        let places: Vec<_> = own
            .iter()
            .filter(|one| one.is_positional())
            .map(|one| format!(" {}", one.get_id().as_str().to_uppercase()))
            .collect();
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        let about = command.get_long_about().map_or(about, ToString::to_string);
        let _ = write!(
            text,
            "\n## `{name}{}`\n\n{}\n\n",
            places.concat(),
            line(&about)
        );
        for argument in own {
            let _ = writeln!(text, "- `{}`: {}", flag(argument), help(argument));
        }
    }
    for one in within {
        add(text, one, &name);
    }
}

fn is_help(argument: &Arg) -> bool {
    matches!(argument.get_id().as_str(), "help" | "version")
}

fn flag(argument: &Arg) -> String {
    let Some(long) = argument.get_long() else {
        return argument.get_id().as_str().to_uppercase();
    };
    match argument.get_value_names() {
        Some([name, ..]) if argument.get_action().takes_values() => format!("--{long} {name}"),
        _ => format!("--{long}"),
    }
}

fn help(argument: &Arg) -> String {
    let short = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    line(&argument.get_long_help().map_or(short, ToString::to_string))
}

/// One sentence after the other, however the comment was broken; clap drops a lone full stop.
fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.ends_with('.') {
        text
    } else {
        format!("{text}.")
    }
}
