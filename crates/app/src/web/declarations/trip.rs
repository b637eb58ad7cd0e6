//! The step about the journey: what can be chosen, what is wrong with what was typed, and what it comes to.

use super::form::{ADDRESS_MAX, DeclarationForm, SHORT_MAX, TEXT_MAX};
use crate::app::App;
use crate::travel_gates::{self, Gate, OTHER};
use crate::web::field_errors::bounded;
use crate::web::locale::Whole;
use crate::web::page::{FieldErrors, Page};
use domain::declaration::DeclarationKind;
use domain::holder::line;
use domain::journey::{
    Entry, Journey, LONGEST_WAY_DAYS, NEAR_DAYS, Stop, Travel, Vehicle, flight_code, in_order,
    near, plate,
};
use domain::time::Day;
use domain::unit::UnitCode;

/// The longest number of a train or a seat, in characters.
const NUMBER_MAX: usize = 40;

/// Gates of one way, under the words for it.
pub(super) struct GateGroup {
    pub(super) title: &'static str,
    pub(super) gates: Vec<GateOption>,
}

/// A gate to choose.
pub(super) struct GateOption {
    pub(super) gate: &'static Gate,
    /// Its name, and the province, since without a script all of them stand in one list.
    pub(super) words: String,
}

/// The vehicles, to choose from.
pub(super) fn vehicles(page: &Page) -> Vec<(&'static str, &'static str)> {
    let words = |vehicle: &Vehicle| (vehicle.as_str(), vehicle_words(page, *vehicle));
    Vehicle::ALL.iter().map(words).collect()
}

pub(super) fn vehicle_words(page: &Page, vehicle: Vehicle) -> &'static str {
    page.text(match vehicle {
        Vehicle::Airplane => "journey.airplane",
        Vehicle::Train => "journey.train",
        Vehicle::Coach => "journey.coach",
        Vehicle::Waterway => "journey.waterway",
        Vehicle::Personal => "journey.personal",
    })
}

/// The gates that such a declaration chooses from: those of the country, or those of its borders.
pub(super) fn gates(app: &App, page: &Page, kind: DeclarationKind) -> Vec<GateGroup> {
    let entry = kind == DeclarationKind::Entry;
    let ways = [
        ("airplane", "journey.airports"),
        ("road", "journey.roads"),
        ("train", "journey.stations"),
        ("coach", "journey.coaches"),
        ("waterway", "journey.ports"),
    ];
    let group = |(way, title): (&str, &str)| GateGroup {
        title: page.text(title),
        gates: travel_gates::all()
            .iter()
            .filter(|gate| gate.way == way && gate.is_border() >= entry)
            .filter(|gate| entry || gate.way != "road")
            .map(|gate| GateOption {
                words: format!("{} ({})", gate.name, province(app, &gate.province)),
                gate,
            })
            .collect(),
    };
    let groups = ways.into_iter().map(group);
    groups.filter(|group| !group.gates.is_empty()).collect()
}

/// The name of a province.
pub(super) fn province(app: &App, code: &str) -> String {
    UnitCode::parse(code).map_or_else(String::new, |code| app.units().full_name(&code))
}

/// What checks one journey: the answers, the day it is, and the errors so far.
struct Checking<'a> {
    app: &'a App,
    page: &'a Page,
    today: Day,
    errors: FieldErrors,
}

impl Checking<'_> {
    fn wrong(&mut self, field: &'static str, key: &str) {
        let text = self.page.text(key);
        self.errors.add(field, text);
    }

    /// The same for words that name a number.
    fn beyond(&mut self, field: &'static str, key: &str, most: impl Whole) {
        let text = self.page.count(key, most);
        self.errors.add(field, text);
    }

    /// A text that must be there, or its error.
    fn asked(&mut self, field: &'static str, text: &str, most: usize, key: &str) -> String {
        bounded(text, most).unwrap_or_else(|| {
            self.beyond(field, key, most);
            String::new()
        })
    }

    /// A text that may be missing.
    fn optional(&mut self, field: &'static str, text: &str, most: usize) -> Option<String> {
        let said = Some(line(text)).filter(|text| !text.is_empty());
        if said
            .as_ref()
            .is_some_and(|text| text.chars().count() > most)
        {
            let most = most.to_string();
            let words = self
                .page
                .fill("journey.err_long", [("most", most.as_str())]);
            self.errors.add(field, words);
        }
        said
    }

    fn day(&mut self, field: &'static str, text: &str) -> Option<Day> {
        let day = Day::parse_written(&line(text));
        if day.is_none() {
            self.wrong(field, "journey.err_date");
        }
        day
    }

    /// A day no further from today than a declaration can hold.
    fn near_day(&mut self, field: &'static str, text: &str) -> Option<Day> {
        let day = self.day(field, text)?;
        if near(day, self.today) {
            return Some(day);
        }
        let (from, until) = (self.today.plus(-NEAR_DAYS), self.today.plus(NEAR_DAYS));
        let (from, until) = (self.page.date(from), self.page.date(until));
        let values = [("from", from.as_str()), ("until", until.as_str())];
        let words = self.page.fill("journey.err_far", values);
        self.errors.add(field, words);
        None
    }

    /// One end: the fields of its province, its gate and the gate that was typed, each with its name.
    fn stop(&mut self, vehicle: Option<Vehicle>, end: &End<'_>) -> Stop {
        let code = UnitCode::parse(end.province.1);
        let known = code.filter(|code| {
            let path = self.app.units().path(code);
            path.is_some_and(|path| path.0.len() == 2)
        });
        if known.is_none() {
            self.wrong(end.province.0, "declarations.err_province");
        }
        let typed = end.gate.1 == OTHER || (end.gate.1.is_empty() && !line(end.text.1).is_empty());
        let gate = if typed {
            self.asked(end.text.0, end.text.1, SHORT_MAX, "journey.err_place")
        } else {
            let fits =
                |gate: &&Gate| vehicle.is_none_or(|vehicle| gate.serves(vehicle, end.province.1));
            match travel_gates::gate(end.gate.1) {
                None => {
                    self.wrong(end.gate.0, "journey.err_gate");
                    String::new()
                }
                Some(gate) => {
                    if !fits(&gate) {
                        self.wrong(end.gate.0, "journey.err_pair");
                    }
                    gate.name.clone()
                }
            }
        };
        let province = end.province.1.to_owned();
        Stop { province, gate }
    }

    /// The flight code of an airplane, the plate of one's own vehicle, the number of anything else.
    fn number(&mut self, vehicle: Option<Vehicle>, form: &DeclarationForm) -> String {
        let (field, key, read) = match vehicle {
            Some(Vehicle::Airplane) => {
                let read = flight_code(&form.flight_code);
                ("flight_code", "journey.err_flight", read)
            }
            Some(Vehicle::Personal) => {
                let read = plate(&form.vehicle_code);
                ("vehicle_code", "journey.err_plate", read)
            }
            _ => {
                let read = bounded(&form.vehicle_code, NUMBER_MAX);
                ("vehicle_code", "journey.err_number", read)
            }
        };
        read.unwrap_or_else(|| {
            self.wrong(field, key);
            String::new()
        })
    }
}

