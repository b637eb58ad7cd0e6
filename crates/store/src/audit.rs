//! The audit log: who read whose data, why, and when. Entries are added, never changed.

use crate::dialect::{execute, list, run};
use crate::keys::Pseudonym;
use crate::officers::{self, Officer};
use crate::sets::Column;
use crate::units::{path_bounds, path_text};
use crate::{Error, Tx, new_id};
use domain::audit::Detail;
use domain::ids::{AuditEntryId, HolderId, OfficerId, VenueId};
use domain::role::{
    Action, Actor, Authorized, HolderScope, Purpose, ReadAudit, UnitScope, UseOwnData,
};
use domain::time::{Day, Timestamp};
use domain::unit::UnitPath;
use sqlx::AssertSqlSafe;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Whose data an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person, by id: about details, cards, declarations.
    Holder(HolderId),
    /// A person on one day: about visits. The line dies with the day.
    Visitor(Day, Pseudonym),
}

/// One line of the audit log, as auditors read it.
#[derive(Clone, Debug)]
pub struct AuditLine {
    /// The entry; its id carries its time.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// Who: `holder:<id>`, `officer:<id>`, `device:<id>`, `console` or `system`.
    pub actor: String,
    /// What.
    pub action: String,
    /// Why.
    pub purpose: String,
    /// Particulars without personal data.
    pub detail: String,
    /// How many people it was about.
    pub subjects: i32,
}

/// Which lines of the audit log are wanted; an empty text means all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The actor: as [`AuditLine::actor`] writes it, an officer's login, or the end of an id.
    pub actor: String,
    /// The action's name.
    pub action: String,
}

/// What the ids in lines of the audit log stand for. Holders stay ids.
#[derive(Debug, Default)]
pub struct AuditNames {
    /// Officers who acted or were acted upon.
    pub officers: HashMap<OfficerId, Officer>,
    /// The names of venues.
    pub venues: HashMap<VenueId, String>,
}

impl AuditNames {
    /// The officer that `officer:<id>` names.
    pub fn officer(&self, part: &str) -> Option<&Officer> {
        self.officers
            .get(&part.strip_prefix("officer:")?.parse().ok()?)
    }

    /// The name of the venue whose id this is.
    pub fn venue(&self, part: &str) -> Option<&str> {
        self.venues.get(&part.parse().ok()?).map(String::as_str)
    }
}

/// What matches an actor by the end of its id; nothing when that is no part of one.
fn ends_with(text: &str) -> String {
    let part =
        (4..=36).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if part {
        format!("%{text}")
    } else {
        String::new()
    }
}

pub(crate) fn actor_text(actor: &Actor) -> String {
    match actor {
        Actor::Holder(id) => format!("holder:{id}"),
        Actor::Officer { id, .. } => format!("officer:{id}"),
        Actor::Device { id, .. } => format!("device:{id}"),
        Actor::Console => "console".to_owned(),
        Actor::System => "system".to_owned(),
    }
}

type Row = (AuditEntryId, String, String, String, String, i32);

fn line((id, actor, action, purpose, detail, subjects): Row) -> AuditLine {
    AuditLine {
        at: id_time(id.0),
        id,
        actor,
        action,
        purpose,
        detail,
        subjects,
    }
}

pub(crate) fn id_time(id: Uuid) -> Timestamp {
    domain::ids::ScanId::new(id).map_or(Timestamp::from_millis(0), domain::ids::ScanId::at)
}

