//! `vaora tls make`.

use super::words::{both, told};
use crate::clock::Clock;
use crate::tls::making::{Unmade, make as make_files};
use domain::time::Zone;
use std::path::Path;

/// Makes a certificate for names, and says what to do with it.
pub(super) fn make(data: &Path, names: &[String]) -> anyhow::Result<()> {
    let made = make_files(data, names, Clock::System.now()).map_err(|error| {
        match error.downcast_ref::<Unmade>() {
            Some(Unmade::Name(name)) => told("cli.tls_name", &[("name", name)]),
            Some(Unmade::Outside(name)) => told("cli.tls_outside", &[("name", name)]),
            Some(Unmade::Broken(folder)) => {
                told("cli.tls_broken", &[("folder", &folder.display())])
            }
            Some(Unmade::Over(folder)) => told("cli.tls_over", &[("folder", &folder.display())]),
            None => error,
        }
    })?;
    let day = Zone::VIETNAM.day(made.ends).written();
    let folder = made.folder.display();
    let all = names.join(", ");
    let said = [
        ("folder", &folder as &dyn std::fmt::Display),
        ("names", &all),
    ];
    println!(
        "{}",
        both("cli.tls_made", &[said[0], said[1], ("day", &day)])
    );
    println!("{}", both("cli.tls_fingerprint", &[]));
    println!("{}", made.fingerprint);
    println!("{}", both("cli.tls_next", &[]));
    let host = names.first().map_or("", String::as_str);
    let host = match host.contains(':') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    println!(
        "vaora serve --tls-self --listen 0.0.0.0:8443 --http-listen 0.0.0.0:8080 \
         --public-url https://{host}:8443 --data {}",
        data.display()
    );
    Ok(())
}
