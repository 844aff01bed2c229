//! Issuing to everyone from the counter: with a second person, watched, paused, left off, gone on with, and never twice.

use crate::browser::{Answer, Browser};
use crate::place::{PASSWORD, Place, add_account};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tegata_issuer::ActKind;
use tegata_issuer::office::Role;

/// A station that serves everybody.
const HALL: &str =
    "[[station]]\nid = 'hall'\nname-ja = '本庁'\nname-en = 'Hall'\nmunicipalities = ['131016', '131024']\n";

/// An office with such a station, so many more people, and more at the end of its file.
fn place(people: usize, more: &str) -> Place {
    let numbers: Vec<String> = (0..people).map(|place| (10_000 + place).to_string()).collect();
    // Nobody sounds like somebody else: one person twice would be held.
    let digit = |digit: char| "アイウエオカキクケコ".chars().nth(digit.to_digit(10).expect("a digit") as usize);
    let kana: Vec<String> = numbers
        .iter()
        .map(|number| format!("タナカ　{}", number.chars().filter_map(digit).collect::<String>()))
        .collect();
    let each = numbers.iter().zip(&kana);
    let more_people: Vec<[&str; 5]> =
        each.map(|(number, kana)| [number.as_str(), "田中　実", kana.as_str(), "131016", "0"]).collect();
    let place = Place::with("", &more_people, &format!("{HALL}{more}"));
    place.register(|register| {
        for role in [Role::Operator, Role::Approver] {
            add_account(register, &format!("{role}-hall"), &[role], "hall");
        }
    });
    place
}

fn sign_in(place: &Place, account: &str) -> Browser {
    let mut browser = place.browser();
    assert_eq!(browser.sign_in(account, PASSWORD).status, 303, "{account}");
    browser
}

