//! `vaora keys`: the issuing keys and their root, and copies of key folders.

mod check;
mod copies;
mod turning;

use super::words::{both, faultless, told};
use crate::clock::Clock;
use crate::config::Place;
use crate::issuer::{Folder, Issuer};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use store::locked::{self, Passphrase};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Prints the list of public keys that verify cards: one line for `codes read --keys`.
    List(KeysPlace),
    /// Compares what the signer signed with the register of cards, and says what does not fit; exits with 1
    /// when a card was signed that nobody registered.
    Check(KeysPlace),
    /// Writes the root key to a new file under a passphrase and takes it out of the key folder. Keys for the
    /// coming weeks are made first; `keys rotate` makes more.
    RootOut {
        /// The file to write: on a stick that is kept in a safe.
        file: PathBuf,
        #[command(flatten)]
        weeks: Weeks,
        #[command(flatten)]
        locked: Locked,
        #[command(flatten)]
        place: KeysPlace,
    },
    /// Makes the signing keys of the coming weeks, one a week, and signs the list of keys.
    Rotate {
        #[command(flatten)]
        root: Root,
        #[command(flatten)]
        weeks: Weeks,
        #[command(flatten)]
        locked: Locked,
        #[command(flatten)]
        place: KeysPlace,
    },
    /// Ends a key: cards that it signed are not believed any more. Says how many, and in which units
    /// cards must be printed again; phones show theirs anew by themselves.
    Retire {
        /// The key: eight hexadecimal digits.
        key: String,
        #[command(flatten)]
        root: Root,
        #[command(flatten)]
        locked: Locked,
        #[command(flatten)]
        place: KeysPlace,
    },
    /// Rehearses the end of a key on a copy, and says how long it took and how many cards it would end.
    /// Nothing is changed.
    Drill {
        /// The key; without it, that of this week.
        key: Option<String>,
        #[command(flatten)]
        place: KeysPlace,
    },
    /// Copies the key folder to a new file under a passphrase. Keys of days in such a file are of use for 7
    /// days: delete it then.
    Backup {
        /// The file to write.
        file: PathBuf,
        #[command(flatten)]
        locked: Locked,
        #[command(flatten)]
        place: KeysPlace,
    },
    /// Puts the files of such a copy into a key folder that has none. Keys of days in a copy that is older
    /// than 7 days are left out.
    Restore {
        /// The file to read.
        file: PathBuf,
        #[command(flatten)]
        locked: Locked,
        #[command(flatten)]
        place: KeysPlace,
    },
}

/// Where keys are.
#[derive(Args, Clone, Debug)]
pub(super) struct KeysPlace {
    /// The folder of a signer that is another system user. Without it, the key folder of the server.
    #[arg(long, env = "VAORA_SIGNER_KEYS", value_name = "DIR")]
    signer_keys: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

impl KeysPlace {
    /// The folder of the issuing keys.
    fn folder(&self) -> PathBuf {
        let own = || self.place.store().keys;
        self.signer_keys.clone().unwrap_or_else(own)
    }

    /// The folder of the issuing keys, when there are any.
    fn there(&self) -> anyhow::Result<PathBuf> {
        faultless(&self.place.validate())?;
        let folder = self.folder();
        if !folder.join("root.key").exists() && !folder.join("issuer").exists() {
            return Err(told("cli.no_issuer", &[("keys", &folder.display())]));
        }
        Ok(folder)
    }
}

/// How a file is locked.
#[derive(Args, Clone, Debug)]
pub(super) struct Locked {
    /// A file whose first line is the passphrase, of 12 characters or more. Without it, the first line of the
    /// standard input.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Locked {
    fn passphrase(&self) -> anyhow::Result<Passphrase> {
        let mut line = String::new();
        match &self.passphrase_file {
            Some(file) => {
                let text = std::fs::read_to_string(file);
                line = text.with_context(|| file.display().to_string())?;
            }
            None => {
                let input = std::io::stdin();
                if input.is_terminal() {
                    eprintln!("{}", both("cli.passphrase", &[]));
                }
                input.lock().read_line(&mut line)?;
            }
        }
        let first = line.lines().next().unwrap_or_default();
        Passphrase::new(first)
            .ok_or_else(|| told("cli.passphrase_short", &[("n", &locked::SHORTEST)]))
    }
}

/// Where the root is.
#[derive(Args, Clone, Debug)]
pub(super) struct Root {
    /// The file that `keys root-out` wrote. Without it, the root in the key folder.
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
}

impl Root {
    /// The root's secret: of this installation, and no other.
    fn secret(&self, folder: &Folder, keys: &Path, locked: &Locked) -> anyhow::Result<[u8; 32]> {
        let secret = match &self.root {
            Some(file) => locked::unlock::<32>(file, &locked.passphrase()?)?,
            None => folder
                .root()?
                .ok_or_else(|| told("cli.root_wanted", &[("keys", &keys.display())]))?,
        };
        match folder.is_root(&secret) {
            Some(false) => Err(told("cli.other_root", &[])),
            // Without the list nobody can say whose root a file holds.
            None if self.root.is_some() => Err(told("cli.no_list", &[("keys", &keys.display())])),
            _ => Ok(secret),
        }
    }
}

/// For how long keys are made.
#[derive(Args, Clone, Debug)]
pub(super) struct Weeks {
    /// For how many weeks there shall be keys, this one counted: 1 to 26. Who steals the folder can sign for
    /// as long.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=26))]
    weeks: u32,
}

/// Runs one of the commands.
pub(super) fn run(command: &KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::List(place) => list(place),
        KeysCommand::Check(place) => check::check(place),
        KeysCommand::RootOut {
            file,
            weeks,
            locked,
            place,
        } => turning::root_out(file, weeks.weeks, locked, place),
        KeysCommand::Rotate {
            root,
            weeks,
            locked,
            place,
        } => turning::rotate(root, weeks.weeks, locked, place),
        KeysCommand::Retire {
            key,
            root,
            locked,
            place,
        } => turning::retire(key, root, locked, place),
        KeysCommand::Drill { key, place } => turning::drill(key.as_deref(), place),
        KeysCommand::Backup {
            file,
            locked,
            place,
        } => copies::backup(file, locked, place),
        KeysCommand::Restore {
            file,
            locked,
            place,
        } => copies::restore(file, locked, place),
    }
}

/// Prints the signed list of public keys.
fn list(place: &KeysPlace) -> anyhow::Result<()> {
    let folder = place.there()?;
    let now = Clock::System.now();
    print!("{}", Issuer::open(&folder, now)?.key_list(now)?);
    given_back(&folder)
}

/// Gives what root wrote in a folder to the user whose folder it is.
fn given_back(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let owner = folder.metadata()?;
    for entry in std::fs::read_dir(folder)?.chain(std::fs::read_dir(folder.join("issuer"))?) {
        let path = entry?.path();
        let found = path.symlink_metadata()?;
        if found.uid() != owner.uid() && found.uid() == 0 {
            chown(&path, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(())
}
