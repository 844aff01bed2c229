//! What is wrong with the doses of one person taken together.
//!
//! Runs on packed numbers, once a person, and allocates nothing where all is well.

use super::first_use::first_use;
use super::intervals::shortest;
use super::{Code, Fate, Finding, Level, Note, Place, Subject};
use crate::record::RegisterNumber;
use crate::register::{PackedDose, Series};
use tegata_certificate::{BirthDate, Date};

/// What is wrong with one dose beside the others or the person's birth date.
pub(crate) struct Fault {
    pub(crate) code: Code,
    /// The dose's number and the line of its row.
    pub(crate) dose: u8,
    pub(crate) line: u64,
    pub(crate) note: Option<Note>,
    pub(crate) subject: Subject,
    /// The facts, in a form of their own that never changes.
    pub(crate) facts: String,
}

impl Fault {
    /// The finding, once it is known whose dose it is.
    pub(crate) fn into_finding(self, number: &RegisterNumber) -> Finding {
        let held = (self.code.level() == Level::Eye).then_some((self.subject, self.facts));
        let finding = Finding::new(self.code, false, self.line, Some(number.clone())).at(Place::Day(self.dose));
        Finding { note: self.note, held, ..finding }
    }
}

/// The findings of faults that refuse one row together: the first decides it.
pub(crate) fn of_one_row(faults: Vec<Fault>, number: &RegisterNumber) -> Vec<Finding> {
    let mut findings: Vec<Finding> = faults.into_iter().map(|fault| fault.into_finding(number)).collect();
    findings.iter_mut().skip(1).for_each(|finding| finding.fate = Fate::Unchanged);
    findings
}

/// A dose that is taken may be given at this age at least, in days: no COVID-19 vaccine is for children under 6 months.
const YOUNGEST_COVID_19: i32 = 180;
/// Years that nobody has lived but once; the days of 120 years.
const OLDEST: i32 = 120 * 365 + 30;

/// What is wrong with doses, and which must stay out.
#[derive(Default)]
pub(crate) struct Judgement {
    /// Every fault; where doses stay out, no other fault of theirs is told.
    pub(crate) faults: Vec<Fault>,
    /// The doses that must not be taken.
    pub(crate) out: Vec<(Series, u8)>,
}

impl Judgement {
    fn keep_out(&mut self, dose: &PackedDose) {
        if !self.out.contains(&dose.key()) {
            self.out.push(dose.key());
        }
    }
}

/// Judges the doses of one person, and beside the birth date where it is known. `lost` are numbers of doses in rows that
/// were refused, 0 where the row does not say it. With `whole` one row gave them all, and is refused as a whole.
pub(crate) fn judge(birth: Option<BirthDate>, doses: &[PackedDose], lost: &[u8], whole: bool) -> Judgement {
    let mut judgement = Judgement::default();
    let beside = birth.map(|birth| beside_birth(birth, doses)).unwrap_or_default();
    if beside.is_empty() && is_plain(doses) {
        return judgement;
    }
    let mut sorted: Vec<&PackedDose> = doses.iter().collect();
    sorted.sort_by_key(|dose| dose.key());
    for (fault, dose) in beside {
        if fault.code == Code::DoseBeforeBirth {
            judgement.keep_out(dose);
        }
        judgement.faults.push(fault);
    }
    for series in sorted.chunk_by(|a, b| a.key().0 == b.key().0) {
        order(series, whole, &mut judgement);
    }
    if whole && !judgement.out.is_empty() {
        judgement.faults.retain(|fault| fault.code.level() == Level::Block);
        return judgement;
    }
    let gone = |dose: &PackedDose| judgement.out.contains(&dose.key());
    let left: Vec<&PackedDose> = sorted.iter().copied().filter(|dose| !gone(dose)).collect();
    let out: Vec<u8> = judgement.out.iter().map(|(_, number)| *number).chain(lost.iter().copied()).collect();
    let numbers: Vec<(Series, u8)> = judgement.out.clone();
    judgement.faults.retain(|fault| {
        matches!(fault.code, Code::DoseBeforeBirth | Code::DoseOrder | Code::WaitsForDose)
            || !numbers.iter().any(|(_, number)| *number == fault.dose)
    });
    together(&left, &out, &mut judgement.faults);
    judgement
}

