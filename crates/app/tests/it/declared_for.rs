//! A declaration that an attendant writes down for somebody at the gate.

use crate::desk::{HERE, changed, clerk_of, issue_at};
use crate::landing::scans;
use crate::phone_keys::shown;
use crate::scanner::{card, one, referred, scan};
use crate::support::scene::{Scene, VENUE};
use crate::support::{Answer, own};
use crate::without_code::{Gate, NAME, PHONE};
use axum::http::StatusCode;
use domain::birth::Birth;
use domain::declaration::Gender;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, HolderId};
use domain::scan::Decision;
use serde_json::Value;
use std::time::Duration;
use store::Store;
use store::declarations::Declared;
use store::sessions::SessionOf;

const QUESTIONS: [&str; 5] = [
    "symptoms",
    "met_case",
    "met_traveller",
    "met_symptoms",
    "passed",
];

/// The whole form, as the last step sends it.
fn said<'a>(scan: &'a str, held: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("scan", scan),
        ("held", held),
        ("name", "Kẻ Khác"),
        ("birth_year", "1950"),
        ("gender", "female"),
        ("nation", "Việt Nam"),
        ("province", "46"),
        ("commune", "19753"),
        ("address", "1 đường Thử, tổ 2"),
        ("action", "next"),
    ];
    all.extend(QUESTIONS.map(|question| (question, "no")));
    all
}

async fn post(gate: &Gate<'_>, step: &str, fields: &[(&str, &str)]) -> Answer {
    let path = gate.path.replace("without-code", "declaration");
    gate.scene
        .app
        .post_form(&format!("{path}{step}"), fields, &gate.who.cookie)
        .await
}

/// Somebody by phone, or by paper, who was referred: the answer, its scan and what it holds.
pub(crate) async fn stopped(gate: &Gate<'_>, phone: &str) -> (Answer, String, String) {
    let step = gate.step(phone, "in", "send").await;
    let code = gate.scene.app.code_sent(phone, 1).await;
    let answer = gate.read_out(&step, &code).await;
    let (scan, held) = referred(&answer.location());
    (answer, scan, held)
}

/// Declares nothing but "no", with consent.
pub(crate) async fn declare(gate: &Gate<'_>, scan: &str, held: &str) -> Answer {
    let mut agreed = said(scan, held);
    agreed.push(("consent", "yes"));
    post(gate, "/consent", &agreed).await
}

async fn declared(scene: &Scene, holder: HolderId) -> Vec<Declared> {
    let mut tx = scene.app.app.store.read().await.unwrap();
    tx.own_declarations(&own(holder), 10).await.unwrap()
}

#[tokio::test]
async fn an_attendant_declares_for_somebody_who_is_then_let_in() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let (answer, scan, held) = stopped(&gate, PHONE).await;
    let page = gate.get(&answer.location()).await;
    assert!(page.text().contains("Khai giúp người này"));
    let first = format!("/declaration?scan={scan}&held={held}");
    let page = gate.get(&gate.path.replace("/without-code", &first)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("N.V.T") && !page.body.contains(" checked"));
    assert!(!page.body.contains(NAME) && !page.body.contains("0905"));
    assert!(
        page.body.contains("value=\"46\" selected"),
        "the province of the place: {}",
        page.body
    );
    assert!(
        !page.body.contains("class=\"tabs\""),
        "the attendant's own pages"
    );
    let bare = [("scan", scan.as_str()), ("held", held.as_str())];
    let mend = post(&gate, "", &bare).await;
    assert_eq!(mend.status, StatusCode::UNPROCESSABLE_ENTITY);
    let all = said(&scan, &held);
    let page = post(&gate, "", &all[..10]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("Bước 2 trong 3") && !page.body.contains(" checked"));
    let page = post(&gate, "/health", &all).await;
    let text = page.text();
    assert!(
        text.contains("Đã đọc cho người này nghe và người này đồng ý"),
        "{text}"
    );
    assert!(text.contains("N.V.T") && !text.contains("Kẻ Khác") && !text.contains(NAME));
    let unread = post(&gate, "/consent", &all).await;
    assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unread.text().contains("Chưa có sự đồng ý"));
    assert!(declared(&scene, person).await.is_empty());
    let mut agreed = all.clone();
    agreed.push(("consent", "yes"));
    scene.app.advance(Duration::from_secs(300));
    for click in 0..2 {
        let done = post(&gate, "/consent", &agreed).await;
        let text = gate.led(&done).await;
        assert!(text.contains("Cho vào N.V.T"), "{click}: {text}");
    }
    let kept = declared(&scene, person).await;
    assert_eq!(kept.len(), 1, "sent twice, it is one");
    assert!(kept[0].by_another && kept[0].at_venue == Some(scene.venue));
    let mut tx = scene.app.app.store.read().await.unwrap();
    let details = tx.own_details(&own(person)).await.unwrap().unwrap();
    assert_eq!(details.details.name.as_str(), NAME, "what was known stays");
    assert_eq!(
        details.details.birth_year(),
        Some(1950),
        "what was not is added"
    );
    drop(tx);
    // The person sees who wrote it down, and who acted.
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    let list = scene.app.get("/declarations", &cookie).await.text();
    assert!(list.contains("Người trực ở Chợ Bến Thử ghi giúp"), "{list}");
    let access = scene.app.get("/visits/access", &cookie).await.text();
    assert!(
        access.contains("Giúp bạn tại cổng: không có mã, hoặc khai hộ"),
        "{access}"
    );
    assert_eq!(scans(&scene).await[0].companions, 2);
}

