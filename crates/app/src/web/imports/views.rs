//! The pages of lists: all of them, what the columns are, what would come of it, and what did.

use super::Office;
use super::plan::{Counts, Done, Plan, Rest};
use crate::import::{ROWS, Refusal};
use crate::web::office::{commune, communes};
use crate::web::page::Page;
use crate::web::problem::Problem;
use askama::Template;
use domain::card::CardKind;
use domain::import::Field;
use store::imports::Import;

/// How many rows that are not taken are shown; all of them are in the file.
const LEFT: usize = 50;

#[derive(Template)]
#[template(path = "imports/list.html")]
pub(super) struct ListPage {
    page: Page,
    /// Why the file cannot be read, in words.
    trouble: String,
    most: i64,
    rows: Vec<ListRow>,
}

struct ListRow {
    href: String,
    file: String,
    at: String,
    /// What came of it so far, in words.
    state: String,
}

#[derive(Template)]
#[template(path = "imports/columns.html")]
pub(super) struct ColumnsPage {
    page: Page,
    here: String,
    file: String,
    rows: i64,
    trouble: String,
    sheets: Vec<(String, String)>,
    sheet: String,
    communes: Vec<(String, String)>,
    commune: String,
    fields: Vec<(&'static str, &'static str)>,
    columns: Vec<ColumnView>,
}

/// A column, what it is, and its first cells.
struct ColumnView {
    name: String,
    heading: String,
    field: &'static str,
    sample: String,
}

#[derive(Template)]
#[template(path = "imports/preview.html")]
pub(super) struct PreviewPage {
    page: Page,
    here: String,
    file: String,
    commune: String,
    counts: Vec<(&'static str, i64)>,
    new: i64,
    /// The first of those who are new: line, name, birth and masked number.
    first: Vec<[String; 4]>,
    left: Vec<LeftView>,
    /// Whether there are more rows than are shown.
    more: bool,
    /// What stands for this reading of the list when it is taken.
    mark: String,
    /// What changed since it was looked at, in words.
    trouble: &'static str,
    /// Whose names cannot be printed, in words.
    boxes: String,
    kinds: Vec<(&'static str, &'static str)>,
}

/// A row that is not taken, and why.
struct LeftView {
    line: u32,
    cells: String,
    why: String,
}

#[derive(Template)]
#[template(path = "imports/result.html")]
pub(super) struct ResultPage {
    page: Page,
    errors: String,
    file: String,
    commune: String,
    counts: Vec<(&'static str, i64)>,
    registered: String,
    cards: String,
    has_rest: bool,
    by: String,
    at: String,
    file_sum: String,
    people_sum: String,
}

impl Office<'_> {
    fn page(&self) -> Page {
        self.officer.reader.page(self.app)
    }

    pub(super) async fn list(&self, refusal: Option<Refusal>) -> Result<ListPage, Problem> {
        let page = self.page();
        let found = self
            .app
            .store
            .read()
            .await?
            .imports(&self.own()?, super::SHOWN)
            .await?;
        let rows = found.iter().map(|import| {
            let plan = Plan::of(import)?;
            let state = match (&plan.done, plan.counts) {
                (Some(done), _) => page.count("imports.registered", done.counts.new as i64),
                (None, Some(_)) => page.text("imports.to_take").to_owned(),
                (None, None) => page.text("imports.to_map").to_owned(),
            };
            Ok(ListRow {
                href: format!("/office/imports/{}", import.id),
                at: page.moment(import.created),
                file: plan.file,
                state,
            })
        });
        let rows = rows.collect::<Result<_, Problem>>()?;
        Ok(ListPage {
            trouble: refusal.map_or_else(String::new, |refusal| refused(&page, refusal)),
            most: ROWS as i64,
            rows,
            page,
        })
    }

