//! The owner's board: counts, the list, its files and the entries they leave.

use crate::landing::scans;
use crate::support::own;
use crate::support::scene::{Scene, VENUE, but};
use axum::http::StatusCode;
use domain::ids::{HolderId, VenueId};
use domain::role::{Actor, authorize};
use std::time::Duration;
use store::audit::Subject;
use store::sessions::SessionOf;

/// Two people came in by the poster, one left.
async fn busy() -> (Scene, HolderId) {
    let scene = Scene::new().await;
    let url = format!("/v/{}", scene.gates[0].code);
    let first = scene.app.holder("Nguyễn Văn Thử", "0905 000 417").await;
    let second = scene.app.holder("Trần Thị Mẫu", "0905 000 419").await;
    let companions = [("direction", "in"), ("companions", "3")];
    scene.app.post_form(&url, &companions, &first.cookie).await;
    scene
        .app
        .post_form(&url, &[("direction", "in")], &second.cookie)
        .await;
    scene.app.advance(Duration::from_secs(300));
    scene
        .app
        .post_form(&url, &[("direction", "out")], &second.cookie)
        .await;
    assert_eq!(scans(&scene).await.len(), 3);
    (scene, first.id)
}

async fn entries_about(scene: &Scene, holder: HolderId) -> Vec<String> {
    let mut tx = scene.app.app.store.read().await.unwrap();
    let day = tx.zone().day(scene.app.now());
    let lines = tx.audit_about(&own(holder), &[day]).await.unwrap();
    lines.into_iter().map(|line| line.detail).collect()
}

#[tokio::test]
async fn the_board_counts_and_names_by_initials_only() {
    let (scene, person) = busy().await;
    assert!(entries_about(&scene, person).await.is_empty());
    let board = scene.get("").await;
    let text = board.text();
    assert!(
        text.contains("Đang ở trong 4 gồm 3 người đi cùng"),
        "{text}"
    );
    assert!(
        text.contains("VÀO hôm nay 2") && text.contains("RA hôm nay 1"),
        "{text}"
    );
    assert!(text.contains("N.V.T") && text.contains("T.T.M"), "{text}");
    assert!(!board.body.contains("Nguyễn Văn Thử") && !board.body.contains("0905"));
    assert!(
        text.contains("Cổng 1 quét vừa xong") && text.contains("Cổng 2 hôm nay chưa quét"),
        "{text}"
    );
    // Nobody stood at the poster, so nobody is waited for.
    assert!(
        text.contains("Tự quét, chưa kiểm tra") && text.contains("Đã báo kiểm tra hôm nay 0"),
        "{text}"
    );
    let upside_down = "/scans?from=2026-11-21T09:00&until=2026-11-21T08:00";
    let text = scene.get(upside_down).await.text();
    assert!(text.contains("Giờ bắt đầu sau giờ kết thúc"), "{text}");
    assert_eq!(entries_about(&scene, person).await.len(), 1);
    let counts = scene.get("/counts").await.json();
    assert_eq!(counts["counts"]["inside"], 4);
    assert_eq!(
        (&counts["counts"]["entries"], &counts["counts"]["exits"]),
        (&2.into(), &1.into())
    );
    assert_eq!(entries_about(&scene, person).await.len(), 1);
}

