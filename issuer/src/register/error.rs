//! What can go wrong with a register, each with what to do about it.

use super::actor::ActorError;
use super::stations::SuspensionReason;
use sqlx::postgres::PgDatabaseError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tegata_certificate::UnixTime;

/// How messages name a register: its file, or its server without a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place(Arc<str>);

impl Place {
    pub(super) fn named(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::named(&path.to_string_lossy())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a register cannot be used. No variant holds anything out of the register, nor a password.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no such register.
    #[error("there is no register at {0}: import a file to begin one, or name another with --register")]
    Missing(Place),
    /// The file or database is not a register of this program.
    #[error("{0} is not a Tegata register: name the right file with --register; this one was left as it is")]
    NotARegister(Place),
    /// It is a register, but damaged.
    #[error(
        "the register {0} is damaged or cut short: restore it from a backup, or begin a new one and import again; it was left as it is"
    )]
    Damaged(Place),
    /// A newer version of the program wrote it.
    #[error("the register {0} was written by a newer version: use that version")]
    Newer(Place),
    /// Another process is writing.
    #[error("the register {0} is in use by another process: wait until that has finished, then try again")]
    Busy(Place),
    /// Another process issues from the same file.
    #[error(
        "another process is issuing from the register {0}, and from a file one does at a time: wait until it has ended; many work on a register on a server (PostgreSQL)"
    )]
    AtWork(Place),
    /// The disk is full. Nothing was changed.
    #[error("the disk of {0} is full: make room and run the same command again; nothing was changed")]
    Full(Place),
    /// The file or its folder cannot be opened or written. Nothing was changed.
    #[error(
        "the register {0} cannot be read or written: look at the folder, its rights and its disk; nothing was changed"
    )]
    Access(Place),
    /// The operating system refused to create it.
    #[error("the register {register} cannot be created: {error}; look at the folder, its rights and its disk")]
    Create {
        /// Where it was to be.
        register: Place,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The URL of a server cannot be understood.
    #[error("{0} is no address of a database: write it as postgres://user@host:5432/database")]
    Url(Place),
    /// The server does not answer, or the connection broke. What was not committed is undone.
    #[error(
        "the database {register} cannot be reached ({reason}): see that it runs and that this machine may connect, then run the same command again"
    )]
    Unreachable {
        /// Which.
        register: Place,
        /// What went wrong.
        reason: String,
    },
    /// The server lets nobody in by that name and password, has no such database, or gives no rights to its tables.
    #[error(
        "the database {register} refuses: {reason}; look at the user, the password (PGPASSWORD, PGPASSFILE), the database's name and the rights"
    )]
    Refused {
        /// Which.
        register: Place,
        /// What the server said.
        reason: String,
    },
    /// The key file is not there.
    #[error("the register's key file {} is not there: restore it from its safe copy, or name it with --register-key; without it nobody can read the register (for a new register, make one: tegata-issuer register key new FILE)", .0.display())]
    KeyMissing(PathBuf),
    /// A server's register needs a key file to be named.
    #[error(
        "the register {0} needs its key file: name it with --register-key or TEGATA_REGISTER_KEY; for a new register, make one: tegata-issuer register key new FILE"
    )]
    KeyUnnamed(Place),
    /// The file is no key file.
    #[error("{} is not a register's key file, or it is damaged: restore it from its safe copy, or name the right file with --register-key", .0.display())]
    KeyFile(PathBuf),
    /// The key is another register's.
    #[error("the key file {} is not the one of the register {register}: name the right file with --register-key; nothing was changed", path.display())]
    KeyMismatch {
        /// The register.
        register: Place,
        /// The key file.
        path: PathBuf,
    },
    /// There is such a file already.
    #[error("{} is there already and was left as it is: name another file", .0.display())]
    KeyExists(PathBuf),
    /// The key file, or what is kept beside it, cannot be read or written.
    #[error("{} cannot be read or written: {error}; look at the folder, its rights and its disk", path.display())]
    KeyAccess {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The register is for demonstrations.
    #[error(
        "the register {0} is for demonstrations (a sample was imported into it, or it issued under a DEMO list): nothing in it is ever signed with a key that counts; begin a new register for real records; nothing was changed"
    )]
    DemoRegister(Place),
    /// The register has issued certificates that count.
    #[error(
        "the register {0} holds real records (it issued under a list that counts): no sample comes into it, and no DEMO key signs what it holds; use a register of its own for demonstrations; nothing was changed"
    )]
    LiveRegister(Place),
    /// The mark of what was issued cannot be understood.
    #[error("{} is damaged: delete it, and if the register may be older than what was issued, run tegata-issuer register restored", .0.display())]
    Mark(PathBuf),
    /// The note of the audit's newest entry cannot be understood.
    #[error("{} is damaged: restore it from its safe copy; if there is none, look at tegata-issuer audit verify, move it away, and go on", .0.display())]
    AuditMark(PathBuf),
    /// Who acts cannot be noted so.
    #[error(transparent)]
    Actor(#[from] ActorError),
    /// The station is suspended.
    #[error(
        "the station {station} is suspended since {since} ({}): an administrator finds out why and lifts it from another station (tegata-issuer station resume {station}); nothing was changed", reason.words()
    )]
    Suspended {
        /// Which.
        station: String,
        /// Since when.
        since: UnixTime,
        /// Why.
        reason: SuspensionReason,
    },
    /// The register gets another key.
    #[error(
        "the register is getting another key, and nobody writes meanwhile: wait until that is done, or end it with tegata-issuer register rekey; nothing was changed"
    )]
    Rekeying,
    /// The database library failed in a way that no other variant names.
    #[error("the register's database failed ({0}): this is a fault of the program, please report it")]
    Database(String),
}

