//! The gate without a network: enrolled from the owner's screen, it decides alone, loses no line when
//! it dies, and sends all of them, each once, when the server is back.

use e2e::browser::{Browser, Screen};
use e2e::gate::{Card, enrol, free, get_a_card, said, scan};
use e2e::people::{HOLDER, OWNER, PASSER_BY, Person};
use e2e::server::Server;

const LOST: Person = Person {
    name: "Đặng Thị Thẻ Mất",
    phone: "0905 000 105",
};

/// What `IndexedDB` holds, all of it as text, and how many lines wait.
const KEPT: &str = r#"
const [done] = arguments;
const asked = indexedDB.open("vaora-gate");
asked.onsuccess = async () => {
  const db = asked.result;
  const all = {};
  for (const name of db.objectStoreNames) {
    const store = db.transaction(name).objectStore(name);
    const whole = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    all[name] = [await whole(store.getAllKeys()), await whole(store.getAll())];
  }
  const text = JSON.stringify(all, (key, value) => (value instanceof Uint8Array ? [...value].join() : value));
  done([text, all.queue[0].length, all.kept[1][all.kept[0].indexOf("seq")] ?? 0]);
};
"#;

/// Shows a state of the strip that would take hours to come by itself, beside the one that lives.
const STRIP: &str = r#"
const [state, done] = arguments;
const live = document.querySelector("[data-strip], [data-shown]");
const shown = live.cloneNode();
delete shown.dataset.strip;
shown.dataset.shown = "";
live.replaceWith(shown);
import(`${document.documentElement.dataset.assets}/js/gate/strip.js`).then((module) => {
  module.showStrip(shown, { online: true, revoked: false, age: 0, waiting: 0, total: 0, done: 0, minutesOff: 0, parked: 0, room: Infinity, ...state });
  done(null);
});
"#;

/// Two pages of one phone keep 25 lines each at the same time; then everything is deleted.
const NUMBERS: &str = r#"
const [done] = arguments;
const folder = `${document.documentElement.dataset.assets}/js/gate`;
const work = async () => {
  const [{ Store }, { enqueue }] = await Promise.all([import(`${folder}/store.js`), import(`${folder}/queue.js`)]);
  const pages = [await Store.open(), await Store.open()];
  await Promise.all(pages.map(async (store, page) => {
    for (let n = 10; n < 35; n++) {
      await enqueue(store, async (seq) => {
        await crypto.subtle.digest("SHA-256", new Uint8Array(99));
        return { id: `${n}-${page}`, sealed: String(seq) };
      });
    }
  }));
  const numbers = (await pages[0].oldest(100)).map(({ sealed }) => Number(sealed));
  // The phone is another device by now: a page that does not know it keeps nothing and takes no number.
  await pages[0].set({ enrolment: { token: "new" } });
  const refused = await pages[1].keep({ id: "x", sealed: "", token: "old" }, 51).then(String, ({ name }) => name);
  const last = [refused, await pages[0].seq(), await pages[1].keep({ id: "y", sealed: "", token: "new" }, 51)];
  for (const { db } of pages) db.close();
  await new Promise((resolve) => (indexedDB.deleteDatabase("vaora-gate").onsuccess = resolve));
  return [numbers.sort((one, other) => one - other), last];
};
work().then(done, (error) => done(String(error)));
"#;

/// The text of all that is kept, how many lines wait, and the number of the last line.
async fn kept(gate: &Browser) -> anyhow::Result<(String, u64, u64)> {
    let all = gate.client.execute_async(KEPT, vec![]).await?;
    let text = all[0].as_str().unwrap_or_default().to_owned();
    let number = |at: usize| all[at].as_u64().unwrap_or_default();
    Ok((text, number(1), number(2)))
}

