//! Planting: many people, cards, venues and declarations at once, for the demonstration,
//! measurements and tests. Scans are never planted: they have one way in.

use crate::dialect::{execute, sized};
use crate::units::path_text;
use crate::{Error, Tx, holders};
use domain::card::Card;
use domain::holder::{HolderDetails, fold};
use domain::ids::{CheckpointId, HolderId, VenueId};
use domain::phone::Phone;
use domain::time::Timestamp;
use domain::unit::UnitPath;
use domain::venue::{OpeningHours, VenueKind};
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
    /// Its name.
    pub name: String,
    /// What kind of place.
    pub kind: VenueKind,
    /// Where.
    pub unit: UnitPath,
    /// Street and number.
    pub address: String,
    /// People expected a day.
    pub expected_daily: i32,
    /// When it is open.
    pub hours: OpeningHours,
    /// Who registered it: sealed as the register does.
    pub registrant: Vec<u8>,
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
        for (sql, piece) in sized(VENUES, 11, "", all) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for one in piece {
                    query = query
                        .bind(one.id)
                        .bind(one.owner)
                        .bind(one.name.as_str())
                        .bind(fold(&one.name))
                        .bind(one.kind.as_str())
                        .bind(path_text(&one.unit))
                        .bind(one.address.as_str())
                        .bind(one.expected_daily)
                        .bind(one.hours.to_string())
                        .bind(one.registrant.as_slice())
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
