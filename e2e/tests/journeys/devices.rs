//! What a device does of its own: a scanner that types its codes, and a phone without a network.

use e2e::browser::{Browser, Screen};
use e2e::people::{HOLDER, OWNER};
use e2e::server::Server;
use std::fmt::Write as _;

#[tokio::test]
async fn a_scanner_that_types_loses_nobody() -> anyhow::Result<()> {
    let server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Phone).await?;
    let board = owner.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.follow("Quét mã").await?;
    // Codes of other things, as long as a scanner types them: refused, and each of them recorded.
    let mut burst = String::new();
    for n in 1..=3 {
        writeln!(burst, "{}", format!("910{n}").repeat(9))?;
    }
    owner.type_keys(&burst)?;
    let first = owner.one(".decision--refuse").await?;
    assert!(first.text().await?.contains("còn 2 mã"));
    owner.one("[data-list] li:nth-child(3)").await?;
    // A verdict is shown and the field cannot be focused: what is typed is kept all the same.
    owner.type_keys("9104910491049104910491049104910491")?;
    assert!(owner.has(".decision--refuse").await?);
    assert_eq!(
        owner.value("code").await?,
        "9104910491049104910491049104910491"
    );
    owner.type_keys("\n")?;
    owner.one("[data-list] li:nth-child(4)").await?;
    owner.visit(&format!("{board}/scans")).await?;
    owner.see("4 lượt").await?;
    // A slip of the fingers is said at the field, and recorded nowhere.
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.follow("Quét mã").await?;
    owner.type_keys("hello\n")?;
    owner.see("Số thẻ chưa đúng").await?;
    assert_eq!(owner.value("code").await?, "hello");
    owner.visit(&format!("{board}/scans")).await?;
    owner.see("4 lượt").await?;
    owner.close();
    Ok(())
}

#[tokio::test]
async fn the_own_code_is_shown_without_a_network() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    holder.sign_in(&server, HOLDER).await?;
    holder
        .until("the worker", async |client| {
            let has = "return navigator.serviceWorker.controller !== null";
            let found = client.execute(has, vec![]).await.ok()?;
            found.as_bool().filter(|has| *has)
        })
        .await?;
    holder.visit("/code").await?;
    assert!(!holder.read().await?.contains("đã lưu lúc"));
    server.stop();
    holder.visit("/code").await?;
    holder.see("đã lưu lúc").await?;
    holder
        .one("[data-square] svg, [data-square] canvas")
        .await?;
    holder.shot("30-code-offline").await?;
    holder.visit("/visits").await?;
    holder.see("Thử lại").await?;
    holder.follow("Mã đã lưu").await?;
    holder.see(HOLDER.name).await?;
    // Who signs out leaves no code on the phone.
    server.resume()?;
    holder.visit("/code").await?;
    holder
        .touch(&holder.one("details.menu summary").await?)
        .await?;
    holder.follow("Đăng xuất").await?;
    server.stop();
    holder.visit("/code").await?;
    holder.see("Mất mạng").await?;
    assert!(!holder.read().await?.contains(HOLDER.name));
    assert!(!holder.has("[data-square]").await?);
    holder.close();
    Ok(())
}
