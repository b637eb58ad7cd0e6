//! `vaora config check`.

use super::given::Given;
use super::words::{both, said, told};
use super::{definition, runtime};
use crate::config::{Config, Fault, Options, OtpGateway, Place};
use crate::folder;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use store::Store;

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names every fault, or the settings that hold.
pub(super) fn check(options: &Options, given: &Given) -> ExitCode {
    let strangers = unknown_variables().into_iter().map(|name| Fault {
        key: "fault.unknown",
        values: Vec::new(),
        setting: name,
    });
    let found = options.validate();
    let own = found.as_ref().err().cloned().unwrap_or_default();
    let own = own.into_iter().map(|fault| given.placed(fault));
    let read = given.file.faults.iter().cloned();
    let faults: Vec<Fault> = read.chain(own).chain(strangers).collect();
    for fault in &faults {
        eprintln!("{fault}");
    }
    let data = &options.place.data;
    if folder::is_open_to_all(data) {
        eprintln!("{}", both("cli.open_to_all", &[("data", &data.display())]));
    }
    let looked = look(&options.place);
    if let Err(error) = &looked {
        eprintln!("{}", said(error));
    }
    match found {
        Ok(config) if faults.is_empty() => {
            if config.signer.is_none() && !config.demo {
                eprintln!("{}", both("cli.own_signer", &[]));
            }
            print!("{}", effective(options, &config, given));
        }
        _ => return ExitCode::FAILURE,
    }
    looked.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// That the database can be opened, with the keys; it need not be there yet.
fn look(place: &Place) -> anyhow::Result<()> {
    if !place.validate().is_empty() {
        return Ok(());
    }
    let settings = place.store();
    let looked = async { tokio::time::timeout(PATIENCE, Store::look(&settings)).await };
    match runtime()?.block_on(looked) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(store::Error::Database(cause))) => {
            Err(told("cli.no_connection", &[("error", &cause)]))
        }
        Ok(Err(error)) => Err(error.into()),
        Err(late) => Err(told("cli.no_connection", &[("error", &late)])),
    }
}

/// The settings that hold and where each came from, one a line, secrets hidden.
fn effective(options: &Options, config: &Config, given: &Given) -> String {
    let store = config.store();
    let (gateway, body, authorization) = match &config.otp {
        OtpGateway::Console => ("console".to_owned(), false, false),
        OtpGateway::Http {
            url,
            body,
            authorization,
        } => (
            format!("http:{}", site(url)),
            body.is_some(),
            authorization.is_some(),
        ),
    };
    let set = |is: bool| if is { "(set)" } else { "(not set)" }.to_owned();
    let path =
        |path: Option<&PathBuf>| path.map_or_else(|| set(false), |path| path.display().to_string());
    let lines = [
        ("config", path(given.file.path.as_ref())),
        ("data", config.data.display().to_string()),
        ("database", without_password(&store.database)),
        ("keys", store.keys.display().to_string()),
        ("signer", path(options.signer.as_ref())),
        ("listen", config.listen.to_string()),
        ("tls-cert", path(options.tls_cert.as_ref())),
        ("tls-key", path(options.tls_key.as_ref())),
        ("tls-self", options.tls_self.to_string()),
        (
            "http-listen",
            config
                .http_listen
                .map_or_else(|| set(false), |address| address.to_string()),
        ),
        (
            "public-url",
            config.public_url.clone().unwrap_or_else(|| set(false)),
        ),
        ("scan-days", config.scan_days.to_string()),
        ("declaration-days", config.declaration_days.to_string()),
        ("otp-gateway", gateway),
        ("otp-body", set(body)),
        ("otp-authorization", set(authorization)),
        ("log", options.log.clone()),
        ("log-level", options.log_level.clone()),
        ("demo", config.demo.to_string()),
    ];
    lines
        .map(|(name, value)| format!("{name} = {value}  # {}\n", given.origin(name)))
        .concat()
}

/// A service's address up to its path, which may hold a token.
fn site(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    format!("{scheme}://{host}/…")
}

fn without_password(url: &str) -> String {
    let url = url.split('?').next().unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((who, place)) if !scheme.starts_with("sqlite") => {
            let name = who.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:…@{place}")
        }
        _ => url.to_owned(),
    }
}

/// Variables that look like settings and are none: most often a slip of the pen.
pub(super) fn unknown_variables() -> Vec<String> {
    let definition = definition();
    let known: BTreeSet<String> = ["serve", "signer"]
        .into_iter()
        .filter_map(|name| definition.find_subcommand(name))
        .flat_map(|command| command.get_arguments())
        .filter_map(|argument| Some(argument.get_env()?.to_string_lossy().into_owned()))
        .collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| name.starts_with("VAORA_") && !name.starts_with("VAORA_TEST_"))
        .filter(|name| !known.contains(name))
        .collect()
}
