//! Every page of every role, on the smallest and on a large screen, in both languages, by day and
//! by night, and with the keyboard alone.

use e2e::browser::{Browser, Screen};
use e2e::people::{ATTENDANT, HOLDER, OWNER, PASSER_BY};
use e2e::server::Server;
use e2e::tools;

/// What the tests below open, or a journey that comes by, as the server's own list of addresses names it.
const PAGES: &[&str] = &[
    "/",
    "/audit",
    "/cards/{id}/revocation",
    "/checkpoints/{id}",
    "/checkpoints/{id}/closing",
    "/checkpoints/{id}/declaration",
    "/checkpoints/{id}/paper",
    "/checkpoints/{id}/scanner",
    "/checkpoints/{id}/without-code",
    "/checkpoints/{id}/without-code/code",
    "/checkpoints/{id}/without-code/identity",
    "/checkpoints/{id}/without-code/name",
    "/code",
    "/declarations",
    "/declarations/health",
    "/declarations/new",
    "/declarations/trip",
    "/family",
    "/family/code",
    "/family/known",
    "/family/new",
    "/family/{id}",
    "/family/{id}/declaration",
    "/family/{id}/phone",
    "/family/{id}/removal",
    "/gate",
    "/gate/scanner-setup",
    "/invitations/{token}",
    "/lost",
    "/lost/code",
    "/office",
    "/office/account",
    "/office/batches",
    "/office/batches/{id}",
    "/office/batches/{id}/hand-over",
    "/office/batches/{id}/reprint",
    "/office/batches/{id}/revocation",
    "/office/cards",
    "/office/desk",
    "/office/imports",
    "/office/matches",
    "/office/officers",
    "/office/officers/new",
    "/office/officers/{id}",
    "/office/permits",
    "/office/permits/demands",
    "/office/permits/list",
    "/office/permits/new",
    "/office/people",
    "/office/people/{id}",
    "/office/requests",
    "/office/requests/{id}",
    "/office/settings",
    "/office/sign-in",
    "/office/posters",
    "/office/venues",
    "/privacy",
    "/second-record",
    "/second-record/code",
    "/second-record/undoing",
    "/second-record/undoing/code",
    "/requests",
    "/requests/card",
    "/requests/commune",
    "/requests/correction",
    "/set-up/{token}",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/name",
    "/spoken-code",
    "/trust",
    "/v",
    "/v/{code}",
    "/venues",
    "/venues/new",
    "/venues/new/confirmation",
    "/venues/new/registrant",
    "/venues/{id}",
    "/venues/{id}/asides",
    "/venues/{id}/attendants",
    "/venues/{id}/attendants/removal",
    "/venues/{id}/checkpoints",
    "/venues/{id}/closing",
    "/venues/{id}/details",
    "/venues/{id}/devices",
    "/venues/{id}/devices/loss",
    "/venues/{id}/devices/revocation",
    "/venues/{id}/owners",
    "/venues/{id}/permits",
    "/venues/{id}/permits/new",
    "/venues/{id}/posters",
    "/venues/{id}/scans",
    "/venues/{id}/suspension",
    "/visits",
    "/visits/access",
];

