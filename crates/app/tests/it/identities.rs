//! Identity papers at a gate: one person each, unproven, with nothing kept of the paper but its sealed number.

use crate::declared_for::declare;
use crate::landing::{scans, scans_at};
use crate::scanner::{card, referred};
use crate::support::scene::{Scene, VENUE};
use crate::support::{Answer, own};
use crate::without_code::{Gate, NAME, PHONE};
use axum::http::StatusCode;
use domain::scan::{Decision, Direction, Reason, Way};
use std::time::Duration;
use store::rates::Limit;

const NUMBER: &str = "046087004417";
const CCCD: &str = "046087004417||Nguyễn Văn Thử|18011987|Nam|1 đường Thử, Huế|01012022";
const NATIONAL: &str = "******004417|NGUYEN VAN THU|1987-**-**|0|163000000000000001|<1<<";

async fn show(gate: &Gate<'_>, fields: &[(&str, &str)]) -> Answer {
    gate.post("/identity", fields).await
}

/// Lets whoever was referred through.
async fn confirm(gate: &Gate<'_>, answer: &Answer) {
    let (scan, held) = referred(&answer.location());
    gate.scene.app.advance(Duration::from_secs(120));
    let path = gate.path.replace("without-code", "confirmations");
    let fields = [("scan", scan.as_str()), ("held", held.as_str())];
    let done = gate
        .scene
        .app
        .post_form(&path, &fields, &gate.who.cookie)
        .await;
    assert!(gate.led(&done).await.contains("Cho vào N.V.T"));
}

#[tokio::test]
async fn whoever_has_no_phone_is_referred_by_a_paper_and_is_one_person() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let page = gate.get(&gate.path).await;
    assert!(page.body.contains("/without-code/identity"));
    let page = gate.get(&format!("{}/identity", gate.path)).await;
    assert!(page.text().contains("Giấy tờ của người này"));
    let english = gate.get(&format!("{}/identity?lang=en", gate.path)).await;
    assert!(english.text().contains("This person's paper"));
    let read = show(&gate, &[("code", CCCD), ("companions", "1")]).await;
    let text = gate.led(&read).await;
    assert!(
        text.contains("Chờ kiểm tra N.V.T, 1987") && text.contains("CCCD ******004417"),
        "{text}"
    );
    assert!(text.contains("Chưa xác minh người mang mã"), "{text}");
    let page = gate.get(&read.location()).await.body;
    assert!(!page.contains(NUMBER) && !page.contains(NAME));
    assert!(!read.location().contains("004417"));
    let first = &scans(&scene).await[0];
    assert_eq!((first.way, first.decision), (Way::Typed, Decision::Refer));
    let reasons = [Reason::DeclarationMissing, Reason::UnverifiedIdentity];
    assert_eq!(first.reasons.iter().collect::<Vec<_>>(), reasons);
    confirm(&gate, &read).await;
    // The same paper again, by its digits and another spelling of the name: the same person goes out.
    scene.app.advance(Duration::from_secs(120));
    let bare = [("code", "046 087 004 417"), ("name", "nguyen van thu")];
    let out = show(&gate, &bare).await;
    assert!(gate.led(&out).await.contains("N.V.T, 1987"));
    let all = scans(&scene).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].direction, Direction::Out);
    assert!(all.iter().all(|line| line.holder == all[0].holder));
    // Another kind of paper is another person: nothing is joined by what papers claim.
    let other = show(&gate, &[("code", NATIONAL), ("direction", "in")]).await;
    let text = gate.led(&other).await;
    assert!(text.contains("Mã QR quốc gia ************000001"), "{text}");
    let all = scans(&scene).await;
    assert_ne!(all[0].holder, all[1].holder);
}

