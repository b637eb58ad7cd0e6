//! An area gives up its posters: a poster says so in both languages and records nobody, and its owner says that it is down.

use e2e::browser::{Browser, Screen};
use e2e::people::{OWNER, PASSER_BY};
use e2e::server::Server;

const VENUE: &str = "Chợ Bến Thử";

#[tokio::test]
async fn a_poster_that_was_given_up_says_so_and_is_taken_down() -> anyhow::Result<()> {
    let server = Server::start()?;
    let officer = Browser::open(&server.base, Screen::Desk).await?;
    officer.set_up(&server).await?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let board = owner.register_venue(&server, OWNER, VENUE).await?;
    let posters = format!("{board}/posters");
    owner.visit(&posters).await?;
    let code = owner.one("section .title.num").await?.text().await?;
    let poster = format!("/v/{}", code.replace(' ', ""));

    // Opened while posters were used, and sent when they are not any more.
    let passer_by = Browser::open(&server.base, Screen::Phone).await?;
    passer_by.visit(&poster).await?;
    passer_by.fill("person", PASSER_BY.name).await?;
    passer_by.fill("phone", PASSER_BY.phone).await?;
    give_up(&officer).await?;
    passer_by.follow("VÀO").await?;
    says_so(&passer_by, "Áp phích này không còn dùng").await?;
    passer_by.is_sound("poster-ended", Screen::Phone).await?;
    passer_by.visit(&format!("{poster}?lang=en")).await?;
    says_so(&passer_by, "This poster is no longer used").await?;
    passer_by.shot("94-poster-ended-en").await?;
    owner.visit(&format!("{board}/scans")).await?;
    owner.see("0 lượt").await?;

    owner.visit(&posters).await?;
    let folder = tempfile::tempdir()?;
    let wall = folder.path().join("wall.png");
    std::fs::write(&wall, passer_by.client.screenshot().await?)?;
    let photo = owner.one("[name=file]").await?;
    photo.send_keys(&wall.to_string_lossy()).await?;
    owner.shot("95-poster-removal").await?;
    owner.follow("Đã gỡ hết áp phích").await?;
    owner.see("có ảnh").await?;
    owner.is_sound("poster-removed", Screen::Desk).await?;
    for browser in [officer, owner, passer_by] {
        browser.close();
    }
    Ok(())
}

/// For the whole province: from tomorrow on, which lists who still has some, and then from today on.
async fn give_up(officer: &Browser) -> anyhow::Result<()> {
    officer.visit("/office/posters?lang=vi").await?;
    officer.see("Áp phích đang được dùng.").await?;
    for later in [1, 0] {
        officer.fill("day", &officer.day(later).await?).await?;
        officer.follow("Lưu thay đổi").await?;
        officer.see("1 địa điểm phải gỡ áp phích").await?;
        officer.follow("Ngừng dùng áp phích").await?;
        officer.see("Đã lưu.").await?;
        officer.shot(&format!("92-posters-end-in-{later}")).await?;
        officer.see("1 trong 1 địa điểm").await?;
        officer.see(VENUE).await?;
    }
    Ok(())
}

/// In both languages, the reader's own first.
async fn says_so(passer_by: &Browser, title: &str) -> anyhow::Result<()> {
    assert_eq!(passer_by.one("h1").await?.text().await?, title);
    for words in [
        VENUE,
        "Áp phích này không còn dùng",
        "Chưa có lượt nào được ghi.",
        "This poster is no longer used",
        "No entry was recorded.",
    ] {
        passer_by.see(words).await?;
    }
    assert!(!passer_by.has("main form").await?, "nothing to send");
    Ok(())
}
