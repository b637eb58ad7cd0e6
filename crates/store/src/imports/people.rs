//! Many people at once: compared with the register, and registered, by statements over sets.

use crate::cards::CHANGED;
use crate::holders::{self, Row};
use crate::keys::Keys as SealingKeys;
use crate::sets::Column;
use crate::units::{parse_path, path_text};
use crate::{Error, Store, Tx, audit, new_id};
use domain::birth::Birth;
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::likeness::{Likeness, Mark};
use domain::role::{Authorized, RegisterHolder, UnitScope};
use domain::search_key::{self, SearchKey, SearchKind};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// With how many records that one text finds a person is compared: no more people have a number or a phone, nor share a day of
/// birth and the beginning of a name in one commune.
pub const COMPARED: usize = 200;

/// A record that is likely a person's of whom a list tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The record.
    pub holder: HolderId,
    /// Whether it certainly is, and of the unit that asks: the number with the name or the birth, or name, birth and phone
    /// are the same. Of a record of elsewhere no more is told than that there may be one.
    pub same: bool,
}

/// People of a list beside the register.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The likeliest record of each, if any is likely.
    pub known: Vec<Option<Known>>,
    /// How often two were compared: it grows with the list, not with its square.
    pub looks: usize,
    /// By what they were looked for.
    keys: Keys,
    /// All that was found so, to see later whether there is more.
    pairs: BTreeSet<(i64, HolderId)>,
}

/// The numbers of texts that find people: everywhere, and in one unit.
#[derive(Clone, Debug, Default)]
struct Keys {
    whole: Vec<i64>,
    starts: Vec<i64>,
}

/// People of a list, and what may be of them: all that is needed to compare them.
struct Beside {
    people: Vec<HolderDetails>,
    /// The unit that asks.
    unit: UnitPath,
    rows: Vec<Row>,
    pairs: BTreeSet<(i64, HolderId)>,
    keys: Arc<SealingKeys>,
}

impl Beside {
    /// The likeliest record of each person, and how often two were compared.
    fn compare(self) -> Result<(Vec<Option<Known>>, usize), Error> {
        let sealer = self.keys.sealer();
        let mut records = HashMap::new();
        for (id, sealed, _, unit, _) in &self.rows {
            let details: HolderDetails = sealer.open(holders::PLACE, sealed)?;
            records.insert(*id, (details, parse_path(unit) == self.unit));
        }
        // A name alone says nothing: of those whom it finds only who was born on the day may be the person.
        let mut found: HashMap<(i64, Option<Birth>), Vec<HolderId>> = HashMap::new();
        for (key, holder) in &self.pairs {
            let birth = records.get(holder).and_then(|(record, _)| record.birth);
            for by in [None, birth]
                .into_iter()
                .take(1 + usize::from(birth.is_some()))
            {
                let some = found.entry((*key, by)).or_default();
                if some.len() < COMPARED {
                    some.push(*holder);
                }
            }
        }
        let mut looks = 0;
        let known = self.people.iter().map(|person| {
            let keys = texts(person).into_iter().filter_map(|text| {
                let number = matches!(text.kind, SearchKind::Number | SearchKind::Phone);
                let by = person.birth.filter(|_| !number);
                (number || by.is_some()).then(|| (sealer.search(&text), by))
            });
            let alike: BTreeSet<HolderId> = keys
                .filter_map(|key| found.get(&key))
                .flatten()
                .copied()
                .collect();
            looks += alike.len();
            let alike = alike.into_iter().filter_map(|holder| {
                let (record, here) = records.get(&holder)?;
                let likeness = Likeness::likely(person, record)?;
                Some((likeness, *here && same(&likeness), holder))
            });
            let best =
                alike.min_by_key(|(likeness, same, holder)| (!same, likeness.rank(), *holder));
            best.map(|(_, same, holder)| Known { holder, same })
        });
        let known = known.collect();
        Ok((known, looks))
    }
}

impl Compared {
    /// The records that were likely somebody's.
    pub fn seen(&self) -> BTreeSet<HolderId> {
        self.known
            .iter()
            .flatten()
            .map(|known| known.holder)
            .collect()
    }
}

/// People to be registered, made ready before the transaction: ids given, details sealed, texts hashed.
#[derive(Debug)]
pub struct Registrations {
    ids: Vec<HolderId>,
    sealed: Vec<Vec<u8>>,
    unit: String,
    keys: BTreeSet<(i64, Uuid)>,
    numbers: BTreeMap<Vec<u8>, Uuid>,
}

