//! Importing a register, against `csv` and `encoding_rs` merely reading the same files.

use crate::measure::{Bound, Table, median};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tegata_certificate::Date;
use tegata_issuer::check::Diagnostic;
use tegata_issuer::{
    Encoding, Input, Layout, Register, RegisterLocation, SampleOptions, Sources, import, make_key_file, write_sample,
};
use tegata_tests::postgres::server;

/// People in the register: its files are some tens of megabytes.
const PEOPLE: u64 = 200_000;
/// Rounds of importing and reading in turns.
const ROUNDS: usize = 21;

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

fn into_sqlite(layout: Layout, files: &[PathBuf], folder: &Path) {
    for old in ["register.sqlite", "register.sqlite-wal", "register.sqlite-shm"] {
        let _ = fs::remove_file(folder.join(old));
    }
    import_all(layout, files, folder.join("register.sqlite").into());
}

fn import_all(layout: Layout, files: &[PathBuf], location: RegisterLocation) {
    let mut register = Register::open_or_create(location).expect("creates");
    let open = |place: usize| Input::open(&files[place]).expect("opens");
    let sources = match layout {
        Layout::Vrs => Sources::Wide { residents: Some(open(0)), doses: Some(open(1)) },
        Layout::Long => Sources::Long(open(0)),
    };
    let today = Date::from_ymd(2026, 11, 23).expect("a day");
    let summary = import(&mut register, sources, today, false, &mut |_: &Diagnostic| {}).expect("imports");
    assert_eq!((summary.refused(), summary.to_confirm), (0, 0));
    register.close().expect("closes");
}

pub fn measure(table: &mut Table) {
    table.heading(&format!("Import of {PEOPLE} people into SQLite, committed and closed"));
    let cases = [
        ("VRS export and residents, CP932", Layout::Vrs, Encoding::Cp932, encoding_rs::SHIFT_JIS),
        ("long form, UTF-8", Layout::Long, Encoding::Utf8, encoding_rs::UTF_8),
    ];
    for (name, layout, encoding, decoder) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SampleOptions { people: PEOPLE, seed: 1, faults: 0.0, layout, encoding };
        let sample = write_sample(&options, folder.path()).expect("writes");
        let bytes: u64 = sample.files.iter().map(|file| fs::metadata(file).expect("is there").len()).sum();
        let (mut reading, mut importing) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let start = Instant::now();
            assert!(merely_read(&sample.files, decoder) > 0);
            let read = start.elapsed().as_secs_f64();
            let start = Instant::now();
            into_sqlite(layout, &sample.files, folder.path());
            let imported = start.elapsed().as_secs_f64();
            // The first round warms the page cache.
            if round > 0 {
                reading.push(read);
                importing.push(imported);
            }
        }
        let megabytes = bytes as f64 / 1e6;
        let (read, imported) = (median(reading), median(importing));
        table.ratio(
            name,
            &format!("{:.0} MB/s", megabytes / imported),
            read / imported,
            &format!("merely reading, {:.0} MB/s", megabytes / read),
            Bound::AtLeast(0.25),
        );
        table.figure(&format!("  {name}, people a second"), &format!("{:.0}", PEOPLE as f64 / imported));
        table.figure(&format!("  {name}, seconds for 100,000"), &format!("{:.2}", imported * 1e5 / PEOPLE as f64));
    }
    into_postgres(table);
    match peak_memory() {
        Some(kilobytes) => table.figure("Peak memory of the whole run", &format!("{} MB", kilobytes / 1024)),
        None => table.figure("Peak memory of the whole run", "not known"),
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
    import_all(Layout::Vrs, &sample.files, location.with_key(Some(key)));
    let seconds = start.elapsed().as_secs_f64();
    table.figure(
        &format!("Import of {PEOPLE} people into PostgreSQL"),
        &format!("{seconds:.1} s, {:.0} people a second", PEOPLE as f64 / seconds),
    );
}

/// The largest resident size so far, in KiB (Linux).
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
