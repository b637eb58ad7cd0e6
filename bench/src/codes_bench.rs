//! `codes`: cards verified and drawn, beside the bare signature check, on one core.

use crate::figure;
use anyhow::{Context, Result};
use codes::draw::{Level, Square};
use codes::{Card, IssuerKey, Keyring, Signed, Window, card};
use domain::ids::CardId;
use domain::time::Timestamp;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use std::hint::black_box;
use std::time::{Duration, Instant};

const START: i64 = 1_790_000_000;
/// How long one kind of work goes on before the next has its turn.
const SLICE: Duration = Duration::from_millis(40);

/// Work counted and timed over many slices.
struct Tally<'a> {
    name: &'static str,
    work: Box<dyn FnMut() -> usize + 'a>,
    done: usize,
    spent: Duration,
}

impl<'a> Tally<'a> {
    fn new(name: &'static str, work: impl FnMut() -> usize + 'a) -> Self {
        Self {
            name,
            work: Box::new(work),
            done: 0,
            spent: Duration::ZERO,
        }
    }

    fn slice(&mut self) {
        let start = Instant::now();
        while start.elapsed() < SLICE {
            self.done += (self.work)();
        }
        self.spent += start.elapsed();
    }

    fn rate(&self) -> f64 {
        self.done as f64 / self.spent.as_secs_f64()
    }
}

/// Measures and prints.
pub(crate) fn run(seconds: u64) -> Result<()> {
    let at = Timestamp::from_seconds;
    let window = Window::new(at(START), at(START + 86_400), at(START + 86_400 * 800));
    let key = IssuerKey::new(&[7; 32], window.context("a window")?);
    let keyring: Keyring = [key.public().clone()].into_iter().collect();
    let cards: Vec<Card> = (0..4096).map(some_card).collect();
    let texts: Vec<String> = cards.iter().map(|card| card.sign(&key)).collect();
    let signed: Vec<Signed> = texts.iter().filter_map(|t| card::decode(t).ok()).collect();
    let bare = SigningKey::from_bytes(&[7; 32]);
    let messages: Vec<([u8; 76], Signature)> = (0..4096_u32)
        .map(|n| {
            let mut message = [5; 76];
            message[..4].copy_from_slice(&n.to_be_bytes());
            (message, bare.sign(&message))
        })
        .collect();
    let public = bare.verifying_key();
    let mut bare_again = messages.iter().cycle();
    let mut texts_again = texts.iter().cycle();
    let mut cards_again = cards.iter().cycle();
    let mut tallies = [
        Tally::new("ed25519_verify_per_s", || {
            let (message, signature) = bare_again.next().expect("a cycle goes on");
            usize::from(public.verify(black_box(message), signature).is_ok())
        }),
        Tally::new("card_verify_per_s", || {
            let text = texts_again.next().expect("a cycle goes on");
            let signed = card::decode(black_box(text)).expect("it is well formed");
            usize::from(signed.verify(&keyring).is_ok())
        }),
        Tally::new("card_verify_batch_per_s", || {
            codes::verify_batch(black_box(&signed[..64]), &keyring).len()
        }),
        Tally::new("cards_drawn_per_s", || {
            let text = cards_again.next().expect("a cycle goes on").sign(&key);
            let square = Square::encode(&text, Level::Medium).expect("it fits");
            usize::from(!black_box(square.svg(4)).is_empty())
        }),
    ];
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        tallies.iter_mut().for_each(Tally::slice);
    }
    for tally in &tallies {
        figure(tally.name, tally.rate());
    }
    figure(
        "card_verify_over_ed25519",
        tallies[1].rate() / tallies[0].rate(),
    );
    Ok(())
}

fn some_card(number: u32) -> Card {
    let mut id = [9; 10];
    id[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    Card {
        id: CardId(id),
        status_index: number * 4000,
        issued: Timestamp::from_seconds(START + i64::from(number)),
        expires: Timestamp::from_seconds(START + 86_400 * 365),
        scope: 0,
    }
}
