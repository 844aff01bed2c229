//! The register: people and their doses in an SQLite file or on a PostgreSQL server, in plain SQL that both
//! understand, what is personal of them sealed with a key that lies outside.
//!
//! The interface blocks: a register drives its connection itself, so that callers need no runtime of
//! their own. Everything of one import is one transaction.

mod accounts;
mod act;
mod actor;
mod amendment;
mod approvals;
mod audit;
mod audit_head;
mod audit_log;
mod audit_proof;
mod calls;
mod cards;
mod certificates;
mod closing;
mod database;
mod entry;
mod error;
mod findings;
mod jobs;
mod kept;
mod key;
mod letters;
mod life;
mod location;
mod lookup;
mod mark;
mod merge;
mod mergers;
mod pack;
mod particulars;
mod people;
mod postgres;
mod print_files;
mod ranges;
mod read;
mod rekey;
mod requests;
mod retention;
mod seal;
mod sealed;
mod signatures;
mod sqlite;
mod statements;
mod stations;
mod upgrade;
mod usage;
mod versions;
mod vocabulary;
mod waiting;
mod withdrawals;
mod write;

pub use accounts::{AccountEntry, AccountError};
pub use act::{Act, ActKind, ActOutcome, ActPurpose, CertificateHash, Detail, PurposeError};
pub use actor::{Actor, ActorError};
pub use approvals::{Approval, ApprovalChoice, ApprovalEntry, ApprovalState, Decision, Granted, Signature};
pub use audit_head::Head;
pub use audit_log::{AuditEntry, AuditFilter, Pseudonym};
pub use audit_proof::{AuditFault, AuditProof};
pub use cards::{CardList, CardNumber};
pub use entry::Tally;
pub use error::{Place, RegisterError};
pub use findings::{FindingChoice, OpenFinding};
pub use jobs::{JobEntry, JobState};
pub use key::make_key_file;
pub use letters::{LetterChoice, LetterEntry, LetterError, LetterReason, LetterState, NewLetter, Way};
pub use location::RegisterLocation;
pub use mergers::{Merge, MergeError, Merger, Numbering, Which};
pub use ranges::ClosedRange;
pub use read::{ImportEntry, Status};
pub use rekey::{RekeyError, Rekeyed, rekey};
pub use requests::Change;
pub use retention::{RetentionTerms, Retired};
pub use stations::{StationError, StationLimit, StationState, Suspension, SuspensionReason, is_night};
pub use usage::Usage;
pub use withdrawals::RuleScope;

pub(crate) use amendment::{Amended, Amendment, CorrectionNote, Held, Holdings};
pub(crate) use calls::KeptAnswer;
pub(crate) use certificates::{Reservation, ReserveError, Wanted, Withdrawn};
pub(crate) use entry::{Doses, Entry, FileEntry, Mode, PersonPart, Remarks};
pub(crate) use findings::NewHold;
pub(crate) use jobs::{Claim, JobPart, JobWish, PartOutcome};
pub(crate) use life::{Past, Turn};
pub(crate) use pack::{PackedDose, Series, Term};
pub(crate) use particulars::{Particulars, PersonColumns};
pub(crate) use people::{PEOPLE_BATCH, People, Sealer};
pub(crate) use print_files::{PrintRelease, ReleasedPage};
pub(crate) use requests::{Adopted, Ask, AskError, Outcome, RequestEntry, Settled};
pub(crate) use signatures::Signatures;
pub(crate) use vocabulary::Vocabulary;
pub(crate) use withdrawals::{Given, RuleEntry};
pub(crate) use write::Writer;

use audit::Journal;
use audit_head::HeadMark;
use database::{Database, Isolation, Value, is_worth_another_try};
use key::MasterKey;
use location::Store;
use mark::Mark;
use seal::Seals;
use sqlite::{Begin, Sqlite, look_at_header};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long another process's writing is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a transaction is run again that others were in the way of.
const TRIES: u32 = 20;

/// A register, open.
pub struct Register {
    place: Place,
    location: RegisterLocation,
    /// Names its turn at jobs; those that were made of it have the same.
    run: [u8; 16],
    /// The register's file, if it is one.
    file: Option<PathBuf>,
    key_file: PathBuf,
    /// Whether this opening made the register, and its key.
    begun: bool,
    key_made: bool,
    seals: Arc<Seals>,
    /// Who acts with it.
    journal: Arc<Journal>,
    /// Whose people corrections tell of, if not everybody's.
    scope: Option<Arc<crate::import::Scope>>,
    mark: Mark,
    /// Held by whichever of this process's openings of a file writes: who waits for another process looks again from
    /// time to time, who waits here goes on at once.
    writing: Arc<Mutex<()>>,
    /// Ranges that were closed and not told yet.
    closed: Vec<ClosedRange>,
    /// None once it was closed.
    database: Option<Box<dyn Database>>,
}

