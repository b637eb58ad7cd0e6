//! Reading codes: what a square says, and whether it is genuine.
//!
//! Verifying a signature is the dearest step of a scan, and a card is read at least twice, in and
//! out. Texts already verified are remembered by their hash: a bounded number of them, and only
//! while the key that signed them is still known. Expiry and revocation are not remembered here;
//! the rules ask them anew for every scan.

use codes::{Code, Error, KeyId, Keyring, Signed};
use domain::scan::{Presented, Reason};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

/// How many verified texts are remembered: about 10 MB.
const REMEMBERED: usize = 131_072;

/// Reads codes and remembers which were genuine.
#[derive(Debug)]
pub struct CodeReader {
    genuine: Cache<[u8; 16], (Presented, KeyId)>,
}

impl Default for CodeReader {
    fn default() -> Self {
        Self {
            genuine: Cache::new(REMEMBERED),
        }
    }
}

impl CodeReader {
    /// Reads one code.
    pub fn present(&self, text: &str, keyring: &Keyring) -> Presented {
        let hash = hash(text);
        if let Some(known) = self.remembered(&hash, keyring) {
            return known;
        }
        match card(text) {
            Ok(signed) => self.judged(hash, &signed, signed.verify(keyring)),
            Err(reason) => Presented::Nothing(reason),
        }
    }

    /// Reads many codes, verifying their signatures together.
    pub fn present_all(&self, texts: &[&str], keyring: &Keyring) -> Vec<Presented> {
        let mut read: Vec<Option<Presented>> = Vec::with_capacity(texts.len());
        let mut unknown = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let hash = hash(text);
            read.push(self.remembered(&hash, keyring));
            if read[place].is_none() {
                match card(text) {
                    Ok(signed) => unknown.push((place, hash, signed)),
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
            read[*place] = Some(self.judged(*hash, signed, verdict));
        }
        read.into_iter().flatten().collect()
    }

    fn remembered(&self, hash: &[u8; 16], keyring: &Keyring) -> Option<Presented> {
        let (presented, key) = self.genuine.get(hash)?;
        keyring.key(key).is_some().then_some(presented)
    }

    fn judged(
        &self,
        hash: [u8; 16],
        signed: &Signed,
        verdict: Result<codes::Card, Error>,
    ) -> Presented {
        match verdict {
            Ok(card) => {
                let presented = Presented::Card {
                    id: card.id,
                    expires: card.expires,
                };
                self.genuine.insert(hash, (presented, signed.key_id()));
                presented
            }
            Err(Error::Unreadable) => Presented::Nothing(Reason::Unreadable),
            Err(Error::UnknownKey) => Presented::Nothing(Reason::UnknownKey),
            Err(Error::Forged) => Presented::Nothing(Reason::Forged),
        }
    }
}

/// The card code in a text. Everything else a scanner meets identifies nobody at a gate yet:
/// foreign codes are unsigned, and a venue's code is no person's.
fn card(text: &str) -> Result<Signed, Reason> {
    match codes::read(text) {
        Code::Card(signed) => Ok(signed),
        _ => Err(Reason::Unreadable),
    }
}

fn hash(text: &str) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
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
        ];
        let first: Vec<_> = texts
            .iter()
            .map(|text| reader.present(text, &keyring))
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
        assert_eq!(first[4], Presented::Nothing(Reason::Unreadable));
        assert_eq!(reader.present_all(&texts, &keyring), first);
        assert_eq!(CodeReader::default().present_all(&texts, &keyring), first);
    }

    #[test]
    fn a_key_that_goes_takes_its_cards_along() {
        let keyring: Keyring = [key(1).public().clone()].into_iter().collect();
        let reader = CodeReader::default();
        assert!(matches!(
            reader.present(&code(&key(1), 7), &keyring),
            Presented::Card { .. }
        ));
        let presented = reader.present(&code(&key(1), 7), &Keyring::default());
        assert_eq!(presented, Presented::Nothing(Reason::UnknownKey));
    }
}
