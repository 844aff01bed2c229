//! Findings on the page: who sees them, who confirms them, for which reason; and people of no municipality.

use crate::place::{BIRTH, Place, now};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::office::Role;
use tegata_issuer::{ActKind, Input, Sources, import};

const HEAD: &str =
    "resident_id,name,name_kana,name_romaji,birth_date,municipality_code,dose_no,vaccinated_on,maker,lot\n";

/// Imports rows of one dose each beside the service.
fn rows(place: &Place, rows: &str) {
    let sources = Sources::single(Input::from_bytes("rows.csv", format!("{HEAD}{rows}").into_bytes()));
    let today = now().date().expect("a day");
    let mut told = Vec::new();
    let mut tell = |finding: &Diagnostic| told.push((finding.code, finding.line));
    let summary = place.register(|register| import(register, sources, today, false, &mut tell).expect("imports"));
    assert!(summary.to_confirm > 0, "{told:?}");
}

/// One of `near` and one of `far`.
const PEOPLE: [[&str; 5]; 2] =
    [["21", "山田　太郎", "ヤマダ　タロウ", "131016", "0"], ["22", "遠山　太郎", "トオヤマ　タロウ", "131024", "0"]];

/// A second dose five days after the first, which somebody has to look at.
fn held([number, name, kana, municipality, _]: [&str; 5]) -> String {
    format!("{number},{name},{kana},,{BIRTH},{municipality},2,2021-06-06,ファイザー,TX1013\n")
}

/// What the form of the first finding on a page sends to.
fn form_of(body: &str) -> String {
    let from = body.split_once("action=\"/findings/").unwrap_or_else(|| panic!("no form: {body}")).1;
    format!("/findings/{}", from.split('"').next().unwrap_or_default())
}

#[test]
fn what_needs_an_eye_is_confirmed_for_a_reason_by_whose_duty_it_is_and_then_issued() {
    let place = Place::with("", &PEOPLE, "");
    let bad = format!("23,川口　円,カワグチ　マドカ,KAWAGUCHI<<MADOKA,{BIRTH},131016,1,2099-06-01,ファイザー,TX1013\n");
    rows(&place, &format!("{}{}{bad}", held(PEOPLE[0]), held(PEOPLE[1])));
    let mut clerk = place.signed_in(Role::Clerk, "near");
    assert_eq!(clerk.get("/findings").status, 403);
    let search = [("purpose", "issue"), ("number", "21"), ("birth", BIRTH)];
    let person = clerk.post("/search", &search).to().to_owned();
    let page = clerk.get(&person);
    assert!(page.body.contains("An operator or an approver confirms it"), "{}", page.body);
    assert!(!page.body.contains("action=\"/findings/"), "no form for a clerk");
    let refused = clerk.post(&format!("{person}/issue"), &[("for", "domestic")]);
    assert!(refused.status == 200 && !refused.body.contains("TG1:"), "{}", refused.body);

    let (mut near, mut far) = (place.signed_in(Role::Operator, "near"), place.signed_in(Role::Operator, "far"));
    let list = near.get("/findings");
    assert!(list.body.contains("W006") && list.body.contains("山田") && !list.body.contains("遠山"), "{}", list.body);
    assert!(!list.body.contains("川口"), "what blocks is not in the register: {}", list.body);
    let form = form_of(&list.body);
    let reason = [("reason", "original checked")];
    for (odd, status) in [(&[][..], 422), (&[("reason", "it looks fine")], 422)] {
        assert_eq!(near.post(&form, odd).status, status, "{odd:?}");
    }
    assert_eq!(far.post(&form, &reason).status, 404, "another municipality's is not there");
    assert_eq!(near.post(&format!("/findings/{}", "0".repeat(64)), &reason).status, 404);
    assert!(is_refused(clerk.post(&form, &reason).status));
    assert!(place.audit().iter().all(|entry| entry.act != ActKind::ConfirmFinding), "nothing was confirmed");

    let done = near.post(&form, &reason);
    assert_eq!((done.status, done.to()), (303, "/findings?done=yes"), "{}", done.body);
    assert!(near.get(done.to()).body.contains("It is confirmed"));
    let entries = place.audit();
    let confirmed: Vec<_> = entries.iter().filter(|entry| entry.act == ActKind::ConfirmFinding).collect();
    assert_eq!(confirmed.len(), 1);
    assert_eq!(
        (confirmed[0].actor.as_str(), confirmed[0].purpose.as_deref()),
        ("operator-near", Some("original checked"))
    );
    assert!(confirmed[0].person.is_some());
    let issued = clerk.post(&format!("{person}/issue"), &[("for", "domestic")]);
    assert!(issued.body.contains("TG1:"), "{}", issued.body);
    assert!(near.get("/findings").body.contains("No record waits"));
    assert_eq!(near.post(&form, &reason).status, 404, "it is done");
}

fn is_refused(status: u16) -> bool {
    status == 403
}

#[test]
fn an_approver_confirms_on_the_person_s_page() {
    let place = Place::with("", &PEOPLE, "");
    rows(&place, &held(PEOPLE[0]));
    let mut approver = place.signed_in(Role::Approver, "near");
    let person = approver.post("/search", &[("purpose", "check"), ("number", "21"), ("birth", BIRTH)]).to().to_owned();
    let form = form_of(&approver.get(&person).body);
    let handle = person.trim_start_matches("/person/");
    let done = approver.post(&form, &[("reason", "person asked"), ("handle", handle)]);
    assert_eq!(done.to(), person, "{}", done.body);
    assert!(!approver.get(&person).body.contains("action=\"/findings/"));
}

#[test]
fn who_has_no_municipality_is_shown_at_no_station_of_an_office_of_several_but_to_whoever_imports() {
    let mut place = Place::with("", &[["31", "無所属　花", "ムショゾク　ハナ", "", "0"]], "");
    let search = [("purpose", "inquiry"), ("number", "31"), ("birth", BIRTH)];
    let kana = [("purpose", "inquiry"), ("kana", "ムショゾク　ハナ"), ("birth", BIRTH)];
    for role in [Role::Clerk, Role::Approver, Role::Operator] {
        for station in ["near", "far"] {
            let mut browser = place.signed_in(role, station);
            for fields in [&search, &kana] {
                let answer = browser.post("/search", fields);
                assert!(answer.status == 404 && !answer.body.contains("無所属"), "{role} at {station}");
            }
        }
    }
    let mut operator = place.signed_in(Role::Operator, "near");
    let page = operator.get("/findings");
    assert!(page.body.contains("People without a municipality: 1") || page.body.contains(">31<"), "{}", page.body);
    assert!(page.body.contains("is shown at no station") && page.body.contains(">31<"), "{}", page.body);
    // An office of one municipality shows them.
    let file = place.folder().join("office.toml");
    let text = std::fs::read_to_string(&file).expect("reads").replace("131024", "131016");
    std::fs::write(&file, text).expect("writes");
    place.restart();
    let mut clerk = place.signed_in(Role::Clerk, "near");
    assert_eq!(clerk.post("/search", &search).status, 303);
    assert!(!place.signed_in(Role::Operator, "near").get("/findings").body.contains("People without a municipality"));
}
