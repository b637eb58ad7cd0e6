//! What answers questions: keys, the register of what was signed, and the limits.

use super::pace::Pace;
use super::wire::{Claim, MOST_CARDS, MOST_LINES, Message, Refusal, Request, Response, Sealed};
use super::{Published, card, credential};
use crate::clock::Clock;
use crate::import::ROWS;
use crate::issuer::{Issuer, RootMissing};
use codes::phone::PhoneKey;
use codes::{gate_bundle, status_list};
use domain::card::Claims;
use domain::ids::CardId;
use domain::time::Timestamp;
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;
use std::time::Duration;
use store::claims::Allots as _;
use store::signatures::{Bounds, Register};

/// How far the time that an asker names may be from now.
const NEAR: Duration = Duration::from_secs(300);
/// How old a list may be that is signed, once more or in a bundle.
const OLDEST: Duration = Duration::from_secs(3 * 3600);
/// How long a list or a bundle may be relied on.
const LIFE: Duration = Duration::from_secs(86_400);
/// More signatures than this are made aside from the threads that answer.
const MANY: usize = 16;

/// How many cards a signer allots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// New cards and phones in a second, on the average.
    pub per_second: u32,
    /// New cards in a day (UTC).
    pub per_day: u32,
    /// The first place in the status list that is given.
    pub first_index: u32,
}

/// Answers questions.
#[derive(Debug)]
pub struct Engine {
    issuer: Issuer,
    register: Register,
    pace: Option<Pace>,
    clock: Clock,
}

impl Engine {
    /// An engine with limits, over the keys of a folder.
    pub fn open(keys: &Path, limits: Limits, clock: Clock) -> io::Result<Self> {
        let bounds = Bounds {
            per_day: limits.per_day,
            first: limits.first_index,
        };
        Ok(Self {
            issuer: Issuer::open(keys, clock.now())?,
            register: Register::bounded(keys, bounds),
            pace: Some(Pace::new(limits.per_second)),
            clock,
        })
    }

    /// An engine without limits: for what is made up or measured.
    pub fn free(keys: &Path, clock: Clock) -> io::Result<Self> {
        Ok(Self {
            issuer: Issuer::open(keys, clock.now())?,
            register: Register::new(keys),
            pace: None,
            clock,
        })
    }

    /// The keys.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What was signed.
    pub const fn register(&self) -> &Register {
        &self.register
    }

    /// Reads keys again that came, changed or were retired.
    pub fn look(&self) -> io::Result<()> {
        self.issuer.look(self.clock.now())
    }

    /// The keys as they are published.
    pub fn published(&self) -> Published {
        self.issuer.published()
    }

    /// Forgets cards whose time has passed.
    pub async fn forget(&self) -> Result<u64, store::Error> {
        self.register.forget(self.clock.now()).await
    }

    /// Answers a question. What failed inside is logged here, once.
    pub async fn answer(&self, request: Request, body: Vec<u8>) -> Message<Response> {
        let answered = match request {
            Request::Allot { count } => self.allot(count).await,
            Request::Sign { cards } => self.sign(&cards).await,
            Request::Vouch { card, at } => self.vouch(CardId(card), at, &body).await,
            Request::Seal { kind } => self.seal(kind, body).await,
            Request::Keys => self.keys(),
            Request::Signed { after, before } => self.signed(after, before).await,
        };
        let (head, body) =
            answered.unwrap_or_else(|refusal| (Response::Refused(refusal), Vec::new()));
        Message {
            head,
            body,
            keys: self.issuer.mark(),
        }
    }

    async fn allot(&self, count: u32) -> Answered {
        // One question asks for a whole list's.
        if count == 0 || count as usize > ROWS {
            return Err(Refusal::Wrong);
        }
        self.paced(count)?;
        let claims = self.register.allot(count, self.clock.now()).await;
        let claims = claims.map_err(failed)?;
        Ok((
            Response::Claims(claims.iter().map(Claim::new).collect()),
            Vec::new(),
        ))
    }

    fn paced(&self, count: u32) -> Result<(), Refusal> {
        let taken = self.pace.as_ref().map_or(Ok(()), |pace| pace.take(count));
        taken.map_err(Refusal::Limit)
    }