#[tokio::test]
async fn what_the_person_changed_meanwhile_stays() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let (_, scan, held) = stopped(&gate, PHONE).await;
    // The page reads; before it writes, the person has written.
    let mut tx = scene.app.app.store.write().await.unwrap();
    let changing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let known = tx.own_details(&own(person)).await.unwrap().unwrap();
        let mut details = known.details;
        details.name = PersonName::parse("Nguyễn Văn Mẫu").unwrap();
        details.birth = Some(Birth::in_year(1987));
        tx.update_holder(&own(person), &details, &known.unit)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(declare(&gate, &scan, &held), changing);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(declared(&scene, person).await.len(), 1);
    let mut tx = scene.app.app.store.read().await.unwrap();
    let known = tx.own_details(&own(person)).await.unwrap().unwrap();
    let details = known.details;
    assert_eq!(details.name.as_str(), "Nguyễn Văn Mẫu");
    assert_eq!(details.birth_year(), Some(1987));
    assert!(details.gender.is_some(), "what nobody had said is added");
}

#[tokio::test]
async fn nothing_is_declared_for_somebody_who_was_erased_meanwhile() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let (_, scan, held) = stopped(&gate, PHONE).await;
    let mut tx = scene.app.app.store.write().await.unwrap();
    let erasing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Store::forget_holder(&mut tx, person).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(declare(&gate, &scan, &held), erasing);
    // Sent again, it is told at once.
    for answer in [done, declare(&gate, &scan, &held).await] {
        assert_eq!(answer.status, StatusCode::GONE);
        let text = answer.text();
        assert!(text.contains("Không còn thông tin của người này"), "{text}");
    }
    assert!(declared(&scene, person).await.is_empty());
    assert_eq!(scans(&scene).await.len(), 1);
}

#[tokio::test]
async fn whoever_shows_a_paper_is_still_looked_at_after_declaring() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let paper = [
        ("code", "046050004417"),
        ("name", NAME),
        ("direction", "in"),
    ];
    let read = gate.post("/identity", &paper).await;
    let (scan, held) = referred(&read.location());
    scene.app.advance(Duration::from_secs(120));
    let done = declare(&gate, &scan, &held).await;
    let text = gate.led(&done).await;
    assert!(text.contains("Chưa xác minh người mang mã"), "{text}");
    assert!(
        !text.contains("Chưa có tờ khai") && !text.contains("Khai giúp người này"),
        "{text}"
    );
    assert_eq!(scans(&scene).await[0].decision, Decision::Refer);
}

