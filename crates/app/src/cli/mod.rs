//! The command line: one binary, a verb for each thing an operator does.

mod backup;
mod codes;
mod config;
pub mod docs;
mod given;
mod keys;
mod officers;
mod serve;
mod signer;
mod there;
mod tls;
mod words;

use crate::config::{Options, Place};
use clap::{CommandFactory as _, Parser, Subcommand};
use given::Given;
use keys::KeysCommand;
use signer::SignerOptions;
use std::path::PathBuf;
use std::process::ExitCode;

/// Who entered and left which place, decided at the door, and forgotten on time.
#[derive(Debug, Parser)]
#[command(name = "vaora", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves pages and API until it is told to stop (Ctrl-C, SIGTERM), then finishes what was
    /// begun.
    Serve(Box<Options>),
    /// Holds the issuing keys, as another system user than the server, and signs cards for it.
    Signer(Box<SignerOptions>),
    /// Looks at settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Writes everything but the keys to a new encrypted file, while the server goes on.
    Backup {
        /// The file to write.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Fills an empty database from a backup, all of it or nothing.
    Restore {
        /// The file to read.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Makes certificates for a trial without internet.
    #[command(subcommand)]
    Tls(TlsCommand),
    /// Helps officers who cannot sign in, also while the server runs.
    #[command(subcommand)]
    Officers(OfficersCommand),
    /// Makes, ends, copies and looks at keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Looks at codes.
    #[command(subcommand)]
    Codes(CodesCommand),
    /// Writes a page of the documentation to standard output.
    #[command(hide = true)]
    Docs {
        /// Which page.
        page: docs::PageName,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Names every fault and exits with 1, or prints the settings that hold, secrets hidden. Looks at
    /// the database, too, if there is one, and changes nothing.
    Check(Box<Options>),
}

#[derive(Debug, Subcommand)]
enum TlsCommand {
    /// Makes a certificate for `serve --tls-self`, in the folder `tls` of the data folder, by an
    /// authority of this folder's own, which is made first. Once more makes a new certificate by the
    /// same authority, which a running server shows from the next minute on.
    Make {
        /// A name or an IP address by which phones call this server; may be given several times.
        #[arg(long = "name", value_name = "HOST", required = true)]
        names: Vec<String>,
        /// The data folder.
        #[arg(
            long,
            env = "VAORA_DATA",
            value_name = "DIR",
            default_value = "./vaora-data"
        )]
        data: PathBuf,
        /// A file with settings, as for `serve`.
        #[arg(long, env = "VAORA_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum OfficersCommand {
    /// Lists logins, offices and whether they can sign in.
    List(Place),
    /// Voids an officer's password, one-time codes and sessions, lifts a suspension, and prints a
    /// one-time link by which the officer sets new ones. The access log says that it was done here.
    Reset {
        /// The officer's login.
        login: String,
        /// The address that the link begins with, as for `serve`.
        #[arg(
            long,
            env = "VAORA_PUBLIC_URL",
            value_name = "URL",
            default_value = "http://127.0.0.1:8080"
        )]
        public_url: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum CodesCommand {
    /// Says what each line of standard input is: one line of JSON a line, in order. It needs no
    /// data folder.
    Read {
        /// The list of public keys that cards are verified with; without it none is known.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The time to judge validity at: RFC 3339, or milliseconds since 1970. Without it, now.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
}

/// Runs the command that was given; what failed is said on standard error.
pub fn run() -> ExitCode {
    let given = Given::read(std::env::args_os());
    let done = match &given.cli.command {
        Command::Serve(options) => serve::run(options, &given),
        Command::Config(ConfigCommand::Check(options)) => return config::check(options, &given),
        other => words::faultless(&given.file.faults).and_then(|()| beside(other)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", words::said(&error));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command that works beside a server.
fn beside(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(_) | Command::Config(_) => Ok(()),
        Command::Signer(options) => signer::run(options),
        Command::Backup { file, place } => backup::backup(file, place),
        Command::Restore { file, place } => backup::restore(file, place),
        Command::Tls(TlsCommand::Make { names, data, .. }) => tls::make(data, names),
        Command::Officers(OfficersCommand::List(place)) => officers::list(place),
        Command::Officers(OfficersCommand::Reset {
            login,
            public_url,
            place,
        }) => officers::reset(login, public_url, place),
        Command::Keys(command) => keys::run(command),
        Command::Codes(CodesCommand::Read { keys, at }) => {
            codes::read(keys.as_deref(), at.as_deref())
        }
        Command::Docs { page } => docs::print(*page),
    }
}

/// The definition of every command.
pub fn definition() -> clap::Command {
    Cli::command()
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}
