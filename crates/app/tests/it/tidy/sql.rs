//! SQL: one text for both databases, and one schema that the privacy page explains.

use super::{file, files, literals, no_fault};
use std::collections::{BTreeMap, BTreeSet};

/// Not portable, or not ours: each with what to write instead.
const FORBIDDEN_SQL: [(&str, &str); 22] = [
    ("now()", "bind a Timestamp"),
    ("current_timestamp", "bind a Timestamp"),
    ("strftime", "bind a Timestamp or a Day"),
    ("ilike", "compare folded text"),
    ("::", "cast(x as bigint)"),
    ("= any", "Tx::look_up of sets.rs"),
    ("unnest", "Tx::write_set of sets.rs"),
    ("array[", "Tx::look_up of sets.rs"),
    ("greatest(", "case when"),
    ("least(", "case when"),
    ("interval", "bind a Timestamp"),
    ("->", "a column"),
    ("json_", "a column"),
    ("jsonb", "a column"),
    ("on conflict (id)", "name the venue, too, or say nothing"),
    ("trigger", "write it in the method"),
    ("recursive", "walk in Rust, one query a step"),
    ("for update", "dialect::lock_venues"),
    ("insert or", "on conflict"),
    ("select *", "name the columns"),
    ("pragma", "dialect.rs"),
    ("pg_", "dialect.rs"),
];

/// Where the two databases may differ.
const DIALECTS: [&str; 5] = [
    "crates/store/src/dialect.rs",
    "crates/store/src/open.rs",
    "crates/store/src/sets.rs",
    "crates/store/src/error.rs",
    "crates/store/src/backup/catalog.rs",
];

fn sql_faults(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut faults: Vec<String> = FORBIDDEN_SQL
        .into_iter()
        .filter(|(word, _)| lower.contains(word))
        .map(|(word, instead)| format!("`{word}`: {instead}"))
        .collect();
    if lower.matches("sum(").count() > lower.matches("cast(sum(").count() {
        faults.push(
            "`sum(` without `cast(sum(x) as bigint)`: PostgreSQL makes it a numeric".to_owned(),
        );
    }
    if [
        "SELECT ", "INSERT ", "UPDATE ", "DELETE ", " FROM ", " WHERE ",
    ]
    .iter()
    .any(|word| text.contains(word))
    {
        faults.push("SQL is written in lower case".to_owned());
    }
    faults
}

#[test]
fn sql_is_one_text_for_both_databases() {
    let sources = files("crates/store/src");
    let sources = sources
        .iter()
        .filter(|file| file.is(&[".rs"]) && !DIALECTS.contains(&file.path.as_str()));
    let mut statements = 0;
    let mut faults = Vec::new();
    for file in sources {
        let code = file.text.split("#[cfg(test)]").next().unwrap();
        for text in literals(code) {
            let verbs = [
                "select ",
                "insert ",
                "update ",
                "delete ",
                "with ",
                " on conflict",
                " from ",
                " where ",
            ];
            if verbs.iter().any(|verb| text.to_lowercase().contains(verb)) {
                statements += 1;
                faults.extend(
                    sql_faults(&text)
                        .into_iter()
                        .map(|fault| format!("{}: {fault}: {text}", file.path)),
                );
            }
        }
    }
    assert!(statements > 100, "only {statements} statements were found");
    no_fault(faults);
}

#[test]
fn migrations_come_in_pairs() {
    let names = |database: &str| -> Vec<String> {
        let folder = format!("crates/store/migrations/{database}");
        files(&folder)
            .into_iter()
            .map(|file| file.path[folder.len()..].to_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// The tables of the schema with their columns.
fn tables() -> BTreeMap<String, BTreeSet<String>> {
    let mut tables = BTreeMap::new();
    for migration in files("crates/store/migrations/sqlite") {
        for table in migration.text.split("\ncreate table ").skip(1) {
            let (name, body) = table.split_once(" (\n").unwrap();
            let lines = body.split("\n)").next().unwrap().lines();
            let names = lines.filter_map(|line| line.split_whitespace().next());
            let columns = names
                .filter(|name| !["primary", "unique", "check", "foreign", "--"].contains(name));
            tables.insert(name.to_owned(), columns.map(str::to_owned).collect());
        }
    }
    tables
}

#[test]
fn the_privacy_page_explains_every_column() {
    let page = file("docs/privacy.md").text;
    let mut explained: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for section in page.split("\n### `").skip(1) {
        let (table, body) = section.split_once('`').unwrap();
        let body = body.split("\n## ").next().unwrap();
        let rows = body
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
        let columns = rows.flat_map(|cell| cell.split('`').skip(1).step_by(2));
        explained.insert(table.to_owned(), columns.map(str::to_owned).collect());
    }
    assert_eq!(
        explained,
        tables(),
        "docs/privacy.md (left) and the schema (right)"
    );
}

#[test]
fn literals_are_told_from_code() {
    let code = "let a = \"one \\\" two\"; // \"no\"\nlet b: &'a str = r#\"three \"x\" \"#; let c = '\"'; let d = '\\''; f(\"four\");";
    assert_eq!(literals(code), ["one \\\" two", "three \"x\" ", "four"]);
    assert_eq!(
        sql_faults("select sum(x)::bigint from t where a ilike $1").len(),
        3
    );
    assert!(sql_faults("select cast(sum(x) as bigint) from t").is_empty());
}
