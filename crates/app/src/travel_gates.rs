//! Where journeys begin and end: airports, stations, ports and border gates, carried in the binary. Where they come from, and
//! what their columns mean: `data/travel-gates/README.md`.

use domain::journey::Vehicle;
use serde::Deserialize;
use std::sync::LazyLock;

const GATES: &str = include_str!("../data/travel-gates/gates.csv");

/// What a form says in place of a gate's code when the gate is not in the list and is typed.
pub const OTHER: &str = "other";

/// One gate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Gate {
    /// Names it in forms.
    pub code: String,
    /// By what people come there: a vehicle's word, or `road`.
    pub way: String,
    /// Code of the province.
    #[serde(rename = "province_code")]
    pub province: String,
    /// As people call it.
    pub name: String,
    #[serde(rename = "border")]
    crosses: String,
}

impl Gate {
    /// Whether journeys by that vehicle in that province begin and end there.
    pub fn serves(&self, vehicle: Vehicle, province: &str) -> bool {
        self.way == vehicle.as_str() && self.province == province
    }

    /// Whether people enter the country there.
    pub fn is_border(&self) -> bool {
        self.crosses == "yes"
    }
}

/// All of them, as they are listed.
pub fn all() -> &'static [Gate] {
    static ALL: LazyLock<Vec<Gate>> = LazyLock::new(|| {
        // A test counts the rows: none is lost here.
        csv::Reader::from_reader(GATES.as_bytes())
            .into_deserialize()
            .filter_map(Result::ok)
            .collect()
    });
    &ALL
}

/// The gate of a code.
pub fn gate(code: &str) -> Option<&'static Gate> {
    all().iter().find(|gate| gate.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_gate_has_a_code_of_its_own_and_lies_in_a_province() {
        let rows = GATES.lines().skip(1).filter(|line| !line.is_empty());
        assert_eq!(all().len(), rows.count());
        let units = crate::admin_units::all();
        let provinces: HashSet<_> = units
            .iter()
            .map(|unit| unit.code.as_str())
            .filter(|code| code.len() == 2)
            .collect();
        let mut codes = HashSet::from([OTHER]);
        for gate in all() {
            assert!(codes.insert(&gate.code), "{gate:?} twice");
            assert!(provinces.contains(gate.province.as_str()), "{gate:?}");
            assert_eq!(gate.name, domain::holder::line(&gate.name), "{gate:?}");
            assert!(["yes", "no"].contains(&gate.crosses.as_str()), "{gate:?}");
            let way = Vehicle::parse(&gate.way).filter(|way| *way != Vehicle::Personal);
            assert!(way.is_some() || gate.way == "road", "{gate:?}");
            assert!(gate.way != "road" || gate.is_border(), "{gate:?}");
            let iata = gate.code.len() == 3 && gate.code.bytes().all(|c| c.is_ascii_uppercase());
            assert_eq!(iata, gate.way == "airplane", "{gate:?}");
        }
    }

    #[test]
    fn every_province_can_be_left_by_coach() {
        let units = crate::admin_units::all();
        let provinces = units.iter().filter(|unit| unit.code.as_str().len() == 2);
        for province in provinces.filter(|unit| unit.parent.is_some()) {
            let mut here = all().iter();
            assert!(
                here.any(|gate| gate.serves(Vehicle::Coach, province.code.as_str())),
                "{}",
                province.name
            );
        }
    }
}