#[tokio::test]
async fn a_gate_without_a_network_loses_nothing() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let board = owner.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    let (holder, declared) = get_a_card(&server, HOLDER).await?;
    holder.declare().await?;
    let (passer_by, undeclared) = get_a_card(&server, PASSER_BY).await?;
    let (loser, lost) = get_a_card(&server, LOST).await?;
    loser.visit("/code").await?;
    loser.follow("Báo mất thẻ").await?;
    loser.follow("Khóa thẻ").await?;
    for browser in [holder, passer_by, loser] {
        browser.close();
    }

    let gate = Browser::open(&server.base, Screen::Phone).await?;
    gate.visit("/gate").await?;
    gate.see("Máy này chưa gắn với cổng nào").await?;
    let numbers = gate.client.execute_async(NUMBERS, vec![]).await?;
    let each: Vec<u64> = (1..=50).collect();
    let last = ("AbortError", 50, true);
    assert_eq!(numbers, serde_json::json!([each, last]), "each number once");
    gate.visit(&enrol(&owner, &board).await?).await?;
    gate.one("[data-view=duty] [hreflang=en]").await?;
    gate.fill("duty", "Trần Thị Mẫu").await?;
    assert!(!gate.client.current_url().await?.as_str().contains('#'));
    gate.press("Bắt đầu ca").await?;
    gate.see("Chợ Bến Thử").await?;
    gate.one("html[data-kept]").await?;
    gate.shot("41-gate-online").await?;
    online(&gate, &declared).await?;

    server.stop();
    offline(&gate, &declared, &undeclared, &lost).await?;
    let (text, waiting, last) = kept(&gate).await?;
    assert!(waiting >= 6 && last == waiting + 1, "{waiting} of {last}");
    for card in [&declared, &undeclared, &lost] {
        assert!(!text.contains(&card.digits[4..40]), "digits in the clear");
    }
    assert!(
        !text.contains("\"code\""),
        "a line in the clear: only sealed ones may be kept"
    );

    let gate = gate.die_and_open(Screen::Phone).await?;
    gate.visit("/gate").await?;
    gate.see("Mất mạng. Vẫn quét được.").await?;
    gate.see(&format!("Chờ gửi {waiting}")).await?;
    gate.shot("46-gate-after-its-death").await?;
    states(&gate).await?;

    server.resume()?;
    gate.visit("/gate").await?;
    gate.until("an empty queue", async |_| {
        let (_, waiting, _) = kept(&gate).await.ok()?;
        (waiting == 0).then_some(())
    })
    .await?;
    owner.visit(&format!("{board}/scans")).await?;
    owner.see(&format!("{last} lượt")).await?;
    gate.close();
    owner.close();
    Ok(())
}

/// With a network the server answers, and nothing waits.
async fn online(gate: &Browser, declared: &Card) -> anyhow::Result<()> {
    let said = scan(gate, &declared.digits, "admit").await?;
    assert!(said.contains("MỜI VÀO"), "{said}");
    gate.shot("42-gate-online-admit").await?;
    free(gate).await?;
    assert_eq!(kept(gate).await?.1, 0, "acknowledged");
    Ok(())
}

/// Verdicts by the lists.
async fn offline(
    gate: &Browser,
    declared: &Card,
    undeclared: &Card,
    lost: &Card,
) -> anyhow::Result<()> {
    gate.answer("direction", "out").await?;
    let text = scan(gate, &declared.digits, "admit").await?;
    assert!(text.contains("ĐÃ RA"), "{text}");
    free(gate).await?;
    gate.answer("direction", "in").await?;
    let text = scan(gate, &undeclared.digits, "refer").await?;
    assert!(text.contains("Mất mạng, chưa kiểm được"), "{text}");
    gate.shot("43-gate-offline-refer").await?;
    gate.press("Vẫn cho vào").await?;
    said(gate, "admit").await?;
    free(gate).await?;
    let text = scan(gate, &lost.digits, "refuse").await?;
    assert!(text.contains("Thẻ đã bị khóa"), "{text}");
    gate.press("Quét người tiếp theo").await?;
    let text = scan(gate, "https://example.com/win?a=1", "refuse").await?;
    assert!(text.contains("mở một trang web"), "{text}");
    gate.shot("44-gate-offline-foreign").await?;
    gate.press("Quét người tiếp theo").await?;
    gate.see("Mất mạng. Vẫn quét được.").await?;
    gate.camera.film(&[&declared.square])?;
    gate.press("Bắt đầu quét").await?;
    let text = said(gate, "admit:not(.decision--echo)").await?;
    assert!(text.contains("MỜI VÀO"), "{text}");
    free(gate).await?;
    gate.shot("45-gate-offline").await?;
    // The film shows the code again and again; the camera of a fresh page is closed.
    gate.camera.film(&[])?;
    gate.visit("/gate").await?;
    gate.see("Mất mạng. Vẫn quét được.").await
}

/// What the strip says in states that take hours to come about.
async fn states(gate: &Browser) -> anyhow::Result<()> {
    let hour = 3_600_000;
    for (name, state, words) in [
        (
            "stale",
            serde_json::json!({"online": false, "waiting": 214, "age": 26 * hour}),
            "Quá 24 giờ",
        ),
        (
            "sending",
            serde_json::json!({"waiting": 94, "total": 214}),
            "Đang gửi 120 / 214",
        ),
        (
            "clock",
            serde_json::json!({"minutesOff": -7}),
            "chậm 7 phút",
        ),
        (
            "full",
            serde_json::json!({"online": false, "waiting": 9000, "room": 120}),
            "còn chỗ cho 120 lượt",
        ),
    ] {
        for screen in [Screen::Phone, Screen::Desk] {
            gate.resize(screen)?;
            gate.client
                .execute_async(STRIP, vec![state.clone()])
                .await?;
            gate.see(words).await?;
            let file = format!("47-gate-{name}-{}", screen.name());
            gate.shot(&file).await?;
        }
    }
    gate.resize(Screen::Phone)?;
    gate.touch(&gate.one("[data-open-panel]").await?).await?;
    gate.see("Số thẻ trong danh sách").await?;
    gate.shot("48-gate-state").await
}
