//! Lists of people that an office brings in.

use crate::roles::officer;
use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::role::OfficerRole;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use store::rates::Limit;
use vaora::import;

pub(crate) const HERE: &str = "19753";
pub(crate) const ELSEWHERE: &str = "19774";
const BOUNDARY: &str = "----------------------------thu";
pub(crate) const HEAD: &str = "STT;Họ và tên;Ngày sinh;Giới tính;Số CCCD;SĐT;Địa chỉ\n";

pub(crate) struct Clerk<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Clerk<'a> {
    pub(crate) async fn of(app: &'a TestApp, unit: &str) -> Self {
        let cookie = officer(app, OfficerRole::CommuneOfficer, unit).await.cookie;
        Self { app, cookie }
    }

    pub(crate) async fn send(&self, name: &str, bytes: &[u8]) -> Answer {
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = Request::post("/office/imports")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, &self.cookie)
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(Body::from(body))
            .unwrap();
        self.app.send(request).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.app.post_form(path, fields, &self.cookie).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.app.get(path, &self.cookie).await
    }

    /// Uploads a list and has it compared; its address.
    pub(crate) async fn compared(&self, name: &str, bytes: &[u8]) -> String {
        let sent = self.send(name, bytes).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        let here = sent.location();
        let mapped = self
            .post(
                &format!("{here}/columns"),
                &[("commune", HERE), ("action", "preview")],
            )
            .await;
        assert_eq!(mapped.location(), here, "{}", mapped.text());
        here
    }

    /// Registers everybody who is new, and shows what came of it.
    async fn taken(&self, here: &str, cards: &str) -> String {
        let mark = self.mark(here).await;
        let taken = self
            .post(
                &format!("{here}/people"),
                &[("cards", cards), ("mark", &mark)],
            )
            .await;
        assert_eq!(taken.location(), here, "{}", taken.text());
        self.get(here).await.text()
    }

    /// What stands for the preview of a list.
    async fn mark(&self, here: &str) -> String {
        let preview = self.get(here).await.body;
        let after = preview.split("name=\"mark\" value=\"").nth(1).unwrap();
        after.split('"').next().unwrap().to_owned()
    }

    /// The rows of the file of errors.
    async fn left(&self, here: &str) -> (Vec<u8>, Vec<Vec<String>>) {
        let file = self.get(&format!("{here}/errors.xlsx")).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.body);
        let sheet = import::read(&file.bytes, None).unwrap();
        let rows = sheet.rows.iter().map(|line| sheet.texts(line)).collect();
        (file.bytes, rows)
    }

    async fn count(&self, sql: &str) -> i64 {
        let database = self.app.folder.path().join("vaora.sqlite");
        let database = rusqlite::Connection::open(database).unwrap();
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

pub(crate) fn counts(text: &str) -> Vec<u32> {
    let labels = [
        "Số dòng trong tệp",
        "Người mới",
        "Đã có trong sổ",
        "Dòng có lỗi",
        "Trùng trong tệp",
        "Có thể đã có hồ sơ",
    ];
    let after = |label: &&str| {
        text.split(label)
            .nth(1)
            .unwrap_or_else(|| panic!("{label}: {text}"))
    };
    let count = |label| {
        after(label)
            .split_whitespace()
            .next()
            .unwrap()
            .replace('.', "")
            .parse()
            .unwrap()
    };
    let counts: Vec<u32> = labels.iter().map(count).collect();
    assert_eq!(
        counts[0],
        counts[1..].iter().sum::<u32>(),
        "the counts add up"
    );
    counts
}

const MIXED: &str = "1;NGUYỄN VĂN THỬ;18/01/1987;Nam;46087004417;905000417;12 đường Thử
2;Trần Thị Mẫu;2/9/1990;Nữ;;0905 000 418;
3;Lê Văn Nháp;1988;Nam;;;
4;Nguyen Van Thu;18-01-1987;;;;
5;nguyễn văn thử;18/01/1987;nam;046087004417;;
6;Phạm Thị Ví Dụ;hôm qua;Nữ;046190000001;;
";

#[tokio::test]
async fn a_list_is_imported_and_its_errors_are_mended() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let here = clerk
        .compared("hộ.csv", format!("{HEAD}{MIXED}").as_bytes())
        .await;
    let preview = clerk.get(&here).await.text();
    assert_eq!(counts(&preview), [6, 2, 0, 3, 1, 0]);
    assert!(
        preview.contains("Trùng với dòng 2.") && preview.contains("Nhập 2 người"),
        "{preview}"
    );
    assert!(
        preview.contains("Sẽ được đăng ký (những dòng đầu)"),
        "{preview}"
    );
    assert_eq!(
        clerk.count("select count(*) from holders").await,
        0,
        "nothing yet"
    );
    let result = clerk.taken(&here, "plastic").await;
    assert_eq!(counts(&result), [6, 2, 0, 3, 1, 0]);
    assert!(
        result.contains("Đã đăng ký 2 người") && result.contains("Trần Thị Mẫu"),
        "who imported: {result}"
    );
    assert_eq!(clerk.count("select count(*) from holders").await, 2);
    assert_eq!(
        clerk
            .count("select count(*) from cards where state = 'verified' and kind = 'plastic'")
            .await,
        2
    );
    assert_eq!(
        clerk
            .count("select count(*) from imports where file is null and done")
            .await,
        1
    );
    let sql = "select subjects from audit_entries where detail like 'import %'";
    assert_eq!(clerk.count(sql).await, 2);
    let (bytes, left) = clerk.left(&here).await;
    assert_eq!(left[0].last().map(String::as_str), Some("Lỗi"));
    let why: Vec<&str> = left[1..].iter().map(|row| row[7].as_str()).collect();
    assert_eq!(
        why,
        [
            "Cần một số giấy tờ hoặc số điện thoại.",
            "Cần một số giấy tờ hoặc số điện thoại.",
            "Trùng với dòng 2.",
            "Ngày sinh chưa rõ. Viết ngày/tháng/năm, ví dụ 18/01/1987, hoặc chỉ năm.",
        ]
    );
    // As it is, the same rows are refused for the same reasons; the one who is registered by now is known.
    let again = clerk.compared("loi.xlsx", &bytes).await;
    assert_eq!(counts(&clerk.get(&again).await.text()), [4, 0, 1, 3, 0, 0]);
    // Mended, they are imported; the one who may be registered is for a clerk to look at.
    let mended = MIXED
        .replace("hôm qua", "18/01/1990")
        .replace("1988;Nam;;;", "1988;Nam;;0905000419;")
        .replace("18-01-1987;;;;", "18-01-1987;;191234417;;");
    let mended: Vec<&str> = mended
        .lines()
        .filter(|line| !line.starts_with(['1', '5']))
        .collect();
    let third = clerk
        .compared("sửa.csv", format!("{HEAD}{}", mended.join("\n")).as_bytes())
        .await;
    let preview = clerk.get(&third).await.text();
    assert_eq!(counts(&preview), [4, 2, 1, 0, 0, 1]);
    assert!(
        preview.contains("Có thể người này đã có hồ sơ"),
        "{preview}"
    );
}

