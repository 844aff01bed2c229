//! Statements of many rows, in SQL that both databases understand.

use super::database::{Database, Row, Value, Values};

/// Rows a statement: fewer cost more per row, more gain nothing (measured).
pub(super) const BATCH: usize = 1000;

/// How many of so many rows the next statement takes: a standard number, so that there are few different statements, each
/// prepared once.
fn chunk(rows: usize) -> usize {
    if rows >= BATCH { BATCH } else { rows.checked_ilog2().map_or(0, |bits| 1 << bits) }
}

/// Inserts rows, many a statement; returns how many rows were written.
pub(super) fn insert<'v, T>(
    database: &mut dyn Database,
    head: &str,
    columns: usize,
    tail: &str,
    mut rows: &'v [T],
    bind: impl Fn(&mut Values<'v>, &'v T),
) -> Result<u64, sqlx::Error> {
    let mut written = 0;
    while !rows.is_empty() {
        let (now, later) = rows.split_at(chunk(rows.len()));
        let mut values = Vec::with_capacity(columns * now.len());
        now.iter().for_each(|row| bind(&mut values, row));
        written += insert_bound(database, head, columns, tail, values)?;
        rows = later;
    }
    Ok(written)
}

/// Inserts as many rows as there are values for.
pub(super) fn insert_bound(
    database: &mut dyn Database,
    head: &str,
    columns: usize,
    tail: &str,
    values: Values<'_>,
) -> Result<u64, sqlx::Error> {
    let row = format!("({})", vec!["?"; columns].join(","));
    let rows = vec![row.as_str(); values.len() / columns].join(",");
    database.execute(&format!("{head} VALUES {rows} {tail}"), values)
}

/// Pieces of at most one statement's size.
pub(super) fn in_chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let (now, later) = rest.split_at(chunk(rest.len()));
        rest = later;
        (!now.is_empty()).then_some(now)
    })
}

/// The rows that a query answers whose column is any of the values. `head` ends before the column's name; `fixed` are
/// the values of the question marks in it.
pub(super) fn select_in<'v, T>(
    database: &mut dyn Database,
    head: &str,
    fixed: &[i64],
    column: &str,
    mut sought: &'v [T],
    value: impl Fn(&'v T) -> Value<'v>,
) -> Result<Vec<Row>, sqlx::Error> {
    let mut rows = Vec::with_capacity(sought.len());
    while let [.., last] = sought {
        let (now, later) = sought.split_at(sought.len().min(BATCH));
        // Filled up with the last one to a standard number.
        let room = now.len().next_power_of_two().min(BATCH);
        let mut values: Values<'v> = fixed.iter().map(|number| Value::from(*number)).collect();
        let last = now.last().unwrap_or(last);
        values.extend(now.iter().chain(std::iter::repeat(last)).take(room).map(&value));
        let sql = format!("{head} {column} IN ({})", vec!["?"; room].join(","));
        rows.extend(database.query(&sql, values)?);
        sought = later;
    }
    Ok(rows)
}

/// The rows that a query answers for any of the numbers.
pub(super) fn select(database: &mut dyn Database, head: &str, numbers: &[&str]) -> Result<Vec<Row>, sqlx::Error> {
    select_in(database, &format!("{head} WHERE"), &[], "number", numbers, |number| Value::from(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_is_cut_into_few_statements_of_few_sizes() {
        for rows in 0..5000_usize {
            let (mut left, mut statements) = (rows, 0);
            while left > 0 {
                let size = chunk(left);
                assert!(size == BATCH || size.is_power_of_two());
                left -= size;
                statements += 1;
            }
            assert!(statements <= rows / BATCH + 9, "{rows}");
        }
    }
}