impl Registrations {
    /// The people, in the order in which they were given.
    pub fn ids(&self) -> &[HolderId] {
        &self.ids
    }
}

impl Store {
    /// Makes people ready to be registered in the unit of the proof. Takes some microseconds a person.
    pub fn make_ready(
        &self,
        who: &Authorized<RegisterHolder, UnitScope>,
        people: &[&HolderDetails],
        now: Timestamp,
    ) -> Registrations {
        let sealer = self.keys().sealer();
        let commune = who.scope().path.commune();
        let ids: Vec<HolderId> = people.iter().map(|_| HolderId(new_id(now))).collect();
        let mut keys = BTreeSet::new();
        let mut numbers = BTreeMap::new();
        for (id, person) in ids.iter().zip(people) {
            let texts = search_key::of(person, commune);
            keys.extend(texts.iter().map(|text| (sealer.search(text), id.0)));
            let all = [&person.id_number, &person.old_number, &person.insurance];
            for number in all.into_iter().flatten() {
                numbers.insert(sealer.hash("number", number), id.0);
            }
        }
        let seal = |person: &&HolderDetails| sealer.seal(holders::PLACE, *person);
        Registrations {
            sealed: people.iter().map(seal).collect(),
            unit: path_text(&who.scope().path),
            ids,
            keys,
            numbers,
        }
    }
}

impl Tx {
    /// Compares people with the register: numbers, phones and whole names everywhere, names with a slip in the unit of the
    /// proof. Whoever shows what came of it leaves the audit entry.
    pub async fn compare_people(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        people: &[&HolderDetails],
    ) -> Result<Compared, Error> {
        let keys = self.keys_of_all(people);
        let pairs = self.pairs(who, &keys).await?;
        let ids: BTreeSet<HolderId> = pairs.iter().map(|(_, holder)| *holder).collect();
        const HEAD: &str =
            "select id, sealed, verified, unit_path, created_at from holders where id in (";
        let column = [Column::ids(ids.iter().map(|id| id.0))];
        let rows: Vec<Row> = self.look_up(HEAD, &column, ")").await?;
        let beside = Beside {
            people: people.iter().map(|person| (*person).clone()).collect(),
            unit: who.scope().path.clone(),
            rows,
            pairs: pairs.clone(),
            keys: Arc::clone(&self.keys),
        };
        // Off the threads that serve requests: a list is a second's work, or more.
        let compared = tokio::task::spawn_blocking(move || beside.compare()).await;
        let (known, looks) = compared.map_err(|_| Error::Stopped)??;
        Ok(Compared {
            known,
            looks,
            keys,
            pairs,
        })
    }

    /// Whether the register finds nobody else by now than when people were compared: nobody was registered or changed
    /// meanwhile who may be one of them. Opens nothing.
    pub async fn still_so(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        compared: &Compared,
    ) -> Result<bool, Error> {
        Ok(self.pairs(who, &compared.keys).await? == compared.pairs)
    }

    /// Registers people who were made ready, and makes each a card of a kind, found right and to be printed. Fails with
    /// `Conflict(ProvenNumber)` when a number is somebody's already.
    pub async fn register_people(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        ready: &Registrations,
        cards: Option<CardKind>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let count = ready.ids.len();
        let rows = [
            Column::ids(ready.ids.iter().map(|id| id.0)),
            Column::bytes(ready.sealed.iter().cloned()),
            Column::Bool(vec![true; count]),
            Column::Text(vec![ready.unit.clone(); count]),
            Column::longs(vec![now.millis(); count].into_iter()),
            Column::Bool(vec![true; count]),
        ];
        let head = "insert into holders (id, sealed, verified, unit_path, created_at, seen) ";
        self.write_set(head, &rows, "").await?;
        let rows = [
            Column::longs(ready.keys.iter().map(|(key, _)| *key)),
            Column::ids(ready.keys.iter().map(|(_, holder)| *holder)),
        ];
        self.write_set("insert into holder_keys (key, holder_id) ", &rows, "")
            .await?;
        let rows = [
            Column::bytes(ready.numbers.keys().cloned()),
            Column::ids(ready.numbers.values().copied()),
        ];
        self.write_set("insert into proven_numbers (hash, holder_id) ", &rows, "")
            .await?;
        self.compare_later(&ready.ids).await?;
        match cards {
            Some(kind) => self.make_cards(who, &ready.ids, kind, now).await,
            None => Ok(()),
        }
    }

