//! `vaora keys`: the root leaves, weeks are made, a key ends, and copies come back.

use crate::running::{Running, run};
use domain::time::Timestamp;
use std::path::Path;
use std::time::Duration;
use store::locked::{self, Passphrase};
use vaora::clock::Clock;
use vaora::issuer::{Folder, Issuer};

const WORDS: &str = "một hai ba bốn năm\n";
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// Runs `vaora keys` with a passphrase; what it said, and how it ended.
fn keys(arguments: &[&str], data: &Path) -> (Option<i32>, String) {
    let data = data.display().to_string();
    let all = [&["keys"], arguments, &["--data", &data]].concat();
    let done = run(&all, WORDS.as_bytes());
    let said = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8(said).unwrap())
}

fn now() -> Timestamp {
    Clock::System.now()
}

#[test]
fn the_root_leaves_and_makes_the_coming_weeks_from_its_file() {
    let data = tempfile::tempdir().unwrap();
    drop(Running::start(data.path(), &[]));
    let folder = data.path().join("keys");
    let file = data.path().join("root.age");
    let name = file.display().to_string();
    let (code, said) = keys(&["root-out", &name, "--weeks", "3"], data.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(!folder.join("root.key").exists(), "it is not here any more");
    let until = || Issuer::open(&folder, now()).unwrap().published().until;
    let three = until();
    assert!(three > now().plus(WEEK * 2) && three <= now().plus(WEEK * 3));
    // Without the root the server starts, and no week is made.
    drop(Running::start(data.path(), &[]));
    let (code, said) = keys(&["rotate"], data.path());
    assert_eq!(code, Some(1));
    assert!(said.contains("--root"), "{said}");
    let (code, said) = keys(&["rotate", "--root", &name, "--weeks", "5"], data.path());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(until(), three.plus(WEEK * 2));
    assert!(!folder.join("root.key").exists());
    for entry in std::fs::read_dir(folder.join("issuer")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".new"), "{name} was left");
    }
    // Another root signs nothing here.
    let other = data.path().join("other.age");
    locked::lock(&other, &Passphrase::new(WORDS).unwrap(), &[7; 32]).unwrap();
    let (code, said) = keys(
        &["rotate", "--root", &other.display().to_string()],
        data.path(),
    );
    assert_eq!(code, Some(1));
    assert!(said.contains("another installation"), "{said}");
}

#[test]
fn a_passphrase_that_is_short_or_wrong_opens_nothing() {
    let data = tempfile::tempdir().unwrap();
    drop(Running::start(data.path(), &[]));
    let file = data.path().join("root.age").display().to_string();
    let place = data.path().display().to_string();
    let done = run(&["keys", "root-out", &file, "--data", &place], b"ngan\n");
    assert_eq!(done.status.code(), Some(1));
    assert!(
        data.path().join("keys/root.key").exists(),
        "nothing was taken out"
    );
    let (code, said) = keys(&["root-out", &file], data.path());
    assert_eq!(code, Some(0), "{said}");
    let wrong = "sáu bảy tám chín mười\n".as_bytes();
    let done = run(
        &["keys", "rotate", "--root", &file, "--data", &place],
        wrong,
    );
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("does not open"), "{said}");
}

#[test]
fn a_key_is_ended_after_a_drill_that_changed_nothing() {
    let data = tempfile::tempdir().unwrap();
    drop(Running::start(data.path(), &[]));
    let folder = data.path().join("keys");
    let issuer = || Issuer::open(&folder, now()).unwrap();
    let key = issuer().keyring().keys().next().unwrap().id().to_string();
    let files = || {
        let names = std::fs::read_dir(&folder).unwrap();
        let mut names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();
    let (code, said) = keys(&["drill"], data.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&key) && said.contains(" ms"), "{said}");
    assert_eq!(files(), before, "the copy is gone");
    assert!(
        issuer()
            .keyring()
            .keys()
            .any(|one| one.id().to_string() == key)
    );
    let (code, said) = keys(&["retire", "00000000"], data.path());
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = keys(&["retire", &key], data.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("{key} is ended. 0 cards")), "{said}");
    assert!(
        issuer()
            .keyring()
            .keys()
            .all(|one| one.id().to_string() != key)
    );
}

