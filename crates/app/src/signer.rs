//! The signer: holds the issuing keys, and signs what its own register allows.
//!
//! Pages and API know no key and choose nothing that a card claims: they ask. [`Engine`] answers, in
//! a process of its own behind a Unix socket ([`server`]); `vaora serve` starts one as its child
//! ([`child`]) unless its settings name the socket of another. Within one process, as tests and
//! measurements have it, the engine is asked without a socket.

pub mod child;
pub mod client;
pub mod engine;
mod pace;
pub mod server;
pub mod wire;

use crate::clock::Clock;
use crate::import::ROWS;
use client::Client;
use codes::phone::Credential;
use codes::{GateBundle, KeyList, Keyring};
use domain::card::Claims;
use domain::ids::CardId;
use domain::time::Timestamp;
use engine::Engine;
use futures_util::future::BoxFuture;
use std::io;
use std::path::Path;
use std::sync::Arc;
use store::claims::Allots;
use wire::{MOST_CARDS, Message, Refusal, Request, Response, Sealed};

/// Why something was not signed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The signer refused.
    #[error("the signer refused: {0}")]
    Refused(Refusal),
    /// The signer cannot be asked, or answers what nobody asked.
    #[error("the signer cannot be asked: {0}")]
    Gone(#[from] io::Error),
}

/// The keys as they are published.
#[derive(Clone, Debug)]
pub struct Published {
    /// The signed list as a file.
    pub list: String,
    /// The keys that verify.
    pub keyring: Arc<Keyring>,
    /// The first instant for which there is no signing key.
    pub until: Timestamp,
    /// Whether the root lies beside the keys, and makes more when it is time.
    pub rooted: bool,
}

/// What the signer's register says was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Which register it is: one that was made anew has another number.
    pub register: i64,
    /// Its last line.
    pub last: i64,
    /// One place in the status list more than the highest that it gave.
    pub next_place: i64,
    /// The lines that were asked for: their number and the card.
    pub lines: Vec<(i64, CardId)>,
}

/// Whom this process asks for signatures. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Signer {
    /// The engine, in this process.
    Here(Arc<Engine>),
    /// Another process, by its socket.
    There(Arc<Client>),
}

impl Signer {
    /// Asks the signer behind a socket; without one, signs here with the keys of a folder.
    pub async fn open(socket: Option<&Path>, keys: &Path, clock: &Clock) -> anyhow::Result<Self> {
        Ok(match socket {
            Some(socket) => Self::There(Arc::new(Client::open(socket).await?)),
            None => Self::Here(Arc::new(Engine::free(keys, clock.clone())?)),
        })
    }

    /// Who gives the claims of new cards.
    pub fn allots(&self) -> Arc<dyn Allots> {
        Arc::new(self.clone())
    }

    /// The digits of a card's square. The same card always has the same, as long as its key is
    /// believed.
    pub async fn code(&self, card: CardId) -> Result<String, Error> {
        let codes = self.codes(&[card]).await?;
        codes.into_iter().next().ok_or_else(strange)
    }

    /// The digits of the squares of several cards, in order.
    pub async fn codes(&self, cards: &[CardId]) -> Result<Vec<String>, Error> {
        let mut codes = Vec::with_capacity(cards.len());
        for some in cards.chunks(MOST_CARDS) {
            let cards = some.iter().map(|card| card.0).collect();
            let answer = self.ask(Request::Sign { cards }, Vec::new()).await?;
            match answer.head {
                Response::Codes(some_codes) if some_codes.len() == some.len() => {
                    codes.extend(some_codes);
                }
                _ => return Err(strange()),
            }
        }
        Ok(codes)
    }

    /// The credential of a phone, given as a point of P-256, for a card: valid from an instant near now,
    /// for as long as the signer allows.
    pub async fn vouch(&self, card: CardId, point: &[u8], at: Timestamp) -> Result<Vec<u8>, Error> {
        let request = Request::Vouch {
            card: card.0,
            at: at.seconds(),
        };
        Ok(self.ask(request, point.to_vec()).await?.body)
    }

    /// A status list, signed.
    pub async fn seal_list(&self, payload: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.seal(Sealed::List, payload).await
    }

