//! The walk by a code: a phone is typed, a code is sent to it, the code is typed, and what it is for is done.
//!
//! Here is what all walks share. What a code is for, and where its pages are, says a `Walk` beside its handlers; what is
//! remembered on the way is in `steps.rs`.

pub(super) mod steps;

use super::field_errors::FieldErrors;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use crate::otp::{self, Asker, OtpRefused, OtpSent};
use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::otp::{OtpCode, OtpPurpose, VALIDITY};
use domain::phone::Phone;
use serde::Deserialize;
use steps::Step;
use store::Tx;
use store::otps::{Guess, OtpCheck};

/// What a code is for, where its pages are, and what the page of the code says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// What the code is for.
    pub(super) purpose: OtpPurpose,
    /// Where the way back leads, mostly to the phone.
    pub(super) start: &'static str,
    /// Where the code is typed.
    pub(super) code: &'static str,
    /// Where another code is asked for; empty where one begins anew instead.
    pub(super) again: &'static str,
    /// The words of the page.
    pub(super) words: Words,
}

/// Keys of what the page of a code says; empty for nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// Its title.
    pub(super) title: &'static str,
    /// The way back.
    pub(super) back: &'static str,
    /// What comes of it.
    pub(super) consequence: &'static str,
    /// The button, and its kind.
    pub(super) verb: (&'static str, &'static str),
    /// What stands below, and its icon.
    pub(super) note: (&'static str, &'static str),
}

impl Words {
    /// A code is typed, and nothing else is said.
    pub(super) const PLAIN: Self = Self {
        title: "otp.title",
        back: "sign_in.other_phone",
        consequence: "",
        verb: ("otp.confirm", "primary"),
        note: ("", ""),
    };
}

/// The phone, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PhoneForm {
    pub(super) phone: String,
}

/// The code, as it was sent; the step of a walk that no cookie remembers stands in the address, too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    pub(super) step: String,
    pub(super) otp: String,
}

/// The page that asks for the code.
#[derive(Template)]
#[template(path = "otp_walk/code.html")]
pub(super) struct CodePage {
    pub(super) page: Page,
    pub(super) errors: FieldErrors,
    pub(super) walk: Walk,
    pub(super) sent: String,
    /// The step, where the form carries it; empty otherwise.
    pub(super) step: String,
    /// Seconds until another code may be asked for.
    pub(super) wait: i64,
}

impl Walk {
    /// Sends a code to a phone, whoever's it is, and leads to where it is typed.
    pub(super) async fn send(
        &self,
        app: &AppState,
        reader: &Reader,
        phone: &Phone,
        next: &str,
    ) -> Result<Response, OtpRefused> {
        let sent = otp::send(app, reader, phone, self.purpose, reader.locale).await;
        self.sent(app, (phone, reader.into()), sent, next)
    }

    /// Leads to where a code is typed that is on its way to a phone, and remembers that, and who asked, in a cookie.
    pub(super) fn sent(
        &self,
        app: &AppState,
        to: (&Phone, Asker<'_>),
        sent: Result<OtpSent, OtpRefused>,
        next: &str,
    ) -> Result<Response, OtpRefused> {
        let now = app.now();
        let step = Step::new(to, next, otp::again(sent, now)?, now);
        Ok(reply::see_with(self.code, [step.keep(app)]))
    }

    /// Asks for the code; whoever has asked for none begins anew.
    pub(super) fn ask(
        &self,
        app: &AppState,
        reader: &Reader,
        step: Option<(Step, Phone)>,
    ) -> Result<Response, Problem> {
        match step {
            Some((_, phone)) => {
                reply::page(&self.page(app, reader, &phone, FieldErrors::default()))
            }
            None => Ok(reply::see(self.start)),
        }
    }

    /// The page that asks for the code sent to a phone.
    pub(super) fn page(
        &self,
        app: &AppState,
        reader: &Reader,
        phone: &Phone,
        errors: FieldErrors,
    ) -> CodePage {
        let page = reader.page(app);
        let minutes = (VALIDITY.as_secs() / 60).to_string();
        let phone = phone.masked();
        CodePage {
            sent: page.fill("otp.sent", [("phone", phone.as_str()), ("n", &minutes)]),
            walk: *self,
            step: String::new(),
            wait: 0,
            errors,
            page,
        }
    }

    /// Compares what was typed at a step with the codes that the same asker had sent, in the transaction in which what the code is for is done.
    pub(super) async fn compare(
        &self,
        app: &AppState,
        phone: &Phone,
        (typed, step, asker): (&str, &str, &str),
    ) -> Result<(Tx, OtpCheck), Problem> {
        let code = OtpCode::parse(typed);
        let mut tx = app.store.write().await?;
        let guess = Guess {
            code: code.as_ref(),
            step,
            asker: Some(asker),
        };
        let found = tx.check_otp(phone, self.purpose, guess, app.now()).await?;
        Ok((tx, found))
    }

    /// The transaction and the phone of whoever typed the right code, where a cookie remembers the step; the page again otherwise.
    pub(super) async fn proven(
        &self,
        app: &AppState,
        reader: &Reader,
        headers: &HeaderMap,
        typed: &str,
    ) -> Result<Result<(Tx, Phone), Response>, Problem> {
        let at = Step::of(app, headers);
        // A code that one person had sent is for nobody else who signs in here.
        let own = at.filter(|(step, _)| step.asker == Asker::from(reader).to_string());
        let (step, phone) = own.ok_or(Problem::OutOfOrder)?;
        let compared = self
            .compare(app, &phone, (typed, &step.token, &step.asker))
            .await?;
        if compared.1 == OtpCheck::Again {
            // What the first click wrote may be on its way to disk: this waits for it.
            compared.0.commit().await?;
            let done = reply::see_with(self.start, [Step::forget(app)]);
            return Ok(Err(done));
        }
        let mut errors = FieldErrors::default();
        Ok(match right(compared, reader, &mut errors).await? {
            Some(tx) => Ok((tx, phone)),
            None => Err(reply::mend(&self.page(app, reader, &phone, errors))?),
        })
    }
}

/// The transaction of a code that is right, and right for the first time; otherwise the try is kept, and the errors say what
/// is wrong.
pub(super) async fn right(
    (tx, found): (Tx, OtpCheck),
    reader: &Reader,
    errors: &mut FieldErrors,
) -> Result<Option<Tx>, Problem> {
    let Err(wrong) = otp::verdict(found) else {
        return Ok(Some(tx));
    };
    tx.commit().await?;
    errors.add("otp", wrong.words(reader.locale)?);
    Ok(None)
}

/// The phone that was typed; the errors say when it is none.
pub(super) fn phone_of(typed: &str, reader: &Reader, errors: &mut FieldErrors) -> Option<Phone> {
    let phone = Phone::parse(typed);
    if phone.is_none() {
        errors.add("phone", reader.locale.text("err.phone"));
    }
    phone
}
