//! A register in one SQLite file: write-ahead log, `synchronous = FULL`.

use super::RegisterError;
use super::database::{Database, Isolation, Row, Value, Values};
use super::error::Place;
use super::{PATIENCE, upgrade};
use crate::register::seal::Seals;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Arguments, AssertSqlSafe, Connection, SqlSafeStr, SqliteConnection};
use std::io::Read;
use std::path::Path;
use tokio::runtime::Runtime;

/// Marks our files among all SQLite files: `TGTA`, the header's application id.
const APPLICATION_ID: u32 = 0x5447_5441;
/// Large pages: a register is written and read in runs (measured best of 4, 16 and 64 KiB).
const PAGE_BYTES: u32 = 16 * 1024;
/// The page cache, in KiB. Imports in the order of the register numbers need next to none.
const CACHE_KIB: u32 = 16 * 1024;

/// The numbered migrations. A new one is a file and a line; none is ever changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "register", include_str!("migrations/sqlite/0001_register.sql")),
    (2, "certificates", include_str!("migrations/sqlite/0002_certificates.sql")),
    (3, "withdrawals", include_str!("migrations/sqlite/0003_withdrawals.sql")),
    (4, "cards", include_str!("migrations/sqlite/0004_cards.sql")),
    (SEALED, "sealed", include_str!("migrations/sqlite/0005_sealed.sql")),
    (6, "jobs", include_str!("migrations/sqlite/0006_jobs.sql")),
    (7, "mergers", include_str!("migrations/sqlite/0007_mergers.sql")),
    (8, "findings", include_str!("migrations/sqlite/0008_findings.sql")),
    (POSITIONS, "positions", include_str!("migrations/sqlite/0009_positions.sql")),
    (10, "audit", include_str!("migrations/sqlite/0010_audit.sql")),
    (11, "lifecycle", include_str!("migrations/sqlite/0011_lifecycle.sql")),
    (12, "signatures", include_str!("migrations/sqlite/0012_signatures.sql")),
    (13, "accounts", include_str!("migrations/sqlite/0013_accounts.sql")),
    (15, "calls", include_str!("migrations/sqlite/0015_calls.sql")),
    (16, "print files", include_str!("migrations/sqlite/0016_print_files.sql")),
];
/// The migration whose transaction also seals what an older version wrote.
const SEALED: i64 = 5;
/// The migration whose transaction also finds the positions of what an older version issued.
const POSITIONS: i64 = 9;
/// Where the library notes them.
const MIGRATED: &str = "_sqlx_migrations";

/// Whether a file is to become a register or is one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    New,
    Old,
}

/// A connection to a register's file.
pub(super) struct Sqlite {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Sqlite {
    /// Connects to a file that messages call `place`.
    pub(super) fn connect(file: &Path, place: &Place, begin: Begin) -> Result<Self, RegisterError> {
        let created = |error| RegisterError::Create { register: place.clone(), error };
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
            .map_err(|error| RegisterError::from_sqlx(place, &error))?;
        Ok(Self { runtime, connection })
    }

    /// Runs a constant statement.
    fn plainly(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.runtime.block_on(sqlx::query(sql).execute(&mut self.connection)).map(drop)
    }

