//! Every page of every role, on the smallest and on a large screen, in both languages, by day and
//! by night, and with the keyboard alone.

mod officers;
mod owners;

use e2e::browser::{Browser, Screen};
use e2e::people::{HOLDER, OWNER};
use e2e::server::Server;
use e2e::tools;

/// What the tests below open, or a journey that comes by, as the server's own list of addresses names it.
const PAGES: &[&str] = &[
    "/",
    "/audit",
    "/cards/{id}/revocation",
    "/checkpoints/{id}",
    "/checkpoints/{id}/closing",
    "/checkpoints/{id}/declaration",
    "/checkpoints/{id}/paper",
    "/checkpoints/{id}/scanner",
    "/checkpoints/{id}/without-code",
    "/checkpoints/{id}/without-code/code",
    "/checkpoints/{id}/without-code/identity",
    "/checkpoints/{id}/without-code/name",
    "/code",
    "/declarations",
    "/declarations/health",
    "/declarations/new",
    "/declarations/trip",
    "/family",
    "/family/code",
    "/family/known",
    "/family/new",
    "/family/{id}",
    "/family/{id}/declaration",
    "/family/{id}/phone",
    "/family/{id}/removal",
    "/gate",
    "/gate/scanner-setup",
    "/invitations/{token}",
    "/lost",
    "/lost/code",
    "/office",
    "/office/account",
    "/office/batches",
    "/office/batches/{id}",
    "/office/batches/{id}/hand-over",
    "/office/batches/{id}/reprint",
    "/office/batches/{id}/revocation",
    "/office/cards",
    "/office/desk",
    "/office/imports",
    "/office/matches",
    "/office/officers",
    "/office/officers/new",
    "/office/officers/{id}",
    "/office/permits",
    "/office/permits/demands",
    "/office/permits/list",
    "/office/permits/new",
    "/office/people",
    "/office/people/{id}",
    "/office/requests",
    "/office/requests/{id}",
    "/office/settings",
    "/office/sign-in",
    "/office/posters",
    "/office/venues",
    "/privacy",
    "/second-record",
    "/second-record/code",
    "/second-record/undoing",
    "/second-record/undoing/code",
    "/requests",
    "/requests/card",
    "/requests/commune",
    "/requests/correction",
    "/set-up/{token}",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/name",
    "/spoken-code",
    "/trust",
    "/v",
    "/v/{code}",
    "/venues",
    "/venues/new",
    "/venues/new/confirmation",
    "/venues/new/registrant",
    "/venues/{id}",
    "/venues/{id}/asides",
    "/venues/{id}/attendants",
    "/venues/{id}/attendants/removal",
    "/venues/{id}/checkpoints",
    "/venues/{id}/closing",
    "/venues/{id}/details",
    "/venues/{id}/devices",
    "/venues/{id}/devices/loss",
    "/venues/{id}/devices/revocation",
    "/venues/{id}/owners",
    "/venues/{id}/permits",
    "/venues/{id}/permits/new",
    "/venues/{id}/posters",
    "/venues/{id}/scans",
    "/venues/{id}/suspension",
    "/visits",
    "/visits/access",
];

