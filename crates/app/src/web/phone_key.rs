//! The key of a holder's phone: kept, so that the phone may show a code that changes.

use super::cards;
use super::problem::Problem;
use super::signed_in::SignedInHolder;
use crate::AppState;
use axum::Json;
use axum::extract::{Form, State};
use codes::phone::PhoneKey;
use data_encoding::BASE64URL_NOPAD;
use domain::audit::Deed;
use domain::phone_key::CREDENTIAL_VALIDITY;
use domain::role::Purpose;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::audit::Subject;
use store::phone_keys::Kept;
use store::rates::Limit;

/// What the phone brings.
#[derive(Debug, Deserialize)]
pub struct Brought {
    /// The public key: a point of P-256, base64url without padding.
    key: String,
}

/// What the phone is given.
#[derive(Debug, Serialize)]
pub struct Given {
    /// Names the key on the page of this phone.
    id: String,
    /// The card that its codes are of.
    card: String,
    /// The signed credential, base64url without padding.
    credential: String,
    /// Until when it is valid, in milliseconds.
    expires: i64,
    /// What time it is, in milliseconds.
    now: i64,
}

/// How many new keys a person's phones may bring in a day: each leaves a row for two months, and costs a signature.
const PER_PERSON: Limit = Limit {
    kind: "phone keys",
    most: 30,
    window: Duration::from_secs(24 * 3600),
};

/// Keeps the key of this browser and signs its credential for the card that the own page shows.
pub async fn create(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(brought): Form<Brought>,
) -> Result<Json<Given>, Problem> {
    let wrong = || Problem::Malformed("key must be a point of P-256 in base64url".to_owned());
    let point = BASE64URL_NOPAD.decode(brought.key.as_bytes());
    let point = point.map_err(|_| wrong())?;
    let key = PhoneKey::new(&point).ok_or_else(wrong)?;
    let token = who.reader.token.as_deref().unwrap_or_default();
    let now = app.now();
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    let all = tx.own_cards(&own).await?;
    let card = cards::usable(&all, now).ok_or(Problem::NotFound)?;
    let issued = Timestamp::from_seconds(now.seconds());
    let expires = issued.plus(CREDENTIAL_VALIDITY).min(card.expires);
    let kept = tx
        .keep_phone_key(&own, token, (card.id, key.hash()), (now, expires))
        .await?;
    let id = match kept {
        Kept::Refused => return Err(Problem::Conflict),
        Kept::Renewed(id) => id,
        Kept::New(id) => {
            if !tx
                .within(PER_PERSON, &who.holder.0.to_string(), now)
                .await?
            {
                return Err(Problem::TooMany(PER_PERSON.window.as_secs() as u32));
            }
            let (deed, about) = (Deed::PhoneKey, [Subject::Holder(who.holder)]);
            tx.audit(
                &own,
                &own.scope().unit,
                now,
                Purpose::Admission,
                deed,
                &about,
            )
            .await?;
            id
        }
    };
    let credential = app.signer.vouch(card.id, &point, issued).await?;
    tx.commit().await?;
    Ok(Json(Given {
        id: id.to_string(),
        card: card.id.to_string(),
        credential: BASE64URL_NOPAD.encode(&credential),
        expires: expires.millis(),
        now: app.now().millis(),
    }))
}
