//! A list of people from a file: which column says what, what a row says, and which rows are one person's.
//!
//! Lists are kept in spreadsheets, which lose what was typed: zeros in front of numbers, dates as counts of days, names
//! in capitals. What can be read in one way only is read; all else is said to whoever brought the list.

use crate::birth::Birth;
use crate::citizen::{self, Contradiction};
use crate::declaration::Gender;
use crate::holder::{HolderDetails, NameError, PersonName, line};
use crate::phone::Phone;
use crate::time::{Day, Timestamp, Zone};

mod headings;
mod numbers;
mod repeats;

pub use headings::guess;
pub use numbers::{insurance, restore};
pub use repeats::{crowded, repeated};

/// The longest address, in characters.
pub const ADDRESS_MAX: usize = 160;

text_enum! {
    /// What a column of a list says.
    Field {
        /// Citizen number, or the paper that stands for it.
        IdNumber = "id_number",
        /// Old identity number.
        OldNumber = "old_number",
        /// Social-insurance number.
        Insurance = "insurance",
        /// The name, or a part of it: parts are joined in the order of their columns.
        Name = "name",
        /// Date of birth.
        Birth = "birth",
        /// Gender.
        Gender = "gender",
        /// Phone.
        Phone = "phone",
        /// House number, street, hamlet.
        Address = "address",
    }
}

text_enum! {
    /// What is wrong with a row.
    Fault {
        /// There is no name.
        NoName = "no_name",
        /// The name is longer than any.
        NameLong = "name_long",
        /// The name was typed for a font of another age (TCVN3, VNI) and says nothing without it.
        NameFont = "name_font",
        /// There is no date of birth.
        NoBirth = "no_birth",
        /// The date of birth is none, or can be read in more than one way.
        BirthWrong = "birth_wrong",
        /// The gender is none.
        GenderWrong = "gender_wrong",
        /// The number is none.
        NumberWrong = "number_wrong",
        /// The number lost digits on its way, and what they were is not certain.
        NumberLost = "number_lost",
        /// The number states another year of birth.
        NumberYear = "number_year",
        /// The number states another gender.
        NumberGender = "number_gender",
        /// The old number is none.
        OldNumberWrong = "old_number_wrong",
        /// The social-insurance number has not ten digits.
        InsuranceWrong = "insurance_wrong",
        /// The phone is none.
        PhoneWrong = "phone_wrong",
        /// There is neither a number nor a phone to tell people of one name apart.
        NoNumber = "no_number",
        /// The address is too long.
        AddressLong = "address_long",
        /// The name and the birth stand in the list under more than three numbers.
        ManyNumbers = "many_numbers",
    }
}

text_enum! {
    /// What becomes of a row.
    Outcome {
        /// Somebody new, to be registered.
        New = "new",
        /// Something is wrong with it.
        Faulty = "faulty",
        /// A row before it is likely the same person's.
        Repeated = "repeated",
        /// A record is likely the same person's: somebody must look.
        Likely = "likely",
        /// The person is registered already.
        Known = "known",
    }
}

/// A cell, as the file says it.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A number, as spreadsheets keep them: without the zeros in front.
    Number(f64),
    /// A day, counted as spreadsheets do.
    Serial(f64),
}

impl Value {
    /// As it is read by people.
    pub fn written(&self, since_1904: bool) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => line(text),
            Self::Number(number) => plain(*number).unwrap_or_else(|| number.to_string()),
            // As a year, so that it is mended as one, and not brought again as a day of 1905.
            Self::Serial(serial) if year_of_days(*serial) => serial.floor().to_string(),
            Self::Serial(serial) => {
                serial_day(*serial, since_1904).map_or_else(|| serial.to_string(), Day::written)
            }
        }
    }

    /// Whether there is nothing to read.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => line(text).is_empty(),
            Self::Number(_) | Self::Serial(_) => false,
        }
    }
}

/// How a file and its day are to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Whether its days are counted from 1904 on, as old Macintoshes did.
    pub since_1904: bool,
    /// Now: nobody is born later.
    pub now: Timestamp,
    /// The installation's zone.
    pub zone: Zone,
}

