//! A child without a phone: her code is on her mother's, who declares for her, and it opens a gate.

use e2e::browser::{Browser, Screen};
use e2e::gate::{enrol, go_on_duty, scan};
use e2e::people::{HOLDER, OWNER};
use e2e::print::read_square;
use e2e::server::Server;

const CHILD: &str = "Nguyễn Thị Bé Thử";

#[tokio::test]
async fn a_childs_code_on_a_parents_phone_opens_a_gate() -> anyhow::Result<()> {
    let server = Server::start()?;
    let parent = Browser::open(&server.base, Screen::Phone).await?;
    parent.sign_in(&server, HOLDER).await?;
    parent.declare().await?;
    add(&parent).await?;
    let page = parent.path().await?;
    let code = shown(&parent).await?;

    let gate = Browser::open(&server.base, Screen::Desk).await?;
    let board = gate.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    go_on_duty(&gate, &enrol(&gate, &board).await?).await?;
    gate.resize(Screen::Phone)?;
    let text = scan(&gate, &code, "refer").await?;
    assert!(text.contains("Chưa có tờ khai"), "{text}");
    gate.press("Không cho vào").await?;

    declare_for(&parent).await?;
    assert_eq!(parent.path().await?, page);
    parent.see("Tờ khai còn hạn").await?;
    parent.is_sound("family-member", Screen::Phone).await?;
    assert_eq!(shown(&parent).await?, code, "the code stays");
    let text = scan(&gate, &code, "admit").await?;
    assert!(text.contains("MỜI VÀO"), "{text}");
    for browser in [parent, gate] {
        browser.close();
    }
    Ok(())
}

async fn add(parent: &Browser) -> anyhow::Result<()> {
    parent.visit("/family?lang=vi").await?;
    parent.see("Chưa có ai.").await?;
    parent.shot("87-family-none").await?;
    parent.follow("Thêm người nhà").await?;
    parent.fill("name", CHILD).await?;
    parent.fill("birth", "18/01/2019").await?;
    parent.answer("gender", "female").await?;
    parent.choose("relation", "child").await?;
    parent.shot("88-family-new").await?;
    parent.leaving().await?;
    parent.press_primary().await?;
    parent.arrived().await?;
    parent.see("Đã thêm.").await?;
    parent.see(CHILD).await?;
    parent.shot("89-family-child").await
}

/// What the child's square says, read by another program from a picture of it.
async fn shown(parent: &Browser) -> anyhow::Result<String> {
    let square = parent.one(".code-panel__square svg").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("square.png");
    std::fs::write(&file, square.screenshot().await?)?;
    read_square(&file)
}

/// The same three steps as one's own; who is known is not asked.
async fn declare_for(parent: &Browser) -> anyhow::Result<()> {
    parent.follow("Khai giúp").await?;
    parent.see(&format!("{CHILD}, 2019")).await?;
    parent.choose("province", "46").await?;
    parent.choose("commune", "19753").await?;
    parent.fill("address", "8 kiệt Ví Dụ").await?;
    parent.follow("Tiếp tục").await?;
    parent.answer_health().await?;
    parent.follow("Tiếp tục").await?;
    parent.see("Tôi khai giúp người này").await?;
    parent.shot("90-family-consent").await?;
    parent.answer("consent", "yes").await?;
    parent.follow("Gửi tờ khai").await
}
