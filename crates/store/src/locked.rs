//! Files under a passphrase: the root key apart, and copies of a key folder.
//!
//! Encryption is age with scrypt, so that `age --decrypt` opens them, too.

use crate::Error;
use age::secrecy::SecretString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The shortest passphrase that locks anything, in characters.
pub const SHORTEST: usize = 12;
/// A work factor beyond what this program writes on any machine: a file that asks for more is not opened.
const HARDEST: u8 = 22;
const HEAD: &[u8] = b"vaora key folder 1\n";
/// The longest path within a folder, in bytes.
const LONGEST: usize = 200;

/// A passphrase, forgotten when dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase of enough characters.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['\r', '\n']);
        (text.chars().count() >= SHORTEST).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    fn secret(&self) -> SecretString {
        SecretString::from(self.0.as_str().to_owned())
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

/// What a copy of a key folder holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// When it was made, in seconds.
    pub made: i64,
    /// How many files it holds.
    pub files: usize,
    /// How many keys of days were in it and were left out, because the copy is too old.
    pub days_left_out: usize,
}

/// Locks a secret into a new file that only its owner may read.
pub fn lock(path: &Path, passphrase: &Passphrase, secret: &[u8]) -> Result<(), Error> {
    written(path, passphrase, |out| out.write_all(secret))
}

/// Opens a secret of a known size.
pub fn unlock<const N: usize>(path: &Path, passphrase: &Passphrase) -> Result<[u8; N], Error> {
    let mut secret = Zeroizing::new(Vec::with_capacity(N + 1));
    let mut input = opened(path, passphrase)?.take(N as u64 + 1);
    let read = input.read_to_end(&mut secret);
    read.map_err(|error| cannot(path, &error))?;
    let wrong = |_| Error::Backup(format!("{} holds something else", path.display()));
    secret.as_slice().try_into().map_err(wrong)
}

/// Copies files of a folder, named by their paths in it and where to read them, into a new file.
pub fn lock_files(
    path: &Path,
    passphrase: &Passphrase,
    made: i64,
    files: &[(String, PathBuf)],
) -> Result<(), Error> {
    written(path, passphrase, |out| {
        out.write_all(HEAD)?;
        out.write_all(&made.to_be_bytes())?;
        for (name, file) in files {
            let mut file = File::open(file)?;
            let length = file.metadata()?.len();
            out.write_all(&[u8::try_from(name.len()).map_err(io::Error::other)?])?;
            out.write_all(name.as_bytes())?;
            out.write_all(&length.to_be_bytes())?;
            let copied = io::copy(&mut Read::take(&mut file, length), out)?;
            if copied != length {
                return Err(io::Error::other("a key file changed meanwhile"));
            }
        }
        // A name of no length: the end.
        out.write_all(&[0])
    })
}

/// Writes the files of a copy into a folder that has none of them; `keep` says of each, by its name and
/// when the copy was made, whether it is kept.
pub fn unlock_files(
    path: &Path,
    passphrase: &Passphrase,
    folder: &Path,
    keep: impl Fn(&str, i64) -> bool,
) -> Result<Kept, Error> {
    let mut input = BufReader::new(opened(path, passphrase)?);
    read_files(&mut input, folder, keep).map_err(|error| cannot(path, &error))
}

fn read_files(
    input: &mut impl Read,
    folder: &Path,
    keep: impl Fn(&str, i64) -> bool,
) -> io::Result<Kept> {
    let mut head = [0; HEAD.len()];
    input.read_exact(&mut head)?;
    if head != HEAD {
        return Err(io::Error::other("no copy of a key folder"));
    }
    let mut eight = [0; 8];
    input.read_exact(&mut eight)?;
    let mut kept = Kept {
        made: i64::from_be_bytes(eight),
        ..Kept::default()
    };
    loop {
        let mut length = [0];
        input.read_exact(&mut length)?;
        if length == [0] {
            break;
        }
        let mut name = vec![0; length[0].into()];
        input.read_exact(&mut name)?;
        let name = String::from_utf8(name).map_err(io::Error::other)?;
        input.read_exact(&mut eight)?;
        let mut file = input.by_ref().take(u64::from_be_bytes(eight));
        let inside = name
            .split('/')
            .all(|part| !part.is_empty() && part != ".." && part != ".");
        if !inside || name.len() > LONGEST {
            return Err(io::Error::other("a strange name"));
        }
        if !keep(&name, kept.made) {
            io::copy(&mut file, &mut io::sink())?;
            kept.days_left_out += 1;
            continue;
        }
        let to = folder.join(&name);
        if let Some(parent) = to.parent() {
            make_folder(parent)?;
        }
        let mut out = private(&to)?;
        io::copy(&mut file, &mut out)?;
        if file.limit() > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        out.sync_all()?;
        kept.files += 1;
    }
    Ok(kept)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a new file, whole or not at all.
fn written(
    path: &Path,
    passphrase: &Passphrase,
    write: impl FnOnce(&mut age::stream::StreamWriter<BufWriter<File>>) -> io::Result<()>,
) -> Result<(), Error> {
    let make = || -> io::Result<()> {
        let file = BufWriter::new(private(path)?);
        let made = || -> io::Result<()> {
            let encryptor = age::Encryptor::with_user_passphrase(passphrase.secret());
            let mut out = encryptor.wrap_output(file)?;
            write(&mut out)?;
            let file = out.finish()?.into_inner().map_err(io::Error::from)?;
            file.sync_all()
        };
        let made = made();
        if made.is_err() {
            let _ = fs::remove_file(path);
        }
        made
    };
    make().map_err(|error| Error::Backup(format!("{} cannot be written: {error}", path.display())))
}

fn opened(path: &Path, passphrase: &Passphrase) -> Result<impl Read + use<>, Error> {
    let file = File::open(path).map_err(|error| cannot(path, &error))?;
    let mut identity = age::scrypt::Identity::new(passphrase.secret());
    identity.set_max_work_factor(HARDEST);
    let opened = age::Decryptor::new_buffered(BufReader::new(file))
        .and_then(|sealed| sealed.decrypt(std::iter::once(&identity as &dyn age::Identity)));
    opened.map_err(|_| {
        let path = path.display();
        Error::Backup(format!(
            "{path} does not open: another passphrase, or a damaged file"
        ))
    })
}

fn cannot(path: &Path, error: &io::Error) -> Error {
    Error::Backup(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_passphrase_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        assert!(Passphrase::new("quá ngắn\n").is_none());
        let right = Passphrase::new("mười hai ký tự trở lên\n").unwrap();
        lock(&path, &right, &[7; 32]).unwrap();
        assert!(
            lock(&path, &right, &[8; 32]).is_err(),
            "a file that exists is left alone"
        );
        assert_eq!(unlock::<32>(&path, &right).unwrap(), [7; 32]);
        let wrong = Passphrase::new("mười hai ký tự khác hẳn").unwrap();
        assert!(unlock::<32>(&path, &wrong).is_err());
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(unlock::<32>(&path, &right).is_err(), "a changed byte");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["../evil", "/evil", "a//b", "a/../../b", "."] {
            let mut bytes = HEAD.to_vec();
            bytes.extend(0_i64.to_be_bytes());
            bytes.push(name.len() as u8);
            bytes.extend(name.as_bytes());
            bytes.extend(0_u64.to_be_bytes());
            bytes.push(0);
            let read = read_files(&mut &bytes[..], folder.path(), |_, _| true);
            assert!(read.is_err(), "{name}");
        }
    }
}
