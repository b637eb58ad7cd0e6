//! A browser of its own for each person in a journey.

use crate::camera::Camera;
use crate::{tools, wait, wire};
use anyhow::Context;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 360 x 740, as on the phones that many people have.
    Phone,
    /// 320 x 640: the narrowest that is promised.
    Narrow,
    /// 640 x 360, as a phone lying down.
    Lying,
    /// 768 x 1024, as a tablet on a stand.
    Tablet,
    /// 1366 x 900, as on a desk.
    Desk,
}

impl Screen {
    const fn metrics(self) -> (u32, u32, u32, bool) {
        match self {
            Self::Phone => (360, 740, 2, true),
            Self::Narrow => (320, 640, 2, true),
            Self::Lying => (640, 360, 2, true),
            Self::Tablet => (768, 1024, 1, true),
            Self::Desk => (1366, 900, 1, false),
        }
    }

    /// A word for names of files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "360",
            Self::Narrow => "320",
            Self::Lying => "640",
            Self::Tablet => "768",
            Self::Desk => "1366",
        }
    }
}

/// A browser with a camera, driven from here.
#[derive(Debug)]
pub struct Browser {
    /// The driver's client.
    pub client: Client,
    /// What its camera films.
    pub camera: Camera,
    /// The address that paths belong to.
    pub base: String,
    session: String,
    driver: Driver,
    done: bool,
    folder: Arc<tempfile::TempDir>,
}

/// The program that drives it. Ended with what it started.
#[derive(Debug)]
struct Driver {
    child: Child,
    port: u16,
}

impl Browser {
    /// Opens a browser with no history. It speaks Vietnamese, as most people do.
    pub async fn open(base: &str, screen: Screen) -> anyhow::Result<Self> {
        Self::open_in(Arc::new(tempfile::tempdir()?), base, screen).await
    }

    /// Ends it as a phone does whose battery is empty, and opens it again with all that it had kept.
    pub async fn die_and_open(mut self, screen: Screen) -> anyhow::Result<Self> {
        self.done = true;
        // It cannot answer this.
        let _ = self.develop("Browser.crash", &json!({}));
        let (folder, base) = (Arc::clone(&self.folder), self.base.clone());
        drop(self);
        Self::open_in(folder, &base, screen).await
    }

    async fn open_in(
        folder: Arc<tempfile::TempDir>,
        base: &str,
        screen: Screen,
    ) -> anyhow::Result<Self> {
        let camera = Camera::new(folder.path())?;
        let driver = Driver::start()?;
        let wishes = wishes(camera.file(), folder.path());
        let wishes = wishes.as_object().context("wishes are an object")?.clone();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wishes)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await?;
        let session = client.session_id().await?.context("a session has an id")?;
        let base = base.to_owned();
        let browser = Self {
            client,
            camera,
            base,
            session,
            driver,
            done: false,
            folder,
        };
        browser.resize(screen)?;
        Ok(browser)
    }

    /// Gives it another screen.
    pub fn resize(&self, screen: Screen) -> anyhow::Result<()> {
        let (width, height, scale, mobile) = screen.metrics();
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile});
        self.develop("Emulation.setDeviceMetricsOverride", &size)?;
        Ok(())
    }

    /// A command of the browser's own protocol.
    pub fn develop(&self, command: &str, parameters: &Value) -> anyhow::Result<Value> {
        let body = json!({"cmd": command, "params": parameters});
        self.ask("POST", "goog/cdp/execute", Some(&body))
    }

    /// What its console complained of since this was asked last.
    pub fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let lines = self.ask("POST", "se/log", Some(&json!({"type": "browser"})))?;
        let lines = lines.as_array().cloned().unwrap_or_default();
        let bad = lines
            .iter()
            .filter(|line| line["level"] == "SEVERE" || line["level"] == "WARNING");
        Ok(bad
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned())
            .collect())
    }

    /// Keeps what is seen now in `target/e2e-shots`, so that people can look at it. Only when `E2E_SHOTS` is set: each takes
    /// longer than looking for a fault.
    pub async fn shot(&self, name: &str) -> anyhow::Result<()> {
        if std::env::var_os("E2E_SHOTS").is_none() {
            return Ok(());
        }
        let folder = tools::target().join("e2e-shots");
        std::fs::create_dir_all(&folder)?;
        let picture = self.client.screenshot().await?;
        Ok(std::fs::write(folder.join(format!("{name}.png")), picture)?)
    }

    /// Ends it. One that is dropped before leaves a picture of where things went wrong.
    pub fn close(mut self) {
        self.done = true;
    }

    /// A request to the driver, about this session.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        wire::ask(
            self.driver.port,
            method,
            &format!("/session/{}/{path}", self.session),
            body,
        )
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.done {
            self.leave_evidence();
        }
        // Ends the browser itself; the driver is ended after it.
        let _ = wire::ask(
            self.driver.port,
            "DELETE",
            &format!("/session/{}", self.session),
            None,
        );
    }
}

impl Browser {
    fn leave_evidence(&self) {
        let folder = tools::target().join("e2e-shots");
        let _ = std::fs::create_dir_all(&folder);
        let thread = std::thread::current();
        let name = format!(
            "failed-{}-{}",
            thread.name().unwrap_or("test").replace("::", "-"),
            self.driver.port
        );
        if let Ok(Value::String(text)) = self.ask("GET", "screenshot", None)
            && let Ok(picture) = data_encoding::BASE64.decode(text.as_bytes())
        {
            let _ = std::fs::write(folder.join(format!("{name}.png")), picture);
        }
        if let Ok(Value::String(source)) = self.ask("GET", "source", None) {
            let _ = std::fs::write(folder.join(format!("{name}.html")), source);
        }
        if let (Ok(address), Ok(complaints)) = (self.ask("GET", "url", None), self.complaints()) {
            eprintln!("{name}: at {address}, complaints: {complaints:#?}");
        }
    }
}

impl Driver {
    fn start() -> anyhow::Result<Self> {
        let port = wire::free_port()?;
        let mut command = Command::new("chromedriver");
        command
            .arg(format!("--port={port}"))
            .arg("--log-level=SEVERE");
        // A phone shows its own time of day.
        command.env("TZ", "Asia/Ho_Chi_Minh");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let missing =
            "chromedriver does not start: run ./check, or apt-get install chromium-driver";
        let child = command.spawn().context(missing)?;
        let driver = Self { child, port };
        wait("the driver", || wire::listens(port).then_some(()))?;
        Ok(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wishes(film: &Path, profile: &Path) -> Value {
    let film = format!("--use-file-for-fake-video-capture={}", film.display());
    let profile = format!("--user-data-dir={}", profile.join("profile").display());
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "binary": "/usr/bin/chromium",
            "prefs": {"intl.accept_languages": "vi"},
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                "--lang=vi", film, profile
            ]
        }
    })
}
