//! `card`: what cards and their holders cost the server where there are very many.

mod duplicates;
mod status_list;

use anyhow::Result;
pub(crate) use duplicates::Options;

/// Prints each figure.
pub(crate) async fn run(options: Options) -> Result<()> {
    tokio::task::spawn_blocking(status_list::status_list).await??;
    duplicates::duplicates(options).await
}
