//! What was filled in, in a sealed cookie, until the phone is proven.

use crate::AppState;
use crate::web::signed_in;
use crate::web::venues::form::VenueForm;
use axum::http::HeaderMap;
use data_encoding::BASE64URL_NOPAD;
use domain::holder::PersonName;
use domain::otp::OtpCode;
use domain::phone::Phone;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::otps::Guess;

pub(super) const COOKIE: &str = "vaora_venue";
const SEALED_FOR: &str = "cookie.venue";
/// How long a registration may lie unfinished.
const DRAFT_LIFE: Duration = Duration::from_secs(3600);
/// Browsers keep no longer cookies than about 4,096 bytes with name and attributes.
const DRAFT_MAX: usize = 3900;

/// A registration under way.
#[derive(Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) began: Timestamp,
    pub(super) venue: VenueForm,
    pub(super) registrant: Option<RegistrantForm>,
    /// None until the second step, and again once the first is changed.
    pub(super) sent: Option<Sent>,
}

/// A code under way to the registrant.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) at: Timestamp,
    /// The token of the session that the last step begins: a new one each time a code is asked for.
    pub(super) token: String,
    /// Who had the code sent, as limits know them.
    pub(super) asker: String,
}

impl Sent {
    pub(super) fn to(asker: &str, now: Timestamp) -> Self {
        Self {
            at: now,
            token: signed_in::new_token(),
            asker: asker.to_owned(),
        }
    }

    /// What was typed for the code.
    pub(super) fn guess<'a>(&'a self, code: Option<&'a OtpCode>) -> Guess<'a> {
        Guess {
            code,
            step: &self.token,
            asker: Some(&self.asker),
        }
    }
}

/// Who registers, as it was typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrantForm {
    pub(super) person: String,
    pub(super) phone: String,
}

impl Draft {
    pub(super) fn read(app: &AppState, headers: &HeaderMap) -> Option<Self> {
        let sealed = BASE64URL_NOPAD
            .decode(signed_in::cookie(headers, COOKIE)?.as_bytes())
            .ok()?;
        let draft: Self = app.store.keys().sealer().open(SEALED_FOR, &sealed).ok()?;
        let age = app.now().since(draft.began);
        (age < DRAFT_LIFE.as_millis() as i64).then_some(draft)
    }

    /// The cookie that carries it; nothing when it is too large for one.
    pub(super) fn cookie(&self, app: &AppState) -> Option<HeaderMap> {
        let sealed = app.store.keys().sealer().seal(SEALED_FOR, self);
        let text = BASE64URL_NOPAD.encode(&sealed);
        let fits = text.len() <= DRAFT_MAX;
        fits.then(|| signed_in::set_cookie(app, COOKIE, &text, DRAFT_LIFE.as_secs()))
    }

    /// The registrant and the code sent, once the second step was right.
    pub(super) fn asked(&self) -> Option<(PersonName, Phone, Sent)> {
        let (name, phone) = self.known()?;
        Some((name, phone, self.sent.clone()?))
    }

    fn known(&self) -> Option<(PersonName, Phone)> {
        let form = self.registrant.as_ref()?;
        Some((
            PersonName::parse(&form.person).ok()?,
            Phone::parse(&form.phone)?,
        ))
    }
}
