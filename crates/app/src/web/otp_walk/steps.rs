//! What is remembered between the steps of a walk: sealed, in a cookie or in the address of the next page, for some minutes.

use crate::AppState;
use crate::otp::Asker;
use crate::web::signed_in::{cookie, new_token, set_cookie};
use axum::http::HeaderMap;
use data_encoding::BASE64URL_NOPAD;
use domain::phone::Phone;
use domain::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const PLACE: &str = "cookie.sign_in";
/// Longer than a code is good for, so that a late one is told so.
pub(in crate::web) const LENGTH: Duration = Duration::from_secs(1800);

/// How far a walk has come that a cookie remembers.
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
    /// What tells this walk from another that types the same code, and the token of the session that signing in begins. The
    /// step begins that one session, however often it is sent, and none after its end.
    pub(in crate::web) token: String,
    /// Whether the right code was typed.
    pub(in crate::web) proven: bool,
    until: Timestamp,
}

impl Step {
    /// A code is on its way to that number.
    pub(super) fn new(
        (phone, asker): (&Phone, Asker<'_>),
        next: &str,
        again: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            phone: phone.e164(),
            asker: asker.to_string(),
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

    /// The step a browser is at, while it lasts, and its number.
    pub(in crate::web) fn of(app: &AppState, headers: &HeaderMap) -> Option<(Self, Phone)> {
        let step: Self = open(app, PLACE, &cookie(headers, name(app))?)?;
        let phone = Phone::parse(&step.phone)?;
        (app.now() < step.until).then_some((step, phone))
    }

    /// The header that keeps it.
    pub(in crate::web) fn keep(&self, app: &AppState) -> HeaderMap {
        set_cookie(app, name(app), &seal(app, PLACE, self), LENGTH.as_secs())
    }

    /// The header that forgets it.
    pub(in crate::web) fn forget(app: &AppState) -> HeaderMap {
        set_cookie(app, name(app), "", 0)
    }
}

/// What an address remembers of a walk.
#[derive(Serialize, Deserialize)]
struct Carried<T> {
    phone: String,
    asker: String,
    what: T,
    until: Timestamp,
}

/// The number to which a code is on its way, who had it sent, and what else must be known, as an address carries them. `place`
/// tells one walk from another.
pub(in crate::web) fn carry<T: Serialize>(
    app: &AppState,
    place: &str,
    (phone, asker): (&Phone, Asker<'_>),
    what: T,
) -> String {
    let carried = Carried {
        phone: phone.e164(),
        asker: asker.to_string(),
        what,
        until: app.now().plus(LENGTH),
    };
    seal(app, place, &carried)
}

/// What an address carried, while it lasts.
pub(in crate::web) fn carried<T: DeserializeOwned>(
    app: &AppState,
    place: &str,
    text: &str,
) -> Option<(Phone, String, T)> {
    let step: Carried<T> = open(app, place, text)?;
    let phone = Phone::parse(&step.phone)?;
    (app.now() < step.until).then_some((phone, step.asker, step.what))
}

fn seal<T: Serialize>(app: &AppState, place: &str, step: &T) -> String {
    BASE64URL_NOPAD.encode(&app.store.keys().sealer().seal(place, step))
}

fn open<T: DeserializeOwned>(app: &AppState, place: &str, text: &str) -> Option<T> {
    let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    app.store.keys().sealer().open(place, &sealed).ok()
}

fn name(app: &AppState) -> &'static str {
    if app.secure() {
        "__Host-vaora_step"
    } else {
        "vaora_step"
    }
}
