//! What became of certificates when their records changed: which still say the truth, and which must go.
//!
//! A certificate is about a record as it was. When a dose is added, or the register learns a name's romanisation, the
//! old certificate stays true and says less than a new one would. When a fact that it states was corrected, it is
//! false, and only its withdrawal helps. The register keeps the earlier versions of a record that certificates were
//! issued from, so both can be told apart.

use crate::issue::{Edition, Purpose};
use crate::record::{Dose, Record, RegisterNumber};
use crate::register::{Given, Register, RegisterError, RuleEntry};
use std::collections::{BTreeMap, HashMap};
use tegata_certificate::{Format, UnixTime};

/// How a certificate stands to the record of today.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// It says what the record says.
    Current,
    /// All that it says is still so; the record says more by now. A new certificate is of use, the old one harms nobody.
    Surpassed,
    /// Something that it says is not so: withdraw it.
    Contradicted(Difference),
    /// The register has nobody with that number any more: look at why, then withdraw it or not.
    Gone,
    /// What it said is not known: it was issued before the register kept earlier versions of records.
    Unknown,
}

/// The first fact that differs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Difference {
    /// The name as registered, or as in the passport.
    Name,
    /// The birth date.
    BirthDate,
    /// Sex, nationality or passport.
    Document,
    /// The dose with that number: it is another one now, or no longer there.
    Dose(u8),
}

/// A certificate in force, and how it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reviewed {
    /// Whose it is, by the number that it was issued under.
    pub number: RegisterNumber,
    /// Under which number that person is in the register now, if it is another.
    pub merged_into: Option<RegisterNumber>,
    /// The family.
    pub format: Format,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// How it stands.
    pub standing: Standing,
}

/// How many certificates in force stand how, by [`Standing::name`].
pub type Counts = BTreeMap<&'static str, u64>;

/// People whose certificates are looked at at once.
const PAGE: usize = 512;

/// Looks at every certificate in force, or at those of the people named. `found` hears of each that is not current;
/// `progress` of how many people were looked at.
///
/// # Errors
/// If the register cannot be read.
pub fn review(
    register: &mut Register,
    people: Option<&[RegisterNumber]>,
    now: UnixTime,
    progress: &mut dyn FnMut(u64),
    found: &mut dyn FnMut(&Reviewed),
) -> Result<Counts, RegisterError> {
    review_given(register, people, now, progress, &mut |_, reviewed| found(reviewed))
}

/// The same, with the certificate as the register has it.
pub(crate) fn review_given(
    register: &mut Register,
    people: Option<&[RegisterNumber]>,
    now: UnixTime,
    progress: &mut dyn FnMut(u64),
    found: &mut dyn FnMut(&Given, &Reviewed),
) -> Result<Counts, RegisterError> {
    let rules = register.rules()?;
    let mut counts = Counts::new();
    let (mut after, mut chunks) = (None, people.map(|people| people.chunks(PAGE)));
    loop {
        let page = match &mut chunks {
            Some(chunks) => chunks.next().map(<[RegisterNumber]>::to_vec).unwrap_or_default(),
            None => register.holders_after(after.as_ref(), PAGE)?,
        };
        let Some(last) = page.last() else { return Ok(counts) };
        after = Some(last.clone());
        let known = Known::of(register, &page)?;
        for given in &known.given {
            let Some(reviewed) = known.look_at(given, &rules, now) else { continue };
            *counts.entry(reviewed.standing.name()).or_default() += 1;
            if reviewed.standing != Standing::Current {
                found(given, &reviewed);
            }
        }
        progress(page.len() as u64);
    }
}

/// What the register knows of a page of people who were given certificates.
struct Known {
    given: Vec<Given>,
    merged: HashMap<RegisterNumber, RegisterNumber>,
    today: HashMap<RegisterNumber, Record>,
    earlier: HashMap<RegisterNumber, Vec<Record>>,
}

