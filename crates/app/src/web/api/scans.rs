//! `POST /api/v1/scans`: the way in for gates, kiosks and backlogs.
//!
//! `present` and `admit` here serve the attendant's page too: a scan is a batch of one, whoever
//! sends it.

use super::answer;
use super::body;
use super::bounded::and_one_more;
use super::sealed::unseal;
use super::set_aside;
use super::unpacking::Unpacked;
use crate::AppState;
use crate::gates::{Bearer, Gate};
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::scanner;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use domain::ids::ScanId;
use domain::scan::{
    Answer, Asked, Decision, Direction, Presented, Reason, Reasons, Remarks, Scan, Way,
};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::num::NonZeroU32;
use std::sync::Arc;
use store::admissions::Lane;
use utoipa::ToSchema;

/// The most scans in one request.
pub const MOST: usize = 10_000;
/// The most companions of one person.
pub const MOST_COMPANIONS: u8 = 20;
/// From this many on, a request is a backlog: gates go first.
const BACKLOG: usize = 65;
/// From this many on, codes are verified off the request path's threads.
const MANY: usize = 32;

/// What a device is told again of a scan that was set aside before.
const ASIDE: [Reason; 3] = [Reason::Future, Reason::TooOld, Reason::DeviceLost];

/// A batch of scans.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Batch<'a> {
    /// What time the reader had when it sent this, in milliseconds since 1970: how far its clock is
    /// off is shown to the venue's owner.
    #[serde(default)]
    pub sent_at: Option<i64>,
    /// At most 10,000.
    #[serde(borrow, deserialize_with = "and_one_more::<MOST, _, _>")]
    #[schema(value_type = Vec<Line<'_>>)]
    pub scans: Vec<Line<'a>>,
}

/// One scan as sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Line<'a> {
    /// A UUIDv7 made when the code was read: it is the time. Retries carry the same one.
    #[serde(borrow, default)]
    #[schema(value_type = String, format = Uuid)]
    pub id: Cow<'a, str>,
    /// A checkpoint of the token's venue; the token's own when absent.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub checkpoint_id: Option<Cow<'a, str>>,
    /// What the square says.
    #[serde(borrow, default)]
    #[schema(value_type = String)]
    pub code: Cow<'a, str>,
    /// `in`, `out`, or `auto`: toggled from who is inside. `auto` when absent.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, example = "auto")]
    pub direction: Option<Cow<'a, str>>,
    /// People without a code of their own who came along, 0 to 20.
    #[serde(default)]
    pub companions: Option<u8>,
    /// How it was read when an attendant stands by: `card`, or `typed` by hand, when `code` may also
    /// be the number printed beside the square. By the device alone when absent.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, example = "card")]
    pub way: Option<Cow<'a, str>>,
    /// The id of the referred scan that an attendant at the gate confirms with this one.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub confirms: Option<Cow<'a, str>>,
    /// The scan's number among those of its device, from 1 and without gaps: what does not arrive
    /// is missed.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub seq: Option<NonZeroU32>,
    /// What the gate told the person by itself, before the server was asked.
    #[serde(borrow, default)]
    pub door: Option<Door<'a>>,
    /// Instead of all but `id`: the line, sealed for the queue key (docs/codes.md, section 10.3).
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    pub sealed: Option<Cow<'a, str>>,
}

impl Line<'_> {
    /// The same line, without the text that it was read from.
    pub(super) fn owned(self) -> Line<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Line {
            id: Cow::Owned(self.id.into_owned()),
            checkpoint_id: own(self.checkpoint_id),
            code: Cow::Owned(self.code.into_owned()),
            direction: own(self.direction),
            companions: self.companions,
            way: own(self.way),
            confirms: own(self.confirms),
            seq: self.seq,
            door: self.door.map(|door| Door {
                decision: Cow::Owned(door.decision.into_owned()),
            }),
            sealed: own(self.sealed),
        }
    }
}

/// What a gate told a person by itself.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Door<'a> {
    /// `admit`, `refer` or `refuse`.
    #[serde(borrow)]
    #[schema(value_type = String)]
    pub decision: Cow<'a, str>,
}

/// A body as it was read.
#[derive(Debug)]
pub struct Sent<'a> {
    /// What time the reader had.
    pub at: Option<i64>,
    /// The lines, in order.
    pub lines: Vec<Result<Line<'a>, Unread>>,
}

/// A line of a batch that is no scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Unread {
    /// The id it was sent with; empty when it has none.
    pub id: String,
}

/// The answers, one a scan, in the order sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    /// One a scan.
    pub results: Vec<ResultLine>,
}

