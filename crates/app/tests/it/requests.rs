//! What people ask their commune's office for, and what it answers.

use crate::desk::{HERE, clerk_of};
use crate::roles::resident;
use crate::support::{TestApp, TestHolder};
use axum::http::StatusCode;
use std::time::Duration;
use store::sessions::SessionOf;

const DAY: Duration = Duration::from_secs(86_400);

async fn living(app: &TestApp) -> TestHolder {
    let (id, _) = resident(app, "Nguyễn Văn Thử", "0905 000 417", HERE).await;
    let cookie = app.session(SessionOf::Holder(id)).await;
    TestHolder { id, cookie }
}

/// The addresses of the requests in the queue, in order.
async fn queue(app: &TestApp, clerk: &str) -> Vec<String> {
    let body = app.get("/office/requests", clerk).await.body;
    let found = body.split("href=\"/office/requests/").skip(1);
    let ids = found.map(|rest| rest.split('"').next().unwrap());
    ids.map(|id| format!("/office/requests/{id}")).collect()
}

#[tokio::test]
async fn a_printed_card_is_asked_for_verified_and_seen_on_the_way() {
    let app = TestApp::new().await;
    let holder = living(&app).await;
    let clerk = clerk_of(&app, HERE).await;
    let form = app.get("/requests/card", &holder.cookie).await;
    assert!(
        form.text()
            .contains("Gửi đến Phường Thuận Hóa, Thành phố Huế.")
    );
    assert!(
        !form.body.contains(" checked"),
        "no answer is chosen beforehand"
    );
    let none = app.post_form("/requests/card", &[], &holder.cookie).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wish = [("kind", "plastic"), ("pickup", "19774")];
    let sent = app.post_form("/requests/card", &wish, &holder.cookie).await;
    let list = app.get(&sent.location(), &holder.cookie).await.text();
    // Asked on Saturday 21/11/2026; Tuesday 24/11 is a holiday.
    assert!(
        list.contains("Trả lời chậm nhất ngày 25/11/2026."),
        "{list}"
    );
    assert!(
        list.contains("đang chờ") && list.contains("Nơi nhận thẻ: Phường Phú Xuân"),
        "{list}"
    );
    let again = app.post_form("/requests/card", &wish, &holder.cookie).await;
    assert!(
        again.text().contains("Bạn đã gửi yêu cầu loại này"),
        "{}",
        again.text()
    );
    let waiting = queue(&app, &clerk).await;
    assert_eq!(waiting.len(), 1);
    let page = app.get(&waiting[0], &clerk).await.text();
    assert!(page.contains("Còn 2 ngày làm việc (25/11/2026)"), "{page}");
    assert!(
        page.contains("Thẻ nhựa") && page.contains("Phường Phú Xuân"),
        "{page}"
    );
    let path = format!("{}/answer", waiting[0]);
    let done = app.post_form(&path, &[("answer", "done")], &clerk).await;
    assert_eq!(done.location(), "/office/requests?done=card");
    let said = app.get(&done.location(), &clerk).await;
    assert!(said.text().contains("Đã đồng ý. Thẻ đang chờ in."));
    assert!(said.body.contains("href=\"/office/batches\">"));
    assert!(queue(&app, &clerk).await.is_empty());
    // Whoever comes second is told what was answered, and changes nothing.
    let refusal = [("answer", "refuse"), ("reason", "papers")];
    let twice = app.post_form(&path, &refusal, &clerk).await;
    assert_eq!(twice.location(), waiting[0]);
    let answered = app.get(&waiting[0], &clerk).await;
    assert!(
        answered.text().contains("Đã đồng ý lúc"),
        "{}",
        answered.text()
    );
    assert!(!answered.body.contains("name=\"answer\""));
    let list = app.get("/requests", &holder.cookie).await.text();
    assert!(
        list.contains("đang làm") || list.contains("Đang làm"),
        "{list}"
    );
    // It waits to be printed with others.
    let batches = app.get("/office/batches", &clerk).await.text();
    assert!(batches.contains("Thẻ nhựa"), "{batches}");
}

