//! An attendant writes down a declaration for somebody at the gate who has none that counts: the same questions, the consent
//! read out. What is known of the person already is not asked, not shown beyond what the gate shows, and not overwritten.

use super::form::{DeclarationForm, Person};
use super::steps::{Filled, Step, Taken};
use super::whose::Whose;
use crate::AppState;
use crate::gates::gate;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::scanner::by_hand::{Brought, Held, Passing, by_hand};
use crate::web::scanner::{Recorder, UNDECLARED, open_gate};
use crate::web::signed_in::SignedInHolder;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::declaration::Declaration;
use domain::holder::HolderDetails;
use domain::ids::{CheckpointId, ScanId};
use domain::role::{Authorized, HelpPerson, HelpScope, Purpose, authorize};
use domain::scan::Asked;
use domain::time::Timestamp;
use store::Tx;
use store::audit::Subject;
use store::holders::Holder;

/// A person at the gate, and the attendant who was just shown who it is.
struct Helping {
    recorder: Recorder,
    may: Authorized<HelpPerson, HelpScope>,
    holder: Holder,
    /// When the attendant was shown the person, by the server's clock.
    shown: Timestamp,
    asked: Asked,
    companions: u8,
    brought: Brought,
}

impl Helping {
    /// From what the answer to a referred scan held. Only whoever may record at that gate gets there, for half an hour.
    async fn of(
        app: &AppState,
        tx: &mut Tx,
        signed_in: &SignedInHolder,
        id: CheckpointId,
        form: &DeclarationForm,
    ) -> Result<Self, Problem> {
        let (recorder, _, _) = open_gate(tx, signed_in, id).await?;
        let scan = ScanId::parse(&form.scan).ok_or(Problem::OutOfOrder)?;
        let held = Held::of(app, &form.held, scan)
            .filter(|held| held.stands(app.now()))
            .ok_or(Problem::OutOfOrder)?;
        let recorded = tx.scan(&recorder, scan).await?;
        let recorded = recorded
            .filter(|line| {
                UNDECLARED
                    .into_iter()
                    .any(|reason| line.reasons.has(reason))
            })
            .ok_or(Problem::OutOfOrder)?;
        let person = match held.person() {
            Some(person) => Some(person),
            // Whose card was read, the scan says, as long as its day is kept.
            None if held.is_card() => {
                let key = app.store.keys().existing(recorded.day)?;
                key.zip(recorded.holder).map(|(key, who)| key.holder(who))
            }
            None => None,
        };
        let person = person.ok_or(Problem::OutOfOrder)?;
        // The record may have become one with another meanwhile.
        let person = tx.holder_scope(person).await?.ok_or(Problem::PersonGone)?;
        let scope = HelpScope {
            venue: recorder.scope().clone(),
            holder: person.holder,
        };
        let may = authorize::<HelpPerson, _>(&signed_in.actor(), scope)?;
        let holder = tx.helped_details(&may).await?;
        let holder = holder.ok_or(Problem::PersonGone)?;
        Ok(Self {
            recorder,
            may,
            holder,
            shown: held.shown(),
            asked: recorded.direction.into(),
            companions: held.companions(),
            brought: held.brought(),
        })
    }

    fn filled(
        &self,
        app: &AppState,
        signed_in: &SignedInHolder,
        gate: CheckpointId,
        mut form: DeclarationForm,
    ) -> Filled {
        let page = signed_in.reader.page(app);
        let whose = Whose::stranger(gate, &self.holder);
        Filled {
            read: whose.person(app, &page, &self.holder.details, &mut form),
            whose,
            page,
            form,
        }
    }
}

/// Step 1, with nothing filled in but what most people answer: their nation, and the province of the place.
pub async fn ask_another(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(mut form): Query<DeclarationForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let helping = Helping::of(&app, &mut tx, &signed_in, id, &form).await?;
    let province = helping.recorder.scope().unit.0.get(1);
    form = DeclarationForm {
        scan: form.scan,
        held: form.held,
        province: province.map_or_else(String::new, ToString::to_string),
        nation: "Việt Nam".to_owned(),
        ..DeclarationForm::default()
    };
    let filled = helping.filled(&app, &signed_in, id, form);
    filled.begin(&app, Vec::new())
}

/// Takes a step; after the last it keeps the declaration as another's writing, and has the gate decide again.
pub async fn take_another(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    step: Step,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let helping = Helping::of(&app, &mut tx, &signed_in, id, &form).await?;
    drop(tx);
    let filled = helping.filled(&app, &signed_in, id, form);
    let (person, said) = match filled.take(&app, step).await? {
        Taken::Show(page) => return Ok(page),
        Taken::Draft(..) | Taken::Discard(_) => return Err(Problem::OutOfOrder),
        Taken::All(all) => *all,
    };
    keep(&app, &helping, id, (&person, &said)).await?;
    let mut tx = app.store.read().await?;
    let gate = gate(helping.recorder, &mut tx, None, id).await?;
    drop(tx);
    let passing = Passing {
        companions: helping.companions,
        ..Passing::now(&app, helping.asked)
    };
    by_hand(&app, &gate, helping.brought, passing).await
}

/// Keeps it once: sent again, or after the person declared meanwhile, nothing is written. What is known of the person is
/// read here again, because it may have changed since the page was.
async fn keep(
    app: &AppState,
    helping: &Helping,
    gate: CheckpointId,
    (said, answers): (&Person, &Declaration),
) -> Result<(), Problem> {
    let (now, may) = (app.now(), &helping.may);
    let mut tx = app.store.write().await?;
    let known = tx.hold_helped(may).await?.ok_or(Problem::PersonGone)?;
    let scope = tx.holder_scope(known.id).await?;
    if scope.is_none_or(|scope| scope.holder != known.id) {
        return Err(Problem::OutOfOrder);
    }
    let newest = tx.helped_declaration(may).await?;
    if newest.is_some_and(|newest| newest.statement.declared >= helping.shown) {
        return Ok(tx.rollback().await?);
    }
    let id = known.id;
    let unit = Whose::stranger(gate, &known).unit(&said.unit);
    tx.complete_helped(may, || completed(known.details, said), &unit)
        .await?;
    let settings = tx.unit_settings(&unit).await?;
    let valid_until = now.plus(settings.validity.of(answers.kind()));
    tx.declare_for(may, answers, valid_until, now).await?;
    let today = app.zone().day(now);
    let key = app.store.keys().existing(today)?;
    let key = key.ok_or_else(|| Problem::Internal("today has no key".to_owned()))?;
    let about = [Subject::Visitor(today, key.pseudonym(id))];
    let (scope, deed) = (may.scope(), Deed::Declaration.to(may.scope().venue.venue));
    tx.audit(may, &scope.venue.unit, now, Purpose::Support, deed, &about)
        .await?;
    Ok(tx.commit().await?)
}

/// What is known, with what was said where nothing was known.
fn completed(known: HolderDetails, said: &Person) -> HolderDetails {
    HolderDetails {
        id_number: known.id_number.or_else(|| said.details.id_number.clone()),
        birth: known.birth.or(said.details.birth),
        gender: known.gender.or(said.details.gender),
        ..known
    }
}