#[tokio::test]
async fn the_list_is_searched() {
    let (scene, person) = busy().await;
    let lines = async |query: &str| {
        let answer = scene.get(&format!("/scans{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        answer.body.matches("<tr><td><time>").count()
    };
    assert_eq!(lines("").await, 3);
    assert_eq!(lines("?direction=out").await, 1);
    assert_eq!(lines("?way=card").await, 0);
    assert_eq!(lines("?decision=refer&direction=in").await, 2);
    assert_eq!(
        lines("?from=2026-11-21T07:45&until=2026-11-21T07:47").await,
        1
    );
    assert_eq!(
        lines("?from=2026-11-20T00:00&until=2026-11-20T23:59").await,
        0
    );
    assert_eq!(
        lines("?from=0001-01-01T00:00&until=9999-12-31T23:59").await,
        3
    );
    assert_eq!(lines("?from=x&until=%00&direction=up&before=z").await, 3);
    let newest = scans(&scene).await[0].id;
    assert_eq!(lines(&format!("?before={newest}")).await, 2);
    let page = scene.get("/scans").await.text();
    assert!(
        page.contains("Tệp tải về có chữ đầu họ tên và năm sinh, và không tự xóa."),
        "{page}"
    );
    assert!(!entries_about(&scene, person).await.is_empty());
}

#[tokio::test]
async fn files_carry_count_checksum_and_no_formula() {
    let (scene, person) = busy().await;
    scene
        .app
        .post_form(
            &format!("/checkpoints/{}", scene.gates[0].id),
            &[("name", "=HYPERLINK(1)")],
            &scene.owner.cookie,
        )
        .await;
    let csv = scene.get("/scans.csv").await;
    assert_eq!(csv.header("x-row-count"), "3");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&csv.bytes);
    assert_eq!(
        csv.header("x-content-sha256"),
        data_encoding::HEXLOWER.encode(&digest)
    );
    assert!(
        csv.body.contains(",'=HYPERLINK(1)") && !csv.body.contains(",=HYPERLINK"),
        "{}",
        csv.body
    );
    assert!(csv.body.contains("N.V.T") && !csv.body.contains("Nguyễn"));
    assert_eq!(
        entries_about(&scene, person).await,
        [format!("export {}", scene.venue)]
    );
    let xlsx = scene.get("/scans.xlsx?direction=out").await;
    assert_eq!(xlsx.header("x-row-count"), "1");
    assert!(xlsx.bytes.starts_with(b"PK") && xlsx.header("content-disposition").contains(".xlsx"));
}

#[tokio::test]
async fn entries_list_visitors_of_the_day_and_nobody_by_id() {
    let (scene, person) = busy().await;
    scene.get("").await;
    let mut tx = scene.app.app.store.write().await.unwrap();
    let day = tx.zone().day(scene.app.now());
    let key = tx.keys().existing(day).unwrap().unwrap();
    let pseudonym = key.pseudonym(person);
    assert!(matches!(
        Subject::Visitor(day, pseudonym),
        Subject::Visitor(..)
    ));
    // With the day's key gone, nothing leads from the person to the entry.
    assert_eq!(tx.audit_about(&own(person), &[day]).await.unwrap().len(), 1);
    assert!(tx.audit_about(&own(person), &[]).await.unwrap().is_empty());
    let scope = tx.venue_scope(scene.venue).await.unwrap().unwrap();
    assert!(authorize::<domain::role::ReadVenueBoard, _>(&Actor::Holder(person), scope).is_err());
}

#[tokio::test]
async fn newer_is_one_page_newer() {
    let scene = Scene::new().await;
    let url = format!("/v/{}", scene.gates[0].code);
    let visitor = scene.app.holder("Nguyễn Văn Thử", "0905 000 417").await;
    for n in 0..130 {
        let direction = if n % 2 == 0 { "in" } else { "out" };
        let tap = [("direction", direction)];
        scene.app.post_form(&url, &tap, &visitor.cookie).await;
        scene.app.advance(Duration::from_secs(61));
    }
    let open = async |path: &str| {
        let page = scene.app.get(path, &scene.owner.cookie).await.body;
        let link = |rel: &str| {
            let tag = page.split(&format!("\" rel=\"{rel}\"")).next().unwrap();
            let found = page.contains(&format!("rel=\"{rel}\""));
            let href = tag.rsplit("href=\"").next().unwrap().replace("&#38;", "&");
            if found { href } else { String::new() }
        };
        let times: Vec<String> = page
            .split("<tr><td><time>")
            .skip(1)
            .map(|part| part.split('<').next().unwrap().to_owned())
            .collect();
        (times, link("prev"), link("next"))
    };
    let (first, newer, older) = open(&format!("/venues/{}/scans", scene.venue)).await;
    assert_eq!(newer, "");
    let (second, _, older) = open(&older).await;
    let (third, newer, end) = open(&older).await;
    assert_eq!(
        (first.len() + second.len() + third.len(), end.as_str()),
        (130, "")
    );
    let (back, newer, _) = open(&newer).await;
    assert_eq!(back, second);
    let (back, newer, _) = open(&newer).await;
    assert_eq!((back, newer.as_str()), (first, ""));
}

#[tokio::test]
async fn a_bound_is_said_and_kept() {
    let (scene, _) = busy().await;
    let bound = async |most: &str, full: &str| {
        let form = [
            ("name", "Chợ Bến Thử"),
            ("kind", "market"),
            ("province", "46"),
            ("commune", "19753"),
            ("address", "1 đường Thử"),
            ("expected", "300"),
            ("capacity", most),
            ("full", full),
            ("hours", "always"),
        ];
        scene.post("/details", &form).await
    };
    let level = async || scene.get("/counts").await.json()["fullness"].clone();
    assert_eq!(level().await, "room");
    for (most, full, expected) in [
        ("4", "warn", "full"),
        ("5", "warn", "room"),
        ("", "refuse", "room"),
    ] {
        assert_eq!(
            bound(most, full).await.status,
            StatusCode::SEE_OTHER,
            "{most}"
        );
        assert_eq!(level().await, expected, "{most}");
    }
    for wrong in ["0", "-4", "bốn", "4000000000"] {
        let answer = bound(wrong, "refuse").await;
        assert!(
            answer.text().contains("Số người chưa đúng"),
            "{}",
            answer.text()
        );
        assert!(answer.body.contains(wrong), "nothing typed is lost");
    }
    bound("4", "refuse").await;
    let board = scene.get("").await.text();
    assert!(
        board.contains("Đã đủ người. Tối đa 4 người cùng lúc."),
        "{board}"
    );
    let third = scene.app.holder("Lê Thị Ví Dụ", "0905 000 421").await;
    let url = format!("/v/{}", scene.gates[0].code);
    scene
        .app
        .post_form(&url, &[("direction", "in")], &third.cookie)
        .await;
    let board = scene.get("").await.text();
    assert!(board.contains("Đã đủ người bên trong"), "{board}");
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 4);
}

