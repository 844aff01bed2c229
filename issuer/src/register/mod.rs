//! The register: people and their doses in one SQLite file, in plain SQL that PostgreSQL understands too.
//!
//! The interface blocks: a register drives its connection itself, so that callers need no runtime of
//! their own. Everything of one import is one transaction (write-ahead log, `synchronous = FULL`).

mod cards;
mod certificates;
mod error;
mod findings;
mod merge;
mod pack;
mod particulars;
mod read;
mod requests;
mod statements;
mod vocabulary;
mod withdrawals;
mod write;

pub use cards::{CardList, CardNumber};
pub use error::RegisterError;
pub use findings::{FindingChoice, OpenFinding};
pub use read::{ImportEntry, Status};
pub use requests::Change;
pub use withdrawals::RuleScope;
pub use write::Tally;

pub(crate) use certificates::{Reservation, ReserveError, Wanted, Withdrawn};
pub(crate) use findings::NewHold;
pub(crate) use pack::{PackedDose, Series, Term};
pub(crate) use particulars::{Particulars, PersonColumns};
pub(crate) use requests::{Adopted, Ask, AskError, Outcome, RequestEntry, Settled};
pub(crate) use vocabulary::Vocabulary;
pub(crate) use withdrawals::{Given, RuleEntry};
pub(crate) use write::{Doses, Entry, FileEntry, Mode, PEOPLE_BATCH, People, PersonPart, Remarks, Writer};

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqliteConnection};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Marks our files among all SQLite files: `TGTA`, the header's application id.
const APPLICATION_ID: u32 = 0x5447_5441;
/// Large pages: a register is written and read in runs (measured best of 4, 16 and 64 KiB).
const PAGE_BYTES: u32 = 16 * 1024;
/// The page cache, in KiB. Imports in the order of the register numbers need next to none.
const CACHE_KIB: u32 = 16 * 1024;
/// How long another process's writing is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The numbered migrations. A new one is a file and a line; none is ever changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "register", include_str!("migrations/sqlite/0001_register.sql")),
    (2, "certificates", include_str!("migrations/sqlite/0002_certificates.sql")),
    (3, "withdrawals", include_str!("migrations/sqlite/0003_withdrawals.sql")),
    (4, "cards", include_str!("migrations/sqlite/0004_cards.sql")),
    (5, "findings", include_str!("migrations/sqlite/0005_findings.sql")),
];

/// A register, open.
pub struct Register {
    path: PathBuf,
    runtime: Runtime,
    /// None once it was closed.
    connection: Option<SqliteConnection>,
}

/// Whether a file is to become a register or is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    New,
    Old,
}

impl Drop for Register {
    /// However its user ended: what lies beside the file while it is open goes.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl Register {
    /// Opens a register.
    ///
    /// # Errors
    /// If there is none, if it is not one, damaged, newer than this program, or in use.
    pub fn open(path: &Path) -> Result<Self, RegisterError> {
        look_at_header(path)?;
        let mut register = Self::connect(path, path, Begin::Old)?;
        register.migrate()?;
        Ok(register)
    }

