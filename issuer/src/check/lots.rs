//! Lots over a whole import: with which maker and when each is seen, and what stands out.
//!
//! Of each lot and maker the count is kept, the first eight rows, and the eight earliest and latest. So every row that
//! stands out is known by its line, and 16,384 lots take at most 24 MiB; what comes after them is not watched.

use super::{Code, Note};
use crate::record::RegisterNumber;
use foldhash::HashMap;

/// How many lots are watched at most.
const WATCHED: usize = 16_384;
/// Rows kept of a lot and maker: what more rows have is no exception.
const FEW: usize = 8;
/// Makers that a lot is watched with.
const MAKERS: usize = 4;
/// From how many doses on a lot's usual maker and time are known.
const KNOWN: u64 = 20;
/// From how many doses on a lot is frequent, so that a rare one like it is doubted.
const FREQUENT: u64 = 50;
/// At most so many doses make a lot rare.
const RARE: u64 = 3;
/// An exception is at most one in twenty.
const SHARE: u64 = 20;
/// Days between a lot's doses that make those beyond them stand out: half a year, longer than a thawed or refrigerated
/// vaccine of any maker keeps.
const GAP: i32 = 183;

/// One dose of a lot.
#[derive(Clone)]
pub(crate) struct LotRow {
    pub(crate) number: RegisterNumber,
    pub(crate) dose: u8,
    pub(crate) day: i32,
    pub(crate) line: u64,
}

/// A lot as earlier imports saw it with one maker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KnownLot {
    pub(crate) lot: String,
    pub(crate) maker: String,
    /// The most doses that one import had of it.
    pub(crate) seen: u64,
    /// Its first and last day, in days from 1970-01-01.
    pub(crate) days: (i32, i32),
}

/// A row that stands out.
pub(crate) struct LotFault {
    pub(crate) code: Code,
    pub(crate) row: LotRow,
    pub(crate) note: Note,
    pub(crate) facts: String,
}

/// A lot with one maker.
struct Seen {
    maker: &'static str,
    count: u64,
    first: Vec<LotRow>,
    earliest: Vec<LotRow>,
    latest: Vec<LotRow>,
    /// What earlier imports saw.
    before: Option<(u64, (i32, i32))>,
}

impl Seen {
    fn new(maker: &'static str) -> Self {
        Self { maker, count: 0, first: Vec::new(), earliest: Vec::new(), latest: Vec::new(), before: None }
    }

    fn note(&mut self, row: &dyn Fn() -> LotRow, day: i32) {
        self.count += 1;
        if self.first.len() < FEW {
            self.first.push(row());
        }
        if self.earliest.len() < FEW || self.earliest.last().is_some_and(|last| day < last.day) {
            insert(&mut self.earliest, row(), |row| i64::from(row.day));
        }
        if self.latest.len() < FEW || self.latest.last().is_some_and(|last| day > last.day) {
            insert(&mut self.latest, row(), |row| -i64::from(row.day));
        }
    }

    /// How often it is seen: in this import, or in one before.
    fn weight(&self) -> u64 {
        self.count.max(self.before.map_or(0, |(seen, _)| seen))
    }
}

/// Keeps the [`FEW`] rows that come first.
fn insert(rows: &mut Vec<LotRow>, row: LotRow, key: impl Fn(&LotRow) -> i64) {
    let at = rows.partition_point(|other| key(other) <= key(&row));
    if rows.len() == FEW {
        rows.pop();
    }
    rows.insert(at, row);
}

/// Watches the lots of an import.
#[derive(Default)]
pub(crate) struct Lots {
    places: HashMap<Box<str>, usize>,
    lots: Vec<(Box<str>, Vec<Seen>)>,
}

