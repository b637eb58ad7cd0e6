//! A permit on a card: where one is demanded, a gate refers whoever has none, shows whose there is, and notices its end.

use anyhow::Context;
use e2e::browser::{Browser, Screen};
use e2e::gate::{enrol, fetch_next_list, go_on_duty, next, scan};
use e2e::people::{HOLDER, OWNER};
use e2e::server::Server;

#[tokio::test]
async fn a_gate_asks_for_the_permit_that_an_office_issues() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let officer = Browser::open(&server.base, Screen::Desk).await?;
    officer.set_up(&server).await?;
    let (holder, card) = e2e::gate::get_a_card(&server, HOLDER).await?;
    holder.declare().await?;
    let gate = Browser::open(&server.base, Screen::Desk).await?;
    let board = gate.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    go_on_duty(&gate, &enrol(&gate, &board).await?).await?;
    gate.resize(Screen::Phone)?;

    demand(&officer).await?;
    let text = scan(&gate, &card.digits, "refer").await?;
    assert!(text.contains("Chưa có giấy cần ở đây"), "{text}");
    gate.shot("74-permit-missing").await?;
    gate.press("Không cho vào").await?;

    issue(&officer).await?;
    holder.visit("/code").await?;
    holder.see("Giấy đi chợ").await?;
    holder.shot("77-permit-own").await?;
    let text = scan(&gate, &card.digits, "admit").await?;
    assert!(text.contains("MỜI VÀO"), "{text}");
    assert!(
        text.contains("Giấy đi chợ: mọi ngày, cả ngày. Lúc này dùng được."),
        "{text}"
    );
    gate.shot("78-permit-admit").await?;
    next(&gate).await?;
    gate.answer("direction", "out").await?;
    scan(&gate, &card.digits, "admit").await?;
    next(&gate).await?;
    gate.answer("direction", "in").await?;

    end(&officer).await?;
    let text = scan(&gate, &card.digits, "refer").await?;
    assert!(text.contains("Giấy chưa hoặc không còn hiệu lực"), "{text}");
    gate.press("Không cho vào").await?;
    gate.answer("direction", "out").await?;
    scan(&gate, &card.digits, "admit").await?;

    // Without a network a gate knows that one is demanded, not who has it.
    fetch_next_list(&gate).await?;
    gate.answer("direction", "in").await?;
    server.stop();
    let text = scan(&gate, &card.digits, "refer").await?;
    assert!(text.contains("chưa biết có giấy không"), "{text}");
    gate.shot("80-permit-offline").await?;
    for browser in [officer, holder, gate] {
        browser.close();
    }
    Ok(())
}

/// From today on, at every venue.
async fn demand(officer: &Browser) -> anyhow::Result<()> {
    officer.visit("/office/permits/demands?lang=vi").await?;
    officer.choose("venues", "all").await?;
    officer.choose("kind", "market").await?;
    officer.choose("answer", "refer").await?;
    officer.follow("Thêm yêu cầu").await?;
    officer.see("Mọi địa điểm").await?;
    officer.shot("73-permit-demands").await
}

/// To one person, by phone; looked at before it is issued.
async fn issue(officer: &Browser) -> anyhow::Result<()> {
    officer.visit("/office/permits/new?lang=vi").await?;
    officer.fill("lines", HOLDER.phone).await?;
    officer.choose("kind", "market").await?;
    officer.shot("75-permit-form").await?;
    officer.follow("Xem lại trước khi cấp").await?;
    officer.see("Những người sẽ được cấp").await?;
    officer
        .is_sound("office-permit-preview", Screen::Desk)
        .await?;
    officer.follow("Cấp cho 1 người").await?;
    officer.see("Đã cấp giấy cho 1 người").await
}

async fn end(officer: &Browser) -> anyhow::Result<()> {
    officer.visit("/office/permits?lang=vi").await?;
    let permit = officer.one("tbody a[href^='/office/permits/']").await?;
    let permit = permit.attr("href").await?.context("a permit")?;
    officer.visit(&permit).await?;
    officer.choose("reason", "measures").await?;
    officer.is_sound("office-permit", Screen::Desk).await?;
    officer.follow("Kết thúc giấy").await?;
    officer.see("Đã kết thúc 1 giấy").await
}
