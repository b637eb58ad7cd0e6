//! The rules of the source tree: what STYLE.md and ARCHITECTURE.md promise, read from the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A text of the tree, under its path from the root.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }

    /// Whether it holds tests rather than what they test.
    fn tests(&self) -> bool {
        self.path.contains("/tests") || self.path.ends_with("_tests.rs")
    }

    /// The lines of code before a module of tests, without comments, counted from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let code = lines.take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
        code.map(|(n, line)| (n + 1, line.split("//").next().unwrap_or_default()))
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_owned()
}

/// Every text below a folder of the tree, in order; what is built, vendored or kept is left out.
fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name == ".git" {
                continue; // A folder, or a file in a second work tree.
            }
            if path.is_dir() {
                if !["target", "vaora-data", "node_modules", "vendor"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

fn file(path: &str) -> File {
    let text = std::fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    File {
        path: path.to_owned(),
        text,
    }
}

fn no_fault(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Lines of `files` that hold one of `words`.
fn lines_with<'a>(files: &'a [File], words: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    files.iter().flat_map(move |file| {
        let held = move |line: &str| words.iter().find(|word| line.contains(**word)).copied();
        let faults = file
            .code()
            .filter_map(move |(n, line)| Some((n, held(line)?)));
        faults.map(|(n, word)| format!("{}:{n}: `{word}`", file.path))
    })
}

// --- Crates -----------------------------------------------------------------------------------

#[test]
fn only_store_names_the_database_driver() {
    let word = "sqlx";
    let manifests = files("crates")
        .into_iter()
        .chain(files("e2e"))
        .filter(|file| file.is(&["Cargo.toml"]));
    let named = manifests.filter(|file| file.text.lines().any(|line| line.starts_with(word)));
    let named: Vec<String> = named.map(|file| file.path).collect();
    // `domain` has derives behind a feature: the orphan rule forbids `store` to add them.
    assert_eq!(
        named,
        ["crates/domain/Cargo.toml", "crates/store/Cargo.toml"]
    );
    assert!(
        file("crates/domain/Cargo.toml")
            .text
            .contains("sqlx = { workspace = true, optional = true }")
    );

    let others = ["crates/app/src", "crates/app/tests", "crates/codes"]
        .into_iter()
        .flat_map(files);
    let others: Vec<File> = others
        .filter(|file| file.is(&[".rs"]) && !file.path.ends_with("tidy.rs"))
        .collect();
    no_fault(lines_with(&others, &[word]));
    let domain = files("crates/domain/src");
    let derives = |line: &str| line.contains("feature = \"sql\"") || !line.contains(word);
    let faults = domain.iter().flat_map(|file| {
        let faults = file.code().filter(|(_, line)| !derives(line));
        faults.map(|(n, _)| format!("{}:{n}: only derives may name {word}", file.path))
    });
    no_fault(faults);
}

#[test]
fn crates_depend_downwards_only() {
    let allowed = [
        ("domain", &[][..]),
        ("codes", &["domain"]),
        ("store", &["domain"]),
    ];
    for (name, below) in allowed {
        let manifest = file(&format!("crates/{name}/Cargo.toml"));
        let names = ["domain", "codes", "store", "vaora", "e2e", "vaora-bench"];
        let others = names
            .into_iter()
            .filter(|other| *other != name && !below.contains(other));
        let depends = |other: &str| {
            manifest.text.lines().any(|line| {
                line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} "))
            })
        };
        no_fault(
            others
                .filter(|other| depends(other))
                .map(|other| format!("{name} depends on {other}")),
        );
    }
}

#[test]
fn domain_does_no_io_and_knows_no_clock() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::io",
        "SystemTime",
        "Instant",
        "Zoned::now",
        "Timestamp::now",
        "rand::",
        "tokio",
        "async ",
        ".await",
        "println!",
        "now_v7",
        "new_v4",
    ];
    no_fault(lines_with(&files("crates/domain/src"), &words));
    let manifest = file("crates/domain/Cargo.toml").text;
    let dependencies = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    let names = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ']).next())
        .filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    assert_eq!(
        names,
        ["jiff", "serde", "sqlx", "unicode-normalization", "uuid"]
    );
}

// --- Problems and addresses -------------------------------------------------------------------

/// Answers that refuse nothing: a page, a page about something new, another page, a form shown again, a file known already.
const NO_REFUSAL: [&str; 5] = [
    "OK",
    "CREATED",
    "SEE_OTHER",
    "UNPROCESSABLE_ENTITY",
    "NOT_MODIFIED",
];

