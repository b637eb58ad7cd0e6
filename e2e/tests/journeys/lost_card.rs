//! A lost card: whoever lost it stops it without signing in, and no gate lets it in, with a network or without.

use e2e::browser::{Browser, Screen};
use e2e::gate::{enrol, fetch_next_list, go_on_duty, next, scan};
use e2e::people::{HOLDER, OWNER};
use e2e::print::Printed;
use e2e::server::Server;

#[tokio::test]
async fn a_lost_card_is_refused_also_by_a_gate_that_only_has_its_list() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    let code = print_the_own_card(&server, &holder).await?;
    let gate = Browser::open(&server.base, Screen::Desk).await?;
    let board = gate.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    go_on_duty(&gate, &enrol(&gate, &board).await?).await?;
    gate.resize(Screen::Phone)?;
    let text = scan(&gate, &code, "admit").await?;
    assert!(text.contains("MỜI VÀO"), "{text}");
    next(&gate).await?;

    report_from_anywhere(&server, &holder).await?;
    let text = scan(&gate, &code, "refuse").await?;
    assert!(text.contains("Thẻ đã bị khóa"), "{text}");
    gate.shot("71-lost-online").await?;
    gate.press("Quét người tiếp theo").await?;
    gate.answer("direction", "out").await?;
    let text = scan(&gate, &code, "admit").await?;
    assert!(text.contains("ĐÃ RA"), "whoever is inside leaves: {text}");
    next(&gate).await?;
    gate.answer("direction", "in").await?;

    fetch_next_list(&gate).await?;
    server.stop();
    let text = scan(&gate, &code, "refuse").await?;
    assert!(text.contains("Thẻ đã bị khóa"), "{text}");
    gate.see("Mất mạng").await?;
    gate.shot("72-lost-offline").await?;
    for browser in [holder, gate] {
        browser.close();
    }
    Ok(())
}

/// Declares, and prints the sheet with the card.
async fn print_the_own_card(server: &Server, holder: &Browser) -> anyhow::Result<String> {
    holder.sign_in(server, HOLDER).await?;
    holder.declare().await?;
    holder.visit("/code").await?;
    let (_, pdf) = holder.fetch("/code/sheet.pdf").await?;
    Ok(Printed::new(&pdf)?.square()?.0)
}

/// On a phone that knows nothing of the holder.
async fn report_from_anywhere(server: &Server, anybody: &Browser) -> anyhow::Result<()> {
    anybody.client.delete_all_cookies().await?;
    anybody.visit("/sign-in?lang=vi").await?;
    anybody.follow("Mất thẻ? Khóa thẻ ngay").await?;
    assert_eq!(anybody.path().await?, "/lost");
    let before = server.sms.count(HOLDER.phone);
    anybody.fill("phone", HOLDER.phone).await?;
    anybody.follow("Gửi mã").await?;
    anybody.see("bị khóa vĩnh viễn").await?;
    anybody.shot("69-lost-code").await?;
    anybody.type_code(server, HOLDER, before).await?;
    anybody.follow("Khóa thẻ").await?;
    anybody.see("Đã khóa 1 thẻ.").await?;
    anybody.is_sound("lost-done", Screen::Phone).await
}