impl Lots {
    /// With what earlier imports saw.
    pub(crate) fn new(known: Vec<KnownLot>) -> Self {
        let mut lots = Self::default();
        for KnownLot { lot, maker, seen, days } in known {
            let makers = tegata_certificate::vaccine::PRODUCTS.iter().map(|product| product.maker);
            let Some(maker) = makers.into_iter().find(|known| *known == maker) else { continue };
            if let Some(place) = lots.place(&lot)
                && let Some(entry) = lots.seen(place, maker)
            {
                entry.before = Some((seen, days));
            }
        }
        lots
    }

    /// Where a lot is watched; `None` once there are too many.
    pub(crate) fn place(&mut self, lot: &str) -> Option<usize> {
        if let Some(&place) = self.places.get(lot) {
            return Some(place);
        }
        if self.lots.len() == WATCHED {
            return None;
        }
        self.places.insert(lot.into(), self.lots.len());
        self.lots.push((lot.into(), Vec::new()));
        Some(self.lots.len() - 1)
    }

    fn seen(&mut self, place: usize, maker: &'static str) -> Option<&mut Seen> {
        let (_, makers) = self.lots.get_mut(place)?;
        match makers.iter().position(|seen| seen.maker == maker) {
            Some(at) => makers.get_mut(at),
            None if makers.len() < MAKERS => {
                makers.push(Seen::new(maker));
                makers.last_mut()
            }
            None => None,
        }
    }

    /// Notes a dose of the lot at that place.
    pub(crate) fn note(&mut self, place: usize, maker: &'static str, day: i32, row: &dyn Fn() -> LotRow) {
        if maker.is_empty() {
            return;
        }
        if let Some(seen) = self.seen(place, maker) {
            seen.note(row, day);
        }
    }

    /// What stands out, and what is known of each lot now.
    pub(crate) fn finish(self) -> (Vec<LotFault>, Vec<KnownLot>) {
        let mut faults = Vec::new();
        for (lot, makers) in &self.lots {
            other_maker(lot, makers, &mut faults);
            makers.iter().for_each(|seen| out_of_range(lot, seen, &mut faults));
        }
        self.like_frequent(&mut faults);
        let known = self.lots.iter().flat_map(|(lot, makers)| {
            let most = makers.iter().map(Seen::weight).max().unwrap_or(0);
            // An exception is nothing to go by.
            makers.iter().filter(move |seen| seen.count > 0 && seen.count * SHARE > most).filter_map(|seen| {
                let days = usual_days(seen)?;
                let days = seen.before.map_or(days, |(_, (from, to))| (from.min(days.0), to.max(days.1)));
                Some(KnownLot { lot: lot.to_string(), maker: seen.maker.to_owned(), seen: seen.weight(), days })
            })
        });
        (faults, known.collect())
    }

