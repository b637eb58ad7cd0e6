//! The desk of an office: a scanner types what a citizen's card says, a card is issued and printed, and it opens a gate.

use e2e::browser::{Browser, Screen};
use e2e::people::OWNER;
use e2e::print::Printed;
use e2e::server::Server;
use serde_json::json;

/// As a scanner types it; the digits are nobody's.
const CCCD: &str = "046087004417|191234417|Nguyễn Văn Thử|18011987|Nam|12 đường Thử Nghiệm, Phú Hòa, Thành phố Huế, Tỉnh Thừa Thiên Huế|20042021";

/// The same through a keyboard that has no letters with signs.
const DAMAGED: &str = "046087004417||Nguy?n V?n Th?|18011987|Nam|12 ???ng Th? Nghi?m|20042021";

const ALT: char = '\u{E00A}';

/// What has the focus: its name and its value.
async fn focus(clerk: &Browser) -> anyhow::Result<String> {
    let at =
        "const at = document.activeElement; return `${at.name ?? at.tagName} ${at.value ?? ''}`;";
    let said = clerk.client.execute(at, vec![]).await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

/// Presses a key with Alt held, and waits for the page that comes of it.
async fn with_alt(clerk: &Browser, key: char) -> anyhow::Result<()> {
    clerk.leaving().await?;
    let pressed = [
        ("keyDown", ALT),
        ("keyDown", key),
        ("keyUp", key),
        ("keyUp", ALT),
    ];
    let pressed = pressed.map(|(kind, key)| json!({"type": kind, "value": key}));
    let keyboard = json!({"type": "key", "id": "keyboard", "actions": pressed});
    clerk.ask("POST", "actions", Some(&json!({"actions": [keyboard]})))?;
    clerk.arrived().await
}

#[tokio::test]
async fn a_scanner_fills_the_desk_and_the_card_opens_a_gate() -> anyhow::Result<()> {
    let server = Server::start()?;
    let clerk = Browser::open(&server.base, Screen::Desk).await?;
    clerk.set_up(&server).await?;
    clerk.visit("/office/desk?lang=vi").await?;
    clerk.one("[data-desk]").await?;
    anyhow::ensure!(focus(&clerk).await? == "id_number ");
    clerk.scan_paper(DAMAGED).await?;
    clerk.see("họ tên bị lỗi. Kiểm tra lại họ tên.").await?;
    anyhow::ensure!(clerk.value("birth").await? == "18/01/1987");
    anyhow::ensure!(focus(&clerk).await? == "name ");
    // A name in the field for the code stands for a keyboard that sends text; digits come by their keys elsewhere.
    clerk.press("Quét giấy tờ bất kỳ lúc nào").await?;
    clerk.fill("code", CCCD).await?;
    clerk.follow("Tìm hồ sơ").await?;
    anyhow::ensure!(clerk.value("name").await? == "Nguyễn Văn Thử");
    anyhow::ensure!(clerk.value("birth").await? == "18/01/1987");
    clerk.see("Chưa có hồ sơ nào giống").await?;
    clerk.choose("commune", "19753").await?;
    clerk.follow("Cấp thẻ").await?;
    clerk.see("Nguyễn Văn Thử · 1987 · Thẻ nhựa").await?;
    clerk.see("Đã cấp thẻ").await?;
    anyhow::ensure!(focus(&clerk).await? == "id_number ");
    let print = clerk.one("[data-print-card][target=_blank]").await?;
    let path = print.attr("href").await?.unwrap_or_default();
    let (kind, pdf) = clerk.fetch(&path).await?;
    anyhow::ensure!(kind.starts_with("application/pdf"), "{kind}");
    let printed = Printed::new(&pdf)?;
    let (code, _) = printed.square()?;

    // The same person again: the record is found while the fields are filled, and not made twice.
    clerk.type_by_hand("name", "NGUYEN VAN THU").await?;
    clerk.type_by_hand("birth", "18/01/1987").await?;
    clerk.type_by_hand("phone", "0905 000 417").await?;
    clerk.type_keys("\n")?;
    clerk.see("Có thể đã có hồ sơ").await?;
    anyhow::ensure!(clerk.value("name").await? == "Nguyen Van Thu");
    let after = focus(&clerk).await?;
    anyhow::ensure!(after.starts_with("commune"), "Enter goes on: {after}");
    with_alt(&clerk, '1').await?;
    clerk.one(".match .chip--full .icon").await?;
    let lacking = focus(&clerk).await?;
    anyhow::ensure!(lacking.starts_with("gender"), "{lacking}");
    clearing(&clerk).await?;
    camera(&clerk, &printed).await?;

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

/// Esc in a field clears nothing at once; twice clears all, which can be undone.
async fn clearing(clerk: &Browser) -> anyhow::Result<()> {
    const ESC: &str = "\u{E00C}";
    clerk.type_by_hand("address", "12").await?;
    clerk.type_keys(ESC)?;
    anyhow::ensure!(clerk.value("name").await? == "Nguyen Van Thu");
    clerk.type_keys(ESC)?;
    clerk.see("Đã xóa trắng.").await?;
    anyhow::ensure!(clerk.value("name").await?.is_empty());
    anyhow::ensure!(clerk.value("chosen").await?.is_empty());
    clerk.see("Hồ sơ giống sẽ hiện ở đây").await?;
    clerk.press("Hoàn tác").await?;
    clerk.see("Có thể đã có hồ sơ").await?;
    anyhow::ensure!(clerk.value("name").await? == "Nguyen Van Thu");
    anyhow::ensure!(!clerk.value("chosen").await?.is_empty());
    Ok(())
}

/// The camera reads a square, and the desk says what it is.
async fn camera(clerk: &Browser, printed: &Printed) -> anyhow::Result<()> {
    clerk.camera.film(&[&printed.seen()?])?;
    clerk.leaving().await?;
    clerk.press("Quét bằng máy ảnh").await?;
    clerk.arrived().await?;
    clerk.see("Đây là mã của thẻ vaora").await
}

#[tokio::test]
async fn a_scanner_hands_a_card_over_wherever_the_focus_is() -> anyhow::Result<()> {
    let server = Server::start()?;
    let clerk = Browser::open(&server.base, Screen::Desk).await?;
    clerk.set_up(&server).await?;
    clerk.visit("/office/desk?lang=vi").await?;
    clerk.type_by_hand("name", "Lê Thị Mẫu").await?;
    clerk.type_by_hand("birth", "1990").await?;
    clerk.type_by_hand("phone", "0905 000 701").await?;
    clerk.answer("gender", "female").await?;
    clerk.choose("commune", "19753").await?;
    clerk.follow("Lưu, in sau").await?;
    clerk.visit("/office/batches?lang=vi").await?;
    clerk.follow("Lập đợt in").await?;
    let part = clerk.one("a[href$='/1.pdf']").await?;
    let part = part.attr("href").await?.unwrap_or_default();
    let (kind, pdf) = clerk.fetch(&part).await?;
    anyhow::ensure!(kind.starts_with("application/pdf"), "{kind}");
    let (code, _) = Printed::new(&pdf)?.square()?;
    let elsewhere = "document.querySelector('h1').focus();";
    clerk.client.execute(elsewhere, vec![]).await?;
    clerk.type_keys(&format!("{code}\n"))?;
    clerk.see("Đã ghi là đã giao").await?;
    clerk.close();
    Ok(())
}

#[tokio::test]
async fn on_a_phone_similar_records_are_one_touch_away_and_nothing_is_lost_without_a_session()
-> anyhow::Result<()> {
    let server = Server::start()?;
    let clerk = Browser::open(&server.base, Screen::Desk).await?;
    clerk.set_up(&server).await?;
    clerk.visit("/office/desk?lang=vi").await?;
    clerk.type_by_hand("name", "Nguyễn Văn Thử").await?;
    clerk.type_by_hand("birth", "18/01/1987").await?;
    clerk.type_by_hand("phone", "0905 000 417").await?;
    clerk.answer("gender", "male").await?;
    clerk.choose("commune", "19753").await?;
    clerk.follow("Cấp thẻ").await?;
    for screen in [Screen::Tablet, Screen::Phone] {
        clerk.resize(screen)?;
        clerk.visit("/office/desk?lang=vi").await?;
        clerk.type_by_hand("name", "Nguyễn Văn Thử").await?;
        clerk.type_by_hand("birth", "18/01/1987").await?;
        clerk.answer("gender", "male").await?;
        let link = clerk.one(".desk__found").await?;
        let seen = "const { top, bottom } = arguments[0].getBoundingClientRect(); return top >= 0 && bottom <= innerHeight;";
        let here = vec![serde_json::to_value(&link)?];
        anyhow::ensure!(clerk.client.execute(seen, here).await? == true);
        clerk
            .shot(&format!("office-desk-found-{}", screen.name()))
            .await?;
        link.click().await?;
        let wide = "return document.documentElement.scrollWidth <= innerWidth;";
        anyhow::ensure!(clerk.client.execute(wide, vec![]).await? == true);
        clerk
            .shot(&format!("office-desk-match-{}", screen.name()))
            .await?;
    }
    clerk.resize(Screen::Desk)?;
    clerk.client.delete_all_cookies().await?;
    clerk.type_by_hand("birth", "18/01/1988").await?;
    clerk.type_keys("\n")?;
    clerk.see("Phiên làm việc đã hết").await?;
    clerk.press("Cấp thẻ").await?;
    clerk.see("Phiên làm việc đã hết").await?;
    anyhow::ensure!(clerk.path().await? == "/office/desk");
    anyhow::ensure!(
        clerk.value("birth").await? == "18/01/1988",
        "nothing is lost"
    );
    clerk.close();
    Ok(())
}
