//! Writes the tables of files that the binary carries: everything in `static/` and `locales/`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut text = String::new();
    for (folder, name, kind, embed) in [
        ("static", "STATIC", "[u8]", "include_bytes"),
        ("locales", "LOCALES", "str", "include_str"),
    ] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        gather(&root.join(folder), &mut files)?;
        files.sort();
        let _ = writeln!(text, "static {name}_FILES: &[(&str, &{kind})] = &[");
        for file in files {
            let path = slashed(file.strip_prefix(root.join(folder)).unwrap_or(&file));
            let _ = writeln!(
                text,
                "    ({path:?}, {embed}!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{folder}/{path}\"))),"
            );
        }
        text.push_str("];\n");
        fs::write(out.join(format!("{folder}.rs")), &text)?;
        text.clear();
    }
    Ok(())
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