/// The fields of one end of a journey: name and what was typed.
struct End<'a> {
    province: (&'static str, &'a str),
    gate: (&'static str, &'a str),
    text: (&'static str, &'a str),
}

impl DeclarationForm {
    /// The journey, where the kind has one.
    pub(super) fn journey(&self, app: &App, page: &Page) -> Result<Option<Journey>, FieldErrors> {
        let mut checking = Checking {
            app,
            page,
            today: app.zone().day(app.now()),
            errors: FieldErrors::default(),
        };
        let journey = match self.kind() {
            Some(DeclarationKind::DomesticTravel) => {
                self.travel(&mut checking).map(Journey::Travel)
            }
            Some(DeclarationKind::Entry) => self.entry(&mut checking).map(Journey::Entry),
            Some(DeclarationKind::General) | None => None,
        };
        match checking.errors.is_empty() {
            true => Ok(journey),
            false => Err(checking.errors),
        }
    }

    /// Nothing when something is wrong, which was then said.
    fn travel(&self, checking: &mut Checking<'_>) -> Option<Travel> {
        let vehicle = Vehicle::parse(&self.vehicle);
        if vehicle.is_none() {
            checking.wrong("vehicle", "journey.err_vehicle");
        }
        let number = match vehicle {
            Some(_) => checking.number(vehicle, self),
            None => String::new(),
        };
        // Nobody is given a seat in their own vehicle: one that comes with it was typed for another.
        let seat = match vehicle {
            Some(Vehicle::Personal) => None,
            _ => checking.optional("seat", &self.seat, NUMBER_MAX),
        };
        let from = End {
            province: ("start_province", &self.start_province),
            gate: ("start_gate", &self.start_gate),
            text: ("start_gate_text", &self.start_gate_text),
        };
        let from = checking.stop(vehicle, &from);
        let to = End {
            province: ("end_province", &self.end_province),
            gate: ("end_gate", &self.end_gate),
            text: ("end_gate_text", &self.end_gate_text),
        };
        let to = checking.stop(vehicle, &to);
        if from == to && !from.gate.is_empty() {
            checking.wrong("end_gate", "journey.err_same");
        }
        let departs = checking.near_day("start_date", &self.start_date);
        let passing = checking.optional("passing", &self.passing, TEXT_MAX);
        Some(Travel {
            vehicle: vehicle?,
            number,
            seat,
            from,
            to,
            departs: departs?,
            passing,
        })
    }

    /// Nothing when something is wrong, which was then said.
    fn entry(&self, checking: &mut Checking<'_>) -> Option<Entry> {
        let listed = travel_gates::gate(&self.border_gate).filter(|gate| gate.is_border());
        let typed = self.border_gate == OTHER
            || (self.border_gate.is_empty() && !line(&self.border_gate_text).is_empty());
        let gate = match listed {
            Some(gate) => gate.name.clone(),
            None if typed => checking.asked(
                "border_gate_text",
                &self.border_gate_text,
                SHORT_MAX,
                "journey.err_place",
            ),
            None => {
                checking.wrong("border_gate", "journey.err_border");
                String::new()
            }
        };
        let number = checking.number(None, self);
        let seat = checking.optional("seat", &self.seat, NUMBER_MAX);
        let country = checking.asked("country", &self.country, SHORT_MAX, "journey.err_country");
        let departs = checking.day("start_date", &self.start_date);
        let enters = checking.near_day("entry_date", &self.entry_date);
        if let (Some(departs), Some(enters)) = (departs, enters)
            && !in_order(departs, enters)
        {
            checking.beyond("start_date", "journey.err_order", LONGEST_WAY_DAYS);
        }
        let countries = checking.optional("countries", &self.countries, TEXT_MAX);
        let stays = checking.asked("stays", &self.stays, ADDRESS_MAX, "journey.err_stays");
        let vaccines = checking.optional("vaccines", &self.vaccines, TEXT_MAX);
        Some(Entry {
            gate,
            number,
            seat,
            country,
            departs: departs?,
            enters: enters?,
            countries,
            stays,
            vaccines,
        })
    }
}
