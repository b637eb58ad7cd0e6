//! Reading a printed page: its words, its dots, its square.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::path::Path;
use std::process::Command;

/// Dots an inch.
pub(super) const DOTS: f32 = 150.0;

/// A page as dots, 0 black to 255 white.
pub(super) struct Page {
    width: usize,
    height: usize,
    dots: Vec<u8>,
}

impl Page {
    pub(super) fn at(&self, x: usize, y: usize) -> u8 {
        self.dots[y * self.width + x]
    }

    /// The box of all ink within a box, in millimetres: left, top, right, bottom.
    pub(super) fn ink(&self, [left, top, right, bottom]: [f32; 4]) -> Option<[f32; 4]> {
        let dot = |mm: f32| (mm / 25.4 * DOTS).round() as usize;
        let (mut found, mut x0, mut y0, mut x1, mut y1) = (false, usize::MAX, usize::MAX, 0, 0);
        for y in dot(top)..dot(bottom).min(self.height) {
            for x in dot(left)..dot(right).min(self.width) {
                if self.at(x, y) < 128 {
                    (x0, y0) = (x0.min(x), y0.min(y));
                    (x1, y1) = (x1.max(x + 1), y1.max(y + 1));
                    found = true;
                }
            }
        }
        found.then(|| [x0, y0, x1, y1].map(|dots| dots as f32 * 25.4 / DOTS))
    }

    /// What a scanner reads.
    pub(super) fn scan(&self) -> String {
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(self.width, self.height, |x, y| {
                self.at(x, y)
            });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one square on a page");
        grids[0].decode().expect("the square can be read").1
    }

    /// Checks that the dark modules fill the given box and that 4 modules around stay empty.
    pub(super) fn check_square(&self, [left, top, side]: [f32; 3], quiet: f32) {
        let around = [
            left - quiet,
            top - quiet,
            left + side + quiet,
            top + side + quiet,
        ];
        let ink = self.ink(around).expect("a square");
        for (found, wanted) in ink.into_iter().zip([left, top, left + side, top + side]) {
            assert!(
                (found - wanted).abs() < 0.2,
                "square at {ink:?}, quiet zone {quiet}"
            );
        }
    }
}

pub(super) fn run(program: &str, package: &str, arguments: &[&str], folder: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    let output =
        output.unwrap_or_else(|error| panic!("{program}: {error}; install the package {package}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

pub(super) fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.pdf"), pdf).unwrap();
    String::from_utf8(run(program, "poppler-utils", arguments, folder.path())).unwrap()
}

pub(crate) fn words(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-layout", "page.pdf", "-"], pdf)
}

pub(super) fn render(pdf: &[u8]) -> Page {
    render_page(pdf, 1)
}

/// A page of several, from 1: what is seen and printed of it.
pub(super) fn render_page(pdf: &[u8], page: usize) -> Page {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.pdf"), pdf).unwrap();
    let (dots, page) = (DOTS.to_string(), page.to_string());
    let arguments = ["-r", &dots, "-gray", "-cropbox", "-f", &page];
    let arguments = [&arguments[..], &["-singlefile", "page.pdf", "page"]].concat();
    run("pdftoppm", "poppler-utils", &arguments, folder.path());
    let data = std::fs::read(folder.path().join("page.pgm")).unwrap();
    let mut fields = data.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut number = || std::str::from_utf8(fields.next().unwrap()).unwrap().parse();
    assert!(number().is_err(), "a PGM begins with its kind");
    let (width, height): (usize, usize) = (number().unwrap(), number().unwrap());
    let dots = data[data.len() - width * height..].to_vec();
    Page {
        width,
        height,
        dots,
    }
}

#[track_caller]
pub(super) fn check_words(pdf: &[u8], wanted: &[&str]) {
    let text = words(pdf);
    for phrase in wanted {
        assert!(text.contains(phrase), "{phrase:?} is missing in:\n{text}");
    }
    assert!(
        !text.to_lowercase().contains("vaora"),
        "no program's name on paper"
    );
}

/// What a scanner of another make reads.
pub(super) fn another_scan(pdf: &[u8]) -> String {
    all_scanned(pdf, 1).join("\n")
}

/// What it reads on a page of several, from 1, in any order.
pub(super) fn all_scanned(pdf: &[u8], page: usize) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.pdf"), pdf).unwrap();
    let page = page.to_string();
    // Ten squares on a page are small in its picture: as many dots as a phone sees of one.
    let arguments = ["-r", "300", "-gray", "-png", "-f", &page, "-singlefile"];
    let arguments = [&arguments[..], &["page.pdf", "page"]].concat();
    run("pdftoppm", "poppler-utils", &arguments, folder.path());
    let arguments = ["--quiet", "--raw", "page.png"];
    let read = run("zbarimg", "zbar-tools", &arguments, folder.path());
    let read = String::from_utf8(read).unwrap();
    read.lines().map(str::to_owned).collect()
}
