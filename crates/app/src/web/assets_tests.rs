use super::*;
use axum::http::Request;
use http_body_util::BodyExt;
use std::io::Read as _;
use tower::ServiceExt;

async fn ask(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = crate::web::routes::files::<()>()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    (parts.status, parts.headers, bytes)
}

#[tokio::test]
async fn a_file_is_kept_for_ever_under_its_build() {
    let (status, headers, body) = ask(&url("css/app.css"), &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], FOREVER);
    assert_eq!(headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(body, ASSETS["css/app.css"].bytes);
    let (_, headers, _) = ask("/static/older/css/app.css", &[]).await;
    assert_eq!(headers["cache-control"], ASK_AGAIN);
}

#[tokio::test]
async fn the_code_reader_travels_compressed() {
    let path = url("vendor/zxing/reader/zxing_reader.wasm");
    let plain = ASSETS["vendor/zxing/reader/zxing_reader.wasm"].bytes;
    for (accept, coding) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
        let (_, headers, body) = ask(&path, &[("accept-encoding", accept)]).await;
        assert_eq!(headers["content-encoding"], coding);
        assert_eq!(headers["content-type"], "application/wasm");
        assert!(body.len() < plain.len() / 2, "{coding}: {}", body.len());
    }
}

#[tokio::test]
async fn a_known_file_is_not_sent_again() {
    let (_, headers, _) = ask("/service-worker.js", &[]).await;
    let tag = headers["etag"].to_str().unwrap();
    let (status, _, body) = ask("/service-worker.js", &[("if-none-match", tag)]).await;
    assert_eq!(status, StatusCode::NOT_MODIFIED);
    assert!(body.is_empty());
}

#[tokio::test]
async fn the_files_at_the_root_name_this_build() {
    for path in ["/manifest.webmanifest", "/service-worker.js"] {
        let (_, _, body) = ask(path, &[]).await;
        let text = String::from_utf8(body).unwrap();
        assert!(
            text.contains(build()) && !text.contains("@BUILD@"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    for path in ["none.css", "../Cargo.toml", "%2e%2e/Cargo.toml"] {
        let (status, ..) = ask(&format!("{}/{path}", root()), &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn vendored_files_are_those_of_the_lock() {
    let lock: toml::Table =
        toml::from_str(include_str!("../../static/vendor/vendor.lock")).unwrap();
    let mut listed = Vec::new();
    for package in lock["package"].as_array().unwrap() {
        for key in ["name", "version", "licence", "source"] {
            assert!(package[key].is_str(), "{key}");
        }
        for (path, hash) in package["files"].as_table().unwrap() {
            let bytes = ASSETS
                .get(path.as_str())
                .unwrap_or_else(|| panic!("{path}"))
                .bytes;
            let found = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
            assert_eq!(hash.as_str(), Some(found.as_str()), "{path}");
            listed.push(path.clone());
        }
    }
    for path in ASSETS
        .keys()
        .filter(|path| path.starts_with("vendor/") || path.starts_with("fonts/"))
    {
        assert!(
            *path == "vendor/vendor.lock" || listed.iter().any(|one| one == path),
            "{path} is not in the lock"
        );
    }
}

#[test]
fn what_was_packed_beforehand_is_the_file_beside_it() {
    let packed = ASSETS.keys().filter(|path| path.ends_with(".br"));
    let mut found = 0;
    for path in packed {
        let mut whole = Vec::new();
        brotli::Decompressor::new(ASSETS[path].bytes, 4096)
            .read_to_end(&mut whole)
            .unwrap();
        let of = &ASSETS[path.strip_suffix(".br").unwrap()];
        assert!(whole == of.bytes, "{path}");
        assert_eq!(of.brotli.get().unwrap().len(), ASSETS[path].bytes.len());
        found += 1;
    }
    assert_eq!(found, 1);
}

#[test]
fn the_stylesheet_is_whole() {
    let sheet = String::from_utf8_lossy(ASSETS[SHEET].bytes);
    assert!(!sheet.contains("@import"));
    for path in ASSETS
        .keys()
        .filter(|path| path.ends_with(".css") && **path != SHEET)
    {
        assert!(
            sheet.contains(&*String::from_utf8_lossy(ASSETS[path].bytes)),
            "{path}"
        );
    }
    assert_eq!(sheet.matches('{').count(), sheet.matches('}').count());
}
