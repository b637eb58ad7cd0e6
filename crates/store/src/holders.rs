//! Holders: one row a person, everything personal in it sealed as one piece.

use crate::dialect::{execute, run};
use crate::units::{parse_path, path_text};
use crate::{Error, Tx, new_id};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Authorized, HolderScope, UseOwnData};
use domain::time::Timestamp;
use domain::unit::UnitPath;

pub(crate) const PLACE: &str = "holders.sealed";

/// A person as stored, opened.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The person.
    pub id: HolderId,
    /// Name, phone, numbers.
    pub details: HolderDetails,
    /// Whether the phone was proven.
    pub verified: bool,
    /// Where the person lives, as far as known; empty when unknown.
    pub unit: UnitPath,
    /// Since when.
    pub created: Timestamp,
}

/// A person to be added.
#[derive(Clone, Debug)]
pub struct NewHolder<'a> {
    /// Name, phone, numbers.
    pub details: &'a HolderDetails,
    /// The proven phone by which the person is found; none for unverified people and for those
    /// without a phone.
    pub phone: Option<&'a Phone>,
    /// The browser an unverified person is tied to.
    pub browser: Option<&'a str>,
    /// Whether the identity is proven.
    pub verified: bool,
    /// Where the person lives, as far as known.
    pub unit: &'a UnitPath,
}

type Row = (HolderId, Vec<u8>, bool, String, Timestamp);

impl Tx {
    /// Adds a person. Fails with `Conflict(HolderPhone)` when the phone has a holder already.
    pub async fn add_holder(
        &mut self,
        new: &NewHolder<'_>,
        now: Timestamp,
    ) -> Result<HolderId, Error> {
        let id = HolderId(new_id(now));
        let sealer = self.keys.sealer();
        let sealed = sealer.seal(PLACE, new.details);
        let phone_hash = new.phone.map(|phone| sealer.hash("phone", &phone.e164()));
        let browser_hash = new.browser.map(|browser| sealer.hash("browser", browser));
        execute!(
            self,
            sqlx::query(
                "insert into holders (id, phone_hash, browser_hash, sealed, verified, unit_path, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(id)
            .bind(phone_hash)
            .bind(browser_hash)
            .bind(sealed)
            .bind(new.verified)
            .bind(path_text(new.unit))
            .bind(now)
        )?;
        Ok(id)
    }

    /// A person by id. Reading another's details is a purpose-bound act: callers that show them
    /// leave an audit entry.
    pub async fn holder(&mut self, id: HolderId) -> Result<Option<Holder>, Error> {
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, sealed, verified, unit_path, created_at from holders where id = $1",
            )
            .bind(id)
            .fetch_optional(conn)
        })?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// The person with a proven phone.
    pub async fn holder_by_phone(&mut self, phone: &Phone) -> Result<Option<Holder>, Error> {
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as("select id, sealed, verified, unit_path, created_at from holders where phone_hash = $1")
                .bind(hash)
                .fetch_optional(conn)
        })?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// The unverified person a browser was tied to.
    pub async fn holder_by_browser(&mut self, browser: &str) -> Result<Option<Holder>, Error> {
        let hash = self.keys.sealer().hash("browser", browser);
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as("select id, sealed, verified, unit_path, created_at from holders where browser_hash = $1")
                .bind(hash)
                .fetch_optional(conn)
        })?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// Replaces one's own details and unit; the phone by which one is found stays.
    pub async fn update_holder(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        details: &HolderDetails,
        unit: &UnitPath,
    ) -> Result<(), Error> {
        let sealed = self.keys.sealer().seal(PLACE, details);
        execute!(
            self,
            sqlx::query("update holders set sealed = $2, unit_path = $3 where id = $1")
                .bind(who.scope().holder)
                .bind(sealed)
                .bind(path_text(unit))
        )?;
        Ok(())
    }

    /// Makes an unverified person a proven one: from now on found by the phone, no longer by the
    /// browser. Visits stay with the same person; nothing is merged. Fails with
    /// `Conflict(HolderPhone)` when the phone has a holder already.
    pub async fn prove_holder(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        phone: &Phone,
    ) -> Result<(), Error> {
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        execute!(
            self,
            sqlx::query(
                "update holders set verified = $2, phone_hash = $3, browser_hash = null where id = $1",
            )
            .bind(who.scope().holder)
            .bind(true)
            .bind(hash)
        )?;
        Ok(())
    }

    fn opened(&self, (id, sealed, verified, unit, created): Row) -> Result<Holder, Error> {
        let details = self.keys.sealer().open(PLACE, &sealed)?;
        Ok(Holder {
            id,
            details,
            verified,
            unit: parse_path(&unit),
            created,
        })
    }
}