impl Drop for Register {
    /// However its user ended: what lies beside the file while it is open goes.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Who writes to a file next, among the openings of one process.
struct TurnToWrite(Option<Arc<Mutex<()>>>);

impl TurnToWrite {
    fn take(&self) -> Option<MutexGuard<'_, ()>> {
        self.0.as_ref().map(|writing| writing.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a transaction is undone.
pub(crate) enum Undone<E> {
    Database(sqlx::Error),
    Refused(E),
}

impl<E> Undone<E> {
    /// The same, for a step that others are part of.
    pub(crate) fn into_other<F: From<E>>(self) -> Undone<F> {
        match self {
            Self::Database(error) => Undone::Database(error),
            Self::Refused(error) => Undone::Refused(error.into()),
        }
    }
}

impl<E> From<sqlx::Error> for Undone<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Register {
    /// Opens a register: a file's path or a [`RegisterLocation`].
    ///
    /// # Errors
    /// If there is none, if it is not one, damaged, newer than this program, or in use; if its key file is missing or
    /// another's; if its server cannot be reached.
    pub fn open(location: impl Into<RegisterLocation>) -> Result<Self, RegisterError> {
        let location = location.into();
        match &location.store {
            Store::File(path) => {
                look_at_header(path)?;
                let key_file = location.key.clone().unwrap_or_else(|| key::beside(path));
                let mut database = Sqlite::connect(path, &location.place(), Begin::Old)?;
                let failed = |error| RegisterError::from_sqlx(&location.place(), &error);
                // A register of an older version has no key yet: it gets one, and is sealed.
                let old = !database.has_table(KEY_TABLE).map_err(failed)?;
                let (master, key_made) =
                    if old { key::read_or_make(&key_file)? } else { (key::read(&key_file)?, false) };
                let mut register = Self::with(Box::new(database), &location, key_file, &master)?;
                register.key_made = key_made;
                Ok(register)
            }
            Store::Server(url) => Self::open_server(url, &location, false),
        }
    }

    /// Opens a register, or begins one if there is none: a file readable by its owner only, or the tables in the
    /// database of a server.
    ///
    /// # Errors
    /// As [`open`](Self::open), or if it cannot be created.
    pub fn open_or_create(location: impl Into<RegisterLocation>) -> Result<Self, RegisterError> {
        let location = location.into();
        match &location.store {
            Store::File(path) => match Self::open(&location) {
                Err(RegisterError::Missing(_)) => Self::create_file(path, &location),
                opened => opened,
            },
            Store::Server(url) => Self::open_server(url, &location, true),
        }
    }

    fn create_file(path: &Path, location: &RegisterLocation) -> Result<Self, RegisterError> {
        let key_file = location.key.clone().unwrap_or_else(|| key::beside(path));
        // In a folder of its own, because SQLite lays files beside it.
        let nest = tempfile::Builder::new().prefix(".register-").tempdir_in(key::folder_of(path));
        let nest = nest.map_err(|error| RegisterError::Create { register: location.place(), error })?;
        // The key before what only it opens.
        let (master, key_made) = key::read_or_make(&key_file)?;
        let created = create(path, location, nest.path(), &key_file, &master)
            .and_then(|begun| Ok((begun, Self::open(location)?)));
        let (begun, mut register) = created.inspect_err(|_| {
            // A key that opens nothing goes again; one of a register that another process made meanwhile stays.
            if key_made && !path.exists() {
                let _ = std::fs::remove_file(&key_file);
            }
        })?;
        (register.begun, register.key_made) = (begun, key_made);
        Ok(register)
    }

    fn open_server(url: &str, location: &RegisterLocation, create: bool) -> Result<Self, RegisterError> {
        let key_file = location.key.clone().ok_or_else(|| RegisterError::KeyUnnamed(location.place()))?;
        let master = key::read(&key_file)?;
        let mut database = postgres::Postgres::connect(url, &location.place())?;
        let failed = |error| RegisterError::from_sqlx(&location.place(), &error);
        if !database.has_table(KEY_TABLE).map_err(failed)? {
            // Another program's tables are left as they are.
            if database.has_table("person").map_err(failed)? {
                return Err(RegisterError::NotARegister(location.place()));
            }
            if !create {
                return Err(RegisterError::Missing(location.place()));
            }
        }
        Self::with(Box::new(database), location, key_file, &master)
    }

    /// A register on a connection: migrated, and its key seen to be the one.
    fn with(
        database: Box<dyn Database>,
        location: &RegisterLocation,
        key_file: PathBuf,
        master: &MasterKey,
    ) -> Result<Self, RegisterError> {
        let file = match &location.store {
            Store::File(path) => Some(path.clone()),
            Store::Server(_) => None,
        };
        let seals = Arc::new(Seals::new(master));
        let journal = Arc::new(Journal::new(seals.clone(), Actor::of_system()?, 0));
        let mut register = Self {
            place: location.place(),
            location: location.clone(),
            run: [0; 16],
            file,
            mark: Mark::beside(&key_file)?,
            key_file,
            begun: false,
            key_made: false,
            seals: seals.clone(),
            journal,
            scope: None,
            writing: Arc::default(),
            closed: Vec::new(),
            database: Some(database),
        };
        let fits = register.run(|database| {
            // A register that the key does not fit is not touched.
            if database.has_table(KEY_TABLE)? && !key_fits(database, &seals)? {
                return Ok(false);
            }
            database.migrate(&seals)?;
            if !has_key(database)? {
                let sql = "INSERT INTO register_key (id, key_id) VALUES (1, ?) ON CONFLICT (id) DO NOTHING";
                database.execute(sql, vec![Value::from(seals.id())])?;
            }
            key_fits(database, &seals)
        })?;
        if fits {
            register.begin_journal(master)?;
            Ok(register)
        } else {
            Err(RegisterError::KeyMismatch { register: register.place.clone(), path: register.key_file.clone() })
        }
    }

    /// Reads what the audit needs: the register's epoch, and the chain's own key, where the chain began under another
    /// key than the register has now.
    fn begin_journal(&mut self, master: &MasterKey) -> Result<(), RegisterError> {
        let seals = self.seals();
        let (kept, epoch) =
            self.run(|database| Ok((audit::read_audit_key(database, &seals)?, audit::read_epoch(database)?)))?;
        if epoch % 2 == 1 && !self.location.rekeying {
            return Err(RegisterError::Rekeying);
        }
        if let Some(key) = kept {
            self.seals = Arc::new(Seals::new(master).with_audit_key(key));
        }
        self.journal = Arc::new(self.journal.in_epoch(self.seals.clone(), epoch));
        Ok(())
    }

    /// The same register once more, on a connection of its own: for another thread.
    pub(crate) fn another(&self) -> Result<Self, RegisterError> {
        let mut another = Self::open(&self.location)?;
        another.run = self.run;
        another.journal = Arc::new(self.journal.of_opening(&another.journal));
        another.writing = self.writing.clone();
        Ok(another)
    }

    /// Once more, for what may be forgotten if the machine loses power, because it is then done again: which parts of a
    /// job are in whose hands and which are done. A process that dies takes nothing back.
    pub(crate) fn another_for_claims(&self) -> Result<Self, RegisterError> {
        let mut another = self.another()?;
        another.run(|database| database.relax())?;
        Ok(another)
    }

    /// Waits until no other opening of this process writes to the file. On a server nobody waits for the whole of it.
    fn turn_to_write(&self) -> TurnToWrite {
        TurnToWrite(self.file.is_some().then(|| self.writing.clone()))
    }

    /// The right to work on jobs, until what is given is dropped. A file serves one process at a time; on a server
    /// there is no need of it.
    pub(crate) fn take_turn(&mut self) -> Result<Option<std::fs::File>, RegisterError> {
        // What an earlier turn left in hand is in nobody's.
        seal::fill_random(&mut self.run).map_err(|error| RegisterError::from_sqlx(&self.place, &error))?;
        if self.file.is_none() {
            return Ok(None);
        }
        // A lock on the key file, which nothing else locks; the system drops it with the process.
        let failed = |error| RegisterError::KeyAccess { path: self.key_file.clone(), error };
        let turn = std::fs::File::open(&self.key_file).map_err(failed)?;
        match turn.try_lock() {
            Ok(()) => Ok(Some(turn)),
            Err(std::fs::TryLockError::WouldBlock) => Err(RegisterError::AtWork(self.place.clone())),
            Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// How messages name it: its file, or its server without a password.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Where a file or folder of that name lies that belongs with the register: beside its file, or beside the key file
    /// of a server's.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.file.as_ref().unwrap_or(&self.key_file).with_file_name(name)
    }

    /// Whether [`open_or_create`](Self::open_or_create) made its file.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Closes it, so that it is one file again.
    ///
    /// # Errors
    /// If what is still in the write-ahead log cannot be moved; nothing is lost then.
    pub fn close(mut self) -> Result<(), RegisterError> {
        self.end()
    }

    /// Closes it and deletes what this opening made of it: the file, and its key.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub fn discard(mut self) -> Result<(), RegisterError> {
        self.end()?;
        if self.begun {
            let _ = self.file.as_ref().map(std::fs::remove_file);
            if self.key_made {
                let _ = std::fs::remove_file(&self.key_file);
                HeadMark::beside(&self.key_file).remove();
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RegisterError> {
        let Some(database) = self.database.take() else {
            return Ok(());
        };
        database.close().map_err(|error| RegisterError::from_sqlx(&self.place, &error))
    }

    /// The keys of its sealed values.
    fn seals(&self) -> Arc<Seals> {
        self.seals.clone()
    }

    /// Runs statements one by one, each its own transaction if none is open.
    fn run<T>(&mut self, step: impl FnOnce(&mut dyn Database) -> Result<T, sqlx::Error>) -> Result<T, RegisterError> {
        let Some(database) = &mut self.database else {
            return Err(RegisterError::Access(self.place.clone()));
        };
        step(database.as_mut()).map_err(|error| RegisterError::from_sqlx(&self.place, &error))
    }

    /// Runs a step as one transaction; a refusal undoes it like an error. Where others were in the way, it is run
    /// again, a bounded number of times.
    fn transaction<T, E: From<RegisterError>>(
        &mut self,
        isolation: Isolation,
        mut step: impl FnMut(&mut dyn Database) -> Result<T, Undone<E>>,
    ) -> Result<T, E> {
        match self.try_transaction(isolation, &mut step) {
            Ok(done) => {
                self.raise_head()?;
                Ok(done)
            }
            Err(error) => {
                self.suspend_exceeded()?;
                Err(error)
            }
        }
    }

    fn try_transaction<T, E: From<RegisterError>>(
        &mut self,
        isolation: Isolation,
        step: &mut impl FnMut(&mut dyn Database) -> Result<T, Undone<E>>,
    ) -> Result<T, E> {
        let turn = self.turn_to_write();
        let _writing = turn.take();
        let Some(database) = &mut self.database else {
            return Err(RegisterError::Access(self.place.clone()).into());
        };
        let mut tried = 0;
        loop {
            self.journal.forget();
            // Who only reads and decides is overtaken again and again by those who append without pause.
            let isolation = if tried > 1 && isolation == Isolation::Alone { Isolation::First } else { isolation };
            let error = match in_transaction(database.as_mut(), isolation, step) {
                Ok(done) => return Ok(done),
                Err(Undone::Refused(error)) => return Err(error),
                Err(Undone::Database(error)) => error,
            };
            tried += 1;
            if tried >= TRIES || !is_worth_another_try(&error) {
                return Err(RegisterError::from_sqlx(&self.place, &error).into());
            }
            // Longer from time to time, and not the same for all who were in each other's way.
            let jitter = u64::from(std::process::id()) % 7 + u64::from(tried);
            std::thread::sleep(Duration::from_millis(jitter * u64::from(tried)));
        }
    }
}

/// Makes the file of a register; says whether it was this process that made it. The file appears under its name
/// only when it is a whole register, so that a crash leaves none half made.
fn create(
    path: &Path,
    location: &RegisterLocation,
    nest: &Path,
    key_file: &Path,
    master: &MasterKey,
) -> Result<bool, RegisterError> {
    let created = |error| RegisterError::Create { register: location.place(), error };
    let file = tempfile::NamedTempFile::new_in(nest).map_err(created)?;
    let database = Sqlite::connect(file.path(), &location.place(), Begin::New)?;
    Register::with(Box::new(database), location, key_file.to_path_buf(), master)?.close()?;
    match file.persist_noclobber(path) {
        Ok(file) => file.sync_all().map(|()| true).map_err(created),
        // Another process was faster: its register is as good.
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(created(error.error)),
    }
}

fn in_transaction<T, E>(
    database: &mut dyn Database,
    isolation: Isolation,
    step: &mut impl FnMut(&mut dyn Database) -> Result<T, Undone<E>>,
) -> Result<T, Undone<E>> {
    database.begin(isolation)?;
    match step(database) {
        Ok(done) => match database.commit() {
            Ok(()) => Ok(done),
            Err(error) => {
                // What could not be committed is undone; where the database has done so itself, this says so.
                let _ = database.rollback();
                Err(error.into())
            }
        },
        Err(Undone::Refused(error)) => {
            database.rollback().map_or_else(|error| Err(error.into()), |()| Err(Undone::Refused(error)))
        }
        // Where the disk is full SQLite has rolled back itself: what went wrong first is what counts.
        Err(error) => {
            let _ = database.rollback();
            Err(error)
        }
    }
}

/// The table that says which key a register was sealed with.
const KEY_TABLE: &str = "register_key";

fn has_key(database: &mut dyn Database) -> Result<bool, sqlx::Error> {
    Ok(!database.query("SELECT id FROM register_key", Vec::new())?.is_empty())
}

/// Whether the register was sealed with this key, or with none yet.
fn key_fits(database: &mut dyn Database, seals: &Seals) -> Result<bool, sqlx::Error> {
    let rows = database.query("SELECT key_id FROM register_key", Vec::new())?;
    for row in &rows {
        if row.bytes(0)? != Some(seals.id()) {
            return Ok(false);
        }
    }
    Ok(true)
}
