//! What a border will read, seen before anything is issued: it is what is read afterwards, and nothing happens by it.

use crate::place::{BIRTH, NEAR, Place, SHIELDED, now};
use tegata_certificate::{Format, Sealed};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::{IssuingKey, Plan, Purpose, issue_texts, preview};
use tegata_issuer::office::Role;
use tegata_issuer::{ActKind, AuditFilter, Input, Register, Sources, import, lifecycle};
use tegata_keys::Signer;
use tegata_tests::specimen::NOW;
use tegata_tests::travel_office::TravelOffice;

#[test]
fn what_is_previewed_is_what_is_read_of_the_certificate_in_every_family() {
    let office = TravelOffice::new(12, 77);
    let state = office.state();
    let mut keys: Vec<_> =
        office.keys[..4].iter().map(|key| IssuingKey::new(key, &state, NOW).expect("is listed")).collect();
    keys.push(IssuingKey::certified(&office.keys[4], &office.signer, &state, NOW).expect("is certified"));
    let mut register = Register::open(office.folder().join("register.sqlite")).expect("opens");
    let numbers: Vec<_> = register.records_after(None, 12).expect("reads");
    let (mut compared, mut refused) = (vec![0; Format::ALL.len()], 0);
    for record in &numbers {
        let number = &record.person.number;
        for purpose in Purpose::ALL {
            let plan = Plan { formats: purpose.formats(), purpose, ..Plan::default() };
            let entries = |register: &mut Register| {
                let mut all = 0;
                register.audit(&AuditFilter::default(), &mut |_| all += 1).expect("reads");
                (all, lifecycle::life(register, number, NOW).expect("reads").certificates.len())
            };
            let before = entries(&mut register);
            let previews = preview(&keys, &plan, record, NOW).expect("previews");
            assert_eq!(entries(&mut register), before, "a preview leaves no trace of its own");
            let issued = issue_texts(&mut register, &keys, &plan, number, NOW).expect("issues");
            assert_eq!(previews.len(), issued.len());
            for (preview, issued) in previews.iter().zip(&issued) {
                assert_eq!(preview.edition, issued.edition);
                let (Ok(seen), Ok(text)) = (&preview.reading, &issued.text) else {
                    assert_eq!(preview.reading.as_ref().err(), issued.text.as_ref().err(), "{:?}", preview.edition);
                    refused += 1;
                    continue;
                };
                let format = preview.edition.format;
                let place = Format::ALL.iter().position(|other| *other == format).expect("a family");
                let sealed = Sealed::decode(text).expect("decodes");
                let read = sealed.open(office.keys[place].verifying_key()).expect("opens").read().expect("reads");
                let seen = &seen.certificate;
                assert!(seen.holder == read.holder && seen.doses == read.doses, "{format:?} reads otherwise");
                assert!(seen.country == read.country && seen.kind == read.kind && seen.format == read.format);
                compared[place] += 1;
            }
        }
    }
    register.close().expect("closes");
    assert!(compared.iter().all(|count| *count > 0), "{compared:?} compared, {refused} refused");
}

#[test]
fn the_page_shows_names_as_the_passport_has_them_and_notes_that_it_was_looked_at() {
    let place = Place::with("", &[["41", "旅　花子", "タビ　ハナコ", "131016", "0"]], "");
    let rows = format!(
        "resident_id,name,name_kana,name_romaji,passport_no,birth_date,municipality_code,dose_no,vaccinated_on,maker,lot\n\
         41,旅　花子,タビ　ハナコ,TABI<<HANAKO<ANNE,TK1234567,{BIRTH},131016,1,2021-06-01,ファイザー,TX1013\n"
    );
    let sources = Sources::single(Input::from_bytes("rows.csv", rows.into_bytes()));
    place.register(|register| {
        let today = now().date().expect("a day");
        let mut told = Vec::new();
        let mut tell = |finding: &Diagnostic| told.push((finding.code, finding.line));
        let summary = import(register, sources, today, false, &mut tell).expect("imports");
        assert_eq!(summary.refused(), 0, "{told:?}");
    });
    let mut clerk = place.signed_in(Role::Clerk, "near");
    let find = |clerk: &mut crate::browser::Browser, number| {
        clerk.post("/search", &[("purpose", "issue"), ("number", number), ("birth", BIRTH)]).to().to_owned()
    };
    let person = find(&mut clerk, "41");
    let page = clerk.get(&format!("{person}/preview"));
    for says in
        ["TABI&#60;&#60;HANAKO&#60;ANNE", "HANAKO ANNE", "TK1234567", "TX1013", "2021-06-01", "Kakuu City", "cvx 208"]
    {
        assert!(page.body.contains(says), "{says}: {}", page.body);
    }
    assert!(!page.body.contains("TG1:") && !page.body.contains("data:image"), "nothing that scans");
    let domestic = clerk.get(&format!("{person}/preview?for=domestic"));
    assert!(domestic.body.contains("No romanised name is in it") && !domestic.body.contains("TK1234567"));
    // Without a name as in the passport there is nothing for travel, and the page says so.
    let other = find(&mut clerk, NEAR);
    let refused = clerk.get(&format!("{other}/preview?for=travel"));
    assert!(refused.body.contains("Not issued") && refused.body.contains("romanised name"), "{}", refused.body);
    let shielded = find(&mut clerk, SHIELDED);
    assert!(!clerk.get(&format!("{shielded}/preview?for=domestic")).body.contains("/issue\""));
    let entries = place.audit();
    assert!(entries.iter().all(|entry| entry.act != ActKind::Issue), "nothing was issued");
    let looked: Vec<_> = entries.iter().filter(|entry| entry.act == ActKind::Preview).collect();
    assert_eq!(looked.len(), 4);
    assert!(looked.iter().all(|entry| entry.actor == "clerk-near" && entry.purpose.as_deref() == Some("issue")));
}
