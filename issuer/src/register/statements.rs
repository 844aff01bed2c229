//! Statements of many rows, in SQL that both databases understand.

use super::PATIENCE;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqliteConnection};

/// Rows a statement: fewer cost more per row, more gain nothing (measured).
pub(super) const BATCH: usize = 1000;

/// Whether values could be bound.
pub(super) type Bound = Result<(), sqlx::error::BoxDynError>;

/// Chooses how a transaction is undone. Imports mostly append: with a rollback journal new pages are written
/// once and nothing but the changed ones is copied, where a write-ahead log would hold them all a second time. If another
/// process has the register open, the mode stays what it is, which is as safe and only slower.
pub(super) async fn journal_mode(connection: &mut SqliteConnection, mode: &str) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *connection).await?;
    let changed = sqlx::query(AssertSqlSafe(format!("PRAGMA journal_mode = {mode}"))).execute(&mut *connection).await;
    sqlx::query(AssertSqlSafe(format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis())))
        .execute(&mut *connection)
        .await?;
    match changed {
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "5") => Ok(()),
        changed => changed.map(drop),
    }
}

/// Lines and numbers of imports stay far below what a signed column holds.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The largest standard number of rows that fits: few different statements, each prepared once.
fn chunk_of<T>(rows: &[T]) -> (&[T], &[T]) {
    let size = [BATCH, 100, 10, 1].into_iter().find(|&size| size <= rows.len()).unwrap_or(0);
    rows.split_at(size)
}

/// Inserts rows, many a statement; returns how many rows were written.
pub(super) async fn insert<T>(
    connection: &mut SqliteConnection,
    head: &str,
    columns: usize,
    tail: &str,
    rows: &[T],
    bind: impl Fn(&mut SqliteArguments, &T) -> Bound,
) -> Result<u64, sqlx::Error> {
    let (mut chunk, mut rest) = chunk_of(rows);
    let mut written = 0;
    while !chunk.is_empty() {
        let bound = bind_rows(chunk, columns, &bind).map_err(sqlx::Error::Encode)?;
        written += insert_bound(connection, head, columns, tail, chunk.len(), bound).await?;
        (chunk, rest) = chunk_of(rest);
    }
    Ok(written)
}

/// Binds the values of rows, one row after another.
pub(super) fn bind_rows<T>(
    rows: &[T],
    columns: usize,
    bind: impl Fn(&mut SqliteArguments, &T) -> Bound,
) -> Result<SqliteArguments, sqlx::error::BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(columns * rows.len(), 0);
    for row in rows {
        bind(&mut arguments, row)?;
    }
    Ok(arguments)
}

/// Inserts as many rows as values were bound for.
pub(super) async fn insert_bound(
    connection: &mut SqliteConnection,
    head: &str,
    columns: usize,
    tail: &str,
    rows: usize,
    bound: SqliteArguments,
) -> Result<u64, sqlx::Error> {
    let row = format!("({})", vec!["?"; columns].join(","));
    // The text is made of constants and question marks.
    let sql = format!("{head} VALUES {} {tail}", vec![row.as_str(); rows].join(","));
    Ok(sqlx::query_with(AssertSqlSafe(sql), bound).execute(connection).await?.rows_affected())
}

/// The rows that a query answers for any of the numbers.
pub(super) async fn select(
    connection: &mut SqliteConnection,
    head: &str,
    numbers: &[&str],
) -> Result<Vec<sqlx::sqlite::SqliteRow>, sqlx::Error> {
    let (mut chunk, mut rest) = chunk_of(numbers);
    let mut rows = Vec::with_capacity(numbers.len());
    while !chunk.is_empty() {
        let mut arguments = SqliteArguments::default();
        for &number in chunk {
            arguments.add(number).map_err(sqlx::Error::Encode)?;
        }
        let sql = format!("{head} WHERE number IN ({})", vec!["?"; chunk.len()].join(","));
        rows.extend(sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(&mut *connection).await?);
        (chunk, rest) = chunk_of(rest);
    }
    Ok(rows)
}
