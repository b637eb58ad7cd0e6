//! People who stand in a paper log with a name and a phone number: claims that nobody has checked.

use crate::dialect::{execute, run};
use crate::holders::PLACE;
use crate::{Error, Tx, new_id};
use domain::holder::{HolderDetails, fold};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Authorized, RecordScans, VenueScope};
use domain::time::{Day, Timestamp};

impl Tx {
    /// The unproven person of a row: within one venue and day whoever gives the same phone and, but for accents and
    /// capitals, the same name. A proven holder is never looked for. Found by a hash under the day's key, so that the
    /// venue is forgotten with the day, and the person with its scans. Nothing when the day's key is gone.
    pub async fn holder_on_paper(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        (day, oldest): (Day, Day),
        (phone, details): (&Phone, &HolderDetails),
        now: Timestamp,
    ) -> Result<Option<HolderId>, Error> {
        let Some(key) = self.keys.day(day, oldest)? else {
            return Ok(None);
        };
        let hash = key.hash(&[
            b"paper",
            who.scope().venue.0.as_bytes(),
            phone.e164().as_bytes(),
            fold(details.name.as_str()).as_bytes(),
        ]);
        let sealed = self.keys.sealer().seal(PLACE, details);
        execute!(
            self,
            sqlx::query(
                "insert into holders (id, browser_hash, sealed, verified, unit_path, tapped_on, created_at, seen)
                 values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (browser_hash) do nothing",
            )
            .bind(HolderId(new_id(now)))
            .bind(hash.to_vec())
            .bind(sealed)
            .bind(false)
            .bind("")
            .bind(day)
            .bind(now)
            .bind(false)
        )?;
        let found: Option<HolderId> = run!(self, |conn| {
            sqlx::query_scalar("select id from holders where browser_hash = $1")
                .bind(hash.to_vec())
                .fetch_optional(conn)
        })?;
        Ok(found)
    }
}
