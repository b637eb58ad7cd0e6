//! How fast codes are signed, verified and drawn, beside the bare signature check.
//!
//! `cargo run --release -p codes --example figures`

use codes::draw::{Level, Square};
use codes::{Card, IssuerKey, Keyring, Signed, Window, card};
use domain::ids::CardId;
use domain::time::Timestamp;
use ed25519_dalek::{Signer, SigningKey, Verifier};
use std::hint::black_box;
use std::time::{Duration, Instant};

const START: i64 = 1_790_000_000;

fn main() {
    let at = Timestamp::from_seconds;
    let window = Window::new(at(START), at(START + 86_400), at(START + 86_400 * 800));
    let key = IssuerKey::new(&[7; 32], window.expect("the window is in order"));
    let keyring: Keyring = [key.public().clone()].into_iter().collect();
    let cards: Vec<_> = (0..2048).map(some_card).collect();
    let texts: Vec<_> = cards.iter().map(|card| card.sign(&key)).collect();
    let decoded: Vec<Signed> = texts
        .iter()
        .filter_map(|text| card::decode(text).ok())
        .collect();

    let bare = SigningKey::from_bytes(&[7; 32]);
    let message = [5; 76];
    let signature = bare.sign(&message);
    let public = bare.verifying_key();
    for _ in 0..3 {
        let base = rate("bare Ed25519 verify", || {
            public
                .verify(black_box(&message), &signature)
                .expect("it is genuine");
            1
        });
        let mut texts_again = texts.iter().cycle();
        let ours = rate("card decode + verify", || {
            let text = texts_again.next().expect("a cycle goes on");
            let signed = card::decode(black_box(text)).expect("it is well formed");
            signed.verify(&keyring).expect("it is genuine");
            1
        });
        println!(
            "{:32} {:>11.1} %",
            "  of the bare rate",
            100.0 * ours / base
        );
        let mut again = texts.iter().cycle();
        rate("card decode", || {
            usize::from(card::decode(again.next().expect("on")).is_ok())
        });
        rate("card verify_batch", || {
            codes::verify_batch(&decoded, &keyring).len()
        });
        let mut again = cards.iter().cycle();
        rate("card sign", || {
            again.next().expect("on").sign(&key).len().min(1)
        });
        let mut again = texts.iter().cycle();
        rate("QR", || {
            Square::encode(again.next().expect("on"), Level::Medium).map_or(0, |_| 1)
        });
        let square = Square::encode(&texts[0], Level::Medium).expect("it fits");
        rate("SVG", || square.svg(4).len().min(1));
        rate("PNG", || square.png(8, 4).len().min(1));
        let mut again = cards.iter().cycle();
        rate("card sign + QR 7-M + SVG", || {
            let text = again.next().expect("on").sign(&key);
            let square = Square::encode(&text, Level::Medium).expect("it fits");
            square.svg(4).len().min(1)
        });
        println!();
    }
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

fn rate(what: &str, mut work: impl FnMut() -> usize) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < Duration::from_millis(800) {
        done += work();
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    println!("{what:32} {rate:>11.0} /s");
    rate
}
