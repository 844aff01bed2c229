//! Looking into what the tools left: the register's tables, and a die that falls the same every time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

/// A small deterministic generator (SplitMix64).
pub struct Dice(u64);

impl Dice {
    /// A generator from a seed.
    pub fn thrown(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not, `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from 0 up to, but not, 1.
    pub fn fraction(&mut self) -> f64 {
        self.below(1 << 32) as f64 / (1_u64 << 32) as f64
    }
}

/// A row of the register's table of certificates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reserved {
    /// The person's number.
    pub number: String,
    /// The family.
    pub format: String,
    /// How many certificates of the same record were before.
    pub renewal: i64,
    /// The key.
    pub kid: Vec<u8>,
    /// Shard and index.
    pub status: Option<(u64, u64)>,
}

/// What a register holds, read with SQLite and without our own code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holdings {
    /// What SQLite's own check says of the file.
    pub integrity: String,
    /// Everything about people and imports, row by row.
    pub records: Vec<String>,
    /// The certificates.
    pub certificates: Vec<Reserved>,
    /// How many indices were given out, by key.
    pub given_out: BTreeMap<Vec<u8>, u64>,
    /// The bytes of each request to the status service, by number.
    pub requests: BTreeMap<u64, Vec<u8>>,
    /// Of each place, by shard and index, the requests that speak of it, and whether they withdraw it.
    pub withdrawals: BTreeMap<(u64, u64), Vec<(u64, bool)>>,
}

/// Reads a copy of a register with all that lies beside it: what the next opener will find. The register itself is
/// left as it is, also where a journal waits to be undone.
pub fn holdings(register: &Path) -> Holdings {
    let folder = copied(register);
    let copy = folder.path().join(register.file_name().expect("a name"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(read(&copy)).expect("a register that SQLite reads")
}

fn copied(register: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let name = register.file_name().expect("a name").to_str().expect("a plain name");
    for end in ["", "-wal", "-journal"] {
        let beside = register.with_file_name(format!("{name}{end}"));
        if beside.exists() {
            fs::copy(&beside, folder.path().join(format!("{name}{end}"))).expect("copies");
        }
    }
    folder
}

async fn read(register: &Path) -> Result<Holdings, sqlx::Error> {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(register)).await?;
    let integrity = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await?.try_get(0)?;
    let mut records = Vec::new();
    for text in [
        "SELECT 'person', number || ' ' || dose_count || ' ' || coalesce(hex(lookup), '') || ' ' || length(sealed) FROM person ORDER BY number",
        "SELECT 'term', id || ' ' || text FROM term ORDER BY id",
        "SELECT 'import', id || ' ' || day FROM import ORDER BY id",
        "SELECT 'file', import_id || ' ' || role || ' ' || name || ' ' || hex(sha256) FROM import_file ORDER BY import_id, role",
    ] {
        for row in sqlx::query(text).fetch_all(&mut connection).await? {
            records.push(format!("{} {}", row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?));
        }
    }
    let unsigned = |number: i64| u64::try_from(number).expect("no register has a negative index");
    let mut certificates = Vec::new();
    let text =
        "SELECT number, format, renewal, kid, shard, status_index FROM certificate ORDER BY number, format, renewal";
    for row in sqlx::query(text).fetch_all(&mut connection).await? {
        let (shard, index): (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(5)?);
        certificates.push(Reserved {
            number: row.try_get(0)?,
            format: row.try_get(1)?,
            renewal: row.try_get(2)?,
            kid: row.try_get(3)?,
            status: shard.zip(index).map(|(shard, index)| (unsigned(shard), unsigned(index))),
        });
    }
    let mut given_out = BTreeMap::new();
    for row in sqlx::query("SELECT kid, next FROM status_range").fetch_all(&mut connection).await? {
        *given_out.entry(row.try_get(0)?).or_default() += unsigned(row.try_get(1)?);
    }
    let mut requests = BTreeMap::new();
    for row in sqlx::query("SELECT sequence, bytes FROM status_request").fetch_all(&mut connection).await? {
        requests.insert(unsigned(row.try_get(0)?), row.try_get(1)?);
    }
    let mut withdrawals = BTreeMap::<_, Vec<_>>::new();
    let text = "SELECT shard, status_index, sequence, withdrawn FROM withdrawal ORDER BY sequence";
    for row in sqlx::query(text).fetch_all(&mut connection).await? {
        let place = (unsigned(row.try_get(0)?), unsigned(row.try_get(1)?));
        withdrawals.entry(place).or_default().push((unsigned(row.try_get(2)?), row.try_get::<i64, _>(3)? == 1));
    }
    connection.close().await?;
    Ok(Holdings { integrity, records, certificates, given_out, requests, withdrawals })
}

/// The number that each of these statements answers, in a copy of a register as it is left.
pub fn counts<const N: usize>(register: &Path, statements: [&'static str; N]) -> [i64; N] {
    let folder = copied(register);
    let copy = folder.path().join(register.file_name().expect("a name"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(copy);
        let mut connection = SqliteConnection::connect_with(&options).await.expect("opens");
        let mut counts = [0; N];
        for (statement, count) in statements.into_iter().zip(&mut counts) {
            let row = sqlx::query(statement).fetch_one(&mut connection).await.expect("answers");
            *count = row.try_get(0).expect("a number");
        }
        connection.close().await.expect("closes");
        counts
    })
}

/// Makes an SQLite file that is not ours.
pub fn foreign_database(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let made = runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::query("CREATE TABLE person (number TEXT)").execute(&mut connection).await?;
        connection.close().await
    });
    made.expect("makes a database");
}
