//! Who is asking: the session behind a cookie, the reader's language, and the page's frame.

use super::locale::Locale;
use super::page::{Page, SignedInView};
use super::problem::Problem;
use crate::AppState;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use domain::ids::{HolderId, OfficerId};
use domain::role::{
    Actor, Authorized, HolderScope, OfficerRole, RegisterHolder, UnitScope, UseOwnData, authorize,
};
use domain::unit::UnitCode;
use rand::Rng;
use store::Tx;
use store::sessions::SessionOf;

/// Anyone: known or not.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The reader's language.
    pub locale: Locale,
    /// Who it is, when a session says so.
    pub actor: Option<Actor>,
    /// The reader's own name, when a session says who it is.
    pub name: String,
    /// The session's token.
    pub token: Option<String>,
    /// Path and query of the request.
    pub path: String,
    /// What identifies the other end for limits: the connection's address (see `peer.rs`).
    pub address: String,
    /// How many requests wait at the reader's office; 0 for everybody else.
    pub waiting: i64,
}

impl Reader {
    /// The frame of a page for this reader.
    pub fn page(&self, app: &AppState) -> Page {
        let mut page = Page::new(self.locale, self.path.clone());
        page.demo = app.demo();
        page.zone = app.zone();
        page.retention_days = app.retention().scan_days;
        page.signed_in = self.actor.as_ref().map(|actor| SignedInView {
            name: self.name.clone(),
            role_label: self.locale.text(role_key(actor)).to_owned(),
            officer: matches!(actor, Actor::Officer { .. }),
        });
        let nav = super::nav::for_actor(self.actor.as_ref());
        page.nav = nav.waits("/office/people", self.waiting, "requests.waiting");
        page
    }
}

const fn role_key(actor: &Actor) -> &'static str {
    match actor {
        Actor::Holder(_) => "role.holder",
        Actor::Device { .. } => "role.device",
        Actor::Console => "role.console",
        Actor::System => "role.system",
        Actor::Officer { role, .. } => match role {
            OfficerRole::CommuneOfficer => "role.commune_officer",
            OfficerRole::Inspector => "role.inspector",
            OfficerRole::HealthOfficer => "role.health_officer",
            OfficerRole::ProvinceOfficer => "role.province_officer",
            OfficerRole::NationalOfficer => "role.national_officer",
            OfficerRole::Auditor => "role.auditor",
        },
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let token = cookie(&parts.headers, app.cookie_name());
        let session = match &token {
            Some(token) => {
                let mut tx = app.store.read().await?;
                tx.session(token, app.clock.now()).await?
            }
            None => None,
        };
        let (actor, name) = session.unzip();
        Ok(Self {
            locale: locale(parts),
            actor,
            name: name.unwrap_or_default(),
            token,
            path: parts
                .uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            address: super::peer::address(parts),
            waiting: 0,
        })
    }
}

/// A person with a phone session; everyone else is sent to sign in.
#[derive(Clone, Debug)]
pub struct SignedInHolder {
    /// The person.
    pub holder: HolderId,
    /// The reader.
    pub reader: Reader,
}

impl SignedInHolder {
    /// The actor, for the policy.
    pub fn actor(&self) -> Actor {
        Actor::Holder(self.holder)
    }

    /// What this person may do with what is their own.
    pub async fn own(&self, tx: &mut Tx) -> Result<Authorized<UseOwnData, HolderScope>, Problem> {
        let scope = tx.holder_scope(self.holder).await?;
        let scope = scope.ok_or_else(|| Problem::sign_in(&self.reader.path))?;
        Ok(authorize(&self.actor(), scope)?)
    }
}

impl FromRequestParts<AppState> for SignedInHolder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let reader = Reader::from_request_parts(parts, app).await?;
        match reader.actor {
            Some(Actor::Holder(holder)) => Ok(Self { holder, reader }),
            _ => Err(Problem::sign_in(&reader.path)),
        }
    }
}

/// An officer with a session; everyone else is sent to the officers' sign-in.
#[derive(Clone, Debug)]
pub struct SignedInOfficer {
    /// The officer.
    pub officer: OfficerId,
    /// The office.
    pub role: OfficerRole,
    /// The unit it is held for.
    pub unit: UnitCode,
    /// The reader.
    pub reader: Reader,
}

