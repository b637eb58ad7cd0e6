//! The permits of somebody who was just scanned, said to whoever stands at the gate: only where one is demanded, only of
//! the kinds that are, and in both languages, since a device has none.

use super::words;
use crate::app::App;
use crate::web::api::scans::ResultLine;
use crate::web::locale::Locale;
use domain::ids::ScanId;
use domain::role::{Authorized, RecordScans, VenueScope};
use serde::Serialize;
use store::permits::ShownPermit;
use utoipa::ToSchema;

/// How many are shown: the nearest first.
const SHOWN: usize = 3;

/// One permit, as a gate shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermitWords {
    /// Whether it covers the time and the place of the scan.
    pub holds: bool,
    /// In Vietnamese: `Giấy đi chợ: ngày chẵn, 06:00-11:00. Lúc này được.`
    pub vi: String,
    /// In English.
    pub en: String,
}

impl PermitWords {
    fn of(shown: &ShownPermit) -> Self {
        Self {
            holds: shown.gap.is_none(),
            vi: said(Locale::Vi, shown),
            en: said(Locale::En, shown),
        }
    }
}

/// One permit in a language.
pub fn said(locale: Locale, shown: &ShownPermit) -> String {
    let what = words::line(locale, &shown.issued.permit);
    format!("{what}. {}", words::verdict(locale, shown.gap))
}

/// Adds the permits of the people of some live scans. What was recorded stays recorded, and the answer stands without them.
pub async fn add(app: &App, who: &Authorized<RecordScans, VenueScope>, lines: &mut [ResultLine]) {
    let ids: Vec<ScanId> = lines
        .iter()
        .filter_map(|line| ScanId::parse(&line.id))
        .collect();
    let Ok(mut tx) = app.store.read().await else {
        return;
    };
    let Ok(shown) = tx.scanned_permits(who, &ids).await else {
        return;
    };
    for line in lines {
        let of = ScanId::parse(&line.id).and_then(|id| shown.get(&id));
        let of = of.into_iter().flatten().take(SHOWN);
        line.permits = of.map(PermitWords::of).collect();
    }
}
