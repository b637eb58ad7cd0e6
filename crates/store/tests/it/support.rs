//! A fresh store for each test: SQLite in a temporary folder, PostgreSQL in a database of its own.

use domain::time::{Timestamp, Zone};
use sqlx::{Connection, Executor, PgConnection};
use store::{Settings, Store};
use tempfile::TempDir;

/// A store that goes when the test ends.
pub(crate) struct Fresh {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) folder: TempDir,
}

/// Writes a test twice: once for each database. The body gets `fresh: Fresh`.
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($fresh:ident: Fresh) $body:block) => {
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every test uses every name")]
            use super::*;

            $(#[$meta])*
            async fn body($fresh: crate::support::Fresh) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body(crate::support::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body(crate::support::postgres().await).await;
            }
        }
    };
}
pub(crate) use on_both;

/// Saturday 21/11/2026, 07:42 in Việt Nam.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-21T00:42:00Z").unwrap()
}

pub(crate) async fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("vaora.sqlite").display());
    open(folder, database).await
}

pub(crate) async fn postgres() -> Fresh {
    #[expect(clippy::disallowed_methods, reason = "tests learn the server's address from ./check")]
    let server = std::env::var("VAORA_TEST_POSTGRES").expect(
        "VAORA_TEST_POSTGRES is not set: run ./check, or export it from `scripts/test-postgres DIR start`",
    );
    let name = format!("t_{:016x}", rand_u64());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(format!("create database {name}")))
        .await
        .unwrap();
    connection.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    open(tempfile::tempdir().unwrap(), format!("{base}/{name}")).await
}

async fn open(folder: TempDir, database: String) -> Fresh {
    let settings = Settings {
        database,
        keys: folder.path().join("keys"),
        zone: Zone::VIETNAM,
    };
    let store = Store::open(&settings).await.unwrap();
    Fresh {
        store,
        settings,
        folder,
    }
}

fn rand_u64() -> u64 {
    u64::from_be_bytes(store::new_id(now()).as_bytes()[8..].try_into().unwrap())
}
