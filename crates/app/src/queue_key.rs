//! The queue key: gates seal for it what waits in their memory, and only this server opens it.
//!
//! `queue.key` in the key folder is a secret of 32 bytes that a key pair of P-256 grows from. A line
//! is sealed as `docs/codes.md`, section 10.3, says; its id is authenticated with it.

use data_encoding::BASE64URL_NOPAD;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, Serializable, single_shot_open};
use std::fmt;
use std::io;
use std::path::Path;
use store::keys::read_or_make;
use zeroize::Zeroizing;

/// What a line is sealed for.
pub const INFO: &[u8] = b"vaora queue v1";
/// The file in the key folder.
const FILE: &str = "queue.key";
/// How long an uncompressed point of P-256 is.
const POINT: usize = 65;

/// The key that waiting lines are sealed for.
pub struct QueueKey {
    secret: <DhP256HkdfSha256 as Kem>::PrivateKey,
    public: [u8; POINT],
}

impl QueueKey {
    /// Opens the key, or makes it.
    pub fn open(key_folder: &Path) -> io::Result<Self> {
        let seed = Zeroizing::new(read_or_make::<32>(&key_folder.join(FILE))?);
        let (secret, public) = DhP256HkdfSha256::derive_keypair(seed.as_slice());
        let mut point = [0; POINT];
        public.write_exact(&mut point);
        Ok(Self {
            secret,
            public: point,
        })
    }

    /// The half that gates seal for: an uncompressed point.
    pub const fn public(&self) -> &[u8; POINT] {
        &self.public
    }

    /// The text of a line that was sealed under an id; nothing when it was not, or for another key.
    pub fn line(&self, id: &str, sealed: &str) -> Option<Zeroizing<String>> {
        let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (point, ciphertext) = bytes.split_at_checked(POINT)?;
        let point = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(point).ok()?;
        let opened = single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeR::Base,
            &self.secret,
            &point,
            INFO,
            ciphertext,
            id.as_bytes(),
        );
        String::from_utf8(opened.ok()?).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for QueueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hpke::{OpModeS, single_shot_seal_with_rng};

    const ID: &str = "019a9f6e-0000-7000-8000-000000000001";

    fn seal(to: &[u8], info: &[u8], id: &str, line: &[u8]) -> String {
        let to = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(to).unwrap();
        let (point, ciphertext) =
            single_shot_seal_with_rng::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
                &OpModeS::Base,
                &to,
                info,
                line,
                id.as_bytes(),
                &mut rand::rng(),
            )
            .unwrap();
        BASE64URL_NOPAD.encode(&[point.to_bytes().as_slice(), &ciphertext].concat())
    }

    #[test]
    fn only_what_was_sealed_for_this_key_and_id_opens() {
        let [one, two] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let key = QueueKey::open(one.path()).unwrap();
        let other = QueueKey::open(two.path()).unwrap();
        let sealed = seal(key.public(), INFO, ID, b"{}");
        assert_eq!(key.line(ID, &sealed).unwrap().as_str(), "{}");
        // The key of the file, not of the moment.
        let again = QueueKey::open(one.path()).unwrap();
        assert_eq!(again.line(ID, &sealed).unwrap().as_str(), "{}");
        let capitals = ID.to_uppercase();
        for (id, sealed) in [
            ("019a9f6e-0000-7000-8000-000000000002", sealed.as_str()),
            (&capitals, &sealed),
            (ID, &sealed[..sealed.len() - 1]),
            (ID, &sealed[..80]),
            (ID, ""),
            (ID, "!"),
            (ID, &format!("{sealed}=")),
            (ID, &seal(other.public(), INFO, ID, b"{}")),
            (ID, &seal(key.public(), b"vaora queue v2", ID, b"{}")),
            (ID, &seal(key.public(), INFO, ID, b"\xff")),
        ] {
            assert!(key.line(id, sealed).is_none(), "{id} {sealed}");
        }
    }

    #[test]
    fn the_key_is_its_owners_alone_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        QueueKey::open(folder.path()).unwrap();
        let file = folder.path().join(FILE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&file, [7; 31]).unwrap();
        let error = QueueKey::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("queue.key"), "{error}");
    }

    /// RFC 9180, A.3's suite has another cipher; this pair was derived from its seed all the same.
    #[test]
    fn the_key_pair_is_that_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let seed = "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550";
        let bytes = data_encoding::HEXLOWER.decode(seed.as_bytes()).unwrap();
        std::fs::write(folder.path().join(FILE), bytes).unwrap();
        let key = QueueKey::open(folder.path()).unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(key.public()),
            "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
        );
    }
}
