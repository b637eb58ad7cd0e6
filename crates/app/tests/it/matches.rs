//! Records that may be one person's: found, merged, kept apart and made two again at an office; joined by whoever has two.

use crate::desk::{HERE, changed, clerk_of, issue_at};
use crate::family::living;
use crate::roles::officer;
use crate::support::{Answer, TestApp};
use axum::http::StatusCode;
use domain::ids::CardId;
use domain::phone::Phone;
use domain::role::OfficerRole;
use std::time::Duration;
use store::rates::Limit;
use store::sessions::SessionOf;
use vaora::gateway::Gateway as _;
use vaora::jobs::schedule::SCHEDULE;

const ELSEWHERE: &str = "19774";

/// Compares what waits to be compared, as the job does.
async fn find(app: &TestApp) {
    let name = "look for records that may be one person's";
    let job = SCHEDULE.iter().find(|job| job.name == name).unwrap();
    (job.run)(app.app.clone(), 0).await.unwrap();
}

/// One person twice: with a number and a card, and as a bare name and a year with another.
async fn twice(app: &TestApp, cookie: &str) -> [String; 2] {
    let one = issue_at(app, cookie, &changed(&[]), "issued").await;
    let bare = changed(&[
        ("id_number", ""),
        ("name", "NGUYEN VAN THU"),
        ("birth", "1987"),
        ("phone", "0905 000 999"),
    ]);
    let other = issue_at(app, cookie, &bare, "issued").await;
    find(app).await;
    [one, other]
}

/// The address of the first pair in the list.
async fn first(app: &TestApp, cookie: &str, state: &str) -> String {
    let list = app
        .get(&format!("/office/matches?state={state}"), cookie)
        .await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let at = list.body.split("href=\"/office/matches/").nth(1);
    let at = at.unwrap_or_else(|| panic!("no pair: {}", list.text()));
    format!("/office/matches/{}", at.split('"').next().unwrap())
}

async fn decide(app: &TestApp, cookie: &str, pair: &str, fields: &[(&str, &str)]) -> Answer {
    app.post_form(pair, fields, cookie).await
}

#[tokio::test]
async fn a_clerk_merges_two_records_and_makes_them_two_again() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let [one, other] = twice(&app, &clerk).await;
    let pair = first(&app, &clerk, "open").await;
    let page = app.get(&pair, &clerk).await;
    let text = page.text();
    for said in [
        "Nguyen Van Thu",
        "Nguyễn Văn Thử",
        "******004417",
        "Gần giống",
        "Cán bộ",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!page.body.contains("046087004417"), "numbers are masked");
    let nothing = decide(&app, &clerk, &pair, &[("act", "merge")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.body.contains("Chưa chọn giữ hồ sơ nào"));
    let merged = decide(
        &app,
        &clerk,
        &pair,
        &[("act", "merge"), ("kept", "one"), ("name", "other")],
    )
    .await;
    assert_eq!(merged.location(), format!("{pair}?done=merge"));
    let again = decide(&app, &clerk, &pair, &[("act", "apart")]).await;
    assert!(
        again.body.contains("Người khác vừa quyết định"),
        "{}",
        again.text()
    );
    let cards = app
        .post_form("/office/cards", &[("card", &one)], &clerk)
        .await;
    let serials = |body: &str| body.matches("/revocation").count();
    assert_eq!(
        serials(&cards.body),
        2,
        "both cards are one person's: {}",
        cards.text()
    );
    assert_eq!(
        cards.body.matches("tạm khóa").count(),
        1,
        "one of a kind is in use"
    );
    let kept = pair.rsplit('/').next().unwrap().split('.').next().unwrap();
    let person = app.get(&format!("/office/people/{kept}"), &clerk).await;
    assert!(
        person.text().contains("gộp hoặc tách hồ sơ") && !person.body.contains("value=\"merged\""),
        "{}",
        person.text()
    );
    let page = app.get(&first(&app, &clerk, "merged").await, &clerk).await;
    assert!(page.text().contains("Gộp: Cán bộ"), "{}", page.text());
    let undoing = page.body.split("action=\"/office/merges/").nth(1).unwrap();
    let undoing = format!("/office/merges/{}", undoing.split('"').next().unwrap());
    let elsewhere = clerk_of(&app, ELSEWHERE).await;
    let refused = app.post_form(&undoing, &[], &elsewhere).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let undone = app.post_form(&undoing, &[], &clerk).await;
    assert_eq!(undone.location(), format!("{pair}?done=undone"));
    for card in [&one, &other] {
        let found = app
            .post_form("/office/cards", &[("card", card)], &clerk)
            .await;
        assert_eq!(serials(&found.body), 1, "{}", found.text());
        assert!(!found.body.contains("tạm khóa"));
    }
    let before = app.post_form(&undoing, &[], &clerk).await;
    assert!(
        before.body.contains("đã được tách rồi"),
        "{}",
        before.text()
    );
    let page = app.get(&pair, &clerk).await;
    assert!(page.text().contains("Tách lại: Cán bộ"), "{}", page.text());
}