/// What a row says of a person, or everything that is wrong with it. `columns` says what each column is; a field that no
/// column says stays unknown.
pub fn read(
    columns: &[Option<Field>],
    row: &[Value],
    how: Reading,
) -> Result<HolderDetails, Vec<Fault>> {
    let mut faults = Vec::new();
    let cell = |wanted: Field| {
        let mut said = columns
            .iter()
            .zip(row)
            .filter(|(field, value)| **field == Some(wanted) && !value.is_blank());
        said.next().map(|(_, value)| value)
    };
    let name = name(columns, row, how)
        .map_err(|fault| faults.push(fault))
        .ok();
    let birth = match cell(Field::Birth) {
        None => Err(Fault::NoBirth),
        Some(value) => birth(value, how.since_1904)
            .filter(|birth| birth.plausible(how.now, how.zone))
            .ok_or(Fault::BirthWrong),
    };
    let birth = birth.map_err(|fault| faults.push(fault)).ok();
    let mut kept = |read: Result<String, Fault>| read.map_err(|fault| faults.push(fault)).ok();
    let written = |value: &Value| value.written(how.since_1904);
    let said = cell(Field::Gender).map(|value| gender(&written(value)).ok_or(Fault::GenderWrong));
    let gender = said.and_then(|said| said.map_or_else(|fault| kept(Err(fault)).and(None), Some));
    let said = |text: &String| !citizen::unsaid(text);
    let number = |wanted: Field| cell(wanted).map(written).filter(said);
    let id_number = number(Field::IdNumber).and_then(|text| kept(restore(&text, birth, gender)));
    let old_number = number(Field::OldNumber).and_then(|text| kept(numbers::old(&text)));
    let insurance = number(Field::Insurance)
        .and_then(|text| kept(insurance(&text).ok_or(Fault::InsuranceWrong)));
    let phone = number(Field::Phone).and_then(|text| kept(phone(&text).ok_or(Fault::PhoneWrong)));
    let address = cell(Field::Address).and_then(|value| {
        let address = written(value);
        let long = address.chars().count() > ADDRESS_MAX;
        kept(if long {
            Err(Fault::AddressLong)
        } else {
            Ok(address)
        })
    });
    let number = id_number.as_deref().unwrap_or_default();
    let clash = Contradiction::of(number, birth.map(|birth| birth.year), gender);
    faults.extend(clash.year.then_some(Fault::NumberYear));
    faults.extend(clash.gender.then_some(Fault::NumberGender));
    let numbered = id_number.is_some() || old_number.is_some() || insurance.is_some();
    if faults.is_empty() && !numbered && phone.is_none() {
        faults.push(Fault::NoNumber);
    }
    match name {
        Some(name) if faults.is_empty() => Ok(HolderDetails {
            gender: gender.or_else(|| citizen::gender(number)),
            id_number,
            old_number,
            insurance,
            birth,
            phone,
            address,
            ..HolderDetails::named(name, None)
        }),
        _ => Err(faults),
    }
}

/// One line for a person, always the same: what the sum over the people of an import is made of.
pub fn canonical(person: &HolderDetails) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    let gender = person.gender.map(|gender| gender.to_string());
    let fields = [
        or_none(&person.id_number),
        or_none(&person.old_number),
        or_none(&person.insurance),
        person.name.as_str().to_owned(),
        person
            .birth
            .map(|birth| birth.to_string())
            .unwrap_or_default(),
        or_none(&gender),
        or_none(&person.phone),
        or_none(&person.address),
    ];
    // No field holds a tab or an end of line: `holder::line` drops them.
    fields.join("\t") + "\n"
}

fn name(columns: &[Option<Field>], row: &[Value], how: Reading) -> Result<PersonName, Fault> {
    let parts = columns
        .iter()
        .zip(row)
        .filter(|(field, _)| **field == Some(Field::Name));
    let parts: Vec<String> = parts
        .map(|(_, value)| value.written(how.since_1904))
        .collect();
    let whole = line(&parts.join(" "));
    // In TCVN3 and VNI, letters stand where signs are: `NguyÔn V¨n Thö`.
    let signs = |c: char| matches!(c, '\u{a1}'..='\u{bf}' | '×' | '÷' | '\u{fffd}');
    if whole.contains(signs) || capital_inside(&whole) {
        return Err(Fault::NameFont);
    }
    PersonName::parse(&in_small(&whole)).map_err(|error| match error {
        NameError::Empty => Fault::NoName,
        NameError::TooLong => Fault::NameLong,
    })
}

/// Whether a capital with a mark, or a thorn, stands right after a small letter: no language writes so, and the fonts of another
/// age do (`TrÇn`, `HiÕu`, `NguyÔn`).
fn capital_inside(name: &str) -> bool {
    let mut pairs = name.chars().zip(name.chars().skip(1));
    let odd = |(before, c): (char, char)| {
        before.is_lowercase() && !c.is_ascii() && (c.is_uppercase() || c == 'þ')
    };
    pairs.any(odd)
}

/// A name as names are written: `NGUYỄN VĂN THỬ` as `Nguyễn Văn Thử`. One that has small letters stays as it is.
pub fn in_small(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut inside = false;
    let letters = name.chars().flat_map(|c| {
        let lower = inside;
        inside = c.is_alphanumeric();
        let one: Vec<char> = match lower {
            true => c.to_lowercase().collect(),
            false => vec![c],
        };
        one
    });
    letters.collect()
}

