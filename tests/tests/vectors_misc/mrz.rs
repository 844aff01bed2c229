//! Machine-readable zones: the fields that come out, or everything that is wrong.

use tegata_certificate::Sex;
use tegata_certificate::mrz::Mrz;
use tegata_tests::vectors::{Case, Tally};

use super::judge;

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let text = String::from_utf8(case.bytes()).expect("text");
    let read = Mrz::read(&text);
    // Of several faults any that is named will do: a checker may stop at its first.
    let named = case.expected_codes("reasons");
    let faults = read.as_ref().err().map(|error| error.faults()).unwrap_or_default();
    let fault = faults.iter().map(|fault| fault.code()).find(|code| named.contains(code));
    judge(case, tally, read.as_ref().map(drop).map_err(|_| fault.unwrap_or("another fault")));

    let Ok(zone) = read else { return };
    let fields = case.expected()["fields"].as_object().expect("fields");
    for (name, wanted) in fields {
        let id = format!("{} {name}", case.text("id"));
        let found = field(&zone, name);
        let held = found.as_deref() == wanted.as_str();
        tally.outcome(id, if held { Ok(()) } else { Err(format!("{found:?}, not {wanted}")) });
    }
}

/// A field by its name in the index; `None` for a name that no field has.
fn field(zone: &Mrz, name: &str) -> Option<String> {
    Some(match name {
        "format" => zone.layout.name().to_owned(),
        "document_code" => zone.code.clone(),
        "document_number" => zone.number.clone(),
        "issuer" => zone.issuer.clone(),
        "nationality" => zone.nationality.clone(),
        "date_of_birth" => zone.birth.to_string(),
        "date_of_expiry" => zone.expiry.to_string(),
        "sex" => match zone.sex {
            Some(Sex::Male) => "M",
            Some(Sex::Female) => "F",
            _ => "X",
        }
        .to_owned(),
        "primary" => zone.name.family().replace('<', " "),
        "secondary" => zone.name.given().replace('<', " "),
        "optional" | "personal_number" => zone.optional.clone(),
        "optional2" => zone.optional_second.clone(),
        _ => return None,
    })
}
