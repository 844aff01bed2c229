//! The payload's JSON schemas, releases 1.0.0 to 1.3.3, as one table.
//!
//! A certificate is judged against the release that it names in `ver`. What differs between the
//! releases is little (see [`Release`]), so the table below is the union of all, each row with the
//! releases it holds for. `format` is a remark in JSON Schema 2020-12 and value sets are a rule's
//! business: neither is asserted, as the published test data wants it. A problem never refuses a
//! certificate; it becomes a [`Finding`].

use crate::finding::{Finding, FindingCode};
use crate::frame::cbor::Value;

/// No payload yields more findings than this; a hostile one could hold thousands of faults.
const MAX_FINDINGS: usize = 64;

/// The tags of dates: text with a time (RFC 8949 section 3.4.1), seconds (section 3.4.2), and text
/// without a time (RFC 8943).
const TAG_DATE_TIME: u64 = 0;
const TAG_SECONDS: u64 = 1;
const TAG_DATE: u64 = 1004;

/// A release of the schema, in order, so that "since" and "until" are comparisons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Release {
    /// 1.0.0.
    V1_0_0,
    /// 1.0.1: same effective schema.
    V1_0_1,
    /// 1.1.0: a birth date may be a year or a year and month.
    V1_1_0,
    /// 1.2.0: `t/dr` is gone.
    V1_2_0,
    /// 1.2.1: renamed only.
    V1_2_1,
    /// 1.3.0: one group with one entry, 80 characters instead of 50, doses without upper bound,
    /// `t/tc` optional, `dob` may be empty.
    V1_3_0,
    /// 1.3.1: descriptions only.
    V1_3_1,
    /// 1.3.2: one of `fnt` and `gnt` is enough.
    V1_3_2,
    /// 1.3.3: value sets only.
    V1_3_3,
}

impl Release {
    /// The release of that name; `None` where it is not known.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "1.0.0" => Self::V1_0_0,
            "1.0.1" => Self::V1_0_1,
            "1.1.0" => Self::V1_1_0,
            "1.2.0" => Self::V1_2_0,
            "1.2.1" => Self::V1_2_1,
            "1.3.0" => Self::V1_3_0,
            "1.3.1" => Self::V1_3_1,
            "1.3.2" => Self::V1_3_2,
            "1.3.3" => Self::V1_3_3,
            _ => return None,
        })
    }

    /// The longest limited text, in Unicode code points.
    fn text_limit(self) -> usize {
        if self < Self::V1_3_0 { 50 } else { 80 }
    }
}

/// What a member must look like.
#[derive(Clone, Copy)]
enum Form {
    /// A text of any length.
    Text,
    /// A text of at most 50, since 1.3.0 at most 80 code points.
    Limited,
    /// A text of any length before 1.3.0, of at most 80 code points since.
    LimitedSince130,
    /// A limited text of A–Z and `<` only.
    Romanised,
    /// `[A-Z]{1,10}`, which is not anchored: one capital letter anywhere is enough.
    Country,
    /// A text of any form; the tags of dates are read as the text they stand for.
    Stamp,
    /// A whole number from 1, before 1.3.0 to 9.
    Dose,
    /// The birth date.
    Birth,
    /// The release's name.
    Version,
}

/// In which releases a member must be there.
#[derive(Clone, Copy)]
enum Need {
    Always,
    Never,
    Before(Release),
}

/// One member of an object.
struct Member {
    name: &'static str,
    form: Form,
    need: Need,
    /// The first release that no longer knows the member (unknown members are allowed).
    gone: Option<Release>,
}

const fn member(name: &'static str, form: Form, need: Need) -> Member {
    Member { name, form, need, gone: None }
}

const CERTIFICATE: [Member; 2] = [member("ver", Form::Version, Need::Always), member("dob", Form::Birth, Need::Always)];

const NAME: [Member; 4] = [
    member("fn", Form::Limited, Need::Never),
    member("fnt", Form::Romanised, Need::Before(Release::V1_3_2)),
    member("gn", Form::Limited, Need::Never),
    member("gnt", Form::Romanised, Need::Never),
];

const VACCINATION: [Member; 10] = [
    member("tg", Form::Text, Need::Always),
    member("vp", Form::Text, Need::Always),
    member("mp", Form::Text, Need::Always),
    member("ma", Form::Text, Need::Always),
    member("dn", Form::Dose, Need::Always),
    member("sd", Form::Dose, Need::Always),
    member("dt", Form::Stamp, Need::Always),
    member("co", Form::Country, Need::Always),
    member("is", Form::Limited, Need::Always),
    member("ci", Form::Limited, Need::Always),
];

