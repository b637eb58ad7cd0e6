//! The whole loop, as people walk it: a place opens, somebody declares, both sides scan, everybody
//! sees who is in.

use e2e::browser::{Browser, Screen};
use e2e::people::{ATTENDANT, HOLDER, OWNER, PASSER_BY};
use e2e::picture::Picture;
use e2e::print::Printed;
use e2e::server::Server;
use fantoccini::Locator;

const VENUE: &str = "Chợ Ví Dụ";

/// Where things are, once the owner has registered.
struct Place {
    board: String,
    checkpoint: String,
    poster: String,
}

#[tokio::test]
async fn the_whole_loop() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let officer = owner.set_up(&server).await?;
    anyhow::ensure!(!officer.secret.is_empty(), "an officer has a secret");
    owner.shot("01-office").await?;
    owner.client.delete_all_cookies().await?;

    let place = open_a_place(&server, &owner).await?;
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    let square = get_a_code(&server, &holder).await?;
    let attendant = Browser::open(&server.base, Screen::Phone).await?;
    go_on_duty(&server, &owner, &attendant, &place).await?;

    undeclared_is_referred(&attendant, &place, &square).await?;
    declare(&holder).await?;
    owner.visit(&place.board).await?;
    declared_is_admitted(&attendant, &place, &square).await?;
    everybody_sees(&owner, &holder).await?;
    a_lost_card_is_refused(&holder, &attendant, &place, &square).await?;
    the_poster_is_tapped(&holder, &place).await?;
    a_stranger_leaves_a_name(&server, &place).await?;
    without_network_nobody_is_admitted(&mut server, &attendant, &place, &square).await?;
    for browser in [owner, holder, attendant] {
        browser.close();
    }
    Ok(())
}

/// Registers in three steps and prints the poster.
async fn open_a_place(server: &Server, owner: &Browser) -> anyhow::Result<Place> {
    let board = owner.register_venue(server, OWNER, VENUE).await?;
    owner.see(VENUE).await?;
    owner.shot("02-board-empty").await?;
    owner.visit(&format!("{board}/posters")).await?;
    owner.shot("03-posters").await?;
    let form = owner.one("form[action$='/poster']").await?;
    let action = form.attr("action").await?.unwrap_or_default();
    let (kind, pdf) = owner.fetch(&format!("{action}?paper=a4&words=vi")).await?;
    assert_eq!(kind, "application/pdf");
    let printed = Printed::new(&pdf)?;
    printed.keep("04-poster-a4")?;
    let (poster, _) = printed.square()?;
    assert!(
        poster.starts_with(&format!("{}/v/", server.base)),
        "{poster}"
    );
    assert!(printed.words.contains(VENUE), "{}", printed.words);
    assert!(
        !printed.words.to_lowercase().contains("vaora"),
        "no brand: {}",
        printed.words
    );
    let checkpoint = action.trim_end_matches("/poster").to_owned();
    Ok(Place {
        board,
        checkpoint,
        poster,
    })
}

/// Signs in with phone, code and name, and has a code before any declaration.
async fn get_a_code(server: &Server, holder: &Browser) -> anyhow::Result<Picture> {
    holder.visit("/sign-in").await?;
    holder.fill("phone", "0905 00").await?;
    holder.follow("Gửi mã").await?;
    holder.see("Số điện thoại chưa đúng").await?;
    assert_eq!(
        holder.value("phone").await?,
        "0905 00",
        "what was typed stays"
    );
    holder.sign_in(server, HOLDER).await?;
    assert_eq!(holder.path().await?, "/code");
    holder.see(HOLDER.name).await?;
    holder.see("Chưa có tờ khai").await?;
    holder.shot("05-code").await?;
    let square = holder.fixed_square().await?;
    Picture::from_png(&square.screenshot().await?)
}

/// The owner adds the attendant by phone; the attendant signs in and opens the scanner.
async fn go_on_duty(
    server: &Server,
    owner: &Browser,
    attendant: &Browser,
    place: &Place,
) -> anyhow::Result<()> {
    owner.visit(&format!("{}/attendants", place.board)).await?;
    owner.fill("person", ATTENDANT.name).await?;
    owner.fill("phone", ATTENDANT.phone).await?;
    owner.press("Thêm người trực").await?;
    owner.see(ATTENDANT.name).await?;
    owner.shot("06-attendants").await?;
    attendant.sign_in(server, ATTENDANT).await?;
    attendant.visit("/venues").await?;
    attendant.see(VENUE).await?;
    attendant.shot("07-on-duty").await?;
    attendant.follow("Quét mã tại").await?;
    assert_eq!(
        attendant.path().await?,
        format!("{}/scanner", place.checkpoint)
    );
    Ok(())
}

/// Opens the scanner before what is filmed.
async fn scan(attendant: &Browser, place: &Place, square: &Picture) -> anyhow::Result<()> {
    attendant.camera.film(&[square])?;
    attendant
        .visit(&format!("{}/scanner", place.checkpoint))
        .await?;
    attendant.press("Bắt đầu quét").await
}

