//! Synthetic registers: fictional people in the layouts and encodings of real systems, with planted faults.
//!
//! Everything follows from the seed. Any size takes the same memory. A manifest says how many people and
//! doses are good and which finding every planted fault must give, so that a test can demand exactly those.

mod change;
mod faults;
mod people;
mod random;
mod sheet;

use crate::check::{Code, Level};
use crate::import::Encoding;
use crate::import::headings::SAMPLE_NUMBER;
use change::{Around, change, lot_doses};
use faults::{Fault, Spot};
use people::{FictionalDose, FictionalPerson};
use random::Random;
use serde::Serialize;
use sheet::{Cell, Sheet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The layouts that a sample comes in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// A residents' file and a wide export of the Vaccination Record System.
    Vrs,
    /// Our long form: one dose a row, with the person.
    Long,
}

/// What a sample is to be like.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SampleOptions {
    /// How many people.
    pub people: u64,
    /// What everything follows from.
    pub seed: u64,
    /// The share of people with a planted fault, 0 to 1: of a hundred with 0.1 exactly ten.
    pub faults: f64,
    /// The layout.
    pub layout: Layout,
    /// The encoding.
    pub encoding: Encoding,
}

/// What a sample holds.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct SampleSummary {
    /// The files, in the order in which import wants them.
    pub files: Vec<PathBuf>,
    /// People that import takes.
    pub people: u64,
    /// Doses that import takes.
    pub doses: u64,
    /// Rows that import refuses.
    pub refused: u64,
    /// Good rows that wait, because their person's row is refused.
    pub waiting: u64,
    /// People who are held until a finding is confirmed.
    pub held: u64,
}

/// The manifest's name in the sample's folder.
pub const SAMPLE_MANIFEST: &str = "manifest.json";

/// Writes a sample into a folder, which is made if it is missing.
///
/// # Errors
/// If a file cannot be written.
pub fn write_sample(options: &SampleOptions, folder: &Path) -> std::io::Result<SampleSummary> {
    std::fs::create_dir_all(folder)?;
    let mut writer = SampleWriter::create(options, folder)?;
    let mut kinds = Fault::all(options.layout, options.encoding);
    // Each person takes the next kind in turn; another seed begins elsewhere.
    let turn = usize::try_from(options.seed).unwrap_or(0) * 10 % kinds.len().max(1);
    kinds.rotate_left(turn);
    let mut lot_of = (u64::MAX, 0);
    let mut places = Places::new(options);
    for at in 0..options.people {
        let Some(person) = people::person(options.seed, at) else { continue };
        // A stream of its own: with other shares of faults the people stay the same.
        let mut random = Random::new(!options.seed, at);
        let faulty = places.has_fault(at);
        let at_dose = usize::try_from(random.below(person.doses.len() as u64)).unwrap_or(0);
        if !faulty {
            writer.person(&person, None, at_dose)?;
            continue;
        }
        if lot_of.0 != at / people::LOT_PEOPLE {
            lot_of = (at / people::LOT_PEOPLE, lot_doses(options.seed, at, options.people, options.faults));
        }
        let earlier = writer.earlier.take();
        let around = Around { earlier: earlier.as_ref(), lot_doses: lot_of.1 };
        let chosen = kinds.iter().enumerate().find_map(|(place, kind)| {
            if !kind.of_whole_person() {
                return Some((place, *kind, person.clone(), at_dose));
            }
            let mut changed = person.clone();
            let at_dose = change(&mut changed, kind.code, &around)?;
            Some((place, *kind, changed, at_dose))
        });
        if let Some((place, kind, changed, at_dose)) = chosen {
            kinds.remove(place);
            kinds.push(kind);
            writer.person(&changed, Some(kind), at_dose)?;
        }
        // A counterpart is one of one fault only.
        let used = matches!(kinds.last().map(|kind| kind.code), Some(Code::DuplicateCoupon | Code::SamePersonTwice));
        if !used {
            writer.earlier = earlier;
        }
    }
    writer.finish()
}

