//! Drafts: declarations begun and not sent yet, sealed, one of a kind, for a week at most. They are whose hands wrote them: a
//! member of the family does not see what was begun about them, nor the other way round.

use crate::dialect::{execute, run};
use crate::{Error, Tx, new_id};
use domain::declaration::DeclarationKind;
use domain::ids::HolderId;
use domain::retention::Retention;
use domain::role::{Authorized, HolderScope, UseOwnData};
use domain::time::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

const PLACE: &str = "drafts.sealed";

/// What was typed so far, by the names of the fields.
pub type Typed = BTreeMap<String, String>;

/// A declaration begun and not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which form.
    pub kind: DeclarationKind,
    /// When it was saved last.
    pub saved: Timestamp,
    /// What was typed.
    pub typed: Typed,
}

/// Whom a draft is about, as the column says it: nobody else is all zeros.
fn about(member: Option<HolderId>) -> HolderId {
    member.unwrap_or(HolderId(Uuid::nil()))
}

impl Tx {
    /// Keeps what was typed, in the place of an earlier draft of the kind: of oneself, or of a member of the family, whose care
    /// the caller has proven.
    pub async fn save_draft(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        (member, kind): (Option<HolderId>, DeclarationKind),
        typed: &Typed,
        now: Timestamp,
    ) -> Result<(), Error> {
        let sealed = self.keys.sealer().seal(PLACE, typed);
        execute!(
            self,
            sqlx::query(
                "insert into drafts (id, holder_id, about, kind, sealed, saved_at)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (holder_id, about, kind)
                 do update set sealed = excluded.sealed, saved_at = excluded.saved_at",
            )
            .bind(new_id(now))
            .bind(who.scope().holder)
            .bind(about(member))
            .bind(kind)
            .bind(&sealed)
            .bind(now)
        )?;
        Ok(())
    }

    /// The drafts about oneself or about a member that are not past their week, the newest first.
    pub async fn own_drafts(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        member: Option<HolderId>,
        now: Timestamp,
    ) -> Result<Vec<Draft>, Error> {
        let found: Vec<(DeclarationKind, Timestamp, Vec<u8>)> = run!(self, |conn| {
            sqlx::query_as(
                "select kind, saved_at, sealed from drafts
                 where holder_id = $1 and about = $2 and saved_at >= $3 order by saved_at desc, kind",
            )
            .bind(who.scope().holder)
            .bind(about(member))
            .bind(Retention::drafts_before(now))
            .fetch_all(conn)
        })?;
        let open = |(kind, saved, sealed): (_, _, Vec<u8>)| {
            let typed = self.keys.sealer().open(PLACE, &sealed)?;
            Ok(Draft { kind, saved, typed })
        };
        found.into_iter().map(open).collect()
    }

    /// Throws a draft away.
    pub async fn drop_draft(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        (member, kind): (Option<HolderId>, DeclarationKind),
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query("delete from drafts where holder_id = $1 and about = $2 and kind = $3")
                .bind(who.scope().holder)
                .bind(about(member))
                .bind(kind)
        )?;
        Ok(())
    }

    /// Throws away what was begun about somebody whom a holder cares for no more.
    pub(crate) async fn drop_drafts_about(
        &mut self,
        guardian: Option<HolderId>,
        member: HolderId,
    ) -> Result<(), Error> {
        const ONE: &str = "delete from drafts where about = $1 and holder_id = $2";
        const ALL: &str = "delete from drafts where about = $1";
        match guardian {
            Some(guardian) => execute!(self, sqlx::query(ONE).bind(member).bind(guardian))?,
            None => execute!(self, sqlx::query(ALL).bind(member))?,
        };
        Ok(())
    }

    /// Erases drafts saved before an instant.
    pub(crate) async fn erase_drafts(&mut self, before: Timestamp) -> Result<u64, Error> {
        let sql = "delete from drafts where saved_at < $1";
        Ok(execute!(self, sqlx::query(sql).bind(before))?)
    }
}
