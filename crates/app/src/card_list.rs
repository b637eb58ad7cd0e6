//! The state of every card, as the lists for third parties and for gates say it: kept packed in memory, and
//! brought up to date by what changed since.

use crate::AppState;
use codes::{State, StatusList};
use domain::admission::KnownCard;
use domain::card::CardState;
use domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a list may be relied on.
const LIFE: Duration = Duration::from_secs(86_400);
/// How long it is brought up to date before it is read anew: cards whose time has passed need no place in it.
const WHOLE: Duration = Duration::from_secs(86_400);

/// All cards, as they were last looked up.
#[derive(Debug, Default)]
pub struct CardList(Mutex<Option<Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    list: Arc<StatusList>,
    /// All that changed up to this version is in it.
    version: i64,
    /// When all of it was read.
    read: Timestamp,
}

impl CardList {
    /// All cards, as of now, and the version that it is of. Only what changed is looked up.
    pub async fn current(&self, app: &AppState) -> Result<(Arc<StatusList>, i64), store::Error> {
        let mut kept = self.0.lock().await;
        let now = Timestamp::from_seconds(app.now().seconds());
        let mut tx = app.store.read().await?;
        let (version, _) = tx.cards_version().await?;
        let times = (now, now.plus(LIFE));
        let young = |kept: &&Kept| {
            let age = now.since(kept.read);
            (0..WHOLE.as_millis() as i64).contains(&age) && kept.version <= version
        };
        let next = match kept.as_ref().filter(young) {
            Some(known) if known.version == version => known.clone(),
            Some(known) => {
                let (cards, changed) = tx.cards_changed_since(known.version).await?;
                let cards = cards.max(known.list.cards());
                let changed = changed.into_iter().map(said);
                Kept {
                    list: whole(known.list.renewed(times, cards, changed))?,
                    version,
                    read: known.read,
                }
            }
            None => {
                let (cards, over) = tx.card_states(now).await?;
                // A code of a card that nobody registered is nobody's.
                let lost = tx.lost_places(cards).await?.into_iter().flatten();
                let lost = lost.map(|place| (place, State::Invalid));
                let over = over.into_iter().map(said).chain(lost);
                Kept {
                    list: whole(StatusList::build(times, cards, over))?,
                    version,
                    read: now,
                }
            }
        };
        let answer = (Arc::clone(&next.list), next.version);
        *kept = Some(next);
        Ok(answer)
    }
}

fn whole(list: Option<StatusList>) -> Result<Arc<StatusList>, store::Error> {
    list.map(Arc::new)
        .ok_or(store::Error::Damaged("cards.status_index"))
}

/// What a list says of a card.
pub(crate) fn said((index, state): (u32, CardState)) -> (u32, State) {
    let state = match KnownCard::from(state) {
        KnownCard::Active => State::Active,
        KnownCard::Revoked | KnownCard::Suspended => State::Invalid,
        KnownCard::Unknown | KnownCard::NotHandedOver => State::Ask,
    };
    (index, state)
}
