//! The body of a batch: bytes that become lines, a bad one among good ones.

use super::bounded::and_one_more;
use super::lines::{Batch, Line, MOST, Sent};
use crate::web::guard::SCANS;
use crate::web::problem::Problem;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// Up to this many bytes are read between two other requests; more would hold them up.
const QUICK: usize = 256 * 1024;

/// A body as text. What is no UTF-8 spoils the line it stands in and no other: it becomes an escape
/// that no string of JSON may hold. The text is as bounded as the body is.
pub fn text(body: &[u8]) -> Result<Cow<'_, str>, Problem> {
    beside(body.len(), || whole_text(body))
}

/// Reads a body's text. A line that is no scan does not spoil the others: its id remains, if it has
/// one.
pub fn read(text: &str) -> Result<Sent<'_>, Problem> {
    let sent = beside(text.len(), || {
        match serde_json::from_str::<Batch<'_>>(text) {
            Ok(batch) => Ok(Sent {
                at: batch.sent_at,
                shown: None,
                lines: batch.scans.into_iter().map(Ok).collect(),
            }),
            Err(_) => lenient(text),
        }
    })?;
    if sent.lines.len() > MOST {
        Err(Problem::TooLarge)
    } else {
        Ok(sent)
    }
}

fn whole_text(body: &[u8]) -> Result<Cow<'_, str>, Problem> {
    if let Ok(text) = str::from_utf8(body) {
        return Ok(Cow::Borrowed(text));
    }
    let mut text = String::with_capacity(body.len() + 64);
    let mut spoiled = false;
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        // Once a string is enough.
        spoiled &= !chunk.valid().contains('"');
        if !chunk.invalid().is_empty() && !spoiled {
            text.push_str(r"\ud800\ud800");
            spoiled = true;
        }
        if text.len() > SCANS {
            return Err(Problem::TooLarge);
        }
    }
    Ok(Cow::Owned(text))
}

fn lenient(text: &str) -> Result<Sent<'_>, Problem> {
    #[derive(Deserialize)]
    struct Pieces<'a> {
        #[serde(borrow, default)]
        sent_at: Option<&'a RawValue>,
        #[serde(borrow, deserialize_with = "and_one_more::<MOST, _, _>")]
        scans: Vec<&'a RawValue>,
    }
    let pieces: Pieces<'_> = serde_json::from_str(text).map_err(|error| Problem::unread(&error))?;
    let lines = pieces.scans.into_iter().map(RawValue::get).map(|scan| {
        let unread = |_| serde_json::from_str(scan).unwrap_or_default();
        serde_json::from_str::<Line<'_>>(scan).map_err(unread)
    });
    let at = pieces.sent_at.map(RawValue::get);
    Ok(Sent {
        at: at.and_then(|at| serde_json::from_str(at).ok()),
        shown: None,
        lines: lines.collect(),
    })
}

/// Does what takes long for so many bytes beside the threads that answer requests, if there are
/// several.
pub(super) fn beside<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let several = || Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
    if bytes > QUICK && several() {
        block_in_place(work)
    } else {
        work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_broken_body_grows_no_larger_than_a_body_may_be() {
        let broken = |string: &[u8], times: usize| [b"\"", string, b"\""].concat().repeat(times);
        // One string, however often it is broken, is spoiled once.
        let once = broken(&b"a\xff".repeat(100_000), 1);
        assert!(whole_text(&once).unwrap().len() < once.len());
        // Many strings are spoiled each, up to what fits.
        let many = broken(b"\xff", SCANS / 14);
        assert_eq!(whole_text(&many).unwrap().len(), SCANS / 14 * 14);
        let more = broken(b"\xff", SCANS / 14 + 1);
        assert!(matches!(whole_text(&more), Err(Problem::TooLarge)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_large_body_holds_up_nobody_else() {
        let (send, heard) = mpsc::channel();
        let large = tokio::spawn(async move {
            beside(QUICK + 1, || heard.recv_timeout(Duration::from_secs(60)))
        });
        let other = tokio::spawn(async move { send.send(()) });
        assert_eq!(large.await.unwrap(), Ok(()));
        other.await.unwrap().unwrap();
    }
}