#[tokio::test]
async fn a_correction_is_done_or_refused_with_a_reason_that_is_shown() {
    let app = TestApp::new().await;
    let holder = living(&app).await;
    let clerk = clerk_of(&app, HERE).await;
    let path = "/requests/correction";
    let empty = app.post_form(path, &[], &holder.cookie).await;
    assert!(empty.text().contains("Chưa nhập gì."), "{}", empty.text());
    let clash = [("birth", "1978")];
    let clash = app.post_form(path, &clash, &holder.cookie).await;
    assert!(clash.text().contains("Số căn cước không khớp năm sinh."));
    let change = [("name", "Nguyễn Văn Thảo"), ("birth", "18/01/1987")];
    app.post_form(path, &change, &holder.cookie).await;
    let waiting = queue(&app, &clerk).await.remove(0);
    let page = app.get(&waiting, &clerk).await.text();
    assert!(page.contains("Nguyễn Văn Thử → Nguyễn Văn Thảo"), "{page}");
    let list = app.get("/requests", &holder.cookie).await.text();
    assert!(
        list.contains("Họ và tên: Nguyễn Văn Thảo; Ngày sinh: 18/01/1987"),
        "what was asked: {list}"
    );
    let person = app
        .get(&format!("/office/people/{}", holder.id), &clerk)
        .await;
    let at = |text: &str| person.body.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        at("Sửa thông tin: Nguyễn Văn Thử") < at("facts-title"),
        "requests stand on top"
    );
    let path = format!("{waiting}/answer");
    let why = app.post_form(&path, &[("answer", "refuse")], &clerk).await;
    assert!(why.text().contains("Chưa chọn lý do từ chối."));
    // A correction is not refused for a card that there is.
    let odd = [("answer", "refuse"), ("reason", "has_card")];
    let odd = app.post_form(&path, &odd, &clerk).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!odd.body.contains("has_card") && !odd.body.contains("not_theirs"));
    let refusal = [("answer", "refuse"), ("reason", "papers")];
    app.post_form(&path, &refusal, &clerk).await;
    let list = app.get("/requests", &holder.cookie).await.text();
    assert!(
        list.contains("Đến xã, phường, mang theo giấy tờ."),
        "{list}"
    );
    // Asked again, and done.
    app.post_form("/requests/correction", &change, &holder.cookie)
        .await;
    let path = format!("{}/answer", queue(&app, &clerk).await[0]);
    // Nobody has looked at papers: a name is not changed on somebody's word.
    let blind = app.post_form(&path, &[("answer", "done")], &clerk).await;
    assert_eq!(blind.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blind.text().contains("Cần xem giấy tờ trước khi sửa."));
    let code = app.get("/code", &holder.cookie).await.text();
    assert!(!code.contains("Nguyễn Văn Thảo"), "{code}");
    let seen = [("answer", "done"), ("papers", "yes")];
    app.post_form(&path, &seen, &clerk).await;
    let code = app.get("/code", &holder.cookie).await.text();
    assert!(code.contains("Nguyễn Văn Thảo"), "{code}");
}

#[tokio::test]
async fn an_address_that_is_put_right_from_afar_proves_no_number() {
    let app = TestApp::new().await;
    let holder = living(&app).await;
    let clerk = clerk_of(&app, HERE).await;
    let change = [("address", "2 đường Thử")];
    app.post_form("/requests/correction", &change, &holder.cookie)
        .await;
    let waiting = queue(&app, &clerk).await.remove(0);
    let page = app.get(&waiting, &clerk).await;
    assert!(!page.body.contains("name=\"papers\""), "no paper says it");
    let done = [("answer", "done")];
    let done = app
        .post_form(&format!("{waiting}/answer"), &done, &clerk)
        .await;
    assert_eq!(done.location(), "/office/requests?done=correction");
    // Nobody has looked at the number of that record: whoever brings the paper to a desk is its owner.
    let (other, _) = resident(&app, "Trần Văn Mẫu", "0905 000 419", HERE).await;
    let path = format!("/office/people/{other}/corrections");
    let shown = [
        ("id_number", "046087004417"),
        ("address", "3 đường Thử"),
        ("papers", "yes"),
    ];
    let shown = app.post_form(&path, &shown, &clerk).await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER, "{}", shown.text());
}

