//! `vaora officers`: for whoever runs the server, when no officer can help another.

use super::runtime;
use super::there::there;
use super::words::{both, told};
use crate::clock::Clock;
use crate::config::Place;
use crate::web::officer_changes::record;
use crate::web::signed_in::new_token;
use domain::audit::Deed;
use domain::role::{Actor, ChangeOfficer, ListOfficers, UnitScope, authorize};
use domain::unit::{UnitCode, UnitPath};
use store::officers::{Officer, OfficerKey};
use store::{Store, Tx};

/// How many officers are read at once.
const PAGE: i64 = 500;

/// Prints every officer.
pub(super) fn list(place: &Place) -> anyhow::Result<()> {
    there(place)?;
    runtime()?.block_on(async {
        let store = Store::open(&place.store()).await?;
        for one in officers(&mut store.read().await?, "").await? {
            let state = match (one.suspended, one.enrolled) {
                (true, _) => "suspended",
                (false, true) => "active",
                (false, false) => "invited",
            };
            let unit = one.unit.0.last().map_or("", UnitCode::as_str);
            println!("{:<24} {:<18} {unit:<8} {state}", one.login, one.role);
        }
        store.close().await;
        Ok(())
    })
}

/// Voids an officer's credentials and prints the link that sets new ones.
pub(super) fn reset(login: &str, public_url: &str, place: &Place) -> anyhow::Result<()> {
    there(place)?;
    runtime()?.block_on(async {
        let store = Store::open(&place.store()).await?;
        let login = login.trim().to_lowercase();
        let mut tx = store.write().await?;
        let found = officers(&mut tx, &login).await?;
        let Some(found) = found.into_iter().find(|one| one.login == login) else {
            return Err(told("cli.no_login", &[("login", &login)]));
        };
        let who = authorize::<ChangeOfficer, _>(&Actor::Console, found.scope())
            .expect("the policy lets the console change officers");
        let (token, now) = (new_token(), Clock::System.now());
        if found.suspended {
            tx.suspend_officer(&who, false).await?;
            record(&mut tx, &who, Deed::Resumption, now).await?;
        }
        tx.void_credentials(&who).await?;
        tx.invite(&who, &token, now).await?;
        record(&mut tx, &who, Deed::Reset, now).await?;
        tx.commit().await?;
        store.close().await;
        println!("{}", both("cli.reset", &[("login", &login)]));
        println!("{}/invitations/{token}", public_url.trim_end_matches('/'));
        Ok(())
    })
}

/// The officers whose login begins with a text.
async fn officers(tx: &mut Tx, login: &str) -> anyhow::Result<Vec<Officer>> {
    let nation = UnitScope {
        path: UnitPath(vec![UnitCode::nation()]),
    };
    let who = authorize::<ListOfficers, _>(&Actor::Console, nation)
        .expect("the policy lets the console list officers");
    let (mut all, mut after) = (Vec::new(), OfficerKey::default());
    loop {
        let found = tx.officers_in(&who, login, &after, PAGE).await?;
        let Some(last) = found.last() else {
            return Ok(all);
        };
        after = last.key();
        all.extend(found);
    }
}
