//! Fonts, and the shaping of text into glyphs of them.

use std::ops::Range;
use std::sync::LazyLock;

use krilla::text::Font;
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, UnicodeBuffer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A font of the printed pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Face {
    Regular,
    Medium,
    Bold,
    ExtraBold,
    /// Numbers and typed codes: figures of equal width, and no line break inside.
    Figures,
}

/// One glyph of a paragraph; lengths are in em.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub(super) face: Face,
    pub(super) id: u32,
    pub(super) advance: f32,
    pub(super) dx: f32,
    pub(super) dy: f32,
    /// The text it stands for.
    pub(super) range: Range<usize>,
    /// Whether a line may end here.
    pub(super) space: bool,
}

struct Loaded {
    shaper: rustybuzz::Face<'static>,
    font: Font,
}

static FONTS: LazyLock<[Loaded; 5]> = LazyLock::new(|| {
    [
        load(include_bytes!("../../fonts/BeVietnamPro-Regular.ttf")),
        load(include_bytes!("../../fonts/BeVietnamPro-Medium.ttf")),
        load(include_bytes!("../../fonts/BeVietnamPro-Bold.ttf")),
        load(include_bytes!("../../fonts/BeVietnamPro-ExtraBold.ttf")),
        load(include_bytes!("../../fonts/Inter-Bold.ttf")),
    ]
});

fn load(data: &'static [u8]) -> Loaded {
    Loaded {
        shaper: rustybuzz::Face::from_slice(data, 0).expect("the embedded font is whole"),
        font: Font::new(data.into(), 0).expect("the embedded font is whole"),
    }
}

impl Face {
    /// The font to draw with.
    pub(super) fn font(self) -> Font {
        self.loaded().font.clone()
    }

    fn loaded(self) -> &'static Loaded {
        &FONTS[self as usize]
    }

    fn has(self, text: &str) -> bool {
        let shaper = &self.loaded().shaper;
        text.chars().all(|c| shaper.glyph_index(c).is_some())
    }
}

/// Makes text fit to draw: NFC, one space between words, no control or direction marks, and no
/// more than one loose mark on a letter, since a tower of them would climb into other lines.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.nfc() {
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if is_combining_mark(c) {
            marks += 1;
            if marks <= 1 {
                out.push(c);
            }
            continue;
        } else if !is_invisible(c) {
            out.push(c);
        }
        marks = 0;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether each letter has a picture in some font, in small letters and in capitals: others are drawn as a box.
pub(super) fn printable(text: &str) -> bool {
    let has = |text: String| {
        let mut letters = letters(&text, 0..text.len()).into_iter();
        letters.all(|letter| choose(&text[letter], Face::Bold).is_some())
    };
    let text = clean(text);
    has(text.to_uppercase()) && has(text)
}

/// Characters without a picture: joiners, direction marks, variation selectors, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Shapes clean text whose `range` is to be set in `face`, and appends the glyphs.
pub(super) fn shape(text: &str, range: Range<usize>, face: Face, glyphs: &mut Vec<Glyph>) {
    let mut run: Option<(Option<Face>, Range<usize>)> = None;
    for letter in letters(text, range) {
        let chosen = choose(&text[letter.clone()], face);
        match &mut run {
            Some((current, range)) if *current == chosen => range.end = letter.end,
            _ => {
                finish(text, run.take(), face, glyphs);
                run = Some((chosen, letter));
            }
        }
    }
    finish(text, run, face, glyphs);
}

/// Letters with the marks that stand on them.
fn letters(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut letters: Vec<Range<usize>> = Vec::new();
    for (at, c) in text[range.clone()].char_indices() {
        let start = range.start + at;
        let end = start + c.len_utf8();
        match letters.last_mut() {
            Some(last) if is_combining_mark(c) => last.end = end,
            _ => letters.push(start..end),
        }
    }
    letters
}

/// The wanted face, or the one that lends letters, or none when both lack the letter.
fn choose(letter: &str, wanted: Face) -> Option<Face> {
    [wanted, Face::Figures, Face::Bold]
        .into_iter()
        .find(|face| face.has(letter))
}

fn finish(
    text: &str,
    run: Option<(Option<Face>, Range<usize>)>,
    wanted: Face,
    glyphs: &mut Vec<Glyph>,
) {
    let breaks = wanted != Face::Figures;
    match run {
        Some((Some(face), range)) => shape_run(text, range, face, breaks, glyphs),
        Some((None, range)) => glyphs.extend(letters(text, range).into_iter().map(replacement)),
        None => {}
    }
}

fn shape_run(text: &str, range: Range<usize>, face: Face, breaks: bool, glyphs: &mut Vec<Glyph>) {
    let shaper = &face.loaded().shaper;
    let em = f32::from(u16::try_from(shaper.units_per_em()).unwrap_or(1000));
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(&text[range.clone()]);
    buffer.guess_segment_properties();
    buffer.set_direction(Direction::LeftToRight);
    let equal_widths = Feature::new(Tag::from_bytes(b"tnum"), 1, ..);
    let features = if face == Face::Figures {
        &[equal_widths][..]
    } else {
        &[]
    };
    let shaped = rustybuzz::shape(shaper, features, buffer);
    let first = glyphs.len();
    for (info, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
        let start = range.start + info.cluster as usize;
        glyphs.push(Glyph {
            face,
            id: info.glyph_id,
            advance: place.x_advance as f32 / em,
            dx: place.x_offset as f32 / em,
            dy: place.y_offset as f32 / em,
            range: start..start,
            space: breaks && text[start..].starts_with(' '),
        });
    }
    let mut end = range.end;
    for i in (first..glyphs.len()).rev() {
        glyphs[i].range.end = end;
        if i > first && glyphs[i - 1].range.start != glyphs[i].range.start {
            end = glyphs[i].range.start;
        }
    }
}

/// A visible sign for a letter that no font has; the text behind it stays what it was.
fn replacement(range: Range<usize>) -> Glyph {
    let face = Face::Figures;
    let shaper = &face.loaded().shaper;
    let sign = ['\u{FFFD}', '\u{25A1}', '?']
        .into_iter()
        .find_map(|c| shaper.glyph_index(c));
    let advance = sign.and_then(|id| shaper.glyph_hor_advance(id));
    let em = f32::from(u16::try_from(shaper.units_per_em()).unwrap_or(1000));
    Glyph {
        face,
        id: sign.map_or(0, |id| u32::from(id.0)),
        advance: f32::from(advance.unwrap_or(1000)) / em,
        dx: 0.0,
        dy: 0.0,
        range,
        space: false,
    }
}
