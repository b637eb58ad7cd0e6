//! One-time codes: made and sent, and what a comparison means. Pages only show what this says.

use crate::AppState;
use crate::web::locale::Locale;
use crate::web::problem::Problem;
use crate::web::signed_in::Reader;
use domain::ids::{CheckpointId, HolderId};
use domain::otp::{LOCK, OtpCode, OtpPurpose, RESEND, SPOKEN_VALIDITY, VALIDITY};
use domain::phone::Phone;
use domain::role::Actor;
use domain::time::Timestamp;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::time::Duration;
use store::Tx;
use store::otps::{OtpCheck, OtpWait};
use store::rates::Limit;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

const HOUR: Duration = Duration::from_secs(3600);
/// How many codes one number is sent in an hour, whoever asks; codes for signing in and for stopping lost cards are counted apart,
/// each by itself, so that codes for anything else, and the one of these two, leave the other.
const PER_NUMBER: Limit = limit("otp number", 8);
const PER_NUMBER_SIGN_IN: Limit = limit("otp number sign in", 8);
const PER_NUMBER_LOST: Limit = limit("otp number lost", 8);
/// How many of them one address may ask for, so that one alone cannot use up a number's.
const PER_PAIR: Limit = limit("otp pair", 5);
/// How many codes one address may ask for in an hour, to whatever numbers.
const PER_ADDRESS: Limit = limit("otp address", 30);
/// How many codes all attendants behind one address may have sent in an hour.
const GATES_PER_ADDRESS: Limit = limit("otp gates address", 300);
/// How many codes one gate may have sent in an hour.
const PER_GATE: Limit = limit("otp gate", 120);
/// How many messages the installation pays for in an hour.
const IN_ALL: Limit = limit("otp all", 20_000);
/// How long to wait before a gateway that failed is tried again.
const RETRIES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(4),
    Duration::from_secs(15),
];

/// The longest name of a place in a message, so that it stays one short message.
const PLACE_MAX: usize = 30;

const fn limit(kind: &'static str, most: i32) -> Limit {
    Limit {
        kind,
        most,
        window: HOUR,
    }
}

/// A code is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtpSent {
    /// Until when it is good.
    pub expires: Timestamp,
    /// From when on another may be asked for.
    pub again: Timestamp,
}

/// Why no code was sent.
#[derive(Debug)]
pub enum OtpRefused {
    /// The last one was sent a moment ago and is still good; another after so many seconds.
    TooSoon(u32),
    /// A limit is reached; another after so many seconds.
    TooMany(u32),
    /// Too many wrong tries; another after so many seconds.
    Locked(u32),
    /// It cannot be kept.
    Failed(store::Error),
}

/// Why a typed code does not count.
#[derive(Debug)]
pub enum OtpWrong {
    /// It is not the code that was sent.
    Wrong {
        /// How many tries are left.
        tries_left: i32,
    },
    /// There is none, or its time has passed.
    Expired,
    /// It was guessed at too often.
    Locked,
    /// It cannot be compared.
    Failed(store::Error),
}

/// Who has a code sent: somebody who is signed in, from wherever, or else an address.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The other end, as `peer.rs` tells it: many may share one.
    address: &'a str,
    holder: Option<HolderId>,
}

impl<'a> From<&'a str> for Asker<'a> {
    fn from(address: &'a str) -> Self {
        let holder = None;
        Self { address, holder }
    }
}

impl<'a> From<&'a Reader> for Asker<'a> {
    fn from(reader: &'a Reader) -> Self {
        let holder = match reader.actor {
            Some(Actor::Holder(holder)) => Some(holder),
            _ => None,
        };
        let address = &reader.address;
        Self { address, holder }
    }
}

impl Display for Asker<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.holder {
            Some(holder) => write!(f, "holder {holder}"),
            None => f.write_str(self.address),
        }
    }
}

/// Makes a code, keeps its hash and hands it to the gateway, which sends it after this returns.
pub async fn send(
    app: &AppState,
    asker: impl Into<Asker<'_>>,
    phone: &Phone,
    purpose: OtpPurpose,
    locale: Locale,
) -> Result<OtpSent, OtpRefused> {
    let words = |code: &OtpCode| match purpose {
        OtpPurpose::Spoken => message(
            app,
            "otp.sms_spoken",
            code,
            SPOKEN_VALIDITY.as_secs() / 3600,
            locale,
        ),
        OtpPurpose::Lost => message(app, "otp.sms_lost", code, VALIDITY.as_secs() / 60, locale),
        OtpPurpose::Part => message(app, "otp.sms_part", code, VALIDITY.as_secs() / 60, locale),
        OtpPurpose::Member => message(app, "otp.sms_member", code, VALIDITY.as_secs() / 60, locale),
        OtpPurpose::MemberOwn => message(
            app,
            "otp.sms_member_own",
            code,
            VALIDITY.as_secs() / 60,
            locale,
        ),
        _ => message(app, "otp.sms", code, VALIDITY.as_secs() / 60, locale),
    };
    make(app, asker.into(), phone, (purpose, None), words).await
}

