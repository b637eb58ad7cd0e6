use crate::crowd::{Crowd, DAYS, NAMES, phone, today, visitors};
use crate::scene::{own, person, stranger};
use crate::support::{Fresh, now, on_both};
use domain::ids::HolderId;
use domain::retention::Retention;
use domain::time::{Day, Zone};
use sqlx::{Connection, Executor, PgConnection};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use store::rates::Limit;
use store::sessions::SessionOf;
use store::{Settings, Store};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(86_400);

/// Keeps today and yesterday.
const SHORT: Retention = Retention {
    scan_days: 1,
    declaration_days: 1,
};

/// How many of a day's rows can be told to be someone's, with every key that is left.
fn known(store: &Store, holders: &[HolderId], rows: &[(i32, Uuid)], day: Day) -> usize {
    let days = (-40..5).map(|n| today().plus(n));
    let keys: Vec<_> = days
        .filter_map(|day| store.keys().existing(day).unwrap())
        .collect();
    let names: Vec<Uuid> = keys
        .iter()
        .flat_map(|key| holders.iter().map(|holder| key.pseudonym(*holder).0))
        .collect();
    rows.iter()
        .filter(|(of, row)| *of == day.0 && names.contains(row))
        .count()
}

/// Every way in which a name or phone could stand in a file.
fn traces() -> Vec<Vec<u8>> {
    let mut texts: Vec<String> = Vec::new();
    for (n, name) in NAMES.iter().enumerate() {
        texts.push(name.nfc().collect());
        texts.push(name.nfd().collect());
        texts.push(phone(n));
        texts.push(format!("84{}", &phone(n)[1..]));
        texts.push(phone(n)[1..].to_owned());
    }
    let wide =
        |text: &String, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
    let mut all: Vec<Vec<u8>> = Vec::new();
    for text in &texts {
        all.push(text.as_bytes().to_vec());
        all.push(wide(text, u16::to_le_bytes));
        all.push(wide(text, u16::to_be_bytes));
    }
    all
}

/// Which of the needles stand in the bytes, in one pass.
fn found<'a>(bytes: &[u8], needles: &'a [Vec<u8>]) -> Vec<&'a Vec<u8>> {
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    let mut first = vec![false; 1 << 16];
    needles.iter().for_each(|needle| first[pair(needle)] = true);
    let mut found = Vec::new();
    for at in 0..bytes.len().saturating_sub(1) {
        if first[pair(&bytes[at..])] {
            found.extend(
                needles
                    .iter()
                    .filter(|needle| bytes[at..].starts_with(needle)),
            );
        }
    }
    found
}

