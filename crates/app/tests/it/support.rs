//! A whole vaora in a temporary folder, asked through the front door.

pub(crate) mod enrolment;
pub(crate) mod scene;
pub(crate) mod served;
pub(crate) mod town;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Actor, Authorized, HolderScope, UseOwnData, authorize};
use domain::time::{Day, Timestamp};
use domain::unit::{Unit, UnitCode, UnitPath};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::holders::NewHolder;
use store::sessions::SessionOf;
use tempfile::TempDir;
use tower::ServiceExt as _;
use vaora::app::{App, AppState};
use vaora::clock::Clock;
use vaora::config::Config;
use vaora::gateway::{Gateway as _, Inbox};
use vaora::web::{routes, signed_in};

/// The nation, two provinces and their communes of 2025, as far as tests need them.
const UNITS: [(&str, &str, Option<&str>); 6] = [
    ("VN", "Việt Nam", None),
    ("01", "Thành phố Hà Nội", Some("VN")),
    ("46", "Thành phố Huế", Some("VN")),
    ("00004", "Phường Ba Đình", Some("01")),
    ("19753", "Phường Thuận Hóa", Some("46")),
    ("19774", "Phường Phú Xuân", Some("46")),
];

/// Saturday 21/11/2026, 07:42 in Việt Nam.
pub(crate) fn start() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-21T00:42:00Z").unwrap()
}

/// The fields of a form.
pub(crate) type Fields<'a> = &'a [(&'a str, &'a str)];

/// A running vaora; gone when the test ends.
pub(crate) struct TestApp {
    pub(crate) app: AppState,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) folder: TempDir,
    /// The other end of every connection.
    pub(crate) peer: SocketAddr,
    router: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// The body as text.
    pub(crate) body: String,
}

/// A person with a proven phone and a session.
pub(crate) struct TestHolder {
    pub(crate) id: HolderId,
    /// The value of a `Cookie` header.
    pub(crate) cookie: String,
}

