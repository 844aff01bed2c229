//! What the register asks of a database, whichever it is.
//!
//! Statements are standard SQL with `?` for each value. What only one database can do has a name here, so
//! that everything above is written once.

use super::error::state;
use super::seal::Seals;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use std::borrow::Cow;

/// A value bound to a statement. Each has its type also where it is NULL, because PostgreSQL asks for it.
pub(crate) enum Value<'a> {
    Integer(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
}

/// The values of a statement, in the order of its question marks.
pub(crate) type Values<'a> = Vec<Value<'a>>;

/// How a transaction sees what others write meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// As if it were alone: for what reads, decides, and writes what depends on it.
    Alone,
    /// Each statement sees what was committed before it; rows that it writes are its own until the end.
    Statement,
}

/// A connection to a register's database. All of it blocks.
pub(crate) trait Database: Send {
    /// Runs a statement; says how many rows it wrote.
    fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<u64, sqlx::Error>;

    /// Runs a query.
    fn query(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, sqlx::Error>;

    /// Begins a transaction.
    fn begin(&mut self, isolation: Isolation) -> Result<(), sqlx::Error>;

    /// Makes permanent what the transaction wrote.
    fn commit(&mut self) -> Result<(), sqlx::Error>;

    /// Undoes the transaction.
    fn rollback(&mut self) -> Result<(), sqlx::Error>;

    /// Takes the first part of a job that is neither done nor in anybody's hands: its number, first and last person.
    /// A dead worker's part is in nobody's hands. `run` names this process.
    fn claim_part(&mut self, job: u64, run: &[u8; 16]) -> Result<Option<Row>, sqlx::Error>;

    /// Makes permanent what was written since a part was claimed, and lets go of the claim.
    fn let_go(&mut self) -> Result<(), sqlx::Error>;

    /// From here on a commit does not wait for the disk: the machine's loss of power may undo the last ones, in their
    /// order; the end of a process undoes none.
    fn relax(&mut self) -> Result<(), sqlx::Error>;

    /// From here on what is deleted is overwritten at once. A server does so when it cleans up.
    fn shred(&mut self) -> Result<(), sqlx::Error>;

    /// Begins the transaction of an import. While it lasts there is no other, and the tables `waiting` and
    /// `refused` are there and empty.
    fn begin_import(&mut self) -> Result<(), sqlx::Error>;

    /// When all rows of an import's files are written and before they are joined: the look-up works again, if the
    /// import had laid it aside.
    fn complete_import(&mut self) -> Result<(), sqlx::Error>;

    /// After an import was committed or undone: as it was before.
    fn end_import(&mut self);

    /// Whether it has that table.
    fn has_table(&mut self, name: &str) -> Result<bool, sqlx::Error>;

    /// Brings the tables to this version's form, or makes them; what an older version left plain is sealed.
    fn migrate(&mut self, seals: &Seals) -> Result<(), sqlx::Error>;

    /// Lets go of the connection.
    fn close(self: Box<Self>) -> Result<(), sqlx::Error>;
}

/// Whether another transaction was in the way, so that the same may succeed when it is run again.
pub(super) fn is_worth_another_try(error: &sqlx::Error) -> bool {
    /// Serialisation failure, deadlock, and the unique violation that either may show as.
    const CODES: [&str; 3] = ["40001", "40P01", "23505"];
    state(error).is_some_and(|state| CODES.contains(&state))
}

/// A row that a query answered.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// An integer, or NULL.
    pub(crate) fn integer(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(at),
            Self::Postgres(row) => row.try_get(at),
        }
    }

    /// A text, or NULL.
    pub(crate) fn text(&self, at: usize) -> Result<Option<&str>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(at),
            Self::Postgres(row) => row.try_get(at),
        }
    }

    /// Bytes, or NULL.
    pub(crate) fn bytes(&self, at: usize) -> Result<Option<&[u8]>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(at),
            Self::Postgres(row) => row.try_get(at),
        }
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

impl From<u64> for Value<'_> {
    /// Lines and numbers of imports stay far below what a signed column holds.
    fn from(number: u64) -> Self {
        Self::Integer(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl From<Option<u64>> for Value<'_> {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Integer(None), Self::from)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(bytes)))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(bytes)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(Cow::Owned(bytes)))
    }
}

impl From<Option<Vec<u8>>> for Value<'_> {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes.map(Cow::Owned))
    }
}

/// Values for a statement, each turned into one.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::register::database::Value::from($value)),*]
    };
}
pub(super) use values;