/// Which people have a fault: one in each of as many runs of equal length as there are faults.
struct Places {
    people: u64,
    faults: u64,
    next: u64,
    at: u64,
    seed: u64,
}

impl Places {
    fn new(options: &SampleOptions) -> Self {
        let faults = (options.people as f64 * options.faults.clamp(0.0, 1.0)).round() as u64;
        let mut places = Self { people: options.people, faults, next: 0, at: 0, seed: options.seed };
        places.advance();
        places
    }

    fn advance(&mut self) {
        let start =
            |run: u64| u64::try_from(u128::from(run) * u128::from(self.people) / u128::from(self.faults.max(1)));
        let (from, to) = (start(self.next).unwrap_or(u64::MAX), start(self.next + 1).unwrap_or(u64::MAX));
        let within = Random::new(self.seed ^ 0xFA17, self.next).below(to.saturating_sub(from));
        self.at = if self.next < self.faults { from.saturating_add(within) } else { u64::MAX };
        self.next += 1;
    }

    fn has_fault(&mut self, at: u64) -> bool {
        let hit = at == self.at;
        if hit {
            self.advance();
        }
        hit
    }
}

/// A finding that import must make.
#[derive(Serialize)]
struct Planted {
    file: &'static str,
    line: u64,
    column: Option<usize>,
    code: Code,
    number: &'static str,
    level: Level,
}

struct SampleWriter {
    people: Sheet,
    doses: Option<Sheet>,
    manifest: BufWriter<File>,
    planted: u64,
    summary: SampleSummary,
    layout: Layout,
    /// The last person without a fault.
    earlier: Option<FictionalPerson>,
    /// Whether the finding that is made once a file was planted.
    told_once: bool,
}

const RESIDENTS: &str = "residents.csv";
const DOSES: &str = "doses.csv";
const ROWS: &str = "rows.csv";

const RESIDENT_HEADINGS: [&str; 10] = [
    SAMPLE_NUMBER[1],
    "氏名",
    "カナ氏名",
    "生年月日",
    "性別",
    "自治体コード",
    "ローマ字氏名",
    "旅券番号",
    "国籍",
    "支援措置",
];
const DOSE_HEADINGS: [&str; 8] =
    ["登録日時", "接種日", "券番号", "自治体コード", "会場名", "医師名", "メーカー", "ロット"];
const LONG_HEADINGS: [&str; 18] = [
    SAMPLE_NUMBER[0],
    "name",
    "name_kana",
    "birth_date",
    "sex",
    "name_romaji",
    "passport_no",
    "nationality",
    "shield_flag",
    "dose_no",
    "vaccinated_on",
    "ticket_no",
    "municipality_code",
    "site",
    "doctor",
    "maker",
    "lot",
    "recorded_at",
];
/// Doses that the wide export has room for.
const SLOTS: usize = 5;

impl SampleWriter {
    fn create(options: &SampleOptions, folder: &Path) -> std::io::Result<Self> {
        let mut manifest = BufWriter::new(File::create(folder.join(SAMPLE_MANIFEST))?);
        let SampleOptions { people, seed, faults, layout, encoding } = options;
        let layout_name = if *layout == Layout::Vrs { "vrs" } else { "long" };
        write!(
            manifest,
            "{{\"manifest\":\"tegata-sample/1\",\"layout\":\"{layout_name}\",\"encoding\":\"{}\",\"asked_people\":{people},\
             \"seed\":{seed},\"fault_share\":{faults},\"faults\":[",
            encoding.name()
        )?;
        let mut summary = SampleSummary::default();
        let mut sheet = |name: &str, headings: Vec<Cell>| {
            let path = folder.join(name);
            let mut sheet = Sheet::create(&path, *encoding)?;
            sheet.row(&headings)?;
            summary.files.push(path);
            std::io::Result::Ok(sheet)
        };
        let cells = |headings: &[&str]| headings.iter().map(|&heading| Cell::from(heading)).collect();
        let (people, doses) = match layout {
            Layout::Long => (sheet(ROWS, cells(&LONG_HEADINGS))?, None),
            Layout::Vrs => {
                let wide =
                    (1..=SLOTS).flat_map(|slot| DOSE_HEADINGS.map(|heading| Cell::from(format!("{heading}{slot}"))));
                let wide = std::iter::once(Cell::from(SAMPLE_NUMBER[1])).chain(wide).collect();
                (sheet(RESIDENTS, cells(&RESIDENT_HEADINGS))?, Some(sheet(DOSES, wide)?))
            }
        };
        Ok(Self { people, doses, manifest, planted: 0, summary, layout: *layout, earlier: None, told_once: false })
    }

