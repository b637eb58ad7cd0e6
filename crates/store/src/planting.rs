//! Planting: many people, cards, venues and declarations at once, for the demonstration,
//! measurements and tests. Scans are never planted: they have one way in.

use crate::cards::CHANGED;
use crate::declarations::{self, CONSENT_VERSION};
use crate::dialect::{execute, run};
use crate::officers::TOTP_PLACE;
use crate::sets::Column;
use crate::signatures::Register;
use crate::units::path_text;
use crate::venues::VenueDetails;
use crate::{Error, Tx, holders, new_id};
use domain::card::Card;
use domain::declaration::{Declaration, Gender, GeneralDeclaration};
use domain::holder::{HolderDetails, fold};
use domain::ids::{CheckpointId, HolderId, OfficerId, VenueId};
use domain::phone::Phone;
use domain::role::OfficerRole;
use domain::search_key;
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

/// A declaration to plant.
#[derive(Clone, Debug)]
pub struct PlantedDeclaration {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub holder: HolderId,
    /// When it was made.
    pub declared: Timestamp,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// What it says.
    pub answers: Declaration,
    /// The commune named in it, and what is above.
    pub unit: UnitPath,
}

impl PlantedDeclaration {
    /// A declaration that answers every question with no.
    pub fn plain(id: Uuid, holder: HolderId, declared: Timestamp, valid_until: Timestamp) -> Self {
        let answers = GeneralDeclaration {
            id_number: None,
            birth_year: 1987,
            gender: Gender::Other,
            nation: "Việt Nam".to_owned(),
            commune: "19753".to_owned(),
            address: "12 đường Thử Nghiệm".to_owned(),
            email: None,
            passed: None,
            symptoms: None,
            met_case: false,
            met_traveller: false,
            met_symptoms: false,
        };
        Self {
            id,
            holder,
            declared,
            valid_until,
            answers: answers.into(),
            unit: UnitPath(Vec::new()),
        }
    }
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
    /// Since when.
    pub created: Timestamp,
    /// Id, name and typed code of each checkpoint.
    pub checkpoints: Vec<(CheckpointId, String, String)>,
}

impl Tx {
    /// Plants people.
    pub async fn plant_holders(&mut self, all: &[PlantedHolder]) -> Result<(), Error> {
        let index = self.plant_records(all).await?;
        self.plant_index(index).await
    }

