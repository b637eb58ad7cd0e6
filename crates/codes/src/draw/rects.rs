//! A square as few rectangles: neighbours merged, so that a picture or a PDF stays small and shows no seams.

use super::Square;

/// Dark modules that form a rectangle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rect {
    /// The leftmost column.
    pub x: usize,
    /// The topmost row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Square {
    /// All dark modules once each: runs of a row, joined to equal runs in the rows below.
    pub fn rects(&self) -> impl Iterator<Item = Rect> {
        let mut rects: Vec<Rect> = Vec::with_capacity(self.size * self.size / 4);
        let mut open: Vec<Option<usize>> = vec![None; self.size];
        for (y, row) in self.rows().enumerate() {
            let mut x = 0;
            while x < self.size {
                let width = row[x..].iter().take_while(|&&dark| dark).count();
                let above = open[x].filter(|&at| rects[at].width == width && width > 0);
                open[x..(x + width + 1).min(self.size)].fill(None);
                match above {
                    Some(at) => rects[at].height += 1,
                    None if width > 0 => rects.push(Rect {
                        x,
                        y,
                        width,
                        height: 1,
                    }),
                    None => {}
                }
                if width > 0 {
                    open[x] = Some(above.unwrap_or(rects.len() - 1));
                }
                x += width + 1;
            }
        }
        rects.into_iter()
    }
}
