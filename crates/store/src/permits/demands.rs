//! What units demand: a permit to enter their venues. It says nothing about people, and stands on posters and in the news.

use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::{Error, Tx, new_id};
use domain::ids::PermitDemandId;
use domain::permit::{Lacking, MOST_DEMANDS, PermitDemand, PermitKind, PermitPlace};
use domain::role::{Authorized, ManageUnit, UnitScope};
use domain::time::{Day, Timestamp};
use domain::unit::{UnitCode, UnitPath};
use std::collections::HashSet;

/// A demand as a unit made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Its id.
    pub id: PermitDemandId,
    /// What is demanded.
    pub demand: PermitDemand,
}

/// What became of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demanded {
    /// It is in force from its day on.
    Made,
    /// The unit demands that there already.
    Twice,
    /// The unit demands as much as it may.
    Full,
}

type Row = (
    PermitDemandId,
    UnitCode,
    String,
    Option<PermitKind>,
    Day,
    Lacking,
);

fn demand((id, unit, place, kind, from, lacking): Row) -> Result<Demand, Error> {
    let demand = PermitDemand {
        unit,
        place: PermitPlace::parse(&place).ok_or(Error::Damaged("permit_demands.place"))?,
        kind,
        from,
        lacking,
    };
    Ok(Demand { id, demand })
}

impl Tx {
    /// What a unit itself demands, in the order in which it was made.
    pub async fn permit_demands(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
    ) -> Result<Vec<Demand>, Error> {
        let sql = "select id, unit, place, kind, from_day, lacking from permit_demands where unit = $1 order by id";
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(sql).bind(who.scope().unit()).fetch_all(conn)
        })?;
        rows.into_iter().map(demand).collect()
    }

    /// Demands a permit in the venues of the unit: what is said of its unit is the proof's. Says whether it was done: a unit
    /// makes at most [`MOST_DEMANDS`], and none twice.
    pub async fn demand_permit(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
        wanted: &PermitDemand,
        now: Timestamp,
    ) -> Result<Demanded, Error> {
        let made = self.permit_demands(who).await?;
        let same =
            |one: &Demand| (&one.demand.place, one.demand.kind) == (&wanted.place, wanted.kind);
        let Some(unit) = who.scope().unit() else {
            return Ok(Demanded::Full);
        };
        if made.iter().any(same) {
            return Ok(Demanded::Twice);
        }
        if made.len() >= MOST_DEMANDS {
            return Ok(Demanded::Full);
        }
        let sql = "insert into permit_demands (id, unit, place, kind, from_day, lacking)
             values ($1, $2, $3, $4, $5, $6)";
        execute!(
            self,
            sqlx::query(sql)
                .bind(PermitDemandId(new_id(now)))
                .bind(unit)
                .bind(wanted.place.to_string())
                .bind(wanted.kind)
                .bind(wanted.from)
                .bind(wanted.lacking)
        )?;
        Ok(Demanded::Made)
    }

    /// Takes back what the unit demanded; whether it did.
    pub async fn lift_demand(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
        id: PermitDemandId,
    ) -> Result<bool, Error> {
        let sql = "delete from permit_demands where id = $1 and unit = $2";
        let done = execute!(self, sqlx::query(sql).bind(id).bind(who.scope().unit()))?;
        Ok(done > 0)
    }

    /// What a unit and those above it demand.
    pub async fn demands_over(&mut self, path: &UnitPath) -> Result<Vec<PermitDemand>, Error> {
        self.demands_of(&path.0.iter().cloned().collect()).await
    }

    /// What some units demand.
    pub(crate) async fn demands_of(
        &mut self,
        units: &HashSet<UnitCode>,
    ) -> Result<Vec<PermitDemand>, Error> {
        const HEAD: &str =
            "select id, unit, place, kind, from_day, lacking from permit_demands where unit in (";
        let keys = [Column::Text(
            units.iter().map(ToString::to_string).collect(),
        )];
        let rows: Vec<Row> = self.look_up(HEAD, &keys, ")").await?;
        let mut seen = HashSet::new();
        let fresh = rows.into_iter().filter(|row| seen.insert(row.0));
        fresh.map(|row| Ok(demand(row)?.demand)).collect()
    }
}
