//! The town that is measured: people with cards and declarations, venues with a device each.

use anyhow::{Context, Result};
use domain::birth::Birth;
use domain::card::{CARD_VALIDITY, Card, CardKind, CardState};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, CheckpointId, DeviceId, HolderId, VenueId};
use domain::role::{Actor, Authorized, ManageVenue, RecordScans, VenueScope, authorize};
use domain::time::Timestamp;
use domain::unit::{UnitCode, UnitPath};
use domain::venue::{OpeningHours, VenueKind};
use rand::seq::SliceRandom;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::new_id;
use store::planting::{PlantedDeclaration, PlantedHolder, PlantedVenue};
use store::venues::VenueDetails;
use vaora::app::{App, AppState};
use vaora::clock::Clock;
use vaora::config::Config;
use vaora::gateway::Inbox;

/// How many venues, each with one checkpoint and one device.
pub(crate) const VENUES: usize = 128;

/// Where a device stands.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) venue: VenueId,
    /// The proof that the device may record there.
    pub(crate) who: Authorized<RecordScans, VenueScope>,
    pub(crate) checkpoint: CheckpointId,
    pub(crate) device: DeviceId,
    pub(crate) token: String,
}

/// A planted town.
pub(crate) struct Town {
    pub(crate) gates: Vec<Gate>,
    /// Every card, in no order, with its code.
    pub(crate) cards: Vec<(CardId, Timestamp, String)>,
}

/// Opens vaora on a data folder as if it were another time.
pub(crate) async fn open_at(folder: &Path, clock: Clock) -> Result<AppState> {
    App::open(Config::new(folder), clock, Arc::new(Inbox::default())).await
}

/// Opens vaora on a data folder, SQLite unless a database is named.
pub(crate) async fn open(folder: &Path, database: Option<String>) -> Result<AppState> {
    let mut config = Config::new(folder);
    config.database = database;
    App::open(config, Clock::System, Arc::new(Inbox::default())).await
}

fn unit() -> UnitPath {
    let codes = ["VN", "46", "19753"];
    UnitPath(
        codes
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

/// Plants a town of so many people, each with a card and a declaration that holds.
pub(crate) async fn plant(app: &AppState, people: usize) -> Result<Town> {
    let now = app.now();
    let details = HolderDetails {
        name: PersonName::parse("Nguyễn Văn Thử").ok().context("a name")?,
        phone: None,
        id_number: None,
        birth: Some(Birth::in_year(1987)),
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let mut cards = Vec::with_capacity(people);
    let mut tx = app.store.write().await?;
    let everyone: Vec<u32> = (0..people as u32).collect();
    for some in everyone.chunks(4096) {
        let ids: Vec<HolderId> = some.iter().map(|_| HolderId(new_id(now))).collect();
        let holders: Vec<_> = ids
            .iter()
            .map(|id| PlantedHolder {
                id: *id,
                details: details.clone(),
                phone: None,
                verified: true,
                unit: unit(),
                created: now,
            })
            .collect();
        let made: Vec<Card> = some
            .iter()
            .zip(&ids)
            .map(|(n, holder)| card(*n, *holder, now))
            .collect();
        let declared: Vec<_> = ids.iter().map(|id| declaration(*id, now)).collect();
        tx.plant_holders(&holders).await?;
        tx.plant_cards(&made).await?;
        tx.plant_declarations(&declared).await?;
        let ids: Vec<CardId> = made.iter().map(|one| one.id).collect();
        let codes = app.signer.codes(&ids).await?;
        let made = made.iter().zip(codes);
        cards.extend(made.map(|(one, code)| (one.id, one.expires, code)));
    }
    let mut gates = Vec::with_capacity(VENUES);
    for n in 0..VENUES {
        gates.push(gate(&mut tx, n, now).await?);
    }
    tx.commit().await?;
    cards.shuffle(&mut rand::rng());
    Ok(Town { gates, cards })
}

fn card(n: u32, holder: HolderId, now: Timestamp) -> Card {
    Card {
        id: CardId(rand::random()),
        holder,
        status_index: n,
        kind: CardKind::Paper,
        state: CardState::Active,
        issued: now,
        expires: now.plus(CARD_VALIDITY),
    }
}

fn declaration(holder: HolderId, now: Timestamp) -> PlantedDeclaration {
    let weeks = Duration::from_secs(20 * 86_400);
    PlantedDeclaration::plain(new_id(now), holder, now.minus(weeks), now.plus(weeks))
}

async fn gate(tx: &mut store::Tx, n: usize, now: Timestamp) -> Result<Gate> {
    let (venue, checkpoint) = (VenueId(new_id(now)), CheckpointId(new_id(now)));
    let owner = HolderId(new_id(now));
    tx.plant_venues(&[PlantedVenue {
        id: venue,
        owner,
        details: VenueDetails {
            name: format!("Chợ Bến Thử {n}"),
            kind: VenueKind::Market,
            unit: unit(),
            address: "12 đường Thử Nghiệm".to_owned(),
            expected_daily: 1000,
            capacity: None,
            hours: OpeningHours::ALWAYS,
        },
        created: now,
        checkpoints: vec![(checkpoint, "Cổng 1".to_owned(), format!("BENCH{n}"))],
    }])
    .await?;
    let scope = tx.venue_scope(venue).await?.context("the venue is there")?;
    let who = authorize::<ManageVenue, _>(&Actor::Holder(owner), scope.clone())
        .ok()
        .context("an owner manages the venue")?;
    let token = format!("bench-{:032x}", rand::random::<u128>());
    let device = tx
        .enrol_device(&who, checkpoint, "Máy thử", &token, now)
        .await?
        .context("the gate is open")?;
    let who = authorize(&Actor::Device { id: device, venue }, scope)
        .ok()
        .context("a device records at its venue")?;
    Ok(Gate {
        venue,
        who,
        checkpoint,
        device,
        token,
    })
}

/// Writes what the load generator needs: tokens, then codes, one a line.
pub(crate) fn write(town: &Town, path: PathBuf) -> Result<PathBuf> {
    let mut text = format!("{}\n", town.gates.len());
    for gate in &town.gates {
        let _ = writeln!(text, "{}", gate.token);
    }
    for (_, _, code) in &town.cards {
        let _ = writeln!(text, "{code}");
    }
    std::fs::write(&path, text)?;
    Ok(path)
}