    /// Chooses how a transaction is undone. Imports mostly append: with a rollback journal new pages are written once
    /// and nothing but the changed ones is copied, where a write-ahead log would hold them all a second time. If another
    /// process has the register open, the mode stays what it is, which is as safe and only slower.
    fn journal_mode(&mut self, change: &'static str) -> Result<(), sqlx::Error> {
        self.plainly("PRAGMA busy_timeout = 0")?;
        let changed = self.plainly(change);
        let patience = AssertSqlSafe(format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis()));
        self.runtime.block_on(sqlx::query(patience).execute(&mut self.connection))?;
        match changed {
            Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "5") => Ok(()),
            changed => changed,
        }
    }

    /// Applies migrations up to that number, each in a transaction of its own.
    fn migrate_to(&mut self, last: i64) -> Result<(), sqlx::Error> {
        let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect());
        migrator.set_locking(false);
        let migrated = self.runtime.block_on(migrator.run_direct(Some(last), &mut self.connection, false));
        migrated.map_err(as_sqlx)
    }

    /// Whether that migration was applied.
    fn is_migrated(&mut self, version: i64) -> Result<bool, sqlx::Error> {
        let applied = self.runtime.block_on(self.connection.list_applied_migrations(MIGRATED)).map_err(as_sqlx)?;
        Ok(applied.iter().any(|applied| applied.version == version))
    }

    /// The migration to sealed personal data, with the sealing itself, in one transaction.
    fn migrate_to_sealed(&mut self, seals: &Seals) -> Result<(), sqlx::Error> {
        // What is dropped is overwritten with zeros.
        self.plainly("PRAGMA secure_delete = ON")?;
        self.begin(Isolation::Alone)?;
        let sealed = self.seal_all(seals);
        self.end(sealed)?;
        self.plainly("PRAGMA secure_delete = OFF")
    }

    fn seal_all(&mut self, seals: &Seals) -> Result<(), sqlx::Error> {
        self.migrate_with(SEALED, |database| upgrade::seal_people(database, seals))
    }

    /// Applies a migration and does what belongs to it, in the transaction that is open.
    fn migrate_with(
        &mut self,
        version: i64,
        step: impl FnOnce(&mut dyn Database) -> Result<(), sqlx::Error>,
    ) -> Result<(), sqlx::Error> {
        // Another process may have been faster.
        if self.is_migrated(version)? {
            return Ok(());
        }
        let Some(entry) = MIGRATIONS.iter().find(|(number, ..)| *number == version) else {
            return Ok(());
        };
        self.runtime.block_on(sqlx::raw_sql(entry.2).execute(&mut self.connection))?;
        step(self)?;
        self.runtime.block_on(self.connection.skip(MIGRATED, &migration(entry))).map_err(as_sqlx)
    }

    /// Ends the transaction that is open, as what was done in it went.
    fn end(&mut self, done: Result<(), sqlx::Error>) -> Result<(), sqlx::Error> {
        match done {
            Ok(()) => self.commit(),
            Err(error) => {
                let _ = self.rollback();
                Err(error)
            }
        }
    }

    /// Writes the file anew where plain text was in it. If that does not succeed now, the next opener tries again;
    /// what was dropped is overwritten in any case.
    fn scrub(&mut self) -> Result<(), sqlx::Error> {
        let left = self.query("SELECT id FROM register_key WHERE scrubbed = 0", Vec::new())?;
        if left.is_empty() {
            return Ok(());
        }
        if self.plainly("VACUUM").is_ok() {
            self.execute("UPDATE register_key SET scrubbed = 1", Vec::new())?;
            let _ = self.plainly("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        Ok(())
    }
}

fn migration(&(version, name, sql): &(i64, &'static str, &'static str)) -> Migration {
    Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
}

/// What failed in a migration; what is not the database's own failure keeps its kind.
pub(super) fn as_sqlx(error: MigrateError) -> sqlx::Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error,
        error => sqlx::Error::Migrate(Box::new(error)),
    }
}

