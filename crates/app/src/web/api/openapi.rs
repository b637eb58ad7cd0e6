//! `/api/openapi.json`: what programs may ask, in OpenAPI 3.1.

use super::answer;
use crate::web::problem::Problem;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

/// An RFC 9457 problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Stable: `/problems/<slug>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do, in the reader's language.
    pub detail: String,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "vaora", description = "Who entered and left which place.", license(name = "Apache-2.0")),
    paths(super::scans::create, super::gate_bundle::show, super::lists::keys, super::lists::status, document, health),
    components(schemas(ProblemBody)),
    modifiers(&DeviceToken)
)]
struct Api;

struct DeviceToken;

impl Modify for DeviceToken {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("device_token", SecurityScheme::Http(scheme));
    }
}

/// Whether the server answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It answers", body = String)))]
pub async fn health() -> &'static str {
    "ok"
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn document(asked: HeaderMap) -> Result<Response, Problem> {
    let text = Api::openapi().to_json();
    let text = text.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(answer::json(&asked, text.into()))
}
