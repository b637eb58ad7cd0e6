//! What each package may name and depend on.

use super::{File, file, files, lines_with, no_fault};

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
        .filter(|file| file.is(&[".rs"]) && !file.path.contains("/tests/it/tidy"))
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