impl TestApp {
    /// Over plain HTTP, not a demonstration, on SQLite.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::at(Clock::fixed(start()), change).await
    }

    /// With another clock and other settings.
    pub(crate) async fn at(clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        change(&mut config);
        let inbox = Arc::new(Inbox::default());
        let gateway = Arc::clone(&inbox);
        let app = App::open(config, clock, gateway).await.unwrap();
        let mut tx = app.store.write().await.unwrap();
        tx.add_units(&UNITS.map(|(code, name, parent)| unit(code, name, parent)))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.reload_units().await.unwrap();
        let router = routes::router(Arc::clone(&app));
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        Self {
            app,
            inbox,
            folder,
            peer,
            router,
        }
    }

    /// A code that says what the test likes, signed with the keys of this vaora.
    pub(crate) fn signed_at_will(&self, card: &codes::Card) -> String {
        let keys = self.app.store.keys().folder();
        let issuer = vaora::issuer::Issuer::open(keys, self.now()).unwrap();
        issuer.sign(card).unwrap()
    }

    /// Now, by this vaora's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// The path down to a unit.
    pub(crate) fn unit(&self, code: &str) -> UnitPath {
        let code = UnitCode::parse(code).unwrap();
        self.app.units().path(&code).unwrap()
    }

    /// Sends any request.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.to_vec(),
        }
    }

    /// A page, as a browser asks for it; `cookie` may be empty.
    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(page(Method::GET, path, cookie, Body::empty()))
            .await
    }

    /// A form, as a browser posts it; `cookie` may be empty.
    pub(crate) async fn post_form(&self, path: &str, fields: Fields<'_>, cookie: &str) -> Answer {
        let mut request = page(Method::POST, path, cookie, Body::from(encode(fields)));
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        self.send(request).await
    }

    /// JSON, as a program posts it; `token` may be empty.
    /// Sends a form with one file in it.
    pub(crate) async fn post_file(&self, path: &str, bytes: &[u8], cookie: &str) -> Answer {
        const EDGE: &str = "edge-of-a-part";
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a file\"";
        let mut body = format!("--{EDGE}\r\n{head}\r\n\r\n").into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={EDGE}");
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn post_json(&self, path: &str, json: &str, token: &str) -> Answer {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(json.to_owned())).unwrap())
            .await
    }

    /// A person with a proven phone, added straight to the store and signed in.
    pub(crate) async fn holder(&self, name: &str, phone: &str) -> TestHolder {
        let phone = Phone::parse(phone).unwrap();
        let details = HolderDetails {
            name: PersonName::parse(name).unwrap(),
            phone: Some(phone.e164()),
            id_number: None,
            birth: None,
            old_number: None,
            insurance: None,
            address: None,
            gender: None,
        };
        let mut tx = self.app.store.write().await.unwrap();
        let new = NewHolder {
            details: &details,
            phone: Some(&phone),
            browser: None,
            verified: true,
            unit: &UnitPath(Vec::new()),
        };
        let id = tx.add_holder(&new, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        let cookie = self.session(SessionOf::Holder(id)).await;
        TestHolder { id, cookie }
    }

    /// Begins a session and answers the value of its `Cookie` header.
    pub(crate) async fn session(&self, of: SessionOf) -> String {
        let token = signed_in::new_token();
        let mut tx = self.app.store.write().await.unwrap();
        tx.begin_session(&token, of, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        format!("{}={token}", self.app.cookie_name())
    }

    /// The six digits last sent to a number. Sending happens off the request path, so this waits
    /// until `count` messages have arrived there.
    pub(crate) async fn code_sent(&self, phone: &str, count: usize) -> String {
        let phone = Phone::parse(phone).unwrap();
        for _ in 0..400 {
            let sent = self.inbox.inbox(Some(&phone)).unwrap();
            if sent.len() >= count {
                let text = &sent.last().unwrap().text;
                let digits = text.chars().filter(char::is_ascii_digit);
                return digits.take(6).collect();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no message arrived");
    }

    /// A browser that keeps its cookies.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            app: self,
            cookies: BTreeMap::new(),
        }
    }
}

/// A browser: keeps cookies, follows nothing by itself.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    /// Opens a page.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.app.get(path, &self.cookie()).await;
        self.keep(answer)
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, path: &str, fields: Fields<'_>) -> Answer {
        let answer = self.app.post_form(path, fields, &self.cookie()).await;
        self.keep(answer)
    }

    /// Sends a form and opens the page it leads to.
    pub(crate) async fn follow(&mut self, path: &str, fields: Fields<'_>) -> Answer {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.get(&answer.location()).await
    }

    /// The value of the `Cookie` header.
    pub(crate) fn cookie(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

impl Answer {
    /// Where a redirect leads; empty when it is none.
    pub(crate) fn location(&self) -> String {
        self.header("location")
    }

    /// A header's value; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }

    /// The words a reader sees, without markup, spaces single.
    pub(crate) fn text(&self) -> String {
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body);
        let main = main.split("</main>").next().unwrap_or(main);
        let mut text = String::new();
        for piece in main.split('<') {
            text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
            text.push(' ');
        }
        let text = text.replace("&#39;", "'").replace("&#34;", "\"");
        let text = text
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#38;", "&");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

fn page(method: Method, path: &str, cookie: &str, body: Body) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "text/html,application/xhtml+xml");
    if !cookie.is_empty() {
        request = request.header(header::COOKIE, cookie);
    }
    request.body(body).unwrap()
}

fn encode(fields: Fields<'_>) -> String {
    let escape = |text: &str| -> String {
        let escaped = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => (byte as char).to_string(),
            other => format!("%{other:02X}"),
        });
        escaped.collect()
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn unit(code: &str, name: &str, parent: Option<&str>) -> Unit {
    Unit {
        code: UnitCode::parse(code).unwrap(),
        name: name.to_owned(),
        parent: parent.and_then(UnitCode::parse),
        valid_from: Day::parse("2025-07-01").unwrap(),
        valid_until: None,
    }
}

/// What a person may do with what is their own.
pub(crate) fn own(holder: HolderId) -> Authorized<UseOwnData, HolderScope> {
    let scope = HolderScope {
        holder,
        unit: UnitPath(Vec::new()),
    };
    authorize(&Actor::Holder(holder), scope).unwrap()
}

/// Has a folder look as if a newer program had written it.
pub(crate) async fn newer(folder: &std::path::Path) {
    let settings = Config::new(folder).store();
    let store = store::Store::open(&settings).await.unwrap();
    store.pretend_newer().await.unwrap();
    store.close().await;
}
