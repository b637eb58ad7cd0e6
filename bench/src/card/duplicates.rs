//! The desk's search for records that may be of the person who stands there, and a page of the queue of duplicates, among a
//! million people.

use crate::batch::Postgres;
use crate::town;
use anyhow::{Context, Result, ensure};
use domain::birth::Birth;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, OfficerId};
use domain::matching::MatchState;
use domain::phone::Phone;
use domain::role::{Action, Actor, Authorized, OfficerRole, UnitScope, authorize};
use domain::unit::{UnitCode, UnitPath};
use std::time::Instant;
use store::new_id;
use store::planting::PlantedHolder;
use vaora::app::AppState;

/// Names as common as they are: the first of a list stands for many more people than the last.
const FAMILY: [&str; 12] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô",
];
const MIDDLE: [&str; 10] = [
    "Văn", "Thị", "Minh", "Thanh", "Đức", "Ngọc", "Hữu", "Quang", "Xuân", "Kim",
];
const GIVEN: [&str; 60] = [
    "Anh", "Hương", "Hùng", "Linh", "Dũng", "Hoa", "Tuấn", "Lan", "Nam", "Mai", "Hải", "Thảo",
    "Sơn", "Trang", "Long", "Hà", "Phong", "Yến", "Bình", "Nga", "Cường", "Thu", "Đạt", "Hạnh",
    "Khánh", "Nhung", "Thắng", "Ngân", "Vinh", "Phương", "Tâm", "Loan", "Hiếu", "Oanh", "Quân",
    "Vân", "Trung", "Thủy", "Kiên", "Dung", "Phúc", "Liên", "Tài", "Huệ", "Thành", "Hằng", "Khoa",
    "Tuyết", "Lâm", "Diệp", "Nghĩa", "My", "Toàn", "Châu", "Việt", "Giang", "Đông", "Nhi", "Thử",
    "Mẫu",
];
/// The communes of Huế, in which a million live.
const COMMUNES: [&str; 40] = [
    "19753", "19774", "19777", "19789", "19804", "19813", "19815", "19819", "19828", "19831",
    "19858", "19867", "19873", "19885", "19900", "19909", "19918", "19930", "19942", "19945",
    "19960", "19969", "19975", "19996", "20014", "20017", "20035", "20044", "20050", "20056",
    "20071", "20101", "20107", "20122", "20131", "20137", "20140", "20161", "20179", "20182",
];
const PIECE: usize = 8192;
/// How many records are compared before the queue is looked at.
const COMPARED: i64 = 20_000;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many people.
    #[arg(long, default_value_t = 1_000_000)]
    people: usize,
    /// How many searches.
    #[arg(long, default_value_t = 1000)]
    searches: usize,
    /// Only this one: sqlite or postgres.
    #[arg(long)]
    only: Option<String>,
}

/// Plants on each database, and prints the slowest of twenty searches and pages.
pub(crate) async fn duplicates(options: Options) -> Result<()> {
    let wanted = |name| options.only.as_deref().is_none_or(|only| only == name);
    if wanted("sqlite") {
        on("sqlite", None, &options).await?;
    }
    if wanted("postgres") {
        let server = Postgres::start()?;
        on("postgres", Some(server.database().await?), &options).await?;
    }
    Ok(())
}

async fn on(name: &str, url: Option<String>, options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = town::open(folder.path(), url).await?;
    let begun = Instant::now();
    plant(&app, options.people).await?;
    eprintln!("{name}: planted in {:.0} s", begun.elapsed().as_secs_f64());
    let size = match options.people {
        1_000_000 => "1m".to_owned(),
        people => people.to_string(),
    };
    let searches = searches(&app, options).await?;
    crate::figure(&format!("duplicate_p95_ms_{size}_{name}"), p95(searches));
    let (rate, pages) = queue(&app, options).await?;
    crate::figure(&format!("match_found_per_s_{size}_{name}"), rate);
    crate::figure(&format!("match_queue_p95_ms_{size}_{name}"), p95(pages));
    Ok(())
}

/// The records alike to people who are in the register, said with a slip, by the clerk of a commune.
async fn searches(app: &AppState, options: &Options) -> Result<Vec<f64>> {
    let mut millis = Vec::new();
    for round in 0..options.searches {
        let n = round * 7919 % options.people;
        let mut said = details(n)?;
        // The number is a new one, and the phone somebody else's: what is left is the name and the birth.
        said.id_number = Some(format!("001{:09}", n));
        said.phone = None;
        let who = may(&home(n))?;
        let begun = Instant::now();
        let mut tx = app.store.read().await?;
        let found = tx.candidates(&who, &said, app.now()).await?;
        drop(tx);
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(!found.is_empty(), "whoever is there is found");
    }
    Ok(millis)
}

