//! What every answer of a page carries, so that browsers keep to our rules.

use super::locale::Locale;
use super::signed_in;
use crate::AppState;
use axum::extract::{Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;

const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
     img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
     form-action 'self'";

/// How long a browser remembers the language that was chosen: a year.
const LANGUAGE_SECONDS: u64 = 365 * 86_400;

/// Adds the rules, and keeps the language that `?lang=` chose.
pub async fn rules(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let chosen = chosen_language(request.uri());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), microphone=(), geolocation=()"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Some(locale) = chosen {
        let cookie = signed_in::set_cookie(&app, "lang", locale.code(), LANGUAGE_SECONDS);
        for value in cookie.get_all(SET_COOKIE) {
            headers.append(SET_COOKIE, value.clone());
        }
    }
    response
}

fn chosen_language(uri: &Uri) -> Option<Locale> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| Locale::parse(pair.strip_prefix("lang=")?))
}
