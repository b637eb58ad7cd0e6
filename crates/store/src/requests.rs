//! What holders ask the office of their commune for, and what it answers. What is asked for is sealed; the office that
//! answers is the one of the unit where the holder lives at that time, so that a request moves along with its holder.

use crate::dialect::{execute, run};
use crate::holders::Holder;
use crate::units::path_bounds;
use crate::{Error, Tx, new_id};
use domain::card::{CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId, RequestId};
use domain::request::{Answer, Asked, RefusalReason, RequestState};
use domain::role::{Authorized, HolderScope, RegisterHolder, ServeHolder, UnitScope, UseOwnData};
use domain::time::Timestamp;

const PLACE: &str = "requests.sealed";
/// How many requests one holder may have open: a choice of ours.
const MOST_OPEN: i64 = 10;
/// How many answered ones a holder, or an office, is shown.
const SHOWN: i64 = 20;

/// A request, opened.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Who asked.
    pub holder: HolderId,
    /// What for.
    pub asked: Asked,
    /// The card that was asked for.
    pub card: Option<CardId>,
    /// Where it is.
    pub state: RequestState,
    /// Why it was refused.
    pub reason: RefusalReason,
    /// When it was made.
    pub created: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
}

type Row = (
    RequestId,
    HolderId,
    RequestState,
    RefusalReason,
    Vec<u8>,
    Option<Vec<u8>>,
    Timestamp,
    Option<Timestamp>,
);

impl Tx {
    /// Asks the office of one's commune. A card that is asked for is in the register at once, as *requested*. Nothing
    /// when too many requests are open; fails with `Conflict(OpenRequest)` when one of this kind is.
    pub async fn ask_office(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Option<RequestId>, Error> {
        let holder = who.scope().holder;
        self.held(holder).await?;
        let (open,): (i64,) = run!(self, |conn| {
            sqlx::query_as("select count(*) from requests where holder_id = $1 and state = 'open'")
                .bind(holder)
                .fetch_one(conn)
        })?;
        if open >= MOST_OPEN {
            return Ok(None);
        }
        let card = match asked {
            Asked::Card { kind, .. } => {
                let card = self
                    .add_card(holder, *kind, CardState::Requested, now)
                    .await?;
                let by = (who.actor(), now);
                self.note(card.id, CardStep::Request, StepReason::None, by)
                    .await?;
                Some(card.id)
            }
            Asked::Correction(_) | Asked::Member { .. } => None,
        };
        let id = RequestId(new_id(now));
        let sealed = self.keys.sealer().seal(PLACE, asked);
        execute!(
            self,
            sqlx::query(
                "insert into requests (id, holder_id, kind, state, reason, sealed, card_id, created_at)
                 values ($1, $2, $3, 'open', 'none', $4, $5, $6)",
            )
            .bind(id)
            .bind(holder)
            .bind(asked.kind())
            .bind(sealed)
            .bind(card.map(|card| card.0.to_vec()))
            .bind(now)
        )?;
        Ok(Some(id))
    }

    /// One's own requests, the newest first.
    pub async fn own_requests(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<Request>, Error> {
        self.requests_of(who.scope().holder).await
    }

    /// The requests of a person whom the office serves, the newest first.
    pub async fn served_requests(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<Vec<Request>, Error> {
        self.requests_of(who.scope().holder).await
    }

    /// The requests of people of a unit that nobody has answered, the oldest first, each with who asked. Whoever shows them
    /// leaves the audit entry.
    pub async fn open_requests(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        most: i64,
    ) -> Result<Vec<(Request, Holder)>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select r.id, r.holder_id, r.state, r.reason, r.sealed, r.card_id, r.created_at, r.answered_at
                 from requests r join holders h on h.id = r.holder_id
                 where r.state = 'open' and h.unit_path >= $1 and h.unit_path < $2
                 order by r.created_at, r.id limit $3",
            )
            .bind(&from)
            .bind(&to)
            .bind(most)
            .fetch_all(conn)
        })?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let request = self.request_of(row)?;
            if let Some(holder) = self.holder(request.holder).await? {
                found.push((request, holder));
            }
        }
        Ok(found)
    }

    /// How many requests of people of a unit nobody has answered, and when the oldest was made.
    pub async fn open_request_count(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
    ) -> Result<(i64, Option<Timestamp>), Error> {
        let (from, to) = path_bounds(&who.scope().path);
        Ok(run!(self, |conn| {
            sqlx::query_as(
                "select count(*), min(r.created_at) from requests r join holders h on h.id = r.holder_id
                 where r.state = 'open' and h.unit_path >= $1 and h.unit_path < $2",
            )
            .bind(&from)
            .bind(&to)
            .fetch_one(conn)
        })?)
    }

    /// Who made a request: in whose scope it is answered. Nothing sealed is opened.
    pub async fn request_scope(&mut self, id: RequestId) -> Result<Option<HolderScope>, Error> {
        let found: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as("select holder_id from requests where id = $1")
                .bind(id)
                .fetch_optional(conn)
        })?;
        match found {
            Some((holder,)) => self.holder_scope(holder).await,
            None => Ok(None),
        }
    }

    /// Answers an open request of a person whom the office serves; whether it was open. What is asked for is done beside
    /// it, in the same transaction; a card that is refused is revoked here.
    pub async fn answer_request(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        id: RequestId,
        answer: Answer,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (state, reason) = match answer {
            Answer::Done => (RequestState::Done, RefusalReason::None),
            Answer::Refused(reason) => (RequestState::Refused, reason),
        };
        let holder = who.scope().holder;
        let card: Option<(Option<Vec<u8>>,)> = run!(self, |conn| {
            sqlx::query_as(
                "update requests set state = $3, reason = $4, answered_at = $5
                 where id = $1 and holder_id = $2 and state = 'open' returning card_id",
            )
            .bind(id)
            .bind(holder)
            .bind(state)
            .bind(reason)
            .bind(now)
            .fetch_optional(conn)
        })?;
        let Some((card,)) = card else {
            return Ok(false);
        };
        if let Some(card) = card.as_deref().and_then(CardId::from_slice) {
            let step = match answer {
                Answer::Done => CardStep::Verification,
                Answer::Refused(_) => CardStep::Revocation,
            };
            let by = (who.actor(), now);
            self.step((card, holder), step, StepReason::None, by)
                .await?;
        }
        Ok(true)
    }

    /// Erases requests answered before an instant, and those that were made before it and never answered.
    pub async fn erase_requests(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from requests where coalesce(answered_at, created_at) < $1")
                .bind(before)
        )?;
        Ok(done)
    }

    async fn requests_of(&mut self, holder: HolderId) -> Result<Vec<Request>, Error> {
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, holder_id, state, reason, sealed, card_id, created_at, answered_at from requests
                 where holder_id = $1 order by created_at desc, id desc limit $2",
            )
            .bind(holder)
            .bind(SHOWN)
            .fetch_all(conn)
        })?;
        rows.into_iter().map(|row| self.request_of(row)).collect()
    }

    fn request_of(&self, row: Row) -> Result<Request, Error> {
        let (id, holder, state, reason, sealed, card, created, answered) = row;
        Ok(Request {
            id,
            holder,
            asked: self.keys.sealer().open(PLACE, &sealed)?,
            card: card.as_deref().and_then(CardId::from_slice),
            state,
            reason,
            created,
            answered,
        })
    }
}