    /// What the columns are, and why the list cannot be read so, in words; nothing where it can.
    pub(super) fn mapping(&self, import: &Import, plan: &Plan, trouble: String) -> ColumnsPage {
        let page = self.page();
        let fields = Field::ALL.iter().map(|field| {
            let key = format!("imports.field_{field}");
            (field.as_str(), page.text(&key))
        });
        let none = [("none", page.text("imports.field_none"))];
        let column = |(at, heading): (usize, &String)| {
            let cells = plan.sample.iter().filter_map(|row| row.get(at));
            let cells: Vec<&str> = cells
                .map(String::as_str)
                .filter(|cell| !cell.is_empty())
                .collect();
            ColumnView {
                name: format!("column_{at}"),
                heading: match heading.as_str() {
                    "" => page.fill("imports.column", [("n", (at + 1).to_string().as_str())]),
                    heading => heading.to_owned(),
                },
                field: plan
                    .columns
                    .get(at)
                    .copied()
                    .flatten()
                    .map_or("none", Field::as_str),
                sample: cells.join(" · "),
            }
        };
        let sheets = plan.sheets.iter().enumerate();
        ColumnsPage {
            here: format!("/office/imports/{}", import.id),
            file: plan.file.clone(),
            rows: plan.rows as i64,
            trouble,
            sheets: sheets
                .map(|(at, name)| (at.to_string(), name.clone()))
                .collect(),
            sheet: plan.sheet.to_string(),
            communes: communes(self.app, self.officer),
            commune: plan.commune.clone(),
            fields: none.into_iter().chain(fields).collect(),
            columns: plan.headings.iter().enumerate().map(column).collect(),
            page,
        }
    }

    /// What would come of a list, and what changed since it was looked at, in words.
    pub(super) fn preview(
        &self,
        import: &Import,
        plan: &Plan,
        counts: Counts,
        (rest, trouble): (&Rest, &'static str),
    ) -> PreviewPage {
        let page = self.page();
        let left = rest.rows.iter().take(LEFT).map(|left| LeftView {
            line: left.line,
            cells: left
                .cells
                .iter()
                .filter(|cell| !cell.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join(" · "),
            why: left.words(&page),
        });
        let left: Vec<LeftView> = left.collect();
        let kinds = [CardKind::Plastic, CardKind::Paper].map(|one| {
            let key = format!("office_cards.kind_{one}");
            (one.as_str(), page.text(&key))
        });
        let none = [("", page.text("imports.no_cards"))];
        PreviewPage {
            here: format!("/office/imports/{}", import.id),
            file: plan.file.clone(),
            commune: self.commune_name(plan),
            counts: counted(&page, counts),
            new: counts.new as i64,
            first: plan.first.clone(),
            more: rest.rows.len() > left.len(),
            left,
            mark: plan.mark(),
            trouble,
            boxes: boxes(&page, plan),
            kinds: none.into_iter().chain(kinds).collect(),
            page,
        }
    }

    pub(super) fn result(&self, import: &Import, plan: &Plan, done: &Done) -> ResultPage {
        let page = self.page();
        ResultPage {
            errors: format!("/office/imports/{}/errors.xlsx", import.id),
            file: plan.file.clone(),
            commune: self.commune_name(plan),
            counts: counted(&page, done.counts),
            registered: page.count("imports.registered", done.counts.new as i64),
            cards: done.cards.map_or_else(String::new, |kind| {
                let kind = page.text(&format!("office_cards.kind_{kind}"));
                page.fill("imports.cards_made", [("kind", kind)])
            }),
            has_rest: import.has_rest,
            by: done.by.clone(),
            at: page.moment(done.at),
            file_sum: plan.sha256.clone(),
            people_sum: done.sha256.clone(),
            page,
        }
    }

    fn commune_name(&self, plan: &Plan) -> String {
        let path = commune(self.app, self.officer, &plan.commune);
        let code = path.as_ref().and_then(|path| path.commune());
        code.map_or_else(String::new, |code| self.app.units().full_name(code))
    }
}

/// The counts, each with its words: the first is the sum of the others.
fn counted(page: &Page, counts: Counts) -> Vec<(&'static str, i64)> {
    let all = [
        ("imports.count_rows", counts.rows),
        ("imports.count_new", counts.new),
        ("imports.count_known", counts.known),
        ("imports.count_faulty", counts.faulty),
        ("imports.count_repeated", counts.repeated),
        ("imports.count_likely", counts.likely),
    ];
    all.map(|(key, count)| (page.text(key), count as i64))
        .to_vec()
}

/// Why a file cannot be read, in words.
pub(in crate::web) fn refused(page: &Page, refusal: Refusal) -> String {
    match refusal.line() {
        Some(line) => page.fill(refusal.key(), [("line", line.to_string().as_str())]),
        None => page.text(refusal.key()).to_owned(),
    }
}

/// Whose names hold letters that the printed cards' fonts lack, in words.
fn boxes(page: &Page, plan: &Plan) -> String {
    match plan.boxes.as_slice() {
        [] => String::new(),
        lines => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            page.fill("imports.boxes", [("lines", lines.join(", ").as_str())])
        }
    }
}
