//! The cells that describe a dose.

use super::cells::Cells;
use super::coupon::Coupon;
use super::table::Row;
use crate::check::first_use::first_use;
use crate::check::lots::{KnownLot, LotRow, Lots};
use crate::check::repeats::{Repeats, number_of};
use crate::check::{Code, Finding, Note, Place, Subject};
use crate::municipality::MunicipalityCode;
use crate::record::RegisterNumber;
use crate::register::{PackedDose, Term, Vocabulary};
use foldhash::HashMap;
use tegata_certificate::vaccine::{self, PRODUCTS};
use unicode_normalization::UnicodeNormalization;

/// Where a row has the cells of one dose.
#[derive(Clone, Copy, Default)]
pub(crate) struct DoseColumns {
    pub(crate) record_time: Option<usize>,
    pub(crate) date: usize,
    pub(crate) ticket: Option<usize>,
    pub(crate) municipality: Option<usize>,
    pub(crate) site: Option<usize>,
    pub(crate) doctor: Option<usize>,
    pub(crate) maker: Option<usize>,
    pub(crate) product: Option<usize>,
    /// A column whose text is kept as the maker, where another tells the product.
    pub(crate) label: Option<usize>,
    pub(crate) lot: Option<usize>,
}

/// Reads doses, remembering the cells that repeat: makers, lots, places, doctors.
pub(crate) struct DoseReader {
    pub(crate) words: Vocabulary,
    import: u64,
    makers: HashMap<Vec<u8>, (Term, u16)>,
    lots: HashMap<Vec<u8>, Term>,
    sites: HashMap<Vec<u8>, Term>,
    doctors: HashMap<Vec<u8>, ()>,
    watched: Lots,
    /// Where each lot of the vocabulary is watched, by its term.
    places: HashMap<u32, usize>,
    /// The maker's name of each product, by CVX code.
    makers_by_cvx: Vec<&'static str>,
    coupons: Repeats,
    /// Why no more coupons could be noted.
    failed: Option<std::io::Error>,
}

/// How many cells of a kind are remembered at most.
const REMEMBERED: usize = 16_384;

impl DoseReader {
    pub(crate) fn new(mut words: Vocabulary, import: u64) -> Self {
        let mut makers_by_cvx = Vec::new();
        for product in PRODUCTS {
            let place = usize::from(product.cvx);
            if makers_by_cvx.len() <= place {
                makers_by_cvx.resize(place + 1, "");
            }
            if let Some(maker) = makers_by_cvx.get_mut(place) {
                *maker = product.maker;
            }
        }
        Self {
            watched: Lots::new(words.take_lots()),
            places: HashMap::default(),
            makers_by_cvx,
            coupons: Repeats::default(),
            failed: None,
            words,
            import,
            makers: HashMap::default(),
            lots: HashMap::default(),
            sites: HashMap::default(),
            doctors: HashMap::default(),
        }
    }

    /// The dose in those columns. Every finding is reported; `None` if one of them blocks the row.
    pub(crate) fn read(
        &mut self,
        cells: &mut Cells,
        row: Row<'_>,
        at: &DoseColumns,
        number: Option<u8>,
    ) -> Option<PackedDose> {
        let filled = |at: Option<usize>| at.map(|at| (at, row.cell(at))).filter(|(_, cell)| !cell.is_empty());
        if let Some((at, cell)) = filled(at.record_time) {
            cells.record_time(at, cell);
        }
        let date = match filled(Some(at.date)) {
            Some((at, cell)) => cells.day(at, cell),
            None => {
                cells.report(Code::MissingDate, Some(at.date), b"", None);
                None
            }
        };
        let coupon = filled(at.ticket).and_then(|(at, cell)| cells.coupon(at, cell));
        let municipality = filled(at.municipality).and_then(|(at, cell)| cells.municipality(at, cell));
        let municipality = match (coupon, at.ticket) {
            (Some(Coupon { whole: Some(whole), .. }), Some(at)) => {
                check_coupon(cells, at, row.cell(at), whole, number, municipality)
            }
            _ => municipality,
        };
        let site = filled(at.site).and_then(|(at, cell)| self.site(cells, at, cell));
        if let Some((at, cell)) = filled(at.doctor) {
            self.doctor(cells, at, cell);
        }
        let maker = match filled(at.product).or(filled(at.maker)) {
            Some((at, cell)) => self.maker(cells, at, cell),
            None => {
                cells.report(Code::MissingMaker, at.maker.or(at.product), b"", None);
                None
            }
        };
        let lot = filled(at.lot).and_then(|(at, cell)| self.lot(cells, at, cell));
        let label = filled(at.label).and_then(|(at, cell)| self.site(cells, at, cell));
        let ((maker, cvx), date, number) = (maker?, date?, number?);
        let maker = label.unwrap_or(maker);
        Some(PackedDose {
            number,
            day: date.days(),
            cvx,
            maker,
            lot: lot.unwrap_or_default(),
            site: site.unwrap_or_default(),
            ticket: coupon.map(|coupon| coupon.number),
            municipality: municipality.map(MunicipalityCode::number),
            import: self.import,
            line: cells.line,
        })
    }

