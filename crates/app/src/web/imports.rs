//! Lists of people that an office brings in: a file, what its columns are, what would come of it, and then all of it at
//! once or nothing.
//!
//! What would be registered is found anew when it is, so that nobody who came in between gets a second record. Rows that
//! are not taken go into a file that can be mended and brought again.

mod judging;
mod plan;
pub mod taking;
mod views;

pub(super) use views::refused;

use super::office::{commune, communes, own_scope};
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use crate::export::FileKind;
use crate::import::{self, Refusal};
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Form, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::audit::Deed;
use domain::ids::ImportId;
use domain::role::{Authorized, Purpose, RegisterHolder, UnitScope, authorize};
use domain::unit::UnitPath;
use plan::{Plan, Rest};
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Duration;
use store::audit::Subject;
use store::imports::Import;
use store::rates::Limit;

/// How many lists one officer may bring or compare a day.
const LISTS: Limit = Limit {
    kind: "imports",
    most: 200,
    window: Duration::from_secs(86_400),
};
/// How many rows one officer may compare with the register a day: each asks whether somebody is known. Five lists of the
/// largest, or some previews of a commune's.
const COMPARED: Limit = Limit {
    kind: "imports rows",
    most: 100_000,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;
/// How many lists are shown.
const SHOWN: i64 = 30;
/// The longest name of a file that is kept, in characters.
const NAME_MAX: usize = 120;

/// The lists of the office's unit, and a field for another.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    reply::page(&office.list(None).await?)
}

/// Takes a file and leads to what its columns are.
pub async fn upload(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    let (name, bytes) = match form {
        Ok(form) => file_of(form).await?,
        Err(_) => (String::new(), Vec::new()),
    };
    office.within(LISTS, 1).await?;
    let read = office.read(bytes, None, &name).await?;
    let (plan, bytes) = match read {
        Ok(read) => read,
        Err(refusal) => return reply::mend(&office.list(Some(refusal)).await?),
    };
    let mut tx = app.store.write().await?;
    let id = tx
        .begin_import(&office.own()?, &plan.bytes(), &bytes, app.now())
        .await?;
    tx.commit().await?;
    Ok(reply::see(&format!("/office/imports/{id}")))
}

/// What is shown of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// `columns`: what the columns are, though that was said before.
    show: String,
}

/// A list, as far as it has come: its columns, what would come of it, or what did.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<ImportId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    let (import, plan) = office.find(id).await?;
    if let Some(done) = &plan.done {
        return reply::page(&office.result(&import, &plan, done));
    }
    match plan.counts {
        Some(counts) if wanted.show != "columns" => {
            let rest = office.rest(id).await?;
            reply::page(&office.preview(&import, &plan, counts, (&rest, "")))
        }
        _ => reply::page(&office.mapping(&import, &plan, String::new())),
    }
}

/// Takes what the columns are, or another sheet, and says what would come of it.
pub async fn map(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<ImportId>,
    Form(said): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    let (import, mut plan) = office.find(id).await?;
    if import.done {
        return Err(Problem::Conflict);
    }
    let here = format!("/office/imports/{id}");
    let own = office.own()?;
    let file = app.store.read().await?.import_file(&own, id).await?;
    let file = file.ok_or(Problem::NotFound)?.to_vec();
    let field = |name: &str| said.get(name).map(String::as_str).unwrap_or_default();
    field("commune").clone_into(&mut plan.commune);
    if field("action") == "sheet" {
        let sheet = field("sheet").parse().ok();
        return office.other_sheet(&import, plan, file, sheet).await;
    }
    plan.map(&said);
    let words = officer.reader.page(&app);
    let wrong = |plan: &Plan, trouble: String| reply::mend(&office.mapping(&import, plan, trouble));
    let commune = match office.whole(&plan) {
        Ok(commune) => commune,
        Err(key) => return wrong(&plan, words.text(key).to_owned()),
    };
    let who = office.may(commune)?;
    office.within(LISTS, 1).await?;
    office.within(COMPARED, plan.rows).await?;
    let judged = match judging::judge(&app, &who, &plan, file).await? {
        Ok(judged) => judged,
        Err(refusal) => return wrong(&plan, refused(&words, refusal)),
    };
    plan.counts = Some(judged.counts);
    plan.boxes = judged.boxes();
    plan.first = judged.first();
    let seen: Vec<Subject> = judged
        .compared
        .seen()
        .into_iter()
        .map(Subject::Holder)
        .collect();
    let mut tx = app.store.write().await?;
    let open = tx
        .plan_import(&own, id, &plan.bytes(), Some(&judged.rest.bytes()))
        .await?;
    if !seen.is_empty() {
        let (unit, deed) = (&who.scope().path, Deed::ImportCompared.to(id));
        tx.audit(&who, unit, app.now(), Purpose::Registration, deed, &seen)
            .await?;
    }
    tx.commit().await?;
    if open {
        Ok(reply::see(&here))
    } else {
        Err(Problem::Conflict)
    }
}