impl Tx {
    /// Adds one entry listing its subjects.
    pub async fn audit<A: Action<S>, S>(
        &mut self,
        who: &Authorized<A, S>,
        unit: &UnitPath,
        now: Timestamp,
        purpose: Purpose,
        detail: impl Into<Detail>,
        subjects: &[Subject],
    ) -> Result<(), Error> {
        let id = AuditEntryId(new_id(now));
        let detail = detail.into();
        execute!(
            self,
            sqlx::query(
                "insert into audit_entries (id, actor, action, purpose, unit_path, detail, subjects)
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(id)
            .bind(actor_text(who.actor()))
            .bind(who.action())
            .bind(purpose.as_str())
            .bind(path_text(unit))
            .bind(detail.as_str())
            .bind(subjects.len() as i32)
        )?;
        let about = subjects.iter().map(|subject| match subject {
            Subject::Holder(holder) => (holder.0, None),
            Subject::Visitor(day, pseudonym) => (pseudonym.0, Some(day.0)),
        });
        let rows = [
            Column::ids(subjects.iter().map(|_| id.0)),
            Column::ids(about.clone().map(|(subject, _)| subject)),
            Column::ints(about.map(|(_, day)| day)),
        ];
        self.write_new(
            "insert into audit_subjects (entry_id, subject, day) ",
            &rows,
        )
        .await?;
        Ok(())
    }

    /// The audit log of a unit and below, newest first, from before an entry on.
    pub async fn audit_lines(
        &mut self,
        who: &Authorized<ReadAudit, UnitScope>,
        filter: &AuditFilter,
        before: Option<AuditEntryId>,
        count: i64,
    ) -> Result<Vec<AuditLine>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let before = before.unwrap_or(AuditEntryId(Uuid::max()));
        let by_login: Option<(OfficerId,)> = run!(self, |conn| {
            sqlx::query_as("select id from officers where login = $1")
                .bind(&filter.actor)
                .fetch_optional(conn)
        })?;
        let by_login = by_login.map_or(String::new(), |(id,)| format!("officer:{id}"));
        let end = ends_with(&filter.actor);
        let found: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, actor, action, purpose, detail, subjects from audit_entries
                 where unit_path >= $1 and unit_path < $2 and id < $3
                   and ($4 = '' or actor = $4 or actor = $7 or actor like $8)
                   and ($5 = '' or action = $5)
                 order by id desc limit $6",
            )
            .bind(from)
            .bind(to)
            .bind(before)
            .bind(&filter.actor)
            .bind(&filter.action)
            .bind(count)
            .bind(&by_login)
            .bind(&end)
            .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(line).collect())
    }

    /// Who and what lines of the log name by id: venues of the unit, and officers who may act there.
    pub async fn audit_names(
        &mut self,
        who: &Authorized<ReadAudit, UnitScope>,
        lines: &[AuditLine],
    ) -> Result<AuditNames, Error> {
        let words = || {
            let words = lines.iter().flat_map(|line| line.detail.split(' '));
            words.chain(lines.iter().map(|line| line.actor.as_str()))
        };
        let officers: HashSet<OfficerId> = words()
            .filter_map(|word| word.strip_prefix("officer:")?.parse().ok())
            .collect();
        let venues: HashSet<VenueId> = words().filter_map(|word| word.parse().ok()).collect();
        Ok(AuditNames {
            officers: self.officers_over(&who.scope().path, &officers).await?,
            venues: self.venues_below(&who.scope().path, &venues).await?,
        })
    }

    /// Those of some officers whose unit is at, below or above a unit.
    pub(crate) async fn officers_over(
        &mut self,
        path: &UnitPath,
        ids: &HashSet<OfficerId>,
    ) -> Result<HashMap<OfficerId, Officer>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let (from, to) = path_bounds(path);
        let above = (1..=path.0.len()).map(|end| path_text(&UnitPath(path.0[..end].to_vec())));
        let above: Vec<String> = above.collect();
        let sql = format!(
            "select id, login, name, role, unit_path, password_hash is not null, suspended, created_at
             from officers
             where ((unit_path >= $1 and unit_path < $2) or unit_path in ({})) and id in ({})",
            list(3, above.len()),
            list(3 + above.len(), ids.len())
        );
        let found: Vec<officers::Row> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(&from)
                .bind(&to);
            for one in &above {
                query = query.bind(one);
            }
            for id in ids {
                query = query.bind(*id);
            }
            query.fetch_all(conn)
        })?;
        let found = found.into_iter().map(officers::officer);
        Ok(found.map(|one| (one.id, one)).collect())
    }

    /// The names of those of some venues that are at or below a unit.
    async fn venues_below(
        &mut self,
        path: &UnitPath,
        ids: &HashSet<VenueId>,
    ) -> Result<HashMap<VenueId, String>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let (from, to) = path_bounds(path);
        let sql = format!(
            "select id, name from venues where unit_path >= $1 and unit_path < $2 and id in ({})",
            list(3, ids.len())
        );
        let found: Vec<(VenueId, String)> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(&from)
                .bind(&to);
            for id in ids {
                query = query.bind(*id);
            }
            query.fetch_all(conn)
        })?;
        Ok(found.into_iter().collect())
    }

    /// The entries about oneself: those by id, and those about the visits of days whose keys
    /// still exist. Newest first, at most 200.
    pub async fn audit_about(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        days: &[Day],
    ) -> Result<Vec<AuditLine>, Error> {
        let ids = self.all_ids(who.scope().holder).await?;
        let mut subjects: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        for day in days {
            if let Some(key) = self.keys.existing(*day)? {
                subjects.extend(ids.iter().map(|id| key.pseudonym(*id).0));
            }
        }
        let sql = format!(
            "select e.id, e.actor, e.action, e.purpose, e.detail, e.subjects
             from audit_subjects s join audit_entries e on e.id = s.entry_id
             where s.subject in ({}) order by e.id desc limit 200",
            list(1, subjects.len())
        );
        let found: Vec<Row> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()));
            for subject in &subjects {
                query = query.bind(*subject);
            }
            query.fetch_all(conn)
        })?;
        Ok(found.into_iter().map(line).collect())
    }
}
