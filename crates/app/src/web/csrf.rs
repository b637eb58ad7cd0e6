//! Requests that change something come from our own pages, or from programs.
//!
//! A browser says where a request began: `Sec-Fetch-Site`, or an older one `Origin`. Whoever says
//! neither is no browser and holds no cookie that a foreign page could borrow. The API is left
//! out: it takes tokens, not cookies.

use super::problem::Problem;
use crate::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Refuses unsafe requests that began on another site.
pub async fn own_origin(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let safe = request.method().is_safe() || request.uri().path().starts_with("/api/v1/");
    if safe
        || is_own(
            request.headers(),
            request.uri(),
            app.config.public_url.as_deref(),
        )
    {
        next.run(request).await
    } else {
        Problem::ForeignOrigin.into_response()
    }
}

fn is_own(headers: &HeaderMap, uri: &Uri, public_url: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let authority = |url: &str| {
        url.split_once("://")
            .map(|(_, rest)| rest.trim_end_matches('/').to_owned())
    };
    let Some(from) = authority(origin) else {
        return false;
    };
    // HTTP/2 carries the host in the address.
    let host = text(header::HOST.as_str()).or_else(|| uri.authority().map(|host| host.as_str()));
    host == Some(from.as_str()) || public_url.and_then(authority).as_deref() == Some(from.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_change_things() {
        let check = |sent: &[(&'static str, &str)], expected: bool| {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.insert(*name, value.parse().unwrap());
            }
            let own = is_own(
                &headers,
                &Uri::from_static("/x"),
                Some("https://quet.example/"),
            );
            assert_eq!(own, expected, "{sent:?}");
        };
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://a"),
                ("host", "a"),
            ],
            false,
        );
        check(&[("origin", "http://a:8080"), ("host", "a:8080")], true);
        check(&[("origin", "http://a:8081"), ("host", "a:8080")], false);
        check(
            &[
                ("origin", "https://quet.example"),
                ("host", "127.0.0.1:8080"),
            ],
            true,
        );
        check(
            &[("origin", "https://quet.example.evil"), ("host", "a")],
            false,
        );
        check(&[("origin", "null"), ("host", "null")], false);
    }
}
