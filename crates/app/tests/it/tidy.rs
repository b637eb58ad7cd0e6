//! The rules of the source tree: what STYLE.md and ARCHITECTURE.md promise, read from the files.

mod addresses;
mod packages;
mod sql;
mod texts;
mod transactions;

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
