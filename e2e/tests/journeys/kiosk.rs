//! A day at the gate: numbers that are typed, companions, a voice, and the gate where nobody stands by.

use e2e::browser::{Browser, Screen};
use e2e::gate::{enrol, free, get_a_card, said, scan};
use e2e::people::{HOLDER, OWNER, PASSER_BY};
use e2e::print::read_square;
use e2e::server::Server;
use fantoccini::Locator;

/// The number printed on the card whose code the page shows.
const NUMBER: &str =
    "return document.body.textContent.match(/[0-9A-F]{4}(?: [0-9A-F]{4}){4}/)?.[0] ?? '';";

/// A scanner that types 70 digits, one every so many milliseconds, and Enter.
const SLOWLY: &str = "const [apart, done] = arguments;
    const keys = [...'9'.repeat(70), 'Enter'];
    const next = () => {
      const key = keys.shift();
      if (!key) return done(null);
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      setTimeout(next, apart);
    };
    next();";

/// What of the screen cannot be seen without scrolling: which way it records, what to do, and the way out.
const UNSEEN: &str = "return [...document.querySelectorAll('.switch label:has(:checked), .camera__note, [data-leave]')]
    .filter((one) => { const { top, bottom, height } = one.getBoundingClientRect(); return height === 0 || top < 0 || bottom > innerHeight; })
    .map((one) => one.outerHTML.slice(0, 80));";

/// Everything that a clip of speech was asked for.
const SPOKEN: &str = "return performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.mp3'));";

/// Lets so many milliseconds pass for the page's steady clock, and has what it begins to wait for from now on come so many
/// milliseconds sooner.
const LATER: &str = "const [passed, sooner] = arguments;
    const now = performance.now.bind(performance);
    performance.now = () => now() + passed;
    const wait = (window.unhurried ??= window.setTimeout.bind(window));
    window.setTimeout = (work, time = 0, ...given) => wait(work, Math.max(0, time - sooner), ...given);";

