//! The data folder: made for its owner alone, and served by one program at a time.

use anyhow::Context as _;
use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};

/// Another program serves this folder.
#[derive(Debug, thiserror::Error)]
#[error("another vaora serves {}", .0.display())]
pub struct Served(pub PathBuf);

/// Held while a folder is served; let go when dropped, however the program ends.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

/// Makes a folder that others cannot look into. One that is there stays as it is.
pub fn make(folder: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("the data folder {} cannot be made", folder.display()))
}

/// Whether everybody on this machine can look into a folder.
pub fn is_open_to_all(folder: &Path) -> bool {
    #[cfg(unix)]
    if let Ok(found) = folder.metadata() {
        return std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o005 != 0;
    }
    false
}

/// Claims the folder of a SQLite database for this program, by `vaora.lock` in it. PostgreSQL may
/// be served by several.
pub fn lock(sqlite: Option<&Path>) -> anyhow::Result<Lock> {
    let Some(folder) = sqlite.map(|file| file.parent().unwrap_or(file)) else {
        return Ok(Lock { _file: None });
    };
    let path = folder.join("vaora.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: Some(file) }),
        Err(TryLockError::WouldBlock) => Err(Served(folder.to_owned()).into()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}