/// What is wrong with doses beside each other, none of which contradicts another. `lost` are numbers that the person has
/// in rows that were refused.
fn together(doses: &[&PackedDose], lost: &[u8], faults: &mut Vec<Fault>) {
    let mut early = Vec::new();
    for dose in doses {
        if first_use(dose.cvx).is_some_and(|first| dose.day < first) {
            let note = likely_year(dose.day, dose.cvx).map(Note::Suggestion);
            faults.push(fault(Code::BeforeFirstUse, dose, None, note));
            early.push(dose.key());
        }
    }
    for pair in doses.windows(2) {
        let [before, after] = pair else { continue };
        let (series, number) = before.key();
        if after.key().0 != series {
            continue;
        }
        let days = after.day - before.day;
        if days == 0 && before.cvx == after.cvx {
            faults.push(fault(Code::SameDoseTwice, after, Some(before), None));
        } else if days < shortest(series, number) && !early.contains(&before.key()) && !early.contains(&after.key()) {
            faults.push(fault(Code::IntervalTooShort, after, Some(before), None));
        }
        let missing = (number + 1..after.number).filter(|number| !lost.contains(number)).count();
        // Refused rows that do not say which dose they give may give these.
        if missing > lost.iter().filter(|&&number| number == 0).count() {
            faults.push(fault(Code::MissingMiddleDose, after, Some(before), None));
        }
    }
}

/// Whether nothing can be wrong: numbers without a gap, days that rise by more than any shortest interval, each after the
/// product's first use.
fn is_plain(doses: &[PackedDose]) -> bool {
    let mut before: Option<&PackedDose> = None;
    for dose in doses {
        if first_use(dose.cvx).is_some_and(|first| dose.day < first) {
            return false;
        }
        if let Some(before) = before {
            let (series, number) = dose.key();
            let follows = Series::of(before.cvx) == series && before.number.checked_add(1) == Some(number);
            if !follows || dose.day - before.day < shortest(series, before.number) {
                return false;
            }
        }
        before = Some(dose);
    }
    true
}

/// Doses whose days contradict their numbers: the fewest without which the days rise with the numbers, of equal ones the
/// later numbers. Where only one dose contradicts such a dose nobody can tell which of the two is wrong, so that it stays
/// out, too; in a row of its own it waits.
fn order(series: &[&PackedDose], whole: bool, judgement: &mut Judgement) {
    if series.is_sorted_by_key(|dose| dose.day) {
        return;
    }
    let kept = longest_rising(series);
    for (at, dose) in series.iter().enumerate().filter(|(at, _)| !kept.contains(at)) {
        let contradicts = |other: usize| {
            series.get(other).is_some_and(|other_dose| {
                if other < at { other_dose.day > dose.day } else { other_dose.day < dose.day }
            })
        };
        let others: Vec<&PackedDose> =
            kept.iter().filter(|&&other| contradicts(other)).filter_map(|&other| series.get(other).copied()).collect();
        let nearest = others.iter().min_by_key(|other| other.number.abs_diff(dose.number));
        judgement.faults.push(fault(Code::DoseOrder, dose, nearest.copied(), None));
        judgement.keep_out(dose);
        if let ([other], false) = (others.as_slice(), whole)
            && !judgement.out.contains(&other.key())
        {
            judgement.faults.push(fault(Code::WaitsForDose, other, Some(dose), None));
            judgement.keep_out(other);
        }
    }
}

/// The places of the longest run of doses whose days do not fall.
fn longest_rising(series: &[&PackedDose]) -> Vec<usize> {
    // For each dose: the length of the longest run that it ends, and the place before it.
    let mut runs: Vec<(usize, Option<usize>)> = Vec::with_capacity(series.len());
    for (at, dose) in series.iter().enumerate() {
        let before = (0..at)
            .filter(|&other| series.get(other).is_some_and(|other| other.day <= dose.day))
            .max_by_key(|&other| (runs.get(other).map_or(0, |run| run.0), std::cmp::Reverse(other)));
        let length = before.and_then(|before| runs.get(before)).map_or(1, |run| run.0 + 1);
        runs.push((length, before));
    }
    let mut place = (0..runs.len()).max_by_key(|&at| (runs.get(at).map_or(0, |run| run.0), std::cmp::Reverse(at)));
    let mut kept = Vec::new();
    while let Some(at) = place {
        kept.push(at);
        place = runs.get(at).and_then(|run| run.1);
    }
    kept
}

