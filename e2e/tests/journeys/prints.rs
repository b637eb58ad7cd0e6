//! What is printed, as other programs see it: the right words, and squares of the promised size
//! that another reader reads.

use e2e::browser::{Browser, Screen};
use e2e::people::{HOLDER, OWNER};
use e2e::print::{Printed, read_square};
use e2e::server::Server;

/// Millimetres that a drawing and a reader may be apart.
const TOLERANCE: f64 = 0.3;

#[tokio::test]
async fn posters_are_read_by_another_program_at_the_promised_size() -> anyhow::Result<()> {
    let server = Server::start()?;
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    owner.set_up(&server).await?;
    owner.client.delete_all_cookies().await?;
    let board = owner.register_venue(&server, OWNER, "Bến xe Ví Dụ").await?;
    owner.visit(&format!("{board}/posters")).await?;
    let action = owner
        .one("form[action$='/poster']")
        .await?
        .attr("action")
        .await?
        .unwrap_or_default();
    let typed = owner.one("section .title.num").await?.text().await?;
    let url = format!("{}/v/{}", server.base, typed.replace(' ', ""));

    for (paper, size, square) in [("a4", (210.0, 297.0), 150.0), ("a3", (297.0, 420.0), 212.0)] {
        for (language, first) in [
            ("vi", "Quét mã khi VÀO và khi RA"),
            ("en", "Scan when you ENTER and when you LEAVE"),
        ] {
            let (kind, pdf) = owner
                .fetch(&format!("{action}?paper={paper}&words={language}"))
                .await?;
            assert_eq!(kind, "application/pdf");
            let printed = Printed::new(&pdf)?;
            printed.keep(&format!("poster-{paper}-{language}"))?;
            let (text, width) = printed.square()?;
            assert_eq!(text, url, "{paper} {language}");
            assert!(
                (width - square).abs() < TOLERANCE,
                "{paper} {language}: {width} mm"
            );
            assert!(
                (printed.paper.0 - size.0).abs() < 0.5 && (printed.paper.1 - size.1).abs() < 0.5,
                "{:?}",
                printed.paper
            );
            for words in [first, "Bến xe Ví Dụ", &typed, "0234 000 0000"] {
                assert!(
                    printed.words.to_uppercase().contains(&words.to_uppercase()),
                    "{words:?}: {}",
                    printed.words
                );
            }
            assert!(
                !printed.words.to_lowercase().contains("vaora"),
                "no brand: {}",
                printed.words
            );
            assert!(
                !printed.words.contains("THỬ"),
                "a public address makes it no trial: {}",
                printed.words
            );
        }
    }
    bare_squares(&owner, action.trim_end_matches("/poster"), &url).await?;
    owner.close();
    Ok(())
}

async fn bare_squares(owner: &Browser, checkpoint: &str, url: &str) -> anyhow::Result<()> {
    let (kind, png) = owner.fetch(&format!("{checkpoint}/code.png")).await?;
    assert_eq!(kind, "image/png");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("code.png");
    std::fs::write(&file, png)?;
    assert_eq!(read_square(&file)?, url);
    let (kind, svg) = owner.fetch(&format!("{checkpoint}/code.svg")).await?;
    assert_eq!(kind, "image/svg+xml");
    // The browser draws it, another program reads the drawing.
    owner.visit(&format!("{checkpoint}/code.svg")).await?;
    let file = folder.path().join("svg.png");
    std::fs::write(&file, owner.client.screenshot().await?)?;
    assert_eq!(read_square(&file)?, url);
    anyhow::ensure!(
        svg.starts_with(b"<svg") || svg.starts_with(b"<?xml"),
        "an SVG file"
    );
    Ok(())
}

#[tokio::test]
async fn a_persons_sheet_is_read_by_another_program() -> anyhow::Result<()> {
    let server = Server::start()?;
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    holder.set_up(&server).await?;
    holder.client.delete_all_cookies().await?;
    holder.sign_in(&server, HOLDER).await?;
    holder.declare().await?;
    holder.visit("/code").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("code.png");
    let shown = holder.fixed_square().await?.screenshot().await?;
    std::fs::write(&file, shown)?;
    let on_screen = read_square(&file)?;
    for language in ["vi", "en"] {
        holder.visit(&format!("/code?lang={language}")).await?;
        let (_, pdf) = holder.fetch("/code/sheet.pdf").await?;
        let printed = Printed::new(&pdf)?;
        printed.keep(&format!("sheet-{language}"))?;
        let (text, width) = printed.square()?;
        assert_eq!(text, on_screen, "paper and screen carry the same card");
        assert!(width >= 50.0, "{width} mm");
        assert!((printed.paper.0 - 210.0).abs() < 0.5, "{:?}", printed.paper);
        assert!(
            printed.words.contains(&HOLDER.name.to_uppercase()),
            "{}",
            printed.words
        );
        for words in ["P. Phú Xuân, TP. Huế", "0234 000 0000"] {
            assert!(printed.words.contains(words), "{words}: {}", printed.words);
        }
        assert!(
            !printed.words.contains("0905"),
            "no number in clear: {}",
            printed.words
        );
    }
    holder.close();
    Ok(())
}
