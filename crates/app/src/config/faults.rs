//! From what was written to what is meant: every fault at once, each with what to do.

use super::options::{Options, Place};
use super::url::Address;
use super::{Config, OtpGateway};
use crate::clock::Clock;
use crate::web::locale::Locale;
use crate::{demo, gateway, tls};
use domain::retention::MAX_DAYS;
use std::fmt::{self, Display};
use std::net::SocketAddr;
use std::path::Path;

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The flag, such as `--listen`.
    pub setting: String,
    /// The key of the words that say what is wrong and what to do.
    pub key: &'static str,
    /// What stands in the words' places.
    pub values: Vec<(&'static str, String)>,
}

impl Fault {
    /// What is wrong and what to do, in one language.
    pub fn words(&self, locale: Locale) -> String {
        let values: Vec<(&str, &str)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        locale.fill(self.key, &values)
    }
}

impl std::error::Error for Fault {}

/// In both languages, a line each.
impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = Locale::ALL.map(|locale| self.words(locale));
        write!(f, "{0}: {first}\n{0}: {second}", self.setting)
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, setting: &str, key: &'static str, values: &[(&'static str, &dyn Display)]) {
        let values = values
            .iter()
            .map(|(name, value)| (*name, value.to_string()));
        self.0.push(Fault {
            setting: setting.to_owned(),
            key,
            values: values.collect(),
        });
    }
}

impl Options {
    /// What the settings mean, or everything that is wrong with them.
    pub fn validate(&self) -> Result<Config, Vec<Fault>> {
        let mut faults = Faults::default();
        let demo = self.demo || demo::mark(&self.place.data).is_some();
        self.place.check(&mut faults);
        let listen = listen("--listen", &self.listen, &mut faults);
        let public_url = self.public_url.as_deref();
        let public_url = public_url.and_then(|url| public(url, &mut faults));
        let config = Config {
            data: self.place.data.clone(),
            listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            database: self.place.database.clone(),
            keys: self.place.keys.clone(),
            signer: self.signer.clone(),
            tls: self.tls(&mut faults),
            http_listen: self.http_listen(&mut faults),
            public_url,
            scan_days: days("--scan-days", &self.scan_days, &mut faults),
            declaration_days: days("--declaration-days", &self.declaration_days, &mut faults),
            otp: self.gateway(&mut faults),
            demo,
        };
        if self.signer.is_some() && demo {
            faults.add("--signer", "fault.demo_signer", &[]);
        }
        faults.0.extend(config.demonstration_faults());
        one_of("--log", &self.log, &["text", "json"], &mut faults);
        let levels = ["error", "warn", "info", "debug", "trace"];
        one_of("--log-level", &self.log_level, &levels, &mut faults);
        match faults.0.is_empty() {
            true => Ok(config),
            false => Err(faults.0),
        }
    }

    /// Where the certificate is, when it can be used.
    fn tls(&self, faults: &mut Faults) -> Option<tls::Files> {
        let files = match (&self.tls_cert, &self.tls_key) {
            (None, None) if self.tls_self => tls::Files::made(&self.place.data),
            (None, None) => return None,
            _ if self.tls_self => {
                faults.add("--tls-self", "fault.tls_two", &[]);
                return None;
            }
            (Some(cert), Some(key)) => tls::Files {
                cert: cert.clone(),
                key: key.clone(),
                authority: None,
            },
            (cert, _) => {
                let both = ["--tls-cert", "--tls-key"];
                let [given, other] = if cert.is_some() {
                    both
                } else {
                    [both[1], both[0]]
                };
                faults.add(given, "fault.tls_half", &[("other", &other)]);
                return None;
            }
        };
        faults.0.extend(files.fault(Clock::System.now()));
        Some(files)
    }

    fn http_listen(&self, faults: &mut Faults) -> Option<SocketAddr> {
        const FLAG: &str = "--http-listen";
        let text = self.http_listen.as_deref()?;
        if self.tls_cert.is_none() && self.tls_key.is_none() && !self.tls_self {
            faults.add(FLAG, "fault.http_alone", &[]);
        }
        listen(FLAG, text, faults)
    }