    fn plant(&mut self, file: &'static str, line: u64, column: Option<usize>, code: Code) -> std::io::Result<()> {
        if self.planted > 0 {
            self.manifest.write_all(b",")?;
        }
        self.planted += 1;
        match code.level() {
            Level::Block => self.summary.refused += 1,
            Level::Eye => self.summary.held += 1,
            Level::Info => {}
        }
        let (column, number, level) = (column.map(|at| at + 1), code.number(), code.level());
        serde_json::to_writer(&mut self.manifest, &Planted { file, line, column, code, number, level })?;
        Ok(())
    }

    /// One person, with a fault or without.
    fn person(&mut self, person: &FictionalPerson, fault: Option<Fault>, at_dose: usize) -> std::io::Result<()> {
        match (fault, self.layout) {
            (Some(fault), _) if fault.of_whole_person() => return self.changed(person, fault, at_dose),
            (fault, Layout::Vrs) => self.wide(person, fault, at_dose)?,
            (fault, Layout::Long) => self.long(person, fault, at_dose)?,
        }
        if fault.is_none() {
            self.earlier = Some(person.clone());
        }
        Ok(())
    }

    /// One person whose rows together have a fault.
    fn changed(&mut self, person: &FictionalPerson, fault: Fault, at_dose: usize) -> std::io::Result<()> {
        let of_dose = matches!(fault.spot, Spot::Date | Spot::Maker | Spot::Lot | Spot::Ticket);
        let slot = person.doses.get(at_dose).map_or(0, |dose| dose.number - 1);
        let (mut people, mut doses) = (1, person.doses.len() as u64);
        let (file, line, column) = match self.layout {
            Layout::Vrs => {
                let resident = self.people.row(&resident_row(person))?;
                let line = match &mut self.doses {
                    Some(sheet) if !person.doses.is_empty() => sheet.row(&wide_row(person))?,
                    _ => 0,
                };
                if fault.refuses() {
                    doses = 0;
                }
                if of_dose {
                    (DOSES, line, wide_column(fault.spot, slot))
                } else {
                    (RESIDENTS, resident, resident_column(fault))
                }
            }
            Layout::Long => {
                let mut lines = Vec::new();
                for dose in &person.doses {
                    lines.push(self.people.row(&long_row(person, dose))?);
                }
                if fault.refuses() {
                    // Of two days in the wrong order neither is taken.
                    let waiting = u64::from(fault.code == Code::DoseOrder);
                    self.summary.waiting += waiting;
                    doses -= 1 + waiting;
                    people = u64::from(doses > 0);
                }
                (ROWS, lines.get(at_dose).copied().unwrap_or(0), long_column(fault))
            }
        };
        self.summary.people += people;
        self.summary.doses += doses;
        // Both people are held.
        self.summary.held += u64::from(matches!(fault.code, Code::DuplicateCoupon | Code::SamePersonTwice));
        match fault.code {
            Code::RomanisedMissing if self.told_once => Ok(()),
            Code::RomanisedMissing => {
                self.told_once = true;
                self.plant(file, 1, column, fault.code)
            }
            code => self.plant(file, line, column, code),
        }
    }

