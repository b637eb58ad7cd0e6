//! Sessions: a 256-bit token in a cookie, kept as its hash, ended the moment it should end.

use crate::dialect::{execute, run};
use crate::units::parse_path;
use crate::{Error, Tx, holders};
use domain::holder::HolderDetails;
use domain::ids::{HolderId, OfficerId};
use domain::role::{Actor, Authorized, HolderScope, OfficerRole, UseOwnData};
use domain::time::Timestamp;
use domain::unit::UnitCode;
use std::time::Duration;

/// How long a phone stays signed in: 90 days, since a code must work at a gate without SMS.
pub const HOLDER_SESSION: Duration = Duration::from_secs(90 * 86_400);
/// How long an officer stays signed in: one working day.
pub const OFFICER_SESSION: Duration = Duration::from_secs(10 * 3600);

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionOf {
    /// A person who proved a phone; an unverified one has no session, but a cookie of the browser.
    Holder(HolderId),
    /// An officer who proved password and TOTP.
    Officer(OfficerId),
}

impl Tx {
    /// Begins a session for a token of which only the hash is kept.
    pub async fn begin_session(
        &mut self,
        token: &str,
        of: SessionOf,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (holder, officer, length) = match of {
            SessionOf::Holder(id) => (Some(id), None, HOLDER_SESSION),
            SessionOf::Officer(id) => (None, Some(id), OFFICER_SESSION),
        };
        let hash = self.keys.sealer().hash("session", token);
        execute!(
            self,
            sqlx::query(
                "insert into sessions (token_hash, holder_id, officer_id, expires_at)
                 values ($1, $2, $3, $4)",
            )
            .bind(hash)
            .bind(holder)
            .bind(officer)
            .bind(now.plus(length))
        )?;
        Ok(())
    }

    /// Who a token speaks for now, and the bearer's own name; nothing when it ended or the officer
    /// is suspended.
    pub async fn session(
        &mut self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(Actor, String)>, Error> {
        type Row = (
            Option<HolderId>,
            Option<Vec<u8>>,
            Option<OfficerId>,
            Option<String>,
            Option<OfficerRole>,
            Option<String>,
            Option<bool>,
        );
        let hash = self.keys.sealer().hash("session", token);
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select h.id, h.sealed, o.id, o.name, o.role, o.unit_path, o.suspended
                 from sessions s
                 left join holders h on h.id = s.holder_id
                 left join officers o on o.id = s.officer_id
                 where s.token_hash = $1 and s.expires_at > $2",
            )
            .bind(hash)
            .bind(now)
            .fetch_optional(conn)
        })?;
        Ok(match row {
            Some((Some(holder), Some(sealed), ..)) => {
                let details: HolderDetails = self.keys.sealer().open(holders::PLACE, &sealed)?;
                Some((Actor::Holder(holder), details.name.as_str().to_owned()))
            }
            Some((_, _, Some(id), Some(name), Some(role), Some(path), Some(false))) => {
                let unit = parse_path(&path).0.pop().unwrap_or_else(UnitCode::nation);
                Some((Actor::Officer { id, role, unit }, name))
            }
            _ => None,
        })
    }

    /// Ends one session, and with it the key of the phone that bore it.
    pub async fn end_session(&mut self, token: &str, now: Timestamp) -> Result<(), Error> {
        let hash = self.keys.sealer().hash("session", token);
        self.end_phone_keys_of(&hash, now).await?;
        execute!(
            self,
            sqlx::query("delete from sessions where token_hash = $1").bind(hash)
        )?;
        Ok(())
    }

    /// Ends every session of a person, and every phone's key.
    pub async fn end_own_sessions(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        now: Timestamp,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "update phone_keys set ended_at = $2 where ended_at is null
                   and card_id in (select id from cards where holder_id = $1)",
            )
            .bind(who.scope().holder)
            .bind(now)
        )?;
        execute!(
            self,
            sqlx::query("delete from sessions where holder_id = $1").bind(who.scope().holder)
        )?;
        Ok(())
    }

    /// Ends every session of an officer.
    pub(crate) async fn end_officer_sessions(&mut self, officer: OfficerId) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query("delete from sessions where officer_id = $1").bind(officer)
        )?;
        Ok(())
    }

    /// Erases sessions that ended before an instant.
    pub async fn erase_sessions(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from sessions where expires_at < $1").bind(before)
        )?;
        Ok(done)
    }
}
