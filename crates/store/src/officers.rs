//! Officers: who holds which office for which unit, and what proves it at sign-in.

use crate::dialect::{execute, run};
use crate::units::{parse_path, path_bounds, path_text};
use crate::{Error, Tx};
use domain::ids::OfficerId;
use domain::role::{
    Authorized, ChangeOfficer, ChangeOwnPassword, InviteOfficer, ListOfficers, OfficerRole,
    OfficerScope, UnitScope,
};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use zeroize::Zeroizing;

pub(crate) const TOTP_PLACE: &str = "officers.totp";

/// An officer as the office's list shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    /// The officer.
    pub id: OfficerId,
    /// The name to sign in with.
    pub login: String,
    /// The officer's own name.
    pub name: String,
    /// The office.
    pub role: OfficerRole,
    /// The unit it is held for.
    pub unit: UnitPath,
    /// Whether a password and a TOTP secret are set.
    pub enrolled: bool,
    /// Whether the office is suspended.
    pub suspended: bool,
    /// Since when.
    pub created: Timestamp,
}

/// What sign-in compares with.
#[derive(Debug)]
pub struct Credentials {
    /// The officer.
    pub id: OfficerId,
    /// The name to sign in with.
    pub login: String,
    /// The office.
    pub role: OfficerRole,
    /// The password's argon2id hash.
    pub password_hash: String,
    /// The TOTP secret.
    pub totp: Zeroizing<Vec<u8>>,
    /// The last TOTP step that was used; it and those before it are spent.
    pub totp_step: i64,
}

/// Where a page of officers begins: after this unit path and login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfficerKey {
    /// The path, as [`Officer::key`] writes it.
    pub path: String,
    /// The login.
    pub login: String,
}

type Proof = (OfficerId, String, OfficerRole, String, Vec<u8>, i64);

pub(crate) type Row = (
    OfficerId,
    String,
    String,
    OfficerRole,
    String,
    bool,
    bool,
    Timestamp,
);

pub(crate) fn officer((id, login, name, role, path, enrolled, suspended, created): Row) -> Officer {
    Officer {
        id,
        login,
        name,
        role,
        unit: parse_path(&path),
        enrolled,
        suspended,
        created,
    }
}

impl Officer {
    /// Where the page after this officer begins.
    pub fn key(&self) -> OfficerKey {
        OfficerKey {
            path: path_text(&self.unit),
            login: self.login.clone(),
        }
    }

    /// The scope in which this officer is changed.
    pub fn scope(&self) -> OfficerScope {
        OfficerScope {
            officer: self.id,
            role: self.role,
            unit: self.unit.clone(),
        }
    }
}

impl Tx {
    /// Adds an officer, who enrols by the link of this token. Fails with `Conflict(OfficerLogin)`
    /// when the login is taken.
    pub async fn add_officer(
        &mut self,
        who: &Authorized<InviteOfficer, OfficerScope>,
        (login, name): (&str, &str),
        token: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.insert_officer(who.scope(), login, name, now).await?;
        self.insert_invitation(who.scope().officer, token, now)
            .await
    }

