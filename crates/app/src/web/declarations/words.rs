//! Kinds and journeys in words: for lists, for the review, and for what was just sent.

use super::trip::{province, vehicle_words};
use crate::app::App;
use crate::web::page::Page;
use domain::declaration::DeclarationKind;
use domain::journey::{Journey, Stop};

/// The name of a kind.
pub(in crate::web) fn kind(page: &Page, kind: DeclarationKind) -> &'static str {
    page.text(match kind {
        DeclarationKind::General => "declarations.general",
        DeclarationKind::DomesticTravel => "declarations.domestic_travel",
        DeclarationKind::Entry => "declarations.entry",
    })
}

/// The kinds, to choose from.
pub(super) fn kinds(page: &Page) -> Vec<(&'static str, &'static str)> {
    let words = |one: &DeclarationKind| (one.as_str(), kind(page, *one));
    DeclarationKind::ALL.iter().map(words).collect()
}

fn stop(app: &App, stop: &Stop) -> String {
    format!("{} ({})", stop.gate, province(app, &stop.province))
}

/// From where to where, and when.
pub(in crate::web) fn route(app: &App, page: &Page, journey: &Journey) -> String {
    match journey {
        Journey::Travel(travel) => {
            let (from, to) = (stop(app, &travel.from), stop(app, &travel.to));
            let date = page.date(travel.departs);
            page.fill(
                "journey.route",
                [
                    ("from", from.as_str()),
                    ("to", to.as_str()),
                    ("date", date.as_str()),
                ],
            )
        }
        Journey::Entry(entry) => {
            let date = page.date(entry.enters);
            page.fill(
                "journey.entry_route",
                [
                    ("country", entry.country.as_str()),
                    ("gate", entry.gate.as_str()),
                    ("date", date.as_str()),
                ],
            )
        }
    }
}

/// That a declaration was sent: which kind, and the route where the reader may know it.
pub(in crate::web) fn sent(
    app: &App,
    page: &Page,
    of: DeclarationKind,
    journey: Option<&Journey>,
) -> String {
    if of == DeclarationKind::General {
        return page.text("declarations.sent").to_owned();
    }
    let sent = page.fill("declarations.sent_kind", [("kind", kind(page, of))]);
    match journey {
        Some(journey) => format!("{sent} {}", route(app, page, journey)),
        None => sent,
    }
}

/// Every answer about a journey, for the review: the question and what was said.
pub(super) fn answers(app: &App, page: &Page, journey: &Journey) -> Vec<(&'static str, String)> {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let said = match journey {
        Journey::Travel(travel) => vec![
            (
                "journey.vehicle",
                vehicle_words(page, travel.vehicle).to_owned(),
            ),
            ("journey.number", travel.number.clone()),
            ("journey.seat", some(&travel.seat)),
            ("journey.from", stop(app, &travel.from)),
            ("journey.to", stop(app, &travel.to)),
            ("journey.start_date", page.date(travel.departs)),
            ("journey.passing", some(&travel.passing)),
        ],
        Journey::Entry(entry) => vec![
            ("journey.border_gate", entry.gate.clone()),
            ("journey.number", entry.number.clone()),
            ("journey.seat", some(&entry.seat)),
            ("journey.country", entry.country.clone()),
            ("journey.start_date", page.date(entry.departs)),
            ("journey.entry_date", page.date(entry.enters)),
            ("journey.countries", some(&entry.countries)),
            ("journey.stays", entry.stays.clone()),
            ("journey.vaccines", some(&entry.vaccines)),
        ],
    };
    let said = said.into_iter().filter(|(_, answer)| !answer.is_empty());
    said.map(|(key, answer)| (page.text(key), answer)).collect()
}