/// What is wrong with doses beside the birth date.
fn beside_birth(birth: BirthDate, doses: &[PackedDose]) -> Vec<(Fault, &PackedDose)> {
    let Some(first) = first_day(birth) else { return Vec::new() };
    let exact = matches!(birth, BirthDate::Day(_));
    let mut faults = Vec::new();
    for dose in doses {
        let covid = Series::of(dose.cvx) == Series::Covid19;
        let age = dose.day - first;
        let code = match age {
            ..0 => Code::DoseBeforeBirth,
            0 if covid && exact => Code::DoseOnBirthDate,
            1..YOUNGEST_COVID_19 if covid && exact => Code::TooYoung,
            OLDEST.. if first >= CENTURY => Code::Over120,
            _ => continue,
        };
        // One wrong birth date makes every dose doubtful; once is enough.
        if code != Code::DoseBeforeBirth
            && faults.iter().any(|(fault, _): &(Fault, _)| fault.code != Code::DoseBeforeBirth)
        {
            continue;
        }
        // Exchanged columns: the birth date would be a day of doses, and the dose's day a birth date.
        let exchanged = code == Code::DoseBeforeBirth && covid && first_use(dose.cvx).is_some_and(|use_| first >= use_);
        let note = exchanged.then(|| day_text(first)).flatten().map(Note::Suggestion);
        let mut fault = fault(code, dose, None, note);
        fault.facts = format!("{} born {birth}", fault.facts);
        faults.push((fault, dose));
    }
    faults
}

/// Whether a look at the doses one by one can be spared: none lies before or near the birth date, nor far beyond it.
pub(crate) fn is_plain_beside(birth: BirthDate, earliest: i32, latest: i32) -> bool {
    first_day(birth).is_none_or(|first| earliest - first >= YOUNGEST_COVID_19 && latest - first < OLDEST)
}

/// 1900-01-01: birth dates before it are told by themselves.
pub(crate) const CENTURY: i32 = -25_567;

/// The first day that the birth date may mean; `None` where nothing is known.
pub(crate) fn first_day(birth: BirthDate) -> Option<i32> {
    match birth {
        BirthDate::Day(date) => Some(date.days()),
        BirthDate::Month(year, month) => Date::from_ymd(i32::from(year), u32::from(month), 1).map(Date::days),
        BirthDate::Year(year) => Date::from_ymd(i32::from(year), 1, 1).map(Date::days),
        BirthDate::Unknown => None,
    }
}

fn fault(code: Code, dose: &PackedDose, other: Option<&PackedDose>, note: Option<Note>) -> Fault {
    let facts = |dose: &PackedDose| format!("{}:{}:{}", dose.number, dose.day, dose.cvx);
    let subject = if other.is_some() { Subject::Series } else { Subject::Dose(dose.number) };
    let other_dose = other.map(|other| Note::OtherDose {
        line: other.line,
        dose: other.number,
        day: day_text(other.day).unwrap_or_default(),
    });
    let facts = match other {
        Some(other) => format!("{} beside {}", facts(dose), facts(other)),
        None => facts(dose),
    };
    Fault { code, dose: dose.number, line: dose.line, note: note.or(other_dose), subject, facts }
}

fn day_text(day: i32) -> Option<String> {
    Date::from_days(i64::from(day)).map(|date| date.to_string())
}