    /// Takes note of a dose that is taken: of its coupon and lot.
    pub(crate) fn taken(&mut self, dose: &PackedDose, number: &RegisterNumber) {
        if let (Some(ticket), None) = (dose.ticket, &self.failed) {
            let key = Coupon::key(ticket, dose.municipality, dose.number);
            let owner = number_of([number.as_str().as_bytes()]);
            self.failed = self.coupons.note(key, owner, dose.line).err();
        }
        // A day on which there was no such vaccine says nothing of its lot; it is told by itself.
        let Term::Known(lot) = dose.lot else { return };
        if first_use(dose.cvx).is_some_and(|first| dose.day < first) {
            return;
        }
        let Some(&place) = self.places.get(&lot) else { return };
        let maker = self.makers_by_cvx.get(usize::from(dose.cvx)).copied().unwrap_or_default();
        let row = || LotRow { number: number.clone(), dose: dose.number, day: dose.day, line: dose.line };
        self.watched.note(place, maker, dose.day, &row);
    }

    /// What only the whole file shows, and what is known of each lot now.
    pub(crate) fn finish(&mut self) -> std::io::Result<(Vec<Finding>, Vec<KnownLot>)> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let (faults, known) = std::mem::take(&mut self.watched).finish();
        let mut findings: Vec<Finding> = faults
            .into_iter()
            .map(|fault| {
                let dose = fault.row.dose;
                let place = match fault.code {
                    Code::LotOtherMaker => Place::Maker(dose),
                    Code::LotOutOfRange => Place::Day(dose),
                    _ => Place::Lot(dose),
                };
                let held = Some((Subject::Dose(dose), fault.facts));
                let finding = Finding::new(fault.code, false, fault.row.line, Some(fault.row.number)).at(place);
                Finding { note: Some(fault.note), held, ..finding }
            })
            .collect();
        std::mem::take(&mut self.coupons).finish(|repeat| {
            let dose = (repeat.key & 0x7F) as u8;
            let held = Some((Subject::Dose(dose), format!("coupon {:016x}", repeat.key)));
            let finding = Finding::new(Code::DuplicateCoupon, false, repeat.line, None).at(Place::Coupon(dose));
            findings.push(Finding { held, other_row: Some(repeat.first), ..finding });
        })?;
        Ok((findings, known))
    }

    fn site(&mut self, cells: &mut Cells, at: usize, cell: &[u8]) -> Option<Term> {
        if let Some(term) = self.sites.get(cell) {
            return Some(term.clone());
        }
        let before = cells.findings.len();
        let term = self.words.term(&cells.name(at, cell)?);
        remember(&mut self.sites, cell, &term, cells.findings.len() == before);
        Some(term)
    }

    fn lot(&mut self, cells: &mut Cells, at: usize, cell: &[u8]) -> Option<Term> {
        if let Some(term) = self.lots.get(cell) {
            return Some(term.clone());
        }
        let before = cells.findings.len();
        let text = cells.lot(at, cell)?;
        let term = self.words.term(&text);
        if let Term::Known(id) = term
            && let Some(place) = self.watched.place(&text)
        {
            self.places.insert(id, place);
        }
        remember(&mut self.lots, cell, &term, cells.findings.len() == before);
        Some(term)
    }

    /// The doctor's name is not kept: no certificate says it. But its bytes tell a damaged row.
    fn doctor(&mut self, cells: &mut Cells, at: usize, cell: &[u8]) {
        if !self.doctors.contains_key(cell) {
            let good = cells.decode(at, cell).is_some();
            remember(&mut self.doctors, cell, &(), good);
        }
    }

    fn maker(&mut self, cells: &mut Cells, at: usize, cell: &[u8]) -> Option<(Term, u16)> {
        if let Some(maker) = self.makers.get(cell) {
            return Some(maker.clone());
        }
        let text = cells.decode(at, cell)?;
        let normal: String = text.nfkc().collect();
        let Some(product) = vaccine::by_register_text(&text).or_else(|| vaccine::by_register_text(&normal)) else {
            cells.report(Code::UnknownMaker, Some(at), cell, suggestion(&normal).map(Note::Suggestion));
            return None;
        };
        let maker = (self.words.term(text.trim()), product.cvx);
        remember(&mut self.makers, cell, &maker, true);
        Some(maker)
    }
}