fn gender(text: &str) -> Option<Gender> {
    match crate::holder::fold(text).as_str() {
        "nam" | "trai" | "male" | "m" => Some(Gender::Male),
        "nu" | "gai" | "female" | "f" => Some(Gender::Female),
        "khac" | "other" => Some(Gender::Other),
        _ => None,
    }
}

/// A phone, whose first zero a spreadsheet may have dropped; of several the first.
fn phone(text: &str) -> Option<String> {
    let bare = |text: &str| text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let one = |text: &str| match text.trim() {
        text if bare(text) => Phone::parse(&format!("0{text}")),
        text => Phone::parse(text),
    };
    let first = || text.split([',', ';', '/']).next().and_then(one);
    one(text).or_else(first).map(|phone| phone.e164())
}

/// A date of birth in any way in which lists write it. Two figures for a year are none: they can be read in two ways.
fn birth(value: &Value, since_1904: bool) -> Option<Birth> {
    match value {
        Value::Empty => None,
        Value::Serial(serial) if year_of_days(*serial) => None,
        Value::Serial(serial) => Birth::typed(&serial_day(*serial, since_1904)?.written()),
        Value::Number(number) if (10_000.0..100_000.0).contains(number) => {
            Birth::typed(&serial_day(*number, since_1904)?.written())
        }
        Value::Number(number) => written_birth(&plain(*number)?),
        Value::Text(text) => written_birth(text).filter(|birth| !shown_year(*birth)),
    }
}

/// A year in a column of dates: the spreadsheet takes it for a day of 1905.
fn year_of_days(serial: f64) -> bool {
    (1880.0..2101.0).contains(&serial)
}

/// Whether a birth is a day of February to September 1905: as a spreadsheet shows a year in a column of dates, and
/// somebody may have copied.
fn shown_year(birth: Birth) -> bool {
    let ends = [1880.0, 2100.0].map(|serial| serial_day(serial, false).map(Day::written));
    let [first, last] = ends.map(|day| day.and_then(|day| Birth::typed(&day)));
    let day = birth.month_day.filter(|_| birth.year == 1905);
    let [first, last] = [first, last].map(|end| end.and_then(|end| end.month_day));
    day.is_some() && first <= day && day <= last
}

fn written_birth(text: &str) -> Option<Birth> {
    let folded = crate::holder::fold(text);
    let day = match folded.split_once('t') {
        // 1987-01-18T00:00:00
        Some((day, _)) if day.len() == 10 && Birth::from_iso(day).is_some() => day,
        _ => &folded,
    };
    let words = day.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !matches!(*word, "" | "ngay" | "thang" | "nam" | "sinh"));
    let parts: Vec<&str> = words.collect();
    let long = |part: &str| part.len() == 4;
    match parts.as_slice() {
        [one] if one.len() == 7 => Birth::typed(&format!("0{one}")),
        [one] if matches!(one.len(), 4 | 8) => Birth::typed(one),
        [month, year] if long(year) => month_of(year, month),
        [year, month] if long(year) => month_of(year, month),
        [year, month, day, time @ ..] if long(year) && zeros(time) => {
            Birth::typed(&format!("{year}-{month}-{day}"))
        }
        [day, month, year, time @ ..] if long(year) && zeros(time) => {
            Birth::typed(&format!("{day}/{month}/{year}"))
        }
        _ => None,
    }
}

/// Of a month the year is kept: a birth is a day or a year.
fn month_of(year: &str, month: &str) -> Option<Birth> {
    let month: u8 = month.parse().ok()?;
    (month <= 12).then(|| Birth::typed(year)).flatten()
}

fn zeros(time: &[&str]) -> bool {
    time.iter()
        .all(|part| part.bytes().all(|byte| byte == b'0'))
}

/// The day that a spreadsheet counts: from 31/12/1899 on, with a 29/02/1900 that never was, or from 1904 on.
fn serial_day(serial: f64, since_1904: bool) -> Option<Day> {
    if !(1.0..100_000.0).contains(&serial) {
        return None;
    }
    let days = serial.floor() as i32;
    match (since_1904, days) {
        (true, _) => Some(Day(days - 24_107)),
        (false, 60) => None,
        (false, 61..) => Some(Day(days - 25_569)),
        (false, _) => Some(Day(days - 25_568)),
    }
}

/// A whole number without an exponent.
fn plain(number: f64) -> Option<String> {
    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then(|| format!("{number:.0}"))
}

#[cfg(test)]
mod tests;