/// The day that was meant where a year of an era was read as one of the century, if only one fits: 2003 for the third
/// year of Reiwa is 2021, year 3 too.
fn likely_year(day: i32, cvx: u16) -> Option<String> {
    /// The year before the first of Reiwa.
    const BEFORE_REIWA: i32 = 2018;
    let (year, month, day) = Date::from_days(i64::from(day))?.ymd();
    // Years of the COVID-19 campaigns: the second of Reiwa to the eighth.
    let of_era = match year {
        2..=8 => year,
        2002..=2008 => year - 2000,
        _ => return None,
    };
    let date = Date::from_ymd(BEFORE_REIWA + of_era, month, day)?;
    first_use(cvx).is_some_and(|first| date.days() >= first).then(|| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Term;

    fn doses(days: &[(u8, &str)]) -> Vec<PackedDose> {
        let dose = |&(number, day): &(u8, &str)| PackedDose {
            number,
            day: Date::parse(day).expect("a day").days(),
            cvx: 208,
            maker: Term::Absent,
            lot: Term::Absent,
            site: Term::Absent,
            ticket: None,
            municipality: None,
            import: 1,
            line: u64::from(number) + 1,
        };
        days.iter().map(dose).collect()
    }

    fn judged(birth: Option<&str>, days: &[(u8, &str)], whole: bool) -> (Vec<(&'static str, u8)>, Vec<u8>) {
        let birth = birth.map(|day| BirthDate::parse(day).expect("a birth date"));
        let judgement = judge(birth, &doses(days), &[], whole);
        (
            judgement.faults.iter().map(|fault| (fault.code.name(), fault.dose)).collect(),
            judgement.out.iter().map(|(_, number)| *number).collect(),
        )
    }

    #[test]
    fn good_series_have_no_fault() {
        for days in [
            &[][..],
            &[(1, "2021-06-01")],
            &[(2, "2021-06-01")],
            &[(1, "2021-06-01"), (2, "2021-06-15")],
            &[(1, "2021-06-01"), (2, "2021-06-22"), (3, "2022-02-01"), (4, "2022-07-01")],
        ] {
            assert_eq!(judged(Some("1970-01-01"), days, false), (vec![], vec![]), "{days:?}");
        }
    }

    #[test]
    fn of_two_doses_in_the_wrong_order_neither_is_taken_and_of_many_only_the_one_that_is_wrong_stays_out() {
        let two = [(1, "2021-07-01"), (2, "2021-06-01")];
        assert_eq!(judged(None, &two, true), (vec![("dose-order", 2)], vec![2]));
        assert_eq!(judged(None, &two, false), (vec![("dose-order", 2), ("waits-for-dose", 1)], vec![2, 1]));
        let first = [(1, "2022-12-01"), (2, "2021-06-22"), (3, "2022-02-01"), (4, "2022-08-01")];
        assert_eq!(judged(None, &first, false), (vec![("dose-order", 1)], vec![1]));
        let exchanged = [(1, "2021-06-22"), (2, "2021-06-01"), (3, "2022-02-01")];
        assert_eq!(judged(None, &exchanged, true).0, [("dose-order", 2)]);
    }

    #[test]
    fn intervals_gaps_and_doubles_are_told_at_the_later_dose() {
        assert_eq!(judged(None, &[(1, "2021-06-01"), (2, "2021-06-14")], false).0, [("interval-too-short", 2)]);
        assert_eq!(judged(None, &[(2, "2021-06-01"), (3, "2021-06-24")], false).0, [("interval-too-short", 3)]);
        assert_eq!(judged(None, &[(1, "2021-06-01"), (3, "2022-02-01")], false).0, [("missing-middle-dose", 3)]);
        assert_eq!(judged(None, &[(2, "2021-06-01"), (3, "2021-06-01")], false).0, [("same-dose-twice", 3)]);
        let lost = judge(None, &doses(&[(1, "2021-06-01"), (3, "2022-02-01")]), &[2], false);
        assert!(lost.faults.is_empty(), "the row of the second was refused, and told so");
    }

    #[test]
    fn days_beside_the_birth_date_and_before_the_vaccine() {
        let one = |birth: &str, day: &str| judged(Some(birth), &[(1, day)], false).0;
        assert_eq!(one("2021-06-02", "2021-06-01"), [("dose-before-birth", 1)]);
        assert_eq!(one("2021-06-01", "2021-06-01"), [("dose-on-birth-date", 1)]);
        assert_eq!(one("2021-05-01", "2021-06-01"), [("too-young", 1)]);
        assert_eq!(one("2020-11-01", "2021-06-01"), []);
        assert_eq!(one("1900-05-01", "2021-06-01"), [("over-120", 1)]);
        assert_eq!(one("2021", "2021-06-01"), [], "the day may have been in January");
        assert_eq!(one("2022", "2021-06-01"), [("dose-before-birth", 1)]);
        assert_eq!(one("1970-01-01", "2003-06-01"), [("before-first-use", 1)]);
        assert_eq!(one("2021-05-01", "1970-01-01"), [("dose-before-birth", 1)], "one fault, told once");
        let third_of_reiwa = judge(None, &doses(&[(1, "2003-06-01")]), &[], false);
        assert!(third_of_reiwa.faults[0].note == Some(Note::Suggestion("2021-06-01".to_owned())));
        let exchanged = judge(BirthDate::parse("2021-05-01"), &doses(&[(1, "1970-01-01")]), &[], false);
        assert!(exchanged.faults[0].note == Some(Note::Suggestion("2021-05-01".to_owned())));
    }
}
