//! One line of a batch: what a reader sends of one scan, and how it is read.

use super::bounded::and_one_more;
use crate::gates::Gate;
use domain::ids::ScanId;
use domain::scan::{Asked, Decision, Presented, Remarks, Scan, Way};
use domain::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::num::NonZeroU32;
use utoipa::ToSchema;

/// The most scans in one request.
pub const MOST: usize = 10_000;
/// The most companions of one person.
pub const MOST_COMPANIONS: u8 = 20;

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
    /// The id of the referred scan that an attendant at the gate answers with this one: lets the person in, or turns them away.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub confirms: Option<Cow<'a, str>>,
    /// With `confirms`, and `in`: the attendant did not let the person in.
    #[serde(default)]
    pub turned_away: Option<bool>,
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
            turned_away: self.turned_away,
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
    /// When the code was shown, where the server knows that by itself; no reader says it.
    pub shown: Option<Timestamp>,
    /// The lines, in order.
    pub lines: Vec<Result<Line<'a>, Unread>>,
}

/// A line of a batch that is no scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Unread {
    /// The id it was sent with; empty when it has none.
    pub id: String,
}

/// A line as a scan at that gate: read by `way` where it does not say how, by a clock that was so many milliseconds ahead, of a
/// code that was shown then, if that was before.
pub(super) fn scan(
    gate: &Gate,
    line: Result<Line<'_>, Unread>,
    presented: Presented,
    (way, skew, shown): (Way, Option<i32>, Option<Timestamp>),
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
    let turned_away = line.turned_away.unwrap_or(false);
    // Only who enters is referred, and only who was referred is looked at.
    let answers = asked == Some(Asked::In) && confirms.is_some();
    match (ScanId::parse(&line.id), asked, way, confirms, door) {
        (Some(id), Some(asked), Some(way), None | Some(Some(_)), None | Some(Some(_)))
            if companions <= MOST_COMPANIONS && (answers || !turned_away) =>
        {
            Ok(Scan {
                id,
                venue: gate.venue(),
                checkpoint: gate.checkpoint(line.checkpoint_id.as_deref()),
                device: gate.device,
                presented,
                shown,
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
                    turned_away,
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
