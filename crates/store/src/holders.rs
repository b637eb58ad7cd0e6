//! Holders: one row a person, everything personal in it sealed as one piece.

use crate::dialect::{execute, run};
use crate::units::{parse_path, path_text};
use crate::{Error, Tx, new_id};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Authorized, HelpPerson, HelpScope, HolderScope, UseOwnData};
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

pub(crate) type Row = (HolderId, Vec<u8>, bool, String, Timestamp);
type ScopeRow = (HolderId, String);

pub(crate) fn scope((holder, unit): ScopeRow) -> HolderScope {
    HolderScope {
        holder,
        unit: parse_path(&unit),
    }
}

impl Tx {
    /// Adds a person whom no office has seen. Fails with `Conflict(HolderPhone)` when the phone has a holder already.
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
                "insert into holders
                 (id, phone_hash, browser_hash, sealed, verified, unit_path, tapped_on, created_at, seen)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(id)
            .bind(phone_hash)
            .bind(browser_hash)
            .bind(sealed)
            .bind(new.verified)
            .bind(path_text(new.unit))
            .bind((!new.verified).then(|| self.zone.day(now)))
            .bind(now)
            .bind(false)
        )?;
        if new.verified {
            self.index_holder(id, None, Some((new.details, new.unit)))
                .await?;
        }
        Ok(id)
    }

    /// One's own details; nothing when the person is gone.
    pub async fn own_details(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Option<Holder>, Error> {
        self.holder(who.scope().holder).await
    }

    /// A person's record, and those that were merged into it: under the ids of all of them scans were kept.
    pub(crate) async fn all_ids(&mut self, holder: HolderId) -> Result<Vec<HolderId>, Error> {
        let merged: Vec<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as("select id from holders where merged_into = $1 order by id")
                .bind(holder)
                .fetch_all(conn)
        })?;
        let mut all = vec![holder];
        all.extend(merged.into_iter().map(|(id,)| id));
        Ok(all)
    }

    pub(crate) async fn holder(&mut self, id: HolderId) -> Result<Option<Holder>, Error> {
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, sealed, verified, unit_path, created_at from holders where id = $1",
            )
            .bind(id)
            .fetch_optional(conn)
        })?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// The scope of a person's own data: of a record that was merged, that of the one it is now. Nothing sealed is opened.
    pub async fn holder_scope(&mut self, id: HolderId) -> Result<Option<HolderScope>, Error> {
        let row: Option<ScopeRow> = run!(self, |conn| {
            sqlx::query_as(
                "select r.id, r.unit_path from holders h
                 join holders r on r.id = coalesce(h.merged_into, h.id) where h.id = $1",
            )
            .bind(id)
            .fetch_optional(conn)
        })?;
        Ok(row.map(scope))
    }

    /// The person with a proven phone: whoever has just proved it is that person.
    pub async fn holder_of_phone(&mut self, phone: &Phone) -> Result<Option<HolderScope>, Error> {
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        let row: Option<ScopeRow> = run!(self, |conn| {
            sqlx::query_as(
                "select r.id, r.unit_path from holders h
                 join holders r on r.id = coalesce(h.merged_into, h.id) where h.phone_hash = $1",
            )
            .bind(hash)
            .fetch_optional(conn)
        })?;
        Ok(row.map(scope))
    }

    /// The unverified person a browser was tied to: whoever shows its cookie is that person.
    pub async fn holder_of_browser(&mut self, browser: &str) -> Result<Option<HolderScope>, Error> {
        let hash = self.keys.sealer().hash("browser", browser);
        let row: Option<ScopeRow> = run!(self, |conn| {
            sqlx::query_as("select id, unit_path from holders where browser_hash = $1")
                .bind(hash)
                .fetch_optional(conn)
        })?;
        Ok(row.map(scope))
    }

    /// Notes the day of an unverified person's tap, once a day: as long as scans of that day are
    /// kept, so is whom they point at. Of proven people nothing is noted.
    pub async fn tapped(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.seen_on(who.scope().holder, now).await
    }

    async fn seen_on(&mut self, holder: HolderId, now: Timestamp) -> Result<(), Error> {
        let today = self.zone.day(now);
        execute!(
            self,
            sqlx::query("update holders set tapped_on = $2 where id = $1 and tapped_on < $2")
                .bind(holder)
                .bind(today)
        )?;
        Ok(())
    }

    /// The details of a person who is helped at a gate; nothing when the person is gone.
    pub async fn helped_details(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
    ) -> Result<Option<Holder>, Error> {
        self.holder(who.scope().holder).await
    }

    /// The details of a person who is helped at a gate, which nobody else changes until this transaction ends; nothing when
    /// the person is gone.
    pub async fn hold_helped(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
    ) -> Result<Option<Holder>, Error> {
        self.held(who.scope().holder).await
    }

    /// Replaces the details and unit of a person who is helped at a gate, as [`Tx::hold_helped`] has just read them and with
    /// what was not known. A record that an office has looked at stays as it is.
    pub async fn complete_helped(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
        details: impl FnOnce() -> HolderDetails + Send,
        unit: &UnitPath,
    ) -> Result<(), Error> {
        let holder = who.scope().holder;
        if self.seen_by_office(holder).await? {
            return Ok(());
        }
        self.replace(holder, &details(), unit).await
    }

    /// Notes the day on which an unproven person was let through a gate by an attendant, as [`Tx::tapped`] does at a poster.
    pub async fn seen_at_gate(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.seen_on(who.scope().holder, now).await
    }

    /// One's own details, which nobody else changes until this transaction ends; nothing when the person is gone.
    pub async fn hold_own(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Option<Holder>, Error> {
        self.held(who.scope().holder).await
    }

    /// Replaces one's own details and unit, as [`Tx::hold_own`] has just read them and with what was said anew; the phone by
    /// which one is found stays. A record that an office has looked at keeps its details.
    pub async fn update_holder(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        details: &HolderDetails,
        unit: &UnitPath,
    ) -> Result<(), Error> {
        let holder = who.scope().holder;
        if !self.seen_by_office(holder).await? {
            return self.replace(holder, details, unit).await;
        }
        match self.holder(holder).await? {
            Some(known) => self.replace(holder, &known.details, unit).await,
            None => Ok(()),
        }
    }

    pub(crate) async fn replace(
        &mut self,
        holder: HolderId,
        details: &HolderDetails,
        unit: &UnitPath,
    ) -> Result<(), Error> {
        if let Some(known) = self.holder(holder).await?
            && known.verified
        {
            let (before, now) = ((&known.details, &known.unit), (details, unit));
            self.index_holder(holder, Some(before), Some(now)).await?;
        }
        let sealed = self.keys.sealer().seal(PLACE, details);
        execute!(
            self,
            sqlx::query("update holders set sealed = $2, unit_path = $3 where id = $1")
                .bind(holder)
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
                "update holders set verified = $2, phone_hash = $3, browser_hash = null, tapped_on = null
                 where id = $1",
            )
            .bind(who.scope().holder)
            .bind(true)
            .bind(hash)
        )?;
        if let Some(known) = self.holder(who.scope().holder).await? {
            let now = (&known.details, &known.unit);
            self.index_holder(known.id, None, Some(now)).await?;
        }
        Ok(())
    }

    pub(crate) fn opened(
        &self,
        (id, sealed, verified, unit, created): Row,
    ) -> Result<Holder, Error> {
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
