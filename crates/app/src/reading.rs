//! Reading codes: what a square says, and whether it is genuine.
//!
//! Verifying a signature is the dearest step of a scan, and a card is read at least twice, in and
//! out. Texts already verified are remembered by their hash: a bounded number of them, and only
//! while the key that signed them is still known. Expiry and revocation are not remembered here;
//! the rules ask them anew for every scan.
//!
//! Of a phone's codes only the credential is remembered, which all of them share. Each brings a signature of its own, and the
//! step that it says is judged by the rules, at the time of each reading.

use codes::{Code, Error, KeyId, Keyring, Signed, phone};
use domain::scan::{Presented, Reason};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// How many verified texts are remembered: about 10 MB.
const REMEMBERED: usize = 131_072;

/// How many signatures are verified at a time before their askers are answered.
const TOGETHER: usize = 64;

/// Reads codes and remembers which were genuine.
#[derive(Debug)]
pub struct CodeReader {
    genuine: Cache<[u8; 16], (Presented, KeyId)>,
    /// Codes of single scans that came at the same moment.
    waiting: Mutex<Vec<Waiting>>,
}

/// A code that waits to be verified with others.
#[derive(Debug)]
struct Waiting {
    hash: [u8; 16],
    signed: Signed,
    keyring: Arc<Keyring>,
    reply: oneshot::Sender<Presented>,
}

impl Default for CodeReader {
    fn default() -> Self {
        Self {
            genuine: Cache::new(REMEMBERED),
            waiting: Mutex::default(),
        }
    }
}

/// Verifies whatever waits when it goes: also when its own request is given up meanwhile.
struct First<'a>(&'a CodeReader);

impl Drop for First<'_> {
    fn drop(&mut self) {
        let waiting = mem::take(&mut *self.0.waiting());
        let mut waiting = waiting.into_iter().peekable();
        while let Some(one) = waiting.next() {
            let mut some = vec![one];
            while some.len() < TOGETHER
                && let Some(next) =
                    waiting.next_if(|next| Arc::ptr_eq(&next.keyring, &some[0].keyring))
            {
                some.push(next);
            }
            self.0.verify(some);
        }
    }
}

