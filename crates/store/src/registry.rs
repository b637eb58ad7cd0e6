//! The register of people at an office's desk: who may be meant, who is new, and whose record changes.
//!
//! A number that an office has looked at is one person's (`proven_numbers`): two clerks who register the same person at
//! once make one record, and the second is told.

use crate::cards::NewestCard;
use crate::dialect::{execute, run};
use crate::guardians::Guardian;
use crate::holders::{Holder, NewHolder, Row};
use crate::{Error, Tx};
use domain::card::{CardKind, CardStep, StepReason};
use domain::holder::{HolderDetails, fold};
use domain::ids::{CardId, HolderId};
use domain::likeness::{Degree, Likeness};
use domain::phone::Phone;
use domain::role::{Authorized, HolderScope, RegisterHolder, ServeHolder, UnitScope, UseOwnData};
use domain::search_key::{self, SearchKey, SearchKind};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::collections::{HashMap, HashSet};

/// How many records a search opens at most. A name and a year of birth find some hundred in a million.
const OPENED: usize = 3000;
/// How many a search shows.
pub const SHOWN: usize = 20;

/// A record that may be of the person at the desk.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The person.
    pub holder: Holder,
    /// How it compares with what was said.
    pub likeness: Likeness,
    /// Whether the person lives in the office's unit.
    pub here: bool,
    /// The newest card that is not over.
    pub card: Option<NewestCard>,
    /// The newest card in use.
    pub in_use: Option<CardId>,
    /// Who cares for the person.
    pub guardians: Vec<Guardian>,
}

/// What people are searched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The number of a paper.
    Number(String),
    /// A phone.
    Phone(Phone),
    /// Words of the name, folded, and the year of birth.
    Name(Vec<String>, Option<u16>),
}

impl Query {
    /// Reads what was typed into a search field: a phone, a number, or words of a name with or without a year of birth.
    /// Nothing when that is too little to search by: one word of a name wants a year.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(phone) = Phone::parse(text) {
            return Some(Self::Phone(phone));
        }
        let mut words = search_key::words(text);
        let year = words
            .iter()
            .position(|word| word.len() == 4 && matches!(word.parse::<u16>(), Ok(1880..=2200)));
        let digits = |word: &String| word.bytes().any(|byte| byte.is_ascii_digit());
        match year {
            Some(at) if words.len() > 1 => {
                let year = words.remove(at).parse().ok();
                Some(Self::Name(words, year))
            }
            _ if words.len() >= 2 && !words.iter().any(digits) => Some(Self::Name(words, None)),
            _ => domain::citizen::id_number(text)
                .filter(|number| number.bytes().any(|byte| byte.is_ascii_digit()))
                .map(Self::Number),
        }
    }
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct FoundPeople {
    /// The people, at most [`SHOWN`] of them.
    pub people: Vec<Holder>,
    /// Whether there are more than are shown: say more about the person.
    pub more: bool,
}

impl Tx {
    /// The records that may be of a person of whom this is known, the likeliest first: wherever they live, because people move.
    /// Whoever shows them leaves the audit entry.
    pub async fn candidates(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        said: &HolderDetails,
        now: Timestamp,
    ) -> Result<Vec<Candidate>, Error> {
        let found = self.indexed(&search_key::alike(said)).await?;
        let mut alike: Vec<(Likeness, Holder)> = found
            .into_iter()
            .map(|holder| (Likeness::of(said, &holder.details), holder))
            .filter(|(likeness, _)| likeness.degree != Degree::None)
            .collect();
        alike.sort_by_key(|(likeness, holder)| (likeness.rank(), holder.id));
        alike.truncate(SHOWN);
        let ids: Vec<HolderId> = alike.iter().map(|(_, holder)| holder.id).collect();
        let mut cards = self.newest_cards(&ids, now).await?;
        let mut guardians = self.guardians_of(&ids).await?;
        let unit = &who.scope().path;
        let candidates = alike.into_iter().map(|(likeness, holder)| {
            let (card, in_use) = cards.remove(&holder.id).unwrap_or_default();
            Candidate {
                here: unit.0.last().is_some_and(|unit| holder.unit.within(unit)),
                card,
                in_use,
                guardians: guardians.remove(&holder.id).unwrap_or_default(),
                likeness,
                holder,
            }
        });
        Ok(candidates.collect())
    }