/// The rows that were not taken, each with what is wrong, to be mended and brought again.
pub async fn errors(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<ImportId>,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    let (_, plan) = office.find(id).await?;
    let rest = office.rest(id).await?;
    if rest.rows.is_empty() {
        return Err(Problem::NotFound);
    }
    let page = officer.reader.page(&app);
    let table = rest.table(&page, &plan, app.zone());
    let internal = |error: &dyn std::error::Error| Problem::Internal(error.to_string());
    let made = tokio::task::spawn_blocking(move || table.file(FileKind::Xlsx)).await;
    let file = made
        .map_err(|error| internal(&error))?
        .map_err(|error| internal(&error))?;
    let name = format!(
        "attachment; filename=\"{}.xlsx\"",
        page.text("imports.errors_file")
    );
    let headers = [
        (CONTENT_TYPE, FileKind::Xlsx.media_type().to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((
        headers,
        [("x-row-count", file.count.to_string())],
        file.bytes,
    )
        .into_response())
}

/// Erases a list that is not to be imported.
pub async fn discard(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<ImportId>,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    let mut tx = app.store.write().await?;
    let gone = tx.drop_import(&office.own()?, id).await?;
    tx.commit().await?;
    if gone {
        Ok(reply::see("/office/imports"))
    } else {
        Err(Problem::NotFound)
    }
}

/// One officer and the lists of the unit.
struct Office<'a> {
    app: &'a AppState,
    officer: &'a SignedInOfficer,
    scope: UnitScope,
}

impl<'a> Office<'a> {
    fn open(app: &'a AppState, officer: &'a SignedInOfficer) -> Result<Self, Problem> {
        let scope = own_scope(app, officer)?;
        authorize::<RegisterHolder, _>(&officer.actor(), scope.clone())?;
        Ok(Self {
            app,
            officer,
            scope,
        })
    }

    fn own(&self) -> Result<Authorized<RegisterHolder, UnitScope>, Problem> {
        self.may(self.scope.path.clone())
    }

    fn may(&self, path: UnitPath) -> Result<Authorized<RegisterHolder, UnitScope>, Problem> {
        Ok(authorize(&self.officer.actor(), UnitScope { path })?)
    }

    /// The commune of a list that says all it must; or the key of what it does not say.
    fn whole(&self, plan: &Plan) -> Result<UnitPath, &'static str> {
        let commune = commune(self.app, self.officer, &plan.commune).ok_or("desk.err_commune")?;
        plan.missing().map_or(Ok(commune), Err)
    }

    /// Counts what is asked for before it is done; fails, and counts nothing, when it would be too much for a day.
    async fn within(&self, limit: Limit, uses: usize) -> Result<(), Problem> {
        let who = self.officer.officer.to_string();
        let uses = i32::try_from(uses).unwrap_or(i32::MAX);
        let mut tx = self.app.store.write().await?;
        if !tx.within_all(limit, &who, uses, self.app.now()).await? {
            return Err(Problem::TooMany(LATER));
        }
        Ok(tx.commit().await?)
    }

    /// A list and how it is read.
    async fn find(&self, id: ImportId) -> Result<(Import, Plan), Problem> {
        let found = self
            .app
            .store
            .read()
            .await?
            .import(&self.own()?, id)
            .await?;
        let import = found.ok_or(Problem::NotFound)?;
        let plan = Plan::of(&import)?;
        Ok((import, plan))
    }

    async fn rest(&self, id: ImportId) -> Result<Rest, Problem> {
        let found = self
            .app
            .store
            .read()
            .await?
            .import_rest(&self.own()?, id)
            .await?;
        found.map_or_else(|| Ok(Rest::default()), |bytes| Rest::of(&bytes))
    }

    /// Reads another sheet of a list, whose columns are then guessed anew.
    async fn other_sheet(
        &self,
        import: &Import,
        plan: Plan,
        file: Vec<u8>,
        sheet: Option<usize>,
    ) -> Result<Response, Problem> {
        let fresh = match self.read(file, sheet, &plan.file).await? {
            Ok((fresh, _)) => Plan {
                commune: plan.commune,
                ..fresh
            },
            Err(refusal) => {
                let words = refused(&self.officer.reader.page(self.app), refusal);
                return reply::mend(&self.mapping(import, &plan, words));
            }
        };
        let mut tx = self.app.store.write().await?;
        tx.plan_import(&self.own()?, import.id, &fresh.bytes(), None)
            .await?;
        tx.commit().await?;
        let there = format!("/office/imports/{}?show=columns", import.id);
        Ok(reply::see(&there))
    }

    /// Reads a file off the request's threads and guesses what its columns are.
    async fn read(
        &self,
        bytes: Vec<u8>,
        sheet: Option<usize>,
        name: &str,
    ) -> Result<Result<(Plan, Vec<u8>), Refusal>, Problem> {
        let name: String = domain::holder::line(name).chars().take(NAME_MAX).collect();
        let read = tokio::task::spawn_blocking(move || {
            let sheet = import::read(&bytes, sheet)?;
            Ok((Plan::guessed(&sheet, name, &bytes), bytes))
        });
        // A reader that breaks over a file says that the file is broken.
        let read = read.await.unwrap_or(Err(Refusal::Damaged));
        Ok(read.map(|(mut plan, bytes)| {
            if let [(only, _)] = communes(self.app, self.officer).as_slice() {
                plan.commune.clone_from(only);
            }
            (plan, bytes)
        }))
    }
}

/// The file of a form, and its name; nothing when none was chosen.
pub(super) async fn file_of(mut form: Multipart) -> Result<(String, Vec<u8>), Problem> {
    let broken = |error: axum::extract::multipart::MultipartError| match error.status().as_u16() {
        413 => Problem::TooLarge,
        _ => Problem::Malformed("the form cannot be read".to_owned()),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            return Ok((name, field.bytes().await.map_err(broken)?.to_vec()));
        }
    }
    Ok((String::new(), Vec::new()))
}
