//! What makes a card at the desk: a person is registered, or a record is taken for theirs, and the card is issued, all at
//! once or not at all.

use super::Desk;
use super::alike::usable;
use super::form::{DeskForm, Said};
use crate::web::office::commune;
use crate::web::problem::Problem;
use domain::audit::Deed;
use domain::card::{Card, CardKind, CardState, CardStep, StepReason};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::likeness::{Degree, Mark};
use domain::role::{
    Authorized, HolderScope, Purpose, RegisterHolder, ServeHolder, UnitScope, authorize,
};
use store::audit::Subject;
use store::{Constraint, Error, Tx};

impl Desk<'_> {
    /// Registers or finds the person and issues the card, all at once; or the key of what stands against it.
    pub(super) async fn issue(
        &self,
        form: &DeskForm,
        said: &Said,
    ) -> Result<Result<Card, &'static str>, Problem> {
        let Some(commune) = commune(self.app, self.officer, &form.commune) else {
            return Ok(Err("desk.err_commune"));
        };
        let now = self.app.now();
        let mut tx = self.app.store.write().await?;
        let who = self.may(commune)?;
        let found = tx.candidates(&who, &said.details, now).await?;
        let unsettled = found.iter().any(|one| {
            one.likeness.degree == Degree::Likely
                && form.chosen() != Some(one.holder.id)
                && !form.is_other(one.holder.id)
        });
        if unsettled {
            return Ok(Err("desk.unsettled"));
        }
        let chosen = form.chosen();
        let alike = |holder| found.iter().find(|one| one.holder.id == holder);
        match chosen.map(alike) {
            Some(None) => return Ok(Err("desk.chosen_gone")),
            Some(Some(one)) if one.likeness.contradicts() => return Ok(Err("desk.contradicts")),
            Some(Some(one)) if one.likeness.number == Mark::Same && !usable(&said.details, one) => {
                return Ok(Err("desk.elsewhere_hint"));
            }
            _ => {}
        }
        let holder = match chosen {
            Some(holder) => match self.take(&mut tx, &who, holder, (form, said)).await? {
                Ok(holder) => holder,
                Err(key) => return Ok(Err(key)),
            },
            None => match tx.register_holder(&who, &said.details, now).await {
                Ok(holder) => holder,
                Err(Error::Conflict(Constraint::ProvenNumber)) => return Ok(Err("desk.taken")),
                Err(error) => return Err(error.into()),
            },
        };
        let card = match self.give(&mut tx, holder, form, said.kind).await? {
            Ok(card) => card,
            Err(key) => return Ok(Err(key)),
        };
        tx.commit().await?;
        Ok(Ok(card))
    }

    /// Takes a record that was chosen for this person's: what was said now stands, and what was not said stays.
    async fn take(
        &self,
        tx: &mut Tx,
        who: &Authorized<RegisterHolder, UnitScope>,
        holder: HolderId,
        (form, said): (&DeskForm, &Said),
    ) -> Result<Result<HolderId, &'static str>, Problem> {
        let actor = self.officer.actor();
        let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
        let said = &said.details;
        let papers = [&said.id_number, &said.old_number, &said.insurance];
        let papers: Vec<&str> = papers.into_iter().flatten().map(String::as_str).collect();
        if authorize::<ServeHolder, _>(&actor, scope).is_err() {
            match self.take_in(tx, who, holder, &papers).await {
                Ok(true) => {}
                Ok(false) => return Ok(Err("desk.elsewhere")),
                Err(TakeIn::Taken) => return Ok(Err("desk.taken")),
                Err(TakeIn::Problem(problem)) => return Err(problem),
            }
        }
        let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
        let may = authorize::<ServeHolder, _>(&actor, scope)?;
        let known = tx.hold_served(&may).await?;
        let known = known.ok_or(Problem::NotFound)?.details;
        let now = self.app.now();
        // Whoever signs in to this record sees the card and where it goes.
        let other_phone = tx.signs_in_with_other(&may, said.phone.as_deref()).await?;
        if other_phone && !form.phone_gone() {
            return Ok(Err("desk.other_phone"));
        }
        if other_phone {
            tx.end_sign_in(&may, said.phone.as_deref(), now).await?;
            let (unit, subject) = (&may.scope().unit, [Subject::Holder(holder)]);
            let (why, deed) = (Purpose::Registration, Deed::SignInEnded);
            tx.audit(&may, unit, now, why, deed, &subject).await?;
        }
        let phone = known.phone.filter(|_| !other_phone);
        let details = HolderDetails {
            name: said.name.clone(),
            phone: said.phone.clone().or(phone),
            old_number: (said.old_number.clone())
                .or_else(|| former(&known.id_number, &said.id_number))
                .or(known.old_number),
            id_number: said.id_number.clone().or(known.id_number),
            insurance: said.insurance.clone().or(known.insurance),
            birth: said.birth.or(known.birth),
            gender: said.gender.or(known.gender),
            address: said.address.clone().or(known.address),
        };
        let unit = &who.scope().path;
        if form.guardians_stay() {
            self.confirm_guardians(tx, &may).await?;
        }
        match (tx.update_served(&may, &details, &papers, unit, now)).await {
            Ok(()) => Ok(Ok(holder)),
            Err(Error::Conflict(Constraint::ProvenNumber)) => Ok(Err("desk.taken")),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets those who care for the person alone go on, as the clerk has asked.
    async fn confirm_guardians(
        &self,
        tx: &mut Tx,
        may: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<(), Problem> {
        if tx.confirm_guardians(may).await? > 0 {
            let scope = may.scope();
            let (why, deed) = (Purpose::Registration, Deed::GuardiansConfirmed);
            let (now, subject) = (self.app.now(), [Subject::Holder(scope.holder)]);
            tx.audit(may, &scope.unit, now, why, deed, &subject).await?;
        }
        Ok(())
    }

    /// Takes over the record of somebody who lives elsewhere, by a number of the papers. The office there reads it in its log.
    async fn take_in(
        &self,
        tx: &mut Tx,
        who: &Authorized<RegisterHolder, UnitScope>,
        holder: HolderId,
        papers: &[&str],
    ) -> Result<bool, TakeIn> {
        let problem = |error: Error| match error {
            Error::Conflict(Constraint::ProvenNumber) => TakeIn::Taken,
            error => TakeIn::Problem(error.into()),
        };
        let (now, subject) = (self.app.now(), [Subject::Holder(holder)]);
        for number in papers {
            let Some(from) = tx.take_in(who, holder, number).await.map_err(problem)? else {
                continue;
            };
            for unit in [&from, &who.scope().path] {
                if unit.0.is_empty() {
                    continue;
                }
                let (why, deed) = (Purpose::Registration, Deed::TakeIn);
                tx.audit(who, unit, now, why, deed, &subject)
                    .await
                    .map_err(problem)?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Issues the card in place of the one that the clerk saw.
    async fn give(
        &self,
        tx: &mut Tx,
        holder: HolderId,
        form: &DeskForm,
        kind: CardKind,
    ) -> Result<Result<Card, &'static str>, Problem> {
        let now = self.app.now();
        let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
        let may = authorize::<ServeHolder, _>(&self.officer.actor(), scope)?;
        let cards = tx.served_cards(&may).await?;
        let in_use = cards
            .iter()
            .find(|card| card.kind == kind && card.state == CardState::Active);
        let newest = cards
            .iter()
            .find(|card| card.state == CardState::Active && now < card.expires);
        // What the clerk saw was the newest card in use, of whatever kind.
        if newest.is_some_and(|card| card.id.to_string() != form.seen) {
            return Ok(Err("desk.just_issued"));
        }
        let instead = in_use.map(|card| card.id);
        let now_in_use = form.issues() == Some("issued");
        let waits = |card: &&Card| {
            let state = matches!(card.state, CardState::Verified | CardState::Printed);
            card.kind == kind && state && now < card.expires
        };
        for waiting in cards.iter().filter(waits) {
            if !now_in_use {
                return Ok(Err("desk.waiting"));
            }
            // It would take the place of this one when it is printed and handed over.
            let (step, why) = (CardStep::Replacement, StepReason::None);
            tx.change_card(&may, waiting.id, step, why, now).await?;
        }
        let issued = tx.issue_card(&may, (kind, now_in_use), instead, now);
        let card = match issued.await {
            Ok(card) => card,
            Err(Error::Conflict(Constraint::CardInUse)) => return Ok(Err("desk.just_issued")),
            Err(error) => return Err(error.into()),
        };
        let unit = &may.scope().unit;
        let (deed, subject) = (Deed::Issue.to(card.id), [Subject::Holder(holder)]);
        tx.audit(&may, unit, now, Purpose::Registration, deed, &subject)
            .await?;
        Ok(Ok(card))
    }
}

/// What stands against taking a record over.
enum TakeIn {
    /// A number is another person's.
    Taken,
    Problem(Problem),
}

/// A CMND that a citizen number takes the place of. Any other number that changes was a slip.
fn former(known: &Option<String>, said: &Option<String>) -> Option<String> {
    let digits =
        |text: &String, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let citizen = said.as_ref().is_some_and(|number| digits(number, 12));
    known.clone().filter(|number| citizen && digits(number, 9))
}
