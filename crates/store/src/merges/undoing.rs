//! Making two records again of what was one, and forgetting how.

use super::{Before, SEALED, Undoes, Undone};
use crate::audit::actor_text;
use crate::dialect::{execute, run};
use crate::holders::PLACE;
use crate::units::{parse_path, path_text};
use crate::{Error, Tx};
use domain::card::{CardStep, StepReason};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, MergeId};
use domain::matching::{MatchState, Moved, Pair, unmerged};
use domain::phone::Phone;
use domain::role::{Actor, Authorized, PairScope};
use domain::time::Timestamp;

impl Tx {
    /// Makes two records again of what was one. What was changed or added since stays with the record that was kept.
    pub async fn undo_merge<A: Undoes>(
        &mut self,
        who: &Authorized<A, PairScope>,
        id: MergeId,
        now: Timestamp,
    ) -> Result<Undone, Error> {
        type Row = (HolderId, HolderId, i64, Vec<u8>);
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select kept, gone, n, sealed from merges where id = $1 and undone_at is null",
            )
            .bind(id)
            .fetch_optional(conn)
        })?;
        let scope = Pair::of(who.scope().one.holder, who.scope().other.holder);
        let row = row.filter(|row| scope.is_some() && Pair::of(row.0, row.1) == scope);
        let Some((kept, gone, n, sealed)) = row else {
            return Ok(Undone::Before);
        };
        let (first, second) = (kept.min(gone), kept.max(gone));
        for holder in [first, second] {
            self.hold(holder).await?;
        }
        if let Some(later) = self.merged_later(kept, n).await? {
            return Ok(Undone::Later(later));
        }
        let done = execute!(
            self,
            sqlx::query(
                "update merges set undone_at = $2, undone_by = $3 where id = $1 and undone_at is null"
            )
            .bind(id)
            .bind(now)
            .bind(actor_text(who.actor()))
        )?;
        if done == 0 {
            return Ok(Undone::Before);
        }
        let before: Before = self.keys.sealer().open(SEALED, &sealed)?;
        let by = (who.actor(), now);
        let strange = self.take_strange_phone(id, kept, &before).await?;
        self.carry_back(id, (kept, gone), by).await?;
        self.become_two((kept, gone), &before, strange.is_some())
            .await?;
        if let Some(phone) = strange {
            self.give_away((kept, gone), phone, by).await?;
        }
        self.open_requests_again(id).await?;
        self.wake_cards(id, by).await?;
        self.tie_again(id).await?;
        for holder in [kept, gone] {
            self.end_sessions_of(holder, now).await?;
        }
        self.carry_presences((kept, gone), Some(gone), now).await?;
        if let Some(pair) = scope {
            self.open_again(pair, (actor_text(who.actor()), now))
                .await?;
        }
        Ok(Undone::Done)
    }

    /// The newest merge since an instant that a person made, of which the record of a phone is a part, and that record: whoever
    /// has just proved the phone may undo it.
    pub async fn joined_by_phone(
        &mut self,
        phone: &Phone,
        since: Timestamp,
    ) -> Result<Option<(MergeId, HolderId)>, Error> {
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        let sql = "select m.id, h.id from holders h join merges m on m.kept = h.id or m.gone = h.id
                   where h.phone_hash = $1 and m.merged_at >= $2 and m.undone_at is null and m.actor like 'holder:%'
                   order by m.n desc limit 1";
        Ok(run!(self, |conn| sqlx::query_as(sql)
            .bind(hash)
            .bind(since)
            .fetch_optional(conn))?)
    }

    /// Forgets how merges made before an instant are undone; the records that were empty since go, but for a phone that
    /// signs in.
    pub async fn erase_merges(&mut self, before: Timestamp) -> Result<u64, Error> {
        type Row = (
            MergeId,
            HolderId,
            HolderId,
            Option<Timestamp>,
            Option<Vec<u8>>,
        );
        let old: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select m.id, m.kept, m.gone, m.undone_at, h.phone_hash from merges m
                 left join holders h on h.id = m.gone where m.merged_at < $1",
            )
            .bind(before)
            .fetch_all(conn)
        })?;
        let mut rows = 0;
        for (id, kept, gone, undone, phone) in old {
            for sql in [
                "delete from merge_rows where merge_id = $1",
                "delete from merges where id = $1",
            ] {
                rows += execute!(self, sqlx::query(sql).bind(id))?;
            }
            if undone.is_some() {
                continue;
            }
            if let Some(pair) = Pair::of(kept, gone) {
                rows += self.drop_match(pair).await?;
            }
            if self.seen_by_office(gone).await? {
                self.note_seen(kept).await?;
            }
            rows += self.empty(gone, phone.is_some()).await?;
        }
        Ok(rows)
    }

    /// Takes what is known of a person out of a record that only points to another: all of it, or but for the phone.
    async fn empty(&mut self, gone: HolderId, phone: bool) -> Result<u64, Error> {
        if !phone {
            self.forget_matches(gone).await?;
            let sql = "delete from holders where id = $1";
            return Ok(execute!(self, sqlx::query(sql).bind(gone))?);
        }
        let nobody = PersonName::parse("-").expect("a line of one sign is a name");
        let sealed = self
            .keys
            .sealer()
            .seal(PLACE, &HolderDetails::named(nobody, None));
        let sql = "update holders set sealed = $2, unit_path = '' where id = $1";
        Ok(execute!(self, sqlx::query(sql).bind(gone).bind(sealed))?)
    }

    /// Puts a pair that was merged back into the queue, whoever undid it beside it.
    async fn open_again(
        &mut self,
        pair: Pair,
        (actor, now): (String, Timestamp),
    ) -> Result<(), Error> {
        // Whoever was talked out of a code undoes it, too: it proves nothing any more.
        let sql = "update matches set state = 'open', actor = $3, decided_at = $4, proven_at = null
                   where one = $1 and other = $2";
        execute!(
            self,
            sqlx::query(sql)
                .bind(pair.one)
                .bind(pair.other)
                .bind(actor)
                .bind(now)
        )?;
        self.place_match(pair, MatchState::Open, None).await
    }

    /// The newest merge after another that the record which was kept took part in, and that was not undone.
    async fn merged_later(&mut self, kept: HolderId, n: i64) -> Result<Option<MergeId>, Error> {
        let found: Option<(MergeId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select id from merges where n > $2 and undone_at is null and (kept = $1 or gone = $1)
                 order by n desc limit 1",
            )
            .bind(kept)
            .bind(n)
            .fetch_optional(conn)
        })?;
        Ok(found.map(|(id,)| id))
    }

    /// Takes the phone from the kept record that it has come to have since by the care of somebody whom the merge brought along.
    async fn take_strange_phone(
        &mut self,
        id: MergeId,
        kept: HolderId,
        before: &Before,
    ) -> Result<Option<Vec<u8>>, Error> {
        if before.had_phone || self.moved(id, Some(Moved::Carer)).await?.is_empty() {
            return Ok(None);
        }
        let phones = self.phones_of(kept).await?;
        let own = phones.into_iter().find(|(row, _)| *row == kept);
        let sql = "update holders set phone_hash = null where id = $1";
        execute!(self, sqlx::query(sql).bind(kept))?;
        Ok(own.map(|(_, hash)| hash))
    }

    /// Gives a phone that was taken from a record to the other, whom its guardian cared for. The codes that it showed are void.
    async fn give_away(
        &mut self,
        (kept, gone): (HolderId, HolderId),
        phone: Vec<u8>,
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        let sql = "update holders set phone_hash = $2 where id = $1 and phone_hash is null";
        execute!(self, sqlx::query(sql).bind(gone).bind(phone))?;
        let step = (CardStep::Revocation, StepReason::Merged);
        self.void_shown(kept, step, by).await?;
        Ok(())
    }

    /// Gives both records what they were; `phone`: whether the phone to call that the kept one says now is not its person's.
    async fn become_two(
        &mut self,
        (kept, gone): (HolderId, HolderId),
        before: &Before,
        phone: bool,
    ) -> Result<(), Error> {
        let sql = "update holders set merged_into = null where id = $1";
        execute!(self, sqlx::query(sql).bind(gone))?;
        if let Some(mut now) = self.holder(kept).await? {
            if phone {
                now.details.phone.clone_from(&before.after.phone);
            }
            let details = unmerged(&before.details, &before.after, &now.details);
            let unit = match path_text(&now.unit) == before.after_unit {
                true => parse_path(&before.unit),
                false => now.unit,
            };
            self.replace(kept, &details, &unit).await?;
        }
        if let Some(gone) = self.holder(gone).await? {
            let is = (&gone.details, &gone.unit);
            self.index_holder(gone.id, None, Some(is)).await?;
        }
        for (holder, phone) in &before.dropped {
            // Somebody else may have proved the number meanwhile: then it is theirs.
            let sql = "update holders set phone_hash = $2 where id = $1 and phone_hash is null
                       and not exists (select 1 from holders h where h.phone_hash = $2)";
            execute!(self, sqlx::query(sql).bind(holder).bind(phone))?;
        }
        Ok(())
    }
}