#[test]
fn only_problem_knows_the_statuses_of_refusals() {
    let constant = "StatusCode::";
    let sources = files("crates/app/src");
    let sources = sources
        .iter()
        .filter(|file| !file.tests() && !file.path.ends_with("web/problem.rs"));
    let faults = sources.flat_map(|file| {
        let named = file.code().flat_map(move |(n, line)| {
            line.match_indices(constant)
                .map(move |(at, _)| (n, &line[at + constant.len()..]))
        });
        let refusal = |rest: &str| {
            let name = rest
                .split(|c: char| !c.is_ascii_uppercase() && c != '_')
                .next()
                .unwrap_or_default();
            (!name.is_empty() && !NO_REFUSAL.contains(&name)).then(|| name.to_owned())
        };
        named.filter_map(move |(n, rest)| {
            Some(format!("{}:{n}: {constant}{}", file.path, refusal(rest)?))
        })
    });
    no_fault(faults);
}

#[test]
fn every_handler_says_what_it_does() {
    let routes = file("crates/app/src/web/routes.rs").text;
    let mut handlers = BTreeSet::new();
    for verb in ["get(", "post(", "put(", "delete("] {
        for (at, _) in routes.match_indices(verb) {
            let inside = routes[at + verb.len()..].split(')').next().unwrap();
            let inside = inside.trim().trim_end_matches(',');
            handlers.extend(inside.rsplit_once("::"));
        }
    }
    assert!(handlers.len() >= 4, "{handlers:?}");
    let sources = files("crates/app/src/web");
    let documented = |(module, name): (&str, &str)| {
        let module = module.rsplit("::").next().unwrap();
        let of_module = |file: &&File| {
            file.path.ends_with(&format!("/{module}.rs"))
                || file.path.contains(&format!("/{module}/"))
        };
        let head = format!("fn {name}(");
        let mut found = sources.iter().filter(of_module).filter_map(|file| {
            let before = file
                .text
                .split(&head)
                .next()
                .filter(|before| before.len() < file.text.len())?;
            let above = before.lines().rev().skip(1);
            let code = |line: &&str| matches!(line.trim(), "" | "}") || line.starts_with("use ");
            Some(
                above
                    .take_while(|line| !code(line))
                    .any(|line| line.trim().starts_with("///")),
            )
        });
        found.next().unwrap_or(false)
    };
    let bare = handlers
        .iter()
        .copied()
        .filter(|handler| !documented(*handler));
    no_fault(bare.map(|(module, name)| {
        format!("{module}::{name} has no doc comment, or is not in a file named for its module")
    }));
}

#[test]
fn the_api_page_lists_every_problem_and_reason() {
    let page = file("docs/api.md").text;
    let problems = file("crates/app/src/web/problem.rs").text;
    let table = problems
        .split("const fn kind")
        .nth(1)
        .unwrap()
        .split("fn json")
        .next()
        .unwrap()
        .to_owned();
    let reasons = file("crates/domain/src/scan.rs").text;
    let reasons = reasons
        .split("    Reason {")
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap()
        .to_owned();
    let slugs = literals(&table).into_iter().chain(literals(&reasons));
    let missing = slugs.filter(|slug| !page.contains(&format!("`{slug}`")));
    no_fault(missing.map(|slug| format!("docs/api.md does not explain `{slug}`")));
}

// --- SQL --------------------------------------------------------------------------------------

/// The string literals of Rust code, comments and characters left out.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        match rest.as_bytes()[at] {
            b'/' if after.starts_with('/') => {
                rest = after.split_once('\n').map_or("", |(_, next)| next)
            }
            b'\'' => {
                // A character, or the name of a lifetime.
                let character = after.starts_with('\\') || after.chars().nth(1) == Some('\'');
                let skip = if !character {
                    0
                } else {
                    after
                        .char_indices()
                        .skip(1)
                        .find(|(_, c)| *c == '\'')
                        .map_or(0, |(i, _)| i + 1)
                };
                rest = &after[skip..];
            }
            b'"' => {
                let hashes = before.len() - before.trim_end_matches('#').len();
                let raw = before.trim_end_matches('#').ends_with('r')
                    && !before.trim_end_matches('#').ends_with("for");
                let (text, next) = string(after, raw.then_some(hashes));
                found.push(text.to_owned());
                rest = next;
            }
            _ => rest = after,
        }
    }
    found
}