#[tokio::test]
async fn a_card_that_a_merge_suspended_says_so_and_nobody_chooses_that_reason() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    twice(&app, &clerk).await;
    let pair = first(&app, &clerk, "open").await;
    let merge = [("act", "merge"), ("kept", "one")];
    decide(&app, &clerk, &pair, &merge).await;
    let query = [("text", "046087004417")];
    let found = app.post_form("/office/people", &query, &clerk).await;
    let person = found.body.split("href=\"/office/people/").nth(1).unwrap();
    let person = format!("/office/people/{}", person.split('"').next().unwrap());
    let page = app.get(&person, &clerk).await;
    let said = "Tạm khóa: gộp hoặc tách hồ sơ";
    assert!(page.text().contains(said), "{}", page.text());
    assert!(page.body.contains("value=\"lost\""), "a reason to choose");
    assert!(
        !page.body.contains("value=\"merged\""),
        "no reason to choose"
    );
}

#[tokio::test]
async fn a_pair_is_asked_about_and_kept_apart() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    twice(&app, &clerk).await;
    let pair = first(&app, &clerk, "open").await;
    let nothing = decide(&app, &clerk, &pair, &[("act", "ask")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = decide(&app, &clerk, &pair, &[("act", "reopen")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "it waits");
    let asked = decide(&app, &clerk, &pair, &[("act", "ask"), ("reason", "papers")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(first(&app, &clerk, "asked").await, pair);
    let apart = decide(&app, &clerk, &pair, &[("act", "apart")]).await;
    assert_eq!(apart.location(), format!("{pair}?done=apart"));
    find(&app).await;
    let open = app.get("/office/matches", &clerk).await;
    assert!(open.text().contains("Không còn cặp nào"), "{}", open.text());
    let elsewhere = clerk_of(&app, ELSEWHERE).await;
    let refused = decide(&app, &elsewhere, &pair, &[("act", "reopen")]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let page = app.get(&pair, &clerk).await;
    assert!(page.body.contains("value=\"reopen\""), "{}", page.text());
    let reopened = decide(&app, &clerk, &pair, &[("act", "reopen")]).await;
    assert_eq!(reopened.location(), format!("{pair}?done=reopen"));
    assert_eq!(first(&app, &clerk, "open").await, pair);
}

#[tokio::test]
async fn a_pair_says_who_typed_a_record_and_hides_the_card_of_another_commune() {
    let app = TestApp::new().await;
    let (_, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let typed = [
        ("name", "Lý Văn Cũ"),
        ("birth", "1987"),
        ("gender", "male"),
        ("relation", "other"),
        ("id_number", "046087000555"),
    ];
    app.post_form("/family/new", &typed, &his).await;
    let elsewhere = clerk_of(&app, ELSEWHERE).await;
    let person = [
        ("commune", ELSEWHERE),
        ("name", "Lý Văn Cũ"),
        ("birth", "05/05/1987"),
        ("id_number", "046087000555"),
        ("phone", ""),
    ];
    let look = changed(&[&person[..], &[("action", "look")]].concat());
    let settled = app.post_form("/office/desk", &look, &elsewhere).await;
    let other = crate::desk::button(&settled.body, "other:");
    let other = other.strip_prefix("other:").unwrap().to_owned();
    let fields = [&person[..], &[("others", other.as_str())]].concat();
    let fields = changed(&fields);
    let card = issue_at(&app, &elsewhere, &fields, "issued").await;
    find(&app).await;
    let serial = CardId::parse(&card).unwrap().serial();
    let pair = first(&app, &elsewhere, "open").await;
    let page = app.get(&pair, &elsewhere).await;
    assert!(page.text().contains(&serial), "{}", page.text());
    assert!(
        !page.text().contains("Lê Văn Nháp"),
        "who helps there is theirs to see"
    );
    let clerk = clerk_of(&app, HERE).await;
    let page = app.get(&pair, &clerk).await;
    assert!(!page.text().contains(&serial), "{}", page.text());
    for said in ["Người nhà tự khai, chưa xem giấy tờ", "Lê Văn Nháp"] {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
}

#[tokio::test]
async fn a_phone_that_a_clerk_typed_gives_no_record_of_somebody_without_a_commune() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let typed = changed(&[
        ("id_number", ""),
        ("birth", "1970"),
        ("phone", "0905 000 101"),
    ]);
    issue_at(&app, &clerk, &typed, "issued").await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    find(&app).await;
    let pair = first(&app, &clerk, "open").await;
    let page = app.get(&pair, &clerk).await;
    let said = "Chỉ gộp được khi hai hồ sơ có cùng một số giấy tờ";
    assert!(page.text().contains(said), "{}", page.text());
    assert!(!page.body.contains("value=\"merge\"") && page.body.contains("value=\"apart\""));
    for kept in ["one", "other"] {
        let merge = [("act", "merge"), ("kept", kept), ("phones", kept)];
        let refused = decide(&app, &clerk, &pair, &merge).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(said), "{}", refused.text());
    }
    let own = app.get("/code", &holder.cookie).await;
    assert_eq!(own.status, StatusCode::OK, "the phone signs in");
}

#[tokio::test]
async fn a_code_that_one_person_had_sent_is_for_nobody_else() {
    let app = TestApp::new().await;
    let asking = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.holder("NGUYEN VAN THU", "0905 000 102").await;
    let neighbour = app.holder("Nguyễn Văn Thư", "0905 000 103").await;
    let browser = |cookie: &str| {
        let mut browser = app.browser();
        let (name, value) = cookie.split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
        browser
    };
    let mut his = browser(&asking.cookie);
    let phone = [("phone", "0905 000 102")];
    his.post("/second-record", &phone).await;
    let code = app.code_sent("0905 000 102", 1).await;
    // Behind the same address, at the same time: that message names whom the code is for.
    let mut other = browser(&neighbour.cookie);
    other.post("/second-record", &phone).await;
    app.code_sent("0905 000 102", 2).await;
    for left in [4, 3, 2, 1] {
        let answer = other.post("/second-record/code", &[("otp", &code)]).await;
        let said = answer.text();
        assert!(said.contains(&format!("Còn {left} lần nhập")), "{said}");
    }
    let locked = other.post("/second-record/code", &[("otp", &code)]).await;
    assert!(locked.text().contains("Đã nhập quá số lần"));
    // In the same browser: what it remembers is of who asked.
    let mut same = browser(&neighbour.cookie);
    for (name, value) in &his.cookies {
        same.cookies
            .entry(name.clone())
            .or_insert_with(|| value.clone());
    }
    let answer = same.post("/second-record/code", &[("otp", &code)]).await;
    assert_ne!(answer.location(), "/second-record?done=joined");
    let mut twice = browser(&asking.cookie);
    twice.cookies.clone_from(&his.cookies);
    let joined = his.post("/second-record/code", &[("otp", &code)]).await;
    assert_eq!(joined.location(), "/second-record?done=joined");
    let again = twice.post("/second-record/code", &[("otp", &code)]).await;
    assert_eq!(again.location(), "/second-record", "{}", again.text());
}

#[tokio::test]
async fn who_was_talked_out_of_a_code_makes_the_records_two_again() {
    let app = TestApp::new().await;
    let attacker = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let victim = app.holder("NGUYEN VAN THU", "0905 000 102").await;
    let browser = |cookie: &str| {
        let mut browser = app.browser();
        let (name, value) = cookie.split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
        browser
    };
    let mut his = browser(&attacker.cookie);
    his.post("/second-record", &[("phone", "0905 000 102")])
        .await;
    let code = app.code_sent("0905 000 102", 1).await;
    let sent = app
        .inbox
        .inbox(Phone::parse("0905 000 102").as_ref())
        .unwrap();
    let message = &sent.last().unwrap().text;
    assert!(
        message.contains("GOP ho so") && message.contains("09** *** 101"),
        "{message}"
    );
    // The code is for this alone.
    let mut signing = app.browser();
    app.advance(Duration::from_secs(61));
    signing.post("/sign-in", &[("phone", "0905 000 102")]).await;
    let other = signing.post("/sign-in/code", &[("otp", &code)]).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let joined = his.post("/second-record/code", &[("otp", &code)]).await;
    assert_eq!(joined.location(), "/second-record?done=joined");
    let mut hers = browser(&victim.cookie);
    let notice = hers.get("/code").await;
    assert!(
        notice.body.contains("href=\"/second-record/undoing\""),
        "{}",
        notice.text()
    );
    app.advance(Duration::from_secs(86_400 * 6));
    let sent = hers
        .post("/second-record/undoing", &[("phone", "0905 000 102")])
        .await;
    assert_eq!(
        sent.location(),
        "/second-record/undoing/code",
        "{}",
        sent.text()
    );
    let code = app.code_sent("0905 000 102", 3).await;
    let wrong = hers
        .post("/second-record/undoing/code", &[("otp", "000 000")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let parted = hers
        .post("/second-record/undoing/code", &[("otp", &code)])
        .await;
    assert_eq!(
        parted.location(),
        "/second-record?done=parted",
        "{}",
        parted.text()
    );
    for cookie in [&attacker.cookie, &victim.cookie] {
        let code = app.get("/code", cookie).await;
        assert_eq!(
            code.status,
            StatusCode::SEE_OTHER,
            "everybody signs in anew"
        );
    }
    let phone = Phone::parse("0905 000 102").unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    let scope = tx.holder_of_phone(&phone).await.unwrap();
    assert_eq!(scope.unwrap().holder, victim.id);
    drop(tx);
    // What nobody joined, nobody undoes.
    let cookie = app.session(SessionOf::Holder(victim.id)).await;
    let mut hers = browser(&cookie);
    assert!(
        !hers
            .get("/code")
            .await
            .body
            .contains("/second-record/undoing")
    );
    app.advance(Duration::from_secs(61));
    hers.post("/second-record/undoing", &[("phone", "0905 000 102")])
        .await;
    let code = app.code_sent("0905 000 102", 4).await;
    let nothing = hers
        .post("/second-record/undoing/code", &[("otp", &code)])
        .await;
    assert!(
        nothing.text().contains("không có lần gộp nào"),
        "{}",
        nothing.text()
    );
}

#[tokio::test]
async fn other_offices_and_a_spent_budget_see_nothing() {
    let app = TestApp::new().await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, HERE).await;
    twice(&app, &clerk.cookie).await;
    let pair = first(&app, &clerk.cookie, "open").await;
    let elsewhere = clerk_of(&app, ELSEWHERE).await;
    assert_eq!(
        app.get(&pair, &elsewhere).await.status,
        StatusCode::NOT_FOUND
    );
    for act in ["merge", "apart", "ask"] {
        let fields = [("act", act), ("kept", "one"), ("reason", "call")];
        let refused = decide(&app, &elsewhere, &pair, &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{act}");
    }
    let looks = Limit {
        kind: "desk looks",
        most: 3000,
        window: Duration::from_secs(86_400),
    };
    let mut tx = app.app.store.write().await.unwrap();
    while tx
        .within(looks, &clerk.id.to_string(), app.now())
        .await
        .unwrap()
    {}
    tx.commit().await.unwrap();
    for path in ["/office/matches", &pair] {
        let refused = app.get(path, &clerk.cookie).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
}

#[tokio::test]
async fn who_has_two_phones_joins_both_records_at_once() {
    let app = TestApp::new().await;
    let one = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let other = app.holder("NGUYEN VAN THU", "0905 000 102").await;
    let spouse = app.holder("Trần Thị Mẫu", "0905 000 103").await;
    let mut browser = app.browser();
    let (name, value) = one.cookie.split_once('=').unwrap();
    browser.cookies.insert(name.to_owned(), value.to_owned());
    for (phone, wrong, done) in [
        ("0905 000 102", true, "joined"),
        ("0905 000 102", false, "same"),
        ("0905 000 103", false, "claimed"),
        ("0905 000 109", false, "none"),
    ] {
        app.advance(Duration::from_secs(120));
        let sent = browser.post("/second-record", &[("phone", phone)]).await;
        assert_eq!(sent.location(), "/second-record/code", "{}", sent.text());
        if wrong {
            let refused = browser
                .post("/second-record/code", &[("otp", "000 000")])
                .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let count = if done == "same" { 2 } else { 1 };
        let code = app.code_sent(phone, count).await;
        let answer = browser.post("/second-record/code", &[("otp", &code)]).await;
        assert_eq!(answer.location(), format!("/second-record?done={done}"));
    }
    let mut tx = app.app.store.read().await.unwrap();
    let scope = |found: Option<domain::role::HolderScope>| found.unwrap().holder;
    assert_eq!(scope(tx.holder_scope(other.id).await.unwrap()), one.id);
    assert_eq!(scope(tx.holder_scope(spouse.id).await.unwrap()), spouse.id);
    drop(tx);
    assert_eq!(
        app.get("/code", &other.cookie).await.status,
        StatusCode::OK,
        "the other phone stays signed in"
    );
}

/// How the access log says that something was done for whoever asked.
const LINE: &str = "Để giúp theo yêu cầu.";

#[tokio::test]
async fn who_has_a_second_card_asks_the_office_and_learns_nothing() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let card = issue_at(&app, &clerk, &changed(&[]), "issued").await;
    let me = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let ask = async |card: &str, birth: &str| {
        let fields = [("card", card), ("birth", birth)];
        app.post_form("/second-record/card", &fields, &me.cookie)
            .await
    };
    assert_eq!(
        ask(&card, "").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for (card, birth) in [
        (card.as_str(), "02/09/1990"),
        ("00112233445566778899", "18/01/1987"),
    ] {
        assert_eq!(
            ask(card, birth).await.location(),
            "/second-record?done=asked"
        );
        let none = app.get("/office/matches", &clerk).await;
        assert!(none.text().contains("Không còn cặp nào"), "{}", none.text());
    }
    assert_eq!(
        ask(&card, "18/01/1987").await.location(),
        "/second-record?done=asked"
    );
    let pair = first(&app, &clerk, "open").await;
    assert!(
        app.get(&pair, &clerk)
            .await
            .text()
            .contains("Người dân đề nghị")
    );
    // Nor from what was written down: a line for each, right or wrong. The other record's own log says it, too.
    let access = app.get("/visits/access", &me.cookie).await.text();
    assert_eq!(access.matches(LINE).count(), 3, "{access}");
    let mut tx = app.app.store.read().await.unwrap();
    let id = CardId::parse(&card).unwrap();
    let known = tx.card_scope(id).await.unwrap().unwrap().holder;
    drop(tx);
    let cookie = app.session(SessionOf::Holder(known)).await;
    let access = app.get("/visits/access", &cookie).await.text();
    assert_eq!(access.matches(LINE).count(), 1, "{access}");
    for _ in 0..2 {
        assert_eq!(ask(&card, "18/01/1987").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(
        ask(&card, "18/01/1987").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn each_look_at_pairs_is_in_the_log_of_those_it_showed() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    twice(&app, &clerk).await;
    let pair = first(&app, &clerk, "open").await;
    app.get(&pair, &clerk).await;
    let auditor = officer(&app, OfficerRole::Auditor, HERE).await;
    let log = app.get("/audit?action=match_people", &auditor.cookie).await;
    let looks = log.text().matches("Xem cặp hồ sơ có thể trùng").count();
    assert_eq!(looks, 2, "the list and the pair: {}", log.text());
}
