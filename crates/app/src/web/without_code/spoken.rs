//! A code to be read out at gates, fetched beforehand: by the holder, or by anybody with a phone.

use crate::AppState;
use crate::otp;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::{Reader, SignedInHolder};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::HolderId;
use domain::otp::{OtpPurpose, SPOKEN_VALIDITY, TRIES};
use domain::phone::Phone;
use domain::role::Actor;
use serde::Deserialize;

/// What was done just before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    sent: String,
}

/// The number it goes to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PhoneForm {
    phone: String,
}

#[derive(Template)]
#[template(path = "without_code/spoken.html")]
struct SpokenPage {
    page: Page,
    errors: FieldErrors,
    phone: String,
    sent: bool,
    hours: String,
    tries: String,
}

/// Says what the code is for, and asks for the number; one's own is there already.
pub async fn ask(
    State(app): State<AppState>,
    reader: Reader,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let phone = match reader.actor {
        Some(Actor::Holder(holder)) => own_phone(&app, reader.clone(), holder).await?,
        _ => None,
    };
    let phone = phone.map_or_else(String::new, |phone| phone.written());
    let sent = done.sent == "1";
    reply::page(&page(&app, &reader, phone, sent, FieldErrors::default()))
}

/// Sends the code. The answer is the same for every number.
pub async fn send(
    State(app): State<AppState>,
    reader: Reader,
    Form(form): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    match Phone::parse(&form.phone) {
        None => errors.add("phone", reader.locale.text("err.phone")),
        Some(phone) => {
            let purpose = OtpPurpose::Spoken;
            match otp::send(
                &app,
                reader.address.as_str(),
                &phone,
                purpose,
                reader.locale,
            )
            .await
            {
                Ok(_) => return Ok(reply::see("/spoken-code?sent=1")),
                Err(refused) => errors.add("phone", refused.words(reader.locale)?),
            }
        }
    }
    reply::mend(&page(&app, &reader, form.phone, false, errors))
}

async fn own_phone(
    app: &AppState,
    reader: Reader,
    holder: HolderId,
) -> Result<Option<Phone>, Problem> {
    let mut tx = app.store.read().await?;
    let own = SignedInHolder { holder, reader }.own(&mut tx).await?;
    let details = tx.own_details(&own).await?;
    Ok(details.and_then(|own| Phone::parse(&own.details.phone?)))
}

fn page(
    app: &AppState,
    reader: &Reader,
    phone: String,
    sent: bool,
    errors: FieldErrors,
) -> SpokenPage {
    SpokenPage {
        page: reader.page(app),
        errors,
        phone,
        sent,
        hours: (SPOKEN_VALIDITY.as_secs() / 3600).to_string(),
        tries: TRIES.to_string(),
    }
}
