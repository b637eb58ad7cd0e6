//! Set-up: the first officer of an installation, and the unit that it serves.
//!
//! Nobody can be authorised yet. What proves the right to set up is a link that only the person
//! who started the program has seen, and it works only while no officer can sign in.

use crate::dialect::{execute, run};
use crate::invitations::NOBODY;
use crate::settings::{CONTROLLER, HOTLINE, SERVES};
use crate::{Error, Tx, new_id};
use domain::ids::OfficerId;
use domain::role::{OfficerRole, OfficerScope};
use domain::time::Timestamp;
use domain::unit::{UnitCode, UnitPath};

/// What set-up asks for.
#[derive(Clone, Copy, Debug)]
pub struct SetUp<'a> {
    /// The unit this installation serves.
    pub unit: &'a UnitPath,
    /// The first officer's office.
    pub role: OfficerRole,
    /// The first officer's name.
    pub name: &'a str,
    /// The first officer's login.
    pub login: &'a str,
    /// Who answers for the data.
    pub controller: &'a str,
    /// The number printed on posters and cards.
    pub hotline: &'a str,
}

impl Tx {
    /// Whether no officer can sign in yet.
    pub async fn set_up_wanted(&mut self) -> Result<bool, Error> {
        let found: Option<(OfficerId,)> = run!(self, |conn| {
            sqlx::query_as("select id from officers where password_hash is not null limit 1")
                .fetch_optional(conn)
        })?;
        Ok(found.is_none())
    }

    /// Makes the set-up link; an older one is void.
    pub async fn open_set_up(&mut self, token: &str, now: Timestamp) -> Result<(), Error> {
        self.insert_invitation(NOBODY, token, now).await
    }

    /// Whether a set-up link works now.
    pub async fn set_up_open(&mut self, token: &str, now: Timestamp) -> Result<bool, Error> {
        let hash = self.keys.sealer().hash("invitation", token);
        let found: Option<(OfficerId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select officer_id from invitations
                 where token_hash = $1 and officer_id = $2 and expires_at > $3",
            )
            .bind(hash)
            .bind(NOBODY)
            .bind(now)
            .fetch_optional(conn)
        })?;
        Ok(found.is_some() && self.set_up_wanted().await?)
    }

    /// Sets the installation up and makes the first officer's link. Set-up may be repeated until
    /// that officer enrolled. False, and nothing happens, when the set-up link does not work.
    pub async fn set_up(
        &mut self,
        token: &str,
        set_up: &SetUp<'_>,
        invitation: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if !self.set_up_open(token, now).await? {
            return Ok(false);
        }
        // None of them ever signed in.
        execute!(self, sqlx::query("delete from officers"))?;
        let scope = OfficerScope {
            officer: OfficerId(new_id(now)),
            role: set_up.role,
            unit: set_up.unit.clone(),
        };
        self.insert_officer(&scope, set_up.login, set_up.name, now)
            .await?;
        self.insert_invitation(scope.officer, invitation, now)
            .await?;
        execute!(
            self,
            sqlx::query("delete from settings where name = $1").bind(SERVES)
        )?;
        if let Some(unit) = set_up.unit.0.last() {
            self.plant_office(unit, set_up.controller, set_up.hotline)
                .await?;
        }
        Ok(true)
    }

    /// Says which unit is served, who answers for its data and whom to call.
    pub async fn plant_office(
        &mut self,
        unit: &UnitCode,
        controller: &str,
        hotline: &str,
    ) -> Result<(), Error> {
        self.put_setting(unit, SERVES, Some("yes")).await?;
        self.put_setting(unit, CONTROLLER, Some(controller)).await?;
        self.put_setting(unit, HOTLINE, Some(hotline)).await
    }

    /// The unit this installation serves; nothing before set-up.
    pub async fn served_unit(&mut self) -> Result<Option<UnitCode>, Error> {
        let found: Option<(UnitCode,)> = run!(self, |conn| {
            sqlx::query_as("select unit from settings where name = $1 limit 1")
                .bind(SERVES)
                .fetch_optional(conn)
        })?;
        Ok(found.map(|(unit,)| unit))
    }
}
