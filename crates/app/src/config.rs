//! Settings: flag, `VAORA_*` variable or a line of a file, defaults beside the fields, all faults at once.
//!
//! [`Options`] is what somebody wrote, with its help; [`Config`] is what it means. Whatever is
//! unsafe or makes no sense is refused on the way from one to the other.

mod faults;
mod file;
mod options;
mod url;

pub use faults::Fault;
pub use file::{File, Kind};
pub use options::{Options, Place};
pub use url::loopback_host;

use crate::tls;
use domain::retention::{DEFAULT_DECLARATION_DAYS, DEFAULT_SCAN_DAYS, Retention};
use domain::time::Zone;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The certificate and its key, when TLS is spoken here.
    pub tls: Option<tls::Files>,
    /// Where to send plain HTTP on to HTTPS.
    pub http_listen: Option<SocketAddr>,
    /// `sqlite://PATH` or `postgres://...`; a file in the data folder when nothing is given.
    pub database: Option<String>,
    /// The key folder; `keys` in the data folder when nothing is given.
    pub keys: Option<PathBuf>,
    /// The socket of the signer; nothing when the keys of the key folder sign.
    pub signer: Option<PathBuf>,
    /// The address people reach this installation at, as posters carry it.
    pub public_url: Option<String>,
    /// Days that scans are kept besides today.
    pub scan_days: u16,
    /// Days that declarations are kept.
    pub declaration_days: u16,
    /// How one-time codes are sent.
    pub otp: OtpGateway,
    /// Whether this folder holds made-up people.
    pub demo: bool,
}

/// How one-time codes are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OtpGateway {
    /// Written to standard output.
    #[default]
    Console,
    /// Handed to an HTTP service; the templates know `{to}` and `{text}`.
    Http {
        /// The address.
        url: String,
        /// The body; without one the address is fetched.
        body: Option<String>,
        /// The value of the `Authorization` header.
        authorization: Option<String>,
    },
}

impl Config {
    /// The defaults, for a data folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: None,
            http_listen: None,
            database: None,
            keys: None,
            signer: None,
            public_url: None,
            scan_days: DEFAULT_SCAN_DAYS,
            declaration_days: DEFAULT_DECLARATION_DAYS,
            otp: OtpGateway::Console,
            demo: false,
        }
    }

    /// Where the store is.
    pub fn store(&self) -> store::Settings {
        store_settings(&self.data, self.database.as_deref(), self.keys.as_deref())
    }

    /// The SQLite file; nothing on PostgreSQL.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        self.store().sqlite_file()
    }

    /// How long things live.
    pub const fn retention(&self) -> Retention {
        Retention {
            scan_days: self.scan_days,
            declaration_days: self.declaration_days,
        }
    }

    /// The address in posters: the public one, else the one listened on.
    pub fn base_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let url = self
            .public_url
            .clone()
            .unwrap_or_else(|| format!("{scheme}://{}", self.listen));
        url.trim_end_matches('/').to_owned()
    }
}

impl Place {
    /// Where the store is.
    pub fn store(&self) -> store::Settings {
        store_settings(&self.data, self.database.as_deref(), self.keys.as_deref())
    }

    /// The SQLite file; nothing on PostgreSQL.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        self.store().sqlite_file()
    }
}

fn store_settings(data: &Path, database: Option<&str>, keys: Option<&Path>) -> store::Settings {
    // An address: what has a meaning in one is written otherwise.
    let file = || {
        let path = data.join("vaora.sqlite").display().to_string();
        format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F"))
    };
    store::Settings {
        database: database.map_or_else(file, str::to_owned),
        keys: keys.map_or_else(|| data.join("keys"), Path::to_owned),
        zone: Zone::VIETNAM,
    }
}

#[cfg(test)]
mod tests;
