//! One rule: what it is about, when it counts, what it says.

use super::expression::Expression;
use super::value::Value;
use crate::entry::kind_number;
use crate::error::TrustError;
use crate::fields::ListReader;
use std::fmt;
use tegata_certificate::json::Json;
use tegata_certificate::{Kind, UnixTime};

/// Labels of a rule.
pub(crate) mod label {
    pub const IDENTIFIER: u64 = 1;
    pub const INVALIDATION: u64 = 2;
    pub const COUNTRY: u64 = 3;
    pub const VERSION: u64 = 4;
    pub const KIND: u64 = 5;
    pub const WORDS: u64 = 6;
    pub const FROM: u64 = 7;
    pub const UNTIL: u64 = 8;
    pub const FIELDS: u64 = 9;
    pub const LOGIC: u64 = 10;
}

/// Characters of an identifier, a language's tag, a sentence, the name of a field, and a rule's logic.
const IDENTIFIER: usize = 64;
pub(super) const LANGUAGE: usize = 16;
const SENTENCE: usize = 2_000;
const FIELD: usize = 100;
pub(crate) const LOGIC: usize = 64 * 1024;

/// The most sentences and fields of a rule.
const WORDS_MAX: u64 = 32;
const FIELDS_MAX: u64 = 64;

/// The version of a rule: of several with one identifier, the highest that is in force counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct RuleVersion(pub u32, pub u32, pub u32);

impl RuleVersion {
    /// Reads `1.0.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for RuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a rule says of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RuleOutcome {
    /// It is met.
    Pass,
    /// It could not be decided: what it asks for is not in the certificate, or not in a form that can be compared.
    Open,
    /// It is not met.
    Fail,
}

impl RuleOutcome {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Open => "open",
            Self::Fail => "fail",
        }
    }
}

/// One dated rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Its identifier, such as `VR-DE-0001`.
    pub identifier: String,
    /// Whether it says what is *not* accepted. Rules of this type are of the country that issued.
    pub invalidation: bool,
    /// The country or region it is of, two letters.
    pub country: String,
    /// Its version.
    pub version: RuleVersion,
    /// What kind of certificate it is about; of any, if none is said.
    pub kind: Option<Kind>,
    /// What it asks for, in words: language tag and sentence.
    pub words: Vec<(String, String)>,
    /// From this moment on it counts.
    pub from: UnixTime,
    /// From this moment on it counts no more.
    pub until: UnixTime,
    /// What of the certificate it looks at, as its authors say.
    pub fields: Vec<String>,
    /// The expression as canonical JSON.
    pub logic: String,
    /// The expression; none where it is not one of CertLogic 1.3.3, but perhaps of a later version.
    expression: Option<Expression>,
}

impl Rule {
    /// A rule from its parts; `logic` is JSON.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "every part of a rule is needed, and there is no sensible default")]
    pub fn new(
        identifier: String,
        (invalidation, country): (bool, String),
        version: RuleVersion,
        kind: Option<Kind>,
        words: Vec<(String, String)>,
        (from, until): (UnixTime, UnixTime),
        fields: Vec<String>,
        logic: String,
    ) -> Self {
        let expression = compile(&logic);
        Self { identifier, invalidation, country, version, kind, words, from, until, fields, logic, expression }
    }

    /// Whether its logic is one that can be evaluated here.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.expression.is_some()
    }

    /// Whether it counts at a moment.
    #[must_use]
    pub fn counts_at(&self, at: UnixTime) -> bool {
        self.from <= at && at < self.until
    }

    /// What it says of some data.
    #[must_use]
    pub fn judge<'a>(&'a self, data: &Value<'a>) -> RuleOutcome {
        let value = self.expression.as_ref().and_then(|expression| expression.evaluate(data).ok());
        match value.and_then(|value| value.truth()) {
            None => RuleOutcome::Open,
            Some(held) if held != self.invalidation => RuleOutcome::Pass,
            Some(_) => RuleOutcome::Fail,
        }
    }

    /// What it asks for, in that language or else in English or in the first that there is.
    #[must_use]
    pub fn words_in(&self, language: &str) -> Option<&str> {
        let find = |wanted: &str| self.words.iter().find(|(tag, _)| tag.split('-').next() == Some(wanted));
        find(language).or_else(|| find("en")).or(self.words.first()).map(|(_, sentence)| sentence.as_str())
    }

    pub(super) fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let (mut identifier, mut invalidation, mut country, mut version) = (None, false, None, None);
        let (mut kind, mut words, mut from, mut until) = (None, Vec::new(), None, None);
        let (mut fields, mut logic) = (Vec::new(), None);
        list.fields(|label, list| {
            match label {
                label::IDENTIFIER => identifier = Some(list.text(IDENTIFIER)?),
                label::INVALIDATION if list.uint()? == 1 => invalidation = true,
                label::INVALIDATION => return Err(list.malformed()),
                label::COUNTRY => country = Some(list.text(2)?),
                label::VERSION => version = Some(parse_version(list)?),
                label::KIND => kind = Some(parse_kind(list)?),
                label::WORDS => words = list.items(WORDS_MAX, parse_words)?,
                label::FROM => from = Some(list.time()?),
                label::UNTIL => until = Some(list.time()?),
                label::FIELDS => fields = list.items(FIELDS_MAX, |list| list.text(FIELD))?,
                label::LOGIC => logic = Some(list.text(LOGIC)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match (identifier, country, version, from, until, logic) {
            (Some(identifier), Some(country), Some(version), Some(from), Some(until), Some(logic)) => {
                Ok(Self::new(identifier, (invalidation, country), version, kind, words, (from, until), fields, logic))
            }
            _ => Err(list.malformed()),
        }
    }
}

fn compile(logic: &str) -> Option<Expression> {
    let json = Json::parse(logic.as_bytes()).ok()?;
    Expression::compile_as_evaluated(&json).ok()
}

fn parse_version(list: &mut ListReader<'_>) -> Result<RuleVersion, TrustError> {
    if list.array()? != 3 {
        return Err(list.malformed());
    }
    let mut part = || u32::try_from(list.uint()?).map_err(|_| list.malformed());
    Ok(RuleVersion(part()?, part()?, part()?))
}

/// One of [`Kind::ALL`] by its number.
pub(super) fn parse_kind(list: &mut ListReader<'_>) -> Result<Kind, TrustError> {
    let number = list.uint()?;
    Kind::ALL.into_iter().find(|kind| kind_number(*kind) == number).ok_or(list.malformed())
}

/// A language's tag and a sentence.
pub(super) fn parse_words(list: &mut ListReader<'_>) -> Result<(String, String), TrustError> {
    if list.array()? != 2 {
        return Err(list.malformed());
    }
    Ok((list.text(LANGUAGE)?, list.text(SENTENCE)?))
}
