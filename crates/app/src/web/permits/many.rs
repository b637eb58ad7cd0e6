//! Issuing: to one person, or to everybody on a list. The office sees whom the lines name before anything is issued, and
//! mends those that name nobody; then all of it is issued at once. Nothing is kept in between: the form carries it.

use super::lines::{self, MOST};
use super::terms::{Choices, Typed, check};
use super::{Issuer, issuer, words};
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::imports::refused;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Form, Query, State};
use axum::response::Response;
use data_encoding::HEXLOWER;
use domain::audit::Deed;
use domain::ids::{HolderId, PermitListId};
use domain::permit::Permit;
use domain::role::Purpose;
use domain::time::Timestamp;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use store::audit::Subject;
use store::permits::{PermitFor, Wanted};
use store::rates::Limit;
use store::{Constraint, Error, Tx};

/// How many lists one officer may have looked up a day: each line finds a person.
pub(super) const LISTS: Limit = Limit {
    kind: "permit lists",
    most: 200,
    window: Duration::from_secs(86_400),
};
/// How many lines one officer may have looked up a day, in whatever lists: each may name somebody. Some lists of a commune's.
pub(super) const LINES: Limit = Limit {
    kind: "permit lines",
    most: 20_000,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
pub(super) const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "permits/form.html")]
struct FormPage {
    page: Page,
    errors: FieldErrors,
    /// Whether it is for one person.
    single: bool,
    typed: Typed,
    choices: Choices,
    most: String,
}

#[derive(Template)]
#[template(path = "permits/preview.html")]
struct PreviewPage {
    page: Page,
    /// What would be issued, in words.
    what: String,
    place: String,
    dates: String,
    hidden: Vec<(String, String)>,
    list: PermitListId,
    /// Stands for whom the lines name now: what is issued is what was looked at.
    mark: String,
    /// Why it is shown again; empty when it is not.
    trouble: &'static str,
    /// What the lines come to: a word and a number each. They add up to the lines.
    counts: Vec<(&'static str, String)>,
    /// The lines that name somebody, with whom.
    good: Vec<(String, String)>,
    /// The same lines as a text.
    kept: String,
    /// The other lines, with why.
    bad: Vec<(String, &'static str)>,
    /// The same lines as a text, to be mended.
    to_mend: String,
    ready: i64,
    /// Whether it is for one person.
    single: bool,
}

/// For whom the form is, when it was reached from somebody's record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct For {
    card: String,
}

/// The form for one person.
pub async fn form_for_one(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(of): Query<For>,
) -> Result<Response, Problem> {
    let mut typed = Typed::empty(app.zone().day(app.now()));
    typed.set("lines", of.card);
    reply::page(&form(&app, &officer, typed, FieldErrors::default(), true)?)
}

/// The form for a list.
pub async fn form_for_many(
    State(app): State<AppState>,
    officer: SignedInOfficer,
) -> Result<Response, Problem> {
    let typed = Typed::empty(app.zone().day(app.now()));
    let errors = FieldErrors::default();
    reply::page(&form(&app, &officer, typed, errors, false)?)
}

fn form(
    app: &AppState,
    officer: &SignedInOfficer,
    typed: Typed,
    errors: FieldErrors,
    single: bool,
) -> Result<FormPage, Problem> {
    let who = issuer(app, officer)?;
    let page = officer.reader.page(app);
    Ok(FormPage {
        choices: Choices::of(app, &page, who.scope(), &typed),
        most: page.number(MOST as i64),
        errors,
        single,
        typed,
        page,
    })
}

/// Takes the form for one person and shows whom it names.
pub async fn take_one(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(fields): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let typed = Typed::of(fields);
    let lines = lines::of_text(typed.get("lines"));
    look(&app, &officer, (typed, None), Ok(lines), true).await
}

/// Takes a list, typed or as a file, and shows whom it names.
pub async fn take_many(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    sent: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    // Of nobody who may not issue is a list read.
    issuer(&app, &officer)?;
    let Ok(sent) = sent else {
        let typed = Typed::empty(app.zone().day(app.now()));
        let errors = unread(&officer.reader.page(&app));
        return reply::mend(&form(&app, &officer, typed, errors, false)?);
    };
    let (fields, file) = parts(sent, true).await?;
    let typed = Typed::of(fields);
    let mut all = lines::of_text(typed.get("kept"));
    all.extend(lines::of_text(typed.get("lines")));
    let all = if file.is_empty() {
        Ok(all)
    } else {
        // A reader that breaks over a file says that the file is broken.
        let read = tokio::task::spawn_blocking(move || lines::of_file(&file)).await;
        let read = read.unwrap_or(Err(crate::import::Refusal::Damaged));
        let page = officer.reader.page(&app);
        read.map(|more| [all, more].concat())
            .map_err(|refusal| refused(&page, refusal))
    };
    look(&app, &officer, (typed, None), all, false).await
}

/// What is said of a form that was sent as no form with a file is.
pub(super) fn unread(page: &Page) -> FieldErrors {
    let mut errors = FieldErrors::default();
    errors.add("lines", page.text("permits.err_form"));
    errors
}

/// The text fields of a form, and its file, where that is wanted.
pub(super) async fn parts(
    mut form: Multipart,
    wanted: bool,
) -> Result<(HashMap<String, String>, Vec<u8>), Problem> {
    let broken = |error: axum::extract::multipart::MultipartError| match error.status().as_u16() {
        413 => Problem::TooLarge,
        _ => Problem::Malformed("the form cannot be read".to_owned()),
    };
    let (mut fields, mut file) = (HashMap::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" && !wanted {
            continue;
        }
        if name == "file" {
            file = field.bytes().await.map_err(broken)?.to_vec();
        } else {
            fields.insert(name, field.text().await.map_err(broken)?);
        }
    }
    Ok((fields, file))
}

