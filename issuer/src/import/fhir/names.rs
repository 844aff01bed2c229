//! Names: the one in kanji, its reading in kana, and the passport's, told apart as JP Core does.

use super::resource::Resource;
use super::resource::list;
use crate::check::Code;
use crate::fhir::REPRESENTATION;
use serde_json::Value;
use tegata_certificate::RomanisedName;

/// How a name is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Kanji,
    Kana,
    Latin,
    /// It does not say.
    Open,
}

/// A name that is in use.
struct Name {
    path: String,
    writing: Writing,
    /// How much it is the official one: the lower, the more.
    rank: u8,
    text: String,
}

/// The columns that names go to.
pub(super) struct Columns {
    pub(super) name: usize,
    pub(super) kana: usize,
    pub(super) romanised: usize,
}

/// Sets the columns to a patient's names.
pub(super) fn set(resource: &mut Resource, value: Option<&Value>, columns: &Columns) {
    let mut names = Vec::new();
    for (at, name) in list(value).iter().enumerate() {
        names.extend(read(resource, at, name));
    }
    let any_kanji = names.iter().any(|name| name.writing == Writing::Kanji);
    let any_other = names.iter().any(|name| name.writing == Writing::Open && !is_kana(&name.text));
    for name in &mut names {
        // Beside a name in kanji, one all in kana is its reading; alone it is the name.
        if name.writing == Writing::Open {
            let reading = is_kana(&name.text) && (any_kanji || any_other);
            name.writing = if reading { Writing::Kana } else { Writing::Kanji };
        }
    }
    for (writing, column) in [(Writing::Kanji, columns.name), (Writing::Kana, columns.kana)] {
        if let Some(name) = only(resource, &names, writing) {
            resource.set(column, name.path.clone(), &name.text);
        }
    }
    romanised(resource, &names, columns.romanised);
}

/// The passport's name is taken only where it is given as a machine-readable zone has it: no other spelling tells how
/// the passport spells it.
fn romanised(resource: &mut Resource, names: &[Name], column: usize) {
    let latin = || names.iter().filter(|name| name.writing == Writing::Latin);
    let as_in_passport = |name: &&Name| name.text.contains("<<") && RomanisedName::parse_mrz(&name.text).is_some();
    let found: Vec<&Name> = latin().filter(as_in_passport).collect();
    let Some(first) = found.iter().min_by_key(|name| name.rank) else {
        for name in latin() {
            resource.fault(Code::FhirRomanised, name.path.clone(), &name.text, None);
        }
        return;
    };
    // Fillers at the end belong to the form: they tell a name without given names from a part of one.
    let said = |name: &Name| RomanisedName::parse_mrz(&name.text).map(|name| name.to_mrz());
    if found.iter().any(|name| name.rank == first.rank && said(name) != said(first)) {
        resource.fault(Code::FhirContradiction, first.path.clone(), &first.text, None);
    }
    resource.set(column, first.path.clone(), &first.text);
}

/// The name in that writing; two different ones of the same rank are a fault.
fn only<'n>(resource: &mut Resource, names: &'n [Name], writing: Writing) -> Option<&'n Name> {
    let mut written = names.iter().filter(|name| name.writing == writing);
    let first = names.iter().filter(|name| name.writing == writing).min_by_key(|name| name.rank)?;
    if written.any(|name| name.rank == first.rank && name.text != first.text) {
        resource.fault(Code::FhirContradiction, first.path.clone(), &first.text, None);
    }
    Some(first)
}

fn read(resource: &mut Resource, at: usize, name: &Value) -> Option<Name> {
    let path = format!("name[{at}]");
    if !name.is_object() {
        resource.fault(Code::FhirElement, path, "", None);
        return None;
    }
    let rank = match name.get("use").and_then(Value::as_str) {
        Some("official") => 0,
        Some("usual") => 1,
        // Names that are not, or no longer, the person's in the register.
        Some("old" | "maiden" | "temp" | "nickname" | "anonymous") => return None,
        _ => 2,
    };
    let representation = list(name.get("extension"))
        .iter()
        .find(|extension| extension.get("url").and_then(Value::as_str) == Some(REPRESENTATION));
    let writing = match representation.and_then(|extension| extension.get("valueCode")).and_then(Value::as_str) {
        Some("IDE") => Writing::Kanji,
        Some("SYL") => Writing::Kana,
        Some("ABC") => Writing::Latin,
        _ => Writing::Open,
    };
    if let Some(text) = resource.string(format!("{path}.text"), name.get("text")) {
        return Some(Name { path: format!("{path}.text"), writing, rank, text: text.to_owned() });
    }
    let mut parts = Vec::new();
    parts.extend(resource.string(format!("{path}.family"), name.get("family")));
    for given in list(name.get("given")) {
        parts.extend(resource.string(format!("{path}.given"), Some(given)));
    }
    let text = parts.join(" ");
    (!text.is_empty()).then_some(Name { path, writing, rank, text })
}

/// Whether a text is kana and what stands between.
fn is_kana(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace() || matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヾ' | '\u{FF61}'..='\u{FF9F}' | '゛' | '゜' | '-')
    })
}