#[tokio::test]
async fn what_a_paper_said_is_not_asked_again() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let paper = [
        ("code", "046050004417"),
        ("name", NAME),
        ("direction", "in"),
    ];
    let read = gate.post("/identity", &paper).await;
    let (scan, held) = referred(&read.location());
    let first = format!("/declaration?scan={scan}&held={held}");
    let page = gate.get(&gate.path.replace("/without-code", &first)).await;
    assert!(page.text().contains("N.V.T, 1950"), "{}", page.text());
    for known in ["birth_year", "gender", "id_number"] {
        let field = format!("name=\"{known}\"");
        assert!(!page.body.contains(&field), "{known}: {}", page.body);
    }
    // Another year and sex than the paper's, as from an older page: neither is shown nor kept.
    let mut all = said(&scan, &held);
    all.retain(|(field, _)| *field != "birth_year");
    all.extend([("birth_year", "1999"), ("id_number", "079199004418")]);
    let page = post(&gate, "/health", &all).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let text = page.text();
    assert!(text.contains("Năm sinh 1950"), "{text}");
    assert!(text.contains("Giới tính Đã có, giữ nguyên"), "{text}");
    assert!(text.contains("hộ chiếu Đã có, giữ nguyên"), "{text}");
    for hidden in ["1999", "004417", "004418", NAME] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    all.push(("consent", "yes"));
    let done = post(&gate, "/consent", &all).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let mut tx = scene.app.app.store.read().await.unwrap();
    let scanned = scans(&scene).await[0].holder.unwrap();
    let today = scene.app.app.zone().day(scene.app.now());
    let key = scene.app.app.store.keys().existing(today).unwrap().unwrap();
    let person = key.holder(scanned);
    let details = tx.own_details(&own(person)).await.unwrap().unwrap().details;
    let answers = tx.own_last_answers(&own(person)).await.unwrap();
    let answers = answers.unwrap().general;
    for (year, gender, number) in [
        (details.birth_year(), details.gender, details.id_number),
        (
            Some(answers.birth_year),
            Some(answers.gender),
            answers.id_number,
        ),
    ] {
        assert_eq!((year, gender), (Some(1950), Some(Gender::Male)));
        assert_eq!(number.as_deref(), Some("046050004417"));
    }
}

#[tokio::test]
async fn nobody_declares_for_whom_they_were_not_just_shown() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let (_, scan, held) = stopped(&gate, PHONE).await;
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let send = async |gate: &Gate<'_>, scan: &str, held: &str| {
        let mut agreed = said(scan, held);
        agreed.push(("consent", "yes"));
        let mut statuses = Vec::new();
        for step in ["", "/health", "/consent"] {
            statuses.push(post(gate, step, &agreed).await.status);
        }
        statuses.dedup();
        statuses
    };
    let foreign = Gate::new(&scene, &rival);
    assert_eq!(send(&foreign, &scan, &held).await, [StatusCode::NOT_FOUND]);
    // A card's number was typed: whose it is was not shown otherwise.
    let number = CardId([1; 10]).serial();
    let typed = [("code", number.as_str()), ("direction", "in")];
    let path = gate.path.replace("without-code", "typed");
    let answer = scene.app.post_form(&path, &typed, &attendant.cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let words = gate.led(&answer).await;
    assert!(!words.contains("Khai giúp người này"), "{words}");
    let (by_card, of_card) = referred(&answer.location());
    for (scan, held) in [
        ("", ""),
        (scan.as_str(), ""),
        ("x", held.as_str()),
        (&by_card, &of_card),
        (&by_card, &held),
    ] {
        assert_eq!(
            send(&gate, scan, held).await,
            [StatusCode::CONFLICT],
            "{scan}"
        );
    }
    scene.app.advance(Duration::from_secs(1800));
    assert_eq!(send(&gate, &scan, &held).await, [StatusCode::CONFLICT]);
    assert!(declared(&scene, person).await.is_empty());
}

#[tokio::test]
async fn an_attendant_declares_for_whoever_brings_a_card_and_no_phone() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, code) = card(&scene, 1, NAME, PHONE, false).await;
    let read = async |code: &str, direction| {
        let line = scan(&scene, code, direction, None);
        one(&scene, &attendant, &line).await
    };
    assert_eq!(read("rác", "in").await["declare"], Value::Null);
    let told = read(&code, "in").await;
    assert_eq!(told["decision"], "refer");
    let link = told["declare"].as_str().unwrap().to_owned();
    let page = gate.get(&link).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("N.V.T") && !page.body.contains(NAME));
    let (id, held) = referred(&link);
    let done = declare(&gate, &id, &held).await;
    let text = gate.led(&done).await;
    assert!(text.contains("Cho vào N.V.T"), "{text}");
    assert_eq!(declared(&scene, person).await.len(), 1);
    // Who has declared is asked nothing.
    scene.app.advance(Duration::from_secs(120));
    assert_eq!(read(&code, "in").await["declare"], Value::Null);
}

