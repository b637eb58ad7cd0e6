//! Bodies of batches, as they are read and unpacked. A small one needs little; the large ones of all devices together may take so
//! much memory and no more, packed or not, and one device reads few of them at a time. A body is read once its sender is known.

use super::body::beside;
use crate::web::guard::SCANS;
use crate::web::problem::Problem;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use domain::ids::DeviceId;
use flate2::read::GzDecoder;
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// How many times longer than packed a body may be: lines in clear that repeat one card become a twentieth, sealed ones three
/// quarters.
const MOST_PACKED: usize = 32;
/// Up to this long, sent and unpacked, a body is small: a gate at work sends no other.
const SMALL: usize = 64 * 1024;
/// What is counted at a time.
const BLOCK: usize = 1024;
/// What all large bodies that are being read may take: the largest of four devices, packed, or of eight that pack nothing.
pub const ALL: usize = 8 * SCANS;
/// How many small bodies are unpacked at a time.
const ALL_SMALL: usize = 256;
/// How many large bodies one device may have read at a time.
pub const AT_ONCE: u8 = 2;
/// How long a body waits for room.
const PATIENCE: Duration = Duration::from_secs(2);
/// When a device that has more large bodies read than it may should come again, in seconds.
const SOON: u32 = 1;

/// The room for bodies that are read.
#[derive(Debug)]
pub struct Unpacking {
    large: Semaphore,
    small: Semaphore,
    /// How many large bodies of each device are being read.
    turns: Mutex<HashMap<DeviceId, u8>>,
}

/// A body as it was before it was packed, and its room until it is dropped.
#[derive(Debug)]
pub struct Unpacked<'a> {
    /// What was sent.
    pub bytes: Bytes,
    _room: Option<SemaphorePermit<'a>>,
    _turn: Option<Turn<'a>>,
}

/// One of the large bodies that a device may have read, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Unpacking, DeviceId);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = turns.get_mut(&self.1) {
            *taken -= 1;
            if *taken == 0 {
                turns.remove(&self.1);
            }
        }
    }
}

/// How a body was sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    packed: bool,
    /// The most bytes that it has, as far as it says so.
    length: usize,
}

impl Sent {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let coding = headers.get(CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"gzip")) {
            let unknown = "Content-Encoding is neither absent nor gzip";
            return Err(Problem::Malformed(unknown.to_owned()));
        }
        let length = headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(Self {
            packed: coding.is_some(),
            length: length.unwrap_or(SCANS).min(SCANS),
        })
    }
}

impl Default for Unpacking {
    fn default() -> Self {
        Self {
            large: Semaphore::new(ALL / BLOCK),
            small: Semaphore::new(ALL_SMALL),
            turns: Mutex::default(),
        }
    }
}

impl Unpacking {
    /// Reads a device's body, that came as it is, or packed by gzip, as a gate with a slow network sends it. Unpacked it may be as
    /// long as any, and not much longer than scans are: a few bytes that become many are no batch. Where no room is left for a
    /// while the sender comes again ([`Problem::NoRoom`]); where its device has enough read already, too ([`Problem::TooMany`]).
    pub async fn body(
        &self,
        device: Option<DeviceId>,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Unpacked<'_>, Problem> {
        let sent = Sent::of(headers)?;
        let mut stream = body.into_data_stream();
        let (mut read, mut large) = (Vec::new(), None);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| Problem::Malformed(error.to_string()))?;
            let length = read.len() + piece.len();
            if length > SCANS {
                return Err(Problem::TooLarge);
            }
            if length > SMALL && large.is_none() {
                let unpacked = if sent.packed { most(sent.length) } else { 0 };
                large = Some(self.place(device, sent.length + unpacked).await?);
            }
            read.extend_from_slice(&piece);
        }
        if !sent.packed {
            return Ok(unpacked(read, large));
        }
        if large.is_none() {
            let small = within(self.small.acquire()).await?;
            match unpack(&read, SMALL) {
                Err(Problem::TooLarge) => drop(small),
                bytes => return Ok(unpacked(bytes?, Some((small, None)))),
            }
        }
        let most = most(read.len());
        let (mut room, turn) = match large {
            Some(place) => place,
            None => self.place(device, most).await?,
        };
        let bytes = unpack(&read, most)?;
        drop(read);
        // What a body unpacks to is not known before.
        let unused = room.num_permits().saturating_sub(blocks(bytes.len()));
        drop(room.split(unused));
        Ok(unpacked(bytes, Some((room, turn))))
    }

    async fn place(
        &self,
        device: Option<DeviceId>,
        bytes: usize,
    ) -> Result<(SemaphorePermit<'_>, Option<Turn<'_>>), Problem> {
        let turn = device.map(|device| self.turn(device)).transpose()?;
        Ok((self.room(bytes).await?, turn))
    }

    /// Room for so many bytes, until it is dropped.
    pub async fn room(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Problem> {
        within(self.large.acquire_many(blocks(bytes) as u32)).await
    }

    /// One more large body of a device, unless it has as many as it may.
    pub fn turn(&self, device: DeviceId) -> Result<Turn<'_>, Problem> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = turns.entry(device).or_default();
        if *taken == AT_ONCE {
            return Err(Problem::TooMany(SOON));
        }
        *taken += 1;
        Ok(Turn(self, device))
    }
}

fn unpacked<'a>(
    bytes: Vec<u8>,
    place: Option<(SemaphorePermit<'a>, Option<Turn<'a>>)>,
) -> Unpacked<'a> {
    let (room, turn) = place.unzip();
    Unpacked {
        bytes: bytes.into(),
        _room: room,
        _turn: turn.flatten(),
    }
}

