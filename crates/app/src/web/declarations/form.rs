//! The form of all three kinds: filled in, and never emptied by an error. Here the parts that all share are checked: who
//! declares ("khai báo toàn dân"), and the health of the past days; `trip.rs` checks the journey.

use crate::app::App;
use crate::web::field_errors::bounded;
use crate::web::page::{FieldErrors, Page};
use domain::birth::Birth;
use domain::citizen;
use domain::declaration::{Declaration, DeclarationKind, Gender, GeneralDeclaration};
use domain::holder::{HolderDetails, NameError, PersonName, line};
use domain::time::Day;
use domain::unit::{UnitCode, UnitPath};
use serde::{Deserialize, Serialize};
use store::drafts::Typed;
use store::holders::Holder;

/// The longest free text, in characters.
pub(super) const TEXT_MAX: usize = 300;
/// The longest address, in characters.
pub(super) const ADDRESS_MAX: usize = 160;
/// The longest country or mail address, in characters.
pub(super) const SHORT_MAX: usize = 100;

/// What was typed, as it was typed; all steps in one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeclarationForm {
    /// Which of the three; empty is the general one.
    pub kind: String,
    /// Họ tên.
    pub name: String,
    /// Số căn cước (CCCD, CMND) hoặc hộ chiếu.
    pub id_number: String,
    /// Năm sinh.
    pub birth_year: String,
    /// Giới tính.
    pub gender: String,
    /// Quốc tịch.
    pub nation: String,
    /// Code of the province.
    pub province: String,
    /// Code of the commune.
    pub commune: String,
    /// Số nhà, phố, tổ/thôn/đội.
    pub address: String,
    /// Electronic mail.
    pub email: String,
    /// Signs of illness: `yes` or `no`.
    pub symptoms: String,
    /// Which, and since when.
    pub symptoms_text: String,
    /// Contact with a case.
    pub met_case: String,
    /// Contact with somebody from a country with the disease.
    pub met_traveller: String,
    /// Contact with somebody who shows symptoms.
    pub met_symptoms: String,
    /// Other provinces or countries.
    pub passed: String,
    /// Which.
    pub passed_text: String,
    /// Travel: by what.
    pub vehicle: String,
    /// Flight code, by airplane.
    pub flight_code: String,
    /// Plate or number, by anything else, and at entry.
    pub vehicle_code: String,
    /// Seat.
    pub seat: String,
    /// Travel: province of departure.
    pub start_province: String,
    /// A gate there: its code, or `other`.
    pub start_gate: String,
    /// The other one, by name.
    pub start_gate_text: String,
    /// Travel: province of arrival.
    pub end_province: String,
    /// A gate there: its code, or `other`.
    pub end_gate: String,
    /// The other one, by name.
    pub end_gate_text: String,
    /// Day of departure, dd/MM/yyyy.
    pub start_date: String,
    /// Travel: places passed on the way.
    pub passing: String,
    /// Entry: the border gate: its code, or `other`.
    pub border_gate: String,
    /// The other one, by name.
    pub border_gate_text: String,
    /// Entry: country of departure.
    pub country: String,
    /// Entry: day of entry, dd/MM/yyyy.
    pub entry_date: String,
    /// Entry: countries passed.
    pub countries: String,
    /// Entry: place of quarantine or stay.
    pub stays: String,
    /// Entry: vaccines and biologicals used.
    pub vaccines: String,
    /// The tick under the consent.
    pub consent: String,
    /// The scan at a gate that an attendant writes this down after; empty when it is one's own.
    pub scan: String,
    /// Whose it then is, sealed.
    pub held: String,
    /// Whether the form goes on with the draft of its kind, or was begun in its place: whatever is kept of it may be replaced.
    pub draft: String,
    /// The button that sent the form: `communes` fills a list, `back` goes a step back, `draft` keeps what was typed,
    /// `discard` throws that away, `anew` and `anew_draft` do so and go on, or keep what was typed instead.
    pub action: String,
}

/// Step 1, checked.
pub(super) struct Person {
    /// What is kept of the person.
    pub(super) details: HolderDetails,
    /// Where the person lives.
    pub(super) unit: UnitPath,
    pub(super) birth_year: u16,
    pub(super) gender: Gender,
    commune: UnitCode,
}

