//! What a clerk does often: registers somebody at the desk, and opens a person.

use crate::browser::Browser;
use crate::print::Printed;
use anyhow::Context;

/// Somebody as the clerk types them in: no phone or number is an empty text.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The whole name.
    pub name: &'static str,
    /// A day or a year.
    pub birth: &'static str,
    /// The number of an identity paper.
    pub number: &'static str,
    /// The number, as it is typed.
    pub phone: &'static str,
}

impl Browser {
    /// Registers a man at the desk and gives him a card that is in use at once.
    pub async fn register_at_desk(&self, record: Record) -> anyhow::Result<()> {
        self.visit("/office/desk?lang=vi").await?;
        for (field, text) in [
            ("name", record.name),
            ("birth", record.birth),
            ("phone", record.phone),
            // Last: it fills in the year of birth where that is empty.
            ("id_number", record.number),
        ] {
            if !text.is_empty() {
                self.type_by_hand(field, text).await?;
            }
        }
        self.answer("gender", "male").await?;
        self.choose("commune", "19753").await?;
        self.follow("Cấp thẻ").await?;
        self.see("Đã cấp thẻ").await
    }

    /// Types what a paper says as a scanner does, on the desk that is open.
    pub async fn scan_paper(&self, says: &str) -> anyhow::Result<()> {
        // Among several browsers on few cores a key is lost now and then: whoever holds the scanner reads again.
        for _ in 0..3 {
            self.leaving().await?;
            self.type_keys(&format!("{says}\n"))?;
            self.arrived().await?;
            if !self.read().await?.contains("Không đọc được giấy tờ") {
                break;
            }
        }
        Ok(())
    }

    /// Opens somebody of the office's unit by a number, a card or a name that fits nobody else; the path of their page.
    pub async fn find_person(&self, text: &str) -> anyhow::Result<String> {
        self.visit("/office/people?lang=vi").await?;
        self.fill("text", text).await?;
        self.follow("Tìm").await?;
        self.leaving().await?;
        let found = self.one("td a[href^='/office/people/']").await?;
        self.touch(&found).await?;
        self.arrived().await?;
        self.path().await
    }

    /// The card of that link as it comes out of a printer.
    pub async fn print_card(&self, link: &str) -> anyhow::Result<Printed> {
        let link = self.one(link).await?;
        let path = link.attr("href").await?.context("a link leads somewhere")?;
        let (kind, pdf) = self.fetch(&path).await?;
        anyhow::ensure!(kind.starts_with("application/pdf"), "{kind}");
        Printed::new(&pdf)
    }

    /// What day it is in Việt Nam so many days later, as people write it.
    pub async fn day(&self, later: u32) -> anyhow::Result<String> {
        let script = "const day = new Date(Date.now() + (7 + 24 * arguments[0]) * 3600_000).toISOString(); \
            return `${day.slice(8, 10)}/${day.slice(5, 7)}/${day.slice(0, 4)}`;";
        let day = self.client.execute(script, vec![later.into()]).await?;
        Ok(day.as_str().context("a day")?.to_owned())
    }
}