/// The SQLSTATE that a PostgreSQL server answered.
pub(super) fn state(error: &sqlx::Error) -> Option<&str> {
    Some(error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.code())
}

impl RegisterError {
    /// Sorts what the database library reports.
    pub(crate) fn from_sqlx(register: &Place, error: &sqlx::Error) -> Self {
        let register = register.clone();
        if let Some(state) = state(error) {
            let said = error.as_database_error().map_or("", |error| error.message());
            return Self::from_state(register, state, said);
        }
        let code = match error {
            sqlx::Error::Database(database) => database.code().and_then(|code| code.parse::<u32>().ok()),
            sqlx::Error::Migrate(_) => return Self::Newer(register),
            sqlx::Error::Tls(error) => return Self::Unreachable { register, reason: error.to_string() },
            sqlx::Error::PoolTimedOut => return Self::Unreachable { register, reason: "no answer".to_owned() },
            sqlx::Error::Protocol(_) => {
                return Self::Unreachable { register, reason: "it does not speak PostgreSQL's protocol".to_owned() };
            }
            sqlx::Error::Io(error) if register.0.contains("://") => {
                return Self::Unreachable { register, reason: error.to_string() };
            }
            sqlx::Error::Io(_) => return Self::Access(register),
            // What was packed, sealed or typed otherwise than this program writes it.
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => return Self::Damaged(register),
            _ => None,
        };
        // The low byte is the primary result code: https://www.sqlite.org/rescode.html
        match code.map(|code| code & 0xFF) {
            Some(5 | 6) => Self::Busy(register),
            Some(11) => Self::Damaged(register),
            Some(26) => Self::NotARegister(register),
            Some(13) => Self::Full(register),
            // SQLITE_IOERR_SHMSIZE: no room for the 32 KiB that lie beside an open register.
            Some(10) if code == Some(4874) => Self::Full(register),
            Some(3 | 8 | 10 | 14 | 23) => Self::Access(register),
            // The text names tables and columns at most, never a value.
            _ => Self::Database(code.map_or_else(|| "no code".to_owned(), |code| format!("SQLite code {code}"))),
        }
    }

    /// Sorts a SQLSTATE: https://www.postgresql.org/docs/15/errcodes-appendix.html
    fn from_state(register: Place, state: &str, said: &str) -> Self {
        match (state.get(..2).unwrap_or_default(), state) {
            // No value is in these messages: they name users, databases and tables.
            ("28" | "3D" | "3F", _) | (_, "42501" | "25006") => Self::Refused { register, reason: said.to_owned() },
            ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05") => {
                Self::Unreachable { register, reason: said.to_owned() }
            }
            (_, "53100") => Self::Full(register),
            ("40" | "53", _) | (_, "55P03") => Self::Busy(register),
            (_, "XX001" | "XX002") => Self::Damaged(register),
            // A table of that name is there, and not by our migrations.
            (_, "42P07") => Self::NotARegister(register),
            _ => Self::Database(format!("SQLSTATE {state}")),
        }
    }
}
