//! The status list of a nation after a thousand changes.

use anyhow::{Context, Result, ensure};
use codes::{IssuerKey, Keyring, State, StatusList, Window};
use domain::time::Timestamp;
use std::time::{Duration, Instant};

const CARDS: u32 = 10_000_000;
const CHANGED: usize = 1000;
const START: i64 = 1_790_000_000;
const DAY: Duration = Duration::from_secs(86_400);

/// The next status list of ten million cards after a thousand changes: changed, packed and signed.
pub(super) fn status_list() -> Result<()> {
    let start = Timestamp::from_seconds(START);
    let week = start.plus(DAY * 7);
    let window = Window::new(start, week, week.plus(DAY * 365)).context("a window")?;
    let key = IssuerKey::new(&rand::random(), window);
    let drawn = |count: usize, state: State| -> Vec<(u32, State)> {
        let index = |_| (rand::random_range(0..CARDS), state);
        (0..count).map(index).collect()
    };
    let lost = drawn(CARDS as usize / 100, State::Invalid);
    let first = StatusList::build((start, start.plus(DAY)), CARDS, lost).context("a list")?;
    let mut millis = Vec::new();
    for _ in 0..5 {
        let changes = drawn(CHANGED, State::Invalid);
        let now = start.plus(Duration::from_secs(60));
        let begun = Instant::now();
        let next = first.renewed((now, now.plus(DAY)), CARDS, changes);
        let next = next.context("a list")?;
        let sealed = next.seal(&key);
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        let keyring: Keyring = [key.public().clone()].into_iter().collect();
        ensure!(
            StatusList::open(&sealed, &keyring)? == next,
            "it reads back"
        );
    }
    crate::figure("status_list_10m_ms", crate::median(millis));
    Ok(())
}
