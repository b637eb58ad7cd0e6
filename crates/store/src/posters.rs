//! Posters that are no more: from which day a unit does not use them, and how venues took theirs
//! down.

use crate::dialect::{execute, list, run};
use crate::settings::POSTERS_END;
use crate::units::{parse_path, path_bounds};
use crate::venues::VenueCursor;
use crate::{Error, Tx};
use domain::ids::{CheckpointId, VenueId};
use domain::role::{Authorized, ListVenues, ManageUnit, ManageVenue, UnitScope, VenueScope};
use domain::time::{Day, Timestamp};
use domain::unit::{UnitCode, UnitPath};
use sqlx::AssertSqlSafe;

/// From which day posters are not used, and which unit said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostersEnd {
    /// The first day without posters.
    pub day: Day,
    /// The unit that said so.
    pub unit: UnitCode,
}

/// That a venue took its posters down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PosterRemoval {
    /// When the owner said so.
    pub at: Timestamp,
    /// Whether there is a photo of the wall.
    pub photo: bool,
}

/// A venue, and whether its posters may still be up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenuePosters {
    /// The venue.
    pub venue: VenueId,
    /// Its name.
    pub name: String,
    /// Its address, without the unit.
    pub address: String,
    /// Where it lies.
    pub unit: UnitPath,
    /// Where the next page begins.
    pub cursor: VenueCursor,
    /// What the owner said of them, if anything.
    pub removal: Option<PosterRemoval>,
    /// The last day on which somebody opened the page of one of its posters, since they ended.
    pub opened_on: Option<Day>,
}

/// How many venues of a unit took their posters down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PosterCounts {
    /// Venues that had posters.
    pub venues: i64,
    /// Those whose posters may still be up.
    pub up: i64,
}

/// Venues that may have posters: open ones, registered until the day on which posters ended was over ($3), because the day
/// may have been set in the middle of itself. The posters may still be
/// up where no removal was recorded, or where a page was opened on a later day ($4: milliseconds of a
/// day; $5: of the zone's offset).
const VENUES: &str = "from venues v
  left join poster_removals r on r.venue_id = v.id
  left join (select venue_id, max(opened_on) as opened_on from checkpoints
    where closed_at is null and opened_on is not null group by venue_id) c on c.venue_id = v.id
  where v.unit_path >= $1 and v.unit_path < $2 and v.closed_at is null and v.created_at < $3";
const UP: &str = "(r.venue_id is null or coalesce(c.opened_on, 0) > (r.removed_at + $5) / $4)";
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

type Row = (
    VenueId,
    String,
    String,
    String,
    String,
    Option<Timestamp>,
    bool,
    Option<Day>,
);

fn line(row: Row) -> VenuePosters {
    let (venue, name, folded, address, unit, removed, photo, opened_on) = row;
    VenuePosters {
        venue,
        name,
        address,
        unit: parse_path(&unit),
        cursor: VenueCursor {
            unit,
            folded,
            id: venue,
        },
        removal: removed.map(|at| PosterRemoval { at, photo }),
        opened_on,
    }
}

