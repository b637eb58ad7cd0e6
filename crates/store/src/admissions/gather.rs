//! Gathering: everything the decisions of one batch rest on, in a few set-based statements.

use super::Line;
use crate::dialect::{padded, run};
use crate::keys::Pseudonym;
use crate::{Error, Tx};
use domain::admission::CardStanding;
use domain::card::CardState;
use domain::declaration::Statement;
use domain::ids::{CardId, HolderId, ScanId, VenueId};
use domain::presence::{LastScan, Presence};
use domain::scan::{Answer, Decision, Direction, Presented, Reasons};
use domain::time::{Day, Timestamp};
use domain::venue::{OpeningHours, VenueKind, VenueRules};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What is known, by key.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) venues: HashMap<VenueId, VenueRules>,
    pub(super) cards: HashMap<CardId, (CardStanding, HolderId)>,
    /// Whether each holder is verified.
    pub(super) holders: HashMap<HolderId, bool>,
    pub(super) statements: HashMap<HolderId, Vec<Statement>>,
    pub(super) presences: HashMap<(VenueId, Pseudonym), Presence>,
}

/// Ids recorded before: what they said, and the first answer.
#[derive(Default)]
pub(super) struct Earlier(pub(super) HashMap<(VenueId, ScanId), ([u8; 8], Answer)>);

impl Tx {
    /// Locks the venues of a batch, in venue order.
    pub(super) async fn lock_for_admission(
        &mut self,
        lines: &[(usize, Line)],
    ) -> Result<(), Error> {
        let mut venues: Vec<VenueId> = lines.iter().map(|(_, line)| line.scan.venue).collect();
        venues.sort();
        venues.dedup();
        self.lock_venues(&venues).await
    }

    /// The facts of a whole batch.
    pub(super) async fn gather(&mut self, lines: &[(usize, Line)]) -> Result<Gathered, Error> {
        let mut facts = Gathered::default();
        let venues: HashSet<VenueId> = lines.iter().map(|(_, line)| line.scan.venue).collect();
        self.gather_venues(venues.into_iter().collect(), &mut facts)
            .await?;
        let cards: HashSet<CardId> = lines.iter().filter_map(|(_, line)| card(line)).collect();
        self.gather_cards(cards.into_iter().collect(), &mut facts)
            .await?;
        let direct: HashSet<HolderId> = lines.iter().filter_map(|(_, line)| direct(line)).collect();
        self.gather_holders(direct.into_iter().collect(), &mut facts)
            .await?;
        let everyone: Vec<HolderId> = facts.holders.keys().copied().collect();
        self.gather_statements(everyone, &mut facts).await?;
        let places = places(lines, &facts);
        self.gather_presences(places, &mut facts).await?;
        Ok(facts)
    }

    async fn gather_venues(
        &mut self,
        venues: Vec<VenueId>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (VenueId, VenueKind, String, Option<Timestamp>);
        let zone = self.zone;
        for (sql, piece) in padded(
            "select id, kind, hours, closed_at from venues where id in (",
            1,
            ")",
            &venues,
        ) {
            let found: Vec<Row> = run!(self, |conn| {
                let query = sqlx::query_as(sql);
                piece
                    .iter()
                    .fold(query, |query, id| query.bind(**id))
                    .fetch_all(conn)
            })?;
            for (id, kind, hours, closed) in found {
                let hours = OpeningHours::parse(&hours).ok_or(Error::Damaged("venues.hours"))?;
                facts.venues.insert(
                    id,
                    VenueRules {
                        hours,
                        closed,
                        idle: kind.idle(),
                        zone,
                    },
                );
            }
        }
        Ok(())
    }

