//! The pages of offices: a province's, and those above and below it.

use super::{ADMINISTERS, Findings, LOOKS_ON};
use e2e::browser::{Browser, Screen};
use e2e::people::OWNER;
use e2e::server::Server;

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