impl CodeReader {
    /// Reads one code, verifying its signature with those that other requests bring at the same
    /// moment: together they cost half. Whoever comes first lets everybody who is ready catch up.
    pub async fn present_together(&self, text: &str, keyring: &Arc<Keyring>) -> Presented {
        let hash = hash(text.as_bytes());
        if let Some(known) = self.remembered(&hash, keyring) {
            return known;
        }
        let signed = match shown(text) {
            Ok(Shown::Card(signed)) => signed,
            Ok(Shown::Phone(signed)) => return self.phone(&signed, keyring),
            Err(reason) => return Presented::Nothing(reason),
        };
        let (reply, answer) = oneshot::channel();
        let alone = {
            let mut waiting = self.waiting();
            waiting.push(Waiting {
                hash,
                signed: signed.clone(),
                keyring: Arc::clone(keyring),
                reply,
            });
            waiting.len() == 1
        };
        if alone {
            let first = First(self);
            tokio::task::yield_now().await;
            drop(first);
        }
        match answer.await {
            Ok(presented) => presented,
            Err(_) => self.judged(hash, signed.key_id(), signed.verify(keyring)),
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Verifies codes under one keyring and answers those who wait for them.
    fn verify(&self, some: Vec<Waiting>) {
        let signed: Vec<Signed> = some.iter().map(|one| one.signed.clone()).collect();
        let keyring = Arc::clone(&some[0].keyring);
        for (one, verdict) in some.into_iter().zip(codes::verify_batch(&signed, &keyring)) {
            let presented = self.judged(one.hash, one.signed.key_id(), verdict);
            // The asker may have gone.
            let _ = one.reply.send(presented);
        }
    }

    /// Reads many codes, verifying their signatures together.
    pub fn present_all(&self, texts: &[&str], keyring: &Keyring) -> Vec<Presented> {
        let mut read: Vec<Option<Presented>> = Vec::with_capacity(texts.len());
        let mut unknown = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let hash = hash(text.as_bytes());
            read.push(self.remembered(&hash, keyring));
            if read[place].is_none() {
                match shown(text) {
                    Ok(Shown::Card(signed)) => unknown.push((place, hash, signed)),
                    Ok(Shown::Phone(signed)) => read[place] = Some(self.phone(&signed, keyring)),
                    Err(reason) => read[place] = Some(Presented::Nothing(reason)),
                }
            }
        }
        let signed: Vec<Signed> = unknown
            .iter()
            .map(|(_, _, signed)| signed.clone())
            .collect();
        for ((place, hash, signed), verdict) in
            unknown.iter().zip(codes::verify_batch(&signed, keyring))
        {
            read[*place] = Some(self.judged(*hash, signed.key_id(), verdict));
        }
        read.into_iter().flatten().collect()
    }

    fn remembered(&self, hash: &[u8; 16], keyring: &Keyring) -> Option<Presented> {
        let (presented, key) = self.genuine.get(hash)?;
        keyring.key(key).is_some().then_some(presented)
    }

    /// A phone's code: the credential, remembered or verified, and the phone's own signature.
    fn phone(&self, signed: &phone::Signed, keyring: &Keyring) -> Presented {
        let hash = hash(signed.credential());
        let known = self.remembered(&hash, keyring).unwrap_or_else(|| {
            let verdict = signed.verify_credential(keyring);
            self.judged(hash, signed.key_id(), verdict.map(|it| it.card))
        });
        match (known, signed.verify_shown()) {
            (
                Presented::Card {
                    id,
                    issued,
                    expires,
                    ..
                },
                Ok(()),
            ) => Presented::Card {
                id,
                issued,
                expires,
                phone: Some(signed.code()),
            },
            (Presented::Card { .. }, Err(error)) => Presented::Nothing(reason(error)),
            (other, _) => other,
        }
    }

    fn judged(&self, hash: [u8; 16], key: KeyId, verdict: Result<codes::Card, Error>) -> Presented {
        match verdict {
            Ok(card) => {
                let presented = Presented::Card {
                    id: card.id,
                    issued: card.issued,
                    expires: card.expires,
                    phone: None,
                };
                self.genuine.insert(hash, (presented, key));
                presented
            }
            Err(error) => Presented::Nothing(reason(error)),
        }
    }
}

const fn reason(error: Error) -> Reason {
    match error {
        Error::Unreadable => Reason::Unreadable,
        Error::UnknownKey => Reason::UnknownKey,
        Error::Forged => Reason::Forged,
    }
}

/// A code of ours.
enum Shown {
    Card(Signed),
    Phone(Box<phone::Signed>),
}

/// The card's or phone's code in a text. Nothing else that a scanner reads identifies anybody here (papers have a page of their own, `web/without_code/identity.rs`):
/// foreign codes are unsigned, and a venue's code is no person's. Holding such a square closer
/// does not help, so it has a reason of its own.
fn shown(text: &str) -> Result<Shown, Reason> {
    match codes::read(text) {
        Code::Card(signed) => Ok(Shown::Card(signed)),
        Code::Phone(signed) => Ok(Shown::Phone(Box::new(signed))),
        Code::DamagedCard | Code::DamagedPhone | Code::Unknown => Err(Reason::Unreadable),
        Code::Venue(_)
        | Code::ForeignVenue(_)
        | Code::National(_)
        | Code::Cccd(_)
        | Code::Bhyt(_) => Err(Reason::ForeignCode),
        Code::Web => Err(Reason::WebLink),
        Code::Payment => Err(Reason::PaymentCode),
    }
}

fn hash(text: &[u8]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&Sha256::digest(text)[..16]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::{Card, IssuerKey, Window};
    use domain::ids::CardId;
    use domain::time::Timestamp;
    use std::time::Duration;

    fn key(seed: u8) -> IssuerKey {
        let start = Timestamp::from_seconds(1_800_000_000);
        let week = Duration::from_secs(7 * 86_400);
        IssuerKey::new(
            &[seed; 32],
            Window::new(start, start.plus(week), start.plus(week * 60)).expect("a window"),
        )
    }

    fn code(key: &IssuerKey, n: u8) -> String {
        let issued = key.window().signs_from();
        let expires = issued.plus(Duration::from_secs(86_400));
        Card {
            id: CardId([n; 10]),
            status_index: u32::from(n),
            issued,
            expires,
            scope: 0,
        }
        .sign(key)
    }

    fn alone(reader: &CodeReader, text: &str, keyring: &Keyring) -> Presented {
        reader.present_all(&[text], keyring).remove(0)
    }

    #[test]
    fn remembering_changes_no_answer() {
        let keyring: Keyring = [key(1).public().clone()].into_iter().collect();
        let reader = CodeReader::default();
        let (genuine, foreign) = (code(&key(1), 7), code(&key(2), 7));
        let forged = format!("{}0", &genuine[..genuine.len() - 1]);
        let texts = [
            genuine.as_str(),
            &foreign,
            &forged,
            "",
            "https://quet.example/v/2345678",
            "046087004417||Nguyễn Văn Thử|18011987|Nam|1 đường Thử, Huế|01012022",
        ];
        let first: Vec<_> = texts
            .iter()
            .map(|text| alone(&reader, text, &keyring))
            .collect();
        assert!(matches!(
            first[0],
            Presented::Card {
                id: CardId([7, ..]),
                ..
            }
        ));
        assert_eq!(first[1], Presented::Nothing(Reason::UnknownKey));
        assert!(matches!(first[2], Presented::Nothing(_)));
        assert_eq!(first[3], Presented::Nothing(Reason::Unreadable));
        assert_eq!(first[4], Presented::Nothing(Reason::WebLink));
        assert_eq!(first[5], Presented::Nothing(Reason::ForeignCode));
        assert_eq!(reader.present_all(&texts, &keyring), first);
        assert_eq!(CodeReader::default().present_all(&texts, &keyring), first);
    }

    #[tokio::test]
    async fn codes_that_come_together_are_told_apart() {
        let keyring: Arc<Keyring> = Arc::new([key(1).public().clone()].into_iter().collect());
        let reader = Arc::new(CodeReader::default());
        let asked: Vec<_> = (0..100)
            .map(|n| {
                let issuer = if n % 7 == 3 { key(2) } else { key(1) };
                let mut text = code(&issuer, n);
                if n % 7 == 5 {
                    text = format!("{}0", &text[..text.len() - 1]);
                }
                let (reader, keyring) = (Arc::clone(&reader), Arc::clone(&keyring));
                tokio::spawn(async move {
                    let answer = reader.present_together(&text, &keyring).await;
                    (answer, alone(&CodeReader::default(), &text, &keyring))
                })
            })
            .collect();
        for one in asked {
            let (together, alone) = one.await.expect("it answers");
            assert_eq!(together, alone);
        }
    }

    #[tokio::test]
    async fn who_comes_first_and_goes_leaves_nobody_waiting() {
        let keyring: Arc<Keyring> = Arc::new([key(1).public().clone()].into_iter().collect());
        let reader = CodeReader::default();
        let (one, two) = (code(&key(1), 1), code(&key(1), 2));
        let mut first = Box::pin(reader.present_together(&one, &keyring));
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(reader.present_together(&two, &keyring));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        assert!(matches!(second.await, Presented::Card { .. }));
    }

    #[test]
    fn a_key_that_goes_takes_its_cards_along() {
        let keyring: Keyring = [key(1).public().clone()].into_iter().collect();
        let reader = CodeReader::default();
        assert!(matches!(
            alone(&reader, &code(&key(1), 7), &keyring),
            Presented::Card { .. }
        ));
        let presented = alone(&reader, &code(&key(1), 7), &Keyring::default());
        assert_eq!(presented, Presented::Nothing(Reason::UnknownKey));
    }
}
