use super::*;
use clap::{FromArgMatches, Parser};

#[derive(Parser)]
struct Given {
    #[command(flatten)]
    options: Options,
}

fn given(arguments: &[&str]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").display().to_string();
    let all = ["vaora", "--data", &data]
        .into_iter()
        .chain(arguments.iter().copied());
    let matches = <Given as clap::CommandFactory>::command().get_matches_from(all);
    let given = Given::from_arg_matches(&matches).expect("read");
    given
        .options
        .validate()
        .map_err(|faults| faults.into_iter().map(|fault| fault.to_string()).collect())
}

fn refused(arguments: &[&str], setting: &str) {
    let faults = given(arguments).expect_err(setting);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with(setting), "{faults:?}");
}

#[test]
fn the_defaults_hold() {
    let config = given(&[]).expect("no fault");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        (config.scan_days, config.declaration_days),
        (DEFAULT_SCAN_DAYS, DEFAULT_DECLARATION_DAYS)
    );
    assert!(!config.demo);
    assert_eq!(config.otp, OtpGateway::Console);
}

#[test]
fn every_fault_is_named_at_once() {
    let faults = given(&[
        "--listen",
        "here",
        "--database",
        "mysql://x",
        "--public-url",
        "http://vaora.example/app",
        "--scan-days",
        "0",
        "--declaration-days",
        "91",
        "--otp-gateway",
        "pigeon",
        "--log",
        "xml",
        "--log-level",
        "loud",
    ])
    .expect_err("faults");
    for flag in [
        "--listen",
        "--database",
        "--public-url",
        "--scan-days",
        "--declaration-days",
        "--otp-gateway",
        "--log",
        "--log-level",
    ] {
        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with(&format!("{flag}:"))),
            "{flag}: {faults:?}"
        );
    }
}

#[test]
fn what_is_unsafe_is_refused() {
    for days in ["0", "91", "-1", "many", "70000"] {
        refused(&["--scan-days", days], "--scan-days");
    }
    refused(&["--demo", "--listen", "0.0.0.0:8080"], "--listen");
    refused(
        &["--demo", "--public-url", "https://vaora.example"],
        "--public-url",
    );
    refused(
        &[
            "--otp-gateway",
            "http:http://sms.example/?to={to}&text={text}",
        ],
        "--otp-gateway",
    );
    refused(
        &["--otp-gateway", "http:https://sms.example/?to={to}"],
        "--otp-gateway",
    );
    refused(&["--otp-body", "{to}"], "--otp-gateway");
    let service = ["--otp-gateway", "http:https://sms.example/{to}"];
    refused(
        &[&service[..], &["--otp-body", "{\"a{text}\""]].concat(),
        "--otp-body",
    );
}

#[test]
fn a_public_address_is_a_site_and_nothing_more() {
    for url in [
        "http://vaora.example",
        "https://vaora.example/app",
        "https://vaora.example?x",
        "https://vaora.example#x",
        "vaora.example",
        "ftp://vaora.example",
        "https://",
        "https://a:b@vaora.example",
        "https://vaora.example:http",
        "",
    ] {
        refused(&["--public-url", url], "--public-url");
    }
    for url in [
        "https://vaora.example",
        "https://vaora.example:8443/",
        "http://localhost:8080",
        "http://[::1]:80",
    ] {
        let config = given(&["--public-url", url]).expect(url);
        assert!(!config.base_url().ends_with('/'));
    }
}

#[test]
fn a_gateway_is_written_in_either_way() {
    for url in [
        "http:https://sms.example/send?to={to}&text={text}",
        "https://sms.example/send?to={to}&text={text}",
    ] {
        let OtpGateway::Http { url, .. } = given(&["--otp-gateway", url]).expect("valid").otp
        else {
            panic!("{url}")
        };
        assert_eq!(url, "https://sms.example/send?to={to}&text={text}");
    }
    let body = r#"{"to":"{to}","text":"{text}"}"#;
    given(&[
        "--otp-gateway",
        "http:http://127.0.0.1:9000/sms",
        "--otp-body",
        body,
    ])
    .expect("loopback may be plain");
}

#[test]
fn the_file_of_a_database_is_the_one_that_is_opened() {
    for folder in ["data", "một thư mục", "50%25 off?", "a#b"] {
        let config = Config::new(folder);
        let file = Path::new(folder).join("vaora.sqlite");
        assert_eq!(config.sqlite_file(), Some(file));
    }
    for (database, file) in [
        (
            "sqlite:///srv/v%C3%A0o%20ra/a.sqlite?mode=rw",
            "/srv/vào ra/a.sqlite",
        ),
        ("sqlite:a.sqlite", "a.sqlite"),
    ] {
        let mut config = Config::new("data");
        config.database = Some(database.to_owned());
        assert_eq!(config.sqlite_file(), Some(PathBuf::from(file)));
    }
    let mut config = Config::new("data");
    config.database = Some("postgres://127.0.0.1/vaora".to_owned());
    assert_eq!(config.sqlite_file(), None);
}