#[tokio::test]
async fn a_proven_holder_is_not_reached_by_a_number() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, true).await;
    let mut tx = scene.app.app.store.write().await.unwrap();
    let known = tx.own_details(&own(person)).await.unwrap().unwrap();
    let mut details = known.details.clone();
    details.id_number = Some(NUMBER.to_owned());
    tx.update_holder(&own(person), &details, &known.unit)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let step = gate.step(PHONE, "in", "send").await;
    let code = scene.app.code_sent(PHONE, 1).await;
    assert!(
        gate.led(&gate.read_out(&step, &code).await)
            .await
            .contains("Cho vào")
    );
    let read = show(&gate, &[("code", CCCD), ("direction", "in")]).await;
    assert!(gate.led(&read).await.contains("Chờ kiểm tra"));
    let all = scans(&scene).await;
    assert_ne!(all[0].holder, all[1].holder);
}

#[tokio::test]
async fn a_number_tells_one_venue_nothing_of_another() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let read = show(&gate, &[("code", CCCD), ("direction", "in")]).await;
    let (first, held) = referred(&read.location());
    scene.app.advance(Duration::from_secs(120));
    declare(&gate, &first, &held).await;
    // Anybody may register a venue, and type somebody's number with a name of their own making.
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    let made = scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let venue = made.location()["/venues/".len()..].parse().unwrap();
    let mut tx = scene.app.app.store.read().await.unwrap();
    let gates = tx.checkpoints(venue).await.unwrap();
    drop(tx);
    let mut other = Gate::new(&scene, &rival);
    other.path = format!("/checkpoints/{}/without-code", gates[0].id);
    let typed = [("code", NUMBER), ("name", "Kẻ Tò Mò"), ("direction", "in")];
    let seen = other.led(&show(&other, &typed).await).await;
    assert!(seen.contains("K.T.M, 1987"), "{seen}");
    assert!(seen.contains("Chưa có tờ khai"), "{seen}");
    assert!(
        !seen.contains("N.V.T") && !seen.contains("tên khác"),
        "{seen}"
    );
    // At the first venue nothing has changed, either.
    scene.app.advance(Duration::from_secs(120));
    let out = show(&gate, &[("code", CCCD), ("direction", "out")]).await;
    assert!(gate.led(&out).await.contains("N.V.T, 1987"));
    let here = scans(&scene).await;
    let there = scans_at(&scene.app, venue).await;
    assert!(there.iter().all(|line| line.holder != here[0].holder));
    assert!(there[0].reasons.has(Reason::UnverifiedIdentity));
}

#[tokio::test]
async fn a_squares_name_takes_the_place_of_one_that_was_typed() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let mut told = Vec::new();
    for fields in [
        [("code", NUMBER), ("name", "Kẻ Khác")],
        [("code", CCCD), ("name", "")],
        [("code", NUMBER), ("name", "nguyen van thu")],
        [("code", NUMBER), ("name", "Kẻ Khác")],
    ] {
        scene.app.advance(Duration::from_secs(120));
        let read = show(&gate, &fields).await;
        told.push(gate.led(&read).await);
    }
    let other_name = "Số này đã ghi với tên khác";
    let said = told.iter().map(|text| {
        let name = ["K.K, 1987", "N.V.T, 1987"].map(|name| text.contains(name));
        (name, text.contains(other_name))
    });
    let known = ([false, true], false);
    assert_eq!(
        said.collect::<Vec<_>>(),
        [([true, false], false), known, known, ([false, true], true),],
        "{told:?}"
    );
    let all = scans(&scene).await;
    assert!(all.iter().all(|line| line.holder == all[0].holder));
}

#[tokio::test]
async fn two_typed_names_of_one_number_are_told_and_the_first_one_stays() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let first = [("code", NUMBER), ("name", NAME), ("direction", "in")];
    let text = gate.led(&show(&gate, &first).await).await;
    assert!(!text.contains("tên khác"), "{text}");
    scene.app.advance(Duration::from_secs(120));
    let second = [("code", NUMBER), ("name", "Kẻ Khác"), ("direction", "in")];
    let read = show(&gate, &second).await;
    let text = gate.led(&read).await;
    assert!(text.contains("Số này đã ghi với tên khác"), "{text}");
    assert!(
        text.contains("N.V.T, 1987") && !text.contains(NAME),
        "{text}"
    );
    let english = gate.get(&format!("{}&lang=en", read.location())).await;
    assert!(english.text().contains("written down with another name"));
    let all = scans(&scene).await;
    assert_eq!(all[0].holder, all[1].holder);
}

