//! Made-up answers: most people have nothing to tell, some were elsewhere, a few are not well.

use domain::declaration::{Gender, GeneralDeclaration};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use store::planting::PlantedHolder;

const PASSED: &[&str] = &["Đà Nẵng", "Quảng Trị", "Hà Nội", "Thành phố Hồ Chí Minh"];
const SYMPTOMS: &[&str] = &[
    "Ho nhẹ từ hôm qua",
    "Sốt 38 độ từ sáng nay",
    "Đau họng hai ngày",
    "Mệt mỏi",
];

/// What the `n`th person of the town answers; `concern` asks for a yes that a gate asks about.
pub(super) fn answers(
    rng: &mut StdRng,
    n: usize,
    person: &PlantedHolder,
    concern: bool,
) -> GeneralDeclaration {
    let ill = concern && rng.random_bool(0.7);
    let met = concern && !ill;
    let mut text = |from: &[&'static str], wanted| {
        from.choose(rng).filter(|_| wanted).map(ToString::to_string)
    };
    let symptoms = text(SYMPTOMS, ill);
    let passed = text(PASSED, n % 13 == 7);
    let commune = person.unit.0.last();
    GeneralDeclaration {
        id_number: person.details.id_number.clone(),
        birth_year: person.details.birth_year().unwrap_or(1987),
        gender: person.details.gender.unwrap_or(Gender::Other),
        nation: "Việt Nam".to_owned(),
        commune: commune.map_or_else(String::new, ToString::to_string),
        address: format!("{} đường Thử Nghiệm", n % 300 + 1),
        email: None,
        passed,
        symptoms,
        met_case: met && n.is_multiple_of(5),
        met_traveller: false,
        met_symptoms: met && !n.is_multiple_of(5),
    }
}
