//! A register on PostgreSQL, or on a database that speaks its protocol.

use super::database::{Database, Isolation, Row, Value, Values};
use super::error::Place;
use super::seal::Seals;
use super::sqlite::as_sqlx;
use super::{PATIENCE, RegisterError};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::{Arguments, AssertSqlSafe, Connection, PgConnection, SqlSafeStr};
use std::fmt::Write;
use std::str::FromStr;
use tokio::runtime::Runtime;

/// The numbered migrations. A new one is a file and a line; none is ever changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "register", include_str!("migrations/postgres/0001_register.sql")),
    (2, "jobs", include_str!("migrations/postgres/0002_jobs.sql")),
    (3, "mergers", include_str!("migrations/postgres/0003_mergers.sql")),
    (4, "findings", include_str!("migrations/postgres/0004_findings.sql")),
    (5, "positions", include_str!("migrations/postgres/0005_positions.sql")),
    (6, "audit", include_str!("migrations/postgres/0006_audit.sql")),
    (7, "lifecycle", include_str!("migrations/postgres/0007_lifecycle.sql")),
    (8, "signatures", include_str!("migrations/postgres/0008_signatures.sql")),
    (9, "accounts", include_str!("migrations/postgres/0009_accounts.sql")),
    (11, "calls", include_str!("migrations/postgres/0011_calls.sql")),
    (12, "print files", include_str!("migrations/postgres/0012_print_files.sql")),
];
/// Where they are noted. Its name tells our databases from others that the same library migrated.
const MIGRATED: &str = "tegata_migration";

/// A claim is a transaction that idles while its part is worked on, for as long as that takes. But a machine that loses
/// power says no goodbye: after a minute the server is to let go of what it held (unasked it would look after two hours).
const CLAIMS: &str = "SELECT set_config('idle_in_transaction_session_timeout', '0', false), \
                      set_config('tcp_keepalives_idle', '30', false), \
                      set_config('tcp_keepalives_interval', '10', false), \
                      set_config('tcp_keepalives_count', '3', false)";

/// A connection to a server.
pub(super) struct Postgres {
    runtime: Runtime,
    connection: PgConnection,
    /// Whether a claim's transaction is open.
    claims: bool,
}

impl Postgres {
    /// Ends what an earlier claim left open: its part was given up.
    fn give_up_claim(&mut self) -> Result<(), sqlx::Error> {
        if std::mem::take(&mut self.claims) { self.rollback() } else { Ok(()) }
    }

    /// Connects to a server; messages call it `place`.
    pub(super) fn connect(url: &str, place: &Place) -> Result<Self, RegisterError> {
        let unreachable =
            |reason: &str| RegisterError::Unreachable { register: place.clone(), reason: reason.to_owned() };
        // What the library says of a wrong URL may quote it, with the password.
        let options = PgConnectOptions::from_str(url).map_err(|_| RegisterError::Url(place.clone()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(&error.to_string()))?;
        let connect = async {
            let connect = PgConnection::connect_with(&options);
            tokio::time::timeout(3 * PATIENCE, connect).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
        };
        let connection = runtime.block_on(connect).map_err(|error| RegisterError::from_sqlx(place, &error))?;
        let mut server = Self { runtime, connection, claims: false };
        // How long another process's writing is waited for.
        let patience = format!("SET lock_timeout = {}", PATIENCE.as_millis());
        server.execute(&patience, Vec::new()).map_err(|error| RegisterError::from_sqlx(place, &error))?;
        // A database that merely speaks the protocol may not know these, and does without.
        let _ = server.plainly(CLAIMS);
        Ok(server)
    }

    /// Runs a constant statement.
    fn plainly(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.runtime.block_on(sqlx::query(sql).execute(&mut self.connection)).map(drop)
    }

    fn run_migrations(&mut self, locking: bool) -> Result<(), sqlx::Error> {
        let migrations = MIGRATIONS.iter().map(|&(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
        });
        let mut migrator = Migrator::with_migrations(migrations.collect());
        migrator.set_locking(locking).dangerous_set_table_name(MIGRATED);
        self.runtime.block_on(migrator.run_direct(None, &mut self.connection, false)).map_err(as_sqlx)
    }
}

/// The statement with `$1`, `$2` … for its question marks. No text in our SQL holds one.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() * 2);
    for (place, part) in sql.split('?').enumerate() {
        if place > 0 {
            let _ = write!(numbered, "${place}");
        }
        numbered.push_str(part);
    }
    numbered
}

