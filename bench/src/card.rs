//! `card`: what cards and their holders cost the server where there are very many.

mod duplicates;

use anyhow::Result;
pub(crate) use duplicates::Options;

/// Prints each figure.
pub(crate) async fn run(options: Options) -> Result<()> {
    duplicates::duplicates(options).await
}
