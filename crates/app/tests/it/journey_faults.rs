//! What is wrong with a declared journey or entry is said beside it, and nothing is lost.

use crate::declarations::{Form, faults, kept, post};
use crate::journeys::{entry, flight, person};
use crate::support::{TestApp, TestHolder};
use axum::http::StatusCode;

/// What is answered otherwise, the field where that is told, and some of the words.
type Case<'a> = (&'a [(&'static str, &'a str)], &'a str, &'a str);

/// Sends the form to the trip's step, to a later one and to the last, and expects this fault alone, beside its field.
async fn refused(app: &TestApp, who: &TestHolder, form: &Form, field: &str, words: &str) {
    for path in [
        "/declarations/trip",
        "/declarations/health",
        "/declarations",
    ] {
        let page = post(app, who, path, form).await;
        assert_eq!(
            page.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {words}"
        );
        assert_eq!(faults(&page), [field], "{words}: {}", page.text());
        assert!(page.text().contains(words), "{field}: {}", page.text());
        assert!(
            page.body.contains(&format!("id=\"{field}\"")),
            "{field} takes the focus"
        );
        assert!(
            page.body.contains("value=\"1 đường Thử, tổ 2\""),
            "nothing is lost"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_journey_is_said_beside_it() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let long = "ễ".repeat(10_000);
    let travel: [Case<'_>; 17] = [
        (&[("vehicle", "")], "vehicle", "Chưa chọn đi bằng gì"),
        (&[("vehicle", "tên lửa")], "vehicle", "Chưa chọn đi bằng gì"),
        (
            &[("flight_code", "1545")],
            "flight_code",
            "chuyến bay chưa đúng",
        ),
        (
            &[("flight_code", &long)],
            "flight_code",
            "chuyến bay chưa đúng",
        ),
        // A gate of another province, and one of another vehicle.
        (&[("start_gate", "SGN")], "start_gate", "không thuộc tỉnh"),
        (
            &[("start_gate", "ga-ha-noi")],
            "start_gate",
            "không hợp với cách đi",
        ),
        (
            &[("start_gate", "ck-lao-bao")],
            "start_gate",
            "không thuộc tỉnh",
        ),
        (
            &[("start_gate", "không có")],
            "start_gate",
            "Chưa chọn nơi đi hoặc nơi đến",
        ),
        (
            &[("end_gate", "")],
            "end_gate",
            "Chưa chọn nơi đi hoặc nơi đến",
        ),
        (
            &[("end_gate", "other")],
            "end_gate_text",
            "Chưa ghi tên nơi này",
        ),
        (
            &[("end_gate", "other"), ("end_gate_text", &long)],
            "end_gate_text",
            "dài quá 100",
        ),
        (
            &[("end_province", "01"), ("end_gate", "HAN")],
            "end_gate",
            "trùng nơi đi",
        ),
        (
            &[
                ("end_province", "19753"),
                ("end_gate", "other"),
                ("end_gate_text", "Bến Thử"),
            ],
            "end_province",
            "Chưa chọn tỉnh",
        ),
        (
            &[("start_date", "31/02/2026")],
            "start_date",
            "Ngày chưa đúng",
        ),
        (
            &[("start_date", "13/11/2026")],
            "start_date",
            "từ 14/11/2026 đến 28/11/2026",
        ),
        (
            &[("start_date", "29/11/2026")],
            "start_date",
            "từ 14/11/2026 đến 28/11/2026",
        ),
        (&[("passing", &long)], "passing", "Dài quá 300 ký tự"),
    ];
    for (change, field, words) in travel {
        let mut form = flight();
        form.extend(
            change
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        refused(&app, &who, &form, field, words).await;
    }
    let personal = [
        ("vehicle", "personal"),
        ("start_gate", "other"),
        ("start_gate_text", "Nhà"),
        ("end_gate", ""),
        ("end_gate_text", "Chợ Bến Thử"),
    ];
    for plate in ["", "xe máy", "75/A"] {
        let mut form = flight();
        form.extend(personal.map(|(name, value)| (name, value.to_owned())));
        form.insert("vehicle_code", plate.to_owned());
        refused(&app, &who, &form, "vehicle_code", "Biển số chưa đúng").await;
    }
    assert!(kept(&app, &who).await.0.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_an_entry_is_said_beside_it() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let long = "ễ".repeat(10_000);
    let cases: [Case<'_>; 11] = [
        (&[("border_gate", "")], "border_gate", "Chưa chọn cửa khẩu"),
        (
            &[("border_gate", "VDH")],
            "border_gate",
            "Chưa chọn cửa khẩu",
        ),
        (
            &[("border_gate", "other")],
            "border_gate_text",
            "Chưa ghi tên nơi này",
        ),
        (&[("vehicle_code", "")], "vehicle_code", "Chưa có số hiệu"),
        (&[("seat", &long)], "seat", "Dài quá 40 ký tự"),
        (&[("country", "")], "country", "Chưa ghi nước"),
        (&[("country", &long)], "country", "dài quá 100"),
        // Out of order, too long on the way, and too far from today.
        (
            &[("start_date", "22/11/2026")],
            "start_date",
            "trước hoặc trùng ngày nhập cảnh",
        ),
        (
            &[("start_date", "21/10/2026")],
            "start_date",
            "không quá 30 ngày",
        ),
        (
            &[("entry_date", "30/11/2026")],
            "entry_date",
            "Ngày quá xa hôm nay",
        ),
        (&[("stays", "  ")], "stays", "Chưa ghi nơi ở"),
    ];
    for (change, field, words) in cases {
        let mut form = entry();
        form.extend(
            change
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        refused(&app, &who, &form, field, words).await;
    }
    for kind in ["ENTRY", "nhập cảnh", "entry "] {
        let mut form = entry();
        form.insert("kind", kind.to_owned());
        for path in ["/declarations/new", "/declarations/trip", "/declarations"] {
            let page = post(&app, &who, path, &form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
            assert_eq!(faults(&page), ["kind"], "{kind}");
            assert!(
                page.body.contains("name=\"country\" value=\"Lào\""),
                "nothing is lost"
            );
        }
    }
    assert!(kept(&app, &who).await.0.is_empty());
    let mut english = entry();
    english.insert("country", String::new());
    let page = post(&app, &who, "/declarations/trip?lang=en", &english).await;
    assert!(
        page.text().contains("Enter the country you leave from"),
        "{}",
        page.text()
    );
}
