//! The accounts one can try, and what a script needs to scan.

use super::people::{People, communes, reserved};
use super::places::Town;
use super::{Account, Demo};
use crate::AppState;
use crate::web::signed_in::new_token;
use crate::{passwords, totp};
use anyhow::Context;
use codes::VenueCode;
use domain::ids::CardId;
use domain::role::{Actor, ManageVenue, OfficerRole, authorize};
use domain::time::Timestamp;
use domain::unit::{UnitCode, UnitPath};
use store::planting::PlantedOfficer;

/// How many cards and venue codes `demo.json` holds.
const READY: usize = 10;
/// Who answers for the data of nobody.
const ANSWERS: &str = "Sở Y tế Mẫu (không có thật)";
/// Whom to call: its prefix is given to no operator.
const CALLED: &str = "0500 999 999";

pub(super) async fn create(
    app: &AppState,
    town: &Town,
    people: &People,
    now: Timestamp,
) -> anyhow::Result<Demo> {
    let (officers, accounts) = officers(app).await?;
    let token = new_token();
    let market = town.venues.first().context("a town has venues")?;
    let gate = market.checkpoints.first().context("a venue has a gate")?.0;
    let attendant = &people.holders[reserved::ATTENDANT];

    let mut tx = app.store.write().await?;
    tx.plant_officers(&officers, now).await?;
    let hue = UnitCode::parse("46").context("a code")?;
    tx.plant_office(&hue, ANSWERS, CALLED).await?;
    let scope = tx
        .venue_scope(market.id)
        .await?
        .context("the market is registered")?;
    let who = authorize::<ManageVenue, _>(&Actor::Holder(market.owner), scope);
    let who = who.map_err(|_| anyhow::anyhow!("the owner may not manage the market"))?;
    tx.enrol_device(&who, gate, "Máy quét thử", &token, now)
        .await?;
    if let Some(phone) = &attendant.phone {
        tx.add_attendant(&who, attendant.details.name.as_str(), phone, now)
            .await?;
    }
    tx.commit().await?;

    let base_url = app.config.base_url();
    let mut all = vec![
        by_phone("holder", people, reserved::HOLDER),
        by_phone("venue_owner", people, reserved::OWNER),
        by_phone("attendant", people, reserved::ATTENDANT),
    ];
    all.extend(accounts);
    Ok(Demo {
        accounts: all,
        device_token: token,
        checkpoint_id: gate.to_string(),
        card_codes: card_codes(app, people).await?,
        venue_codes: venue_codes(town, &base_url),
        otp_inbox_url: format!("{base_url}/demo/otp-inbox"),
        base_url,
    })
}

fn by_phone(role: &str, people: &People, n: usize) -> Account {
    let login = people.holders[n].details.phone.clone().unwrap_or_default();
    Account {
        role: role.to_owned(),
        login,
        password: None,
        totp_secret: None,
    }
}

/// One officer of every role that has a page, with random password and secret.
async fn officers(app: &AppState) -> anyhow::Result<(Vec<PlantedOfficer>, Vec<Account>)> {
    let units = app.units();
    let path = |code: &str| {
        UnitCode::parse(code)
            .and_then(|code| units.path(&code))
            .unwrap_or(UnitPath(Vec::new()))
    };
    let commune = communes(&units)
        .into_iter()
        .next()
        .context("Huế has communes")?;
    let offices = [
        (
            OfficerRole::CommuneOfficer,
            commune.clone(),
            "Trần Thị Mẫu Một",
        ),
        (OfficerRole::Inspector, commune, "Lê Văn Mẫu Hai"),
        (OfficerRole::ProvinceOfficer, path("46"), "Phạm Thị Mẫu Ba"),
        (
            OfficerRole::NationalOfficer,
            path("VN"),
            "Hoàng Văn Mẫu Bốn",
        ),
        (OfficerRole::Auditor, path("VN"), "Võ Thị Mẫu Năm"),
    ];
    let (mut officers, mut accounts) = (Vec::new(), Vec::new());
    for (role, unit, name) in offices {
        let (password, secret) = (new_token()[..20].to_owned(), totp::new_secret());
        let login = role.as_str().replace('_', "-");
        officers.push(PlantedOfficer {
            login: login.clone(),
            name: name.to_owned(),
            role,
            unit,
            password_hash: passwords::hash(&password)
                .await
                .map_err(|_| anyhow::anyhow!("password hashing is busy"))?,
            totp: secret.to_vec(),
        });
        let totp_secret = Some(totp::base32(&secret));
        accounts.push(Account {
            role: role.as_str().to_owned(),
            login,
            password: Some(password),
            totp_secret,
        });
    }
    Ok((officers, accounts))
}

async fn card_codes(app: &AppState, people: &People) -> anyhow::Result<Vec<String>> {
    let ready = people.cards[reserved::READY].iter();
    let ids: Vec<CardId> = ready.map(|card| card.id).collect();
    Ok(app.signer.codes(&ids).await?)
}

fn venue_codes(town: &Town, base_url: &str) -> Vec<String> {
    let gates = town
        .venues
        .iter()
        .filter_map(|venue| venue.checkpoints.first());
    gates
        .filter_map(|(_, _, code)| VenueCode::parse(code))
        .take(READY)
        .map(|code| code.url(base_url))
        .collect()
}
