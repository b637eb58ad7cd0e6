//! Numbers of papers out of lists: with the zeros that spreadsheets drop, where it is certain which.

use super::Fault;
use crate::birth::Birth;
use crate::citizen::{self, Contradiction};
use crate::declaration::Gender;

/// Provinces' codes in citizen numbers: 001 to 096 (Thông tư 59/2021/TT-BCA).
const PROVINCES: std::ops::RangeInclusive<u16> = 1..=96;

/// The number of a paper as it stood on it. Zeros that a spreadsheet dropped are put back where one number alone fits: a
/// citizen number of a province, whose year and sex go with what is known beside it. Eleven figures are no other paper's;
/// ten may be an insurance number, eight an old identity number or a passport, so those need the birth to agree or are
/// refused.
pub fn restore(text: &str, birth: Option<Birth>, sex: Option<Gender>) -> Result<String, Fault> {
    if rounded(text) {
        return Err(Fault::NumberLost);
    }
    let number = citizen::id_number(text).ok_or(Fault::NumberWrong)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(number);
    }
    match number.len() {
        9 | 12 => Ok(number),
        10 | 11 => {
            let whole = format!("{number:0>12}");
            let province = whole.get(..3).and_then(|code| code.parse().ok());
            let known = province.is_some_and(|code: u16| PROVINCES.contains(&code));
            let year = birth.map(|birth| birth.year);
            let agrees = year.is_some() && !Contradiction::of(&whole, year, sex).any();
            (known && agrees).then_some(whole).ok_or(Fault::NumberLost)
        }
        0..9 => Err(Fault::NumberLost),
        _ => Err(Fault::NumberWrong),
    }
}

/// An old identity number: nine figures, of which the first may be a zero that was dropped; or twelve.
pub(super) fn old(text: &str) -> Result<String, Fault> {
    if rounded(text) {
        return Err(Fault::NumberLost);
    }
    let number = citizen::id_number(text).ok_or(Fault::OldNumberWrong)?;
    let figures = number.bytes().all(|byte| byte.is_ascii_digit());
    match (figures, number.len()) {
        (true, 8) => Ok(format!("0{number}")),
        (true, 9 | 12) => Ok(number),
        (true, 10 | 11) => Err(Fault::NumberLost),
        _ => Err(Fault::OldNumberWrong),
    }
}

/// A social-insurance number: ten figures, of which the first may be a zero that was dropped, or the end of the number of
/// a health-insurance card (two letters and thirteen figures).
pub fn insurance(text: &str) -> Option<String> {
    let number = citizen::id_number(text)?;
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match number.len() {
        10 if figures(&number) => Some(number),
        9 if figures(&number) => Some(format!("0{number}")),
        15 if figures(&number[2..]) && !figures(&number[..2]) => Some(number[5..].to_owned()),
        _ => None,
    }
}

/// `4.60870E+10`: a number of which a spreadsheet wrote the beginning alone.
fn rounded(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    text.split_once("E+").is_some_and(|(start, end)| {
        let figures = |text: &str| {
            text.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b','))
        };
        !start.is_empty() && !end.is_empty() && figures(start) && figures(end)
    })
}
