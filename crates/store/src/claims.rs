//! Where the claims of new cards come from: a card's number, its place in the status list and its
//! validity are the signer's to say, and are taken as they come.

use crate::Error;
use crate::signatures::Register;
use domain::card::Claims;
use domain::time::Timestamp;
use futures_util::future::BoxFuture;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Who allots places in the status list, each once.
pub trait Allots: Send + Sync + Debug {
    /// The claims of so many new cards, noted durably before they are given.
    fn allot(&self, count: u32, now: Timestamp) -> BoxFuture<'_, Result<Vec<Claims>, Error>>;
}

/// Claims that were asked for in advance are given to cards of these next seconds only.
const FRESH: Duration = Duration::from_secs(5);
/// In a second with more new cards than this, some are asked for in advance.
const BUSY: usize = 20;
/// How many in advance.
const AHEAD: usize = 64;

/// The claims for cards that this store registers.
#[derive(Debug)]
pub struct Source {
    from: RwLock<Arc<dyn Allots>>,
    kept: Mutex<Kept>,
}

/// Claims in advance. Nothing is signed for those that are never used, and their places stay empty.
#[derive(Debug, Default)]
struct Kept {
    claims: VecDeque<Claims>,
    /// A second, and how many were taken in it.
    taken: (i64, usize),
}

impl Source {
    /// Claims from the register in a key folder, until others are said to give them.
    pub(crate) fn new(keys: &Path) -> Self {
        Self {
            from: RwLock::new(Arc::new(Register::new(keys))),
            kept: Mutex::default(),
        }
    }

    /// Takes claims from there, from now on.
    pub(crate) fn set(&self, from: Arc<dyn Allots>) {
        *self.from.write().unwrap_or_else(PoisonError::into_inner) = from;
        self.kept().claims.clear();
    }

    /// The claims of so many new cards.
    pub(crate) async fn take(&self, count: usize, now: Timestamp) -> Result<Vec<Claims>, Error> {
        let (mut taken, ahead) = self.ready(count, now);
        let missing = count - taken.len();
        if missing > 0 {
            let from = Arc::clone(&self.from.read().unwrap_or_else(PoisonError::into_inner));
            let asked = u32::try_from(missing + ahead).map_err(|_| Error::Limit(60))?;
            let mut given = from.allot(asked, now).await?;
            if given.len() < missing {
                return Err(Error::Signer("the signer gave too few".to_owned()));
            }
            let spare = given.split_off(missing);
            taken.extend(given);
            self.kept().claims.extend(spare);
        }
        Ok(taken)
    }

    /// What is kept and fresh, and how many more should be kept.
    fn ready(&self, count: usize, now: Timestamp) -> (Vec<Claims>, usize) {
        let mut kept = self.kept();
        let fresh = |claims: &Claims| {
            let age = now.since(claims.issued);
            (0..FRESH.as_millis() as i64).contains(&age)
        };
        kept.claims.retain(fresh);
        let second = now.seconds();
        if kept.taken.0 != second {
            kept.taken = (second, 0);
        }
        kept.taken.1 += count;
        let ahead = if kept.taken.1 > BUSY { AHEAD } else { 0 };
        let there = count.min(kept.claims.len());
        (kept.claims.drain(..there).collect(), ahead)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