/// The page of a job when it says that.
fn until(browser: &mut Browser, page: &str, says: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = browser.get(page);
        assert_eq!(answer.status, 200, "{}", answer.body);
        if answer.body.contains(says) {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "it never says {says}: {}", answer.body);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// People whom a job of four parts issues to; one more is protected.
const MANY: usize = 2_000;

/// Waits until so many parts of the first job are done.
fn parts_done(place: &Place, parts: u64) {
    let begun = Instant::now();
    while place.register(|register| {
        register.job(1, crate::place::now()).expect("reads").is_none_or(|job| job.parts_done < parts)
    }) {
        assert!(begun.elapsed() < Duration::from_secs(120), "no part is ever done");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Certificates that were issued, each counted as often as it was.
fn issued(place: &Place) -> (usize, usize) {
    let entries = place.audit();
    let issued: Vec<_> = entries.iter().filter(|entry| entry.act == ActKind::Issue).collect();
    let different: HashSet<_> = issued.iter().map(|entry| entry.certificate.map(|hash| hash.to_string())).collect();
    (issued.len(), different.len())
}

#[test]
fn a_job_is_begun_when_a_second_person_has_agreed_and_once() {
    let place = place(0, "[second-person]\nbulk-from = 2\n");
    let (mut operator, mut approver) = (sign_in(&place, "operator-hall"), sign_in(&place, "approver-hall"));
    let page = operator.get("/jobs");
    assert!(page.status == 200 && page.body.contains("Ask for approval"), "{}", page.body);
    assert_eq!(operator.post("/jobs", &[("for", "domestic")]).status, 422, "no reason");
    let asked = operator.post("/jobs", &[("for", "domestic"), ("why", "Everyone gets one")]).to().to_owned();
    assert!(asked.starts_with("/approvals/"), "{asked}");
    let early = operator.post(&format!("{asked}/do"), &[]);
    assert_eq!(early.status, 409, "{}", early.body);
    assert!(!operator.get(&asked).body.contains("Do it now"));
    assert!(place.register(|register| register.jobs(crate::place::now()).expect("reads")).is_empty());
    assert_eq!(approver.post(&asked, &[("decision", "approve")]).status, 303);
    assert!(operator.get(&asked).body.contains("Do it now"));
    let job = operator.post(&format!("{asked}/do"), &[]).to().to_owned();
    assert_eq!(job, "/jobs/1?watch=yes");
    let done = until(&mut operator, "/jobs/1", ">done<");
    // Two people, and the third is protected: for that one nobody agreed.
    assert_eq!(issued(&place), (2, 2));
    assert!(done.body.contains("address is shielded"), "{}", done.body);
    let manifest = std::fs::read_to_string(place.folder().join("certificates/job-1/manifest.ndjson"));
    let manifest = manifest.expect("a manifest");
    assert_eq!((manifest.lines().count(), manifest.matches("TG1:").count()), (3, 2), "{manifest}");
    // The approval served once.
    assert_eq!(operator.post(&format!("{asked}/do"), &[]).status, 409);
    let again = operator.post("/jobs", &[("for", "domestic"), ("why", "Once more")]);
    assert!(again.to().starts_with("/approvals/") && again.to() != asked, "{}", again.to());
    let kinds: Vec<_> = place.audit().iter().map(|entry| entry.act).collect();
    for kind in [ActKind::ApprovalAsked, ActKind::ApprovalGiven, ActKind::ApprovalUsed] {
        assert!(kinds.contains(&kind), "{kind:?} is noted");
    }
}

#[test]
fn a_job_goes_on_after_a_pause_and_after_a_restart_and_issues_nothing_twice() {
    let mut place = place(MANY - 2, "[second-person]\nbulk-from = 100000\n");
    let mut operator = sign_in(&place, "operator-hall");
    let begun = operator.post("/jobs", &[("for", "domestic"), ("watch", "yes")]);
    assert_eq!(begun.to(), "/jobs/1?watch=yes", "{}", begun.body);
    let watched = operator.get("/jobs/1?watch=yes");
    assert!(watched.header("refresh").is_some_and(|told| told.starts_with("10;")), "{}", watched.head);
    assert!(!watched.body.contains("http-equiv") && operator.get("/jobs/1").header("refresh").is_none());
    let other = operator.post("/jobs", &[("for", "travel")]);
    assert_eq!(other.status, 409, "one job at a time: {}", other.body);
    parts_done(&place, 1);
    assert_eq!(operator.post("/jobs/1", &[("change", "pause")]).status, 303);
    until(&mut operator, "/jobs/1", "value=\"go-on\"");
    let paused = issued(&place).0;
    assert!((1..MANY).contains(&paused), "{paused} were issued when it was paused");
    assert_eq!(operator.post("/jobs/1", &[("change", "go-on")]).to(), "/jobs/1?watch=yes");
    // The service ends in the middle.
    parts_done(&place, 2);
    place.restart();
    let mut operator = sign_in(&place, "operator-hall");
    let left = operator.get("/jobs/1");
    assert!(left.body.contains("Nobody works on this job") && left.body.contains("value=\"go-on\""), "{}", left.body);
    assert!((paused..MANY).contains(&issued(&place).0));
    assert_eq!(operator.post("/jobs/1", &[("change", "go-on")]).to(), "/jobs/1?watch=yes");
    until(&mut operator, "/jobs/1", ">done<");
    assert_eq!(issued(&place), (MANY, MANY), "everybody but the protected one, and none twice");
    let manifest = std::fs::read_to_string(place.folder().join("certificates/job-1/manifest.ndjson"));
    assert_eq!(manifest.expect("a manifest").matches("TG1:").count(), MANY, "all are in one place");
    // It has ended.
    for change in ["go-on", "pause", "cancel"] {
        assert_eq!(operator.post("/jobs/1", &[("change", change)]).status, 409, "{change}");
    }
}

#[test]
fn a_job_is_for_everyone_and_so_not_for_a_station_of_some() {
    let place = place(0, "");
    let mut near = place.signed_in(Role::Operator, "near");
    assert!(near.get("/jobs").body.contains("some of the municipalities only"));
    let answer = near.post("/jobs", &[("for", "domestic")]);
    assert!(answer.status == 409 && answer.body.contains("Nothing was changed"), "{}", answer.body);
    let mut operator = sign_in(&place, "operator-hall");
    assert_eq!(operator.post("/jobs", &[("for", "domestic")]).to(), "/jobs/1");
    until(&mut operator, "/jobs/1", ">done<");
    assert_eq!(near.post("/jobs/1", &[("change", "cancel")]).status, 409);
    assert_eq!(operator.post("/jobs", &[("for", "everything")]).status, 422);
    assert_eq!(operator.post("/jobs/1", &[("change", "sideways")]).status, 422);
    assert_eq!(operator.get("/jobs/77").status, 404);
}

#[test]
fn a_job_that_others_began_otherwise_is_shown_and_left_to_them() {
    use tegata_issuer::issue::{IssuingKey, Picture, Plan, begin_job};
    use tegata_trust_lists::{Bundle, TrustState};
    let place = place(0, "");
    let bytes = std::fs::read(place.folder().join("lists.cbor")).expect("lists");
    let config = tegata_issuer::office::Config::read(&place.folder().join("office.toml")).expect("reads");
    let (now, pin) = (crate::place::now(), config.root.parse().expect("a pin"));
    let state = TrustState::load(&Bundle::parse(&bytes).expect("a bundle"), &pin, now).expect("loads");
    let store = tegata_keys::KeyStore::new(place.folder().join("keys"));
    let signer = store.unlock("office", &tegata_keys::Passphrase::new(b"demo".to_vec())).expect("opens");
    place.register(|register| {
        let keys = [IssuingKey::new(&signer, &state, now).expect("is listed")];
        let formats = vec![tegata_certificate::Format::Compact];
        let plan = Plan { formats, pictures: vec![Picture::Png], ..Plan::default() };
        let permit = tegata_issuer::approval::Permit::KEY_HOLDER;
        begin_job(register, &keys, &plan, now, &permit).expect("begins");
    });
    let mut operator = sign_in(&place, "operator-hall");
    let page = operator.get("/jobs/1");
    assert!(page.body.contains("the command that began it") || page.body.contains("tegata-issuer issue command"));
    assert!(!page.body.contains("value=\"go-on\""), "{}", page.body);
    assert_eq!(operator.post("/jobs/1", &[("change", "go-on")]).status, 409);
    assert_eq!(operator.post("/jobs/1", &[("change", "cancel")]).status, 303);
    assert!(operator.get("/jobs/1").body.contains(">cancelled<"));
    assert_eq!(issued(&place).0, 0);
}