/// The same for somebody who stands at a gate: the attendant asks, the message names the place, and
/// the code is good for nothing but being read out there.
pub async fn send_from_gate(
    app: &AppState,
    address: &str,
    phone: &Phone,
    (gate, place): (CheckpointId, &str),
    locale: Locale,
) -> Result<OtpSent, OtpRefused> {
    let place = short(place);
    let words = |code: &OtpCode| {
        let minutes = (VALIDITY.as_secs() / 60).to_string();
        let values = [
            ("place", place.as_str()),
            ("code", code.as_str()),
            ("n", &minutes),
        ];
        locale.fill("otp.sms_gate", &values)
    };
    let of = (OtpPurpose::Gate, Some(gate));
    make(app, address.into(), phone, of, words).await
}

/// The same for somebody who wants the record of a phone to become one with their own: the message says with whose.
pub async fn send_to_join(
    app: &AppState,
    asker: Asker<'_>,
    phone: &Phone,
    with: &str,
    locale: Locale,
) -> Result<OtpSent, OtpRefused> {
    let url = app.config.base_url();
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let words = |code: &OtpCode| {
        let minutes = (VALIDITY.as_secs() / 60).to_string();
        let values = [
            ("host", host),
            ("with", with),
            ("code", &code.written()),
            ("n", &minutes),
        ];
        locale.fill("otp.sms_join", &values)
    };
    make(app, asker, phone, (OtpPurpose::Join, None), words).await
}

async fn make(
    app: &AppState,
    asker: Asker<'_>,
    phone: &Phone,
    (purpose, gate): (OtpPurpose, Option<CheckpointId>),
    words: impl Fn(&OtpCode) -> String,
) -> Result<OtpSent, OtpRefused> {
    let now = app.now();
    let code = OtpCode::from_random(rand::random());
    let (address, asker) = (asker.address, asker.to_string());
    let mut tx = app.store.write().await?;
    if let Some(wait) = tx.otp_wait(phone, purpose, &asker, now).await? {
        return Err(match wait {
            OtpWait::Sent(until) => OtpRefused::TooSoon(seconds(until, now)),
            OtpWait::Locked(until) => OtpRefused::Locked(seconds(until, now)),
        });
    }
    let within = within(&mut tx, address, phone, (purpose, gate), now).await?;
    if within {
        tx.add_otp(phone, purpose, &asker, &code, now).await?;
    }
    tx.commit().await?;
    if !within {
        let window = HOUR.as_millis() as i64;
        let next = Timestamp::from_millis((now.millis() / window + 1) * window);
        return Err(OtpRefused::TooMany(seconds(next, now)));
    }
    let text = words(&code);
    tokio::spawn(deliver(Arc::clone(app), phone.clone(), text, now));
    Ok(OtpSent {
        expires: now.plus(purpose.validity()),
        again: now.plus(RESEND),
    })
}

/// From when on another code may be asked for: the one sent a moment ago is still good.
pub fn again(sent: Result<OtpSent, OtpRefused>, now: Timestamp) -> Result<Timestamp, OtpRefused> {
    match sent {
        Ok(sent) => Ok(sent.again),
        Err(OtpRefused::TooSoon(seconds)) => Ok(now.plus(Duration::from_secs(seconds.into()))),
        Err(refused) => Err(refused),
    }
}

/// What a comparison means: a code is right once.
pub const fn verdict(found: OtpCheck) -> Result<(), OtpWrong> {
    match found {
        OtpCheck::Right => Ok(()),
        OtpCheck::Wrong(tries_left) => Err(OtpWrong::Wrong { tries_left }),
        OtpCheck::Again | OtpCheck::Expired => Err(OtpWrong::Expired),
        OtpCheck::Locked => Err(OtpWrong::Locked),
    }
}

impl OtpRefused {
    /// What to tell the reader, and what to do; a failure of ours is a problem instead.
    pub fn words(self, locale: Locale) -> Result<String, Problem> {
        let fill = |key: &str, n: u32| locale.fill(key, &[("n", &n.to_string())]);
        Ok(match self {
            Self::TooSoon(seconds) => fill("otp.wait", seconds),
            Self::TooMany(seconds) => fill("otp.too_many", seconds.div_ceil(60)),
            Self::Locked(seconds) => fill("otp.locked", seconds.div_ceil(60)),
            Self::Failed(error) => return Err(error.into()),
        })
    }
}