    /// A gate's bundle, signed.
    pub async fn seal_bundle(&self, bundle: &GateBundle) -> Result<Vec<u8>, Error> {
        self.seal(Sealed::Bundle, bundle.payload()).await
    }

    async fn seal(&self, kind: Sealed, payload: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(self.ask(Request::Seal { kind }, payload).await?.body)
    }

    /// Cards that were signed after a line of the signer's register and before an instant.
    pub async fn signed(&self, after: i64, before: Timestamp) -> Result<Signed, Error> {
        let request = Request::Signed {
            after,
            before: before.millis(),
        };
        match self.ask(request, Vec::new()).await?.head {
            Response::Signed {
                register,
                last,
                next_place,
                lines,
            } => Ok(Signed {
                register,
                last,
                next_place,
                lines: lines.into_iter().map(|(n, id)| (n, CardId(id))).collect(),
            }),
            _ => Err(strange()),
        }
    }

    /// The keys as they are published, as of the last look.
    pub fn published(&self) -> Published {
        match self {
            Self::Here(engine) => engine.published(),
            Self::There(client) => client.published(),
        }
    }

    /// The keys that verify, as of the last look.
    pub fn keyring(&self) -> Arc<Keyring> {
        match self {
            Self::Here(engine) => engine.issuer().keyring(),
            Self::There(client) => client.keyring(),
        }
    }

    /// The public key of the root, as people pass it: 43 characters. What verifiers pin.
    pub fn root(&self) -> Option<String> {
        KeyList::root_in_file(&self.published().list)
    }

    /// The key list as a file: what a third party verifies cards with.
    pub async fn key_list(&self) -> Result<String, Error> {
        if let Self::Here(engine) = self {
            engine.look()?;
        }
        Ok(self.published().list)
    }

    /// The key list as it was signed.
    pub async fn signed_key_list(&self) -> Result<Vec<u8>, Error> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the key list is damaged");
        let signed = KeyList::signed_in_file(&self.key_list().await?);
        Ok(signed.ok_or_else(damaged)?)
    }

    /// Looks whether keys came, changed or were retired.
    pub async fn look(&self) -> Result<(), Error> {
        match self {
            Self::Here(engine) => Ok(engine.look()?),
            Self::There(client) => client.look().await,
        }
    }

    async fn ask(&self, request: Request, body: Vec<u8>) -> Result<Message<Response>, Error> {
        let answer = match self {
            Self::Here(engine) => engine.answer(request, body).await,
            Self::There(client) => client.ask(&request, &body).await?,
        };
        match answer.head {
            Response::Refused(refusal) => Err(Error::Refused(refusal)),
            _ => Ok(answer),
        }
    }
}

impl Allots for Signer {
    fn allot(
        &self,
        count: u32,
        _now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Claims>, store::Error>> {
        Box::pin(async move {
            let mut all = Vec::new();
            let mut left = count;
            while left > 0 {
                let some = left.min(ROWS as u32);
                let asked = self.ask(Request::Allot { count: some }, Vec::new());
                match asked.await.map(|answer| answer.head) {
                    Ok(Response::Claims(claims)) => {
                        all.extend(claims.iter().map(wire::Claim::read))
                    }
                    Err(Error::Refused(Refusal::Limit(seconds))) => {
                        return Err(store::Error::Limit(seconds));
                    }
                    Ok(_) => return Err(store::Error::Signer(strange().to_string())),
                    Err(error) => return Err(store::Error::Signer(error.to_string())),
                }
                left -= some;
            }
            Ok(all)
        })
    }
}

fn strange() -> Error {
    io::Error::new(io::ErrorKind::InvalidData, "a strange answer").into()
}

/// A credential as the signer makes it: its times are never the asker's.
fn credential(claims: &Claims, key: codes::phone::PhoneKey, at: Timestamp) -> Credential {
    let issued = Timestamp::from_seconds(at.seconds());
    let expires = issued.plus(domain::phone_key::CREDENTIAL_VALIDITY);
    Credential {
        card: codes::Card {
            issued,
            expires: expires.min(claims.expires),
            ..card(claims)
        },
        key,
    }
}

/// What a card's square says.
fn card(claims: &Claims) -> codes::Card {
    codes::Card {
        id: claims.id,
        status_index: claims.status_index,
        issued: claims.issued,
        expires: claims.expires,
        scope: 0,
    }
}