/// Addresses that are no pages: files, programs' ways in, forms that lead on.
const OTHERS: &[&str] = &[
    "/api/openapi.json",
    "/api/v1/gate-bundle",
    "/api/v1/keys",
    "/api/v1/scans",
    "/api/v1/status-list",
    "/cards",
    "/checkpoints/{id}/code.png",
    "/checkpoints/{id}/code.svg",
    "/checkpoints/{id}/confirmations",
    "/checkpoints/{id}/declaration/consent",
    "/checkpoints/{id}/declaration/health",
    "/checkpoints/{id}/declaration/trip",
    "/checkpoints/{id}/paper/rows",
    "/checkpoints/{id}/paper/sheet.pdf",
    "/checkpoints/{id}/poster",
    "/checkpoints/{id}/scans",
    "/checkpoints/{id}/typed",
    "/code/phone-key",
    "/code/sheet.pdf",
    "/demo/otp-inbox",
    "/family/{id}/card",
    "/family/{id}/declaration/consent",
    "/family/{id}/declaration/health",
    "/family/{id}/declaration/trip",
    "/family/{id}/dismissal",
    "/family/{id}/sheet.pdf",
    "/gate/manifest.webmanifest",
    "/healthz",
    "/manifest.webmanifest",
    "/office/batches/{id}/{part}",
    "/office/cards/{card}/card.pdf",
    "/office/cards/{card}/revocation",
    "/office/hand-over",
    "/office/imports/{id}",
    "/office/imports/{id}/columns",
    "/office/imports/{id}/discarding",
    "/office/imports/{id}/errors.xlsx",
    "/office/imports/{id}/people",
    "/office/matches/{id}",
    "/office/merges/{id}/undoing",
    "/office/officers/{id}/reset",
    "/office/officers/{id}/resumption",
    "/office/officers/{id}/suspension",
    "/office/posters.csv",
    "/office/posters.xlsx",
    "/office/posters/{id}/photo",
    "/office/posters/{id}/photo/erasure",
    "/office/permits.csv",
    "/office/permits.xlsx",
    "/office/permits/demands/{id}/lifting",
    "/office/permits/issuing",
    "/office/permits/requests/{id}",
    "/office/permits/requests/{id}/answer",
    "/office/permits/{id}",
    "/office/permits/{id}/end",
    "/office/people/{id}/card-steps",
    "/office/people/{id}/corrections",
    "/office/people/{id}/guardians",
    "/office/people/{id}/visits",
    "/office/requests/{id}/answer",
    "/office/venues.csv",
    "/office/venues.xlsx",
    "/office/venues/{id}",
    "/office/venues/{id}/answer",
    "/office/venues/{id}/reminders",
    "/office/venues/{id}/suspension",
    "/second-record/card",
    "/service-worker.js",
    "/sign-in/again",
    "/sign-out",
    "/sign-out/everywhere",
    "/static/{*path}",
    "/static/{build}/{*path}",
    "/trust/ca.crt",
    "/units/{code}/children",
    "/v/{code}/other-person",
    "/venues/new/code",
    "/venues/{id}/asides/acceptance",
    "/venues/{id}/asides/dating",
    "/venues/{id}/asides/discarding",
    "/venues/{id}/counts",
    "/venues/{id}/owners/acceptance",
    "/venues/{id}/owners/hand-over",
    "/venues/{id}/owners/refusal",
    "/venues/{id}/owners/removal",
    "/venues/{id}/scans.csv",
    "/venues/{id}/scans.xlsx",
    "/venues/{id}/posters/removal",
    "/venues/{id}/surges",
    "/venues/{id}/suspension/appeal",
];

/// What an office that administers a unit has in its navigation, and where it invites.
const ADMINISTERS: &[&str] = &[
    "/office",
    "/office/posters",
    "/office/venues",
    "/office/desk",
    "/office/imports",
    "/office/matches",
    "/office/people",
    "/office/requests",
    "/office/cards",
    "/office/batches",
    "/office/permits",
    "/office/permits/new",
    "/office/permits/list",
    "/office/permits/demands",
    "/office/officers",
    "/office/officers/new",
    "/office/officers/new?area=46",
    "/office/settings",
    "/office/account",
];

/// What an owner sees of a venue, after its address.
const OWNED: &[&str] = &[
    "",
    "/scans",
    "/details",
    "/checkpoints",
    "/attendants",
    "/owners",
    "/permits",
    "/permits/new",
    "/posters",
    "/suspension",
    "/closing",
];

/// What an inspector has.
const LOOKS_ON: &[&str] = &["/office", "/office/venues", "/office/account"];

#[test]
fn no_page_is_forgotten() -> anyhow::Result<()> {
    let routes = std::fs::read_to_string(tools::project().join("crates/app/src/web/routes.rs"))?;
    let found = routes
        .split(".route(")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1));
    let unknown: Vec<_> = found
        .filter(|path| !PAGES.contains(path) && !OTHERS.contains(path))
        .collect();
    assert!(unknown.is_empty(), "visit these too: {unknown:?}");
    Ok(())
}

