//! Somebody without a phone: a paper is scanned at the desk, a card is printed, it opens a gate, its bearer learns at the
//! office which places are kept, and a lost card is replaced.

use anyhow::Context;
use data_encoding::BASE64;
use e2e::browser::{Browser, Screen};
use e2e::gate::{enrol, go_on_duty, next, said, scan};
use e2e::people::OWNER;
use e2e::print::Printed;
use e2e::server::Server;
use serde_json::json;

const NAME: &str = "Trần Thị Mẫu Thử";
const NUMBER: &str = "046150004417";

/// What a citizen's card says, through a keyboard that has no letters with signs.
const TYPED: &str = "046150004417||Tr?n Th? M?u Th?|02031950|N?|5 ???ng Th? Nghi?m|20042021";

const VENUE: &str = "Chợ Bến Thử";

#[tokio::test]
async fn a_person_without_a_phone_comes_and_goes_by_a_printed_card() -> anyhow::Result<()> {
    let server = Server::start()?;
    let clerk = Browser::open(&server.base, Screen::Desk).await?;
    clerk.set_up(&server).await?;
    let card = issue(&clerk).await?;
    card.keep("61-without-phone-card")?;
    let (code, _) = card.square()?;

    let gate = Browser::open(&server.base, Screen::Desk).await?;
    let board = gate.register_venue(&server, OWNER, VENUE).await?;
    go_on_duty(&gate, &enrol(&gate, &board).await?).await?;
    gate.resize(Screen::Phone)?;
    comes_and_goes(&gate, &card, &code).await?;
    asks_where(&clerk, &code).await?;
    loses_it(&clerk, &gate, &code).await?;
    for browser in [clerk, gate] {
        browser.close();
    }
    Ok(())
}

/// Scans the paper, mends what the scanner damaged, and prints a card.
async fn issue(clerk: &Browser) -> anyhow::Result<Printed> {
    clerk.visit("/office/desk?lang=vi").await?;
    clerk.scan_paper(TYPED).await?;
    clerk.see("họ tên bị lỗi. Kiểm tra lại họ tên.").await?;
    assert_eq!(clerk.value("id_number").await?, NUMBER);
    assert_eq!(clerk.value("birth").await?, "02/03/1950");
    assert_eq!(clerk.value("gender").await?, "female", "the number says it");
    clerk.shot("60-without-phone-read").await?;
    clerk.type_by_hand("name", NAME).await?;
    clerk.choose("commune", "19753").await?;
    clerk.follow("Cấp thẻ").await?;
    clerk.see("Đã cấp thẻ").await?;
    clerk.print_card("[data-print-card]").await
}

/// In by the camera, after a look of the attendant since nothing is declared; out by the scanner that types.
async fn comes_and_goes(gate: &Browser, card: &Printed, code: &str) -> anyhow::Result<()> {
    gate.camera.film(&[&card.seen()?])?;
    gate.press("Bắt đầu quét").await?;
    let text = said(gate, "refer").await?;
    assert!(text.contains("Chưa có tờ khai"), "{text}");
    assert!(text.contains("Thẻ in"), "a printed card: {text}");
    gate.shot("62-without-phone-refer").await?;
    gate.camera.film(&[])?;
    gate.press("Vẫn cho vào").await?;
    let text = said(gate, "admit").await?;
    assert!(text.contains("MỜI VÀO"), "{text}");
    gate.shot("63-without-phone-in").await?;
    // The camera still shows the card now and then; that of a fresh page is closed.
    gate.visit("/gate").await?;
    gate.see(VENUE).await?;
    gate.answer("direction", "out").await?;
    let text = scan(gate, code, "admit").await?;
    assert!(text.contains("ĐÃ RA"), "{text}");
    next(gate).await?;
    gate.answer("direction", "in").await
}

/// The card is scanned at the office; its bearer is there and asks, and gets a sheet without the office's words.
async fn asks_where(clerk: &Browser, code: &str) -> anyhow::Result<()> {
    let page = clerk.find_person(code).await?;
    clerk.see(NAME).await?;
    clerk.shot("64-without-phone-person").await?;
    clerk.follow("Xem nơi đã đến").await?;
    clerk.see("Chỉ mở khi chính người đó có mặt").await?;
    clerk.answer("present", "yes").await?;
    clerk.follow("Xem nơi đã đến").await?;
    clerk.see(VENUE).await?;
    clerk.is_sound("office-visits", Screen::Desk).await?;
    let paper = clerk.develop("Page.printToPDF", &json!({}))?;
    let paper = paper["data"].as_str().context("a printed page")?;
    let paper = Printed::new(&BASE64.decode(paper.as_bytes())?)?;
    paper.keep("66-without-phone-sheet")?;
    for words in [NAME, VENUE, "Nơi đã đến"] {
        assert!(paper.words.contains(words), "{words}: {}", paper.words);
    }
    for words in ["Tìm người", "Đăng xuất", NUMBER] {
        assert!(!paper.words.contains(words), "{words}: {}", paper.words);
    }
    clerk.follow(NAME).await?;
    assert_eq!(clerk.path().await?, page);
    Ok(())
}

/// Another card takes the place of the lost one, which a gate refuses from then on.
async fn loses_it(clerk: &Browser, gate: &Browser, code: &str) -> anyhow::Result<()> {
    let card = clerk.one("select[name=card] option:last-child").await?;
    let card = card.attr("value").await?.context("a card")?;
    clerk.choose("card", &card).await?;
    clerk.choose("step", "replacement").await?;
    clerk.choose("reason", "lost").await?;
    clerk.follow("Thực hiện").await?;
    clerk.see("Thay bằng thẻ khác: bị mất").await?;
    clerk.shot("67-without-phone-replaced").await?;
    let other = clerk
        .print_card("[role=status] a[href$='card.pdf']")
        .await?;
    let (other, _) = other.square()?;
    assert_ne!(other, code);
    let text = scan(gate, code, "refuse").await?;
    assert!(text.contains("Thẻ đã bị khóa"), "{text}");
    gate.shot("68-without-phone-lost").await?;
    gate.press("Quét người tiếp theo").await?;
    let text = scan(gate, &other, "refer").await?;
    assert!(text.contains("Chưa có tờ khai"), "{text}");
    Ok(())
}
