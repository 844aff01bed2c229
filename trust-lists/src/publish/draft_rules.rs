//! A rule set on its way to publication: its rules as the EU writes them, each with its tests.

use crate::rules::{
    Expression, Purpose, Rule, RuleOutcome, RuleSet, RuleVersion, Shape, Value, is_language, is_set_id,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Any;
use std::collections::BTreeMap;
use tegata_certificate::json::Json;
use tegata_certificate::{Kind, UnixTime, jcs};

/// The working state of a rule set, as it is kept in `rules/ID.json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRuleSet {
    /// What verifiers are told to judge by.
    pub id: String,
    /// Counts up from 1.
    pub version: u64,
    /// `venue`, `event`, `border` or `health-desk`.
    pub purpose: String,
    /// Names by language.
    pub names: BTreeMap<String, String>,
    /// `tegata` or `eu-dcc`.
    pub shape: String,
    /// When it was made, RFC 3339.
    pub dated: String,
    /// The country of arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Minutes before UTC.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub zone: i64,
    /// The kinds of certificate that are accepted at all.
    pub kinds: Vec<String>,
    /// Where it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The value sets: names and codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub value_sets: BTreeMap<String, Vec<String>>,
    /// The rules.
    pub rules: Vec<DraftRule>,
}

/// A rule with its tests.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRule {
    /// The rule.
    pub rule: RuleFile,
    /// Its tests.
    #[serde(default)]
    pub tests: Vec<RuleTest>,
}

/// A rule as the EU's member states publish it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleFile {
    /// Its identifier.
    pub identifier: String,
    /// `Acceptance` or `Invalidation`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Two letters.
    pub country: String,
    /// As `1.0.0`.
    pub version: String,
    /// The version of this form.
    pub schema_version: String,
    /// `CERTLOGIC`.
    pub engine: String,
    /// The engine's version that its authors had.
    pub engine_version: String,
    /// `General`, `Vaccination`, `Test` or `Recovery`.
    pub certificate_type: String,
    /// What it asks for, in words.
    pub description: Vec<Description>,
    /// RFC 3339.
    pub valid_from: String,
    /// RFC 3339.
    pub valid_to: String,
    /// What it looks at.
    pub affected_fields: Vec<String>,
    /// The expression.
    pub logic: Any,
}

/// A sentence in a language.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Description {
    /// Language tag.
    pub lang: String,
    /// The sentence.
    pub desc: String,
}

/// A test of a rule: data, and what the rule's logic comes to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RuleTest {
    /// What it shows.
    #[serde(default)]
    pub name: String,
    /// The certificate as the rule sees it.
    #[serde(default)]
    pub payload: Any,
    /// What is beside it; the set's value sets, where it has none.
    #[serde(default)]
    pub external: Any,
    /// Whether the logic comes to true.
    pub expected: bool,
}

