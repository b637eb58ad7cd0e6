//! `card`: what cards and their holders cost the server where there are very many.

mod duplicates;
mod issue;
mod office;
mod status_list;

use anyhow::Result;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    duplicates: duplicates::Options,
    #[command(flatten)]
    issue: issue::Options,
}

/// Prints each figure.
pub(crate) async fn run(options: Options) -> Result<()> {
    tokio::task::spawn_blocking(status_list::status_list).await??;
    issue::issue(&options.issue).await?;
    duplicates::duplicates(options.duplicates).await
}