    /// People of a unit by number, phone or name. Of a merged person both phones that sign in lead there.
    pub async fn search_people(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        query: &Query,
    ) -> Result<FoundPeople, Error> {
        let path = &who.scope().path;
        let keys: Vec<SearchKey> = match query {
            Query::Number(number) => vec![SearchKey::number(number)],
            Query::Phone(phone) => vec![SearchKey::phone(&phone.e164())],
            Query::Name(words, Some(year)) => match words.as_slice() {
                [word] => vec![
                    SearchKey::last_and_year(word, *year),
                    SearchKey::start_and_year(word, *year),
                ],
                words => words
                    .last()
                    .map(|last| SearchKey::last_and_year(last, *year))
                    .into_iter()
                    .collect(),
            },
            Query::Name(words, None) => match (words.as_slice(), path.commune()) {
                ([.., one, other], Some(commune)) => vec![SearchKey::words(one, other, commune)],
                _ => Vec::new(),
            },
        };
        let mut people = self.indexed(&keys).await?;
        people.retain(|holder| fits(query, &holder.details));
        if let Query::Phone(phone) = query
            && let Some(signs_in) = self.holder_of_phone(phone).await?
            && people.iter().all(|holder| holder.id != signs_in.holder)
        {
            // The record says one phone, and another may sign in.
            people.extend(self.holder(signs_in.holder).await?);
        }
        people.retain(|holder| path.0.last().is_some_and(|unit| holder.unit.within(unit)));
        people.sort_by_cached_key(|holder| (fold(holder.details.name.as_str()), holder.id));
        let more = people.len() > SHOWN;
        people.truncate(SHOWN);
        Ok(FoundPeople { people, more })
    }

    /// Registers somebody whose papers an office has looked at, in the unit of the proof. Fails with
    /// `Conflict(ProvenNumber)` when a number of theirs is somebody's already.
    pub async fn register_holder(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        details: &HolderDetails,
        now: Timestamp,
    ) -> Result<HolderId, Error> {
        let id = self.register_unseen(who, details, now).await?;
        self.prove_numbers(id, &numbers(details)).await?;
        self.note_seen(id).await?;
        Ok(id)
    }

    /// Registers somebody in the unit of the proof whom no office has seen, on another's word: no number is proven by it.
    pub async fn register_unseen(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        details: &HolderDetails,
        now: Timestamp,
    ) -> Result<HolderId, Error> {
        let new = NewHolder {
            details,
            phone: None,
            browser: None,
            verified: true,
            unit: &who.scope().path,
        };
        self.add_holder(&new, now).await
    }

    /// Takes somebody in who lives elsewhere, or nobody knows where, and who has just shown the paper with a number that the
    /// record says: the record becomes the office's. Says from where it was taken; nothing where the number is not the
    /// record's, and nothing was done.
    pub async fn take_in(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        holder: HolderId,
        number: &str,
    ) -> Result<Option<UnitPath>, Error> {
        let Some(known) = self.held(holder).await? else {
            return Ok(None);
        };
        let details = &known.details;
        if !numbers(details).contains(&number) {
            return Ok(None);
        }
        self.replace(holder, details, &who.scope().path).await?;
        self.prove_numbers(holder, &[number]).await?;
        self.note_seen(holder).await?;
        Ok(Some(known.unit))
    }