#[tokio::test]
async fn the_board_says_what_does_not_fit_together() {
    let (scene, _) = busy().await;
    let text = scene.get("").await.text();
    assert!(!text.contains("Lượt cần xem lại"), "{text}");
    let url = format!("/v/{}", scene.gates[0].code);
    let again = scene.app.holder("Lê Thị Ví Dụ", "0905 000 421").await;
    for _ in 0..2 {
        scene
            .app
            .post_form(&url, &[("direction", "in")], &again.cookie)
            .await;
        scene.app.advance(Duration::from_secs(300));
    }
    let text = scene.get("").await.text();
    assert!(text.contains("Lượt cần xem lại trong 12 giờ qua"), "{text}");
    assert!(text.contains("vào lại khi chưa ra"), "{text}");
}

#[tokio::test]
async fn an_odd_reading_says_whose_it_is_and_leads_to_all_of_them() {
    let (scene, person) = busy().await;
    let url = format!("/v/{}", scene.gates[0].code);
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    let again = [("direction", "in")];
    scene.app.post_form(&url, &again, &cookie).await;
    let board = scene.get("").await;
    let text = board.text();
    assert!(
        text.contains("N.V.T vào lại khi chưa ra (lần trước 07:4"),
        "{text}"
    );
    assert_eq!(entries_about(&scene, person).await.len(), 1);
    let link = format!("/venues/{}/scans?about=", scene.venue);
    let id = board
        .body
        .split(&link)
        .nth(1)
        .unwrap()
        .split('#')
        .next()
        .unwrap();
    let list = scene.get(&format!("/scans?about={id}")).await;
    let text = list.text();
    assert!(
        text.contains("Chỉ các lượt của một người") && text.contains("2 lượt"),
        "{text}"
    );
    assert_eq!(text.matches("N.V.T").count(), 2, "{text}");
    assert!(!text.contains("T.T.M"), "{text}");
    let file = scene.get(&format!("/scans.csv?about={id}")).await;
    assert_eq!(file.headers["x-row-count"], "2");
    // Whose scan it is says nothing at another venue, nor to whoever stands at the gate.
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    let made = scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let theirs = format!("{}/scans?about={id}", made.location());
    let theirs = scene.app.get(&theirs, &rival.cookie).await.text();
    assert!(
        theirs.contains("0 lượt") && !theirs.contains("N.V.T"),
        "{theirs}"
    );
    let fields = [("person", "Phạm Thị Mẫu"), ("phone", "0905 000 420")];
    scene.post("/attendants", &fields).await;
    let scanner = format!("/checkpoints/{}/scanner", scene.gates[0].id);
    let scanner = scene.app.get(&scanner, &rival.cookie).await;
    assert_eq!(scanner.status, StatusCode::OK);
    for page in ["", "/scans?about="] {
        let path = format!("/venues/{}{page}", scene.venue);
        let answer = scene.app.get(&path, &rival.cookie).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{page}");
    }
}