    /// One person in the two files of the Vaccination Record System.
    fn wide(&mut self, person: &FictionalPerson, fault: Option<Fault>, at_dose: usize) -> std::io::Result<()> {
        let person_fault = fault.filter(Fault::of_person);
        let mut row = resident_row(person);
        let column = person_fault.and_then(resident_column);
        damage(&mut row, person_fault, column, 6);
        if person_fault.is_some_and(|fault| fault.code == Code::WrongCellCount) {
            row.pop();
        }
        let mut line = self.people.row(&row)?;
        let mut refused = person_fault.is_some();
        if person_fault.is_some_and(|fault| fault.code == Code::ConflictingPerson) {
            if let Some(name) = row.get_mut(1) {
                name.text.push('子');
            }
            line = self.people.row(&row)?;
            refused = false;
        }
        if let Some(fault) = person_fault {
            self.plant(RESIDENTS, line, column, fault.code)?;
        }
        self.summary.people += u64::from(!refused);

        let dose_fault = fault.filter(|fault| !fault.of_person());
        let mut row = wide_row(person);
        let column = dose_fault.and_then(|fault| wide_column(fault.spot, at_dose));
        damage(&mut row, dose_fault, column, usize::MAX);
        if dose_fault.is_some_and(|fault| fault.code == Code::WrongCellCount) {
            row.truncate(1 + 8 * (SLOTS - 1));
        }
        // A row whose number could not be read would leave the doses without anybody; another keeps them waiting.
        let nobody = person_fault.is_some_and(|fault| matches!(fault.spot, Spot::PersonNumber | Spot::PersonRow));
        if refused && nobody {
            return Ok(());
        }
        let Some(doses) = &mut self.doses else { return Ok(()) };
        let mut line = doses.row(&row)?;
        let twice = dose_fault.is_some_and(|fault| fault.code == Code::ConflictingDose);
        if twice {
            if let Some(lot) = row.get_mut(8) {
                lot.text = "OTHER1".to_owned();
            }
            line = doses.row(&row)?;
        }
        if let Some(fault) = dose_fault {
            self.plant(DOSES, line, column, fault.code)?;
        } else if refused {
            self.summary.waiting += 1;
        }
        if !refused && (dose_fault.is_none() || twice) {
            self.summary.doses += person.doses.len() as u64;
        }
        Ok(())
    }

    /// One person in the long form.
    fn long(&mut self, person: &FictionalPerson, fault: Option<Fault>, at_dose: usize) -> std::io::Result<()> {
        let mut taken = 0;
        for (at, dose) in person.doses.iter().enumerate() {
            let mut row = long_row(person, dose);
            let Some(fault) = fault.filter(|_| at == at_dose) else {
                self.people.row(&row)?;
                taken += 1;
                continue;
            };
            if matches!(fault.code, Code::ConflictingPerson | Code::ConflictingDose) {
                self.people.row(&row)?;
                taken += 1;
                // Another name; or the same dose with another lot.
                let (column, text) =
                    if fault.code == Code::ConflictingPerson { (1, "別人　花子") } else { (16, "OTHER1") };
                if let Some(cell) = row.get_mut(column) {
                    cell.text = text.to_owned();
                }
            }
            let column = long_column(fault);
            damage(&mut row, Some(fault), column, 5);
            if fault.code == Code::WrongCellCount {
                row.push(Cell::default());
            }
            let line = self.people.row(&row)?;
            self.plant(ROWS, line, column, fault.code)?;
        }
        self.summary.people += u64::from(taken > 0);
        self.summary.doses += taken;
        Ok(())
    }

    fn finish(mut self) -> std::io::Result<SampleSummary> {
        let SampleSummary { people, doses, refused, waiting, held, .. } = &self.summary;
        writeln!(
            self.manifest,
            "],\"people\":{people},\"doses\":{doses},\"refused\":{refused},\"waiting\":{waiting},\"held\":{held}}}"
        )?;
        self.manifest.flush()?;
        self.people.finish()?;
        self.doses.map_or(Ok(()), Sheet::finish)?;
        Ok(self.summary)
    }
}

/// Damages the fault's cell. A name is missing only where the romanised name is missing too.
fn damage(row: &mut [Cell], fault: Option<Fault>, column: Option<usize>, romanised: usize) {
    let Some(fault) = fault else { return };
    if let Some(cell) = column.and_then(|at| row.get_mut(at)) {
        fault.damage(cell);
    }
    if let (Code::MissingName, Some(cell)) = (fault.code, row.get_mut(romanised)) {
        *cell = Cell::default();
    }
}

