//! The list that gates hold: two bits a card, with what only the server knows as *ask*.
//!
//! Built once and shared by all gates. Whom to ask about is looked up at most once an hour, aside
//! from requests; a card that ended is added as soon as a gate next asks. What changed between lists
//! is remembered, so that a gate need not fetch all of it again.

use crate::AppState;
use codes::{Change, StatusList};
use domain::time::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How long a gate may rely on a list.
pub const LIFE: Duration = Duration::from_secs(86_400);
/// How old a list grows before it is built anew, aside from requests.
const DUE: Duration = Duration::from_secs(3300);
/// How old a list may be that is handed out. Only where nothing runs aside does one grow so old.
const OLDEST: Duration = Duration::from_secs(7200);
/// A list's time is its name, so a second one within a second takes the next. One that is further
/// ahead was made by a clock that was wrong.
const EARLY: Duration = Duration::from_secs(60);
/// How many changed cards are remembered, a list counting as one more.
const REMEMBERED: usize = 2_000_000;

/// The list as it was last built.
#[derive(Debug, Default)]
pub struct GateList {
    kept: RwLock<Option<Arc<Built>>>,
    building: tokio::sync::Mutex<()>,
}

/// One list, and how it came from earlier ones.
#[derive(Debug)]
pub struct Built {
    list: StatusList,
    sealed: Vec<u8>,
    digest: [u8; 32],
    known: Arc<Known>,
    /// How many cards had ended: what is compared with the database.
    ended: i64,
    /// The times of earlier lists, and the cards that changed from each to the next.
    earlier: VecDeque<(Timestamp, Arc<[u32]>)>,
    /// Changes made for gates: mostly all of them hold the same list.
    changes: Mutex<HashMap<i64, Option<Arc<Change>>>>,
}

/// What is looked up at most once an hour.
#[derive(Debug)]
struct Known {
    at: Timestamp,
    cards: u32,
    /// Of which version of the cards.
    version: i64,
    asks: Vec<u32>,
}

impl GateList {
    /// The list, no card of which ended without being in it.
    pub async fn current(&self, app: &AppState) -> Result<Arc<Built>, store::Error> {
        if let Some(built) = self.fresh(app).await? {
            return Ok(built);
        }
        let _turn = self.building.lock().await;
        // Another request may have built it meanwhile.
        if let Some(built) = self.fresh(app).await? {
            return Ok(built);
        }
        let now = app.now();
        let kept = self.kept();
        let known = kept.as_ref().map(|built| Arc::clone(&built.known));
        let known = known.filter(|known| within(known.at, now, OLDEST));
        self.build(app, kept, known).await
    }

    /// Builds the list anew when it is due and some gate may ask for it.
    pub async fn renew(&self, app: &AppState) -> Result<(), store::Error> {
        let kept = self.kept();
        let due = |built: &Arc<Built>| !within(built.known.at, app.now(), DUE);
        let wanted = match &kept {
            Some(built) => due(built),
            None => app.store.read().await?.any_device().await?,
        };
        if wanted {
            let _turn = self.building.lock().await;
            let kept = self.kept();
            if kept.as_ref().is_none_or(due) {
                self.build(app, kept, None).await?;
            }
        }
        Ok(())
    }

    async fn fresh(&self, app: &AppState) -> Result<Option<Arc<Built>>, store::Error> {
        let Some(built) = self.kept() else {
            return Ok(None);
        };
        let (_, ended) = app.store.read().await?.cards_version().await?;
        let now = app.now();
        let fresh = within(built.known.at, now, OLDEST) && built.ended == ended;
        Ok(fresh.then_some(built))
    }

