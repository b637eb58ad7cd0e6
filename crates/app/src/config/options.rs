//! Every setting as it is written: a flag or a variable, with its help.

use clap::Args;
use std::path::PathBuf;

/// Where things are kept.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// A file with settings, in TOML: each flag of `serve` is a key in it, without the dashes
    /// before it. A flag wins over a variable, a variable over the file.
    #[arg(long, env = "VAORA_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder: the database, the keys, and a demonstration's accounts (`demo.json`).
    #[arg(
        long,
        env = "VAORA_DATA",
        value_name = "DIR",
        default_value = "./vaora-data"
    )]
    pub data: PathBuf,
    /// The database: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Without it,
    /// `vaora.sqlite` in the data folder.
    #[arg(
        long,
        env = "VAORA_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// The key folder, which all servers on one PostgreSQL share. Without it, `keys` in the data
    /// folder.
    #[arg(long, env = "VAORA_KEYS", value_name = "DIR")]
    pub keys: Option<PathBuf>,
}

/// What a server is started with, as written.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where things are kept.
    #[command(flatten)]
    pub place: Place,
    /// The socket of `vaora signer`, which holds the issuing keys as another system user. Without it, the
    /// server starts a signer itself, which protects nothing: it reads the same key folder.
    #[arg(long, env = "VAORA_SIGNER", value_name = "SOCKET")]
    pub signer: Option<PathBuf>,
    /// The address and port to listen on.
    #[arg(
        long,
        env = "VAORA_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: String,
    /// The certificate chain in PEM, the server's own first: vaora then speaks HTTPS itself. It is
    /// read again when it changes, and at SIGHUP.
    #[arg(long, env = "VAORA_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key in PEM.
    #[arg(long, env = "VAORA_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Speak HTTPS with the certificate that `vaora tls make` made in the data folder: for a trial
    /// without internet.
    #[arg(long, env = "VAORA_TLS_SELF")]
    pub tls_self: bool,
    /// A second address and port, for plain HTTP: it leads to HTTPS and, when the certificate is
    /// self-made, serves the page `/trust`.
    #[arg(long, env = "VAORA_HTTP_LISTEN", value_name = "ADDR")]
    pub http_listen: Option<String>,
    /// The address people reach this installation at, such as `https://vaora.example`. Posters
    /// carry it; without it they print "THỬ" across. HTTPS, except on this machine.
    #[arg(long, env = "VAORA_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// For how many days scans are kept besides today: 1 to 90. Then their keys are destroyed.
    #[arg(
        long,
        env = "VAORA_SCAN_DAYS",
        value_name = "N",
        allow_negative_numbers = true,
        default_value = "21"
    )]
    pub scan_days: String,
    /// For how many days declarations are kept: 1 to 90.
    #[arg(
        long,
        env = "VAORA_DECLARATION_DAYS",
        value_name = "N",
        allow_negative_numbers = true,
        default_value = "30"
    )]
    pub declaration_days: String,
    /// What sends one-time codes: `console` writes them to standard output, `http:URL` hands them
    /// to a service. In the URL `{to}` stands for the number and `{text}` for the words.
    #[arg(
        long,
        env = "VAORA_OTP_GATEWAY",
        value_name = "GATEWAY",
        default_value = "console",
        hide_env_values = true
    )]
    pub otp_gateway: String,
    /// The body to post to the gateway, JSON or a form, with `{to}` and `{text}`. Without it the
    /// URL is fetched.
    #[arg(
        long,
        env = "VAORA_OTP_BODY",
        value_name = "TEMPLATE",
        hide_env_values = true
    )]
    pub otp_body: Option<String>,
    /// The `Authorization` header for the gateway.
    #[arg(
        long,
        env = "VAORA_OTP_AUTHORIZATION",
        value_name = "VALUE",
        hide_env_values = true
    )]
    pub otp_authorization: Option<String>,
    /// How log lines are written to standard error: `text` or `json`.
    #[arg(long, env = "VAORA_LOG", value_name = "FORMAT", default_value = "text")]
    pub log: String,
    /// What is logged: `error`, `warn`, `info`, `debug` (a line a request) or `trace`. No level
    /// logs personal data.
    #[arg(
        long,
        env = "VAORA_LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub log_level: String,
    /// Fill an empty data folder with a made-up Huế to try things in. Such a folder is served to
    /// this machine only, with a banner, for good.
    #[arg(long, env = "VAORA_DEMO")]
    pub demo: bool,
}