impl Known {
    fn of(register: &mut Register, page: &[RegisterNumber]) -> Result<Self, RegisterError> {
        let numbers: Vec<&str> = page.iter().map(RegisterNumber::as_str).collect();
        let given = register.certificates_of(&numbers)?;
        let merged = register.merged_into(&numbers)?;
        let all: Vec<&str> = numbers.iter().copied().chain(merged.values().map(RegisterNumber::as_str)).collect();
        let today = register.records_of(&all)?.into_iter();
        let today = today.map(|record| (record.person.number.clone(), record)).collect();
        let mut earlier = HashMap::<_, Vec<_>>::new();
        for record in register.earlier_of(&numbers)? {
            earlier.entry(record.person.number.clone()).or_default().push(record);
        }
        Ok(Self { given, merged, today, earlier })
    }

    /// How a certificate stands; `None` if it is not in force.
    fn look_at(&self, given: &Given, rules: &[RuleEntry], now: UnixTime) -> Option<Reviewed> {
        let number = &given.number;
        if given.expires_at <= now || given.latest.is_some_and(|latest| latest.withdrawn) {
            return None;
        }
        let merged_into = self.merged.get(number);
        let today = self.today.get(merged_into.unwrap_or(number));
        let versions = self.today.get(number).into_iter().chain(self.earlier.get(number).into_iter().flatten());
        let origin = origin(given.format, &given.content, versions);
        let lots = || origin.iter().flat_map(|(_, said)| &said.doses).filter_map(|dose| dose.lot.as_deref());
        let by_rule = |rule: &RuleEntry| rule.scope.covers(&given.kid, given.issued_at, lots());
        if given.status.is_some() && rules.iter().any(by_rule) {
            return None;
        }
        let standing = match (origin, today) {
            (_, None) => Standing::Gone,
            (None, Some(_)) => Standing::Unknown,
            (Some((edition, said)), Some(today)) => Standing::of(edition, said, today),
        };
        Some(Reviewed {
            number: number.clone(),
            merged_into: merged_into.cloned(),
            format: given.format,
            issued_at: given.issued_at,
            standing,
        })
    }
}

impl Standing {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Surpassed => "surpassed",
            Self::Contradicted(_) => "contradicted",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }

    /// Of a certificate in that edition about `said`, beside the record of today.
    pub(crate) fn of(edition: Edition, said: &Record, today: &Record) -> Self {
        match difference(edition, said, today) {
            Some(difference) => Self::Contradicted(difference),
            None if edition.content(said.content_hash()) == edition.content(today.content_hash()) => Self::Current,
            None => Self::Surpassed,
        }
    }
}

/// The record, of some versions, that a certificate with that content is about, and its edition.
pub(crate) fn origin<'r>(
    format: Format,
    content: &[u8; 32],
    versions: impl IntoIterator<Item = &'r Record>,
) -> Option<(Edition, &'r Record)> {
    versions.into_iter().find_map(|record| {
        let hash = record.content_hash();
        let edition = Edition::all_of(format, record.doses.len()).find(|edition| edition.content(hash) == *content)?;
        Some((edition, record))
    })
}

/// What it says that is not so today.
fn difference(edition: Edition, said: &Record, today: &Record) -> Option<Difference> {
    let (was, is) = (&said.person, &today.person);
    // What it did not say cannot have become wrong.
    let changed = |was: Option<&str>, is: Option<&str>| was.is_some() && was != is;
    let abroad = edition.purpose == Purpose::Travel || !matches!(edition.format, Format::Compact | Format::Shc);
    let says_romanised = abroad || was.registered.is_none();
    if was.registered.is_some() && was.registered != is.registered
        || says_romanised && was.romanised.is_some() && was.romanised != is.romanised
    {
        return Some(Difference::Name);
    }
    if was.birth != is.birth {
        return Some(Difference::BirthDate);
    }
    if abroad
        && (changed(was.passport.as_deref(), is.passport.as_deref())
            || changed(was.nationality.as_deref(), is.nationality.as_deref())
            || was.sex.is_some() && was.sex != is.sex)
    {
        return Some(Difference::Document);
    }
    let about = |place: usize| edition.dose.is_none_or(|dose| dose == place);
    let doses = said.doses.iter().enumerate().filter(|(place, _)| about(*place));
    doses
        .map(|(_, dose)| dose)
        .find(|dose| !today.doses.iter().any(|other| still_says(dose, other)))
        .map(|dose| Difference::Dose(dose.number))
}

