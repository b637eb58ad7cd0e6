//! Who cares for a person, as an office sees it.
//!
//! A guardian may take somebody in whom no office has seen. Such a tie ends when an office sees the person, unless the clerk
//! has asked and says that it stays: otherwise whoever types a name first would have a say in a record that papers prove.

use crate::dialect::{execute, run};
use crate::holders::{Holder, Row};
use crate::members::Entrusted;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId};
use domain::member::Relation;
use domain::role::{Actor, Authorized, HolderScope, ServeHolder};
use domain::time::Timestamp;
use std::collections::HashMap;

/// Somebody who cares for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardian {
    /// Who it is.
    pub holder: HolderId,
    /// The name.
    pub name: String,
    /// What the person is to the guardian.
    pub relation: Relation,
    /// Whether neither an office nor the person has agreed.
    pub alone: bool,
}

type GuardianRow = (
    HolderId,
    Relation,
    bool,
    HolderId,
    Vec<u8>,
    bool,
    String,
    Timestamp,
);

impl Tx {
    /// Who cares for a person whom the office serves, in the order in which they came. Whoever shows them leaves the audit
    /// entry.
    pub async fn served_guardians(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<Vec<Guardian>, Error> {
        let holder = who.scope().holder;
        let mut found = self.guardians_of(&[holder]).await?;
        Ok(found.remove(&holder).unwrap_or_default())
    }

    /// Puts a person whom the office serves into the care of a holder.
    pub async fn give_guardian(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        guardian: HolderId,
        relation: Relation,
        now: Timestamp,
    ) -> Result<Entrusted, Error> {
        let member = who.scope().holder;
        self.held(member).await?;
        if !self.phones_of(member).await?.is_empty() {
            return Ok(Entrusted::HasPhone);
        }
        self.entrust((guardian, member), (relation, false), now)
            .await
    }

    /// The same for somebody new whom the office has not seen: the care ends when one does, unless the clerk has asked then.
    pub async fn give_guardian_unseen(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        guardian: HolderId,
        relation: Relation,
        now: Timestamp,
    ) -> Result<Entrusted, Error> {
        let member = who.scope().holder;
        self.entrust((guardian, member), (relation, true), now)
            .await
    }

    /// Lets everybody who cares for a person go on, as the office has asked; how many did so alone until now.
    pub async fn confirm_guardians(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<u64, Error> {
        let sql = "update members set alone = $2 where member_id = $1 and alone = $3";
        let member = who.scope().holder;
        Ok(execute!(
            self,
            sqlx::query(sql).bind(member).bind(false).bind(true)
        )?)
    }

    /// Ends somebody's care for a person whom the office serves; whether they cared. The phone's code goes, too, where nobody
    /// else shows it.
    pub async fn end_guardian(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        guardian: HolderId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let member = who.scope().holder;
        self.held(member).await?;
        let done = self.end_tie(guardian, member).await?;
        if done {
            let step = (CardStep::Revocation, StepReason::None);
            self.void_shown(member, step, (who.actor(), now)).await?;
        }
        Ok(done)
    }

    /// Ends the ties that guardians made alone with a person whom an office sees now.
    pub(crate) async fn end_lone_ties(
        &mut self,
        member: HolderId,
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        let sql = "delete from members where member_id = $1 and alone = $2";
        if execute!(self, sqlx::query(sql).bind(member).bind(true))? > 0 {
            let step = (CardStep::Revocation, StepReason::None);
            self.void_shown(member, step, by).await?;
        }
        Ok(())
    }

    /// Puts a person's codes on phones out of use where nobody is left who shows them: no guardian, and no phone of their
    /// own. Says which they were.
    pub(crate) async fn void_shown(
        &mut self,
        holder: HolderId,
        (step, why): (CardStep, StepReason),
        by: (&Actor, Timestamp),
    ) -> Result<Vec<CardId>, Error> {
        let left = self.guardians_of(&[holder]).await?;
        if !left.is_empty() || !self.phones_of(holder).await?.is_empty() {
            return Ok(Vec::new());
        }
        let mut voided = Vec::new();
        for card in self.cards_of(holder).await? {
            let shown = match step {
                CardStep::Suspension => card.state == CardState::Active,
                _ => !card.state.over(),
            };
            if card.kind == CardKind::Electronic && shown {
                self.step((card.id, holder), step, why, by).await?;
                voided.push(card.id);
            }
        }
        Ok(voided)
    }

    /// Who cares for each of some people, in the order in which they came.
    pub(crate) async fn guardians_of(
        &mut self,
        members: &[HolderId],
    ) -> Result<HashMap<HolderId, Vec<Guardian>>, Error> {
        const HEAD: &str = "select m.member_id, m.relation, m.alone, h.id, h.sealed, h.verified, h.unit_path, h.created_at
             from members m join holders h on h.id = m.guardian_id where m.member_id in (";
        let keys = [Column::ids(members.iter().map(|member| member.0))];
        let tail = ") order by m.added_at, m.guardian_id";
        let rows: Vec<GuardianRow> = self.look_up(HEAD, &keys, tail).await?;
        let mut found: HashMap<HolderId, Vec<Guardian>> = HashMap::new();
        for (member, relation, alone, id, sealed, verified, unit, created) in rows {
            let row: Row = (id, sealed, verified, unit, created);
            let Holder { id, details, .. } = self.opened(row)?;
            found.entry(member).or_default().push(Guardian {
                holder: id,
                name: details.name.as_str().to_owned(),
                relation,
                alone,
            });
        }
        Ok(found)
    }

    /// Whether an office has seen a person, with a number or without: children and some old people have no paper. Whoever was
    /// seen under a record that was merged into this one was seen, too.
    pub(crate) async fn seen_by_office(&mut self, holder: HolderId) -> Result<bool, Error> {
        let sql = "select id from holders where (id = $1 or merged_into = $1) and seen limit 1";
        let found: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(sql).bind(holder).fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Notes that an office has seen a person.
    pub(crate) async fn note_seen(&mut self, holder: HolderId) -> Result<(), Error> {
        let sql = "update holders set seen = $2 where id = $1";
        execute!(self, sqlx::query(sql).bind(holder).bind(true))?;
        Ok(())
    }

    /// The phones that sign in to a record, and the row that each is of: its own, or one that was merged into it.
    pub(crate) async fn phones_of(
        &mut self,
        holder: HolderId,
    ) -> Result<Vec<(HolderId, Vec<u8>)>, Error> {
        let sql = "select id, phone_hash from holders
                   where (id = $1 or merged_into = $1) and phone_hash is not null order by id";
        Ok(run!(self, |conn| sqlx::query_as(sql)
            .bind(holder)
            .fetch_all(conn))?)
    }
}
