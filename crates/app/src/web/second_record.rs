//! "Two of me": somebody who has two records shows that the second is theirs, and asks that they become one.
//!
//! By the phone of the second record and a code sent to it: then they become one at once, unless something that is known speaks
//! against it. By the number on its card and the date of birth: then an office looks at both. The page says the same whether there
//! is such a card or not.

use super::field_errors::FieldErrors;
use super::office_cards::card_id;
use super::otp_walk::steps::Step;
use super::otp_walk::{self, CodeForm, PhoneForm, Walk, Words};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use crate::otp;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::Deed;
use domain::birth::Birth;
use domain::ids::HolderId;
use domain::matching::{SignInPhones, plain};
use domain::otp::OtpPurpose;
use domain::phone::Phone;
use domain::role::{JoinOwnRecords, PairScope, Purpose, authorize};
use serde::Deserialize;
use std::iter;
use std::time::Duration;
use store::Tx;
use store::audit::Subject;
use store::merges::{Choice, Merged};
use store::rates::Limit;

/// How many cards one person may name in a day.
const CARDS: Limit = Limit {
    kind: "second record",
    most: 5,
    window: Duration::from_secs(86_400),
};
const LATER: u32 = 86_400;
const WALK: Walk = Walk {
    purpose: OtpPurpose::Join,
    start: "/second-record",
    code: "/second-record/code",
    again: "",
    words: Words::PLAIN,
};

#[derive(Template)]
#[template(path = "second_record/ask.html")]
struct AskPage {
    page: Page,
    errors: FieldErrors,
    phone: String,
    card: String,
    birth: String,
    done: &'static str,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// The card of the second record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CardForm {
    card: String,
    birth: String,
}

/// Asks for the phone, or for the card and the date of birth.
pub async fn ask(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let page = who.reader.page(&app);
    let done = match done.done.as_str() {
        "joined" => page.text("second_record.joined"),
        "asked" => page.text("second_record.asked"),
        "claimed" => page.text("second_record.claimed"),
        "parted" => page.text("second_record.parted"),
        "none" => page.text("second_record.none"),
        "same" => page.text("second_record.same"),
        _ => "",
    };
    reply::page(&AskPage {
        errors: FieldErrors::default(),
        phone: String::new(),
        card: String::new(),
        birth: String::new(),
        done,
        page,
    })
}

/// Sends a code to the phone of the second record.
pub async fn send(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let reader = &who.reader;
    let mut errors = FieldErrors::default();
    if let Some(phone) = otp_walk::phone_of(&form.phone, reader, &mut errors) {
        let with = own_phone(&app, &who).await?;
        let sent = otp::send_to_join(&app, reader.into(), &phone, &with, reader.locale).await;
        match WALK.sent(&app, (&phone, reader.into()), sent, "") {
            Ok(code) => return Ok(code),
            Err(refused) => errors.add("phone", refused.words(reader.locale)?),
        }
    }
    reply::mend(&AskPage {
        page: reader.page(&app),
        errors,
        phone: form.phone,
        card: String::new(),
        birth: String::new(),
        done: "",
    })
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    WALK.ask(&app, &who.reader, Step::of(&app, &headers))
}

/// Checks the code; both records are the reader's then.
pub async fn check_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let proven = WALK.proven(&app, &who.reader, &headers, &form.otp);
    let (mut tx, phone) = match proven.await? {
        Ok(proven) => proven,
        Err(page) => return Ok(page),
    };
    let done = match tx.holder_of_phone(&phone).await?.map(|scope| scope.holder) {
        None => "none",
        Some(other) if other == who.holder => "same",
        Some(other) => join(&app, &mut tx, &who, other).await?,
    };
    tx.commit().await?;
    let to = format!("/second-record?done={done}");
    Ok(reply::see_with(&to, [Step::forget(&app)]))
}

/// Asks an office to look at one's own record and that of a card.
pub async fn claim(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<CardForm>,
) -> Result<Response, Problem> {
    let page = who.reader.page(&app);
    let mut errors = FieldErrors::default();
    let (card, birth) = (card_id(&form.card), Birth::typed(&form.birth));
    if card.is_none() {
        errors.add("card", page.text("office_cards.card_wrong"));
    }
    if birth.is_none() {
        errors.add("birth", page.text("desk.err_birth"));
    }
    let (Some(card), Some(birth)) = (card, birth) else {
        return reply::mend(&AskPage {
            page,
            errors,
            phone: String::new(),
            card: form.card,
            birth: form.birth,
            done: "",
        });
    };
    let now = app.now();
    let mut tx = app.store.write().await?;
    if !tx.within(CARDS, &who.holder.to_string(), now).await? {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    let own = who.own(&mut tx).await?;
    // A line either way: whoever has only found a card does not learn from it whether the birth date was right.
    let other = tx.claim_match(&own, card, birth, now).await?;
    let about: Vec<_> = iter::once(who.holder)
        .chain(other)
        .map(Subject::Holder)
        .collect();
    let (unit, why, deed) = (&own.scope().unit, Purpose::Support, Deed::MatchClaimed);
    tx.audit(&own, unit, now, why, deed, &about).await?;
    tx.commit().await?;
    Ok(reply::see("/second-record?done=asked"))
}

/// The phone of whoever asks, as the message to the other names it.
async fn own_phone(app: &AppState, who: &SignedInHolder) -> Result<String, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let known = tx.own_details(&own).await?.ok_or(Problem::NotFound)?;
    let phone = known.details.phone.as_deref().and_then(Phone::parse);
    Ok(phone.map_or_else(|| "?".to_owned(), |phone| phone.masked()))
}

/// Makes both records one, or has an office look at them.
async fn join(
    app: &AppState,
    tx: &mut Tx,
    who: &SignedInHolder,
    other: HolderId,
) -> Result<&'static str, Problem> {
    let now = app.now();
    let one = tx.holder_scope(who.holder).await?;
    let beside = tx.holder_scope(other).await?;
    let (one, other) = one.zip(beside).ok_or(Problem::NotFound)?;
    let about = [Subject::Holder(one.holder), Subject::Holder(other.holder)];
    let may = authorize::<JoinOwnRecords, _>(&who.actor(), PairScope { one, other })?;
    let proposed = tx.propose_own(&may, now).await?;
    let proposed = proposed.ok_or(Problem::NotFound)?;
    let choice = Choice {
        kept: proposed.kept,
        from_gone: Vec::new(),
        phones: SignInPhones::Both,
        cards_of: proposed.kept,
        guardians_stay: false,
    };
    // Where an office has said that they are two people's, an office says so again or not.
    let joined = plain(&proposed.likeness)
        && !proposed.apart
        && matches!(tx.merge(&may, &choice, now).await?, Merged::Done(_));
    let deed = if joined {
        Deed::Merge
    } else {
        Deed::MatchClaimed
    };
    let unit = &may.scope().one.unit;
    tx.audit(&may, unit, now, Purpose::Support, deed, &about)
        .await?;
    Ok(if joined { "joined" } else { "claimed" })
}
