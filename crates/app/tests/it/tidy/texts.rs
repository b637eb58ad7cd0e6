//! Sizes, words, pages and links.

use super::{File, file, files, no_fault, root};

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
