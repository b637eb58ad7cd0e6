//! The files that pages need, carried in the binary: styles, scripts, fonts, icons, the code reader.
//!
//! One hash of all of them stands in every address (`/static/HASH/css/app.css`), so that a browser keeps them for a year
//! and still takes new ones with a new build, and so that modules and styles may name each other relatively.

use super::problem::Problem;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

include!(concat!(env!("OUT_DIR"), "/static.rs"));

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
/// Below this many bytes compression saves nothing worth the work.
const SMALL: usize = 600;

/// Every file by its path. One that has another beside it, named `.br`, was packed beforehand, harder than while somebody waits.
static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let assets = STATIC_FILES.iter();
    let mut assets: BTreeMap<_, _> = assets
        .map(|(path, bytes)| (*path, Asset::new(path, bytes)))
        .collect();
    for path in NAMING {
        if let Some(asset) = assets.get_mut(path) {
            let text = String::from_utf8_lossy(asset.bytes).replace("@BUILD@", build());
            *asset = Asset::new(path, Vec::leak(text.into_bytes()));
        }
    }
    for (path, bytes) in STATIC_FILES {
        let of = path.strip_suffix(".br").and_then(|of| assets.get(of));
        if let Some(asset) = of {
            // Nothing is there yet.
            let _ = asset.brotli.set(bytes.to_vec());
        }
    }
    if let Some(sheet) = assets.get(SHEET) {
        let whole = joined(&String::from_utf8_lossy(sheet.bytes), &assets);
        assets.insert(SHEET, Asset::new(SHEET, Vec::leak(whole.into_bytes())));
    }
    assets
});

const MANIFEST: &str = "manifest.webmanifest";
const GATE_MANIFEST: &str = "gate.webmanifest";
const SERVICE_WORKER: &str = "service-worker.js";
/// The files that name this build: `@BUILD@` in them is its hash.
const NAMING: [&str; 4] = [MANIFEST, GATE_MANIFEST, SERVICE_WORKER, "offline.html"];
/// The stylesheet that names the others.
const SHEET: &str = "css/app.css";

static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (path, bytes) in STATIC_FILES {
        hash.update(path.as_bytes());
        hash.update(Sha256::digest(bytes));
    }
    short(&hash.finalize())
});

/// The hash that names this build's files.
pub fn build() -> &'static str {
    &BUILD
}

/// The address under which all files of this build lie, without a slash at the end.
pub fn root() -> String {
    format!("/static/{}", build())
}

/// The address of one file, such as `css/app.css`.
pub fn url(path: &str) -> String {
    debug_assert!(ASSETS.contains_key(path), "no such file: {path}");
    format!("{}/{path}", root())
}

/// Serves one file. An old build's address still answers, but is not to be kept.
pub async fn serve(Path((asked, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let keep = if asked == *BUILD { FOREVER } else { ASK_AGAIN };
    answer(&path, &headers, keep).await
}

/// The web app manifest, with this build's icons.
pub async fn manifest(headers: HeaderMap) -> Response {
    answer(MANIFEST, &headers, ASK_AGAIN).await
}

/// The manifest of the gate's page, which is installed as an app of its own.
pub async fn gate_manifest(headers: HeaderMap) -> Response {
    answer(GATE_MANIFEST, &headers, ASK_AGAIN).await
}

/// The service worker, which must lie at the root to see every page.
pub async fn service_worker(headers: HeaderMap) -> Response {
    answer(SERVICE_WORKER, &headers, ASK_AGAIN).await
}

async fn answer(path: &str, headers: &HeaderMap, keep: &'static str) -> Response {
    match ASSETS.get(path) {
        Some(asset) => asset.answer(headers, keep).await,
        None => Problem::NotFound.into_response(),
    }
}

struct Asset {
    bytes: &'static [u8],
    kind: &'static str,
    tag: String,
    brotli: OnceLock<Vec<u8>>,
    gzip: OnceLock<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Coding {
    Plain,
    Gzip,
    Brotli,
}

impl Asset {
    fn new(path: &str, bytes: &'static [u8]) -> Self {
        Self {
            bytes,
            kind: kind(path),
            tag: short(&Sha256::digest(bytes)),
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    async fn answer(&'static self, asked: &HeaderMap, keep: &'static str) -> Response {
        let coding = self.coding(asked);
        let tag = format!("\"{}{}\"", self.tag, coding.suffix());
        let known = asked
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok());
        let mut response = if known.is_some_and(|known| known.split(", ").any(|one| one == tag)) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.body(coding).await.into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }

    fn coding(&self, asked: &HeaderMap) -> Coding {
        let shrinks = !["font/", "image/png", "audio/"]
            .iter()
            .any(|kind| self.kind.starts_with(kind));
        if !shrinks || self.bytes.len() < SMALL {
            Coding::Plain
        } else if takes(asked, "br") {
            Coding::Brotli
        } else if takes(asked, "gzip") {
            Coding::Gzip
        } else {
            Coding::Plain
        }
    }

    /// The bytes in that coding: made once, off the threads that serve.
    async fn body(&'static self, coding: Coding) -> Body {
        let made = match coding {
            Coding::Plain => return Body::from(self.bytes),
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
        };
        if made.get().is_none() {
            let make = move || made.get_or_init(|| coding.shrink(self.bytes)).len();
            if tokio::task::spawn_blocking(make).await.is_err() {
                return Body::empty();
            }
        }
        Body::from(made.get().map_or(&[][..], Vec::as_slice))
    }
}

impl Coding {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => "-gz",
            Self::Brotli => "-br",
        }
    }

    fn shrink(self, bytes: &[u8]) -> Vec<u8> {
        let out = Vec::with_capacity(bytes.len() / 3);
        if self == Self::Brotli {
            let mut writer = brotli::CompressorWriter::new(out, 16 * 1024, 9, 22);
            // Writing to memory does not fail.
            let _ = writer.write_all(bytes);
            writer.into_inner()
        } else {
            let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::best());
            let _ = writer.write_all(bytes);
            writer.finish().unwrap_or_default()
        }
    }
}

/// Whether a request takes answers that are packed so.
pub fn takes(asked: &HeaderMap, coding: &str) -> bool {
    let listed = asked.get(header::ACCEPT_ENCODING);
    let listed = listed.and_then(|value| value.to_str().ok());
    listed.is_some_and(|list| {
        list.split(',')
            .any(|one| wanted(one).is_some_and(|one| one == coding))
    })
}

/// The coding that a part of the list names, unless its weight is zero, however that is written.
fn wanted(part: &str) -> Option<&str> {
    let (coding, weight) = part.split_once(';').unwrap_or((part, "q=1"));
    let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
    let none = weight.trim().parse().is_ok_and(|weight: f32| weight <= 0.0);
    (!none).then_some(coding.trim())
}

/// The stylesheet with the files that it imports in their places, so that a page waits for one file, not for twenty.
fn joined(sheet: &str, assets: &BTreeMap<&'static str, Asset>) -> String {
    let mut out = String::new();
    for line in sheet.lines() {
        let import = line
            .strip_prefix("@import \"")
            .and_then(|rest| rest.split_once("\" layer("));
        let named = import.and_then(|(file, rest)| {
            Some((
                assets.get(format!("css/{file}").as_str())?,
                rest.strip_suffix(");")?,
            ))
        });
        match named {
            Some((file, layer)) => {
                let text = String::from_utf8_lossy(file.bytes);
                let _ = write!(out, "@layer {layer} {{\n{text}}}\n");
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

fn short(hash: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&hash[..8])
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("mp3") => "audio/mpeg",
        Some("webmanifest") => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;
