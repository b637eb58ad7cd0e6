//! Venues: what was registered, who owns it, and who may act for it.

use crate::dialect::{execute, run};
use crate::units::{parse_path, path_bounds, path_text};
use crate::{Error, Tx};
use domain::holder::fold;
use domain::ids::{HolderId, VenueId};
use domain::role::{
    Authorized, HolderScope, ListVenues, ManageVenue, UnitScope, UseOwnData, VenueScope,
};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use domain::venue::{Capacity, FullPolicy, OpeningHours, VenueKind, VenueRules};

/// What is said of a venue when it is registered or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueDetails {
    /// Its name, as on posters.
    pub name: String,
    /// What kind of place it is.
    pub kind: VenueKind,
    /// Where it is: the path down to the commune.
    pub unit: UnitPath,
    /// Street and number.
    pub address: String,
    /// How many people are expected a day.
    pub expected_daily: i32,
    /// How many may be inside at once, when there is a bound.
    pub capacity: Option<Capacity>,
    /// When it is open.
    pub hours: OpeningHours,
}

impl VenueDetails {
    /// What happens when it is full; a venue without a bound never is.
    pub fn full_policy(&self) -> FullPolicy {
        self.capacity
            .map_or(FullPolicy::Warn, |capacity| capacity.policy)
    }
}

/// A venue as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// The venue.
    pub id: VenueId,
    /// Its owner.
    pub owner: HolderId,
    /// What is said of it.
    pub details: VenueDetails,
    /// Since when.
    pub created: Timestamp,
    /// When it closed for good, if it did.
    pub closed: Option<Timestamp>,
    /// Since when an office lets nobody enter, if it does.
    pub suspended: Option<Timestamp>,
}

impl Venue {
    /// What admission needs to know of it.
    pub const fn rules(&self, zone: domain::time::Zone) -> VenueRules {
        VenueRules {
            hours: self.details.hours,
            closed: self.closed,
            suspended: self.suspended,
            idle: self.details.kind.idle(),
            zone,
        }
    }
}

/// Where a page of venues ended: the next begins after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueCursor {
    /// The unit's path, as stored.
    pub unit: String,
    /// The name, folded for searching.
    pub folded: String,
    /// The venue.
    pub id: VenueId,
}

impl VenueCursor {
    /// The place of a venue in the list.
    pub fn of(venue: &Venue) -> Self {
        Self {
            unit: path_text(&venue.details.unit),
            folded: fold(&venue.details.name),
            id: venue.id,
        }
    }
}

type Row = (
    VenueId,
    HolderId,
    String,
    VenueKind,
    String,
    String,
    i32,
    Option<i32>,
    FullPolicy,
    String,
    Timestamp,
    Option<Timestamp>,
    Option<Timestamp>,
);

const COLUMNS: &str = "id, owner_id, name, kind, unit_path, address, expected_daily, capacity, full_policy, hours, created_at, closed_at, suspended_at";

fn venue(row: Row) -> Result<Venue, Error> {
    let (
        id,
        owner,
        name,
        kind,
        unit,
        address,
        expected_daily,
        most,
        policy,
        hours,
        created,
        closed,
        suspended,
    ) = row;
    Ok(Venue {
        id,
        owner,
        details: VenueDetails {
            name,
            kind,
            unit: parse_path(&unit),
            address,
            expected_daily,
            capacity: most.map(|most| Capacity { most, policy }),
            hours: OpeningHours::parse(&hours).ok_or(Error::Damaged("venues.hours"))?,
        },
        created,
        closed,
        suspended,
    })
}