/// Waits for a verdict and returns everything it says.
async fn verdict(attendant: &Browser, kind: &str) -> anyhow::Result<String> {
    let shown = attendant.one(&format!(".decision{kind}")).await;
    match shown {
        Ok(shown) => Ok(shown.text().await?),
        Err(error) => anyhow::bail!("{error}: {}", attendant.read().await?),
    }
}

/// What a verdict says that is covered by what can be done about it, and what of both is not on the screen.
const UNDER: &str = "
const box = (part) => part.getBoundingClientRect();
const of = (name) => document.querySelector('.decision__' + name);
const [bar, foot] = [box(of('bar')), box(of('foot'))];
const parts = [...of('verdict').children];
const under = parts.filter((part) => box(part).bottom > foot.top + 1 && box(part).right > foot.left + 1);
const off = [...parts, ...document.querySelectorAll('.act')].filter((part) => {
  const { top, bottom, left, right } = box(part);
  return top < bar.bottom - 1 || bottom > innerHeight + 1 || left < -1 || right > innerWidth + 1;
});
return [...under, ...off].map((part) => part.textContent);";

/// The narrowest screen that is promised, and a phone lying down, show what is said and what can be done, without scrolling.
async fn nothing_lies_under_the_buttons(attendant: &Browser) -> anyhow::Result<()> {
    for screen in [Screen::Narrow, Screen::Lying] {
        attendant.resize(screen)?;
        let under = attendant.client.execute(UNDER, vec![]).await?;
        let name = screen.name();
        assert!(
            under.as_array().is_some_and(Vec::is_empty),
            "{name}: {under}"
        );
    }
    attendant.resize(Screen::Phone)
}

async fn undeclared_is_referred(
    attendant: &Browser,
    place: &Place,
    square: &Picture,
) -> anyhow::Result<()> {
    scan(attendant, place, square).await?;
    let said = verdict(attendant, ".decision--refer").await?;
    assert!(
        said.contains("CHỜ KIỂM TRA") && said.contains("Chưa có tờ khai"),
        "{said}"
    );
    attendant.shot("08-refer").await?;
    nothing_lies_under_the_buttons(attendant).await?;
    attendant.press("Không cho vào").await?;
    attendant.visit("/venues").await
}

/// Three steps; nothing is chosen beforehand, and nothing is lost by an error.
async fn declare(holder: &Browser) -> anyhow::Result<()> {
    holder.visit("/declarations/new").await?;
    nothing_is_chosen(holder).await?;
    holder.fill("address", "8 kiệt Ví Dụ").await?;
    holder.follow("Tiếp tục").await?;
    holder.see("chỗ cần sửa").await?;
    assert_eq!(
        holder.value("address").await?,
        "8 kiệt Ví Dụ",
        "what was typed stays"
    );
    assert_eq!(
        holder.value("name").await?,
        HOLDER.name,
        "what was known stays"
    );
    holder.shot("09-declare-errors").await?;
    holder.describe_person().await?;
    holder.follow("Tiếp tục").await?;

    nothing_is_chosen(holder).await?;
    holder.answer("symptoms", "no").await?;
    holder.follow("Tiếp tục").await?;
    holder.see("Chưa trả lời câu 2").await?;
    assert_eq!(
        holder.value("symptoms").await?,
        "no",
        "what was answered stays"
    );
    holder.shot("10-declare-health").await?;
    holder.answer_health().await?;
    holder.follow("Tiếp tục").await?;

    nothing_is_chosen(holder).await?;
    holder.follow("Gửi tờ khai").await?;
    holder.see("Chưa đồng ý").await?;
    holder.shot("11-declare-consent").await?;
    holder.answer("consent", "yes").await?;
    holder.follow("Gửi tờ khai").await?;
    holder.visit("/code").await?;
    holder.see("Tờ khai còn hạn").await?;
    holder.shot("12-code-declared").await
}

async fn nothing_is_chosen(holder: &Browser) -> anyhow::Result<()> {
    let chosen = holder
        .client
        .find_all(Locator::Css(
            "main :is([type=radio], [type=checkbox]):checked",
        ))
        .await?;
    assert!(chosen.is_empty(), "an answer was chosen beforehand");
    Ok(())
}

async fn declared_is_admitted(
    attendant: &Browser,
    place: &Place,
    square: &Picture,
) -> anyhow::Result<()> {
    scan(attendant, place, square).await?;
    let said = verdict(attendant, ".decision--admit:not(.decision--echo)").await?;
    attendant.shot("13-admit").await?;
    assert!(
        said.contains("MỜI VÀO") && said.contains("Đã ghi VÀO"),
        "{said}"
    );
    assert!(
        said.contains("1987") && !said.contains("Nguyễn"),
        "initials and year, never a name: {said}"
    );
    // The film shows the code again after some seconds, well within the minute.
    let said = verdict(attendant, ".decision--echo").await?;
    attendant.shot("14-already-scanned").await?;
    assert!(
        said.contains("ĐÃ QUÉT") && said.contains("Không tính thêm lượt"),
        "{said}"
    );
    attendant.press("Quét người tiếp theo").await?;
    attendant.see("Vừa quét").await?;
    attendant.shot("15-scanner").await?;
    attendant.visit("/venues").await
}

