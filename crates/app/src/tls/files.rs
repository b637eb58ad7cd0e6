//! The files of a certificate and its key, and what is wrong with them.

use super::provider;
use crate::config::Fault;
use domain::time::{Timestamp, Zone};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, InconsistentKeys};
use x509_cert::der::Decode as _;
use zeroize::Zeroizing;

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The chain in PEM, the server's own certificate first.
    pub cert: PathBuf,
    /// Its key in PEM.
    pub key: PathBuf,
    /// The certificate of the authority that was made here, if it was.
    pub authority: Option<PathBuf>,
}

/// The certificate of an authority that was made here, for phones to trust.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// Its SHA-256 fingerprint: `AB:CD:...`.
    pub fingerprint: String,
}

/// What the files held at one moment.
pub(super) struct Loaded {
    cert: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
    /// Whether everybody on this machine can read the key.
    open: bool,
}

/// A certificate with the key that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Usable {
    pub(super) pair: Arc<CertifiedKey>,
    pub(super) ends: Timestamp,
}

impl Files {
    /// Those that `vaora tls make` makes in a data folder.
    pub fn made(data: &Path) -> Self {
        let folder = data.join("tls");
        Self {
            cert: folder.join("server.pem"),
            key: folder.join("server.key"),
            authority: Some(folder.join("ca.pem")),
        }
    }

    /// What is wrong with them; nothing when they can be used.
    pub fn fault(&self, now: Timestamp) -> Option<Fault> {
        let usable = self.load().and_then(|loaded| loaded.usable(self, now));
        usable.and_then(|_| self.authority()).err()
    }

    pub(super) fn load(&self) -> Result<Loaded, Fault> {
        Ok(Loaded {
            cert: self.read(&self.cert, "--tls-cert")?,
            open: is_open(&self.key),
            key: Zeroizing::new(self.read(&self.key, "--tls-key")?),
        })
    }

    pub(super) fn authority(&self) -> Result<Option<Authority>, Fault> {
        let Some(path) = &self.authority else {
            return Ok(None);
        };
        let pem = self.read(path, "--tls-self")?;
        let der = CertificateDer::from_pem_slice(&pem)
            .map_err(|_| self.fault_of("--tls-self", "fault.tls_no_cert", path))?;
        Ok(Some(Authority {
            fingerprint: fingerprint(&der),
            der: der.to_vec(),
        }))
    }

    fn read(&self, path: &Path, flag: &str) -> Result<Vec<u8>, Fault> {
        let missing = match self.authority {
            Some(_) => "fault.tls_not_made",
            None => "fault.no_file",
        };
        fs::read(path).map_err(|_| self.fault_of(flag, missing, path))
    }

    /// A fault of one file, under the flag that named it.
    fn fault_of(&self, flag: &str, key: &'static str, path: &Path) -> Fault {
        let made = self.authority.is_some();
        Fault {
            setting: if made { "--tls-self" } else { flag }.to_owned(),
            key,
            values: vec![("path", path.display().to_string())],
        }
    }
}

impl Loaded {
    /// What tells these files from any others.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [&self.cert, &*self.key] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.update([u8::from(self.open)]);
        digest.finalize().into()
    }

    /// The certificate, when it holds now and the key is its own and nobody else's.
    pub(super) fn usable(&self, files: &Files, now: Timestamp) -> Result<Usable, Fault> {
        let cert = |key| files.fault_of("--tls-cert", key, &files.cert);
        let key = |name| files.fault_of("--tls-key", name, &files.key);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.cert).collect();
        let chain = chain.map_err(|_| cert("fault.tls_no_cert"))?;
        let first = chain.first().ok_or_else(|| cert("fault.tls_no_cert"))?;
        let (begins, ends) = validity(first).ok_or_else(|| cert("fault.tls_no_cert"))?;
        let own = PrivateKeyDer::from_pem_slice(&self.key);
        let own = own.map_err(|_| key("fault.tls_no_key"))?;
        if self.open {
            return Err(key("fault.tls_key_open"));
        }
        let pair = CertifiedKey::from_der(chain, own, &provider());
        let pair = pair.map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => key("fault.tls_mismatch"),
            Error::InvalidCertificate(_) => cert("fault.tls_no_cert"),
            _ => key("fault.tls_no_key"),
        })?;
        let dated = |name, at| {
            let mut fault = cert(name);
            let day = Zone::VIETNAM.day(at).written();
            fault.values.push(("day", day));
            fault
        };
        if ends <= now {
            return Err(dated("fault.tls_over", ends));
        }
        if begins > now {
            return Err(dated("fault.tls_early", begins));
        }
        let pair = Arc::new(pair);
        Ok(Usable { pair, ends })
    }
}

/// When a certificate begins to hold, and when it ends.
pub(super) fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let at = |time: x509_cert::time::Time| {
        let seconds = time.to_unix_duration().as_secs();
        Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1000))
    };
    Some((at(validity.not_before), at(validity.not_after)))
}

/// SHA-256 of a certificate as phones and programs show it.
pub(super) fn fingerprint(der: &[u8]) -> String {
    let pairs = Sha256::digest(der);
    let pairs = pairs.iter().map(|byte| format!("{byte:02X}"));
    pairs.collect::<Vec<_>>().join(":")
}

fn is_open(path: &Path) -> bool {
    #[cfg(unix)]
    if let Ok(found) = path.metadata() {
        return std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o007 != 0;
    }
    false
}
