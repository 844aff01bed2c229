//! The cells that describe a dose.

use super::cells::Cells;
use super::table::Row;
use crate::check::{Code, Note};
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
}

/// How many cells of a kind are remembered at most.
const REMEMBERED: usize = 16_384;

impl DoseReader {
    pub(crate) fn new(words: Vocabulary, import: u64) -> Self {
        Self {
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
        let ticket = filled(at.ticket).and_then(|(at, cell)| cells.ticket(at, cell));
        let municipality = filled(at.municipality).and_then(|(at, cell)| cells.municipality(at, cell));
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
            ticket,
            municipality: municipality.map(crate::municipality::MunicipalityCode::number),
            import: self.import,
            line: cells.line,
        })
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
        let term = self.words.term(&cells.lot(at, cell)?);
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
