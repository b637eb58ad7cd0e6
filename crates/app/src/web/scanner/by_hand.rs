//! What is recorded without the camera's script: a typed code, a person without a code (`without_code.rs`), and the
//! attendant's answer to whoever was referred.

use super::{Recorder, Shown, Wrong, is_slip, open_gate, page, read, recorder};
use crate::AppState;
use crate::gates::{Gate, gate};
use crate::web::api::lines::{Line, Sent};
use crate::web::api::scans::admit;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::signed_in::SignedInHolder;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use domain::ids::{CardId, CheckpointId, HolderId, ScanId};
use domain::role::{HelpPerson, HelpScope, authorize};
use domain::scan::{Asked, Decision, Presented, Way};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// A code that was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TypedForm {
    code: String,
    direction: String,
}

/// The referred scan that an attendant answers, the code it was made with, and the answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    scan: String,
    held: String,
    answer: String,
}

/// The answer of an attendant who does not let somebody in.
const TURNED_AWAY: &str = "turned_away";

/// Whom a scan is of, as an attendant knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::web) enum Brought {
    /// The text of a square, or a card's number.
    Code(String),
    /// A card's square that was read: the scan says whose.
    Card {
        /// Its text.
        code: String,
        /// When it was shown.
        shown: Timestamp,
        /// How it was read.
        way: Way,
    },
    /// A person whom a code sent to the phone, or an identity paper, has just shown.
    Person(HolderId),
}

/// How somebody goes through a gate.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Passing {
    /// The scan's id.
    pub(in crate::web) scan: ScanId,
    /// Which way.
    pub(in crate::web) asked: Asked,
    /// How many come along.
    pub(in crate::web) companions: u8,
    /// The referral that an attendant answers.
    pub(in crate::web) confirms: Option<ScanId>,
    /// Whether the answer is that the person is not let in.
    pub(in crate::web) turned_away: bool,
    /// Whether the number of the paper is known under another name, which the attendant is told.
    pub(in crate::web) other_name: bool,
}

/// What was brought, and the scan that was referred: what a confirmation reads once more. Nothing of it
/// is kept here, so it goes to the attendant's page and back, sealed.
#[derive(Serialize, Deserialize)]
pub(in crate::web) struct Held {
    scan: ScanId,
    /// When the server answered that scan. The scan's own time is the device's, whose clock may be wrong.
    shown: Timestamp,
    brought: Brought,
    companions: u8,
}

const HELD: &str = "form.held";
/// How long whoever was scanned is taken to stand at the gate, to be declared for.
const STANDS: Duration = Duration::from_secs(1800);

impl Held {
    /// Whether whoever was scanned still stands there: shown not long ago, and by a scan that had not waited on its device.
    pub(in crate::web) fn stands(&self, now: Timestamp) -> bool {
        let recent = |at: Timestamp| now.since(at) < STANDS.as_millis() as i64;
        recent(self.shown) && recent(self.scan.at())
    }

    /// A card whose square was read, and how many came along.
    pub(in crate::web) fn card(
        scan: ScanId,
        shown: Timestamp,
        (code, way, companions): (&str, Way, u8),
    ) -> Self {
        let brought = Brought::Card {
            code: code.to_owned(),
            shown: scan.at(),
            way,
        };
        Self {
            scan,
            shown,
            brought,
            companions,
        }
    }

    /// As it goes to the attendant's page and back.
    pub(in crate::web) fn sealed(&self, app: &AppState) -> String {
        BASE64URL_NOPAD.encode(&app.store.keys().sealer().seal(HELD, self))
    }

    /// What was held for a scan, when it is that.
    pub(in crate::web) fn of(app: &AppState, text: &str, scan: ScanId) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let held: Self = app.store.keys().sealer().open(HELD, &sealed).ok()?;
        (held.scan == scan).then_some(held)
    }

    /// The person that an attendant was shown; nothing when it was a code.
    pub(in crate::web) const fn person(&self) -> Option<HolderId> {
        match self.brought {
            Brought::Person(holder) => Some(holder),
            Brought::Code(_) | Brought::Card { .. } => None,
        }
    }

    /// Whether it is a card that was read.
    pub(in crate::web) const fn is_card(&self) -> bool {
        matches!(self.brought, Brought::Card { .. })
    }

    /// When the attendant was shown the answer, by the server's clock.
    pub(in crate::web) const fn shown(&self) -> Timestamp {
        self.shown
    }

    /// What was brought.
    pub(in crate::web) fn brought(self) -> Brought {
        self.brought
    }

    /// How many came along.
    pub(in crate::web) const fn companions(&self) -> u8 {
        self.companions
    }
}

/// Records a typed code, and shows the answer on the page.
pub async fn typed(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<TypedForm>,
) -> Result<Response, Problem> {
    let wrong = async |key| {
        let typed = form.code.as_str();
        let wrong = Some(Wrong { key, typed });
        page(&app, &signed_in, id, Shown::default(), wrong).await
    };
    if form.code.trim().is_empty() {
        return wrong("gate.typed_short").await;
    }
    let gate = recorder(&app, &signed_in, id).await?;
    let asked = Asked::parse(&form.direction).unwrap_or(Asked::Auto);
    let brought = Brought::Code(form.code.clone());
    match by_hand(&app, &gate, brought, Passing::now(&app, asked)).await {
        Err(Problem::TypedWrong) => wrong("gate.typed_wrong").await,
        answer => answer,
    }
}

