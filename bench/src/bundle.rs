//! `bundle`: how many bytes a gate of a nation fetches, at first and after a day.

use anyhow::{Context, Result, ensure};
use codes::gate_bundle::{GateBundle, States};
use codes::{Change, IssuerKey, KeyList, State, StatusList, Window};
use domain::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

const CARDS: u32 = 10_000_000;
/// One in a hundred is invalid, and one in a hundred asks.
const SHARE: usize = CARDS as usize / 100;
/// How many cards are another's, lost or to be asked about after a day, and how many are new.
const CHANGED: usize = 10_000;
const NEW: u32 = 20_000;
const START: i64 = 1_790_000_000;
const DAY: Duration = Duration::from_secs(86_400);

/// Prints the sizes, in thousands of bytes.
pub(crate) fn run() -> Result<()> {
    let start = Timestamp::from_seconds(START);
    let week = start.plus(DAY * 7);
    let window = Window::new(start, week, week.plus(DAY * 365)).context("a window")?;
    let key = IssuerKey::new(&rand::random(), window);
    let mut states = BTreeMap::new();
    draw(&mut states, SHARE, State::Invalid);
    draw(&mut states, SHARE * 2, State::Ask);
    let list = list(start, CARDS, &states)?;
    let root = rand::random();
    let whole = bundle(&root, &key, start, States::Whole(list.seal(&key)));
    let next = start.plus(DAY);
    let before = states.clone();
    // Cards in their old state may be drawn again and change from one to the other.
    for n in 0..CHANGED {
        let state = if n % 2 == 0 {
            State::Invalid
        } else {
            State::Ask
        };
        let index = loop {
            let index = rand::random_range(0..CARDS);
            if before.get(&index) != Some(&state) && states.get(&index) == before.get(&index) {
                break index;
            }
        };
        states.insert(index, state);
    }
    let later = self::list(next, CARDS + NEW, &states)?;
    let changed = later.changed_since(&list);
    ensure!(changed.len() == CHANGED, "{} changed", changed.len());
    let change = Change::between(start, &later, &changed).context("a change")?;
    let change = bundle(&root, &key, next, States::Since(change));
    let (read, keyring) = GateBundle::open(&change, &KeyList::root(&root))?;
    ensure!(read.receive(&keyring, Some(&list), next)? == later);
    println!("bundle_10m_kb={:.1}", whole.len() as f64 / 1000.0);
    println!("bundle_change_kb={:.1}", change.len() as f64 / 1000.0);
    Ok(())
}

/// Gives cards drawn at random a state until so many have one.
fn draw(states: &mut BTreeMap<u32, State>, until: usize, state: State) {
    while states.len() < until {
        states.entry(rand::random_range(0..CARDS)).or_insert(state);
    }
}

fn list(at: Timestamp, cards: u32, states: &BTreeMap<u32, State>) -> Result<StatusList> {
    let states = states.iter().map(|(index, state)| (*index, *state));
    StatusList::build((at, at.plus(DAY)), cards, states).context("a list")
}

fn bundle(root: &[u8; 32], key: &IssuerKey, issued: Timestamp, states: States) -> Vec<u8> {
    let keys = vec![key.public().clone()];
    let mut queue_key = [7; 65];
    queue_key[0] = 4;
    GateBundle {
        issued,
        expires: issued.plus(DAY),
        key_list: KeyList { issued, keys }.sign(root),
        states,
        queue_key,
        policy: "{}".to_owned(),
    }
    .seal(key)
}
