//! The code that changes, from the holder's phone to the gate.

use e2e::browser::{Browser, Screen};
use e2e::people::{HOLDER, OWNER};
use e2e::print::read_square;
use e2e::server::Server;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the phone shows now, read by another program from a picture of it.
async fn shown(holder: &Browser) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("code.png");
    let square = holder.one("[data-square] canvas").await?;
    std::fs::write(&file, square.screenshot().await?)?;
    read_square(&file)
}

/// Has the owner's browser send a scan with the device's token, on the way in.
async fn send(
    owner: &Browser,
    token: &str,
    n: u8,
    code: &str,
) -> anyhow::Result<serde_json::Value> {
    #[expect(clippy::disallowed_methods, reason = "a gate has a clock of its own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let time = format!("{now:012x}");
    let id = format!("{}-{}-7000-8000-{n:012x}", &time[..8], &time[8..]);
    let script = "const [token, id, code, done] = arguments;
        fetch('/api/v1/scans', {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ scans: [{ id, code, direction: 'in' }] }),
        }).then((answer) => answer.json()).then((body) => done(body.results[0]), (error) => done(String(error)));";
    let arguments = [token, &id, code].map(|text| text.to_owned().into());
    Ok(owner.client.execute_async(script, arguments.into()).await?)
}

#[tokio::test]
async fn a_phones_code_opens_the_gate_and_lives_without_a_network() -> anyhow::Result<()> {
    let mut server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Phone).await?;
    let board = owner.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    owner.visit(&format!("{board}/checkpoints")).await?;
    owner.fill("device_name", "Cổng xoay").await?;
    let gate = owner
        .one("select[name=checkpoint] option:not([value=''])")
        .await?;
    let gate = gate.attr("value").await?.unwrap_or_default();
    owner.choose("checkpoint", &gate).await?;
    owner.follow("Thêm thiết bị").await?;
    let token = owner.one("code.token").await?.text().await?;

    let holder = Browser::open(&server.base, Screen::Phone).await?;
    holder.sign_in(&server, HOLDER).await?;
    holder.declare().await?;
    holder.visit("/code").await?;
    let code = shown(&holder).await?;
    assert!(code.starts_with("8262"), "{code}");
    holder.shot("31-phone-code").await?;
    let answer = send(&owner, token.trim(), 1, &code).await?;
    assert_eq!(answer["decision"], "admit", "{answer}");
    owner.visit(&format!("{board}/scans")).await?;

    // The fixed code is a touch away, and so is the other again.
    holder.press("Đổi loại mã").await?;
    holder.one("[data-square] svg").await?;
    holder.press("Đổi loại mã").await?;

    // Without a network it goes on changing, on a page that was kept.
    server.stop();
    holder.visit("/code").await?;
    holder.see("đã lưu lúc").await?;
    let offline = shown(&holder).await?;
    assert!(offline.starts_with("8262"), "{offline}");
    server.resume()?;
    let now = shown(&holder).await?;
    let answer = send(&owner, token.trim(), 2, &now).await?;
    assert_eq!(answer["decision"], "admit", "{answer}");

    // The holder sees that the phone was highly assured.
    holder.visit("/visits").await?;
    holder.see("Mức tin cậy cao").await?;
    owner.close();
    holder.close();
    Ok(())
}
