//! Who goes first: live scans before backlogs, and never a transaction so large that a gate waits.

use super::{Admitted, Lane};
use crate::Error;
use domain::scan::Scan;
use domain::time::Timestamp;
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// The most scans in one transaction: enough to share its cost, and few enough that others arrive,
/// are read and wait for the next while it runs.
const ROUND: usize = 512;
/// How many places of a round backlogs get while gates are busy: slow, but never stopped.
const BACKLOG_SHARE: usize = 100;

/// Where a caller waits.
pub(super) type Reply = oneshot::Sender<Result<Vec<Admitted>, Error>>;

/// What one caller handed in.
pub(super) struct Job {
    lane: Lane,
    now: Timestamp,
    /// Scans not yet taken, by id, each with its place in the caller's order.
    scans: VecDeque<(usize, Scan)>,
    answers: Vec<Option<Admitted>>,
    reply: Reply,
}

impl Job {
    pub(super) fn new(scans: Vec<Scan>, lane: Lane, now: Timestamp, reply: Reply) -> Self {
        let answers = vec![None; scans.len()];
        let mut scans: VecDeque<(usize, Scan)> = scans.into_iter().enumerate().collect();
        scans.make_contiguous().sort_by_key(|(_, scan)| scan.id);
        Self {
            lane,
            now,
            scans,
            answers,
            reply,
        }
    }
}

/// A scan taken into a round.
pub(super) struct Place {
    pub(super) scan: Scan,
    pub(super) now: Timestamp,
    job: u64,
    place: usize,
}

/// Jobs waiting, each under a number of its own.
#[derive(Default)]
pub(super) struct Queue {
    live: VecDeque<(u64, Job)>,
    backlog: VecDeque<(u64, Job)>,
    /// Jobs whose scans are all taken, waiting for the round to end.
    taken: Vec<(u64, Job)>,
    next: u64,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.backlog.is_empty()
    }

    pub(super) fn push(&mut self, job: Job) {
        let lane = match job.lane {
            Lane::Live => &mut self.live,
            Lane::Backlog => &mut self.backlog,
        };
        lane.push_back((self.next, job));
        self.next += 1;
    }

    /// The next round.
    pub(super) fn take(&mut self) -> Vec<Place> {
        let mut round = Vec::new();
        let share = if self.backlog.is_empty() {
            0
        } else {
            BACKLOG_SHARE
        };
        draw(&mut self.live, &mut self.taken, &mut round, ROUND - share);
        let limit = if round.is_empty() {
            ROUND
        } else {
            round.len() + BACKLOG_SHARE
        };
        draw(&mut self.backlog, &mut self.taken, &mut round, limit);
        round
    }

    /// Takes a round's answers; gives those callers whose scans are all answered, with the answers.
    pub(super) fn answer(
        &mut self,
        round: &[Place],
        answers: Vec<Admitted>,
    ) -> Vec<(Reply, Vec<Admitted>)> {
        // A round holds each job's scans in one stretch.
        let mut answers = answers.into_iter();
        for stretch in round.chunk_by(|one, next| one.job == next.job) {
            if let Some(job) = self.job(stretch[0].job) {
                for (place, answer) in stretch.iter().zip(&mut answers) {
                    job.answers[place.place] = Some(answer);
                }
            }
        }
        let done = self.taken.drain(..);
        done.map(|(_, job)| (job.reply, job.answers.into_iter().flatten().collect()))
            .collect()
    }

    /// Tells every caller of a round that nothing of it was acknowledged.
    pub(super) fn fail(&mut self, round: &[Place], error: &Error) {
        let mut jobs: Vec<u64> = round.iter().map(|place| place.job).collect();
        jobs.dedup();
        for number in jobs {
            if let Some(job) = self.remove(number) {
                let _ = job.reply.send(Err(error.alike()));
            }
        }
    }

    fn job(&mut self, number: u64) -> Option<&mut Job> {
        let all = self
            .taken
            .iter_mut()
            .chain(&mut self.live)
            .chain(&mut self.backlog);
        all.into_iter()
            .find(|(n, _)| *n == number)
            .map(|(_, job)| job)
    }

    fn remove(&mut self, number: u64) -> Option<Job> {
        if let Some(i) = self.taken.iter().position(|(n, _)| *n == number) {
            return Some(self.taken.swap_remove(i).1);
        }
        for lane in [&mut self.live, &mut self.backlog] {
            if let Some(i) = lane.iter().position(|(n, _)| *n == number) {
                return lane.remove(i).map(|(_, job)| job);
            }
        }
        None
    }
}

/// Moves scans from the head of a lane into the round, up to a limit.
fn draw(
    lane: &mut VecDeque<(u64, Job)>,
    taken: &mut Vec<(u64, Job)>,
    round: &mut Vec<Place>,
    limit: usize,
) {
    while round.len() < limit {
        let Some((number, job)) = lane.front_mut() else {
            return;
        };
        let count = job.scans.len().min(limit - round.len());
        let (job_number, now) = (*number, job.now);
        round.extend(job.scans.drain(..count).map(|(place, scan)| Place {
            scan,
            now,
            job: job_number,
            place,
        }));
        if job.scans.is_empty() {
            taken.extend(lane.pop_front());
        }
    }
}
