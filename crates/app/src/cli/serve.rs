//! `vaora serve`.

use super::{config, runtime};
use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::config::{Config, Options, OtpGateway};
use crate::demo::{self, Demo};
use crate::gateway::{Console, Gateway, Inbox, Templated};
use crate::jobs::Jobs;
use crate::server::{self, Limits};
use crate::web::locale::Locale;
use crate::web::routes;
use crate::{admin_units, logs};
use anyhow::{Context as _, bail};
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until told to stop.
pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let config = options.validate().map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("these settings cannot be used:\n{}", lines.join("\n"))
    })?;
    logs::start(options.log == "json", &options.log_level);
    for name in config::unknown_variables() {
        tracing::warn!(name, "a variable that is no setting");
    }
    let fresh_demo = options.demo;
    runtime()?.block_on(serve(config, fresh_demo))
}

async fn serve(mut config: Config, fresh_demo: bool) -> anyhow::Result<()> {
    // From here on a signal ends in order, whenever it comes.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.listen))?;
    config.listen = listener.local_addr()?;
    let listen = config.listen;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    tokio::pin!(stop);
    let (app, demo) = tokio::select! {
        opened = open(config, fresh_demo) => opened?,
        () = &mut stop => return Ok(()),
    };
    greet(&app, demo.as_ref()).await?;
    println!("Ready: http://{listen}");
    run_until(stop, listener, app).await
}

/// Serves until told to stop, or until recording ends by itself: a server that records nothing
/// would turn everybody away, so it ends with an error and whoever watches over it starts another.
async fn run_until(
    stop: impl Future<Output = ()>,
    listener: TcpListener,
    app: AppState,
) -> anyhow::Result<()> {
    let jobs = Jobs::start(&app);
    let router = routes::router(Arc::clone(&app));
    let end = async {
        tokio::select! {
            () = stop => {}
            () = app.admissions.ended() => {}
        }
    };
    server::serve(listener, router, Limits::default(), end).await;
    jobs.stop().await;
    let checkpoint = app.store.checkpoint().await;
    app.store.close().await;
    if app.admissions.has_ended() {
        bail!("scans are no longer recorded, after a fault; the log says which. Start vaora again");
    }
    Ok(checkpoint?)
}

async fn open(config: Config, fresh_demo: bool) -> anyhow::Result<(AppState, Option<Demo>)> {
    if fresh_demo {
        demo::begin(&config)?;
    } else if config.demo && demo::read(&config.data)?.is_none() {
        bail!(
            "the demonstration in this folder was not finished; run `vaora serve --demo` once more"
        );
    }
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    let gateway = gateway(&config);
    let app = App::open(config, Clock::System, gateway).await?;
    if admin_units::ensure(&app.store, app.now()).await? {
        app.reload_units().await?;
    }
    if !app.demo() {
        return Ok((app, None));
    }
    let demo = match demo::read(&app.config.data)? {
        Some(demo) => demo::move_to(&app.config.data, demo, &app.config.base_url())?,
        None => demo::fill(&app, demo::Size::TOWN).await?,
    };
    Ok((app, Some(demo)))
}

fn gateway(config: &Config) -> Arc<dyn Gateway> {
    match config.otp.clone() {
        _ if config.demo => Arc::new(Inbox::default()),
        OtpGateway::Console => Arc::new(Console),
        OtpGateway::Http {
            url,
            body,
            authorization,
        } => Arc::new(Templated::new(url, body, authorization)),
    }
}

/// Says what to open and who to be, in both languages.
async fn greet(app: &AppState, demo: Option<&Demo>) -> anyhow::Result<()> {
    let url = app.config.base_url();
    let say = |key: &str, value: &str| {
        for locale in Locale::ALL {
            println!("{}", locale.fill(key, &[("url", value)]));
        }
    };
    let Some(demo) = demo else {
        match crate::set_up::link(app).await? {
            Some(link) => say("cli.set_up", &link),
            None => say("cli.open", &url),
        }
        if app.config.otp == OtpGateway::Console {
            say("cli.console", "");
        }
        return Ok(());
    };
    say("cli.demo", "");
    say("cli.open", &url);
    say("cli.inbox", &demo.otp_inbox_url);
    say("cli.be", "");
    for account in &demo.accounts {
        let password = account.password.as_deref().unwrap_or("OTP");
        let totp = account.totp_secret.as_deref();
        let totp = totp
            .map(|secret| format!("  TOTP {secret}"))
            .unwrap_or_default();
        println!(
            "  {:<18} {:<24} {password}{totp}",
            account.role, account.login
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::time::Duration;
    use store::admissions::Admissions;

    async fn app(folder: &std::path::Path) -> (App, TcpListener) {
        let config = Config::new(folder);
        let app = App::open(config, Clock::System, Arc::new(Inbox::default())).await;
        let app = Arc::into_inner(app.unwrap()).unwrap();
        (app, TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    #[tokio::test]
    async fn a_server_that_can_no_longer_record_ends_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (mut app, listener) = app(folder.path()).await;
        app.admissions = Admissions::broken();
        let ended = run_until(pending(), listener, Arc::new(app));
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
        let error = ended.expect("it ends by itself").unwrap_err();
        assert!(error.to_string().contains("recorded"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_is_told_to_stop_ends_well() {
        let folder = tempfile::tempdir().unwrap();
        let (app, listener) = app(folder.path()).await;
        run_until(async {}, listener, Arc::new(app)).await.unwrap();
    }
}