#[tokio::test]
async fn a_fast_clock_writes_over_nothing() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, code) = card(&scene, 1, NAME, PHONE, false).await;
    let mut line = scan(&scene, &code, "in", None);
    let ahead = scene.app.now().plus(Duration::from_secs(240));
    line["id"] = store::new_id(ahead).to_string().into();
    let told = one(&scene, &attendant, &line).await;
    let (id, held) = referred(told["declare"].as_str().unwrap());
    // The bearer answers on another phone, and not as the attendant would.
    scene.app.advance(Duration::from_secs(60));
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    let ill: Vec<_> = said("", "")
        .into_iter()
        .map(|(field, said)| match field {
            "symptoms" => (field, "yes"),
            "name" => (field, NAME),
            _ => (field, said),
        })
        .chain([("symptoms_text", "sốt"), ("consent", "yes")])
        .collect();
    let own = scene.app.post_form("/declarations", &ill, &cookie).await;
    assert_eq!(own.location(), "/code?done=declared", "{}", own.text());
    scene.app.advance(Duration::from_secs(60));
    let done = declare(&gate, &id, &held).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let kept = declared(&scene, person).await;
    assert_eq!(kept.len(), 1, "the attendant's answers are not kept");
    assert!(!kept[0].by_another);
}

#[tokio::test]
async fn nobody_declares_for_whom_a_scan_that_waited_was_of() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 1, NAME, PHONE, false).await;
    let [early, late] = [0, 1].map(|_| scan(&scene, &code, "in", None));
    scene.app.advance(Duration::from_secs(1799));
    let told = one(&scene, &attendant, &early).await;
    assert!(told["declare"].is_string(), "{told}");
    scene.app.advance(Duration::from_secs(1));
    let told = one(&scene, &attendant, &late).await;
    assert_eq!(told["decision"], "refer");
    assert_eq!(told["declare"], Value::Null);
}

#[tokio::test]
async fn what_is_known_and_not_asked_for_stays() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let known = async || {
        let mut tx = scene.app.app.store.read().await.unwrap();
        tx.own_details(&own(person)).await.unwrap().unwrap()
    };
    let before = known().await;
    let details = HolderDetails {
        old_number: Some("191234417".to_owned()),
        insurance: Some("4620123456".to_owned()),
        address: Some("12 đường Mẫu".to_owned()),
        birth: Birth::typed("18/01/1950"),
        ..before.details
    };
    let mut tx = scene.app.app.store.write().await.unwrap();
    tx.update_holder(&own(person), &details, &before.unit)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, scan, held) = stopped(&gate, PHONE).await;
    declare(&gate, &scan, &held).await;
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    for by_oneself in [false, true] {
        if by_oneself {
            let mut all = said("", "");
            all.retain(|(field, _)| *field != "name");
            all.extend([("name", NAME), ("consent", "yes")]);
            let sent = scene.app.post_form("/declarations", &all, &cookie).await;
            assert_eq!(sent.location(), "/code?done=declared");
        }
        let after = known().await.details;
        let gender = Some(Gender::Female);
        let expected = HolderDetails {
            gender,
            ..details.clone()
        };
        assert_eq!(after, expected, "{by_oneself}");
    }
    assert_eq!(declared(&scene, person).await.len(), 2);
}

#[tokio::test]
async fn whoever_showed_a_phone_is_let_in_after_its_code_has_changed() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let cookie = scene.app.session(SessionOf::Holder(person)).await;
    let code = shown(&scene.app, &cookie).await;
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    let (id, held) = referred(told["declare"].as_str().unwrap());
    scene.app.advance(Duration::from_secs(300));
    let done = declare(&gate, &id, &held).await;
    let text = gate.led(&done).await;
    assert!(text.contains("Cho vào N.V.T"), "{text}");
    let visits = scene.app.get("/visits", &cookie).await.text();
    assert!(
        visits.contains("Mức tin cậy cao"),
        "the phone's own code: {visits}"
    );
}

#[tokio::test]
async fn an_attendant_adds_nothing_to_what_an_office_has_looked_at() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let clerk = clerk_of(&scene.app, HERE).await;
    // A person without papers.
    let none = [("id_number", "")];
    let card = issue_at(&scene.app, &clerk, &changed(&none), "issued").await;
    let card = CardId::parse(&card).unwrap();
    let code = scene.app.app.signer.code(card).await.unwrap();
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    let (id, held) = referred(told["declare"].as_str().unwrap());
    let mut all = said(&id, &held);
    all.extend([("id_number", "046087004417"), ("consent", "yes")]);
    let done = post(&gate, "/consent", &all).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let mut tx = scene.app.app.store.read().await.unwrap();
    let holder = tx.card_scope(card).await.unwrap().unwrap().holder;
    let known = tx.own_details(&own(holder)).await.unwrap().unwrap().details;
    assert_eq!(known.id_number, None);
    assert_eq!(tx.own_declarations(&own(holder), 9).await.unwrap().len(), 1);
}
