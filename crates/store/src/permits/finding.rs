//! Finding whom a list names: by the number of a card, of a paper that an office has looked at, or by a phone. All of a
//! list in a few statements, and nobody of another unit.

use crate::holders::{self, Holder};
use crate::sets::Column;
use crate::units::path_bounds;
use crate::{Error, Tx};
use domain::ids::{CardId, HolderId};
use domain::phone::Phone;
use domain::role::{Authorized, IssuePermit, UnitScope};
use domain::search_key::SearchKey;
use std::collections::{BTreeSet, HashMap};

/// By what a line of a list names somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermitFor {
    /// The number of a card that is not over.
    Card(CardId),
    /// A phone.
    Phone(Phone),
    /// The number of a paper that an office has looked at.
    Number(String),
}

/// Whom a line names.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// One person of the unit.
    One(Box<Holder>),
    /// Nobody of the unit.
    Nobody,
    /// Several people: a phone that is shared.
    Several,
}

/// What finds people exactly: a statement, and a key for each line that it can find.
type Keys<'a> = Vec<(usize, &'a [u8])>;

impl Tx {
    /// Whom some lines name, in their order, among the people of the unit and below. Whoever shows them leaves the audit
    /// entry.
    pub async fn people_for_permits(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        lines: &[PermitFor],
    ) -> Result<Vec<Wanted>, Error> {
        const CARDS: &str = ") select c.id, h.id from keys cross join cards c join holders h on h.id = c.holder_id
             where c.id = a and c.state not in ('revoked', 'replaced') and h.unit_path >= b and h.unit_path < d";
        const NUMBERS: &str = ") select n.hash, h.id from keys cross join proven_numbers n join holders h on h.id = n.holder_id
             where n.hash = a and h.unit_path >= b and h.unit_path < d";
        const PHONES: &str = ") select h.phone_hash, h.id from keys cross join holders h
             where h.phone_hash = a and h.unit_path >= b and h.unit_path < d";
        let sealer = self.keys.sealer();
        let key = |line: &PermitFor| match line {
            PermitFor::Card(card) => card.0.to_vec(),
            PermitFor::Phone(phone) => sealer.hash("phone", &phone.e164()).to_vec(),
            PermitFor::Number(number) => sealer.hash("number", number).to_vec(),
        };
        let keys: Vec<Vec<u8>> = lines.iter().map(key).collect();
        let of = |wanted: fn(&PermitFor) -> bool| -> Keys<'_> {
            let all = lines.iter().zip(&keys).enumerate();
            all.filter(|(_, (line, _))| wanted(line))
                .map(|(at, (_, key))| (at, key.as_slice()))
                .collect()
        };
        let mut found: Vec<BTreeSet<HolderId>> = vec![BTreeSet::new(); lines.len()];
        for (keys, tail) in [
            (of(|line| matches!(line, PermitFor::Card(_))), CARDS),
            (of(|line| matches!(line, PermitFor::Number(_))), NUMBERS),
            (of(|line| matches!(line, PermitFor::Phone(_))), PHONES),
        ] {
            let people = self.exactly(who, &keys, tail).await?;
            for (at, key) in keys {
                found[at].extend(people.get(key));
            }
        }
        let mut opened = self.by_phone(who, lines, &mut found).await?;
        self.open_all(&found, &mut opened).await?;
        let person = |people: BTreeSet<HolderId>| match people.len() {
            0 => Wanted::Nobody,
            1 => people
                .first()
                .and_then(|one| opened.get(one).cloned())
                .map_or(Wanted::Nobody, |one| Wanted::One(Box::new(one))),
            _ => Wanted::Several,
        };
        Ok(found.into_iter().map(person).collect())
    }

    async fn exactly(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        keys: &Keys<'_>,
        tail: &'static str,
    ) -> Result<HashMap<Vec<u8>, HolderId>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let keys = [
            Column::bytes(keys.iter().map(|(_, key)| key.to_vec())),
            Column::Text(vec![from; keys.len()]),
            Column::Text(vec![to; keys.len()]),
        ];
        let found: Vec<(Vec<u8>, HolderId)> = self
            .look_up("with keys (a, b, d) as (", &keys, tail)
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Adds the people whose phone an office wrote down: they are found by the index, and opened to be sure.
    async fn by_phone(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        lines: &[PermitFor],
        found: &mut [BTreeSet<HolderId>],
    ) -> Result<HashMap<HolderId, Holder>, Error> {
        const HEAD: &str = "with keys (a, b, d) as (";
        const TAIL: &str = ") select h.id, h.sealed, h.verified, h.unit_path, h.created_at
             from keys cross join holder_keys k join holders h on h.id = k.holder_id
             where k.key = a and h.unit_path >= b and h.unit_path < d";
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            // Whoever has proven a phone is meant by it, whoever else shares it.
            if let (PermitFor::Phone(phone), true) = (line, found[at].is_empty()) {
                places.entry(phone.e164()).or_default().push(at);
            }
        }
        let texts: Vec<SearchKey> = places.keys().map(|phone| SearchKey::phone(phone)).collect();
        let (from, to) = path_bounds(&who.scope().path);
        let [keys] = self.search_column(&texts);
        let keys = [
            keys,
            Column::Text(vec![from; texts.len()]),
            Column::Text(vec![to; texts.len()]),
        ];
        let mut opened = HashMap::new();
        for row in self.look_up::<holders::Row>(HEAD, &keys, TAIL).await? {
            let holder = self.opened(row)?;
            let named = holder
                .details
                .phone
                .as_ref()
                .and_then(|phone| places.get(phone));
            for at in named.into_iter().flatten() {
                found[*at].insert(holder.id);
            }
            opened.insert(holder.id, holder);
        }
        Ok(opened)
    }

    async fn open_all(
        &mut self,
        found: &[BTreeSet<HolderId>],
        opened: &mut HashMap<HolderId, Holder>,
    ) -> Result<(), Error> {
        const HEAD: &str =
            "select id, sealed, verified, unit_path, created_at from holders where id in (";
        let closed: BTreeSet<HolderId> = found
            .iter()
            .flatten()
            .filter(|one| !opened.contains_key(one))
            .copied()
            .collect();
        let keys = [Column::ids(closed.iter().map(|one| one.0))];
        for row in self.look_up::<holders::Row>(HEAD, &keys, ")").await? {
            opened.insert(row.0, self.opened(row)?);
        }
        Ok(())
    }
}
