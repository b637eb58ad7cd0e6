//! Settings: flag or `VAORA_*` variable, defaults beside the fields, all faults at once.

use domain::retention::{DEFAULT_DECLARATION_DAYS, DEFAULT_SCAN_DAYS, Retention};
use domain::time::Zone;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// `sqlite://PATH` or `postgres://...`; a file in the data folder when nothing is given.
    pub database: Option<String>,
    /// The key folder; `keys` in the data folder when nothing is given.
    pub keys: Option<PathBuf>,
    /// The address people reach this installation at, as posters carry it.
    pub public_url: Option<String>,
    /// Days that scans are kept besides today.
    pub scan_days: u16,
    /// Days that declarations are kept.
    pub declaration_days: u16,
    /// Whether this folder holds made-up people.
    pub demo: bool,
}

impl Config {
    /// The defaults, for a data folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: None,
            keys: None,
            public_url: None,
            scan_days: DEFAULT_SCAN_DAYS,
            declaration_days: DEFAULT_DECLARATION_DAYS,
            demo: false,
        }
    }

    /// Where the store is.
    pub fn store(&self) -> store::Settings {
        let database = self
            .database
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}", self.data.join("vaora.sqlite").display()));
        let keys = self.keys.clone().unwrap_or_else(|| self.data.join("keys"));
        store::Settings {
            database,
            keys,
            zone: Zone::VIETNAM,
        }
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
        let url = self
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.listen));
        url.trim_end_matches('/').to_owned()
    }
}