fn arguments(values: Values<'_>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

impl Database for Sqlite {
    fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<u64, sqlx::Error> {
        // The text is made of constants and question marks.
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments(values)?);
        Ok(self.runtime.block_on(query.execute(&mut self.connection))?.rows_affected())
    }

    fn query(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments(values)?);
        let rows = self.runtime.block_on(query.fetch_all(&mut self.connection))?;
        Ok(rows.into_iter().map(Row::from).collect())
    }

    fn begin(&mut self, _: Isolation) -> Result<(), sqlx::Error> {
        // One writes at a time, so that all that is read before writing holds.
        self.plainly("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("ROLLBACK")
    }

    fn begin_import(&mut self) -> Result<(), sqlx::Error> {
        self.journal_mode("PRAGMA journal_mode = DELETE")?;
        self.begin(Isolation::Alone)?;
        for sql in [
            // Doses whose person is in no row read so far, and people whose row was refused.
            "CREATE TEMPORARY TABLE IF NOT EXISTS waiting (sequence BIGINT NOT NULL PRIMARY KEY, number TEXT NOT NULL, \
             line BIGINT NOT NULL, dose_count SMALLINT NOT NULL, sealed BLOB NOT NULL)",
            "CREATE TEMPORARY TABLE IF NOT EXISTS refused (number TEXT NOT NULL PRIMARY KEY, line BIGINT NOT NULL)",
            // People whose doses came in several rows or beside others, with what the register had; and people of whom a
            // row of doses was refused.
            "CREATE TEMPORARY TABLE IF NOT EXISTS dispersed (number TEXT NOT NULL PRIMARY KEY, sealed BLOB NOT NULL, \
             lost BLOB NOT NULL)",
            "CREATE TEMPORARY TABLE IF NOT EXISTS refused_doses (number TEXT NOT NULL PRIMARY KEY)",
            "DELETE FROM waiting",
            "DELETE FROM refused",
            "DELETE FROM dispersed",
            "DELETE FROM refused_doses",
        ] {
            self.plainly(sql)?;
        }
        // A first import fills the look-up in one go: row by row, in no order, costs two and a half times as much
        // (measured: 2.1 against 0.8 microseconds a person).
        if self.query("SELECT number FROM person LIMIT 1", Vec::new())?.is_empty() {
            self.plainly("DROP INDEX IF EXISTS person_lookup")?;
        }
        Ok(())
    }

    fn complete_import(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("CREATE INDEX IF NOT EXISTS person_lookup ON person (lookup)")
    }

    fn end_import(&mut self) {
        // In which mode later transactions are is a matter of speed only.
        let _ = self.journal_mode("PRAGMA journal_mode = WAL");
    }

    fn claim_part(&mut self, job: u64, run: &[u8; 16]) -> Result<Option<Row>, sqlx::Error> {
        // One process is at work, so a mark of another run is that of a dead one.
        let sql = "UPDATE job_part SET run = ? WHERE job = ? AND part = (SELECT MIN(part) FROM job_part \
                   WHERE job = ? AND done_at IS NULL AND (run IS NULL OR run <> ?)) \
                   RETURNING part, first_number, last_number";
        let values = vec![Value::from(run), Value::from(job), Value::from(job), Value::from(run)];
        Ok(self.query(sql, values)?.pop())
    }

    fn let_go(&mut self) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn relax(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("PRAGMA synchronous = NORMAL")
    }

    fn shred(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("PRAGMA secure_delete = ON")
    }

    fn has_table(&mut self, name: &str) -> Result<bool, sqlx::Error> {
        let found =
            self.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", vec![name.into()])?;
        Ok(!found.is_empty())
    }

    fn migrate(&mut self, seals: &Seals) -> Result<(), sqlx::Error> {
        if !self.has_table(MIGRATED)? || !self.is_migrated(POSITIONS)? {
            self.migrate_to(SEALED - 1)?;
            if !self.is_migrated(SEALED)? {
                self.migrate_to_sealed(seals)?;
            }
            self.migrate_to(POSITIONS - 1)?;
            self.begin(Isolation::Alone)?;
            let filled = self.migrate_with(POSITIONS, |database| upgrade::fill_positions(database));
            self.end(filled)?;
        }
        self.migrate_to(i64::MAX)?;
        self.scrub()
    }

    fn close(self: Box<Self>) -> Result<(), sqlx::Error> {
        self.runtime.block_on(self.connection.close())
    }
}

