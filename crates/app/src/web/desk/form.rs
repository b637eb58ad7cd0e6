//! What was typed or read at the desk: filled in from a paper's square, checked, and never emptied by an error.

use crate::app::App;
use crate::web::field_errors::bounded;
use crate::web::page::{FieldErrors, Page};
use codes::Code;
use codes::person::Sex;
use domain::birth::Birth;
use domain::card::CardKind;
use domain::citizen::{self, Contradiction};
use domain::declaration::Gender;
use domain::holder::{HolderDetails, PersonName, fold, line};
use domain::ids::HolderId;
use domain::import::in_small;
use domain::phone::Phone;
use serde::Deserialize;

/// The longest address, in characters.
const ADDRESS_MAX: usize = 160;
/// What stands for a name that was not said yet.
pub(super) const NAMELESS: &str = "?";
/// Digits of a social-insurance number.
const INSURANCE: usize = 10;

/// The form, as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeskForm {
    /// What a scanner read.
    pub code: String,
    /// Số căn cước, or the paper that stands for it.
    pub id_number: String,
    /// Số CMND cũ.
    pub old_number: String,
    /// Số BHXH.
    pub insurance: String,
    /// Họ và tên.
    pub name: String,
    /// Ngày sinh, or the year.
    pub birth: String,
    /// Giới tính.
    pub gender: String,
    /// Số điện thoại.
    pub phone: String,
    /// Code of the commune.
    pub commune: String,
    /// Số nhà, đường, tổ.
    pub address: String,
    /// Loại thẻ.
    pub kind: String,
    /// The record that the person at the desk is; empty for somebody new.
    pub chosen: String,
    /// Records that are other people's, by commas.
    pub others: String,
    /// The card of this kind that the clerk saw in use.
    pub seen: String,
    /// Whether the phone of the chosen record is not the person's: any text but none.
    pub phone_gone: String,
    /// Whether those who care for the chosen person alone go on: any text but none.
    pub guardians_stay: String,
    /// The button that sent the form: `look`, `issue`, `save`, `use:ID`, `other:ID`.
    pub action: String,
    /// A name that was asked about, since it looks unfinished or cannot be printed; sent again it is right.
    pub asked_name: String,
    /// What the square was of, in words' key: `cccd`, `bhyt`, `national`; empty for typed fields.
    pub read: String,
}

/// What was said of the person, checked.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) details: HolderDetails,
    pub(super) kind: CardKind,
}

impl DeskForm {
    /// The record that was chosen.
    pub(super) fn chosen(&self) -> Option<HolderId> {
        self.chosen.parse().ok()
    }

