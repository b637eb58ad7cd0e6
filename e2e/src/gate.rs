//! A gate that is enrolled from the owner's screen, and codes that are shown to it.

use crate::browser::{Browser, Screen};
use crate::people::{ATTENDANT, Person};
use crate::picture::Picture;
use crate::print::read_square;
use crate::server::Server;
use fantoccini::Locator;

/// By what the gate decides without a network: when the list was made, and the rules of its place.
const LISTED: &str = r#"
const [done] = arguments;
const asked = indexedDB.open("vaora-gate");
asked.onsuccess = () => {
  const held = asked.result.transaction("kept").objectStore("kept").get("held");
  held.onsuccess = () => {
    asked.result.close();
    done(JSON.stringify([held.result?.issued, held.result?.policy]));
  };
};
"#;

/// A holder's fixed code.
#[derive(Debug)]
pub struct Card {
    /// What its square says.
    pub digits: String,
    /// A picture of it.
    pub square: Picture,
}

/// Signs in, and reads the own fixed square.
pub async fn get_a_card(server: &Server, person: Person) -> anyhow::Result<(Browser, Card)> {
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    holder.sign_in(server, person).await?;
    let png = holder.fixed_square().await?.screenshot().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("square.png");
    std::fs::write(&file, &png)?;
    let card = Card {
        digits: read_square(&file)?,
        square: Picture::from_png(&png)?,
    };
    Ok((holder, card))
}

/// The owner's screen, and the link that its square holds.
pub async fn enrol(owner: &Browser, board: &str) -> anyhow::Result<String> {
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.fill("device_name", "Điện thoại cổng").await?;
    let options = owner
        .client
        .find_all(Locator::Css("select[name=checkpoint] option"))
        .await?;
    let mut gate = String::new();
    for option in options {
        gate = option.attr("value").await?.unwrap_or(gate);
    }
    owner.choose("checkpoint", &gate).await?;
    owner.follow("Thêm thiết bị").await?;
    owner.see("Điện thoại hoặc máy tính làm máy quét").await?;
    owner.shot("40-gate-enrolment").await?;
    let link = owner.one("[data-link]").await?.attr("href").await?;
    Ok(link.unwrap_or_default())
}

/// Makes a browser the gate of that link, and begins a shift.
pub async fn go_on_duty(gate: &Browser, link: &str) -> anyhow::Result<()> {
    gate.visit(link).await?;
    gate.fill("duty", ATTENDANT.name).await?;
    gate.press("Bắt đầu ca").await?;
    // Whoever scans earlier is not heard.
    gate.one("[data-view=door]").await?;
    gate.one("html[data-kept]").await?;
    Ok(())
}

/// Opens the gate's page again, and waits until it has another list than before.
pub async fn fetch_next_list(gate: &Browser) -> anyhow::Result<()> {
    let before = gate.client.execute_async(LISTED, vec![]).await?;
    gate.visit("/gate").await?;
    gate.until("the next list", async |client| {
        let now = client.execute_async(LISTED, vec![]).await.ok()?;
        (now != before).then_some(())
    })
    .await
}

/// Types a code as a scanner does, and returns what the verdict says.
pub async fn scan(gate: &Browser, code: &str, kind: &str) -> anyhow::Result<String> {
    gate.type_keys(&format!("{code}\n"))?;
    match said(gate, kind).await {
        // Among several browsers on few cores a key is lost now and then: whoever holds the scanner reads again.
        Err(error) if error.to_string().contains("Không đọc được mã") => {
            gate.type_keys(&format!("{code}\n"))?;
            said(gate, kind).await
        }
        said => said,
    }
}

/// What the verdict of that kind says.
pub async fn said(gate: &Browser, kind: &str) -> anyhow::Result<String> {
    match gate.one(&format!(".decision--{kind}")).await {
        Ok(shown) => Ok(shown.text().await?),
        Err(error) => anyhow::bail!("{error}: {}", gate.read().await?),
    }
}

/// Takes the verdict away, as whoever is in a hurry does.
pub async fn next(gate: &Browser) -> anyhow::Result<()> {
    gate.one(".decision__verdict").await?.click().await?;
    free(gate).await
}

/// Waits until no verdict is shown.
pub async fn free(gate: &Browser) -> anyhow::Result<()> {
    gate.until("the verdict to go", async |client| {
        let shown = client.find_all(Locator::Css(".decision")).await.ok()?;
        shown.is_empty().then_some(())
    })
    .await
}
