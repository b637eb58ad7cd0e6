//! What the signer signed, compared with the register of cards: a signature without a card was asked for by
//! somebody who registers nobody.

use crate::AppState;
use domain::audit::Deed;
use domain::ids::CardId;
use domain::role::{Actor, Purpose, UnitScope, WatchSigner, authorize};
use domain::unit::{UnitCode, UnitPath};
use std::time::Duration;

/// A signature that is younger may belong to a card that is being registered.
pub const YOUNG: Duration = Duration::from_secs(300);

/// Compares what was signed since the last time, and says of how many signatures there is no card. Of those the log
/// has a line, and the access log of the nation an entry.
pub async fn compare(app: &AppState) -> anyhow::Result<usize> {
    let now = app.now();
    let mut found = 0;
    loop {
        let (register, after) = app.store.read().await?.signatures_compared().await?;
        let signed = app.signer.signed(after, now.minus(YOUNG)).await?;
        if signed.register != register || signed.last < after {
            let mut tx = app.store.write().await?;
            tx.compare_anew(signed.register).await?;
            tx.commit().await?;
            continue;
        }
        let Some((last, _)) = signed.lines.last() else {
            let places = app.store.read().await?.card_places().await?;
            if signed.next_place < i64::from(places) {
                tracing::error!(
                    places,
                    "the signer's register is older than the register of cards, and no card can be issued: \
                     run the signer with --first-index {places}"
                );
            }
            return Ok(found);
        };
        let lines = &signed.lines;
        let cards: Vec<CardId> = lines.iter().map(|(_, card)| *card).collect();
        let mut tx = app.store.write().await?;
        let missing = tx.cards_missing(&cards).await?;
        if !tx.note_compared((after, *last), missing.len()).await? {
            // Another server compared the same meanwhile, and says what it found.
            tx.rollback().await?;
            continue;
        }
        if !missing.is_empty() {
            let nation = UnitCode::parse("VN").and_then(|code| app.units().path(&code));
            let path = nation.unwrap_or(UnitPath(Vec::new()));
            let scope = UnitScope { path: path.clone() };
            let who = authorize::<WatchSigner, _>(&Actor::System, scope)
                .map_err(|_| anyhow::anyhow!("the program may watch"))?;
            let deed = Deed::UnknownSignatures.to(missing.len());
            tx.audit(&who, &path, now, Purpose::Administration, deed, &[])
                .await?;
        }
        tx.commit().await?;
        if !missing.is_empty() {
            tracing::error!(
                signatures = missing.len(),
                "cards were signed that nobody registered: whoever asked may hold this server; run `vaora keys check`"
            );
        }
        found += missing.len();
    }
}
