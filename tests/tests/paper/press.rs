//! A press, sheets, and other people's programs that look at what it makes.

use std::path::{Path, PathBuf};
use std::process::Command;
use tegata_certificate::{BirthDate, Date, Format, RegisteredName, RomanisedName, UnixTime, vaccine};
use tegata_issuer::issue::{Edition, Purpose};
use tegata_issuer::paper::{Address, Authority, Fonts, PaperError, Press, Sheet, Templates};
use tegata_issuer::{Dose, Person, Record, RegisterNumber};

/// The day of every page.
pub fn today() -> Date {
    Date::from_ymd(2026, 11, 28).expect("a day")
}

/// The system's fonts, if there are any for Japanese.
pub fn fonts() -> Option<Fonts> {
    match Fonts::find(&[]) {
        Ok(fonts) => Some(fonts),
        Err(PaperError::NoFonts(_)) => {
            eprintln!("SKIPPED: no Japanese fonts are here\n    install them by: sudo apt-get install fonts-ipaexfont");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// A press with the built-in templates.
pub fn press() -> Option<Press> {
    fonts().map(|fonts| Press::new(Templates::built_in(), fonts))
}

/// A sheet of somebody with so many doses.
pub fn sheet(name: &str, kana: &str, doses: usize) -> Sheet {
    let products = ["comirnaty", "spikevax"].map(|key| vaccine::by_key(key).expect("a product"));
    let doses = (0..doses).map(|place| Dose {
        number: u8::try_from(place + 1).expect("few"),
        date: Date::from_days(18_800 + 150 * i64::try_from(place).expect("few")).expect("a day"),
        product: products[place % 2],
        maker: None,
        lot: Some(format!("FA{:04}-{place}", 1234 + place)),
        site: None,
        ticket: None,
        municipality: None,
    });
    let person = Person {
        number: RegisterNumber::parse("4711").expect("a number"),
        registered: Some(RegisteredName::Whole(name.to_owned())),
        kana: Some(kana.to_owned()),
        romanised: RomanisedName::new("VAN<DER<BERG", "SAKIKO"),
        birth: BirthDate::Day(Date::from_ymd(1984, 4, 1).expect("a day")),
        sex: None,
        municipality: None,
        nationality: None,
        passport: None,
        shielded: false,
    };
    Sheet {
        record: Record { person, doses: doses.collect() },
        edition: Edition { format: Format::Compact, purpose: Purpose::Domestic, dose: None, generation: None },
        identifier: "ABCDEFGHIJKLMNOPQRSTUVWXY".to_owned(),
        text: format!("TG1:{}", "ABCDEFGH0123456789".repeat(15)),
        issued_at: UnixTime(1_795_800_000),
        expires_at: UnixTime(2_111_400_000),
        authority: Authority { name_ja: "架空市".to_owned(), name_en: "Kakuu City".to_owned() },
        address: Some(Address {
            postcode: "123-4567".to_owned(),
            lines: vec!["架空県架空市中央一丁目２番３号".to_owned(), "架空ハイツ　１０１号室".to_owned()],
            recipient: None,
        }),
        verifier: Some("https://verify.example/".to_owned()),
    }
}

/// A folder with a page in it.
pub struct Printed {
    pub folder: tempfile::TempDir,
    pub pdf: PathBuf,
}

impl Printed {
    pub fn new(pdf: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("page.pdf");
        std::fs::write(&path, pdf).expect("writes");
        Self { folder, pdf: path }
    }

    /// The text, as poppler extracts it; the forms of a character that are one to readers count as one.
    pub fn text(&self) -> Option<String> {
        program("pdftotext", &["-layout", self.pdf.to_str()?, "-"], "poppler-utils")
    }

    /// The first page as a picture of so many dots an inch.
    pub fn picture(&self, dpi: u32) -> Option<PathBuf> {
        let path = self.folder.path().join(format!("page-{dpi}"));
        let dpi = dpi.to_string();
        let args = ["-r", &dpi, "-png", "-singlefile", "-f", "1", self.pdf.to_str()?, path.to_str()?];
        program("pdftoppm", &args, "poppler-utils")?;
        Some(path.with_extension("png"))
    }
}

/// What a program answers; none, loudly, where it is not there.
pub fn program(name: &str, args: &[&str], package: &str) -> Option<String> {
    match Command::new(name).args(args).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name} {args:?}: {said}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: {name} is not here\n    install it by: sudo apt-get install {package}");
            None
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// The codes of a picture, as zbar reads them.
pub fn zbar(picture: &Path) -> Option<Vec<String>> {
    let read = program("zbarimg", &["--quiet", "--raw", picture.to_str()?], "zbar-tools")?;
    Some(read.lines().map(str::to_owned).collect())
}
