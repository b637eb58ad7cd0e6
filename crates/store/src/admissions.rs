//! Admitting: the one way in for scans.
//!
//! A scan is a batch of one. Whoever has scans hands them to [`Admissions::admit`] and waits; one
//! task takes whatever is waiting as one transaction (group commit): it gathers the facts of all
//! in a few set-based statements, folds the pure rules over the scans in order of id, records
//! all, commits once and answers all. Nothing is acknowledged before it is on disk, and an id
//! that was recorded before finds its first answer.
//!
//! `queue.rs` says who goes first, `gather.rs` what is known, `fold.rs` how one decision changes
//! what the next one sees, `referrals.rs` what an attendant may confirm, `set_aside.rs`
//! what waits for the owner, `record.rs` what is written.

mod fold;
mod gather;
mod permits;
mod queue;
mod record;
mod referrals;
mod set_aside;

use crate::keys::DayKey;
use crate::permits::ShownPermit;
use crate::{Error, Store};
use domain::admission::from_the_future;
use domain::retention::Retention;
#[cfg(feature = "test-support")]
use domain::role::VenueScope;
use domain::role::{Action, Authorized, RecordScans, ScanScope};
use domain::scan::{Answer, Direction, Reason, Scan};
use domain::time::{Day, Timestamp};
use queue::{Job, Queue, Reply};
use std::collections::{HashMap, HashSet};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How many callers may wait before the next one is told that the system is busy.
const WAITING: usize = 16_384;
/// How long a caller waits for a place among them.
const PATIENCE: Duration = Duration::from_secs(5);

/// The one way in for scans. Cheap to clone; recording ends when the last clone is dropped and
/// everything handed in is answered.
#[derive(Clone, Debug)]
pub struct Admissions {
    jobs: mpsc::Sender<Job>,
}

/// What becomes of a scan.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// What the reader is told.
    pub answer: Answer,
    /// The person's permits of the kinds that are demanded at the venue, what covers the scan first; none where nothing is
    /// demanded.
    pub permits: Vec<ShownPermit>,
}

impl From<Answer> for Admitted {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            permits: Vec::new(),
        }
    }
}

/// Which scans go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Somebody is standing at the gate.
    Live,
    /// A phone's or a device's backlog.
    Backlog,
}

