use crate::running::run;
use serde_json::Value;
use std::path::Path;
use vaora::cli::docs::{PageName, text};

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_pages_about_settings_and_commands_are_up_to_date() {
    for (page, name, file) in [
        (PageName::Settings, "settings", "settings.md"),
        (PageName::Cli, "cli", "cli.md"),
        (PageName::Example, "example", "vaora.example.toml"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/{file}"));
        let written = std::fs::read_to_string(path).unwrap();
        assert!(
            written == text(page),
            "run: cargo run -- docs {name} > docs/{file}"
        );
    }
}

#[test]
fn every_fault_is_named_and_the_exit_code_says_so() {
    let done = run(
        &[
            "config",
            "check",
            "--listen",
            "x",
            "--scan-days",
            "400",
            "--log",
            "xml",
        ],
        b"",
    );
    assert_eq!(done.status.code(), Some(1));
    let faults = said(&done.stderr);
    assert_eq!(
        faults.lines().count(),
        6,
        "each in both languages: {faults}"
    );
    let sent = "https://sms.example/geheim-77?to={to}&text={text}";
    let done = run(
        &[
            "config",
            "check",
            "--otp-gateway",
            sent,
            "--otp-authorization",
            "Bearer geheim-77",
        ],
        b"",
    );
    assert_eq!(done.status.code(), Some(0));
    let settings = said(&done.stdout);
    assert!(settings.contains("scan-days = 21"), "{settings}");
    assert!(!settings.contains("geheim"), "{settings}");
    // Nobody listens there.
    let secret = "postgres://vaora:geheim-77@127.0.0.1:1/vaora?password=geheim-77";
    let done = run(&["config", "check", "--database", secret], b"");
    assert_eq!(done.status.code(), Some(1));
    let fault = said(&done.stderr);
    let told = ["Không mở được cơ sở dữ liệu", "database cannot be opened"];
    assert!(told.iter().all(|words| fault.contains(words)), "{fault}");
    let settings = said(&done.stdout);
    assert!(settings.contains("@127.0.0.1:1/vaora"), "{settings}");
    assert!(!(fault + &settings).contains("geheim"));
}

#[tokio::test]
async fn a_check_of_settings_looks_at_the_database_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let shown = data.display().to_string();
    let check = |more: &[&str]| {
        run(
            &[&["config", "check", "--data", &shown], more].concat(),
            b"",
        )
    };
    assert_eq!(check(&[]).status.code(), Some(0), "nothing there");
    assert!(!data.exists());
    let app = crate::support::TestApp::new().await;
    app.holder("Trần Thị Mẫu", "0905 000 101").await;
    app.app.store.close().await;
    std::fs::rename(app.folder.path(), &data).unwrap();
    std::fs::create_dir(app.folder.path()).unwrap();
    let done = check(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done.stderr));
    let other = folder.path().join("other");
    let keys = other.display().to_string();
    for made in [false, true] {
        if made {
            store::keys::Keys::open(&other).unwrap();
        }
        let done = check(&["--keys", &keys]);
        let fault = said(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{fault}");
        assert!(fault.contains("thư mục khóa") && fault.contains("wrong key folder"));
        assert_eq!(other.exists(), made, "looking makes no keys");
    }
    crate::support::newer(&data).await;
    let done = check(&["--scan-days", "21"]);
    let fault = said(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{fault}");
    assert!(
        fault.contains("mới hơn") && fault.contains("newer vaora"),
        "{fault}"
    );
}

#[test]
fn a_folder_that_everybody_can_read_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    for (mode, noted) in [(0o700, false), (0o750, false), (0o755, true)] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(folder.path(), mode).unwrap();
        let done = run(&["config", "check", "--data", &data], b"");
        assert_eq!(done.status.code(), Some(0), "a note is no fault");
        let said = said(&done.stderr);
        assert_eq!(said.contains("everybody on this machine"), noted, "{said}");
    }
}

