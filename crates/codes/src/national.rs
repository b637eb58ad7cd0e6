//! The national personal code of 2021 (decision 1405/QĐ-BTTTT): it identifies, unsigned.

use crate::person::{Sex, clean, optional};
use domain::birth::Birth;

/// What the code says. Its signature field was never in use and is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct National {
    /// The identity paper's number; its first six characters are asterisks when masked.
    pub document: String,
    /// Whether the number or the birth date is masked.
    pub masked: bool,
    /// The name, upper case and without diacritics.
    pub name: String,
    /// The birth date; only the year when masked.
    pub birth: Option<Birth>,
    /// Whether another person made the code for the holder.
    pub on_behalf: bool,
    /// The id that the national platform gave.
    pub qid: String,
    /// The platform's id of the person who made the code, when made on behalf.
    pub declarant: Option<String>,
    /// The sex, when stated.
    pub sex: Option<Sex>,
    /// The health-insurance number, when given.
    pub insurance: Option<String>,
    /// The telephone number, when given.
    pub phone: Option<String>,
}

/// Parses `SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT`.
pub fn parse(text: &str) -> Option<National> {
    let mut parts = text.split('|');
    let mut next = || parts.next();
    let (document, name, birth) = (next()?, next()?, next()?);
    let (kind, qid, extra) = (next()?, next()?, next()?);
    let plain = next().is_none() && birth.len() == 10 && (extra.is_empty() || extra.contains('<'));
    let on_behalf = ["0", "1"].iter().position(|&known| known == kind)? == 1;
    if !plain || document.is_empty() || name.is_empty() || qid.is_empty() {
        return None;
    }
    let mut extras = extra
        .split('<')
        .map(optional)
        .chain(std::iter::repeat(None));
    let mut extra = || extras.next().flatten();
    Some(National {
        document: clean(document),
        masked: document.contains('*') || birth.contains('*'),
        name: clean(name),
        birth: Birth::from_iso(birth),
        on_behalf,
        qid: clean(qid),
        declarant: extra(),
        sex: extra().and_then(|sex| match sex.as_str() {
            "1" => Some(Sex::Male),
            "2" => Some(Sex::Female),
            _ => None,
        }),
        insurance: extra(),
        phone: extra(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read() {
        let code = parse("046190000124|TRAN THI MAU|1990-09-02|1|163000000000000002|163000000000000001<2<BH1<0900000000<SIG<new").unwrap();
        assert_eq!(code.document, "046190000124");
        assert_eq!(code.name, "TRAN THI MAU");
        assert_eq!(code.birth, Birth::from_iso("1990-09-02"));
        assert!(code.on_behalf && !code.masked);
        assert_eq!(code.qid, "163000000000000002");
        assert_eq!(code.declarant.as_deref(), Some("163000000000000001"));
        assert_eq!(code.sex, Some(Sex::Female));
        assert_eq!(code.insurance.as_deref(), Some("BH1"));
        assert_eq!(code.phone.as_deref(), Some("0900000000"));
    }

    #[test]
    fn a_masked_code_keeps_its_year() {
        let code =
            parse("******000123|NGUYEN VAN THU|1990-**-**|0|163000000000000001|<1<<").unwrap();
        assert!(code.masked && !code.on_behalf);
        assert_eq!(
            code.birth.map(|birth| birth.to_string()),
            Some("1990".to_owned())
        );
        assert_eq!((code.declarant, code.sex), (None, Some(Sex::Male)));
        assert_eq!((code.insurance, code.phone), (None, None));
    }

    #[test]
    fn other_texts_are_not_national_codes() {
        for other in [
            "046090000123|A|1990-01-01|2|163|<1<<",
            "046090000123|A|1990-01-01|0|163",
            "046090000123|A|1990-01-01|0|163|<1|more",
            "046090000123|A|1990-01-01|0|163|no angle",
            "046090000123|A|01011990|0|163|<1<<",
            "|A|1990-01-01|0|163|<1<<",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
