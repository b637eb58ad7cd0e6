//! Officers' passwords: what is strong enough, and argon2id with bounded concurrency.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::holder::fold;
use rand::Rng as _;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The fewest characters of a password.
pub const SHORTEST: usize = 12;
/// The most characters of a password.
pub const LONGEST: usize = 200;

/// Hashes take 19 MiB each: so many at once, the rest wait.
static SLOTS: Semaphore = Semaphore::const_new(4);
const PATIENCE: Duration = Duration::from_secs(5);

/// What unknown logins are compared with, so that they take as long as known ones.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let salt: [u8; 16] = rand::random();
    digest(b"nobody's password", &salt).unwrap_or_default()
});

/// Why a password cannot be taken; its name is the key of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] characters.
    Long,
    /// Too few different characters, or a row of the keyboard.
    Plain,
    /// It holds the login.
    Login,
    /// It is built on a word that everyone tries first.
    Common,
}

impl Weakness {
    /// The key of the words that say what to do.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Short => "officers.password_short",
            Self::Long => "officers.password_long",
            Self::Plain => "officers.password_plain",
            Self::Login => "officers.password_login",
            Self::Common => "officers.password_common",
        }
    }
}

/// Too many sign in at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// Words and rows that guessing begins with, folded.
const COMMON: &[&str] = &[
    "password", "matkhau", "vaora", "admin", "qwerty", "asdfgh", "zxcvbn", "123456", "654321",
    "111111", "000000", "letmein", "welcome", "anhyeuem", "iloveyou", "vietnam", "xinchao",
];

/// Why a password is too weak for a login, if it is.
pub fn weakness(password: &str, login: &str) -> Option<Weakness> {
    let text = composed(password);
    let count = text.chars().count();
    let folded: String = fold(&text).chars().filter(|c| !c.is_whitespace()).collect();
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    // What is left when the words that everyone tries are taken out must still be a secret.
    let rest = COMMON
        .iter()
        .fold(folded.clone(), |rest, word| rest.replace(word, ""));
    let login = fold(login);
    match () {
        () if count < SHORTEST => Some(Weakness::Short),
        () if count > LONGEST => Some(Weakness::Long),
        () if different.len() < 5 || is_run(&folded) => Some(Weakness::Plain),
        () if login.len() >= 3 && folded.contains(&login) => Some(Weakness::Login),
        () if rest.len() < folded.len() && rest.chars().count() < 8 => Some(Weakness::Common),
        () => None,
    }
}

/// Whether nearly every character follows the one before it: `abcdefghijkl`, `987654321098`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes
        .windows(2)
        .filter(|pair| (pair[1] - pair[0]).abs() <= 1)
        .count();
    steps * 10 >= codes.len().saturating_sub(1) * 8
}

/// The argon2id hash of a password, to be kept.
pub async fn hash(password: &str) -> Result<String, Busy> {
    let permit = slot().await?;
    let password = composed(password);
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    off_the_path(permit, move || {
        digest(password.as_bytes(), &salt).ok_or(Busy)
    })
    .await?
}

/// Whether a password is the one behind a hash. Without a hash the same time passes, and it is not.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool, Busy> {
    let permit = slot().await?;
    let password = composed(password);
    off_the_path(permit, move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let same = hasher()
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok();
        same && known
    })
    .await
}

async fn slot() -> Result<SemaphorePermit<'static>, Busy> {
    match tokio::time::timeout(PATIENCE, SLOTS.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Busy),
    }
}

async fn off_the_path<T: Send + 'static>(
    permit: SemaphorePermit<'static>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Busy> {
    tokio::task::spawn_blocking(move || {
        let _held = permit;
        work()
    })
    .await
    .map_err(|_| Busy)
}

/// One password typed on two machines is one text: NFC, whatever the keyboard sends.
fn composed(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().take(LONGEST * 4).collect())
}

fn digest(password: &[u8], salt: &[u8]) -> Option<String> {
    hasher()
        .hash_password_with_salt(password, salt)
        .ok()
        .map(|hash| hash.to_string())
}

/// Argon2id with 19 MiB, two passes, one lane (OWASP's first choice).
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named_for_what_is_weak() {
        let check = |password: &str, expected| {
            assert_eq!(weakness(password, "mau.tran"), expected, "{password}")
        };
        check("ngắn quá", Some(Weakness::Short));
        check(&"dài ".repeat(60), Some(Weakness::Long));
        check("aaaaaaaaaaaaaa", Some(Weakness::Plain));
        check("abcdefghijklmn", Some(Weakness::Plain));
        check("1234567890123", Some(Weakness::Plain));
        check("xyz-MAU.TRAN-xyz", Some(Weakness::Login));
        check("Mật khẩu 123456", Some(Weakness::Common));
        check("Password2026!", Some(Weakness::Common));
        check("sông Hương chảy chậm", None);
        check("tám-hạt-sen-khô", None);
    }

    #[tokio::test]
    async fn a_password_is_known_again_in_either_composition() {
        let kept = hash("sông Hương chảy chậm").await.unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        let typed: String = "sông Hương chảy chậm".nfd().collect();
        assert_eq!(verify(&typed, Some(kept.clone())).await, Ok(true));
        assert_eq!(verify("sông Hương chảy nhanh", Some(kept)).await, Ok(false));
        assert_eq!(verify("nobody's password", None).await, Ok(false));
    }
}
