//! What is noted in the signer's register, many entries in one commit.

use super::{Entry, Register, Told, Waiting};
use crate::Error;
use domain::card::{CARD_VALIDITY, Card, Claims};
use domain::ids::CardId;
use domain::time::Timestamp;
use sqlx::{Sqlite, Transaction};
use std::mem;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::oneshot;

type Tx = Transaction<'static, Sqlite>;

/// The counter of places that were given.
const GIVEN: &str = "given";
const DAY: i64 = 86_400;

impl Register {
    /// Notes that cards are signed with keys; a pair that is noted already changes nothing.
    pub async fn note_signed(
        &self,
        cards: Vec<(CardId, [u8; 4])>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.noted(Entry::Signatures(cards), now).await.map(drop)
    }

    /// Notes that a phone is vouched for.
    pub async fn note_phone(
        &self,
        card: CardId,
        phone: [u8; 32],
        now: Timestamp,
    ) -> Result<(), Error> {
        self.noted(Entry::Phone(card, phone), now).await.map(drop)
    }

    /// Counts a list or a bundle that is signed on a day.
    pub async fn note_seal(&self, kind: &str, now: Timestamp) -> Result<(), Error> {
        let sql = "insert into seals (day, kind, count) values ($1, $2, 1)
                   on conflict (day, kind) do update set count = seals.count + 1";
        let day = now.seconds().div_euclid(DAY);
        let query = sqlx::query(sql).bind(day).bind(kind);
        query.execute(self.pool().await?).await?;
        Ok(())
    }

