//! Attendants: who may scan for a venue, by phone; found by keyed hash, sealed at rest.

use crate::dialect::{execute, run};
use crate::{Error, Tx};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Authorized, ListAttendants, ManageVenue, VenueScope};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

const PLACE: &str = "attendants.sealed";

/// A person on the owner's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendant {
    /// What names the line: a keyed hash, nothing without the key.
    pub key: Vec<u8>,
    /// The name, as the owner wrote it.
    pub name: String,
    /// The number, E.164.
    pub phone: String,
    /// The person, once the phone has been proven.
    pub holder: Option<HolderId>,
    /// Since when.
    pub added: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    name: String,
    phone: String,
}

impl Tx {
    /// Puts a person on the list. Fails with `Conflict(Attendant)` when the phone is on it.
    pub async fn add_attendant(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        name: &str,
        phone: &Phone,
        now: Timestamp,
    ) -> Result<(), Error> {
        let sealer = self.keys.sealer();
        let hash = sealer.hash("phone", &phone.e164());
        let sealed = sealer.seal(
            PLACE,
            &Sealed {
                name: name.to_owned(),
                phone: phone.e164(),
            },
        );
        execute!(
            self,
            sqlx::query(
                "insert into attendants (venue_id, phone_hash, sealed, added_at) values ($1, $2, $3, $4)"
            )
            .bind(who.scope().venue)
            .bind(&hash)
            .bind(&sealed)
            .bind(now)
        )?;
        Ok(())
    }

    /// The list, in the order in which it grew.
    pub async fn attendants(
        &mut self,
        who: &Authorized<ListAttendants, VenueScope>,
    ) -> Result<Vec<Attendant>, Error> {
        type Row = (Vec<u8>, Vec<u8>, Timestamp, Option<HolderId>);
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select a.phone_hash, a.sealed, a.added_at, coalesce(h.merged_into, h.id)
                 from attendants a left join holders h on h.phone_hash = a.phone_hash
                 where a.venue_id = $1 order by a.added_at, a.phone_hash",
            )
            .bind(who.scope().venue)
            .fetch_all(conn)
        })?;
        let opened = |(key, sealed, added, holder): Row| {
            let Sealed { name, phone } = self.keys.sealer().open(PLACE, &sealed)?;
            Ok(Attendant {
                key,
                name,
                phone,
                holder,
                added,
            })
        };
        rows.into_iter().map(opened).collect()
    }

    /// How many people are on the list.
    pub async fn count_attendants(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
    ) -> Result<i64, Error> {
        let count = run!(self, |conn| {
            sqlx::query_scalar("select count(*) from attendants where venue_id = $1")
                .bind(who.scope().venue)
                .fetch_one(conn)
        })?;
        Ok(count)
    }

    /// Takes a person off the list. Says whether the line was there.
    pub async fn remove_attendant(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        key: &[u8],
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from attendants where venue_id = $1 and phone_hash = $2")
                .bind(who.scope().venue)
                .bind(key)
        )?;
        Ok(done > 0)
    }
}