/// The board counts by itself; the holder finds the visit.
async fn everybody_sees(owner: &Browser, holder: &Browser) -> anyhow::Result<()> {
    for name in ["inside", "entries"] {
        let css = format!("[data-count={name}]");
        owner
            .until(name, async |client| {
                let figure = client
                    .find(Locator::Css(&css))
                    .await
                    .ok()?
                    .text()
                    .await
                    .ok()?;
                (figure.trim() == "1").then_some(())
            })
            .await?;
    }
    owner.client.refresh().await?;
    owner.shot("16-board").await?;
    let list = owner.one("#scans table").await?.text().await?;
    assert!(
        list.contains("1987") && !list.contains("Nguyễn"),
        "no names in a list: {list}"
    );
    holder.visit("/visits").await?;
    holder.see(VENUE).await?;
    holder.see("đang ở trong").await?;
    holder.shot("17-visits").await
}

async fn a_lost_card_is_refused(
    holder: &Browser,
    attendant: &Browser,
    place: &Place,
    square: &Picture,
) -> anyhow::Result<()> {
    holder.visit("/code").await?;
    holder.follow("Báo mất thẻ").await?;
    holder.shot("18-report-lost").await?;
    holder.follow("Khóa thẻ").await?;
    holder.see("Thẻ đã khóa").await?;
    attendant.camera.film(&[square])?;
    attendant
        .visit(&format!("{}/scanner", place.checkpoint))
        .await?;
    attendant.answer("direction", "in").await?;
    attendant.press("Bắt đầu quét").await?;
    let said = verdict(attendant, ".decision--refuse").await?;
    attendant.shot("19-refuse").await?;
    assert!(
        said.contains("TỪ CHỐI") && said.contains("Thẻ đã bị khóa"),
        "{said}"
    );
    attendant.press("Quét người tiếp theo").await?;
    attendant.visit("/venues").await
}

/// The holder's own camera opens what the poster says; one tap records.
async fn the_poster_is_tapped(holder: &Browser, place: &Place) -> anyhow::Result<()> {
    holder.visit(&place.poster).await?;
    holder.see(VENUE).await?;
    holder.see("khi bạn bấm VÀO hoặc RA").await?;
    holder.shot("20-landing").await?;
    holder.follow("RA").await?;
    holder.see("Đã ghi RA lúc").await?;
    holder.shot("21-landing-out").await?;
    holder.visit("/visits").await?;
    holder.see(VENUE).await?;
    let said = holder.read().await?;
    assert!(!said.contains("đang ở trong"), "{said}");
    Ok(())
}

/// Somebody without an account gives name and phone once.
async fn a_stranger_leaves_a_name(server: &Server, place: &Place) -> anyhow::Result<()> {
    let stranger = Browser::open(&server.base, Screen::Phone).await?;
    stranger.visit(&place.poster).await?;
    stranger.follow("VÀO").await?;
    stranger.see("cần sửa").await?;
    stranger.fill("person", PASSER_BY.name).await?;
    stranger.fill("phone", PASSER_BY.phone).await?;
    stranger.shot("22-landing-stranger").await?;
    stranger.follow("VÀO").await?;
    stranger.see("Đã ghi VÀO lúc").await?;
    stranger.see("chưa được xác minh").await?;
    stranger.shot("23-landing-unverified").await?;
    assert_eq!(
        server.sms.count(PASSER_BY.phone),
        0,
        "nothing is sent to a number that proves nothing"
    );
    stranger.close();
    Ok(())
}

async fn without_network_nobody_is_admitted(
    server: &mut Server,
    attendant: &Browser,
    place: &Place,
    square: &Picture,
) -> anyhow::Result<()> {
    attendant.camera.film(&[square])?;
    attendant
        .visit(&format!("{}/scanner", place.checkpoint))
        .await?;
    attendant.answer("direction", "in").await?;
    server.stop();
    attendant.press("Bắt đầu quét").await?;
    let said = verdict(attendant, ".noanswer").await?;
    attendant.shot("24-offline").await?;
    assert!(
        said.contains("Mất mạng") && said.contains("chưa được ghi"),
        "{said}"
    );
    for kind in ["admit", "refer", "refuse"] {
        assert!(
            !attendant.has(&format!(".decision--{kind}")).await?,
            "no verdict without an answer: {kind}"
        );
    }
    server.resume()?;
    attendant.press("Gửi lại").await?;
    let said = verdict(attendant, ".decision--refuse").await?;
    assert!(
        said.contains("TỪ CHỐI"),
        "the same scan is decided once there is a network: {said}"
    );
    Ok(())
}