/// How many records are compared in a second, and the pages of a queue of a province.
async fn queue(app: &AppState, options: &Options) -> Result<(f64, Vec<f64>)> {
    let (begun, mut compared) = (Instant::now(), 0);
    while compared < COMPARED.min(options.people as i64) {
        let mut tx = app.store.write().await?;
        compared += tx.walk_matches(100).await? as i64;
        tx.commit().await?;
        let found = app.store.read().await?.find_matches(100).await?;
        let mut tx = app.store.write().await?;
        tx.note_matches(&found, app.now()).await?;
        tx.commit().await?;
    }
    let rate = compared as f64 / begun.elapsed().as_secs_f64();
    let who = may(&UnitPath(home(0).0[..2].to_vec()))?;
    let (mut millis, mut after) = (Vec::new(), None);
    for _ in 0..options.searches {
        let begun = Instant::now();
        let mut tx = app.store.read().await?;
        let page = tx
            .match_queue(&who, (MatchState::Open, None), after, (21, app.now()))
            .await?;
        drop(tx);
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        after = page.last().map(|one| one.key);
    }
    Ok((rate, millis))
}

/// Plants so many people, and what finds them.
pub(super) async fn plant(app: &AppState, people: usize) -> Result<()> {
    let now = app.now();
    let everyone: Vec<usize> = (0..people).collect();
    let mut index = Vec::new();
    for some in everyone.chunks(PIECE) {
        let mut holders = Vec::with_capacity(some.len());
        for n in some {
            let details = details(*n)?;
            holders.push(PlantedHolder {
                id: HolderId(new_id(now)),
                phone: details.phone.as_deref().and_then(Phone::parse),
                details,
                verified: true,
                unit: home(*n),
                created: now,
            });
        }
        holders.sort_by_key(|one| one.id);
        let mut tx = app.store.write().await?;
        index.extend(tx.plant_records(&holders).await?);
        tx.commit().await?;
    }
    let mut tx = app.store.write().await?;
    tx.plant_index(index).await?;
    tx.commit().await?;
    Ok(())
}

/// The n-th person: the same each time, spread by multiplying with odd numbers.
fn details(n: usize) -> Result<HolderDetails> {
    let spread = |salt: u64| {
        let mixed = (n as u64 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ salt.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
    };
    // Squaring leans towards the beginning of a list.
    let common = |salt: u64, of: usize| {
        let part = spread(salt) as f64 / (1_u64 << 31) as f64;
        ((part * part) * of as f64) as usize % of
    };
    let name = format!(
        "{} {} {}",
        FAMILY[common(1, 12)],
        MIDDLE[common(2, 10)],
        GIVEN[common(3, 60)]
    );
    let birth = format!(
        "{:02}/{:02}/{}",
        1 + spread(4) % 28,
        1 + spread(5) % 12,
        1935 + spread(6) % 80
    );
    let has_phone = spread(7) % 10 < 6;
    Ok(HolderDetails {
        id_number: Some(format!("046{:09}", n)),
        birth: Birth::typed(&birth),
        phone: has_phone.then(|| format!("+8490{:07}", n)),
        ..HolderDetails::named(PersonName::parse(&name).ok().context("a name")?, None)
    })
}

/// Where the n-th person lives.
pub(super) fn home(n: usize) -> UnitPath {
    let codes = ["VN", "46", COMMUNES[n % COMMUNES.len()]];
    UnitPath(
        codes
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

fn may<A: Action<UnitScope>>(path: &UnitPath) -> Result<Authorized<A, UnitScope>> {
    let unit = path.0.last().context("a unit")?.clone();
    let id = OfficerId(uuid::Uuid::from_u128(1));
    let role = OfficerRole::ProvinceOfficer;
    let actor = Actor::Officer { id, role, unit };
    let scope = UnitScope { path: path.clone() };
    authorize(&actor, scope).ok().context("an officer may")
}

/// What nineteen of twenty are below.
fn p95(mut millis: Vec<f64>) -> f64 {
    millis.sort_by(f64::total_cmp);
    let at = (millis.len() * 95).div_ceil(100);
    millis
        .get(at.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}
