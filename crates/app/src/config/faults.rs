//! From what was written to what is meant: every fault at once, each with what to do.

use super::options::{Options, Place};
use super::url::Address;
use super::{Config, OtpGateway};
use crate::demo;
use domain::retention::MAX_DAYS;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The flag, such as `--listen`.
    pub setting: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.what)
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, setting: &str, what: impl Into<String>) {
        self.0.push(Fault {
            setting: setting.to_owned(),
            what: what.into(),
        });
    }
}

impl Options {
    /// What the settings mean, or everything that is wrong with them.
    pub fn validate(&self) -> Result<Config, Vec<Fault>> {
        let mut faults = Faults::default();
        let demo = self.demo || demo::marked(&self.place.data);
        self.place.check(&mut faults);
        let listen = listen(&self.listen, demo, &mut faults);
        let public_url = self.public_url.as_deref();
        let public_url = public_url.and_then(|url| public(url, demo, &mut faults));
        let config = Config {
            data: self.place.data.clone(),
            listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            database: self.place.database.clone(),
            keys: self.place.keys.clone(),
            public_url,
            scan_days: days("--scan-days", &self.scan_days, &mut faults),
            declaration_days: days("--declaration-days", &self.declaration_days, &mut faults),
            otp: self.gateway(&mut faults),
            demo,
        };
        one_of("--log", &self.log, &["text", "json"], &mut faults);
        let levels = ["error", "warn", "info", "debug", "trace"];
        one_of("--log-level", &self.log_level, &levels, &mut faults);
        match faults.0.is_empty() {
            true => Ok(config),
            false => Err(faults.0),
        }
    }

    fn gateway(&self, faults: &mut Faults) -> OtpGateway {
        const FLAG: &str = "--otp-gateway";
        if self.otp_gateway == "console" {
            if self.otp_body.is_some() || self.otp_authorization.is_some() {
                faults.add(FLAG, "`console` takes no body and no authorization; name a service with http:URL, or leave them out");
            }
            return OtpGateway::Console;
        }
        let url = self.otp_gateway.strip_prefix("http:");
        let url = url
            .filter(|url| url.starts_with("http"))
            .unwrap_or(&self.otp_gateway);
        // Templates stand where an address may have no braces.
        match Address::parse(&url.replace(['{', '}'], "_")) {
            None => faults.add(FLAG, "is neither `console` nor http:URL, such as http:https://sms.example/send?to={to}&text={text}"),
            Some(address) if !address.secure && !address.loopback() => {
                faults.add(FLAG, "sends codes in the clear; use an https address");
            }
            Some(_) => {}
        }
        let template = format!("{url}{}", self.otp_body.as_deref().unwrap_or_default());
        for place in ["{to}", "{text}"] {
            if !template.contains(place) {
                faults.add(FLAG, format!("{place} stands neither in the URL nor in --otp-body; put it where the service expects it"));
            }
        }
        OtpGateway::Http {
            url: url.to_owned(),
            body: self.otp_body.clone(),
            authorization: self.otp_authorization.clone(),
        }
    }
}

impl Place {
    /// Everything wrong with where things are kept.
    pub fn validate(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        self.check(&mut faults);
        faults.0
    }

    fn check(&self, faults: &mut Faults) {
        if self.data.exists() && !self.data.is_dir() {
            faults.add(
                "--data",
                format!("{} is no folder; name a folder", self.data.display()),
            );
        }
        let schemes = ["sqlite:", "postgres://", "postgresql://"];
        if let Some(url) = &self.database
            && !schemes.iter().any(|scheme| url.starts_with(scheme))
        {
            let scheme = url
                .split(':')
                .next()
                .filter(|one| *one != url)
                .unwrap_or("nothing");
            faults.add("--database", format!("begins with {scheme}; write sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME"));
        }
        keys(&self.store().keys, faults);
    }
}

/// Keys that others can read are no keys.
fn keys(folder: &Path, faults: &mut Faults) {
    let Ok(found) = folder.metadata() else { return };
    if !found.is_dir() {
        return faults.add(
            "--keys",
            format!("{} is no folder; name a folder", folder.display()),
        );
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0 {
        faults.add(
            "--keys",
            format!("others can read {0}; run: chmod 700 {0}", folder.display()),
        );
    }
}

fn listen(text: &str, demo: bool, faults: &mut Faults) -> Option<SocketAddr> {
    const FLAG: &str = "--listen";
    let Ok(address) = text.parse::<SocketAddr>() else {
        faults.add(
            FLAG,
            format!("{text} is no address; write IP:PORT, such as 127.0.0.1:8080"),
        );
        return None;
    };
    if demo && !address.ip().is_loopback() {
        faults.add(FLAG, "a demonstration is served to this machine only; use 127.0.0.1, or another --data folder");
    }
    Some(address)
}

fn public(text: &str, demo: bool, faults: &mut Faults) -> Option<String> {
    const FLAG: &str = "--public-url";
    let Some(address) = Address::parse(text) else {
        faults.add(
            FLAG,
            format!("{text} is no address of a site; write it like https://vaora.example"),
        );
        return None;
    };
    if !matches!(address.rest.as_str(), "" | "/") {
        faults.add(
            FLAG,
            format!(
                "ends in {}; leave out everything after the name and port",
                address.rest
            ),
        );
    }
    if !address.secure && !address.loopback() {
        faults.add(
            FLAG,
            "is not HTTPS; put a reverse proxy with a certificate in front and write https://",
        );
    }
    if demo && !address.loopback() {
        faults.add(FLAG, "a demonstration is served to this machine only; leave it out, or use another --data folder");
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn days(flag: &str, text: &str, faults: &mut Faults) -> u16 {
    match text.parse::<u16>() {
        Ok(days @ 1..=MAX_DAYS) => days,
        _ => {
            faults.add(
                flag,
                format!("{text} is not allowed; write a number from 1 to {MAX_DAYS}"),
            );
            MAX_DAYS
        }
    }
}

fn one_of(flag: &str, text: &str, choices: &[&str], faults: &mut Faults) {
    if !choices.contains(&text) {
        faults.add(
            flag,
            format!("{text} is unknown; write one of {}", choices.join(", ")),
        );
    }
}
