//! Settings in a file, and who wins over whom.

use crate::running::{run, vaora};
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vaora.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// `config check` with a file, more flags, and variables.
fn check(file: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Output {
    let file = file.display().to_string();
    let mut command = vaora(&["config", "check", "--config", &file]);
    command.args(flags).envs(variables.iter().copied());
    command.output().unwrap()
}

/// What a setting is, and where it came from.
fn setting(done: &Output, name: &str) -> String {
    let text = said(&done.stdout);
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name} = ")));
    line.unwrap_or_else(|| panic!("{name}: {text}{}", said(&done.stderr)))
        .to_owned()
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let (_folder, file) = written("# days\nscan-days = 7\nlog = \"json\"\ndemo = true\n");
    let done = check(&file, &[], &[]);
    let place = format!("{}:2", file.display());
    assert_eq!(
        setting(&done, "scan-days"),
        format!("scan-days = 7  # {place}")
    );
    assert!(setting(&done, "demo").starts_with("demo = true  # /"));
    assert_eq!(
        setting(&done, "declaration-days"),
        "declaration-days = 30  # default"
    );
    let variables = [("VAORA_SCAN_DAYS", "8"), ("VAORA_DEMO", "false")];
    let done = check(&file, &[], &variables);
    assert_eq!(
        setting(&done, "scan-days"),
        "scan-days = 8  # VAORA_SCAN_DAYS"
    );
    assert_eq!(setting(&done, "demo"), "demo = false  # VAORA_DEMO");
    let done = check(&file, &["--scan-days", "9"], &variables);
    assert_eq!(setting(&done, "scan-days"), "scan-days = 9  # --scan-days");
    assert!(setting(&done, "log").starts_with("log = json  # /"));
}

#[test]
fn a_variable_names_the_file_too_and_every_command_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("elsewhere").display().to_string();
    let (_kept, file) = written(&format!("data = \"{data}\"\n"));
    let mut command = vaora(&["officers", "list"]);
    let done = command.env("VAORA_CONFIG", &file).output().unwrap();
    let why = said(&done.stderr);
    assert_eq!(done.status.code(), Some(1));
    assert!(why.contains(&data), "{why}");
}

#[test]
fn every_line_that_is_no_setting_is_named() {
    let text = "listn = \"127.0.0.1:1\"\nscan-days = \"7\"\n\ndemo = 1\nlog = true\n\
                config = \"x\"\nlisten = \"here\"\n[tls]\ncert = \"x\"\n";
    let (_folder, file) = written(text);
    let done = check(&file, &[], &[]);
    assert_eq!(done.status.code(), Some(1));
    let faults = said(&done.stderr);
    let name = file.display();
    for fault in [
        format!("{name}:1: listn is no setting"),
        format!("{name}:2: scan-days must be a whole number"),
        format!("{name}:4: demo must be true or false"),
        format!("{name}:5: log must be a text"),
        format!("{name}:6: config is no setting"),
        format!("{name}:8: tls is no setting"),
        format!("--listen ({name}:7): here is no address"),
    ] {
        assert!(faults.contains(&fault), "{fault}\n{faults}");
    }
    assert_eq!(faults.lines().count(), 14, "in both languages: {faults}");

    let file = file.display().to_string();
    let served = run(&["serve", "--config", &file], b"");
    assert_eq!(served.status.code(), Some(1));
    assert!(said(&served.stderr).contains(":1: listn is no setting"));
    let (_folder, broken) = written("log = \"text\"\nlisten = here\n");
    let done = check(&broken, &[], &[]);
    let place = format!("{}:2: is not TOML", broken.display());
    assert!(
        said(&done.stderr).contains(&place),
        "{}",
        said(&done.stderr)
    );
    let done = check(Path::new("/nowhere/vaora.toml"), &[], &[]);
    assert!(said(&done.stderr).contains("--config: /nowhere/vaora.toml cannot be read"));
}

#[test]
fn what_is_secret_in_the_file_is_shown_nowhere() {
    let (_folder, file) = written(
        "otp-gateway = \"https://sms.example/geheim-77?to={to}&text={text}\"\n\
         otp-authorization = \"Bearer geheim-77\"\n\
         database = \"postgres://vaora:geheim-77@127.0.0.1:1/vaora\"\n",
    );
    let done = check(&file, &[], &[]);
    let faults = said(&done.stderr);
    assert!(faults.contains("The database cannot be opened") && !faults.contains("geheim"));
    assert!(setting(&done, "otp-authorization").starts_with("otp-authorization = (set)  # /"));
    let file = file.display().to_string();
    let help = run(&["serve", "--config", &file, "--help"], b"");
    for text in [said(&done.stdout), said(&help.stdout)] {
        assert!(
            text.contains("otp-gateway") && !text.contains("geheim"),
            "{text}"
        );
    }
}

#[test]
fn the_example_names_every_setting_and_nothing_else() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vaora.example.toml");
    let example = std::fs::read_to_string(example).unwrap();
    assert!(
        example
            .lines()
            .all(|line| line.is_empty() || line.starts_with('#'))
    );
    let lines: Vec<&str> = example
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| {
            line.split(" = ")
                .next()
                .is_some_and(|name| !name.contains(' '))
        })
        .filter(|line| line.contains(" = "))
        .collect();
    let named: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split(" = ").next())
        .collect();
    let definition = vaora::cli::definition();
    let serve = definition.find_subcommand("serve").unwrap();
    let settings = serve
        .get_arguments()
        .filter_map(|argument| argument.get_long());
    let settings: Vec<&str> = settings
        .filter(|name| !["config", "help"].contains(name))
        .collect();
    assert_eq!(named, settings);
    // Each line is of the kind that the setting wants.
    let (_folder, file) = written(&lines.join("\n"));
    let faults = said(&check(&file, &[], &[]).stderr);
    let own = format!("{}:", file.display());
    assert!(
        !faults.lines().any(|line| line.starts_with(&own)),
        "{faults}"
    );
}
