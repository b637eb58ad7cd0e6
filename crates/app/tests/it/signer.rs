//! The signer: what only it may do, and what nobody can make it do.

use crate::running::vaora;
use crate::support::TestApp;
use crate::support::town::Town;
use domain::ids::CardId;
use domain::time::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::claims::Allots as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use vaora::clock::Clock;
use vaora::import::ROWS;
use vaora::signer::Signer;
use vaora::signer::engine::{Engine, Limits};
use vaora::signer::server::Door;
use vaora::signer::wire::{MOST_CARDS, Refusal, Request, Response};

const MANY: Limits = Limits {
    per_second: 1_000_000,
    per_day: 1_000_000,
    first_index: 0,
};

pub(crate) fn own_user() -> u32 {
    std::fs::metadata("/proc/self").unwrap().uid()
}

/// A signer in this process, behind a real socket.
struct Behind {
    folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Behind {
    fn new(limits: Limits, allowed: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&folder.path().join("keys"), limits, Clock::System).unwrap();
        let socket = folder.path().join("socket");
        let door = Door::open(&socket, None, BTreeSet::from([allowed])).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(door.serve(Arc::new(engine), async {
            let _ = stopped.await;
        }));
        Self {
            folder,
            _stop: stop,
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    async fn client(&self) -> anyhow::Result<Signer> {
        asked(&self.socket()).await
    }
}

pub(crate) async fn asked(socket: &Path) -> anyhow::Result<Signer> {
    Signer::open(Some(socket), Path::new("/nowhere"), &Clock::System).await
}

fn now() -> Timestamp {
    Clock::System.now()
}

/// `vaora signer` over a folder, as a program of its own.
fn start(folder: &Path) -> Child {
    let (socket, keys) = (folder.join("socket"), folder.join("keys"));
    let (socket, keys) = (socket.display().to_string(), keys.display().to_string());
    let mut command = vaora(&["signer", "--socket", &socket, "--keys", &keys]);
    let command = command.args([
        "--cards-per-second",
        "1000000",
        "--cards-per-day",
        "1000000",
    ]);
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_place_is_given_twice_whoever_asks_and_however_often_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut signer = start(folder.path());
    let socket = folder.path().join("socket");
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    // Two servers, each with several requests at a time.
    let askers: Vec<_> = (0..6)
        .map(|n| {
            let (socket, stop) = (socket.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let server = loop {
                    if let Ok(server) = asked(&socket).await {
                        break server;
                    }
                };
                let mut given = Vec::new();
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    if let Ok(claims) = server.allot(1 + n * 7, now()).await {
                        given.extend(claims);
                    }
                }
                (server, given)
            })
        })
        .collect();
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        signer.kill().unwrap();
        signer.wait().unwrap();
        signer = start(folder.path());
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let (mut places, mut ids, mut last) = (HashSet::new(), HashSet::new(), None);
    for asker in askers {
        let (server, given) = asker.await.unwrap();
        assert!(!given.is_empty(), "it was answered between the kills");
        for claims in &given {
            assert!(
                places.insert(claims.status_index),
                "{claims:?} was given before"
            );
            assert!(ids.insert(claims.id));
        }
        last = Some((server, given));
    }
    // Whatever was answered was on disk: it is signed by the program that came after.
    let (server, given) = last.unwrap();
    let cards: Vec<CardId> = given.iter().map(|claims| claims.id).collect();
    for some in cards.chunks(500) {
        assert_eq!(server.codes(some).await.unwrap().len(), some.len());
    }
    signer.kill().unwrap();
    signer.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_allowed_is_refused_at_the_door() {
    let behind = Behind::new(MANY, own_user() + 1);
    let mode = std::fs::metadata(behind.socket()).unwrap().mode();
    assert_eq!(mode & 0o777, 0o660);
    assert!(behind.client().await.is_err(), "another system user");
    let mut stream = UnixStream::connect(behind.socket()).await.unwrap();
    let mut answer = Vec::new();
    // Closed with nothing said; a reset is the same.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
    let behind = Behind::new(MANY, own_user());
    assert!(behind.client().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn new_cards_are_limited_and_signing_again_is_not() {
    let limits = Limits {
        per_second: 5,
        per_day: 130,
        first_index: 700,
    };
    let behind = Behind::new(limits, own_user());
    let server = behind.client().await.unwrap();
    let first = server.allot(125, now()).await.unwrap();
    assert_eq!(first[0].status_index, 700, "no place below the first");
    let refused = server.allot(101, now()).await.unwrap_err();
    assert!(
        matches!(refused, store::Error::Limit(20..=25)),
        "another list waits: {refused:?}"
    );
    let card = first[0].id;
    let code = server.code(card).await.unwrap();
    for _ in 0..50 {
        assert_eq!(server.code(card).await.unwrap(), code);
    }
    let desk = server.allot(5, now()).await.unwrap();
    assert_eq!(desk.len(), 5, "a desk does not wait for lists");
    let refused = server.allot(1, now()).await.unwrap_err();
    assert!(
        matches!(refused, store::Error::Limit(60..)),
        "the day's are gone: {refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cards_of_the_largest_list_are_allotted_at_the_usual_pace() {
    let limits = Limits {
        per_second: 500,
        ..MANY
    };
    let behind = Behind::new(limits, own_user());
    let server = behind.client().await.unwrap();
    let list = server.allot(ROWS as u32, now()).await.unwrap();
    assert_eq!(list.len(), ROWS);
    assert_eq!(server.allot(1, now()).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_what_is_signed() {
    let behind = Behind::new(MANY, own_user());
    let server = behind.client().await.unwrap();
    let refused = |error| match error {
        vaora::signer::Error::Refused(refusal) => refusal,
        other => panic!("{other}"),
    };
    let unknown = server.code(CardId([7; 10])).await.unwrap_err();
    assert_eq!(refused(unknown), Refusal::Unknown);
    let list = |issued: Timestamp, hours: u64| {
        let times = (issued, issued.plus(Duration::from_secs(3600 * hours)));
        codes::StatusList::build(times, 9, []).unwrap().payload()
    };
    let now = now();
    assert!(server.seal_list(list(now, 24)).await.is_ok());
    let (day, hour) = (Duration::from_secs(86_400), Duration::from_secs(3600));
    for wrong in [
        list(now, 25),
        list(now.plus(hour), 1),
        list(now.minus(day), 24),
        b"anything".to_vec(),
    ] {
        let error = server.seal_list(wrong).await.unwrap_err();
        assert_eq!(refused(error), Refusal::Wrong);
    }
    let claims = server.allot(1, now).await.unwrap().remove(0);
    let error = server.vouch(claims.id, &[4; 65], now).await.unwrap_err();
    assert_eq!(refused(error), Refusal::Wrong, "no point of the curve");
    // A card that is only vouched for on a phone stands among those that were signed.
    let phone = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let point = phone.verifying_key().to_sec1_point(false);
    server
        .vouch(claims.id, point.as_bytes(), now)
        .await
        .unwrap();
    let signed = server
        .signed(0, now.plus(Duration::from_secs(3600)))
        .await
        .unwrap();
    assert_eq!(signed.lines, [(1, claims.id)]);
    assert_eq!((signed.last, signed.next_place), (1, 1));
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(folder.path(), MANY, Clock::System).unwrap();
    for count in [0, ROWS as u32 + 1, u32::MAX] {
        let answer = engine.answer(Request::Allot { count }, Vec::new()).await;
        assert_eq!(answer.head, Response::Refused(Refusal::Wrong));
    }
    let cards = vec![[7; 10]; MOST_CARDS + 1];
    let answer = engine.answer(Request::Sign { cards }, Vec::new()).await;
    assert_eq!(answer.head, Response::Refused(Refusal::Wrong));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bytes_are_cut_off_and_others_are_served() {
    let behind = Behind::new(MANY, own_user());
    let server = behind.client().await.unwrap();
    // Whoever begins and says nothing more holds nobody up.
    let mut silent = Vec::new();
    for begun in [&b""[..], &[0, 0], &[0, 0, 0, 9, 0, 0, 0, 0, b'[']] {
        let mut stream = UnixStream::connect(behind.socket()).await.unwrap();
        stream.write_all(begun).await.unwrap();
        silent.push(stream);
    }
    let framed = |head: &[u8], body: u32| {
        let mut bytes = (head.len() as u32).to_be_bytes().to_vec();
        bytes.extend(body.to_be_bytes());
        bytes.extend(head);
        bytes
    };
    let many = format!(
        r#"[0,{{"sign":{{"cards":[{}]}}}}]"#,
        vec!["[1]"; 99].join(",")
    );
    for hostile in [
        vec![0xff; 4096],
        framed(b"", 0),
        framed(b"[0,\"keys\"]", u32::MAX),
        framed(b"[0,\"keys\"]", 1),
        framed(br#"[0,{"seal":{"kind":"list"}}]"#, u32::MAX),
        framed(br#"[0,{"seal":{"kind":"card"}}]"#, 0),
        framed(br#"[0,{"allot":{"count":-1}}]"#, 0),
        framed(br#"[0,{"allot":{"count":1,"index":7}}]"#, 0),
        framed(many.as_bytes(), 0),
        framed(&[b'['; 100_000], 0),
    ] {
        let mut stream = UnixStream::connect(behind.socket()).await.unwrap();
        let _ = stream.write_all(&hostile).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let read = tokio::time::timeout(Duration::from_secs(5), read).await;
        let _ = read.expect("cut off at once");
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(server.allot(ROWS as u32, now()).await.unwrap().len(), ROWS);
    for mut stream in silent {
        let mut byte = [0];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut byte));
        assert!(matches!(
            read.await.expect("cut off in time"),
            Ok(0) | Err(_)
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_key_is_refused_at_the_gate_and_its_cards_are_signed_anew() {
    let town = Town::new().await;
    let app = &town.app.app;
    town.check(town.line(1, 0, "in"), "admit", "in", &[]).await;
    let codes::Code::Card(card) = codes::read(&town.codes[0]) else {
        panic!("a card")
    };
    let keys = app.store.keys().folder();
    let key = card.key_id().to_string();
    let folder = vaora::issuer::Folder::of(keys);
    let root = folder.root().unwrap().unwrap();
    let retired = folder.retire(&key, &root, town.app.now()).unwrap();
    assert!(retired.is_some());
    assert!(
        folder
            .retire(&key, &root, town.app.now())
            .unwrap()
            .is_none(),
        "only once"
    );
    app.signer.look().await.unwrap();
    let refused = town.line(2, 5, "in");
    town.check(refused, "refuse", "in", &["unknown_key"]).await;
    let again = app.signer.code(card.claim().id).await.unwrap();
    assert_ne!(again, town.codes[0]);
    let codes::Code::Card(new) = codes::read(&again) else {
        panic!("a card")
    };
    assert_eq!(new.claim(), card.claim(), "the same card");
    let mut line = town.line(1, 90, "out");
    line["code"] = again.into();
    town.check(line, "admit", "out", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_without_a_card_raises_an_alarm() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.post_form("/cards", &[], &holder.cookie).await;
    assert!(app.get("/code", &holder.cookie).await.body.contains("<svg"));
    let minutes = |n: u64| app.advance(Duration::from_secs(60 * n));
    minutes(6);
    assert_eq!(vaora::jobs::signatures::compare(&app.app).await.unwrap(), 0);
    // Whoever holds the server has a card signed that nobody registers.
    let claims = app.app.signer.allot(2, app.now()).await.unwrap();
    app.app.signer.code(claims[0].id).await.unwrap();
    assert_eq!(
        vaora::jobs::signatures::compare(&app.app).await.unwrap(),
        0,
        "not at once"
    );
    minutes(6);
    assert_eq!(
        vaora::jobs::signatures::compare(&app.app).await.unwrap(),
        1,
        "not the other: it was not signed"
    );
    assert_eq!(
        vaora::jobs::signatures::compare(&app.app).await.unwrap(),
        0,
        "once"
    );
    let mut tx = app.app.store.read().await.unwrap();
    assert_eq!(tx.unknown_signatures().await.unwrap(), 1);
    drop(tx);
    // Also when its register was lost, and its lines begin anew.
    let mut tx = app.app.store.write().await.unwrap();
    let (register, last) = tx.signatures_compared().await.unwrap();
    assert!(register > 0 && last > 0);
    tx.compare_anew(register + 1).await.unwrap();
    assert!(tx.note_compared((0, 1000), 0).await.unwrap());
    tx.commit().await.unwrap();
    let again = vaora::jobs::signatures::compare(&app.app).await.unwrap();
    assert_eq!(again, 1, "found from its first line on");
    // Or is an older copy of itself.
    let mut tx = app.app.store.write().await.unwrap();
    assert!(tx.note_compared((last, 1000), 0).await.unwrap());
    tx.commit().await.unwrap();
    let again = vaora::jobs::signatures::compare(&app.app).await.unwrap();
    assert_eq!(again, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signer_leaves_the_first_its_door() {
    let behind = Behind::new(MANY, own_user());
    let path = behind.socket();
    let second = Door::open(&path, None, BTreeSet::from([own_user()]));
    let error = second.map(drop).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse, "{error}");
    assert!(behind.client().await.is_ok(), "it is still there");
    // One whose socket was replaced leaves the other's when it ends.
    let own = behind.folder.path().join("keys");
    std::fs::remove_file(&path).unwrap();
    let other = Behind::new(MANY, own_user());
    std::fs::hard_link(other.socket(), &path).unwrap();
    drop(behind._stop);
    let gone = Instant::now();
    while own.join("issuer/register.sqlite-wal").exists() && gone.elapsed().as_secs() < 5 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(path.exists(), "another's");
}