/// Addresses that are no pages: files, programs' ways in, forms that lead on.
const OTHERS: &[&str] = &[
    "/api/openapi.json",
    "/api/v1/gate-bundle",
    "/api/v1/keys",
    "/api/v1/scans",
    "/api/v1/status-list",
    "/cards",
    "/checkpoints/{id}/code.png",
    "/checkpoints/{id}/code.svg",
    "/checkpoints/{id}/confirmations",
    "/checkpoints/{id}/declaration/consent",
    "/checkpoints/{id}/declaration/health",
    "/checkpoints/{id}/declaration/trip",
    "/checkpoints/{id}/paper/rows",
    "/checkpoints/{id}/paper/sheet.pdf",
    "/checkpoints/{id}/poster",
    "/checkpoints/{id}/scans",
    "/checkpoints/{id}/typed",
    "/code/phone-key",
    "/code/sheet.pdf",
    "/demo/otp-inbox",
    "/family/{id}/card",
    "/family/{id}/declaration/consent",
    "/family/{id}/declaration/health",
    "/family/{id}/declaration/trip",
    "/family/{id}/dismissal",
    "/family/{id}/sheet.pdf",
    "/gate/manifest.webmanifest",
    "/healthz",
    "/manifest.webmanifest",
    "/office/batches/{id}/{part}",
    "/office/cards/{card}/card.pdf",
    "/office/cards/{card}/revocation",
    "/office/hand-over",
    "/office/imports/{id}",
    "/office/imports/{id}/columns",
    "/office/imports/{id}/discarding",
    "/office/imports/{id}/errors.xlsx",
    "/office/imports/{id}/people",
    "/office/matches/{id}",
    "/office/merges/{id}/undoing",
    "/office/officers/{id}/reset",
    "/office/officers/{id}/resumption",
    "/office/officers/{id}/suspension",
    "/office/posters.csv",
    "/office/posters.xlsx",
    "/office/posters/{id}/photo",
    "/office/posters/{id}/photo/erasure",
    "/office/permits.csv",
    "/office/permits.xlsx",
    "/office/permits/demands/{id}/lifting",
    "/office/permits/issuing",
    "/office/permits/requests/{id}",
    "/office/permits/requests/{id}/answer",
    "/office/permits/{id}",
    "/office/permits/{id}/end",
    "/office/people/{id}/card-steps",
    "/office/people/{id}/corrections",
    "/office/people/{id}/guardians",
    "/office/people/{id}/visits",
    "/office/requests/{id}/answer",
    "/office/venues.csv",
    "/office/venues.xlsx",
    "/office/venues/{id}",
    "/office/venues/{id}/answer",
    "/office/venues/{id}/reminders",
    "/office/venues/{id}/suspension",
    "/second-record/card",
    "/service-worker.js",
    "/sign-in/again",
    "/sign-out",
    "/sign-out/everywhere",
    "/static/{*path}",
    "/static/{build}/{*path}",
    "/trust/ca.crt",
    "/units/{code}/children",
    "/v/{code}/other-person",
    "/venues/new/code",
    "/venues/{id}/asides/acceptance",
    "/venues/{id}/asides/dating",
    "/venues/{id}/asides/discarding",
    "/venues/{id}/counts",
    "/venues/{id}/owners/acceptance",
    "/venues/{id}/owners/hand-over",
    "/venues/{id}/owners/refusal",
    "/venues/{id}/owners/removal",
    "/venues/{id}/scans.csv",
    "/venues/{id}/scans.xlsx",
    "/venues/{id}/posters/removal",
    "/venues/{id}/surges",
    "/venues/{id}/suspension/appeal",
];

/// What an office that administers a unit has in its navigation, and where it invites.
const ADMINISTERS: &[&str] = &[
    "/office",
    "/office/posters",
    "/office/venues",
    "/office/desk",
    "/office/imports",
    "/office/matches",
    "/office/people",
    "/office/requests",
    "/office/cards",
    "/office/batches",
    "/office/permits",
    "/office/permits/new",
    "/office/permits/list",
    "/office/permits/demands",
    "/office/officers",
    "/office/officers/new",
    "/office/officers/new?area=46",
    "/office/settings",
    "/office/account",
];

/// What an owner sees of a venue, after its address.
const OWNED: &[&str] = &[
    "",
    "/scans",
    "/details",
    "/checkpoints",
    "/attendants",
    "/owners",
    "/permits",
    "/permits/new",
    "/posters",
    "/suspension",
    "/closing",
];

/// What an inspector has.
const LOOKS_ON: &[&str] = &["/office", "/office/venues", "/office/account"];

#[test]
fn no_page_is_forgotten() -> anyhow::Result<()> {
    let routes = std::fs::read_to_string(tools::project().join("crates/app/src/web/routes.rs"))?;
    let found = routes
        .split(".route(")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1));
    let unknown: Vec<_> = found
        .filter(|path| !PAGES.contains(path) && !OTHERS.contains(path))
        .collect();
    assert!(unknown.is_empty(), "visit these too: {unknown:?}");
    Ok(())
}

