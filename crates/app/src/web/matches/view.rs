//! A pair in words. Of a record that is another commune's, initials and the commune are shown, and how the fields compare.

use super::pair_text;
use crate::AppState;
use crate::web::desk::alike::{lone, numbers, phone};
use crate::web::page::Page;
use crate::web::problem::Problem;
use domain::birth::Birth;
use domain::card::CardState;
use domain::holder::HolderDetails;
use domain::ids::{MergeId, OfficerId};
use domain::likeness::{Degree, Mark};
use domain::matching::{Field, MatchState, Pair, says};
use store::Tx;
use store::matches::{Match, Record};
use store::merges::MergeLine;

/// One pair in the list.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) names: [String; 2],
    pub(super) about: [String; 2],
    pub(super) likely: bool,
    pub(super) claimed: bool,
    pub(super) reason: &'static str,
    pub(super) marks: String,
}

/// One pair, side by side.
pub(super) struct PairView {
    pub(super) path: String,
    pub(super) likely: bool,
    pub(super) claimed: bool,
    pub(super) waits: bool,
    pub(super) state: &'static str,
    /// What it waits for, or who decided and when.
    pub(super) note: String,
    pub(super) records: [RecordView; 2],
    pub(super) rows: Vec<FieldRow>,
    /// Whether both have a proven phone of which either may go.
    pub(super) two_phones: bool,
    /// Whether nothing but its phone says whose one of the two is, so that no office merges them.
    pub(super) unproven: bool,
    /// Whether the two were kept apart.
    pub(super) apart: bool,
    /// Who cares for either without anybody having agreed, by name; empty for nobody.
    pub(super) lone: String,
}

/// One of the two.
pub(super) struct RecordView {
    pub(super) unit: String,
    pub(super) made: String,
    pub(super) maker: String,
    pub(super) card: String,
    pub(super) sign_in: &'static str,
    /// Who cares for the person, by name; empty for nobody.
    pub(super) guardians: String,
}

/// One field of both.
pub(super) struct FieldRow {
    /// The name of the form's field; empty where nothing is chosen.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) values: [String; 2],
    /// In words; empty where the two are not compared.
    pub(super) mark: &'static str,
    pub(super) sign: &'static str,
}

/// One merge of either record.
pub(super) struct Past {
    pub(super) text: String,
    pub(super) undone: String,
    /// Where to post its undoing; empty when it was undone, or is not this office's.
    pub(super) undoing: String,
}

impl Row {
    pub(super) fn of(app: &AppState, page: &Page, one: &Match) -> Self {
        let marks = [
            ("desk.numbers", one.likeness.number),
            ("desk.name", one.likeness.name),
            ("desk.birth", one.likeness.birth),
            ("desk.phone", one.likeness.phone),
        ];
        let said = marks
            .into_iter()
            .filter(|(_, mark)| matches!(mark, Mark::Same | Mark::Near))
            .map(|(key, mark)| {
                let word = page.text(&format!("desk.mark_{mark}")).to_lowercase();
                format!("{}: {word}", page.text(key))
            });
        let about = |record: &Record| {
            let born = record.holder.details.birth.filter(|_| record.here);
            let mut parts: Vec<String> = born.map(Birth::written).into_iter().collect();
            parts.push(unit(app, page, record));
            parts.join(" · ")
        };
        Self {
            href: format!("/office/matches/{}", pair_text(one.key.pair)),
            names: [name(&one.records[0]), name(&one.records[1])],
            about: [about(&one.records[0]), about(&one.records[1])],
            likely: one.likeness.degree == Degree::Likely,
            claimed: one.claimed,
            reason: reason(page, one),
            marks: said.collect::<Vec<_>>().join(" · "),
        }
    }
}

