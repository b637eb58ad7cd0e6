//! Printed pages, looked at by other programs: drawn by poppler, read by ZBar.

use crate::picture::Picture;
use crate::tools::run;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;

const DOTS_AN_INCH: f64 = 300.0;
const MM_AN_INCH: f64 = 25.4;

/// The first page of a PDF as it comes out of a printer.
#[derive(Debug)]
pub struct Printed {
    folder: tempfile::TempDir,
    /// Width and height of the paper, in millimetres.
    pub paper: (f64, f64),
    /// Every word on it.
    pub words: String,
}

impl Printed {
    /// Prints at 300 dots an inch.
    pub fn new(pdf: &[u8]) -> anyhow::Result<Self> {
        anyhow::ensure!(pdf.starts_with(b"%PDF-"), "this is no PDF");
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("page.pdf");
        std::fs::write(&file, pdf)?;
        let picture = folder.path().join("page");
        run(Command::new("pdftoppm")
            .args(["-r", "300", "-gray", "-singlefile"])
            .arg(&file)
            .arg(picture))?;
        let words = run(Command::new("pdftotext").arg("-layout").arg(&file).arg("-"))?;
        let words = String::from_utf8(words)?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let paper = paper(&file)?;
        Ok(Self {
            folder,
            paper,
            words,
        })
    }

    /// The one square on the page: what it says and how wide it is, in millimetres.
    pub fn square(&self) -> anyhow::Result<(String, f64)> {
        let text = read_square(&self.picture())?;
        let pixels = width_of_square(&Picture::from_pgm(&std::fs::read(self.picture())?)?)?;
        Ok((text, pixels / DOTS_AN_INCH * MM_AN_INCH))
    }

    /// The page as a camera sees it.
    pub fn seen(&self) -> anyhow::Result<Picture> {
        Picture::from_pgm(&std::fs::read(self.picture())?)
    }

    /// Keeps the picture for people to look at.
    pub fn keep(&self, name: &str) -> anyhow::Result<()> {
        let folder = crate::tools::target().join("e2e-shots");
        std::fs::create_dir_all(&folder)?;
        let to = folder.join(name);
        let file = self.folder.path().join("page.pdf");
        run(Command::new("pdftoppm")
            .args(["-r", "80", "-png", "-singlefile"])
            .arg(file)
            .arg(to))?;
        Ok(())
    }

    fn picture(&self) -> PathBuf {
        self.folder.path().join("page.pgm")
    }
}

/// What ZBar reads in a picture file that shows one square.
pub fn read_square(picture: &Path) -> anyhow::Result<String> {
    let mut command = Command::new("zbarimg");
    command.args([
        "--quiet",
        "--raw",
        "--nodbus",
        "--set",
        "*.disable",
        "--set",
        "qrcode.enable",
    ]);
    let found = String::from_utf8(run(command.arg(picture))?)?;
    let mut lines = found.lines();
    let text = lines.next().context("no square was found")?;
    anyhow::ensure!(lines.next().is_none(), "one square is expected: {found}");
    Ok(text.to_owned())
}

/// How wide the dark modules of the one square in a picture are, in pixels. ZBar does not say:
/// another reader finds the square, and the ink is measured as far as its quiet zone allows.
fn width_of_square(picture: &Picture) -> anyhow::Result<f64> {
    let Picture { width, luma, .. } = picture;
    let [left, top, right, bottom] = bounds_of_square(picture)?;
    let around = (right - left) / 20;
    let dark = |x: &i32| (top..bottom).any(|y| luma[y as usize * width + *x as usize] < 128);
    let [first, last] =
        ends((left - around..right + around).filter(dark)).context("a square is dark")?;
    Ok(f64::from(last - first + 1))
}

/// About where it lies: left, top, right, bottom. That reader overlooks a square now and then, by what is in it, and finds it
/// in a coarser picture.
fn bounds_of_square(picture: &Picture) -> anyhow::Result<[i32; 4]> {
    let Picture {
        width,
        height,
        luma,
    } = picture;
    let mut found = Vec::new();
    for coarse in 1..=3 {
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(width / coarse, height / coarse, |x, y| {
                luma[y * coarse * width + x * coarse]
            });
        let grids = prepared.detect_grids();
        if let [grid] = &grids[..] {
            let corners = "a square has corners";
            let [left, right] = ends(grid.bounds.iter().map(|point| point.x)).context(corners)?;
            let [top, bottom] = ends(grid.bounds.iter().map(|point| point.y)).context(corners)?;
            return Ok([left, top, right, bottom].map(|at| at * coarse as i32));
        }
        found.push(grids.len());
    }
    anyhow::bail!("one square is expected, and these were found: {found:?}")
}

/// The least and the greatest.
fn ends(numbers: impl Iterator<Item = i32> + Clone) -> Option<[i32; 2]> {
    Some([numbers.clone().min()?, numbers.max()?])
}

/// The size of the paper, which `pdfinfo` gives in points.
fn paper(file: &Path) -> anyhow::Result<(f64, f64)> {
    let facts = String::from_utf8(run(Command::new("pdfinfo").arg(file))?)?;
    let size = facts
        .lines()
        .find_map(|line| line.strip_prefix("Page size:"));
    let numbers = size.context("a page has a size")?.split_whitespace();
    let points: Vec<f64> = numbers.filter_map(|word| word.parse().ok()).collect();
    let [width, height] = points[..] else {
        anyhow::bail!("a size is two numbers: {points:?}")
    };
    Ok((width / 72.0 * MM_AN_INCH, height / 72.0 * MM_AN_INCH))
}
