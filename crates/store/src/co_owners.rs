//! Who owns a venue beside its founding owner: invited by phone, and theirs once they said yes. Names and numbers are sealed.
//!
//! Who said yes is kept by record, not by phone, so that a number which changes hands takes no venue along.

use crate::dialect::{execute, run};
use crate::venues::Venue;
use crate::{Error, Tx, new_id};
use domain::ids::{CoOwnerId, HolderId, VenueId};
use domain::owner::INVITED_FOR;
use domain::phone::Phone;
use domain::role::{
    Authorized, ChangeOwners, GiveVenueAway, HolderScope, ListOwners, OverseeVenue, UseOwnData,
    VenueScope,
};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

const PLACE: &str = "co_owners.sealed";

/// Somebody who owns a venue, or was invited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoOwner {
    /// What names the line.
    pub id: CoOwnerId,
    /// The name, as whoever invited them wrote it.
    pub name: String,
    /// The number, E.164.
    pub phone: String,
    /// The person, once they said yes.
    pub holder: Option<HolderId>,
    /// Until when the invitation can be taken.
    pub expires: Timestamp,
}

/// An owner of a venue, as the others and the offices over it see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The person.
    pub holder: HolderId,
    /// The name.
    pub name: String,
    /// The number, E.164, when one is known.
    pub phone: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    name: String,
    phone: String,
}