/// Tells a missing, foreign or cut file by its header and length, before SQLite would try to mend it.
pub(super) fn look_at_header(path: &Path) -> Result<(), RegisterError> {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let place = || Place::from(path);
    let access = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => RegisterError::Missing(place()),
        _ => RegisterError::Access(place()),
    };
    let file = std::fs::File::open(path).map_err(access)?;
    let length = file.metadata().map_err(access)?.len();
    let mut header = Vec::new();
    file.take(100).read_to_end(&mut header).map_err(access)?;
    if header.is_empty() || (header.len() < 100 && header.starts_with(MAGIC)) {
        return Err(RegisterError::Damaged(place()));
    }
    let ours = header.starts_with(MAGIC) && header.get(68..72) == Some(&APPLICATION_ID.to_be_bytes());
    if !ours {
        return Err(RegisterError::NotARegister(place()));
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
        return Err(RegisterError::Damaged(place()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issue::status_index::Permutation;
    use crate::record::RegisterNumber;
    use crate::register::database::values;
    use crate::register::key::{self, read_or_make};
    use crate::register::pack::pack;
    use crate::register::{PackedDose, Register, Term};
    use std::path::PathBuf;
    use tegata_certificate::StatusIndex;

    const PEOPLE: i64 = 2_500;

    /// A register as the last version without sealing left it.
    fn old_register(folder: &Path) -> PathBuf {
        let path = folder.join("register.sqlite");
        std::fs::write(&path, b"").expect("creates");
        let mut old = Sqlite::connect(&path, &Place::from(path.as_path()), Begin::New).expect("creates");
        old.migrate_to(SEALED - 1).expect("migrates");
        old.begin(Isolation::Alone).expect("begins");
        old.execute("INSERT INTO term VALUES (0, 'FA7338')", Vec::new()).expect("writes");
        for number in 0..PEOPLE {
            let dose = PackedDose {
                number: 1,
                day: 18_700,
                cvx: 208,
                maker: Term::Absent,
                lot: Term::Known(0),
                site: Term::Inline("架空会場".to_owned()),
                ticket: None,
                municipality: None,
                import: 1,
                line: 2,
            };
            let sql = "INSERT INTO person VALUES (?, '手形　花子', 'テガタ　ハナコ', 'TEGATA<<HANAKO', ?, 2, 131016, 'JPN', \
                       'TK1234567', 1, 1, 2, 1, ?)";
            old.execute(sql, values![format!("9{number}"), 19_840_401_i64, pack(&[dose])]).expect("writes");
        }
        old.commit().expect("commits");
        Box::new(old).close().expect("closes");
        path
    }

    fn is_whole(path: &Path) {
        let mut register = Register::open(path).expect("opens");
        assert_eq!(register.status().expect("reads").people, PEOPLE as u64);
        let record =
            register.record(&RegisterNumber::parse("90").expect("a number")).expect("reads").expect("somebody");
        let person = &record.person;
        assert_eq!(person.kana.as_deref(), Some("テガタ　ハナコ"));
        assert_eq!(person.romanised.as_ref().map(|name| name.to_mrz()).as_deref(), Some("TEGATA<<HANAKO"));
        assert_eq!((person.birth.to_string().as_str(), person.shielded), ("1984-04-01", true));
        assert_eq!((person.nationality.as_deref(), person.passport.as_deref()), (Some("JPN"), Some("TK1234567")));
        let dose = &record.doses[0];
        assert_eq!((dose.lot.as_deref(), dose.site.as_deref()), (Some("FA7338"), Some("架空会場")));
        let same = register.numbers_of("ﾃｶﾞﾀ ﾊﾅｺ", person.birth).expect("reads");
        assert_eq!(same.len(), PEOPLE as usize);
        register.close().expect("closes");
    }

    /// Whether any file of the register holds something of a person.
    fn tells(path: &Path) -> bool {
        let beside =
            |end: &str| std::fs::read(path.with_file_name(format!("register.sqlite{end}"))).unwrap_or_default();
        let bytes = [beside(""), beside("-wal"), beside("-journal")].concat();
        ["手形", "テガタ", "TEGATA", "TK1234567", "架空会場"]
            .iter()
            .any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    #[test]
    fn an_older_register_is_sealed_when_it_is_opened_and_tells_nothing_afterwards() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = old_register(folder.path());
        assert!(tells(&path) && !key::beside(&path).exists());
        // Also while it is open, in the write-ahead log.
        let register = Register::open(path.as_path()).expect("opens");
        assert!(!tells(&path));
        drop(register);
        assert!(!tells(&path));
        is_whole(&path);
        let key = std::fs::read(key::beside(&path)).expect("a key");
        is_whole(&path);
        assert!(std::fs::read(key::beside(&path)).expect("a key") == key);
    }

    #[test]
    fn sealing_that_is_interrupted_leaves_the_old_register_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = old_register(folder.path());
        let (master, _) = read_or_make(&key::beside(&path)).expect("makes");
        let mut half = Sqlite::connect(&path, &Place::from(path.as_path()), Begin::Old).expect("opens");
        // Small enough that pages go to the disk before the end.
        half.plainly("PRAGMA cache_size = 2").expect("is set");
        half.begin(Isolation::Alone).expect("begins");
        half.seal_all(&Seals::new(&master)).expect("seals");
        // What a kill would leave now.
        let killed = tempfile::tempdir().expect("a folder");
        for end in ["", "-wal", "-journal", ".key"] {
            let name = format!("register.sqlite{end}");
            if let Ok(bytes) = std::fs::read(path.with_file_name(&name)) {
                std::fs::write(killed.path().join(name), bytes).expect("writes");
            }
        }
        assert!(std::fs::metadata(killed.path().join("register.sqlite-wal")).expect("a log").len() > 0);
        half.rollback().expect("undoes");
        drop(half);
        is_whole(&killed.path().join("register.sqlite"));
        is_whole(&path);
        assert!(!tells(&path));
    }

    #[test]
    fn certificates_of_an_older_register_are_found_by_their_places() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = old_register(folder.path());
        let mut old = Sqlite::connect(&path, &Place::from(path.as_path()), Begin::Old).expect("opens");
        let (secret, kid, size) = ([7; 32], [8; 32], 5_000);
        let permutation = Permutation::new(secret, size).expect("a range");
        let sql = "INSERT INTO status_range VALUES (3, 100, 5100, ?, 2500, ?)";
        old.execute(sql, values![&kid, &secret]).expect("writes");
        let place =
            |count: u64| StatusIndex { shard: 3, index: 100 + permutation.at(count).expect("a place of the range") };
        old.begin(Isolation::Alone).expect("begins");
        for count in 0..PEOPLE as u64 {
            let sql = "INSERT INTO certificate VALUES (?, 'compact', ?, 0, ?, 3, ?, 'A', 1, 2)";
            old.execute(sql, values![format!("9{count}"), &[1; 32], &kid, place(count).index]).expect("writes");
        }
        old.commit().expect("commits");
        Box::new(old).close().expect("closes");
        let mut register = Register::open(path.as_path()).expect("opens");
        let places: Vec<StatusIndex> = (0..PEOPLE as u64 + 1).map(place).collect();
        let found = register.certificates_at(&places).expect("looks up");
        for (count, (place, given)) in places.iter().zip(&found).enumerate().take(PEOPLE as usize) {
            let given = given.as_ref().expect("it was given out");
            assert_eq!((given.number.to_string(), given.status), (format!("9{count}"), Some(*place)));
        }
        assert!(found.last().expect("one more").is_none(), "a place that was not given out yet");
    }

    #[test]
    fn a_record_that_is_damaged_is_not_sealed_as_if_it_were_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = old_register(folder.path());
        let mut old = Sqlite::connect(&path, &Place::from(path.as_path()), Begin::Old).expect("opens");
        old.plainly("UPDATE person SET doses = x'01FF' WHERE number = '92000'").expect("damages");
        Box::new(old).close().expect("closes");
        assert!(matches!(Register::open(path.as_path()), Err(RegisterError::Damaged(_))));
        let mut old = Sqlite::connect(&path, &Place::from(path.as_path()), Begin::Old).expect("opens");
        let rows = old.query("SELECT number FROM person WHERE name = '手形　花子'", Vec::new()).expect("reads");
        assert_eq!(rows.len() as i64, PEOPLE, "it was left as it was");
    }
}