/// Shows whom some lines name, with what would be issued to them; `again`: under the number of a list that names others now than
/// when it was looked at.
async fn look(
    app: &AppState,
    officer: &SignedInOfficer,
    (typed, again): (Typed, Option<PermitListId>),
    lines: Result<Vec<String>, String>,
    single: bool,
) -> Result<Response, Problem> {
    let who = issuer(app, officer)?;
    if let (false, Ok(lines)) = (typed.get("edit").is_empty(), &lines) {
        let mut typed = typed;
        typed.set("lines", lines.join("\n"));
        return reply::page(&form(app, officer, typed, FieldErrors::default(), single)?);
    }
    let page = officer.reader.page(app);
    let now = app.now();
    let mut tx = app.store.write().await?;
    let checked = check(app, &mut tx, (&page, &typed), now).await?;
    let (permit, mut errors) = match checked {
        Ok(permit) => (Some(permit), FieldErrors::default()),
        Err(errors) => (None, errors),
    };
    let most = if single { 1 } else { MOST };
    let wrong = |key| Err(page.text(key).to_owned());
    let lines = match lines {
        Ok(lines) if lines.is_empty() => wrong("permits.err_nobody"),
        Ok(lines) if lines.len() > most => wrong(match single {
            true => "permits.err_one",
            false => "permits.err_most",
        }),
        other => other,
    };
    if let Err(words) = &lines {
        errors.add("lines", words.as_str());
    }
    let (Some(permit), Ok(lines)) = (permit, lines) else {
        return reply::mend(&form(app, officer, typed, errors, single)?);
    };
    let within = may_look(&mut tx, officer, lines.len(), now).await?;
    if !within {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    let found = Found::of(&mut tx, &who, &lines).await?;
    let seen: Vec<Subject> = found.people().map(Subject::Holder).collect();
    if !seen.is_empty() {
        let (unit, why) = (&who.scope().path, Purpose::Administration);
        tx.audit(&who, unit, now, why, Deed::PermitList, &seen)
            .await?;
    }
    let place = words::place(app, &mut tx, &page, &permit.place).await?;
    tx.commit().await?;
    let list = again.unwrap_or_else(|| PermitListId(store::new_id(now)));
    let mark = found.mark(app, list);
    let trouble = again.map_or("", |_| page.text("permit_requests.err_changed"));
    let preview = PreviewPage {
        single,
        mark,
        trouble,
        ..preview(page, &typed, (permit, place), found, list)
    };
    match again {
        None => reply::page(&preview),
        Some(_) => reply::mend(&preview),
    }
}

/// Counts a list that an officer has looked up, and its lines.
pub(super) async fn may_look(
    tx: &mut Tx,
    officer: &SignedInOfficer,
    lines: usize,
    now: Timestamp,
) -> Result<bool, Error> {
    let clerk = officer.officer.to_string();
    let lines = i32::try_from(lines).unwrap_or(i32::MAX);
    Ok(tx.within(LISTS, &clerk, now).await? && tx.within_all(LINES, &clerk, lines, now).await?)
}

/// Whom the lines of a list name.
struct Found {
    /// A line, and the person it names.
    good: Vec<(String, HolderId, String)>,
    /// A line that names nobody, and the key of why.
    bad: Vec<(String, &'static str)>,
    /// How many lines name somebody whom an earlier line names.
    twice: usize,
}

impl Found {
    async fn of(tx: &mut Tx, who: &Issuer, lines: &[String]) -> Result<Self, Problem> {
        let read: Vec<Option<PermitFor>> = lines.iter().map(|line| lines::read(line)).collect();
        let wanted: Vec<PermitFor> = read.iter().flatten().cloned().collect();
        let mut named = tx.people_for_permits(who, &wanted).await?.into_iter();
        let mut found = Self {
            good: Vec::new(),
            bad: Vec::new(),
            twice: 0,
        };
        let mut seen = HashSet::new();
        for (line, read) in lines.iter().zip(read) {
            let line = line.clone();
            let named = read.and_then(|_| named.next());
            match named {
                None => found.bad.push((line, "permits.line_unread")),
                Some(Wanted::Nobody) => found.bad.push((line, "permits.line_nobody")),
                Some(Wanted::Several) => found.bad.push((line, "permits.line_several")),
                Some(Wanted::One(holder)) if seen.insert(holder.id) => {
                    found.good.push((line, holder.id, words::named(&holder)));
                }
                Some(Wanted::One(_)) => found.twice += 1,
            }
        }
        Ok(found)
    }

    fn people(&self) -> impl Iterator<Item = HolderId> + '_ {
        self.good.iter().map(|(_, person, _)| *person)
    }

    /// What stands for whom the lines name, in a list of that number.
    fn mark(&self, app: &AppState, list: PermitListId) -> String {
        let named = self
            .good
            .iter()
            .map(|(line, person, _)| format!("\n{person} {line}"));
        let text: String = std::iter::once(list.to_string()).chain(named).collect();
        HEXLOWER.encode(&app.store.keys().sealer().hash("permit list", &text))
    }

    /// Lines that name nobody, for one reason.
    fn wrong(&self, key: &str) -> usize {
        self.bad.iter().filter(|(_, why)| *why == key).count()
    }
}

fn preview(
    page: Page,
    typed: &Typed,
    (permit, place): (Permit, String),
    found: Found,
    list: PermitListId,
) -> PreviewPage {
    let number = |n: usize| page.number(n as i64);
    let all = found.good.len() + found.bad.len() + found.twice;
    let counts = [
        ("permits.count_lines", all),
        ("permits.count_good", found.good.len()),
        ("permits.count_twice", found.twice),
        ("permits.count_nobody", found.wrong("permits.line_nobody")),
        ("permits.count_several", found.wrong("permits.line_several")),
        ("permits.count_unread", found.wrong("permits.line_unread")),
    ];
    let text = |lines: Vec<&str>| lines.join("\n");
    PreviewPage {
        what: words::line(page.locale, &permit),
        place,
        dates: words::dates(&permit),
        hidden: typed.hidden(),
        list,
        mark: String::new(),
        trouble: "",
        counts: counts.map(|(key, n)| (page.text(key), number(n))).to_vec(),
        kept: text(found.good.iter().map(|one| one.0.as_str()).collect()),
        to_mend: text(found.bad.iter().map(|one| one.0.as_str()).collect()),
        ready: found.good.len() as i64,
        single: false,
        good: found
            .good
            .into_iter()
            .map(|(line, _, who)| (line, who))
            .collect(),
        bad: found
            .bad
            .into_iter()
            .map(|(line, key)| (line, page.text(key)))
            .collect(),
        page,
    }
}

/// Issues what was shown, to everybody whom the lines name, at once. Sent twice, it is issued once; where they name others than
/// were shown, it is shown again first.
pub async fn issue(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(fields): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let who = issuer(&app, &officer)?;
    let typed = Typed::of(fields);
    let page = officer.reader.page(&app);
    let now = app.now();
    let mut tx = app.store.write().await?;
    let list = typed.get("list").parse::<PermitListId>();
    let permit = check(&app, &mut tx, (&page, &typed), now).await?;
    let lines = lines::of_text(typed.get("kept"));
    let (Ok(list), Ok(permit)) = (list, permit) else {
        return Ok(reply::see("/office/permits/list"));
    };
    if lines.is_empty() || lines.len() > MOST {
        return Ok(reply::see("/office/permits/list"));
    }
    // Each line finds a person, here as in the preview.
    if !tx.within(LISTS, &officer.officer.to_string(), now).await? {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    let found = Found::of(&mut tx, &who, &lines).await?;
    if typed.get("mark") != found.mark(&app, list) {
        tx.rollback().await?;
        let single = lines.len() == 1;
        return look(&app, &officer, (typed, Some(list)), Ok(lines), single).await;
    }
    let people: Vec<HolderId> = found.people().collect();
    let issued = match tx.issue_permits(&who, list, &people, &permit, now).await {
        Ok(issued) => issued,
        Err(Error::Conflict(Constraint::PermitList)) => {
            let there = format!("/office/permits?list={list}&done=again");
            return Ok(reply::see(&there));
        }
        Err(error) => return Err(error.into()),
    };
    let about: Vec<Subject> = issued.to.iter().copied().map(Subject::Holder).collect();
    if !about.is_empty() {
        let (unit, deed) = (&who.scope().path, Deed::PermitIssue.to(list));
        let why = Purpose::Administration;
        tx.audit(&who, unit, now, why, deed, &about).await?;
    }
    // The answer says how many of them there are.
    let full: Vec<Subject> = issued.full.iter().copied().map(Subject::Holder).collect();
    if !full.is_empty() {
        let (unit, why) = (&who.scope().path, Purpose::Administration);
        tx.audit(&who, unit, now, why, Deed::PermitList, &full)
            .await?;
    }
    tx.commit().await?;
    Ok(reply::see(&format!(
        "/office/permits?list={list}&done=issued&n={}&full={}",
        issued.to.len(),
        issued.full.len()
    )))
}