    async fn build(
        &self,
        app: &AppState,
        before: Option<Arc<Built>>,
        known: Option<Arc<Known>>,
    ) -> Result<Arc<Built>, store::Error> {
        let now = Timestamp::from_seconds(app.now().seconds());
        // Before the states: a list may know more than its version says, never less.
        let (_, ended) = app.store.read().await?.cards_version().await?;
        let (all, version) = app.card_list.current(app).await?;
        let mut tx = app.store.read().await?;
        let known = match known {
            Some(known) => known,
            None => {
                let mut asks = tx.cards_to_ask(now).await?;
                asks.extend(tx.free_places(all.cards()).await?);
                Arc::new(Known {
                    at: now,
                    cards: all.cards(),
                    version,
                    asks,
                })
            }
        };
        // Of what is new since, or in use again, no more is known than that.
        let (_, since) = tx.cards_changed_since(known.version).await?;
        let since: Vec<u32> = since.into_iter().map(|(index, _)| index).collect();
        drop(tx);
        let make = move || {
            let built = Built::new(now, before.as_deref(), known, (&all, &since), ended)?;
            let payload = built.list.payload();
            Ok::<_, io::Error>((built, payload))
        };
        let built = tokio::task::spawn_blocking(make).await;
        let built = built.map_err(|error| store::Error::Keys(io::Error::other(error)))?;
        let (mut built, payload) = built.map_err(store::Error::Keys)?;
        let sealed = app.signer.seal_list(payload).await;
        built.sealed = sealed.map_err(|error| store::Error::Signer(error.to_string()))?;
        let built = Arc::new(built);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&built));
        Ok(built)
    }

    fn kept(&self) -> Option<Arc<Built>> {
        self.kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Built {
    fn new(
        now: Timestamp,
        before: Option<&Self>,
        known: Arc<Known>,
        (all, since): (&StatusList, &[u32]),
        ended: i64,
    ) -> io::Result<Self> {
        let last = before.map(|before| before.list.issued());
        let issued = match last {
            Some(last) if last >= now && within(now, last, EARLY) => {
                last.plus(Duration::from_secs(1))
            }
            _ => now,
        };
        // A card made since is unknown to the list, and a gate asks about it.
        let asks = known.asks.iter().chain(since).copied();
        let list = all
            .asking((issued, issued.plus(LIFE)), known.cards, asks)
            .ok_or_else(|| io::Error::other("the list for gates cannot be built"))?;
        let mut earlier = VecDeque::new();
        if let Some(before) = before.filter(|before| before.follows(&list)) {
            earlier.clone_from(&before.earlier);
            let changed = list.changed_since(&before.list);
            earlier.push_back((before.list.issued(), changed.into()));
        }
        let mut size: usize = earlier.iter().map(|(_, changed)| changed.len() + 1).sum();
        while let Some((_, changed)) = earlier.front().filter(|_| size > REMEMBERED) {
            size -= changed.len() + 1;
            earlier.pop_front();
        }
        Ok(Self {
            sealed: Vec::new(),
            digest: list.digest(),
            list,
            known,
            ended,
            earlier,
            changes: Mutex::default(),
        })
    }

    /// Whether a gate that holds this list takes that one for newer, and no shorter.
    fn follows(&self, next: &StatusList) -> bool {
        self.list.issued() < next.issued() && self.list.cards() <= next.cards()
    }

    /// When it was made, and the first instant at which it is too old to rely on.
    pub fn times(&self) -> (Timestamp, Timestamp) {
        (self.list.issued(), self.list.expires())
    }

    /// All of it, signed.
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// The SHA-256 of its packed bits.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// What changed since the list of an instant; nothing when that is not known here, or when the
    /// whole is no larger.
    pub fn since(&self, from: Timestamp) -> Option<Arc<Change>> {
        let known = from == self.list.issued() || self.earlier.iter().any(|(at, _)| *at == from);
        if !known {
            return None;
        }
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let change = changes
            .entry(from.seconds())
            .or_insert_with(|| self.change(from).map(Arc::new));
        change.clone()
    }

    fn change(&self, from: Timestamp) -> Option<Change> {
        let later = self.earlier.iter().filter(|(at, _)| *at >= from);
        let mut changed: Vec<u32> = later
            .flat_map(|(_, changed)| changed.iter().copied())
            .collect();
        changed.sort_unstable();
        changed.dedup();
        Change::between(from, &self.list, &changed)
            .filter(|change| change.size() < self.sealed.len())
    }
}

/// Whether an instant is at most so long before another, and not after it.
fn within(earlier: Timestamp, later: Timestamp, most: Duration) -> bool {
    (0..=most.as_millis() as i64).contains(&later.since(earlier))
}
