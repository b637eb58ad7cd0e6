//! Lines that a gate sealed while it had no network: opened, they are lines like any other.

use super::lines::{Line, Unread};
use crate::AppState;
use crate::web::problem::Problem;
use std::borrow::Cow;
use std::sync::Arc;

/// From this many on, lines are opened off the request path's threads.
const MANY: usize = 8;

/// A sealed line on its way: its place, its id, and what was sealed.
type Waiting = (usize, String, String);

/// Puts what was sealed in the place of those lines that were. One that cannot be opened, or that
/// holds no line, is no scan; the others stand.
pub(super) async fn unseal<'a>(
    app: &AppState,
    mut lines: Vec<Result<Line<'a>, Unread>>,
) -> Result<Vec<Result<Line<'a>, Unread>>, Problem> {
    let waiting: Vec<Waiting> = lines.iter().enumerate().filter_map(waiting).collect();
    if waiting.is_empty() {
        return Ok(lines);
    }
    let (many, app) = (waiting.len() >= MANY, Arc::clone(app));
    let open = move || waiting.into_iter().map(|line| open(&app, line)).collect();
    let opened: Vec<(usize, Result<Line<'static>, Unread>)> = if many {
        tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| Problem::Internal(error.to_string()))?
    } else {
        open()
    };
    for (place, line) in opened {
        lines[place] = line;
    }
    Ok(lines)
}

fn waiting((place, line): (usize, &Result<Line<'_>, Unread>)) -> Option<Waiting> {
    let line = line.as_ref().ok()?;
    let sealed = line.sealed.as_deref()?;
    Some((place, line.id.to_string(), sealed.to_owned()))
}

fn open(app: &AppState, (place, id, sealed): Waiting) -> (usize, Result<Line<'static>, Unread>) {
    let text = app.queue_key.line(&id, &sealed);
    let line = text.and_then(|text| Some(serde_json::from_str::<Line<'_>>(&text).ok()?.owned()));
    let line = match line {
        // The id that was authenticated, whatever the text says.
        Some(line) => Ok(Line {
            id: Cow::Owned(id),
            ..line
        }),
        None => Err(Unread { id }),
    };
    (place, line)
}
