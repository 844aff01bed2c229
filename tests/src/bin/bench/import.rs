//! Importing a register with all checks, against `csv` and `encoding_rs` merely reading the same files.

use crate::measure::{Bound, Table};
use crate::memory;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tegata_certificate::Date;
use tegata_issuer::check::{Diagnostic, Level};
use tegata_issuer::{
    Encoding, Input, Layout, Register, RegisterLocation, SampleOptions, Sources, Summary, import, make_key_file,
    write_sample,
};
use tegata_tests::postgres::server;

/// People in the register: its files are some tens of megabytes.
const PEOPLE: u64 = 200_000;
/// Rounds of importing and reading in turns.
const ROUNDS: usize = 7;
/// Clean rows in which nothing may be found that stops or holds anybody.
const ROWS: u64 = 100_000;
/// In how many seconds they should be checked.
const AIM: f64 = 10.0;

/// Decodes while reading, in pieces of the size that `csv` asks for.
struct Decoding {
    file: File,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl Decoding {
    fn open(path: &Path, encoding: &'static encoding_rs::Encoding) -> io::Result<Self> {
        Ok(Self {
            file: File::open(path)?,
            decoder: encoding.new_decoder(),
            raw: vec![0; 64 * 1024],
            start: 0,
            end: 0,
            ended: false,
        })
    }
}

impl Read for Decoding {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.start == self.end && !self.ended {
                self.end = self.file.read(&mut self.raw)?;
                self.start = 0;
                self.ended = self.end == 0;
            }
            let piece = self.raw.get(self.start..self.end).unwrap_or_default();
            let (_, consumed, written, _) = self.decoder.decode_to_utf8(piece, out, self.ended);
            self.start += consumed;
            if written > 0 || self.ended {
                return Ok(written);
            }
        }
    }
}

/// What the import is measured against: every record of every file, read and let go.
fn merely_read(files: &[PathBuf], encoding: &'static encoding_rs::Encoding) -> u64 {
    let mut cells = 0;
    for path in files {
        let source = Decoding::open(path, encoding).expect("opens");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).expect("reads") {
            cells += record.len() as u64;
        }
    }
    cells
}

/// Imports into a new register in a file; says what it did, and how many findings stopped or held somebody.
fn into_sqlite(layout: Layout, files: &[PathBuf], folder: &Path, dry_run: bool) -> (Summary, u64) {
    for old in ["register.sqlite", "register.sqlite-wal", "register.sqlite-shm"] {
        let _ = fs::remove_file(folder.join(old));
    }
    import_all(layout, files, folder.join("register.sqlite").into(), dry_run)
}

fn import_all(layout: Layout, files: &[PathBuf], location: RegisterLocation, dry_run: bool) -> (Summary, u64) {
    let mut register = Register::open_or_create(location).expect("creates");
    let open = |place: usize| Input::open(&files[place]).expect("opens");
    let sources = match layout {
        Layout::Vrs => Sources::Wide { residents: Some(open(0)), doses: Some(open(1)) },
        Layout::Long => Sources::Long(open(0)),
    };
    let today = Date::from_ymd(2026, 11, 23).expect("a day");
    let mut grave = 0;
    let mut count = |finding: &Diagnostic| grave += u64::from(finding.code.level() != Level::Info);
    let summary = import(&mut register, sources, today, dry_run, &mut count).expect("imports");
    register.close().expect("closes");
    (summary, grave)
}

/// A layout, and how its sample is written and read.
type Case = (&'static str, Layout, Encoding, &'static encoding_rs::Encoding);

const CASES: [Case; 2] = [
    ("VRS export and residents, CP932", Layout::Vrs, Encoding::Cp932, encoding_rs::SHIFT_JIS),
    ("long form, UTF-8", Layout::Long, Encoding::Utf8, encoding_rs::UTF_8),
];

pub fn measure(table: &mut Table) {
    table.heading(&format!("Import of {PEOPLE} people into SQLite with all checks, sealed, committed and closed"));
    for case in CASES {
        speed(table, case);
    }
    into_postgres(table);
    match memory::peak("self") {
        Some(kilobytes) => table.figure("Peak memory of the whole run", &format!("{} MB", kilobytes / 1024)),
        None => table.figure("Peak memory of the whole run", "not known"),
    }
    table.heading(&format!("{ROWS} clean people, a row or more each"));
    for case in CASES {
        clean(table, case);
    }
}

/// A first import into a server of our own, where one can be started. A figure only: its disk is flushed as it likes.
fn into_postgres(table: &mut Table) {
    const PEOPLE: u64 = 100_000;
    let Some(server) = server() else {
        return table.figure("Import into PostgreSQL", "not measured: it is not installed");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let options =
        SampleOptions { people: PEOPLE, seed: 1, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::Cp932 };
    let sample = write_sample(&options, folder.path()).expect("writes");
    let key = folder.path().join("register.key");
    make_key_file(&key).expect("makes a key");
    let location: RegisterLocation = server.url(&server.database()).parse().expect("a location");
    let start = Instant::now();
    import_all(Layout::Vrs, &sample.files, location.with_key(Some(key)), false);
    let seconds = start.elapsed().as_secs_f64();
    table.figure(
        &format!("Import of {PEOPLE} people into PostgreSQL"),
        &format!("{seconds:.1} s, {:.0} people a second", PEOPLE as f64 / seconds),
    );
}

fn speed(table: &mut Table, (name, layout, encoding, decoder): Case) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SampleOptions { people: PEOPLE, seed: 1, faults: 0.0, layout, encoding };
    let sample = write_sample(&options, folder.path()).expect("writes");
    let bytes: u64 = sample.files.iter().map(|file| fs::metadata(file).expect("is there").len()).sum();
    // The best of each: whatever else the machine does only slows, and what runs on two cores more than what runs on one.
    let (mut read, mut imported) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert!(merely_read(&sample.files, decoder) > 0);
        read = read.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let (summary, _) = into_sqlite(layout, &sample.files, folder.path(), false);
        imported = imported.min(start.elapsed().as_secs_f64());
        assert_eq!(summary.refused(), 0);
    }
    let megabytes = bytes as f64 / 1e6;
    table.ratio(
        name,
        &format!("{:.0} MB/s", megabytes / imported),
        read / imported,
        &format!("merely reading, {:.0} MB/s", megabytes / read),
        Bound::AtLeast(0.25),
    );
    table.figure(&format!("  {name}, people a second"), &format!("{:.0}", PEOPLE as f64 / imported));
    let register = fs::metadata(folder.path().join("register.sqlite")).expect("is there").len();
    table.figure("  the register's file, bytes a person", &format!("{:.0}", register as f64 / PEOPLE as f64));
}

/// No check may stop or hold anybody of whom nothing is wrong.
fn clean(table: &mut Table, (name, layout, encoding, _): Case) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SampleOptions { people: ROWS, seed: 2, faults: 0.0, layout, encoding };
    let sample = write_sample(&options, folder.path()).expect("writes");
    for (way, dry_run) in [("tried", true), ("imported", false)] {
        let start = Instant::now();
        let (summary, grave) = into_sqlite(layout, &sample.files, folder.path(), dry_run);
        let seconds = start.elapsed().as_secs_f64();
        table.aim(&format!("{name}, {way}"), &format!("{seconds:.2} s"), &format!("≤ {AIM} s"), seconds <= AIM);
        let nothing = summary.refused() == 0 && summary.to_confirm == 0 && grave == 0;
        table.fact(&format!("  {grave} findings that stop or hold, {} rows refused", summary.refused()), nothing);
    }
}