const TEST: [Member; 11] = [
    member("tg", Form::Text, Need::Always),
    member("tt", Form::Text, Need::Always),
    member("nm", Form::LimitedSince130, Need::Never),
    member("ma", Form::Text, Need::Never),
    member("sc", Form::Stamp, Need::Always),
    Member { name: "dr", form: Form::Stamp, need: Need::Never, gone: Some(Release::V1_2_0) },
    member("tr", Form::Text, Need::Always),
    member("tc", Form::Limited, Need::Before(Release::V1_3_0)),
    member("co", Form::Country, Need::Always),
    member("is", Form::Limited, Need::Always),
    member("ci", Form::Limited, Need::Always),
];

const RECOVERY: [Member; 7] = [
    member("tg", Form::Text, Need::Always),
    member("fr", Form::Stamp, Need::Always),
    member("co", Form::Country, Need::Always),
    member("is", Form::Limited, Need::Always),
    member("df", Form::Stamp, Need::Always),
    member("du", Form::Stamp, Need::Always),
    member("ci", Form::Limited, Need::Always),
];

/// The groups of entries.
const GROUPS: [(&str, &[Member]); 3] = [("v", &VACCINATION), ("t", &TEST), ("r", &RECOVERY)];

/// What is wrong with a payload (the map under claim −260, key 1) by the schema that it names.
///
/// A payload of an unknown release is judged by 1.3.0 and gets the finding
/// [`FindingCode::UnknownVersion`] besides. Paths name members of the schema and places in its
/// lists, never anything that the payload itself says. At most 64 findings are given.
#[must_use]
pub fn findings(payload: &Value<'_>) -> Vec<Finding> {
    let mut judge = Judge { release: Release::V1_3_0, found: Vec::new() };
    let Value::Map(certificate) = payload else {
        judge.report(FindingCode::WrongType, "");
        return judge.found;
    };
    if let Some(Value::Text(name)) = get(certificate, "ver") {
        match Release::from_name(name) {
            Some(release) => judge.release = release,
            None => judge.report(FindingCode::UnknownVersion, "ver"),
        }
    }
    judge.members(certificate, &CERTIFICATE, "");
    judge.name(get(certificate, "nam"));
    judge.groups(certificate);
    judge.found
}

/// Whether a payload with these findings fits its schema and holds one kind of entry.
///
/// An unknown release alone is no fault of the payload.
#[must_use]
pub fn is_valid(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.code == FindingCode::UnknownVersion)
}

/// The findings so far, and the release that judges.
struct Judge {
    release: Release,
    found: Vec<Finding>,
}

impl Judge {
    fn report(&mut self, code: FindingCode, path: impl Into<String>) {
        if self.found.len() < MAX_FINDINGS {
            self.found.push(Finding::new(code, path));
        }
    }

    fn name(&mut self, name: Option<&Value<'_>>) {
        match name {
            None => self.report(FindingCode::Missing, "nam"),
            Some(Value::Map(name)) => {
                self.members(name, &NAME, "nam/");
                let one_is_enough = self.release >= Release::V1_3_2;
                if one_is_enough && get(name, "fnt").is_none() && get(name, "gnt").is_none() {
                    self.report(FindingCode::Missing, "nam/fnt");
                }
            }
            Some(_) => self.report(FindingCode::WrongType, "nam"),
        }
    }

    fn groups(&mut self, certificate: &[(Value<'_>, Value<'_>)]) {
        let mut kinds = 0_u8;
        for (group, members) in GROUPS {
            let Some(value) = get(certificate, group) else {
                continue;
            };
            kinds += 1;
            match value {
                Value::Array(entries) => self.entries(group, entries, members),
                _ => self.report(FindingCode::WrongType, group),
            }
        }
        if kinds != 1 {
            self.report(FindingCode::MixedKinds, "");
        }
    }

    fn entries(&mut self, group: &str, entries: &[Value<'_>], members: &[Member]) {
        if entries.is_empty() || (entries.len() > 1 && self.release >= Release::V1_3_0) {
            self.report(FindingCode::WrongCount, group);
        }
        for (place, entry) in entries.iter().enumerate() {
            if self.found.len() >= MAX_FINDINGS {
                return;
            }
            match entry {
                Value::Map(entry) => self.members(entry, members, &format!("{group}/{place}/")),
                _ => self.report(FindingCode::WrongType, format!("{group}/{place}")),
            }
        }
    }

    fn members(&mut self, object: &[(Value<'_>, Value<'_>)], members: &[Member], place: &str) {
        for member in members {
            if member.gone.is_some_and(|gone| self.release >= gone) {
                continue;
            }
            let fault = match get(object, member.name) {
                Some(value) => member.form.fault(value, self.release),
                None => member.need.holds(self.release).then_some(FindingCode::Missing),
            };
            if let Some(code) = fault {
                self.report(code, format!("{place}{}", member.name));
            }
        }
    }
}

impl Need {
    fn holds(self, release: Release) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Before(limit) => release < limit,
        }
    }
}

