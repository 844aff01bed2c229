//! Rule sets: the rules of one purpose.

use super::rule::{LANGUAGE, Rule, RuleOutcome, parse_kind, parse_words};
use super::value::Value;
use crate::error::TrustError;
use crate::fields::ListReader;
use std::borrow::Cow;
use tegata_certificate::json::{Json, Object};
use tegata_certificate::{Kind, UnixTime};

/// Labels of a rule set.
pub(crate) mod label {
    pub const ID: u64 = 1;
    pub const VERSION: u64 = 2;
    pub const PURPOSE: u64 = 3;
    pub const NAMES: u64 = 4;
    pub const SHAPE: u64 = 5;
    pub const DATED: u64 = 6;
    pub const COUNTRY: u64 = 7;
    pub const KINDS: u64 = 8;
    pub const RULES: u64 = 9;
    pub const VALUE_SETS: u64 = 10;
    pub const SOURCE: u64 = 11;
    pub const ZONE: u64 = 12;
}

/// The most rules, value sets and codes of a value set; the EU's longest has 250.
const RULES_MAX: u64 = 512;
const VALUE_SETS_MAX: u64 = 64;
const CODES_MAX: u64 = 4_096;
/// The widest zone, in minutes from UTC.
pub(crate) const ZONE_MAX: i64 = 14 * 60;
const NAMES_MAX: u64 = 32;
/// Characters of a set's id, the name of a value set, a code, and the note on where a set came from.
const ID: usize = 40;
const VALUE_SET: usize = 100;
const CODE: usize = 200;
const SOURCE: usize = 200;

/// What a set of rules is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// The door of a restaurant or a shop.
    Venue,
    /// The door of an event.
    Event,
    /// A border.
    Border,
    /// A health desk, where records are looked at.
    HealthDesk,
}

impl Purpose {
    /// Every purpose, in the order of their numbers in lists.
    pub const ALL: [Self; 4] = [Self::Venue, Self::Event, Self::Border, Self::HealthDesk];

    /// The stable name used in reports and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Venue => "venue",
            Self::Event => "event",
            Self::Border => "border",
            Self::HealthDesk => "health-desk",
        }
    }

    /// The purpose with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Venue => 1,
            Self::Event => 2,
            Self::Border => 3,
            Self::HealthDesk => 4,
        }
    }
}

/// What rules look at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shape {
    /// What a certificate of any family says, in one form.
    Tegata,
    /// The payload of an EU DCC.
    EuDcc,
}

impl Shape {
    /// Both shapes.
    pub const ALL: [Self; 2] = [Self::Tegata, Self::EuDcc];

    /// The stable name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tegata => "tegata",
            Self::EuDcc => "eu-dcc",
        }
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Tegata => 1,
            Self::EuDcc => 2,
        }
    }
}

/// The rules of one purpose, with the value sets that they use.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleSet {
    /// What a verifier is told to judge by it: small letters, digits and hyphens.
    pub id: String,
    /// Counts up from 1 whenever anything in it changes.
    pub version: u64,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is called: language tag and name.
    pub names: Vec<(String, String)>,
    /// What its rules look at.
    pub shape: Shape,
    /// When it was made.
    pub dated: UnixTime,
    /// The country of arrival, two letters, where it is a country's.
    pub country: Option<String>,
    /// How far its clocks are before UTC, in minutes: which day it is there.
    pub zone: i64,
    /// The kinds of certificate that are accepted at all.
    pub kinds: Vec<Kind>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Where it came from, in a few words.
    pub source: Option<String>,
    value_sets: Json<'static>,
}

/// What a set of rules comes to for a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ruling {
    /// Every rule that counts is met.
    Accepted,
    /// No rule says anything of this kind of certificate.
    NoRule,
    /// No rule is broken, and at least one could not be decided.
    Open,
    /// A rule is broken.
    Refused,
    /// Certificates of this kind are not accepted for this purpose.
    KindNotAccepted,
}

