//! Paper: letters with fonts and codes beside the bare Typst render of the same page without a code, and the memory of a
//! print run.

use crate::measure::{Bound, Candidate, Table, in_turns};
use crate::memory::{Town, mebibytes};
use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::time::Instant;
use tegata_certificate::{BirthDate, Date, Format, RegisteredName, RomanisedName, UnixTime, vaccine};
use tegata_issuer::issue::{Edition, Purpose};
use tegata_issuer::paper::{Address, Authority, Fonts, PaperKind, Press, Sheet, Templates, forget};
use tegata_issuer::{Dose, Person, Record, Register, RegisterNumber};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Array, Bytes, Datetime, Dict, Duration, IntoValue, Smart, Value};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// Pages a render.
const PAGES: usize = 25;
/// Different letters.
const LETTERS: usize = 1_000;
const FEW: u64 = 2_000;
const MANY: u64 = 10_000;

pub fn measure(table: &mut Table) {
    let Ok(fonts) = Fonts::find(&[]) else {
        table.heading("Paper");
        table.figure("! NOT MEASURED: sudo apt-get install fonts-ipaexfont", "no fonts");
        return;
    };
    speed(table, fonts);
    memory(table);
}

fn speed(table: &mut Table, fonts: Fonts) {
    let press = Press::new(Templates::built_in(), fonts);
    let letters: Vec<Sheet> = (0..LETTERS).map(letter).collect();
    let bare = Bare::new();
    let (ours_at, bare_at) = (Cell::new(0), Cell::new(0));
    let next = |at: &Cell<usize>| {
        let from = at.get();
        at.set((from + PAGES) % LETTERS);
        letters[from..from + PAGES].to_vec()
    };
    let today = Date::from_ymd(2026, 11, 28).expect("a day");
    let sample = press.pdf(&letters[..PAGES], PaperKind::Letter, today).expect("prints");
    let times = in_turns(vec![
        Candidate::new("bare", || {
            let pdf = bare.pdf(&next(&bare_at));
            forget();
            pdf
        }),
        Candidate::new("letters", || {
            let pdf = press.pdf(&next(&ours_at), PaperKind::Letter, today).expect("prints");
            forget();
            pdf
        }),
    ]);
    let rate = |name: &str| {
        let time = times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
        PAGES as f64 / time * 1e6
    };
    let per_second = |name: &str| format!("{:.0} pages/s", rate(name));
    table.heading(&format!("Letters of {PAGES} pages a file, five doses, distinct names and codes"));
    table.figure("bare Typst, the same page without a code", &per_second("bare"));
    let ratio = rate("letters") / rate("bare");
    table.ratio("letters with codes", &per_second("letters"), ratio, "the bare render", Bound::AtLeast(0.7));
    table.figure("bytes a page", &format!("{}", sample.len() / PAGES));
    let start = Instant::now();
    press.prove(&sample, &letters[..PAGES]).expect("is read back");
    table.figure("reading back, both sizes", &format!("{:.0} pages/s", PAGES as f64 / start.elapsed().as_secs_f64()));
}