#[test]
fn a_copy_brings_the_keys_back_but_no_day_that_is_forgotten() {
    let data = tempfile::tempdir().unwrap();
    drop(Running::start(data.path(), &[]));
    let folder = data.path().join("keys");
    std::fs::write(folder.join("days/2026-11-20.key"), [7; 16]).unwrap();
    std::fs::write(folder.join("days/2026-10-01.destroyed"), b"").unwrap();
    let copy = data.path().join("keys.age");
    let (code, said) = keys(&["backup", &copy.display().to_string()], data.path());
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = keys(&["restore", &copy.display().to_string()], data.path());
    assert_eq!(code, Some(1), "over keys that are there: {said}");
    let fresh = tempfile::tempdir().unwrap();
    let (code, said) = keys(&["restore", &copy.display().to_string()], fresh.path());
    assert_eq!(code, Some(0), "{said}");
    let back = fresh.path().join("keys");
    for file in [
        "sealing.key",
        "root.key",
        "issuer/list.json",
        "days/2026-11-20.key",
    ] {
        let [old, new] = [&folder, &back].map(|folder| std::fs::read(folder.join(file)).unwrap());
        assert_eq!(old, new, "{file}");
    }
    let mode = std::os::unix::fs::MetadataExt::mode(&back.join("root.key").metadata().unwrap());
    assert_eq!(mode & 0o777, 0o600);
    // A copy of eight days ago, and one that says it is of tomorrow.
    for made in [
        now().minus(Duration::from_secs(8 * 86_400)),
        now().plus(Duration::from_secs(86_400)),
    ] {
        let old = data.path().join(format!("{}.age", made.seconds()));
        let files = [
            "days/2026-11-20.key",
            "days/2026-10-01.destroyed",
            "sealing.key",
        ];
        let files = files.map(|file| (file.to_owned(), folder.join(file)));
        let words = Passphrase::new(WORDS).unwrap();
        locked::lock_files(&old, &words, made.seconds(), &files).unwrap();
        let fresh = tempfile::tempdir().unwrap();
        let (code, said) = keys(&["restore", &old.display().to_string()], fresh.path());
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("older than 7 days"), "{said}");
        let back = fresh.path().join("keys");
        assert!(
            !back.join("days/2026-11-20.key").exists(),
            "it stays forgotten"
        );
        assert!(back.join("days/2026-10-01.destroyed").exists());
        assert!(back.join("sealing.key").exists());
    }
}

#[test]
fn signatures_are_compared_with_cards_from_outside() {
    let data = tempfile::tempdir().unwrap();
    drop(Running::start(data.path(), &[]));
    let (code, said) = keys(&["check"], data.path());
    assert_eq!(code, Some(0), "{said}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use store::claims::Allots as _;
        let register = store::signatures::Register::new(&data.path().join("keys"));
        let then = now().minus(Duration::from_secs(3600));
        let card = register.allot(1, then).await.unwrap()[0].id;
        register
            .note_signed(vec![(card, [1; 4])], then)
            .await
            .unwrap();
        register.close().await;
    });
    let (code, said) = keys(&["check"], data.path());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("1 signatures have no card"), "{said}");
}

#[test]
fn a_key_ends_and_its_folder_is_the_signers_whatever_fails_afterwards() {
    let data = tempfile::tempdir().unwrap();
    drop(Running::start(data.path(), &[]));
    let folder = data.path().join("keys");
    // A drill that was killed left a copy of the keys.
    let left = folder.join("drill-00c0ffee");
    std::fs::create_dir_all(left.join("issuer")).unwrap();
    std::fs::write(left.join("issuer/1.key"), [7; 32]).unwrap();
    let issuer = || Issuer::open(&folder, now()).unwrap();
    let key = issuer().keyring().keys().next().unwrap().id().to_string();
    let database = data.path().join("vaora.sqlite");
    for beside in ["vaora.sqlite-wal", "vaora.sqlite-shm"] {
        let _ = std::fs::remove_file(data.path().join(beside));
    }
    std::fs::write(database, "no database").unwrap();
    let (code, said) = keys(&["retire", &key], data.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("could not be counted"), "{said}");
    assert!(!left.exists(), "nor a copy of it is left");
    let list = issuer().key_list(now()).unwrap();
    assert!(!list.contains(&key), "{list}");
    // Without the list nobody can say whose a root in a file is.
    let file = data.path().join("other.age");
    locked::lock(&file, &Passphrase::new(WORDS).unwrap(), &[7; 32]).unwrap();
    std::fs::remove_file(folder.join("issuer/list.json")).unwrap();
    let (code, said) = keys(
        &["rotate", "--root", &file.display().to_string()],
        data.path(),
    );
    assert_eq!(code, Some(1));
    assert!(said.contains("list.json is missing"), "{said}");
}

#[test]
fn a_root_is_known_by_the_list_that_it_signed() {
    let keys = tempfile::tempdir().unwrap();
    let folder = Folder::of(keys.path());
    assert_eq!(folder.is_root(&[7; 32]), None, "nothing was signed");
    Issuer::open(keys.path(), now()).unwrap();
    let root = folder.root().unwrap().unwrap();
    assert_eq!(folder.is_root(&root), Some(true));
    assert_eq!(folder.is_root(&[7; 32]), Some(false));
}