#[tokio::test]
async fn who_was_imported_is_found_at_the_desk_and_known_the_next_time() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let list = format!("{HEAD}{MIXED}");
    let here = clerk.compared("a.csv", list.as_bytes()).await;
    clerk.taken(&here, "").await;
    assert_eq!(clerk.count("select count(*) from cards").await, 0);
    let fields = [
        ("id_number", "046087004417"),
        ("name", "Nguyễn Văn Thử"),
        ("birth", "1987"),
        ("action", "look"),
    ];
    let desk = clerk.post("/office/desk", &fields).await;
    assert!(
        desk.body.contains("12 đường Thử") || desk.body.contains("******004417"),
        "{}",
        desk.text()
    );
    let again = clerk.compared("a.csv", list.as_bytes()).await;
    let preview = clerk.get(&again).await.text();
    assert_eq!(counts(&preview), [6, 0, 2, 3, 1, 0], "nobody twice");
    let result = clerk.taken(&again, "").await;
    assert!(result.contains("Đã đăng ký 0 người"), "{result}");
    assert_eq!(clerk.count("select count(*) from holders").await, 2);
}

#[tokio::test]
async fn two_who_send_it_import_it_once() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let list = format!("{HEAD}{MIXED}");
    let (one, other) = (
        clerk.compared("a.csv", list.as_bytes()).await,
        clerk.compared("b.csv", list.as_bytes()).await,
    );
    let (people, same) = (format!("{one}/people"), format!("{other}/people"));
    let (mark, other_mark) = (clerk.mark(&one).await, clerk.mark(&other).await);
    let wish = [("cards", "paper"), ("mark", &mark)];
    let other_wish = [("cards", "paper"), ("mark", &other_mark)];
    let (a, b, c) = tokio::join!(
        clerk.post(&people, &wish),
        clerk.post(&people, &wish),
        clerk.post(&same, &other_wish)
    );
    for answer in [a, b, c] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    assert_eq!(clerk.count("select count(*) from holders").await, 2);
    assert_eq!(clerk.count("select count(*) from cards").await, 2);
    let first = counts(&clerk.get(&one).await.text())[1];
    let second = counts(&clerk.get(&other).await.text())[1];
    assert_eq!(
        first + second,
        2,
        "of two lists with the same people one registers them"
    );
}

