//! Certificates and the documents shown: whose they are, and why that is not surer.

use serde_json::Value;
use tegata_certificate::mrz::Mrz;
use tegata_certificate::{BirthDate, Holder, RegisteredName, RomanisedName, Sex, TravelDocument};
use tegata_tests::vectors::{Case, Tally};
use tegata_verifier::{Binding, Particular, Weakness};

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let seal: Value = serde_json::from_slice(&case.bytes()).expect("JSON");
    let zone = String::from_utf8(case.file(case.text("mrz"))).expect("text");
    let shown = Mrz::read(&zone).expect("the zone of the document shown");
    let binding = Binding::of(&holder(&seal["data"]["msg"]["pid"]), &shown);
    tally.outcome(case.text("id"), judge(case, &binding));
}

fn judge(case: &Case<'_>, binding: &Binding) -> Result<(), String> {
    let verdict = case.expected()["verdict"].as_str().expect("a verdict");
    let differs = || binding.differs().iter().map(|particular: &Particular| particular.name());
    let weaker = || binding.weaker().iter().map(|weakness: &Weakness| weakness.name());
    let found: Vec<&str> = differs().chain(weaker()).collect();
    let mut named = case.expected_codes("reasons").into_iter();
    let held = match verdict {
        _ if binding.result().name() != verdict => false,
        // Everything that makes it weaker is told; what is mere advice may be told besides.
        "match" => named.all(|reason| found.contains(&reason)) && weaker().all(|weakness| is_named(case, weakness)),
        _ => named.any(|reason| found.contains(&reason)) || case.is("any_reason"),
    };
    if held { Ok(()) } else { Err(format!("{} {found:?}, not {}", binding.result().name(), case.expected())) }
}

fn is_named(case: &Case<'_>, weakness: &str) -> bool {
    let advice = [Weakness::Sex, Weakness::PartialDateOfBirth, Weakness::NoDateOfBirth];
    case.expected_codes("reasons").contains(&weakness) || advice.iter().any(|advice| advice.name() == weakness)
}

/// The person part of a seal as its reader gives it: family and given names are told apart by two blanks only.
fn holder(person: &Value) -> Holder {
    let text = |name: &str| person.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("n").expect("a name");
    let parts = name.split_once("  ");
    let romanised =
        parts.and_then(|(family, given)| RomanisedName::new(&family.replace(' ', "<"), &given.replace(' ', "<")));
    let sex = match text("sex").as_deref() {
        Some("M") => Some(Sex::Male),
        Some("F") => Some(Sex::Female),
        _ => None,
    };
    let number = text("i").or_else(|| text("dn"));
    let passport = text("dt").is_none_or(|kind| kind == "P");
    let birth = text("dob").unwrap_or_default().replace("-XX", "");
    Holder {
        registered: romanised.is_none().then(|| RegisteredName::Whole(name.clone())),
        romanised,
        sex,
        document: number.map(|number| TravelDocument { passport, number }),
        ..Holder::born(BirthDate::parse(&birth).expect("a birth date"))
    }
}