/// The answer to one scan.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultLine {
    /// The id as sent.
    pub id: String,
    /// The time the id carries, RFC 3339 UTC; null when the id is no UUIDv7.
    pub at: Option<String>,
    /// `admit`, `refer` or `refuse`.
    #[schema(value_type = String)]
    pub decision: Decision,
    /// `in` or `out`: as recorded.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// Whether this id was answered before; this is that answer.
    pub duplicate: bool,
    /// Whether the log does not take it as it is, and it is kept for the venue's owner; absent otherwise.
    #[serde(skip_serializing_if = "not")]
    #[schema(required = false)]
    pub set_aside: bool,
    /// Why: stable slugs.
    #[schema(value_type = Vec<String>)]
    pub reasons: Vec<Reason>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn not(yes: &bool) -> bool {
    !*yes
}

/// Records scans of the token's device. Those of a device that was reported lost are set aside, all of
/// them, and it is told so of each: it hands over what it has, and admits nobody.
#[utoipa::path(
    post,
    path = "/api/v1/scans",
    request_body(content = Batch<'_>, content_type = "application/json"),
    responses(
        (status = 200, description = "One answer a scan, in the order sent; all of it is on disk", body = Results),
        (status = 400, description = "The body is not such a batch", body = super::openapi::ProblemBody),
        (status = 401, description = "No token, or one that is not valid", body = super::openapi::ProblemBody),
        (status = 413, description = "More than 10,000 scans, or too many bytes", body = super::openapi::ProblemBody),
        (status = 429, description = "More than 1,000 scans a second for long, or more set aside than a device may have: \
         send the same batch after Retry-After",
         body = super::openapi::ProblemBody),
        (status = 503, description = "Busy: send the same batch again", body = super::openapi::ProblemBody),
        (status = 507, description = "The disk is full: nothing of the batch was acknowledged",
         body = super::openapi::ProblemBody),
    ),
    security(("device_token" = []))
)]
pub async fn create(
    State(app): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let bearer = bearer_of(&app, &headers, peer).await?;
    let (Bearer::Gate(gate) | Bearer::Lost(gate)) = &bearer;
    let body = bought(&app, gate, &headers, body)?;
    let text = body::text(&body.bytes)?;
    let mut sent = read(&app, gate, &text)?;
    sent.lines = unseal(&app, sent.lines).await?;
    let results = match &bearer {
        Bearer::Lost(gate) => set_aside::of_lost(&app, gate, sent).await?,
        Bearer::Gate(gate) => {
            let presented = scanner::read(&app, &gate.who, &sent.lines, Way::Device).await?;
            admit(&app, gate, sent, presented, Way::Device).await?
        }
    };
    let text =
        serde_json::to_vec(&Results { results }).map_err(|e| Problem::Internal(e.to_string()))?;
    Ok(answer::json(&headers, text))
}

/// A body, unpacked, once one scan was counted for it: what cannot be read is work, too.
fn bought<'a>(
    app: &'a AppState,
    gate: &Gate,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Unpacked<'a>, Problem> {
    let spent = app.gates.spend(gate, 1, app.now());
    spent.map_err(Problem::TooMany)?;
    app.unpacking.body(headers, body)
}

/// Reads a body's text, and counts its scans but the one that was counted before.
fn read<'a>(app: &AppState, gate: &Gate, text: &'a str) -> Result<Sent<'a>, Problem> {
    let sent = body::read(text)?;
    let more = sent.lines.len().saturating_sub(1);
    let spent = app.gates.spend(gate, more, app.now());
    spent.map_err(Problem::TooMany).map(|()| sent)
}

