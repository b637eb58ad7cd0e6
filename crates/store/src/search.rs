//! The index by which proven people are found: keyed hashes of what is known of them, kept true with every change of
//! a record. What is indexed, and why no more: `domain::search_key`.

use crate::dialect::execute;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::search_key::{self, SearchKey};
use domain::unit::UnitPath;
use std::collections::BTreeSet;

impl Tx {
    /// Makes the index say what is known of a person now. `before` is what it said until now; nothing for a person who
    /// was not in it, and `now` is nothing for one who leaves it.
    pub(crate) async fn index_holder(
        &mut self,
        holder: HolderId,
        before: Option<(&HolderDetails, &UnitPath)>,
        now: Option<(&HolderDetails, &UnitPath)>,
    ) -> Result<(), Error> {
        let (old, new) = (self.keys_of(before), self.keys_of(now));
        for gone in old.difference(&new) {
            execute!(
                self,
                sqlx::query("delete from holder_keys where key = $1 and holder_id = $2")
                    .bind(*gone)
                    .bind(holder)
            )?;
        }
        let fresh: Vec<i64> = new.difference(&old).copied().collect();
        let rows = [
            Column::longs(fresh.iter().copied()),
            Column::ids(fresh.iter().map(|_| holder.0)),
        ];
        self.write_new("insert into holder_keys (key, holder_id) ", &rows)
            .await?;
        match now {
            Some(_) => self.compare_later(&[holder]).await,
            None => Ok(()),
        }
    }

    fn keys_of(&self, person: Option<(&HolderDetails, &UnitPath)>) -> BTreeSet<i64> {
        let Some((details, unit)) = person else {
            return BTreeSet::new();
        };
        let keys = search_key::of(details, unit.commune());
        keys.iter()
            .map(|key| self.keys.sealer().search(key))
            .collect()
    }

    /// The numbers of several texts, as a set to look up.
    pub(crate) fn search_column(&self, keys: &[SearchKey]) -> [Column; 1] {
        [Column::longs(
            keys.iter().map(|key| self.keys.sealer().search(key)),
        )]
    }
}
