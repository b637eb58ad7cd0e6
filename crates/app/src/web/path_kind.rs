//! The ending of an address: which kind of file is asked for.

use super::problem::Problem;
use crate::AppState;
use crate::export::FileKind;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The kind of file that an address ends with.
#[derive(Clone, Copy, Debug)]
pub struct PathKind(pub FileKind);

impl FromRequestParts<AppState> for PathKind {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let ending = parts.uri.path().rsplit_once('.');
        let kind = ending.and_then(|(_, ending)| FileKind::parse(ending));
        kind.map(Self).ok_or(Problem::NotFound)
    }
}
