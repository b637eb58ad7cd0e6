//! Clerks of offices, and a browser of each: what the figures of this folder are asked through.

use crate::load_client::Client;
use anyhow::{Context, Result, ensure};
use domain::role::OfficerRole;
use domain::unit::UnitPath;
use std::fmt::Write as _;
use std::net::SocketAddr;
use store::planting::PlantedOfficer;
use store::sessions::SessionOf;
use vaora::app::AppState;
use vaora::percent;
use vaora::web::signed_in;

/// Plants a commune's clerk with a session; its cookie.
pub(super) async fn plant(app: &AppState, login: &str, unit: UnitPath) -> Result<String> {
    let officer = PlantedOfficer {
        login: login.to_owned(),
        name: "Nguyễn Thị Mẫu".to_owned(),
        role: OfficerRole::CommuneOfficer,
        unit,
        password_hash: "none".to_owned(),
        totp: b"12345678901234567890".to_vec(),
    };
    let token = signed_in::new_token();
    let mut tx = app.store.write().await?;
    tx.plant_officers(&[officer], app.now()).await?;
    let known = tx.officer_credentials(login).await?;
    let known = known.context("the officer that was planted")?;
    tx.begin_session(&token, SessionOf::Officer(known.id), app.now())
        .await?;
    tx.commit().await?;
    Ok(format!("{}={token}", app.cookie_name()))
}

/// A clerk's browser: one kept connection.
pub(super) struct Clerk {
    client: Client,
    cookie: String,
}

impl Clerk {
    pub(super) async fn new(server: SocketAddr, cookie: &str) -> Result<Self> {
        Ok(Self {
            client: Client::connect(server).await?,
            cookie: cookie.to_owned(),
        })
    }

    /// Sends a form; where its answer leads.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String> {
        let mut body = String::new();
        for (name, value) in fields {
            let and = if body.is_empty() { "" } else { "&" };
            write!(body, "{and}{name}={}", percent::part(value))?;
        }
        let kind = "application/x-www-form-urlencoded";
        self.led(path, kind, body.as_bytes()).await
    }

    /// Sends a file as the field `file` of a form; where its answer leads.
    pub(super) async fn upload(&mut self, path: &str, name: &str, file: &[u8]) -> Result<String> {
        const BOUNDARY: &str = "----------------------------vaora";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), file, tail.as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.led(path, &kind, &body).await
    }

    /// Gets a page or a file.
    pub(super) async fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        let cookie = &self.cookie;
        let head = format!("GET {path} HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\n\r\n");
        Ok(self.client.ask(head.as_bytes()).await?.to_vec())
    }

    async fn led(&mut self, path: &str, kind: &str, body: &[u8]) -> Result<String> {
        let (cookie, length) = (&self.cookie, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\naccept: text/html\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        let request = [head.as_bytes(), body].concat();
        let (status, location) = self.client.led(&request).await?;
        ensure!(status == 303, "{path} answered {status}: {location}");
        Ok(location)
    }
}
