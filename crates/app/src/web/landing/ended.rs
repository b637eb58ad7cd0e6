//! What a poster says where posters are not used any more: in both languages, and how to get a card. Whoever opens it
//! shows that the poster still hangs.

use super::Place;
use crate::AppState;
use crate::web::locale::Locale;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::Reader;
use askama::Template;
use axum::response::Response;
use store::Tx;
use store::posters::PostersEnd;

#[derive(Template)]
#[template(path = "landing/ended.html")]
struct EndedPage {
    page: Page,
    venue: String,
    hotline: Option<String>,
    /// The words in the reader's language, then in the other.
    words: [Words; 2],
}

struct Words {
    locale: Locale,
    said: String,
}

impl Words {
    fn text(&self, key: &str) -> &'static str {
        self.locale.text(key)
    }
}

/// Since when posters are not used at a place; nothing where they are.
pub(super) async fn ended(
    app: &AppState,
    tx: &mut Tx,
    place: &Place,
) -> Result<Option<PostersEnd>, Problem> {
    let end = tx.posters_end(&place.venue.details.unit).await?;
    let today = app.zone().day(app.now());
    Ok(end.filter(|end| end.day <= today))
}

/// The page of a poster that is not used any more. That somebody read it is noted, once a day, and not who: not what a
/// browser or a program fetches that nobody looks at.
pub(super) async fn page(
    app: &AppState,
    reader: &Reader,
    place: &Place,
    (end, read): (&PostersEnd, bool),
) -> Result<Response, Problem> {
    let today = app.zone().day(app.now());
    let mut tx = app.store.read().await?;
    let settings = tx.unit_settings(&place.venue.details.unit).await?;
    drop(tx);
    if read && place.gate.opened_on.is_none_or(|day| day < today) && place.venue.closed.is_none() {
        let mut tx = app.store.write().await?;
        tx.poster_opened(place.gate.id, today).await?;
        tx.commit().await?;
    }
    let date = end.day.written();
    let unit = app.units().full_name(&end.unit);
    let other = match reader.locale {
        Locale::Vi => Locale::En,
        Locale::En => Locale::Vi,
    };
    let words = [reader.locale, other].map(|locale| Words {
        said: locale.fill("landing.ended_said", &[("date", &date), ("unit", &unit)]),
        locale,
    });
    reply::page(&EndedPage {
        page: reader.page(app),
        venue: place.venue.details.name.clone(),
        hotline: settings.hotline,
        words,
    })
}
