//! Every component and some whole screens with made-up content, to be looked at: `cargo run --example gallery`.
//!
//! Nothing is kept and nobody is real. The gate decides by the last digit of a code: 1 admit, 2 refer, 3 refuse, 4 already
//! scanned, 9 no answer.

#![allow(missing_docs, reason = "an example for looking at, not an interface")]

mod mock;

use askama::Template;
use axum::extract::{Query, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mock::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use vaora::web::locale::Locale;
use vaora::web::page::{ErrorPage, Page};
use vaora::web::routes;

const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self' data: blob:; \
                   object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:4090").await?;
    println!("http://127.0.0.1:4090/");
    axum::serve(listener, routes()).await?;
    Ok(())
}

fn routes() -> Router {
    Router::new()
        .route(
            "/",
            get(async |request: Request| {
                show(IndexPage {
                    page: plain(&request),
                })
            }),
        )
        .route(
            "/code",
            get(async |request: Request| show(code(plain(&request)))),
        )
        .route(
            "/landing",
            get(async |request: Request| {
                show(LandingPage {
                    page: plain(&request),
                })
            }),
        )
        .route(
            "/gate",
            get(async |request: Request| {
                show(GatePage {
                    page: plain(&request),
                })
            }),
        )
        .route(
            "/board",
            get(async |request: Request| show(board(plain(&request)))),
        )
        .route(
            "/declare",
            get(async |request: Request| show(declare(plain(&request)))),
        )
        .route(
            "/otp",
            get(async |request: Request| show(otp(plain(&request)))),
        )
        .route(
            "/components",
            get(async |request: Request| show(components(plain(&request)))),
        )
        .route("/scans", post(decide))
        .fallback(async |request: Request| (StatusCode::NOT_FOUND, show(error(plain(&request)))))
        .merge(routes::files())
        .layer(axum::middleware::map_response(secure))
}

async fn secure(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CSP),
    );
    response
}

fn show(page: impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn plain(request: &Request) -> Page {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let asked = Query::<HashMap<String, String>>::try_from_uri(request.uri()).ok();
    let locale = asked.and_then(|asked| asked.get("lang").and_then(|code| Locale::parse(code)));
    let mut page = Page::new(locale.unwrap_or_default(), path);
    page.demo = request.uri().path() == "/components";
    page
}

fn error(page: Page) -> ErrorPage {
    let title = page.text("problem.not_found.title");
    let what_to_do = page.text("problem.not_found.detail");
    ErrorPage {
        page,
        title,
        what_to_do,
    }
}

async fn decide(Json(asked): Json<Value>) -> Response {
    let scan = &asked["scans"][0];
    let code = scan["code"].as_str().unwrap_or_default();
    let confirmed = !scan["confirms"].is_null();
    let (decision, reasons) = match code.chars().last() {
        _ if scan["turned_away"] == true => ("refuse", vec!["turned_away"]),
        _ if confirmed => ("admit", vec![]),
        Some('2') => ("refer", vec!["declaration_expired"]),
        Some('3') => ("refuse", vec!["revoked"]),
        Some('9') => return StatusCode::BAD_GATEWAY.into_response(),
        _ => ("admit", vec![]),
    };
    let direction = if scan["direction"] == "out" {
        "out"
    } else {
        "in"
    };
    let at = scan["id"]
        .as_str()
        .and_then(|id| i64::from_str_radix(&id.replace('-', "")[..12], 16).ok());
    let who = decision != "refuse";
    Json(json!({ "results": [{
        "id": scan["id"], "at": at, "decision": decision, "direction": direction, "duplicate": code.ends_with('4'),
        "reasons": reasons, "initials": who.then_some("N.V.T"), "birth_year": who.then_some(1987),
    }]}))
    .into_response()
}