#[tokio::test]
async fn papers_are_counted_by_gate_and_by_attendant() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let gate_id = scene.gates[0].id.to_string();
    let one = attendant.id.to_string();
    for (kind, key) in [("attendant identities", one), ("gate identities", gate_id)] {
        // An hour later there is room for one more, and then there is not.
        scene.app.advance(Duration::from_secs(3600));
        assert_eq!(
            show(&gate, &[("code", CCCD)]).await.status,
            StatusCode::SEE_OTHER
        );
        let limit = Limit {
            kind,
            most: 600,
            window: Duration::from_secs(3600),
        };
        let mut tx = scene.app.app.store.write().await.unwrap();
        for _ in 1..600 {
            assert!(tx.within(limit, &key, scene.app.now()).await.unwrap());
        }
        tx.commit().await.unwrap();
        let more = show(&gate, &[("code", CCCD)]).await;
        assert_eq!(more.status, StatusCode::TOO_MANY_REQUESTS, "{kind}");
    }
}

#[tokio::test]
async fn digits_alone_ask_for_the_name_whether_they_are_known_or_not() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let mut said = Vec::new();
    for known in [false, true] {
        if known {
            let read = show(&gate, &[("code", CCCD)]).await;
            assert_eq!(read.status, StatusCode::SEE_OTHER);
        }
        for code in [NUMBER, "046087004417||Nguye^~n Va(n Thu?||"] {
            for name in ["", " ", &"ễ".repeat(300)] {
                let asked = show(&gate, &[("code", code), ("name", name)]).await;
                assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
                assert!(asked.body.contains(&format!("value=\"{NUMBER}\"")));
                assert!(
                    !asked.body.contains("Nguye^"),
                    "no more of it than the digits"
                );
                said.push(asked.text());
            }
        }
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("Họ tên trên giấy tờ"), "{}", said[0]);
    assert_eq!(scans(&scene).await.len(), 1);
}

#[tokio::test]
async fn what_contradicts_itself_or_is_no_paper_is_not_recorded() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (_, ours) = card(&scene, 1, NAME, PHONE, true).await;
    let venue = format!("https://quet.example/v/{}", scene.gates[0].code);
    for (code, words) in [
        (CCCD.replace("18011987", "18011978"), "không khớp"),
        (CCCD.replace("|Nam|", "|Nữ|"), "không khớp"),
        // Damaged on the way, and still not its number's.
        (CCCD.replace("Thử|18011987", "Th?|18011978"), "không khớp"),
        (ours, "Đây là mã vào ra"),
        (venue, "Không đọc được giấy tờ"),
        (String::new(), "Không đọc được giấy tờ"),
        ("9".repeat(300), "Không đọc được giấy tờ"),
    ] {
        let answer = show(&gate, &[("code", &code), ("name", NAME)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        assert!(answer.text().contains(words), "{}", answer.text());
        assert!(!answer.body.contains("đường Thử"), "{code}");
    }
    let crowd = show(&gate, &[("code", CCCD), ("companions", "21")]).await;
    assert_eq!(crowd.status, StatusCode::UNPROCESSABLE_ENTITY);
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let foreign = show(&Gate::new(&scene, &rival), &[("code", CCCD)]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert!(scans(&scene).await.is_empty());
}

#[tokio::test]
async fn neither_the_number_nor_the_text_of_a_paper_stands_in_any_file() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let read = show(&gate, &[("code", CCCD)]).await;
    assert_eq!(read.status, StatusCode::SEE_OTHER);
    let mut folders = vec![scene.app.folder.path().to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            seen += bytes.len();
            for trace in [NUMBER, NAME, "1 đường Thử, Huế", "18011987"] {
                let found = bytes
                    .windows(trace.len())
                    .any(|part| part == trace.as_bytes());
                assert!(!found, "{trace} stands in {}", path.display());
            }
        }
    }
    assert!(seen > 10_000, "the database was read");
}
