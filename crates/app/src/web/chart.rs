//! Bars of entries upward and exits downward, drawn here as SVG, with the numbers in a table beside them.
//!
//! Nothing is styled inline: sizes are attributes of the SVG, colours are classes of `css/chart.css`.

use super::locale::Locale;
use askama::filters::{Html, escape};
use std::fmt::Write as _;

/// One hour or one day.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What stands under it: `05`.
    pub label: String,
    /// How many entered.
    pub entries: i64,
    /// How many left.
    pub exits: i64,
    /// Whether it is still running.
    pub now: bool,
}

/// Height of the plot, and the width of a column; the width stretches with the page.
const HEIGHT: f64 = 180.0;
const COLUMN: usize = 30;

/// A chart of bars with its tables, as markup that is safe to print unescaped. `unit` is the key of what a bar is:
/// `chart.hour` or `chart.day`.
pub fn bars(locale: Locale, title: &str, unit: &str, bars: &[Bar]) -> String {
    let long = bars.iter().any(|bar| bar.entries.max(bar.exits) > 999);
    let mut out = format!(
        "<figure class=\"chart{}\">",
        if long { " chart--dense" } else { "" }
    );
    let scale = Scale::over(bars);
    out.push_str("<div class=\"chart__plot\" aria-hidden=\"true\">");
    axis(&mut out, locale, &scale);
    plot(&mut out, &scale, bars);
    out.push_str("</div>");
    across(&mut out, locale, title, unit, bars);
    down(&mut out, locale, title, unit, bars);
    out.push_str("</figure>");
    out
}

struct Scale {
    step: i64,
    up: f64,
    down: f64,
}

impl Scale {
    fn over(bars: &[Bar]) -> Self {
        let most = |of: fn(&Bar) -> i64| bars.iter().map(of).max().unwrap_or(0).max(1) as f64;
        let (up, down) = (most(|bar| bar.entries), most(|bar| bar.exits));
        Self {
            step: step(up.max(down)),
            up,
            down,
        }
    }

    fn zero(&self) -> f64 {
        HEIGHT * self.up / (self.up + self.down)
    }

    fn tall(&self, n: i64) -> f64 {
        n.max(0) as f64 * HEIGHT / (self.up + self.down)
    }

    /// The heights at which a line stands, from the highest to the lowest, without zero.
    fn ticks(&self) -> impl Iterator<Item = i64> {
        let (up, down) = (self.up as i64 / self.step, self.down as i64 / self.step);
        (-down..=up)
            .rev()
            .filter(|n| *n != 0)
            .map(|n| n * self.step)
    }

    fn y(&self, n: i64) -> f64 {
        self.zero() - n as f64 * HEIGHT / (self.up + self.down)
    }
}

/// A round step that gives two or three lines each way.
fn step(most: f64) -> i64 {
    let rough = (most / 2.5).max(1.0);
    let power = 10f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0]
        .into_iter()
        .rev()
        .find(|times| times * power <= rough);
    (times.unwrap_or(1.0) * power) as i64
}

fn axis(out: &mut String, locale: Locale, scale: &Scale) {
    let _ = write!(
        out,
        "<svg class=\"chart__axis\" viewBox=\"0 0 52 {HEIGHT}\">"
    );
    for n in scale.ticks() {
        let _ = write!(
            out,
            "<text x=\"44\" y=\"{:.1}\">{}</text>",
            scale.y(n) + 4.0,
            locale.number(n.abs())
        );
    }
    out.push_str("</svg>");
}

fn plot(out: &mut String, scale: &Scale, bars: &[Bar]) {
    let width = bars.len().max(1) * COLUMN;
    let _ = write!(
        out,
        "<svg class=\"chart__bars\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\">"
    );
    let hatch = format!("hatch-{width}-{:.0}", scale.up);
    let _ = write!(
        out,
        "<defs><pattern id=\"{hatch}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect class=\"ground\" width=\"5\" height=\"5\"/><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\"/></pattern></defs>"
    );
    for n in scale.ticks() {
        let y = scale.y(n);
        let _ = write!(
            out,
            "<line class=\"tick\" x1=\"0\" x2=\"{width}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
        );
    }
    let zero = scale.zero();
    for (at, bar) in bars.iter().enumerate() {
        let x = at * COLUMN + 5;
        let (up, down) = (scale.tall(bar.entries), scale.tall(bar.exits));
        let _ = write!(
            out,
            "<rect class=\"in\" x=\"{x}\" y=\"{:.1}\" width=\"20\" height=\"{up:.1}\"/>",
            zero - up
        );
        let _ = write!(
            out,
            "<rect class=\"out\" fill=\"url(#{hatch})\" x=\"{x}\" y=\"{zero:.1}\" width=\"20\" height=\"{down:.1}\"/>"
        );
    }
    let _ = write!(
        out,
        "<line class=\"zero\" x1=\"0\" x2=\"{width}\" y1=\"{zero:.1}\" y2=\"{zero:.1}\"/></svg>"
    );
}

const KEYS: [(&str, &str); 2] = [
    ("chart.in", "chart__key"),
    ("chart.out", "chart__key chart__key--out"),
];

/// The numbers under the bars, a column for each.
fn across(out: &mut String, locale: Locale, title: &str, unit: &str, bars: &[Bar]) {
    let _ = write!(
        out,
        "<table class=\"chart__table\"><caption class=\"hush\">{}</caption>",
        safe(title)
    );
    let _ = write!(
        out,
        "<thead><tr><th scope=\"row\">{}</th>",
        locale.text(unit)
    );
    for bar in bars {
        let now = if bar.now { " class=\"is-now\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{now}>{}</th>", safe(&bar.label));
    }
    out.push_str("</tr></thead><tbody>");
    for (row, (key, class)) in KEYS.into_iter().enumerate() {
        let _ = write!(
            out,
            "<tr><th scope=\"row\"><i class=\"{class}\"></i>{}</th>",
            locale.text(key)
        );
        for bar in bars {
            let n = [bar.entries, bar.exits][row];
            let _ = write!(out, "<td>{}</td>", locale.number(n));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

/// The same numbers as rows, for a narrow screen.
fn down(out: &mut String, locale: Locale, title: &str, unit: &str, bars: &[Bar]) {
    let _ = write!(
        out,
        "<details class=\"chart__more\"><summary>{}</summary>",
        locale.text("chart.table")
    );
    let _ = write!(
        out,
        "<table><caption class=\"hush\">{}</caption><thead><tr>",
        safe(title)
    );
    for key in [unit, "chart.in", "chart.out"] {
        let _ = write!(out, "<th scope=\"col\">{}</th>", locale.text(key));
    }
    out.push_str("</tr></thead><tbody>");
    for bar in bars {
        let (entries, exits) = (locale.number(bar.entries), locale.number(bar.exits));
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{entries}</td><td>{exits}</td></tr>",
            safe(&bar.label)
        );
    }
    out.push_str("</tbody></table></details>");
}

fn safe(text: &str) -> String {
    escape(text, Html).map_or_else(|never| match never {}, |safe| safe.to_string())
}

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