    async fn make_cards(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        holders: &[HolderId],
        kind: CardKind,
        now: Timestamp,
    ) -> Result<(), Error> {
        let source = Arc::clone(&self.claims);
        let claims = source.take(holders.len(), now).await?;
        let changed = self.next(CHANGED).await?;
        let ids = || claims.iter().map(|one| one.id.0.to_vec());
        let all = |value: i64| Column::longs(vec![value; holders.len()].into_iter());
        let word = |word: &'static str| Column::words(vec![word; holders.len()].into_iter());
        let rows = [
            Column::bytes(ids()),
            Column::ids(holders.iter().map(|holder| holder.0)),
            Column::longs(claims.iter().map(|one| i64::from(one.status_index))),
            word(kind.as_str()),
            word(CardState::Verified.as_str()),
            Column::longs(claims.iter().map(|one| one.issued.millis())),
            Column::longs(claims.iter().map(|one| one.expires.millis())),
            all(changed),
        ];
        let head = "insert into cards (id, holder_id, status_index, kind, state, issued_at, expires_at, changed) ";
        self.write_set(head, &rows, "").await?;
        let rows = [
            Column::bytes(ids()),
            Column::ints(vec![1; holders.len()].into_iter()),
            word(CardStep::Verification.as_str()),
            word(StepReason::None.as_str()),
            Column::Text(vec![audit::actor_text(who.actor()); holders.len()]),
            all(now.millis()),
        ];
        let head = "insert into card_steps (card_id, n, step, reason, actor, taken_at) ";
        self.write_set(head, &rows, "").await
    }

    /// By what people are looked for: with the start of a name only in one unit, where a slip of the pen is looked for; in
    /// a whole country such a start finds thousands.
    fn keys_of_all(&self, people: &[&HolderDetails]) -> Keys {
        let texts: BTreeSet<SearchKey> = people.iter().flat_map(|person| texts(person)).collect();
        let (starts, whole): (Vec<SearchKey>, Vec<SearchKey>) = texts
            .into_iter()
            .partition(|text| text.kind == SearchKind::StartAndYear);
        let sealer = self.keys.sealer();
        let numbers = |texts: &[SearchKey]| texts.iter().map(|text| sealer.search(text)).collect();
        Keys {
            whole: numbers(&whole),
            starts: numbers(&starts),
        }
    }

    async fn pairs(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        keys: &Keys,
    ) -> Result<BTreeSet<(i64, HolderId)>, Error> {
        const WHOLE: &str = "select key, holder_id from holder_keys where key in (";
        const STARTS: &str = "with keys (key, path) as (";
        const IN_UNIT: &str = ") select k.key, k.holder_id from keys
             cross join holder_keys k join holders h on h.id = k.holder_id
             where k.key = keys.key and h.unit_path = keys.path";
        let column = [Column::longs(keys.whole.iter().copied())];
        let found: Vec<(i64, HolderId)> = self.look_up(WHOLE, &column, ")").await?;
        let mut pairs: BTreeSet<(i64, HolderId)> = found.into_iter().collect();
        let paths = vec![path_text(&who.scope().path); keys.starts.len()];
        let columns = [
            Column::longs(keys.starts.iter().copied()),
            Column::Text(paths),
        ];
        let found: Vec<(i64, HolderId)> = self.look_up(STARTS, &columns, IN_UNIT).await?;
        pairs.extend(found);
        Ok(pairs)
    }
}

/// By what the records that may be one person's are found: as at the desk, and by the whole name.
fn texts(person: &HolderDetails) -> Vec<SearchKey> {
    let mut texts = search_key::alike(person);
    let words = search_key::words(person.name.as_str());
    texts.extend(
        person
            .birth_year()
            .map(|year| SearchKey::name_and_year(&words, year)),
    );
    texts
}

/// Whether two records are certainly one person's.
fn same(likeness: &Likeness) -> bool {
    let is_same = |mark| mark == Mark::Same;
    let named = matches!(likeness.name, Mark::Same | Mark::Near);
    let numbered = is_same(likeness.number) && named && likeness.birth != Mark::Different;
    numbered || (is_same(likeness.name) && is_same(likeness.birth) && is_same(likeness.phone))
}