/// What a backup says, opened with the key of the folder.
pub(crate) fn opened(backup: &Path, keys: &Path) -> Vec<u8> {
    let identity = fs::read_to_string(keys.join("backup.key")).unwrap();
    let identity: age::x25519::Identity = identity.parse().unwrap();
    let sealed = age::Decryptor::new(fs::File::open(backup).unwrap()).unwrap();
    let opened = sealed
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .unwrap();
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(opened)
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

/// The part of PostgreSQL's write-ahead log that is being written.
async fn log_file(fresh: &Fresh) -> String {
    if fresh.store.database() == "sqlite" {
        return String::new();
    }
    let mut connection = PgConnection::connect(&fresh.settings.database)
        .await
        .unwrap();
    let sql = "select pg_walfile_name(pg_current_wal_lsn())";
    sqlx::query_scalar(sql)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// The files in which the database has kept things since `begun`; for PostgreSQL as far as they
/// may be read.
async fn database_files(fresh: &Fresh, begun: &str) -> Vec<Vec<u8>> {
    if fresh.store.database() == "sqlite" {
        let files = ["vaora.sqlite", "vaora.sqlite-wal"].map(|name| fresh.folder.path().join(name));
        return files.iter().map(|file| fs::read(file).unwrap()).collect();
    }
    let mut connection = PgConnection::connect(&fresh.settings.database)
        .await
        .unwrap();
    connection.execute("checkpoint").await.unwrap();
    let sql = "select current_setting('data_directory'), cast(oid as text) from pg_database where datname = current_database()";
    let (folder, oid): (String, String) = sqlx::query_as(sql)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let log = begun.to_owned()..=log_file(fresh).await;
    let mut files = Vec::new();
    for (folder, is_log) in [
        (format!("{folder}/base/{oid}"), false),
        (format!("{folder}/pg_wal"), true),
    ] {
        let Ok(entries) = fs::read_dir(&folder) else {
            eprintln!(
                "SKIPPED: {folder} may not be read; run as root to search PostgreSQL's files"
            );
            continue;
        };
        let entries = entries.map(|entry| entry.unwrap());
        let wanted = entries
            .filter(|entry| !is_log || log.contains(&entry.file_name().into_string().unwrap()));
        files.extend(wanted.filter_map(|entry| fs::read(entry.path()).ok()));
    }
    files
}

on_both! {
    async fn a_day_whose_key_is_destroyed_goes_dark_everywhere(fresh: Fresh) {
        let begun = log_file(&fresh).await;
        let crowd = Crowd::plant(&fresh).await;
        let (gone, kept) = (today().plus(1 - DAYS), today());
        let backup = fresh.folder.path().join("backup");
        fresh.store.backup(&backup, now()).await.unwrap();
        let key = fs::read(fresh.folder.path().join(format!("keys/days/{gone}.key"))).unwrap();
        let before = visitors(&fresh.settings.database).await;
        // The attack works while the key is there.
        assert_eq!(known(&fresh.store, &crowd.holders, &before, gone), NAMES.len());
        assert_eq!(known(&fresh.store, &crowd.holders, &before, kept), NAMES.len());

        let erased = fresh.store.erase(SHORT, now()).await.unwrap();
        assert_eq!(erased.keys, [gone, gone.plus(1)]);
        assert_eq!(erased.days, [gone, gone.plus(1)]);
        let after = visitors(&fresh.settings.database).await;
        assert!(after.iter().all(|(day, _)| *day > gone.plus(1).0));

        // What the backup still holds, read with every key that is left.
        let other = restored(&fresh, &backup).await;
        let old = visitors(&other.database).await;
        assert_eq!(old.len(), before.len());
        let read_again = Store::open(&fresh.settings).await.unwrap();
        for store in [&fresh.store, &read_again] {
            assert_eq!(known(store, &crowd.holders, &before, gone), 0);
            assert_eq!(known(store, &crowd.holders, &old, gone), 0);
            assert_eq!(known(store, &crowd.holders, &old, kept), NAMES.len());
        }
        let oldest = SHORT.oldest_scan_day(now(), Zone::VIETNAM);
        assert!(fresh.store.keys().day(gone, gone).unwrap().is_none(), "never made again");
        assert!(fresh.store.keys().day(gone, oldest).unwrap().is_none());

        let mut places = database_files(&fresh, &begun).await;
        let venue = ["Chợ Bến Thử".as_bytes().to_vec()];
        assert!(places.iter().any(|bytes| !found(bytes, &venue).is_empty()), "the search finds");
        let database = places.len();
        places.push(fs::read(&backup).unwrap());
        places.push(opened(&backup, &fresh.folder.path().join("keys")));
        let mut needles = traces();
        needles.push(key);
        for (n, bytes) in places.iter().enumerate() {
            let stand: Vec<_> = found(bytes, &needles).into_iter().map(|one| String::from_utf8_lossy(one)).collect();
            assert!(stand.is_empty(), "in place {n} of {database} and the backup: {stand:?}");
        }
        if fresh.store.database() == "sqlite" {
            let rows = before.iter().filter(|(day, _)| *day == gone.0);
            let rows: Vec<_> = rows.map(|(_, row)| row.as_bytes().to_vec()).collect();
            assert!(places[..database].iter().all(|bytes| found(bytes, &rows).is_empty()), "a pseudonym is left");
        }
    }
}

/// The backup, in a database of its own, with the folder's lasting keys.
async fn restored(fresh: &Fresh, backup: &Path) -> Settings {
    let folder = fresh.folder.path().join("restored");
    fs::create_dir_all(folder.join("keys")).unwrap();
    for key in ["sealing.key", "backup.key"] {
        fs::copy(
            fresh.folder.path().join("keys").join(key),
            folder.join("keys").join(key),
        )
        .unwrap();
    }
    let settings = Settings {
        database: format!("sqlite://{}", folder.join("vaora.sqlite").display()),
        keys: folder.join("keys"),
        zone: Zone::VIETNAM,
    };
    let store = Store::open(&settings).await.unwrap();
    store.restore(backup).await.unwrap();
    store.close().await;
    settings
}

on_both! {
    async fn erasing_twice_changes_nothing(fresh: Fresh) {
        let crowd = Crowd::plant(&fresh).await;
        fresh.store.erase(SHORT, now()).await.unwrap();
        let again = fresh.store.erase(SHORT, now()).await.unwrap();
        assert_eq!((again.keys.len(), again.days.len(), again.rows), (0, 0, 0));
        let late = crowd.scan(crowd.holders[0], now().minus(DAY * 3));
        let answer = crowd.admit(vec![late]).await.unwrap();
        assert_eq!(answer[0].reasons.to_text(), "too_old");
    }
}

on_both! {
    async fn a_clock_that_jumped_waits_for_a_second_opinion(fresh: Fresh) {
        let store = &fresh.store;
        let _crowd = Crowd::plant(&fresh).await;
        assert!(store.may_erase(now(), false).await.unwrap());
        assert!(store.may_erase(now().plus(DAY * 2), false).await.unwrap());
        let jumped = now().plus(DAY * 32);
        assert!(!store.may_erase(jumped, false).await.unwrap());
        assert!(store.may_erase(now().plus(DAY * 3), false).await.unwrap(), "the clock was put right");
        for hour in 0..23 {
            assert!(!store.may_erase(jumped, true).await.unwrap(), "hour {hour}");
        }
        assert!(!store.may_erase(jumped, false).await.unwrap(), "a restart is no hour");
        assert!(store.may_erase(jumped, true).await.unwrap());
        assert!(store.may_erase(now(), false).await.unwrap(), "a clock set back erases nothing new");
        assert!(!store.may_erase(jumped, false).await.unwrap());
    }
}

on_both! {
    async fn the_log_is_moved_once_it_is_large(fresh: Fresh) {
        let _crowd = Crowd::plant(&fresh).await;
        assert!(!fresh.store.checkpoint_over(64 << 20).await.unwrap());
        let sqlite = fresh.store.database() == "sqlite";
        assert_eq!(fresh.store.checkpoint_over(1).await.unwrap(), sqlite);
        fresh.store.checkpoint().await.unwrap();
        assert!(!fresh.store.checkpoint_over(1).await.unwrap());
    }
}

on_both! {
    async fn sessions_and_limits_end_with_their_time(fresh: Fresh) {
        const LIMIT: Limit = Limit { kind: "test", most: 1, window: DAY };
        let mut tx = fresh.store.write().await.unwrap();
        let holder = person(&mut tx, NAMES[0], &phone(0)).await;
        tx.begin_session("a token", SessionOf::Holder(holder), now()).await.unwrap();
        assert!(tx.within(LIMIT, "a key", now()).await.unwrap());
        assert!(!tx.within(LIMIT, "a key", now()).await.unwrap());
        assert_eq!(tx.erase_sessions(now()).await.unwrap(), 0);
        tx.erase_rates(now().minus(DAY)).await.unwrap();
        assert!(!tx.within(LIMIT, "a key", now()).await.unwrap(), "the window is still open");
        let later = now().plus(DAY * 91);
        assert_eq!(tx.erase_sessions(later).await.unwrap(), 1);
        assert_eq!(tx.erase_invitations(later).await.unwrap(), 0);
        tx.erase_rates(later).await.unwrap();
        assert!(tx.within(LIMIT, "a key", now()).await.unwrap());
    }
}

on_both! {
    async fn a_stranger_lives_as_long_as_their_last_scan(fresh: Fresh) {
        let retention = Retention::default();
        let kept = u32::from(retention.scan_days);
        let mut tx = fresh.store.write().await.unwrap();
        let known = person(&mut tx, NAMES[0], &phone(0)).await;
        let (gone, daily) = (stranger(&mut tx, "one").await, stranger(&mut tx, "two").await);
        tx.commit().await.unwrap();
        let there = async |holder| {
            let mut tx = fresh.store.read().await.unwrap();
            tx.holder_scope(holder).await.unwrap().is_some()
        };
        // One taps every day, for longer than anything is kept; the other never again.
        for day in 1..=kept + 40 {
            let at = now().plus(DAY * day);
            let mut tx = fresh.store.write().await.unwrap();
            tx.tapped(&own(daily), at).await.unwrap();
            tx.tapped(&own(known), at).await.unwrap();
            tx.commit().await.unwrap();
            fresh.store.erase(retention, at).await.unwrap();
            assert!(there(daily).await, "day {day}: kept scans point at them");
            assert_eq!(there(gone).await, day <= kept, "day {day}");
        }
        let last = now().plus(DAY * (kept + 40));
        fresh.store.erase(retention, last.plus(DAY * kept)).await.unwrap();
        assert!(there(daily).await, "the day of the last tap is still kept");
        fresh.store.erase(retention, last.plus(DAY * (kept + 1))).await.unwrap();
        assert!(!there(daily).await);
        assert!(there(known).await, "proven people stay");
    }
}
