//! The target over rules: any JSON as an expression, evaluated on what certificates say; any bytes as a list of rule sets.

use super::{NOW, REPOSITORY};
use std::sync::LazyLock;
use tegata_certificate::json::Json;
use tegata_certificate::{Certificate, jcs};
use tegata_trust_lists::Header;
use tegata_trust_lists::publish::{STARTER_RULES, read_rule_text};
use tegata_trust_lists::rules::view::{Surroundings, data, eu_dcc, surroundings, tegata};
use tegata_trust_lists::rules::{Expression, RuleList, RuleOutcome, Shape, Value};

/// The certificates that rules look at.
static CERTIFICATES: LazyLock<Vec<Certificate>> = LazyLock::new(super::seeds::certificates);

/// The first byte chooses: an expression, a list of rule sets, or a text of one's own.
///
/// # Panics
/// Where an expression or a list means something else when it is written again, or the tests made for a text do not
/// hold.
pub fn rules(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    match choice % 3 {
        0 => expression(rest),
        1 => list(rest),
        _ => text(rest),
    }
}

fn expression(input: &[u8]) -> bool {
    let Ok(json) = Json::parse(input) else { return false };
    let Ok(expression) = Expression::compile(&json) else { return false };
    let again = jcs::canonical(&json);
    let again = Json::parse(again.as_bytes()).expect("canonical JSON is JSON");
    assert_eq!(Expression::compile(&again).as_ref(), Ok(&expression), "written again it is another");
    let texts = Surroundings::at(NOW, 540).of(Some("JP"), Some("JP"), &CERTIFICATES[0]);
    for certificate in &*CERTIFICATES {
        for payload in [tegata(&[certificate]), eu_dcc(certificate, Some("JP"))] {
            let external = surroundings(&json, &texts).expect("flat");
            drop(expression.evaluate(&data(&payload, external).expect("flat")));
        }
    }
    true
}

fn list(input: &[u8]) -> bool {
    let Ok(list) = RuleList::read(input) else { return false };
    assert_eq!(RuleList::read(&list.encode()).as_ref(), Ok(&list), "written again it is another");
    for set in &list.sets {
        let texts = Surroundings::at(NOW, set.zone);
        for certificate in &*CERTIFICATES {
            let payload = match set.shape {
                Shape::Tegata => tegata(&[certificate]),
                Shape::EuDcc => eu_dcc(certificate, None),
            };
            let external = surroundings(set.value_sets(), &texts).expect("flat");
            let input: Value<'_> = data(&payload, external).expect("flat");
            let (_, outcomes) = set.judge(&[certificate.kind], vec![], &input, NOW);
            let open = |(rule, outcome): &(&tegata_trust_lists::rules::Rule, RuleOutcome)| {
                rule.is_understood() || *outcome == RuleOutcome::Open
            };
            assert!(outcomes.iter().all(open), "a rule that is not understood decided something");
        }
    }
    true
}

fn text(input: &[u8]) -> bool {
    let Some(set) = std::str::from_utf8(input).ok().and_then(|text| read_rule_text(text).ok()) else { return false };
    for rule in &set.rules {
        assert!(rule.rule.to_rule().is_err() || rule.run(&set.value_sets).is_ok(), "a test at an edge does not hold");
    }
    true
}

/// Starter sets in every form.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let after = |first: u8, rest: &[u8]| [&[first][..], rest].concat();
    let mut seeds = Vec::new();
    let mut sets = Vec::new();
    for starter in STARTER_RULES {
        let set = read_rule_text(starter.text).expect("a starter set");
        let logic = set.rules[0].rule.logic.to_string();
        seeds.push((starter.id, after(0, logic.as_bytes())));
        sets.push(set.to_rule_set().expect("rules"));
    }
    sets.sort_by(|a, b| a.id.cmp(&b.id));
    let header =
        Header { version: 1, issued_at: NOW, expires_at: NOW.plus(86_400), repository_id: REPOSITORY.to_owned() };
    seeds.push(("list", after(1, &RuleList { header, sets }.encode())));
    seeds.push(("text", after(2, STARTER_RULES[0].text.as_bytes())));
    seeds
}