/// The earliest year of birth that is taken.
pub(crate) const OLDEST_YEAR: u16 = 1900;

/// A year as people write it: `1987`, or the end of `18/01/1987`.
fn year(text: &str, today: Day) -> Option<u16> {
    let text = text.trim();
    let year = match text.rsplit_once(['/', '-', '.']) {
        Some((day, year)) if day.len() <= 5 => year,
        Some(_) => return None,
        None => text,
    };
    let year: u16 = (year.len() == 4).then(|| year.parse().ok())??;
    (OLDEST_YEAR..=u16::try_from(today.date().year()).unwrap_or(OLDEST_YEAR))
        .contains(&year)
        .then_some(year)
}

impl DeclarationForm {
    /// A form with what is known of the person; no question is answered.
    pub(super) fn of(holder: &Holder, last: Option<Declaration>) -> Self {
        let details = &holder.details;
        let path = &holder.unit.0;
        let mut form = Self {
            name: details.name.as_str().to_owned(),
            id_number: details.id_number.clone().unwrap_or_default(),
            birth_year: details
                .birth_year()
                .map_or_else(String::new, |year| year.to_string()),
            gender: details
                .gender
                .map_or_else(String::new, |gender| gender.to_string()),
            nation: "Việt Nam".to_owned(),
            province: path.get(1).map_or_else(String::new, ToString::to_string),
            commune: path
                .get(2..)
                .and_then(<[_]>::last)
                .map_or_else(String::new, ToString::to_string),
            ..Self::default()
        };
        if let Some(Declaration { general: last, .. }) = last {
            form.nation = last.nation;
            form.address = last.address;
            form.email = last.email.unwrap_or_default();
        }
        form
    }

    /// Which declaration it is to be; nothing when it is none that there is.
    pub(super) fn kind(&self) -> Option<DeclarationKind> {
        match self.kind.as_str() {
            "" => Some(DeclarationKind::General),
            word => DeclarationKind::parse(word),
        }
    }

    /// Every answer given, by the name of its field.
    pub(super) fn typed(&self) -> Typed {
        let said = serde_json::to_value(self).unwrap_or_default();
        let said: Typed = serde_json::from_value(said).unwrap_or_default();
        said.into_iter()
            .filter(|(_, answer)| !answer.is_empty())
            .collect()
    }

    /// The form as it was typed before.
    pub(super) fn again(typed: &Typed) -> Self {
        let said = serde_json::to_value(typed).unwrap_or_default();
        serde_json::from_value(said).unwrap_or_default()
    }

