//! Identities: numbers of papers by which people without a code are found, each at one venue. Of a number its keyed hash is
//! kept, and the number sealed, to be shown masked; of the paper nothing else, and no picture.

use crate::dialect::{execute, run};
use crate::{Error, Tx};
use domain::holder::{HolderDetails, PersonName};
use domain::identity::IdentityKind;
use domain::ids::{HolderId, VenueId};
use domain::role::{Authorized, HelpPerson, HelpScope, RecordScans, VenueScope};
use domain::time::Timestamp;

const PLACE: &str = "identities.sealed";

/// A paper as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Whose it is.
    pub holder: HolderId,
    /// Whether fingers typed that person's name; no when a square said it.
    pub name_typed: bool,
}

impl Tx {
    /// The person whom a paper was shown for before at this venue: whoever shows it is that person, unproven. What other
    /// venues know of the number is not looked at, because anybody can write it down.
    pub async fn holder_of_identity(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        kind: IdentityKind,
        number: &str,
    ) -> Result<Option<Identified>, Error> {
        let hash = self.identity_hash(who.scope().venue, kind, number);
        let row: Option<(HolderId, bool)> = run!(self, |conn| {
            sqlx::query_as("select holder_id, name_typed from identities where hash = $1")
                .bind(hash)
                .fetch_optional(conn)
        })?;
        Ok(row.map(|(holder, name_typed)| Identified { holder, name_typed }))
    }

    /// Notes that a paper is this person's at the venue where it was shown, and whether fingers typed the name. Fails with
    /// `Conflict(Identity)` when it is somebody's there already.
    pub async fn add_identity(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
        (kind, number): (IdentityKind, &str),
        name_typed: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        let hash = self.identity_hash(who.scope().venue.venue, kind, number);
        let sealed = self.keys.sealer().seal(PLACE, &number);
        execute!(
            self,
            sqlx::query(
                "insert into identities (hash, kind, holder_id, name_typed, sealed, added_at)
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(hash)
            .bind(kind)
            .bind(who.scope().holder)
            .bind(name_typed)
            .bind(sealed)
            .bind(now)
        )?;
        Ok(())
    }

    /// Gives a person, whose name fingers typed, the name that the square of the paper says.
    pub async fn name_by_square(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
        name: &PersonName,
    ) -> Result<(), Error> {
        let Some(known) = self.hold_helped(who).await? else {
            return Ok(());
        };
        let details = HolderDetails {
            name: name.clone(),
            ..known.details
        };
        self.complete_helped(who, || details, &known.unit).await?;
        execute!(
            self,
            sqlx::query("update identities set name_typed = $2 where holder_id = $1")
                .bind(who.scope().holder)
                .bind(false)
        )?;
        Ok(())
    }

    /// The papers of a person who is helped at a gate: kind and number, to be shown masked.
    pub async fn helped_identities(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
    ) -> Result<Vec<(IdentityKind, String)>, Error> {
        let rows: Vec<(IdentityKind, Vec<u8>)> = run!(self, |conn| {
            sqlx::query_as(
                "select kind, sealed from identities where holder_id = $1 order by added_at, hash",
            )
            .bind(who.scope().holder)
            .fetch_all(conn)
        })?;
        let opened = rows.into_iter();
        opened
            .map(|(kind, sealed)| Ok((kind, self.keys.sealer().open(PLACE, &sealed)?)))
            .collect()
    }

    fn identity_hash(&self, venue: VenueId, kind: IdentityKind, number: &str) -> Vec<u8> {
        let text = format!("{venue} {kind} {number}");
        self.keys.sealer().hash("identity", &text)
    }
}
