//! One-time codes, of which only a keyed hash is kept. A phone has one live code a purpose and asker, and at most those of the last two
//! askers: whoever has a code sent to somebody's phone must not void the one that its owner is about to type. Nor may they guess it
//! away: what is typed is compared with, and counted against, the codes that the same asker had sent.

use crate::dialect::{execute, run};
use crate::{Error, Tx, new_id};
use domain::otp::{LOCK, OtpCode, OtpPurpose, RESEND, TRIES};
use domain::phone::Phone;
use domain::time::Timestamp;
use sqlx::AssertSqlSafe;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Length of a keyed hash.
const HASH: usize = 16;
/// The codes of a phone ($1) and purpose ($2) that are neither used nor past ($3).
const LIVE: &str = "phone_hash = $1 and purpose = $2 and used_at is null and expires_at > $3";
/// Those that an asker ($4, empty for anybody) had sent: the second of the two hashes.
const ASKED: &str = "(substr(sealed, 17) = $4 or length($4) = 0)";

/// What was typed for a code.
#[derive(Clone, Copy, Debug)]
pub struct Guess<'a> {
    /// The digits; what is no code at all (`None`) counts as a try, too.
    pub code: Option<&'a OtpCode>,
    /// What only the browser knows that types it: whoever saw the code elsewhere is not taken for its second click.
    pub step: &'a str,
    /// Who had the code sent, as [`add_otp`](Tx::add_otp) was told; nobody for a code that is read out to others than its asker:
    /// there every guess is one at all.
    pub asker: Option<&'a str>,
}

/// What a typed code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpCheck {
    /// The code that was sent; it is used up now.
    Right,
    /// The code that was sent and used up a moment ago, in this very step: a second click.
    Again,
    /// Another one. So many tries are left.
    Wrong(i32),
    /// There is no code to compare with, or its time has passed.
    Expired,
    /// The code was guessed at too often and is dead.
    Locked,
}

/// Why no new code may be made now, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpWait {
    /// The last one was sent a moment ago.
    Sent(Timestamp),
    /// Whoever asks used up the tries of the last one.
    Locked(Timestamp),
}

