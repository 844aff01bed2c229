//! What can go wrong with a register, each with what to do about it.

use std::path::PathBuf;

/// Why a register cannot be used. No variant holds anything out of the register.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no such file.
    #[error("there is no register at {}: import a file to begin one, or name another with --register", .0.display())]
    Missing(PathBuf),
    /// The file is not a register of this program.
    #[error("{} is not a Tegata register: name the right file with --register; this one was left as it is", .0.display())]
    NotARegister(PathBuf),
    /// The file is a register, but damaged.
    #[error("the register {} is damaged or cut short: restore it from a backup, or begin a new one and import again; it was left as it is", .0.display())]
    Damaged(PathBuf),
    /// A newer version of the program wrote it.
    #[error("the register {} was written by a newer version: use that version", .0.display())]
    Newer(PathBuf),
    /// Another process is writing.
    #[error("the register {} is in use by another process: wait until that has finished, then try again", .0.display())]
    Busy(PathBuf),
    /// The disk is full. Nothing was changed.
    #[error("the disk of {} is full: make room and run the same command again; nothing was changed", .0.display())]
    Full(PathBuf),
    /// The file or its folder cannot be opened or written. Nothing was changed.
    #[error("the register {} cannot be read or written: look at the folder, its rights and its disk; nothing was changed", .0.display())]
    Access(PathBuf),
    /// The operating system refused to create it.
    #[error("the register {} cannot be created: {error}; look at the folder, its rights and its disk", path.display())]
    Create {
        /// Where it was to be.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The database library failed in a way that no other variant names.
    #[error("the register's database failed ({0}): this is a fault of the program, please report it")]
    Database(String),
}

impl RegisterError {
    /// Sorts what the database library reports.
    pub(crate) fn from_sqlx(path: &std::path::Path, error: &sqlx::Error) -> Self {
        let path = path.to_path_buf();
        let code = match error {
            sqlx::Error::Database(database) => database.code().and_then(|code| code.parse::<u32>().ok()),
            sqlx::Error::Migrate(_) => return Self::Newer(path),
            sqlx::Error::Io(_) => return Self::Access(path),
            // What was packed or typed otherwise than this program writes it.
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => return Self::Damaged(path),
            _ => None,
        };
        // The low byte is the primary result code: https://www.sqlite.org/rescode.html
        match code.map(|code| code & 0xFF) {
            Some(5 | 6) => Self::Busy(path),
            Some(11) => Self::Damaged(path),
            Some(26) => Self::NotARegister(path),
            Some(13) => Self::Full(path),
            // SQLITE_IOERR_SHMSIZE: no room for the 32 KiB that lie beside an open register.
            Some(10) if code == Some(4874) => Self::Full(path),
            Some(3 | 8 | 10 | 14 | 23) => Self::Access(path),
            // The text names tables and columns at most, never a value.
            _ => Self::Database(code.map_or_else(|| "no code".to_owned(), |code| format!("SQLite code {code}"))),
        }
    }
}