    /// Rare lots that are one edit from a frequent one of the same maker. Frequent lots are looked up by what is left of
    /// them when a character is taken out, so that the work grows with the lots and not with their pairs.
    fn like_frequent(&self, faults: &mut Vec<LotFault>) {
        let mut frequent: HashMap<(&'static str, String), Vec<usize>> = HashMap::default();
        for (at, (lot, makers)) in self.lots.iter().enumerate() {
            for seen in makers.iter().filter(|seen| seen.weight() >= FREQUENT) {
                for form in forms(lot) {
                    frequent.entry((seen.maker, form)).or_default().push(at);
                }
            }
        }
        for (lot, makers) in &self.lots {
            for seen in makers.iter().filter(|seen| seen.count > 0 && seen.weight() <= RARE) {
                let alike = forms(lot).into_iter().filter_map(|form| frequent.get(&(seen.maker, form)));
                let alike = alike.flatten().filter_map(|&at| self.lots.get(at));
                let Some((other, _)) = alike.map(|(other, _)| (other, ())).find(|(other, ())| one_edit(lot, other))
                else {
                    continue;
                };
                faults.extend(seen.first.iter().map(|row| LotFault {
                    code: Code::LotLikeFrequent,
                    row: row.clone(),
                    note: Note::Suggestion(other.to_string()),
                    facts: format!("{lot} of {} like {other}", seen.maker),
                }));
            }
        }
    }
}

/// Rows of a lot whose maker hardly any other row of it has.
fn other_maker(lot: &str, makers: &[Seen], faults: &mut Vec<LotFault>) {
    let Some(usual) = makers.iter().max_by_key(|seen| seen.weight()) else { return };
    for seen in makers.iter().filter(|seen| seen.maker != usual.maker && seen.count > 0) {
        let exception = seen.count <= FEW as u64 && usual.weight() >= KNOWN && seen.weight() * SHARE <= usual.weight();
        if exception {
            faults.extend(seen.first.iter().map(|row| LotFault {
                code: Code::LotOtherMaker,
                row: row.clone(),
                note: Note::Suggestion(usual.maker.to_owned()),
                facts: format!("{lot} of {} not {}", seen.maker, usual.maker),
            }));
        }
    }
}

/// Rows of a lot on a day far from all others. At least as many days lie between as [`GAP`], and at most one in twenty
/// beyond.
fn out_of_range(lot: &str, seen: &Seen, faults: &mut Vec<LotFault>) {
    if seen.weight() < KNOWN {
        return;
    }
    let Some(usual) = usual_days(seen) else { return };
    let usual = seen.before.filter(|(seen, _)| *seen >= KNOWN).map_or(usual, |(before, days)| {
        // A few doses after many are measured by the many.
        if seen.count < KNOWN {
            days
        } else if before >= KNOWN {
            (usual.0.min(days.0), usual.1.max(days.1))
        } else {
            usual
        }
    });
    let mut rows: Vec<&LotRow> = seen.earliest.iter().chain(&seen.latest).collect();
    rows.sort_by_key(|row| (row.line, row.dose));
    rows.dedup_by_key(|row| (row.line, row.dose));
    for row in rows {
        if row.day <= usual.0 - GAP || row.day >= usual.1 + GAP {
            let date = |day: i32| tegata_certificate::Date::from_days(i64::from(day)).map(|day| day.to_string());
            let range = format!("{} – {}", date(usual.0).unwrap_or_default(), date(usual.1).unwrap_or_default());
            faults.push(LotFault {
                code: Code::LotOutOfRange,
                row: row.clone(),
                note: Note::Range(range),
                facts: format!("{lot} on {}", row.day),
            });
        }
    }
}

/// The first and last day of a lot without the few at either end that a gap parts from the rest.
fn usual_days(seen: &Seen) -> Option<(i32, i32)> {
    let few = usize::try_from(seen.count / SHARE).unwrap_or(FEW).min(FEW - 1);
    let end = |rows: &[LotRow]| {
        let days: Vec<i32> = rows.iter().map(|row| row.day).collect();
        let beyond = (1..=few).rev().find(|&at| match (days.get(at - 1), days.get(at)) {
            (Some(out), Some(next)) => (next - out).abs() >= GAP,
            _ => false,
        });
        days.get(beyond.unwrap_or(0)).copied()
    };
    Some((end(&seen.earliest)?, end(&seen.latest)?))
}

/// What a lot is found by: itself, and itself less one character. Lots that are one edit apart have one in common.
fn forms(lot: &str) -> Vec<String> {
    let mut forms: Vec<String> = (0..lot.len())
        .filter_map(|at| Some(format!("{}{}", lot.get(..at)?, lot.get(at + 1..)?)))
        .chain([lot.to_owned()])
        .collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Whether one character put in, left out or changed makes one text the other.
pub(crate) fn one_edit(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let tail = |text: &[u8], from: usize| text.get(from..).unwrap_or_default().to_vec();
    match long.len() - short.len() {
        0 => a != b && tail(short, same + 1) == tail(long, same + 1),
        1 => tail(short, same) == tail(long, same + 1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(doses: &[(&str, &'static str, i32)], known: Vec<KnownLot>) -> (Vec<(Code, u64, String)>, Vec<KnownLot>) {
        let mut lots = Lots::new(known);
        for (line, &(lot, maker, day)) in doses.iter().enumerate() {
            let row =
                || LotRow { number: RegisterNumber::parse("1").expect("a number"), dose: 1, day, line: line as u64 };
            let place = lots.place(lot).expect("room");
            lots.note(place, maker, day, &row);
        }
        let (faults, known) = lots.finish();
        let told = |note: Note| match note {
            Note::Suggestion(text) | Note::Range(text) => text,
            _ => String::new(),
        };
        (faults.into_iter().map(|fault| (fault.code, fault.row.line, told(fault.note))).collect(), known)
    }

    #[test]
    fn a_lot_with_another_maker_than_nearly_all_its_rows_is_told() {
        let mut doses = vec![("TX1", "Pfizer", 18_800); 40];
        doses[11].1 = "Moderna";
        let (faults, known) = watched(&doses, vec![]);
        assert_eq!(faults, [(Code::LotOtherMaker, 11, "Pfizer".to_owned())]);
        assert_eq!(known.iter().map(|lot| lot.maker.as_str()).collect::<Vec<_>>(), ["Pfizer"]);
        // Too few to know, or too many to be an exception.
        doses.truncate(15);
        assert_eq!(watched(&doses, vec![]).0, []);
        let mut doses = vec![("TX1", "Pfizer", 18_800); 40];
        doses[..9].fill(("TX1", "Moderna", 18_800));
        assert_eq!(watched(&doses, vec![]).0, []);
    }

    #[test]
    fn a_day_far_from_a_lot_s_others_is_told_and_a_long_life_is_not() {
        let mut doses: Vec<_> = (0..60).map(|at| ("TX1", "Pfizer", 18_800 + at)).collect();
        doses[20].2 = 18_800 + 60 + GAP;
        doses[21].2 = 18_800 - GAP;
        let (faults, known) = watched(&doses, vec![]);
        let lines: Vec<u64> = faults.iter().map(|(_, line, _)| *line).collect();
        assert_eq!((faults[0].0, lines), (Code::LotOutOfRange, vec![20, 21]));
        assert_eq!(known[0].days, (18_800, 18_859));
        let spread: Vec<_> = (0..60).map(|at| ("TX1", "Pfizer", 18_000 + at * 20)).collect();
        assert_eq!(watched(&spread, vec![]).0, []);
        // Two halves far apart: neither is the exception.
        let halves: Vec<_> = (0..60).map(|at| ("TX1", "Pfizer", 18_000 + at % 2 * 400)).collect();
        assert_eq!(watched(&halves, vec![]).0, []);
    }

    #[test]
    fn a_rare_lot_one_edit_from_a_frequent_one_is_told_with_what_was_meant() {
        let mut doses = vec![("TX1013", "Pfizer", 18_800); 60];
        for (at, lot) in [(3, "TX1018"), (5, "TX101"), (8, "TX10133"), (9, "TX1031"), (10, "TY1099")] {
            doses[at].0 = lot;
        }
        let mut lines: Vec<u64> = watched(&doses, vec![]).0.iter().map(|(_, line, _)| *line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [3, 5, 8]);
        // Of another maker it's another lot; and what earlier imports saw counts.
        let other = vec![("TX1018", "Moderna", 18_800); 1];
        let known = KnownLot { lot: "TX1013".to_owned(), maker: "Pfizer".to_owned(), seen: 50, days: (18_790, 18_810) };
        assert_eq!(watched(&other, vec![known.clone()]).0, []);
        let same = vec![("TX1018", "Pfizer", 18_800); 1];
        assert_eq!(watched(&same, vec![known]).0, [(Code::LotLikeFrequent, 0, "TX1013".to_owned())]);
    }
}
