//! Handlers, and what they answer when they refuse.

use super::{File, file, files, literals, no_fault};
use std::collections::BTreeSet;

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
