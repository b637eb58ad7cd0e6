//! `vaora serve`.

use super::given::Given;
use super::words::{both, faultless, told};
use super::{config, runtime};
use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::config::{Config, Options, OtpGateway};
use crate::demo::{self, Demo};
use crate::gateway::{Console, Gateway, Inbox, Templated};
use crate::jobs::Jobs;
use crate::server::{self, Door, Limits};
use crate::signer::child::SignerChild;
use crate::web::locale::Locale;
use crate::web::routes;
use crate::{admin_units, folder, logs, tls};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// Serves until told to stop.
pub(super) fn run(options: &Options, given: &Given) -> anyhow::Result<()> {
    let config = match options.validate() {
        Ok(config) if given.file.faults.is_empty() => config,
        found => {
            let own = found.err().unwrap_or_default().into_iter();
            let own = own.map(|fault| given.placed(fault));
            let faults: Vec<_> = given.file.faults.iter().cloned().chain(own).collect();
            return faultless(&faults);
        }
    };
    logs::start(options.log == "json", &options.log_level);
    for name in config::unknown_variables() {
        tracing::warn!(name, "a variable that is no setting");
    }
    runtime()?.block_on(serve(config, options))
}

async fn serve(mut config: Config, options: &Options) -> anyhow::Result<()> {
    // From here on a signal ends in order, whenever it comes.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = bind(config.listen, "--listen").await?;
    config.listen = listener.local_addr()?;
    let listen = config.listen;
    let plain = match config.http_listen {
        Some(address) => Some(bind(address, "--http-listen").await?),
        None => None,
    };
    folder::make(&config.data)?;
    let _served = folder::lock(config.sqlite_file().as_deref())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    tokio::pin!(stop);
    let (app, demo, child) = tokio::select! {
        opened = open(config, options) => opened?,
        () = &mut stop => return Ok(()),
    };
    greet(&app, demo.as_ref()).await?;
    if app.tls.is_some() {
        tokio::spawn(heed_hangups(
            Arc::clone(&app),
            signal(SignalKind::hangup())?,
        ));
    }
    if let Some(plain) = &plain {
        println!("Plain: http://{}", plain.local_addr()?);
    }
    let scheme = if app.tls.is_some() { "https" } else { "http" };
    println!("Ready: {scheme}://{listen}");
    let served = run_until(stop, listener, plain, app).await;
    if let Some(child) = child {
        child.stop().await;
    }
    served
}

async fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| {
        told(
            "cli.listen",
            &[("address", &address), ("error", &error), ("flag", &flag)],
        )
    })
}

/// Reads the certificate anew whenever the program is told to (SIGHUP).
async fn heed_hangups(app: AppState, mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        if let Some(tls) = &app.tls {
            tls.look_again(app.now());
        }
    }
}

/// What leads to HTTPS needs little.
const PLAIN: Limits = Limits {
    connections: 1_000,
    per_address: 64,
    head: Duration::from_secs(10),
    drain: Duration::from_secs(2),
    handshake: Duration::ZERO,
    handshakes: 0,
};

/// Serves until told to stop, or until recording ends by itself or the disk loses a commit: a server
/// that records nothing would turn everybody away, so it ends with an error and whoever watches
/// over it starts another.
async fn run_until(
    stop: impl Future<Output = ()>,
    listener: TcpListener,
    plain: Option<TcpListener>,
    app: AppState,
) -> anyhow::Result<()> {
    let jobs = Jobs::start(&app);
    let router = routes::router(Arc::clone(&app));
    let end = async {
        tokio::select! {
            () = stop => {}
            () = app.admissions.ended() => {}
            () = app.store.lost() => {}
        }
    };
    let door = Door::new(listener, app.tls.as_ref().map(tls::Shown::acceptor));
    let (ended, ending) = oneshot::channel::<()>();
    let beside = plain.map(|listener| {
        let end = async {
            let _ = ending.await;
        };
        tokio::spawn(server::serve(
            listener,
            routes::plain(Arc::clone(&app)),
            PLAIN,
            end,
        ))
    });
    server::serve(door, router, Limits::default(), end).await;
    drop(ended);
    if let Some(beside) = beside {
        let _ = beside.await;
    }
    jobs.stop().await;
    let checkpoint = app.store.checkpoint().await;
    app.store.close().await;
    if app.admissions.has_ended() || app.store.has_lost() {
        return Err(told("cli.not_recording", &[]));
    }
    Ok(checkpoint?)
}

/// What a folder is served as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// For real people.
    Real,
    /// As a demonstration that is filled first.
    FillDemo,
    /// As the demonstration that it is.
    ServeDemo,
    /// Not at all, for the reason under this key.
    Refused(&'static str),
}

/// What a folder is served as: whether a demonstration is asked for, whether the folder or its
/// database says that it is one, and whether it was filled to the end.
fn opening(asked: bool, demo: bool, filled: bool) -> Opening {
    match (asked, demo, filled) {
        (false, false, _) => Opening::Real,
        (true, false, _) => Opening::Refused("cli.no_demo"),
        (_, true, true) => Opening::ServeDemo,
        (true, true, false) => Opening::FillDemo,
        (false, true, false) => Opening::Refused("cli.demo_unfinished"),
    }
}

