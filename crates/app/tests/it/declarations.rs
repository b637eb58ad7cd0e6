use crate::desk::{HERE, changed, clerk_of, issue_at};
use crate::family::added;
use crate::support::{Answer, TestApp, TestHolder, own};
use axum::http::StatusCode;
use domain::declaration::{Declaration, DeclarationState};
use domain::ids::CardId;
use domain::role::{Actor, HolderScope, UseOwnData, authorize};
use domain::unit::UnitPath;
use std::collections::BTreeMap;
use std::time::Duration;
use store::declarations::Declared;
use store::sessions::SessionOf;

pub(crate) type Form = BTreeMap<&'static str, String>;

fn person() -> Form {
    form(&[
        ("name", "Nguyễn Văn Thử"),
        ("birth_year", "1987"),
        ("id_number", "046 087 004 417"),
        ("gender", "female"),
        ("nation", "Việt Nam"),
        ("province", "46"),
        ("commune", "19753"),
        ("address", "1 đường Thử, tổ 2"),
        ("action", "next"),
    ])
}

fn healthy() -> Form {
    let mut all = person();
    for question in [
        "symptoms",
        "met_case",
        "met_traveller",
        "met_symptoms",
        "passed",
    ] {
        all.insert(question, "no".to_owned());
    }
    all
}

pub(crate) fn agreed() -> Form {
    let mut all = healthy();
    all.insert("consent", "yes".to_owned());
    all
}

