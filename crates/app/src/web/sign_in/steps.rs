//! What is remembered between the steps of signing in: sealed in a cookie, for some minutes.

use crate::AppState;
use crate::web::signed_in::{cookie, new_token, set_cookie};
use axum::http::HeaderMap;
use data_encoding::BASE64URL_NOPAD;
use domain::otp::OtpCode;
use domain::phone::Phone;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::otps::Guess;

const PLACE: &str = "cookie.sign_in";
/// Longer than a code is good for, so that a late one is told so.
const LENGTH: Duration = Duration::from_secs(1800);

/// How far signing in has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::web) struct Step {
    /// The number, E.164.
    phone: String,
    /// Who had the code sent, as limits know them: guesses count against theirs alone.
    pub(in crate::web) asker: String,
    /// Where to go on afterwards: a local path, or empty.
    pub(in crate::web) next: String,
    /// From when on another code may be asked for.
    pub(in crate::web) again: Timestamp,
    /// The token of the session that signing in begins. The step begins that one session, however
    /// often it is sent, and none after its end.
    pub(in crate::web) token: String,
    /// Whether the right code was typed.
    pub(in crate::web) proven: bool,
    until: Timestamp,
}

impl Step {
    /// A code is on its way to that number.
    pub(in crate::web) fn new(
        (phone, asker): (&Phone, &str),
        next: &str,
        again: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            phone: phone.e164(),
            asker: asker.to_owned(),
            next: next.to_owned(),
            again,
            token: new_token(),
            proven: false,
            until: now.plus(LENGTH),
        }
    }

    /// The right code was typed.
    pub(in crate::web) fn proven(self) -> Self {
        Self {
            proven: true,
            ..self
        }
    }

    /// The number.
    pub(in crate::web) fn phone(&self) -> Option<Phone> {
        Phone::parse(&self.phone)
    }

    /// What was typed for the code.
    pub(in crate::web) fn guess<'a>(&'a self, code: Option<&'a OtpCode>) -> Guess<'a> {
        Guess {
            code,
            step: &self.token,
            asker: Some(&self.asker),
        }
    }

    /// The step a browser is at, while it lasts.
    pub(in crate::web) fn of(app: &AppState, headers: &HeaderMap) -> Option<Self> {
        let sealed = BASE64URL_NOPAD
            .decode(cookie(headers, name(app))?.as_bytes())
            .ok()?;
        let step: Self = app.store.keys().sealer().open(PLACE, &sealed).ok()?;
        (app.now() < step.until).then_some(step)
    }

    /// The header that keeps it.
    pub(in crate::web) fn keep(&self, app: &AppState) -> HeaderMap {
        let sealed = app.store.keys().sealer().seal(PLACE, self);
        let value = BASE64URL_NOPAD.encode(&sealed);
        set_cookie(app, name(app), &value, LENGTH.as_secs())
    }

    /// The header that forgets it.
    pub(in crate::web) fn forget(app: &AppState) -> HeaderMap {
        set_cookie(app, name(app), "", 0)
    }
}

fn name(app: &AppState) -> &'static str {
    if app.secure() {
        "__Host-vaora_step"
    } else {
        "vaora_step"
    }
}
