use crate::support::{now, on_both};
use domain::time::{Day, Zone};
use domain::unit::{Unit, UnitCode};

fn unit(code: &str, name: &str, parent: Option<&str>) -> Unit {
    Unit {
        code: UnitCode::parse(code).unwrap(),
        name: name.to_owned(),
        parent: parent.and_then(UnitCode::parse),
        valid_from: Day::parse("2025-07-01").unwrap(),
        valid_until: None,
    }
}

on_both! {
    async fn the_tree_is_kept_and_read_back(fresh: Fresh) {
        let ended = Unit { valid_until: Day::parse("2026-01-01"), ..unit("00001", "Xã Cũ", Some("46")) };
        let all = [
            unit("VN", "Việt Nam", None),
            unit("46", "Thành phố Huế", Some("VN")),
            unit("19753", "Phường Thuận Hóa", Some("46")),
            ended,
        ];
        let mut tx = fresh.store.write().await.unwrap();
        tx.add_units(&all).await.unwrap();
        tx.add_units(&all).await.unwrap();
        tx.commit().await.unwrap();
        let units = fresh.store.read().await.unwrap().units(Zone::VIETNAM.day(now())).await.unwrap();
        assert_eq!(units.len(), 3);
        let commune = UnitCode::parse("19753").unwrap();
        assert_eq!(units.full_name(&commune), "Phường Thuận Hóa, Thành phố Huế");
        let path = units.path(&commune).unwrap();
        assert_eq!(path.0.iter().map(UnitCode::as_str).collect::<Vec<_>>(), ["VN", "46", "19753"]);
        assert_eq!(units.children(&UnitCode::parse("46").unwrap()).len(), 1);
    }
}