impl Tx {
    /// Invites a phone to own the venue, too. False when that phone is the founding owner's; fails with `Conflict(CoOwner)`
    /// when it is on the list. An invitation that ran out gives way.
    pub async fn invite_owner(
        &mut self,
        who: &Authorized<ChangeOwners, VenueScope>,
        name: &str,
        phone: &Phone,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let venue = who.scope().venue;
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        let founders: Option<(i32,)> = run!(self, |conn| {
            sqlx::query_as(
                "select 1 from holders where phone_hash = $1 and coalesce(merged_into, id) = $2",
            )
            .bind(&hash)
            .bind(who.scope().owner)
            .fetch_optional(conn)
        })?;
        if founders.is_some() {
            return Ok(false);
        }
        let spent = "delete from co_owners
             where venue_id = $1 and phone_hash = $2 and holder_id is null and expires_at <= $3";
        execute!(self, sqlx::query(spent).bind(venue).bind(&hash).bind(now))?;
        let sealed = Sealed {
            name: name.to_owned(),
            phone: phone.e164(),
        };
        let sealed = self.keys.sealer().seal(PLACE, &sealed);
        execute!(
            self,
            sqlx::query(
                "insert into co_owners (id, venue_id, phone_hash, sealed, invited_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(CoOwnerId(new_id(now)))
            .bind(venue)
            .bind(&hash)
            .bind(&sealed)
            .bind(now)
            .bind(now.plus(INVITED_FOR))
        )?;
        Ok(true)
    }

    /// Those on the list, in the order in which it grew, with invitations that can be taken.
    pub async fn co_owners(
        &mut self,
        who: &Authorized<ListOwners, VenueScope>,
        now: Timestamp,
    ) -> Result<Vec<CoOwner>, Error> {
        type Row = (CoOwnerId, Vec<u8>, Option<HolderId>, Timestamp);
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select c.id, c.sealed, coalesce(h.merged_into, h.id), c.expires_at
                 from co_owners c left join holders h on h.id = c.holder_id
                 where c.venue_id = $1 and (c.holder_id is not null or c.expires_at > $2)
                 order by c.invited_at, c.id",
            )
            .bind(who.scope().venue)
            .bind(now)
            .fetch_all(conn)
        })?;
        let opened = |(id, sealed, holder, expires): Row| {
            let Sealed { name, phone } = self.keys.sealer().open(PLACE, &sealed)?;
            Ok(CoOwner {
                id,
                name,
                phone,
                holder,
                expires,
            })
        };
        rows.into_iter().map(opened).collect()
    }

    /// The founding owner.
    pub async fn founder(
        &mut self,
        who: &Authorized<ListOwners, VenueScope>,
    ) -> Result<Option<Owner>, Error> {
        self.founding(who.scope().owner).await
    }

    /// All who own it, whom an office calls: the founding owner, and those who said yes, in the order in which the list grew.
    pub async fn owners_to_call(
        &mut self,
        who: &Authorized<OverseeVenue, VenueScope>,
    ) -> Result<Vec<Owner>, Error> {
        let mut owners: Vec<Owner> = (self.founding(who.scope().owner).await?)
            .into_iter()
            .collect();
        let rows: Vec<(Vec<u8>, HolderId)> = run!(self, |conn| {
            sqlx::query_as(
                "select c.sealed, coalesce(h.merged_into, h.id)
                 from co_owners c join holders h on h.id = c.holder_id
                 where c.venue_id = $1 order by c.invited_at, c.id",
            )
            .bind(who.scope().venue)
            .fetch_all(conn)
        })?;
        for (sealed, holder) in rows {
            let Sealed { name, phone } = self.keys.sealer().open(PLACE, &sealed)?;
            owners.push(Owner {
                holder,
                name,
                phone: Some(phone),
            });
        }
        Ok(owners)
    }

    async fn founding(&mut self, holder: HolderId) -> Result<Option<Owner>, Error> {
        let found = self.holder(holder).await?;
        Ok(found.map(|found| Owner {
            holder,
            name: found.details.name.as_str().to_owned(),
            phone: found.details.phone,
        }))
    }

    /// Takes somebody off the list: an owner beside the founding one, or an invitation. Who it was, when they had said yes;
    /// nothing when no such line is there. Whoever was an attendant there, too, is none any more.
    pub async fn remove_owner(
        &mut self,
        who: &Authorized<ChangeOwners, VenueScope>,
        id: CoOwnerId,
    ) -> Result<Option<Option<HolderId>>, Error> {
        let gone: Option<(Option<HolderId>,)> = run!(self, |conn| {
            sqlx::query_as(
                "delete from co_owners where id = $1 and venue_id = $2 returning holder_id",
            )
            .bind(id)
            .bind(who.scope().venue)
            .fetch_optional(conn)
        })?;
        let Some((holder,)) = gone else {
            return Ok(None);
        };
        if let Some(holder) = holder {
            for (_, hash) in self.phones_of(holder).await? {
                let sql = "delete from attendants where venue_id = $1 and phone_hash = $2";
                let venue = who.scope().venue;
                execute!(self, sqlx::query(sql).bind(venue).bind(hash))?;
            }
        }
        Ok(Some(holder))
    }

    /// Makes a co-owner the founding owner, and the founding owner a co-owner. Who it is now; nothing when the line is none of
    /// somebody who said yes, or the founding owner has no phone to be listed by.
    pub async fn hand_venue_over(
        &mut self,
        who: &Authorized<GiveVenueAway, VenueScope>,
        id: CoOwnerId,
        now: Timestamp,
    ) -> Result<Option<HolderId>, Error> {
        let (venue, before) = (who.scope().venue, who.scope().owner);
        let Some(founder) = self.holder(before).await? else {
            return Ok(None);
        };
        let Some(phone) = founder.details.phone else {
            return Ok(None);
        };
        let after: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select coalesce(h.merged_into, h.id) from co_owners c join holders h on h.id = c.holder_id
                 where c.id = $1 and c.venue_id = $2",
            )
            .bind(id)
            .bind(venue)
            .fetch_optional(conn)
        })?;
        let Some((after,)) = after.filter(|(after,)| *after != before) else {
            return Ok(None);
        };
        let hash = self.keys.sealer().hash("phone", &phone);
        let sealed = Sealed {
            name: founder.details.name.as_str().to_owned(),
            phone,
        };
        let sealed = self.keys.sealer().seal(PLACE, &sealed);
        let moved = execute!(
            self,
            sqlx::query("update venues set owner_id = $2 where id = $1 and owner_id = $3")
                .bind(venue)
                .bind(after)
                .bind(before)
        )?;
        if moved == 0 {
            return Ok(None);
        }
        execute!(
            self,
            sqlx::query(
                "delete from co_owners where venue_id = $1 and (id = $2 or phone_hash = $3)"
            )
            .bind(venue)
            .bind(id)
            .bind(&hash)
        )?;
        execute!(
            self,
            sqlx::query(
                "insert into co_owners (id, venue_id, phone_hash, sealed, invited_at, expires_at, holder_id, joined_at)
                 values ($1, $2, $3, $4, $5, $5, $6, $5)",
            )
            .bind(CoOwnerId(new_id(now)))
            .bind(venue)
            .bind(&hash)
            .bind(&sealed)
            .bind(now)
            .bind(before)
        )?;
        Ok(Some(after))
    }

    /// The venues that somebody is invited to own, and until when.
    pub async fn owner_invitations(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        now: Timestamp,
    ) -> Result<Vec<(Venue, Timestamp)>, Error> {
        let rows: Vec<(VenueId, Timestamp)> = run!(self, |conn| {
            sqlx::query_as(
                "select c.venue_id, c.expires_at from co_owners c join holders h on h.phone_hash = c.phone_hash
                 where (h.id = $1 or h.merged_into = $1) and c.holder_id is null and c.expires_at > $2
                 order by c.invited_at, c.id",
            )
            .bind(who.scope().holder)
            .bind(now)
            .fetch_all(conn)
        })?;
        let mut found = Vec::with_capacity(rows.len());
        for (venue, expires) in rows {
            let venue = self.venue(venue).await?;
            found.extend(venue.filter(|v| v.closed.is_none()).map(|v| (v, expires)));
        }
        Ok(found)
    }

    /// Takes an invitation to own a venue. Says whether there was one.
    pub async fn join_owners(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        venue: VenueId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update co_owners set holder_id = $1, joined_at = $3
                 where venue_id = $2 and holder_id is null and expires_at > $3
                   and phone_hash in (select phone_hash from holders where id = $1 or merged_into = $1)",
            )
            .bind(who.scope().holder)
            .bind(venue)
            .bind(now)
        )?;
        Ok(done > 0)
    }

    /// Declines an invitation to own a venue. Says whether there was one.
    pub async fn decline_owners(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        venue: VenueId,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "delete from co_owners where venue_id = $2 and holder_id is null
                   and phone_hash in (select phone_hash from holders where id = $1 or merged_into = $1)",
            )
            .bind(who.scope().holder)
            .bind(venue)
        )?;
        Ok(done > 0)
    }

    /// Those who own a venue beside its founding owner.
    pub(crate) async fn co_owners_of(&mut self, venue: VenueId) -> Result<Vec<HolderId>, Error> {
        let found: Vec<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select distinct coalesce(h.merged_into, h.id) from co_owners c
                 join holders h on h.id = c.holder_id where c.venue_id = $1 order by 1",
            )
            .bind(venue)
            .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(|(holder,)| holder).collect())
    }

    /// Erases invitations that ran out.
    pub(crate) async fn erase_owner_invitations(&mut self, now: Timestamp) -> Result<u64, Error> {
        let sql = "delete from co_owners where holder_id is null and expires_at <= $1";
        Ok(execute!(self, sqlx::query(sql).bind(now))?)
    }
}