    /// Takes cards into the register as if it had allotted them: for people who are made up.
    pub async fn adopt(&self, cards: &[Card]) -> Result<(), Error> {
        let mut tx = self.pool().await?.begin_with("begin immediate").await?;
        let mut end = 0;
        for card in cards {
            end = end.max(i64::from(card.status_index) + 1);
            let claims = Claims {
                id: card.id,
                status_index: card.status_index,
                issued: card.issued,
                expires: card.expires,
            };
            insert(&mut tx, ADOPT, &claims).await?;
        }
        count(&mut tx, GIVEN, |given| given.max(end)).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets cards whose time has passed, and what was noted of them. Their places stay given.
    pub async fn forget(&self, now: Timestamp) -> Result<u64, Error> {
        let old = now
            .minus(CARD_VALIDITY)
            .minus(Duration::from_secs(7 * 86_400));
        let mut tx = self.pool().await?.begin_with("begin immediate").await?;
        let mut gone = 0;
        for (sql, before) in [
            ("delete from claims where expires_at <= $1", now),
            ("delete from signatures where signed_at <= $1", old),
            ("delete from phones where signed_at <= $1", old),
        ] {
            let done = sqlx::query(sql).bind(before).execute(&mut *tx).await?;
            gone += done.rows_affected();
        }
        let day = old.seconds().div_euclid(DAY);
        sqlx::query("delete from seals where day < $1")
            .bind(day)
            .execute(&mut *tx)
            .await?;
        let today = format!("day {}", now.seconds().div_euclid(DAY));
        sqlx::query("delete from places where name not in ('given', 'register') and name <> $1")
            .bind(today)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Waits until an entry is on disk, with whatever else waits.
    pub(super) async fn noted(&self, entry: Entry, now: Timestamp) -> Told {
        let (reply, told) = oneshot::channel();
        self.waiting().push(Waiting { entry, now, reply });
        let register = self.clone();
        // Who asked may go away; those who wait with it may not.
        tokio::spawn(async move {
            let _turn = register.0.turn.lock().await;
            let all = mem::take(&mut *register.waiting());
            if !all.is_empty() {
                register.write(all).await;
            }
        });
        let lost = || Error::Signer("the register was not written".to_owned());
        told.await.unwrap_or_else(|_| Err(lost()))
    }

    async fn write(&self, all: Vec<Waiting>) {
        let mut done = Vec::with_capacity(all.len());
        let written = async {
            let mut tx = self.pool().await?.begin_with("begin immediate").await?;
            for one in &all {
                done.push(self.enter(&mut tx, &one.entry, one.now).await?);
            }
            tx.commit().await?;
            Ok::<_, Error>(())
        };
        let written = written.await;
        match written {
            Ok(()) => {
                for (one, told) in all.into_iter().zip(done) {
                    // The asker may have gone.
                    let _ = one.reply.send(told);
                }
            }
            Err(error) => {
                for one in all {
                    let _ = one.reply.send(Err(error.alike()));
                }
            }
        }
    }

    /// One entry. What a bound forbids is told to its asker alone, and leaves the others' entries.
    async fn enter(&self, tx: &mut Tx, entry: &Entry, now: Timestamp) -> Result<Told, Error> {
        match entry {
            Entry::Allotment(count) => self.allotted(tx, *count, now).await,
            Entry::Signatures(cards) => {
                for (card, key) in cards {
                    let sql = "insert into signatures (card_id, key, signed_at)
                               values ($1, $2, $3) on conflict do nothing";
                    let query = sqlx::query(sql).bind(card.0.as_slice());
                    let query = query.bind(key.as_slice()).bind(now);
                    query.execute(&mut **tx).await?;
                }
                Ok(Ok(Vec::new()))
            }
            Entry::Phone(card, phone) => {
                let sql = "insert into phones (card_id, phone, signed_at) values ($1, $2, $3)";
                let query = sqlx::query(sql).bind(card.0.as_slice());
                let query = query.bind(phone.as_slice()).bind(now);
                query.execute(&mut **tx).await?;
                Ok(Ok(Vec::new()))
            }
        }
    }

    async fn allotted(&self, tx: &mut Tx, wanted: u32, now: Timestamp) -> Result<Told, Error> {
        let bounds = self.0.bounds;
        let (wanted, second) = (i64::from(wanted), now.seconds());
        let today = format!("day {}", second.div_euclid(DAY));
        if value(tx, &today).await? + wanted > i64::from(bounds.per_day) {
            return Ok(Err(Error::Limit((DAY - second.rem_euclid(DAY)) as u32)));
        }
        count(tx, &today, |given| given + wanted).await?;
        let end = count(tx, GIVEN, |given| {
            given.max(i64::from(bounds.first)) + wanted
        })
        .await?;
        let issued = Timestamp::from_seconds(second);
        let mut claims = Vec::with_capacity(wanted as usize);
        for index in end - wanted..end {
            let one = Claims {
                id: CardId(rand::random()),
                status_index: u32::try_from(index).map_err(|_| Error::Damaged("places.value"))?,
                issued,
                expires: issued.plus(CARD_VALIDITY),
            };
            insert(tx, INSERT, &one).await?;
            claims.push(one);
        }
        Ok(Ok(claims))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

const INSERT: &str =
    "insert into claims (status_index, id, issued_at, expires_at) values ($1, $2, $3, $4)";
/// The same card may be taken in twice.
const ADOPT: &str = "insert into claims (status_index, id, issued_at, expires_at)
    values ($1, $2, $3, $4) on conflict do nothing";

async fn insert(tx: &mut Tx, sql: &'static str, one: &Claims) -> Result<(), Error> {
    let query = sqlx::query(sql)
        .bind(i64::from(one.status_index))
        .bind(one.id.0.as_slice())
        .bind(one.issued)
        .bind(one.expires);
    query.execute(&mut **tx).await?;
    Ok(())
}

async fn value(tx: &mut Tx, name: &str) -> Result<i64, Error> {
    let sql = "select value from places where name = $1";
    let query = sqlx::query_scalar(sql).bind(name);
    Ok(query.fetch_optional(&mut **tx).await?.unwrap_or(0))
}

/// Changes a counter and says what it is then. The transaction holds the file for itself.
async fn count(tx: &mut Tx, name: &str, change: impl Fn(i64) -> i64) -> Result<i64, Error> {
    let next = change(value(tx, name).await?);
    let sql = "insert into places (name, value) values ($1, $2)
               on conflict (name) do update set value = excluded.value";
    let query = sqlx::query(sql).bind(name).bind(next);
    query.execute(&mut **tx).await?;
    Ok(next)
}
