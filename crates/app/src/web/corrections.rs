//! A form in which only what is to change is filled in: for the holder who asks, and for the clerk who saw the papers.

use super::field_errors::{FieldErrors, bounded};
use super::page::Page;
use crate::App;
use domain::birth::Birth;
use domain::citizen::{self, Contradiction};
use domain::declaration::Gender;
use domain::holder::{HolderDetails, PersonName, line};
use domain::request::Change;
use serde::Deserialize;

/// The longest address, in characters.
const ADDRESS_MAX: usize = 160;

/// The form, as it was sent; what is empty stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Correction {
    /// Họ và tên.
    pub name: String,
    /// Ngày sinh, or the year.
    pub birth: String,
    /// Giới tính.
    pub gender: String,
    /// Số giấy tờ.
    pub id_number: String,
    /// Số nhà, đường, tổ.
    pub address: String,
    /// Whether the papers were seen.
    pub papers: String,
}

impl Correction {
    /// What is to change, checked against what stays: a number says a year of birth and a sex.
    pub fn read(
        &self,
        app: &App,
        page: &Page,
        known: &HolderDetails,
    ) -> Result<Change, FieldErrors> {
        let mut errors = FieldErrors::default();
        let said = |text: &str| !line(text).is_empty();
        let name = PersonName::parse(&self.name).ok();
        if name.is_none() && said(&self.name) {
            errors.add("name", page.text("desk.err_name"));
        }
        let birth =
            Birth::typed(&self.birth).filter(|birth| birth.plausible(app.now(), app.zone()));
        if birth.is_none() && said(&self.birth) {
            errors.add("birth", page.text("desk.err_birth"));
        }
        let id_number = citizen::id_number(&self.id_number);
        if id_number.is_none() && said(&self.id_number) {
            errors.add("id_number", page.text("desk.err_number"));
        }
        if id_number.as_deref().is_some_and(citizen::miscounted) {
            errors.add("id_number", page.text("desk.err_number_length"));
        }
        let address = bounded(&self.address, ADDRESS_MAX);
        if address.is_none() && said(&self.address) {
            errors.add("address", page.count("desk.err_address", ADDRESS_MAX));
        }
        let change = Change {
            name,
            birth,
            gender: Gender::parse(&self.gender),
            id_number,
            address,
        };
        if errors.is_empty() && change.is_empty() {
            errors.add("name", page.text("requests.err_nothing"));
        }
        contradictions(&change.clone().made(known), page, &mut errors);
        if errors.is_empty() {
            Ok(change)
        } else {
            Err(errors)
        }
    }
}

/// Says at their fields what the number of a citizen says otherwise.
pub(super) fn contradictions(details: &HolderDetails, page: &Page, errors: &mut FieldErrors) {
    let number = details.id_number.as_deref().unwrap_or_default();
    let clash = Contradiction::of(number, details.birth_year(), details.gender);
    if clash.year {
        errors.add("birth", page.text("desk.err_number_year"));
    }
    if clash.gender {
        errors.add("gender", page.text("desk.err_number_gender"));
    }
}
