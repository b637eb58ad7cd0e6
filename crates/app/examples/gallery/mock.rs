//! Made-up content of the gallery's pages.

use askama::Template;
use std::fmt::Write as _;
use vaora::web::chart::{self, Bar};
use vaora::web::page::{FieldErrors, Nav, Page, SignedInView};

macro_rules! pages {
    ($($name:ident $path:literal { $($field:ident: $kind:ty),* })*) => {$(
        #[derive(Template)]
        #[template(path = $path)]
        pub(crate) struct $name { pub(crate) page: Page, $(pub(crate) $field: $kind),* }
    )*};
}

pages! {
    IndexPage "index.html" {}
    CodePage "code.html" { square: String }
    LandingPage "landing.html" {}
    GatePage "gate.html" {}
    BoardPage "board.html" { hours: String, days: String, scans: Vec<Scan> }
    DeclarePage "declare.html" { errors: FieldErrors }
    OtpPage "otp.html" { errors: FieldErrors }
    ComponentsPage "all.html" { errors: FieldErrors, units: Vec<(&'static str, &'static str)>, done: Vec<&'static str> }
}

pub(crate) struct Scan {
    pub(crate) time: &'static str,
    pub(crate) out: bool,
    pub(crate) who: &'static str,
    pub(crate) way: &'static str,
    pub(crate) decision: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) gate: &'static str,
}

pub(crate) fn code(mut page: Page) -> CodePage {
    page.nav = Nav::default()
        .with("/code", "nav.code", "code")
        .with("/declare", "nav.declare", "doc")
        .with("/visits", "nav.visits", "pin");
    page.signed_in = Some(SignedInView {
        name: "Nguyễn Văn Thử".into(),
        role_label: "Người mang mã".into(),
        officer: false,
    });
    CodePage {
        page,
        square: square(),
    }
}

pub(crate) fn board(mut page: Page) -> BoardPage {
    page.nav = Nav::default()
        .with("/board", "nav.board", "chart")
        .with("/scans", "nav.scans", "list")
        .with("/gates", "nav.checkpoints", "door")
        .with("/attendants", "nav.attendants", "users")
        .with("/poster", "nav.poster", "print");
    page.signed_in = Some(SignedInView {
        name: "Lê Thị Thử".into(),
        role_label: "Chủ địa điểm".into(),
        officer: false,
    });
    let hours = [38, 121, 148, 96, 71, 64, 52, 41, 58, 83, 97, 112, 88, 46]
        .into_iter()
        .zip([6, 44, 97, 102, 88, 71, 66, 49, 51, 62, 84, 109, 118, 91]);
    let days = [
        1012, 988, 1104, 1187, 1240, 960, 1033, 1015, 1122, 1176, 1284, 905, 1041, 1115,
    ]
    .map(|n| (n, n - 3));
    BoardPage {
        hours: chart::bars(
            page.locale,
            "Theo giờ, hôm nay",
            "chart.hour",
            &numbered(5, hours),
        ),
        days: chart::bars(page.locale, "14 ngày", "chart.day", &numbered(8, days)),
        scans: vec![
            scan("18:24:12", true, "N.V.T, 1987", "Quét thẻ", "admit", ""),
            scan(
                "18:24:04",
                false,
                "T.T.M, 1954",
                "Quét thẻ",
                "refer",
                "Tờ khai hết hạn",
            ),
            scan(
                "18:23:51",
                false,
                "L.V.K, 2001",
                "Tự quét áp phích",
                "admit",
                "",
            ),
            scan("18:23:47", true, "P.T.H, 1979", "Nhập tay", "admit", ""),
            scan(
                "18:23:30",
                false,
                "–",
                "Quét thẻ",
                "refuse",
                "Thẻ đã bị khóa",
            ),
        ],
        page,
    }
}

fn scan(
    time: &'static str,
    out: bool,
    who: &'static str,
    way: &'static str,
    decision: &'static str,
    reason: &'static str,
) -> Scan {
    Scan {
        time,
        out,
        who,
        way,
        decision,
        reason,
        gate: "Cổng 2",
    }
}

fn numbered(first: usize, counts: impl IntoIterator<Item = (i64, i64)>) -> Vec<Bar> {
    let bar = |(at, (entries, exits))| Bar {
        label: format!("{:02}", first + at),
        entries,
        exits,
        now: at == 13,
    };
    counts.into_iter().enumerate().map(bar).collect()
}

fn office_nav(mut page: Page) -> Page {
    page.nav = Nav::default()
        .with("/office", "nav.office", "chart")
        .with("/office/venues", "nav.office_venues", "door")
        .with("/office/cards", "nav.office_cards", "card");
    page.signed_in = Some(SignedInView {
        name: "Phạm Thị Mẫu".into(),
        role_label: "UBND phường Thuận Hóa".into(),
        officer: false,
    });
    page
}

pub(crate) fn declare(page: Page) -> DeclarePage {
    let mut errors = FieldErrors::default();
    errors.add("contact", page.fill("err.required", [("n", "2")]));
    DeclarePage { page, errors }
}

pub(crate) fn otp(page: Page) -> OtpPage {
    let mut errors = FieldErrors::default();
    errors.add("otp", page.count("otp.wrong", 3));
    OtpPage { page, errors }
}

pub(crate) fn components(page: Page) -> ComponentsPage {
    let mut errors = FieldErrors::default();
    errors.add("phone", page.text("err.phone"));
    errors.add("born", page.text("declarations.err_birth_year"));
    ComponentsPage {
        page: office_nav(page),
        errors,
        units: vec![("1", "Phường Thuận Hóa"), ("2", "Phường Phú Xuân")],
        done: vec!["/components"],
    }
}

/// Something that looks like a code and says nothing.
fn square() -> String {
    let mut out = String::from(
        "<svg viewBox=\"0 0 65 65\" role=\"img\" aria-label=\"Mã QR\"><rect width=\"65\" height=\"65\" fill=\"#FFF\"/><path d=\"",
    );
    let mut seed = 20_261_121u32;
    for y in 0..57 {
        for x in 0..57 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let corner = |a: i32, b: i32| (0..8).contains(&a) && (0..8).contains(&b);
            let finder = [(x, y), (56 - x, y), (x, 56 - y)]
                .into_iter()
                .find(|(a, b)| corner(*a, *b));
            let dark = finder.map_or(seed & 0x8000_0000 != 0, |(a, b)| {
                let ring = (a - 3).abs().max((b - 3).abs());
                ring != 2 && ring < 4
            });
            if dark {
                let _ = write!(out, "M{} {}h1v1h-1z", x + 4, y + 4);
            }
        }
    }
    out + "\"/></svg>"
}