    pub(crate) async fn insert_officer(
        &mut self,
        scope: &OfficerScope,
        login: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "insert into officers (id, login, name, role, unit_path, totp_step, suspended, created_at)
                 values ($1, $2, $3, $4, $5, 0, false, $6)",
            )
            .bind(scope.officer)
            .bind(login)
            .bind(name)
            .bind(scope.role)
            .bind(path_text(&scope.unit))
            .bind(now)
        )?;
        Ok(())
    }

    /// The officers at or below a unit whose login begins with a text, by unit and login.
    pub async fn officers_in(
        &mut self,
        who: &Authorized<ListOfficers, UnitScope>,
        login: &str,
        after: &OfficerKey,
        count: i64,
    ) -> Result<Vec<Officer>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let login_end = format!("{login}\u{7f}");
        let found: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, login, name, role, unit_path, password_hash is not null, suspended, created_at
                 from officers
                 where unit_path >= $1 and unit_path < $2 and login >= $3 and login < $4
                   and (unit_path, login) > ($5, $6)
                 order by unit_path, login limit $7",
            )
            .bind(from)
            .bind(to)
            .bind(login)
            .bind(login_end)
            .bind(&after.path)
            .bind(&after.login)
            .bind(count)
            .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(officer).collect())
    }

    /// One officer at or below a unit; nothing for those elsewhere.
    pub async fn officer_in(
        &mut self,
        who: &Authorized<ListOfficers, UnitScope>,
        id: OfficerId,
    ) -> Result<Option<Officer>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let found: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, login, name, role, unit_path, password_hash is not null, suspended, created_at
                 from officers where id = $1 and unit_path >= $2 and unit_path < $3",
            )
            .bind(id)
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
        })?;
        Ok(found.map(officer))
    }

    /// The office and unit of an officer: how an officer is named to the people concerned.
    pub async fn office_of(
        &mut self,
        id: OfficerId,
    ) -> Result<Option<(OfficerRole, UnitPath)>, Error> {
        let found: Option<(OfficerRole, String)> = run!(self, |conn| {
            sqlx::query_as("select role, unit_path from officers where id = $1")
                .bind(id)
                .fetch_optional(conn)
        })?;
        Ok(found.map(|(role, path)| (role, parse_path(&path))))
    }

    /// What proves a login; nothing for an unknown, suspended or not yet enrolled one.
    pub async fn officer_credentials(&mut self, login: &str) -> Result<Option<Credentials>, Error> {
        let found = run!(self, |conn| {
            sqlx::query_as(
                "select id, login, role, password_hash, totp, totp_step from officers
                 where login = $1 and suspended = false
                   and password_hash is not null and totp is not null",
            )
            .bind(login)
            .fetch_optional(conn)
        })?;
        self.credentials(found)
    }

    /// What proves the officer who acts; nothing for one who was suspended or reset meanwhile.
    pub async fn own_credentials(
        &mut self,
        who: &Authorized<ChangeOwnPassword, OfficerScope>,
    ) -> Result<Option<Credentials>, Error> {
        let found = run!(self, |conn| {
            sqlx::query_as(
                "select id, login, role, password_hash, totp, totp_step from officers
                 where id = $1 and suspended = false
                   and password_hash is not null and totp is not null",
            )
            .bind(who.scope().officer)
            .fetch_optional(conn)
        })?;
        self.credentials(found)
    }

    fn credentials(&self, found: Option<Proof>) -> Result<Option<Credentials>, Error> {
        let Some((id, login, role, password_hash, sealed, totp_step)) = found else {
            return Ok(None);
        };
        Ok(Some(Credentials {
            id,
            login,
            role,
            password_hash,
            totp: self.keys.sealer().open_bytes(TOTP_PLACE, &sealed)?,
            totp_step,
        }))
    }

    /// Sets the password of the officer who acts; every session ends at once.
    pub async fn change_own_password(
        &mut self,
        who: &Authorized<ChangeOwnPassword, OfficerScope>,
        password_hash: &str,
    ) -> Result<(), Error> {
        let officer = who.scope().officer;
        execute!(
            self,
            sqlx::query("update officers set password_hash = $2 where id = $1")
                .bind(officer)
                .bind(password_hash)
        )?;
        self.end_officer_sessions(officer).await
    }

    /// Spends a TOTP step. False when it, or a later one, was spent before, or the officer was
    /// suspended or reset meanwhile.
    pub async fn spend_totp_step(&mut self, officer: OfficerId, step: i64) -> Result<bool, Error> {
        let touched = execute!(
            self,
            sqlx::query(
                "update officers set totp_step = $2
                 where id = $1 and totp_step < $2 and suspended = false and password_hash is not null",
            )
            .bind(officer)
            .bind(step)
        )?;
        Ok(touched == 1)
    }

    /// Suspends an officer or lifts the suspension; sessions end at once.
    pub async fn suspend_officer(
        &mut self,
        who: &Authorized<ChangeOfficer, OfficerScope>,
        suspended: bool,
    ) -> Result<(), Error> {
        let officer = who.scope().officer;
        execute!(
            self,
            sqlx::query("update officers set suspended = $2 where id = $1")
                .bind(officer)
                .bind(suspended)
        )?;
        self.end_officer_sessions(officer).await
    }

    /// Makes an officer's password, TOTP secret, sessions and links void.
    pub async fn void_credentials(
        &mut self,
        who: &Authorized<ChangeOfficer, OfficerScope>,
    ) -> Result<(), Error> {
        let officer = who.scope().officer;
        execute!(
            self,
            sqlx::query("update officers set password_hash = null, totp = null where id = $1")
                .bind(officer)
        )?;
        self.end_invitations(officer).await?;
        self.end_officer_sessions(officer).await
    }
}
