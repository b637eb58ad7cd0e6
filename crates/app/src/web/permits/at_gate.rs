//! The permits of somebody who was just scanned, said to whoever stands at the gate: only where one is demanded, only of
//! the kinds that are, and in both languages, since a device has none.

use super::words;
use crate::web::locale::Locale;
use serde::Serialize;
use store::admissions::Lane;
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
    /// Those that a gate shows of a person; nobody looks at a backlog's.
    pub fn nearest(permits: &[ShownPermit], lane: Lane) -> Vec<Self> {
        let shown = match lane {
            Lane::Live => SHOWN,
            Lane::Backlog => 0,
        };
        permits.iter().take(shown).map(Self::of).collect()
    }

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
