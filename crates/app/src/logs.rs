//! Logs: structured lines on standard error that hold no personal data.
//!
//! Lines name routes, counts and kinds of failure; never an address with its query, a name, a
//! number, a code or a token, at any level. Libraries are heard from `warn` on only, whatever
//! level is asked for, since they know nothing of this rule.

use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts writing lines of a level, as JSON or as text.
pub fn start(json: bool, level: &str) {
    let own = ["vaora", "store", "codes", "domain"].map(|name| format!("{name}={level}"));
    let filter = EnvFilter::new(format!("warn,{}", own.join(",")));
    let lines = tracing_subscriber::registry().with(filter);
    let started = if json {
        lines
            .with(
                layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr),
            )
            .try_init()
    } else {
        lines
            .with(
                layer()
                    .compact()
                    .with_ansi(false)
                    .with_writer(std::io::stderr),
            )
            .try_init()
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(panicked));
    }
}

/// Says where it panicked, and why only when the words were written by a programmer: what is put
/// together while running may hold anything.
fn panicked(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let why = info.payload().downcast_ref::<&'static str>();
    tracing::error!(place, why = why.copied().unwrap_or("-"), "panic");
}
