//! The two schemas are one: same tables, columns, order, kinds, nullability and keys.

use crate::support::{postgres, sqlite};
use domain::aside::{AsideReason, Settled};
use domain::card::{CardKind, CardLayout, CardState, CardStep, StepReason};
use domain::declaration::DeclarationKind;
use domain::identity::IdentityKind;
use domain::likeness::Degree;
use domain::matching::{AskReason, MatchState, Moved};
use domain::member::Relation;
use domain::otp::OtpPurpose;
use domain::permit::{Lacking, PermitEnd, PermitKind};
use domain::permit_request::{PermitRefusal, PermitRequestState};
use domain::request::{RefusalReason, RequestKind, RequestState};
use domain::role::OfficerRole;
use domain::scan::{Assurance, Decision, Direction, Way};
use domain::surge::SurgeState;
use domain::suspension::SuspensionReason;
use domain::venue::{FullPolicy, VenueKind};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::collections::BTreeMap;

/// A column: its table, name, kind, whether it may be null, and its place in the primary key.
type Column = (String, String, String, bool, i64);

/// What both databases call a kind of value. SQLite has no booleans and no ids of its own.
fn kind(name: &str) -> &'static str {
    match name {
        "integer" | "bigint" | "smallint" | "boolean" => "number",
        "blob" | "bytea" | "uuid" => "bytes",
        "text" => "text",
        other => panic!("`{other}` is in neither schema's list of types"),
    }
}

fn tables(columns: Vec<Column>) -> BTreeMap<String, Vec<(String, &'static str, bool, i64)>> {
    let mut tables: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (table, name, of, null, key) in columns {
        let of = kind(&of.to_lowercase());
        tables.entry(table).or_default().push((name, of, null, key));
    }
    tables
}