#[tokio::test]
async fn what_is_imported_is_what_was_looked_at() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let other = Clerk::of(&app, HERE).await;
    let list = format!("{HEAD}{MIXED}");
    let here = clerk.compared("a.csv", list.as_bytes()).await;
    let (people, mark) = (format!("{here}/people"), clerk.mark(&here).await);
    // A card that is none is not silently no card.
    for cards in ["gold", "electronic"] {
        let wish = [("cards", cards), ("mark", mark.as_str())];
        let refused = clerk.post(&people, &wish).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{cards}");
    }
    // Another clerk takes the phones for nothing.
    let said = [
        ("commune", HERE),
        ("column_5", "none"),
        ("action", "preview"),
    ];
    let mapped = other.post(&format!("{here}/columns"), &said).await;
    assert_eq!(mapped.location(), here);
    for mark in [mark.as_str(), ""] {
        let refused = clerk.post(&people, &[("mark", mark)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.text().contains("vừa được chọn lại cột"),
            "{}",
            refused.text()
        );
    }
    assert_eq!(clerk.count("select count(*) from holders").await, 0);
    let result = clerk.taken(&here, "").await;
    assert_eq!(counts(&result), [6, 1, 0, 4, 1, 0]);
}

#[tokio::test]
async fn numbers_are_not_tried_out_by_lists() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let row = |n: usize| format!("{n};Nguyễn Văn Thử;18/01/1987;Nam;0460870044{n:02};;\n");
    let list: String = (14..18).map(row).collect();
    let here = clerk
        .compared("a.csv", format!("{HEAD}{list}").as_bytes())
        .await;
    let preview = clerk.get(&here).await.text();
    assert_eq!(counts(&preview), [4, 0, 0, 4, 0, 0]);
    assert!(
        preview.contains("Hơn 3 dòng cùng họ tên, ngày sinh"),
        "{preview}"
    );
    // Rows that are compared are counted before they are: five more are too many.
    let officer = officer(&app, OfficerRole::CommuneOfficer, HERE).await;
    let clerk = Clerk {
        app: &app,
        cookie: officer.cookie,
    };
    let rows = Limit {
        kind: "imports rows",
        most: 100_000,
        window: Duration::from_secs(86_400),
    };
    let mut tx = app.app.store.write().await.unwrap();
    let key = officer.id.to_string();
    let within = tx.within_all(rows, &key, 99_990, app.now()).await;
    assert!(within.unwrap());
    tx.commit().await.unwrap();
    let sent = clerk
        .send("b.csv", format!("{HEAD}{MIXED}").as_bytes())
        .await;
    let columns = format!("{}/columns", sent.location());
    let said = [("commune", HERE), ("action", "preview")];
    let compared = clerk.post(&columns, &said).await;
    assert_eq!(compared.status, StatusCode::SEE_OTHER, "99,996 rows");
    let refused = clerk.post(&columns, &said).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "100,002");
}

