//! Keys of phones: which phones may show a code that changes, for which card.

use crate::dialect::{execute, run};
use crate::{Error, Tx, new_id};
use domain::ids::{CardId, PhoneKeyId};
use domain::phone_key::{MOST, PhoneKeyHash};
use domain::role::{Authorized, HolderScope, UseOwnData};
use domain::time::Timestamp;

/// What became of a key that a phone brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was not known before, and is now.
    New(PhoneKeyId),
    /// This browser had it for this card already; its end is later now.
    Renewed(PhoneKeyId),
    /// It ended, or is another browser's or another card's: the phone must make another. Or the session has ended meanwhile.
    Refused,
}

impl Tx {
    /// Keeps the key of the browser that bears a session, for a card of the session's holder, until its credential ends.
    /// Any other key of this browser ends, and of more than [`MOST`] the oldest.
    pub async fn keep_phone_key(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        token: &str,
        (card, key): (CardId, PhoneKeyHash),
        (now, expires): (Timestamp, Timestamp),
    ) -> Result<Kept, Error> {
        type Row = (PhoneKeyId, Vec<u8>, Vec<u8>, Option<Timestamp>);
        let session = self.keys.sealer().hash("session", token);
        let known: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, card_id, session_hash, ended_at from phone_keys where key_hash = $1",
            )
            .bind(key.0.as_slice())
            .fetch_optional(conn)
        })?;
        if let Some((id, of, bearer, ended)) = known {
            if of != card.0 || bearer != session || ended.is_some() {
                return Ok(Kept::Refused);
            }
            execute!(
                self,
                sqlx::query("update phone_keys set expires_at = $2 where id = $1")
                    .bind(id)
                    .bind(expires)
            )?;
            return Ok(Kept::Renewed(id));
        }
        self.end_phone_keys_of(&session, now).await?;
        let id = PhoneKeyId(new_id(now));
        let added = execute!(
            self,
            sqlx::query(
                "insert into phone_keys (id, card_id, key_hash, session_hash, created_at, expires_at)
                 select $1, c.id, $3, $4, $5, $6 from cards c
                 where c.id = $2 and c.holder_id = $7 and c.state = 'active'
                   and exists (select 1 from sessions where token_hash = $4)",
            )
            .bind(id)
            .bind(card.0.as_slice())
            .bind(key.0.as_slice())
            .bind(session)
            .bind(now)
            .bind(expires)
            .bind(who.scope().holder)
        )?;
        if added == 0 {
            return Ok(Kept::Refused);
        }
        self.end_phones_beyond(who, now).await?;
        Ok(Kept::New(id))
    }

    /// The key of the browser that bears a session, and the card it shows, while it is good.
    pub async fn own_phone_key(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(PhoneKeyId, CardId)>, Error> {
        let session = self.keys.sealer().hash("session", token);
        let found: Option<(PhoneKeyId, Vec<u8>)> = run!(self, |conn| {
            sqlx::query_as(
                "select p.id, p.card_id from phone_keys p join cards c on c.id = p.card_id
                 where p.session_hash = $1 and p.ended_at is null and p.expires_at > $2
                   and c.holder_id = $3 and c.state = 'active'",
            )
            .bind(session)
            .bind(now)
            .bind(who.scope().holder)
            .fetch_optional(conn)
        })?;
        let card =
            |card: Vec<u8>| CardId::from_slice(&card).ok_or(Error::Damaged("phone_keys.card_id"));
        found.map(|(id, of)| Ok((id, card(of)?))).transpose()
    }

    /// Ends the oldest keys of a person who has more than [`MOST`].
    async fn end_phones_beyond(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let active: Vec<(PhoneKeyId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select p.id from phone_keys p join cards c on c.id = p.card_id
                 where c.holder_id = $1 and p.ended_at is null and p.expires_at > $2
                 order by p.created_at desc, p.id desc",
            )
            .bind(who.scope().holder)
            .bind(now)
            .fetch_all(conn)
        })?;
        for (old,) in active.into_iter().skip(MOST) {
            execute!(
                self,
                sqlx::query("update phone_keys set ended_at = $2 where id = $1")
                    .bind(old)
                    .bind(now)
            )?;
        }
        Ok(())
    }

    /// Ends the keys of one session, as it ends.
    pub(crate) async fn end_phone_keys_of(
        &mut self,
        session: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "update phone_keys set ended_at = $2 where session_hash = $1 and ended_at is null",
            )
            .bind(session)
            .bind(now)
        )?;
        Ok(())
    }

    /// Erases keys whose credentials ended before an instant, since when no scan that is kept can name them.
    pub async fn erase_phone_keys(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from phone_keys where expires_at < $1").bind(before)
        )?;
        Ok(done)
    }
}