fn arguments(values: Values<'_>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.len() * 16);
    for value in values {
        match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text.as_deref()),
            Value::Bytes(bytes) => arguments.add(bytes.as_deref()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

impl Database for Postgres {
    fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<u64, sqlx::Error> {
        // The text is made of constants and placeholders.
        let query = sqlx::query_with(AssertSqlSafe(numbered(sql)), arguments(values)?);
        Ok(self.runtime.block_on(query.execute(&mut self.connection))?.rows_affected())
    }

    fn query(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(numbered(sql)), arguments(values)?);
        let rows = self.runtime.block_on(query.fetch_all(&mut self.connection))?;
        Ok(rows.into_iter().map(Row::from).collect())
    }

    fn begin(&mut self, isolation: Isolation) -> Result<(), sqlx::Error> {
        // Said in full: what a server does unasked is its administrator's choice.
        self.plainly(match isolation {
            Isolation::Alone | Isolation::First => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Isolation::Statement => "BEGIN ISOLATION LEVEL READ COMMITTED",
        })?;
        if isolation == Isolation::First {
            // Before the first query, so that what the transaction sees is what was appended last.
            let locked = self.plainly("LOCK TABLE audit_head IN EXCLUSIVE MODE");
            if locked.is_err() {
                let _ = self.rollback();
            }
            return match locked {
                // A database that speaks the protocol and has no such lock.
                Err(error) if super::error::state(&error).is_some_and(|state| ["42601", "0A000"].contains(&state)) => {
                    self.begin(Isolation::Alone)
                }
                locked => locked,
            };
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("ROLLBACK")
    }

    fn begin_import(&mut self) -> Result<(), sqlx::Error> {
        self.begin(Isolation::Statement)?;
        self.plainly("SELECT id FROM import_lock WHERE id = 1 FOR UPDATE")
    }

    fn complete_import(&mut self) -> Result<(), sqlx::Error> {
        // Laying an index aside would shut out everybody else.
        Ok(())
    }

    fn end_import(&mut self) {}

    fn claim_part(&mut self, job: u64, _: &[u8; 16]) -> Result<Option<Row>, sqlx::Error> {
        self.give_up_claim()?;
        self.begin(Isolation::Statement)?;
        self.claims = true;
        let sql = "SELECT part, first_number, last_number FROM job_part WHERE job = ? AND done_at IS NULL \
                   ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED";
        let row = self.query(sql, vec![Value::from(job)])?.pop();
        if row.is_none() {
            self.give_up_claim()?;
        }
        Ok(row)
    }

    fn let_go(&mut self) -> Result<(), sqlx::Error> {
        self.claims = false;
        self.commit()
    }

    fn relax(&mut self) -> Result<(), sqlx::Error> {
        self.plainly("SET synchronous_commit = off")
    }

    fn shred(&mut self) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn has_table(&mut self, name: &str) -> Result<bool, sqlx::Error> {
        let sql = "SELECT table_name::text FROM information_schema.tables \
                   WHERE table_schema = current_schema() AND table_name = ?";
        Ok(!self.query(sql, vec![name.into()])?.is_empty())
    }

    fn migrate(&mut self, _: &Seals) -> Result<(), sqlx::Error> {
        match self.run_migrations(true) {
            // A database that speaks the protocol and has no such locks.
            Err(error) if super::error::state(&error).is_some_and(|state| ["42883", "0A000"].contains(&state)) => {
                self.run_migrations(false)
            }
            migrated => migrated,
        }
    }

    fn close(self: Box<Self>) -> Result<(), sqlx::Error> {
        // Nothing is left to be written. A server that went away after it answered all takes nothing back.
        let _ = self.runtime.block_on(self.connection.close());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_are_numbered_in_their_order() {
        assert_eq!(numbered("a = ? AND b IN (?,?)"), "a = $1 AND b IN ($2,$3)");
        assert_eq!(numbered("no values"), "no values");
    }
}