async fn shots(gate: &Browser, name: &str) -> anyhow::Result<()> {
    for screen in [Screen::Tablet, Screen::Desk, Screen::Phone] {
        gate.resize(screen)?;
        gate.shot(&format!("{name}-{}", screen.name())).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_gate_where_nobody_stands_by() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let board = owner.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    let (holder, declared) = get_a_card(&server, HOLDER).await?;
    holder.declare().await?;
    holder.visit("/code").await?;
    let number = holder.client.execute(NUMBER, vec![]).await?;
    let number = number.as_str().unwrap_or_default().to_owned();
    holder.close();
    let (passer_by, undeclared) = get_a_card(&server, PASSER_BY).await?;
    passer_by.close();

    let gate = Browser::open(&server.base, Screen::Phone).await?;
    gate.visit(&enrol(&owner, &board).await?).await?;
    gate.fill("duty", "Trần Thị Mẫu").await?;
    gate.press("Bắt đầu ca").await?;
    gate.one("html[data-kept]").await?;
    attended(&gate, &number, &declared.digits).await?;
    owner.visit(&format!("{board}/scans")).await?;
    owner.see("+2").await?;
    set_up(&owner).await?;

    begin_kiosk(&gate).await?;
    leave_full_screen(&gate, &declared.digits).await?;
    all_is_seen(&gate).await?;
    shots(&gate, "51-kiosk").await?;
    let text = scan(&gate, &declared.digits, "alone").await?;
    assert!(text.contains("ĐÃ"), "{text}");
    free(&gate).await?;
    let text = scan(&gate, &undeclared.digits, "refer").await?;
    assert!(text.contains("Mời gặp người trực"), "{text}");
    let buttons = gate
        .client
        .find_all(Locator::Css(".decision button"))
        .await?;
    assert!(buttons.is_empty(), "nobody is there to press anything");
    shots(&gate, "52-kiosk-refer").await?;
    free(&gate).await?;
    scan(&gate, "https://example.com/win?a=1", "refuse").await?;
    shots(&gate, "53-kiosk-refuse").await?;
    free(&gate).await?;
    let spoken = gate.client.execute(SPOKEN, vec![]).await?.to_string();
    assert!(
        spoken.contains("/vi/see_attendant.mp3") && spoken.contains("/vi/foreign.mp3"),
        "{spoken}"
    );

    // Still so after a reload, without a network, with the camera open and nobody who pressed anything.
    server.stop();
    gate.camera.film(&[&declared.square])?;
    gate.client.refresh().await?;
    said(&gate, "alone").await?;
    gate.camera.film(&[])?;
    gate.client.refresh().await?;
    gate.one("html[data-kiosk] [data-leave]").await?;
    gate.see("Mất mạng. Vẫn quét được.").await?;
    leave(&gate).await?;
    gate.close();
    owner.close();
    Ok(())
}

/// The kiosk on any screen.
async fn all_is_seen(gate: &Browser) -> anyhow::Result<()> {
    gate.see("Đưa mã vào khung").await?;
    for screen in [Screen::Tablet, Screen::Desk, Screen::Phone] {
        gate.resize(screen)?;
        let unseen = gate.client.execute(UNSEEN, vec![]).await?;
        assert_eq!(unseen, serde_json::json!([]), "on {screen:?}");
    }
    Ok(())
}

/// With an attendant: a typed number, and two who come along.
async fn attended(gate: &Browser, number: &str, digits: &str) -> anyhow::Result<()> {
    gate.touch(&gate.one("[data-type-code]").await?).await?;
    gate.fill("code", "00AA").await?;
    gate.press("Kiểm tra mã").await?;
    gate.see("Số chưa đúng").await?;
    gate.fill("companions", "2").await?;
    gate.fill("code", number).await?;
    gate.press("Kiểm tra mã").await?;
    let text = said(gate, "admit").await?;
    assert!(text.contains("MỜI VÀO"), "{text}");
    free(gate).await?;
    let left = gate.one("[name=companions]").await?.prop("value").await?;
    assert_eq!(left.as_deref(), Some("0"), "for one person");
    let text = scan(gate, digits, "echo").await?;
    assert!(text.contains("Thẻ in"), "{text}");
    gate.shot("50-gate-printed").await?;
    gate.press("Quét người tiếp theo").await?;
    free(gate).await?;
    gate.client.execute_async(SLOWLY, vec![25.into()]).await?;
    said(gate, "refuse").await?;
    gate.press("Quét người tiếp theo").await?;
    gate.see("Máy quét gửi chậm").await?;
    gate.shot("50-gate-slow").await
}

/// Who leaves the full screen is asked for the PIN, and stops nobody.
async fn leave_full_screen(gate: &Browser, digits: &str) -> anyhow::Result<()> {
    gate.client
        .execute_async(
            "const [done] = arguments; document.exitFullscreen().then(() => done(null));",
            vec![],
        )
        .await?;
    gate.one("[data-pin-page]").await?;
    scan(gate, digits, "alone").await?;
    free(gate).await?;
    gate.press("Quay lại").await?;
    gate.one("[data-leave]").await?;
    Ok(())
}

/// Everybody may measure a scanner.
async fn set_up(browser: &Browser) -> anyhow::Result<()> {
    browser.visit("/gate/scanner-setup").await?;
    let trial = browser.one("[data-trial]").await?;
    let digits = trial.attr("data-trial").await?.unwrap_or_default();
    browser.type_keys(&format!("{}\n", &digits[..280]))?;
    browser.see("280 trên 290 chữ số").await?;
    browser.type_keys(&format!("{digits}\n"))?;
    browser.see("đã nhận đủ").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trial.png");
    // Clear of the bar at the bottom.
    browser.touch(&trial).await?;
    let picture = trial.screenshot().await?;
    browser.shot("55-scanner-setup").await?;
    std::fs::write(&file, picture)?;
    assert_eq!(read_square(&file)?, digits);
    Ok(())
}

/// The panel, two PINs that differ, and two that do not.
async fn begin_kiosk(gate: &Browser) -> anyhow::Result<()> {
    gate.touch(&gate.one("[data-open-panel]").await?).await?;
    gate.press("Chế độ kiosk").await?;
    gate.fill("pin_new", "2468").await?;
    gate.fill("pin_again", "2469").await?;
    shots(gate, "50-gate-panel").await?;
    gate.press("Vào chế độ kiosk").await?;
    gate.see("Hai mã PIN khác nhau").await?;
    gate.fill("pin_again", "2468").await?;
    gate.press("Vào chế độ kiosk").await?;
    gate.one("html[data-kiosk] [data-leave]").await?;
    let header = gate.client.find(Locator::Css("[data-open-panel]")).await?;
    assert!(!header.is_displayed().await?, "no buttons but one");
    Ok(())
}

/// The PIN, wrong five times, and right when it is too late.
async fn leave(gate: &Browser) -> anyhow::Result<()> {
    gate.touch(&gate.one("[data-leave]").await?).await?;
    for _ in 0..4 {
        gate.fill("pin", "1111\n").await?;
        gate.see("Mã PIN chưa đúng").await?;
    }
    gate.fill("pin", "1111\n").await?;
    gate.see("Thử lại sau 30 giây").await?;
    shots(gate, "54-kiosk-pin").await?;
    // A second before the page that nobody touches goes away, and eleven before the next try.
    gate.client
        .execute(LATER, vec![19_000.into(), 19_000.into()])
        .await?;
    gate.fill("pin", "2468\n").await?;
    gate.until("the PIN's page to go", async |client| {
        let open = client.find_all(Locator::Css("[data-pin-page]:not([hidden])"));
        open.await.ok()?.is_empty().then_some(())
    })
    .await?;
    gate.one("html[data-kiosk]").await?;
    let said = gate.client.find(Locator::Css("[data-said-pin]")).await?;
    let said = said.prop("textContent").await?.unwrap_or_default();
    assert!(said.contains("Thử lại sau"), "{said}");
    gate.client
        .execute(LATER, vec![11_000.into(), 0.into()])
        .await?;
    gate.touch(&gate.one("[data-leave]").await?).await?;
    gate.fill("pin", "2468\n").await?;
    gate.one("html:not([data-kiosk]) [data-open-panel]").await?;
    gate.see("Mất mạng. Vẫn quét được.").await
}