impl Admissions {
    /// Starts recording into a store.
    pub fn start(store: Store, retention: Retention) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let worker = Worker {
            store,
            retention,
            opened: HashSet::new(),
        };
        // A thread of its own: a round asks the database a dozen times, and as a task it would
        // queue behind every waiting request each time an answer comes.
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || runtime.block_on(work(worker, waiting)));
        Self { jobs }
    }

    /// Admits a batch: one answer a scan, in the order given. When this returns, what was
    /// recorded is on disk; when it fails, nothing new was acknowledged, and the same batch may
    /// be sent again. A scan beyond the scope of who records is refused as `wrong_checkpoint`.
    pub async fn admit<S: ScanScope>(
        &self,
        who: &Authorized<RecordScans, S>,
        scans: Vec<Scan>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Vec<Answer>, Error>
    where
        RecordScans: Action<S>,
    {
        let admitted = self.admit_showing(who, scans, lane, now).await?;
        Ok(admitted.into_iter().map(|one| one.answer).collect())
    }

    /// The same for whoever stands at the gate, who is shown the permits that are asked for there, too.
    pub async fn admit_showing<S: ScanScope>(
        &self,
        who: &Authorized<RecordScans, S>,
        mut scans: Vec<Scan>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Vec<Admitted>, Error>
    where
        RecordScans: Action<S>,
    {
        within(who, &mut scans);
        if scans.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        let place = tokio::time::timeout(PATIENCE, self.jobs.reserve()).await;
        let place = place
            .map_err(|_| Error::Busy(sqlx::Error::PoolTimedOut))?
            .map_err(|_| Error::Stopped)?;
        place.send(Job::new(scans, lane, now, reply));
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// Waits until recording ends by itself. As long as this is held that is a fault, and nothing
    /// is recorded any more: the program should end, and be started again.
    pub async fn ended(&self) {
        self.jobs.closed().await;
    }

    /// Whether recording has ended by itself.
    pub fn has_ended(&self) -> bool {
        self.jobs.is_closed()
    }

    /// The way in after its worker has panicked.
    #[cfg(feature = "test-support")]
    pub fn broken() -> Self {
        let (jobs, waiting) = mpsc::channel::<Job>(1);
        tokio::task::spawn_blocking(move || {
            let _waiting = waiting;
            panic!("planted");
        });
        Self { jobs }
    }
}

/// Takes the checkpoint from scans that lie beyond the scope: they are refused.
fn within<S: ScanScope>(who: &Authorized<RecordScans, S>, scans: &mut [Scan])
where
    RecordScans: Action<S>,
{
    for scan in scans {
        if !who.scope().covers(scan) {
            scan.checkpoint = None;
        }
    }
}

struct Worker {
    store: Store,
    retention: Retention,
    /// Days known to have room in the database.
    opened: HashSet<Day>,
}

/// One scan on its way, with what is known before the database is asked.
struct Line {
    scan: Scan,
    /// When it came.
    now: Timestamp,
    day: Day,
    key: Arc<DayKey>,
    /// The key of the day before, while someone who came then may still be inside.
    before: Option<(Day, Arc<DayKey>)>,
    /// Tells this content from another under the same id.
    content: [u8; 8],
}

async fn work(mut worker: Worker, mut waiting: mpsc::Receiver<Job>) {
    let mut queue = Queue::default();
    let mut flushing: Option<JoinHandle<bool>> = None;
    loop {
        if queue.is_empty() {
            match waiting.recv().await {
                Some(job) => queue.push(job),
                None => break,
            }
        }
        while let Ok(job) = waiting.try_recv() {
            queue.push(job);
        }
        let round = queue.take();
        let scans = round
            .iter()
            .map(|place| (place.scan.clone(), place.now))
            .collect();
        let admitted = worker.admit(scans).await;
        // One round is on its way to disk while the next is worked out, and no more.
        if let Some(flush) = flushing.take()
            && !flush.await.unwrap_or(false)
        {
            return;
        }
        match admitted {
            Ok(answers) => {
                let answered = queue.answer(&round, answers);
                // From a task, so that callers are woken where they run, not one by one from here.
                flushing = Some(tokio::spawn(acknowledge(worker.store.clone(), answered)));
            }
            Err(error) => {
                // Callers are told what kind it is; the cause is said here, once.
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                tracing::error!(%error, cause, scans = round.len(), "scans could not be recorded");
                queue.fail(&round, &error);
                if matches!(error, Error::Stopped) {
                    return;
                }
            }
        }
    }
    if let Some(flush) = flushing {
        let _ = flush.await;
    }
}

/// Answers callers once what was committed for them is on disk, and says whether it is.
async fn acknowledge(store: Store, answered: Vec<(Reply, Vec<Admitted>)>) -> bool {
    let flushed = store.flush().await;
    for (reply, answers) in answered {
        // The caller may have gone; what was recorded stays recorded.
        let _ = match &flushed {
            Ok(()) => reply.send(Ok(answers)),
            Err(error) => reply.send(Err(error.alike())),
        };
    }
    flushed.is_ok()
}

impl Worker {
    /// Admits one round. A transaction the database refuses for its content is halved until the
    /// line at fault stands alone; that line is refused, the others are recorded.
    async fn admit(&mut self, scans: Vec<(Scan, Timestamp)>) -> Result<Vec<Admitted>, Error> {
        match self.transact(&scans).await {
            Err(Error::Database(error)) if faulty_row(&error) => {
                if scans.len() == 1 {
                    tracing::error!(%error, "the database refuses a scan");
                    return Ok(vec![
                        Answer::refuse(Direction::In, Reason::Malformed).into(),
                    ]);
                }
                let half = scans.len() / 2;
                let mut answers = Vec::with_capacity(scans.len());
                for part in [scans[..half].to_vec(), scans[half..].to_vec()] {
                    answers.extend(Box::pin(self.admit(part)).await?);
                }
                Ok(answers)
            }
            other => other,
        }
    }

    async fn transact(&mut self, scans: &[(Scan, Timestamp)]) -> Result<Vec<Admitted>, Error> {
        let mut answers: Vec<Option<Admitted>> = Vec::with_capacity(scans.len());
        let mut lines = Vec::with_capacity(scans.len());
        let mut before = HashMap::new();
        for (place, (scan, now)) in scans.iter().enumerate() {
            match self.prepare(scan, *now, &mut before)? {
                Ok(line) => {
                    answers.push(None);
                    lines.push((place, line));
                }
                Err(answer) => answers.push(Some(answer.into())),
            }
        }
        lines.sort_by_key(|(_, line)| line.scan.id);
        if !lines.is_empty() {
            for (place, answer) in self.record(&lines).await? {
                answers[place] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// What can be said without the database; the rest becomes a line.
    fn prepare(
        &self,
        scan: &Scan,
        now: Timestamp,
        days_before: &mut HashMap<Day, Option<Arc<DayKey>>>,
    ) -> Result<Result<Line, Answer>, Error> {
        let direction = scan.asked.explicit().unwrap_or(Direction::In);
        let refuse = |reason| Ok(Err(Answer::refuse(direction, reason)));
        if from_the_future(scan.id, now) {
            return refuse(Reason::Future);
        }
        let Some(checkpoint) = scan.checkpoint else {
            return refuse(Reason::WrongCheckpoint);
        };
        let (zone, keys) = (self.store.zone(), self.store.keys());
        let oldest = self.retention.oldest_scan_day(now, zone);
        let day = zone.day(scan.id.at());
        let Some(key) = keys.day(day, oldest)? else {
            return refuse(Reason::TooOld);
        };
        // Asked once a round: a key that is not there is looked for in the folder.
        let yesterday = day.plus(-1);
        let before = match days_before.get(&yesterday) {
            Some(known) => known.clone(),
            None => {
                let key = keys.existing(yesterday)?;
                days_before.insert(yesterday, key.clone());
                key
            }
        };
        let before = before.map(|key| (yesterday, key));
        let confirms = scan
            .confirms
            .map(|id| *id.uuid().as_bytes())
            .unwrap_or_default();
        let mut said = vec![
            checkpoint.0.as_bytes().as_slice(),
            scan.asked.as_str().as_bytes(),
            std::slice::from_ref(&scan.companions),
            &confirms,
            scan.code.as_bytes(),
        ];
        if scan.remarks.turned_away {
            said.push(Reason::TurnedAway.as_str().as_bytes());
        }
        let content = key.digest(&said);
        Ok(Ok(Line {
            scan: scan.clone(),
            now,
            day,
            key,
            before,
            content,
        }))
    }

    /// Gathers, folds, records and commits. Ids recorded before are rare, so they are found by the
    /// insert itself; then the work is done again with their first answers at hand.
    async fn record(&mut self, lines: &[(usize, Line)]) -> Result<Vec<(usize, Admitted)>, Error> {
        let mut repeated = false;
        loop {
            let mut tx = self.store.write().await?;
            tx.lock_for_admission(lines).await?;
            let days: HashSet<Day> = lines.iter().map(|(_, line)| line.day).collect();
            let unopened: Vec<Day> = days.difference(&self.opened).copied().collect();
            for day in &unopened {
                tx.open_day(*day).await?;
            }
            let facts = tx.gather(lines).await?;
            let referrals = tx.referred(lines).await?;
            let aside = tx.set_aside_before(lines, &facts).await?;
            let earlier = if repeated || !aside.is_empty() {
                tx.earlier(lines).await?
            } else {
                gather::Earlier::default()
            };
            let outcome = fold::fold(lines, facts, referrals, (&earlier, &aside));
            if tx.insert_scans(&outcome.rows).await? < outcome.rows.len() {
                tx.rollback().await?;
                repeated = true;
                continue;
            }
            tx.update_presences(&outcome.moves).await?;
            tx.close_asides(&aside, &outcome.rows).await?;
            let new = outcome.rows.iter().map(|row| &row.line.scan);
            tx.note_said(new.filter(|scan| !aside.said(scan))).await?;
            tx.commit_unflushed().await?;
            self.opened.extend(unopened);
            return Ok(outcome.answers);
        }
    }
}

/// The plain way, for comparison: one scan, one transaction, no queue.
#[cfg(feature = "test-support")]
pub async fn plain_admit(
    store: &Store,
    retention: Retention,
    who: &Authorized<RecordScans, VenueScope>,
    mut scan: Scan,
    now: Timestamp,
) -> Result<Answer, Error> {
    within(who, std::slice::from_mut(&mut scan));
    let mut worker = Worker {
        store: store.clone(),
        retention,
        opened: HashSet::new(),
    };
    let answers = worker.admit(vec![(scan, now)]).await?;
    store.flush().await?;
    let first = answers.into_iter().next().ok_or(Error::Stopped)?;
    Ok(first.answer)
}

/// Whether it is a fault of one row, not of the database as a whole: then halving the batch helps.
fn faulty_row(error: &sqlx::Error) -> bool {
    // Classes 22 and 23 of SQL states: data exceptions and integrity violations. SQLite's
    // constraint and type mismatch codes.
    let code = error
        .as_database_error()
        .and_then(|e| e.code())
        .unwrap_or_default()
        .into_owned();
    code.len() == 5 && (code.starts_with("22") || code.starts_with("23"))
        || matches!(code.parse::<i32>().map(|code| code & 0xff), Ok(18..=20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_not_blamed_on_a_row() {
        assert!(!faulty_row(&sqlx::Error::PoolTimedOut));
        assert!(!faulty_row(&sqlx::Error::WorkerCrashed));
    }
}
