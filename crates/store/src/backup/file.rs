//! The file: frames, hashed, compressed, encrypted.
//!
//! A frame is a letter, the length of its bytes (four, little-endian) and the bytes. In order:
//! `H` the header; for each table `T` its names and any number of `R`, rows; `E` the counts;
//! `S` the SHA-256 of all that came before. A file without a right `S` is no backup.

use super::catalog::Cell;
use super::{Counts, broken};
use crate::Error;
use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// The version of what is written here.
pub(super) const FORMAT: u32 = 1;
const FULL: usize = 64 * 1024;
const LARGEST: usize = 64 * 1024 * 1024;
const KEY: &str = "backup.key";

/// What a file begins with.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) schema: i64,
    pub(super) made: String,
    pub(super) database: String,
    /// A fingerprint of the key folder.
    pub(super) keys: String,
}

/// How many rows there must have been.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Footer {
    pub(super) counts: Counts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Table,
    Rows,
    End,
    Sum,
}

const LETTERS: &[(Kind, u8)] = &[
    (Kind::Header, b'H'),
    (Kind::Table, b'T'),
    (Kind::Rows, b'R'),
    (Kind::End, b'E'),
    (Kind::Sum, b'S'),
];

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
}

impl Frame {
    fn head(&self) -> [u8; 5] {
        let letter = LETTERS.iter().find(|(kind, _)| *kind == self.kind);
        let [a, b, c, d] = (self.bytes.len() as u32).to_le_bytes();
        [letter.map_or(0, |(_, letter)| *letter), a, b, c, d]
    }
}

/// Rows on their way into a frame: each cell a letter and its value.
#[derive(Debug, Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
}

impl Rows {
    pub(super) fn cell(&mut self, cell: &Cell) {
        let mut long = |letter, bytes: &[u8]| {
            self.bytes.push(letter);
            self.bytes.extend((bytes.len() as u32).to_le_bytes());
            self.bytes.extend(bytes);
        };
        match cell {
            Cell::Null => self.bytes.push(b'n'),
            Cell::Integer(value) => {
                self.bytes.push(b'i');
                self.bytes.extend(value.to_le_bytes());
            }
            Cell::Bytes(bytes) => long(b'b', bytes),
            Cell::Text(text) => long(b't', text.as_bytes()),
        }
    }

    pub(super) fn end_row(&mut self) {
        self.bytes.push(b'.');
    }

    pub(super) const fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn frame(self) -> Frame {
        Frame {
            kind: Kind::Rows,
            bytes: self.bytes,
        }
    }

    /// Reads the rows of a frame, each of so many cells.
    pub(super) fn read(mut bytes: &[u8], columns: usize) -> Result<Vec<Vec<Cell>>, Error> {
        let mut rows = Vec::new();
        while !bytes.is_empty() {
            let row: Option<Vec<_>> = (0..columns).map(|_| read_cell(&mut bytes)).collect();
            let end = take::<1>(&mut bytes);
            match row.filter(|_| end == Some([b'.'])) {
                Some(row) => rows.push(row),
                None => return Err(broken("a row is damaged")),
            }
        }
        Ok(rows)
    }
}

fn read_cell(bytes: &mut &[u8]) -> Option<Cell> {
    let [letter] = take(bytes)?;
    match letter {
        b'n' => Some(Cell::Null),
        b'i' => take(bytes).map(|value| Cell::Integer(i64::from_le_bytes(value))),
        b'b' | b't' => {
            let length = u32::from_le_bytes(take(bytes)?) as usize;
            let (value, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            match letter {
                b'b' => Some(Cell::Bytes(value.to_vec())),
                _ => String::from_utf8(value.to_vec()).ok().map(Cell::Text),
            }
        }
        _ => None,
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*value)
}

/// The key that opens backups, made (mode 0600) where there is none.
pub(super) fn identity(folder: &Path) -> Result<Identity, Error> {
    let path = folder.join(KEY);
    let read = || -> io::Result<Identity> {
        let text = Zeroizing::new(fs::read_to_string(&path)?);
        text.trim().parse().map_err(|reason| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{KEY}: {reason}"))
        })
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other.map_err(Error::Keys),
    }
    let text = Identity::generate().to_string();
    match crate::keys::write_secret(&path, text.expose_secret().as_bytes()) {
        // Another program made it first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other.map_err(Error::Keys)?,
    }
    read().map_err(Error::Keys)
}