impl PairView {
    pub(super) async fn of(
        app: &AppState,
        tx: &mut Tx,
        page: &Page,
        one: &Match,
    ) -> Result<Self, Problem> {
        let note = match (&one.decided, reason(page, one)) {
            (Some((actor, at)), "") => {
                let who = maker(app, tx, page, Some(actor)).await?;
                let at = page.moment(at);
                page.fill("matches.by_at", [("who", who.as_str()), ("at", &at)])
            }
            (_, reason) => reason.to_owned(),
        };
        let mut records = Vec::new();
        for record in &one.records {
            records.push(RecordView {
                unit: unit(app, page, record),
                made: page.date(page.zone.day(record.holder.created)),
                maker: maker(app, tx, page, record.maker.as_deref()).await?,
                card: card(page, record),
                sign_in: match (record.phone, record.office) {
                    (true, true) => page.text("matches.phone_and_office"),
                    (true, false) => page.text("matches.by_phone"),
                    (false, true) => page.text("matches.by_office"),
                    (false, false) if record.guardians.is_empty() => page.text("matches.by_nobody"),
                    (false, false) => page.text("matches.by_guardian"),
                },
                guardians: guardians(page, record),
            });
        }
        let Ok(records) = <[RecordView; 2]>::try_from(records) else {
            return Err(Problem::NotFound);
        };
        Ok(Self {
            path: format!("/office/matches/{}", pair_text(one.key.pair)),
            likely: one.likeness.degree == Degree::Likely,
            claimed: one.claimed,
            waits: one.state.waits(),
            state: page.text(&format!("matches.state_{}", one.state)),
            note,
            records,
            rows: rows(page, one),
            apart: one.state == MatchState::Apart,
            lone: {
                let lone = one.records.iter().map(|record| lone(&record.guardians));
                let names: Vec<String> = lone.filter(|names| !names.is_empty()).collect();
                names.join(", ")
            },
            two_phones: one.records.iter().all(|record| record.phone) && !one.speaks_by_phone(),
            unproven: one.unproven(),
        })
    }
}

/// What was merged, who did it and when.
pub(super) async fn past(
    app: &AppState,
    tx: &mut Tx,
    page: &Page,
    (pair, decides): (Pair, bool),
    lines: &[MergeLine],
) -> Result<Vec<Past>, Problem> {
    let mut past = Vec::new();
    for line in lines {
        let who = maker(app, tx, page, Some(&line.actor)).await?;
        let at = page.moment(line.at);
        let undone = match &line.undone {
            Some((actor, at)) => {
                let who = maker(app, tx, page, Some(actor)).await?;
                let at = page.moment(at);
                page.fill("matches.undone_by", [("who", who.as_str()), ("at", &at)])
            }
            None => String::new(),
        };
        let here = Pair::of(line.kept, line.gone) == Some(pair);
        let key = match here {
            true => "matches.merged_by",
            false => "matches.merged_third_by",
        };
        past.push(Past {
            text: page.fill(key, [("who", who.as_str()), ("at", &at)]),
            undoing: match decides && here && undone.is_empty() {
                true => undoing(line.id),
                false => String::new(),
            },
            undone,
        });
    }
    Ok(past)
}

fn undoing(id: MergeId) -> String {
    format!("/office/merges/{id}/undoing")
}

/// The two records by their place on the page.
pub(super) fn sides(page: &Page) -> Vec<(&'static str, &'static str)> {
    vec![
        ("one", page.text("matches.first")),
        ("other", page.text("matches.second")),
    ]
}

/// Which phones sign in afterwards.
pub(super) fn phones(page: &Page) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("both", page.text("matches.both_phones"))];
    all.extend(sides(page));
    all
}

fn reason(page: &Page, one: &Match) -> &'static str {
    match one.state {
        MatchState::Asked => page.text(&format!("matches.reason_{}", one.reason)),
        _ => "",
    }
}

fn name(record: &Record) -> String {
    let name = &record.holder.details.name;
    match record.here {
        true => name.as_str().to_owned(),
        false => name.initials(),
    }
}

fn unit(app: &AppState, page: &Page, record: &Record) -> String {
    let unit = record.holder.unit.0.last();
    unit.map_or_else(
        || page.text("desk.nowhere").to_owned(),
        |unit| app.units().full_name(unit),
    )
}

