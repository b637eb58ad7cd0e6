//! Families: people without a phone in the care of a holder, each with a record and a card of their own.
//!
//! Nobody is taken in whom a record may be of already: that is a request to the office, and the guardian is not shown whose it is.
//! The link ends when the member proves a phone: the record is then their own. What an office sees and does of it is `guardians.rs`.

use crate::dialect::{execute, run};
use crate::holders::{Holder, NewHolder};
use crate::{Error, Tx};
use domain::card::{Card, CardKind, CardState, CardStep, StepReason};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::likeness::{Degree, Likeness, Mark};
use domain::member::{self, Relation};
use domain::phone::Phone;
use domain::role::{Authorized, CareForMember, HolderScope, MemberScope, UseOwnData};
use domain::search_key;
use domain::time::Timestamp;

/// A member of one's family.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub holder: Holder,
    /// What the person is to the holder.
    pub relation: Relation,
}

/// What came of taking somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The person is in the family, with a record of their own.
    New(HolderId),
    /// A record may be of this person already: the office decides.
    Known,
    /// The family is full.
    Full,
}

/// What came of putting a person into somebody's care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrusted {
    /// It was done.
    Done,
    /// The family is full, or both are one person.
    Full,
    /// The person has a phone: only a code that comes to it says that they agree.
    HasPhone,
}

/// What came of making a member's record their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freed {
    /// It is theirs.
    Done,
    /// An office has looked at the person's papers, or a phone signs in already: a guardian has no say in who signs in.
    Office,
}

impl Tx {
    /// Takes somebody without a phone into one's family, if nobody known may be the same person.
    pub async fn add_member(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        details: &HolderDetails,
        relation: Relation,
        now: Timestamp,
    ) -> Result<Added, Error> {
        let guardian = who.scope().holder;
        // One at a time, so that the limit holds.
        self.held(guardian).await?;
        if self.family_is_full(guardian).await? {
            return Ok(Added::Full);
        }
        let known = self.indexed(&search_key::alike(details)).await?;
        let may_be = |holder: &Holder| {
            let likeness = Likeness::of(details, &holder.details);
            let named = matches!(likeness.name, Mark::Same | Mark::Near);
            match likeness.degree {
                Degree::Likely => true,
                Degree::Possible => named,
                Degree::None => false,
            }
        };
        if known.iter().any(may_be) {
            return Ok(Added::Known);
        }
        let new = NewHolder {
            details,
            phone: None,
            browser: None,
            verified: true,
            unit: &who.scope().unit,
        };
        let member = self.add_holder(&new, now).await?;
        self.link((guardian, member), (relation, true), now).await?;
        Ok(Added::New(member))
    }

