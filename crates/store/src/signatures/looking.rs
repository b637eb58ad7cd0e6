//! What the signer's register is asked.

use super::Register;
use crate::Error;
use crate::dialect::list;
use domain::card::Claims;
use domain::ids::CardId;
use domain::time::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// How many cards one statement names.
const AT_ONCE: usize = 200;

/// What the register knows of cards.
#[derive(Debug, Default)]
pub struct Known {
    /// What they claim.
    pub claims: HashMap<CardId, Claims>,
    /// Which key signed which card already.
    pub signed: HashSet<(CardId, [u8; 4])>,
}

/// A card that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedLine {
    /// Counts the lines; a later signature has a higher one.
    pub n: i64,
    /// The card.
    pub card: CardId,
    /// When it was signed first with its key.
    pub at: Timestamp,
}

/// Which register it is, and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Drawn when the file was made: a register that was lost and made anew has another.
    pub id: i64,
    /// The last line of signatures that there ever was.
    pub last: i64,
    /// One place more than the highest that was given.
    pub next_place: i64,
}

impl Register {
    /// Which register it is, and how far it has come.
    pub async fn identity(&self) -> Result<Identity, Error> {
        let sql = "select value, coalesce((select seq from sqlite_sequence where name = 'signatures'), 0),
                     coalesce((select value from places where name = 'given'), 0)
                   from places where name = $1";
        let query = sqlx::query_as(sql).bind(super::NUMBER);
        let (id, last, next_place) = query.fetch_one(self.pool().await?).await?;
        Ok(Identity {
            id,
            last,
            next_place,
        })
    }

    /// What it knows of some cards.
    pub async fn known(&self, cards: &[CardId]) -> Result<Known, Error> {
        let mut known = Known::default();
        let mut tx = self.pool().await?.begin().await?;
        for some in cards.chunks(AT_ONCE) {
            let places = list(1, some.len());
            let sql = format!(
                "select id, status_index, issued_at, expires_at from claims where id in ({places})"
            );
            let mut query =
                sqlx::query_as::<_, (Vec<u8>, i64, Timestamp, Timestamp)>(AssertSqlSafe(sql));
            for card in some {
                query = query.bind(card.0.as_slice());
            }
            for (id, index, issued, expires) in query.fetch_all(&mut *tx).await? {
                let id = card_id(&id)?;
                let status_index =
                    u32::try_from(index).map_err(|_| Error::Damaged("claims.status_index"))?;
                let claims = Claims {
                    id,
                    status_index,
                    issued,
                    expires,
                };
                known.claims.insert(id, claims);
            }
            let sql = format!("select card_id, key from signatures where card_id in ({places})");
            let mut query = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(AssertSqlSafe(sql));
            for card in some {
                query = query.bind(card.0.as_slice());
            }
            for (id, key) in query.fetch_all(&mut *tx).await? {
                let key = key.try_into();
                let key = key.map_err(|_| Error::Damaged("signatures.key"))?;
                known.signed.insert((card_id(&id)?, key));
            }
        }
        Ok(known)
    }

    /// Cards that were signed after a line, up to the first that was not signed before an instant, in order, at most so
    /// many: whoever goes on from the last has passed over none, also when a clock was turned back.
    pub async fn signed(
        &self,
        after: i64,
        before: Timestamp,
        most: u32,
    ) -> Result<Vec<SignedLine>, Error> {
        let sql = "select n, card_id, signed_at from signatures
                   where n > $1 and n < coalesce((select min(n) from signatures where n > $1 and signed_at >= $2), $4)
                   order by n limit $3";
        let query = sqlx::query_as::<_, (i64, Vec<u8>, Timestamp)>(sql);
        let query = query.bind(after).bind(before).bind(most).bind(i64::MAX);
        let found = query.fetch_all(self.pool().await?).await?;
        let line = |(n, card, at): (i64, Vec<u8>, Timestamp)| {
            let card = card_id(&card)?;
            Ok(SignedLine { n, card, at })
        };
        found.into_iter().map(line).collect()
    }

    /// How many cards that are still valid a key signed.
    pub async fn signed_by(&self, key: [u8; 4], now: Timestamp) -> Result<u64, Error> {
        let sql = "select count(*) from signatures s join claims c on c.id = s.card_id
                   where s.key = $1 and c.expires_at > $2";
        let query = sqlx::query_scalar::<_, i64>(sql).bind(key.as_slice());
        let found = query.bind(now).fetch_one(self.pool().await?).await?;
        Ok(found.unsigned_abs())
    }

    /// Writes a whole copy, as of now, to a new file.
    pub async fn copy(&self, to: &Path) -> Result<(), Error> {
        let to = to.display().to_string();
        let query = sqlx::query("vacuum into $1").bind(to);
        query.execute(self.pool().await?).await?;
        Ok(())
    }
}

fn card_id(bytes: &[u8]) -> Result<CardId, Error> {
    CardId::from_slice(bytes).ok_or(Error::Damaged("signatures.card_id"))
}
