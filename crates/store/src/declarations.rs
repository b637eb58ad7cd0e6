//! Declarations: what a holder states about health, sealed, kept until its retention ends.

use crate::dialect::{execute, run};
use crate::{Error, Tx, new_id};
use domain::declaration::{GeneralDeclaration, Statement};
use domain::ids::{DeclarationId, HolderId};
use domain::role::{Authorized, HolderScope, UseOwnData};
use domain::time::Timestamp;

pub(crate) const PLACE: &str = "declarations.sealed";

/// The consent that a declaration was made under: the words of this version.
pub const CONSENT_VERSION: i32 = 1;

/// One statement as kept, without its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The declaration.
    pub id: DeclarationId,
    /// When, until when, and whether it says yes to something.
    pub statement: Statement,
}

type Row = (DeclarationId, Timestamp, Timestamp, bool);

fn declared((id, declared, valid_until, concern): Row) -> Declared {
    Declared {
        id,
        statement: Statement {
            declared,
            valid_until,
            concern,
        },
    }
}

impl Tx {
    /// Keeps a declaration. Earlier ones stay until their retention ends; the newest counts.
    pub async fn declare(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        answers: &GeneralDeclaration,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Result<DeclarationId, Error> {
        let id = DeclarationId(new_id(now));
        let sealed = self.keys.sealer().seal(PLACE, answers);
        execute!(
            self,
            sqlx::query(
                "insert into declarations
                 (id, holder_id, declared_at, valid_until, concern, consent_version, sealed)
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(id)
            .bind(who.scope().holder)
            .bind(now)
            .bind(valid_until)
            .bind(answers.concern())
            .bind(CONSENT_VERSION)
            .bind(sealed)
        )?;
        Ok(id)
    }

    /// One's own declarations, the newest first, at most so many.
    pub async fn own_declarations(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        count: i64,
    ) -> Result<Vec<Declared>, Error> {
        self.declared_by(who.scope().holder, count).await
    }

    /// One's own newest declaration with its answers, if any is still kept.
    pub async fn own_last_answers(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Option<GeneralDeclaration>, Error> {
        let found: Option<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(
                "select sealed from declarations where holder_id = $1
                 order by declared_at desc, id desc limit 1",
            )
            .bind(who.scope().holder)
            .fetch_optional(conn)
        })?;
        found
            .map(|(sealed,)| self.keys.sealer().open(PLACE, &sealed))
            .transpose()
    }

    /// Erases declarations made before an instant.
    pub async fn erase_declarations(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from declarations where declared_at < $1").bind(before)
        )?;
        Ok(done)
    }

    async fn declared_by(&mut self, holder: HolderId, count: i64) -> Result<Vec<Declared>, Error> {
        let found: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, declared_at, valid_until, concern from declarations
                 where holder_id = $1 order by declared_at desc, id desc limit $2",
            )
            .bind(holder)
            .bind(count)
            .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(declared).collect())
    }
}