    fn gateway(&self, faults: &mut Faults) -> OtpGateway {
        const FLAG: &str = "--otp-gateway";
        if self.otp_gateway == "console" {
            if self.otp_body.is_some() || self.otp_authorization.is_some() {
                faults.add(FLAG, "fault.console_alone", &[]);
            }
            return OtpGateway::Console;
        }
        let url = self.otp_gateway.strip_prefix("http:");
        let url = url
            .filter(|url| url.starts_with("http"))
            .unwrap_or(&self.otp_gateway);
        // Templates stand where an address may have no braces.
        match Address::parse(&url.replace(['{', '}'], "_")) {
            None => faults.add(
                FLAG,
                "fault.gateway_wrong",
                &[("to", &"{to}"), ("text", &"{text}")],
            ),
            Some(address) if !address.secure && !address.loopback() => {
                faults.add(FLAG, "fault.gateway_clear", &[]);
            }
            Some(_) => {}
        }
        let template = format!("{url}{}", self.otp_body.as_deref().unwrap_or_default());
        for place in ["{to}", "{text}"] {
            if !template.contains(place) {
                faults.add(FLAG, "fault.gateway_place", &[("place", &place)]);
            }
        }
        if self
            .otp_body
            .as_deref()
            .is_some_and(|body| !gateway::is_sound(body))
        {
            faults.add("--otp-body", "fault.body", &[]);
        }
        OtpGateway::Http {
            url: url.to_owned(),
            body: self.otp_body.clone(),
            authorization: self.otp_authorization.clone(),
        }
    }
}

impl Config {
    /// What lets others than this machine reach a demonstration.
    pub fn demonstration_faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        if self.demo && !self.listen.ip().is_loopback() {
            faults.add("--listen", "fault.demo_listen", &[]);
        }
        if self.demo && self.http_listen.is_some_and(|at| !at.ip().is_loopback()) {
            faults.add("--http-listen", "fault.demo_listen", &[]);
        }
        let address = self.public_url.as_deref().and_then(Address::parse);
        if self.demo && address.is_some_and(|address| !address.loopback()) {
            faults.add("--public-url", "fault.demo_public", &[]);
        }
        faults.0
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
                "fault.no_folder",
                &[("path", &self.data.display())],
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
            faults.add("--database", "fault.database", &[("scheme", &scheme)]);
        }
        keys(&self.store().keys, faults);
    }
}

/// Keys that others can read are no keys.
fn keys(folder: &Path, faults: &mut Faults) {
    let Ok(found) = folder.metadata() else { return };
    if !found.is_dir() {
        return faults.add("--keys", "fault.no_folder", &[("path", &folder.display())]);
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0 {
        faults.add("--keys", "fault.keys_open", &[("path", &folder.display())]);
    }
}

fn listen(flag: &str, text: &str, faults: &mut Faults) -> Option<SocketAddr> {
    let Ok(address) = text.parse::<SocketAddr>() else {
        faults.add(flag, "fault.listen", &[("text", &text)]);
        return None;
    };
    Some(address)
}

fn public(text: &str, faults: &mut Faults) -> Option<String> {
    const FLAG: &str = "--public-url";
    let Some(address) = Address::parse(text) else {
        faults.add(FLAG, "fault.url", &[("text", &text)]);
        return None;
    };
    if !matches!(address.rest.as_str(), "" | "/") {
        faults.add(FLAG, "fault.url_long", &[("rest", &address.rest)]);
    }
    if !address.secure && !address.loopback() {
        faults.add(FLAG, "fault.url_plain", &[]);
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn days(flag: &str, text: &str, faults: &mut Faults) -> u16 {
    match text.parse::<u16>() {
        Ok(days @ 1..=MAX_DAYS) => days,
        _ => {
            faults.add(flag, "fault.days", &[("text", &text), ("most", &MAX_DAYS)]);
            MAX_DAYS
        }
    }
}

fn one_of(flag: &str, text: &str, choices: &[&str], faults: &mut Faults) {
    if !choices.contains(&text) {
        faults.add(
            flag,
            "fault.choice",
            &[("text", &text), ("choices", &choices.join(", "))],
        );
    }
}
