//! People's cards as files to print: one card, or those of a batch's part.

use super::locale::Locale;
use super::privacy;
use super::problem::Problem;
use crate::AppState;
use crate::print::{self, PrintedCard};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::card::{Card, CardKind, CardLayout};
use domain::ids::CardId;
use domain::unit::UnitPath;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use store::holders::Holder;
use store::settings::UnitSettings;

/// A card to print, and whom it speaks for.
pub(super) struct ToPrint {
    pub(super) card: Card,
    pub(super) holder: Holder,
    /// Its batch and its place there; empty for a single card.
    pub(super) batch: String,
}

/// A card, ready to print.
struct Ready {
    card: ToPrint,
    code: String,
    number: Option<String>,
    issued: String,
    expires: String,
    serial: String,
    /// Where the person lives, a line each.
    address: Vec<String>,
    /// The commune of the person, short.
    commune: Option<String>,
}

/// Cards that were drawn. Whoever sends others' has first noted it.
pub(super) struct Drawn(Vec<u8>);

impl Drawn {
    /// The PDF as an answer, under a name.
    pub(super) fn named(self, name: &str) -> Response {
        let shown = format!("inline; filename=\"{name}.pdf\"");
        let headers = [
            (CONTENT_TYPE, "application/pdf".to_owned()),
            (CONTENT_DISPOSITION, shown),
        ];
        (headers, self.0).into_response()
    }
}

/// Draws cards as a PDF.
pub(super) async fn drawn(
    app: &AppState,
    locale: Locale,
    cards: Vec<ToPrint>,
    layout: CardLayout,
) -> Result<Drawn, Problem> {
    let mut settings: HashMap<Vec<String>, UnitSettings> = HashMap::new();
    let mut tx = app.store.read().await?;
    for one in &cards {
        let unit = &one.holder.unit;
        if let Entry::Vacant(place) = settings.entry(key(unit)) {
            place.insert(privacy::answerable(app, &mut tx, unit).await?);
        }
    }
    drop(tx);
    let ids: Vec<CardId> = cards.iter().map(|one| one.card.id).collect();
    let codes = app.signer.codes(&ids).await?;
    let program = AppState::clone(app);
    let draw = move || -> Result<Vec<u8>, Problem> {
        let all = cards.into_iter().zip(codes);
        let all = all.map(|(card, code)| ready(&program, card, code));
        let all: Vec<Ready> = all.collect();
        let trial = program.config.public_url.is_none();
        let printed: Vec<PrintedCard<'_>> = all
            .iter()
            .map(|one| printed(one, &settings[&key(&one.card.holder.unit)], (locale, trial)))
            .collect();
        Ok(print::cards(&printed, layout)?)
    };
    let drawn = tokio::task::spawn_blocking(draw)
        .await
        .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Drawn(drawn?))
}

fn key(unit: &UnitPath) -> Vec<String> {
    unit.0.iter().map(ToString::to_string).collect()
}

fn ready(app: &AppState, card: ToPrint, code: String) -> Ready {
    let zone = app.zone();
    let details = &card.holder.details;
    let place = card.holder.unit.0.last();
    let place = place.map(|unit| app.units().full_name(unit));
    let commune = place.as_deref().filter(|name| !name.is_empty()).map(short);
    let lines = details.address.clone().into_iter().chain(place);
    Ready {
        code,
        number: details.masked_number(),
        issued: zone.day(card.card.issued).written(),
        expires: zone.day(card.card.expires).written(),
        serial: card.card.id.serial(),
        address: lines.filter(|line| !line.is_empty()).collect(),
        commune,
        card,
    }
}

/// A place as forms have it: `Phường Thuận Hóa, Thành phố Huế` as `P. Thuận Hóa, TP. Huế`.
fn short(place: &str) -> String {
    let title = |name: &str| {
        let titles = [("Phường ", "P. "), ("Thành phố ", "TP. "), ("Tỉnh ", "")];
        let found = titles
            .iter()
            .find_map(|(long, short)| Some(format!("{short}{}", name.strip_prefix(long)?)));
        found.unwrap_or_else(|| name.to_owned())
    };
    place.split(", ").map(title).collect::<Vec<_>>().join(", ")
}

fn printed<'a>(
    one: &'a Ready,
    settings: &'a UnitSettings,
    (language, trial): (Locale, bool),
) -> PrintedCard<'a> {
    let details = &one.card.holder.details;
    PrintedCard {
        name: details.name.as_str(),
        masked_number: one.number.as_deref(),
        birth_year: details.birth_year(),
        issued_on: &one.issued,
        issued_by: one.commune.as_deref().or(settings.controller.as_deref()),
        return_to: one.commune.as_deref(),
        expires_on: &one.expires,
        serial: &one.serial,
        code: &one.code,
        batch: Some(one.card.batch.as_str()).filter(|batch| !batch.is_empty()),
        address: &one.address,
        hotline: settings.hotline.as_deref(),
        // Whoever reads an office's card at a gate reads Vietnamese; one's own sheet is in one's own language.
        language: match one.card.card.kind {
            CardKind::Electronic => language,
            CardKind::Plastic | CardKind::Paper => Locale::Vi,
        },
        trial,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short_on_cards() {
        for (long, said) in [
            ("Phường Thuận Hóa, Thành phố Huế", "P. Thuận Hóa, TP. Huế"),
            ("Xã Bình Điền, Tỉnh Thử", "Xã Bình Điền, Thử"),
            ("Đặc khu Phú Quốc", "Đặc khu Phú Quốc"),
        ] {
            assert_eq!(short(long), said);
        }
    }
}
