//! What each stage of bulk issuing costs alone, in one thread: our own code where only it can do the work, else the
//! bare library that does it.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{Certificate, Dose, Format, Holder, Kind, StatusIndex};
use tegata_issuer::{Record, Register};
use tegata_keys::Signer;
use tegata_tests::office::Office;
use tegata_tests::specimen::{NOW, identity};

/// Records a page, as bulk issuing has them.
const PAGE: u32 = 512;
/// A year in seconds.
const YEAR: i64 = 365 * 86_400;

/// Each stage's microseconds a certificate, over everybody in a copy of the office's register in that folder.
pub fn measure(office: &Office, folder: &Path) -> Vec<(&'static str, f64)> {
    let path = folder.join("register.sqlite");
    let start = Instant::now();
    let mut register = Register::open(path.as_path()).expect("opens");
    let mut records: Vec<Record> = Vec::new();
    loop {
        let after = records.last().map(|record| record.person.number.clone());
        let page = register.issuable_after(after.as_ref(), PAGE).expect("reads");
        if page.is_empty() {
            break;
        }
        records.extend(page);
    }
    register.close().expect("closes");
    let read = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let texts: Vec<String> = (0..).zip(&records).map(|(index, record)| sign(office, record, index)).collect();
    let signed = start.elapsed().as_secs_f64();

    let start = Instant::now();
    reserve(&path, &records);
    let reserved = start.elapsed().as_secs_f64();

    let start = Instant::now();
    write(folder, &records, &texts);
    let written = start.elapsed().as_secs_f64();

    let each = |seconds: f64| seconds * 1e6 / records.len() as f64;
    vec![
        ("read and open", each(read)),
        ("lay out, sign, encode", each(signed)),
        ("reserve, a bare transaction a page", each(reserved)),
        ("write lines, a durable file a page", each(written)),
    ]
}

/// What `compact` says within the country.
fn sign(office: &Office, record: &Record, index: u64) -> String {
    let key = &office.compact;
    let doses = record.doses.iter().map(|dose| Dose {
        date: Some(dose.date),
        number: Some(u64::from(dose.number)),
        lot: dose.lot.clone(),
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: dose.product.cvx.to_string() })
    });
    let holder = Holder { registered: record.person.registered.clone(), ..Holder::born(record.person.birth) };
    let certificate = Certificate {
        doses: doses.collect(),
        issued_at: Some(NOW),
        expires_at: Some(NOW.plus(10 * YEAR)),
        status: Some(StatusIndex { shard: 1, index }),
        ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
    };
    let unsigned = certificate.format.write(&certificate, &identity(key)).expect("lays out");
    let signature = key.sign(unsigned.to_be_signed()).expect("signs");
    unsigned.seal(&signature).expect("seals").text().to_owned()
}

/// For each page one durable transaction that looks for what is there and writes a row a certificate.
fn reserve(path: &Path, records: &[Record]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-16384");
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect_with(&options).await.expect("connects");
        let mut index = 0_i64;
        for page in records.chunks(PAGE as usize) {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("begins");
            let marks = vec!["?"; page.len()].join(",");
            let sql = format!("SELECT number, content FROM certificate WHERE number IN ({marks})");
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for record in page {
                query = query.bind(record.person.number.as_str());
            }
            assert!(query.fetch_all(&mut connection).await.expect("reads").is_empty());
            let marks = vec!["(?,?,?,?,?,?,?,?,?,?,?)"; page.len()].join(",");
            let columns = "number, format, content, renewal, kid, shard, status_index, position, identifier, \
                           issued_at, expires_at";
            let sql = format!("INSERT INTO certificate ({columns}) VALUES {marks}");
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for record in page {
                // Places come in no order; an odd factor permutes the numbers below 2^24.
                index += 1;
                let place = index * 0x9e_3779 % (1 << 24);
                query = query.bind(record.person.number.as_str()).bind("compact").bind([7_u8; 32].as_slice());
                query = query.bind(0_i64).bind([7_u8; 32].as_slice()).bind(1_i64).bind(place).bind(index);
                query = query.bind(format!("{index:0>25}")).bind(NOW.0).bind(NOW.0 + YEAR);
            }
            query.execute(&mut connection).await.expect("writes");
            sqlx::query("COMMIT").execute(&mut connection).await.expect("commits");
        }
        connection.close().await.expect("closes");
    });
}

/// For each page one file of lines, durable under its name.
fn write(folder: &Path, records: &[Record], texts: &[String]) {
    let page = PAGE as usize;
    for (number, (records, texts)) in records.chunks(page).zip(texts.chunks(page)).enumerate() {
        let new = folder.join("lines.new");
        let mut lines = BufWriter::with_capacity(1 << 16, File::create(&new).expect("creates"));
        for (record, text) in records.iter().zip(texts) {
            let line = serde_json::json!({
                "number": record.person.number.as_str(), "format": "compact", "text": text,
                "issued_at": NOW.to_string(), "expires_at": NOW.to_string(), "shard": 1, "index": number,
            });
            writeln!(lines, "{line}").expect("writes");
        }
        lines.flush().expect("writes");
        lines.get_ref().sync_all().expect("writes");
        fs::rename(&new, folder.join(format!("lines-{number}"))).expect("renames");
    }
}
