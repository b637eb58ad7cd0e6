//! The set-up link: printed at start while nobody can sign in, known to whoever reads it there.

use crate::AppState;
use crate::web::signed_in::new_token;

/// The address under which the installation is set up; nothing once an officer can sign in. Each
/// call makes a new link and voids the one before; only a hash is kept.
pub async fn link(app: &AppState) -> Result<Option<String>, store::Error> {
    let mut tx = app.store.write().await?;
    if !tx.set_up_wanted().await? {
        return Ok(None);
    }
    let token = new_token();
    tx.open_set_up(&token, app.now()).await?;
    tx.commit().await?;
    Ok(Some(format!("{}/set-up/{token}", app.config.base_url())))
}