#[tokio::test]
async fn a_list_is_its_units_and_gone_after_a_day() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let other = Clerk::of(&app, ELSEWHERE).await;
    let here = clerk
        .compared("a.csv", format!("{HEAD}{MIXED}").as_bytes())
        .await;
    for path in [here.clone(), format!("{here}/errors.xlsx")] {
        assert_eq!(
            other.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for deed in ["columns", "people", "discarding"] {
        let answer = other.post(&format!("{here}/{deed}"), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{deed}");
    }
    let bytes = std::fs::read(app.folder.path().join("vaora.sqlite-wal")).unwrap();
    assert!(
        !bytes.windows(12).any(|part| part == b"046087004417"),
        "sealed"
    );
    let done = clerk
        .compared("b.csv", format!("{HEAD}{MIXED}").as_bytes())
        .await;
    clerk.taken(&done, "").await;
    app.advance(Duration::from_secs(86_401));
    let retention = app.app.retention();
    app.app.store.erase(retention, app.now()).await.unwrap();
    let cookie = officer(&app, OfficerRole::CommuneOfficer, HERE)
        .await
        .cookie;
    let clerk = Clerk { app: &app, cookie };
    assert_eq!(clerk.get(&here).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        clerk.get(&format!("{done}/errors.xlsx")).await.status,
        StatusCode::NOT_FOUND
    );
    let result = clerk.get(&done).await.text();
    assert!(
        result.contains("Đã đăng ký 2 người") && !result.contains("Tải tệp lỗi"),
        "{result}"
    );
    assert_eq!(
        clerk
            .count("select count(*) from imports where rest is not null or file is not null")
            .await,
        0
    );
}

/// As many people as a commune has, with duplicates among them; each name from few words, as names are.
fn commune(people: usize) -> String {
    let mut list = HEAD.to_owned();
    for n in 0..people {
        let family = ["Nguyễn", "Trần", "Lê", "Phạm", "Hồ", "Võ", "Đặng"][n % 7];
        let middle = ["Văn", "Thị", "Đức", "Minh", "Ngọc"][n / 7 % 5];
        let given = [
            "Thử", "Mẫu", "Nháp", "Ví", "Dụ", "Tạm", "Giả", "Định", "Phác", "Vẽ", "Tập",
        ][n / 35 % 11];
        let (day, month, year) = (1 + n % 28, 1 + n / 28 % 12, 1940 + n % 60);
        let _ = writeln!(
            list,
            "{n};{family} {middle} {given};{day:02}/{month:02}/{year};;0460{:02}{:06};09{:08};{} đường Thử Nghiệm",
            year % 100,
            n * 37 % 1_000_000,
            n * 7919 % 100_000_000,
            n % 300,
        );
    }
    list
}

#[tokio::test]
#[ignore = "a measurement: run it alone"]
async fn as_many_people_as_a_list_holds_are_imported_in_seconds() {
    for people in [5_000, 10_000, 20_000] {
        imported(people).await;
    }
}

async fn imported(people: usize) {
    println!("{people} people");
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let list = commune(people);
    let mut last = Instant::now();
    let mut lap = |what: &str| {
        println!("{what}: {:?}", last.elapsed());
        last = Instant::now();
    };
    let sent = clerk.send("a.csv", list.as_bytes()).await;
    lap("upload");
    let here = sent.location();
    clerk
        .post(
            &format!("{here}/columns"),
            &[("commune", HERE), ("action", "preview")],
        )
        .await;
    lap("compare");
    let preview = counts(&clerk.get(&here).await.text());
    lap("preview");
    let result = clerk.taken(&here, "plastic").await;
    lap("take");
    println!("{preview:?}");
    assert_eq!(counts(&result), preview);
    let again = clerk.compared("a.csv", list.as_bytes()).await;
    lap("compare again");
    assert_eq!(
        counts(&clerk.get(&again).await.text())[1],
        0,
        "nobody twice"
    );
}
