//! People without a code: a number and the code read out that was sent to it, or fetched before.

use crate::landing::scans;
use crate::scanner::card;
use crate::support::enrolment::hidden;
use crate::support::scene::{Scene, VENUE};
use crate::support::{Answer, TestHolder};
use axum::http::StatusCode;
use domain::phone::Phone;
use domain::scan::{Decision, Direction, Way};
use std::time::Duration;
use vaora::gateway::Gateway as _;

pub(crate) const NAME: &str = "Nguyễn Văn Thử";
pub(crate) const PHONE: &str = "0905 000 417";

/// The first gate's pages, as an attendant posts to them.
pub(crate) struct Gate<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) who: &'a TestHolder,
    pub(crate) path: String,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(scene: &'a Scene, who: &'a TestHolder) -> Self {
        let path = format!("/checkpoints/{}/without-code", scene.gates[0].id);
        Self { scene, who, path }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.scene.app.get(path, &self.who.cookie).await
    }

    pub(crate) async fn post(&self, page: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("{}{page}", self.path);
        self.scene
            .app
            .post_form(&path, fields, &self.who.cookie)
            .await
    }

    /// Gives a number; the step that the next page carries.
    pub(crate) async fn step(&self, phone: &str, direction: &str, action: &str) -> String {
        let fields = [
            ("phone", phone),
            ("direction", direction),
            ("companions", "2"),
            ("action", action),
        ];
        let answer = self.post("", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let page = self.get(&answer.location()).await;
        assert_eq!(page.status, StatusCode::OK);
        hidden(&page, "step")
    }

    pub(crate) async fn read_out(&self, step: &str, code: &str) -> Answer {
        self.post("/code", &[("step", step), ("otp", code)]).await
    }

    /// The words of the page that an answer leads to.
    pub(crate) async fn led(&self, answer: &Answer) -> String {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        self.get(&answer.location()).await.text()
    }
}

/// A code that is not this one.
fn other(code: &str) -> String {
    let last = code.as_bytes()[5] - b'0';
    format!("{}{}", &code[..5], (last + 1) % 10)
}

#[tokio::test]
async fn somebody_known_reads_out_the_code_sent_to_the_phone() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    card(&scene, 1, NAME, PHONE, true).await;
    let scanner = format!("/checkpoints/{}/scanner", scene.gates[0].id);
    assert!(gate.get(&scanner).await.body.contains(&gate.path));
    let step = gate.step("+84 905.000.417", "auto", "send").await;
    let code = scene.app.code_sent(PHONE, 1).await;
    let sent = scene.app.inbox.inbox(Phone::parse(PHONE).as_ref()).unwrap();
    let text = &sent[0].text;
    assert!(
        text.starts_with(&format!("Ma vao Cho Ben Thu: {code}")),
        "{text}"
    );
    let wrong = gate.read_out(&step, &other(&code)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("Mã chưa đúng hoặc đã hết hạn"));
    assert!(scans(&scene).await.is_empty());
    let right = gate.read_out(&step, &code).await;
    let text = gate.led(&right).await;
    assert!(text.contains("Cho vào N.V.T"), "{text}");
    assert!(
        !text.contains(NAME) && !right.location().contains("905"),
        "{text}"
    );
    let kept = scans(&scene).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (
            kept[0].way,
            kept[0].decision,
            kept[0].direction,
            kept[0].companions
        ),
        (Way::Typed, Decision::Admit, Direction::In, 2)
    );
    // A second click finds the same person read already; a minute later the code is nothing.
    let again = gate.read_out(&step, &code).await;
    assert!(gate.led(&again).await.contains("Đã quét"));
    scene.app.advance(Duration::from_secs(61));
    let replayed = gate.read_out(&step, &code).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let english = gate.get(&format!("{}?lang=en", gate.path)).await;
    assert!(english.text().contains("Person without a code"));
}

