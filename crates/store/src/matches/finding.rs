//! How pairs are found: a record that was made or changed is noted in the same transaction, and compared a little later with those
//! that the index finds by its numbers, its phone, and at home by the start of the last word and the year of birth.
//!
//! Comparing reads in one transaction and writes in another, so that no gate waits for it. A record that changes in between is
//! noted anew (`n`), and what was found is then not written.

use crate::dialect::{execute, run};
use crate::holders::{Holder, Row};
use crate::sets::Column;
use crate::{Error, Tx};
use domain::ids::HolderId;
use domain::likeness::{Degree, Likeness, Mark};
use domain::matching::{MatchState, Pair, rank};
use domain::search_key;
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// With how many records one is compared: more are found only for what is no person's number or name.
const COMPARED: usize = 300;
/// How many pairs one record brings: whoever decides about these finds the next.
const PAIRS: usize = 20;
/// The name under which it is kept how far all records were gone through.
const WALK: &str = "all";

/// What was found for one record.
#[derive(Clone, Debug)]
pub struct Found {
    holder: HolderId,
    n: i32,
    pairs: Vec<FoundPair>,
}

/// A pair that was found.
#[derive(Clone, Debug)]
pub(crate) struct FoundPair {
    pub(crate) pair: Pair,
    pub(crate) degree: Degree,
    pub(crate) rank: i64,
    pub(crate) units: BTreeSet<String>,
}

/// The units in whose queues a pair stands: all those over one of the two.
pub(crate) fn units(one: &UnitPath, other: &UnitPath) -> BTreeSet<String> {
    let codes = one.0.iter().chain(&other.0);
    codes.map(|code| code.as_str().to_owned()).collect()
}

impl Tx {
    /// Notes that records are to be compared with others.
    pub(crate) async fn compare_later(&mut self, holders: &[HolderId]) -> Result<(), Error> {
        let rows = [
            Column::ids(holders.iter().map(|holder| holder.0)),
            Column::ints(holders.iter().map(|_| 1)),
        ];
        self.write_set(
            "insert into match_jobs (holder_id, n) ",
            &rows,
            " on conflict (holder_id) do update set n = match_jobs.n + 1",
        )
        .await
    }