/// The most bytes that so many packed ones may become.
const fn most(packed: usize) -> usize {
    let most = SMALL + MOST_PACKED * packed;
    if most < SCANS { most } else { SCANS }
}

const fn blocks(bytes: usize) -> usize {
    bytes.div_ceil(BLOCK)
}

/// What room is waited for, as long as a body waits.
async fn within<T, E>(room: impl Future<Output = Result<T, E>>) -> Result<T, Problem> {
    let room = timeout(PATIENCE, room).await;
    room.ok().and_then(Result::ok).ok_or(Problem::NoRoom)
}

fn unpack(body: &[u8], most: usize) -> Result<Vec<u8>, Problem> {
    let mut text = Vec::new();
    beside(most, || {
        GzDecoder::new(body)
            .take(most as u64 + 1)
            .read_to_end(&mut text)
    })
    .map_err(|error| Problem::Malformed(error.to_string()))?;
    if text.len() > most {
        return Err(Problem::TooLarge);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;
    use uuid::Uuid;

    fn gzip() -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_ENCODING, "gzip".parse().unwrap())])
    }

    fn packed(bytes: usize) -> Bytes {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        // Sixteen different bytes: as well packed as lines are, and not better.
        let some: Vec<u8> = (0..bytes as u32)
            .map(|n| (n.wrapping_mul(0x9E37_79B9) >> 28) as u8)
            .collect();
        out.write_all(&some).unwrap();
        Bytes::from(out.finish().unwrap())
    }

    async fn read(all: &Unpacking, device: u128, body: Bytes) -> Result<Unpacked<'_>, Problem> {
        let mut headers = gzip();
        headers.insert(CONTENT_LENGTH, body.len().into());
        let device = DeviceId(Uuid::from_u128(device));
        all.body(Some(device), &headers, body.into()).await
    }

    #[tokio::test]
    async fn a_packed_body_unpacks_to_no_more_than_a_body_may_be() {
        let all = Unpacking::default();
        let length = async |body| read(&all, 1, body).await.map(|one| one.bytes.len());
        for fits in [0, 10, SMALL, SMALL + 1, SCANS] {
            assert_eq!(length(packed(fits)).await, Ok(fits));
        }
        assert_eq!(length(packed(SCANS + 1)).await, Err(Problem::TooLarge));
        // A few bytes that become many.
        let mut out = GzEncoder::new(Vec::new(), Compression::best());
        out.write_all(&vec![b'7'; 4 << 20]).unwrap();
        let bomb = Bytes::from(out.finish().unwrap());
        assert!(bomb.len() < 8192);
        assert_eq!(length(bomb).await, Err(Problem::TooLarge));
        let cut = length(packed(1000).slice(..20)).await;
        assert!(matches!(cut, Err(Problem::Malformed(_))));
        let other = HeaderMap::from_iter([(CONTENT_ENCODING, "br".parse().unwrap())]);
        let other = all.body(None, &other, packed(1).into()).await;
        assert!(matches!(other, Err(Problem::Malformed(_))));
        // One that does not say how long it is is cut off, packed or not.
        let endless = || {
            let piece = || Ok::<_, std::io::Error>(Bytes::from(vec![b'7'; 1 << 20]));
            Body::from_stream(futures_util::stream::repeat_with(piece))
        };
        for headers in [gzip(), HeaderMap::new()] {
            let endless = all.body(None, &headers, endless()).await;
            assert_eq!(endless.map(drop), Err(Problem::TooLarge));
        }
        assert!(
            all.room(ALL).await.is_ok(),
            "what was refused holds nothing"
        );
    }

    #[tokio::test]
    async fn large_bodies_share_so_much_memory_and_small_ones_need_none_of_it() {
        let all = Unpacking::default();
        let held = all.room(ALL).await.unwrap();
        let large = packed(SMALL + 1);
        let refused = read(&all, 1, large.clone()).await;
        assert_eq!(refused.map(drop), Err(Problem::NoRoom));
        let plain = Bytes::from(vec![b'7'; SMALL + 1]);
        let refused = all.body(None, &HeaderMap::new(), plain.into()).await;
        assert_eq!(refused.map(drop), Err(Problem::NoRoom));
        assert!(read(&all, 1, packed(SMALL)).await.is_ok());
        let plain = Bytes::from(vec![b'7'; SMALL]);
        let read_plain = all
            .body(None, &HeaderMap::new(), plain.clone().into())
            .await;
        assert_eq!(read_plain.unwrap().bytes, plain);
        // It waits a while, and is read as soon as there is room.
        let later = async {
            tokio::time::sleep(PATIENCE / 2).await;
            drop(held);
        };
        let (waited, ()) = tokio::join!(read(&all, 1, large), later);
        assert_eq!(waited.unwrap().bytes.len(), SMALL + 1);
        // A body holds what it takes, not what it might have taken.
        let mut many = Vec::new();
        for device in 0..1000 {
            many.push(read(&all, device, packed(SMALL + 1)).await.unwrap());
        }
    }

    #[tokio::test]
    async fn one_device_has_few_large_bodies_read_at_a_time() {
        let all = Unpacking::default();
        let large = packed(2 * SMALL);
        let one = read(&all, 1, large.clone()).await.unwrap();
        let _two = read(&all, 1, large.clone()).await.unwrap();
        let three = read(&all, 1, large.clone()).await;
        assert_eq!(three.map(drop), Err(Problem::TooMany(SOON)));
        assert!(read(&all, 1, packed(10)).await.is_ok(), "a small one");
        assert!(read(&all, 2, large.clone()).await.is_ok(), "another device");
        drop(one);
        assert!(read(&all, 1, large).await.is_ok());
    }
}