    /// Whether the button makes a card, and what is done then: one to use at once, or one to print with others.
    pub(super) fn issues(&self) -> Option<&'static str> {
        match self.action.as_str() {
            "issue" => Some("issued"),
            "save" => Some("saved"),
            _ => None,
        }
    }

    /// Whether the phone that signs in to the chosen record is to lose it.
    pub(super) fn phone_gone(&self) -> bool {
        !self.phone_gone.is_empty()
    }

    /// Whether those who care for the chosen person alone go on.
    pub(super) fn guardians_stay(&self) -> bool {
        !self.guardians_stay.is_empty()
    }

    /// Forgets what was settled about records that are not looked at any more.
    pub(super) fn keep_settled(&mut self, looked_at: impl Fn(HolderId) -> bool) {
        let kept = |id: &str| id.parse().is_ok_and(&looked_at);
        if !kept(&self.chosen) {
            self.chosen.clear();
            self.phone_gone.clear();
            self.guardians_stay.clear();
        }
        let others = self.others.split(',').filter(|id| kept(id));
        self.others = others.collect::<Vec<_>>().join(",");
    }

    /// Whether a record was said to be somebody else's.
    pub(super) fn is_other(&self, holder: HolderId) -> bool {
        self.others
            .split(',')
            .any(|other| other == holder.to_string())
    }

    /// Does what the button on a record asked for.
    pub(super) fn settle(&mut self) {
        let action = std::mem::take(&mut self.action);
        match action.split_once(':') {
            Some(("use", id)) => {
                id.clone_into(&mut self.chosen);
                let others = self.others.split(',').filter(|other| *other != id);
                self.others = others.collect::<Vec<_>>().join(",");
            }
            Some(("other", id)) => {
                if self.chosen == id {
                    self.chosen.clear();
                }
                if !self.others.is_empty() {
                    self.others.push(',');
                }
                self.others.push_str(id);
            }
            _ => self.action = action,
        }
    }

    /// Fills the fields from the square of a paper, if one was read. Fails with the key of what is wrong with it.
    pub(super) fn fill(&mut self) -> Result<(), &'static str> {
        let text = std::mem::take(&mut self.code);
        if text.trim().is_empty() {
            return Ok(());
        }
        let blank = Self {
            commune: self.commune.clone(),
            kind: self.kind.clone(),
            ..Self::default()
        };
        let mut filled = match codes::read(&text) {
            Code::Cccd(cccd) => Self {
                read: if cccd.damaged { "damaged" } else { "cccd" }.to_owned(),
                id_number: cccd.number,
                old_number: cccd.old_number.unwrap_or_default(),
                name: cccd.name.unwrap_or_default(),
                birth: cccd.birth.map_or_else(String::new, Birth::written),
                gender: cccd.sex.map_or_else(String::new, gender),
                address: cccd.address.unwrap_or_default(),
                ..blank
            },
            Code::Bhyt(bhyt) => Self {
                insurance: bhyt.social_number,
                name: bhyt.name.unwrap_or_default(),
                birth: bhyt.birth.map_or_else(String::new, Birth::written),
                gender: bhyt.sex.map_or_else(String::new, gender),
                read: "bhyt".to_owned(),
                ..blank
            },
            Code::National(code) => Self {
                id_number: if code.masked {
                    String::new()
                } else {
                    code.document
                },
                name: code.name,
                birth: code.birth.map_or_else(String::new, Birth::written),
                gender: code.sex.map_or_else(String::new, gender),
                read: "national".to_owned(),
                ..blank
            },
            Code::Card(_) | Code::DamagedCard | Code::Phone(_) | Code::DamagedPhone => {
                return Err("desk.is_card");
            }
            Code::Venue(_) | Code::ForeignVenue(_) | Code::Web | Code::Payment | Code::Unknown => {
                return Err("desk.no_paper");
            }
        };
        if self.may_be(&filled) {
            filled.phone = std::mem::take(&mut self.phone);
        }
        *self = filled;
        Ok(())
    }

    /// Whether what was typed before a paper was read may be about its bearer: a phone typed for somebody else must not
    /// stay beside the next person's name.
    fn may_be(&self, paper: &Self) -> bool {
        let number = |form: &Self| citizen::id_number(&form.id_number);
        let same = number(self).is_some() && number(self) == number(paper);
        let namesake = !self.name.is_empty() && fold(&self.name) == fold(&paper.name);
        let said = [
            &self.id_number,
            &self.old_number,
            &self.insurance,
            &self.name,
        ];
        same || namesake || said.iter().all(|field| field.is_empty())
    }

    /// Writes a name in capitals as names are written.
    pub(super) fn tidy(&mut self) {
        self.name = in_small(&line(&self.name));
    }

    /// Fills in what a citizen's number says of its bearer, where nothing else was said.
    pub(super) fn complete(&mut self) {
        let number = citizen::id_number(&self.id_number).unwrap_or_default();
        if self.birth.is_empty()
            && let Some(year) = citizen::birth_year(&number)
        {
            self.birth = year.to_string();
        }
        if self.gender.is_empty()
            && let Some(gender) = citizen::gender(&number)
        {
            self.gender = gender.to_string();
        }
    }

    /// Whether nothing was said of anybody.
    pub(super) fn is_blank(&self) -> bool {
        let said = [
            &self.id_number,
            &self.old_number,
            &self.insurance,
            &self.name,
            &self.birth,
            &self.phone,
        ];
        said.iter().all(|field| field.trim().is_empty())
    }

    /// What is known of the person so far, as far as it can be read: what records are compared with.
    pub(super) fn so_far(&self) -> Option<HolderDetails> {
        let known = |text: &str| citizen::id_number(text);
        let name = PersonName::parse(&self.name).ok();
        let details = HolderDetails {
            phone: Phone::parse(&self.phone).map(|phone| phone.e164()),
            id_number: known(&self.id_number),
            old_number: known(&self.old_number),
            insurance: known(&self.insurance),
            birth: Birth::typed(&self.birth),
            gender: Gender::parse(&self.gender),
            ..HolderDetails::named(
                name.clone().or_else(|| PersonName::parse(NAMELESS).ok())?,
                None,
            )
        };
        let numbers = [&details.id_number, &details.old_number, &details.insurance];
        let found_by = numbers.into_iter().any(Option::is_some)
            || details.phone.is_some()
            || (name.is_some() && details.birth.is_some());
        found_by.then_some(details)
    }

    /// Everything, checked; what is wrong is said at its field.
    pub(super) fn check(&self, app: &App, page: &Page) -> Result<Said, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = PersonName::parse(&self.name).ok();
        if let Some(key) = self.name_fault() {
            errors.add("name", page.text(key));
        }
        let birth =
            Birth::typed(&self.birth).filter(|birth| birth.plausible(app.now(), app.zone()));
        if birth.is_none() {
            errors.add("birth", page.text("desk.err_birth"));
        }
        let gender = Gender::parse(&self.gender);
        if gender.is_none() {
            errors.add("gender", page.text("desk.err_gender"));
        }
        let id_number = number("id_number", &self.id_number, page, &mut errors);
        let old_number = number("old_number", &self.old_number, page, &mut errors);
        let insurance = number("insurance", &self.insurance, page, &mut errors);
        let digits =
            |text: &String| text.len() == INSURANCE && text.bytes().all(|b| b.is_ascii_digit());
        if insurance.as_ref().is_some_and(|number| !digits(number)) {
            errors.add("insurance", page.text("desk.err_insurance"));
        }
        // By a name alone nobody could be told from another. Children and some old people have no paper: a phone of the family
        // is enough.
        if id_number.is_none() && old_number.is_none() && insurance.is_none() && self.no_phone() {
            errors.add("id_number", page.text("desk.err_no_number"));
        }
        let clash = Contradiction::of(
            id_number.as_deref().unwrap_or_default(),
            birth.map(|birth| birth.year),
            gender,
        );
        contradicted(&clash, page, &mut errors);
        let phone = Phone::parse(&self.phone);
        if phone.is_none() && !line(&self.phone).is_empty() {
            errors.add("phone", page.text("err.phone"));
        }
        let address = bounded(&self.address, ADDRESS_MAX);
        if address.is_none() && !line(&self.address).is_empty() {
            errors.add("address", page.count("desk.err_address", ADDRESS_MAX));
        }
        let kind = CardKind::parse(&self.kind).filter(|kind| *kind != CardKind::Electronic);
        if kind.is_none() {
            errors.add("kind", page.text("desk.err_kind"));
        }
        match (name, kind) {
            (Some(name), Some(kind)) if errors.is_empty() => Ok(Said {
                details: HolderDetails {
                    phone: phone.map(|phone| phone.e164()),
                    id_number,
                    old_number,
                    insurance,
                    birth,
                    gender,
                    address,
                    ..HolderDetails::named(name, None)
                },
                kind,
            }),
            _ => Err(errors),
        }
    }

    /// What is wrong with the name, or to be asked about it once: one word alone, or characters that no card can show.
    fn name_fault(&self) -> Option<&'static str> {
        match self.name.split_whitespace().count() {
            _ if PersonName::parse(&self.name).is_err() => Some("desk.err_name"),
            _ if self.asked_name == self.name => None,
            _ if !crate::print::printable(&self.name) => Some("desk.ask_unprintable"),
            1 => Some("desk.ask_one_word"),
            _ => None,
        }
    }

    /// Whether no phone was given that can be read.
    fn no_phone(&self) -> bool {
        Phone::parse(&self.phone).is_none()
    }
}

/// Says at their fields what the number of a citizen says otherwise.
fn contradicted(clash: &Contradiction, page: &Page, errors: &mut FieldErrors) {
    if clash.year {
        errors.add("birth", page.text("desk.err_number_year"));
    }
    if clash.gender {
        errors.add("gender", page.text("desk.err_number_gender"));
    }
}

fn number(
    field: &'static str,
    text: &str,
    page: &Page,
    errors: &mut FieldErrors,
) -> Option<String> {
    let number = citizen::id_number(text);
    match &number {
        None if !citizen::unsaid(text) => errors.add(field, page.text("desk.err_number")),
        Some(number) if field != "insurance" && citizen::miscounted(number) => {
            errors.add(field, page.text("desk.err_number_length"));
        }
        _ => {}
    }
    number
}

fn gender(sex: Sex) -> String {
    let gender = match sex {
        Sex::Male => Gender::Male,
        Sex::Female => Gender::Female,
    };
    gender.to_string()
}