/// Gathers everything that is wrong, so that one run says it all.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    async fn open(&mut self, browser: &Browser, name: &str, path: &str) -> anyhow::Result<()> {
        self.0.extend(browser.examine(name, path).await?);
        Ok(())
    }

    async fn here(&mut self, browser: &Browser, name: &str) -> anyhow::Result<()> {
        self.0.extend(browser.examine_here(name).await?);
        Ok(())
    }

    /// An office's pages, named for whose it is.
    async fn office(
        &mut self,
        browser: &Browser,
        whose: &str,
        pages: &[&str],
    ) -> anyhow::Result<()> {
        for path in pages {
            let page = path.replace(['/', '?', '='], "-");
            self.open(browser, &format!("{whose}{page}"), path).await?;
        }
        Ok(())
    }

    fn none(self) {
        assert!(
            self.0.is_empty(),
            "{} faults:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

#[tokio::test]
async fn anybodys_pages() -> anyhow::Result<()> {
    let server = Server::start()?;
    let anybody = Browser::open(&server.base, Screen::Phone).await?;
    let mut findings = Findings::default();
    for (name, path) in [
        ("home", "/"),
        ("privacy", "/privacy"),
        ("trust", "/trust"),
        ("sign-in", "/sign-in"),
        ("spoken-code", "/spoken-code"),
        ("lost", "/lost"),
        ("office-sign-in", "/office/sign-in"),
        ("typed-code", "/v?code=nothing"),
        ("gate", "/gate"),
        ("scanner-setup", "/gate/scanner-setup"),
        ("not-found", "/nothing-here"),
    ] {
        findings.open(&anybody, name, path).await?;
    }
    anybody.visit("/sign-in?lang=vi").await?;
    anybody.fill("phone", "12").await?;
    anybody.follow("Gửi mã").await?;
    findings.here(&anybody, "sign-in-error").await?;
    anybody.fill("phone", HOLDER.phone).await?;
    anybody.follow("Gửi mã").await?;
    findings
        .open(&anybody, "sign-in-code", "/sign-in/code")
        .await?;
    anybody.visit("/sign-in/code?lang=vi").await?;
    anybody.fill("otp", "000 000").await?;
    anybody.follow("Xác nhận").await?;
    findings.here(&anybody, "sign-in-code-error").await?;
    anybody.type_code(&server, HOLDER, 0).await?;
    anybody.follow("Xác nhận").await?;
    findings
        .open(&anybody, "sign-in-name", "/sign-in/name")
        .await?;
    anybody.close();
    findings.none();
    Ok(())
}

#[tokio::test]
async fn a_holders_pages() -> anyhow::Result<()> {
    let server = Server::start()?;
    let holder = Browser::open(&server.base, Screen::Phone).await?;
    let mut findings = Findings::default();
    holder.sign_in(&server, HOLDER).await?;
    findings.open(&holder, "code-undeclared", "/code").await?;
    findings.open(&holder, "visits-none", "/visits").await?;
    findings
        .open(&holder, "second-record", "/second-record")
        .await?;
    holder.visit("/second-record?lang=vi").await?;
    holder.fill("phone", OWNER.phone).await?;
    holder.follow("Gửi mã đến số đó").await?;
    findings.here(&holder, "second-record-code").await?;
    let undoing = "/second-record/undoing";
    findings.open(&holder, "undoing", undoing).await?;
    holder.visit("/second-record/undoing?lang=vi").await?;
    holder.fill("phone", OWNER.phone).await?;
    holder.follow("Gửi mã").await?;
    findings.here(&holder, "undoing-code").await?;
    findings
        .open(&holder, "requests-commune", "/requests/commune")
        .await?;
    findings
        .open(&holder, "declare-person", "/declarations/new")
        .await?;
    findings
        .open(&holder, "declare-begin", "/declarations/health")
        .await?;
    findings
        .open(&holder, "declare-begin-trip", "/declarations/trip")
        .await?;
    declare(&holder, &mut findings).await?;
    findings.open(&holder, "code", "/code").await?;
    findings
        .open(&holder, "declarations", "/declarations")
        .await?;
    findings.open(&holder, "access", "/visits/access").await?;
    for (name, path) in [
        ("requests", "/requests"),
        ("requests-card", "/requests/card"),
        ("requests-correction", "/requests/correction"),
        ("family", "/family"),
        ("family-new", "/family/new"),
        ("family-known", "/family/known"),
    ] {
        findings.open(&holder, name, path).await?;
    }
    holder.visit("/code?lang=vi").await?;
    holder.follow("Báo mất thẻ").await?;
    let lost = holder.path().await?;
    findings.open(&holder, "report-lost", &lost).await?;
    holder.visit("/code?lang=vi").await?;
    holder.press("Sáng hơn").await?;
    holder.shot("page-code-bright-360-vi").await?;
    holder.close();
    findings.none();
    Ok(())
}

async fn declare(holder: &Browser, findings: &mut Findings) -> anyhow::Result<()> {
    holder.visit("/declarations/new?lang=vi").await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-person-error").await?;
    holder.describe_person().await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-health").await?;
    holder.answer("symptoms", "yes").await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-health-error").await?;
    holder.answer_health().await?;
    holder.follow("Tiếp tục").await?;
    findings.here(holder, "declare-consent").await?;
    holder.answer("consent", "yes").await?;
    holder.follow("Gửi tờ khai").await
}
