//! Invitations: one-time links by which an officer sets a password and enrols TOTP.
//!
//! Only a hash of the link's token is kept. A new link voids the officer's older ones.

use crate::dialect::{execute, run};
use crate::officers::{self, Officer, TOTP_PLACE};
use crate::{Error, Tx};
use domain::ids::OfficerId;
use domain::role::{Authorized, ChangeOfficer, OfficerScope};
use domain::time::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// How long a link lives.
pub const INVITATION_LENGTH: Duration = Duration::from_secs(7 * 86_400);

/// The set-up link is an invitation to nobody yet.
pub(crate) const NOBODY: OfficerId = OfficerId(Uuid::nil());

/// What an invited officer brings.
#[derive(Clone, Copy, Debug)]
pub struct Enrolment<'a> {
    /// The password's argon2id hash.
    pub password_hash: &'a str,
    /// The TOTP secret.
    pub totp: &'a [u8],
    /// The step of the code that confirmed it: spent.
    pub totp_step: i64,
}

impl Tx {
    /// Makes a new link for an officer who is to enrol again.
    pub async fn invite(
        &mut self,
        who: &Authorized<ChangeOfficer, OfficerScope>,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.insert_invitation(who.scope().officer, token, now)
            .await
    }

    pub(crate) async fn insert_invitation(
        &mut self,
        officer: OfficerId,
        token: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let hash = self.keys.sealer().hash("invitation", token);
        self.end_invitations(officer).await?;
        execute!(
            self,
            sqlx::query(
                "insert into invitations (token_hash, officer_id, expires_at)
                 values ($1, $2, $3)",
            )
            .bind(hash)
            .bind(officer)
            .bind(now.plus(INVITATION_LENGTH))
        )?;
        Ok(())
    }

    /// The officer a live link is for; nothing when it was used, replaced, ran out, or the
    /// officer is suspended.
    pub async fn invitation(
        &mut self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Officer>, Error> {
        let hash = self.keys.sealer().hash("invitation", token);
        let found: Option<officers::Row> = run!(self, |conn| {
            sqlx::query_as(
                "select o.id, o.login, o.name, o.role, o.unit_path, o.password_hash is not null,
                        o.suspended, o.created_at
                 from invitations i join officers o on o.id = i.officer_id
                 where i.token_hash = $1 and i.expires_at > $2 and o.suspended = false",
            )
            .bind(hash)
            .bind(now)
            .fetch_optional(conn)
        })?;
        Ok(found.map(officers::officer))
    }

    /// Enrols the officer a live link is for, and ends the link. Nothing happens when the link
    /// is not live.
    pub async fn accept_invitation(
        &mut self,
        token: &str,
        enrolment: Enrolment<'_>,
        now: Timestamp,
    ) -> Result<Option<Officer>, Error> {
        let Some(officer) = self.invitation(token, now).await? else {
            return Ok(None);
        };
        let sealed = self.keys.sealer().seal_bytes(TOTP_PLACE, enrolment.totp);
        execute!(
            self,
            sqlx::query(
                "update officers set password_hash = $2, totp = $3, totp_step = $4 where id = $1",
            )
            .bind(officer.id)
            .bind(enrolment.password_hash)
            .bind(sealed)
            .bind(enrolment.totp_step)
        )?;
        self.end_officer_sessions(officer.id).await?;
        self.end_invitations(officer.id).await?;
        self.end_invitations(NOBODY).await?;
        Ok(Some(officer))
    }

    pub(crate) async fn end_invitations(&mut self, officer: OfficerId) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query("delete from invitations where officer_id = $1").bind(officer)
        )?;
        Ok(())
    }

    /// Erases links that ran out before an instant.
    pub async fn erase_invitations(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from invitations where expires_at < $1").bind(before)
        )?;
        Ok(done)
    }
}
