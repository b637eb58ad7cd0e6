//! What is remembered between an attendant's pages about one person: sealed in the address of the next page, so that two
//! people can be helped side by side. It is of use to that attendant, at that gate, for some minutes.

use crate::AppState;
use crate::web::reply;
use crate::web::signed_in::{SignedInHolder, new_token};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use domain::ids::{CheckpointId, HolderId, ScanId};
use domain::otp::{OtpCode, OtpPurpose};
use domain::phone::Phone;
use domain::scan::Asked;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::otps::Guess;

const PLACE: &str = "form.without_code";
/// As long as a code is good, and the looking for it.
const STEP_GOOD_FOR: Duration = Duration::from_secs(900);

/// How far a person has come.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// At which gate.
    pub(super) gate: CheckpointId,
    /// The person's number.
    pub(super) phone: Phone,
    kept: Kept,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    gate: CheckpointId,
    attendant: HolderId,
    phone: String,
    asked: Asked,
    companions: u8,
    /// From when on another code may be sent; nothing while none was sent from here.
    again: Option<Timestamp>,
    /// Who had it sent, as limits know them; nobody while none was sent from here.
    asker: Option<String>,
    /// What tells this step from another that types the same code.
    token: String,
    /// The scan of a person whose code was right: sent twice, it is recorded once.
    proven: Option<ScanId>,
    until: Timestamp,
}

impl Step {
    /// Somebody gave a number.
    pub(super) fn new(
        app: &AppState,
        signed_in: &SignedInHolder,
        gate: CheckpointId,
        phone: &Phone,
        (asked, companions): (Asked, u8),
    ) -> Self {
        let kept = Kept {
            gate,
            attendant: signed_in.holder,
            phone: phone.e164(),
            asked,
            companions,
            again: None,
            asker: None,
            token: new_token(),
            proven: None,
            until: app.now().plus(STEP_GOOD_FOR),
        };
        Self {
            gate,
            phone: phone.clone(),
            kept,
        }
    }

    /// The step in an address, of this attendant at this gate.
    pub(super) fn of(
        app: &AppState,
        signed_in: &SignedInHolder,
        gate: CheckpointId,
        text: &str,
    ) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let kept: Kept = app.store.keys().sealer().open(PLACE, &sealed).ok()?;
        let own = kept.attendant == signed_in.holder && kept.gate == gate;
        let phone = Phone::parse(&kept.phone)?;
        (own && app.now() < kept.until).then_some(Self { gate, phone, kept })
    }

    /// A code is on its way.
    pub(super) fn sent(mut self, asker: &str, again: Timestamp) -> Self {
        self.kept.again = Some(again);
        self.kept.asker = Some(asker.to_owned());
        self
    }

    /// The right code was read out.
    pub(super) fn proven(mut self, scan: ScanId) -> Self {
        self.kept.proven = Some(scan);
        self
    }

    /// The scan of whoever read out the right code.
    pub(super) const fn scan(&self) -> Option<ScanId> {
        self.kept.proven
    }

    /// From when on another code may be sent; nothing while none was sent from here.
    pub(super) const fn again(&self) -> Option<Timestamp> {
        self.kept.again
    }

    /// What was read out. A code fetched before was sent to whoever asked for it, elsewhere: every guess is one at it.
    pub(super) fn guess<'a>(&'a self, code: &'a OtpCode) -> Guess<'a> {
        Guess {
            code: Some(code),
            step: &self.kept.token,
            asker: self.kept.asker.as_deref(),
        }
    }

    /// Which kind of code is read out: the one sent from here, or one fetched before.
    pub(super) const fn purpose(&self) -> OtpPurpose {
        match self.kept.again {
            Some(_) => OtpPurpose::Gate,
            None => OtpPurpose::Spoken,
        }
    }

    /// Which way, and how many come along.
    pub(super) const fn way(&self) -> (Asked, u8) {
        (self.kept.asked, self.kept.companions)
    }

    /// As an address or a form carries it.
    pub(super) fn sealed(&self, app: &AppState) -> String {
        BASE64URL_NOPAD.encode(&app.store.keys().sealer().seal(PLACE, &self.kept))
    }

    /// The next page.
    pub(super) fn see(&self, app: &AppState, page: &str) -> Response {
        let (gate, step) = (self.gate, self.sealed(app));
        reply::see(&format!(
            "/checkpoints/{gate}/without-code/{page}?step={step}"
        ))
    }
}