/// Gathers everything that is wrong, so that one run says it all.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    async fn open(&mut self, browser: &Browser, name: &str, path: &str) -> anyhow::Result<()> {
        self.0.extend(browser.examine(name, path).await?);
        Ok(())
    }

    async fn here(&mut self, browser: &Browser, name: &str) -> anyhow::Result<()> {
        self.0.extend(browser.examine_here(name).await?);
        Ok(())
    }

    /// An office's pages, named for whose it is.
    async fn office(
        &mut self,
        browser: &Browser,
        whose: &str,
        pages: &[&str],
    ) -> anyhow::Result<()> {
        for path in pages {
            let page = path.replace(['/', '?', '='], "-");
            self.open(browser, &format!("{whose}{page}"), path).await?;
        }
        Ok(())
    }

    fn none(self) {
        assert!(
            self.0.is_empty(),
            "{} faults:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

#[tokio::test]
async fn anybodys_pages() -> anyhow::Result<()> {
    let server = Server::start()?;
    let anybody = Browser::open(&server.base, Screen::Phone).await?;
    let mut findings = Findings::default();
    for (name, path) in [
        ("home", "/"),
        ("privacy", "/privacy"),
        ("trust", "/trust"),
        ("sign-in", "/sign-in"),
        ("spoken-code", "/spoken-code"),
        ("lost", "/lost"),
        ("office-sign-in", "/office/sign-in"),
        ("typed-code", "/v?code=nothing"),
        ("gate", "/gate"),
        ("scanner-setup", "/gate/scanner-setup"),
        ("not-found", "/nothing-here"),
    ] {
        findings.open(&anybody, name, path).await?;
    }
    anybody.visit("/sign-in?lang=vi").await?;
    anybody.fill("phone", "12").await?;
    anybody.follow("Gửi mã").await?;
    findings.here(&anybody, "sign-in-error").await?;
    anybody.fill("phone", HOLDER.phone).await?;
    anybody.follow("Gửi mã").await?;
    findings
        .open(&anybody, "sign-in-code", "/sign-in/code")
        .await?;
    anybody.visit("/sign-in/code?lang=vi").await?;
    anybody.fill("otp", "000 000").await?;
    anybody.follow("Xác nhận").await?;
    findings.here(&anybody, "sign-in-code-error").await?;
    anybody.type_code(&server, HOLDER, 0).await?;
    anybody.follow("Xác nhận").await?;
    findings
        .open(&anybody, "sign-in-name", "/sign-in/name")
        .await?;
    anybody.close();
    findings.none();
    Ok(())
}

#[tokio::test]
async fn a_holders_pages() -> anyhow::Result<()> {
    let server = Server::start()?;
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    let mut findings = Findings::default();
    holder.sign_in(&server, HOLDER).await?;
    findings.open(&holder, "code-undeclared", "/code").await?;
    findings.open(&holder, "visits-none", "/visits").await?;
    findings
        .open(&holder, "second-record", "/second-record")
        .await?;
    holder.visit("/second-record?lang=vi").await?;
    holder.fill("phone", OWNER.phone).await?;
    holder.follow("Gửi mã đến số đó").await?;
    findings.here(&holder, "second-record-code").await?;
    let undoing = "/second-record/undoing";
    findings.open(&holder, "undoing", undoing).await?;
    holder.visit("/second-record/undoing?lang=vi").await?;
    holder.fill("phone", OWNER.phone).await?;
    holder.follow("Gửi mã").await?;
    findings.here(&holder, "undoing-code").await?;
    findings
        .open(&holder, "requests-commune", "/requests/commune")
        .await?;
    findings
        .open(&holder, "declare-person", "/declarations/new")
        .await?;
    findings
        .open(&holder, "declare-begin", "/declarations/health")
        .await?;
    findings
        .open(&holder, "declare-begin-trip", "/declarations/trip")
        .await?;
    declare(&holder, &mut findings).await?;
    findings.open(&holder, "code", "/code").await?;
    findings
        .open(&holder, "declarations", "/declarations")
        .await?;
    findings.open(&holder, "access", "/visits/access").await?;
    for (name, path) in [
        ("requests", "/requests"),
        ("requests-card", "/requests/card"),
        ("requests-correction", "/requests/correction"),
        ("family", "/family"),
        ("family-new", "/family/new"),
        ("family-known", "/family/known"),
    ] {
        findings.open(&holder, name, path).await?;
    }
    holder.visit("/code?lang=vi").await?;
    holder.follow("Báo mất thẻ").await?;
    let lost = holder.path().await?;
    findings.open(&holder, "report-lost", &lost).await?;
    holder.visit("/code?lang=vi").await?;
    holder.press("Sáng hơn").await?;
    holder.shot("page-code-bright-360-vi").await?;
    holder.close();
    findings.none();
    Ok(())
}

async fn declare(holder: &Browser, findings: &mut Findings) -> anyhow::Result<()> {
    holder.visit("/declarations/new?lang=vi").await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-person-error").await?;
    holder.describe_person().await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-health").await?;
    holder.answer("symptoms", "yes").await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-health-error").await?;
    holder.answer_health().await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-consent").await?;
    holder.answer("consent", "yes").await?;
    holder.follow("Gửi tờ khai").await
}

#[tokio::test]
async fn an_owners_pages() -> anyhow::Result<()> {
    let server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let mut findings = Findings::default();
    register(&server, &owner, &mut findings).await?;
    let board = owner.path().await?;
    findings.open(&owner, "board-empty", &board).await?;
    owner.visit(&format!("{board}/posters?lang=vi")).await?;
    let gate = owner
        .one("form[action$='/poster']")
        .await?
        .attr("action")
        .await?
        .unwrap_or_default();
    let gate = gate.trim_end_matches("/poster").to_owned();
    let code = owner
        .one("section .title.num")
        .await?
        .text()
        .await?
        .replace(' ', "");
    visit_the_place(&server, &mut findings, &code).await?;

    for page in OWNED {
        let name = format!("venue{}", page.replace('/', "-"));
        findings
            .open(&owner, &name, &format!("{board}{page}"))
            .await?;
    }
    findings.open(&owner, "venues", "/venues").await?;
    findings.open(&owner, "checkpoint", &gate).await?;
    findings
        .open(&owner, "checkpoint-closing", &format!("{gate}/closing"))
        .await?;
    findings
        .open(&owner, "scanner", &format!("{gate}/scanner"))
        .await?;
    manage(&owner, &mut findings, &board).await?;
    scan_by_hand(&owner, &mut findings, &gate).await?;
    without_code(&server, &owner, &mut findings, &gate).await?;
    owner.close();
    let attendant = Browser::open(&server.base, Screen::Phone).await?;
    attendant.sign_in(&server, ATTENDANT).await?;
    for (name, path) in [
        ("attendant-venues", "/venues"),
        ("attendant-scanner", &format!("{gate}/scanner")),
    ] {
        findings.open(&attendant, name, path).await?;
    }
    attendant.close();
    findings.none();
    Ok(())
}

/// The three steps, with an error at each.
async fn register(server: &Server, owner: &Browser, findings: &mut Findings) -> anyhow::Result<()> {
    findings.open(owner, "register", "/venues/new").await?;
    owner.visit("/venues/new?lang=vi").await?;
    owner.follow("Tiếp tục").await?;
    findings.here(owner, "register-error").await?;
    let advice = "Chọn tỉnh, thành phố trước.";
    owner.see(advice).await?;
    owner
        .describe_venue("Siêu thị tổng hợp Ví Dụ Thử Nghiệm chi nhánh số 2 phường Thuận Hóa")
        .await?;
    let said = owner.read().await?;
    assert!(!said.contains(advice), "a province is chosen: {said}");
    owner.follow("Tiếp tục").await?;
    findings
        .open(owner, "registrant", "/venues/new/registrant")
        .await?;
    owner.visit("/venues/new/registrant?lang=vi").await?;
    owner.fill("person", OWNER.name).await?;
    owner.fill("phone", OWNER.phone).await?;
    owner.follow("Gửi mã").await?;
    findings
        .open(owner, "registrant-code", "/venues/new/confirmation")
        .await?;
    owner.visit("/venues/new/confirmation?lang=vi").await?;
    owner.type_code(server, OWNER, 0).await?;
    owner.leaving().await?;
    owner.press_primary().await?;
    owner.arrived().await
}

/// Somebody comes, so that the lists are not empty.
async fn visit_the_place(
    server: &Server,
    findings: &mut Findings,
    code: &str,
) -> anyhow::Result<()> {
    let passer_by = Browser::open(&server.base, Screen::Phone).await?;
    let path = format!("/v/{code}");
    findings.open(&passer_by, "landing", &path).await?;
    passer_by.visit(&format!("{path}?lang=vi")).await?;
    passer_by.follow("VÀO").await?;
    findings.here(&passer_by, "landing-error").await?;
    passer_by.fill("person", PASSER_BY.name).await?;
    passer_by.fill("phone", PASSER_BY.phone).await?;
    passer_by.follow("VÀO").await?;
    findings.here(&passer_by, "landing-done").await?;
    findings.open(&passer_by, "landing-known", &path).await?;
    passer_by.close();
    Ok(())
}

async fn manage(owner: &Browser, findings: &mut Findings, board: &str) -> anyhow::Result<()> {
    owner.visit(&format!("{board}/attendants?lang=vi")).await?;
    owner.fill("phone", "1").await?;
    owner.press("Thêm người trực").await?;
    owner.see("cần sửa").await?;
    findings.here(owner, "attendants-error").await?;
    owner.fill("person", ATTENDANT.name).await?;
    owner.fill("phone", ATTENDANT.phone).await?;
    owner.press("Thêm người trực").await?;
    owner.see(ATTENDANT.name).await?;
    findings.here(owner, "attendants").await?;
    owner.follow("Bỏ").await?;
    findings.here(owner, "attendant-removal").await?;
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.fill("device_name", "Cổng xoay thử").await?;
    let gate = owner
        .one("select[name=checkpoint] option:last-child")
        .await?;
    let gate = gate.attr("value").await?.unwrap_or_default();
    owner.choose("checkpoint", &gate).await?;
    owner.follow("Thêm thiết bị").await?;
    findings.here(owner, "device-token").await?;
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.follow("Thu hồi").await?;
    findings.here(owner, "device-revocation").await?;
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.follow("Báo mất máy").await?;
    findings.here(owner, "device-loss").await?;
    owner.visit(&format!("{board}/asides")).await?;
    findings.here(owner, "asides").await
}

/// A code that is typed, without a camera.
async fn scan_by_hand(owner: &Browser, findings: &mut Findings, gate: &str) -> anyhow::Result<()> {
    owner.visit(&format!("{gate}/scanner?lang=vi")).await?;
    owner.touch(&owner.one("[data-type-code]").await?).await?;
    owner.fill("code", &"8261".repeat(8)).await?;
    owner.press("Kiểm tra mã").await?;
    owner.one(".decision--refuse").await?;
    findings.here(owner, "verdict-refuse").await
}

/// People without a code: one by phone, who is new, and one by the number of a paper, for whom the owner declares.
async fn without_code(
    server: &Server,
    owner: &Browser,
    findings: &mut Findings,
    gate: &str,
) -> anyhow::Result<()> {
    let paper = format!("{gate}/paper");
    findings.open(owner, "paper", &paper).await?;
    let start = format!("{gate}/without-code");
    findings.open(owner, "without-code", &start).await?;
    owner.visit(&format!("{start}?lang=vi")).await?;
    let before = server.sms.count(PASSER_BY.phone);
    owner.fill("phone", PASSER_BY.phone).await?;
    owner.follow("Gửi mã").await?;
    findings.here(owner, "without-code-code").await?;
    owner.type_code(server, PASSER_BY, before).await?;
    owner.follow("Xác nhận").await?;
    findings.here(owner, "without-code-name").await?;
    let paper = format!("{start}/identity");
    findings
        .open(owner, "without-code-identity", &paper)
        .await?;
    owner.visit(&format!("{paper}?lang=vi")).await?;
    owner.fill("code", "046050004417").await?;
    owner.follow("Tiếp tục").await?;
    findings.here(owner, "without-code-identity-name").await?;
    owner.fill("name", PASSER_BY.name).await?;
    owner.follow("Tiếp tục").await?;
    findings.here(owner, "scanner-referred").await?;
    owner.follow("Khai giúp người này").await?;
    findings.here(owner, "declaration-for-another").await
}

#[tokio::test]
async fn officers_pages() -> anyhow::Result<()> {
    let server = Server::start()?;
    let chief = Browser::open(&server.base, Screen::Desk).await?;
    let mut findings = Findings::default();
    let link = chief.set_up_link(&server)?;
    let path = link.strip_prefix(&server.base).unwrap_or(&link).to_owned();
    findings.open(&chief, "set-up", &path).await?;
    findings
        .open(&chief, "set-up-area", &format!("{path}?area=46"))
        .await?;
    chief.set_up(&server).await?;
    let board = Browser::open(&server.base, Screen::Desk).await?;
    board.register_venue(&server, OWNER, "Chợ Ví Dụ").await?;
    board.declare().await?;
    board.close();
    findings.office(&chief, "province", ADMINISTERS).await?;
    chief.visit("/office/officers/new?lang=vi").await?;
    chief.follow("Tạo liên kết mời").await?;
    findings.here(&chief, "office-invite-error").await?;
    find_a_card(&chief, &mut findings).await?;
    print_a_batch(&chief, &mut findings).await?;
    let invited = invite(&chief, "46", "auditor", "dinh-thu").await?;
    findings.here(&chief, "office-link").await?;
    chief.visit("/office/officers?lang=vi").await?;
    chief.follow("Đinh Văn Thử").await?;
    let officer = chief.path().await?;
    findings.open(&chief, "office-officer", &officer).await?;

    let auditor = Browser::open(&server.base, Screen::Desk).await?;
    findings.open(&auditor, "invitation", &invited).await?;
    auditor.visit(&format!("{invited}?lang=vi")).await?;
    auditor.enrol("dinh-thu").await?;
    findings.open(&auditor, "audit", "/audit").await?;
    auditor.close();
    chief.close();
    findings.none();
    Ok(())
}

/// Looks for the cards of somebody who is known: the owner of the venue.
async fn find_a_card(chief: &Browser, findings: &mut Findings) -> anyhow::Result<()> {
    chief.visit("/office/cards?lang=vi").await?;
    chief.follow("Tìm thẻ").await?;
    findings.here(chief, "office-cards-error").await?;
    chief.fill("phone", OWNER.phone).await?;
    chief.fill("name", OWNER.name).await?;
    chief.follow("Tìm thẻ").await?;
    chief.see("T.T.M").await?;
    findings.here(chief, "office-cards-found").await
}

/// Saves a card at the desk, and opens the batch that is made of it.
async fn print_a_batch(chief: &Browser, findings: &mut Findings) -> anyhow::Result<()> {
    chief.visit("/office/desk?lang=vi").await?;
    chief.type_by_hand("name", "Lê Thị Mẫu").await?;
    chief.type_by_hand("birth", "1990").await?;
    chief.type_by_hand("phone", "0905 000 701").await?;
    chief.answer("gender", "female").await?;
    chief.choose("commune", "19753").await?;
    chief.follow("Lưu, in sau").await?;
    findings.here(chief, "office-desk-saved").await?;
    chief.visit("/office/batches?lang=vi").await?;
    findings.here(chief, "office-batches-waiting").await?;
    chief.follow("Lập đợt in").await?;
    let batch = chief.path().await?;
    findings.here(chief, "office-batch").await?;
    for (name, asking) in [
        ("office-batch-hand-over", "hand-over"),
        ("office-batch-reprint", "reprint?from=1&reason=damaged"),
        ("office-batch-revocation", "revocation"),
    ] {
        let asking = format!("{batch}/{asking}");
        findings.open(chief, name, &asking).await?;
    }
    Ok(())
}

/// Invites an officer of Huế or of one of its communes, and returns the path of the link.
async fn invite(chief: &Browser, unit: &str, role: &str, login: &str) -> anyhow::Result<String> {
    chief.visit("/office/officers/new?area=46&lang=vi").await?;
    chief.choose("unit", unit).await?;
    chief.answer("role", role).await?;
    chief.fill("name", "Đinh Văn Thử").await?;
    chief.fill("login", login).await?;
    chief.follow("Tạo liên kết mời").await?;
    let link = chief.one("#link").await?.text().await?;
    Ok(link.strip_prefix(&chief.base).unwrap_or(&link).to_owned())
}

#[tokio::test]
async fn the_pages_of_offices_above_and_below_a_province() -> anyhow::Result<()> {
    let server = Server::start()?;
    let nation = Browser::open(&server.base, Screen::Desk).await?;
    let mut findings = Findings::default();
    nation.set_up_for(&server, "VN").await?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    owner.register_venue(&server, OWNER, "Chợ Ví Dụ").await?;
    owner.close();
    findings.office(&nation, "nation", ADMINISTERS).await?;
    for (role, pages) in [("commune_officer", ADMINISTERS), ("inspector", LOOKS_ON)] {
        let login = role.replace('_', "-");
        let invited = invite(&nation, "19753", role, &login).await?;
        let officer = Browser::open(&server.base, Screen::Desk).await?;
        officer.visit(&format!("{invited}?lang=vi")).await?;
        officer.enrol(&login).await?;
        findings.office(&officer, &login, pages).await?;
        officer.close();
    }
    nation.close();
    findings.none();
    Ok(())
}
