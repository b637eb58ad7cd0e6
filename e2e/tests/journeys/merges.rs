//! Two records of one person: found by themselves, made one with a choice of fields, and made two again as they were.

use anyhow::Context;
use e2e::PATIENCE;
use e2e::browser::{Browser, Screen};
use e2e::office::Record;
use e2e::server::Server;
use std::time::{Duration, Instant};

/// As his paper says it.
const WHOLE: Record = Record {
    name: "Nguyễn Văn Thử",
    birth: "18/01/1987",
    number: "046087004417",
    phone: "0905 000 417",
};

/// As somebody wrote it down in a hurry, with another phone.
const BARE: Record = Record {
    name: "NGUYEN VAN THU",
    birth: "1987",
    number: "",
    phone: "0905 000 999",
};

/// The record that a column of the pair is: `one` or `other`.
const SIDE: &str = r#"
const [text] = arguments;
const cells = [...document.querySelectorAll("tbody td")];
return ["", "one", "other"][cells.find((cell) => cell.textContent.includes(text))?.cellIndex ?? 0];
"#;

/// Who somebody is, and which cards are in use: all but the steps of these, of which none is ever taken back.
const FACTS: &str = r#"
const said = [...document.querySelectorAll("h1, .facts, article h3, article > p:first-of-type")];
return said.map((one) => one.innerText.trim()).join("\n");
"#;

#[tokio::test]
async fn two_records_become_one_and_two_again_as_they_were() -> anyhow::Result<()> {
    let server = Server::start()?;
    let clerk = Browser::open(&server.base, Screen::Desk).await?;
    clerk.set_up(&server).await?;
    clerk.register_at_desk(WHOLE).await?;
    clerk.register_at_desk(BARE).await?;
    let before = both(&clerk).await?;
    open_pair(&clerk).await?;
    let pair = clerk.path().await?;
    clerk.is_sound("office-pair", Screen::Desk).await?;
    clerk.follow("Gộp làm một").await?;
    clerk.see("Chưa chọn giữ hồ sơ nào").await?;

    let whole = side(&clerk, "******004417").await?;
    let bare = if whole == "one" { "other" } else { "one" };
    clerk.answer("kept", &whole).await?;
    clerk.answer("name", bare).await?;
    clerk.follow("Gộp làm một").await?;
    clerk.see("Đã gộp hai hồ sơ.").await?;
    clerk.shot("83-merge-done").await?;
    let (kept, gone) = (&before[0].0, &before[1].0);
    clerk.visit(kept).await?;
    clerk.is_sound("office-person", Screen::Desk).await?;
    let one = clerk.read().await?;
    for words in ["Nguyen Van Thu", "******004417", "18/01/1987"] {
        assert!(one.contains(words), "{words}: {one}");
    }
    assert!(
        !one.contains(WHOLE.name),
        "the other's name was chosen: {one}"
    );
    assert_eq!(&clerk.find_person("Thu 1987").await?, kept, "one person");
    clerk.visit(gone).await?;
    clerk.see("18/01/1987").await?;

    clerk.visit(&pair).await?;
    clerk.follow("Tách lại").await?;
    clerk.see("Đã tách lại thành hai hồ sơ.").await?;
    clerk.shot("86-merge-undone").await?;
    assert_eq!(both(&clerk).await?, before, "as they were");
    clerk.close();
    Ok(())
}

/// The pages of both records and what they say: of the whole one, then of the bare one.
async fn both(clerk: &Browser) -> anyhow::Result<[(String, String); 2]> {
    let whole = clerk.find_person(WHOLE.number).await?;
    let said = shown(clerk).await?;
    let bare = clerk.find_person("0905000999").await?;
    Ok([(whole, said), (bare, shown(clerk).await?)])
}

async fn shown(clerk: &Browser) -> anyhow::Result<String> {
    let said = clerk.client.execute(FACTS, vec![]).await?;
    Ok(said.as_str().context("what is said")?.to_owned())
}

/// Waits until the two have been compared, and opens them.
async fn open_pair(clerk: &Browser) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        clerk.visit("/office/matches?lang=vi").await?;
        if clerk.has("td a[href^='/office/matches/']").await? {
            break;
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "nobody compared them");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    clerk.shot("81-merge-list").await?;
    clerk.follow("Xem").await
}

async fn side(clerk: &Browser, text: &str) -> anyhow::Result<String> {
    let side = clerk.client.execute(SIDE, vec![text.into()]).await?;
    Ok(side.as_str().context("a side")?.to_owned())
}