impl Tx {
    /// From which day posters are not used at a place: the earliest that it or a unit above it said.
    pub async fn posters_end(&mut self, path: &UnitPath) -> Result<Option<PostersEnd>, Error> {
        if path.0.is_empty() {
            return Ok(None);
        }
        let sql = format!(
            "select unit, value from settings where name = $1 and unit in ({})",
            list(2, path.0.len())
        );
        let found: Vec<(UnitCode, String)> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(POSTERS_END);
            for code in &path.0 {
                query = query.bind(code);
            }
            query.fetch_all(conn)
        })?;
        let ends = found.into_iter().filter_map(|(unit, value)| {
            let day = Day::parse(&value)?;
            Some(PostersEnd { day, unit })
        });
        Ok(ends.min_by_key(|end| end.day))
    }

    /// Says from which day posters are not used in a unit, or with nothing that it says no such thing.
    pub async fn set_posters_end(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
        day: Option<Day>,
    ) -> Result<(), Error> {
        let day = day.map(|day| day.to_string());
        self.set_unit_setting(who, POSTERS_END, day.as_deref())
            .await
    }

    /// What a unit itself has said of it.
    pub async fn own_posters_end(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
    ) -> Result<Option<Day>, Error> {
        let own = self.own_settings(who).await?;
        Ok(own.get(POSTERS_END).and_then(|value| Day::parse(value)))
    }

    /// Notes that the page of a poster was opened on a day after posters ended: it is still on its wall.
    pub async fn poster_opened(&mut self, gate: CheckpointId, day: Day) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query("update checkpoints set opened_on = $2 where id = $1 and coalesce(opened_on, 0) < $2")
                .bind(gate)
                .bind(day)
        )?;
        Ok(())
    }

    /// Records that a venue's posters are down, with the photo of the wall as a JPEG if there is one. Said
    /// again, it is said of now; a photo that was brought before stays until another comes.
    pub async fn record_poster_removal(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        photo: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "insert into poster_removals (venue_id, removed_at, photo) values ($1, $2, $3)
                 on conflict (venue_id) do update set removed_at = excluded.removed_at,
                   photo = coalesce(excluded.photo, poster_removals.photo)",
            )
            .bind(who.scope().venue)
            .bind(now)
            .bind(photo)
        )?;
        Ok(())
    }

    /// What a venue's owner said of its posters.
    pub async fn poster_removal(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
    ) -> Result<Option<PosterRemoval>, Error> {
        let row: Option<(Timestamp, bool)> = run!(self, |conn| {
            sqlx::query_as(
                "select removed_at, photo is not null from poster_removals where venue_id = $1",
            )
            .bind(who.scope().venue)
            .fetch_optional(conn)
        })?;
        Ok(row.map(|(at, photo)| PosterRemoval { at, photo }))
    }

    /// The photo of a wall without its poster, for the offices above it: a JPEG.
    pub async fn poster_photo(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        venue: VenueId,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let row: Option<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(
                "select r.photo from poster_removals r join venues v on v.id = r.venue_id
                 where v.id = $1 and v.unit_path >= $2 and v.unit_path < $3 and r.photo is not null",
            )
            .bind(venue)
            .bind(&from)
            .bind(&to)
            .fetch_optional(conn)
        })?;
        Ok(row.map(|(photo,)| photo))
    }

    /// Erases the photo of a wall, which may show people. Says whether there was one.
    pub async fn erase_poster_photo(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
        venue: VenueId,
    ) -> Result<bool, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let done = execute!(
            self,
            sqlx::query(
                "update poster_removals set photo = null where venue_id = $1 and photo is not null
                   and venue_id in (select id from venues where unit_path >= $2 and unit_path < $3)",
            )
            .bind(venue)
            .bind(&from)
            .bind(&to)
        )?;
        Ok(done > 0)
    }

    /// The venues of a unit that had posters when these ended, by commune and name: those whose posters
    /// may still be up, or those that took theirs down.
    pub async fn venues_with_posters(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        end: Day,
        up: bool,
        after: Option<&VenueCursor>,
        count: i64,
    ) -> Result<Vec<VenuePosters>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let (unit, folded, id) = after.map_or_else(
            || (String::new(), String::new(), VenueId(uuid::Uuid::nil())),
            |after| (after.unit.clone(), after.folded.clone(), after.id),
        );
        let up = if up {
            UP.to_owned()
        } else {
            format!("not {UP}")
        };
        let sql = format!(
            "select v.id, v.name, v.folded, v.address, v.unit_path, r.removed_at, r.photo is not null, c.opened_on
             {VENUES} and {up} and (v.unit_path, v.folded, v.id) > ($6, $7, $8)
             order by v.unit_path, v.folded, v.id limit $9"
        );
        let zone = self.zone;
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(&from)
                .bind(&to)
                .bind(zone.start(end.plus(1)))
                .bind(DAY)
                .bind(zone.offset_minutes() * 60_000)
                .bind(&unit)
                .bind(&folded)
                .bind(id)
                .bind(count)
                .fetch_all(conn)
        })?;
        Ok(rows.into_iter().map(line).collect())
    }

    /// How many venues of a unit had posters when these ended, and how many may have them still.
    pub async fn poster_counts(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        end: Day,
    ) -> Result<PosterCounts, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let sql = format!(
            "select count(*), coalesce(cast(sum(case when {UP} then 1 else 0 end) as bigint), 0) {VENUES}"
        );
        let zone = self.zone;
        let (venues, up): (i64, i64) = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(&from)
                .bind(&to)
                .bind(zone.start(end.plus(1)))
                .bind(DAY)
                .bind(zone.offset_minutes() * 60_000)
                .fetch_one(conn)
        })?;
        Ok(PosterCounts { venues, up })
    }

    /// Erases the photos that were brought before an instant; that posters were taken down stays known.
    pub(crate) async fn erase_poster_photos(&mut self, before: Timestamp) -> Result<u64, Error> {
        let sql =
            "update poster_removals set photo = null where removed_at < $1 and photo is not null";
        Ok(execute!(self, sqlx::query(sql).bind(before))?)
    }
}
