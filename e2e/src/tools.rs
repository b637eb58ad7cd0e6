//! The other programs: where they are, how they are called, and what to do when one is missing.

use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The folder of the whole project.
pub fn project() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The folder of everything that is made.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project().join("target"), PathBuf::from)
}

/// The server: what `VAORA_BIN` names, else one built now.
pub fn server() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg)
}

fn build() -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os("VAORA_BIN") {
        return Ok(given.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(project())
        .args(["build", "--quiet", "--package", "vaora"]);
    ensure!(command.status()?.success(), "the server does not build");
    Ok(target().join("debug/vaora"))
}

/// Runs another program to its end and returns what it wrote.
pub fn run(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "{name} is missing: run ./check, or apt-get install {}",
                package(&name)
            )
        }
        done => done?,
    };
    ensure!(
        done.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(done.stdout)
}

fn package(program: &str) -> &'static str {
    match program {
        "pdftoppm" | "pdftotext" | "pdfinfo" => "poppler-utils",
        "zbarimg" => "zbar-tools",
        "npm" => "npm",
        _ => "chromium chromium-driver",
    }
}

/// The text of axe-core; fetched once with npm when it is not there.
pub fn axe() -> anyhow::Result<String> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = target().join("axe-core");
    let file = folder.join("package/axe.min.js");
    if !file.exists() {
        let why = "axe-core is missing and cannot be fetched: unpack the npm package axe-core 4 so that \
                   axe.min.js lies in target/axe-core/package";
        fetch_axe(&folder).context(why)?;
    }
    Ok(std::fs::read_to_string(file)?)
}

fn fetch_axe(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    run(Command::new("npm")
        .args(["pack", "--silent", "axe-core@4"])
        .current_dir(folder))?;
    let packed = std::fs::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    let mut packed = packed.filter(|path| path.extension().is_some_and(|end| end == "tgz"));
    let packed = packed.next().context("npm packed nothing")?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(packed)
        .current_dir(folder))?;
    Ok(())
}
