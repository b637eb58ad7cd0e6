//! Identities: numbers of papers by which people without a code are found. Of a number its keyed hash is kept, and the
//! number sealed, to be shown masked; of the paper nothing else, and no picture.

use crate::dialect::{execute, run};
use crate::holders::scope;
use crate::{Error, Tx};
use domain::identity::IdentityKind;
use domain::role::{Authorized, HelpPerson, HelpScope, HolderScope};
use domain::time::Timestamp;

const PLACE: &str = "identities.sealed";

impl Tx {
    /// The person whom a paper was shown for before: whoever shows it is that person, unproven.
    pub async fn holder_of_identity(
        &mut self,
        kind: IdentityKind,
        number: &str,
    ) -> Result<Option<HolderScope>, Error> {
        let hash = self.identity_hash(kind, number);
        let row = run!(self, |conn| {
            sqlx::query_as(
                "select h.id, h.unit_path from identities i join holders h on h.id = i.holder_id
                 where i.hash = $1",
            )
            .bind(hash)
            .fetch_optional(conn)
        })?;
        Ok(row.map(scope))
    }

    /// Notes that a paper is this person's. Fails with `Conflict(Identity)` when it is somebody's already.
    pub async fn add_identity(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
        kind: IdentityKind,
        number: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let hash = self.identity_hash(kind, number);
        let sealed = self.keys.sealer().seal(PLACE, &number);
        execute!(
            self,
            sqlx::query(
                "insert into identities (hash, kind, holder_id, sealed, added_at)
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(hash)
            .bind(kind)
            .bind(who.scope().holder)
            .bind(sealed)
            .bind(now)
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

    fn identity_hash(&self, kind: IdentityKind, number: &str) -> Vec<u8> {
        let text = format!("{kind} {number}");
        self.keys.sealer().hash("identity", &text)
    }
}