    /// Notes so many of the records that were never gone through, in order of id; says how many they were.
    pub async fn walk_matches(&mut self, count: i64) -> Result<usize, Error> {
        let after: Option<(Uuid,)> = run!(self, |conn| {
            sqlx::query_as("select after_id from match_walk where name = $1")
                .bind(WALK)
                .fetch_optional(conn)
        })?;
        let found: Vec<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as("select id from holders where id > $1 order by id limit $2")
                .bind(after.map_or(Uuid::nil(), |(after,)| after))
                .bind(count)
                .fetch_all(conn)
        })?;
        let ids: Vec<HolderId> = found.into_iter().map(|(id,)| id).collect();
        if let Some(last) = ids.last() {
            self.compare_later(&ids).await?;
            execute!(
                self,
                sqlx::query(
                    "insert into match_walk (name, after_id) values ($1, $2)
                     on conflict (name) do update set after_id = excluded.after_id"
                )
                .bind(WALK)
                .bind(*last)
            )?;
        }
        Ok(ids.len())
    }

    /// Compares so many of the records that were noted. Writes nothing.
    pub async fn find_matches(&mut self, count: i64) -> Result<Vec<Found>, Error> {
        let jobs: Vec<(HolderId, i32)> = run!(self, |conn| {
            sqlx::query_as("select holder_id, n from match_jobs order by holder_id limit $1")
                .bind(count)
                .fetch_all(conn)
        })?;
        let people = self.alone(jobs.iter().map(|job| job.0)).await?;
        let mut keys: HashMap<HolderId, Vec<i64>> = HashMap::new();
        for person in people.values() {
            let texts = search_key::blocks(&person.details, person.unit.commune());
            let sealer = self.keys.sealer();
            let hashed = texts.iter().map(|text| sealer.search(text));
            keys.insert(person.id, hashed.collect());
        }
        let all: BTreeSet<i64> = keys.values().flatten().copied().collect();
        let column = [Column::longs(all.into_iter())];
        let rows: Vec<(i64, HolderId)> = self
            .look_up(
                "select key, holder_id from holder_keys where key in (",
                &column,
                ")",
            )
            .await?;
        let mut by_key: HashMap<i64, BTreeSet<HolderId>> = HashMap::new();
        for (key, holder) in rows {
            by_key.entry(key).or_default().insert(holder);
        }
        let beside: HashMap<HolderId, BTreeSet<HolderId>> = keys
            .into_iter()
            .map(|(person, keys)| {
                let found = keys.iter().filter_map(|key| by_key.get(key)).flatten();
                let others = found.copied().filter(|other| *other != person);
                (person, others.take(COMPARED).collect())
            })
            .collect();
        let others: BTreeSet<HolderId> = beside.values().flatten().copied().collect();
        let others = self.alone(others.into_iter()).await?;
        let found = jobs.into_iter().map(|(holder, n)| Found {
            pairs: people.get(&holder).map_or_else(Vec::new, |person| {
                let beside = beside[&holder].iter().filter_map(|id| others.get(id));
                pairs(person, beside)
            }),
            holder,
            n,
        });
        Ok(found.collect())
    }

    /// Writes down what was found, for those records that nobody changed meanwhile.
    pub async fn note_matches(&mut self, found: &[Found], now: Timestamp) -> Result<(), Error> {
        for one in found {
            let done = execute!(
                self,
                sqlx::query("delete from match_jobs where holder_id = $1 and n = $2")
                    .bind(one.holder)
                    .bind(one.n)
            )?;
            if done == 0 {
                continue;
            }
            self.drop_waiting(one).await?;
            self.add_matches(&one.pairs, now).await?;
        }
        Ok(())
    }

    /// Forgets pairs of a record that nobody has looked at and that are none any more.
    async fn drop_waiting(&mut self, found: &Found) -> Result<(), Error> {
        let still: BTreeSet<Pair> = found.pairs.iter().map(|found| found.pair).collect();
        for (pair, state) in self.matches_with(found.holder).await? {
            if state.waits() && !still.contains(&pair) && !self.is_asked_about(pair).await? {
                self.drop_match(pair).await?;
            }
        }
        Ok(())
    }

    async fn is_asked_about(&mut self, pair: Pair) -> Result<bool, Error> {
        let found: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select one from matches m where one = $1 and other = $2 and (claimed_at is not null or actor is not null)
                   and not exists (select 1 from holders h
                     where h.id in (m.one, m.other) and h.merged_into is not null)",
            )
            .bind(pair.one)
            .bind(pair.other)
            .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Puts pairs into the queues of their units; of those that wait there, changes the rank. What was decided stays.
    pub(crate) async fn add_matches(
        &mut self,
        found: &[FoundPair],
        now: Timestamp,
    ) -> Result<(), Error> {
        for one in found {
            let state: Option<(MatchState,)> = run!(self, |conn| {
                sqlx::query_as(
                    "insert into matches (one, other, degree, rank, state, reason, found_at)
                     values ($1, $2, $3, $4, 'open', 'none', $5)
                     on conflict (one, other) do update set degree = excluded.degree, rank = excluded.rank
                     where matches.state in ('open', 'asked')
                     returning state",
                )
                .bind(one.pair.one)
                .bind(one.pair.other)
                .bind(one.degree)
                .bind(one.rank)
                .bind(now)
                .fetch_optional(conn)
            })?;
            let Some((state,)) = state else {
                continue;
            };
            execute!(
                self,
                sqlx::query("delete from match_places where one = $1 and other = $2")
                    .bind(one.pair.one)
                    .bind(one.pair.other)
            )?;
            let count = one.units.len();
            let rows = [
                Column::Text(one.units.iter().cloned().collect()),
                Column::words(vec![state.as_str(); count].into_iter()),
                Column::longs(vec![one.rank; count].into_iter()),
                Column::ids(vec![one.pair.one.0; count].into_iter()),
                Column::ids(vec![one.pair.other.0; count].into_iter()),
            ];
            self.write_new(
                "insert into match_places (unit, state, rank, one, other) ",
                &rows,
            )
            .await?;
        }
        Ok(())
    }

    /// Those of some records that are proven people's and were not merged into another, opened.
    async fn alone(
        &mut self,
        ids: impl Iterator<Item = HolderId>,
    ) -> Result<BTreeMap<HolderId, Holder>, Error> {
        const HEAD: &str = "select id, sealed, verified, unit_path, created_at from holders
             where verified and merged_into is null and id in (";
        let column = [Column::ids(ids.map(|id| id.0))];
        let rows: Vec<Row> = self.look_up(HEAD, &column, ")").await?;
        let mut people = BTreeMap::new();
        for row in rows {
            let holder = self.opened(row)?;
            people.insert(holder.id, holder);
        }
        Ok(people)
    }
}

/// The pairs of one record: at home whatever is alike, elsewhere only where a number or the phone is the same.
fn pairs<'a>(person: &Holder, others: impl Iterator<Item = &'a Holder>) -> Vec<FoundPair> {
    let alike = others.filter_map(|other| {
        let likeness = Likeness::of(&person.details, &other.details);
        let strong = likeness.number == Mark::Same || likeness.phone == Mark::Same;
        let units = units(&person.unit, &other.unit);
        let counts = likeness.degree != Degree::None && (strong || person.unit == other.unit);
        (counts && !units.is_empty()).then_some(())?;
        Some(FoundPair {
            pair: Pair::of(person.id, other.id)?,
            degree: likeness.degree,
            rank: rank(&likeness),
            units,
        })
    });
    let mut pairs: Vec<FoundPair> = alike.collect();
    pairs.sort_by_key(|found| (found.rank, found.pair));
    pairs.truncate(PAIRS);
    pairs
}