#[tokio::test]
async fn whoever_is_new_says_a_name_and_is_a_proven_holder() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let step = gate.step(PHONE, "in", "send").await;
    // The name's page is nobody's before the code is right.
    let early = gate.post("/name", &[("step", &step), ("name", NAME)]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    let code = scene.app.code_sent(PHONE, 1).await;
    let asked = gate.read_out(&step, &code).await;
    let page = gate.get(&asked.location()).await;
    assert!(page.text().contains("Họ tên người này"), "{}", page.text());
    let step = hidden(&page, "step");
    for name in ["", " ", &"a".repeat(300)] {
        let answer = gate.post("/name", &[("step", &step), ("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let named = gate.post("/name", &[("step", &step), ("name", NAME)]).await;
    let text = gate.led(&named).await;
    assert!(
        text.contains("Chờ kiểm tra N.V.T") && text.contains("Chưa có tờ khai"),
        "{text}"
    );
    // Sent again it is the same scan of the same person, whatever name it says.
    let again = gate
        .post("/name", &[("step", &step), ("name", "Ai Khác")])
        .await;
    assert_eq!(
        again.location().split('&').next(),
        named.location().split('&').next()
    );
    assert_eq!(scans(&scene).await.len(), 1);
    let (scan, held) = crate::scanner::referred(&named.location());
    scene.app.advance(Duration::from_secs(2));
    let confirm = format!("/checkpoints/{}/confirmations", scene.gates[0].id);
    let fields = [("scan", scan.as_str()), ("held", held.as_str())];
    let done = scene
        .app
        .post_form(&confirm, &fields, &attendant.cookie)
        .await;
    assert!(gate.led(&done).await.contains("Cho vào N.V.T"));
    let counts = scene.get("/counts").await.json();
    assert_eq!(
        counts["counts"]["inside"], 3,
        "with two companions: {counts}"
    );
    // The phone is theirs: it signs in without asking for a name.
    let mut browser = scene.app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = scene.app.code_sent(PHONE, 2).await;
    let page = browser.follow("/sign-in/code", &[("otp", &code)]).await;
    assert!(page.text().contains(NAME), "{}", page.text());
}

#[tokio::test]
async fn the_pages_say_the_same_of_every_number() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    card(&scene, 1, NAME, PHONE, true).await;
    let unknown = "0905 000 499";
    scene
        .app
        .post_form("/spoken-code", &[("phone", PHONE)], "")
        .await;
    for action in ["send", "have"] {
        let mut said = Vec::new();
        for phone in [PHONE, unknown] {
            let step = gate.step(phone, "in", action).await;
            let mut words = Vec::new();
            for typed in ["000000", "12", "", "x"] {
                let answer = gate.read_out(&step, typed).await;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
                words.push(answer.text().replace(phone, ""));
            }
            said.push(words);
        }
        assert_eq!(said[0], said[1], "{action}");
        assert!(!said[0].concat().contains("N.V.T"));
    }
}

#[tokio::test]
async fn a_code_for_a_gate_opens_no_session_and_one_for_signing_in_no_gate() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    card(&scene, 1, NAME, PHONE, true).await;
    let mut browser = scene.app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let for_session = scene.app.code_sent(PHONE, 1).await;
    let step = gate.step(PHONE, "in", "send").await;
    let for_gate = scene.app.code_sent(PHONE, 2).await;
    scene
        .app
        .post_form("/spoken-code", &[("phone", PHONE)], "")
        .await;
    let spoken = scene.app.code_sent(PHONE, 3).await;
    let have = gate.step(PHONE, "in", "have").await;
    for (step, code) in [
        (&step, &for_session),
        (&step, &spoken),
        (&have, &for_session),
        (&have, &for_gate),
    ] {
        // Six digits may be the same by chance.
        if [&for_gate, &spoken, &for_session]
            .into_iter()
            .filter(|one| *one == code)
            .count()
            == 1
        {
            let answer = gate.read_out(step, code).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    for code in [&for_gate, &spoken] {
        if *code != for_session {
            let answer = browser.post("/sign-in/code", &[("otp", code)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    assert!(scans(&scene).await.is_empty());
    // Each is good for what it was made for.
    assert_eq!(
        gate.read_out(&step, &for_gate).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        gate.read_out(&have, &spoken).await.status,
        StatusCode::SEE_OTHER
    );
    let answer = browser
        .post("/sign-in/code", &[("otp", &for_session)])
        .await;
    assert_eq!(answer.location(), "/code");
}

#[tokio::test]
async fn a_code_fetched_before_is_good_at_any_gate_for_half_a_day() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (person, _) = card(&scene, 1, NAME, PHONE, true).await;
    let cookie = scene
        .app
        .session(store::sessions::SessionOf::Holder(person))
        .await;
    let own = scene.app.get("/code", &cookie).await;
    assert!(own.body.contains("/spoken-code"));
    let page = scene.app.get("/spoken-code", &cookie).await;
    assert!(
        page.body.contains(&format!("value=\"{PHONE}\"")),
        "one's own number stands there"
    );
    assert!(
        !scene
            .app
            .get("/spoken-code", "")
            .await
            .body
            .contains("0905 000 417\"")
    );
    let sent = scene
        .app
        .post_form("/spoken-code", &[("phone", PHONE)], &cookie)
        .await;
    assert_eq!(sent.location(), "/spoken-code?sent=1");
    let code = scene.app.code_sent(PHONE, 1).await;
    for (at, direction) in ["in", "out", "in"].into_iter().enumerate() {
        let mut gate = Gate::new(&scene, &attendant);
        gate.path = format!("/checkpoints/{}/without-code", scene.gates[at % 2].id);
        let step = gate.step(PHONE, direction, "have").await;
        let answer = gate.read_out(&step, &code).await;
        assert!(gate.led(&answer).await.contains("N.V.T"));
        scene.app.advance(Duration::from_secs(3600));
    }
    assert_eq!(scans(&scene).await.len(), 3);
    // By itself, for another number, it is nothing; and after its time neither.
    let gate = Gate::new(&scene, &attendant);
    let step = gate.step("0905 000 499", "in", "have").await;
    assert_eq!(
        gate.read_out(&step, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    scene.app.advance(Duration::from_secs(9 * 3600 - 1));
    let step = gate.step(PHONE, "out", "have").await;
    assert_eq!(
        gate.read_out(&step, &code).await.status,
        StatusCode::SEE_OTHER
    );
    scene.app.advance(Duration::from_secs(1));
    assert_eq!(
        gate.read_out(&step, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn five_wrong_tries_lock_a_code_that_was_fetched_whoever_types_them() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    card(&scene, 1, NAME, PHONE, true).await;
    scene
        .app
        .post_form("/spoken-code", &[("phone", PHONE)], "")
        .await;
    let code = scene.app.code_sent(PHONE, 1).await;
    for n in 0..5 {
        let who = [&attendant, &scene.owner][n % 2];
        let gate = Gate::new(&scene, who);
        let step = gate.step(PHONE, "in", "have").await;
        if n == 3 {
            // A right one in between takes nothing from the count of the wrong ones.
            assert_eq!(
                gate.read_out(&step, &code).await.status,
                StatusCode::SEE_OTHER
            );
        }
        let answer = gate.read_out(&step, &other(&code)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let gate = Gate::new(&scene, &attendant);
    let step = gate.step(PHONE, "in", "have").await;
    assert_eq!(
        gate.read_out(&step, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // It stays dead when the lock is over: another is needed.
    scene.app.advance(Duration::from_secs(1800));
    let step = gate.step(PHONE, "in", "have").await;
    assert_eq!(
        gate.read_out(&step, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(scans(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_step_is_of_use_to_one_attendant_at_one_gate() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    card(&scene, 1, NAME, PHONE, true).await;
    let gate = Gate::new(&scene, &attendant);
    let step = gate.step(PHONE, "in", "send").await;
    let code = scene.app.code_sent(PHONE, 1).await;
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let foreign = Gate::new(&scene, &rival).read_out(&step, &code).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let owner = Gate::new(&scene, &scene.owner).read_out(&step, &code).await;
    assert_eq!(owner.status, StatusCode::CONFLICT);
    let mut next = Gate::new(&scene, &attendant);
    next.path = format!("/checkpoints/{}/without-code", scene.gates[1].id);
    assert_eq!(
        next.read_out(&step, &code).await.status,
        StatusCode::CONFLICT
    );
    let (head, tail) = step.split_at(20);
    let bent = format!(
        "{head}{}{}",
        if tail.starts_with('A') { 'B' } else { 'A' },
        &tail[1..]
    );
    for broken in ["", "x", bent.as_str()] {
        assert_eq!(
            gate.read_out(broken, &code).await.status,
            StatusCode::CONFLICT
        );
    }
    assert!(scans(&scene).await.is_empty());
    scene.app.advance(Duration::from_secs(901));
    assert_eq!(
        gate.read_out(&step, &code).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_gate_has_a_bounded_number_of_messages_sent() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    fn fields(phone: &str) -> [(&str, &str); 2] {
        [("phone", phone), ("action", "send")]
    }
    for n in 0..120 {
        let phone = format!("0905 001 {n:03}");
        let answer = gate.post("", &fields(&phone)).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{n}: {}",
            answer.text()
        );
    }
    let more = gate.post("", &fields("0905 002 000")).await;
    assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(more.text().contains("Đã gửi nhiều mã"), "{}", more.text());
    let mut next = Gate::new(&scene, &attendant);
    next.path = format!("/checkpoints/{}/without-code", scene.gates[1].id);
    assert_eq!(
        next.post("", &fields("0905 002 000")).await.status,
        StatusCode::SEE_OTHER
    );
    for wrong in ["", "0123", "113"] {
        let answer = next.post("", &fields(wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let crowd = [("phone", PHONE), ("companions", "21")];
    assert_eq!(
        next.post("", &crowd).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}
