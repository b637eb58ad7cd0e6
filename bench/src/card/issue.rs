//! Registering people and issuing their cards, through the front door; lists of people; and their cards as PDF.

use super::duplicates;
use super::office::{Clerk, plant};
use crate::child::{Server, program};
use crate::town;
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Clerks at once; each may issue no more than a day's limit of looks.
const CLERKS: usize = 32;
/// Rows of a list.
const ROWS: usize = 10_000;
/// Of these so many are registered already.
const KNOWN: usize = 500;
/// Cards in one part of a batch.
const PART: usize = 1000;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Cards to issue.
    #[arg(long, default_value_t = 6000)]
    issued: usize,
    /// People who are registered before.
    #[arg(long, default_value_t = 100_000)]
    registered: usize,
    /// Serve from this program instead of building vaora: the same code, sooner there.
    #[arg(long)]
    here: bool,
}

/// Prints how many people are registered and given cards in a second, how long a list takes, and a thousand cards.
pub(super) async fn issue(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = town::open(folder.path(), None).await?;
    vaora::admin_units::ensure(&app.store, app.now()).await?;
    duplicates::plant(&app, options.registered).await?;
    let mut cookies = Vec::new();
    for n in 0..CLERKS {
        cookies.push(plant(&app, &format!("mau{n}"), duplicates::home(n)).await?);
    }
    app.store.close().await;
    drop(app);
    let server = server(folder.path(), options.here)?;
    let begun = Instant::now();
    let each = options.issued.div_ceil(CLERKS);
    let clerks = cookies.iter().enumerate();
    let clerks = clerks.map(|(n, cookie)| serve(&server, cookie, n, each));
    futures_util::future::try_join_all(clerks).await?;
    let rate = (each * CLERKS) as f64 / begun.elapsed().as_secs_f64();
    crate::figure("issue_per_s", rate);
    let mut clerk = Clerk::new(server.address, &cookies[0]).await?;
    let begun = Instant::now();
    import(&mut clerk, options.registered).await?;
    crate::figure("import_10k_s", begun.elapsed().as_secs_f64());
    let fields = [("kind", "plastic"), ("layout", "plastic")];
    let batch = clerk.post("/office/batches", &fields).await?;
    let mut seconds = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        let pdf = clerk.get(&format!("{batch}/1.pdf")).await?;
        seconds.push(begun.elapsed().as_secs_f64());
        let pages = pages(folder.path(), &pdf)?;
        ensure!(pages >= 2 * PART, "a page a side: {pages}");
    }
    crate::figure("cards_1000_pdf_s", crate::median(seconds));
    Ok(())
}

/// How many pages a PDF has, as another program counts them (`pdfinfo`, of poppler-utils).
fn pages(folder: &Path, pdf: &[u8]) -> Result<usize> {
    let file = folder.join("cards.pdf");
    std::fs::write(&file, pdf)?;
    let said = Command::new("pdfinfo").arg(&file).output()?.stdout;
    let said = String::from_utf8(said)?;
    let pages = said.lines().find_map(|line| line.strip_prefix("Pages:"));
    Ok(pages.context("pages")?.trim().parse()?)
}

fn server(folder: &Path, here: bool) -> Result<Server> {
    if here {
        let folder = folder.to_str().context("UTF-8")?;
        return Server::start(&["serve-for-bench", folder]);
    }
    Server::vaora(&program()?, folder)
}

/// One clerk at the desk: a person after the other.
async fn serve(server: &Server, cookie: &str, clerk: usize, count: usize) -> Result<()> {
    let mut browser = Clerk::new(server.address, cookie).await?;
    let home = duplicates::home(clerk);
    let commune = home.0.last().context("a commune")?.to_string();
    for n in 0..count {
        let person = Person::new(clerk * count + n);
        let fields = [
            ("id_number", person.number.as_str()),
            ("name", person.name.as_str()),
            ("birth", person.birth.as_str()),
            ("gender", "male"),
            ("phone", person.phone.as_str()),
            ("commune", commune.as_str()),
            ("kind", "plastic"),
            ("action", "issue"),
        ];
        let led = browser.post("/office/desk", &fields).await?;
        ensure!(led.contains("issued="), "{led}");
    }
    Ok(())
}

/// Somebody whom nobody knows yet, with papers that agree.
struct Person {
    number: String,
    name: String,
    birth: String,
    phone: String,
}

impl Person {
    fn new(n: usize) -> Self {
        let (year, month, day) = (50 + n / 336 % 50, 1 + n / 28 % 12, 1 + n % 28);
        Self {
            number: format!("0010{year}{n:06}"),
            // Digits in words: no two people have one name.
            name: format!("Nguyễn {}", spelled(n)),
            birth: format!("{day:02}/{month:02}/19{year}"),
            phone: format!("097{n:07}"),
        }
    }
}

fn spelled(n: usize) -> String {
    const DIGITS: [&str; 10] = [
        "Không", "Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín",
    ];
    let digits = n.to_string();
    let words = digits
        .bytes()
        .map(|digit| DIGITS[usize::from(digit - b'0')]);
    words.collect::<Vec<_>>().join(" ")
}

/// A commune's list of households, of which some are known: brought, compared, and taken.
async fn import(clerk: &mut Clerk, registered: usize) -> Result<()> {
    let mut list = "Họ và tên;Ngày sinh;Giới tính;Số CCCD;SĐT;Địa chỉ\n".to_owned();
    for n in 0..ROWS {
        let person = if n < KNOWN {
            Person::new(n % registered.max(1))
        } else {
            Person::new(500_000 + n)
        };
        let Person {
            number,
            name,
            birth,
            phone,
        } = person;
        writeln!(list, "{name};{birth};Nam;{number};{phone};{n} đường Thử")?;
    }
    let here = clerk
        .upload("/office/imports", "ho.csv", list.as_bytes())
        .await?;
    let commune = duplicates::home(0);
    let commune = commune.0.last().context("a commune")?.to_string();
    let fields = [("commune", commune.as_str()), ("action", "preview")];
    clerk.post(&format!("{here}/columns"), &fields).await?;
    let preview = String::from_utf8(clerk.get(&here).await?)?;
    let mark = preview.split("name=\"mark\" value=\"").nth(1);
    let mark = mark.and_then(|after| after.split('"').next());
    let fields = [("cards", "plastic"), ("mark", mark.context("a mark")?)];
    clerk.post(&format!("{here}/people"), &fields).await?;
    let result = String::from_utf8(clerk.get(&here).await?)?;
    let taken = format!("{}.{:03}", (ROWS - KNOWN) / 1000, (ROWS - KNOWN) % 1000);
    ensure!(
        result.contains(&taken),
        "{taken} people were registered: {result}"
    );
    Ok(())
}
