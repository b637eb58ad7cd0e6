//! Gathering: everything the decisions of one batch rest on, in a few set-based statements.

use super::Line;
use super::permits::Permits;
use crate::keys::Pseudonym;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::admission::KnownCard;
use domain::card::CardState;
use domain::declaration::Statement;
use domain::ids::{CardId, HolderId, ScanId, VenueId};
use domain::phone_key::PhoneKeyHash;
use domain::presence::{LastScan, Presence, entered_since};
use domain::scan::{Answer, Decision, Direction, Presented, Reasons};
use domain::time::Timestamp;
use domain::venue::{FullPolicy, OpeningHours, VenueKind, VenueRules};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What is known, by key.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) venues: HashMap<VenueId, VenueRules>,
    pub(super) cards: HashMap<CardId, (KnownCard, HolderId)>,
    /// Keys of phones, whose card each speaks for, and when each ended.
    pub(super) phones: HashMap<PhoneKeyHash, (CardId, Option<Timestamp>)>,
    /// Whether each holder is verified.
    pub(super) holders: HashMap<HolderId, bool>,
    pub(super) statements: HashMap<HolderId, Vec<Statement>>,
    pub(super) presences: HashMap<(VenueId, Pseudonym), Presence>,
    /// How many more people may be inside, at venues that refuse more.
    pub(super) rooms: HashMap<VenueId, i64>,
    /// Whether any of the venues has, or had, scans set aside.
    pub(super) asides: bool,
    /// What permits are demanded and held.
    pub(super) permits: Permits,
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
        if let Some(now) = lines.iter().map(|(_, line)| line.now).max() {
            self.gather_venues(&venues, now, &mut facts).await?;
        }
        let cards: HashSet<CardId> = lines.iter().filter_map(|(_, line)| card(line)).collect();
        self.gather_cards(&cards, &mut facts).await?;
        let phones: HashSet<_> = lines.iter().filter_map(|(_, line)| phone(line)).collect();
        self.gather_phones(&phones, &mut facts).await?;
        let direct: HashSet<HolderId> = lines.iter().filter_map(|(_, line)| direct(line)).collect();
        self.gather_holders(&direct, &mut facts).await?;
        let places = places(lines, &facts);
        self.gather_presences(&places, &mut facts).await?;
        if facts.permits.demanded {
            self.gather_permits(lines, &mut facts).await?;
        }
        Ok(facts)
    }

    async fn gather_venues(
        &mut self,
        venues: &HashSet<VenueId>,
        now: Timestamp,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (
            VenueId,
            VenueKind,
            String,
            Option<Timestamp>,
            Option<Timestamp>,
            Option<i32>,
            FullPolicy,
            bool,
            bool,
            String,
        );
        const HEAD: &str = "select id, kind, hours, closed_at, suspended_at, capacity, full_policy,
               exists (select 1 from asides where venue_id = venues.id),
               exists (select 1 from permit_demands), unit_path
             from venues where id in (";
        let zone = self.zone;
        let keys = [Column::ids(venues.iter().map(|id| id.0))];
        let found = self.look_up::<Row>(HEAD, &keys, ")").await?;
        for (id, kind, hours, closed, suspended, most, policy, asides, demanded, unit) in found {
            facts.asides |= asides;
            facts.permits.add_venue(id, demanded, (kind, &unit));
            let hours = OpeningHours::parse(&hours).ok_or(Error::Damaged("venues.hours"))?;
            let rules = VenueRules {
                hours,
                closed,
                suspended,
                idle: kind.idle(),
                zone,
            };
            facts.venues.insert(id, rules);
            if let (Some(most), FullPolicy::Refuse) = (most, policy) {
                facts.rooms.insert(id, most.into());
            }
        }
        self.take_up_room(now, facts).await
    }

    /// Takes whoever is inside from the room of venues that refuse more than fit. No statement when there are none.
    async fn take_up_room(&mut self, now: Timestamp, facts: &mut Gathered) -> Result<(), Error> {
        const HEAD: &str = "with keys (a, b) as (";
        const TAIL: &str = ") select venue_id, count(*) + cast(sum(companions) as bigint)
             from keys cross join presences where venue_id = a and since >= b group by venue_id";
        if facts.rooms.is_empty() {
            return Ok(());
        }
        let since = |id: &VenueId| entered_since(now, facts.venues[id].idle).millis();
        let keys = [
            Column::ids(facts.rooms.keys().map(|id| id.0)),
            Column::longs(facts.rooms.keys().map(since)),
        ];
        for (id, inside) in self.look_up::<(VenueId, i64)>(HEAD, &keys, TAIL).await? {
            if let Some(room) = facts.rooms.get_mut(&id) {
                *room -= inside;
            }
        }
        Ok(())
    }

    /// Cards, whose they are, and what those people declared: one row a declaration.
    async fn gather_cards(
        &mut self,
        cards: &HashSet<CardId>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (
            Vec<u8>,
            HolderId,
            CardState,
            bool,
            Option<Timestamp>,
            Option<Timestamp>,
            Option<bool>,
        );
        const HEAD: &str =
            "select c.id, c.holder_id, c.state, h.verified, d.declared_at, d.valid_until, d.concern
             from cards c join holders h on h.id = c.holder_id
               left join declarations d on d.holder_id = c.holder_id
             where c.id in (";
        let keys = [Column::bytes(cards.iter().map(|id| id.0.to_vec()))];
        let found = self.look_up::<Row>(HEAD, &keys, ")").await?;
        let mut of_holder: HashMap<HolderId, CardId> = HashMap::with_capacity(found.len());
        for (id, holder, state, verified, declared, valid_until, concern) in found {
            let id = CardId::from_slice(&id).ok_or(Error::Damaged("cards.id"))?;
            facts.cards.insert(id, (state.into(), holder));
            // Two cards of one person bring the same declarations twice.
            if *of_holder.entry(holder).or_insert(id) == id {
                facts.learn(holder, verified, (declared, valid_until, concern));
            }
        }
        Ok(())
    }

    /// The phones that showed codes; nothing is asked where none did.
    async fn gather_phones(
        &mut self,
        phones: &HashSet<PhoneKeyHash>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (Vec<u8>, Vec<u8>, Option<Timestamp>);
        const HEAD: &str = "select key_hash, card_id, ended_at from phone_keys where key_hash in (";
        let keys = [Column::bytes(phones.iter().map(|key| key.0.to_vec()))];
        for (key, card, ended) in self.look_up::<Row>(HEAD, &keys, ")").await? {
            let damaged = |_| Error::Damaged("phone_keys.key_hash");
            let key = PhoneKeyHash(key.try_into().map_err(damaged)?);
            let card = CardId::from_slice(&card).ok_or(Error::Damaged("phone_keys.card_id"))?;
            facts.phones.insert(key, (card, ended));
        }
        Ok(())
    }

    async fn gather_holders(
        &mut self,
        holders: &HashSet<HolderId>,
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        type Row = (
            HolderId,
            bool,
            Option<Timestamp>,
            Option<Timestamp>,
            Option<bool>,
        );
        const HEAD: &str = "select h.id, h.verified, d.declared_at, d.valid_until, d.concern
             from holders h left join declarations d on d.holder_id = h.id where h.id in (";
        let unknown = holders.iter().filter(|id| !facts.holders.contains_key(id));
        let keys = [Column::ids(unknown.map(|id| id.0))];
        let found = self.look_up::<Row>(HEAD, &keys, ")").await?;
        for (holder, verified, declared, valid_until, concern) in found {
            facts.learn(holder, verified, (declared, valid_until, concern));
        }
        Ok(())
    }

    async fn gather_presences(
        &mut self,
        places: &HashSet<(VenueId, Pseudonym)>,
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
        const HEAD: &str = "with keys (a, b) as (";
        const TAIL: &str = ") select venue_id, holder, since, companions, last_id, last_direction,
               last_decision, last_reasons
             from keys cross join presences where venue_id = a and holder = b";
        let keys = [
            Column::ids(places.iter().map(|(venue, _)| venue.0)),
            Column::ids(places.iter().map(|(_, holder)| holder.0)),
        ];
        for (venue, holder, since, companions, id, direction, decision, reasons) in
            self.look_up::<Row>(HEAD, &keys, TAIL).await?
        {
            let id = ScanId::new(id).ok_or(Error::Damaged("presences.last_id"))?;
            let last = LastScan {
                id,
                direction,
                decision,
                reasons: Reasons::from_text(&reasons),
            };
            let companions = u8::try_from(companions).unwrap_or_default();
            let presence = Presence {
                since,
                companions,
                last,
            };
            facts.presences.insert((venue, holder), presence);
        }
        Ok(())
    }

    /// The first answers of those ids of a batch that were recorded before.
    pub(super) async fn earlier(&mut self, lines: &[(usize, Line)]) -> Result<Earlier, Error> {
        type Row = (VenueId, Uuid, Vec<u8>, Decision, Direction, String);
        const HEAD: &str = "with keys (a, b, c) as (";
        const TAIL: &str = ") select venue_id, id, content, decision, direction, reasons
             from keys cross join scans where day = a and venue_id = b and id = c";
        let keys = [
            Column::ints(lines.iter().map(|(_, line)| line.day.0)),
            Column::ids(lines.iter().map(|(_, line)| line.scan.venue.0)),
            Column::ids(lines.iter().map(|(_, line)| line.scan.id.uuid())),
        ];
        let mut earlier = Earlier::default();
        for (venue, id, content, decision, direction, reasons) in
            self.look_up::<Row>(HEAD, &keys, TAIL).await?
        {
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
        Ok(earlier)
    }
}

fn card(line: &Line) -> Option<CardId> {
    match line.scan.presented {
        Presented::Card { id, .. } => Some(id),
        Presented::Holder(_) | Presented::Nothing(_) => None,
    }
}

fn phone(line: &Line) -> Option<PhoneKeyHash> {
    match line.scan.presented {
        Presented::Card { phone, .. } => phone.map(|code| code.key),
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
fn places(lines: &[(usize, Line)], facts: &Gathered) -> HashSet<(VenueId, Pseudonym)> {
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
    places
}

impl Gathered {
    /// One row about a person: verified or not, and one declaration, if any.
    fn learn(
        &mut self,
        holder: HolderId,
        verified: bool,
        declaration: (Option<Timestamp>, Option<Timestamp>, Option<bool>),
    ) {
        self.holders.insert(holder, verified);
        if let (Some(declared), Some(valid_until), Some(concern)) = declaration {
            let statement = Statement {
                declared,
                valid_until,
                concern,
            };
            self.statements.entry(holder).or_default().push(statement);
        }
    }

    /// Whether a phone showed the code that had no right to, at the time of reading: its holder signed it out or put
    /// another one in its place, or this register does not know it.
    pub(super) fn phone_ended(&self, line: &Line) -> bool {
        let Presented::Card {
            id,
            phone: Some(code),
            ..
        } = line.scan.presented
        else {
            return false;
        };
        let known = self.phones.get(&code.key);
        !known.is_some_and(|(card, ended)| {
            *card == id && ended.is_none_or(|ended| line.scan.id.at() < ended)
        })
    }

    /// The person a line identifies, if any.
    pub(super) fn holder_of(&self, line: &Line) -> Option<HolderId> {
        match line.scan.presented {
            Presented::Card { id, .. } => self.cards.get(&id).map(|(_, holder)| *holder),
            Presented::Holder(holder) => self.holders.contains_key(&holder).then_some(holder),
            Presented::Nothing(_) => None,
        }
    }
}
