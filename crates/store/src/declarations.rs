//! Declarations: what a holder states about health, sealed, kept until its retention ends.

use crate::dialect::{execute, run};
use crate::{Error, Tx, new_id};
use domain::declaration::{Declaration, DeclarationKind, Statement};
use domain::ids::{DeclarationId, HolderId, VenueId};
use domain::journey::Journey;
use domain::role::{
    Authorized, CareForMember, HelpPerson, HelpScope, HolderScope, MemberScope, UseOwnData,
};
use domain::time::{Day, Timestamp};
use std::collections::HashMap;
use uuid::Uuid;

pub(crate) const PLACE: &str = "declarations.sealed";

/// The consent that a declaration was made under: the words of this version.
pub const CONSENT_VERSION: i32 = 1;

/// One statement as kept, without its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The declaration.
    pub id: DeclarationId,
    /// Which form.
    pub kind: DeclarationKind,
    /// When, until when, and whether it says yes to something.
    pub statement: Statement,
    /// Whether somebody else wrote it down: an attendant or a guardian.
    pub by_another: bool,
    /// At which venue, as long as visits of that day are kept.
    pub at_venue: Option<VenueId>,
}

/// Who writes a declaration down.
enum By {
    Oneself,
    /// Somebody at a venue, hidden under the day's key; nothing when the day has none.
    Another {
        at_venue: Option<Uuid>,
    },
}

type Row = (
    DeclarationId,
    DeclarationKind,
    Timestamp,
    Timestamp,
    bool,
    bool,
    Option<Uuid>,
);

impl Tx {
    /// Keeps a declaration. Earlier ones stay until their retention ends; the newest counts.
    pub async fn declare(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        answers: &Declaration,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Result<DeclarationId, Error> {
        self.keep_declaration((who.scope().holder, By::Oneself), answers, valid_until, now)
            .await
    }

    /// Keeps what an attendant wrote down for a person, and at which venue: under the day's key, so that the place is
    /// forgotten with the visit.
    pub async fn declare_for(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
        answers: &Declaration,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Result<DeclarationId, Error> {
        let (holder, today) = (who.scope().holder, self.zone.day(now));
        let key = self.keys.day(today, today)?;
        let at_venue = key.map(|key| key.hide(who.scope().venue.venue));
        let by = By::Another { at_venue };
        self.keep_declaration((holder, by), answers, valid_until, now)
            .await
    }

    /// Keeps what a guardian declares for a member of the family, marked as declared by another.
    pub async fn declare_for_member(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
        answers: &Declaration,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Result<DeclarationId, Error> {
        let by = By::Another { at_venue: None };
        self.keep_declaration((who.scope().member, by), answers, valid_until, now)
            .await
    }

    /// The declarations of a member of the family, the newest first, at most so many, without their answers.
    pub async fn member_declarations(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
        count: i64,
    ) -> Result<Vec<Declared>, Error> {
        self.declarations_of(who.scope().member, count).await
    }

    async fn keep_declaration(
        &mut self,
        (holder, by): (HolderId, By),
        answers: &Declaration,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> Result<DeclarationId, Error> {
        let id = DeclarationId(new_id(now));
        let sealed = self.keys.sealer().seal(PLACE, answers);
        let (by_another, at_venue) = match by {
            By::Oneself => (false, None),
            By::Another { at_venue } => (true, at_venue),
        };
        execute!(
            self,
            sqlx::query(
                "insert into declarations
                 (id, holder_id, kind, declared_at, valid_until, concern, consent_version, by_another,
                  at_venue, sealed)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(id)
            .bind(holder)
            .bind(answers.kind())
            .bind(now)
            .bind(valid_until)
            .bind(answers.general.concern())
            .bind(CONSENT_VERSION)
            .bind(by_another)
            .bind(at_venue)
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
        self.declarations_of(who.scope().holder, count).await
    }

    /// The newest declaration of a person who is helped at a gate, without its answers.
    pub async fn helped_declaration(
        &mut self,
        who: &Authorized<HelpPerson, HelpScope>,
    ) -> Result<Option<Declared>, Error> {
        Ok(self.declarations_of(who.scope().holder, 1).await?.pop())
    }

    /// The journeys that one's own declarations are about, by declaration, at most so many of the newest.
    pub async fn own_journeys(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        count: i64,
    ) -> Result<HashMap<DeclarationId, Journey>, Error> {
        let found: Vec<(DeclarationId, Vec<u8>)> = run!(self, |conn| {
            sqlx::query_as(
                "select id, sealed from declarations where holder_id = $1 and kind <> 'general'
                 order by declared_at desc, id desc limit $2",
            )
            .bind(who.scope().holder)
            .bind(count)
            .fetch_all(conn)
        })?;
        let mut journeys = HashMap::with_capacity(found.len());
        for (id, sealed) in found {
            let said: Declaration = self.keys.sealer().open(PLACE, &sealed)?;
            journeys.extend(said.journey.map(|journey| (id, journey)));
        }
        Ok(journeys)
    }

    /// One's own newest declaration with its answers, if any is still kept.
    pub async fn own_last_answers(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Option<Declaration>, Error> {
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

    /// Forgets where declarations were written down whose days' visits are gone.
    pub(crate) async fn forget_declaration_venues(&mut self, oldest: Day) -> Result<u64, Error> {
        let before = self.zone.start(oldest);
        let done = execute!(
            self,
            sqlx::query(
                "update declarations set at_venue = null where at_venue is not null and declared_at < $1"
            )
            .bind(before)
        )?;
        Ok(done)
    }

    async fn declarations_of(
        &mut self,
        holder: HolderId,
        count: i64,
    ) -> Result<Vec<Declared>, Error> {
        let found: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, kind, declared_at, valid_until, concern, by_another, at_venue from declarations
                 where holder_id = $1 order by declared_at desc, id desc limit $2",
            )
            .bind(holder)
            .bind(count)
            .fetch_all(conn)
        })?;
        found.into_iter().map(|row| self.declared(row)).collect()
    }

    fn declared(
        &self,
        (id, kind, declared, valid_until, concern, by_another, at_venue): Row,
    ) -> Result<Declared, Error> {
        let key = match at_venue {
            Some(_) => self.keys.existing(self.zone.day(declared))?,
            None => None,
        };
        Ok(Declared {
            id,
            kind,
            statement: Statement {
                declared,
                valid_until,
                concern,
            },
            by_another,
            at_venue: key.zip(at_venue).map(|(key, at_venue)| key.venue(at_venue)),
        })
    }
}
