use super::*;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-21T00:42:07Z").unwrap()
}

fn card(issued: Timestamp) -> Card {
    Card {
        id: domain::ids::CardId([7; 10]),
        status_index: 1,
        issued,
        expires: issued.plus(WEEK),
        scope: 0,
    }
}

fn verifies(text: &str, keyring: &Keyring) -> bool {
    let codes::Code::Card(card) = codes::read(text) else {
        return false;
    };
    card.verify(keyring).is_ok()
}

fn root_missing(error: &io::Error) -> Option<&RootMissing> {
    error.get_ref()?.downcast_ref()
}

#[test]
fn the_list_says_when_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::open(folder.path(), now()).unwrap();
    let made = |at| {
        let list = KeyList::from_file_text(&issuer.key_list(at).unwrap(), None);
        list.unwrap().issued
    };
    assert_eq!(made(now()), now());
    let later = now().plus(Duration::from_secs(3600));
    assert_eq!(made(later), now(), "asked for, not made again");
    issuer.refresh(later).unwrap();
    assert_eq!(made(later), later);
}

#[test]
fn without_its_root_it_goes_on_for_the_week_with_the_list_that_was_signed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.key");
    let signed = Issuer::open(folder.path(), now())
        .unwrap()
        .key_list(now())
        .unwrap();
    fs::rename(&root, folder.path().join("safe")).unwrap();
    let later = now().plus(Duration::from_secs(3600));
    let issuer = Issuer::open(folder.path(), later).unwrap();
    assert_eq!(issuer.key_list(later).unwrap(), signed);
    let text = issuer.sign(&card(later)).unwrap();
    let published = Keyring::from_file_text(&signed, None).unwrap();
    assert!(verifies(&text, &published) && verifies(&text, &issuer.keyring()));

    // A new week needs a new key, and a root to vouch for it.
    let next_week = later.plus(WEEK);
    let refused = issuer.sign(&card(next_week)).unwrap_err();
    assert_eq!(root_missing(&refused), Some(&RootMissing(root.clone())));
    let refused = Issuer::open(folder.path(), next_week).unwrap_err();
    assert_eq!(root_missing(&refused), Some(&RootMissing(root.clone())));
    assert!(!root.exists(), "no second root");
    let keys = fs::read_dir(folder.path().join("issuer")).unwrap();
    assert_eq!(keys.count(), 2, "one key and the list");

    fs::rename(folder.path().join("safe"), &root).unwrap();
    let text = issuer.sign(&card(next_week)).unwrap();
    let pinned = root_named(&signed);
    let list = KeyList::from_file_text(&issuer.key_list(next_week).unwrap(), Some(&pinned));
    assert!(
        verifies(&text, &Keyring::from(&list.unwrap())),
        "the same root"
    );
}

fn root_named(file: &str) -> [u8; 32] {
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    KeyList::parse_root(file["root"].as_str().unwrap()).unwrap()
}

#[test]
fn keys_without_root_and_list_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    Issuer::open(folder.path(), now()).unwrap();
    let root = folder.path().join("root.key");
    let list = folder.path().join("issuer").join(LIST);
    fs::remove_file(&root).unwrap();
    let signed = fs::read(&list).unwrap();
    for damaged in [None, Some(&signed[..signed.len() / 2])] {
        fs::remove_file(&list).unwrap();
        fs::write(&list, damaged.unwrap_or_default()).unwrap();
        let refused = Issuer::open(folder.path(), now()).unwrap_err();
        assert_eq!(root_missing(&refused), Some(&RootMissing(root.clone())));
        assert!(refused.to_string().contains("root.key"), "{refused}");
    }
    assert!(!root.exists(), "no second root");
}