/// The gate whose token a request bears; none that was reported lost.
pub async fn gate_of(
    app: &AppState,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Arc<Gate>, Problem> {
    match bearer_of(app, headers, peer).await? {
        Bearer::Gate(gate) => Ok(gate),
        Bearer::Lost(_) => Err(Problem::TokenRefused),
    }
}

async fn bearer_of(
    app: &AppState,
    headers: &HeaderMap,
    Peer(from): Peer,
) -> Result<Bearer, Problem> {
    let token = bearer(headers).ok_or(Problem::TokenRefused)?;
    let bearer = app.gates.by_token(app, token).await?;
    if let Some(Bearer::Gate(gate)) = &bearer {
        app.gates.hear(gate, from, app.now());
    }
    bearer.ok_or(Problem::TokenRefused)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Where the answer to a line comes from.
enum Place {
    Log(ScanId),
    Aside,
    Told(ResultLine),
}

/// Admits the scans of a batch whose codes were read, and answers line by line. What a device read
/// at a time that the log does not take is set aside, after the others are recorded.
pub async fn admit(
    app: &AppState,
    gate: &Gate,
    sent: Sent<'_>,
    presented: Vec<Presented>,
    way: Way,
) -> Result<Vec<ResultLine>, Problem> {
    let now = app.now();
    let skew = sent.at.map(|at| skew(at, now));
    let (mut scans, mut aside) = (Vec::with_capacity(sent.lines.len()), Vec::new());
    let mut places = Vec::with_capacity(sent.lines.len());
    for (line, presented) in sent.lines.into_iter().zip(presented) {
        match scan(gate, line, presented, (way, skew)) {
            Ok(scan) => match set_aside::why(app, gate, &scan, now) {
                Some(reason) => {
                    places.push(Place::Aside);
                    aside.push((reason, scan));
                }
                None => {
                    places.push(Place::Log(scan.id));
                    scans.push(scan);
                }
            },
            Err(unread) => places.push(Place::Told(malformed(unread))),
        }
    }
    let lane = if scans.len() < BACKLOG {
        Lane::Live
    } else {
        Lane::Backlog
    };
    let answers = app.admissions.admit(&gate.who, scans, lane, now).await?;
    let mut answers = answers.into_iter();
    let aside = set_aside::keep(app, gate, &aside, sent.at, now).await?;
    let mut aside = aside.into_iter();
    let missing = || Answer::refuse(Direction::In, Reason::Malformed);
    let answered = places.into_iter().map(|place| match place {
        Place::Log(id) => told(id, answers.next().unwrap_or_else(missing)),
        Place::Aside => aside.next().unwrap_or_else(|| malformed(Unread::default())),
        Place::Told(line) => line,
    });
    Ok(answered.collect())
}

/// Reads the codes of a batch, one a line.
pub async fn present(
    app: &AppState,
    lines: &[Result<Line<'_>, Unread>],
) -> Result<Vec<Presented>, Problem> {
    let keyring = app.issuer.keyring();
    let text = |line: &Result<Line<'_>, Unread>| {
        line.as_ref()
            .map_or(String::new(), |line| line.code.to_string())
    };
    if let [Ok(line)] = lines {
        return Ok(vec![app.codes.present_together(&line.code, &keyring).await]);
    }
    let texts: Vec<String> = lines.iter().map(text).collect();
    let app = Arc::clone(app);
    let read = move || {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        app.codes.present_all(&texts, &keyring)
    };
    if lines.len() < MANY {
        return Ok(read());
    }
    tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| Problem::Internal(error.to_string()))
}

/// How far a reader's clock is ahead, in milliseconds; a month and a century are the same fault.
fn skew(sent: i64, now: Timestamp) -> i32 {
    let skew = sent.saturating_sub(now.millis());
    skew.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

pub(super) fn scan(
    gate: &Gate,
    line: Result<Line<'_>, Unread>,
    presented: Presented,
    (way, skew): (Way, Option<i32>),
) -> Result<Scan, Unread> {
    let line = line?;
    let asked = line
        .direction
        .as_deref()
        .map_or(Some(Asked::Auto), Asked::parse);
    let way = match line.way.as_deref() {
        None => Some(way),
        Some(word) => Way::parse(word).filter(|way| matches!(way, Way::Card | Way::Typed)),
    };
    let confirms = line.confirms.as_deref().map(ScanId::parse);
    let door = line.door.as_ref();
    let door = door.map(|door| Decision::parse(&door.decision));
    let companions = line.companions.unwrap_or(0);
    match (ScanId::parse(&line.id), asked, way, confirms, door) {
        (Some(id), Some(asked), Some(way), None | Some(Some(_)), None | Some(Some(_)))
            if companions <= MOST_COMPANIONS =>
        {
            Ok(Scan {
                id,
                venue: gate.venue(),
                checkpoint: gate.checkpoint(line.checkpoint_id.as_deref()),
                device: gate.device,
                presented,
                asked,
                way,
                companions,
                confirms: confirms.flatten(),
                code: kept(&line.code).to_owned(),
                remarks: Remarks {
                    seq: line.seq.map(NonZeroU32::get),
                    door: door.flatten(),
                    skew,
                    settled: None,
                },
            })
        }
        _ => Err(Unread {
            id: line.id.into_owned(),
        }),
    }
}

/// What is kept of a code to tell it from another: no code of anybody's is longer, and copies of a longer one would be kept for
/// nothing.
fn kept(code: &str) -> &str {
    &code[..code.floor_char_boundary(codes::MAX_TEXT + 1)]
}

pub(super) fn malformed(Unread { id }: Unread) -> ResultLine {
    let at = ScanId::parse(&id).map(|id| id.at().rfc3339());
    let reasons = vec![Reason::Malformed];
    ResultLine {
        id,
        at,
        decision: Decision::Refuse,
        direction: Direction::In,
        duplicate: false,
        set_aside: false,
        reasons,
    }
}

pub(super) fn told(id: ScanId, answer: Answer) -> ResultLine {
    let Answer {
        decision,
        direction,
        reasons,
        duplicate,
    } = answer;
    let at: Timestamp = id.at();
    let reasons: &Reasons = &reasons;
    // Nothing is in the log for these reasons, to be answered from there again.
    let set_aside = duplicate && ASIDE.iter().any(|reason| reasons.has(*reason));
    ResultLine {
        id: id.to_string(),
        at: Some(at.rfc3339()),
        decision,
        direction,
        duplicate,
        set_aside,
        reasons: reasons.iter().collect(),
    }
}
