//! Bodies that came packed. A few bytes may become many, so all that are being read share so much memory, and no more.

use super::body::beside;
use crate::web::guard::SCANS;
use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use flate2::read::GzDecoder;
use std::io::Read as _;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many times longer than packed a body may be: lines in clear that repeat one card become a twentieth, sealed ones three
/// quarters.
const MOST_PACKED: usize = 32;
/// What any body may unpack to.
const SMALL: usize = 64 * 1024;
/// What is counted at a time.
const BLOCK: usize = 1024;
/// What all that are being read may take: eight of the largest, or hundreds of gates that come back at once.
pub const ALL: usize = 8 * SCANS;

/// The room for bodies that are unpacked.
#[derive(Debug)]
pub struct Unpacking(Semaphore);

/// A body as it was before it was packed, and its room until it is dropped.
#[derive(Debug)]
pub struct Unpacked<'a> {
    /// What was sent.
    pub bytes: Bytes,
    _room: Option<SemaphorePermit<'a>>,
}

impl Default for Unpacking {
    fn default() -> Self {
        Self(Semaphore::new(ALL / BLOCK))
    }
}

impl Unpacking {
    /// A body that came as it is, or packed by gzip, as a gate with a slow network sends it. Unpacked it may be as long as any, and
    /// not much longer than scans are: a few bytes that become many are no batch. Where no room is left the sender comes again
    /// ([`Problem::Busy`]).
    pub fn body(&self, headers: &HeaderMap, body: Bytes) -> Result<Unpacked<'_>, Problem> {
        let Some(coding) = headers.get(CONTENT_ENCODING) else {
            return Ok(Unpacked {
                bytes: body,
                _room: None,
            });
        };
        if !coding.as_bytes().eq_ignore_ascii_case(b"gzip") {
            let unknown = "Content-Encoding is neither absent nor gzip";
            return Err(Problem::Malformed(unknown.to_owned()));
        }
        // What a small body unpacks to is not known before.
        let most = SCANS.min(SMALL + MOST_PACKED * body.len());
        let mut room = self.room(most)?;
        let text = unpack(&body, most)?;
        let unused = most.div_ceil(BLOCK) - text.len().div_ceil(BLOCK);
        drop(room.split(unused));
        Ok(Unpacked {
            bytes: text.into(),
            _room: Some(room),
        })
    }

    /// Room for so many bytes, until it is dropped.
    pub fn room(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Problem> {
        let blocks = bytes.div_ceil(BLOCK) as u32;
        self.0.try_acquire_many(blocks).map_err(|_| Problem::Busy)
    }
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

    #[tokio::test]
    async fn a_packed_body_unpacks_to_no_more_than_a_body_may_be() {
        let all = Unpacking::default();
        let length = |body: Bytes| all.body(&gzip(), body).map(|one| one.bytes.len());
        assert_eq!(length(packed(SCANS)), Ok(SCANS));
        assert_eq!(length(packed(SCANS + 1)), Err(Problem::TooLarge));
        // A few bytes that become many.
        let mut out = GzEncoder::new(Vec::new(), Compression::best());
        out.write_all(&vec![b'7'; 4 << 20]).unwrap();
        let bomb = Bytes::from(out.finish().unwrap());
        assert!(bomb.len() < 8192);
        assert_eq!(length(bomb), Err(Problem::TooLarge));
        let cut = length(packed(1000).slice(..20));
        assert!(matches!(cut, Err(Problem::Malformed(_))));
        let other = HeaderMap::from_iter([(CONTENT_ENCODING, "br".parse().unwrap())]);
        let other = all.body(&other, packed(1));
        assert!(matches!(other, Err(Problem::Malformed(_))));
    }

    #[tokio::test]
    async fn bodies_that_are_being_read_share_so_much_memory() {
        let all = Unpacking::default();
        let large = packed(SCANS);
        let read: Vec<_> = (0..8)
            .map(|_| all.body(&gzip(), large.clone()).unwrap())
            .collect();
        let one_more = || all.body(&gzip(), packed(10)).map(drop);
        assert_eq!(one_more(), Err(Problem::Busy));
        // One that is not packed takes nothing that was not sent.
        let plain = all.body(&HeaderMap::new(), large.clone());
        assert_eq!(plain.unwrap().bytes, large);
        drop(read);
        assert_eq!(one_more(), Ok(()));
        // A body holds what it takes, not what it might have taken; one that is refused holds nothing.
        let many: Vec<_> = (0..1000)
            .map(|_| all.body(&gzip(), packed(SMALL)).unwrap())
            .collect();
        drop(many);
        for _ in 0..20 {
            assert_eq!(
                all.body(&gzip(), packed(SCANS + 1)).map(drop),
                Err(Problem::TooLarge)
            );
        }
        assert!(all.room(ALL).is_ok());
    }
}
