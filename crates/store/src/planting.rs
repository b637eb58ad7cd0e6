//! Planting: many people, cards, venues and declarations at once, for the demonstration,
//! measurements and tests. Scans are never planted: they have one way in.

use crate::dialect::{execute, run, sized};
use crate::officers::TOTP_PLACE;
use crate::units::path_text;
use crate::venues::{REGISTRANT, Registrant, VenueDetails};
use crate::{Error, Tx, holders, new_id};
use domain::card::Card;
use domain::holder::{HolderDetails, fold};
use domain::ids::{CheckpointId, HolderId, OfficerId, VenueId};
use domain::phone::Phone;
use domain::role::OfficerRole;
use domain::time::Timestamp;
use domain::unit::UnitPath;
use uuid::Uuid;

/// A person to plant.
#[derive(Clone, Debug)]
pub struct PlantedHolder {
    /// The person.
    pub id: HolderId,
    /// Name and numbers.
    pub details: HolderDetails,
    /// The proven phone, if any.
    pub phone: Option<Phone>,
    /// Whether the identity is proven.
    pub verified: bool,
    /// Where the person lives.
    pub unit: UnitPath,
    /// Since when.
    pub created: Timestamp,
}

/// A declaration to plant, without answers worth reading.
#[derive(Clone, Copy, Debug)]
pub struct PlantedDeclaration {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub holder: HolderId,
    /// When it was made.
    pub declared: Timestamp,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// Whether it says yes to a symptom or a contact.
    pub concern: bool,
}

/// A venue to plant, with its checkpoints.
#[derive(Clone, Debug)]
pub struct PlantedVenue {
    /// The venue.
    pub id: VenueId,
    /// Its owner.
    pub owner: HolderId,
    /// What is said of it.
    pub details: VenueDetails,
    /// Who registered it.
    pub registrant: Registrant,
    /// Since when.
    pub created: Timestamp,
    /// Id, name and typed code of each checkpoint.
    pub checkpoints: Vec<(CheckpointId, String, String)>,
}

