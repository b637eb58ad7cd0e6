//! The desk of an office: a scanner types what a citizen's card says, a card is issued and printed, and it opens a gate.

use e2e::browser::{Browser, Screen};
use e2e::people::OWNER;
use e2e::print::Printed;
use e2e::server::Server;

/// As a scanner types it; the digits are nobody's.
const CCCD: &str = "046087004417|191234417|Nguyễn Văn Thử|18011987|Nam|12 đường Thử Nghiệm, Phú Hòa, Thành phố Huế, Tỉnh Thừa Thiên Huế|20042021";

#[tokio::test]
async fn a_scanner_fills_the_desk_and_the_card_opens_a_gate() -> anyhow::Result<()> {
    let server = Server::start()?;
    let clerk = Browser::open(&server.base, Screen::Desk).await?;
    clerk.set_up(&server).await?;
    clerk.visit("/office/desk?lang=vi").await?;
    clerk.one("[data-desk]").await?;
    // A name in the field for the code stands for a keyboard that sends text; digits come by their keys elsewhere.
    clerk.fill("code", CCCD).await?;
    clerk.follow("Tìm hồ sơ").await?;
    anyhow::ensure!(clerk.value("name").await? == "Nguyễn Văn Thử");
    anyhow::ensure!(clerk.value("birth").await? == "18/01/1987");
    clerk.see("Chưa có hồ sơ nào giống").await?;
    clerk.choose("commune", "19753").await?;
    clerk.follow("Cấp thẻ và in").await?;
    clerk.see("Đã cấp thẻ").await?;
    let print = clerk.one("[href$='card.pdf']").await?;
    let path = print.attr("href").await?.unwrap_or_default();
    let (kind, pdf) = clerk.fetch(&path).await?;
    anyhow::ensure!(kind.starts_with("application/pdf"), "{kind}");
    let (code, _) = Printed::new(&pdf)?.square()?;

    // The same person again: the record is found while the fields are filled, and not made twice.
    clerk.type_by_hand("name", "NGUYEN VAN THU").await?;
    clerk.type_by_hand("birth", "18/01/1987").await?;
    clerk.type_by_hand("phone", "09").await?;
    clerk.see("Có thể đã có hồ sơ").await?;

    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let board = owner
        .register_venue(&server, OWNER, "Chợ Thử Nghiệm")
        .await?;
    let link = e2e::gate::enrol(&owner, &board).await?;
    let gate = Browser::open(&server.base, Screen::Phone).await?;
    gate.visit(&link).await?;
    gate.fill("duty", "Lê Thị Ví Dụ").await?;
    gate.press("Bắt đầu ca").await?;
    gate.one("html[data-kept]").await?;
    // Nothing was declared for this person: a genuine card, and a question.
    let said = e2e::gate::scan(&gate, &code, "refer").await?;
    anyhow::ensure!(said.contains("Chưa có tờ khai"), "{said}");
    for browser in [clerk, owner, gate] {
        browser.close();
    }
    Ok(())
}