/// The text of a literal that has begun, and what follows it.
fn string(code: &str, hashes: Option<usize>) -> (&str, &str) {
    if let Some(hashes) = hashes {
        let end = format!("\"{}", "#".repeat(hashes));
        return code.split_once(&end).unwrap_or((code, ""));
    }
    let mut escaped = false;
    for (at, c) in code.char_indices() {
        match c {
            '"' if !escaped => return (&code[..at], &code[at + 1..]),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (code, "")
}

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

/// Every public method of a transaction: its name, its arguments, and the file it is in.
fn methods_of_tx() -> Vec<(String, String, String)> {
    let mut methods = Vec::new();
    for file in files("crates/store/src") {
        for block in file.text.split("\nimpl Tx {").skip(1) {
            let block = block.split("\n}\n").next().unwrap();
            for head in block.split("\n    pub async fn ").skip(1) {
                let name = head.split(['(', '<']).next().unwrap().to_owned();
                let arguments = head.split("-> ").next().unwrap().to_owned();
                methods.push((name, arguments, file.path.clone()));
            }
        }
    }
    assert!(methods.len() > 60, "only {} were found", methods.len());
    methods
}

#[test]
fn every_method_of_the_store_is_tried_on_both_databases() {
    // What `on_both!` runs, and the helpers it calls; tests of one database are left out.
    let tests = files("crates/store/tests/it");
    let items = tests.iter().flat_map(|file| file.text.split("\n}\n"));
    let both = items.filter(|item| !item.contains("#[test]") && !item.contains("#[tokio::test"));
    let code = both
        .flat_map(str::lines)
        .map(|line| line.split("//").next());
    let code = code.map(Option::unwrap_or_default).collect::<Vec<_>>();
    let code = code.join("\n");
    let called = |name: &str| {
        [format!(".{name}("), format!(".{name}::<")]
            .iter()
            .any(|call| code.contains(call))
    };
    let untried = methods_of_tx()
        .into_iter()
        .filter(|method| !called(&method.0));
    no_fault(untried.map(|(name, _, path)| {
        format!("{path}: Tx::{name} is not called by a test of both databases")
    }));
}

/// What the store answers without a proof: see ARCHITECTURE.md.
const WITHOUT_PROOF: [(&str, &[&str]); 7] = [
    ("the unit of work itself", &["commit", "rollback"]),
    (
        "who is asking: found by what only they can show",
        &[
            "session",
            "end_session",
            "begin_session",
            "holder_of_phone",
            "holder_of_browser",
            "device_by_token",
            "device_seen",
            "officer_credentials",
            "spend_totp_step",
            "invitation",
            "accept_invitation",
            "add_holder",
        ],
    ),
    (
        "in which scope the policy is asked: ids and units",
        &["holder_scope", "card_scope", "venue_scope"],
    ),
    (
        "codes and limits, known by hashes alone",
        &["otp_wait", "add_otp", "check_otp", "within"],
    ),
    (
        "public: on a poster, on a form, in the status list, which office an officer holds",
        &[
            "venue",
            "checkpoint",
            "checkpoint_by_code",
            "checkpoints",
            "units",
            "add_units",
            "unit_settings",
            "served_unit",
            "is_demonstration",
            "card_states",
            "cards_version",
            "office_of",
        ],
    ),
    (
        "set-up, by a link that works until somebody holds an office",
        &["set_up_wanted", "set_up_open", "open_set_up", "set_up"],
    ),
    (
        "the program's own: erasing, and planting into an empty database",
        &[
            "erase_declarations",
            "erase_sessions",
            "erase_otps",
            "erase_rates",
            "erase_invitations",
            "is_vacant",
            "mark_demonstration",
            "plant_holders",
            "plant_cards",
            "plant_declarations",
            "plant_venues",
            "plant_officers",
            "plant_office",
            "outcome",
        ],
    ),
];

#[test]
fn the_store_asks_for_a_proof_wherever_it_is_not_named_here() {
    let methods = methods_of_tx();
    let named: BTreeSet<&str> = WITHOUT_PROOF
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    let asks = |arguments: &str| arguments.contains("&Authorized<");
    let bare = methods
        .iter()
        .filter(|(name, arguments, _)| !asks(arguments) && !named.contains(name.as_str()));
    no_fault(bare.map(|(name, _, path)| format!("{path}: Tx::{name} asks for no proof")));
    let idle = named.iter().filter(|named| {
        let method = methods.iter().find(|(name, ..)| name == *named);
        method.is_none_or(|(_, arguments, _)| asks(arguments))
    });
    no_fault(idle.map(|name| format!("Tx::{name} is named here, and need not be")));
    let ignored = methods
        .iter()
        .filter(|(_, arguments, _)| arguments.contains("_who:"));
    no_fault(ignored.map(|(name, _, path)| format!("{path}: Tx::{name} ignores its proof")));
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

// --- Privacy ----------------------------------------------------------------------------------

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

// --- Sizes and words --------------------------------------------------------------------------

#[test]
fn files_stay_small() {
    let mut limits: Vec<(File, usize)> = Vec::new();
    for file in ["crates", "e2e", "bench"].into_iter().flat_map(files) {
        let most = match file.path.as_str() {
            path if path.ends_with(".rs") && file.tests() => 800,
            path if path.ends_with(".rs") => 500,
            path if path.ends_with(".css") => 300,
            path if path.ends_with(".html") || path.ends_with(".js") => 250,
            _ => continue,
        };
        limits.push((file, most));
    }
    for (page, most) in [
        ("README.md", 90),
        ("ARCHITECTURE.md", 250),
        ("STYLE.md", 200),
        ("CONTRIBUTING.md", 100),
    ] {
        limits.push((file(page), most));
    }
    let long = limits
        .iter()
        .map(|(file, most)| (file, most, file.text.lines().count()));
    let long = long.filter(|(_, most, lines)| lines > most);
    no_fault(
        long.map(|(file, most, lines)| format!("{}: {lines} lines, {most} are allowed", file.path)),
    );
}

#[test]
fn no_text_speaks_of_what_is_not_the_project() {
    // Cut in two, so that this page does not name them.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("unimpl", "emented!("),
        concat!("to", "do!("),
        concat!("issue ", "#"),
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("crates", ".io"),
        concat!("npm", "js"),
    ];
    let texts = files(".")
        .into_iter()
        .filter(|file| !file.path.ends_with("Cargo.lock"));
    let faults = texts.flat_map(|file| {
        let lines: Vec<String> = file
            .text
            .lines()
            .enumerate()
            .filter_map(|(n, line)| {
                let word = words.iter().find(|word| line.contains(**word))?;
                Some(format!("{}:{}: `{word}`", file.path, n + 1))
            })
            .collect();
        lines
    });
    no_fault(faults);
}

#[test]
fn pages_hold_no_code_and_no_looks() {
    let pages = files("crates/app").into_iter();
    let pages =
        pages.filter(|file| file.is(&[".html", ".js"]) && !file.path.contains("/js-tests/"));
    let mut faults = Vec::new();
    for file in pages {
        for (n, line) in file.text.lines().enumerate() {
            let handler = file.is(&[".html"])
                && line.split(" on").skip(1).any(|rest| {
                    let name = rest.split('=').next().unwrap();
                    rest.contains('=')
                        && !name.is_empty()
                        && name.bytes().all(|b| b.is_ascii_lowercase())
                });
            let script = line.contains("<script>") || line.contains("javascript:");
            let html = [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ]
            .iter()
            .any(|word| line.contains(word));
            let style =
                file.is(&[".html"]) && (line.contains(" style=") || line.contains("<style"));
            if handler || script || html || style {
                faults.push(format!("{}:{}: {}", file.path, n + 1, line.trim()));
            }
        }
    }
    no_fault(faults);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = files(".").into_iter().filter(|file| file.is(&[".md"]));
    let mut faults = Vec::new();
    for page in pages {
        let folder = root().join(&page.path).parent().unwrap().to_owned();
        for link in page
            .text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap();
            if !target.is_empty() && !target.contains(':') && !folder.join(target).exists() {
                faults.push(format!("{}: {link}", page.path));
            }
        }
    }
    no_fault(faults);
}

#[test]
fn every_file_of_tests_is_run() {
    let mut faults = Vec::new();
    for folder in ["crates/app/tests/it", "crates/store/tests/it"] {
        let main = file(&format!("{folder}/main.rs")).text;
        let all = files(folder);
        let names = all
            .iter()
            .filter_map(|file| file.path[folder.len() + 1..].strip_suffix(".rs"));
        let direct = names.filter(|name| !name.contains('/') && *name != "main");
        let unnamed =
            direct.filter(|name| !main.lines().any(|line| line == format!("mod {name};")));
        faults.extend(unnamed.map(|name| format!("{folder}/main.rs does not name {name}")));
    }
    no_fault(faults);
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
