//! Printed pages: the poster of a checkpoint, its log sheet, and people's cards on plastic and paper.
//!
//! Everything here is a pure function of plain data: strings come in ready to
//! print, bytes of a PDF come out, and the same input gives the same bytes.
//! Not here: what a square says, who may print, and the counting of prints.

mod canvas;
mod card;
mod card_sheet;
mod document;
mod face;
mod galley;
mod layout;
mod letter;
mod log_sheet;
mod person;
mod poster;
mod words;

use crate::web::locale::Locale;
use domain::card::CardLayout;
use galley::Galley;

/// Whether a text can be printed as it is: a letter that no font of ours has, as of Chinese, is drawn as a box.
pub fn printable(text: &str) -> bool {
    face::printable(text)
}

/// The paper a poster is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 x 297 mm; the square is 150 mm wide.
    #[default]
    A4,
    /// 297 x 420 mm; everything is 1.414 times larger, the square 212 mm wide.
    A3,
    /// 297 x 210 mm: A4, lying.
    A4Lying,
    /// 1,200 x 1,697 mm for a print shop: A4 made larger, with a bleed of 10 mm and marks where to cut; the square is 857 mm wide.
    Pano,
}

/// What is printed on the poster of one checkpoint.
#[derive(Debug, Clone)]
pub struct Poster<'a> {
    /// Name of the venue.
    pub venue: &'a str,
    /// Name of the checkpoint, such as "cổng 2"; empty when the venue has only one.
    pub checkpoint: &'a str,
    /// Full address, with commune and province.
    pub address: &'a str,
    /// What the square says.
    pub url: &'a str,
    /// The host that people type when they cannot scan.
    pub site: &'a str,
    /// The code they type there, grouped for reading: "K7M 24QX".
    pub typed_code: &'a str,
    /// Telephone number for help, grouped for reading.
    pub hotline: Option<&'a str>,
    /// After how many days a visit is erased.
    pub retention_days: u16,
    /// Day of printing, dd/MM/yyyy.
    pub printed_on: &'a str,
    /// How often what the poster says has changed, from 1: a gate's name, until now. Whoever finds
    /// an older one on a wall knows to print it again.
    pub version: u32,
    /// Paper to draw for.
    pub paper: Paper,
    /// The language that is printed first and larger; the other follows it.
    pub language: Locale,
    /// Marks the page as a trial: a site without a public address.
    pub trial: bool,
}

/// What is printed on a person's card, however it is laid out.
#[derive(Debug, Clone)]
pub struct PrintedCard<'a> {
    /// Full name; printed in capitals and never cut.
    pub name: &'a str,
    /// Number of the identity paper, already masked.
    pub masked_number: Option<&'a str>,
    /// Year of birth.
    pub birth_year: Option<u16>,
    /// Day of issue, dd/MM/yyyy.
    pub issued_on: &'a str,
    /// Commune or office that issued the card.
    pub issued_by: Option<&'a str>,
    /// Commune whose office takes a card that was found.
    pub return_to: Option<&'a str>,
    /// Last day of validity, dd/MM/yyyy.
    pub expires_on: &'a str,
    /// Number of the card, grouped for reading.
    pub serial: &'a str,
    /// What the square says.
    pub code: &'a str,
    /// The batch it was printed in, and its place there; none for a single card.
    pub batch: Option<&'a str>,
    /// Where the person lives, a line each: for a letter.
    pub address: &'a [String],
    /// Telephone number to report a loss to, grouped for reading.
    pub hotline: Option<&'a str>,
    /// The language that is printed first and larger; the other follows it.
    pub language: Locale,
    /// Marks the page as a trial: a site without a public address.
    pub trial: bool,
}

/// What is printed on the sheet that a gate writes on by hand.
#[derive(Debug, Clone)]
pub struct LogSheet<'a> {
    /// Name of the venue.
    pub venue: &'a str,
    /// Name of the checkpoint.
    pub checkpoint: &'a str,
    /// Commune and province.
    pub place: &'a str,
    /// After how many days a visit is erased, and the sheet shredded at the latest.
    pub retention_days: u16,
    /// The language of its words.
    pub language: Locale,
}

/// Why a page cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// The text of the square is longer than the largest square can hold.
    #[error("the square cannot hold {0} bytes: shorten the address it leads to")]
    SquareTooLong(usize),
    /// Nothing was given to print.
    #[error("there is nothing to print: choose at least one checkpoint")]
    NothingToPrint,
    /// The document could not be written.
    #[error("the PDF could not be written: {0}")]
    Document(String),
}

/// Draws the poster of one checkpoint as a PDF of one page.
///
/// # Errors
///
/// See [`PrintError`]; text of any length and script is drawn.
pub fn poster(poster: &Poster<'_>) -> Result<Vec<u8>, PrintError> {
    posters(std::slice::from_ref(poster))
}

/// Draws several posters as one PDF, a page each.
///
/// # Errors
///
/// See [`PrintError`]; an empty list is [`PrintError::NothingToPrint`].
pub fn posters(posters: &[Poster<'_>]) -> Result<Vec<u8>, PrintError> {
    let first = posters.first().ok_or(PrintError::NothingToPrint)?;
    let mut pages = document::Pages::new(poster::title(first, posters.len()), first.language);
    for one in posters {
        pages.draw(one.paper, |canvas| poster::draw(canvas, one))?;
    }
    pages.finish()
}

/// Draws cards as one PDF: two pages a card on plastic, two pages for ten on a sheet, a page each otherwise.
///
/// # Errors
///
/// See [`PrintError`]; text of any length and script is drawn. No card is [`PrintError::NothingToPrint`].
pub fn cards(cards: &[PrintedCard<'_>], layout: CardLayout) -> Result<Vec<u8>, PrintError> {
    let first = cards.first().ok_or(PrintError::NothingToPrint)?;
    let mut pages = document::Pages::new(person::title(first), first.language);
    let mut galley = Galley::default();
    let galley = &mut galley;
    match layout {
        CardLayout::Plastic => {
            for one in cards {
                pages.draw_card(|canvas| card::front(canvas, galley, one, card::BLEED))?;
                pages.draw_card(|canvas| {
                    card::back(canvas, galley, one, card::BLEED);
                    Ok(())
                })?;
            }
        }
        CardLayout::Sheet => {
            for ten in cards.chunks(card_sheet::CARDS) {
                pages.draw(Paper::A4, |canvas| card_sheet::fronts(canvas, galley, ten))?;
                pages.draw(Paper::A4, |canvas| {
                    card_sheet::backs(canvas, galley, ten);
                    Ok(())
                })?;
            }
        }
        CardLayout::Folded => {
            for one in cards {
                pages.draw(Paper::A4, |canvas| person::draw(canvas, one))?;
            }
        }
        CardLayout::Letter => {
            for one in cards {
                pages.draw(Paper::A4, |canvas| letter::draw(canvas, galley, one))?;
            }
        }
    }
    pages.finish()
}

/// Draws the sheet that a gate writes on by hand, as a PDF of one page: 25 lines on A4, lying.
///
/// # Errors
///
/// See [`PrintError`]; text of any length and script is drawn.
pub fn log_sheet(sheet: &LogSheet<'_>) -> Result<Vec<u8>, PrintError> {
    let mut pages = document::Pages::new(log_sheet::title(sheet), sheet.language);
    pages.draw(Paper::A4Lying, |canvas| {
        log_sheet::draw(canvas, sheet);
        Ok(())
    })?;
    pages.finish()
}
