//! Who cares for a person: what an office sees of it and ends, and what whoever typed a name first cannot do.

use crate::desk::{HERE, button, changed, clerk_of, hidden, issue_at};
use crate::family::{living, step_of};
use crate::support::TestApp;
use axum::http::StatusCode;
use std::time::Duration;

const OLD: [(&str, &str); 4] = [
    ("name", "Lý Thị Cũ"),
    ("birth", "05/05/1945"),
    ("gender", "female"),
    ("id_number", "046145000417"),
];

/// A stranger types an old woman's name and number before she has a record; the address of her page in his family.
async fn typed(app: &TestApp, cookie: &str) -> String {
    let fields = [&OLD[..], &[("relation", "parent")]].concat();
    let answer = app.post_form("/family/new", &fields, cookie).await;
    let location = answer.location();
    location.strip_suffix("?done=added").unwrap().to_owned()
}

/// She comes to the desk with her papers, and the clerk uses the record.
async fn served(app: &TestApp, clerk: &str, more: &[(&str, &str)]) -> String {
    let fields = |more: &[(&'static str, &str)]| {
        let all = [&OLD[..], &[("phone", "")]].concat();
        let mut all = changed(&all)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>();
        all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let more = more.iter();
        all.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        all
    };
    let send = async |fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = (fields.iter())
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        app.post_form("/office/desk", &fields, clerk).await
    };
    let found = send(&fields(&[("action", "look")])).await.body;
    let used = button(&found, "use:");
    let chosen = send(&fields(&[("action", &used)])).await;
    assert!(
        chosen.text().contains("Lê Văn Nháp đang giúp người này"),
        "{}",
        chosen.text()
    );
    let (id, seen) = (hidden(&chosen.body, "chosen"), hidden(&chosen.body, "seen"));
    let mut issue = fields(&[("chosen", &id), ("seen", &seen)]);
    let more = more.iter();
    issue.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let issue: Vec<(&str, &str)> = (issue.iter())
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    issue_at(app, clerk, &issue, "issued").await
}

#[tokio::test]
async fn who_typed_a_name_first_loses_it_when_the_person_comes_with_papers() {
    let app = TestApp::new().await;
    let (_, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let page = typed(&app, &his).await;
    assert_eq!(app.get(&page, &his).await.status, StatusCode::OK);
    let clerk = clerk_of(&app, HERE).await;
    served(&app, &clerk, &[]).await;
    for path in ["", "/phone", "/sheet.pdf"] {
        let answer = app.get(&format!("{page}{path}"), &his).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn who_is_confirmed_helps_on_and_gives_the_record_to_no_phone() {
    let app = TestApp::new().await;
    let (guardian, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let page = typed(&app, &his).await;
    // The code goes to his phone before the office sees her, and is typed after.
    let own = [("phone", "0905 000 199")];
    let sent = app.post_form(&format!("{page}/phone"), &own, &his).await;
    let step = step_of(&app.get(&sent.location(), &his).await.body);
    let clerk = clerk_of(&app, HERE).await;
    served(&app, &clerk, &[("guardians_stay", "yes")]).await;
    let shown = app.get(&page, &his).await;
    assert!(!shown.body.contains("/phone\""), "{}", shown.text());
    let code = app.code_sent("0905 000 199", 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let refused = app.post_form("/family/code", &right, &his).await;
    assert!(
        refused
            .text()
            .contains("Xã, phường đã gặp hoặc đã xem giấy tờ của người này"),
        "{}",
        refused.text()
    );
    app.advance(Duration::from_secs(61));
    let again = app.post_form(&format!("{page}/phone"), &own, &his).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = app.get(&format!("{page}/phone"), &his).await;
    assert!(
        asked
            .text()
            .contains("Xã, phường đã gặp hoặc đã xem giấy tờ")
    );
    // Her page at the office names him, and the office ends it.
    let her = page.rsplit('/').next().unwrap();
    let office = format!("/office/people/{her}");
    let opened = app.get(&office, &clerk).await;
    assert!(opened.text().contains("Lê Văn Nháp") && !opened.text().contains("chưa ai xác nhận"));
    let settle = format!("{office}/guardians");
    let guardian = guardian.to_string();
    let end = [("end", guardian.as_str())];
    let elsewhere = clerk_of(&app, "19774").await;
    let refused = app.post_form(&settle, &end, &elsewhere).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let done = app.post_form(&settle, &end, &clerk).await;
    assert_eq!(done.location(), format!("{office}?done=guardians"));
    let twice = app.post_form(&settle, &end, &clerk).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.get(&page, &his).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_office_confirms_on_the_persons_page_and_sees_who_is_not() {
    let app = TestApp::new().await;
    let (_, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let page = typed(&app, &his).await;
    let office = format!("/office/people/{}", page.rsplit('/').next().unwrap());
    let clerk = clerk_of(&app, HERE).await;
    let opened = app.get(&office, &clerk).await;
    assert!(
        opened.text().contains("chưa ai xác nhận"),
        "{}",
        opened.text()
    );
    // He can see that somebody opened a page that named him.
    let looks = app.get("/visits/access", &his).await.text();
    assert!(looks.contains("Để giúp theo yêu cầu."), "{looks}");
    let kept = app
        .post_form(&format!("{office}/guardians"), &[], &clerk)
        .await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    let opened = app.get(&office, &clerk).await;
    assert!(!opened.text().contains("chưa ai xác nhận"));
    let fields = [("address", "2 đường Thử"), ("papers", "yes")];
    let path = format!("{office}/corrections");
    app.post_form(&path, &fields, &clerk).await;
    assert_eq!(app.get(&page, &his).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_office_does_not_give_somebody_with_a_phone_into_care() {
    let app = TestApp::new().await;
    let (her, _) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let (_, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let fields = [
        ("name", "Trần Thị Mẫu"),
        ("birth", "1987"),
        ("gender", "female"),
        ("relation", "spouse"),
    ];
    let asked = app.post_form("/family/new", &fields, &his).await;
    assert_eq!(asked.location(), "/family?done=asked", "her name and year");
    let clerk = clerk_of(&app, HERE).await;
    let queue = app.get("/office/requests", &clerk).await.body;
    let path = queue.split("href=\"/office/requests/").nth(1).unwrap();
    let path = format!(
        "/office/requests/{}/answer",
        path.split('"').next().unwrap()
    );
    let answer = format!("use:{her}");
    let refused = app.post_form(&path, &[("answer", &answer)], &clerk).await;
    assert!(
        refused.text().contains("Người này có điện thoại."),
        "{}",
        refused.text()
    );
    assert!(
        !app.get("/family", &his)
            .await
            .body
            .contains(&her.to_string())
    );
}