fn flag(flag: bool) -> Cell {
    Cell::from(if flag { "1" } else { "0" })
}

fn compact_day(date: tegata_certificate::Date) -> Cell {
    let (year, month, day) = date.ymd();
    Cell::from(format!("{year:04}{month:02}{day:02}"))
}

fn resident_row(person: &FictionalPerson) -> Vec<Cell> {
    vec![
        person.number.to_string().into(),
        person.name.as_str().into(),
        person.kana.as_str().into(),
        compact_day(person.birth),
        person.sex.to_string().into(),
        person.municipality.as_str().into(),
        person.romanised.as_str().into(),
        person.passport.as_str().into(),
        person.nationality.as_str().into(),
        flag(person.shielded),
    ]
}

fn resident_column(fault: Fault) -> Option<usize> {
    match fault.spot {
        Spot::PersonRow if fault.code == Code::ConflictingPerson => Some(0),
        Spot::PersonNumber => Some(0),
        Spot::Name => Some(1),
        Spot::Birth => Some(3),
        Spot::Romanised | Spot::RomanisedHeading => Some(6),
        Spot::Passport => Some(7),
        Spot::Nationality => Some(8),
        _ => None,
    }
}

/// The number is right-aligned in fifteen places, as the export writes it.
fn wide_row(person: &FictionalPerson) -> Vec<Cell> {
    let mut row = vec![Cell::from(format!("{:>15}", person.number))];
    for dose in &person.doses {
        // A dose that is missing leaves its place empty.
        row.resize(1 + 8 * (dose.number - 1), Cell::default());
        row.extend([
            dose.recorded.as_str().into(),
            compact_day(dose.date),
            Cell::from(dose.ticket.to_string()),
            person.municipality.as_str().into(),
            dose.site.as_str().into(),
            dose.doctor.as_str().into(),
            dose.maker.into(),
            dose.lot.as_str().into(),
        ]);
    }
    row.resize(1 + 8 * SLOTS, Cell::default());
    row
}

fn wide_column(spot: Spot, at_dose: usize) -> Option<usize> {
    let of_dose = |at| Some(1 + 8 * at_dose + at);
    match spot {
        Spot::DoseNumberOfPerson => Some(0),
        Spot::Date => of_dose(1),
        Spot::Ticket => of_dose(2),
        Spot::Site => of_dose(4),
        Spot::Maker => of_dose(6),
        Spot::Lot => of_dose(7),
        _ => None,
    }
}

fn long_row(person: &FictionalPerson, dose: &FictionalDose) -> Vec<Cell> {
    vec![
        person.number.to_string().into(),
        person.name.as_str().into(),
        person.kana.as_str().into(),
        person.birth.to_string().into(),
        person.sex.to_string().into(),
        person.romanised.as_str().into(),
        person.passport.as_str().into(),
        person.nationality.as_str().into(),
        flag(person.shielded),
        dose.number.to_string().into(),
        dose.date.to_string().into(),
        dose.ticket.to_string().into(),
        person.municipality.as_str().into(),
        dose.site.as_str().into(),
        dose.doctor.as_str().into(),
        dose.maker.into(),
        dose.lot.as_str().into(),
        dose.recorded.as_str().into(),
    ]
}

fn long_column(fault: Fault) -> Option<usize> {
    match fault.spot {
        Spot::PersonNumber => Some(0),
        Spot::Name => Some(1),
        Spot::Birth => Some(3),
        Spot::Romanised | Spot::RomanisedHeading => Some(5),
        Spot::Passport => Some(6),
        Spot::Nationality => Some(7),
        Spot::DoseNumber => Some(9),
        Spot::Date => Some(10),
        Spot::Ticket => Some(11),
        Spot::Site => Some(13),
        Spot::Maker => Some(15),
        Spot::Lot => Some(16),
        Spot::PersonRow if fault.code == Code::ConflictingPerson => Some(0),
        Spot::DoseRow if fault.code == Code::ConflictingDose => Some(9),
        _ => None,
    }
}