impl Tx {
    /// Plants people.
    pub async fn plant_holders(&mut self, all: &[PlantedHolder]) -> Result<(), Error> {
        const SQL: &str =
            "insert into holders (id, phone_hash, sealed, verified, unit_path, created_at) values ";
        let keys = std::sync::Arc::clone(&self.keys);
        let sealer = keys.sealer();
        for (sql, piece) in sized(SQL, 6, "", all) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for one in piece {
                    query = query
                        .bind(one.id)
                        .bind(
                            one.phone
                                .as_ref()
                                .map(|phone| sealer.hash("phone", &phone.e164())),
                        )
                        .bind(sealer.seal(holders::PLACE, &one.details))
                        .bind(one.verified)
                        .bind(path_text(&one.unit))
                        .bind(one.created);
                }
                query
            })?;
        }
        Ok(())
    }

    /// Plants cards; their places in the status list are taken from the counter's end on.
    pub async fn plant_cards(&mut self, all: &[Card]) -> Result<(), Error> {
        const SQL: &str = "insert into cards (id, holder_id, status_index, kind, state, issued_at, expires_at) values ";
        for (sql, piece) in sized(SQL, 7, "", all) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for card in piece {
                    query = query
                        .bind(card.id.0.to_vec())
                        .bind(card.holder)
                        .bind(i64::from(card.status_index))
                        .bind(card.kind.as_str())
                        .bind(card.state.as_str())
                        .bind(card.issued)
                        .bind(card.expires);
                }
                query
            })?;
        }
        let end = all
            .iter()
            .map(|card| i64::from(card.status_index) + 1)
            .max()
            .unwrap_or(0);
        execute!(
            self,
            sqlx::query(
                "insert into counters (name, value) values ('status_index', $1)
                 on conflict (name) do update set value = case when counters.value > excluded.value
                   then counters.value else excluded.value end",
            )
            .bind(end)
        )?;
        Ok(())
    }

    /// Plants declarations.
    pub async fn plant_declarations(
        &mut self,
        all: &[PlantedDeclaration],
        sealed: &[u8],
    ) -> Result<(), Error> {
        const SQL: &str =
            "insert into declarations (id, holder_id, declared_at, valid_until, concern,
               consent_version, unit_path, sealed)
             values ";
        for (sql, piece) in sized(SQL, 8, "", all) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for one in piece {
                    query = query
                        .bind(one.id)
                        .bind(one.holder)
                        .bind(one.declared)
                        .bind(one.valid_until)
                        .bind(one.concern)
                        .bind(1)
                        .bind("VN")
                        .bind(sealed.to_vec());
                }
                query
            })?;
        }
        Ok(())
    }

    /// Plants venues and their checkpoints.
    pub async fn plant_venues(&mut self, all: &[PlantedVenue]) -> Result<(), Error> {
        const VENUES: &str =
            "insert into venues (id, owner_id, name, folded, kind, unit_path, address,
               expected_daily, hours, registrant, created_at)
             values ";
        const CHECKPOINTS: &str = "insert into checkpoints (id, venue_id, name, code, poster_version, created_at) values ";
        let keys = std::sync::Arc::clone(&self.keys);
        let sealer = keys.sealer();
        for (sql, piece) in sized(VENUES, 11, "", all) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for one in piece {
                    query = query
                        .bind(one.id)
                        .bind(one.owner)
                        .bind(one.details.name.as_str())
                        .bind(fold(&one.details.name))
                        .bind(one.details.kind.as_str())
                        .bind(path_text(&one.details.unit))
                        .bind(one.details.address.as_str())
                        .bind(one.details.expected_daily)
                        .bind(one.details.hours.to_string())
                        .bind(sealer.seal(REGISTRANT, &one.registrant))
                        .bind(one.created);
                }
                query
            })?;
        }
        let gates: Vec<_> = all
            .iter()
            .flat_map(|one| one.checkpoints.iter().map(move |gate| (one, gate)))
            .collect();
        for (sql, piece) in sized(CHECKPOINTS, 6, "", &gates) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for (one, (id, name, code)) in piece {
                    query = query
                        .bind(*id)
                        .bind(one.id)
                        .bind(name.as_str())
                        .bind(code.as_str())
                        .bind(1)
                        .bind(one.created);
                }
                query
            })?;
        }
        Ok(())
    }
}

/// An officer to plant, ready to sign in.
#[derive(Clone, Debug)]
pub struct PlantedOfficer {
    /// The name to sign in with.
    pub login: String,
    /// The officer's own name.
    pub name: String,
    /// The office.
    pub role: OfficerRole,
    /// The unit it is held for.
    pub unit: UnitPath,
    /// The password's argon2id hash.
    pub password_hash: String,
    /// The TOTP secret.
    pub totp: Vec<u8>,
}

impl Tx {
    /// Whether nobody and nothing is kept yet, besides units and settings.
    pub async fn is_vacant(&mut self) -> Result<bool, Error> {
        let found: Option<(i32,)> = run!(self, |conn| {
            sqlx::query_as(
                "select 1 where exists (select 1 from holders) or exists (select 1 from venues)
                   or exists (select 1 from officers)",
            )
            .fetch_optional(conn)
        })?;
        Ok(found.is_none())
    }

    /// Plants officers.
    pub async fn plant_officers(
        &mut self,
        all: &[PlantedOfficer],
        now: Timestamp,
    ) -> Result<(), Error> {
        for one in all {
            let sealed = self.keys.sealer().seal_bytes(TOTP_PLACE, &one.totp);
            execute!(
                self,
                sqlx::query(
                    "insert into officers (id, login, name, role, unit_path, password_hash, totp,
                       totp_step, suspended, created_at)
                     values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)"
                )
                .bind(OfficerId(new_id(now)))
                .bind(one.login.as_str())
                .bind(one.name.as_str())
                .bind(one.role.as_str())
                .bind(path_text(&one.unit))
                .bind(one.password_hash.as_str())
                .bind(sealed.as_slice())
                .bind(false)
                .bind(now)
            )?;
        }
        Ok(())
    }
}
