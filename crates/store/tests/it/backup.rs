use crate::crowd::{Crowd, visitors};
use crate::erasure::opened;
use crate::support::{self, Fresh, now, on_both};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use store::{Error, Store};

const SQLITE: &str = "sqlite/0001_first.sql";
const POSTGRES: &str = "postgres/0001_first.sql";

/// Every table of a schema file, with the lines that define its columns.
fn definitions(file: &str) -> Vec<(String, Vec<String>)> {
    let path = format!("{}/migrations/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let tables = text.split("create table ").skip(1).map(|part| {
        let (name, rest) = part.split_once(" (\n").unwrap();
        let (body, _) = rest.split_once("\n)").unwrap();
        let lines = body.lines().map(str::trim);
        let lines = lines.filter(|line| !line.starts_with("primary") && !line.starts_with("--"));
        (name.to_owned(), lines.map(str::to_owned).collect())
    });
    tables.collect()
}

fn column(line: &str) -> String {
    line.split_whitespace().next().unwrap().to_owned()
}

/// Every table of a schema file, with the names of its columns.
fn tables(file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let columns = |lines: Vec<String>| lines.iter().map(|line| column(line)).collect();
    let tables = definitions(file).into_iter();
    tables.map(|(name, lines)| (name, columns(lines))).collect()
}

/// The rows of a query that answers text.
macro_rules! texts {
    ($connection:expr, $sql:expr) => {{
        let rows = sqlx::query(AssertSqlSafe($sql))
            .fetch_all(&mut $connection)
            .await
            .unwrap();
        let text = |row: &_| -> Vec<Option<String>> {
            (0..Row::len(row)).map(|n| Row::get(row, n)).collect()
        };
        rows.iter()
            .map(|row| format!("{:?}", text(row)))
            .collect::<BTreeSet<_>>()
    }};
}

/// Everything in a database, as text that is the same for both kinds.
async fn contents(database: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in tables(SQLITE) {
        let select = |each: Vec<String>| format!("select {} from {table}", each.join(", "));
        let rows = if database.starts_with("sqlite") {
            let blob = |c| {
                format!(
                    "case typeof({c}) when 'blob' then lower(hex({c})) else cast({c} as text) end"
                )
            };
            let mut connection = SqliteConnection::connect(database).await.unwrap();
            texts!(connection, select(columns.iter().map(blob).collect()))
        } else {
            let mut connection = PgConnection::connect(database).await.unwrap();
            let types = format!(
                "select column_name::text, data_type::text from information_schema.columns where table_name = '{table}'"
            );
            let types: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(types))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let types: BTreeMap<_, _> = types.into_iter().collect();
            let each = columns.iter().map(|c| match types[c].as_str() {
                "uuid" => format!("replace({c}::text, '-', '')"),
                "bytea" => format!("encode({c}, 'hex')"),
                "boolean" => format!("({c}::int)::text"),
                _ => format!("{c}::text"),
            });
            texts!(connection, select(each.collect()))
        };
        all.insert(table, rows);
    }
    all
}

/// A value for a column as its line defines it.
fn value(line: &str, seed: &str, sparse: bool) -> String {
    if sparse && !line.contains("not null") {
        return "null".to_owned();
    }
    if let Some((_, choices)) = line.split_once(" in (") {
        return choices.split([',', ')']).next().unwrap().to_owned();
    }
    let kind = line
        .split_whitespace()
        .nth(1)
        .unwrap()
        .trim_end_matches(',');
    match (kind, column(line).as_str()) {
        ("text", _) => format!("'Cổng {seed} \"''\u{1f6a7}'"),
        ("blob", _) => format!("x'00{}'", seed.repeat(30)),
        ("bytea", _) => format!("'\\x00{}'", seed.repeat(30)),
        ("uuid", _) => format!("'00{}'", seed.repeat(30)),
        ("boolean", _) => "true".to_owned(),
        (
            _,
            "verified" | "suspended" | "concern" | "by_another" | "name_typed" | "done" | "alone"
            | "seen",
        ) => "1".to_owned(),
        (_, "day") => format!("2077{seed}"),
        _ => format!("{seed}00000"),
    }
}

/// Puts a row, with every column filled, and one with as little as may be, into every table.
async fn fill_every_table(database: &str) {
    let sqlite = database.starts_with("sqlite");
    let mut statements = Vec::new();
    for (name, lines) in definitions(if sqlite { SQLITE } else { POSTGRES }) {
        for (seed, sparse) in [("5", false), ("7", true)] {
            if name == "scans" && !sqlite {
                statements.push(format!("create table scans_2077{seed} partition of scans for values from (2077{seed}) to (2077{seed}+1)"));
            }
            let columns: Vec<_> = lines.iter().map(|line| column(line)).collect();
            let values: Vec<_> = lines.iter().map(|line| value(line, seed, sparse)).collect();
            statements.push(format!(
                "insert into {name} ({}) values ({})",
                columns.join(", "),
                values.join(", ")
            ));
        }
    }
    for sql in statements {
        let query = AssertSqlSafe(sql);
        if sqlite {
            let mut connection = SqliteConnection::connect(database).await.unwrap();
            sqlx::query(query).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(database).await.unwrap();
            sqlx::query(query).execute(&mut connection).await.unwrap();
        }
    }
}

/// Gives a database the lasting keys of another: what an operator puts in place before restoring.
async fn with_keys_of(fresh: &Fresh, other: &mut Fresh) {
    other.store.close().await;
    for key in ["sealing.key", "backup.key"] {
        fs::copy(
            fresh.folder.path().join("keys").join(key),
            other.folder.path().join("keys").join(key),
        )
        .unwrap();
    }
    other.store = Store::open(&other.settings).await.unwrap();
}