    /// Step 1: who declares, and where that person lives.
    pub(super) fn person(
        &self,
        app: &App,
        page: &Page,
        phone: Option<&str>,
    ) -> Result<Person, FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.kind().is_none() {
            errors.add("kind", page.text("declarations.err_kind"));
        }
        let name = self.name(page, &mut errors);
        let today = app.zone().day(app.now());
        let birth_year = year(&self.birth_year, today);
        if birth_year.is_none() {
            errors.add("birth_year", page.text("declarations.err_birth_year"));
        }
        let id_number = self.id_number(page, birth_year, &mut errors);
        let gender = Gender::parse(&self.gender);
        if gender.is_none() {
            errors.add("gender", page.text("declarations.err_gender"));
        }
        if bounded(&self.nation, SHORT_MAX).is_none() {
            errors.add("nation", page.text("declarations.err_nation"));
        }
        let place = self.place(app);
        if UnitCode::parse(&self.province).is_none() {
            errors.add("province", page.text("declarations.err_province"));
        } else if place.is_none() {
            errors.add("commune", page.text("declarations.err_commune"));
        }
        if bounded(&self.address, ADDRESS_MAX).is_none() {
            let words = page.count("declarations.err_address", ADDRESS_MAX);
            errors.add("address", words);
        }
        if !line(&self.email).is_empty() && self.mail().is_none() {
            errors.add("email", page.text("declarations.err_email"));
        }
        match (name, birth_year, gender, place) {
            (Some(name), Some(birth_year), Some(gender), Some((commune, unit)))
                if errors.is_empty() =>
            {
                let details = HolderDetails {
                    phone: phone.map(ToOwned::to_owned),
                    id_number,
                    birth: Some(Birth::in_year(birth_year)),
                    gender: Some(gender),
                    ..HolderDetails::named(name, None)
                };
                Ok(Person {
                    details,
                    unit,
                    birth_year,
                    gender,
                    commune,
                })
            }
            _ => Err(errors),
        }
    }

    /// The answers about health, together with step 1.
    pub(super) fn answers(
        &self,
        page: &Page,
        person: &Person,
    ) -> Result<GeneralDeclaration, FieldErrors> {
        let mut errors = FieldErrors::default();
        let ask = |field: &'static str, n: usize, answer: &str, errors: &mut FieldErrors| {
            if !matches!(answer, "yes" | "no") {
                let words = page.fill("err.required", [("n", n.to_string().as_str())]);
                errors.add(field, words);
                return None;
            }
            Some(answer == "yes")
        };
        let too_long = |key: &str| page.count(key, TEXT_MAX);
        let which = |said: Option<bool>, text: &str| match said {
            Some(true) => bounded(text, TEXT_MAX).map(Some),
            _ => Some(None),
        };
        let symptoms = ask("symptoms", 1, &self.symptoms, &mut errors);
        let symptoms_text = which(symptoms, &self.symptoms_text);
        if symptoms_text.is_none() {
            errors.add("symptoms_text", too_long("declarations.err_symptoms"));
        }
        let met_case = ask("met_case", 2, &self.met_case, &mut errors);
        let met_traveller = ask("met_traveller", 3, &self.met_traveller, &mut errors);
        let met_symptoms = ask("met_symptoms", 4, &self.met_symptoms, &mut errors);
        let passed = ask("passed", 5, &self.passed, &mut errors);
        let passed_text = which(passed, &self.passed_text);
        if passed_text.is_none() {
            errors.add("passed_text", too_long("declarations.err_passed"));
        }
        match (
            met_case,
            met_traveller,
            met_symptoms,
            symptoms_text,
            passed_text,
        ) {
            (
                Some(met_case),
                Some(met_traveller),
                Some(met_symptoms),
                Some(symptoms),
                Some(passed),
            ) if errors.is_empty() => Ok(GeneralDeclaration {
                id_number: person.details.id_number.clone(),
                birth_year: person.birth_year,
                gender: person.gender,
                nation: line(&self.nation),
                commune: person.commune.to_string(),
                address: line(&self.address),
                email: self.mail(),
                passed,
                symptoms,
                met_case,
                met_traveller,
                met_symptoms,
            }),
            _ => Err(errors),
        }
    }

    fn name(&self, page: &Page, errors: &mut FieldErrors) -> Option<PersonName> {
        match PersonName::parse(&self.name) {
            Ok(name) => return Some(name),
            Err(NameError::TooLong) => errors.add("name", page.text("sign_in.name_long")),
            Err(NameError::Empty) => {
                let name = page.text("sign_in.name").to_lowercase();
                errors.add("name", page.fill("err.missing", [("name", name.as_str())]));
            }
        }
        None
    }

    fn id_number(
        &self,
        page: &Page,
        birth_year: Option<u16>,
        errors: &mut FieldErrors,
    ) -> Option<String> {
        if line(&self.id_number).is_empty() {
            return None;
        }
        let number = citizen::id_number(&self.id_number);
        let stated = number.as_deref().and_then(citizen::birth_year);
        if number.is_none() {
            errors.add("id_number", page.text("declarations.err_number"));
        } else if stated.is_some() && birth_year.is_some() && stated != birth_year {
            errors.add("id_number", page.text("err.id"));
        }
        number
    }

    fn place(&self, app: &App) -> Option<(UnitCode, UnitPath)> {
        let province = UnitCode::parse(&self.province)?;
        let commune = UnitCode::parse(&self.commune)?;
        let path = app.units().path(&commune)?;
        (path.within(&province) && commune != province).then_some((commune, path))
    }

    fn mail(&self) -> Option<String> {
        bounded(&self.email, SHORT_MAX).filter(|mail| {
            let parts = mail.split_once('@');
            parts.is_some_and(|(who, at)| !who.is_empty() && at.contains('.'))
                && !mail.contains(' ')
        })
    }
}