/// Why a rule or a rule set cannot be published.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleFault {
    /// A value that is not understood.
    #[error("{place}: `{field}` cannot be `{value}`")]
    Value {
        /// The set or the rule.
        place: String,
        /// Which.
        field: &'static str,
        /// What it is.
        value: String,
    },
    /// The logic is no expression.
    #[error("{rule}: its logic is no CertLogic: {fault}")]
    Logic {
        /// The rule.
        rule: String,
        /// What is wrong.
        fault: String,
    },
    /// A test comes out otherwise than it expects.
    #[error("{rule}: its test `{test}` expects {expected}, and comes to {found}")]
    Test {
        /// The rule.
        rule: String,
        /// The test.
        test: String,
        /// What it expects of the logic.
        expected: bool,
        /// What the logic comes to.
        found: String,
    },
    /// No test shows what is accepted, or none shows what is not.
    #[error(
        "{rule}: it needs at least one test that comes to true and one that comes to false; it has {truths} and {falsehoods}"
    )]
    Untested {
        /// The rule.
        rule: String,
        /// Tests that expect true.
        truths: usize,
        /// Tests that expect false.
        falsehoods: usize,
    },
    /// Two rules with one identifier and version.
    #[error("{0} stands twice in the set with one version")]
    Twice(String),
    /// No rules, names or kinds.
    #[error("the set `{0}` has no rules, no names or no kinds")]
    Empty(String),
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl RuleFile {
    /// The rule.
    ///
    /// # Errors
    /// [`RuleFault`]: the first value that is not understood, or a logic that is no expression.
    pub fn to_rule(&self) -> Result<Rule, RuleFault> {
        let refuse =
            |field, value: &str| RuleFault::Value { place: self.identifier.clone(), field, value: value.into() };
        let invalidation = match self.kind.as_str() {
            "Acceptance" => false,
            "Invalidation" => true,
            other => return Err(refuse("Type", other)),
        };
        if self.engine != "CERTLOGIC" {
            return Err(refuse("Engine", &self.engine));
        }
        let kind = match self.certificate_type.as_str() {
            "General" => None,
            "Vaccination" => Some(Kind::Vaccination),
            "Test" => Some(Kind::Test),
            "Recovery" => Some(Kind::Recovery),
            other => return Err(refuse("CertificateType", other)),
        };
        let letters = self.country.len() == 2 && self.country.bytes().all(|c| c.is_ascii_uppercase());
        if !letters {
            return Err(refuse("Country", &self.country));
        }
        let version = RuleVersion::parse(&self.version).ok_or_else(|| refuse("Version", &self.version))?;
        let from = UnixTime::parse(&self.valid_from).ok_or_else(|| refuse("ValidFrom", &self.valid_from))?;
        let until = UnixTime::parse(&self.valid_to).ok_or_else(|| refuse("ValidTo", &self.valid_to))?;
        if until <= from || from.0 < 0 || until > UnixTime::MAX {
            return Err(refuse("ValidTo", &self.valid_to));
        }
        let words = self.description.iter().map(|words| {
            let tag = is_language(&words.lang).then(|| words.lang.clone());
            Ok((tag.ok_or_else(|| refuse("lang", &words.lang))?, on_one_line(&words.desc)))
        });
        let words = words.collect::<Result<_, _>>()?;
        let place = (invalidation, self.country.clone());
        let fields = self.affected_fields.clone();
        let logic = self.canonical_logic()?;
        Ok(Rule::new(self.identifier.clone(), place, version, kind, words, (from, until), fields, logic))
    }

    /// What the format check of CertLogic says of a logic that is evaluated all the same: operands that nobody looks at.
    #[must_use]
    pub fn deviations(&self) -> Vec<String> {
        let text = self.logic.to_string();
        let Ok(json) = Json::parse(text.as_bytes()) else { return Vec::new() };
        let issues = Expression::compile(&json).err().unwrap_or_default();
        issues.iter().map(|issue| format!("{}: {}", self.identifier, issue.fault)).collect()
    }

    fn canonical_logic(&self) -> Result<String, RuleFault> {
        let refuse = |fault: String| RuleFault::Logic { rule: self.identifier.clone(), fault };
        let text = self.logic.to_string();
        let json = Json::parse(text.as_bytes()).map_err(|error| refuse(error.to_string()))?;
        match Expression::compile_as_evaluated(&json) {
            Ok(_) => Ok(jcs::canonical(&json)),
            Err(issues) => {
                let first = issues.first();
                Err(refuse(first.map_or_else(String::new, |issue| {
                    let part: String = jcs::canonical(issue.part).chars().take(120).collect();
                    format!("{} in {part}", issue.fault)
                })))
            }
        }
    }
}

/// Sentences of lists stand on one line.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl DraftRule {
    /// Runs its tests against its logic.
    ///
    /// # Errors
    /// [`RuleFault`]s: of the rule itself, of each test that comes out otherwise.
    pub fn run(&self, value_sets: &BTreeMap<String, Vec<String>>) -> Result<usize, Vec<RuleFault>> {
        let rule = self.rule.to_rule().map_err(|fault| vec![fault])?;
        let faults: Vec<RuleFault> = self.tests.iter().filter_map(|test| test.run(&rule, value_sets).err()).collect();
        if faults.is_empty() { Ok(self.tests.len()) } else { Err(faults) }
    }

    /// Whether its tests show both what is accepted and what is not.
    ///
    /// # Errors
    /// [`RuleFault::Untested`].
    pub fn is_tested(&self) -> Result<(), RuleFault> {
        let truths = self.tests.iter().filter(|test| test.expected).count();
        let falsehoods = self.tests.len() - truths;
        if truths > 0 && falsehoods > 0 {
            Ok(())
        } else {
            Err(RuleFault::Untested { rule: self.rule.identifier.clone(), truths, falsehoods })
        }
    }
}