impl Tx {
    /// Registers a venue that belongs to whoever registers it. False, and nothing happens, when
    /// there is a venue of that id: the same form was sent twice.
    pub async fn add_venue(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        id: VenueId,
        details: &VenueDetails,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let added = execute!(
            self,
            sqlx::query(
                "insert into venues (id, owner_id, name, folded, kind, unit_path, address, expected_daily, hours, created_at,
                   capacity, full_policy)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                 on conflict do nothing",
            )
            .bind(id)
            .bind(who.scope().holder)
            .bind(&details.name)
            .bind(fold(&details.name))
            .bind(details.kind)
            .bind(path_text(&details.unit))
            .bind(&details.address)
            .bind(details.expected_daily)
            .bind(details.hours.to_string())
            .bind(now)
            .bind(details.capacity.map(|capacity| capacity.most))
            .bind(details.full_policy())
        )?;
        Ok(added > 0)
    }

    /// A venue by id. What it says is public: it stands on the poster.
    pub async fn venue(&mut self, id: VenueId) -> Result<Option<Venue>, Error> {
        let sql = format!("select {COLUMNS} from venues where id = $1");
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
                .bind(id)
                .fetch_optional(conn)
        })?;
        row.map(venue).transpose()
    }

    /// Who may act for a venue: its owners and the attendants who have proved their phones.
    pub async fn venue_scope(&mut self, id: VenueId) -> Result<Option<VenueScope>, Error> {
        let row: Option<(HolderId, String)> = run!(self, |conn| {
            sqlx::query_as("select owner_id, unit_path from venues where id = $1")
                .bind(id)
                .fetch_optional(conn)
        })?;
        let Some((owner, unit)) = row else {
            return Ok(None);
        };
        let attendants: Vec<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select distinct coalesce(h.merged_into, h.id) from attendants a
                 join holders h on h.phone_hash = a.phone_hash where a.venue_id = $1 order by 1",
            )
            .bind(id)
            .fetch_all(conn)
        })?;
        Ok(Some(VenueScope {
            venue: id,
            owner,
            co_owners: self.co_owners_of(id).await?,
            attendants: attendants.into_iter().map(|(id,)| id).collect(),
            unit: parse_path(&unit),
        }))
    }

    /// The venues a person owns, alone or with others, open ones first, then by name.
    pub async fn own_venues(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<Venue>, Error> {
        let sql = format!(
            "select {COLUMNS} from venues where owner_id = $1 or id in (
               select c.venue_id from co_owners c join holders h on h.id = c.holder_id
               where h.id = $1 or h.merged_into = $1)
             order by case when closed_at is null then 0 else 1 end, folded, id"
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
                .bind(who.scope().holder)
                .fetch_all(conn)
        })?;
        rows.into_iter().map(venue).collect()
    }

    /// The venues where a person is on the owner's list of attendants, by name.
    pub async fn attended_venues(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<Venue>, Error> {
        let columns = COLUMNS.replace(", ", ", v.");
        let sql = format!(
            "select v.{columns} from venues v where v.id in (
               select a.venue_id from holders h join attendants a on a.phone_hash = h.phone_hash where h.id = $1
               union
               select a.venue_id from holders h join attendants a on a.phone_hash = h.phone_hash
               where h.merged_into = $1)
             order by case when v.closed_at is null then 0 else 1 end, v.folded, v.id"
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
                .bind(who.scope().holder)
                .fetch_all(conn)
        })?;
        rows.into_iter().map(venue).collect()
    }

    /// Changes what is said of a venue. Posters printed before count as an older version when
    /// what stands on them has changed.
    pub async fn update_venue(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        details: &VenueDetails,
    ) -> Result<bool, Error> {
        let id = who.scope().venue;
        self.lock_venues(&[id]).await?;
        let before = self.venue(id).await?;
        let moves = |one: &Venue| one.suspended.is_some() && one.details.unit != details.unit;
        if before.as_ref().is_some_and(moves) {
            return Ok(false);
        }
        let before = before.map(|venue| venue.details);
        execute!(
            self,
            sqlx::query(
                "update venues set name = $2, folded = $3, kind = $4, unit_path = $5, address = $6, expected_daily = $7, hours = $8,
                   capacity = $9, full_policy = $10
                 where id = $1",
            )
            .bind(id)
            .bind(&details.name)
            .bind(fold(&details.name))
            .bind(details.kind)
            .bind(path_text(&details.unit))
            .bind(&details.address)
            .bind(details.expected_daily)
            .bind(details.hours.to_string())
            .bind(details.capacity.map(|capacity| capacity.most))
            .bind(details.full_policy())
        )?;
        let printed = |d: &VenueDetails| (d.name.clone(), d.unit.clone(), d.address.clone());
        if before.is_some_and(|before| printed(&before) != printed(details)) {
            execute!(
                self,
                sqlx::query(
                    "update checkpoints set poster_version = poster_version + 1 where venue_id = $1"
                )
                .bind(id)
            )?;
        }
        Ok(true)
    }

    /// Closes a venue for good: nobody enters any more, and whoever is inside may leave,
    /// at the same gates and devices. Says whether it was open.
    pub async fn close_venue(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let id = who.scope().venue;
        let done = execute!(
            self,
            sqlx::query("update venues set closed_at = $2 where id = $1 and closed_at is null")
                .bind(id)
                .bind(now)
        )?;
        Ok(done > 0)
    }

    /// The venues registered in a unit and below whose name holds a text, by commune and name.
    pub async fn venues_in(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        search: &str,
        after: Option<&VenueCursor>,
        count: i64,
    ) -> Result<Vec<Venue>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let after = after.cloned().unwrap_or_else(|| VenueCursor {
            unit: String::new(),
            folded: String::new(),
            id: VenueId(uuid::Uuid::nil()),
        });
        let sql = format!(
            "select {COLUMNS} from venues
             where unit_path >= $1 and unit_path < $2 and folded like $3 escape '!'
               and (unit_path, folded, id) > ($4, $5, $6)
             order by unit_path, folded, id limit $7"
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
                .bind(&from)
                .bind(&to)
                .bind(containing(search))
                .bind(&after.unit)
                .bind(&after.folded)
                .bind(after.id)
                .bind(count)
                .fetch_all(conn)
        })?;
        rows.into_iter().map(venue).collect()
    }
}

/// The pattern of texts that contain another, folded; `!` takes a wildcard's meaning away.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