    async fn gather_cards(
        &mut self,
        cards: Vec<CardId>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (Vec<u8>, HolderId, CardState, bool);
        const SQL: &str = "select c.id, c.holder_id, c.state, h.verified
             from cards c join holders h on h.id = c.holder_id where c.id in (";
        for (sql, piece) in padded(SQL, 1, ")", &cards) {
            let found: Vec<Row> = run!(self, |conn| {
                let query = sqlx::query_as(sql);
                piece
                    .iter()
                    .fold(query, |query, id| query.bind(id.0.to_vec()))
                    .fetch_all(conn)
            })?;
            for (id, holder, state, verified) in found {
                let id = CardId::from_slice(&id).ok_or(Error::Damaged("cards.id"))?;
                let standing = match state {
                    CardState::Active => CardStanding::Active,
                    CardState::Suspended | CardState::Revoked | CardState::Replaced => {
                        CardStanding::Revoked
                    }
                };
                facts.cards.insert(id, (standing, holder));
                facts.holders.insert(holder, verified);
            }
        }
        Ok(())
    }

    async fn gather_holders(
        &mut self,
        holders: Vec<HolderId>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        for (sql, piece) in padded(
            "select id, verified from holders where id in (",
            1,
            ")",
            &holders,
        ) {
            let found: Vec<(HolderId, bool)> = run!(self, |conn| {
                let query = sqlx::query_as(sql);
                piece
                    .iter()
                    .fold(query, |query, id| query.bind(**id))
                    .fetch_all(conn)
            })?;
            facts.holders.extend(found);
        }
        Ok(())
    }

    async fn gather_statements(
        &mut self,
        holders: Vec<HolderId>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (HolderId, Timestamp, Timestamp, bool);
        const SQL: &str = "select holder_id, declared_at, valid_until, concern from declarations where holder_id in (";
        for (sql, piece) in padded(SQL, 1, ")", &holders) {
            let found: Vec<Row> = run!(self, |conn| {
                let query = sqlx::query_as(sql);
                piece
                    .iter()
                    .fold(query, |query, id| query.bind(**id))
                    .fetch_all(conn)
            })?;
            for (holder, declared, valid_until, concern) in found {
                let statement = Statement {
                    declared,
                    valid_until,
                    concern,
                };
                facts.statements.entry(holder).or_default().push(statement);
            }
        }
        Ok(())
    }

    async fn gather_presences(
        &mut self,
        places: Vec<(VenueId, Pseudonym)>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (
            VenueId,
            Pseudonym,
            Option<Timestamp>,
            i32,
            Uuid,
            Direction,
            Decision,
            String,
        );
        const SQL: &str =
            "select venue_id, holder, since, companions, last_id, last_direction, last_decision,
               last_reasons
             from presences where (venue_id, holder) in (values ";
        for (sql, piece) in padded(SQL, 2, ")", &places) {
            let found: Vec<Row> = run!(self, |conn| {
                let query = sqlx::query_as(sql);
                piece
                    .iter()
                    .fold(query, |query, (venue, holder)| {
                        query.bind(*venue).bind(*holder)
                    })
                    .fetch_all(conn)
            })?;
            for (venue, holder, since, companions, id, direction, decision, reasons) in found {
                let id = ScanId::new(id).ok_or(Error::Damaged("presences.last_id"))?;
                let last = LastScan {
                    id,
                    direction,
                    decision,
                    reasons: Reasons::from_text(&reasons),
                };
                let companions = u8::try_from(companions).unwrap_or_default();
                facts.presences.insert(
                    (venue, holder),
                    Presence {
                        since,
                        companions,
                        last,
                    },
                );
            }
        }
        Ok(())
    }

    /// The first answers of those ids of a batch that were recorded before.
    pub(super) async fn earlier(&mut self, lines: &[(usize, Line)]) -> Result<Earlier, Error> {
        type Row = (VenueId, Uuid, Vec<u8>, Decision, Direction, String);
        const SQL: &str = "select venue_id, id, content, decision, direction, reasons
             from scans where (day, venue_id, id) in (values ";
        let keys: Vec<(Day, VenueId, ScanId)> = lines
            .iter()
            .map(|(_, line)| (line.day, line.scan.venue, line.scan.id))
            .collect();
        let mut earlier = Earlier::default();
        for (sql, piece) in padded(SQL, 3, ")", &keys) {
            let found: Vec<Row> = run!(self, |conn| {
                let query = sqlx::query_as(sql);
                let bound = piece.iter().fold(query, |query, (day, venue, id)| {
                    query.bind(*day).bind(*venue).bind(id.uuid())
                });
                bound.fetch_all(conn)
            })?;
            for (venue, id, content, decision, direction, reasons) in found {
                let id = ScanId::new(id).ok_or(Error::Damaged("scans.id"))?;
                let content = content
                    .try_into()
                    .map_err(|_| Error::Damaged("scans.content"))?;
                let answer = Answer {
                    decision,
                    direction,
                    reasons: Reasons::from_text(&reasons),
                    duplicate: true,
                };
                earlier.0.insert((venue, id), (content, answer));
            }
        }
        Ok(earlier)
    }
}

fn card(line: &Line) -> Option<CardId> {
    match line.scan.presented {
        Presented::Card { id, .. } => Some(id),
        Presented::Holder(_) | Presented::Nothing(_) => None,
    }
}

fn direct(line: &Line) -> Option<HolderId> {
    match line.scan.presented {
        Presented::Holder(id) => Some(id),
        Presented::Card { .. } | Presented::Nothing(_) => None,
    }
}

/// Where each person may be found: under today's pseudonym, and under yesterday's for whoever
/// may have stayed past midnight.
fn places(lines: &[(usize, Line)], facts: &Gathered) -> Vec<(VenueId, Pseudonym)> {
    let mut places = HashSet::new();
    for (_, line) in lines {
        let Some(holder) = facts.holder_of(line) else {
            continue;
        };
        places.insert((line.scan.venue, line.key.pseudonym(holder)));
        if let Some((_, key)) = &line.before {
            places.insert((line.scan.venue, key.pseudonym(holder)));
        }
    }
    places.into_iter().collect()
}

impl Gathered {
    /// The person a line identifies, if any.
    pub(super) fn holder_of(&self, line: &Line) -> Option<HolderId> {
        match line.scan.presented {
            Presented::Card { id, .. } => self.cards.get(&id).map(|(_, holder)| *holder),
            Presented::Holder(holder) => self.holders.contains_key(&holder).then_some(holder),
            Presented::Nothing(_) => None,
        }
    }
}