#[test]
fn codes_are_read_without_a_data_folder() {
    let input = b"\n\xff\xfe\xfd\nvaora\n  \n\0\nlast without an end";
    let done = run(&["codes", "read", "--at", "2026-11-21T00:42:00Z"], input);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done.stderr));
    let lines: Vec<Value> = said(&done.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 6);
    for line in lines {
        assert_eq!(line.as_object().unwrap().len(), 4);
        assert_eq!(
            (&line["kind"], &line["verified"]),
            (&Value::from("unknown"), &Value::from(false))
        );
        assert!(line["reason"].is_string() && line["fields"].is_object());
    }
    let done = run(&["codes", "read", "--at", "noon"], b"");
    assert_eq!(done.status.code(), Some(1));
    let done = run(&["codes", "read", "--keys", "/does/not/exist"], b"");
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn a_backup_is_made_and_restored_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (old, new, file) = (path("old"), path("new"), path("backup"));
    let nothing = run(&["backup", &file, "--data", &old], b"");
    assert_eq!(nothing.status.code(), Some(1));
    assert!(!folder.path().join("old").exists(), "looking makes nothing");
    drop(crate::running::Running::start(
        &folder.path().join("old"),
        &[],
    ));
    let done = run(&["backup", &file, "--data", &old], b"");
    assert_eq!(done.status.code(), Some(0), "{}", said(&done.stderr));
    assert!(
        said(&done.stdout).contains("units 3356"),
        "{}",
        said(&done.stdout)
    );
    let without = run(&["restore", &file, "--data", &new], b"");
    assert!(
        said(&without.stderr).contains("backup.key"),
        "{}",
        said(&without.stderr)
    );
    std::fs::create_dir_all(path("new/keys")).unwrap();
    std::fs::set_permissions(
        path("new/keys"),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    for key in ["sealing.key", "backup.key"] {
        std::fs::copy(
            path(&format!("old/keys/{key}")),
            path(&format!("new/keys/{key}")),
        )
        .unwrap();
    }
    let done = run(&["restore", &file, "--data", &new], b"");
    assert_eq!(done.status.code(), Some(0), "{}", said(&done.stderr));
    let again = run(&["restore", &file, "--data", &new], b"");
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said(&again.stderr).contains("not empty"),
        "{}",
        said(&again.stderr)
    );
    let keys = run(&["keys", "list", "--data", &old], b"");
    assert!(said(&keys.stdout).starts_with("{\"format\":\"vaora-keys-1\""));
}

#[tokio::test]
async fn data_of_a_newer_program_is_refused_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    drop(crate::running::Running::start(folder.path(), &[]));
    crate::support::newer(folder.path()).await;
    let data = folder.path().display().to_string();
    for verb in [
        vec!["serve", "--listen", "127.0.0.1:0"],
        vec!["backup", "/tmp/never"],
    ] {
        let done = run(&[verb.as_slice(), &["--data", &data]].concat(), b"");
        let said = said(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(
            said.contains("mới hơn") && said.contains("newer vaora") && said.contains("9999"),
            "{said}"
        );
    }
}

#[test]
fn a_second_root_is_never_made() {
    let folder = tempfile::tempdir().unwrap();
    drop(crate::running::Running::start(folder.path(), &[]));
    let keys = folder.path().join("keys");
    std::fs::remove_file(keys.join("root.key")).unwrap();
    let data = folder.path().display().to_string();
    let list = run(&["keys", "list", "--data", &data], b"");
    assert_eq!(list.status.code(), Some(0), "{}", said(&list.stderr));
    std::fs::remove_file(keys.join("issuer/list.json")).unwrap();
    for verb in [
        ["serve", "--listen", "127.0.0.1:0"].as_slice(),
        &["keys", "list"],
    ] {
        let done = run(&[verb, &["--data", &data]].concat(), b"");
        let said = said(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{said}");
        let file = keys.join("root.key").display().to_string();
        assert_eq!(said.matches(&file).count(), 2, "{said}");
        assert!(
            said.contains("Thiếu") && said.contains("is missing"),
            "{said}"
        );
    }
    assert!(!keys.join("root.key").exists());
}