#[tokio::test]
async fn somebody_read_elsewhere_is_marked_without_where_or_when() {
    let (scene, person) = busy().await;
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    let elsewhere = but("commune", "19774");
    let made = scene
        .app
        .post_form("/venues/new", &elsewhere, &rival.cookie)
        .await;
    let other: VenueId = made.location()["/venues/".len()..].parse().unwrap();
    let mut tx = scene.app.app.store.read().await.unwrap();
    let theirs = tx.checkpoints(other).await.unwrap().remove(0);
    drop(tx);
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    let there = format!("/v/{}", theirs.code);
    let entry = [("direction", "in")];
    // The reading there is four minutes after the one here.
    scene.app.advance(Duration::from_secs(600));
    let out = [("direction", "out")];
    let here = format!("/v/{}", scene.gates[0].code);
    scene.app.post_form(&here, &out, &cookie).await;
    let before = scene
        .app
        .app
        .zone()
        .civil(scene.app.now())
        .strftime("%H:%M")
        .to_string();
    scene.app.advance(Duration::from_secs(240));
    let told = scene.app.post_form(&there, &entry, &cookie).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.text());
    let after = scene
        .app
        .app
        .zone()
        .civil(scene.app.now())
        .strftime("%H:%M")
        .to_string();
    let text = scene.get("").await.text();
    let said = format!("{before} N.V.T cùng mã này được quét ở xã, phường khác");
    let odd = text.split("Lượt cần xem lại").nth(1).unwrap();
    assert!(odd.contains(&said) && !odd.contains(&after), "{odd}");
}

#[tokio::test]
async fn what_is_odd_is_shown_for_twelve_hours_after_midnight_too() {
    let (scene, person) = busy().await;
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    let here = format!("/v/{}", scene.gates[0].code);
    let zone = scene.app.app.zone();
    // Six in the evening, before it closes.
    let day = zone.start(zone.day(scene.app.now()));
    let evening = day.plus(Duration::from_secs(18 * 3600));
    let left = evening.since(scene.app.now()) / 1000;
    scene.app.advance(Duration::from_secs(left as u64));
    for _ in 0..2 {
        scene.app.advance(Duration::from_secs(300));
        scene
            .app
            .post_form(&here, &[("direction", "in")], &cookie)
            .await;
    }
    for (minutes, shown) in [(0, true), (6 * 60, true), (6 * 60 + 5, false)] {
        scene.app.advance(Duration::from_secs(minutes * 60));
        let board = scene.get("").await;
        let said = board.text().contains("vào lại khi chưa ra");
        assert_eq!(said, shown, "{minutes}: {}", board.text());
        if shown {
            let link = board.body.split("/scans?about=").nth(1).unwrap();
            let link = link.split("#scans").next().unwrap();
            let link = link.replace("&#38;", "&");
            let list = scene.get(&format!("/scans?about={link}")).await.text();
            assert!(
                list.contains("18:05:00") && list.contains("18:10:00"),
                "{list}"
            );
        }
    }
}
