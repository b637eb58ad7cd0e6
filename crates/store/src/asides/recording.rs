//! Scans that the owner has dated or accepted, on their way into the log, and the end of all.

use super::{PLACE, Sealed};
use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::{Error, Tx};
use domain::aside::Settled;
use domain::ids::{CheckpointId, DeviceId, ScanId, VenueId};
use domain::scan::{Asked, Decision, Way};
use domain::time::Timestamp;
use uuid::Uuid;

/// A scan that the owner has dated or accepted, on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Its venue.
    pub venue: VenueId,
    /// The device that read it.
    pub device: DeviceId,
    /// Its own id, under which it was set aside.
    pub own_id: ScanId,
    /// The id that it is recorded under.
    pub id: ScanId,
    /// Where it was read.
    pub checkpoint: CheckpointId,
    /// What the square said.
    pub code: String,
    /// The direction asked for.
    pub asked: Asked,
    /// How it was read.
    pub way: Way,
    /// People who came along.
    pub companions: u8,
    /// The referred scan that it answers, moved as it was.
    pub confirms: Option<ScanId>,
    /// Whether the attendant turned the person away.
    pub turned_away: bool,
    /// What the door said.
    pub door: Option<Decision>,
    /// How far the reader's clock was ahead, in milliseconds.
    pub skew: Option<i64>,
    /// What the owner did.
    pub settled: Settled,
}

impl Tx {
    /// Scans that owners have dated or accepted and that are not in the log yet, venue by venue.
    pub async fn asides_to_record(&mut self, most: i64) -> Result<Vec<Aside>, Error> {
        type Row = (
            VenueId,
            Uuid,
            CheckpointId,
            DeviceId,
            Option<i64>,
            i64,
            Settled,
            Vec<u8>,
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select venue_id, id, checkpoint_id, device_id, skew, moved, settled, sealed
                 from asides where moved is not null order by venue_id, id limit $1",
            )
            .bind(most)
            .fetch_all(conn)
        })?;
        let opened = rows.into_iter().map(|row| {
            let (venue, id, checkpoint, device, skew, by, settled, bytes) = row;
            let own_id = ScanId::new(id).ok_or(Error::Damaged("asides.id"))?;
            let line: Sealed = self.keys.sealer().open(PLACE, &bytes)?;
            Ok(Aside {
                venue,
                device,
                own_id,
                id: own_id.moved(by),
                checkpoint,
                code: line.code,
                asked: line.asked,
                way: line.way,
                companions: line.companions,
                confirms: line.confirms.map(|id| id.moved(by)),
                turned_away: line.turned_away,
                door: line.door,
                skew,
                settled,
            })
        });
        opened.collect()
    }

    /// Notes what became of scans that were to be recorded: those that the log has are emptied, the
    /// others wait for the owner again.
    pub async fn asides_recorded(
        &mut self,
        recorded: &[(VenueId, ScanId)],
        refused: &[(VenueId, ScanId)],
    ) -> Result<(), Error> {
        const HEAD: &str = "with done (a, b) as (";
        let keys = |some: &[(VenueId, ScanId)]| {
            [
                Column::ids(some.iter().map(|(venue, _)| venue.0)),
                Column::ids(some.iter().map(|(_, id)| id.uuid())),
            ]
        };
        const EMPTY: &str = ") update asides set sealed = null, moved = null from done
             where venue_id = a and id = b";
        const WAIT: &str = ") update asides set moved = null, settled = null from done
             where venue_id = a and id = b";
        self.write_set(HEAD, &keys(recorded), EMPTY).await?;
        self.write_set(HEAD, &keys(refused), WAIT).await
    }

    /// Empties what came before an instant, settled or not, and erases what came before another one:
    /// until then, a device that sends a scan again brings it back to nobody.
    pub async fn erase_asides(
        &mut self,
        waiting: Timestamp,
        settled: Timestamp,
    ) -> Result<u64, Error> {
        let gone = execute!(
            self,
            sqlx::query("delete from asides where received_at < $1").bind(settled)
        )?;
        let emptied = execute!(
            self,
            sqlx::query(
                "update asides set sealed = null, moved = null
                 where received_at < $1 and sealed is not null",
            )
            .bind(waiting)
        )?;
        Ok(gone + emptied)
    }
}
