//! A certificate authority of one's own, for a trial on a network without internet.
//!
//! Whoever holds its key can pose as any site that it may vouch for, to every phone that trusts
//! it. So it may vouch for addresses of private networks, for names that exist on them alone, and
//! for what it was first made for; phones refuse all else that is signed with it.

use super::files::{Files, fingerprint, validity};
use super::provider;
use crate::folder;
use anyhow::Context as _;
use domain::time::{DAY_MILLIS, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PublicKeyData as _,
};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};

/// How many days the authority holds: about ten years.
const AUTHORITY_DAYS: i64 = 3652;
/// And a server's certificate, of which a day lies behind, since phones' clocks go wrong.
const SERVER_DAYS: i64 = 397;

/// What exists on private networks alone.
const PRIVATE: [(&str, u8); 7] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("169.254.0.0", 16),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("fe80::", 10),
];
const PRIVATE_NAMES: [&str; 6] = ["local", "lan", "internal", "home.arpa", "test", "localhost"];

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The folder that holds it.
    pub folder: PathBuf,
    /// The authority's SHA-256 fingerprint, to compare on phones.
    pub fingerprint: String,
    /// When the server's certificate ends.
    pub ends: Timestamp,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// This is neither a name nor an address.
    #[error("{0} is neither a host's name nor an address")]
    Name(String),
    /// The authority was made for other names.
    #[error("the authority may not vouch for {0}")]
    Outside(String),
    /// One of the authority's two files is missing, or the two do not belong together.
    #[error("the authority in {} is not whole", .0.display())]
    Broken(PathBuf),
    /// The authority is too old.
    #[error("the authority in {} has ended", .0.display())]
    Over(PathBuf),
}

/// Makes a certificate for names and addresses, by the authority in the folder `tls` of the data
/// folder; makes that first when there is none.
pub fn make(data: &Path, names: &[String], now: Timestamp) -> anyhow::Result<Made> {
    for name in names {
        ServerName::try_from(name.as_str()).map_err(|_| Unmade::Name(name.clone()))?;
    }
    let files = Files::made(data);
    let folder = data.join("tls");
    folder::make(&folder)?;
    let (authority, authority_key) = authority(&folder, names, now)?;
    let (_, last) = validity(&authority).ok_or_else(|| Unmade::Broken(folder.clone()))?;
    if last <= now {
        return Err(Unmade::Over(folder).into());
    }
    let ends = days(now, SERVER_DAYS - 1).min(last);
    let server_key = match fs::read_to_string(&files.key) {
        Ok(pem) => KeyPair::from_pem(&pem).with_context(|| files.key.display().to_string())?,
        Err(_) => new_key(&files.key)?,
    };
    let parent = authority_params(&authority_key, names, now);
    let issuer = Issuer::from_params(&parent, &authority_key);
    let sign = |names: &[String]| {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = named("vaora");
        hold(&mut params, now, ends);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.signed_by(&server_key, &issuer)
    };
    for name in names {
        let alone = sign(std::slice::from_ref(name))?;
        trusted(&authority, alone.der(), name, now)?;
    }
    let server = sign(names)?;
    write(&files.cert, &server.pem())?;
    let fingerprint = fingerprint(&authority);
    Ok(Made {
        folder,
        fingerprint,
        ends,
    })
}

/// The authority in a folder: the one that is there, or a new one.
fn authority(
    folder: &Path,
    names: &[String],
    now: Timestamp,
) -> anyhow::Result<(CertificateDer<'static>, KeyPair)> {
    let (cert, key) = (folder.join("ca.pem"), folder.join("ca.key"));
    let broken = || Unmade::Broken(folder.to_owned());
    match (cert.exists(), key.exists()) {
        (true, true) => {
            let key = KeyPair::from_pem(&fs::read_to_string(&key)?).map_err(|_| broken())?;
            let cert = CertificateDer::from_pem_file(&cert).map_err(|_| broken())?;
            Ok((cert, key))
        }
        (false, false) => {
            let key = new_key(&key)?;
            let made = authority_params(&key, names, now).self_signed(&key)?;
            write(&cert, &made.pem())?;
            Ok((made.into(), key))
        }
        _ => Err(broken().into()),
    }
}

fn authority_params(key: &KeyPair, names: &[String], now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    // Each has a name of its own, so that two on one phone are told apart.
    let digest = Sha256::digest(key.der_bytes());
    let short: String = digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    params.distinguished_name = named(&format!("vaora trial {short}"));
    hold(&mut params, now, days(now, AUTHORITY_DAYS));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(names),
        excluded_subtrees: Vec::new(),
    });
    params
}

fn permitted(names: &[String]) -> Vec<GeneralSubtree> {
    let network = |ip: &str, bits| {
        let ip: IpAddr = ip.parse().ok()?;
        Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
            ip, bits,
        )))
    };
    let networks = PRIVATE.iter().filter_map(|(ip, bits)| network(ip, *bits));
    let private = PRIVATE_NAMES.map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let own = names
        .iter()
        .filter_map(|name| match name.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => network(name, 32),
            Ok(IpAddr::V6(_)) => network(name, 128),
            Err(_) => Some(GeneralSubtree::DnsName(name.clone())),
        });
    networks.chain(private).chain(own).collect()
}

/// Whether a phone that trusts the authority takes a certificate for a name.
fn trusted(
    authority: &CertificateDer<'static>,
    server: &CertificateDer<'_>,
    name: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    let phone = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build()?;
    let seconds = u64::try_from(now.seconds()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let asked = ServerName::try_from(name)?;
    let taken = phone.verify_server_cert(server, &[], &asked, &[], now);
    taken.map_err(|_| Unmade::Outside(name.to_owned()))?;
    Ok(())
}

fn named(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::CommonName, name);
    full
}

fn new_key(path: &Path) -> anyhow::Result<KeyPair> {
    let key = KeyPair::generate()?;
    write(path, &key.serialize_pem())?;
    Ok(key)
}

/// Writes a file for its owner alone, and gives it its name when it is whole.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let aside = path.with_extension("new");
    let mut options = fs::File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = || {
        let mut file = options.open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    written().with_context(|| format!("{} cannot be written", path.display()))
}

const fn days(from: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_millis(from.millis() + days * DAY_MILLIS)
}

/// From the day before on, and until then.
fn hold(params: &mut CertificateParams, now: Timestamp, until: Timestamp) {
    let date = |at: Timestamp| {
        let seconds = u64::try_from(at.seconds()).unwrap_or_default();
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    params.not_before = date(days(now, -1));
    params.not_after = date(until);
}
