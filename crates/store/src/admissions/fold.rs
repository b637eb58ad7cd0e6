//! Folding: the rules over the scans in order of id, each decision changing what the next sees.

use super::gather::{Earlier, Gathered};
use super::referrals::Referrals;
use super::set_aside::SetAside;
use super::{Admitted, Line};
use crate::keys::Pseudonym;
use domain::admission::{COUNTED, Facts, HolderFacts, KnownCard, rule};
use domain::declaration::DeclarationState;
use domain::ids::{HolderId, ScanId, VenueId};
use domain::presence::Presence;
use domain::scan::{Answer, Assurance, Direction, Presented, Reason};
use domain::time::Day;
use domain::venue::VenueRules;
use std::collections::HashMap;

/// What a batch comes to.
pub(super) struct Outcome<'a> {
    /// One answer a line, with the line's place.
    pub(super) answers: Vec<(usize, Admitted)>,
    /// New rows of the log.
    pub(super) rows: Vec<Row<'a>>,
    /// Where people stand afterwards.
    pub(super) moves: Vec<Move>,
}

/// A new row of the scan log.
pub(super) struct Row<'a> {
    pub(super) line: &'a Line,
    pub(super) holder: Option<Pseudonym>,
    pub(super) assurance: Assurance,
    pub(super) answer: Answer,
    /// The referral that this scan answered.
    pub(super) confirms: Option<ScanId>,
}

/// A person's new place at a venue, under one day's pseudonym.
pub(super) struct Move {
    pub(super) venue: VenueId,
    pub(super) day: Day,
    pub(super) holder: Pseudonym,
    pub(super) presence: Presence,
    /// Yesterday's row, which this one takes over.
    pub(super) replaces: Option<Pseudonym>,
}

struct Place {
    presence: Presence,
    day: Day,
    holder: Pseudonym,
    replaces: Option<Pseudonym>,
    moved: bool,
}

/// Folds the rules over lines sorted by id.
pub(super) fn fold<'a>(
    lines: &'a [(usize, Line)],
    facts: Gathered,
    referrals: Referrals,
    (earlier, aside): (&Earlier, &SetAside),
) -> Outcome<'a> {
    let mut folding = Folding {
        facts,
        referrals,
        places: HashMap::new(),
        seen: HashMap::new(),
    };
    let mut outcome = Outcome {
        answers: Vec::with_capacity(lines.len()),
        rows: Vec::new(),
        moves: Vec::new(),
    };
    for (place, line) in lines {
        let key = (line.scan.venue, line.scan.id);
        let before = earlier.0.get(&key).or_else(|| folding.seen.get(&key));
        if let Some((content, first)) = before {
            let answer = again(line, *content, first);
            let permits = match answer.duplicate {
                true => folding.facts.shown_permits(line),
                false => Vec::new(),
            };
            outcome.answers.push((*place, Admitted { answer, permits }));
            continue;
        }
        if let Some(answer) = aside.over(&line.scan) {
            outcome.answers.push((*place, answer.into()));
            continue;
        }
        let row = folding.decide(line);
        folding.seen.insert(key, (line.content, row.answer.clone()));
        let permits = folding.facts.shown_permits(line);
        let answer = row.answer.clone();
        outcome.answers.push((*place, Admitted { answer, permits }));
        outcome.rows.push(row);
    }
    for ((venue, _), place) in folding.places {
        if place.moved {
            let Place {
                presence,
                day,
                holder,
                replaces,
                ..
            } = place;
            outcome.moves.push(Move {
                venue,
                day,
                holder,
                presence,
                replaces,
            });
        }
    }
    outcome
}

/// The first answer again, unless the id now stands for something else.
fn again(line: &Line, content: [u8; 8], first: &Answer) -> Answer {
    if content == line.content {
        Answer {
            duplicate: true,
            ..first.clone()
        }
    } else {
        let direction = line.scan.asked.explicit().unwrap_or(Direction::In);
        Answer::refuse(direction, Reason::IdReused)
    }
}

struct Folding {
    facts: Gathered,
    referrals: Referrals,
    places: HashMap<(VenueId, HolderId), Place>,
    seen: HashMap<(VenueId, ScanId), ([u8; 8], Answer)>,
}

