//! Everything that can be refused, and the only place that knows status codes.
//!
//! A handler returns a [`Problem`]; [`present`] turns it into RFC 9457 JSON or into a
//! page, in the reader's language, and logs what went wrong inside once.

use super::locale::Locale;
use super::page::{ErrorPage, Page};
use super::signed_in;
use crate::{AppState, percent};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::error::Category;
use serde_json::json;

/// A refusal, with what the reader needs to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is at this address, or the reader may not know that something is.
    NotFound,
    /// The method does not exist at this address.
    MethodNotAllowed,
    /// The reader is known and may not.
    Forbidden,
    /// The request came from another site's page.
    ForeignOrigin,
    /// A page that needs a phone session: where to return to.
    SignIn(String),
    /// A page that needs an officer's session: where to return to.
    OfficerSignIn(String),
    /// No token, or one that is not valid (any more).
    TokenRefused,
    /// The body cannot be read: what is wrong with it, in English for developers.
    Malformed(String),
    /// A demonstration was called by a name that is not this machine's.
    Misdirected,
    /// The body is larger than this many bytes or lines.
    TooLarge,
    /// More lines than one file holds.
    TooLong,
    /// A tap that was not recorded: its page was too old, or its gate has closed meanwhile.
    NotRecorded,
    /// What was typed at a gate is neither a card's number nor a code: nothing was recorded.
    TypedWrong,
    /// A form's step was sent before the one that leads to it.
    OutOfOrder,
    /// Somebody who was to be helped, and has been erased meanwhile: nothing was kept.
    PersonGone,
    /// A one-time link that was used, replaced or ran out.
    LinkDead,
    /// Something else holds that name or state already.
    Conflict,
    /// A limit was reached: when to come back, in seconds.
    TooMany(u32),
    /// The server is at its limit for the moment.
    Busy,
    /// There is no room for so large a body, for a moment.
    NoRoom,
    /// The disk is full: nothing was recorded.
    DiskFull,
    /// Not set up yet.
    NotSetUp,
    /// A fault of ours; the log has it.
    Internal(String),
}

impl Problem {
    /// A page that needs a phone session.
    pub fn sign_in(path: &str) -> Self {
        Self::SignIn(path.to_owned())
    }

    /// A page that needs an officer's session.
    pub fn officer_sign_in(path: &str) -> Self {
        Self::OfficerSignIn(path.to_owned())
    }