impl SignedInOfficer {
    /// The actor, for the policy.
    pub fn actor(&self) -> Actor {
        Actor::Officer {
            id: self.officer,
            role: self.role,
            unit: self.unit.clone(),
        }
    }
}

impl FromRequestParts<AppState> for SignedInOfficer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let mut reader = Reader::from_request_parts(parts, app).await?;
        match reader.actor.clone() {
            Some(Actor::Officer { id, role, unit }) => {
                reader.waiting = waiting(app, &reader).await?;
                Ok(Self {
                    officer: id,
                    role,
                    unit,
                    reader,
                })
            }
            _ => Err(Problem::officer_sign_in(&reader.path)),
        }
    }
}

/// How many requests wait at the office of whoever reads: its menu says so on every page.
async fn waiting(app: &AppState, reader: &Reader) -> Result<i64, Problem> {
    let Some(actor @ Actor::Officer { unit, .. }) = &reader.actor else {
        return Ok(0);
    };
    let path = app.units().path(unit);
    let scope = path.map(|path| UnitScope { path });
    let Some(Ok(who)) = scope.map(|scope| authorize::<RegisterHolder, _>(actor, scope)) else {
        return Ok(0);
    };
    let (count, _) = app.store.read().await?.open_request_count(&who).await?;
    Ok(count)
}

/// Begins a session and returns the header that carries its cookie. Any session the browser had
/// is ended, so that a planted cookie never becomes a signed-in one.
pub async fn begin(app: &AppState, reader: &Reader, of: SessionOf) -> Result<HeaderMap, Problem> {
    let token = new_token();
    let mut tx = app.store.write().await?;
    begin_in(&mut tx, app, reader, of, &token).await?;
    tx.commit().await?;
    Ok(session_cookie(app, of, &token))
}

/// Begins a session with a token that is known already, as part of what else is written. A step that
/// was kept may prove another code: the session that it began then gives way to the new one.
pub async fn begin_in(
    tx: &mut Tx,
    app: &AppState,
    reader: &Reader,
    of: SessionOf,
    token: &str,
) -> Result<(), store::Error> {
    for old in reader.token.as_deref().into_iter().chain([token]) {
        tx.end_session(old, app.clock.now()).await?;
    }
    tx.begin_session(token, of, app.clock.now()).await
}

/// The header that carries a session's cookie.
pub fn session_cookie(app: &AppState, of: SessionOf, token: &str) -> HeaderMap {
    let length = match of {
        SessionOf::Holder(_) => store::sessions::HOLDER_SESSION,
        SessionOf::Officer(_) => store::sessions::OFFICER_SESSION,
    };
    set_cookie(app, app.cookie_name(), token, length.as_secs())
}

/// Ends the reader's session.
pub async fn end(app: &AppState, reader: &Reader) -> Result<HeaderMap, Problem> {
    if let Some(token) = &reader.token {
        let mut tx = app.store.write().await?;
        tx.end_session(token, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(set_cookie(app, app.cookie_name(), "", 0))
}

/// A token of 256 random bits.
pub fn new_token() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}

/// The cookie that ties an unverified person to a browser.
pub const BROWSER_COOKIE: &str = "vaora_browser";

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = all
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// The header that sets a cookie for so many seconds; 0 removes it.
pub fn set_cookie(app: &AppState, name: &str, value: &str, seconds: u64) -> HeaderMap {
    let secure = if app.secure() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(SET_COOKIE, value);
    }
    headers
}

/// The reader's language: `?lang=`, else the cookie, else the browser's, else Vietnamese.
pub fn locale(parts: &Parts) -> Locale {
    let asked = parts
        .uri
        .query()
        .into_iter()
        .flat_map(|query| query.split('&'));
    let asked = asked
        .filter_map(|pair| pair.strip_prefix("lang="))
        .find_map(Locale::parse);
    let kept = || cookie(&parts.headers, "lang").and_then(|code| Locale::parse(&code));
    let sent = || {
        parts
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map(Locale::accepted)
    };
    asked.or_else(kept).or_else(sent).unwrap_or_default()
}
