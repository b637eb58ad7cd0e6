//! TLS: the certificate that is shown to whoever connects, and read anew when its files change.
//!
//! What replaces it is looked at as strictly as at the start. A file that cannot be used changes
//! nothing: the certificate before it stays, and the log says why.

mod files;
pub mod making;

pub use files::{Authority, Files};

use crate::config::Fault;
use crate::web::locale::Locale;
use domain::time::{DAY_MILLIS, Timestamp, Zone};
use files::{Loaded, Usable};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// A certificate that ends within so many days is spoken of, daily.
const NEAR_DAYS: i64 = 14;

/// The certificate that is shown.
#[derive(Debug)]
pub struct Shown {
    files: Files,
    current: Arc<Current>,
    /// What the files were when they were last looked at.
    seen: Mutex<Option<[u8; 32]>>,
    handshake: Arc<ServerConfig>,
    authority: Option<Authority>,
}

#[derive(Debug)]
struct Current(RwLock<Usable>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get().pair)
    }
}

impl Current {
    fn get(&self) -> Usable {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }
}

impl Shown {
    /// Reads the files, and shows what they hold from now on.
    pub fn open(files: Files, now: Timestamp) -> Result<Self, Fault> {
        let loaded = files.load()?;
        let current = Arc::new(Current(RwLock::new(loaded.usable(&files, now)?)));
        let authority = files.authority()?;
        let mut handshake = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider speaks these versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        handshake.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            files,
            current,
            seen: Mutex::new(Some(loaded.digest())),
            handshake: Arc::new(handshake),
            authority,
        })
    }

    /// What shakes hands with whoever connects.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.handshake))
    }

    /// The self-made authority behind the certificate; nothing when it came from elsewhere.
    pub const fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// When the certificate ends.
    pub fn ends(&self) -> Timestamp {
        self.current.get().ends
    }

    /// Takes what the files hold when they are others than when last looked at.
    pub fn look(&self, now: Timestamp) {
        self.take(false, now);
    }

    /// Takes what the files hold, changed or not: somebody asked for it.
    pub fn look_again(&self, now: Timestamp) {
        self.take(true, now);
    }

    fn take(&self, asked: bool, now: Timestamp) {
        let loaded = self.files.load();
        let digest = loaded.as_ref().ok().map(Loaded::digest);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == digest && !asked {
            return;
        }
        *seen = digest;
        match loaded.and_then(|loaded| loaded.usable(&self.files, now)) {
            Ok(usable) => {
                let ends = usable.ends.rfc3339();
                let current = &self.current.0;
                *current.write().unwrap_or_else(PoisonError::into_inner) = usable;
                tracing::info!(ends, "the certificate was read anew");
            }
            Err(fault) => tracing::error!(
                setting = fault.setting,
                fault = fault.words(Locale::En),
                "the new certificate cannot be used; the one before it stays"
            ),
        }
    }

    /// Says in the log when the certificate ends soon, or has ended.
    pub fn warn_of_end(&self, now: Timestamp) {
        let ends = self.ends();
        let left = ends.since(now);
        if left <= NEAR_DAYS * DAY_MILLIS {
            let day = Zone::VIETNAM.day(ends).written();
            let days = left.div_euclid(DAY_MILLIS);
            tracing::warn!(day, days, "the certificate ends soon; renew it");
        }
    }
}

/// The one provider of cryptography in this program.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