impl Folding {
    fn decide<'a>(&mut self, line: &'a Line) -> Row<'a> {
        let Some(venue) = self.facts.venues.get(&line.scan.venue).copied() else {
            let answer = Answer::refuse(Direction::In, Reason::WrongCheckpoint);
            return Row {
                line,
                holder: None,
                assurance: Assurance::Low,
                answer,
                confirms: None,
            };
        };
        let card = match line.scan.presented {
            _ if self.facts.phone_ended(line) => KnownCard::Revoked,
            Presented::Card { id, .. } => self
                .facts
                .cards
                .get(&id)
                .map_or(KnownCard::Unknown, |card| card.0),
            Presented::Holder(_) | Presented::Nothing(_) => KnownCard::Active,
        };
        let holder = self.facts.holder_of(line);
        let known = holder.map(|id| HolderFacts {
            verified: self.facts.holders.get(&id).copied().unwrap_or_default(),
            declaration: DeclarationState::at(
                line.scan.id.at(),
                self.facts.statements.get(&id).into_iter().flatten(),
            ),
        });
        let presence = holder.and_then(|id| self.presence(line, id));
        let ruling = rule(
            &line.scan,
            &Facts {
                now: line.now,
                venue: &venue,
                card,
                holder: known,
                presence: presence.as_ref(),
                referred: holder.is_some_and(|id| self.referrals.stopped(line, id)),
                room: self.room(line),
                permits: self.facts.permits.facts(line.scan.venue, holder),
            },
        );
        if let (Some(id), Some(after)) = (holder, ruling.presence) {
            self.count(line, &venue, presence.as_ref(), &after);
            self.move_to(line, id, after);
        }
        if let Some(id) = holder {
            self.referrals.note(line, id, &ruling.answer);
        }
        let verified = known.is_some_and(|known| known.verified);
        let live = line.scan.presented.live_at(ruling.shown);
        Row {
            line,
            holder: holder.map(|id| line.key.pseudonym(id)),
            assurance: Assurance::of(line.scan.way, verified, live),
            confirms: line.scan.confirms.filter(|_| ruling.confirmed),
            answer: ruling.answer,
        }
    }

    /// How many more people may be inside, when that can be said of the time of the scan.
    fn room(&self, line: &Line) -> Option<i64> {
        // A reader whose clock is ahead reads now, too.
        let counted = line.now.since(line.scan.id.at()) <= COUNTED.as_millis() as i64;
        let room = self.facts.rooms.get(&line.scan.venue);
        room.copied().filter(|_| counted)
    }

    /// Takes or gives back the room of somebody who came or went.
    fn count(
        &mut self,
        line: &Line,
        venue: &VenueRules,
        before: Option<&Presence>,
        after: &Presence,
    ) {
        let takes = |presence: &Presence| match presence.inside_at(line.now, venue.idle) {
            true => 1 + i64::from(presence.companions),
            false => 0,
        };
        if let Some(room) = self.facts.rooms.get_mut(&line.scan.venue) {
            *room -= takes(after) - before.map_or(0, takes);
        }
    }

    /// Where the person stands: as this batch left it, else today's row, else yesterday's.
    fn presence(&mut self, line: &Line, holder: HolderId) -> Option<Presence> {
        let venue = line.scan.venue;
        if let Some(place) = self.places.get(&(venue, holder)) {
            return Some(place.presence.clone());
        }
        let today = (line.day, line.key.pseudonym(holder));
        let yesterday = line
            .before
            .as_ref()
            .map(|(day, key)| (*day, key.pseudonym(holder)));
        let found =
            [Some(today), yesterday]
                .into_iter()
                .flatten()
                .find_map(|(day, pseudonym)| {
                    let presence = self.facts.presences.get(&(venue, pseudonym))?.clone();
                    Some(Place {
                        presence,
                        day,
                        holder: pseudonym,
                        replaces: None,
                        moved: false,
                    })
                })?;
        let presence = found.presence.clone();
        self.places.insert((venue, holder), found);
        Some(presence)
    }

    fn move_to(&mut self, line: &Line, holder: HolderId, presence: Presence) {
        let pseudonym = line.key.pseudonym(holder);
        let key = (line.scan.venue, holder);
        let replaces = self.places.get(&key).and_then(|place| {
            if place.day == line.day {
                place.replaces
            } else {
                Some(place.holder)
            }
        });
        let place = Place {
            presence,
            day: line.day,
            holder: pseudonym,
            replaces,
            moved: true,
        };
        self.places.insert(key, place);
    }
}
