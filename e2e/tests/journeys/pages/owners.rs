//! The pages of owners and attendants, and of whoever comes to the place.

use super::{Findings, OWNED};
use e2e::browser::{Browser, Screen};
use e2e::people::{ATTENDANT, OWNER, PASSER_BY};
use e2e::server::Server;

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