    /// Plants people whom nothing finds yet. Answers what will, for [`Tx::plant_index`].
    pub async fn plant_records(
        &mut self,
        all: &[PlantedHolder],
    ) -> Result<Vec<(i64, Uuid)>, Error> {
        let keys_of = std::sync::Arc::clone(&self.keys);
        let sealer = keys_of.sealer();
        let zone = self.zone;
        let day = |at| zone.day(at).0;
        let hash = |phone: &Phone| sealer.hash("phone", &phone.e164());
        let rows = [
            Column::ids(all.iter().map(|one| one.id.0)),
            Column::bytes(all.iter().map(|one| one.phone.as_ref().map(hash))),
            Column::bytes(
                all.iter()
                    .map(|one| sealer.seal(holders::PLACE, &one.details)),
            ),
            Column::Bool(all.iter().map(|one| one.verified).collect()),
            Column::Text(all.iter().map(|one| path_text(&one.unit)).collect()),
            Column::ints(
                all.iter()
                    .map(|one| (!one.verified).then(|| day(one.created))),
            ),
            Column::longs(all.iter().map(|one| one.created.millis())),
            Column::Bool(vec![false; all.len()]),
        ];
        self.write_set(
            "insert into holders (id, phone_hash, sealed, verified, unit_path, tapped_on,
               created_at, seen) ",
            &rows,
            "",
        )
        .await?;
        let found_by = |one: &PlantedHolder| {
            let keys = search_key::of(&one.details, one.unit.commune());
            let id = one.id.0;
            let sealer = keys_of.sealer();
            keys.into_iter()
                .map(move |key| (sealer.search(&key), id))
                .collect::<Vec<_>>()
        };
        let index: Vec<(i64, Uuid)> = all
            .iter()
            .filter(|one| one.verified)
            .flat_map(found_by)
            .collect();
        Ok(index)
    }

    /// Plants by what people are found. In order, so that millions are written page by page.
    pub async fn plant_index(&mut self, mut index: Vec<(i64, Uuid)>) -> Result<(), Error> {
        index.sort_unstable();
        for some in index.chunks(1 << 16) {
            let rows = [
                Column::longs(some.iter().map(|row| row.0)),
                Column::ids(some.iter().map(|row| row.1)),
            ];
            self.write_new("insert into holder_keys (key, holder_id) ", &rows)
                .await?;
        }
        Ok(())
    }

    /// Plants cards, and takes them into the register in the key folder, so that they can be signed.
    pub async fn plant_cards(&mut self, all: &[Card]) -> Result<(), Error> {
        let register = Register::new(self.keys.folder());
        register.adopt(all).await?;
        register.close().await;
        let changed = self.next(CHANGED).await?;
        let rows = [
            Column::bytes(all.iter().map(|card| card.id.0.to_vec())),
            Column::ids(all.iter().map(|card| card.holder.0)),
            Column::longs(all.iter().map(|card| i64::from(card.status_index))),
            Column::words(all.iter().map(|card| card.kind.as_str())),
            Column::words(all.iter().map(|card| card.state.as_str())),
            Column::longs(all.iter().map(|card| card.issued.millis())),
            Column::longs(all.iter().map(|card| card.expires.millis())),
            Column::longs(all.iter().map(|_| changed)),
        ];
        self.write_set(
            "insert into cards (id, holder_id, status_index, kind, state, issued_at, expires_at, changed) ",
            &rows,
            "",
        )
        .await?;
        Ok(())
    }

    /// Plants declarations.
    pub async fn plant_declarations(&mut self, all: &[PlantedDeclaration]) -> Result<(), Error> {
        let keys = std::sync::Arc::clone(&self.keys);
        let seal = |one: &PlantedDeclaration| keys.sealer().seal(declarations::PLACE, &one.answers);
        let rows = [
            Column::ids(all.iter().map(|one| one.id)),
            Column::ids(all.iter().map(|one| one.holder.0)),
            Column::words(all.iter().map(|one| one.answers.kind().as_str())),
            Column::longs(all.iter().map(|one| one.declared.millis())),
            Column::longs(all.iter().map(|one| one.valid_until.millis())),
            Column::Bool(
                all.iter()
                    .map(|one| one.answers.general.concern())
                    .collect(),
            ),
            Column::ints(all.iter().map(|_| CONSENT_VERSION)),
            Column::Bool(all.iter().map(|_| false).collect()),
            Column::bytes(all.iter().map(seal)),
        ];
        self.write_set(
            "insert into declarations (id, holder_id, kind, declared_at, valid_until, concern,
               consent_version, by_another, sealed) ",
            &rows,
            "",
        )
        .await
    }

    /// Plants venues and their checkpoints.
    pub async fn plant_venues(&mut self, all: &[PlantedVenue]) -> Result<(), Error> {
        let text = |field: fn(&VenueDetails) -> String| {
            Column::Text(all.iter().map(|one| field(&one.details)).collect())
        };
        let rows = [
            Column::ids(all.iter().map(|one| one.id.0)),
            Column::ids(all.iter().map(|one| one.owner.0)),
            text(|details| details.name.clone()),
            text(|details| fold(&details.name)),
            Column::words(all.iter().map(|one| one.details.kind.as_str())),
            text(|details| path_text(&details.unit)),
            text(|details| details.address.clone()),
            Column::ints(all.iter().map(|one| one.details.expected_daily)),
            Column::ints(all.iter().map(|one| one.details.capacity.map(|it| it.most))),
            Column::words(all.iter().map(|one| one.details.full_policy().as_str())),
            text(|details| details.hours.to_string()),
            Column::longs(all.iter().map(|one| one.created.millis())),
        ];
        self.write_set(
            "insert into venues (id, owner_id, name, folded, kind, unit_path, address,
               expected_daily, capacity, full_policy, hours, created_at) ",
            &rows,
            "",
        )
        .await?;
        let gates = || {
            all.iter()
                .flat_map(|one| one.checkpoints.iter().map(move |gate| (one, gate)))
        };
        let rows = [
            Column::ids(gates().map(|(_, (id, _, _))| id.0)),
            Column::ids(gates().map(|(one, _)| one.id.0)),
            Column::Text(gates().map(|(_, (_, name, _))| name.clone()).collect()),
            Column::Text(gates().map(|(_, (_, _, code))| code.clone()).collect()),
            Column::ints(gates().map(|_| 1)),
            Column::longs(gates().map(|(one, _)| one.created.millis())),
        ];
        self.write_set(
            "insert into checkpoints (id, venue_id, name, code, poster_version, created_at) ",
            &rows,
            "",
        )
        .await
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
