//! What was signed, compared with what was registered.

use super::super::runtime;
use super::super::there::there;
use super::super::words::{both, told};
use super::{KeysPlace, given_back};
use crate::clock::Clock;
use crate::issuer::Issuer;
use crate::jobs::signatures::YOUNG;
use domain::ids::CardId;
use domain::time::Zone;
use store::Store;
use store::signatures::Register;

/// How many lines are looked at together.
const AT_ONCE: u32 = 5000;

/// Says what does not fit.
pub(super) fn check(place: &KeysPlace) -> anyhow::Result<()> {
    let keys = place.there()?;
    there(&place.place)?;
    let now = Clock::System.now();
    let published = Issuer::open(&keys, now)?.published();
    let day = Zone::VIETNAM.day(published.until).written();
    let key = match published.rooted {
        true => "cli.rooted",
        false => "cli.keys_until",
    };
    println!("{}", both(key, &[("day", &day)]));
    let (signed, unknown, behind) = runtime()?.block_on(async {
        let store = Store::open(&place.place.store()).await?;
        let register = Register::new(&keys);
        let (mut after, mut signed, mut unknown) = (0, 0, Vec::new());
        let mut tx = store.read().await?;
        loop {
            let lines = register.signed(after, now.minus(YOUNG), AT_ONCE).await?;
            let Some(last) = lines.last() else { break };
            after = last.n;
            signed += lines.len();
            let cards: Vec<CardId> = lines.iter().map(|line| line.card).collect();
            let known = register.known(&cards).await?;
            // What is past its time is forgotten on both sides, each in its turn.
            let valid = |card: &CardId| known.claims.contains_key(card);
            unknown.extend(tx.cards_missing(&cards).await?.into_iter().filter(valid));
        }
        let places = tx.card_places().await?;
        let next = register.identity().await?.next_place;
        tx.rollback().await?;
        store.close().await;
        register.close().await;
        let behind = (next < i64::from(places)).then_some(places);
        Ok::<_, store::Error>((signed, unknown, behind))
    })?;
    given_back(&keys)?;
    println!("{}", both("cli.compared", &[("n", &signed)]));
    for card in &unknown {
        println!("  {card}");
    }
    let strange = told("cli.unknown_signatures", &[("n", &unknown.len())]);
    match behind {
        Some(places) => {
            if !unknown.is_empty() {
                println!("{strange}");
            }
            Err(told("cli.register_behind", &[("n", &places)]))
        }
        None if unknown.is_empty() => Ok(()),
        None => Err(strange),
    }
}