    async fn sign(&self, cards: &[[u8; 10]]) -> Answered {
        if cards.is_empty() || cards.len() > MOST_CARDS {
            return Err(Refusal::Wrong);
        }
        let cards: Vec<CardId> = cards.iter().map(|card| CardId(*card)).collect();
        let known = self.register.known(&cards).await.map_err(failed)?;
        let mut ready = Vec::with_capacity(cards.len());
        let mut new = Vec::new();
        for card in &cards {
            let claims = *known.claims.get(card).ok_or(Refusal::Unknown)?;
            let key = self.issuer.key_at(claims.issued).map_err(no_key)?;
            if !known.signed.contains(&(*card, key.id().0)) {
                new.push((*card, key.id().0));
            }
            ready.push((claims, key));
        }
        if !new.is_empty() {
            // Before anybody has a signature, the register has a line of it.
            let noted = self.register.note_signed(new, self.clock.now());
            noted.await.map_err(failed)?;
        }
        let sign = move || {
            let codes = ready.iter().map(|(claims, key)| card(claims).sign(key));
            codes.collect::<Vec<String>>()
        };
        let codes = match cards.len() {
            ..=MANY => sign(),
            _ => tokio::task::spawn_blocking(sign).await.map_err(failed)?,
        };
        Ok((Response::Codes(codes), Vec::new()))
    }

    async fn vouch(&self, card: CardId, at: i64, point: &[u8]) -> Answered {
        let at = Timestamp::from_seconds(at);
        let now = self.clock.now();
        let key = PhoneKey::new(point).ok_or(Refusal::Wrong)?;
        if !near(at, now, NEAR) {
            return Err(Refusal::Wrong);
        }
        self.paced(1)?;
        let known = self.register.known(&[card]).await.map_err(failed)?;
        let claims: Claims = *known.claims.get(&card).ok_or(Refusal::Unknown)?;
        if at >= claims.expires {
            return Err(Refusal::Wrong);
        }
        // Whoever compares signatures with cards sees this one, also when the card's own code was never asked for.
        let key_of_card = self.issuer.key_at(claims.issued).map_err(no_key)?.id().0;
        if !known.signed.contains(&(card, key_of_card)) {
            let noted = self.register.note_signed(vec![(card, key_of_card)], now);
            noted.await.map_err(failed)?;
        }
        let noted = self
            .register
            .note_phone(card, Sha256::digest(point).into(), now);
        noted.await.map_err(failed)?;
        let signing = self.issuer.key_at(at).map_err(no_key)?;
        let signed = credential(&claims, key, at).sign(&signing);
        Ok((Response::Body, signed))
    }

    async fn seal(&self, kind: Sealed, payload: Vec<u8>) -> Answered {
        let now = self.clock.now();
        let (times, name) = match kind {
            Sealed::List => (status_list::payload_times(&payload), "list"),
            Sealed::Bundle => (gate_bundle::payload_times(&payload), "bundle"),
        };
        let (issued, expires) = times.ok_or(Refusal::Wrong)?;
        let fit = issued >= now.minus(OLDEST) && issued <= now.plus(NEAR);
        if !fit || expires > issued.plus(LIFE) {
            return Err(Refusal::Wrong);
        }
        let key = self.issuer.key_at(issued).map_err(no_key)?;
        self.register.note_seal(name, now).await.map_err(failed)?;
        let seal = move || match kind {
            Sealed::List => status_list::sign(&payload, &key),
            Sealed::Bundle => gate_bundle::sign(&payload, &key),
        };
        let sealed = tokio::task::spawn_blocking(seal).await.map_err(failed)?;
        Ok((Response::Body, sealed))
    }

    fn keys(&self) -> Answered {
        let published = self.published();
        let head = Response::Keys {
            list: published.list,
            until: published.until.seconds(),
            rooted: published.rooted,
        };
        Ok((head, Vec::new()))
    }

    async fn signed(&self, after: i64, before: i64) -> Answered {
        let before = Timestamp::from_millis(before);
        let register = self.register.identity().await.map_err(failed)?;
        let lines = self.register.signed(after, before, MOST_LINES).await;
        let lines = lines.map_err(failed)?.into_iter();
        let head = Response::Signed {
            register: register.id,
            last: register.last,
            next_place: register.next_place,
            lines: lines.map(|line| (line.n, line.card.0)).collect(),
        };
        Ok((head, Vec::new()))
    }
}

type Answered = Result<(Response, Vec<u8>), Refusal>;

fn near(at: Timestamp, now: Timestamp, by: Duration) -> bool {
    at >= now.minus(by) && at <= now.plus(by)
}

fn failed(error: impl Into<anyhow::Error>) -> Refusal {
    let error = error.into();
    if let Some(store::Error::Limit(seconds)) = error.downcast_ref() {
        return Refusal::Limit(*seconds);
    }
    tracing::error!(error = format!("{error:#}"), "the signer failed");
    Refusal::Failed
}

fn no_key(error: io::Error) -> Refusal {
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(RootMissing(file)) => Refusal::NoKey(file.display().to_string()),
        None => failed(error),
    }
}