#[tokio::test]
async fn what_waits_stands_on_the_first_page_and_in_the_menu() {
    let app = TestApp::new().await;
    let holder = living(&app).await;
    let clerk = clerk_of(&app, HERE).await;
    let before = app.get("/office", &clerk).await;
    assert!(
        before.text().contains("Yêu cầu chờ trả lời 0"),
        "{}",
        before.text()
    );
    assert!(!before.body.contains("tops__count"));
    for (path, asked) in [
        ("/requests/card", [("kind", "plastic")]),
        ("/requests/correction", [("address", "2 đường Thử")]),
    ] {
        let asked = app.post_form(path, &asked, &holder.cookie).await;
        assert_eq!(asked.location(), "/requests?done=asked", "{}", asked.text());
        app.advance(Duration::from_secs(60));
    }
    let first = app.get("/office", &clerk).await;
    assert!(
        first
            .text()
            .contains("Yêu cầu chờ trả lời 2 Sớm nhất hạn 25/11/2026"),
        "{}",
        first.text()
    );
    for path in ["/office", "/office/desk", "/office/people"] {
        let page = app.get(path, &clerk).await;
        assert!(page.body.contains("2 yêu cầu đang chờ"), "{path}");
    }
    let card = queue(&app, &clerk).await.remove(0);
    app.post_form(&format!("{card}/answer"), &[("answer", "done")], &clerk)
        .await;
    let text = app.get("/office", &clerk).await.text();
    assert!(text.contains("Thẻ chờ in 1"), "{text}");
    let neighbour = clerk_of(&app, "19774").await;
    let text = app.get("/office", &neighbour).await.text();
    assert!(text.contains("Yêu cầu chờ trả lời 0"), "{text}");
}

#[tokio::test]
async fn what_is_late_stands_first_and_says_so() {
    let app = TestApp::new().await;
    let holder = living(&app).await;
    let change = [("address", "2 đường Thử")];
    app.post_form("/requests/correction", &change, &holder.cookie)
        .await;
    app.advance(DAY * 5);
    let (id, _) = resident(&app, "Trần Thị Mẫu", "0905 000 418", HERE).await;
    let other = app.session(SessionOf::Holder(id)).await;
    app.post_form("/requests/card", &[("kind", "paper")], &other)
        .await;
    let clerk = clerk_of(&app, HERE).await;
    let list = app.get("/office/requests", &clerk).await.text();
    let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("{text}: {list}"));
    assert!(at("Đã quá hạn (hạn cuối 25/11/2026)") < at("Trần Thị Mẫu"));
    let cookie = app.session(SessionOf::Holder(holder.id)).await;
    let own = app.get("/requests", &cookie).await.text();
    assert!(own.contains("Đã quá hạn trả lời ngày 25/11/2026."), "{own}");
    let neighbour = clerk_of(&app, "19774").await;
    assert!(queue(&app, &neighbour).await.is_empty());
    let theirs = queue(&app, &clerk).await.remove(0);
    assert_eq!(
        app.get(&theirs, &neighbour).await.status,
        StatusCode::NOT_FOUND
    );
    let path = format!("{theirs}/answer");
    let answer = app
        .post_form(&path, &[("answer", "done")], &neighbour)
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_has_no_commune_says_it_and_goes_on() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    for path in ["/requests/card", "/requests/correction", "/family/new"] {
        let page = app.get(path, &holder.cookie).await;
        assert!(
            page.body
                .contains(&format!("/requests/commune?next={path}"))
        );
    }
    let wish = [("kind", "paper")];
    let answer = app.post_form("/requests/card", &wish, &holder.cookie).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("Chưa biết bạn ở xã, phường nào"));
    let path = "/requests/commune";
    let province = [("province", "46"), ("action", "communes")];
    let page = app.post_form(path, &province, &holder.cookie).await;
    assert!(page.body.contains("value=\"19753\""), "without a script");
    let none = [("province", "46"), ("commune", "46")];
    let none = app.post_form(path, &none, &holder.cookie).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = [("commune", HERE), ("next", "/requests/card")];
    let said = app.post_form(path, &said, &holder.cookie).await;
    assert_eq!(said.location(), "/requests/card");
    let page = app.get("/requests/card", &holder.cookie).await.text();
    assert!(page.contains("Gửi đến Phường Thuận Hóa"), "{page}");
    // Said once: later it changes by a declaration, or at the office. And nobody is sent elsewhere.
    let other = [("commune", "19774"), ("next", "https://example.vn")];
    let other = app.post_form(path, &other, &holder.cookie).await;
    assert_eq!(other.location(), "/requests");
    let page = app.get("/requests/card", &holder.cookie).await.text();
    assert!(page.contains("Gửi đến Phường Thuận Hóa"), "{page}");
}