    /// Opens a register, or begins one, readable by its owner only, if there is no such file.
    ///
    /// # Errors
    /// As [`open`](Self::open), or if it cannot be created.
    pub fn open_or_create(path: &Path) -> Result<Self, RegisterError> {
        match Self::open(path) {
            Err(RegisterError::Missing(_)) => {}
            opened => return opened,
        }
        let created = |error| RegisterError::Create { path: path.to_path_buf(), error };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        // The file appears under its name only when it is a whole register, so that a crash leaves none half made.
        // In a folder of its own, because SQLite lays files beside it.
        let nest = tempfile::Builder::new().prefix(".register-").tempdir_in(folder).map_err(created)?;
        let file = tempfile::NamedTempFile::new_in(nest.path()).map_err(created)?;
        let mut fresh = Self::connect(file.path(), path, Begin::New)?;
        fresh.migrate()?;
        fresh.close()?;
        match file.persist_noclobber(path) {
            Ok(file) => file.sync_all().map_err(created)?,
            // Another process was faster: its register is as good.
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(created(error.error)),
        }
        Self::open(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes it, so that it is one file again.
    ///
    /// # Errors
    /// If what is still in the write-ahead log cannot be moved; nothing is lost then.
    pub fn close(mut self) -> Result<(), RegisterError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), RegisterError> {
        let Some(connection) = self.connection.take() else {
            return Ok(());
        };
        self.runtime.block_on(connection.close()).map_err(|error| RegisterError::from_sqlx(&self.path, &error))
    }

    /// Runs one step on the connection. Parts of this crate with tables of their own use it too.
    pub(crate) fn run<T>(
        &mut self,
        step: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegisterError> {
        let Self { path, runtime, connection } = self;
        let Some(connection) = connection else {
            return Err(RegisterError::Access(path.clone()));
        };
        runtime.block_on(step(connection)).map_err(|error| RegisterError::from_sqlx(path, &error))
    }

    /// Connects to a file that messages call `path`.
    fn connect(file: &Path, path: &Path, begin: Begin) -> Result<Self, RegisterError> {
        let created = |error| RegisterError::Create { path: path.to_path_buf(), error };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(created)?;
        let mut options = SqliteConnectOptions::new()
            .filename(file)
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", format!("-{CACHE_KIB}"))
            .row_buffer_size(1024)
            .optimize_on_close(false, None);
        if begin == Begin::New {
            // Only then: it writes, and whoever only looks changes no byte. And all into the one file that gets
            // the register's name: on a full disk, closing leaves in the write-ahead log what it cannot move.
            options =
                options.pragma("application_id", APPLICATION_ID.to_string()).journal_mode(SqliteJournalMode::Delete);
        }
        let connection = runtime
            .block_on(SqliteConnection::connect_with(&options))
            .map_err(|error| RegisterError::from_sqlx(path, &error))?;
        Ok(Self { path: path.to_path_buf(), runtime, connection: Some(connection) })
    }

    fn migrate(&mut self) -> Result<(), RegisterError> {
        let migrations = MIGRATIONS.iter().map(|&(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
        });
        let migrator = Migrator::with_migrations(migrations.collect());
        self.run(async |connection| match migrator.run_direct(None, connection, false).await {
            Err(
                sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _),
            ) => Err(error),
            result => result.map_err(|error| sqlx::Error::Migrate(Box::new(error))),
        })
    }
}

/// Tells a missing, foreign or cut file by its header and length, before SQLite would try to mend it.
fn look_at_header(path: &Path) -> Result<(), RegisterError> {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let access = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => RegisterError::Missing(path.to_path_buf()),
        _ => RegisterError::Access(path.to_path_buf()),
    };
    let file = std::fs::File::open(path).map_err(access)?;
    let length = file.metadata().map_err(access)?.len();
    let mut header = Vec::new();
    file.take(100).read_to_end(&mut header).map_err(access)?;
    if header.is_empty() || (header.len() < 100 && header.starts_with(MAGIC)) {
        return Err(RegisterError::Damaged(path.to_path_buf()));
    }
    let ours = header.starts_with(MAGIC) && header.get(68..72) == Some(&APPLICATION_ID.to_be_bytes());
    if !ours {
        return Err(RegisterError::NotARegister(path.to_path_buf()));
    }
    // SQLite fills up a last page that was cut, and lays files beside the register before it notices whole pages
    // that are missing. While a transaction of another process, or one to undo, is under way, any length is fine.
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        Path::new(&name).exists()
    };
    // The file format's header: the number of pages at 28, good where the counters at 24 and 92 agree.
    let number =
        |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    let pages = if number(24) == number(92) { number(28) } else { 0 };
    let whole = length.is_multiple_of(u64::from(PAGE_BYTES)) && length >= u64::from(pages) * u64::from(PAGE_BYTES);
    if !whole && !beside("-journal") && !beside("-wal") {
        return Err(RegisterError::Damaged(path.to_path_buf()));
    }
    Ok(())
}
