//! A gate that is enrolled from the owner's screen, and codes that are shown to it.

use crate::browser::{Browser, Screen};
use crate::people::Person;
use crate::picture::Picture;
use crate::print::read_square;
use crate::server::Server;
use fantoccini::Locator;

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

/// Waits until no verdict is shown.
pub async fn free(gate: &Browser) -> anyhow::Result<()> {
    gate.until("the verdict to go", async |client| {
        let shown = client.find_all(Locator::Css(".decision")).await.ok()?;
        shown.is_empty().then_some(())
    })
    .await
}
