//! A country's rules, against the bare signature check.

use crate::measure::{Bound, Candidate, Table, in_turns, micros};
use tegata_certificate::{Format, Kind, StatusIndex};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::{specimen, vectors};
use tegata_trust_lists::publish::{DraftRuleSet, RuleFiles, STARTER_RULES, read_rule_text};
use tegata_trust_lists::rules::view::{Surroundings, data, eu_dcc, surroundings, tegata};
use tegata_trust_lists::rules::{RuleSet, Shape};

/// What a set comes to for a certificate, from the certificate on.
fn judge(set: &RuleSet, certificate: &tegata_certificate::Certificate) -> usize {
    let texts = Surroundings::at(specimen::NOW, set.zone).of(set.country.as_deref(), Some("JP"), certificate);
    let payload = match set.shape {
        Shape::Tegata => tegata(&[certificate]),
        Shape::EuDcc => eu_dcc(certificate, Some("JP")),
    };
    let external = surroundings(set.value_sets(), &texts).expect("flat");
    let input = data(&payload, external).expect("flat");
    set.judge(&[certificate.kind], Vec::new(), &input, specimen::NOW).1.len()
}

/// The largest set of the published ones, as if all of its rules were about vaccinations and in force; without vectors
/// our own longest.
fn largest() -> (String, RuleSet) {
    let mut largest: Option<(String, RuleSet)> = None;
    if let Some(folder) = vectors::family("dcc-rules") {
        let sets = RuleFiles::read(&folder.join("valueSets.json")).expect("value sets").value_sets;
        for country in ["AT", "CH", "CZ", "DE", "EU", "FR", "HR", "IE"] {
            let files = RuleFiles::read(&folder.join(country)).expect("rules");
            let draft = DraftRuleSet {
                id: country.to_lowercase(),
                version: 1,
                purpose: "border".into(),
                names: [("en".to_owned(), country.to_owned())].into(),
                shape: "eu-dcc".into(),
                dated: specimen::NOW.to_string(),
                country: Some(country.into()),
                zone: 0,
                kinds: vec!["vaccination".into()],
                source: None,
                value_sets: sets.clone(),
                rules: files.rules,
            };
            let mut set = draft.to_rule_set().expect("a set");
            for rule in &mut set.rules {
                (rule.kind, rule.until) = (Some(Kind::Vaccination), tegata_certificate::UnixTime::MAX);
            }
            if largest.as_ref().is_none_or(|(_, known)| known.rules.len() < set.rules.len()) {
                largest = Some((format!("{country}: {} rules", set.rules.len()), set));
            }
        }
    }
    largest.unwrap_or_else(|| {
        let text = STARTER_RULES.iter().max_by_key(|starter| starter.text.len()).expect("one").text;
        ("our longest starter set".into(), read_rule_text(text).expect("a set").to_rule_set().expect("rules"))
    })
}

pub fn measure(table: &mut Table) {
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let compact = specimen::compact(StatusIndex { shard: 1, index: 1 });
    let unsigned = Format::Compact.write(&compact, &specimen::identity(&key)).expect("lays out");
    let (message, signature) = (unsigned.to_be_signed().to_vec(), key.sign(unsigned.to_be_signed()).expect("signs"));
    let cose = key.verifying_key().to_cose_key();
    let x: [u8; 32] = cose[cose.len() - 32..].try_into().expect("32 bytes");
    let bare = ed25519_dalek::VerifyingKey::from_bytes(&x).expect("good");
    let signature = ed25519_dalek::Signature::from_slice(&signature).expect("64 bytes");
    let (name, country) = largest();
    let eu = specimen::eu_dcc();
    let own: Vec<RuleSet> = STARTER_RULES
        .iter()
        .map(|starter| read_rule_text(starter.text).expect("a set").to_rule_set().expect("rules"))
        .collect();
    let longest =
        own.iter().max_by_key(|set| set.rules.iter().map(|rule| rule.logic.len()).sum::<usize>()).expect("one");
    let times = in_turns(vec![
        Candidate::new("bare verify_strict", || bare.verify_strict(&message, &signature).expect("holds")),
        Candidate::new("country", || judge(&country, &eu)),
        Candidate::new("own", || judge(longest, &compact)),
    ]);
    let time = |name: &str| times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
    table.heading("Rules, from the certificate to the ruling");
    let mut row = |label: &str, name: &str| {
        let bound = Bound::AtMost(0.5);
        table.ratio(label, &micros(time(name)), time(name) / time("bare verify_strict"), "bare verify_strict", bound);
    };
    row(&format!("a country's whole set ({name})"), "country");
    row(&format!("a text of one's own ({})", longest.id), "own");
}
