//! A sheet that was written by hand, typed in by keyboard alone: with a network, without one, and through a reload.

use anyhow::Context;
use e2e::browser::{Browser, Screen};
use e2e::people::OWNER;
use e2e::print::Printed;
use e2e::server::Server;
use serde_json::json;

const TAB: &str = "\u{E004}";

/// What day it was in Việt Nam a day ago, in the field of the sheet's date.
const YESTERDAY: &str = r#"
const date = document.querySelector('[id=paper-date]');
date.focus();
date.select();
return new Date(Date.now() + (7 - 24) * 3600_000).toISOString().slice(0, 10);
"#;
/// What the tab keeps for after a reload.
const KEPT: &str = "return Object.values(sessionStorage).join()";

/// Keys of one row, between Tabs: the time, the direction, phone or card, name, companions.
fn row(owner: &Browser, cells: [&str; 5]) -> anyhow::Result<()> {
    owner.type_keys(&format!("{}\n", cells.join(TAB)))
}

fn network(owner: &Browser, there: bool) -> anyhow::Result<()> {
    let conditions = json!({ "offline": !there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    owner.develop("Network.enable", &json!({}))?;
    owner.develop("Network.emulateNetworkConditions", &conditions)?;
    Ok(())
}

/// Dates the sheet yesterday, and says which day that is.
async fn begin_yesterday(owner: &Browser) -> anyhow::Result<String> {
    let day = owner.client.execute(YESTERDAY, vec![]).await?;
    let day = day.as_str().context("a day")?;
    let [year, month, date] = [&day[..4], &day[5..7], &day[8..]];
    owner.type_keys(&format!("{date}/{month}/{year}\n"))?;
    Ok(day.to_owned())
}

/// The server has all rows: what the tab keeps on a shared computer has no name in it.
async fn names_nobody(owner: &Browser) -> anyhow::Result<()> {
    let kept = owner.client.execute(KEPT, vec![]).await?;
    let kept = kept.as_str().context("what is kept")?;
    assert!(kept.contains("recorded"), "{kept}");
    for name in ["Nguyen", "nguyen", "Nhap", "0905"] {
        assert!(!kept.contains(name), "{name}: {kept}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sheet_is_typed_in_by_keyboard_alone() -> anyhow::Result<()> {
    let server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    owner.set_up(&server).await?;
    owner.client.delete_all_cookies().await?;
    let board = owner.register_venue(&server, OWNER, "Chợ Ví Dụ").await?;
    owner.visit(&format!("{board}/posters")).await?;
    owner.shot("paper-posters").await?;
    let form = owner.one("form[action$='/poster']").await?;
    let action = form.attr("action").await?.unwrap_or_default();
    let page = format!("{}/paper", action.trim_end_matches("/poster"));
    for words in ["vi", "en"] {
        let (kind, pdf) = owner
            .fetch(&format!("{page}/sheet.pdf?words={words}"))
            .await?;
        assert_eq!(kind, "application/pdf");
        let printed = Printed::new(&pdf)?;
        printed.keep(&format!("paper-sheet-{words}"))?;
        assert!(printed.paper.0 > printed.paper.1, "A4, lying");
    }

    owner.visit(&page).await?;
    owner.one("[data-rows] [data-field=time]").await?;
    // Of yesterday: today has no such times yet just after midnight.
    let day = begin_yesterday(&owner).await?;
    row(&owner, ["0001", "", "0905 000 417", "Nguyen Van Thu", "2"])?;
    owner.see("1 dòng, 1 đã ghi, 0 cần sửa").await?;
    row(&owner, ["0h02", "r", "+84905000417", "nguyen van thu", ""])?;
    owner.see("2 dòng, 2 đã ghi, 0 cần sửa").await?;
    // The same row again is not sent; it is removed.
    row(&owner, ["0002", "", "0905000417", "Nguyen Van Thu", ""])?;
    owner.see("Giống dòng 2").await?;
    owner.see("3 dòng, 2 đã ghi, 1 cần sửa").await?;
    owner.shot("paper-same").await?;
    owner.press("Xóa dòng 3").await?;
    owner.see("2 dòng, 2 đã ghi, 0 cần sửa").await?;

    // Without a network a row waits, through a reload.
    network(&owner, false)?;
    row(&owner, ["0:03", "v", "0905000420", "Pham Van Nhap", ""])?;
    owner.see("Chưa gửi được 1 dòng").await?;
    owner.shot("paper-waiting").await?;
    network(&owner, true)?;
    owner.see("3 dòng, 3 đã ghi, 0 cần sửa").await?;
    names_nobody(&owner).await?;
    // The browser itself complains of what it could not send.
    owner.complaints()?;
    owner.visit(&board).await?;
    owner.visit(&page).await?;
    owner.see("3 dòng, 3 đã ghi, 0 cần sửa").await?;

    // What is wrong is said at the row, which is mended where it stands.
    row(&owner, ["99:99", "", "0905000421", "Tran Thi Mau", ""])?;
    owner.see("Nhập giờ như").await?;
    owner.shot("paper-mend").await?;
    owner.type_keys("0004\n")?;
    owner.see("4 dòng, 4 đã ghi, 0 cần sửa").await?;
    owner.press("Tờ mới").await?;
    owner.see("0 dòng, 0 đã ghi, 0 cần sửa").await?;
    owner
        .visit(&format!("{board}/scans?from={day}T00:00"))
        .await?;
    owner.see("Nhập từ sổ giấy").await?;
    assert_eq!(owner.complaints()?, Vec::<String>::new());
    owner.close();
    Ok(())
}