/// Letters whose names, addresses and codes differ.
fn letter(place: usize) -> Sheet {
    const FAMILIES: [&str; 16] = [
        "佐藤",
        "鈴木",
        "髙橋",
        "田中",
        "伊藤",
        "渡邊",
        "山本",
        "中村",
        "小林",
        "加藤",
        "吉田",
        "山田",
        "佐々木",
        "山口",
        "松本",
        "井上",
    ];
    const GIVEN: [&str; 16] = [
        "誠",
        "﨑子",
        "花子",
        "太郎",
        "一",
        "美咲",
        "陽菜",
        "蓮",
        "結衣",
        "大翔",
        "翔太",
        "愛",
        "健一",
        "由美子",
        "正雄",
        "千代",
    ];
    let product = |place: usize| vaccine::by_key(["comirnaty", "spikevax"][place % 2]).expect("a product");
    let doses = (0..5).map(|dose| Dose {
        number: dose + 1,
        date: Date::from_days(18_800 + 150 * i64::from(dose) + place as i64 % 90).expect("a day"),
        product: product(place + usize::from(dose)),
        maker: None,
        lot: Some(format!("FA{:04}", (place * 7 + usize::from(dose) * 131) % 10_000)),
        site: None,
        ticket: None,
        municipality: None,
    });
    let (family, given) = (FAMILIES[place % 16], GIVEN[place / 16 % 16]);
    let person = Person {
        number: RegisterNumber::parse(&place.to_string()).expect("a number"),
        registered: Some(RegisteredName::Whole(format!("{family}　{given}"))),
        kana: Some("サトウ　マコト".to_owned()),
        romanised: RomanisedName::new("SATO", "MAKOTO"),
        birth: BirthDate::Day(Date::from_days(5_000 + place as i64 * 13 % 12_000).expect("a day")),
        sex: None,
        municipality: None,
        nationality: None,
        passport: None,
        shielded: false,
    };
    // As long as a compact certificate of five doses.
    let mut seed = place as u64 + 1;
    let letters = (0..330).map(|_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[(seed >> 33) as usize % 45])
    });
    let text: String = letters.collect();
    Sheet {
        record: Record { person, doses: doses.collect() },
        edition: Edition { format: Format::Compact, purpose: Purpose::Domestic, dose: None, generation: None },
        identifier: format!("ABCDEFGHIJKLMNOPQRST{place:05}"),
        text: format!("TG1:{}", text.trim()),
        issued_at: UnixTime(1_795_800_000),
        expires_at: UnixTime(2_111_400_000),
        authority: Authority { name_ja: "架空市".to_owned(), name_en: "Kakuu City".to_owned() },
        address: Some(Address {
            postcode: format!("{:03}-{:04}", place % 1000, place * 7 % 10_000),
            lines: vec![format!("架空県架空市中央{}丁目{}番", place % 9 + 1, place % 30 + 1), "架空ハイツ".to_owned()],
            recipient: None,
        }),
        verifier: None,
    }
}

/// Typst as it is, with the same templates but for the code.
struct Bare {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: HashMap<FileId, Source>,
    main: FileId,
}

impl Bare {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Templates::write_built_in(folder.path()).expect("writes");
        let id = |name: &str| RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).expect("a name")).intern();
        let mut sources = HashMap::new();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            let mut text = fs::read_to_string(&path).expect("is there");
            if name == "certificate.typ" {
                let begin = text.find("#let code(sheet) = image(").expect("draws the code");
                let end = begin + text[begin..].find("\n)\n").expect("ends") + 3;
                text.replace_range(
                    begin..end,
                    "#let code(sheet) = block(width: sheet.code.width-mm * 1mm, height: sheet.code.width-mm * 1mm)\n",
                );
            }
            sources.insert(id(&name), Source::new(id(&name), text));
        }
        let files = ["ipaexfont-gothic/ipaexg.ttf", "ipaexfont-mincho/ipaexm.ttf"];
        let read = |name: &&str| fs::read(format!("/usr/share/fonts/opentype/{name}")).ok();
        let fonts: Vec<Font> = files.iter().filter_map(read).flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect();
        Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts, main: id("letter.typ"), sources }
    }

    fn pdf(&self, sheets: &[Sheet]) -> Vec<u8> {
        let mut inputs = Dict::new();
        inputs.insert("sheets".into(), Value::Array(sheets.iter().map(|sheet| Value::Dict(values(sheet))).collect()));
        let world = BareWorld { bare: self, library: LazyHash::new(Library::builder().with_inputs(inputs).build()) };
        let document = typst::compile(&world).output.expect("compiles");
        let options = PdfOptions {
            ident: Smart::Auto,
            timestamp: Datetime::from_ymd_hms(2026, 11, 28, 0, 0, 0).map(Timestamp::new_utc),
            standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1]).expect("go together"),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).expect("is a PDF")
    }
}

