//! Durable limits: how often something was done in a window of time.

use crate::dialect::{execute, run};
use crate::{Error, Tx};
use domain::time::Timestamp;
use std::time::Duration;

/// At most so many in a window; the window starts at multiples of its length.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is limited.
    pub kind: &'static str,
    /// How many.
    pub most: i32,
    /// In which time.
    pub window: Duration,
}

impl Limit {
    /// When the window of an instant began, in milliseconds.
    const fn start(self, now: Timestamp) -> i64 {
        let window = self.window.as_millis() as i64;
        now.millis().div_euclid(window) * window
    }
}

impl Tx {
    /// Counts one use of a key (a phone, an address, the whole installation) and says whether it
    /// stays within the limit. Only a keyed hash of the key is kept.
    pub async fn within(&mut self, limit: Limit, key: &str, now: Timestamp) -> Result<bool, Error> {
        self.within_all(limit, key, 1, now).await
    }

    /// Counts several uses at once, like [`within`](Self::within).
    pub async fn within_all(
        &mut self,
        limit: Limit,
        key: &str,
        uses: i32,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let hash = self.keys.sealer().hash(limit.kind, key);
        // Never more than one over the limit, so that no count grows out of its column.
        let uses = uses.min(limit.most.saturating_add(1));
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(
                "insert into rates (key, window_start, count) values ($1, $2, $3)
                 on conflict (key, window_start) do update set count = rates.count + excluded.count
                 returning cast(count as bigint)",
            )
            .bind(hash)
            .bind(limit.start(now))
            .bind(uses)
            .fetch_one(conn)
        })?;
        Ok(count <= i64::from(limit.most))
    }

    /// Whether one more use of a key would go beyond the limit. Counts none.
    pub async fn spent(&mut self, limit: Limit, key: &str, now: Timestamp) -> Result<bool, Error> {
        let hash = self.keys.sealer().hash(limit.kind, key);
        let count: Option<(i64,)> = run!(self, |conn| {
            sqlx::query_as(
                "select cast(count as bigint) from rates where key = $1 and window_start = $2",
            )
            .bind(hash)
            .bind(limit.start(now))
            .fetch_optional(conn)
        })?;
        Ok(count.is_some_and(|(count,)| count >= i64::from(limit.most)))
    }

    /// Erases counts of windows that began before an instant.
    pub async fn erase_rates(&mut self, before: Timestamp) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query("delete from rates where window_start < $1").bind(before)
        )?;
        Ok(())
    }
}
