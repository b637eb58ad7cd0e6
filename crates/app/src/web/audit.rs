//! The access log, for auditors: who did what, why and about how many people. Officers and venues
//! are named, the public never.

use super::office::{own_scope, unit_name};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::AuditEntryId;
use domain::role::{ACTION_NAMES, ReadAudit, authorize};
use serde::Deserialize;
use store::audit::{AuditFilter, AuditLine, AuditNames};

const PAGE: usize = 100;
/// The address of the log when nothing was chosen.
const NO_FILTER: &str = "/audit?actor=&action=";

#[derive(Template)]
#[template(path = "office/audit.html")]
struct AuditPage {
    page: Page,
    actor: String,
    action: String,
    actions: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    newer: String,
    older: String,
    /// Whether nothing was ever written down, as far as this reader may know.
    blank: bool,
}

struct Row {
    at: String,
    actor: String,
    actor_href: String,
    /// An officer's role and unit.
    office: String,
    action: String,
    purpose: String,
    detail: String,
    subjects: i32,
}

/// What the log is to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    actor: String,
    action: String,
    before: Option<AuditEntryId>,
}

/// The log of the auditor's unit and below, the newest first.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(asked): Query<Filter>,
) -> Result<Response, Problem> {
    let who = authorize::<ReadAudit, _>(&officer.actor(), own_scope(&app, &officer)?)?;
    let actor = asked
        .actor
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '.' | '_'));
    let action = ACTION_NAMES.iter().find(|name| **name == asked.action);
    let filter = AuditFilter {
        actor: actor.collect::<String>().to_lowercase(),
        action: action.map(|name| (*name).to_owned()).unwrap_or_default(),
    };
    let mut tx = app.store.read().await?;
    let mut found = tx
        .audit_lines(&who, &filter, asked.before, PAGE as i64 + 1)
        .await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let names = tx.audit_names(&who, &found).await?;
    let page = officer.reader.page(&app);
    let here = format!("/audit?actor={}&action={}", filter.actor, filter.action);
    let last = found.last().filter(|_| more);
    let list = AuditPage {
        actions: ACTION_NAMES
            .iter()
            .map(|name| (*name, page.text(&format!("audit.action.{name}"))))
            .collect(),
        rows: found
            .iter()
            .map(|line| row(&app, &page, &names, line))
            .collect(),
        blank: found.is_empty() && here == NO_FILTER && asked.before.is_none(),
        older: last
            .map(|line| format!("{here}&before={}", line.id))
            .unwrap_or_default(),
        newer: if asked.before.is_some() {
            here
        } else {
            String::new()
        },
        actor: filter.actor,
        action: filter.action,
        page,
    };
    reply::page(&list)
}

fn row(app: &AppState, page: &Page, names: &AuditNames, line: &AuditLine) -> Row {
    let officer = names.officer(&line.actor);
    let office = officer.map(|officer| {
        let unit = officer.unit.0.last().map(|unit| unit_name(app, unit));
        let role = page.text(&format!("role.{}", officer.role));
        format!("{role}, {}", unit.unwrap_or_default())
    });
    Row {
        at: page.moment(line.at),
        actor: officer.map_or_else(
            || word(page, names, &line.actor),
            |officer| format!("{} ({})", officer.name, officer.login),
        ),
        office: office.unwrap_or_default(),
        actor_href: format!("/audit?actor={}", line.actor),
        action: page
            .text(&format!("audit.action.{}", line.action))
            .to_owned(),
        purpose: page
            .text(&format!("audit.purpose.{}", line.purpose))
            .to_owned(),
        detail: line
            .detail
            .split(' ')
            .map(|part| word(page, names, part))
            .collect::<Vec<_>>()
            .join(" "),
        subjects: line.subjects,
    }
}

/// One part of an entry in the reader's language: an officer by login, a venue by name, other ids
/// by their last characters, the random ones; what is no word of ours as it stands.
fn word(page: &Page, names: &AuditNames, part: &str) -> String {
    let officer = names.officer(part).map(|officer| officer.login.as_str());
    if let Some(name) = officer.or_else(|| names.venue(part)) {
        return name.to_owned();
    }
    let (kind, id) = part.split_once(':').unwrap_or((part, ""));
    if let Some(kind) = page.locale.find(&format!("audit.actor.{kind}")) {
        let short = id.get(id.len().saturating_sub(6)..).unwrap_or_default();
        return format!("{kind} {short}").trim_end().to_owned();
    }
    let words = [format!("audit.did.{part}"), format!("role.{part}")];
    let found = words.iter().find_map(|key| page.locale.find(key));
    found.unwrap_or(part).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::web::locale::Locale;
    use domain::audit::Deed;
    use domain::role::{ACTION_NAMES, Purpose};

    #[test]
    fn every_action_purpose_and_detail_has_words() {
        for locale in Locale::ALL {
            for name in ACTION_NAMES {
                assert!(
                    locale.find(&format!("audit.action.{name}")).is_some(),
                    "{name}"
                );
            }
            for purpose in Purpose::ALL {
                assert!(
                    locale.find(&format!("audit.purpose.{purpose}")).is_some(),
                    "{purpose}"
                );
            }
            for deed in Deed::ALL {
                assert!(
                    locale.find(&format!("audit.did.{deed}")).is_some(),
                    "{deed}"
                );
            }
        }
    }
}