impl Passing {
    /// Somebody who stands there now, alone.
    pub(in crate::web) fn now(app: &AppState, asked: Asked) -> Self {
        Self {
            scan: ScanId::from_parts(app.now(), rand::random()),
            asked,
            companions: 0,
            confirms: None,
            turned_away: false,
            other_name: false,
        }
    }
}

/// Records one scan without the camera's script, and leads to its answer. Who is referred can be confirmed by what
/// that page holds.
pub(in crate::web) async fn by_hand(
    app: &AppState,
    gate: &Gate,
    brought: Brought,
    passing: Passing,
) -> Result<Response, Problem> {
    let text = match &brought {
        Brought::Code(code) | Brought::Card { code, .. } => code.clone(),
        Brought::Person(holder) => format!("holder {holder}"),
    };
    let (way, shown) = match brought {
        Brought::Card { shown, way, .. } => (way, Some(shown)),
        Brought::Code(_) | Brought::Person(_) => (Way::Typed, None),
    };
    let sent = Sent {
        at: None,
        shown,
        lines: vec![Ok(line(&text, way, &passing))],
    };
    let presented = match brought {
        Brought::Code(_) | Brought::Card { .. } => read(app, &gate.who, &sent.lines, way).await?,
        Brought::Person(holder) => {
            seen(app, &gate.who, holder).await?;
            vec![Presented::Holder(holder)]
        }
    };
    if presented.iter().any(|presented| is_slip(&text, presented)) {
        return Err(Problem::TypedWrong);
    }
    // Whoever types a number has read it somewhere; a square was brought.
    let square = CardId::parse_serial(&text).is_none();
    let card = presented
        .iter()
        .all(|presented| square && matches!(presented, Presented::Card { .. }));
    let brought = match brought {
        Brought::Code(code) if card => {
            let shown = passing.scan.at();
            Brought::Card { code, shown, way }
        }
        brought => brought,
    };
    let shown = app.now();
    let told = admit(app, gate, sent, presented, way).await?;
    let referred = told.iter().any(|told| told.decision == Decision::Refer);
    let held = Held {
        scan: passing.scan,
        shown,
        brought,
        companions: passing.companions,
    };
    let held = referred.then(|| held.sealed(app));
    Ok(see(gate.checkpoint, &passing, held.as_deref()))
}

/// Notes until when an unproven person is needed.
async fn seen(app: &AppState, who: &Recorder, holder: HolderId) -> Result<(), Problem> {
    let venue = who.scope().clone();
    let may = authorize::<HelpPerson, _>(who.actor(), HelpScope { venue, holder })?;
    let mut tx = app.store.write().await?;
    tx.seen_at_gate(&may, app.now()).await?;
    Ok(tx.commit().await?)
}

fn line<'a>(code: &'a str, way: Way, passing: &Passing) -> Line<'a> {
    Line {
        id: Cow::Owned(passing.scan.to_string()),
        code: Cow::Borrowed(code),
        direction: Some(Cow::Borrowed(passing.asked.as_str())),
        companions: Some(passing.companions),
        way: Some(Cow::Borrowed(way.as_str())),
        confirms: passing.confirms.map(|id| Cow::Owned(id.to_string())),
        turned_away: Some(passing.turned_away),
        ..Line::default()
    }
}

fn see(id: CheckpointId, passing: &Passing, held: Option<&str>) -> Response {
    let (scan, held) = (
        passing.scan,
        held.map_or_else(String::new, |held| format!("&held={held}")),
    );
    let other_name = if passing.other_name {
        "&other_name=yes"
    } else {
        ""
    };
    let page = format!("/checkpoints/{id}/scanner?scan={scan}{held}{other_name}");
    Redirect::to(&page).into_response()
}

/// Lets a referred person through, or turns them away: a scan of its own that names the one it answers, by the same code, so that
/// a card revoked meanwhile is refused.
pub async fn confirm(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, _, _) = open_gate(&mut tx, &signed_in, id).await?;
    let referred = ScanId::parse(&form.scan).ok_or(Problem::NotFound)?;
    let recorded = tx.scan(&who, referred).await?.ok_or(Problem::NotFound)?;
    if recorded.decision != Decision::Refer {
        return Err(Problem::OutOfOrder);
    }
    let held = Held::of(&app, &form.held, referred).ok_or(Problem::OutOfOrder)?;
    let gate = gate(who, &mut tx, None, id).await?;
    drop(tx);
    let passing = Passing {
        companions: held.companions,
        confirms: Some(referred),
        turned_away: form.answer == TURNED_AWAY,
        ..Passing::now(&app, recorded.direction.into())
    };
    by_hand(&app, &gate, held.brought, passing).await
}