    /// A body that is not the JSON that is read here: what is wrong and where. The words of the error
    /// quote the body, which may name people, and at any length.
    pub fn unread(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            Category::Eof => "it ends too early",
            Category::Data => "a member is missing, or is of another kind",
            Category::Syntax | Category::Io => "it is no JSON",
        };
        let (line, column) = (error.line(), error.column());
        Self::Malformed(format!("line {line}, column {column}: {what}"))
    }

    /// The slug of its kind, and nothing else of it.
    pub const fn slug(&self) -> &'static str {
        self.kind().1
    }

    /// The one table: status, and the slug of `type` and of the words.
    const fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign_origin"),
            Self::SignIn(_) | Self::OfficerSignIn(_) => (StatusCode::UNAUTHORIZED, "sign_in"),
            Self::TokenRefused => (StatusCode::UNAUTHORIZED, "token_refused"),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "misdirected"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too_long"),
            Self::NotRecorded => (StatusCode::CONFLICT, "not_recorded"),
            Self::TypedWrong => (StatusCode::UNPROCESSABLE_ENTITY, "typed_wrong"),
            Self::OutOfOrder => (StatusCode::CONFLICT, "out_of_order"),
            Self::PersonGone => (StatusCode::GONE, "person_gone"),
            Self::LinkDead => (StatusCode::GONE, "link_dead"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Busy | Self::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
            Self::NotSetUp => (StatusCode::SERVICE_UNAVAILABLE, "not_set_up"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    fn json(&self, locale: Locale) -> Response {
        let (status, slug) = self.kind();
        let mut body = json!({
            "type": format!("/problems/{slug}"),
            "title": locale.text(&format!("problem.{slug}.title")),
            "status": status.as_u16(),
            "detail": locale.text(&format!("problem.{slug}.detail")),
        });
        if let Self::Malformed(what) = self {
            body["errors"] = json!([what]);
        }
        let headers = [(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        )];
        (status, headers, body.to_string()).into_response()
    }

    fn html(&self, page: Page) -> Response {
        let (status, slug) = self.kind();
        let title = page.text(&format!("problem.{slug}.title"));
        let detail = page.text(&format!("problem.{slug}.detail"));
        let body = ErrorPage {
            page,
            title,
            what_to_do: detail,
        }
        .render()
        .unwrap_or_else(|_| title.to_owned());
        (status, Html(body)).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Who asked, as far as the words of a refusal depend on it.
#[derive(Debug)]
pub struct Asker {
    /// What was asked, when a person's browser did.
    page: Option<Parts>,
    locale: Locale,
}

impl Asker {
    /// Whoever sent this.
    pub fn of(parts: &Parts) -> Self {
        let accepted = parts.headers.get(ACCEPT).and_then(|v| v.to_str().ok());
        let wants_page = !parts.uri.path().starts_with("/api/")
            && accepted.is_some_and(|accepted| accepted.contains("text/html"));
        Self {
            page: wants_page.then(|| parts.clone()),
            locale: signed_in::locale(parts),
        }
    }
}

/// Presents problems: JSON to programs, pages to people.
pub async fn present(app: &AppState, asker: Asker, mut response: Response) -> Response {
    let Some(problem) = response
        .extensions_mut()
        .remove::<Problem>()
        .or_else(|| plain(&response))
    else {
        return response;
    };
    if let Problem::Internal(error) = &problem {
        tracing::error!(error, "a request failed");
    }
    let mut presented = match (asker.page, &problem) {
        (Some(_), Problem::SignIn(next)) => return redirect("/sign-in", next),
        (Some(_), Problem::OfficerSignIn(next)) => return redirect("/office/sign-in", next),
        (Some(mut parts), _) => {
            match signed_in::Reader::from_request_parts(&mut parts, app).await {
                Ok(reader) => problem.html(reader.page(app)),
                Err(_) => problem.html(Page::new(asker.locale, parts.uri.path())),
            }
        }
        (None, _) => problem.json(asker.locale),
    };
    if let Some(methods) = response.headers_mut().remove(ALLOW) {
        presented.headers_mut().insert(ALLOW, methods);
    }
    let retry = match problem {
        Problem::TooMany(seconds) => Some(seconds),
        Problem::Busy | Problem::DiskFull => Some(30),
        Problem::NoRoom => Some(2),
        _ => None,
    };
    if let Some(seconds) = retry {
        presented
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    presented
}

/// What axum itself refuses, in English and as plain text. The forms that are answered with a page
/// to mend have the same status, and stay.
fn plain(response: &Response) -> Option<Problem> {
    let kind = response.headers().get(CONTENT_TYPE);
    let english = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let malformed = |what: &str| english.then(|| Problem::Malformed(what.to_owned()));
    match response.status() {
        StatusCode::NOT_FOUND => Some(Problem::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Problem::TooLarge),
        StatusCode::BAD_REQUEST => malformed("the address, its query or the body cannot be read"),
        StatusCode::UNPROCESSABLE_ENTITY => malformed("a field is missing or cannot be read"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            malformed("a body of this Content-Type is not read here")
        }
        _ => None,
    }
}

fn redirect(to: &str, next: &str) -> Response {
    let encoded = percent::path(next);
    let location = HeaderValue::from_str(&format!("{to}?next={encoded}"))
        .unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use std::error::Error as _;
        match error {
            store::Error::Conflict(store::Constraint::CardPlace) => {
                tracing::error!(
                    "the signer gave a place that another card has: its register is older than the register of cards"
                );
                Self::Busy
            }
            store::Error::Conflict(_) => Self::Conflict,
            store::Error::Busy(_) | store::Error::Stopped => Self::Busy,
            store::Error::DiskFull(_) => Self::DiskFull,
            store::Error::Limit(seconds) => Self::TooMany(seconds),
            store::Error::Signer(what) => {
                tracing::error!(error = what, "the signer does not answer");
                Self::Busy
            }
            // A new day's key had no room.
            store::Error::Keys(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                Self::DiskFull
            }
            other => {
                let cause = other
                    .source()
                    .map(|source| format!(": {source}"))
                    .unwrap_or_default();
                Self::Internal(format!("{other}{cause}"))
            }
        }
    }
}

impl From<crate::signer::Error> for Problem {
    fn from(error: crate::signer::Error) -> Self {
        use crate::signer::{Error, wire::Refusal};
        match error {
            Error::Refused(Refusal::Limit(seconds)) => Self::TooMany(seconds),
            Error::Refused(refusal) => Self::Internal(refusal.to_string()),
            Error::Gone(_) => store::Error::Signer(error.to_string()).into(),
        }
    }
}

impl From<domain::role::Denied> for Problem {
    fn from(_: domain::role::Denied) -> Self {
        Self::Forbidden
    }
}

impl From<crate::passwords::Busy> for Problem {
    fn from(_: crate::passwords::Busy) -> Self {
        Self::Busy
    }
}

impl From<codes::draw::TooLong> for Problem {
    fn from(error: codes::draw::TooLong) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<crate::print::PrintError> for Problem {
    fn from(error: crate::print::PrintError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::Internal(format!("template: {error}"))
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(format!("file: {error}"))
    }
}