on_both! {
    async fn every_table_and_value_comes_back_in_either_database(fresh: Fresh) {
        fill_every_table(&fresh.settings.database).await;
        let backup = fresh.folder.path().join("backup");
        let counts = fresh.store.backup(&backup, now()).await.unwrap();
        let all = tables(SQLITE);
        assert_eq!(all, tables(POSTGRES));
        assert_eq!(counts.keys().collect::<Vec<_>>(), all.keys().collect::<Vec<_>>());
        assert!(counts.values().all(|count| *count == 2), "{counts:?}");
        let before = contents(&fresh.settings.database).await;
        for mut other in [support::sqlite().await, support::postgres().await] {
            with_keys_of(&fresh, &mut other).await;
            assert_eq!(other.store.restore(&backup).await.unwrap(), counts);
            assert_eq!(contents(&other.settings.database).await, before);
        }
    }
}

on_both! {
    async fn a_restored_log_knows_what_it_had_recorded(fresh: Fresh) {
        let crowd = Crowd::plant(&fresh).await;
        let backup = fresh.folder.path().join("backup");
        fresh.store.backup(&backup, now()).await.unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&backup).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let again = fresh.store.backup(&backup, now()).await.unwrap_err();
        assert!(again.to_string().contains("exists"), "{again}");
        let mut other = support::sqlite().await;
        with_keys_of(&fresh, &mut other).await;
        other.store.restore(&backup).await.unwrap();
        let (mut a, mut b) = (visitors(&fresh.settings.database).await, visitors(&other.settings.database).await);
        a.sort_unstable();
        b.sort_unstable();
        assert_eq!(a, b);
        let mut tx = other.store.read().await.unwrap();
        let holder = tx.own_details(&crate::scene::own(crowd.holders[1])).await.unwrap().unwrap();
        assert_eq!(holder.details.name.as_str(), crate::crowd::NAMES[1]);
    }
}

on_both! {
    async fn only_an_empty_database_is_filled(fresh: Fresh) {
        let _crowd = Crowd::plant(&fresh).await;
        let backup = fresh.folder.path().join("backup");
        fresh.store.backup(&backup, now()).await.unwrap();
        let before = contents(&fresh.settings.database).await;
        let error = fresh.store.restore(&backup).await.unwrap_err();
        assert!(error.to_string().contains("not empty"), "{error}");
        assert_eq!(contents(&fresh.settings.database).await, before);
    }
}

on_both! {
    async fn another_key_folder_is_told_apart(fresh: Fresh) {
        let backup = fresh.folder.path().join("backup");
        fresh.store.backup(&backup, now()).await.unwrap();
        let other = support::sqlite().await;
        let error = other.store.restore(&backup).await.unwrap_err();
        assert!(error.to_string().contains("another backup.key"), "{error}");
        fs::copy(fresh.folder.path().join("keys/backup.key"), other.folder.path().join("keys/backup.key")).unwrap();
        let error = other.store.restore(&backup).await.unwrap_err();
        assert!(error.to_string().contains("another sealing.key"), "{error}");
    }
}

on_both! {
    async fn a_changed_or_shortened_file_restores_nothing(fresh: Fresh) {
        let _crowd = Crowd::plant(&fresh).await;
        let backup = fresh.folder.path().join("backup");
        fresh.store.backup(&backup, now()).await.unwrap();
        let whole = fs::read(&backup).unwrap();
        let mut other = support::sqlite().await;
        with_keys_of(&fresh, &mut other).await;
        let empty = contents(&other.settings.database).await;
        let damaged = fresh.folder.path().join("damaged");
        let step = whole.len() / 40;
        for at in (0..whole.len()).step_by(step) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            for bytes in [flipped, whole[..at].to_vec()] {
                fs::write(&damaged, bytes).unwrap();
                let error = other.store.restore(&damaged).await;
                assert!(matches!(error, Err(Error::Backup(_))), "byte {at}: {error:?}");
            }
        }
        fs::write(&damaged, [whole.as_slice(), b"more"].concat()).unwrap();
        assert!(other.store.restore(&damaged).await.is_err());
        assert_eq!(contents(&other.settings.database).await, empty);
        other.store.restore(&backup).await.unwrap();
    }
}

on_both! {
    async fn no_key_is_in_a_backup(fresh: Fresh) {
        let _crowd = Crowd::plant(&fresh).await;
        let (backup, keys) = (fresh.folder.path().join("backup"), fresh.folder.path().join("keys"));
        fresh.store.backup(&backup, now()).await.unwrap();
        let plain = opened(&backup, &keys);
        let days = fs::read_dir(keys.join("days")).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = days.chain([keys.join("sealing.key"), keys.join("backup.key")]).collect();
        assert!(files.len() >= 6);
        for file in files {
            let secret = fs::read(&file).unwrap();
            assert!(!plain.windows(secret.len()).any(|window| window == secret), "{}", file.display());
        }
    }
}

on_both! {
    async fn others_write_while_a_backup_of_one_moment_is_taken(fresh: Fresh) {
        let crowd = Crowd::plant(&fresh).await;
        let backup = fresh.folder.path().join("backup");
        let writing = async {
            for n in 0..40 {
                let at = now().minus(std::time::Duration::from_secs(n * 90));
                crowd.admit(vec![crowd.scan(crowd.holders[2], at)]).await.unwrap();
            }
        };
        let (counts, ()) = tokio::join!(fresh.store.backup(&backup, now()), writing);
        let mut other = support::sqlite().await;
        with_keys_of(&fresh, &mut other).await;
        assert_eq!(other.store.restore(&backup).await.unwrap(), counts.unwrap());
    }
}