/// Holds the eighteen digits of a coupon against the row; the municipality that both leave.
fn check_coupon(
    cells: &mut Cells,
    at: usize,
    cell: &[u8],
    (dose, code): (u8, u32),
    number: Option<u8>,
    municipality: Option<MunicipalityCode>,
) -> Option<MunicipalityCode> {
    let subject = Subject::Dose(number.unwrap_or(0));
    let text = Some(String::from_utf8_lossy(cell).into_owned()).filter(|text| text.is_ascii());
    let Some(of_coupon) = MunicipalityCode::new(code) else {
        let facts = format!("coupon {code:06} of dose {number:?}");
        cells.report_about(Code::CouponCheckDigit, Some(at), text, None, (subject, facts));
        return municipality;
    };
    let same_dose = number.is_none_or(|number| number % 10 == dose);
    let same_place = municipality.is_none_or(|own| own == of_coupon);
    if !(same_dose && same_place) {
        let facts = format!("coupon of dose {dose} of {of_coupon} for dose {number:?} of {municipality:?}");
        let meant = if same_dose { of_coupon.to_string() } else { dose.to_string() };
        cells.report_about(Code::CouponContradicts, Some(at), text, Some(Note::Suggestion(meant)), (subject, facts));
    }
    municipality.or(Some(of_coupon))
}

/// Remembers what a cell means, unless it has a finding, which each of its rows must show.
fn remember<T: Clone>(cells: &mut HashMap<Vec<u8>, T>, cell: &[u8], meaning: &T, good: bool) {
    if good && cells.len() < REMEMBERED {
        cells.insert(cell.to_vec(), meaning.clone());
    }
}

/// The known maker or product that is one slip of the pen away.
fn suggestion(text: &str) -> Option<String> {
    const MAKERS: [&str; 6] =
        ["ファイザー", "武田/モデルナ", "モデルナ", "アストラゼネカ", "武田/ノババックス", "ヤンセン"];
    let known = MAKERS.into_iter().chain(PRODUCTS.iter().flat_map(|product| [product.name, product.maker]));
    let text = text.trim().to_lowercase();
    // A text this long is no name: the comparison stays small on hostile input.
    if text.chars().count() > 40 {
        return None;
    }
    known.filter(|known| !known.is_empty()).find(|known| one_slip(&text, &known.to_lowercase())).map(str::to_owned)
}

/// Whether one character inserted, left out or changed makes one text the other.
fn one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let same = short.iter().zip(long.iter()).take_while(|(x, y)| x == y).count();
    let tail = |from: usize, text: &[char]| text.iter().skip(from).copied().collect::<String>();
    match long.len() - short.len() {
        0 => tail(same + 1, short) == tail(same + 1, long),
        1 => tail(same, short) == tail(same + 1, long),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_one_slip_away_is_suggested() {
        assert_eq!(suggestion("ファイサー").as_deref(), Some("ファイザー"));
        assert_eq!(suggestion("モデナ").as_deref(), Some("モデルナ"));
        assert_eq!(suggestion("Pfizzer").as_deref(), Some("Pfizer"));
        assert_eq!(suggestion("不明"), None);
        assert_eq!(suggestion(""), None);
    }
}