/// What the page without a code shows.
fn values(sheet: &Sheet) -> Dict {
    let mut values = Dict::new();
    let mut set = |name: &str, value: Value| values.insert(name.into(), value);
    let person = &sheet.record.person;
    set("name", person.registered.as_ref().expect("has one").to_line().into_value());
    set("kana", person.kana.clone().expect("has one").into_value());
    set("romanised", "SATO MAKOTO".into_value());
    set("birth", person.birth.to_string().into_value());
    set("birth-ja", "1984年4月1日".into_value());
    let dose = |dose: &Dose| {
        let mut values = Dict::new();
        values.insert("number".into(), i64::from(dose.number).into_value());
        values.insert("date".into(), dose.date.to_string().into_value());
        values.insert("product".into(), dose.product.name.into_value());
        values.insert("maker".into(), dose.product.maker.into_value());
        values.insert("lot".into(), dose.lot.clone().expect("has one").into_value());
        Value::Dict(values)
    };
    set("doses", Value::Array(sheet.record.doses.iter().map(dose).collect::<Array>()));
    set("identifier", sheet.identifier.clone().into_value());
    for (name, value) in [
        ("issued", "2026-11-28"),
        ("until", "2036-11-27"),
        ("issued-ja", "2026年11月28日"),
        ("until-ja", "2036年11月27日"),
        ("issuer-ja", "架空市"),
        ("issuer-en", "Kakuu City"),
    ] {
        set(name, value.into_value());
    }
    set("verifier", Value::None);
    let address = sheet.address.as_ref().expect("has one");
    let mut to = Dict::new();
    to.insert("postcode".into(), address.postcode.clone().into_value());
    to.insert("lines".into(), Value::Array(address.lines.iter().map(|line| line.clone().into_value()).collect()));
    to.insert("recipient".into(), Value::None);
    set("address", Value::Dict(to));
    let mut code = Dict::new();
    code.insert("width-mm".into(), 68.0.into_value());
    code.insert("quiet-mm".into(), 4.0.into_value());
    set("code", Value::Dict(code));
    values
}

struct BareWorld<'b> {
    bare: &'b Bare,
    library: LazyHash<Library>,
}

impl World for BareWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.bare.book
    }

    fn main(&self) -> FileId {
        self.bare.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.bare.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.bare.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Print runs of few and of many, as processes: issuing, setting, reading back.
fn memory(table: &mut Table) {
    let tool = std::env::current_exe().expect("this program").with_file_name("tegata-issuer");
    if !tool.is_file() {
        table.figure("! NOT MEASURED: cargo build --release --bin tegata-issuer", "not built");
        return;
    }
    table.heading("Peak memory of tegata-issuer print, letters, every code read back");
    let mut peaks = Vec::new();
    for people in [FEW, MANY] {
        let folder = tempfile::tempdir().expect("a folder");
        let town = Town { tool: tool.clone(), folder: folder.path().to_owned() };
        town.run("key new office --demo --type ed25519 --passphrase-fd 0");
        town.run(&format!("sample --people {people} --seed 3 --faults 0 --layout vrs --out sample"));
        let pin = town.publish();
        town.run("import --residents sample/residents.csv --doses sample/doses.csv");
        addresses(folder.path());
        let start = Instant::now();
        let peak = town.run(&format!(
            "print --from-file numbers --kind letter --addresses addresses.csv --key office --trust lists.cbor --root {pin} \
             --out letters --passphrase-fd 0"
        ));
        let seconds = start.elapsed().as_secs_f64();
        let manifest = fs::read_to_string(folder.path().join("letters/manifest.csv")).expect("was released");
        let pages = manifest.lines().count() - 1;
        let files = fs::read_dir(folder.path().join("letters")).expect("reads").filter_map(Result::ok);
        let pdfs = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "pdf"));
        let bytes: u64 = pdfs.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        let name =
            format!("{pages} letters, {:.0} pages/s, {} bytes a page", pages as f64 / seconds, bytes / pages as u64);
        table.figure(&name, &peak.map_or("not known".to_owned(), mebibytes));
        peaks.extend(peak);
    }
    if let [few, many] = peaks[..] {
        let ratio = many as f64 / few as f64;
        table.ratio("five times as many letters", &mebibytes(many), ratio, "that of few", Bound::AtMost(1.5));
    }
}

/// A file with everybody's address, and one with the numbers of those whose address is not shielded: the others would take
/// a second person's word each.
fn addresses(folder: &std::path::Path) {
    let mut register = Register::open(folder.join("register.sqlite")).expect("opens");
    let mut file = fs::File::create(folder.join("addresses.csv")).expect("creates");
    writeln!(file, "resident_id,postcode,address").expect("writes");
    let mut numbers = fs::File::create(folder.join("numbers")).expect("creates");
    let mut after: Option<RegisterNumber> = None;
    let mut place = 0;
    loop {
        let page = register.issuable_after(after.as_ref(), 1_000).expect("reads");
        let Some(last) = page.last() else { break };
        after = Some(last.person.number.clone());
        for record in &page {
            place += 1;
            let line =
                format!("{},{:03}-{:04},架空市{}丁目", record.person.number, place % 997, place % 9_973, place % 9 + 1);
            writeln!(file, "{line}").expect("writes");
            if !record.person.shielded {
                writeln!(numbers, "{}", record.person.number).expect("writes");
            }
        }
    }
    register.close().expect("closes");
}
