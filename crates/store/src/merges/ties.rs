//! What both records have and one person has once: ties of care, and open requests of a kind.

use super::moving::row_id;
use crate::dialect::{execute, run};
use crate::{Error, Tx};
use domain::card::{CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId, MergeId, RequestId};
use domain::matching::Moved;
use domain::member::Relation;
use domain::role::Actor;
use domain::time::Timestamp;

type TieRow = (HolderId, HolderId, Relation, Timestamp, bool);

const DAMAGED: Error = Error::Damaged("merge_rows.was");

impl Tx {
    /// Ends the ties of care that guardians made alone, or lets them stay as the clerk has asked; and those that would be left
    /// with the other record, because the kept one has their like, or would be a care for oneself.
    pub(super) async fn settle_ties(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
        stay: bool,
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        for member in [kept, gone] {
            let sql = "select guardian_id, member_id, relation, added_at, alone from members
                       where member_id = $1 and alone = $2";
            let lone: Vec<TieRow> = run!(self, |conn| {
                sqlx::query_as(sql).bind(member).bind(true).fetch_all(conn)
            })?;
            self.note_ties(id, &lone).await?;
            if stay || lone.is_empty() {
                let sql = "update members set alone = $2 where member_id = $1";
                execute!(self, sqlx::query(sql).bind(member).bind(false))?;
                continue;
            }
            for (guardian, ..) in &lone {
                self.end_tie(*guardian, member).await?;
            }
            // Whoever typed a name must not show a code of the record that papers prove.
            let step = (CardStep::Suspension, StepReason::Merged);
            for card in self.void_shown(member, step, by).await? {
                let (card, was) = (card.0.to_vec(), CardState::Active.as_str());
                self.note_moved(id, Moved::Stilled, vec![card], Some(was))
                    .await?;
            }
        }
        let sql = "select guardian_id, member_id, relation, added_at, alone from members t
             where t.member_id = $1 and (t.guardian_id = $2
               or t.guardian_id in (select k.guardian_id from members k where k.member_id = $2))
             union all
             select guardian_id, member_id, relation, added_at, alone from members t
             where t.guardian_id = $1 and (t.member_id = $2
               or t.member_id in (select k.member_id from members k where k.guardian_id = $2))";
        let left: Vec<TieRow> = run!(self, |conn| {
            sqlx::query_as(sql).bind(gone).bind(kept).fetch_all(conn)
        })?;
        self.note_ties(id, &left).await?;
        for (guardian, member, ..) in left {
            self.end_tie(guardian, member).await?;
        }
        Ok(())
    }

    async fn note_ties(&mut self, id: MergeId, ties: &[TieRow]) -> Result<(), Error> {
        for (guardian, member, relation, added, alone) in ties {
            let row = [guardian.0.as_bytes().as_slice(), member.0.as_bytes()].concat();
            let was = format!("{relation} {} {}", added.millis(), i32::from(*alone));
            let sql =
                "insert into merge_rows (merge_id, kind, row_id, was) values ($1, $2, $3, $4)";
            execute!(
                self,
                sqlx::query(sql)
                    .bind(id)
                    .bind(Moved::Tie)
                    .bind(row)
                    .bind(was)
            )?;
        }
        Ok(())
    }

    /// Ties of care again what they were. Whoever was merged meanwhile is who they are now.
    pub(super) async fn tie_again(&mut self, id: MergeId) -> Result<(), Error> {
        for (_, row, was) in self.moved(id, Some(Moved::Tie)).await? {
            let (guardian, member) = row.split_at_checked(16).ok_or(DAMAGED)?;
            let mut people = Vec::new();
            for person in [guardian, member] {
                let scope = self.holder_scope(HolderId(row_id(person)?)).await?;
                people.extend(scope.map(|scope| scope.holder));
            }
            let [guardian, member] = people[..] else {
                continue;
            };
            let was = was.unwrap_or_default();
            let mut words = was.split(' ');
            let relation = words.next().and_then(Relation::parse).ok_or(DAMAGED)?;
            let added = words.next().and_then(|word| word.parse().ok());
            let added = Timestamp::from_millis(added.ok_or(DAMAGED)?);
            let alone = words.next() == Some("1");
            // Nor does a care that nobody else agreed to come back once an office has seen the person.
            if guardian == member || (alone && self.seen_by_office(member).await?) {
                continue;
            }
            let sql = "insert into members (guardian_id, member_id, relation, added_at, alone) values ($1, $2, $3, $4, $5)
                       on conflict (guardian_id, member_id) do update set alone = excluded.alone";
            execute!(
                self,
                sqlx::query(sql)
                    .bind(guardian)
                    .bind(member)
                    .bind(relation)
                    .bind(added)
                    .bind(alone)
            )?;
        }
        Ok(())
    }

    /// Closes the open requests of a record where the kept one has one of the kind: it would be answered never. A card
    /// that was asked for goes along.
    pub(super) async fn close_requests(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        let sql = "update requests set state = 'refused', reason = 'twice', answered_at = $3
                   where holder_id = $1 and state = 'open' and kind <> 'member'
                     and kind in (select k.kind from requests k where k.holder_id = $2 and k.state = 'open')
                   returning id, card_id";
        let closed: Vec<(RequestId, Option<Vec<u8>>)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(gone)
                .bind(kept)
                .bind(by.1)
                .fetch_all(conn)
        })?;
        for (request, card) in closed {
            let row = request.0.as_bytes().to_vec();
            self.note_moved(id, Moved::Closed, vec![row], None).await?;
            let Some(asked) = card.as_deref().and_then(CardId::from_slice) else {
                continue;
            };
            let (step, why) = (CardStep::Revocation, StepReason::Merged);
            if self.step((asked, gone), step, why, by).await?.is_some() {
                let (row, was) = (asked.0.to_vec(), CardState::Requested.as_str());
                self.note_moved(id, Moved::Stilled, vec![row], Some(was))
                    .await?;
            }
        }
        Ok(())
    }

    /// Opens again what a merge closed, unless another of the kind was asked for since.
    pub(super) async fn open_requests_again(&mut self, id: MergeId) -> Result<(), Error> {
        for (_, row, _) in self.moved(id, Some(Moved::Closed)).await? {
            let sql = "update requests set state = 'open', reason = 'none', answered_at = null
                       where id = $1 and state = 'refused' and not exists (select 1 from requests o
                         where o.holder_id = requests.holder_id and o.kind = requests.kind and o.state = 'open')";
            execute!(self, sqlx::query(sql).bind(row_id(&row)?))?;
        }
        Ok(())
    }
}