async fn of_sqlite(address: &str) -> Vec<Column> {
    let mut connection = SqliteConnection::connect(address).await.unwrap();
    let sql = "select m.name, c.name, c.type, c.\"notnull\" = 0, c.pk
               from sqlite_master m join pragma_table_info(m.name) c
               where m.type = 'table' and m.name not like '\\_sqlx%' escape '\\' and m.name not like 'sqlite%'
               order by m.name, c.cid";
    sqlx::query_as(sql)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

async fn of_postgres(address: &str) -> Vec<Column> {
    let mut connection = PgConnection::connect(address).await.unwrap();
    // A day's partition has the columns of the table that it is a part of.
    let sql = "select c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'YES',
                 coalesce((select k.ordinal_position::bigint from information_schema.key_column_usage k
                   join information_schema.table_constraints t
                     on t.constraint_name = k.constraint_name and t.constraint_type = 'PRIMARY KEY'
                   where k.table_schema = 'public' and k.table_name = c.table_name
                     and t.table_name = c.table_name and k.column_name = c.column_name), 0)
               from information_schema.columns c
               where c.table_schema = 'public' and c.table_name not like '\\_sqlx%'
                 and c.table_name not in (select i.inhrelid::regclass::text from pg_inherits i)
               order by c.table_name, c.ordinal_position";
    sqlx::query_as(sql)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (one, other) = (sqlite().await, postgres().await);
    let one = tables(of_sqlite(&one.settings.database).await);
    let other = tables(of_postgres(&other.settings.database).await);
    assert!(one.len() > 15, "only {} tables were found", one.len());
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (table, columns) in &one {
        assert_eq!(
            columns, &other[table],
            "{table}: SQLite left, PostgreSQL right"
        );
    }
}

/// The words that each check of a schema allows, by column.
fn checks(schema: &str) -> BTreeMap<String, Vec<String>> {
    let mut checks = BTreeMap::new();
    for table in schema.split("\ncreate table ").skip(1) {
        let name = table.split(' ').next().unwrap();
        let lines = table.split("\n)").next().unwrap().lines();
        for line in lines.filter(|line| line.contains(" check (")) {
            let column = line.split_whitespace().next().unwrap();
            let words = line.split('\'').skip(1).step_by(2).map(str::to_owned);
            checks.insert(format!("{name}.{column}"), words.collect());
        }
    }
    checks
}

#[test]
fn checks_allow_the_words_of_the_code_and_no_others() {
    macro_rules! expected {
        ($($column:literal: $kind:ty,)*) => {
            BTreeMap::from([$((
                $column.to_owned(),
                <$kind>::ALL.iter().map(|word| word.as_str().to_owned()).collect::<Vec<_>>(),
            ),)*])
        };
    }
    let expected = expected! {
        "asides.reason": AsideReason,
        "asides.settled": Settled,
        "batches.layout": CardLayout,
        "batches.reason": StepReason,
        "card_steps.reason": StepReason,
        "card_steps.step": CardStep,
        "cards.kind": CardKind,
        "cards.state": CardState,
        "declarations.kind": DeclarationKind,
        "drafts.kind": DeclarationKind,
        "identities.kind": IdentityKind,
        "match_places.state": MatchState,
        "matches.degree": Degree,
        "matches.reason": AskReason,
        "matches.state": MatchState,
        "merge_rows.kind": Moved,
        "members.relation": Relation,
        "officers.role": OfficerRole,
        "otps.purpose": OtpPurpose,
        "permit_demands.kind": PermitKind,
        "permit_demands.lacking": Lacking,
        "permit_requests.reason": PermitRefusal,
        "permit_requests.state": PermitRequestState,
        "permits.end_reason": PermitEnd,
        "permits.kind": PermitKind,
        "presences.last_decision": Decision,
        "presences.last_direction": Direction,
        "requests.kind": RequestKind,
        "requests.reason": RefusalReason,
        "requests.state": RequestState,
        "scans.assurance": Assurance,
        "scans.decision": Decision,
        "scans.direction": Direction,
        "scans.door": Decision,
        "scans.settled": Settled,
        "scans.way": Way,
        "surges.state": SurgeState,
        "venue_reminders.reason": SuspensionReason,
        "venue_suspensions.reason": SuspensionReason,
        "venues.full_policy": FullPolicy,
        "venues.kind": VenueKind,
    };
    let sqlite = include_str!("../../migrations/sqlite/0001_first.sql");
    let postgres = include_str!("../../migrations/postgres/0001_first.sql");
    for schema in [sqlite, postgres] {
        assert_eq!(checks(schema), expected);
    }
}

async fn indexes_of_sqlite(address: &str) -> Vec<(String, String, bool)> {
    let mut connection = SqliteConnection::connect(address).await.unwrap();
    let sql = "select m.name, group_concat(c.name, ', ' order by c.seqno), i.\"unique\" = 1
               from sqlite_master m join pragma_index_list(m.name) i join pragma_index_info(i.name) c
               where m.type = 'table' and i.origin <> 'pk' and m.name not like '\\_sqlx%' escape '\\'
               group by m.name, i.name order by 1, 2, 3";
    sqlx::query_as(sql)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

async fn indexes_of_postgres(address: &str) -> Vec<(String, String, bool)> {
    let mut connection = PgConnection::connect(address).await.unwrap();
    let sql = "select t.relname::text collate \"C\",
                 (select string_agg(a.attname::text, ', ' order by k.place)
                  from unnest(i.indkey::int2[]) with ordinality k(number, place)
                  join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number) collate \"C\",
                 i.indisunique
               from pg_index i join pg_class t on t.oid = i.indrelid
               join pg_namespace n on n.oid = t.relnamespace
               where n.nspname = 'public' and not i.indisprimary and not t.relispartition
                 and t.relname not like '\\_sqlx%'
               order by 1, 2, 3";
    sqlx::query_as(sql)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn both_databases_have_the_same_indexes() {
    let (one, other) = (sqlite().await, postgres().await);
    let one = indexes_of_sqlite(&one.settings.database).await;
    assert!(one.len() > 10, "only {} indexes were found", one.len());
    assert_eq!(
        one,
        indexes_of_postgres(&other.settings.database).await,
        "SQLite left, PostgreSQL right"
    );
}