/// Whether a dose of today is the one that was said, with all that was said of it.
fn still_says(said: &Dose, today: &Dose) -> bool {
    (said.number, said.date, said.product.cvx) == (today.number, today.date, today.product.cvx)
        && (said.lot.is_none() || said.lot == today.lot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Person;
    use tegata_certificate::{BirthDate, Date, RegisteredName, vaccine};

    fn day(day: i64) -> Date {
        Date::from_days(day).expect("a day")
    }

    fn dose(number: u8, on: i64) -> Dose {
        Dose {
            number,
            date: day(on),
            product: vaccine::by_cvx(208).expect("a product"),
            maker: None,
            lot: Some("FA7338".into()),
            site: None,
            ticket: None,
            municipality: None,
        }
    }

    fn record() -> Record {
        let person = Person {
            number: RegisterNumber::parse("4711").expect("a number"),
            registered: Some(RegisteredName::Whole("山田　花子".into())),
            kana: Some("ヤマダ　ハナコ".into()),
            romanised: None,
            birth: BirthDate::Day(day(3_000)),
            sex: None,
            municipality: None,
            nationality: None,
            passport: Some("TK0000001".into()),
            shielded: false,
        };
        Record { person, doses: vec![dose(1, 18_800), dose(2, 18_821)] }
    }

    fn edition(format: Format, purpose: Purpose, dose: Option<usize>) -> Edition {
        Edition { format, purpose, dose, generation: None }
    }

    #[test]
    fn a_dose_more_surpasses_a_certificate_and_a_corrected_one_contradicts_it() {
        let compact = edition(Format::Compact, Purpose::Domestic, None);
        let (said, mut today) = (record(), record());
        assert_eq!(Standing::of(compact, &said, &today), Standing::Current);
        today.doses.push(dose(3, 19_000));
        assert_eq!(Standing::of(compact, &said, &today), Standing::Surpassed);
        today.person.romanised = tegata_certificate::RomanisedName::parse_mrz("YAMADA<<HANAKO");
        assert_eq!(Standing::of(compact, &said, &today), Standing::Surpassed);
        for spoil in [
            (|today: &mut Record| today.doses[1].date = day(18_822)) as fn(&mut Record),
            |today| today.doses[1].lot = Some("FA7339".into()),
            |today| today.doses[1].lot = None,
            |today| today.doses[1].product = vaccine::by_cvx(207).expect("a product"),
            |today| drop(today.doses.remove(1)),
        ] {
            let mut today = today.clone();
            spoil(&mut today);
            assert_eq!(Standing::of(compact, &said, &today), Standing::Contradicted(Difference::Dose(2)));
        }
        today.person.birth = BirthDate::Day(day(3_001));
        assert_eq!(Standing::of(compact, &said, &today), Standing::Contradicted(Difference::BirthDate));
        today.person.registered = Some(RegisteredName::Whole("山田　華子".into()));
        assert_eq!(Standing::of(compact, &said, &today), Standing::Contradicted(Difference::Name));
    }

    #[test]
    fn a_certificate_is_wrong_only_in_what_it_says() {
        let (said, mut today) = (record(), record());
        today.person.passport = Some("TK0000002".into());
        let domestic = edition(Format::Compact, Purpose::Domestic, None);
        let travel = edition(Format::Compact, Purpose::Travel, None);
        assert_eq!(Standing::of(domestic, &said, &today), Standing::Surpassed);
        assert_eq!(Standing::of(travel, &said, &today), Standing::Contradicted(Difference::Document));
        let mut today = record();
        today.doses[0].date = day(18_801);
        let first = edition(Format::Icvp, Purpose::Travel, Some(0));
        let second = edition(Format::Icvp, Purpose::Travel, Some(1));
        assert_eq!(Standing::of(first, &said, &today), Standing::Contradicted(Difference::Dose(1)));
        assert_eq!(Standing::of(second, &said, &today), Standing::Surpassed);
    }

    #[test]
    fn the_version_that_a_certificate_is_about_is_found_again() {
        let (old, mut new) = (record(), record());
        new.doses.push(dose(3, 19_000));
        for edition in Edition::all_of(Format::Icvp, 2) {
            let content = edition.content(old.content_hash());
            let (found, version) = origin(Format::Icvp, &content, [&new, &old]).expect("is there");
            assert!(version == &old && found.content(old.content_hash()) == content);
        }
        assert!(origin(Format::Icvp, &[0; 32], [&new, &old]).is_none());
    }
}