impl Form {
    /// What is wrong with a value of this form, if anything.
    fn fault(self, value: &Value<'_>, release: Release) -> Option<FindingCode> {
        if let Self::Dose = self {
            return dose_fault(value, release);
        }
        let text = match (self, value) {
            (_, Value::Text(text)) => text,
            (Self::Stamp, Value::Tag(TAG_SECONDS, inner)) if is_number(inner) => return None,
            (Self::Stamp | Self::Birth, Value::Tag(TAG_DATE_TIME | TAG_DATE, inner)) => match &**inner {
                Value::Text(text) => text,
                _ => return Some(FindingCode::WrongType),
            },
            _ => return Some(FindingCode::WrongType),
        };
        let too_long = match self {
            Self::Limited | Self::Romanised => longer(text, release.text_limit()),
            Self::LimitedSince130 => release >= Release::V1_3_0 && longer(text, release.text_limit()),
            _ => false,
        };
        if too_long {
            return Some(FindingCode::OutOfRange);
        }
        let formed = match self {
            Self::Romanised => text.bytes().all(|c| c.is_ascii_uppercase() || c == b'<'),
            Self::Country => text.bytes().any(|c| c.is_ascii_uppercase()),
            Self::Birth => is_birth(text, release),
            Self::Version => is_version(text),
            Self::Text | Self::Limited | Self::LimitedSince130 | Self::Stamp | Self::Dose => true,
        };
        (!formed).then_some(FindingCode::WrongForm)
    }
}

/// The member of that name. Repeated keys were refused before a value was made.
fn get<'a, 'v>(object: &'a [(Value<'v>, Value<'v>)], name: &str) -> Option<&'a Value<'v>> {
    object.iter().find(|(key, _)| key.is(name)).map(|(_, value)| value)
}

fn is_number(value: &Value<'_>) -> bool {
    matches!(value, Value::Unsigned(_) | Value::Negative(_) | Value::Float(_))
}

fn longer(text: &str, limit: usize) -> bool {
    text.chars().nth(limit).is_some()
}

/// In JSON Schema 2020-12 a float with a whole value is an integer.
fn dose_fault(value: &Value<'_>, release: Release) -> Option<FindingCode> {
    let number = match value {
        Value::Unsigned(number) => *number,
        Value::Negative(_) => 0,
        Value::Float(number) if number.is_finite() && number.fract() == 0.0 => {
            if *number < 1.0 {
                0
            } else if *number > 9.0 {
                10
            } else {
                1
            }
        }
        _ => return Some(FindingCode::WrongType),
    };
    let too_many = release < Release::V1_3_0 && number > 9;
    (number < 1 || too_many).then_some(FindingCode::OutOfRange)
}

/// `dob`: 1.0.0 looks for a full date anywhere in the text; since 1.1.0 the text is a year and
/// up to two more pairs of digits; since 1.3.0 it may be empty.
fn is_birth(text: &str, release: Release) -> bool {
    let text = text.as_bytes();
    if release < Release::V1_1_0 {
        return text.windows(10).any(|part| is_birth_prefix(part, 10));
    }
    (release >= Release::V1_3_0 && text.is_empty())
        || [4, 7, 10].into_iter().any(|length| is_birth_prefix(text, length))
}

/// Whether the whole of a text is the first `length` characters of a date of 1900 to 2099.
fn is_birth_prefix(text: &[u8], length: usize) -> bool {
    text.len() == length
        && (text.starts_with(b"19") || text.starts_with(b"20"))
        && text.iter().enumerate().all(|(place, c)| match place {
            4 | 7 => *c == b'-',
            _ => c.is_ascii_digit(),
        })
}

/// `^\d+.\d+.\d+$`, whose dots are not escaped: each stands for any one character but a line's
/// end. The states are those of the expression, one bit each, so that no input makes it go back.
fn is_version(text: &str) -> bool {
    const FIRST: u8 = 1 << 1;
    const AFTER_FIRST: u8 = 1 << 2;
    const SECOND: u8 = 1 << 3;
    const AFTER_SECOND: u8 = 1 << 4;
    const THIRD: u8 = 1 << 5;
    let mut states = 1_u8;
    for c in text.chars() {
        let mut next = 0;
        if c.is_ascii_digit() {
            // A digit enters the group that follows each of the even states, or stays in one.
            next |= (states & (1 | AFTER_FIRST | AFTER_SECOND)) << 1;
            next |= states & (FIRST | SECOND | THIRD);
        }
        if !matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
            next |= (states & (FIRST | SECOND)) << 1;
        }
        states = next;
    }
    states & THIRD != 0
}

#[cfg(test)]
mod tests;