impl Ruling {
    /// Every ruling, the best first.
    pub const ALL: [Self; 5] = [Self::Accepted, Self::NoRule, Self::Open, Self::Refused, Self::KindNotAccepted];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NoRule => "no-rule",
            Self::Open => "open",
            Self::Refused => "refused",
            Self::KindNotAccepted => "kind-not-accepted",
        }
    }
}

/// Whether a text can be a set's id: 1 to 40 of `a-z 0-9 -`.
#[must_use]
pub fn is_set_id(text: &str) -> bool {
    (1..=ID).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

impl RuleSet {
    /// A set without rules or value sets.
    #[must_use]
    pub fn new(id: String, purpose: Purpose, shape: Shape, dated: UnixTime) -> Self {
        Self {
            id,
            version: 1,
            purpose,
            names: Vec::new(),
            shape,
            dated,
            country: None,
            zone: 0,
            kinds: Vec::new(),
            rules: Vec::new(),
            source: None,
            value_sets: Json::Null,
        }
    }

    /// The value sets as rules see them: an object of lists of codes; null if there are none.
    #[must_use]
    pub fn value_sets(&self) -> &Json<'static> {
        &self.value_sets
    }

    /// Sets the value sets. A name that stands twice counts once.
    pub fn set_value_sets(&mut self, sets: Vec<(String, Vec<String>)>) {
        let list =
            |codes: Vec<String>| Json::List(codes.into_iter().map(|code| Json::Text(Cow::Owned(code))).collect());
        let mut members: Vec<(Cow<'static, str>, Json<'static>)> = Vec::with_capacity(sets.len());
        for (name, codes) in sets {
            if !members.iter().any(|(known, _)| *known == name) {
                members.push((Cow::Owned(name), list(codes)));
            }
        }
        let none = members.is_empty();
        self.value_sets = Object::of(members).ok().filter(|_| !none).map_or(Json::Null, Json::Object);
    }

    /// What it is called, in that language or else in English or in the first that there is.
    #[must_use]
    pub fn name_in(&self, language: &str) -> &str {
        let find = |wanted: &str| self.names.iter().find(|(tag, _)| tag.split('-').next() == Some(wanted));
        find(language).or_else(|| find("en")).or(self.names.first()).map_or(&self.id, |(_, name)| name)
    }

    /// The rules that count for certificates of these kinds at a moment: of each identifier the highest version in
    /// force. Only acceptance rules: those that say what is not accepted are looked for with the country that issued.
    pub fn acceptance(&self, kinds: &[Kind], at: UnixTime) -> Vec<&Rule> {
        self.selected(at, |rule| !rule.invalidation && rule.kind.is_none_or(|kind| kinds.contains(&kind)))
    }

    /// The rules of that country that say which of its own certificates are not accepted.
    pub fn invalidation(&self, country: &str, kinds: &[Kind], at: UnixTime) -> Vec<&Rule> {
        let about = |rule: &Rule| rule.kind.is_none_or(|kind| kinds.contains(&kind));
        self.selected(at, |rule| rule.invalidation && rule.country == country && about(rule))
    }

    fn selected(&self, at: UnixTime, counts: impl Fn(&Rule) -> bool) -> Vec<&Rule> {
        let mut chosen: Vec<&Rule> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.counts_at(at) && counts(rule)) {
            match chosen.iter_mut().find(|known| known.identifier == rule.identifier) {
                Some(known) if known.version < rule.version => *known = rule,
                Some(_) => {}
                None => chosen.push(rule),
            }
        }
        chosen
    }

    /// What the set comes to for certificates of these kinds, with the rules that counted and what each said. `others`
    /// are invalidation rules of the country that issued; `data` is what rules look at.
    pub fn judge<'a>(
        &'a self,
        kinds: &[Kind],
        others: Vec<&'a Rule>,
        data: &Value<'_>,
        at: UnixTime,
    ) -> (Ruling, Vec<(&'a Rule, RuleOutcome)>) {
        if !kinds.iter().all(|kind| self.kinds.contains(kind)) {
            return (Ruling::KindNotAccepted, Vec::new());
        }
        let mut rules = self.acceptance(kinds, at);
        // Rules for any kind say enough, unless the set has others for other kinds.
        let silent = rules.iter().all(|rule| rule.kind.is_none())
            && (rules.is_empty() || self.rules.iter().any(|rule| rule.kind.is_some()));
        rules.extend(others);
        let outcomes: Vec<_> = rules.into_iter().map(|rule| (rule, rule.judge(data))).collect();
        let worst = outcomes.iter().map(|(_, outcome)| *outcome).max().unwrap_or(RuleOutcome::Pass);
        let ruling = match worst {
            RuleOutcome::Fail => Ruling::Refused,
            RuleOutcome::Open => Ruling::Open,
            RuleOutcome::Pass if silent => Ruling::NoRule,
            RuleOutcome::Pass => Ruling::Accepted,
        };
        (ruling, outcomes)
    }

    pub(super) fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let (mut id, mut version, mut purpose, mut shape, mut dated) = (None, None, None, None, None);
        let (mut names, mut country, mut kinds, mut source, mut zone) = (Vec::new(), None, Vec::new(), None, 0);
        let (mut rules, mut value_sets) = (Vec::new(), Vec::new());
        list.fields(|label, list| {
            match label {
                label::ID => id = Some(list.text(ID)?).filter(|id| is_set_id(id)),
                label::VERSION => version = Some(list.uint()?).filter(|version| *version > 0),
                label::PURPOSE => purpose = numbered(list, &Purpose::ALL, Purpose::number)?,
                label::NAMES => names = list.items(NAMES_MAX, parse_words)?,
                label::SHAPE => shape = numbered(list, &Shape::ALL, Shape::number)?,
                label::DATED => dated = Some(list.time()?),
                label::COUNTRY => country = Some(list.text(2)?),
                label::KINDS => kinds = list.items(Kind::ALL.len() as u64, parse_kind)?,
                label::RULES => rules = list.items(RULES_MAX, Rule::parse)?,
                label::VALUE_SETS => value_sets = list.items(VALUE_SETS_MAX, parse_value_set)?,
                label::SOURCE => source = Some(list.text(SOURCE)?),
                label::ZONE => zone = list.int()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let (Some(id), Some(version), Some(purpose), Some(shape), Some(dated)) = (id, version, purpose, shape, dated)
        else {
            return Err(list.malformed());
        };
        if zone.abs() > ZONE_MAX || names.is_empty() || kinds.is_empty() || rules.is_empty() {
            return Err(list.malformed());
        }
        let repeated = |(place, (name, _)): (usize, &(String, Vec<String>))| {
            value_sets.iter().take(place).any(|(known, _)| known == name)
        };
        if value_sets.iter().enumerate().any(repeated) {
            return Err(list.malformed());
        }
        let mut set =
            Self { version, names, country, zone, kinds, rules, source, ..Self::new(id, purpose, shape, dated) };
        set.set_value_sets(value_sets);
        Ok(set)
    }
}

fn numbered<T: Copy>(list: &mut ListReader<'_>, all: &[T], number: fn(T) -> u64) -> Result<Option<T>, TrustError> {
    let wanted = list.uint()?;
    Ok(all.iter().copied().find(|item| number(*item) == wanted))
}

/// The name of a value set and its codes; a set of no codes accepts nothing.
fn parse_value_set(list: &mut ListReader<'_>) -> Result<(String, Vec<String>), TrustError> {
    if list.array()? != 2 {
        return Err(list.malformed());
    }
    let name = list.text(VALUE_SET)?;
    let count = list.array()?;
    if count > CODES_MAX {
        return Err(list.malformed());
    }
    let codes = (0..count).map(|_| list.text(CODE)).collect::<Result<_, _>>()?;
    Ok((name, codes))
}

/// Whether a language's tag can stand in a set.
#[must_use]
pub fn is_language(tag: &str) -> bool {
    (2..=LANGUAGE).contains(&tag.len()) && tag.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
}