async fn open(
    mut config: Config,
    options: &Options,
) -> anyhow::Result<(AppState, Option<Demo>, Option<SignerChild>)> {
    let fresh_demo = options.demo;
    if fresh_demo {
        demo::begin(&config)?;
    }
    let store = Store::open(&config.store()).await?;
    let mut tx = store.read().await?;
    let made_up = tx.is_demonstration().await?;
    let filled = made_up && !tx.set_up_wanted().await?;
    let real = !made_up && !tx.is_vacant().await?;
    let places = tx.card_places().await?;
    drop(tx);
    let mark = demo::mark(&config.data);
    config.demo = made_up || mark.is_some();
    if let Some(file) = mark.filter(|_| real) {
        return Err(told("cli.demo_file", &[("file", &file.display())]));
    }
    let opening = opening(fresh_demo, config.demo, filled);
    if let Opening::Refused(key) = opening {
        return Err(told(key, &[("data", &config.data.display())]));
    }
    faultless(&config.demonstration_faults())?;
    let gateway = gateway(&config);
    let child = match &config.signer {
        Some(_) => None,
        None => {
            let log = (options.log.as_str(), options.log_level.as_str());
            Some(SignerChild::start(&config, log, places).await?)
        }
    };
    if let Some(child) = &child {
        config.signer = Some(child.socket().to_owned());
    }
    let app = App::over(store, config, Clock::System, gateway).await?;
    if admin_units::ensure(&app.store, app.now()).await? {
        app.reload_units().await?;
    }
    let (data, url) = (&app.config.data, app.config.base_url());
    let demo = match opening {
        Opening::FillDemo => Some(demo::fill(&app, demo::Size::TOWN).await?),
        // A copy has no file, nor has a folder whose file was deleted.
        Opening::ServeDemo => match demo::read(data)? {
            Some(demo) => Some(demo::move_to(data, demo, &url)?),
            None => None,
        },
        Opening::Real | Opening::Refused(_) => None,
    };
    Ok((app, demo, child))
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
    let say = |key: &str, value: &str| println!("{}", both(key, &[("url", &value)]));
    if app.demo() {
        say("cli.demo", "");
        say("cli.open", &url);
        say("cli.inbox", &format!("{url}/demo/otp-inbox"));
        match demo {
            Some(demo) => introduce(demo),
            None => say("cli.be_as_before", ""),
        }
        return Ok(());
    }
    if let Some(authority) = app.tls.as_ref().and_then(tls::Shown::authority) {
        println!(
            "{}\n{}",
            both("cli.tls_fingerprint", &[]),
            authority.fingerprint
        );
    }
    match crate::set_up::link(app).await? {
        Some(link) => say("cli.set_up", &link),
        None => say("cli.open", &url),
    }
    if app.config.otp == OtpGateway::Console {
        say("cli.console", "");
    }
    Ok(())
}

/// The accounts of a demonstration: role, login, and what to sign in with.
fn introduce(demo: &Demo) {
    println!("{}", both("cli.be", &[]));
    for account in &demo.accounts {
        let role = Locale::Vi.text(&format!("role.{}", account.role));
        let password = account.password.as_deref().unwrap_or("OTP");
        let totp = account.totp_secret.as_deref();
        let totp = totp
            .map(|secret| format!("  TOTP {secret}"))
            .unwrap_or_default();
        println!(
            "  {role:<20} {:<18} {:<18} {password}{totp}",
            account.role, account.login
        );
    }
    println!("{}", both("cli.totp", &[]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use store::admissions::Admissions;

    async fn app(folder: &std::path::Path) -> (App, TcpListener) {
        let config = Config::new(folder);
        let app = App::open(config, Clock::System, Arc::new(Inbox::default())).await;
        let app = Arc::into_inner(app.unwrap()).unwrap();
        (app, TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    #[test]
    fn real_data_and_demonstrations_are_never_mixed() {
        let no_demo = Opening::Refused("cli.no_demo");
        let unfinished = Opening::Refused("cli.demo_unfinished");
        let table = [
            // asked, a demonstration, filled
            ((false, false, false), Opening::Real),
            ((true, false, false), no_demo),
            ((false, true, false), unfinished),
            ((true, true, false), Opening::FillDemo),
            ((false, true, true), Opening::ServeDemo),
            ((true, true, true), Opening::ServeDemo),
        ];
        for ((asked, demo, filled), expected) in table {
            let found = opening(asked, demo, filled);
            assert_eq!(found, expected, "{asked}, {demo}, {filled}");
        }
    }

    #[tokio::test]
    async fn a_server_that_can_no_longer_record_ends_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (mut app, listener) = app(folder.path()).await;
        app.admissions = Admissions::broken();
        let ended = run_until(pending(), listener, None, Arc::new(app));
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
        let error = ended.expect("it ends by itself").unwrap_err();
        assert!(error.to_string().contains("recorded"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_is_told_to_stop_ends_well() {
        let folder = tempfile::tempdir().unwrap();
        let (app, listener) = app(folder.path()).await;
        run_until(async {}, listener, None, Arc::new(app))
            .await
            .unwrap();
    }
}