impl RuleTest {
    /// Whether the logic comes to what the test expects. Without a value it comes to neither: a test that expects
    /// false may mean that too, as the reference's do.
    fn run(&self, rule: &Rule, value_sets: &BTreeMap<String, Vec<String>>) -> Result<(), RuleFault> {
        let mut external = self.external.clone();
        if let Some(members) = external.as_object_mut() {
            members.entry("valueSets").or_insert_with(|| serde_json::json!(value_sets));
        }
        let data = serde_json::json!({ "payload": self.payload, "external": external }).to_string();
        let found = match Json::parse(data.as_bytes()) {
            Ok(json) => rule.judge(&Value::of(&json)),
            Err(_) => RuleOutcome::Open,
        };
        let came_true = found == if rule.invalidation { RuleOutcome::Fail } else { RuleOutcome::Pass };
        if came_true == self.expected {
            return Ok(());
        }
        let found = if found == RuleOutcome::Open { "no value".to_owned() } else { came_true.to_string() };
        let (rule, test) = (rule.identifier.clone(), self.name.clone());
        Err(RuleFault::Test { rule, test, expected: self.expected, found })
    }
}

impl DraftRuleSet {
    /// The set as verifiers get it.
    ///
    /// # Errors
    /// [`RuleFault`]: the first value that is not understood.
    pub fn to_rule_set(&self) -> Result<RuleSet, RuleFault> {
        let refuse = |field, value: &str| RuleFault::Value { place: self.id.clone(), field, value: value.into() };
        if !is_set_id(&self.id) {
            return Err(refuse("id", &self.id));
        }
        let purpose = Purpose::from_name(&self.purpose).ok_or_else(|| refuse("purpose", &self.purpose))?;
        let shape = Shape::ALL.into_iter().find(|shape| shape.name() == self.shape);
        let shape = shape.ok_or_else(|| refuse("shape", &self.shape))?;
        let dated = UnixTime::parse(&self.dated).ok_or_else(|| refuse("dated", &self.dated))?;
        if let Some(tag) = self.names.keys().find(|tag| !is_language(tag)) {
            return Err(refuse("names", tag));
        }
        let kind = |name: &String| Kind::from_name(name).ok_or_else(|| refuse("kinds", name));
        let kinds: Vec<Kind> = self.kinds.iter().map(kind).collect::<Result<_, _>>()?;
        let rules = self.rules.iter().map(|draft| draft.rule.to_rule()).collect::<Result<Vec<_>, _>>()?;
        if self.names.is_empty() || kinds.is_empty() || rules.is_empty() {
            return Err(RuleFault::Empty(self.id.clone()));
        }
        for (place, rule) in rules.iter().enumerate() {
            let same = |other: &Rule| other.identifier == rule.identifier && other.version == rule.version;
            if rules.iter().take(place).any(same) {
                return Err(RuleFault::Twice(rule.identifier.clone()));
            }
        }
        let names = self.names.iter().map(|(tag, name)| (tag.clone(), on_one_line(name))).collect();
        let mut set = RuleSet::new(self.id.clone(), purpose, shape, dated);
        (set.version, set.zone, set.names, set.kinds, set.rules) = (self.version, self.zone, names, kinds, rules);
        (set.country, set.source) = (self.country.clone(), self.source.clone());
        set.set_value_sets(self.value_sets.iter().map(|(name, codes)| (name.clone(), codes.clone())).collect());
        Ok(set)
    }

    /// Everything that keeps the set from being published; of each rule, that it lacks tests or that some come out
    /// otherwise. How many tests there are.
    #[must_use]
    pub fn faults(&self) -> (usize, Vec<RuleFault>) {
        let mut faults: Vec<RuleFault> = self.to_rule_set().err().into_iter().collect();
        let mut tests = 0;
        for rule in &self.rules {
            match rule.run(&self.value_sets) {
                Ok(count) => tests += count,
                // The set has said it already, if it is the rule itself.
                Err(more) => faults.extend(more.into_iter().filter(|fault| matches!(fault, RuleFault::Test { .. }))),
            }
            faults.extend(rule.is_tested().err());
        }
        (tests, faults)
    }
}
