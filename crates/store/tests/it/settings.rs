use crate::scene::path;
use crate::support::{now, on_both};
use domain::declaration::Validity;
use domain::ids::OfficerId;
use domain::role::{Actor, Authorized, ManageUnit, OfficerRole, UnitScope, authorize};
use domain::unit::UnitCode;
use std::time::Duration;
use store::new_id;

fn over(unit: &[&str]) -> Authorized<ManageUnit, UnitScope> {
    let nation = Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::nation(),
    };
    authorize(&nation, UnitScope { path: path(unit) }).unwrap()
}

on_both! {
    async fn a_demonstration_is_marked_for_good(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        assert!(!tx.is_demonstration().await.unwrap());
        tx.mark_demonstration().await.unwrap();
        tx.mark_demonstration().await.unwrap();
        let hue = UnitCode::parse("46").unwrap();
        tx.plant_office(&hue, "Sở Y tế Mẫu", "0500 999 999").await.unwrap();
        let held = tx.unit_settings(&path(&["VN", "46", "19753"])).await.unwrap();
        assert_eq!(held.controller.as_deref(), Some("Sở Y tế Mẫu"));
        let over = over(&["VN"]);
        tx.set_unit_setting(&over, "hotline", Some("0234 000 0000")).await.unwrap();
        tx.set_unit_setting(&over, "hotline", None).await.unwrap();
        assert!(tx.is_demonstration().await.unwrap());
    }
}

on_both! {
    async fn the_nearest_unit_that_set_it_decides(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let commune = ["VN", "46", "19753"];
        let day = Duration::from_secs(24 * 3600);
        assert_eq!(tx.unit_settings(&path(&commune)).await.unwrap().validity.general, day);
        tx.set_unit_setting(&over(&["VN"]), "declaration_hours", Some("72")).await.unwrap();
        tx.set_unit_setting(&over(&["VN", "46"]), "hotline", Some("0234 000 0000")).await.unwrap();
        tx.set_unit_setting(&over(&["VN", "01"]), "declaration_hours", Some("1")).await.unwrap();
        let held = tx.unit_settings(&path(&commune)).await.unwrap();
        assert_eq!(held.validity.general, 3 * day);
        assert_eq!(held.hotline.as_deref(), Some("0234 000 0000"));
        tx.set_unit_setting(&over(&commune), "declaration_hours", Some("48")).await.unwrap();
        assert_eq!(tx.unit_settings(&path(&commune)).await.unwrap().validity.general, 2 * day);

        // Each kind of declaration is set for itself.
        for (name, value) in [("travel_declaration_hours", "96"), ("entry_declaration_hours", "120"), ("entry_countries_days", "14")] {
            tx.set_unit_setting(&over(&["VN"]), name, Some(value)).await.unwrap();
        }
        let held = tx.unit_settings(&path(&commune)).await.unwrap();
        let validity = Validity { general: 2 * day, domestic_travel: 4 * day, entry: 5 * day };
        assert_eq!((held.validity, held.countries_days), (validity, 14));
        let nobody = tx.unit_settings(&path(&[])).await.unwrap();
        assert_eq!((nobody.validity, nobody.countries_days), (Validity::default(), 21));

        let own = tx.own_settings(&over(&commune)).await.unwrap();
        assert_eq!(own.len(), 1, "what units above have set is not its own");
        assert_eq!(own["declaration_hours"], "48");
        tx.set_unit_setting(&over(&commune), "declaration_hours", None).await.unwrap();
        assert!(tx.own_settings(&over(&commune)).await.unwrap().is_empty());
        assert_eq!(tx.unit_settings(&path(&commune)).await.unwrap().validity.general, 3 * day);
    }
}