    /// A record of the office's unit, opened.
    pub async fn served(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<Option<Holder>, Error> {
        self.holder(who.scope().holder).await
    }

    /// The same, which nobody else changes until this transaction ends: read so by whoever replaces it with what was read.
    pub async fn hold_served(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<Option<Holder>, Error> {
        self.held(who.scope().holder).await
    }

    /// Replaces what an office has found true of a person, whose papers say these numbers. Other numbers that the record
    /// says stay as proven or unproven as they were. Fails with `Conflict(ProvenNumber)` when a number of the papers is
    /// somebody else's. Care that nobody but the guardian has agreed to ends: [`Tx::confirm_guardians`] before it stays.
    pub async fn update_served(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        details: &HolderDetails,
        papers: &[&str],
        unit: &UnitPath,
        now: Timestamp,
    ) -> Result<(), Error> {
        let holder = who.scope().holder;
        self.update_unseen(who, details, unit, now).await?;
        self.prove_numbers(holder, papers).await?;
        self.note_seen(holder).await
    }

    /// The same from afar: neither the person nor a paper was seen.
    pub async fn update_unseen(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        details: &HolderDetails,
        unit: &UnitPath,
        now: Timestamp,
    ) -> Result<(), Error> {
        let holder = who.scope().holder;
        if self.held(holder).await?.is_none() {
            return Ok(());
        }
        self.replace(holder, details, unit).await?;
        self.keep_proven(holder, details).await?;
        self.end_lone_ties(holder, (who.actor(), now)).await?;
        let sql =
            "update holders set verified = $2, browser_hash = null, tapped_on = null where id = $1";
        execute!(self, sqlx::query(sql).bind(holder).bind(true))?;
        Ok(())
    }

    /// Whether somebody signs in to a record, or to one that was merged into it, with another phone than this one, or with
    /// any where none is said.
    pub async fn signs_in_with_other(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        phone: Option<&str>,
    ) -> Result<bool, Error> {
        let said = phone.map(|phone| self.keys.sealer().hash("phone", phone));
        let known = self.phones_of(who.scope().holder).await?;
        Ok(known.into_iter().any(|(_, hash)| Some(hash) != said))
    }

    /// Ends the way into a record of phones that are not this person's, as an office has found: the one that is `theirs` stays,
    /// nobody is signed in any more, phones' cards and keys are void, and what was declared with them is gone.
    pub async fn end_sign_in(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        theirs: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let holder = who.scope().holder;
        let theirs = theirs.map(|phone| self.keys.sealer().hash("phone", phone));
        for (row, hash) in self.phones_of(holder).await? {
            if Some(hash) != theirs {
                let sql = "update holders set phone_hash = null where id = $1";
                execute!(self, sqlx::query(sql).bind(row))?;
            }
        }
        for sql in [
            "delete from sessions where holder_id = $1",
            "delete from declarations where holder_id = $1",
            "delete from drafts where holder_id = $1 or about = $1",
        ] {
            execute!(self, sqlx::query(sql).bind(holder))?;
        }
        for card in self.cards_of(holder).await? {
            if card.kind == CardKind::Electronic && !card.state.over() {
                // Out of the hand of whoever has that phone; the person may make another.
                let (step, why) = (CardStep::Revocation, StepReason::Lost);
                self.change_card(who, card.id, step, why, now).await?;
            }
        }
        execute!(
            self,
            sqlx::query(
                "update phone_keys set ended_at = $2 where ended_at is null
                   and card_id in (select id from cards where holder_id = $1)",
            )
            .bind(holder)
            .bind(now)
        )?;
        Ok(())
    }

    /// Whether an office has seen one, with papers or without: what it found true is then changed there.
    pub async fn known_to_office(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<bool, Error> {
        self.seen_by_office(who.scope().holder).await
    }

    /// A record that nobody else changes until this transaction ends.
    pub(crate) async fn held(&mut self, holder: HolderId) -> Result<Option<Holder>, Error> {
        // Changes nothing. PostgreSQL keeps the row for this transaction; SQLite has one writer anyway.
        let sql = "update holders set unit_path = unit_path where id = $1";
        execute!(self, sqlx::query(sql).bind(holder))?;
        self.holder(holder).await
    }

    /// Lets go of numbers that were a person's alone and that the record says no more.
    async fn keep_proven(
        &mut self,
        holder: HolderId,
        details: &HolderDetails,
    ) -> Result<(), Error> {
        let sealer = self.keys.sealer();
        let mut kept = numbers(details)
            .into_iter()
            .map(|number| sealer.hash("number", number));
        let (a, b, c) = (kept.next(), kept.next(), kept.next());
        let none = Vec::new;
        execute!(
            self,
            sqlx::query(
                "delete from proven_numbers where holder_id = $1 and hash not in ($2, $3, $4)"
            )
            .bind(holder)
            .bind(a.unwrap_or_else(none))
            .bind(b.unwrap_or_else(none))
            .bind(c.unwrap_or_else(none))
        )?;
        Ok(())
    }

    /// Notes that the numbers of a person's papers are theirs alone. Twice changes nothing.
    async fn prove_numbers(&mut self, holder: HolderId, numbers: &[&str]) -> Result<(), Error> {
        let numbers: HashSet<&str> = numbers.iter().copied().collect();
        for number in numbers {
            let hash = self.keys.sealer().hash("number", number);
            let owner: Option<(HolderId,)> = run!(self, |conn| {
                sqlx::query_as("select holder_id from proven_numbers where hash = $1")
                    .bind(&hash)
                    .fetch_optional(conn)
            })?;
            if owner == Some((holder,)) {
                continue;
            }
            let sql = "insert into proven_numbers (hash, holder_id) values ($1, $2)";
            execute!(self, sqlx::query(sql).bind(hash).bind(holder))?;
        }
        Ok(())
    }

    /// The people whom any of the texts finds, opened, each once.
    pub(crate) async fn indexed(&mut self, keys: &[SearchKey]) -> Result<Vec<Holder>, Error> {
        const HEAD: &str = "select h.id, h.sealed, h.verified, h.unit_path, h.created_at
             from holder_keys k join holders h on h.id = k.holder_id where k.key in (";
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        // Numbers and phones first: what is opened in vain must not crowd out what is certain.
        let exact = |key: &&SearchKey| matches!(key.kind, SearchKind::Number | SearchKind::Phone);
        let (sure, rest): (Vec<_>, Vec<_>) = keys.iter().partition(exact);
        for keys in [sure, rest] {
            let keys: Vec<SearchKey> = keys.into_iter().cloned().collect();
            let column = self.search_column(&keys);
            let rows: Vec<Row> = self.look_up(HEAD, &column, ")").await?;
            for row in rows {
                if found.len() < OPENED && seen.insert(row.0) {
                    found.push(self.opened(row)?);
                }
            }
        }
        Ok(found)
    }
}

/// Every number of the papers of which a record knows.
fn numbers(details: &HolderDetails) -> Vec<&str> {
    let all = [&details.id_number, &details.old_number, &details.insurance];
    all.into_iter().flatten().map(String::as_str).collect()
}

/// Whether somebody is who was searched for: a key is only the beginning of a hash, and of the name only two words.
fn fits(query: &Query, details: &HolderDetails) -> bool {
    match query {
        Query::Number(number) => numbers(details).contains(&number.as_str()),
        Query::Phone(phone) => details.phone.as_deref() == Some(phone.e164().as_str()),
        Query::Name(words, year) => {
            let mut left: HashMap<String, usize> = HashMap::new();
            for word in search_key::words(details.name.as_str()) {
                *left.entry(word).or_default() += 1;
            }
            let last = search_key::words(details.name.as_str())
                .pop()
                .unwrap_or_default();
            let one = words.len() == 1;
            let mut named = words.iter().all(|word| {
                left.get_mut(word).is_some_and(|count| {
                    let there = *count > 0;
                    *count = count.saturating_sub(1);
                    there
                })
            });
            if one && let Some(start) = words.first() {
                named |= last.starts_with(start.as_str());
            }
            named && year.is_none_or(|year| details.birth_year() == Some(year))
        }
    }
}
