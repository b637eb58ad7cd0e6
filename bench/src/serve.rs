//! Servers as child processes: vaora itself, a bare route, and the plain way of deciding.

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::ids::ScanId;
use domain::scan::{Asked, Scan, Way};
use serde_json::{Value, json};
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use store::admissions::plain_admit;
use tokio::net::TcpListener;
use vaora::app::{App, AppState};
use vaora::clock::Clock;
use vaora::config::Config;
use vaora::gates::Bearer;
use vaora::gateway::Inbox;
use vaora::server::{self, Limits};
use vaora::web::routes;

/// What a server is started with.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The data folder.
    folder: PathBuf,
    /// Milliseconds added to every commit.
    #[arg(long, default_value_t = 0)]
    commit_delay: u64,
    /// One transaction a request, instead of admissions.
    #[arg(long)]
    plain: bool,
}

/// Serves a data folder until it is killed.
pub(crate) async fn serve(options: Options) -> Result<()> {
    let config = Config::new(&options.folder);
    let delay = Duration::from_millis(options.commit_delay);
    let store = Store::open(&config.store()).await?.with_commit_delay(delay);
    let app = App::over(store, config, Clock::System, Arc::new(Inbox::default())).await?;
    if options.plain {
        let router = Router::new().route("/api/v1/scans", post(plain));
        listen(router.with_state(app)).await
    } else {
        accept(app).await
    }
}

/// Serves one bare route.
pub(crate) async fn bare() -> Result<()> {
    listen(Router::new().route("/healthz", get(async || "ok"))).await
}

async fn listen(router: Router) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// The same loop that `vaora serve` accepts connections with.
async fn accept(app: AppState) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let router = routes::router(Arc::clone(&app));
    server::serve(listener, router, Limits::default(), pending()).await;
    Ok(())
}

/// The plain way: read the code, then facts, decision, rows and commit of its own.
async fn plain(State(app): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    match plainly(&app, &headers, &body).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn plainly(app: &AppState, headers: &HeaderMap, body: &[u8]) -> Result<Value> {
    let token = headers.get("authorization").context("no token")?.to_str()?;
    let token = token.strip_prefix("Bearer ").context("no bearer")?;
    let Some(Bearer::Gate(gate)) = app.gates.by_token(app, token).await? else {
        bail!("no gate");
    };
    let body: Value = serde_json::from_slice(body)?;
    let line = &body["scans"][0];
    let text = |name: &str| line[name].as_str().context("a field is missing");
    let code = text("code")?;
    let scan = Scan {
        id: ScanId::parse(text("id")?).context("no id")?,
        venue: gate.venue(),
        checkpoint: Some(gate.checkpoint),
        device: gate.device,
        presented: app
            .codes
            .present_all(&[code], &app.signer.keyring())
            .pop()
            .context("no answer")?,
        asked: Asked::parse(text("direction")?).context("no direction")?,
        way: Way::Device,
        companions: 0,
        shown: None,
        confirms: None,
        code: code.to_owned(),
        remarks: domain::scan::Remarks::default(),
    };
    let id = scan.id;
    let answer = plain_admit(&app.store, app.retention(), &gate.who, scan, app.now()).await?;
    let reasons: Vec<_> = answer
        .reasons
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    Ok(json!({"results": [{
        "id": id.to_string(), "at": id.at().rfc3339(), "decision": answer.decision.as_str(),
        "direction": answer.direction.as_str(), "duplicate": answer.duplicate, "reasons": reasons,
    }]}))
}