/// Who did something, as far as an office is told: role and unit of an officer, or the person.
async fn maker(
    app: &AppState,
    tx: &mut Tx,
    page: &Page,
    actor: Option<&str>,
) -> Result<String, Problem> {
    let id = actor.and_then(|actor| actor.strip_prefix("officer:"));
    if let Some(id) = id.and_then(|id| id.parse().ok().map(OfficerId))
        && let Some((role, unit)) = tx.office_of(id).await?
    {
        let role = page.text(&format!("role.{role}"));
        let unit = unit.0.last().map(|code| app.units().full_name(code));
        return Ok(match unit.filter(|unit| !unit.is_empty()) {
            Some(unit) => format!("{role}, {unit}"),
            None => role.to_owned(),
        });
    }
    let person = actor.is_some_and(|actor| actor.starts_with("holder:"));
    Ok(page
        .text(if person {
            "matches.the_person"
        } else {
            "matches.unknown_maker"
        })
        .to_owned())
}

/// Who cares for a person: of somebody elsewhere only that there is somebody.
fn guardians(page: &Page, record: &Record) -> String {
    let names = record.guardians.iter().map(|one| one.name.as_str());
    match (record.guardians.is_empty(), record.here) {
        (true, _) => String::new(),
        (false, true) => names.collect::<Vec<_>>().join(", "),
        (false, false) => page.text("desk.hidden").to_owned(),
    }
}

fn card(page: &Page, record: &Record) -> String {
    let Some(card) = &record.card else {
        return page.text("matches.no_card").to_owned();
    };
    let kind = page.text(&format!("office_cards.kind_{}", card.kind));
    let state = page.text(&format!("office_cards.state_{}", card.state));
    let date = page.date(page.zone.day(card.issued));
    let serial = match card.state {
        CardState::Active if record.here => card.id.serial(),
        _ => String::new(),
    };
    let parts = [kind, state, &date, &serial];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" · ")
}

fn rows(page: &Page, one: &Match) -> Vec<FieldRow> {
    let likeness = &one.likeness;
    let row = |name: &'static str,
               key: &str,
               mark: Option<Mark>,
               value: &dyn Fn(&HolderDetails) -> Option<String>| {
        let shown = |record: &Record| match (record.here, value(&record.holder.details)) {
            (_, None) => page.text("desk.none_said").to_owned(),
            (true, Some(value)) => value,
            (false, Some(_)) => page.text("desk.hidden").to_owned(),
        };
        let differs =
            value(&one.records[0].holder.details) != value(&one.records[1].holder.details);
        let both = Field::parse(name).is_some_and(|field| {
            let says = |record: &Record| says(&record.holder.details, field);
            one.records.iter().all(says)
        });
        FieldRow {
            name: if differs && both { name } else { "" },
            label: page.text(key),
            values: [shown(&one.records[0]), shown(&one.records[1])],
            mark: mark.map_or("", |mark| page.text(&format!("desk.mark_{mark}"))),
            sign: match mark {
                Some(Mark::Same) => "full",
                Some(Mark::Near) => "half",
                _ => "hollow",
            },
        }
    };
    let number = |details: &HolderDetails| numbers(page, details);
    let gender = |details: &HolderDetails| {
        let word = |gender| page.text(&format!("desk.gender_{gender}")).to_owned();
        details.gender.map(word)
    };
    let name = |details: &HolderDetails| Some(details.name.as_str().to_owned());
    let birth = |details: &HolderDetails| details.birth.map(Birth::written);
    let address = |details: &HolderDetails| details.address.clone();
    vec![
        row("id_number", "desk.numbers", Some(likeness.number), &number),
        row("name", "desk.name", Some(likeness.name), &name),
        row("birth", "desk.birth", Some(likeness.birth), &birth),
        row("phone", "desk.phone", Some(likeness.phone), &phone),
        row("gender", "desk.gender", None, &gender),
        row("address", "desk.address", None, &address),
    ]
}