    /// The members of one's family, in the order in which they came.
    pub async fn members(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<Member>, Error> {
        let found: Vec<(HolderId, Relation)> = run!(self, |conn| {
            sqlx::query_as(
                "select member_id, relation from members where guardian_id = $1 order by added_at, member_id",
            )
            .bind(who.scope().holder)
            .fetch_all(conn)
        })?;
        let mut members = Vec::with_capacity(found.len());
        for (member, relation) in found {
            if let Some(holder) = self.holder(member).await? {
                members.push(Member { holder, relation });
            }
        }
        Ok(members)
    }

    /// The scope of a member, when this person cares for them: of a record that was merged, that of the one it is now.
    /// Nothing sealed is opened.
    pub async fn member_scope(
        &mut self,
        guardian: HolderId,
        member: HolderId,
    ) -> Result<Option<MemberScope>, Error> {
        let Some(scope) = self.holder_scope(member).await? else {
            return Ok(None);
        };
        let cares = self.cares(guardian, scope.holder).await?;
        Ok(cares.then_some(MemberScope {
            member: scope.holder,
            guardian,
            unit: scope.unit,
        }))
    }

    /// What is known of a member.
    pub async fn member_details(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
    ) -> Result<Option<Holder>, Error> {
        self.holder(who.scope().member).await
    }

    /// A member's cards, the newest first.
    pub async fn member_cards(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
    ) -> Result<Vec<Card>, Error> {
        self.cards_of(who.scope().member).await
    }

    /// Whether an office withholds cards from a member.
    pub async fn member_cards_withheld(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
    ) -> Result<bool, Error> {
        self.withheld(who.scope().member).await
    }

    /// A member's newest card that is good; a new one, to be shown on the guardian's phone, where there is none; nothing
    /// where an office withholds cards from the member.
    pub async fn member_card(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
        now: Timestamp,
    ) -> Result<Option<Card>, Error> {
        let member = who.scope().member;
        self.held(member).await?;
        let cards = self.cards_of(member).await?;
        let good = |card: &&Card| card.state == CardState::Active && now < card.expires;
        if let Some(card) = cards.iter().find(good) {
            return Ok(Some(card.clone()));
        }
        self.issue_unseen(member, CardKind::Electronic, (who.actor(), now))
            .await
    }

    /// Lets a member go. The phone's code of somebody whom nobody else cares for, who has no phone and whom no office has
    /// seen, is put out of use.
    pub async fn remove_member(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let MemberScope {
            guardian, member, ..
        } = who.scope();
        let sql = "delete from members where guardian_id = $1 and member_id = $2";
        execute!(self, sqlx::query(sql).bind(*guardian).bind(*member))?;
        self.drop_drafts_about(Some(*guardian), *member).await?;
        if self.seen_by_office(*member).await? {
            return Ok(());
        }
        self.void_shown(
            *member,
            (CardStep::Revocation, StepReason::None),
            (who.actor(), now),
        )
        .await?;
        Ok(())
    }

    /// Makes a member's record their own: they have just proven a phone. Nobody cares for them any more. Nothing is done
    /// to the record of somebody whom an office has seen. Fails with `Conflict(HolderPhone)` when the phone has a holder already.
    pub async fn free_member(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
        phone: &Phone,
    ) -> Result<Freed, Error> {
        let member = who.scope().member;
        let known = self.held(member).await?;
        // What was true when the guardian was let in may have ended since.
        let still = self.cares(who.scope().guardian, member).await?;
        let Some(known) = known.filter(|_| still) else {
            return Ok(Freed::Office);
        };
        if self.seen_by_office(member).await? || !self.phones_of(member).await?.is_empty() {
            return Ok(Freed::Office);
        }
        let details = HolderDetails {
            phone: Some(phone.e164()),
            ..known.details
        };
        self.replace(member, &details, &known.unit).await?;
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        let sql = "update holders set phone_hash = $2 where id = $1 and phone_hash is null";
        execute!(self, sqlx::query(sql).bind(member).bind(hash))?;
        let sql = "delete from members where member_id = $1";
        execute!(self, sqlx::query(sql).bind(member))?;
        self.drop_drafts_about(None, member).await?;
        Ok(Freed::Done)
    }

    /// Whether a guardian may make a member's record their own: no office has seen the person, and no phone signs in.
    pub async fn may_free(
        &mut self,
        who: &Authorized<CareForMember, MemberScope>,
    ) -> Result<bool, Error> {
        let member = who.scope().member;
        Ok(!self.seen_by_office(member).await? && self.phones_of(member).await?.is_empty())
    }

    /// Puts oneself into the care of a holder, whom one has just given a code that came to one's own phone.
    pub async fn accept_guardian(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        guardian: HolderId,
        relation: Relation,
        now: Timestamp,
    ) -> Result<Entrusted, Error> {
        let tie = (guardian, who.scope().holder);
        self.entrust(tie, (relation, false), now).await
    }

    /// Who cares for oneself, by id and name: whoever is helped may know by whom.
    pub async fn guardians(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<(HolderId, String)>, Error> {
        let guardians = self.guardians_of(&[who.scope().holder]).await?;
        let guardians = guardians.into_values().flatten();
        Ok(guardians.map(|one| (one.holder, one.name)).collect())
    }

    /// Ends somebody's care for oneself; whether they cared.
    pub async fn dismiss_guardian(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        guardian: HolderId,
    ) -> Result<bool, Error> {
        self.end_tie(guardian, who.scope().holder).await
    }

    pub(crate) async fn end_tie(
        &mut self,
        guardian: HolderId,
        member: HolderId,
    ) -> Result<bool, Error> {
        let sql = "delete from members where guardian_id = $1 and member_id = $2";
        let done = execute!(self, sqlx::query(sql).bind(guardian).bind(member))?;
        self.drop_drafts_about(Some(guardian), member).await?;
        Ok(done > 0)
    }

    /// Whether somebody cares for a person now.
    async fn cares(&mut self, guardian: HolderId, member: HolderId) -> Result<bool, Error> {
        let found: Option<(i32,)> = run!(self, |conn| {
            sqlx::query_as("select 1 from members where guardian_id = $1 and member_id = $2")
                .bind(guardian)
                .bind(member)
                .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    pub(crate) async fn entrust(
        &mut self,
        (guardian, member): (HolderId, HolderId),
        (relation, alone): (Relation, bool),
        now: Timestamp,
    ) -> Result<Entrusted, Error> {
        self.held(guardian).await?;
        if member == guardian || self.family_is_full(guardian).await? {
            return Ok(Entrusted::Full);
        }
        self.link((guardian, member), (relation, alone), now)
            .await?;
        Ok(Entrusted::Done)
    }

    async fn family_is_full(&mut self, guardian: HolderId) -> Result<bool, Error> {
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as("select count(*) from members where guardian_id = $1")
                .bind(guardian)
                .fetch_one(conn)
        })?;
        Ok(count >= member::MOST)
    }

    /// `alone`: neither an office nor the person has agreed. A tie that both have agreed to stays so.
    async fn link(
        &mut self,
        (guardian, member): (HolderId, HolderId),
        (relation, alone): (Relation, bool),
        now: Timestamp,
    ) -> Result<(), Error> {
        let sql = "insert into members (guardian_id, member_id, relation, added_at, alone) values ($1, $2, $3, $4, $5)
                   on conflict (guardian_id, member_id) do update set alone = members.alone and excluded.alone";
        execute!(
            self,
            sqlx::query(sql)
                .bind(guardian)
                .bind(member)
                .bind(relation)
                .bind(now)
                .bind(alone)
        )?;
        Ok(())
    }
}