impl OtpWrong {
    /// What to tell the reader, and what to do; a failure of ours is a problem instead.
    pub fn words(self, locale: Locale) -> Result<String, Problem> {
        Ok(match self {
            Self::Wrong { tries_left } => locale.count("otp.wrong", tries_left.into()),
            Self::Expired => locale.text("otp.expired").to_owned(),
            Self::Locked => {
                let minutes = (LOCK.as_secs() / 60).to_string();
                locale.fill("otp.locked", &[("n", &minutes)])
            }
            Self::Failed(error) => return Err(error.into()),
        })
    }
}

impl From<store::Error> for OtpRefused {
    fn from(error: store::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<store::Error> for OtpWrong {
    fn from(error: store::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<OtpRefused> for Problem {
    fn from(refused: OtpRefused) -> Self {
        match refused {
            OtpRefused::TooSoon(seconds)
            | OtpRefused::TooMany(seconds)
            | OtpRefused::Locked(seconds) => Self::TooMany(seconds),
            OtpRefused::Failed(error) => error.into(),
        }
    }
}

/// Counts against every limit, the narrow ones first: what a number's limit refuses does not use
/// up the budget of all.
async fn within(
    tx: &mut Tx,
    address: &str,
    phone: &Phone,
    (purpose, gate): (OtpPurpose, Option<CheckpointId>),
    now: Timestamp,
) -> Result<bool, store::Error> {
    let per_number = match purpose {
        OtpPurpose::SignIn => PER_NUMBER_SIGN_IN,
        OtpPurpose::Lost => PER_NUMBER_LOST,
        _ => PER_NUMBER,
    };
    let number = phone.e164();
    let pair = format!("{number} {address}");
    // Attendants ask for many people from one place, and are known.
    let place = match gate {
        None => tx.within(PER_ADDRESS, address, now).await?,
        Some(gate) => {
            tx.within(PER_GATE, &gate.to_string(), now).await?
                && tx.within(GATES_PER_ADDRESS, address, now).await?
        }
    };
    Ok(place
        && tx.within(PER_PAIR, &pair, now).await?
        && tx.within(per_number, &number, now).await?
        && tx.within(IN_ALL, "", now).await?)
}

fn seconds(until: Timestamp, now: Timestamp) -> u32 {
    u32::try_from((until.since(now) + 999) / 1000)
        .unwrap_or(0)
        .max(1)
}

/// The message's words; without diacritics, so that it fits one short message.
fn message(app: &AppState, key: &str, code: &OtpCode, n: u64, locale: Locale) -> String {
    let url = app.config.base_url();
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let values = [
        ("code", code.written()),
        ("n", n.to_string()),
        ("host", host.to_owned()),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    locale.fill(key, &values)
}

/// A place's name for a message: letters, digits and single spaces, without diacritics. Its owner wrote it, so it
/// must not hold an address to be opened.
fn short(place: &str) -> String {
    let plain: String = place
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            'đ' => 'd',
            'Đ' => 'D',
            c if c.is_ascii_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(PLACE_MAX).collect();
    name.trim_end().to_owned()
}

/// Hands a message over, trying again a few times; off the request path.
async fn deliver(app: AppState, phone: Phone, text: String, now: Timestamp) {
    let waits = RETRIES.iter().map(Some).chain([None]);
    for wait in waits {
        let (app, phone, text) = (Arc::clone(&app), phone.clone(), text.clone());
        let sent = tokio::task::spawn_blocking(move || app.gateway.send(&phone, &text, now)).await;
        match (sent, wait) {
            (Ok(Ok(())), _) => return,
            (Ok(Err(error)), Some(wait)) => {
                tracing::warn!(error, "a message was not taken; it is tried again");
                tokio::time::sleep(*wait).await;
            }
            (Ok(Err(error)), None) => tracing::error!(error, "a message could not be sent"),
            (Err(_), _) => {
                tracing::error!("the message gateway panicked");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_place_in_a_message_is_plain_short_and_no_address() {
        assert_eq!(short("Chợ Đông Ba, cổng 2"), "Cho Dong Ba cong 2");
        assert_eq!(short("https://xau.example/v?1"), "https xau example v 1");
        assert_eq!(
            short(&"Siêu thị ".repeat(9)),
            "Sieu thi Sieu thi Sieu thi Sie"
        );
        assert_eq!(short("\u{202e}🙂"), "");
    }
}