fn form(pairs: &[(&'static str, &str)]) -> Form {
    pairs
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

pub(crate) async fn post(app: &TestApp, who: &TestHolder, path: &str, form: &Form) -> Answer {
    let fields: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    app.post_form(path, &fields, &who.cookie).await
}

pub(crate) async fn kept(app: &TestApp, who: &TestHolder) -> (Vec<Declared>, Option<Declaration>) {
    let scope = HolderScope {
        holder: who.id,
        unit: UnitPath(Vec::new()),
    };
    let own = authorize::<UseOwnData, _>(&Actor::Holder(who.id), scope).unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    (
        tx.own_declarations(&own, 100).await.unwrap(),
        tx.own_last_answers(&own).await.unwrap(),
    )
}

#[tokio::test]
async fn three_steps_keep_a_declaration_for_a_day() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let page = app.get("/declarations/new", &who.cookie).await;
    assert!(page.body.contains("value=\"Nguyễn Văn Thử\"") && page.text().contains("0905 000 101"));
    assert!(
        !page.body.contains(" checked"),
        "nothing is chosen beforehand"
    );
    let page = post(&app, &who, "/declarations/new", &person()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Bước 2 trong 3") && !page.body.contains(" checked"));
    let page = post(&app, &who, "/declarations/health", &healthy()).await;
    let text = page.text();
    assert!(
        text.contains("Bước 3 trong 3") && text.contains("Phường Thuận Hóa, Thành phố Huế"),
        "{text}"
    );
    assert!(
        text.contains("tự xóa sau 30 ngày")
            && text.contains("sau 21 ngày")
            && text.contains("24 giờ")
    );
    assert!(
        !page.body.contains(" checked"),
        "consent is not ticked for anybody"
    );
    assert!(kept(&app, &who).await.0.is_empty());
    let answer = post(&app, &who, "/declarations", &agreed()).await;
    assert_eq!(
        (answer.status, answer.location().as_str()),
        (StatusCode::SEE_OTHER, "/code?done=declared")
    );
    let (declared, answers) = kept(&app, &who).await;
    let statements = [declared[0].statement];
    assert_eq!(
        DeclarationState::at(app.now(), &statements),
        DeclarationState::Clear
    );
    assert_eq!(answers.unwrap().general.commune, "19753");
    let page = app.get("/code?done=declared", &who.cookie).await;
    assert!(
        page.text().contains("đến 07:42, 22/11/2026"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Sinh 1987") && page.text().contains("******004417"));
    app.advance(Duration::from_secs(86_400));
    let page = app.get("/code", &who.cookie).await;
    assert!(
        page.text()
            .contains("Tờ khai đã hết hạn từ 07:42, 22/11/2026"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn nobody_sends_hundreds_of_declarations_a_day() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let mut statuses = Vec::new();
    for _ in 0..101 {
        statuses.push(post(&app, &who, "/declarations", &agreed()).await.status);
    }
    assert_eq!(statuses.pop(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert!(statuses.iter().all(|one| *one == StatusCode::SEE_OTHER));
    assert_eq!(kept(&app, &who).await.0.len(), 100);
    app.advance(Duration::from_secs(86_400));
    let next = post(&app, &who, "/declarations", &agreed()).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn naming_another_commune_makes_a_known_persons_answers_last_no_longer() {
    let app = TestApp::new().await;
    for (unit, hours) in [(HERE, "12"), ("19774", "168")] {
        let clerk = clerk_of(&app, unit).await;
        app.post_form("/office/settings", &[("hours", hours)], &clerk)
            .await;
    }
    // Signed in by a number of which nobody but the person knows anything: what is typed counts.
    // Registered at the office of the first commune: only that counts, for the family as for oneself.
    let unknown = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let clerk = clerk_of(&app, HERE).await;
    let card = issue_at(&app, &clerk, &changed(&[]), "issued").await;
    let mut tx = app.app.store.read().await.unwrap();
    let card = CardId::parse(&card).unwrap();
    let holder = tx.card_scope(card).await.unwrap().unwrap().holder;
    drop(tx);
    let known = app.session(SessionOf::Holder(holder)).await;
    let member = added(&app, &known).await;
    let of_member = (format!("{member}/declaration"), "/consent");
    for (cookie, path, stays) in [
        (&unknown.cookie, "/declarations/new", false),
        (&known, "/declarations/new", true),
        (&known, of_member.0.as_str(), true),
    ] {
        let first = app.get(path, cookie).await.text();
        let said = first.to_lowercase().contains("không sửa ở đây");
        assert_eq!(said, stays, "{first}");
    }
    for (cookie, (path, last), hours) in [
        (unknown.cookie, ("/declarations".to_owned(), ""), 168),
        (known.clone(), ("/declarations".to_owned(), ""), 12),
        (known.clone(), of_member, 12),
    ] {
        let mut far = agreed();
        far.insert("commune", "19774".to_owned());
        // Nobody else's number beside a year that is known.
        far.remove("id_number");
        let fields: Vec<_> = far
            .iter()
            .map(|(name, said)| (*name, said.as_str()))
            .collect();
        let review = app
            .post_form(&format!("{path}/health"), &fields, &cookie)
            .await;
        let says = format!("{hours} giờ");
        assert!(review.text().contains(&says), "{path}: {}", review.text());
        let sent = app
            .post_form(&format!("{path}{last}"), &fields, &cookie)
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        let shown = match last {
            "" => "/code".to_owned(),
            _ => member.clone(),
        };
        let until = match hours {
            12 => "19:42, 21/11/2026",
            _ => "07:42, 28/11/2026",
        };
        let page = app.get(&shown, &cookie).await.text();
        assert!(page.contains(until), "{path}: {page}");
    }
}

#[tokio::test]
async fn what_an_office_has_looked_at_is_shown_and_not_asked() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let card = issue_at(&app, &clerk, &changed(&[]), "issued").await;
    let mut tx = app.app.store.read().await.unwrap();
    let card = CardId::parse(&card).unwrap();
    let holder = tx.card_scope(card).await.unwrap().unwrap().holder;
    let known = tx.own_details(&own(holder)).await.unwrap().unwrap().details;
    drop(tx);
    let cookie = app.session(SessionOf::Holder(holder)).await;
    let first = app.get("/declarations/new", &cookie).await;
    let year = known.birth_year().unwrap().to_string();
    let shown = format!("{}, {year}", known.name.as_str());
    assert!(first.text().contains(&shown), "{}", first.text());
    assert!(first.body.contains("href=\"/requests/correction\""));
    let number = known.id_number.clone().unwrap();
    assert!(!first.body.contains(&number));
    for asked in ["name", "birth_year", "gender", "id_number"] {
        let field = format!("name=\"{asked}\"");
        assert!(!first.body.contains(&field), "{asked}: {}", first.body);
    }
    // As from an older page: nothing of it is shown or kept.
    let mut old = agreed();
    old.insert("name", "Kẻ Khác".to_owned());
    old.insert("birth_year", "1950".to_owned());
    old.insert("gender", "other".to_owned());
    old.insert("id_number", "046050004418".to_owned());
    let fields: Vec<_> = old
        .iter()
        .map(|(name, said)| (*name, said.as_str()))
        .collect();
    let review = app
        .post_form("/declarations/health", &fields, &cookie)
        .await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text());
    for typed in ["Kẻ Khác", "1950", "046050004418"] {
        assert!(!review.body.contains(typed), "{typed}");
    }
    assert!(review.text().contains(known.name.as_str()));
    let sent = app.post_form("/declarations", &fields, &cookie).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let mut tx = app.app.store.read().await.unwrap();
    let said = tx.own_last_answers(&own(holder)).await.unwrap().unwrap();
    assert_eq!(Some(said.general.birth_year), known.birth_year());
    assert_eq!(said.general.id_number, known.id_number);
    let now = tx.own_details(&own(holder)).await.unwrap().unwrap();
    assert_eq!(now.details, known);
}

#[tokio::test]
async fn a_newer_declaration_takes_the_place_and_the_older_stays_until_its_day() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    post(&app, &who, "/declarations", &agreed()).await;
    app.advance(Duration::from_secs(3600));
    let page = app.get("/declarations/new", &who.cookie).await;
    assert!(
        page.body.contains("value=\"1 đường Thử, tổ 2\"")
            && page.body.contains("value=\"046087004417\"")
    );
    let mut again = agreed();
    again.insert("symptoms", "yes".to_owned());
    again.insert("symptoms_text", "Ho khan từ ngày 19/11/2026".to_owned());
    post(&app, &who, "/declarations", &again).await;
    let (declared, _) = kept(&app, &who).await;
    let statements = [declared[0].statement, declared[1].statement];
    assert_eq!(
        DeclarationState::at(app.now(), &statements),
        DeclarationState::Concern
    );
    let code = app.get("/code", &who.cookie).await.body;
    let said = code.find("có điều cần hỏi thêm");
    assert!(
        said.is_some() && said < code.find("<code-panel"),
        "what gates ask is first: {code}"
    );
    let page = app.get("/declarations", &who.cookie).await.text();
    assert!(
        page.contains("Đã có tờ mới hơn") && page.contains("Tự xóa ngày 22/12/2026"),
        "{page}"
    );
}

#[tokio::test]
async fn every_question_must_be_answered_and_no_answer_is_lost() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let mut half = healthy();
    half.remove("met_case");
    half.insert("symptoms", "yes".to_owned());
    half.insert("passed_text", "Đà Nẵng".to_owned());
    half.insert("passed", "yes".to_owned());
    for path in ["/declarations/health", "/declarations"] {
        let page = post(&app, &who, path, &half).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = page.text();
        assert!(
            text.contains("Chưa trả lời câu 2. Chọn Không hoặc Có để tiếp tục."),
            "{text}"
        );
        assert!(
            text.contains("Chưa ghi dấu hiệu") && text.contains("Có 2 chỗ cần sửa"),
            "{text}"
        );
        assert!(
            page.body.contains("value=\"Đà Nẵng\"")
                && page.body.contains("value=\"1 đường Thử, tổ 2\"")
        );
    }
    let page = post(&app, &who, "/declarations", &healthy()).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Chưa đồng ý"));
    assert!(kept(&app, &who).await.0.is_empty());
}

#[tokio::test]
async fn details_are_checked_one_by_one() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let long = "ễ".repeat(300);
    let wrong = [
        ("birth_year", "1986", "không khớp năm sinh"),
        ("birth_year", "2027", "Năm sinh chưa đúng"),
        ("birth_year", "87", "Năm sinh chưa đúng"),
        ("id_number", "12345", "Số giấy tờ chưa đúng"),
        ("gender", "", "Chưa chọn giới tính"),
        ("gender", "robot", "Chưa chọn giới tính"),
        ("province", "", "Chưa chọn tỉnh"),
        ("commune", "00004", "Chưa chọn xã"),
        ("commune", "46", "Chưa chọn xã"),
        ("address", "", "Chưa có địa chỉ"),
        ("address", &long, "Chưa có địa chỉ"),
        ("email", "thử", "Thư điện tử chưa đúng"),
        ("name", &long, "dài quá 120 ký tự"),
        ("nation", "", "Chưa nhập quốc tịch"),
    ];
    for (field, value, words) in wrong {
        let mut form = agreed();
        form.insert(field, value.to_owned());
        for path in ["/declarations/new", "/declarations/health", "/declarations"] {
            let page = post(&app, &who, path, &form).await;
            assert_eq!(
                page.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{field}={value}"
            );
            assert!(
                page.text().contains(words),
                "{field}={value}: {}",
                page.text()
            );
        }
    }
    for (field, value) in [
        ("birth_year", "18/01/1987"),
        ("id_number", ""),
        ("id_number", "b1234567"),
        ("email", "thu@example.com"),
    ] {
        let mut form = person();
        form.insert(field, value.to_owned());
        assert_eq!(
            post(&app, &who, "/declarations/new", &form).await.status,
            StatusCode::OK,
            "{field}={value}"
        );
    }
}

#[tokio::test]
async fn the_communes_of_a_province_need_no_script() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let asked = form(&[
        ("province", "46"),
        ("address", "1 đường Thử"),
        ("action", "communes"),
    ]);
    let page = post(&app, &who, "/declarations/new", &asked).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(">Phường Phú Xuân<") && !page.body.contains(">Phường Ba Đình<"));
    assert!(page.body.contains("value=\"1 đường Thử\"") && !page.text().contains("chỗ cần sửa"));
}

/// The fields that the summary of errors leads to, in order.
pub(crate) fn faults(page: &Answer) -> Vec<String> {
    let summary = page.body.split("class=\"summary\"").nth(1).unwrap();
    let summary = summary.split("</div>").next().unwrap();
    let links = summary.split("href=\"#").skip(1);
    links
        .filter_map(|rest| rest.split('"').next())
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test]
async fn the_summary_follows_the_form_and_leads_to_what_takes_the_focus() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let nothing = form(&[("action", "next")]);
    let mut half = person();
    half.insert("symptoms", "yes".to_owned());
    half.insert("passed", "yes".to_owned());
    for (path, sent) in [
        ("/declarations/new", nothing),
        ("/declarations/health", half),
    ] {
        let page = post(&app, &who, path, &sent).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = faults(&page);
        assert!(told.len() > 3, "{told:?}");
        let form = page.body.split("</h1>").nth(1).unwrap();
        let place = |field: &String| form.find(&format!("id=\"{field}\"")).unwrap();
        let places: Vec<usize> = told.iter().map(place).collect();
        assert!(places.is_sorted(), "{told:?}");
        for (field, at) in told.iter().zip(places) {
            let tag = &form[..at][form[..at].rfind('<').unwrap()..];
            let focusable = ["<input", "<select"]
                .iter()
                .any(|kind| tag.starts_with(kind));
            assert!(focusable, "{field}: {tag}");
        }
    }
}

#[tokio::test]
async fn each_step_speaks_both_languages_and_keeps_its_answers() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let pages = [
        (
            app.get("/declarations/new", &who.cookie).await,
            "Step 1 of 3",
        ),
        (
            post(&app, &who, "/declarations/new", &healthy()).await,
            "Step 2 of 3",
        ),
        (
            post(&app, &who, "/declarations/health", &healthy()).await,
            "Step 3 of 3",
        ),
    ];
    for (page, step) in pages {
        let address = page.body.split("formaction=\"").nth(2).unwrap();
        let (address, rest) = address.split_once('"').unwrap();
        let value = rest
            .split("value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let mut sent = healthy();
        sent.insert("action", value.to_owned());
        let english = post(&app, &who, address, &sent).await;
        assert_eq!(english.status, StatusCode::OK, "{step}");
        assert!(english.text().contains(step), "{step}: {}", english.text());
        assert!(english.body.contains("1 đường Thử, tổ 2"), "{step}");
        assert!(
            english.header("set-cookie").starts_with("lang=en"),
            "{step}"
        );
        assert!(
            page.body.find("formaction") > page.body.find("</main>"),
            "Enter must press the form's own button"
        );
    }
}

#[tokio::test]
async fn going_back_keeps_answers_and_jumping_ahead_begins_at_the_first() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let mut back = healthy();
    back.insert("action", "back".to_owned());
    let page = post(&app, &who, "/declarations/health", &back).await;
    assert!(
        page.text().contains("Bước 1 trong 3")
            && page.body.contains("name=\"symptoms\" value=\"no\"")
    );
    let page = post(&app, &who, "/declarations", &back).await;
    assert!(
        page.text().contains("Bước 2 trong 3") && page.body.contains("value=\"1 đường Thử, tổ 2\"")
    );
    assert_eq!(
        app.get("/declarations/health", &who.cookie)
            .await
            .location(),
        "/declarations/new"
    );
    let page = post(&app, &who, "/declarations", &form(&[("consent", "yes")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Bước 1 trong 3"));
    let stranger = app
        .post_form("/declarations", &[("consent", "yes")], "")
        .await;
    assert!(stranger.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn names_phones_and_answers_are_nowhere_in_the_data_folder() {
    let app = TestApp::new().await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.post_form("/sign-in", &[("phone", "0905 000 101")], "")
        .await;
    let code = app.code_sent("0905 000 101", 1).await;
    let mut form = agreed();
    form.insert("symptoms", "yes".to_owned());
    form.insert("symptoms_text", "ho khan lạ thường".to_owned());
    let answer = post(&app, &who, "/declarations", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let planted = [
        "Nguyễn Văn Thử",
        "905000101",
        "046087004417",
        "đường Thử",
        "ho khan",
        &code,
    ];
    let mut files = 0;
    for entry in std::fs::read_dir(app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for word in planted {
                let found = bytes
                    .windows(word.len())
                    .any(|part| part == word.as_bytes());
                assert!(!found, "{word} is in {}", path.display());
            }
        }
    }
    assert!(files >= 2, "database and its log");
}