impl Tx {
    /// Whether the one who asks must wait before another code is made. Only who asked for a code
    /// can be locked by guessing at it: nobody can lock a phone's owner out from elsewhere.
    pub async fn otp_wait(
        &mut self,
        phone: &Phone,
        purpose: OtpPurpose,
        asker: &str,
        now: Timestamp,
    ) -> Result<Option<OtpWait>, Error> {
        let asker = self.keys.sealer().hash("otp asker", asker);
        let phone = self.keys.sealer().hash("phone", &phone.e164());
        type Row = (Vec<u8>, i32, Timestamp, Timestamp);
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select sealed, tries_left, created_at, expires_at from otps
                 where phone_hash = $1 and purpose = $2 and used_at is null
                 order by created_at desc",
            )
            .bind(phone)
            .bind(purpose)
            .fetch_all(conn)
        })?;
        let own = rows.iter().filter(|row| row.0.get(HASH..) == Some(&asker));
        let wait = |(_, tries_left, created, expires): &Row| {
            let again = created.plus(RESEND);
            if *tries_left <= 0 && now < *expires {
                Some(OtpWait::Locked(*expires))
            } else {
                (now < again).then_some(OtpWait::Sent(again))
            }
        };
        Ok(own.filter_map(wait).next())
    }

    /// Keeps a new code for a phone and purpose. Of those before it the newest that somebody else asked for stays good, and no other.
    pub async fn add_otp(
        &mut self,
        phone: &Phone,
        purpose: OtpPurpose,
        asker: &str,
        code: &OtpCode,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = new_id(now);
        let asker = self.keys.sealer().hash("otp asker", asker);
        let sealed = [self.code_hash(id, code), asker].concat();
        let phone = self.keys.sealer().hash("phone", &phone.e164());
        let live = "select id, sealed from otps
                    where phone_hash = $1 and purpose = $2 and used_at is null and expires_at > $3 and tries_left > 0
                    order by created_at desc, id desc";
        let live: Vec<(Uuid, Vec<u8>)> = run!(self, |conn| {
            sqlx::query_as(live)
                .bind(phone.as_slice())
                .bind(purpose)
                .bind(now)
                .fetch_all(conn)
        })?;
        let stays = live
            .iter()
            .position(|(_, kept)| kept.get(HASH..) != sealed.get(HASH..));
        for (at, (old, _)) in live.iter().enumerate() {
            if Some(at) != stays {
                self.end_otp(*old, now).await?;
            }
        }
        execute!(
            self,
            sqlx::query(
                "insert into otps (id, phone_hash, purpose, sealed, tries_left, created_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(id)
            .bind(phone)
            .bind(purpose)
            .bind(sealed)
            .bind(TRIES)
            .bind(now)
            .bind(now.plus(purpose.validity()))
        )?;
        Ok(())
    }

    /// Compares a typed code with those that the same asker had sent. The try is counted before it is compared, so that
    /// guesses sent side by side do not share one; a code is right once, unless its purpose repeats:
    /// then only the wrong tries count, and all of them do.
    pub async fn check_otp(
        &mut self,
        phone: &Phone,
        purpose: OtpPurpose,
        guess: Guess<'_>,
        now: Timestamp,
    ) -> Result<OtpCheck, Error> {
        let phone = self.keys.sealer().hash("phone", &phone.e164());
        let step = self.keys.sealer().hash("otp step", guess.step);
        let asker = guess.asker;
        let asker = asker.map(|asker| self.keys.sealer().hash("otp asker", asker));
        let asker = asker.unwrap_or_default();
        let sql = format!(
            "update otps set tries_left = tries_left - 1
             where {LIVE} and tries_left > 0 and {ASKED}
             returning id, sealed, tries_left"
        );
        let tried: Vec<(Uuid, Vec<u8>, i32)> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(phone.as_slice())
                .bind(purpose)
                .bind(now)
                .bind(asker.as_slice())
                .fetch_all(conn)
        })?;
        if tried.is_empty() {
            if self
                .used_otp(&phone, purpose, (guess.code, &step), now)
                .await?
            {
                return Ok(OtpCheck::Again);
            }
            return self.dead_otp(&phone, purpose, &asker, now).await;
        }
        let mut right = None;
        for (id, sealed, _) in &tried {
            let kept = sealed.get(..HASH).ok_or(Error::Damaged("otps.sealed"))?;
            let same = |code| bool::from(kept.ct_eq(&self.code_hash(*id, code)));
            if guess.code.is_some_and(same) {
                right = Some((*id, [kept, &step].concat()));
            }
        }
        match right {
            Some(_) if purpose.repeats() => self.give_back(&tried).await?,
            Some(used) => self.use_otp(used, (&phone, purpose), now).await?,
            None => return self.wrong_otp(&tried, now).await,
        }
        Ok(OtpCheck::Right)
    }

    /// Gives the tries back of a code that was right and stays so.
    async fn give_back(&mut self, tried: &[(Uuid, Vec<u8>, i32)]) -> Result<(), Error> {
        for (id, ..) in tried {
            let sql = "update otps set tries_left = tries_left + 1 where id = $1";
            execute!(self, sqlx::query(sql).bind(id))?;
        }
        Ok(())
    }

    /// Uses a code up; all others of that phone and purpose are done with, whoever asked for them.
    async fn use_otp(
        &mut self,
        (used, sealed): (Uuid, Vec<u8>),
        (phone, purpose): (&[u8], OtpPurpose),
        now: Timestamp,
    ) -> Result<(), Error> {
        let sql = "update otps set used_at = $2, sealed = $3 where id = $1";
        execute!(self, sqlx::query(sql).bind(used).bind(now).bind(sealed))?;
        let sql = format!("update otps set expires_at = $3 where {LIVE} and tries_left > 0");
        execute!(
            self,
            sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(phone)
                .bind(purpose)
                .bind(now)
        )?;
        Ok(())
    }

    /// What becomes of codes of which none was typed: those without tries are dead, each as the lock of whoever asked for it.
    async fn wrong_otp(
        &mut self,
        tried: &[(Uuid, Vec<u8>, i32)],
        now: Timestamp,
    ) -> Result<OtpCheck, Error> {
        for (id, ..) in tried.iter().filter(|(.., left)| *left <= 0) {
            self.end_otp(*id, now.plus(LOCK)).await?;
        }
        let left = tried.iter().map(|(.., left)| *left).max();
        Ok(match left.unwrap_or_default() {
            ..=0 => OtpCheck::Locked,
            left => OtpCheck::Wrong(left),
        })
    }

    /// Lets a code end at an instant.
    async fn end_otp(&mut self, id: Uuid, at: Timestamp) -> Result<(), Error> {
        let sql = "update otps set expires_at = $2 where id = $1";
        execute!(self, sqlx::query(sql).bind(id).bind(at))?;
        Ok(())
    }

    /// Erases codes whose time passed before an instant.
    pub async fn erase_otps(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from otps where expires_at < $1").bind(before)
        )?;
        Ok(done)
    }

    /// Whether it is a code that was used in this step, within the time in which another cannot be
    /// had.
    async fn used_otp(
        &mut self,
        phone: &[u8],
        purpose: OtpPurpose,
        (typed, step): (Option<&OtpCode>, &[u8]),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(typed) = typed else {
            return Ok(false);
        };
        let used: Vec<(Uuid, Vec<u8>)> = run!(self, |conn| {
            sqlx::query_as(
                "select id, sealed from otps
                 where phone_hash = $1 and purpose = $2 and used_at > $3",
            )
            .bind(phone)
            .bind(purpose)
            .bind(now.minus(RESEND))
            .fetch_all(conn)
        })?;
        let same = |(id, sealed): &(Uuid, Vec<u8>)| {
            let expected = [&self.code_hash(*id, typed), step].concat();
            bool::from(sealed.ct_eq(&expected))
        };
        Ok(used.iter().any(same))
    }

    async fn dead_otp(
        &mut self,
        phone: &[u8],
        purpose: OtpPurpose,
        asker: &[u8],
        now: Timestamp,
    ) -> Result<OtpCheck, Error> {
        let sql = format!("select id from otps where {LIVE} and {ASKED}");
        let guessed: Option<(Uuid,)> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(phone)
                .bind(purpose)
                .bind(now)
                .bind(asker)
                .fetch_optional(conn)
        })?;
        Ok(guessed.map_or(OtpCheck::Expired, |_| OtpCheck::Locked))
    }

    fn code_hash(&self, id: Uuid, code: &OtpCode) -> Vec<u8> {
        let text = format!("{id} {}", code.as_str());
        self.keys.sealer().hash("otp", &text)
    }
}