/// Writes the frames to a new file. It has its name only once it is whole and on disk.
pub(super) fn write(
    path: &Path,
    recipient: &Recipient,
    frames: mpsc::Receiver<Frame>,
) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.exists() {
        return Err(broken(format!(
            "{} exists; name another file",
            path.display()
        )));
    }
    let aside = path.with_file_name(format!(".{name}.part"));
    let _ = fs::remove_file(&aside);
    let written = write_frames(&aside, recipient, frames).and_then(|()| {
        fs::hard_link(&aside, path)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
    });
    let _ = fs::remove_file(&aside);
    written.map_err(|error| broken(format!("{} cannot be written: {error}", path.display())))
}

fn write_frames(
    path: &Path,
    recipient: &Recipient,
    mut frames: mpsc::Receiver<Frame>,
) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = BufWriter::new(options.open(path)?);
    let recipients = [recipient as &dyn age::Recipient];
    let encryptor =
        age::Encryptor::with_recipients(recipients.into_iter()).map_err(io::Error::other)?;
    let mut out = GzEncoder::new(encryptor.wrap_output(file)?, Compression::fast());
    let mut sum = Sha256::new();
    let mut last = None;
    while let Some(frame) = frames.blocking_recv() {
        for part in [&frame.head()[..], &frame.bytes] {
            sum.update(part);
            out.write_all(part)?;
        }
        last = Some(frame.kind);
    }
    if last != Some(Kind::End) {
        return Err(io::Error::other(
            "the database could not be read to its end",
        ));
    }
    let sum = Frame {
        kind: Kind::Sum,
        bytes: sum.finalize().to_vec(),
    };
    out.write_all(&sum.head())?;
    out.write_all(&sum.bytes)?;
    let file = out.finish()?.finish()?;
    file.into_inner().map_err(io::Error::from)?.sync_all()
}

/// Reads a file, handing on each frame, and checks its sum. Only when it answers `Ok` was what
/// was handed on a backup.
pub(super) fn read(
    path: &Path,
    identity: &Identity,
    frames: &mpsc::Sender<Frame>,
) -> Result<(), Error> {
    let cannot = |error: String| broken(format!("{} cannot be read: {error}", path.display()));
    let file = BufReader::new(fs::File::open(path).map_err(|error| cannot(error.to_string()))?);
    let opened = age::Decryptor::new_buffered(file)
        .and_then(|sealed| sealed.decrypt(std::iter::once(identity as &dyn age::Identity)));
    let opened = opened.map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => {
            broken(format!("this backup was made with another {KEY}"))
        }
        _ => broken(format!("{} is no backup, or it is damaged", path.display())),
    })?;
    read_frames(GzDecoder::new(BufReader::new(opened)), frames)
        .map_err(|error| cannot(format!("damaged or cut short ({error})")))
}

fn read_frames(mut input: impl Read, frames: &mpsc::Sender<Frame>) -> io::Result<()> {
    let mut sum = Sha256::new();
    loop {
        let mut head = [0; 5];
        input.read_exact(&mut head)?;
        let [letter, length @ ..] = head;
        let kind = LETTERS.iter().find(|(_, one)| *one == letter);
        let length = u32::from_le_bytes(length) as usize;
        let Some((kind, _)) = kind.filter(|_| length <= LARGEST) else {
            return Err(io::Error::other("an unknown frame"));
        };
        let mut bytes = vec![0; length];
        input.read_exact(&mut bytes)?;
        if *kind == Kind::Sum {
            // Read to the end, so that whatever follows is found out as well.
            let more = io::copy(&mut input, &mut io::sink())?;
            let right = more == 0 && bytes == sum.finalize().to_vec();
            return right
                .then_some(())
                .ok_or_else(|| io::Error::other("the sum is wrong"));
        }
        sum.update(head);
        sum.update(&bytes);
        let frame = Frame { kind: *kind, bytes };
        if frames.blocking_send(frame).is_err() {
            return Ok(());
        }
    }
}
