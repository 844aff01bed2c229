//! Readers that are not ours: `zxing-cpp` and `zbarimg`, by `tests/readers/check.py`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tegata_issuer::issue::Picture;
use tegata_issuer::{EcLevel, Symbol};
use tegata_keys::Signer;
use tegata_tests::office::{Office, manifest};
use tegata_tests::specimen::NOW;

use crate::drawn::{Noise, rasterised, text};

/// Names the Python interpreter that has the modules of `tests/readers/requirements.txt`.
const PYTHON: &str = "TEGATA_READERS_PYTHON";

/// What `check.py` says when a reader or a module is missing.
const SKIPPED: i32 = 77;

/// Runs `check.py` on a folder with its manifest, in these variants; says so where it cannot.
///
/// # Panics
/// Where a reader does not read a picture as its text, or a signature does not hold.
fn check(folder: &Path, variants: &str, keys: &[PathBuf]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = tests.join("../target/readers/bin/python");
    let python = env::var_os(PYTHON)
        .map(PathBuf::from)
        .unwrap_or_else(|| if installed.is_file() { installed } else { PathBuf::from("python3") });
    let mut command = Command::new(&python);
    command.arg(tests.join("readers/check.py")).arg(folder).args(["--variants", variants]);
    if !keys.is_empty() {
        command.arg("--keys").args(keys);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            println!("other readers: skipped: no {}: {error}", python.display());
            return;
        }
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("other readers: {said}");
    match output.status.code() {
        Some(0) => {}
        Some(SKIPPED) => println!("  Name a Python interpreter that has them in {PYTHON}."),
        _ => panic!("a reader that is not ours disagrees:\n{said}"),
    }
}

/// Two hundred codes, from one dose in the compact format to an EU DCC, drawn into a folder by `draw`.
fn two_hundred(draw: impl Fn(&Symbol) -> Vec<u8>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut manifest = String::new();
    let mut noise = Noise(200);
    for number in 0..200 {
        let text = text(230 + noise.below(340), number);
        let symbol = Symbol::encode(&text, EcLevel::M).expect("a symbol");
        let name = format!("{number}.png");
        fs::write(folder.path().join(&name), draw(&symbol)).expect("a file");
        let line = serde_json::json!({ "picture": name, "text": text });
        writeln!(manifest, "{line}").expect("a line");
    }
    fs::write(folder.path().join("manifest.ndjson"), manifest).expect("a file");
    folder
}

#[test]
fn other_readers_read_every_png_also_shrunk_and_printed() {
    let folder = two_hundred(|symbol| symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE).expect("a picture"));
    check(folder.path(), "original,scaled,printed", &[]);
}

#[test]
fn other_readers_read_every_svg_at_150_dots_an_inch_also_shrunk() {
    let folder = two_hundred(|symbol| rasterised(&symbol.svg(), 150.0));
    check(folder.path(), "original,scaled", &[]);
}

/// A key as `check.py` takes it.
fn write_key(key: &dyn Signer, file: PathBuf) -> PathBuf {
    let cose_key = data_encoding::HEXLOWER.encode(&key.verifying_key().to_cose_key());
    fs::write(&file, serde_json::json!({ "cose_key": cose_key }).to_string()).expect("a file");
    file
}

#[test]
fn other_readers_and_verifiers_take_everybody_s_certificates() {
    let office = Office::new(200, 21);
    let out = office.folder().join("certificates");
    office.issue(&out, &[Picture::Png, Picture::Svg], NOW);
    let keys = [
        write_key(&office.compact, office.folder().join("compact.json")),
        write_key(&office.eu, office.folder().join("eu-dcc.json")),
    ];
    let certified = manifest(&out);
    for family in ["compact", "eu-dcc"] {
        assert!(certified.iter().filter(|one| one.format == family).count() >= 20, "hardly any {family}");
    }
    // The PNG files as they are, and the SVG files as a printer of 150 dots an inch has them.
    let printed = office.folder().join("printed");
    fs::create_dir(&printed).expect("a folder");
    let (mut pngs, mut svgs) = (String::new(), String::new());
    for one in &certified {
        let name = |extension: &str| {
            let file =
                one.files.iter().find(|file| file.extension().is_some_and(|e| e == extension)).expect("a picture");
            file.file_name().expect("a name").to_str().expect("a plain name").to_owned()
        };
        let (png, svg) = (name("png"), name("svg"));
        let svg_text = fs::read_to_string(out.join(&svg)).expect("a picture");
        fs::write(printed.join(&png), rasterised(&svg_text, 150.0)).expect("a file");
        for manifest in [&mut pngs, &mut svgs] {
            let line = serde_json::json!({ "picture": png, "text": one.text });
            writeln!(manifest, "{line}").expect("a line");
        }
    }
    fs::write(out.join("manifest.ndjson"), pngs).expect("a file");
    fs::write(printed.join("manifest.ndjson"), svgs).expect("a file");
    check(&out, "original,scaled,printed", &keys);
    check(&printed, "original,scaled", &[]);
}
